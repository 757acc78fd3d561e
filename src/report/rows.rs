//! What plans and runs say as rows of a sheet: one for each field of each change, and one for everything else.

use super::change;
use super::company;
use super::leaving;
use super::look::Look;
use super::words::{self, clean, join};
use crate::plan::{
    Action, Breach, Candidate, Change, CompanyPlan, Conflict, Excluded, Finding, Skip, Todo, Unread, Who,
};

/// One row. A text is empty where it means nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// The company's name in the configuration.
    pub(super) company: String,
    /// What the row is: `change`, `conflict`, `skipped` and so on.
    pub(super) what: &'static str,
    /// The person's name.
    pub(super) person: String,
    /// The person's address.
    pub(super) email: String,
    /// The kind of record, or the side.
    pub(super) record: String,
    /// The record's id.
    pub(super) id: String,
    /// What is done to it.
    pub(super) action: &'static str,
    /// The field.
    pub(super) field: String,
    /// What it holds.
    pub(super) before: String,
    /// What it will hold.
    pub(super) after: String,
    /// The side the value comes from.
    pub(super) source: String,
    /// The row of the feature matrix that asks for it.
    pub(super) row: &'static str,
    /// What became of it, in a run.
    pub(super) result: String,
    /// Why.
    pub(super) reason: String,
    /// The next step.
    pub(super) next: String,
}

/// What a row of a change is.
pub(super) const CHANGE: &str = "change";

/// The names of the columns.
pub(super) const HEAD: [&str; 15] = [
    "company", "what", "person", "email", "record", "id", "action", "field", "before", "after", "source",
    "row", "result", "reason", "next",
];

impl Line {
    /// Returns the texts in the order of [`HEAD`].
    pub(super) fn cells(self) -> Vec<String> {
        let Self {
            company,
            what,
            person,
            email,
            record,
            id,
            action,
            field,
            before,
            after,
            source,
            row,
            result,
            reason,
            next,
        } = self;
        let (what, action, row) = (what.to_owned(), action.to_owned(), row.to_owned());
        vec![
            company, what, person, email, record, id, action, field, before, after, source, row, result,
            reason, next,
        ]
    }

    /// Returns a row of this sort for a company.
    pub(super) fn new(company: &str, what: &'static str) -> Self {
        Self { company: clean(company), what, ..Self::default() }
    }

    /// Returns the same about a person.
    pub(super) fn about(self, who: &Who) -> Self {
        let email = who.email.as_deref().map(clean).unwrap_or_default();
        Self { person: clean(&who.name), email, ..self }
    }

    /// Returns the same with a reason and the next step.
    pub(super) fn because(self, reason: &str, next: Option<&str>) -> Self {
        Self { reason: clean(reason), next: next.map(clean).unwrap_or_default(), ..self }
    }

    /// Returns the same with a record in it.
    fn of(self, one: &Candidate) -> Self {
        let record = words::noun(one.side).to_owned();
        Self { record, id: clean(one.id.as_str()), ..self }.about(&one.who)
    }
}

/// Returns a change as rows, one for each field.
pub(super) fn of_change(company: &str, change: &Change, look: Look<'_>) -> Vec<Line> {
    let line = Line {
        record: change.record.kind.noun().to_owned(),
        id: change.record.id.as_ref().map(|id| clean(id.as_str())).unwrap_or_default(),
        action: change.action.name(),
        ..Line::new(company, CHANGE).about(&change.who)
    };
    let proof = change::proof(change).unwrap_or_default();
    let beside =
        |cell: super::page::Cell| Line { what: "namesake", ..line.clone().because(&cell.text(), None) };
    let fields = change.fields.iter().map(|field| {
        let (before, after) = words::ends(field, change.action == Action::Create);
        let note = field.note.as_deref().map(clean);
        let left = leaving::reason(change).unwrap_or_default().to_owned();
        let reason = note.into_iter().chain([left, proof.to_owned()]).filter(|part| !part.is_empty());
        let source = if field.row == crate::model::Row::SelfService {
            "asked for".to_owned()
        } else {
            look.side(field.source).to_owned()
        };
        Line {
            field: field.field.name().to_owned(),
            before: before.unwrap_or_default(),
            after,
            source,
            row: field.row.id(),
            reason: join(reason, "; "),
            ..line.clone()
        }
    });
    let namesakes = change.namesakes.iter().flat_map(change::beside);
    let rows: Vec<Line> = fields.chain(namesakes.map(beside)).collect();
    if rows.is_empty() { vec![line] } else { rows }
}

/// Returns what else there is to say of a company.
pub(super) fn of_company(part: &CompanyPlan, look: Look<'_>) -> Vec<Line> {
    let name = part.name.as_str();
    let mut rows: Vec<Line> = part.unread.iter().map(|one| unread(name, one, look)).collect();
    rows.extend(part.inactive.iter().map(|one| Line {
        record: look.side(one.side).to_owned(),
        ..Line::new(name, "inactive").because(&one.reason, Some(&one.next))
    }));
    rows.extend(part.company_conflicts.iter().map(|one| Line {
        before: clean(&one.stored),
        after: clean(&one.configured),
        ..Line::new(name, "company-conflict").because(&one.reason, Some(&one.next))
    }));
    rows.extend(part.conflicts.iter().flat_map(|one| conflict(name, one)));
    rows.extend(part.skipped.iter().map(|one| skip(name, one)));
    rows.extend(part.todo.iter().map(|one| to_do(name, one)));
    rows.extend(part.excluded.iter().map(|one| out_of_scope(name, one)));
    rows
}

/// Returns which side of a company could not be read.
pub(super) fn unread(company: &str, one: &Unread, look: Look<'_>) -> Line {
    let line = Line::new(company, "unread").because(&one.reason, one.hint.as_deref());
    Line { record: look.side(one.side).to_owned(), ..line }
}

/// Returns a conflict, a row for each record.
pub(super) fn conflict(company: &str, conflict: &Conflict) -> Vec<Line> {
    let line = Line::new(company, "conflict").because(&conflict.reason, Some(&conflict.next));
    let rows: Vec<Line> = conflict.candidates.iter().map(|one| line.clone().of(one)).collect();
    if rows.is_empty() { vec![line] } else { rows }
}

fn skip(company: &str, skip: &Skip) -> Line {
    let line = Line::new(company, "skipped").because(&skip.reason, skip.next.as_deref());
    let line = Line { row: skip.row.id(), ..line };
    if let Some(who) = &skip.who { line.about(who) } else { line }
}

fn to_do(company: &str, todo: &Todo) -> Line {
    let id = clean(todo.contact.as_str());
    let line = Line::new(company, "to-do").about(&todo.who).because(&company::steps(todo), None);
    Line { record: "contact".to_owned(), id, ..line }
}

fn out_of_scope(company: &str, one: &Excluded) -> Line {
    let reason = match &one.detail {
        Some(detail) => format!("{}: {detail}", one.reason),
        None => one.reason.clone(),
    };
    let line = Line::new(company, "out-of-scope").about(&one.who).because(&reason, None);
    Line { record: words::noun(one.side).to_owned(), id: clean(one.id.as_str()), ..line }
}

/// Returns a limit that a plan runs into.
pub(super) fn guard(breach: &Breach) -> Line {
    let company = breach.company.as_deref().unwrap_or("the whole run");
    let line = Line::new(company, "guard").because(&breach.reason, Some(&breach.next_step()));
    Line { action: breach.measure.name(), ..line }
}

/// Returns a setting that matches nothing.
pub(super) fn finding(finding: &Finding) -> Line {
    let place = format!("{}:{}", clean(&finding.file), finding.line);
    let line = Line::new("", "finding").because(&finding.reason, finding.next.as_deref());
    Line { id: place, field: clean(&finding.setting), ..line }
}
