//! What users rely on, one module per behaviour.

#![allow(clippy::expect_used, clippy::panic)] // a test that cannot go on says why

mod bms;
mod capabilities;
mod completions;
mod config;
mod diff;
mod faults;
mod harness;
mod imports;
mod requests;
mod sandbox;
mod writing;
