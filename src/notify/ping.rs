//! The addresses of pings.

use url::Url;

/// What a suffix holds in the place of the exit code.
const CODE: &str = "{code}";

/// Returns the address of a ping: `address` with `suffix`, which is a path or begins with `?`, behind it.
pub(super) fn address(address: &Url, suffix: &str, code: Option<u8>) -> Url {
    let suffix = suffix.replace(CODE, &code.map_or_else(String::new, |code| code.to_string()));
    let (path, query) = suffix.split_once('?').unwrap_or((&suffix, ""));
    let mut url = address.clone();
    if !path.is_empty() {
        let whole = format!("{}/{}", url.path().trim_end_matches('/'), path.trim_start_matches('/'));
        url.set_path(&whole);
    }
    if !query.is_empty() {
        let whole = match url.query().filter(|own| !own.is_empty()) {
            Some(own) => format!("{own}&{query}"),
            None => query.to_owned(),
        };
        url.set_query(Some(&whole));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_is_a_path_or_a_query_behind_the_address() {
        for (base, suffix, expected) in [
            ("https://hc.example/uuid", "/start", "https://hc.example/uuid/start"),
            ("https://hc.example/uuid/", "/{code}", "https://hc.example/uuid/7"),
            ("https://hc.example/uuid", "", "https://hc.example/uuid"),
            ("https://hc.example/key/slug?create=1", "/{code}", "https://hc.example/key/slug/7?create=1"),
            (
                "https://up.example/push/t",
                "?status=down&msg={code}",
                "https://up.example/push/t?status=down&msg=7",
            ),
            ("https://up.example/push/t?a=b", "?status=up", "https://up.example/push/t?a=b&status=up"),
        ] {
            let url = base.parse().expect("an address");
            assert_eq!(address(&url, suffix, Some(7)).as_str(), expected, "{base} {suffix}");
        }
    }
}
