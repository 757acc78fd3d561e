//! What every command that works with the services shares: from flags and configuration to connections, and to
//! a plan.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::args::Globals;
use super::chosen;
use super::emulated::Emulated;
use super::exit;
use super::io::Io;
use super::keeping::Keeping;
use super::progress::{self, Bars};
use crate::apply::{self, Open, Systems};
use crate::cloudradial::CloudRadial;
use crate::config::{self, Company, Config, Glance, Most};
use crate::error::{Error, Kind, Result};
use crate::fetch::{self, Fetched, Sources, Target};
use crate::files::Narrowed;
use crate::graph::Graph;
use crate::http::{Caps, Http, Options};
use crate::model::{
    Budget, Definitions, FieldCache, Id, LookUp, Looks, MemoryCache, MemoryPictures, PictureStore, Pictures,
    Pins, Row, Side, Udf,
};
use crate::plan::{Change, CompanyPlan, Plan, Record, SealKey};
use crate::psa::{self, Psa};
use crate::reconcile::{Input, Memory, Reconciled, conflicts, reconcile, tenants_wanted};
use crate::report::Requests;
use crate::secret::Surroundings;
use crate::state::{self, Client, KeptFields, Protected, Realms, State};
use crate::text::label;

/// The longest deadline: a time beyond it may be out of the clock's reach.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A configuration to work with, and the sandbox behind it if there is one.
pub(super) struct Setting {
    /// The configuration.
    pub(super) config: Config,
    /// The folder of everything that survives a run.
    pub(super) folder: PathBuf,
    /// The file of what people decided.
    pub(super) decisions: PathBuf,
    /// When the run must be over.
    pub(super) deadline: Option<Instant>,
    /// Serves for as long as it is held.
    sandbox: Option<Emulated>,
}

/// A plan, and what it took.
pub(super) struct Planned {
    /// The plan.
    pub(super) plan: Plan,
    /// Requests by service.
    pub(super) requests: Vec<Requests>,
}

/// The systems of a run, and until when it has them.
pub(super) struct Connected {
    http: Http,
    tenants: Graph,
    portal: CloudRadial,
    psa: Box<dyn Psa>,
    udf_names: BTreeMap<Udf, String>,
    keeping: Option<Keeping>,
    config: Config,
    /// When the run must be over.
    pub(super) deadline: Option<Instant>,
}

/// Finds, reads and checks the configuration, or starts the sandbox with its own.
///
/// # Errors
/// Whatever is wrong with the configuration, with the line it stands on.
pub(super) fn setting(globals: &Globals, io: &mut Io) -> Result<Setting> {
    let setting = if globals.sandbox { sandboxed(globals, io)? } else { configured(globals, io)? };
    protect(&setting.state_file(), globals, io)?;
    if globals.strict && !setting.config.unserved.is_empty() {
        let rows = setting.config.unserved.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let name = setting.config.capabilities.name;
        return Err(Error::new(
            Kind::Config,
            format!("{name} cannot serve {rows}, which the configuration switches on"),
        )
        .hint(format!(
            "switch it off under [sync] in {}, or leave out --strict",
            setting.config.path.display()
        )));
    }
    Ok(setting)
}

/// Takes what survives a run from everybody but its owner, and says so.
///
/// # Errors
/// When it cannot be said.
fn protect(state: &Path, globals: &Globals, io: &mut Io) -> Result<()> {
    let shown = state.parent().unwrap_or(state).display();
    let (message, next) = match state::protect(state) {
        Ok(Protected { narrowed, shares_its_folder: _ }) if !narrowed.is_empty() => {
            let name = |one: &Narrowed| format!("{} (mode {:o})", one.path.display(), one.former);
            let names = narrowed.iter().map(name).collect::<Vec<_>>().join(", ");
            (format!("other accounts could use {names}: now only its owner can"), None)
        }
        Ok(Protected { shares_its_folder: false, .. }) => return Ok(()),
        Ok(Protected { shares_its_folder: true, .. }) => (
            format!("the state folder {shown} is open to other accounts, and holds other things as well"),
            Some(format!("set CRSYNC_STATE to a folder of its own, or run `chmod 700 {shown}`")),
        ),
        // Who may use another account's state is that account's to say.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => return Ok(()),
        Err(error) => (
            format!("the state in {shown} is open to other accounts, and stays so: {error}"),
            Some(format!("run `chmod -R go= {shown}` in the account that owns it")),
        ),
    };
    if globals.quiet { Ok(()) } else { exit::warn(io, &message, next.as_deref()) }
}

fn configured(globals: &Globals, io: &Io) -> Result<Setting> {
    let path = config::find(globals.config.as_deref(), io.env())?;
    // What secrets' commands take is a part of the run's time.
    let deadline = deadline(globals);
    let config = config::read(&path, globals.psa.as_deref(), &surroundings(io, io.env(), deadline))?;
    let decisions = config::beside(&path);
    Ok(Setting { config, folder: state::folder(io.env())?, decisions, deadline, sandbox: None })
}

/// When a run that begins now must be over.
pub(super) fn deadline(globals: &Globals) -> Option<Instant> {
    globals.deadline.map(|limit| Instant::now() + limit.min(FOR_EVER))
}

/// Where secrets are looked for: these variables, and the keyring.
pub(super) fn surroundings(
    io: &Io,
    variables: &BTreeMap<String, String>,
    until: Option<Instant>,
) -> Surroundings {
    Surroundings { variables: variables.clone(), keyring: io.keyring(), until }
}

/// What `log` needs to know: where the journal is, whose runs are asked for, and which companies there are.
pub(super) struct Journal {
    /// The file of the state.
    pub(super) file: PathBuf,
    /// The realms whose runs are shown.
    pub(super) realms: Realms,
    /// The names of the configured companies.
    pub(super) companies: Vec<String>,
}

/// Finds the journal. It takes no secret, and where there is no configuration or a broken one, the runs of all PSAs and
/// portals are shown.
///
/// # Errors
/// A PSA that is not known, or a machine that names no folder.
pub(super) fn journal(globals: &Globals, io: &mut Io) -> Result<Journal> {
    if globals.sandbox {
        let setting = setting(globals, io)?;
        return Ok(Journal {
            file: setting.state_file(),
            realms: Realms::Exactly(setting.realm()),
            companies: setting.config.companies.into_iter().map(|company| company.name).collect(),
        });
    }
    let asked = globals.psa.as_deref().map(psa::find).transpose()?;
    let glance = match config::glance(globals.config.as_deref(), io.env()) {
        Ok(glance) => glance,
        Err(error) => {
            let is_asked_for = globals.config.is_some() || config::find(None, io.env()).is_ok();
            if is_asked_for && !globals.quiet {
                let message = format!("{}: the runs of every PSA and portal are shown", error.message());
                exit::warn(io, &message, error.next_step())?;
            }
            Glance::default()
        }
    };
    let psa = asked.or_else(|| glance.psa.as_deref().and_then(|id| psa::find(id).ok()));
    let file = state::folder(io.env())?.join(STATE);
    protect(&file, globals, io)?;
    Ok(Journal {
        file,
        realms: Realms::Of {
            psa: psa.map(|psa| psa.id.to_owned()),
            portal: glance.portal.as_deref().map(one_spelling),
        },
        companies: glance.companies,
    })
}

/// A host's name in one spelling. What is on this machine is the same, whichever of its addresses is written.
fn one_spelling(host: &str) -> String {
    let host = host.trim_end_matches('.').to_lowercase();
    let address: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    match address.map(|address| address.to_canonical()) {
        Some(address) if address.is_loopback() => Ipv4Addr::LOCALHOST.to_string(),
        Some(address) => address.to_string(),
        None if host == "localhost" => Ipv4Addr::LOCALHOST.to_string(),
        None => host,
    }
}

fn sandboxed(globals: &Globals, io: &Io) -> Result<Setting> {
    let folder = state::own_folder(io.env())?;
    let sandbox = Emulated::start(&folder, 0)?;
    let mut env = io.env().clone();
    env.extend(sandbox.secrets().into_iter().map(|(name, value)| (name.to_owned(), value)));
    let text = sandbox.config();
    let decisions = folder.join(SANDBOX_DECISIONS);
    // Its port is another one every time, and means nothing.
    let lasting = text.replace(sandbox.url(), "sandbox:");
    let config = config::load(
        Path::new("sandbox.toml"),
        &text,
        globals.psa.as_deref(),
        &surroundings(io, &env, None),
    )?
    .decided(&lasting, &decisions)?;
    Ok(Setting { config, folder, decisions, deadline: deadline(globals), sandbox: Some(sandbox) })
}

impl Setting {
    /// What the ids of this configuration belong to: its PSA and its portal, whatever way its address is written.
    pub(super) fn realm(&self) -> String {
        format!("{} {}", self.config.capabilities.id, self.portal_host())
    }

    fn portal_host(&self) -> String {
        one_spelling(self.config.cloudradial.base_url.host_str().unwrap_or_default())
    }

    /// What is locked of these companies.
    pub(super) fn clients(&self, targets: &[Target]) -> Vec<Client> {
        let client = |target: &Target| {
            let tenant = Some((target.tenant_id.clone(), target.domains.clone()));
            self.client(&target.name, &target.psa_id, &target.portal_id, tenant)
        };
        targets.iter().map(client).collect()
    }

    fn client(&self, name: &str, psa: &Id, portal: &Id, tenant: Option<(String, Vec<String>)>) -> Client {
        Client {
            name: name.to_owned(),
            psa: vec![(self.config.capabilities.id.to_owned(), psa.to_string())],
            portal: vec![(self.portal_host(), portal.to_string())],
            tenant,
        }
    }

    /// What is locked of companies that a saved plan or the journal names, with the records that their changes are
    /// about: the configuration may know them by other ids now, or not at all.
    pub(super) fn clients_of<'c>(
        &self,
        companies: impl IntoIterator<Item = (&'c str, Vec<&'c Change>)>,
    ) -> Vec<Client> {
        let client = |(name, changes): (&str, Vec<&Change>)| {
            let key = label::key(name);
            let configured = self.config.companies.iter().find(|company| label::key(&company.name) == key);
            let mut client = configured.map_or_else(Client::default, |company| {
                let tenant = Some((company.tenant_id.clone(), company.domains.clone()));
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

    /// How `command` is run on the same systems.
    pub(super) fn command(&self, command: &str) -> String {
        let flag = if self.sandbox.is_some() { " --sandbox" } else { "" };
        format!("crsync {command}{flag}")
    }

    /// The file of the state: the sandbox has its own.
    pub(super) fn state_file(&self) -> PathBuf {
        self.folder.join(if self.sandbox.is_some() { SANDBOX_STATE } else { STATE })
    }

    /// The companies that the flags choose.
    ///
    /// # Errors
    /// A company that is not configured.
    pub(super) fn targets(&self, globals: &Globals) -> Result<Vec<Target>> {
        let chosen = chosen::chosen(&self.config.companies, &globals.company)?.into_iter().map(target);
        let part = globals.shard;
        Ok(chosen.filter(|target| part.is_none_or(|part| part.has(&target.name))).collect())
    }

    /// Opens the state of earlier runs for a command that writes to no service. It is made where there is none and reading
    /// fills it.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub(super) fn state(&self, io: &Io) -> Result<Option<Arc<State>>> {
        let (file, realm) = (self.state_file(), self.realm());
        let state = match self.config.psa.keeps_fields() {
            Some(_) => State::look_or_make(&file, &realm)?,
            None => State::look(&file, &realm)?,
        };
        Ok(state.map(|state| Arc::new(state.timed_by(io.clock().clone()))))
    }

    /// The key with which the state seals plans, made where there is none: in a state that can only be read, one that
    /// is there will do.
    ///
    /// # Errors
    /// A state that cannot be used.
    pub(super) fn seal_key(&self) -> Result<SealKey> {
        match self.known_seal_key()? {
            Some(known) => Ok(known),
            None => State::open(&self.state_file(), &self.realm())?.seal_key(),
        }
    }

    /// The same, if there is one.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub(super) fn known_seal_key(&self) -> Result<Option<SealKey>> {
        let state = State::look(&self.state_file(), &self.realm())?;
        Ok(state.map(|state| state.known_seal_key()).transpose()?.flatten())
    }

    /// Makes everything ready to talk to the services; asks nothing yet. What is expensive to read is kept in
    /// `state`.
    ///
    /// # Errors
    /// A CA file that cannot be used, a trace that cannot be written, or a state that cannot be read.
    pub(super) fn connect(&self, io: &Io, state: Option<&Arc<State>>) -> Result<Connected> {
        let config = &self.config;
        let deadline = self.deadline;
        let http = Http::new(Options {
            ca_file: config.ca_file.clone(),
            har: io.outputs().trace.clone(),
            deadline,
            retries: config.retries,
            timeout: config.timeout,
            caps: caps(config.most),
            sleep: io.sleep(),
        })?;
        let open = |cache| psa::open(&http, &config.psa, cache);
        let (psa, keeping) = match state.zip(config.psa.keeps_fields()) {
            None => (open(Arc::<MemoryCache>::default()), None),
            Some((state, refresh)) => {
                let fields = Arc::new(KeptFields::load(Arc::clone(state), refresh, Timestamp::now())?);
                let psa = open(Arc::clone(&fields) as Arc<dyn FieldCache>);
                (psa, Some(Keeping::begin(state, fields, &http)?))
            }
        };
        let portal = CloudRadial::new(&http, config.cloudradial.clone());
        Ok(Connected {
            tenants: Graph::new(&http, config.microsoft365.clone()),
            portal: match state {
                Some(state) => portal.with_pictures(Arc::clone(state) as Arc<dyn PictureStore>),
                None => portal,
            },
            psa,
            udf_names: config.psa.udf_names().clone(),
            keeping,
            config: config.clone(),
            http,
            deadline,
        })
    }
}

/// The state.
const STATE: &str = "state.db";
/// The state of runs against the sandbox.
pub(super) const SANDBOX_STATE: &str = "sandbox.db";
/// What people decided about the sandbox's people.
pub(super) const SANDBOX_DECISIONS: &str = "sandbox-decisions.toml";

impl Connected {
    /// The systems, in the form that applying a plan needs.
    pub(super) fn systems(&self) -> Systems<'_> {
        Systems { psa: self.psa.as_ref(), portal: &self.portal, tenants: &self.tenants }
    }

    /// The portal, to be read.
    pub(super) fn portal(&self) -> &dyn LookUp {
        &self.portal
    }

    /// The PSA, in the form that work on its user-defined fields needs.
    pub(super) fn definitions(&self) -> &dyn Definitions {
        self.psa.as_ref()
    }

    /// When half of the time that is left will be over, if the run has a deadline.
    fn half_time(&self) -> Option<Instant> {
        let now = Instant::now();
        Some(now + self.deadline?.saturating_duration_since(now) / 2)
    }

    /// Looks at the 365 users who seem to have left.
    pub(super) fn looks(&self, input: &Input<'_>) -> Looks {
        fetch::looks(&self.tenants, input)
    }

    /// Whether the time of the run is over.
    pub(super) fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Calls `herald` just before every request that must not happen twice.
    pub(super) fn before_what_must_not_happen_twice(
        &self,
        herald: impl Fn() -> Result<()> + Send + Sync + 'static,
    ) {
        self.http.before_what_must_not_happen_twice(herald);
    }

    /// Requests may be made a little longer than the run has time, so that what has begun ends well.
    pub(super) fn end_what_has_begun(&self) {
        self.http.end_what_has_begun();
    }

    /// Ends the trace, and keeps what the next run can use.
    ///
    /// # Errors
    /// When either was not written whole.
    pub(super) fn finish(&self) -> Result<()> {
        self.keeping.as_ref().map_or(Ok(()), Keeping::save)?;
        self.http.finish()
    }

    /// Requests so far, by service.
    pub(super) fn requests(&self) -> Vec<Requests> {
        let counts = self.http.counts().into_iter();
        counts
            .map(|count| Requests {
                service: count.service,
                requests: count.requests,
                retries: count.retries,
            })
            .collect()
    }
}

/// Returns what earlier runs left for a command that writes nothing: people who may still get a new record are
/// held as the next run holds them.
///
/// # Errors
/// A state that cannot be read.
pub(super) fn memory_to_show(
    config: &Config,
    state: Option<&State>,
    targets: &[Target],
    connected: &Connected,
) -> Result<Memory> {
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let open = state.map(|state| apply::in_flight(connected.systems(), state, &names)).transpose()?;
    let unclear = state.map(|state| apply::unclear(connected.systems(), state, None)).transpose()?;
    memory(config, state, &open.unwrap_or_default(), &unclear.unwrap_or_default())
}

/// Says what of the state could not be read and was passed over: a few of it by name.
///
/// # Errors
/// When it cannot be written.
pub(super) fn warn_of_broken(state: Option<&State>, globals: &Globals, io: &mut Io) -> Result<()> {
    const NAMED: usize = 5;
    let broken = state.map(State::broken).unwrap_or_default();
    if globals.quiet {
        return Ok(());
    }
    let next = "nothing at the services is lost with it; if there are more, put back a copy of state.db that was made \
                before";
    for what in broken.iter().take(NAMED) {
        let message = format!("the state has a row that cannot be read and is passed over: {what}");
        exit::warn(io, &message, Some(next))?;
    }
    match broken.len().saturating_sub(NAMED) {
        0 => Ok(()),
        more => exit::warn(io, &format!("{more} more rows of the state cannot be read"), Some(next)),
    }
}

/// Returns what earlier runs left for planning; `open` are changes that could not be settled, `unclear` the companies with
/// changes that cannot be read. Companies that the configuration does not name any more count for nothing, except that
/// what is unclear of them may be about any.
///
/// # Errors
/// A state that cannot be read.
pub(super) fn memory(
    config: &Config,
    state: Option<&State>,
    open: &[Open],
    unclear: &BTreeMap<String, String>,
) -> Result<Memory> {
    let is_served = |name: &str| config.companies.iter().any(|company| company.name == name);
    let state::EarlierChanges { mut past, mut unreadable } = state
        .map(|state| state.past(state.clock().now(), config.guards.window))
        .transpose()?
        .unwrap_or_default();
    past.retain(|past| is_served(&past.company));
    unreadable.retain(|name, _| is_served(name));
    let state::Remembered { links, written, assigned, mut counts, details, licences, doubtful } =
        state.map(State::remembered).transpose()?.unwrap_or_default();
    counts.retain(|(name, _), _| is_served(name));
    let of_run = |open: &Open| format!("run {}", open.run);
    let held = open.iter().flat_map(|open| open.people().into_iter().map(move |who| (who, of_run(open))));
    let doubt = "the link of this person cannot be read in the state";
    let held = doubtful.into_iter().map(|who| (who, doubt.to_owned())).chain(held);
    Ok(Memory {
        links,
        written,
        assigned,
        counts,
        details,
        licences,
        held: held.collect(),
        unclear: of_companies(config, unclear),
        past,
        unreadable,
    })
}

/// Returns what is unclear by company of the configuration.
pub(super) fn of_companies(config: &Config, unclear: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let known = |name: &String| config.companies.iter().any(|company| company.name == *name);
    let of_any = unclear.iter().find(|(name, _)| !known(name)).map(|(_, reason)| reason);
    let of = |company: &Company| {
        unclear.get(&company.name).or(of_any).map(|reason| (company.name.clone(), reason.clone()))
    };
    config.companies.iter().filter_map(of).collect()
}

/// Reads `targets` and plans them; `state` keeps what is expensive to read.
///
/// # Errors
/// A deadline that passed before everything was read. What cannot be read is not an error: the plan says so.
pub(super) fn plan(
    config: &Config,
    targets: &[Target],
    connected: &Connected,
    memory: &Memory,
    state: Option<&State>,
    globals: &Globals,
    io: &Io,
) -> Result<Planned> {
    let fetched = read(targets, connected, state, globals, io)?;
    let now = io.clock().now();
    let unread = (Pins::default(), Pictures::default());
    let known = input(config, &fetched, memory, &unread.0, &unread.1, now);
    let (pins, asked) = fetch::pins(&connected.portal, connected.psa.as_ref(), state, &known)?;
    let left = |budget: Budget| Budget { records: budget.records.saturating_sub(asked), ..budget };
    let known = Input { psa_budget: known.psa_budget.map(left), ..known };
    let passing = MemoryPictures::default();
    let store = state.map_or(&passing as &dyn PictureStore, |state| state);
    let pictures = fetch::pictures(&connected.tenants, store, state, &known, connected.half_time())?;
    let looks = connected.looks(&known);
    if connected.is_late() {
        return Err(too_late());
    }
    let Reconciled { outcome, known } =
        reconcile(&Input { pins: &pins, pictures: &pictures, looks: &looks, ..known });
    let plan = Plan::new(outcome, known, now, config.capabilities.id, &config.digest);
    Ok(Planned { plan, requests: connected.requests() })
}

/// Reads `targets`, with progress on a terminal. `state` knows what readings may not show yet.
///
/// # Errors
/// A deadline that passed before everything was read. What cannot be read is not an error: it says so in its place.
pub(super) fn read(
    targets: &[Target],
    connected: &Connected,
    state: Option<&State>,
    globals: &Globals,
    io: &Io,
) -> Result<Fetched> {
    let sources =
        Sources { tenants: &connected.tenants, psa: connected.psa.as_ref(), portal: &connected.portal };
    if connected.is_late() {
        return Err(too_late());
    }
    let bars = Bars::new(io, progress::is_wanted(globals));
    let mut fetched = fetch::fetch(sources, targets, fetch::wants_details(targets), &bars);
    bars.finish();
    know_others(&mut fetched, connected);
    if connected.is_late() {
        return Err(too_late());
    }
    fetched.psa_shape = std::mem::take(&mut fetched.psa_shape).with_udf_names(&connected.udf_names);
    if let Some(state) = state {
        fetched.make_up_for(&state.recent_writes(state.clock().now())?);
    }
    Ok(fetched)
}

/// Reads the companies of these names, and returns those whose sides say that they belong to another company. What
/// cannot be read says nothing.
///
/// # Errors
/// A deadline that passed before everything was read.
pub(super) fn contradicted(
    setting: &Setting,
    names: &[&str],
    connected: &Connected,
    state: &State,
    globals: &Globals,
    io: &Io,
) -> Result<Vec<CompanyPlan>> {
    let own = setting.config.companies.iter().filter(|company| names.contains(&company.name.as_str()));
    let mut targets: Vec<Target> = own.map(target).collect();
    for target in &mut targets {
        // Who a company is does not depend on what the portal keeps beside its users.
        Arc::make_mut(&mut target.policy).rows.remove(&Row::UserDetails);
    }
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    let fetched = read(&targets, connected, Some(state), globals, io)?;
    let (memory, unread) = (Memory::default(), (Pins::default(), Pictures::default()));
    let input = input(&setting.config, &fetched, &memory, &unread.0, &unread.1, Timestamp::now());
    let plans = fetched.companies.iter().map(|company| CompanyPlan {
        name: company.name.clone(),
        company_conflicts: conflicts(&input, company),
        ..CompanyPlan::default()
    });
    Ok(plans.filter(|plan| !plan.company_conflicts.is_empty()).collect())
}

/// Lets what was read know of all companies of the configuration, and of the tenants that they name by a domain where
/// that is asked.
fn know_others(fetched: &mut Fetched, connected: &Connected) {
    let (memory, unread) = (Memory::default(), (Pins::default(), Pictures::default()));
    let wanted = |fetched: &Fetched| {
        let now = Timestamp::now();
        tenants_wanted(&input(&connected.config, fetched, &memory, &unread.0, &unread.1, now))
    };
    let find = |domain: &str| connected.tenants.tenant_of(domain).ok();
    fetched.know_others(&connected.config.configured(), wanted, find);
}

fn too_late() -> Error {
    Error::new(Kind::Deadline, "the deadline passed before everything was read")
        .hint("give the run more time with --deadline, or fewer companies with --company")
}

/// Everything that is concluded from, with what was read.
pub(super) fn input<'a>(
    config: &'a Config,
    fetched: &'a Fetched,
    memory: &'a Memory,
    pins: &'a Pins,
    pictures: &'a Pictures,
    now: Timestamp,
) -> Input<'a> {
    Input {
        capabilities: config.capabilities,
        psa_shape: &fetched.psa_shape,
        portal_shape: &fetched.portal_shape,
        psa_budget: fetched.psa_budget,
        companies: &fetched.companies,
        served: &config.served,
        products: crate::graph::products(),
        decisions: &config.decisions,
        configured: &fetched.configured,
        memory,
        guards: &config.guards,
        pins,
        pictures,
        looks: Looks::none(),
        now,
    }
}

fn target(company: &Company) -> Target {
    let Company {
        name,
        enabled: _,
        portal_id,
        psa_id,
        elsewhere: _,
        tenant_id,
        domains,
        portal_writes,
        policy,
    } = company.clone();
    Target { name, portal_id, psa_id, tenant_id, domains, portal_writes, policy }
}

/// How much a service may answer: what the configuration says, else what is usual.
fn caps(most: Most) -> Caps {
    let usual = Caps::default();
    Caps {
        pages: most.pages.unwrap_or(usual.pages),
        records: most.records.unwrap_or(usual.records),
        answer: most.answer.and_then(|answer| answer.try_into().ok()).unwrap_or(usual.answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_spelling() {
        for host in ["127.0.0.1", "localhost", "LOCALHOST.", "[::1]", "127.0.0.2", "[::ffff:127.0.0.1]"] {
            assert_eq!(one_spelling(host), "127.0.0.1", "{host}");
        }
        for host in ["API.us.cloudradial.com", "api.us.cloudradial.com.", "api.us.cloudradial.com"] {
            assert_eq!(one_spelling(host), "api.us.cloudradial.com");
        }
    }
}
