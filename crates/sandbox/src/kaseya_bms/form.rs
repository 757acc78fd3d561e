//! Forms, as browsers send them in either way.

use std::collections::BTreeMap;

use super::{Refusal, Request};

/// Returns the fields of a form by their lower-case name; the last of a name counts.
pub(super) fn fields(request: &Request) -> Result<BTreeMap<String, String>, Refusal> {
    let kind = request.header("content-type").unwrap_or_default();
    let (media, options) = kind.split_once(';').unwrap_or((kind, ""));
    let pairs: Vec<(String, String)> = match media.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => {
            url::form_urlencoded::parse(&request.body).into_owned().collect()
        }
        "multipart/form-data" => {
            let boundary = option(options, "boundary").ok_or(Refusal::MediaType)?;
            parts(&String::from_utf8_lossy(&request.body), &boundary)
        }
        _ => return Err(Refusal::MediaType),
    };
    Ok(pairs.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect())
}

/// Returns the named parts of a multipart body.
fn parts(body: &str, boundary: &str) -> Vec<(String, String)> {
    let delimiter = format!("--{boundary}");
    let part = |part: &str| {
        let (head, value) = part.strip_prefix("\r\n")?.split_once("\r\n\r\n")?;
        let place =
            head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
        Some((option(place.split_once(';')?.1, "name")?, value.strip_suffix("\r\n")?.to_owned()))
    };
    body.split(&delimiter).filter_map(part).collect()
}

/// Returns the value of `name=value` or `name="value"` among options.
fn option(options: &str, name: &str) -> Option<String> {
    let mut pairs = options.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(value.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample;

    fn read(kind: &str, body: &str) -> Result<BTreeMap<String, String>, Refusal> {
        let mut request = sample::request("POST", "/", &[("content-type", kind)], None);
        request.body = body.as_bytes().to_vec();
        fields(&request)
    }

    #[test]
    fn both_ways_of_a_form_say_the_same() {
        let wanted = BTreeMap::from([
            ("tenant".to_owned(), "Smith & Sons; Ltd".to_owned()),
            ("username".to_owned(), "api".to_owned()),
        ]);
        let encoded = "Tenant=Smith+%26+Sons%3B+Ltd&userName=api";
        assert_eq!(read("application/x-www-form-urlencoded", encoded).unwrap(), wanted);
        let multipart = "--x1\r\nContent-Disposition: form-data; name=\"Tenant\"\r\n\r\nSmith & Sons; Ltd\r\n\
                         --x1\r\ncontent-disposition: form-data; name=UserName\r\ncontent-type: text/plain\r\n\r\n\
                         api\r\n--x1--\r\n";
        assert_eq!(read("multipart/form-data; boundary=x1", multipart).unwrap(), wanted);
        assert_eq!(read("multipart/form-data; boundary=\"x1\"", multipart).unwrap(), wanted);
    }

    #[test]
    fn json_is_no_form() {
        assert!(matches!(read("application/json", "{}"), Err(Refusal::MediaType)));
        assert!(matches!(read("multipart/form-data", ""), Err(Refusal::MediaType)));
    }

    proptest! {
        #[test]
        fn whatever_a_field_holds_a_multipart_form_carries(value in "[^\u{0}]{0,40}") {
            prop_assume!(!value.contains("--b0undary"));
            let part = format!("content-disposition: form-data; name=\"Tenant\"\r\n\r\n{value}");
            let body = format!("--b0undary\r\n{part}\r\n--b0undary--\r\n");
            let fields = read("multipart/form-data; boundary=b0undary", &body).unwrap();
            prop_assert_eq!(fields.get("tenant"), Some(&value));
        }
    }
}
