//! `crsync match --resolve`: asks about what needs a decision, and writes the answers into the decisions file.

use std::io::Write as _;

use anyhow::{Context as _, Result};

use super::talk::{Asked, Talk, several};
use crate::cli::flags::{Results, can_be};
use crate::cli::io::{Io, OUTPUT};
use crate::config::DecisionFile;
use crate::error::{Error, Kind};
use crate::plan::{CompanyPeople, Matter, Passed, PeopleTotals, Question};
use crate::reconcile::{self, Input};
use crate::report::{Document, Look};
use crate::run::Session;
use crate::text::show::count;

/// Passes if the user can be asked about people by their names.
///
/// # Errors
/// [`Kind::Usage`] otherwise, before anything is read.
pub(super) fn check(results: &Results, io: &Io) -> Result<()> {
    let refused = |message: &str, hint: &str| Err(Error::new(Kind::Usage, message).hint(hint).into());
    if results.redact {
        return refused(
            "--resolve asks about people by name, but names are masked",
            "leave out --redact, or --resolve; the decisions file names people as well",
        );
    }
    can_be(Document::Questions, results.shape.format)?;
    match () {
        () if results.shape.file.output.is_some() => refused(
            "--resolve talks to a person, so it takes neither --format nor --output nor --report",
            "run `crsync match --unmatched --format json` for a program",
        ),
        () if !io.can_ask() => refused(
            "--resolve asks about people, but there is no terminal",
            "run `crsync match --unmatched` to see what needs a decision, and --resolve on a terminal",
        ),
        () => Ok(()),
    }
}

/// What came of asking.
pub(super) struct Resolved {
    /// Who is who, with what was decided.
    pub(super) people: Vec<CompanyPeople>,
    /// Whether the time was over before everything was asked.
    pub(super) late: bool,
}

/// Asks what needs a decision among `people`, who are those of `input`, and keeps every answer as it is given.
///
/// # Errors
/// A decisions file that is wrong, cannot be written, or was changed by another process meanwhile.
pub(super) fn resolve(
    session: &Session,
    input: Input<'_>,
    people: Vec<CompanyPeople>,
    is_late: impl Fn() -> bool,
    look: Look<'_>,
    io: &mut Io,
) -> Result<Resolved> {
    let file = DecisionFile::open(&session.decisions)?;
    let who = io.machine().operator();
    // Reading took its time, in which the file may have changed.
    let decisions = file.decisions();
    let same = decisions == *input.decisions;
    let people =
        if same { people } else { reconcile::link(&Input { decisions: &decisions, ..input }).people() };
    io.heed_signals();
    let interrupt = io.interrupt();
    let mut talk = Talk::new(file, input, people, who, look);
    let (mut asked, mut late) = (0, false);
    loop {
        let open = talk.questions();
        let Some(question) = open.first() else { break };
        late = is_late();
        if late {
            break;
        }
        asked += 1;
        match talk.ask(question, &format!("Who is who ({} to decide)", count(open.len())), io)? {
            Asked::Over => break,
            Asked::Back => talk.back(io)?,
            Asked::Answered | Asked::Skipped if interrupt.is_asked() => {}
            Asked::Answered => talk.offer_the_same(io)?,
            Asked::Skipped => {}
        }
        if interrupt.is_asked() {
            return Err(Error::new(
                Kind::Interrupted,
                format!("interrupted; {}", written(talk.decided(), &talk.path())),
            )
            .hint("run `crsync match --resolve` again: it goes on from what the file says")
            .into());
        }
    }
    let told = match (asked, talk.decided()) {
        (0, _) if late => "Nothing was asked: the time is over.".to_owned(),
        (0, _) => nothing(&talk.people),
        (_, 0) => "Nothing was decided.".to_owned(),
        (_, number) => {
            format!("{}; `{}` shows what follows.", written(number, &talk.path()), session.command("diff"))
        }
    };
    let open = talk.open(&Passed::default());
    let is_conflict = |one: &&Question| matches!(one.matter, Matter::Conflict(_));
    let conflicts = open.iter().filter(is_conflict).count();
    let left = format!(
        "Still open{}: {}, {} alone with a suggestion.",
        if late && asked > 0 { " when the time was over" } else { "" },
        several(conflicts, "conflict", "conflicts"),
        several(open.len() - conflicts, "person", "people")
    );
    let mut out = io.stdout();
    writeln!(out, "{told}").and_then(|()| writeln!(out, "{left}")).context(OUTPUT)?;
    Ok(Resolved { people: talk.people, late })
}

/// Returns why there is nothing to ask about `people`.
fn nothing(people: &[CompanyPeople]) -> String {
    let is_held = |one: &&CompanyPeople| {
        !one.unread.is_empty() || !one.company_conflicts.is_empty() || one.refused.is_some()
    };
    let held = people.iter().filter(is_held).count();
    if held > 0 {
        let held = several(held, "company is", "companies are");
        return format!("Nothing needs a decision in what was read; {held} held back.");
    }
    // Only a portal user can have a suggestion and yet be no question.
    match PeopleTotals::of(people).suggested {
        0 => "Nothing needs a decision.".to_owned(),
        number => format!(
            "Nothing can be decided here: {} may match a person; see `crsync match --unmatched`.",
            several(number, "portal user", "portal users")
        ),
    }
}

fn written(decisions: usize, path: &str) -> String {
    format!("{} written to {path}", several(decisions, "decision was", "decisions were"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Id, Side};
    use crate::plan::{Alone, Candidate, Member, Person, Suggestion, Who};

    fn company() -> CompanyPeople {
        CompanyPeople {
            name: "Contoso".to_owned(),
            unread: Vec::new(),
            company_conflicts: Vec::new(),
            refused: None,
            linked: Vec::new(),
            conflicts: Vec::new(),
            alone: Vec::new(),
            excluded: Vec::new(),
        }
    }

    fn member(side: Side) -> Member {
        let who = Who { name: "Ann Lee".to_owned(), email: None };
        Member { record: Candidate { side, id: Id::from(7), who, active: None }, out: None }
    }

    #[test]
    fn why_nothing_is_asked_is_said_as_it_is() {
        assert_eq!(nothing(&[company()]), "Nothing needs a decision.");
        let refused = CompanyPeople { refused: Some("two tenants".to_owned()), ..company() };
        assert_eq!(
            nothing(&[company(), refused]),
            "Nothing needs a decision in what was read; 1 company is held back."
        );
        let portal_user = Alone {
            person: Person {
                who: member(Side::Portal).record.who,
                records: vec![member(Side::Portal)],
                evidence: Vec::new(),
                portal_evidence: Vec::new(),
                gone: None,
                stood_back: Vec::new(),
            },
            suggestions: vec![Suggestion {
                member: member(Side::Psa),
                likeness: 70,
                name: Some(70),
                address: None,
                is_namesake: false,
            }],
        };
        let alone = CompanyPeople { alone: vec![portal_user], ..company() };
        assert_eq!(reconcile::questions(&alone), []);
        assert_eq!(
            nothing(&[alone]),
            "Nothing can be decided here: 1 portal user may match a person; see `crsync match --unmatched`."
        );
    }
}
