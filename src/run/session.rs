//! A configuration to work with, the sandbox behind it if there is one, and what it names: companies, locks, files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;

use super::emulated::Emulated;
use super::front::{Notice, Progress};
use super::host::one_spelling;
use super::machine::Machine;
use super::options::Options;
use super::protect::protect;
use super::select;
use crate::config::{self, Config};
use crate::error::{Error, Kind};
use crate::files::{Scratch, read_text};
use crate::model::{Capabilities, Id, Row, Side};
use crate::plan::{Change, Record, SealKey};
use crate::reconcile::{Company, RequireName};
use crate::secret::{Origin, Surroundings};
use crate::state::{self, Client, State};
use crate::text::label;

/// The file of the state.
pub(super) const STATE: &str = "state.db";
/// The file of the state of runs against the sandbox.
pub const SANDBOX_STATE: &str = "sandbox.db";
/// The file of what people decided about the sandbox's people.
pub const SANDBOX_DECISIONS: &str = "sandbox-decisions.toml";

/// A configuration to work with, for one run.
#[allow(missing_debug_implementations)] // a machine has none
pub struct Session {
    /// The configuration.
    pub config: Config,
    /// The file of what people decided.
    pub decisions: PathBuf,
    /// The options of the run.
    pub(super) options: Options,
    /// Where it works.
    pub(super) machine: Machine,
    /// The folder of everything that survives a run.
    pub(super) folder: PathBuf,
    /// When the run must be over.
    pub(super) deadline: Option<Instant>,
    /// Serves for as long as it is held.
    sandbox: Option<Emulated>,
    /// The folder of what the sandbox forgets, where there is no other one.
    scratch: Option<Scratch>,
}

impl Session {
    /// Finds, reads and checks the configuration, or starts the sandbox with its own.
    ///
    /// # Errors
    /// Whatever is wrong with the configuration, with its line; with [`Options::strict`] also a row that the PSA
    /// cannot serve.
    pub fn open(options: &Options, machine: &Machine, front: &mut dyn Progress) -> Result<Self> {
        let session = Self::look(options, machine)?;
        if session.scratch.is_some() {
            let message = "this account has no home folder: what happens in the sandbox is forgotten when the command ends";
            let next = "set CRSYNC_STATE to a folder that this account may write to";
            front.notice(Notice::warning(message, Some(next.to_owned())))?;
        }
        protect(&session.state_file(), front)?;
        session.check_rows()?;
        Ok(session)
    }

    /// Does the same, and changes nothing on this machine: also not who may read the state.
    ///
    /// # Errors
    /// Whatever is wrong with the configuration, with its line.
    pub(super) fn look(options: &Options, machine: &Machine) -> Result<Self> {
        if options.sandbox { Self::sandboxed(options, machine) } else { Self::configured(options, machine) }
    }

    /// Returns where each secret of the configuration comes from: service, name and origin.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn origins(&self) -> crate::error::Result<Vec<(&'static str, &'static str, Origin)>> {
        let around = self.around();
        let path = &self.config.path;
        let text = match &self.sandbox {
            Some(sandbox) => sandbox.config(),
            None => read_text(path, Kind::Config, &path.display().to_string())?.text,
        };
        config::origins(path, &text, &around)
    }

    /// Returns where secrets are looked for.
    fn around(&self) -> Surroundings {
        let mut around = self.machine.surroundings(self.deadline);
        let secrets = self.sandbox.iter().flat_map(Emulated::secrets);
        around.variables.extend(secrets.map(|(name, value)| (name.to_owned(), value)));
        around
    }

    fn configured(options: &Options, machine: &Machine) -> Result<Self> {
        let path = config::find(options.config.as_deref(), &machine.variables)?;
        // The time that commands of secrets take is a part of the run's.
        let deadline = options.end();
        let config = config::read(&path, options.psa.as_deref(), &machine.surroundings(deadline))?;
        Ok(Self {
            config,
            decisions: config::beside(&path),
            options: options.clone(),
            machine: machine.clone(),
            folder: state::folder(&machine.variables)?,
            deadline,
            sandbox: None,
            scratch: None,
        })
    }

    fn sandboxed(options: &Options, machine: &Machine) -> Result<Self> {
        if options.config.is_some() {
            return Err(Error::new(
                Kind::Usage,
                "--sandbox has a configuration of its own, and --config names another",
            )
            .hint("leave out one of them")
            .into());
        }
        let (folder, scratch) = sandbox_folder(machine)?;
        let sandbox = Emulated::start(&folder, 0)?;
        let mut around = machine.surroundings(None);
        around.variables.extend(sandbox.secrets().into_iter().map(|(name, value)| (name.to_owned(), value)));
        let text = sandbox.config();
        let decisions = folder.join(SANDBOX_DECISIONS);
        // Its port is another one every time, and means nothing.
        let lasting = text.replace(sandbox.url(), "sandbox:");
        let config = config::load(Path::new("sandbox.toml"), &text, options.psa.as_deref(), &around)?
            .decided(&lasting, &decisions)?;
        Ok(Self {
            config,
            decisions,
            options: options.clone(),
            machine: machine.clone(),
            folder,
            deadline: options.end(),
            sandbox: Some(sandbox),
            scratch,
        })
    }

    /// Passes unless the run is strict and the PSA cannot serve a row that is on for a company: the configuration alone
    /// decides that, so nothing is read before.
    fn check_rows(&self) -> Result<()> {
        if !self.options.strict {
            return Ok(());
        }
        let mut rows = BTreeMap::<Row, Vec<&str>>::new();
        let companies = self.chosen()?;
        for company in &companies {
            for row in unserved(company, self.config.capabilities) {
                rows.entry(row).or_default().push(&company.name);
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let one = |(row, names): (&Row, &Vec<&str>)| match names.len() {
            all if all == companies.len() => row.to_string(),
            _ => format!("{row} (of {})", names.join(", ")),
        };
        let of_some = rows.values().any(|names| names.len() < companies.len());
        let place = if of_some { "[sync] or [company.sync]" } else { "[sync]" };
        let told = rows.iter().map(one).collect::<Vec<_>>().join(", ");
        let name = self.config.capabilities.name;
        Err(Error::new(
            Kind::Config,
            format!("{name} cannot serve {told}, which is on, and --strict makes that an error"),
        )
        .hint(format!("switch it off under {place} in {}, or leave out --strict", self.config.path.display()))
        .into())
    }

    /// Returns what the ids of this configuration belong to: its PSA and its portal, however its address is written.
    pub(super) fn realm(&self) -> String {
        format!("{} {}", self.config.capabilities.id, self.portal_host())
    }

    fn portal_host(&self) -> String {
        one_spelling(self.config.cloudradial.base_url.host_str().unwrap_or_default())
    }

    /// Returns what is locked of these companies.
    pub(super) fn clients(&self, companies: &[Arc<Company>]) -> Vec<Client> {
        let client = |company: &Arc<Company>| {
            let tenant = Some((company.tenant.clone(), company.domains.clone()));
            self.client(&company.name, &company.psa_id, &company.portal_id, tenant)
        };
        companies.iter().map(client).collect()
    }

    fn client(&self, name: &str, psa: &Id, portal: &Id, tenant: Option<(String, Vec<String>)>) -> Client {
        Client {
            name: name.to_owned(),
            psa: vec![(self.config.capabilities.id.to_owned(), psa.to_string())],
            portal: vec![(self.portal_host(), portal.to_string())],
            tenant,
        }
    }

    /// Returns what is locked of companies that a saved plan or the journal names, with the records that their changes
    /// are about: the configuration may name other ids for them now, or may not name them at all.
    pub(super) fn clients_of<'c>(
        &self,
        companies: impl IntoIterator<Item = (&'c str, Vec<&'c Change>)>,
    ) -> Vec<Client> {
        let client = |(name, changes): (&str, Vec<&Change>)| {
            let key = label::key(name);
            let configured = self.config.companies.iter().find(|company| label::key(&company.name) == key);
            let mut client = configured.map_or_else(Client::default, |company| {
                let tenant = Some((company.tenant.clone(), company.domains.clone()));
                self.client(name, &company.psa_id, &company.portal_id, tenant)
            });
            name.clone_into(&mut client.name);
            for Record { kind, company, id: _ } in changes.into_iter().map(|change| &change.record) {
                let id = company.to_string();
                let (ids, of) = match kind.side() {
                    Side::Psa => (&mut client.psa, self.config.capabilities.id.to_owned()),
                    Side::Portal => (&mut client.portal, self.portal_host()),
                    Side::Tenant => {
                        client.tenant.get_or_insert((id, Vec::new()));
                        continue;
                    }
                };
                if !ids.iter().any(|(_, known)| *known == id) {
                    ids.push((of, id));
                }
            }
            client
        };
        companies.into_iter().map(client).collect()
    }

    /// Returns how `command` is run on the same systems.
    pub fn command(&self, command: &str) -> String {
        let flag = if self.sandbox.is_some() { " --sandbox" } else { "" };
        format!("crsync {command}{flag}")
    }

    /// Returns the file of the state: the sandbox has its own.
    pub(super) fn state_file(&self) -> PathBuf {
        self.folder.join(if self.sandbox.is_some() { SANDBOX_STATE } else { STATE })
    }

    /// Returns the companies that the options choose.
    ///
    /// # Errors
    /// A company that is not configured.
    pub fn chosen(&self) -> Result<Vec<Arc<Company>>> {
        let chosen = select::chosen(&self.config.companies, &self.options.companies)?.into_iter();
        let part = self.options.shard;
        Ok(chosen.filter(|company| part.is_none_or(|part| part.has(&company.name))).cloned().collect())
    }

    /// Returns the names of the companies that are switched off.
    pub fn off(&self) -> Vec<&str> {
        self.config.companies.iter().filter(|one| !one.enabled).map(|one| one.name.as_str()).collect()
    }

    /// Opens the state of earlier runs for a command that writes to no service. It is made where there is none, since
    /// reading fills it.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub(super) fn state(&self) -> Result<Option<Arc<State>>> {
        let state = State::look_or_make(&self.state_file(), &self.realm())?;
        Ok(state.map(|state| Arc::new(state.timed_by(self.machine.clock.clone()))))
    }

    /// Returns the key with which the state seals plans, made where there is none: in a state that can only be read,
    /// one that is there will do.
    ///
    /// # Errors
    /// A state that cannot be used.
    pub fn seal_key(&self) -> Result<SealKey> {
        match self.known_seal_key()? {
            Some(known) => Ok(known),
            None => Ok(State::open(&self.state_file(), &self.realm())?.seal_key()?),
        }
    }

    /// Returns the key with which the state seals plans, if there is one.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub(super) fn known_seal_key(&self) -> Result<Option<SealKey>> {
        let state = State::look(&self.state_file(), &self.realm())?;
        Ok(state.map(|state| state.known_seal_key()).transpose()?.flatten())
    }
}

/// Returns the folder of the sandbox's state: that of the account, or one that is gone when the command ends.
///
/// # Errors
/// [`Kind::State`] when there is neither.
fn sandbox_folder(machine: &Machine) -> Result<(PathBuf, Option<Scratch>)> {
    let homeless = match state::own_folder(&machine.variables) {
        Ok(folder) => return Ok((folder, None)),
        Err(error) if state::is_homeless() => error,
        Err(error) => return Err(error.into()),
    };
    // Without a temporary folder either, what the account lacks is the thing to say.
    let Ok(scratch) = Scratch::new() else { return Err(homeless.into()) };
    Ok((scratch.path().to_owned(), Some(scratch)))
}

/// Returns the rows that are on for a company and that the PSA cannot serve.
fn unserved(company: &Company, capabilities: &Capabilities) -> Vec<Row> {
    let policy = &company.policy;
    let is_on = |row: &Row| {
        policy.rows.contains(row) || (*row == Row::RequireName && policy.require_name != RequireName::No)
    };
    Row::ALL.into_iter().filter(|row| is_on(row) && !capabilities.serves(*row)).collect()
}
