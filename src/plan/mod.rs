//! The plan as data: every change that would bring the sides into agreement, and everything that was left
//! alone, with reasons. A plan can be printed, saved, compared and applied; it cannot do anything by itself.

mod change;
mod file;
mod outcome;
mod totals;

pub use change::{
    Action, Change, ChangeKey, Evidence, EvidenceKind, FieldChange, NewValue, Record, RecordKind, Who,
};
pub use file::{Plan, SCHEMA};
pub use outcome::{Breach, Candidate, CompanyPlan, Conflict, Excluded, Measure, Outcome, Skip, Unread};
pub use totals::{Estimate, Totals};
