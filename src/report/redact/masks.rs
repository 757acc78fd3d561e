//! Masks of texts: what is left of a name, of an address, and of a sentence that tells of people.

/// The reason of records that an exclusion takes out of scope. A person wrote what it rests on.
const EXCLUDED: &str = "excluded";

/// What is said of a value, which is in backticks before it, that was typed where an address belongs.
const NO_ADDRESS: &str = " is no address";

/// What is said of a pattern, which is in quotes before it.
const UNREADABLE: &str = "\" cannot be read: ";

/// Masks what it rests on that a record is out of scope for this reason.
pub(super) fn scope(reason: &str, detail: &str) -> String {
    if reason == EXCLUDED { exclusion(detail) } else { sentence(detail) }
}

/// Masks an exclusion: its key stays, the pattern and what a person wrote as the reason are masked as a whole.
fn exclusion(detail: &str) -> String {
    let Some((key, rest)) = detail.split_once(" = \"") else { return mask(detail) };
    let (pattern, reason) = match rest.split_once("\": ") {
        Some((pattern, _)) => (pattern, ": …"),
        None => (rest.strip_suffix('"').unwrap_or(rest), ""),
    };
    format!("{key} = \"{}\"{reason}", mask(pattern))
}

/// Masks why a request is not done, which may repeat an exclusion in brackets.
pub(super) fn refusal(text: &str) -> String {
    let open = format!(": {EXCLUDED} (");
    match text.split_once(&open) {
        Some((before, rest)) => {
            let detail = rest.strip_suffix(')').unwrap_or(rest);
            format!("{}{open}{})", sentence(before), exclusion(detail))
        }
        None => sentence(text),
    }
}

/// Masks these values where a sentence has them as whole words.
pub(super) fn without(text: &str, values: &[String]) -> String {
    values.iter().fold(text.to_owned(), |text, value| {
        let mut masked = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once(value.as_str()) {
            let is_part = before.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric);
            masked.push_str(before);
            masked.push_str(&if is_part { value.clone() } else { mask(value) });
            rest = after;
        }
        masked + rest
    })
}

/// Masks a person's name inside a sentence that names people.
pub(super) fn without_name(text: &str, name: &str) -> String {
    let bare = |word: &str| word.trim_matches(|c: char| "(),".contains(c)).to_owned();
    let parts: Vec<String> = name.split_whitespace().map(bare).collect();
    let is_name = |word: &str| parts.contains(&bare(word));
    let masked = text.split(' ').map(|word| {
        let own = bare(word);
        if !own.is_empty() && is_name(word) { word.replace(&own, &mask(&own)) } else { word.to_owned() }
    });
    masked.collect::<Vec<_>>().join(" ")
}

/// Masks the addresses inside a sentence, and what it quotes of a record or of a pattern about people.
pub(super) fn sentence(text: &str) -> String {
    if let Some((before, why)) = text.rsplit_once(UNREADABLE)
        && let Some((what, pattern)) = before.split_once('"')
    {
        return format!("{what}\"{}{UNREADABLE}{why}", mask(pattern));
    }
    if text.contains(NO_ADDRESS) {
        return between(text, '`');
    }
    text.split(' ')
        .map(|word| if word.contains('@') { mask(word) } else { word.to_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Masks what a text has in quotes.
pub(super) fn in_quotes(text: &str) -> String {
    between(text, '"')
}

/// Masks what is between the first and the last of these marks, in which there may be more of them. The id of a 365
/// user stays.
fn between(text: &str, mark: char) -> String {
    let parts = text.split_once(mark).and_then(|(before, rest)| Some((before, rest.rsplit_once(mark)?)));
    let is_id = |inner: &str| inner.len() == 36 && inner.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    match parts {
        Some((before, (inner, after))) if !is_id(inner) => {
            format!("{before}{mark}{}{mark}{after}", mask(inner))
        }
        _ => text.to_owned(),
    }
}

/// Masks every entry of a list, such as further addresses.
pub(super) fn mask_all(text: &str) -> String {
    text.split("; ").map(mask).collect::<Vec<_>>().join("; ")
}

/// Masks a name or a number, of which the first character stays, or an address, of which the domain stays too.
pub(super) fn mask(text: &str) -> String {
    let first: String = text.chars().take(1).collect();
    match text.rsplit_once('@') {
        Some((_, rest)) => {
            let is_of_domain = |c: char| c.is_alphanumeric() || ".-_".contains(c);
            let (domain, more) = rest.split_at(rest.find(|c: char| !is_of_domain(c)).unwrap_or(rest.len()));
            // A sign that ends a sentence may stay, a name or a number that follows may not.
            let more = if more.contains(char::is_alphanumeric) { "…" } else { more };
            format!("{first}…@{domain}{more}")
        }
        None if text.is_empty() => String::new(),
        None => format!("{first}…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_domain_stays() {
        assert_eq!(mask("ann@contoso.example"), "a…@contoso.example");
        assert_eq!(mask("Ann Berg"), "A…");
        assert_eq!(mask(""), "");
        assert_eq!(
            mask_all("ann@contoso.example; bo@abbott.example"),
            "a…@contoso.example; b…@abbott.example"
        );
        assert_eq!(
            sentence("two contacts hold ann@contoso.example now"),
            "two contacts hold a…@contoso.example now"
        );
        assert_eq!(sentence("(ann@contoso.example), too"), "(…@contoso.example), too");
        for text in
            ["ann@contoso.example Berg", "ann@contoso.example, 555 0191", "ann@x.example bo@contoso.example"]
        {
            let masked = mask(text);
            assert!(masked.starts_with("a…@contoso.example"), "{masked}");
            assert!(
                !masked.contains("Berg") && !masked.contains("555") && !masked.contains("bo"),
                "{masked}"
            );
        }
    }

    #[test]
    fn of_an_exclusion_the_key_stays() {
        for (detail, masked) in [
            ("display-name = \"Nina Farrow\"", "display-name = \"N…\""),
            (
                "display-name = \"Nina Farrow\": Nina Farrow is the owner, +1 312 555 0191",
                "display-name = \"N…\": …",
            ),
            ("display-name = \"Nina \"Nin\" Farrow\": the \"owner\": Nina", "display-name = \"N…\": …"),
            ("email = \"*@partner.example\": ask Nina", "email = \"*…@partner.example\": …"),
            ("Nina Farrow", "N…"),
        ] {
            assert_eq!(scope(EXCLUDED, detail), masked);
            let refused = refusal(&format!("the user is out of scope: excluded ({detail})"));
            assert_eq!(refused, format!("the user is out of scope: excluded ({masked})"));
        }
        for plain in
            ["the 365 user is disabled; never-seen = \"deactivate\" would make it so", "type \"Kiosk\""]
        {
            assert_eq!(scope("never took part", plain), plain);
        }
        assert_eq!(
            sentence("the exclusion display-name = \"Nina [\" cannot be read: the bracket is not closed"),
            "the exclusion display-name = \"N…\" cannot be read: the bracket is not closed"
        );
    }

    #[test]
    fn what_a_service_says_of_a_change_names_no_value_of_it() {
        let own = ["Nina Farrow", "Nina", "312 555 0191"].map(ToOwned::to_owned);
        assert_eq!(
            without("Nina Farrow (312 555 0191) is taken, Ninas are not; by Nina", &own),
            "N… (3…) is taken, Ninas are not; by N…"
        );
    }

    #[test]
    fn what_was_typed_in_the_place_of_an_address_is_masked() {
        for (text, masked) in [
            ("`call Nina 555 0191` is no address", "`c…` is no address"),
            ("`Nina `Nin` Farrow` is no address", "`N…` is no address"),
            (
                "no portal user is made: portal user 7 holds `Nina Farrow`, which is no address; correct it",
                "no portal user is made: portal user 7 holds `N…`, which is no address; correct it",
            ),
        ] {
            assert_eq!(sentence(text), masked);
        }
        let plain = "365 keeps none, and `address = \"mail\"` does not take the user name";
        assert_eq!(sentence(plain), plain);
    }
}
