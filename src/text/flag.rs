//! Yes and no as people and services spell them.

/// Returns what `text` says: yes, no, or something else.
pub fn truth(text: &str) -> Option<bool> {
    let text = text.trim();
    let is = |words: [&str; 5]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    match (is(["true", "yes", "y", "1", "on"]), is(["false", "no", "n", "0", "off"])) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        (false, false) => None,
    }
}

/// Is true if two texts say the same of a flag.
///
/// A flag that was never set says no: services leave it blank.
pub fn same(a: &str, b: &str) -> bool {
    let says = |text: &str| if text.trim().is_empty() { Some(false) } else { truth(text) };
    match (says(a), says(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a.trim().eq_ignore_ascii_case(b.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_the_same_in_every_spelling() {
        for (a, b, expected) in [
            ("1", "true", true),
            ("Yes", "on", true),
            ("0", "false", true),
            ("", "false", true),
            ("", "true", false),
            ("1", "false", false),
            ("maybe", "Maybe ", true),
            ("maybe", "true", false),
            ("maybe", "", false),
        ] {
            assert_eq!((same(a, b), same(b, a)), (expected, expected), "{a:?} {b:?}");
        }
    }
}
