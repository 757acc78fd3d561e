//! Questions about the keys of a new table, and their answers as TOML.

use super::{Wizard, stopped};
use crate::error::Result;
use crate::table::Ask;

/// Asks for the keys of a new table.
pub(super) fn ask_keys(asks: &[Ask], wizard: &mut dyn Wizard) -> Result<Vec<(String, String)>> {
    let mut lines = Vec::new();
    for ask in asks {
        if ask.usual.is_empty() {
            let question = format!("{} (such as {})", ask.question, ask.example);
            lines.push(answered(ask.key, &question, wizard)?);
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
                        lines.push(answered(key, question, wizard)?);
                    }
                }
            },
        }
    }
    Ok(lines)
}

/// Asks until something is answered.
fn answered(key: &str, question: &str, wizard: &mut dyn Wizard) -> Result<(String, String)> {
    loop {
        let answer = wizard.text(question)?;
        match answer.trim() {
            "" => wizard.tell("An answer is needed here.")?,
            answer => return Ok((key.to_owned(), quoted(answer))),
        }
    }
}

/// Returns `text` as a TOML string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
