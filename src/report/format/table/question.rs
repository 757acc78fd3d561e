//! A question about people, and its answers, in words.

use std::io::{self, Write};

use anstyle::Style;

use super::beside::beside;
use super::lines::{BOLD, DIM, clip, line};
use crate::model::Side;
use crate::plan::{Beside, Candidate, Choice, Matter, Member, OutOfScope, Question, Ruling};
use crate::report::look::Look;
use crate::report::people::{evidence, likeness};
use crate::report::words::{self, clean, join, noun};

/// The number of a 365 user who is gone.
const GONE: &str = "0 (gone)";

/// Writes what a question is about, its records numbered as [`answer`] names them, and how they differ: `held` is what
/// the sides hold of them.
///
/// # Errors
/// What `out` says.
pub fn question(out: &mut dyn Write, question: &Question, held: &[Beside], look: Look<'_>) -> io::Result<()> {
    let heading = match &question.matter {
        Matter::Conflict(clash) => clean(&clash.conflict.reason),
        Matter::Alone(alone) => format!("{} stayed alone", words::person(&alone.person.who)),
    };
    line(out, BOLD, 0, &format!("{}: {heading}", clean(&question.company)), look)?;
    match &question.matter {
        Matter::Conflict(clash) => {
            for (index, one) in clash.conflict.candidates.iter().enumerate() {
                let text = format!("{}  {}: {}", index + 1, with_state(one, None), words::person(&one.who));
                line(out, Style::new(), 2, &text, look)?;
            }
            if let Some(text) = evidence(&clash.conflict) {
                line(out, DIM, 5, &text, look)?;
            }
            beside(out, &question.records(), held, look)
        }
        Matter::Alone(alone) => {
            let named = |member: &Member| with_state(&member.record, member.out.as_ref());
            let own = alone.person.records.first().map(named).unwrap_or_default();
            line(out, Style::new(), 2, &format!("1  {own}: {}", words::person(&alone.person.who)), look)?;
            for (index, one) in alone.suggestions.iter().enumerate() {
                let text = format!("{}  {}", index + 2, likeness(one, &named(&one.member)));
                line(out, Style::new(), 2, &text, look)?;
            }
            let is_portal = alone.person.records.first().is_some_and(|own| own.record.side == Side::Portal);
            let advice = if is_portal {
                "names never link: if they are one person, give the portal user that person's address in the portal"
            } else {
                "names never link: only you can say whether they are one person"
            };
            line(out, DIM, 5, advice, look)?;
            beside(out, &question.records(), held, look)
        }
    }
}

/// Writes which record of a conflict is asked about, where no answer settles all of it.
///
/// # Errors
/// What `out` says.
pub fn one_at_a_time(
    out: &mut dyn Write,
    question: &Question,
    about: &Candidate,
    look: Look<'_>,
) -> io::Result<()> {
    let is_it = |one: &&Candidate| one.side == about.side && one.id == about.id;
    let number = question.records().iter().position(is_it).map_or(0, |place| place + 1);
    let text = format!("Who is {number}, {}? The others are asked about next.", words::person(&about.who));
    line(out, Style::new(), 2, &text, look)
}

/// Writes the answers that questions of the very same kind would get, a line each.
///
/// # Errors
/// What `out` says.
pub fn kindred(out: &mut dyn Write, of: &[(Question, Choice)], look: Look<'_>) -> io::Result<()> {
    line(out, BOLD, 0, &format!("The same answer fits {} more:", of.len()), look)?;
    of.iter().try_for_each(|(question, choice)| {
        let text = format!("{}: {}", clean(&question.company), answer(question, choice, usize::MAX));
        line(out, Style::new(), 2, &text, look)
    })
}

/// Returns an answer on one line of at most `width` columns.
pub fn answer(question: &Question, answer: &Choice, width: usize) -> String {
    let records = question.records();
    let place =
        |one: &Candidate| records.iter().position(|other| other.side == one.side && other.id == one.id);
    // Only a 365 user who is gone, but whose id contacts still hold, is in no list.
    let number =
        |one: &Candidate| place(one).map_or_else(|| GONE.to_owned(), |place| (place + 1).to_string());
    let both = |user: &Candidate, contact: &Candidate| {
        let user_words = place(user).map_or_else(|| record(user), |_| clean(&user.who.name));
        format!("{user_words}, {} {}", record(contact), clean(&contact.who.name))
    };
    let text = match &answer.rulings[..] {
        [Ruling::Same(user, contact)] => {
            format!("{} and {} are one person: {}", number(user), number(contact), both(user, contact))
        }
        [Ruling::Different(user, contact)] => {
            format!("{} and {} are two people: {}", number(user), number(contact), both(user, contact))
        }
        [Ruling::Ignore(one)] => {
            format!("{} is out of scope: ignore {} {}", number(one), noun(one.side), words::person(&one.who))
        }
        all if all.iter().all(|one| matches!(one, Ruling::Ignore(_))) => {
            let is_ignored = |one: &Candidate| {
                all.iter()
                    .any(|of| matches!(of, Ruling::Ignore(of) if of.side == one.side && of.id == one.id))
            };
            let is_kept = |one: &&&Candidate| one.side == Side::Portal && !is_ignored(one);
            let kept = records.iter().find(is_kept).map(|one| number(one)).unwrap_or_default();
            let ignored = join(records.iter().filter(|one| is_ignored(one)).map(|one| number(one)), ", ");
            format!("only {kept} is this person's: ignore {ignored}")
        }
        // Those who are alone are in all the pairs; of a conflict, not every two need be a pair.
        all => match question.matter {
            Matter::Alone(_) => "1 is none of the others".to_owned(),
            Matter::Conflict(_) => {
                let pair = |ruling: &Ruling| match ruling {
                    Ruling::Same(user, contact) | Ruling::Different(user, contact) => {
                        Some(format!("{} and {}", number(user), number(contact)))
                    }
                    Ruling::Ignore(_) => None,
                };
                if let Some((one, others)) = one_of_all(all) {
                    return clip(
                        &format!("{} is none of {}", number(one), join(others.map(number), ", ")),
                        width,
                    );
                }
                let pairs = join(all.iter().filter_map(pair), "; ");
                format!("two people in each of {} pairs: {pairs}", all.len())
            }
        },
    };
    clip(&text, width)
}

/// Returns the record that is in all of several pairs of two people, and the other records of them.
fn one_of_all<'a>(all: &'a [Ruling]) -> Option<(&'a Candidate, impl Iterator<Item = &'a Candidate>)> {
    let apart = |ruling: &'a Ruling| match ruling {
        Ruling::Different(user, contact) => Some((user, contact)),
        Ruling::Same(..) | Ruling::Ignore(_) => None,
    };
    let (user, contact) = apart(all.first()?)?;
    let pairs: Vec<(&Candidate, &Candidate)> = all.iter().map(apart).collect::<Option<_>>()?;
    let is_of_user = pairs.iter().all(|pair| pair.0 == user);
    let is_of_contact = pairs.iter().all(|pair| pair.1 == contact);
    let one = if is_of_user { user } else { contact };
    let others = pairs.into_iter().map(move |pair| if is_of_user { pair.1 } else { pair.0 });
    (is_of_user || is_of_contact).then_some((one, others))
}

/// Returns the comment above an entry of the decisions file: the records it is about.
pub fn remark(company: &str, ruling: &Ruling) -> String {
    let named = |one: &Candidate| format!("{} {}", noun(one.side), words::person(&one.who));
    let text = match ruling {
        Ruling::Same(user, contact) => format!("{} and {} are one person", named(user), named(contact)),
        Ruling::Different(user, contact) => format!("{} and {} are two people", named(user), named(contact)),
        Ruling::Ignore(one) => format!("{} is out of scope", named(one)),
    };
    format!("{}: {text}", clean(company))
}

/// Returns a record by its id: `contact 2001`.
fn record(one: &Candidate) -> String {
    format!("{} {}", noun(one.side), clean(one.id.as_str()))
}

/// Returns a record by its id, and why it is out of scope or not in use: who is one person with it may be made
/// inactive.
fn with_state(one: &Candidate, out: Option<&OutOfScope>) -> String {
    let unused = if one.side == Side::Tenant { "disabled" } else { "inactive" };
    let unused = (one.active == Some(false)).then(|| unused.to_owned());
    let state = out.map(|out| clean(&out.reason)).or(unused);
    state.map_or_else(|| record(one), |state| format!("{} ({state})", record(one)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Alone, Clash, Conflict, Person, Suggestion, Who};

    fn candidate(side: Side, id: &str, active: bool) -> Candidate {
        let who = Who { name: "Ann Lee".to_owned(), email: None };
        Candidate { side, id: id.into(), who, active: Some(active) }
    }

    fn alone(own: Candidate, others: Vec<Member>) -> Question {
        let who = own.who.clone();
        let records = vec![Member { record: own, out: None }];
        let person = Person {
            who,
            records,
            evidence: Vec::new(),
            portal_evidence: Vec::new(),
            gone: None,
            stood_back: Vec::new(),
        };
        let suggestion =
            |member| Suggestion { member, likeness: 95, name: Some(95), address: None, is_namesake: true };
        let suggestions = others.into_iter().map(suggestion).collect();
        Question { company: "Contoso".to_owned(), matter: Matter::Alone(Alone { person, suggestions }) }
    }

    fn conflict(candidates: Vec<Candidate>) -> Question {
        let conflict = Conflict {
            reason: "2 records".to_owned(),
            evidence: Vec::new(),
            candidates,
            next: String::new(),
        };
        Question {
            company: "Contoso".to_owned(),
            matter: Matter::Conflict(Clash { conflict, linked: Vec::new() }),
        }
    }

    fn shown(asked: &Question) -> Vec<String> {
        let mut text = Vec::new();
        question(&mut text, asked, &[], Look { width: 120, verbose: false, psa: "PSA" }).expect("memory");
        let text = anstream::adapter::strip_bytes(&text).into_vec();
        String::from_utf8_lossy(&text).lines().skip(1).map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn a_suggestion_says_why_its_record_is_out_of_scope() {
        let out =
            |reason: &str| Some(OutOfScope { reason: reason.to_owned(), rule: String::new(), detail: None });
        let disabled = Member { record: candidate(Side::Tenant, "8f2c", false), out: out("disabled") };
        let guest = Member { record: candidate(Side::Tenant, "8f2d", true), out: out("guest") };
        let unused = Member { record: candidate(Side::Tenant, "8f2e", false), out: None };
        let lines = shown(&alone(candidate(Side::Psa, "7", false), vec![disabled, guest, unused]));
        assert_eq!(
            lines[..4],
            [
                "1  contact 7 (inactive): Ann Lee",
                "2  95 % 365 user 8f2c (disabled): Ann Lee (name 95 %)",
                "3  95 % 365 user 8f2d (guest): Ann Lee (name 95 %)",
                "4  95 % 365 user 8f2e (disabled): Ann Lee (name 95 %)",
            ]
        );
    }

    #[test]
    fn in_a_conflict_a_user_is_disabled_and_a_contact_inactive() {
        let records = [(Side::Tenant, "8f2c"), (Side::Psa, "7"), (Side::Portal, "9")];
        let records = records.map(|(side, id)| candidate(side, id, side == Side::Portal));
        assert_eq!(
            shown(&conflict(records.into())),
            [
                "1  365 user 8f2c (disabled): Ann Lee",
                "2  contact 7 (inactive): Ann Lee",
                "3  portal user 9: Ann Lee"
            ]
        );
    }

    fn apart(pairs: &[(&Candidate, &Candidate)]) -> Choice {
        let rulings =
            pairs.iter().map(|(user, contact)| Ruling::Different((*user).clone(), (*contact).clone()));
        rulings.collect::<Vec<_>>().into()
    }

    #[test]
    fn an_answer_about_several_pairs_names_just_those() {
        let records = [(Side::Tenant, "a"), (Side::Tenant, "b"), (Side::Psa, "7"), (Side::Psa, "8")];
        let [a, b, seven, eight] = records.map(|(side, id)| candidate(side, id, true));
        let asked = conflict(vec![a.clone(), b.clone(), seven.clone(), eight.clone()]);
        let choice = apart(&[(&a, &seven), (&b, &seven), (&b, &eight)]);
        assert_eq!(answer(&asked, &choice, 80), "two people in each of 3 pairs: 1 and 3; 2 and 3; 2 and 4");
        assert_eq!(answer(&asked, &choice, 40), "two people in each of 3 pairs: 1 and 3;…");
        assert_eq!(answer(&asked, &apart(&[(&a, &eight), (&b, &eight)]), 80), "4 is none of 1, 2");
        let members = [seven.clone(), eight.clone()].map(|record| Member { record, out: None });
        let asked = alone(a.clone(), members.into());
        assert_eq!(answer(&asked, &apart(&[(&a, &seven), (&a, &eight)]), 80), "1 is none of the others");
    }

    #[test]
    fn a_user_who_is_gone_is_named_by_the_id_after_the_numbers() {
        let gone = Candidate { active: None, ..candidate(Side::Tenant, "8f2c", true) };
        let [seven, eight] = ["7", "8"].map(|id| candidate(Side::Psa, id, true));
        let asked = conflict(vec![seven.clone(), eight.clone()]);
        assert_eq!(
            answer(&asked, &apart(&[(&gone, &seven)]), 80),
            "0 (gone) and 1 are two people: 365 user 8f2c, contact 7 Ann Lee"
        );
        assert_eq!(
            answer(&asked, &apart(&[(&gone, &seven), (&gone, &eight)]), 80),
            "0 (gone) is none of 1, 2"
        );
    }
}
