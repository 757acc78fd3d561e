//! A question about people, and its answers, in words.

use std::io::{self, Write};

use anstyle::Style;

use super::people::{evidence, likeness};
use super::table::{BOLD, DIM, Look, clip, line, noun};
use super::words::{self, clean};
use crate::plan::{Candidate, Choice, Matter, Question, Ruling};

/// Writes what a question is about, its records numbered as [`answer`] names them.
///
/// # Errors
/// What `out` says.
pub fn question(out: &mut dyn Write, question: &Question, look: Look<'_>) -> io::Result<()> {
    let heading = match &question.matter {
        Matter::Conflict(clash) => clean(&clash.conflict.reason),
        Matter::Alone(alone) => format!("{} stayed alone", words::person(&alone.person.who)),
    };
    line(out, BOLD, 0, &format!("{}: {heading}", clean(&question.company)), look)?;
    match &question.matter {
        Matter::Conflict(clash) => {
            for (index, one) in clash.conflict.candidates.iter().enumerate() {
                let state = if one.active == Some(false) { " (inactive)" } else { "" };
                let text = format!("{}  {}{state}: {}", index + 1, record(one), words::person(&one.who));
                line(out, Style::new(), 2, &text, look)?;
            }
            evidence(out, &clash.conflict, 5, look)
        }
        Matter::Alone(alone) => {
            let own = question.records();
            let own = own.first().map(|one| record(one)).unwrap_or_default();
            line(out, Style::new(), 2, &format!("1  {own}: {}", words::person(&alone.person.who)), look)?;
            for (index, one) in alone.suggestions.iter().enumerate() {
                let text = format!("{}  {}", index + 2, likeness(one, &record(&one.member.record)));
                line(out, Style::new(), 2, &text, look)?;
            }
            line(out, DIM, 5, "names never link: only you can say whether they are one person", look)
        }
    }
}

/// An answer on one line of at most `width` columns.
pub fn answer(question: &Question, answer: &Choice, width: usize) -> String {
    let records = question.records();
    let place =
        |one: &Candidate| records.iter().position(|other| other.side == one.side && other.id == one.id);
    let number = |one: &Candidate| place(one).map_or_else(|| record(one), |place| (place + 1).to_string());
    let text = match &answer.rulings[..] {
        [Ruling::Same(user, contact)] => {
            format!("{} and {} are one person: {}", number(user), number(contact), both(user, contact))
        }
        [Ruling::Different(user, contact)] => {
            format!("{} and {} are two people: {}", number(user), number(contact), both(user, contact))
        }
        [Ruling::Ignore(one)] => {
            format!("{} takes no part: ignore {} {}", number(one), noun(one.side), words::person(&one.who))
        }
        _ => "no two of them are one person".to_owned(),
    };
    clip(&text, width)
}

/// What the decisions file says above an entry: whom it is about.
pub fn remark(company: &str, ruling: &Ruling) -> String {
    let named = |one: &Candidate| format!("{} {}", noun(one.side), words::person(&one.who));
    let text = match ruling {
        Ruling::Same(user, contact) => format!("{} and {} are one person", named(user), named(contact)),
        Ruling::Different(user, contact) => format!("{} and {} are two people", named(user), named(contact)),
        Ruling::Ignore(one) => format!("{} takes no part", named(one)),
    };
    format!("{}: {text}", clean(company))
}

fn both(user: &Candidate, contact: &Candidate) -> String {
    format!("{}, {} {}", clean(&user.who.name), record(contact), clean(&contact.who.name))
}

/// A record by its id: `contact 2001`.
fn record(one: &Candidate) -> String {
    format!("{} {}", noun(one.side), clean(one.id.as_str()))
}
