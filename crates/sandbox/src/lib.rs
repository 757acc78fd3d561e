//! The services that crsync talks to, emulated over HTTP on loopback.
//!
//! A separate witness: written from what is known of the services, sharing no code with the clients. Each service is
//! a folder that declares itself in one value; `services` lists them, and nothing else names them all.
//!
//! `sandbox` is what users of this crate meet, `server` owns the sockets, `core` joins the systems, the faults
//! (`fault`) and the log (`watch`), `world` keeps the state file, `msp` and `fixtures` hold the people.

mod autotask;
mod cloudradial;
mod config;
mod connectwise;
mod core;
mod emulated;
mod entra;
mod fault;
mod fixtures;
mod graph;
mod guid;
mod halopsa;
mod kaseya_bms;
mod large;
mod msp;
mod picture;
#[cfg(test)]
mod sample;
mod sandbox;
mod server;
mod services;
mod syncro;
mod watch;
mod wire;
mod world;

pub use self::emulated::System;
pub use self::fault::{Answered, Effect, Fault, Rewrite};
pub use self::sandbox::{Options, Sandbox, Saved, reset};
pub use self::watch::{Flow, Moment, Seen};
