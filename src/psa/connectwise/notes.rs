//! The one note of a contact that repeats its support PIN, for people who look at notes and not at custom fields.
//!
//! It is found by its first words, and changed: a note for every PIN would leave the old ones to be read. A PIN that
//! is cleared leaves the note with the word for none, since a role that may change notes may not delete them.

use serde_json::{Value, json};

use super::errors;
use super::list::{Source, list};
use super::query::Query;
use super::session::{Session, decode};
use super::wire::Note;
use crate::error::{Error, Kind, Result};
use crate::http::Method;
use crate::model::Id;

/// What the note begins with, whatever its case.
const WORDS: &str = "Support PIN:";

/// The text in the note of a contact without a PIN.
const NONE: &str = "none";

/// Makes the note of `contact` say `pin`: how often a request that writes was sent.
pub(super) fn keep(session: &Session, contact: &Id, pin: &str) -> Result<u32> {
    let path = format!("company/contacts/{contact}/notes");
    let source = Source::new("ConnectWise PSA notes of a contact", path.clone(), |note: &Note| note.id);
    let notes = list(session, &source, &Query::default(), "", |_| true)?;
    let own = notes.items().iter().find(|note| is_own(note.text()));
    let Some((method, path, body)) = step(own, &path, pin) else { return Ok(0) };
    let reply = session.write(method, &path, Some(&body))?;
    errors::check(&reply, &path)?;
    let shown: Note = decode(&reply, &path)?;
    if shown.text() == text(pin) {
        return Ok(reply.attempts);
    }
    let message =
        format!("ConnectWise PSA accepted the note at {path}, but its answer does not show it as written");
    Err(Error::new(Kind::Service, message)
        .hint("look at the contact's notes in ConnectWise PSA: a workflow rule may keep them as they are")
        .attempts(reply.attempts))
}

/// Returns what has to be sent, if anything. The oldest note counts where several begin with the words.
fn step(own: Option<&Note>, path: &str, pin: &str) -> Option<(Method, String, Value)> {
    let wanted = text(pin);
    match own {
        Some(note) if note.text() == wanted => None,
        Some(note) => {
            let steps = json!([{"op": "replace", "path": "text", "value": wanted}]);
            Some((Method::Patch, format!("{path}/{}", note.id), steps))
        }
        None if pin.is_empty() => None,
        None => Some((Method::Post, path.to_owned(), json!({ "text": wanted }))),
    }
}

fn text(pin: &str) -> String {
    format!("{WORDS} {}", if pin.is_empty() { NONE } else { pin })
}

fn is_own(text: &str) -> bool {
    text.get(..WORDS.len()).is_some_and(|words| words.eq_ignore_ascii_case(WORDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(id: i64, text: &str) -> Note {
        serde_json::from_value(json!({"id": id, "contactId": 7, "text": text})).expect("a note")
    }

    #[test]
    fn a_note_is_known_by_its_first_words() {
        for (text, own) in [
            ("Support PIN: 4821", true),
            ("SUPPORT pin:", true),
            ("The Support PIN: 4821", false),
            ("Support", false),
            ("Süpport PIN", false),
        ] {
            assert_eq!(is_own(text), own, "{text}");
        }
    }

    #[test]
    fn there_is_never_a_second_note() {
        let path = "company/contacts/7/notes";
        let old = note(3, "Support PIN: 1234 ");
        let (method, at, body) = step(Some(&old), path, "4821").expect("a change");
        assert_eq!((method, at.as_str()), (Method::Patch, "company/contacts/7/notes/3"));
        assert_eq!(body, json!([{"op": "replace", "path": "text", "value": "Support PIN: 4821"}]));
        assert!(step(Some(&old), path, "1234").is_none(), "it says so already");
        let (_, _, body) = step(Some(&old), path, "").expect("a change");
        assert_eq!(body[0]["value"], "Support PIN: none");
        let (method, at, body) = step(None, path, "4821").expect("a new one");
        assert_eq!((method, at.as_str(), body), (Method::Post, path, json!({"text": "Support PIN: 4821"})));
        assert!(step(None, path, "").is_none());
    }
}
