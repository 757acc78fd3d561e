//! Names of people and other short texts: the form in which they are compared.

use unicode_normalization::UnicodeNormalization;

use super::fit;

/// The key that puts names in order and finds the same name again: composed (NFC), control characters gone,
/// trimmed, inner white space collapsed. Case counts.
pub fn key(name: &str) -> String {
    let composed: String = fit::clean(name).nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two texts differ in nothing that a person could see or type: composed, control characters gone,
/// trimmed. Inner white space counts.
pub fn same_text(a: &str, b: &str) -> bool {
    let (a, b) = (fit::clean(a), fit::clean(b));
    a == b || a.nfc().eq(b.nfc())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_accent_typed_in_two_ways_is_the_same_name() {
        assert_eq!(key("Jose\u{301}"), key("José"));
        assert!(same_text("Jose\u{301} ", "José"));
        assert!(!same_text("Jose", "José"));
    }

    #[test]
    fn white_space_is_collapsed_in_keys_only() {
        assert_eq!(key("  Ann \u{a0} Lee "), "Ann Lee");
        assert!(!same_text("Ann  Lee", "Ann Lee"));
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(name in "\\PC{0,16}") {
            prop_assert_eq!(key(&key(&name)), key(&name));
        }

        #[test]
        fn normal_forms_never_matter(name in "[a-zé\u{301}\u{327}ňA-Å ]{0,12}") {
            let decomposed: String = name.nfd().collect();
            prop_assert_eq!(key(&decomposed), key(&name));
            prop_assert!(same_text(&decomposed, &name));
        }
    }
}
