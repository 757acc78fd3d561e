//! What a plan or a run says of one company, beside its changes.

use std::collections::BTreeMap;

use super::change;
use super::leaving::{leave, leavers};
use super::listed;
use super::look::Look;
use super::page::{Cell, Item, Mark, Part};
use super::words::{self, clean, count, join};
use crate::model::Side;
use crate::plan::{
    Action, Candidate, Change, CompanyConflict, CompanyPlan, Conflict, Excluded, Inactive, Skip, Todo, Unread,
};

/// The sides, in the order in which their changes are shown.
const SIDES: [Side; 3] = [Side::Tenant, Side::Psa, Side::Portal];

/// How many people of one reason are named where not all are.
const NAMED: usize = 3;

/// The heading of what shows that a company's records belong to another one.
pub(super) const COMPANY_CONFLICTS: &str = "Company conflicts, nothing of this company is written";
/// The heading of conflicts.
pub(super) const CONFLICTS: &str = "Conflicts, nothing is written to these people";
/// The heading of what was asked for and is not done.
pub(super) const SKIPPED: &str = "Skipped";
/// The heading of roles and groups.
pub(super) const TO_DO: &str = "To do in the portal";
/// The heading of records that are out of scope.
pub(super) const OUT_OF_SCOPE: &str = "Out of scope";

/// Returns the company's part of a plan in one line.
pub(super) fn summary(part: &CompanyPlan) -> String {
    match part.unread.len() {
        0 if !part.company_conflicts.is_empty() => "held back, nothing is written".to_owned(),
        0 if counts_no_one(part) => count(part.changes.len(), "change", "changes"),
        0 => format!(
            "{}, {} in agreement{}",
            count(part.people, "person", "people"),
            part.in_agreement,
            leave(leavers(part))
        ),
        _ => "held back, nothing is concluded from a part".to_owned(),
    }
}

/// Reports whether the plan changes records without counting people: one that takes a run back does not.
pub(super) fn counts_no_one(part: &CompanyPlan) -> bool {
    part.people == 0 && part.in_agreement == 0 && !part.changes.is_empty() && leavers(part) == 0
}

/// Returns what is planned for a company in one line: how many records, and of how many people where that differs.
pub(super) fn overview(part: &CompanyPlan) -> String {
    let mut actions = BTreeMap::<Action, usize>::new();
    for change in &part.changes {
        *actions.entry(change.action).or_default() += 1;
    }
    let counted = |(action, number): (&Action, &usize)| {
        let people = listed::people(part, *action).len();
        // Updates that only fill in ids are of no one in particular.
        let is_same = *action == Action::Update || people == *number || people == 0;
        let people =
            if is_same { String::new() } else { format!(" ({})", count(people, "person", "people")) };
        format!("{} {number}{people}", action.name())
    };
    let mut parts: Vec<String> = actions.iter().map(counted).collect();
    if !part.unread.is_empty() {
        parts.push("held back, a side could not be read".to_owned());
    } else if !part.company_conflicts.is_empty() {
        parts.push("held back".to_owned());
    } else if parts.is_empty() {
        parts.push("nothing to do".to_owned());
    }
    if !part.conflicts.is_empty() {
        parts.push(count(part.conflicts.len(), "conflict", "conflicts"));
    }
    if !part.company_conflicts.is_empty() {
        parts.push(count(part.company_conflicts.len(), "company conflict", "company conflicts"));
    }
    join(parts, " · ")
}

/// Returns the changes by the side that they write to.
pub(super) fn by_side(changes: &[Change]) -> impl Iterator<Item = (Side, Vec<&Change>)> {
    let on = |side| changes.iter().filter(|change| change.record.kind.side() == side).collect();
    SIDES
        .into_iter()
        .map(move |side| (side, on(side)))
        .filter(|(_, changes): &(_, Vec<_>)| !changes.is_empty())
}

/// Returns which side of a company could not be read, and the next step.
pub(super) fn unread(unread: &Unread, look: Look<'_>) -> Item {
    let Unread { side, kind: _, reason, hint } = unread;
    let text = format!("{} could not be read: {}", look.side(*side), clean(reason));
    Item::new(Mark::Bad, text).next(Mark::Plain, hint.as_deref())
}

/// Returns what shows that a company's records belong to another one, and the next step. The decision that helps is not
/// in it.
pub(super) fn company_conflict(conflict: &CompanyConflict) -> Item {
    Item::new(Mark::Care, clean(&conflict.reason)).next(Mark::Plain, Some(&conflict.next))
}

/// Returns the lines of a decision as they are to be copied.
pub(super) fn decision(conflict: &CompanyConflict) -> Vec<String> {
    conflict.decision.iter().map(|text| clean(text)).collect()
}

/// Returns which side has the company as inactive, and the next step.
pub(super) fn inactive(inactive: &Inactive) -> Item {
    Item::new(Mark::Care, clean(&inactive.reason)).next(Mark::Plain, Some(&inactive.next))
}

/// Returns what contradicts what, the records and the next step.
pub(super) fn conflict(conflict: &Conflict) -> Item {
    let record = |item: Item, one: &Candidate| {
        let state = if one.active == Some(false) { " (inactive)" } else { "" };
        let record = format!("{} {}{state}", words::noun(one.side), one.id);
        item.and(Mark::Plain, format!("{record}: {}", words::person(&one.who)))
    };
    let item = conflict.candidates.iter().fold(Item::new(Mark::Care, clean(&conflict.reason)), record);
    item.next(Mark::Quiet, Some(&conflict.next))
}

/// Returns what is not done, why, and the next step.
pub(super) fn skip(skip: &Skip) -> Item {
    let who = skip.who.as_ref().map(|who| format!("{}: ", words::person(who))).unwrap_or_default();
    let text = format!("{who}{} ({})", clean(&skip.reason), skip.row);
    Item::new(Mark::Plain, text).next(Mark::Quiet, skip.next.as_deref())
}

/// Returns a role and groups that a person has to be given by hand, and those to be taken away.
pub(super) fn to_do(todo: &Todo) -> Item {
    Item::new(Mark::Plain, format!("{}: {}", words::person(&todo.who), steps(todo)))
}

/// Returns the same without the person.
pub(super) fn steps(todo: &Todo) -> String {
    let Todo { who: _, contact: _, role, groups, before } = todo;
    let gone = |group: &&String| !groups.contains(group);
    let mut parts = Vec::new();
    match (role, &before.role) {
        (Some(role), old) if Some(role) != old.as_ref() => {
            parts.push(format!("give the role {}", clean(role)));
        }
        (None, Some(old)) => parts.push(format!("take the role {} away", clean(old))),
        _ => {}
    }
    let new = groups.iter().filter(|group| !before.groups.contains(group));
    parts.extend(new.map(|group| format!("add to the group {}", clean(group))));
    let old = before.groups.iter().filter(gone);
    parts.extend(old.map(|group| format!("take out of the group {}", clean(group))));
    join(parts, ", ")
}

/// Returns who is out of scope, an entry for each reason.
pub(super) fn out_of_scope(excluded: &[Excluded], look: Look<'_>) -> Vec<Item> {
    let mut reasons = BTreeMap::<(Side, &str), Vec<&Excluded>>::new();
    for one in excluded {
        reasons.entry((one.side, &one.reason)).or_default().push(one);
    }
    let entry = |((on, reason), people): ((Side, &str), Vec<&Excluded>)| {
        let shown = if look.verbose { people.len() } else { NAMED };
        let names = people.iter().take(shown).map(|one| match &one.detail {
            Some(detail) if look.verbose => format!("{} ({})", words::person(&one.who), clean(detail)),
            _ => clean(one.who.email.as_deref().unwrap_or(&one.who.name)),
        });
        let more = people.len().saturating_sub(shown);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (number, side, names) = (people.len(), look.side(on), join(names, ", "));
        Item::new(Mark::Plain, format!("{number} in {side}, {}: {names}{rest}", clean(reason)))
    };
    reasons.into_iter().map(entry).collect()
}

/// Returns whether there is nothing to say of a company but who is out of scope.
pub(super) fn is_quiet(part: &CompanyPlan) -> bool {
    let CompanyPlan {
        name: _,
        unread,
        company_conflicts,
        inactive,
        changes,
        conflicts,
        skipped,
        todo,
        excluded: _,
        moved: _,
        in_agreement: _,
        people: _,
        base: _,
        relinked: _,
        later: _,
        waits: _,
    } = part;
    unread.is_empty()
        && company_conflicts.is_empty()
        && inactive.is_empty()
        && changes.is_empty()
        && conflicts.is_empty()
        && skipped.is_empty()
        && todo.is_empty()
}

/// Returns one company's part of a plan.
pub(super) fn parts(part: &CompanyPlan, look: Look<'_>) -> Vec<Part> {
    let mut parts =
        vec![Part::Heading(1, clean(&part.name)), Part::Note(Cell::new(Mark::Quiet, summary(part)))];
    let unread = part.unread.iter().map(|one| unread(one, look));
    let notices: Vec<Item> = unread.chain(part.inactive.iter().map(inactive)).collect();
    parts.extend((!notices.is_empty()).then_some(Part::Items(notices)));
    parts.extend(company_conflicts(COMPANY_CONFLICTS, &part.company_conflicts));
    for (side, changes) in by_side(&part.changes) {
        let title = format!("{}: {}", look.side(side), count(changes.len(), "change", "changes"));
        let table = Part::Table(change::table(changes.into_iter(), look));
        parts.extend(Part::section(2, title, vec![table]));
    }
    parts.extend(section(CONFLICTS, part.conflicts.iter().map(conflict)));
    parts.extend(section(SKIPPED, part.skipped.iter().map(skip)));
    parts.extend(section(TO_DO, part.todo.iter().map(to_do)));
    parts.extend(aside(&part.excluded, look));
    parts
}

/// Returns a list under a heading that counts it.
pub(super) fn section(title: &str, items: impl Iterator<Item = Item>) -> Vec<Part> {
    let items: Vec<Item> = items.collect();
    Part::list(2, format!("{title}: {}", items.len()), items)
}

/// Returns the company conflicts with the decisions that help.
pub(super) fn company_conflicts(title: &str, conflicts: &[CompanyConflict]) -> Vec<Part> {
    let mut parts = Vec::new();
    for one in conflicts {
        parts.push(Part::Items(vec![company_conflict(one)]));
        let lines = decision(one);
        parts.extend((!lines.is_empty()).then_some(Part::Copy(lines)));
    }
    Part::section(2, format!("{title}: {}", conflicts.len()), parts)
}

/// Returns who is out of scope, to be folded up.
pub(super) fn aside(excluded: &[Excluded], look: Look<'_>) -> Option<Part> {
    let items = out_of_scope(excluded, look);
    let title = format!("{OUT_OF_SCOPE}: {}", excluded.len());
    (!items.is_empty()).then(|| Part::Aside(title, vec![Part::Items(items)]))
}
