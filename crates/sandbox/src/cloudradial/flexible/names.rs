//! Names in their several forms.

/// Returns the key of a field under which its value is among the traits: the name in lower case, a hyphen for
/// whatever is neither letter nor digit (the vendor shows examples; the rule for other characters is inferred).
pub(super) fn key(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// Makes `useForTitle` of `use-for-title`.
pub(super) fn camel(hyphened: &str) -> String {
    let mut words = hyphened.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |camel, word| {
        let (initial, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        camel + &initial.to_uppercase() + rest
    })
}

/// Makes `use-for-title` of `useForTitle`.
pub(super) fn hyphened(camel: &str) -> String {
    let mut hyphened = String::new();
    for c in camel.chars() {
        if c.is_uppercase() {
            hyphened.push('-');
        }
        hyphened.extend(c.to_lowercase());
    }
    hyphened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_name_in_lower_case_with_hyphens() {
        for (name, expected) in [
            ("Office 365 Id", "office-365-id"),
            ("  Portal role (and groups) ", "portal-role-and-groups"),
            ("Größe", "größe"),
            ("--", ""),
        ] {
            assert_eq!(key(name), expected);
        }
    }

    #[test]
    fn the_two_interfaces_write_the_same_names_in_two_ways() {
        for (one, other) in
            [("use-for-title", "useForTitle"), ("name", "name"), ("show-in-menu", "showInMenu")]
        {
            assert_eq!((camel(one).as_str(), hyphened(other).as_str()), (other, one));
        }
        assert_eq!(camel("-x-"), "X");
    }
}
