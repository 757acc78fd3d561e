//! The text among many that another one may have meant.

/// How many texts are compared at most, so that a large company costs no minutes.
const MOST: usize = 20_000;

/// How alike two texts must be.
const LIKENESS: f64 = 0.8;

/// Returns the text that is most like `word`, if one is alike enough. Case does not count.
pub(crate) fn nearest<'t>(word: &str, texts: impl IntoIterator<Item = &'t str>) -> Option<&'t str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    // What is much longer or shorter is not alike enough, and comparing the letters takes long.
    let alike = |text: &str| {
        let other = text.chars().count();
        let may_be = length.abs_diff(other) * 4 <= length.max(other);
        if may_be { strsim::normalized_damerau_levenshtein(&word, text) } else { 0.0 }
    };
    let likeness = |text: &str| {
        let text = text.to_lowercase();
        let first = text.split_whitespace().next().unwrap_or_default();
        alike(&text).max(alike(first) - 0.05)
    };
    let scored = texts.into_iter().take(MOST).map(|text| (likeness(text), text));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    (best.0 >= LIKENESS).then_some(best.1)
}

/// Returns a name without what people leave out or put in: only letters and digits, lower-case.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
