//! Texts made to fit a field: without characters that cannot be seen, and no longer than the field.

use unicode_normalization::char::is_combining_mark;

pub use super::visible::clean;

/// Joins two characters into one picture; a text cut beside it would show something else.
const JOINER: char = '\u{200d}';

/// A text that fits, and whether something had to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitted {
    /// The text.
    pub text: String,
    /// Whether it was longer than the field.
    pub shortened: bool,
}

/// Returns the cleaned text in at most `length` characters.
///
/// It is cut at a boundary that a person would see: never between a letter and its accents, and never with white
/// space left behind.
pub fn fit(text: &str, length: Option<usize>) -> Fitted {
    let text = clean(text);
    let Some((cut, _)) = length.and_then(|length| text.char_indices().nth(length)) else {
        return Fitted { text: text.into_owned(), shortened: false };
    };
    let cut = boundary_before(&text, cut).unwrap_or(cut);
    // A joiner at the end has nothing to join any more.
    Fitted { text: clean(&text[..cut]).into_owned(), shortened: true }
}

/// Returns the last place at or before `cut` where the text may be cut; `None` if that leaves nothing.
fn boundary_before(text: &str, cut: usize) -> Option<usize> {
    let joined = |at: usize| {
        let next = text[at..].chars().next();
        next.is_some_and(|c| is_combining_mark(c) || c == JOINER || is_attached(c))
            || text[..at].ends_with(JOINER)
    };
    text.char_indices()
        .map(|(at, _)| at)
        .take_while(|at| *at <= cut)
        .filter(|at| *at > 0 && !joined(*at))
        .last()
}

/// Colours of skin, and the tags of flags: they belong to the picture before them.
fn is_attached(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_go_and_lines_become_one() {
        assert_eq!(clean(" Ann\u{7}\u{9b}\u{1b}[31m Lee\u{85} "), "Ann[31m Lee");
        assert_eq!(clean("12 Main St\r\nFloor 2"), "12 Main St Floor 2");
    }

    #[test]
    fn a_long_text_is_cut_at_a_character_and_loses_its_last_space() {
        assert_eq!(fit("Søren Ågård", Some(6)), Fitted { text: "Søren".into(), shortened: true });
        assert_eq!(fit("Søren", Some(5)), Fitted { text: "Søren".into(), shortened: false });
        assert_eq!(fit("Søren", None), Fitted { text: "Søren".into(), shortened: false });
    }

    #[test]
    fn a_letter_keeps_its_accents_or_goes_with_them() {
        assert_eq!(fit("Ane\u{301}", Some(3)).text, "An");
        assert_eq!(fit("e\u{301}\u{327}", Some(2)).text, "e\u{301}", "nothing shorter is left");
        assert_eq!(fit("A👩\u{200d}🚀", Some(3)).text, "A");
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(text in any::<String>()) {
            let once = clean(&text);
            prop_assert!(!once.chars().any(char::is_control));
            prop_assert_eq!(clean(&once), once.as_ref());
        }

        #[test]
        fn what_fits_is_the_beginning_and_fits_again(text in "[a-cé\u{301}\u{327} \u{200d}👩\u{1f3fb}بم\u{200c}\n]{0,12}", length in 1_usize..9) {
            let fitted = fit(&text, Some(length));
            prop_assert!(fitted.text.chars().count() <= length);
            prop_assert!(clean(&text).starts_with(&fitted.text));
            prop_assert_eq!(fitted.text.trim(), fitted.text.as_str());
            prop_assert_eq!(fitted.shortened, fitted.text != *clean(&text));
            prop_assert_eq!(fit(&fitted.text, Some(length)), Fitted { text: fitted.text.clone(), shortened: false });
        }
    }
}
