//! `crsync self-service`: what people ask of their own details, brought to 365 first and then, in the same plan, to
//! the PSA and the portal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::args::Globals;
use super::asked;
use super::diff::warn_of_unread;
use super::io::Io;
use super::job::{self, Consent, Job};
use super::pipeline::{self, Setting};
use crate::error::{Error, Kind, Result};
use crate::fetch::Target;
use crate::files;
use crate::graph;
use crate::model::{Pictures, Pins, Row};
use crate::plan::{Answer, Asked, Plan, Purpose, Request, Told};
use crate::reconcile::{self, Served, Wanted};
use crate::state::{State, StoredRequest};

/// Flags of `self-service`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Who asks: an address, user name or 365 object id
    #[arg(
        long,
        value_name = "WHO",
        required_unless_present = "from",
        conflicts_with = "from",
        requires = "set"
    )]
    user: Option<String>,
    /// A field and its new text, such as mobile="+1 555 0100"; without a text it becomes blank (repeatable)
    #[arg(long, value_name = "FIELD=TEXT", requires = "user")]
    set: Vec<String>,
    /// A name for the request, by which it is known when it comes again and is not done twice
    #[arg(long, value_name = "ID", requires = "user")]
    id: Option<String>,
    /// Read requests from FILE, one JSON object a line: {"id": …, "user": …, "set": {…}}; - is standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    #[command(flatten)]
    consent: Consent,
}

/// Runs `self-service` and says how to exit.
///
/// # Errors
/// A request that is not understood, and what keeps a plan from being made or applied at all.
pub(super) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    job::check_format(globals)?;
    if globals.shard.is_some() {
        return Err(Error::new(
            Kind::Usage,
            "requests name their people, so companies are not shared out among several runs",
        )
        .hint("leave out --shard"));
    }
    args.consent.can_be_had("self-service", io)?;
    let requests = requests(args, io)?;
    let setting = pipeline::setting(globals, io)?;
    let targets = setting.targets(globals)?;
    if !targets.iter().any(|target| target.policy.rows.contains(&Row::SelfService)) {
        return Err(Error::new(Kind::Config, "self-service is off for the chosen companies")
            .hint(format!("set self-service = true under [sync] in {}", setting.config.path.display())));
    }
    let job = Job::begin(&setting, &setting.clients(&targets), globals, "self-service", io)?;
    let Served { outcome, asked, known } = plan(requests, &job, &setting, &targets, globals, io)?;
    let capabilities = setting.config.capabilities;
    warn_of_unread(&outcome, capabilities.name, globals, io)?;
    let plan = Plan::new(outcome, known, Timestamp::now(), capabilities.id, &setting.config.digest);
    job.carry_out(plan, Purpose::SelfService(asked), &args.consent, io)
}

fn requests(args: &Args, io: &mut Io) -> Result<Vec<Request>> {
    if let Some(user) = &args.user {
        return Ok(vec![asked::typed(user, &args.set, args.id.as_deref())?]);
    }
    let path = args.from.as_deref().unwrap_or(Path::new("-"));
    let is_stdin = path == Path::new("-");
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let bytes = if is_stdin { io.input() } else { std::fs::read(path) };
    let bytes = bytes.map_err(|error| {
        Error::new(Kind::Usage, format!("{name} cannot be read"))
            .hint("name a text file with one JSON object a line, or - for standard input")
            .source(error)
    })?;
    let text = files::decode(bytes).map_err(|encoding| {
        Error::new(Kind::Usage, format!("{name} cannot be read: {encoding}")).hint(files::Encoding::HINT)
    })?;
    let text = text.text;
    let requests = asked::lines(&name, &text)?;
    if requests.is_empty() {
        return Err(Error::new(Kind::Usage, format!("{name} holds no request"))
            .hint("one JSON object a line: {\"user\": …, \"set\": {…}}"));
    }
    Ok(requests)
}

/// Plans what was not done before. Nothing is read where all of it was.
fn plan(
    requests: Vec<Request>,
    job: &Job<'_>,
    setting: &Setting,
    targets: &[Target],
    globals: &Globals,
    io: &Io,
) -> Result<Served> {
    let mut answered = BTreeMap::new();
    let (mut wanted, mut places) = (Vec::new(), Vec::new());
    let mut told = BTreeMap::new();
    for (place, request) in requests.into_iter().enumerate() {
        match known(&job.state, &request)? {
            Known::New => {
                wanted.push(Wanted { request, done_by: None });
                places.push(place);
            }
            Known::Behind(run, plan) => {
                wanted.push(Wanted { request, done_by: Some(run) });
                places.push(place);
                told.insert(place, plan);
            }
            Known::Answered(plan) => {
                answered.insert(place, Asked { request, company: None, who: None, plan });
            }
        }
    }
    let mut served = if wanted.is_empty() {
        Served::default()
    } else {
        let memory = pipeline::memory(&setting.config, Some(&job.state), &job.open, &job.unclear)?;
        let fetched =
            pipeline::read(&without_details(targets), &job.connected, Some(&job.state), globals, io)?;
        let (pins, pictures) = (Pins::default(), Pictures::default());
        let now = Timestamp::now();
        let input = pipeline::input(&setting.config, &fetched, &memory, &pins, &pictures, now);
        reconcile::self_service(&input, &graph::shape(), &wanted)
    };
    answered.extend(places.into_iter().zip(std::mem::take(&mut served.asked)));
    for (place, plan) in told {
        answered.entry(place).and_modify(|asked| asked.plan = plan);
    }
    Ok(Served { asked: answered.into_values().collect(), ..served })
}

/// The companies without the details of 365 users, which are for a sync to keep: none is read here.
fn without_details(targets: &[Target]) -> Vec<Target> {
    let mut targets = targets.to_vec();
    for target in &mut targets {
        Arc::make_mut(&mut target.policy).rows.remove(&Row::UserDetails);
    }
    targets
}

enum Known {
    /// To be planned.
    New,
    /// Done in 365 by the run of this id, but not on all other sides; with what is answered.
    Behind(String, Answer),
    /// Nothing is to be planned.
    Answered(Answer),
}

/// What the state knows of a request.
fn known(state: &State, request: &Request) -> Result<Known> {
    let Some(id) = &request.id else { return Ok(Known::New) };
    let Some(StoredRequest { digest, run, change, done }) = state.request(id)? else {
        return Ok(Known::New);
    };
    let refused = |reason: String, next: &str| Answer::Refused { reason, next: Some(next.to_owned()) };
    let Some(digest) = digest else {
        return Ok(Known::Answered(refused(
            "what became of the request of this id cannot be read in the state".to_owned(),
            "look whether 365 holds it, and if not ask again under an id of its own",
        )));
    };
    if digest != request.digest() {
        return Ok(Known::Answered(refused(
            format!("run {run} was asked for something else by the same id"),
            "give the request an id of its own",
        )));
    }
    if !done {
        return Ok(Known::New);
    }
    let repeated = Answer::Repeated { run: run.clone() };
    let Some(change) = change else { return Ok(Known::Answered(repeated)) };
    if let Some(by) = state.taken_back(&run, &change)? {
        return Ok(Known::Answered(refused(
            format!("run {run} did it, and run {by} took it back"),
            "ask again under an id of its own",
        )));
    }
    let report = state.report(&run)?;
    if state.has_broken(&run) {
        // Whether the other sides followed is not known, so it is neither told as done nor done again.
        return Err(Error::new(
            Kind::State,
            format!("what run {run} did for the request {id:?} cannot be read in the journal"),
        )
        .hint("look whether all sides hold it, and if not ask again under an id of its own"));
    }
    // A run that the journal has forgotten has nothing left to do.
    let Some(report) = report else { return Ok(Known::Answered(repeated)) };
    let own = report.asked().iter().find(|asked| asked.request.id.as_deref() == Some(id));
    let answer = match own.map(|own| report.told(own)) {
        Some(Told { reason, .. }) if !report.missing(&change, request).is_empty() => refused(
            format!("run {run} did it in part: {}", reason.unwrap_or_default()),
            "ask for what is missing under an id of its own",
        ),
        _ => repeated,
    };
    Ok(if report.behind(&change).is_empty() { Known::Answered(answer) } else { Known::Behind(run, answer) })
}
