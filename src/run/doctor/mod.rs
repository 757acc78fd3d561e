//! Looks at everything that a run can trip over, and writes nothing anywhere.
//!
//! What this machine alone tells comes first; then all sides are read as a run reads them, and each check of a table draws
//! its facts from what was read. A fault of the application is met once, since it is met everywhere.

mod companies;
mod kept;
mod live;
mod local;
mod machine;
mod nights;
mod notices;
mod psa;
mod seen;
mod sides;
mod tenants;

use std::path::Path;

use anyhow::Result;

use super::front::Progress;
use super::machine::Machine;
use super::options::Options;
use super::session::Session;
use crate::error::Kind;
use crate::model::Capabilities;
use crate::plan::{CheckUp, Fact};
pub use live::{Live, live};
use seen::Seen;

/// What a check-up found, and of which PSA.
#[derive(Debug)]
pub struct Checked {
    /// The facts.
    pub found: CheckUp,
    /// The PSA; `None` where the configuration does not tell.
    pub psa: Option<&'static Capabilities>,
}

/// A check of what was read.
type Check = fn(&Seen<'_>) -> Vec<Fact>;

/// The checks of what was read.
const CHECKS: [Check; 8] = [
    tenants::consent,
    sides::unread,
    psa::rights,
    psa::fields,
    companies::companies,
    companies::settings,
    nights::portal_sync,
    machine::clock_and_quota,
];

/// Looks at everything; with `offline` only at what this machine tells.
///
/// # Errors
/// A company that is not configured, a deadline that passed, or a trace that cannot be written. Everything else is a fact.
pub fn doctor(
    options: &Options,
    machine: &Machine,
    offline: bool,
    front: &mut dyn Progress,
) -> Result<Checked> {
    let mut facts = Vec::new();
    let session = match Session::look(options, machine) {
        Ok(session) => session,
        Err(error) => {
            facts.extend(local::mistakes(&error));
            facts.extend(local::secrets(local::configured(options, machine), None));
            facts.extend(local::keyring(machine));
            return Ok(Checked { found: CheckUp::of(facts), psa: None });
        }
    };
    let companies = session.chosen()?;
    facts.push(local::configuration(&session));
    facts.extend(local::unserved(&session));
    facts.extend(local::secrets(session.origins(), Some(session.config.capabilities)));
    facts.extend(local::keyring(machine));
    facts.extend(local::state(&session));
    facts.extend(notices::notices(&session, machine));
    if !offline {
        let connection = seen::connect(&session)?;
        let read = seen::read(&session, &companies, &connection, front);
        // Some checks ask as well.
        let shown = front.reading(connection.meter());
        let read = read.map(|(fetched, rights)| {
            seen::with(&session, &connection, &fetched, &rights, |seen| {
                CHECKS.iter().flat_map(|check| check(seen)).collect::<Vec<Fact>>()
            })
        });
        drop(shown);
        // The trace ends whole, whatever went wrong.
        connection.finish()?;
        facts.extend(read?);
    }
    Ok(Checked { found: CheckUp::of(facts), psa: Some(session.config.capabilities) })
}

/// Returns a path as it is shown.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Reports whether a failure holds wherever the same account asks, so that it is met once and not again.
fn is_of_account(kind: Kind) -> bool {
    matches!(kind, Kind::Auth | Kind::Config | Kind::Permission)
}
