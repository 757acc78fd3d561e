//! Reads territory and account manager anew where a plan would change them from what an earlier run read.

use std::collections::{BTreeMap, BTreeSet};

use super::Sources;
use crate::error::Result;
use crate::model::{Field, Fields, Id, Reading};
use crate::reconcile::{CompanyInput, details_differ};

/// What readings may give as an earlier run read it.
const DETAILS: [Field; 2] = [Field::Territory, Field::AccountManager];

/// The companies whose territory or account manager comes from an earlier run, by the ids of both sides.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    pub(super) psa: BTreeSet<Id>,
    pub(super) portal: BTreeSet<Id>,
}

impl Remembered {
    /// Reads anew what is remembered of those of `companies` that would be changed, if their portal ids are among
    /// `wanted`. What cannot be read makes that side of the company incomplete, as it would without a memory.
    pub(super) fn reread(&self, sources: Sources<'_>, wanted: &[Id], companies: &mut [CompanyInput]) {
        let doubtful = companies
            .iter()
            .filter(|company| wanted.contains(&company.company.portal_id) && details_differ(company));
        let (portal, psa): (BTreeSet<&Id>, BTreeSet<&Id>) =
            doubtful.map(|company| (&company.company.portal_id, &company.company.psa_id)).unzip();
        let portal = remembered_of(portal, &self.portal);
        let psa = remembered_of(psa, &self.psa);
        // Of a kind that nothing is remembered of, nothing is asked.
        let mut portal =
            if portal.is_empty() { BTreeMap::new() } else { sources.portal.company_details(&portal) };
        let mut psa = if psa.is_empty() { BTreeMap::new() } else { sources.psa.company_details(&psa) };
        for CompanyInput { company, portal: portal_side, psa: psa_side, .. } in companies {
            take(portal_side, portal.remove(&company.portal_id), |side| &mut side.company.fields);
            take(psa_side, psa.remove(&company.psa_id), |side| &mut side.company.fields);
        }
    }
}

fn remembered_of(doubtful: BTreeSet<&Id>, remembered: &BTreeSet<Id>) -> Vec<Id> {
    doubtful.into_iter().filter(|id| remembered.contains(id)).cloned().collect()
}

/// Puts what was read now in the place of what is remembered. A field that was not in the answer is not known any more.
fn take<T>(side: &mut Reading<T>, read: Option<Result<Fields>>, fields: impl Fn(&mut T) -> &mut Fields) {
    let (Some(read), Reading::Complete(complete)) = (read, &mut *side) else { return };
    match read {
        Ok(read) => {
            let fields = fields(complete);
            let mut mended = std::mem::take(fields).only(|field| !DETAILS.contains(&field));
            for (field, text) in read.iter().filter(|(field, _)| DETAILS.contains(field)) {
                mended.set(field, text);
            }
            *fields = mended;
        }
        Err(error) => *side = Reading::from(&error),
    }
}
