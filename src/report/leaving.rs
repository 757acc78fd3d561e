//! Why a person leaves: what a plan rests on when it shuts records, in few words.

use std::collections::BTreeSet;

use super::words::{self, clean};
use crate::model::Row;
use crate::plan::{Action, Change, CompanyPlan, Left};

/// The reason of records that an exclusion takes out of scope.
const EXCLUDED: &str = "excluded";

/// Returns why a change shuts its record; `None` where the plan does not say, or where it shuts none.
pub(super) fn reason(change: &Change) -> Option<&'static str> {
    if change.action != Action::Deactivate {
        return None;
    }
    match &change.left {
        Some(departure) => Some(match departure.how {
            Left::Disabled => "disabled in 365",
            Left::Deleted => "deleted in 365",
            Left::NoLicence => "no licence in 365",
        }),
        None => change.fields.iter().find_map(|field| match field.row {
            // What an undo makes inactive was made by that run, whichever row asked for it.
            _ if field.note.is_some() => None,
            Row::ExcludeUsers => Some(EXCLUDED),
            Row::TypeMapping => Some("its type says so"),
            _ => None,
        }),
    }
}

/// Returns the same with what an exclusion rests on, which the company's plan holds.
pub(super) fn reason_in(part: &CompanyPlan, change: &Change) -> Option<String> {
    let reason = reason(change)?;
    if reason != EXCLUDED {
        return Some(reason.to_owned());
    }
    let mut own = part.excluded.iter().filter(|one| one.who == change.who && one.reason == EXCLUDED);
    let detail = own.find_map(|one| one.detail.as_deref());
    Some(detail.map_or_else(|| reason.to_owned(), |detail| format!("{EXCLUDED}: {}", clean(detail))))
}

/// Returns how many people of a company leave: their 365 users are seen to have left.
pub(super) fn leavers(part: &CompanyPlan) -> usize {
    let gone = part.changes.iter().filter(|change| change.left.is_some());
    gone.map(|change| words::person(&change.who)).collect::<BTreeSet<_>>().len()
}

/// Returns how many people leave, to be put behind other counts; nothing where none does.
pub(super) fn leave(number: usize) -> String {
    match number {
        0 => String::new(),
        1 => ", 1 leaves".to_owned(),
        more => format!(", {more} leave"),
    }
}
