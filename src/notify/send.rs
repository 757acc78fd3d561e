//! Sends one notice to one target, once.

use std::io::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use url::Url;

use super::event::{Event, What};
use super::settings::{Pings, Target};
use super::{forms, ping};
use crate::error::Error;
use crate::http::{Http, Limits, Method, Request, Safety};
use crate::program;
use crate::secret::Secret;

/// The next step of most faults.
const TRY: &str = "`crsync notify --test` tries again";

/// Why a notice did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What happened; nothing of an address is in it.
    pub message: String,
    /// The next step.
    pub next: String,
}

impl Fault {
    /// Returns a fault that another try may help.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), next: TRY.to_owned() }
    }
}

/// Causes of an error are left out: they may name the host.
impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        Self { message: error.message().to_owned(), next: error.next_step().unwrap_or(TRY).to_owned() }
    }
}

/// Returns the address that a secret is.
///
/// # Errors
/// What is wrong with it, and nothing of it is quoted.
pub fn check_address(name: &str, secret: &Secret) -> Result<Url, Fault> {
    let url: Option<Url> = secret.expose().parse().ok();
    url.filter(|url| url.has_host() && Http::may_ask(url)).ok_or_else(|| Fault {
        message: format!("the address of {name} is not one that notices may go to"),
        next: "it takes an address that begins with https://, without a user and a password; plain HTTP is for this machine alone".to_owned(),
    })
}

/// Sends to an address, in the form of the target.
pub(super) fn to_address(
    http: &Http,
    target: Target,
    address: &Url,
    event: &Event,
    pings: &Pings,
) -> Result<(), Fault> {
    match target {
        Target::Webhook => post(http, target, address, &forms::document(event)),
        Target::Teams => post(http, target, address, &forms::teams(event)),
        Target::Slack => post(http, target, address, &forms::slack(event)),
        Target::Ping => match suffix(pings, event) {
            Some(suffix) => get(http, target, ping::address(address, suffix, event.code)),
            None => Ok(()),
        },
        Target::Command => Ok(()),
    }
}

/// Returns what is put behind the address of the ping for this event; `None` where there is none.
fn suffix<'p>(pings: &'p Pings, event: &Event) -> Option<&'p str> {
    match event.what {
        What::RunDied => None,
        What::RunEnded if event.is_failure() => Some(pings.failure.as_str()).filter(|text| !text.is_empty()),
        What::RunEnded | What::Test => Some(&pings.success),
    }
}

/// Sends the ping that says that a run begins.
pub(super) fn start(http: &Http, address: &Url, pings: &Pings) -> Result<(), Fault> {
    if pings.start.is_empty() {
        return Ok(());
    }
    get(http, Target::Ping, ping::address(address, &pings.start, None))
}

fn post(http: &Http, target: Target, address: &Url, body: &Value) -> Result<(), Fault> {
    send(http, target, Request::new(Method::Post, address.clone()).json(body))
}

/// A ping says the same however often it comes.
fn get(http: &Http, target: Target, address: Url) -> Result<(), Fault> {
    send(http, target, Request::get(address).safety(Safety::Read))
}

fn send(http: &Http, target: Target, request: Request) -> Result<(), Fault> {
    // Longer than this no run waits for a notice.
    let limits = Limits { longest_wait: Duration::from_secs(2), ..Limits::new(target.name()) };
    match http.service(limits).send(request.secret_address()) {
        Ok(reply) if reply.ok() => Ok(()),
        Ok(reply) => {
            let next = match reply.status {
                401 | 403 | 404 | 410 => "check the address; then `crsync notify --test` tries again",
                _ => TRY,
            };
            let message = format!("{} answered with HTTP {}", target.name(), reply.status);
            Err(Fault { message, next: next.to_owned() })
        }
        // What else an error knows may be of the address.
        Err(error) => Err(Fault::new(error.message())),
    }
}

/// Runs a program with the document on standard input, for `limit` at most.
pub(super) fn to_command(words: &[String], event: &Event, limit: Duration) -> Result<(), Fault> {
    let Some((name, arguments)) = words.split_first() else { return Ok(()) };
    let end = Instant::now() + limit;
    let failed = |what: String| Fault {
        message: format!("the command `{name}` {what}"),
        next: "run it by hand with a JSON document on standard input; `crsync notify --test` tries again"
            .to_owned(),
    };
    let mut command = program::command(name, arguments);
    let started = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut child = started.map_err(|error| failed(format!("cannot be started: {error}")))?;
    let text = format!("{}\n", forms::document(event));
    if let Some(mut stdin) = child.stdin.take() {
        // A program that reads nothing would keep the writer waiting. One that does not want it may end before.
        thread::spawn(move || stdin.write_all(text.as_bytes()));
    }
    match program::wait(&mut child, end) {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(failed(format!("failed ({status})"))),
        None => {
            program::kill(&mut child);
            Err(failed("did not end in time and was ended".to_owned()))
        }
    }
}
