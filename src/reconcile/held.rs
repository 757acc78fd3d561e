//! Companies of which nothing is written, and why.

use super::linked::ChosenCompany;
use crate::model::Row;
use crate::plan::{CompanyPlan, Skip};
use crate::reconcile::input::{CompanyInput, Input};

/// Returns the plan of a company of which nothing is written: a side was not read to its end, or says that it belongs
/// to another company.
pub(crate) fn held(company: &ChosenCompany<'_>) -> CompanyPlan {
    CompanyPlan {
        name: company.own.company.name.clone(),
        unread: company.unread.clone(),
        company_conflicts: company.conflicts.clone(),
        ..CompanyPlan::default()
    }
}

/// Returns the plan of a company of which nothing is written, as it is not known what an earlier run announced there.
pub(crate) fn unclear(input: &Input<'_>, company: &ChosenCompany<'_>) -> Option<CompanyPlan> {
    let reason = input.memory.unclear.get(&company.own.company.name)?;
    Some(CompanyPlan { skipped: vec![not_known(reason)], ..held(company) })
}

/// Returns what the plan says of a company whose changes of an earlier run are not known.
pub fn not_known(reason: &str) -> Skip {
    let next = Some("run the command again after that".to_owned());
    Skip { row: Row::SyncLog, who: None, reason: reason.to_owned(), next, strict: true }
}

/// Returns the plan of a company whose settings cannot be understood: nothing is planned, since it is not known who is
/// in scope.
pub(crate) fn refused(own: &CompanyInput, reason: String) -> CompanyPlan {
    let next = Some("correct the pattern in crsync.toml".to_owned());
    let skip = Skip { row: Row::ExcludeUsers, who: None, reason, next, strict: true };
    CompanyPlan { name: own.company.name.clone(), skipped: vec![skip], ..CompanyPlan::default() }
}
