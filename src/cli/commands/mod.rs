//! The commands, one file each.

pub(super) mod capabilities;
pub(super) mod completions;
pub(super) mod diff;
pub(super) mod doctor;
pub(super) mod explain;
pub(super) mod init;
pub(super) mod log;
pub(super) mod login;
pub(super) mod man;
pub(super) mod r#match;
pub(super) mod notify;
pub(super) mod push_udfs;
pub(super) mod sandbox;
pub(super) mod schedule;
pub(super) mod schema;
pub(super) mod self_service;
pub(super) mod show;
pub(super) mod sync;
pub(super) mod undo;
pub(super) mod version;

mod requests;
mod resolve;
mod talk;
