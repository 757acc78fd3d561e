//! Names that people give to companies in files and flags: when two are the same for a person who reads them.

use unicode_normalization::UnicodeNormalization;

use super::fit;

/// Returns the name as it is kept and shown: without what cannot be seen, and without white space around it.
pub fn tidy(name: &str) -> String {
    fit::clean(name).into_owned()
}

/// Returns the form in which names are compared: as a person sees them, composed, in lower case, and with one space
/// where there is white space.
pub fn key(name: &str) -> String {
    let composed: String = fit::clean(name).nfkc().flat_map(char::to_lowercase).nfkc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_have_one_key() {
        for name in [
            "contoso ltd",
            " Contoso  Ltd ",
            "Con\u{200b}toso\u{a0}Ltd\u{feff}",
            "CONTOSO LTD",
            "Contoso\tLtd",
        ] {
            assert_eq!(key(name), "contoso ltd", "{name:?}");
        }
        assert_eq!(key("Cafe\u{301}"), key("CAFÉ"));
        assert_ne!(key("Contoso"), key("Contoso 2"));
        assert_eq!(key("\u{200b} \u{ad}"), "");
    }

    #[test]
    fn a_name_is_kept_without_what_stands_around_it() {
        assert_eq!(tidy(" \u{feff}Contoso  Ltd\u{200b}\n"), "Contoso Ltd");
    }
}
