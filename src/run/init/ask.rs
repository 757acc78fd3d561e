//! Questions about the keys of a new table, and their answers as TOML.

use super::{Wizard, stopped};
use crate::error::Result;
use crate::table::Ask;
use crate::text::tenant::is_guid;

/// Asks for the keys of a new table.
pub(super) fn ask_keys(asks: &[Ask], wizard: &mut dyn Wizard) -> Result<Vec<(String, String)>> {
    let mut lines = Vec::new();
    for ask in asks {
        if ask.usual.is_empty() {
            let question = format!("{} (such as {})", ask.question, ask.example);
            lines.push(answered(ask.key, &question, ask.is_guid, wizard)?);
            continue;
        }
        let mut items: Vec<String> = ask.usual.iter().map(|(words, _)| (*words).to_owned()).collect();
        items.push("another one".to_owned());
        match wizard.choose(ask.question, &items)? {
            None => return Err(stopped()),
            Some(at) => match ask.usual.get(at) {
                Some((_, value)) => lines.push((ask.key.to_owned(), quoted(value))),
                None => {
                    for (key, question) in ask.other {
                        lines.push(answered(key, question, false, wizard)?);
                    }
                }
            },
        }
    }
    Ok(lines)
}

/// Asks until something is answered that can be right.
fn answered(
    key: &str,
    question: &str,
    wants_guid: bool,
    wizard: &mut dyn Wizard,
) -> Result<(String, String)> {
    let answer = wizard.text(question, &|answer| refusal(answer, wants_guid))?;
    Ok((key.to_owned(), quoted(answer.trim())))
}

/// Returns what is wrong with an answer, without repeating it: a secret may have been pasted here.
fn refusal(answer: &str, wants_guid: bool) -> Option<String> {
    let answer = answer.trim();
    if answer.is_empty() {
        return Some("An answer is needed here.".to_owned());
    }
    (wants_guid && !is_guid(answer)).then(|| {
        "That is not an id: 32 digits and letters a to f in five groups. A secret is asked for later, and not shown."
            .to_owned()
    })
}

/// Returns `text` as a TOML string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn what_is_no_id_is_refused_and_not_repeated() {
        let secret = "qT78Q~s3cret.value";
        let said = refusal(secret, true).expect("a refusal");
        assert!(!said.contains(secret), "{said}");
        assert_eq!(refusal(secret, false), None);
        assert_eq!(refusal(" 5A4D0B00-0000-4000-8000-00000000c1d0 ", true), None);
        assert!(refusal("  ", false).is_some());
    }
}
