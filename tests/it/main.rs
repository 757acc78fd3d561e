//! What users rely on, one module per behaviour.

#![allow(clippy::expect_used, clippy::panic)] // a test that cannot go on says why

mod capabilities;
mod completions;
mod config;
mod diff;
mod explain;
mod faults;
mod harness;
mod imports;
mod matching;
mod requests;
mod sandbox;
mod writing;
