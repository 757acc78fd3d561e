//! The three services: what is missing of their tables and secrets is asked for, and each is asked once whether it accepts
//! them.

use std::cell::RefCell;
use std::sync::Arc;

use super::ask::{ask_keys, quoted};
use super::draft::Draft;
use super::keep::{self, Keep, Place, words};
use super::{Wizard, stopped};
use crate::cloudradial::{self, CloudRadial};
use crate::config::{self, Reach, Reached};
use crate::error::{Error, Kind, Result};
use crate::graph::{self, Graph};
use crate::http::{self, Caps, Http};
use crate::model::{PortalClient, PsaCompany};
use crate::psa::Entry;
use crate::run::{Machine, Options};
use crate::secret::{Origin, Places, Secret};
use crate::side::{MemoryCache, Psa};

/// How many tenants are tried until one shows whether the application's secret is right.
const TRIED: usize = 20;

/// What is needed to set the services up.
pub(super) struct Setup<'a> {
    pub(super) draft: &'a mut Draft,
    pub(super) psa: &'static Entry,
    pub(super) print: bool,
    pub(super) options: &'a Options,
    pub(super) machine: &'a Machine,
    /// What was answered before, and is to hold: the services in the order in which they were asked about.
    pub(super) remembered: &'a mut Vec<Remembered>,
}

/// What a person answered about a service.
pub(super) struct Remembered {
    name: &'static str,
    /// What people call it.
    pub(super) title: &'static str,
    answers: Answers,
}

/// The services, which accepted their secrets.
pub(super) struct Systems {
    pub(super) tenants: Graph,
    pub(super) psa: Box<dyn Psa>,
    /// The PSA's companies.
    pub(super) companies: Vec<PsaCompany>,
    /// The portal's companies.
    pub(super) portal: Vec<PortalClient>,
    clients: Vec<Http>,
}

impl Systems {
    /// Ends the traces.
    pub(super) fn finish(&self) -> Result<()> {
        self.clients.iter().try_for_each(Http::finish)
    }
}

/// Whether a service accepts its secrets.
enum Verdict {
    Accepted,
    /// It could not tell: why, and the next step.
    Unknown(&'static str, Option<&'static str>),
}

/// A service that is set up.
struct Service<'a> {
    name: &'static str,
    title: &'static str,
    secrets: &'static [&'static str],
    /// What is looked at first when it refuses them.
    mistake: &'static str,
    /// Asks it once whether it accepts its secrets.
    verify: &'a dyn Fn(&Reached, &Http) -> Result<Verdict>,
}

/// What a person said of a service, before it is believed.
#[derive(Clone, Default)]
pub(super) struct Answers {
    /// The keys of its table, where there was none.
    lines: Vec<(String, String)>,
    /// The keys that say where secrets are.
    places: Vec<(String, String)>,
    typed: Vec<(&'static str, Secret)>,
    place: Option<Place>,
}

/// Reaches all services. The portal and the PSA are asked for the companies that are needed anyway.
pub(super) fn reach(setup: &mut Setup<'_>, wizard: &mut dyn Wizard) -> Result<Systems> {
    let listed = RefCell::new(Vec::new());
    let portal = Service {
        name: cloudradial::TABLE,
        title: "CloudRadial",
        secrets: cloudradial::SECRETS,
        mistake: "check the region, and that the public and the private key are not swapped",
        verify: &|reached, http| match &reached.reach {
            Reach::Portal(settings) => {
                *listed.borrow_mut() = CloudRadial::new(http, settings.clone()).clients()?;
                Ok(Verdict::Accepted)
            }
            _ => Err(other_service()),
        },
    };
    let (_, portal_http) = set_up(setup, &portal, wizard)?;
    let clients = listed.take();

    let opened = RefCell::new(None);
    let psa = Service {
        name: setup.psa.id(),
        title: setup.psa.capabilities.name,
        secrets: setup.psa.secrets,
        mistake: "check the answers above, and that the secrets are not swapped",
        verify: &|reached, http| match &reached.reach {
            Reach::Psa(settings) => {
                let psa = settings.open(http, Arc::<MemoryCache>::default());
                let companies = psa.companies()?;
                *opened.borrow_mut() = Some((psa, companies));
                Ok(Verdict::Accepted)
            }
            _ => Err(other_service()),
        },
    };
    let (_, psa_http) = set_up(setup, &psa, wizard)?;
    let (psa, companies) = opened.take().ok_or_else(other_service)?;

    let microsoft = Service {
        name: graph::TABLE,
        title: "Microsoft 365",
        secrets: graph::SECRETS,
        mistake: "the secret's value counts, not its id; check that it is this application's",
        verify: &|reached, http| match &reached.reach {
            Reach::Tenants(settings) => verify_tenants(&Graph::new(http, settings.clone()), &clients),
            _ => Err(other_service()),
        },
    };
    let (reached, graph_http) = set_up(setup, &microsoft, wizard)?;
    let Reach::Tenants(settings) = reached.reach else { return Err(other_service()) };
    let tenants = Graph::new(&graph_http, settings);
    Ok(Systems { tenants, psa, companies, portal: clients, clients: vec![portal_http, psa_http, graph_http] })
}

/// Signs in to tenants of the portal's domains, until one shows whether the secret is right: a tenant that has not
/// consented says nothing of it.
fn verify_tenants(tenants: &Graph, clients: &[PortalClient]) -> Result<Verdict> {
    let mut verdict = Verdict::Unknown("the portal lists no domain that has a tenant", None);
    let domains = clients.iter().flat_map(|client| &client.domains);
    for domain in domains.take(TRIED) {
        let signed_in = tenants.tenant_of(domain).and_then(|tenant| tenants.sign_in(&tenant));
        match signed_in {
            Ok(()) => return Ok(Verdict::Accepted),
            Err(error) if matches!(error.kind(), Kind::Permission) => {
                verdict = Verdict::Unknown(
                    "no tenant that was tried knows the application, or none has consented yet",
                    Some("check the application (client) id first"),
                );
            }
            Err(error) if matches!(error.kind(), Kind::Config | Kind::Service) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(verdict)
}

/// Makes one service answer: asks for its table and its secrets where they are missing, and again where it refuses them.
fn set_up(setup: &mut Setup<'_>, service: &Service<'_>, wizard: &mut dyn Wizard) -> Result<(Reached, Http)> {
    let has_table = config::has_key(&setup.draft.text, service.name);
    let before = setup.remembered.iter().find(|one| one.name == service.name);
    let mut answers = before.map(|one| one.answers.clone()).unwrap_or_default();
    if !has_table && before.is_none() {
        if !wizard.can_ask() {
            return Err(unanswered(setup, service));
        }
        wizard.tell(service.title)?;
        ask_table(setup, service, &mut answers, wizard)?;
    }
    loop {
        let shown = wizard.asking();
        let attempted = attempt(setup, service, has_table, &answers);
        drop(shown);
        let error = match attempted {
            Ok((reached, http, verdict)) => {
                tell(service, &verdict, wizard)?;
                accept(setup, service, has_table, answers);
                return Ok((reached, http));
            }
            Err(error) => error,
        };
        let missing = missing(setup, service, has_table, &answers)?;
        if !wizard.can_ask() {
            return Err(error);
        }
        if !missing.is_empty() && answers.place.is_none() {
            ask_secrets(setup, service, has_table, &missing, &mut answers, wizard)?;
            continue;
        }
        if answers.place.is_none() && has_table {
            // What was configured before is for its own place to correct.
            return Err(error);
        }
        let (message, next) = refusal(service, &error);
        wizard.warn(&message, next.as_deref())?;
        again(setup, service, has_table, &mut answers, wizard)?;
    }
}

/// Returns what a refusal says, and the next step. Where a service does not accept its secrets, they are typed again: in
/// no place that a next step could name.
fn refusal(service: &Service<'_>, error: &Error) -> (String, Option<String>) {
    if error.kind() != Kind::Auth {
        return (error.message().to_owned(), error.next_step().map(ToOwned::to_owned));
    }
    let said = error.message().rsplit(": ").next().unwrap_or_default();
    (format!("{}: {said}", service.title), Some(format!("{}; then type again", service.mistake)))
}

/// Asks for the keys of a new table, until they can be read.
fn ask_table(
    setup: &Setup<'_>,
    service: &Service<'_>,
    answers: &mut Answers,
    wizard: &mut dyn Wizard,
) -> Result<()> {
    loop {
        answers.lines = ask_keys(config::asks(service.name), wizard)?;
        let text = text(setup, service, false, answers);
        let around = around(setup, service, answers);
        let read = config::reached(&setup.draft.path, &text, service.name, &around);
        // A secret that is missing has no place in the file.
        let mistake = read.err().and_then(|error| {
            let all = std::iter::once(&error).chain(error.further());
            all.into_iter().find(|one| one.place().is_some()).map(Error::without_cause)
        });
        match mistake {
            None => return Ok(()),
            Some(error) => wizard.warn(error.message(), error.next_step())?,
        }
    }
}

/// Asks what to do after a refusal, and does it.
fn again(
    setup: &Setup<'_>,
    service: &Service<'_>,
    has_table: bool,
    answers: &mut Answers,
    wizard: &mut dyn Wizard,
) -> Result<()> {
    let secrets = ("Type the secrets again", true);
    let all = [secrets, ("Answer everything again", !has_table), ("Stop, and write nothing", true)];
    let offered: Vec<&str> = all.iter().filter(|(_, offered)| *offered).map(|(words, _)| *words).collect();
    let items: Vec<String> = offered.iter().map(|words| (*words).to_owned()).collect();
    let chosen = wizard.choose(&format!("{} did not accept this", service.title), &items)?;
    match chosen.and_then(|at| offered.get(at)) {
        Some(words) if *words == secrets.0 => {}
        Some(_) if chosen == Some(1) && !has_table => {
            ask_table(setup, service, answers, wizard)?;
        }
        _ => return Err(stopped()),
    }
    let names: Vec<&'static str> = if answers.typed.is_empty() {
        service.secrets.to_vec()
    } else {
        answers.typed.iter().map(|(name, _)| *name).collect()
    };
    (answers.typed, answers.places) = (Vec::new(), Vec::new());
    // Those that were set in the environment, and are wrong, are for a person to set anew.
    let place = *answers.place.get_or_insert(Place::Environment);
    type_secrets(setup, service, &names, place, answers, wizard)
}

/// Returns the configuration's text with what was answered so far.
fn text(setup: &Setup<'_>, service: &Service<'_>, has_table: bool, answers: &Answers) -> String {
    if has_table {
        return setup.draft.text.clone();
    }
    let lines: Vec<_> = answers.lines.iter().chain(&answers.places).cloned().collect();
    config::with_table(&setup.draft.text, service.name, &lines)
}

/// Reads the service's table with the answers, and asks the service.
fn attempt(
    setup: &Setup<'_>,
    service: &Service<'_>,
    has_table: bool,
    answers: &Answers,
) -> Result<(Reached, Http, Verdict)> {
    let text = text(setup, service, has_table, answers);
    let around = around(setup, service, answers);
    let reached = config::reached(&setup.draft.path, &text, service.name, &around)?;
    let http = Http::new(http::Options {
        ca_file: reached.ca_file.clone(),
        har: setup.machine.trace.clone(),
        caps: Caps::default(),
        deadline: setup.options.end(),
        retries: reached.retries,
        timeout: reached.timeout,
        sleep: setup.machine.sleep,
    })?;
    let verdict = (service.verify)(&reached, &http)?;
    Ok((reached, http, verdict))
}

/// Returns where secrets are looked for, with those that were typed before any other.
fn around(setup: &Setup<'_>, service: &Service<'_>, answers: &Answers) -> crate::secret::Surroundings {
    let mut around = setup.draft.around.clone();
    for (name, secret) in &answers.typed {
        let places = Places { service: service.name, name, file: None, command: Vec::new() };
        around.variables.insert(places.variable(), secret.expose().to_owned());
    }
    around
}

/// Returns the names of the secrets that are nowhere.
fn missing(
    setup: &Setup<'_>,
    service: &Service<'_>,
    has_table: bool,
    answers: &Answers,
) -> Result<Vec<&'static str>> {
    let text = text(setup, service, has_table, answers);
    let origins = config::origins(&setup.draft.path, &text, &around(setup, service, answers))?;
    let own = origins.into_iter().filter(|(of, ..)| *of == service.name);
    let nowhere = own.filter(|(.., origin)| matches!(origin, Origin::Nowhere | Origin::Unknown(_)));
    Ok(nowhere.map(|(_, name, _)| name).collect())
}

fn ask_secrets(
    setup: &Setup<'_>,
    service: &Service<'_>,
    has_table: bool,
    names: &[&'static str],
    answers: &mut Answers,
    wizard: &mut dyn Wizard,
) -> Result<()> {
    let keyring = setup.machine.keyring.as_ref();
    let place = keep::place(service.name, names, has_table, keyring, wizard)?;
    answers.place = Some(place);
    type_secrets(setup, service, names, place, answers, wizard)
}

fn type_secrets(
    setup: &Setup<'_>,
    service: &Service<'_>,
    names: &[&'static str],
    place: Place,
    answers: &mut Answers,
    wizard: &mut dyn Wizard,
) -> Result<()> {
    for name in names {
        if place == Place::Command {
            let question = format!("Command that prints {} {name}", service.title);
            let line = wizard.text(&question, &|_| None)?;
            let command: Vec<String> = words(&line).iter().map(|word| quoted(word)).collect();
            if !command.is_empty() {
                answers.places.push((format!("{name}-command"), format!("[{}]", command.join(", "))));
            }
            continue;
        }
        let secret = wizard.secret(&format!("{} {name}", service.title))?;
        if secret.expose().trim().is_empty() {
            continue;
        }
        if place == Place::Files {
            let file = keep::file_of(service.name, name);
            // Said before more is typed that could not be kept.
            if setup.draft.path.with_file_name(&file).exists() && !setup.print {
                let message =
                    format!("{file} is there already beside the configuration, and is not replaced");
                return Err(Error::new(Kind::State, message)
                    .hint("move it away, or keep the secret in another place"));
            }
            answers.places.push((format!("{name}-file"), quoted(&file)));
        }
        answers.typed.push((name, Secret::new(secret.expose().trim())));
    }
    Ok(())
}

fn tell(service: &Service<'_>, verdict: &Verdict, wizard: &mut dyn Wizard) -> Result<()> {
    match verdict {
        Verdict::Accepted => wizard.tell(&format!("{}: accepted", service.title)),
        Verdict::Unknown(why, next) => {
            let message = format!("{} could not be asked whether it accepts this: {why}", service.title);
            wizard.warn(&message, *next)
        }
    }
}

/// Takes what the service accepted into the draft.
fn accept(setup: &mut Setup<'_>, service: &Service<'_>, has_table: bool, answers: Answers) {
    setup.draft.text = text(setup, service, has_table, &answers);
    setup.draft.around = around(setup, service, &answers);
    if !answers.lines.is_empty() || answers.place.is_some() {
        setup.remembered.retain(|one| one.name != service.name);
        let Service { name, title, .. } = *service;
        setup.remembered.push(Remembered { name, title, answers: answers.clone() });
    }
    if let (Some(place), false) = (answers.place, setup.print) {
        let keep = |(name, secret)| Keep { service: service.name, name, secret, place };
        setup.draft.keep.extend(answers.typed.into_iter().map(keep));
    }
}

/// Returns the error for a table that is missing where no person can be asked.
fn unanswered(setup: &Setup<'_>, service: &Service<'_>) -> Error {
    let keys: Vec<&str> =
        config::asks(service.name).iter().filter(|ask| !ask.example.is_empty()).map(|ask| ask.key).collect();
    let message =
        format!("{} has no table [{}], and no person can be asked", setup.draft.path.display(), service.name);
    Error::new(Kind::Usage, message).hint(format!(
        "add [{}] with {} to the file, or run `crsync init` on a terminal",
        service.name,
        keys.join(" and ")
    ))
}

fn other_service() -> Error {
    Error::new(Kind::Config, "the configuration gave the settings of another service")
}
