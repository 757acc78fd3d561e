//! Patterns of the `like` operator.

/// Is true if a text matches a pattern.
///
/// `*` (or `%`) is anything, `_` one character, `[abc]` one of these, so that a bracket itself is `[[]`. The star and
/// the bracket are documented, the rest is how the database does it.
pub(super) fn like(text: &str, pattern: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    if matches!(first, '*' | '%') {
        let mut from = text;
        loop {
            if like(from, rest) {
                return true;
            }
            let Some(skipped) = from.chars().next() else { return false };
            from = &from[skipped.len_utf8()..];
        }
    }
    let Some(one) = text.chars().next() else { return false };
    let after = &text[one.len_utf8()..];
    match (first, rest.split_once(']')) {
        ('[', Some((set, rest))) => set.contains(one) && like(after, rest),
        ('_', _) => like(after, rest),
        _ => one == first && like(after, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_knows_stars_sets_and_brackets() {
        for (text, pattern, expected) in [
            ("john@x.com", "john@x.com", true),
            ("john@x.com", "john", false),
            ("john@x.com", "*@x.*", true),
            ("john@x.com", "%@x.com", true),
            ("j_hn", "j_hn", true),
            ("john", "j_hn", true),
            ("[string]", "[[]string]", true),
            ("[string]", "[string]", false),
            ("s", "[string]", true),
            ("", "*", true),
            ("", "?", false),
            ("æøå", "*ø*", true),
        ] {
            assert_eq!(like(text, pattern), expected, "{text} {pattern}");
        }
    }
}
