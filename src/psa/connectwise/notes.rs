//! The one note of a contact that repeats its support PIN, for people who look at notes and not at custom fields.
//!
//! It is found by its first words, and changed: a note for every PIN would leave the old ones to be read. Where there are
//! several all the same, each that holds nothing but a PIN gets the same text. A PIN that is cleared leaves the note with
//! the word for none, since a role that may change notes may not delete them.

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

/// A request that writes a note.
type Step = (Method, String, Value);

/// Makes the note of `contact` say `pin`: how often requests that write were sent, which an error says as well.
pub(super) fn keep(session: &Session, contact: &Id, pin: &str) -> Result<u32> {
    let path = format!("company/contacts/{contact}/notes");
    let source = Source::new("ConnectWise PSA notes of a contact", path.clone(), |note: &Note| note.id);
    // Reading them changes nothing.
    let notes = list(session, &source, &Query::default(), "", |_| true).map_err(|error| error.attempts(0))?;
    let mut sent = 0;
    for step in steps(notes.items(), &path, pin) {
        sent += take(session, step, pin).map_err(|error| {
            let all = sent + error.sent();
            error.attempts(all)
        })?;
    }
    Ok(sent)
}

/// Sends one step, and checks what came of it: how often it was sent.
fn take(session: &Session, (method, path, body): Step, pin: &str) -> Result<u32> {
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

/// Returns what has to be sent. The oldest note with nothing but a PIN counts, else the oldest that begins with the words.
/// Further notes with nothing but a PIN follow it, so that none of them keeps an old one; what a person wrote stays.
fn steps(notes: &[Note], path: &str, pin: &str) -> Vec<Step> {
    let wanted = text(pin);
    let bare: Vec<&Note> = notes.iter().filter(|note| is_bare(note.text())).collect();
    let first = notes.iter().find(|note| is_own(note.text())).filter(|_| bare.is_empty());
    let own: Vec<&Note> = bare.into_iter().chain(first).collect();
    if own.is_empty() && !pin.is_empty() {
        return vec![(Method::Post, path.to_owned(), json!({ "text": wanted }))];
    }
    let change = |note: &Note| {
        let change = json!([{"op": "replace", "path": "text", "value": wanted}]);
        (Method::Patch, format!("{path}/{}", note.id), change)
    };
    own.into_iter().filter(|note| note.text() != wanted).map(change).collect()
}

fn text(pin: &str) -> String {
    format!("{WORDS} {}", if pin.is_empty() { NONE } else { pin })
}

/// Returns what a note says after its first words, if they are these.
fn rest(text: &str) -> Option<&str> {
    let (words, rest) = text.split_at_checked(WORDS.len())?;
    words.eq_ignore_ascii_case(WORDS).then_some(rest)
}

fn is_own(text: &str) -> bool {
    rest(text).is_some()
}

/// Reports whether a note holds nothing but a PIN, or the word for none.
fn is_bare(text: &str) -> bool {
    rest(text).is_some_and(|rest| rest.split_whitespace().count() < 2)
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
        let old = [note(3, "Support PIN: 1234 ")];
        assert_eq!(
            steps(&old, path, "4821"),
            [(
                Method::Patch,
                "company/contacts/7/notes/3".to_owned(),
                json!([{"op": "replace", "path": "text", "value": "Support PIN: 4821"}])
            )]
        );
        assert_eq!(steps(&old, path, "1234"), [], "it says so already");
        assert_eq!(steps(&old, path, "")[0].2[0]["value"], "Support PIN: none");
        assert_eq!(
            steps(&[], path, "4821"),
            [(Method::Post, path.to_owned(), json!({"text": "Support PIN: 4821"}))]
        );
        assert_eq!(steps(&[], path, ""), []);
    }

    #[test]
    fn no_second_note_keeps_an_old_pin_and_what_a_person_wrote_stays() {
        let changed = |notes: &[Note], pin| {
            let steps = steps(notes, "notes", pin).into_iter();
            steps.map(|(_, path, _)| path).collect::<Vec<_>>()
        };
        let several = [
            note(2, "Support PIN: ask Ann before it is told"),
            note(3, "Support PIN: 1234"),
            note(5, "support pin: 4821"),
            note(6, "The Support PIN: 1234 was told by telephone"),
            note(8, "Support PIN: none"),
        ];
        assert_eq!(changed(&several, "4821"), ["notes/3", "notes/5", "notes/8"]);
        assert_eq!(changed(&several, ""), ["notes/3", "notes/5"]);
        assert_eq!(changed(&several[..1], "4821"), ["notes/2"], "found by its first words");
    }
}
