//! Names of people and other short texts: the form in which they are compared.

use std::borrow::Cow;

use super::{blank, fit, visible};

/// Returns the key that puts names in order and finds the same name again: what a person sees of it.
///
/// Case counts.
pub fn key(name: &str) -> Cow<'_, str> {
    visible::looks(name)
}

/// Is true if two texts differ in nothing that a person could see.
pub fn same_text(a: &str, b: &str) -> bool {
    a == b || visible::looks(a) == visible::looks(b)
}

/// Joins first and last name into the one text that a service with one field for both keeps.
///
/// It is cleaned, with one space between any two words. Either may be blank.
pub fn join(first: &str, last: &str) -> String {
    let (first, last) = (fit::clean(first), fit::clean(last));
    first.split_whitespace().chain(last.split_whitespace()).collect::<Vec<_>>().join(" ")
}

/// Splits the one text: the first word is the first name, the rest is the last name.
///
/// The text alone does not say more; joined again, the two are the whole. A half of signs alone would read as blank,
/// so it stays with the other.
pub fn split(whole: &str) -> (String, String) {
    let whole = join(whole, "");
    let says = |text: &str| !blank::is_blank(text);
    let mut spaces = whole.match_indices(' ').map(|(at, _)| at);
    match spaces.find(|at| says(&whole[..*at]) && says(&whole[*at..])) {
        Some(at) => (whole[..at].to_owned(), whole[at + 1..].to_owned()),
        None => (whole, String::new()),
    }
}

/// Splits the one text where the names are known from elsewhere.
///
/// It is split at the place that gives them back, if there is one, else as [`split`] does.
pub fn split_like(whole: &str, first: Option<&str>, last: Option<&str>) -> (String, String) {
    let whole = join(whole, "");
    let words: Vec<&str> = whole.split(' ').filter(|word| !word.is_empty()).collect();
    let fits = |at: &usize| {
        let is = |known: Option<&str>, words: &[&str]| {
            known.is_none_or(|known| key(known) == key(&words.join(" ")))
        };
        is(first, &words[..*at]) && is(last, &words[*at..])
    };
    if first.is_none() && last.is_none() {
        return split(&whole);
    }
    let at = (0..=words.len()).find(fits);
    at.map_or_else(|| split(&whole), |at| (words[..at].join(" "), words[at..].join(" ")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn an_accent_typed_in_two_ways_is_the_same_name() {
        assert_eq!(key("Jose\u{301}"), key("José"));
        assert!(same_text("Jose\u{301} ", "José"));
        assert!(!same_text("Jose", "José"));
    }

    #[test]
    fn white_space_is_one_space() {
        assert_eq!(key("  Ann \u{a0} Lee "), "Ann Lee");
        assert!(same_text("Ann  Lee", "Ann\u{a0}Lee"));
        assert!(!same_text("AnnLee", "Ann Lee"));
    }

    #[test]
    fn one_text_is_taken_apart_after_its_first_word() {
        for (whole, first, last) in [
            ("Ann Lee", "Ann", "Lee"),
            (" Mary  Ann Lee ", "Mary", "Ann Lee"),
            ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
            ("Reception", "Reception", ""),
            ("Ann .", "Ann .", ""),
            ("- Ann Lee", "- Ann", "Lee"),
            ("", "", ""),
        ] {
            assert_eq!(split(whole), (first.to_owned(), last.to_owned()), "{whole}");
        }
    }

    #[test]
    fn names_that_are_known_say_where_to_take_it_apart() {
        let table = [
            (Some("Mary Ann"), Some("Lee"), "Mary Ann", "Lee"),
            (None, Some("Lee"), "Mary Ann", "Lee"),
            (Some("Mary Ann"), None, "Mary Ann", "Lee"),
            (Some(""), Some("Mary Ann Lee"), "", "Mary Ann Lee"),
            (Some("Mary Ann"), Some("Ray"), "Mary", "Ann Lee"),
            (None, Some("ee"), "Mary", "Ann Lee"),
            (None, None, "Mary", "Ann Lee"),
        ];
        for (first, last, expected_first, expected_last) in table {
            let found = split_like("Mary Ann Lee", first, last);
            assert_eq!(found, (expected_first.to_owned(), expected_last.to_owned()), "{first:?} {last:?}");
        }
    }

    proptest! {
        #[test]
        fn taking_apart_loses_nothing(whole in "\\PC{0,24}") {
            let (first, last) = split(&whole);
            prop_assert_eq!(join(&first, &last), join(&whole, ""));
            prop_assert_eq!(split(&join(&first, &last)), (first, last));
        }

        #[test]
        fn names_that_were_joined_are_found_again(first in "[A-Cé\u{301} \u{a0}-]{0,10}", last in "[a-cé\u{301} \u{a0}']{0,10}") {
            let (known_first, known_last) = (join(&first, ""), join(&last, ""));
            let whole = join(&first, &last);
            let found = split_like(&whole, Some(&first), Some(&last));
            prop_assert_eq!((key(&found.0), key(&found.1)), (key(&known_first), key(&known_last)));
            let (first, last) = split(&whole);
            prop_assert!(key(&join(&first, &last)) == key(&join(&known_first, &known_last)));
        }

        #[test]
        fn a_key_is_its_own_key(name in "\\PC{0,16}") {
            prop_assert!(key(&key(&name)) == key(&name));
        }

        #[test]
        fn normal_forms_never_matter(name in "[a-zé\u{301}\u{327}ňA-Å ]{0,12}") {
            let decomposed: String = name.nfd().collect();
            prop_assert_eq!(key(&decomposed), key(&name));
            prop_assert!(same_text(&decomposed, &name));
        }
    }
}
