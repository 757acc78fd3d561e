//! The people whose records a company's plan changes, action by action.

use std::collections::HashMap;

use super::words;
use crate::model::{Field, Udf};
use crate::plan::{Action, Change, CompanyPlan, FieldChange, RecordKind};

/// Returns the people of a company of an action, each once with what is done to their records.
pub(super) fn people(part: &CompanyPlan, action: Action) -> Vec<(String, Vec<&Change>)> {
    let mut of = Vec::<(String, Vec<&Change>)>::new();
    let mut places = HashMap::<String, usize>::new();
    for change in part.changes.iter().filter(|one| one.action == action && is_listed(one)) {
        let who = words::person(&change.who);
        if let Some(place) = places.get(&who) {
            of[*place].1.push(change);
        } else {
            places.insert(who.clone(), of.len());
            of.push((who, vec![change]));
        }
    }
    of
}

/// Reports whether a change is listed: a new details record makes no one new, and updates that only fill in stored ids
/// are counted.
fn is_listed(change: &Change) -> bool {
    match change.action {
        Action::Create => change.record.kind != RecordKind::Details,
        _ => !only_fills_ids(change),
    }
}

/// Reports whether an update only fills in ids that were blank, and what says that there is a 365 user.
pub(super) fn only_fills_ids(change: &Change) -> bool {
    const IDS: [Field; 4] = [
        Field::PsaKey,
        Field::Udf(Udf::Office365Id),
        Field::Udf(Udf::Tenant365Id),
        Field::Udf(Udf::IsOffice365),
    ];
    let fills =
        |one: &FieldChange| IDS.contains(&one.field) && one.before.as_ref().is_none_or(String::is_empty);
    change.action == Action::Update && change.fields.iter().all(fills)
}
