//! A plan over all its companies: who leaves, who is new, what contradicts itself, one line for each.

use std::collections::BTreeMap;

use super::company;
use super::findings;
use super::leaving;
use super::listed::{only_fills_ids, people};
use super::look::Look;
use super::page::{Cell, Item, Mark, Part, Table};
use super::words::{clean, count, join};
use crate::plan::{Action, Change, CompanyPlan, Conflict, Outcome, Unread};

/// How many companies of one fault are named.
const NAMED: usize = 3;

/// A kind of things that a plan holds, listed over all companies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Records that become inactive, and people who may no longer sign in.
    Deactivate,
    /// Records that become active again.
    Reactivate,
    /// New records.
    Create,
    /// Records whose fields change.
    Update,
    /// Conflicts.
    Conflict,
    /// What was asked for and is not done.
    Skip,
    /// Companies that are held back, or of which there is something to say.
    Company,
    /// Settings that match nothing.
    Finding,
}

impl Topic {
    /// Every topic, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Deactivate,
        Self::Reactivate,
        Self::Create,
        Self::Update,
        Self::Conflict,
        Self::Skip,
        Self::Company,
        Self::Finding,
    ];

    /// Those of a digest: updates and what is skipped are counted there.
    pub(super) const SHORT: [Self; 6] =
        [Self::Deactivate, Self::Reactivate, Self::Create, Self::Conflict, Self::Company, Self::Finding];

    /// Returns the word for `--only`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deactivate => Action::Deactivate.name(),
            Self::Reactivate => Action::Reactivate.name(),
            Self::Create => Action::Create.name(),
            Self::Update => Action::Update.name(),
            Self::Conflict => "conflict",
            Self::Skip => "skipped",
            Self::Company => "company",
            Self::Finding => "finding",
        }
    }

    /// Returns the heading.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Deactivate => "Leaving",
            Self::Reactivate => "Coming back",
            Self::Create => "New",
            Self::Update => "Updated",
            Self::Conflict => company::CONFLICTS,
            Self::Skip => company::SKIPPED,
            Self::Company => "Companies to look at",
            Self::Finding => findings::TITLE,
        }
    }
}

/// Returns what there is of a topic, an entry for each person or thing.
pub(super) fn entries(outcome: &Outcome, topic: Topic, look: Look<'_>) -> Vec<Item> {
    match topic {
        Topic::Deactivate => each(outcome, |part| listed(part, Action::Deactivate)),
        Topic::Reactivate => each(outcome, |part| listed(part, Action::Reactivate)),
        Topic::Create => each(outcome, |part| listed(part, Action::Create)),
        Topic::Update => each(outcome, |part| listed(part, Action::Update)),
        Topic::Conflict => {
            each(outcome, |part| part.conflicts.iter().map(|one| conflict(part, one)).collect())
        }
        Topic::Skip => {
            let skip = |part: &CompanyPlan, one| Item {
                what: within(part, &company::skip(one).what),
                under: Vec::new(),
            };
            each(outcome, |part| part.skipped.iter().map(|one| skip(part, one)).collect())
        }
        Topic::Company => companies(outcome, look),
        Topic::Finding => outcome.findings.iter().map(findings::finding).collect(),
    }
}

fn each<'o>(outcome: &'o Outcome, of: impl Fn(&'o CompanyPlan) -> Vec<Item>) -> Vec<Item> {
    outcome.companies.iter().flat_map(of).collect()
}

/// Returns how many updates only fill in stored ids, in one line, if there are any.
pub(super) fn ids_filled(outcome: &Outcome) -> Option<String> {
    let filled = |part: &&CompanyPlan| part.changes.iter().any(only_fills_ids);
    let number =
        outcome.companies.iter().flat_map(|part| &part.changes).filter(|one| only_fills_ids(one)).count();
    let companies = outcome.companies.iter().filter(filled).count();
    (number > 0).then(|| {
        let (updates, companies) =
            (count(number, "update", "updates"), count(companies, "company", "companies"));
        format!("only stored ids filled in: {updates} in {companies}")
    })
}

/// Returns a line for each company and the lists of people, for a document that goes on with the companies.
pub(super) fn parts(outcome: &Outcome, look: Look<'_>) -> Vec<Part> {
    if outcome.companies.len() < 2 {
        return Vec::new();
    }
    let loud = outcome.companies.iter().filter(|part| !company::is_quiet(part));
    let row = |part: &CompanyPlan| {
        vec![Cell::new(Mark::Strong, clean(&part.name)), Cell::plain(company::overview(part))]
    };
    let rows: Vec<_> = loud.map(row).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let head = vec!["company".to_owned(), "changes".to_owned()];
    let mut parts = Part::section(1, "All companies", vec![Part::Table(Table { head, rows })]);
    for topic in [Topic::Deactivate, Topic::Reactivate, Topic::Create, Topic::Conflict] {
        let items = entries(outcome, topic, look);
        parts.extend(Part::list(2, format!("{}: {}", topic.title(), items.len()), items));
    }
    parts
}

/// Returns the people of a company of an action as entries, with the reason of those who leave.
fn listed(part: &CompanyPlan, action: Action) -> Vec<Item> {
    let item = |(who, changes): (String, Vec<&Change>)| {
        let mark = super::change::mark(action);
        let records = changes.iter().map(|change| record(change));
        let item = Item::new(mark, format!("{}: {who}  {}", clean(&part.name), join(records, ", ")));
        let mut reasons: Vec<String> =
            changes.iter().filter_map(|change| leaving::reason_in(part, change)).collect();
        reasons.dedup();
        if reasons.is_empty() { item } else { item.and(Mark::Quiet, join(reasons, ", ")) }
    };
    people(part, action).into_iter().map(item).collect()
}

/// Returns the record of a change, with the fields of an update.
fn record(change: &Change) -> String {
    let noun = change.record.kind.noun();
    if change.action == Action::Update {
        let fields = change.fields.iter().map(|one| one.field.name().to_owned());
        return format!("{noun} ({})", join(fields, ", "));
    }
    noun.to_owned()
}

fn conflict(part: &CompanyPlan, conflict: &Conflict) -> Item {
    let Conflict { reason, evidence: _, candidates, next: _ } = conflict;
    let who = candidates.first().map(|one| format!("{}: ", clean(&one.who.name))).unwrap_or_default();
    Item::new(Mark::Care, format!("{}: {who}{}", clean(&part.name), clean(reason)))
}

fn within(part: &CompanyPlan, what: &Cell) -> Cell {
    Cell::new(what.mark, format!("{}: {}", clean(&part.name), what.text()))
}

/// Returns what holds companies back, each fault once, and what else there is to say of them.
fn companies(outcome: &Outcome, look: Look<'_>) -> Vec<Item> {
    let mut faults = BTreeMap::<(usize, String), (&Unread, Vec<String>)>::new();
    for part in &outcome.companies {
        for one in &part.unread {
            let key = (one.side as usize, one.reason.clone());
            faults.entry(key).or_insert_with(|| (one, Vec::new())).1.push(clean(&part.name));
        }
    }
    let fault = |(unread, names): (&Unread, Vec<String>)| {
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = join(names.into_iter().take(NAMED), ", ");
        let Item { what, under } = company::unread(unread, look);
        Item { what: Cell::new(what.mark, format!("{shown}{more}: {}", what.text())), under }
    };
    let named = |part: &CompanyPlan, Item { what, under }: Item| Item { what: within(part, &what), under };
    let of = |part: &CompanyPlan| {
        let conflicts = part.company_conflicts.iter().map(company::company_conflict);
        let inactive = part.inactive.iter().map(company::inactive);
        conflicts.chain(inactive).map(|item| named(part, item)).collect::<Vec<_>>()
    };
    faults.into_values().map(fault).chain(outcome.companies.iter().flat_map(of)).collect()
}
