//! A company that the PSA has as inactive: it is said, and gets no new records where nothing asks for them.

use super::planned::Draft;
use crate::model::{PsaCompany, Side};
use crate::plan::{Action, Inactive};
use crate::reconcile::input::{CompanyInput, View};

/// Reports whether the PSA says that the company is inactive. That it does not say so is no proof that it is.
fn is_inactive(company: &PsaCompany) -> bool {
    company.active == Some(false)
}

/// Reports whether records of the company are made, or made active again.
pub(crate) fn makes_new(view: &View<'_>) -> bool {
    view.policy.serve_inactive || !is_inactive(view.psa)
}

/// Reports whether an action makes a record, or makes one active again.
pub(crate) fn is_new(action: Action) -> bool {
    matches!(action, Action::Create | Action::Reactivate)
}

/// Takes out the drafts that make a record or make one active again, where the company gets none; returns how many.
pub(crate) fn hold_back(view: &View<'_>, drafts: &mut [Option<Draft>]) -> usize {
    if makes_new(view) {
        return 0;
    }
    let held = drafts.iter_mut().filter_map(|draft| draft.take_if(|draft| is_new(draft.action)));
    held.count()
}

/// Returns what is said of a company that the PSA has as inactive; `left_out` records are not made.
pub(crate) fn inactive(own: &CompanyInput, psa: &str, left_out: usize) -> Vec<Inactive> {
    let Some(company) = own.psa.complete().map(|side| &side.company).filter(|company| is_inactive(company))
    else {
        return Vec::new();
    };
    let (id, name) = (&company.id, &own.company.name);
    let (what, next) = if own.company.policy.serve_inactive {
        let next = format!("write enabled = false under {name} in crsync.toml once it is no client any more");
        ("served all the same, since inactive = \"serve\"", next)
    } else {
        let next = format!(
            "write enabled = false under {name} in crsync.toml; or inactive = \"serve\" if it is a client all the same"
        );
        ("no new records are made there, and no record is made active again", next)
    };
    let held = match left_out {
        0 => String::new(),
        1 => "; 1 record is left out".to_owned(),
        more => format!("; {more} records are left out"),
    };
    let reason = format!("company {id} is inactive in {psa}: {what}{held}");
    vec![Inactive { side: Side::Psa, left_out, reason, next }]
}
