//! One execution, whatever started it: which companies, the systems opened, read, linked, planned, agreed to, applied,
//! and remembered.
//!
//! A front end hands over [`Options`] and a [`Machine`], and hears through [`Progress`] and [`Consent`] what goes on; it
//! gets back a plan or a [`Report`](crate::plan::Report). Nothing here knows a command line, a terminal or a format.
//!
//! ```text
//! Session::open -> Preview::open -> plan, read                  diff, match, explain
//!               -> sync, saved, undo, self_service, Fields      -> Run + Plan -> Run::carry_out -> Report
//! doctor, live                                                  -> facts, rights
//! Notifier::begin .. end                                        -> notices of what became of a command
//! schedule                                                      -> text of a scheduler's files
//! ```

mod connection;
mod doctor;
mod emulated;
mod execution;
mod fields;
mod front;
mod host;
mod init;
mod journal;
mod keeping;
mod machine;
mod memory;
mod meter;
mod notices;
mod notifier;
mod options;
mod preview;
mod protect;
mod read;
mod refused;
mod release;
mod requests;
mod saved;
mod schedule;
mod select;
mod session;
mod sync;
mod undo;
mod verify;

pub use doctor::{Checked, Live, doctor, live};
pub use emulated::{Emulated, reset};
pub use execution::{Ended, Strict};
pub use fields::{Fields, fields};
pub use front::{Begun, Consent, Level, Notice, Progress, Proposal};
pub use init::{Asked as InitAsked, Made as InitMade, Wizard, init};
pub use journal::{find, journal};
pub use machine::{Interrupt, Machine};
pub use meter::{Asked as AskedSoFar, Meter};
pub use notices::broken_rows;
pub use notifier::{Ending, Notifier, test_notices};
pub use options::{Options, Shard};
pub use preview::Preview;
pub use read::Planned;
pub use release::{is_newer, newest};
pub use requests::self_service;
pub use saved::{saved, shown};
pub use schedule::{Asked as ScheduleAsked, Interval, TimeOfDay, kinds as schedulers, schedule};
pub use select::{Named, named, unknown};
pub use session::{SANDBOX_DECISIONS, SANDBOX_STATE, Session};
pub use sync::sync;
pub use undo::undo;
pub use verify::{Verdict, may_verify, verify};
