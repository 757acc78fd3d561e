//! crsync keeps CloudRadial, Microsoft 365 and an MSP's PSA in agreement about people and companies.
//!
//! * [`reconcile`] is a pure function from snapshots, settings, decisions and memory to a [`plan`].
//! * [`model`] holds the records and values that all sides share; [`text`] compares and fits texts.
//! * [`error`] says what went wrong and what to do next.

pub mod error;
pub mod model;
pub mod plan;
pub mod reconcile;
pub mod text;
