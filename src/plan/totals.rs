//! Sums over an outcome, and what applying it would cost.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Action, CompanyPlan, NewValue, Outcome, RecordKind};
use crate::model::{Side, published_picture};

/// How much there is of everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Totals {
    /// Companies, read or not.
    pub companies: usize,
    /// Companies of which a side, or what an earlier run announced, could not be read.
    pub unread: usize,
    /// People who take part.
    pub people: usize,
    /// People already in agreement.
    pub in_agreement: usize,
    /// Changes, by what is done and to what kind of record.
    pub changes: BTreeMap<Action, BTreeMap<RecordKind, usize>>,
    /// Companies whose records belong to another company than the configuration says.
    pub company_conflicts: usize,
    /// Conflicts.
    pub conflicts: usize,
    /// Things asked for and not done.
    pub skipped: usize,
    /// Records that are out of scope.
    pub excluded: usize,
    /// New records beside one of nearly the same name that is not linked to a person.
    #[serde(default)]
    pub namesakes: usize,
}

impl Totals {
    /// All changes.
    pub fn pending(&self) -> usize {
        self.changes.values().flat_map(BTreeMap::values).sum()
    }
}

impl Outcome {
    /// The sums over all companies.
    pub fn totals(&self) -> Totals {
        let sum = |count: fn(&CompanyPlan) -> usize| self.companies.iter().map(count).sum();
        let mut changes = BTreeMap::<Action, BTreeMap<RecordKind, usize>>::new();
        for change in self.companies.iter().flat_map(|company| &company.changes) {
            *changes.entry(change.action).or_default().entry(change.record.kind).or_default() += 1;
        }
        Totals {
            companies: self.companies.len(),
            unread: self.companies.iter().filter(|company| company.is_unread()).count(),
            people: sum(|company| company.people),
            in_agreement: sum(|company| company.in_agreement),
            changes,
            company_conflicts: sum(|company| usize::from(!company.company_conflicts.is_empty())),
            conflicts: sum(|company| company.conflicts.len()),
            skipped: sum(|company| company.skipped.len()),
            excluded: sum(|company| company.excluded.len()),
            namesakes: sum(|company| {
                company.changes.iter().filter(|change| change.namesakes.is_some()).count()
            }),
        }
    }

    /// What applying the changes would cost: every change is one write, every new record is searched for first,
    /// and the records to be changed are read again, two hundred at a time. Details records are written many at once.
    pub fn estimate(&self) -> Estimate {
        let mut requests = BTreeMap::<Side, usize>::new();
        let mut again = BTreeMap::<Side, usize>::new();
        let (mut details, mut pictures) = (BTreeMap::<&str, usize>::new(), BTreeSet::new());
        let all = self
            .companies
            .iter()
            .flat_map(|company| company.changes.iter().map(move |change| (company, change)));
        for (company, change) in all {
            let side = change.record.kind.side();
            if change.record.kind == RecordKind::Details {
                *details.entry(company.name.as_str()).or_default() += 1;
                pictures.extend(change.fields.iter().filter_map(|field| match &field.after {
                    NewValue::Text(text) => published_picture(text),
                    _ => None,
                }));
                continue;
            }
            *requests.entry(side).or_default() += if change.action == Action::Create { 2 } else { 1 };
            *again.entry(side).or_default() += usize::from(change.action != Action::Create);
            // A support PIN is read by itself, just before it is written.
            if change.fields.iter().any(|field| matches!(field.after, NewValue::PinOf(_))) {
                *requests.entry(Side::Portal).or_default() += 1;
            }
        }
        // Looked at before and after, and sent; a picture is searched before it is sent.
        let of_details = details
            .values()
            .map(|records| 2 * records.div_ceil(DETAILS_PER_CHECK) + records.div_ceil(DETAILS_PER_WRITE));
        let of_details = of_details.sum::<usize>() + 2 * pictures.len();
        if of_details > 0 {
            *requests.entry(Side::Portal).or_default() += of_details;
        }
        for (side, records) in again {
            *requests.entry(side).or_default() += records.div_ceil(RECORDS_PER_CHECK);
        }
        let seconds = requests.values().sum::<usize>().div_ceil(REQUESTS_PER_SECOND);
        Estimate { requests, seconds }
    }
}

/// The smallest page size among the services (the portal's), for reading records again before they are written.
const RECORDS_PER_CHECK: usize = 200;

/// Details records that are looked at in one request.
const DETAILS_PER_CHECK: usize = 50;

/// Details records that travel in one request.
const DETAILS_PER_WRITE: usize = 100;

/// A cautious pace of writing, one request after the other at half a second each.
const REQUESTS_PER_SECOND: usize = 2;

/// What applying an outcome would cost.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Estimate {
    /// Requests, by side.
    pub requests: BTreeMap<Side, usize>,
    /// Seconds, one request after the other.
    pub seconds: usize,
}
