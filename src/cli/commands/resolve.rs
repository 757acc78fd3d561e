//! `crsync match --resolve`: asks about what needs a decision, and writes the answers into the decisions file.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::flags::{Results, can_be};
use crate::cli::io::{Io, OUTPUT};
use crate::cli::say;
use crate::config::{Decided, DecisionFile, Entry};
use crate::error::{Error, Kind};
use crate::plan::{Choice, CompanyPeople, Matter, Passed, PeopleTotals, Question, Ruling};
use crate::reconcile::{self, CompanyInput, Decision, Input};
use crate::report::{self, Document, Look};
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
    let mut talk = Talk { file, input, people, who, passed: Passed::default(), look };
    let (mut asked, mut decided, mut late) = (0, 0, false);
    loop {
        let open = talk.questions();
        let Some(question) = open.first() else { break };
        late = is_late();
        if late {
            break;
        }
        asked += 1;
        match talk.ask(question, &format!("Who is who ({} to decide)", count(open.len())), io)? {
            Asked::Decided(number) => decided += number,
            Asked::Skipped => talk.passed.pass(question),
            Asked::Over => break,
        }
        if interrupt.is_asked() {
            return Err(Error::new(
                Kind::Interrupted,
                format!("interrupted; {}", written(decided, &talk.path())),
            )
            .hint("run `crsync match --resolve` again: it goes on from what the file says")
            .into());
        }
    }
    let told = match (asked, decided) {
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

/// What became of a question.
enum Asked {
    /// So many decisions were written.
    Decided(usize),
    /// It stays open.
    Skipped,
    /// The person wants no more questions.
    Over,
}

/// One sitting with a person.
struct Talk<'a> {
    file: DecisionFile,
    input: Input<'a>,
    /// Who is who, with what was decided so far.
    people: Vec<CompanyPeople>,
    who: String,
    passed: Passed,
    look: Look<'a>,
}

impl Talk<'_> {
    fn path(&self) -> String {
        report::clean(&self.file.path().display().to_string())
    }

    /// Returns what is still to be asked.
    fn questions(&self) -> Vec<Question> {
        self.open(&self.passed)
    }

    /// Returns what is open besides what was `passed`, each thing once: conflicts before people who are alone.
    fn open(&self, passed: &Passed) -> Vec<Question> {
        let mut open: Vec<Question> = self.people.iter().flat_map(reconcile::questions).collect();
        open.sort_by_key(|question| matches!(question.matter, Matter::Alone(_)));
        let mut passed = passed.clone();
        open.retain(|question| {
            let new = !passed.has(question);
            passed.pass(question);
            new
        });
        open
    }

    fn ask(&mut self, question: &Question, prompt: &str, io: &mut Io) -> Result<Asked> {
        let of = |company: &&CompanyInput| company.company.name == question.company;
        let Some(company) = self.input.companies.iter().find(of) else { return Ok(Asked::Skipped) };
        let decisions = self.file.decisions();
        let input = Input { decisions: &decisions, ..self.input };
        let answers = reconcile::answers(&input, company, question);
        let mut text = vec![b'\n'];
        report::question(&mut text, question, self.look).context(OUTPUT)?;
        io.stderr().write_all(&text).context(OUTPUT)?;
        // A list has two columns before every line, and a line that is full wraps on some terminals.
        let width = self.look.width.saturating_sub(3);
        let mut items = vec!["Skip this one".to_owned()];
        items.extend(answers.iter().map(|answer| report::answer(question, answer, width)));
        items.push("Stop asking".to_owned());
        loop {
            let Some(answer) = io.choose(prompt, &items)?.filter(|index| *index <= answers.len()) else {
                return Ok(Asked::Over);
            };
            let Some(answer) = answer.checked_sub(1).map(|index| &answers[index]) else {
                return Ok(Asked::Skipped);
            };
            let earlier = self.file.entries().iter().map(|entry| entry.decision.clone());
            match reconcile::contradiction(company, earlier, answer) {
                Some(at) => self.refuse(&self.file.entries()[at], io)?,
                None => return self.keep(company, answer, io),
            }
        }
    }

    fn refuse(&self, earlier: &Entry, io: &mut Io) -> Result<()> {
        let said = match earlier.decision {
            Decision::Pin(_) => "the pin",
            Decision::Split(_) => "the split",
            Decision::Ignore(_) | Decision::IgnoreRecord(..) => "the ignore",
            Decision::Replaced(_) => "the company",
        };
        say::complain(
            io,
            &format!("nothing was written: that contradicts {said} at {}:{}", self.path(), earlier.line),
            Some("take that entry out of the file first, or give another answer"),
        )
    }

    fn keep(&mut self, company: &CompanyInput, answer: &Choice, io: &mut Io) -> Result<Asked> {
        let decided = |ruling: &Ruling| Decided {
            decision: ruling.into(),
            remark: report::remark(&company.company.name, ruling),
        };
        let decided: Vec<Decided> = answer.rulings.iter().map(decided).collect();
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let first = self.file.entries().len();
        // An interrupt now would leave half of it beside the file.
        let interrupt = io.interrupt();
        interrupt.begin_writing();
        let added = self.file.add(&decided, &self.who, today);
        interrupt.end_writing();
        added?;
        self.look_again(&company.tenant_id);
        let line = self.file.entries().get(first).map_or(0, |entry| entry.line);
        writeln!(io.stderr(), "written: {}:{line}", self.path()).context(OUTPUT)?;
        Ok(Asked::Decided(decided.len()))
    }

    /// Links again the companies that a decision can have changed: those of the tenant.
    fn look_again(&mut self, tenant: &str) {
        let decisions = self.file.decisions();
        for company in self.input.companies.iter().filter(|company| company.tenant_id == tenant) {
            let own = std::slice::from_ref(company);
            let input = Input { decisions: &decisions, companies: own, ..self.input };
            for table in reconcile::link(&input).people() {
                self.people
                    .iter_mut()
                    .filter(|old| old.name == table.name)
                    .for_each(|old| *old = table.clone());
            }
        }
    }
}

fn several(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
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
