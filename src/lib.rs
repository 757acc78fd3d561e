//! crsync keeps CloudRadial, Microsoft 365 and an MSP's PSA in agreement about people and companies.
//!
//! A run reads from top to bottom:
//!
//! ```text
//! cli -> run -> fetch -> reconcile (scope, link, merge, changes, guard) -> plan -> report
//!                                                                          plan -> apply -> journal
//! ```
//!
//! * [`cli`] is a terminal: what a person types and sees.
//! * [`run`] is one execution for any front end: the systems opened, read, linked, planned, agreed to and applied.
//! * [`fetch`] reads the three sides of the chosen companies, in parallel, into complete snapshots. It knows
//!   the sides by their ports alone.
//! * [`side`] holds these ports: what an adapter implements. The adapters are [`graph`], [`cloudradial`], and [`psa`]
//!   with one folder per PSA.
//! * [`reconcile`] is a pure function from snapshots, settings, decisions and memory to a [`plan`].
//! * [`apply`] carries out a plan, settles what a run that died left open, and plans an undo.
//! * [`report`] shows plans, runs and people as tables, JSON, Markdown, HTML and CSV.
//! * [`model`] holds the records and values all of them share; [`text`] compares and fits texts.
//! * [`http`] is the only way out; [`secret`] holds what must not be printed; [`error`] says what went wrong
//!   and what to do next; [`config`] reads `crsync.toml` with [`table`]s that know their lines; [`state`] is what
//!   survives a run.
//! * [`calls`] counts what was asked of the services, in the same way for every room, and knows how long the reading is
//!   fresh that a write rests on.
//! * [`notify`] sends a notice of what became of a run, in the form of each target.
//! * [`program`] starts other programs, for secrets and notices.
//! * [`files`] reads text files as people and programs leave them, and is the one room that creates, replaces or
//!   protects a file.
//! * The package `crsync-sandbox` emulates the services, over HTTP on loopback, and shares no code with this one.

mod apply;
mod calls;
pub mod cli;
pub mod cloudradial;
pub mod config;
pub mod error;
mod fetch;
mod files;
pub mod graph;
pub mod http;
pub mod model;
pub mod notify;
pub mod plan;
mod program;
pub mod psa;
pub mod reconcile;
pub mod report;
mod run;
pub mod secret;
pub mod side;
pub mod state;
mod table;
mod text;
