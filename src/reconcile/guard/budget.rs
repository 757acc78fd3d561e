//! Changes that a service does not take any more in its hour: they are left out of the plan, which then promises what
//! can be done, and are planned again by the next run.

use std::collections::BTreeSet;

use crate::model::{Budget, Field, Row, Side};
use crate::plan::{Action, Change, Skip};
use crate::reconcile::changes::planned::Planned;
use crate::reconcile::input::View;
use crate::text::show;

/// What a service does not take any more in its hour.
pub(crate) struct Postponed {
    /// What the plan says of it.
    pub(crate) skip: Skip,
    /// The changes that were taken out of the plan.
    pub(crate) changes: Vec<Change>,
}

/// Takes out of `planned` what `left` does not suffice for, and from `left` what the rest will use. Where the PSA
/// changes of a person are taken out, the portal changes are too: the two follow each other.
pub(crate) fn hold(
    view: &View<'_>,
    planned: &mut Vec<Planned>,
    left: &mut Option<Budget>,
) -> Option<Postponed> {
    let left = left.as_mut()?;
    let mut order: Vec<usize> =
        (0..planned.len()).filter(|index| planned[*index].change.record.kind.side() == Side::Psa).collect();
    order.sort_by_key(|index| urgency(planned[*index].change.action));
    let mut held = BTreeSet::new();
    let mut people = BTreeSet::new();
    for index in order {
        let Planned { person, change } = &planned[index];
        if !takes(left, change) {
            held.insert(index);
            people.extend(*person);
        }
    }
    if held.is_empty() {
        return None;
    }
    let (mut stay, mut changes) = (Vec::new(), Vec::new());
    for (index, each) in std::mem::take(planned).into_iter().enumerate() {
        if held.contains(&index) || each.person.is_some_and(|person| people.contains(&person)) {
            changes.push(each.change);
        } else {
            stay.push(each);
        }
    }
    *planned = stay;
    let count = show::count(changes.len());
    let reason = format!(
        "{count} changes wait: {} takes only so many requests in an hour; run again after {}",
        view.psa_name(),
        show::minute(left.until)
    );
    Some(Postponed {
        skip: Skip { row: Row::UpdateContact, who: None, reason, next: None, strict: false },
        changes,
    })
}

/// Returns who is shut out or comes back goes first, then what people see; new contacts can wait.
fn urgency(action: Action) -> u8 {
    match action {
        Action::Deactivate => 0,
        Action::Reactivate => 1,
        Action::Update => 2,
        Action::Create => 3,
    }
}

/// Reports whether `left` suffices for a change, which it then has not left any more.
fn takes(left: &mut Budget, change: &Change) -> bool {
    let new = usize::from(change.action == Action::Create);
    let fields = change.fields.iter().filter(|each| matches!(each.field, Field::Udf(_))).count();
    if left.records == 0 || left.new < new || left.fields < fields {
        return false;
    }
    left.records -= 1;
    left.new -= new;
    left.fields -= fields;
    true
}
