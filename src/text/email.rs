//! Email addresses and user names: when two are the same, and when one can be used at all.

/// The form in which addresses are compared: trimmed and lower-case, nothing more. Dots and `+tags` count,
/// because on most servers they reach different people.
pub fn normalise(address: &str) -> String {
    address.trim().to_lowercase()
}

/// Whether both addresses are the same.
pub fn same(a: &str, b: &str) -> bool {
    normalise(a) == normalise(b)
}

/// Whether an address can identify somebody: one `@` with something on both sides, no white space and no
/// control characters inside.
pub fn is_usable(address: &str) -> bool {
    let address = address.trim();
    let inside = !address.chars().any(|c| c.is_whitespace() || c.is_control());
    match address.split_once('@') {
        Some((local, domain)) => inside && !local.is_empty() && !domain.is_empty() && !domain.contains('@'),
        None => false,
    }
}

/// The normalised address, if it is usable.
pub fn key(address: &str) -> Option<String> {
    is_usable(address).then(|| normalise(address))
}

/// The domain of a usable address, lower-case.
pub fn domain(address: &str) -> Option<String> {
    key(address).and_then(|address| address.split_once('@').map(|(_, domain)| domain.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_outer_space_do_not_matter_but_dots_and_tags_do() {
        assert!(same(" Ann@Contoso.example ", "ann@contoso.example"));
        assert!(!same("a.nn@contoso.example", "ann@contoso.example"));
        assert!(!same("ann+x@contoso.example", "ann@contoso.example"));
    }

    #[test]
    fn an_address_needs_one_at_sign_between_two_parts() {
        for good in ["a@b", " ann@contoso.example\n", "o'neil@contoso.example", "ærlig@contoso.example"] {
            assert!(is_usable(good), "{good:?}");
        }
        for bad in ["", "ann", "@b", "a@", "a@b@c", "a b@c", "a@b c", "a\u{7}@b", "n/a", "a@\u{a0}b"] {
            assert!(!is_usable(bad), "{bad:?}");
        }
    }

    #[test]
    fn the_domain_is_what_stands_behind_the_at_sign() {
        assert_eq!(domain("Ann@Contoso.Example").as_deref(), Some("contoso.example"));
        assert_eq!(domain("ann"), None);
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(text in "\\PC{0,12}") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn a_usable_address_stays_usable_and_has_a_domain(text in "[ a-zA-ZÆİß@.\t]{0,10}") {
            prop_assert_eq!(is_usable(&text), is_usable(&normalise(&text)));
            prop_assert_eq!(is_usable(&text), domain(&text).is_some());
        }
    }
}
