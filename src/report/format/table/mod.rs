//! Documents on a terminal: wrapped to its columns, with colours. The owner of the output takes the colours out where
//! they should not be.

mod beside;
mod capabilities;
mod change;
mod company;
mod digest;
mod doctor;
mod fields;
mod findings;
mod held;
mod lines;
mod people;
mod person;
mod plan;
mod question;
mod rights;
mod run;
mod runs;

pub(in crate::report) use capabilities::capabilities;
pub use company::company;
pub use digest::{digest, lists};
pub(in crate::report) use doctor::doctor;
pub use fields::{fields, notes};
pub(in crate::report) use people::people;
pub(in crate::report) use person::{hits, person};
pub use plan::{overview, plan};
pub use question::{answer, kindred, one_at_a_time, question, remark};
pub(in crate::report) use rights::rights;
pub(in crate::report) use run::run;
pub use run::{left, next, not_planned, outcome, taken_back};
pub(in crate::report) use runs::runs;
