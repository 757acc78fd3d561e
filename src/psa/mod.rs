//! The MSP's PSA: what every adapter offers, and which adapters there are.

mod autotask;
mod connectwise;
mod entry;
mod halopsa;
mod kaseya_bms;
mod lenient;
mod refusals;
mod registry;
mod syncro;

pub use entry::{Cache, Entry, Opened, PsaSettings, Reader, read_udfs};
pub use registry::{find, registry};
