//! The MSP's PSA: what every adapter offers, and which adapters there are.

mod autotask;
mod connectwise;
mod entry;
mod kaseya_bms;
mod lenient;
mod registry;
mod syncro;

pub use entry::{Cache, Entry, Opened, PsaSettings, Reader, read_udfs};
pub use registry::{find, registry};

use crate::error::Error;

/// The next step after a refusal that explains nothing.
const UNEXPLAINED: &str =
    "run the command again later; if it is refused again, --har FILE shows what was asked and answered";

/// Whether an error says more of a refusal than that it is one.
fn explains(error: &Error) -> bool {
    error.next_step().is_some_and(|step| step != UNEXPLAINED)
}
