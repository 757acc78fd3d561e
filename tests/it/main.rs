//! What users rely on, one module per behaviour.

#![allow(clippy::expect_used, clippy::panic)] // a test that cannot go on says why

mod addresses;
mod bms;
mod capabilities;
mod clients;
mod completions;
mod config;
mod conformance;
mod crash;
mod details;
mod diff;
mod explain;
mod faults;
mod fresh;
mod harness;
mod imports;
mod invisible_characters;
mod late;
mod locks;
mod log;
mod machine;
mod matching;
mod pictures;
mod pins;
mod placeholders;
mod plans;
mod push_udfs;
mod requests;
mod resolving;
mod sandbox;
mod scene;
mod secrets;
mod self_service;
mod state;
mod stopping;
mod stray_signs;
mod sync;
mod types;
mod undo;
mod without_mailbox;
mod write_faults;
mod writing;
