//! Where the journal is, and whose runs it shows.

use std::path::PathBuf;

use anyhow::Result;

use super::front::{Notice, Progress};
use super::host::one_spelling;
use super::machine::Machine;
use super::options::Options;
use super::protect::protect;
use super::session::{STATE, Session};
use crate::config::{self, Glance};
use crate::error::{Error, Kind};
use crate::psa;
use crate::state::{self, Realms, State};

/// The journal, and the companies of the configuration.
#[derive(Debug)]
pub struct Journal {
    /// The state that holds it; `None` where no run has written one.
    pub state: Option<State>,
    /// The names of the configured companies.
    pub companies: Vec<String>,
}

/// Opens the journal. It takes no secret. Where there is no configuration or a broken one, it shows the runs of all
/// PSAs and portals.
///
/// # Errors
/// A PSA that does not exist, a machine that names no folder, or a state that cannot be read.
pub fn journal(options: &Options, machine: &Machine, front: &mut dyn Progress) -> Result<Journal> {
    let (file, realms, companies) = if options.sandbox {
        let session = Session::open(options, machine, front)?;
        let names = session.config.companies.iter().map(|company| company.name.clone()).collect();
        (session.state_file(), Realms::Exactly(session.realm()), names)
    } else {
        configured(options, machine, front)?
    };
    let state = State::look(&file, "")?.map(|state| state.showing(realms));
    Ok(Journal { state, companies })
}

/// Returns the id of the run that begins with `wanted`, as [`State::find`] finds it. Where only another PSA has such a
/// run, the error says so; `command` is what the person typed.
///
/// # Errors
/// The same as [`State::find`].
pub fn find(state: &State, wanted: &str, command: &str) -> crate::error::Result<String> {
    if wanted.trim().is_empty() {
        return Err(Error::new(Kind::Usage, "no run is named").hint("`crsync log` lists all runs"));
    }
    let Some(other) = state.elsewhere(wanted)? else { return state.find(wanted) };
    let name = psa::find(&other).map_or(other.as_str(), |psa| psa.capabilities.name);
    let what = if wanted == "last" { "no run".to_owned() } else { format!("no run {wanted:?}") };
    let message = format!("the journal knows {what} of the PSA that is worked with, but {name} has one");
    Err(Error::new(Kind::Usage, message).hint(format!("crsync {command} {wanted} --psa {other}")))
}

fn configured(
    options: &Options,
    machine: &Machine,
    front: &mut dyn Progress,
) -> Result<(PathBuf, Realms, Vec<String>)> {
    let asked = options.psa.as_deref().map(psa::find).transpose()?;
    let glance = match config::glance(options.config.as_deref(), &machine.variables) {
        Ok(glance) => glance,
        Err(error) => {
            let is_expected = options.config.is_some() || config::find(None, &machine.variables).is_ok();
            if is_expected {
                let message = format!("{}: the runs of every PSA and portal are shown", error.message());
                front.notice(Notice::warning(message, error.next_step().map(ToOwned::to_owned)))?;
            }
            Glance::default()
        }
    };
    let psa = asked.or_else(|| glance.psa.as_deref().and_then(|id| psa::find(id).ok()));
    let file = state::folder(&machine.variables)?.join(STATE);
    protect(&file, front)?;
    let realms = Realms::Of {
        psa: psa.map(|psa| psa.id().to_owned()),
        portal: glance.portal.as_deref().map(one_spelling),
    };
    Ok((file, realms, glance.companies))
}
