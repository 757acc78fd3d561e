//! What a text says of a tenant: its id, one of its domains, or nothing that could be compared.

use super::{email, fit};

/// What a text names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// Nothing: the text is blank.
    Nothing,
    /// A tenant by its id, lower-case.
    Id(String),
    /// A tenant by a domain, in the spelling for comparing.
    Domain(String),
    /// Something that is neither: a note, or several ids.
    Note,
}

/// Length of a GUID with its dashes.
const GUID: usize = 36;

/// Reads what `text` names.
///
/// An id may be in braces, without dashes, or inside a longer text such as an address.
pub fn named(text: &str) -> Named {
    let text = fit::clean(text).to_lowercase();
    if text.is_empty() {
        return Named::Nothing;
    }
    let mut ids = ids(&text);
    ids.dedup();
    match (ids.pop(), ids.is_empty()) {
        (Some(id), true) => return Named::Id(id),
        (Some(_), false) => return Named::Note,
        (None, _) => {}
    }
    let domain = email::domain_key(text.rsplit('@').next().unwrap_or_default().trim_end_matches('.'));
    if is_domain(&domain) { Named::Domain(domain) } else { Named::Note }
}

/// Is true if `text` has the shape of a GUID.
pub fn is_guid(text: &str) -> bool {
    text.len() == GUID
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}

/// Returns the GUIDs in a text, in their order.
fn ids(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let guid = |word: &str| {
        if is_guid(word) {
            return Some(word.to_owned());
        }
        let is_bare = word.len() == GUID - 4 && word.chars().all(|c| c.is_ascii_hexdigit());
        is_bare.then(|| [&word[..8], &word[8..12], &word[12..16], &word[16..20], &word[20..]].join("-"))
    };
    words.filter_map(guid).collect()
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    // A number with a point is no domain.
    let last_is_a_word =
        |text: &str| text.rsplit('.').next().is_some_and(|last| last.contains(char::is_alphabetic));
    text.contains('.') && text.split('.').all(is_label) && last_is_a_word(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a1de0001-0000-4000-8000-000000000020";

    #[test]
    fn an_id_is_found_however_it_is_written() {
        let bare = ID.replace('-', "");
        for text in [
            ID.to_owned(),
            format!(" {{{}}}\u{200b}", ID.to_uppercase()),
            bare,
            format!("https://portal.example/#@{ID}/blade"),
            format!("{ID}, {ID}"),
        ] {
            assert_eq!(named(&text), Named::Id(ID.to_owned()), "{text}");
        }
        assert_eq!(named(&format!("{ID} b17c0001-0000-4000-8000-000000000021")), Named::Note);
    }

    #[test]
    fn a_domain_is_told_from_a_note() {
        for (text, domain) in [
            (" Alder.Example ", "alder.example"),
            ("alder.onmicrosoft.com.", "alder.onmicrosoft.com"),
            ("admin@alder.example", "alder.example"),
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(named(text), Named::Domain(domain.to_owned()), "{text}");
        }
        for note in ["n/a", "see ticket 4711", "1.5", "-", "alder example", "a1de0001-0000"] {
            assert_eq!(named(note), Named::Note, "{note}");
        }
        for blank in ["", "  ", "\u{feff}\t"] {
            assert_eq!(named(blank), Named::Nothing);
        }
    }
}
