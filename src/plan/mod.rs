//! The plan as data: every change that would bring the sides into agreement, and everything that was left
//! unchanged, with reasons. A plan can be printed, saved, compared and applied; it cannot do anything by itself.

mod answer;
mod change;
mod checkup;
mod explanation;
mod field;
mod file;
mod identity;
mod kin;
mod known;
mod leaving;
mod memory;
mod next;
mod outcome;
mod past;
mod people;
mod question;
mod request;
mod run;
mod summary;
mod totals;
mod who;

pub use answer::{Fate, Told};
pub use change::{
    Action, Change, ChangeKey, Evidence, EvidenceKind, FieldChange, Namesakes, NewValue, PinOwner, Record,
    RecordKind, Seek, Unmoved,
};
pub use checkup::{CheckUp, Fact, RightState, Status, Subject};
pub use explanation::{ExplainedField, Explanation, HeldDetail, RowState, Verdict};
pub use field::{Became, FieldNote, FieldState, Need};
pub use file::{Plan, SCHEMA, SealKey};
pub use identity::{CompanyConflict, Inactive, Proof};
pub use kin::{Kin, Pattern};
pub use known::{Assignment, CompanyMemory, Link};
pub use leaving::{Departure, Left, LicenceRule, Sighting};
pub use memory::Memory;
pub use next::{Reason, with_next, without_next};
pub use outcome::{
    Allowances, Breach, CompanyPlan, Conflict, Excluded, Finding, Measure, Outcome, Skip, Todo, Unread,
};
pub use past::Past;
pub use people::{
    Alone, Clash, CompanyPeople, Member, OutOfScope, Pair, PeopleTotals, Person, StoodBack, Suggestion,
};
pub use question::{Beside, Choice, Matter, Offer, Passed, Question, Ruling};
pub use request::{Answer, Asked, Request};
pub use run::{Ended, Entry, Halt, Header, Listed, Notified, Purpose, Report, Settled, Settlement};
pub use summary::Summary;
pub use totals::{Estimate, Totals};
pub use who::{Candidate, Who};
