//! Notices: what became of a run, sent to people and programs that did not start it.
//!
//! One record, the [`Event`], is all that a notice can tell. Every target has its own form of it, a pure function; the
//! [`Outbox`] knows where each target is and how long it may take. Addresses are secrets: nothing of one is in a message.

mod event;
mod forms;
mod outbox;
mod ping;
mod send;
mod settings;
mod words;

pub use event::{Company, Counts, Details, Event, What};
#[cfg(test)]
pub(crate) use forms::Document;
pub use outbox::{Delivery, LONGEST, Outbox, Setup};
pub use send::{Fault, check_address};
pub use settings::{Named, Pings, SECRETS, Settings, TABLE, Target, read_settings};
