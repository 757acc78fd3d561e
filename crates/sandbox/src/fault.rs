//! What goes wrong on request: which requests a fault meets, and what happens to their answers.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::emulated::System;
use super::watch::Seen;
use super::wire::{Request, Response};

/// Something that goes wrong on request.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The system whose requests it meets.
    pub system: System,
    /// Only for requests whose decoded path and query, below the system's prefix, contain this text; empty for
    /// all.
    pub path: String,
    /// Only for the n-th such request, from 1; `None` for every one.
    pub nth: Option<u32>,
    /// What happens instead of, or to, the answer.
    pub effect: Effect,
}

/// What happens to an answer.
#[derive(Debug, Clone)]
pub enum Effect {
    /// This status with these headers and this body, without the system seeing the request.
    Answer {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: Vec<(String, String)>,
        /// Body.
        body: String,
    },
    /// The connection closes before the system sees the request.
    ResetBefore,
    /// The connection closes after the system carried the request out.
    ResetAfter,
    /// The answer's body stops half way.
    Truncated,
    /// The previous answer to a request of the same path, whatever its query, is given again.
    Repeated,
    /// The answer takes so much longer; the system carries the request out at once.
    Slow(Duration),
    /// This status with these headers and this body, after the system carried the request out.
    AnswerAfter {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: Vec<(String, String)>,
        /// Body.
        body: String,
    },
    /// The connection closes without an answer. The system carries the request out when
    /// [`carry_out`](crate::Sandbox::carry_out) is called.
    Later,
    /// The answer is changed on its way, after the system carried the request out.
    Rewrite(Rewrite),
    /// This status with a message that repeats the whole request, as debugging pages do, if the request's body
    /// holds a text; the system does not see that request.
    Echo {
        /// HTTP status.
        status: u16,
        /// What the body holds, in any case.
        of: String,
    },
}

impl Effect {
    /// Changes answers with `change`.
    pub fn rewrite(change: impl Fn(&Seen, &mut Answered) + Send + Sync + 'static) -> Self {
        Self::Rewrite(Rewrite(Arc::new(change)))
    }
}

/// An answer on its way.
#[derive(Debug, Clone)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Body, as it goes onto the wire.
    pub body: Vec<u8>,
}

/// What changes an answer.
///
/// It is called while the sandbox is locked, so it must not use it.
#[derive(Clone)]
pub struct Rewrite(Arc<Change>);

type Change = dyn Fn(&Seen, &mut Answered) + Send + Sync;

impl fmt::Debug for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rewrite")
    }
}

/// The faults of a sandbox, with how many requests each has met.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    counted: Vec<(Fault, u32)>,
    /// The last answers, for [`Effect::Repeated`].
    last: HashMap<(System, String), Response>,
}

/// How a request is kept from its system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withheld {
    /// The system never sees it.
    Lost,
    /// The system carries it out later.
    Later,
}

/// What the faults do to one request.
#[derive(Debug, Default)]
pub(crate) struct Struck {
    /// How the request is kept from the system, if it is; the connection then closes without an answer.
    pub(crate) withheld: Option<Withheld>,
    /// The connection closes after the system carried the request out.
    pub(crate) reset_after: bool,
    /// The answer's body stops half way.
    pub(crate) truncated: bool,
    /// How much longer the answer takes.
    pub(crate) delay: Duration,
    /// The answer that is given without the system seeing the request.
    pub(crate) instead: Option<Response>,
    after: Option<Response>,
    rewrites: Vec<Rewrite>,
}

impl Faults {
    /// Begins to count `faults` at zero.
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self { counted: faults.into_iter().map(|fault| (fault, 0)).collect(), last: HashMap::new() }
    }

    /// Counts the request, and tells what the faults do to it.
    ///
    /// The first effect that keeps the request from the system decides: what faults behind it would add is not looked
    /// at, though they have counted the request.
    pub(crate) fn strike(&mut self, seen: &Seen, request: &Request) -> Struck {
        let mut struck = Struck::default();
        for effect in self.effects(seen) {
            match effect {
                Effect::ResetBefore => struck.withheld = Some(Withheld::Lost),
                Effect::Later => struck.withheld = Some(Withheld::Later),
                Effect::ResetAfter => struck.reset_after = true,
                Effect::Truncated => struck.truncated = true,
                Effect::Slow(time) => struck.delay += time,
                Effect::Answer { status, headers, body } => {
                    struck.instead = Some(answer(status, headers, body));
                }
                Effect::AnswerAfter { status, headers, body } => {
                    struck.after = Some(answer(status, headers, body));
                }
                Effect::Echo { status, of } => {
                    struck.instead = echo(status, &of, request, &seen.path).or(struck.instead);
                }
                Effect::Repeated => struck.instead = self.last.get(&key(seen, request)).cloned(),
                Effect::Rewrite(rewrite) => struck.rewrites.push(rewrite),
            }
            if struck.withheld.is_some() {
                break;
            }
        }
        struck
    }

    /// Keeps an answer where a fault may give it again.
    pub(crate) fn answered(&mut self, seen: &Seen, request: &Request, response: &Response) {
        if self.counted.iter().any(|(fault, _)| matches!(fault.effect, Effect::Repeated)) {
            self.last.insert(key(seen, request), response.clone());
        }
    }

    fn effects(&mut self, seen: &Seen) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (fault, count) in &mut self.counted {
            if fault.system == seen.system && seen.path.contains(&fault.path) {
                *count += 1;
                if fault.nth.is_none_or(|nth| nth == *count) {
                    effects.push(fault.effect.clone());
                }
            }
        }
        effects
    }
}

impl Struck {
    /// Returns what goes out in the place of the system's own response.
    pub(crate) fn changed(&mut self, seen: &Seen, response: Response) -> Response {
        let response = self.after.take().unwrap_or(response);
        self.rewrites.drain(..).fold(response, |response, Rewrite(change)| {
            let Response { status, headers, body, changed } = response;
            let mut answered = Answered { status, headers, body };
            change(seen, &mut answered);
            let Answered { status, headers, body } = answered;
            Response { status, headers, body, changed }
        })
    }
}

fn key(seen: &Seen, request: &Request) -> (System, String) {
    (seen.system, request.path.clone())
}

fn answer(status: u16, headers: Vec<(String, String)>, body: String) -> Response {
    Response { status, headers, body: body.into_bytes(), changed: false }
}

/// Returns an answer that repeats `request` in every place that may hold a message, if its body holds `text`.
fn echo(status: u16, text: &str, request: &Request, place: &str) -> Option<Response> {
    let body = String::from_utf8_lossy(&request.body);
    if !body.to_lowercase().contains(&text.to_lowercase()) {
        return None;
    }
    let headers: Vec<String> =
        request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let said = format!("refused {body} of {place} with {}", headers.join(", "));
    let said_loud = said.to_uppercase();
    let answer = serde_json::json!({
        "success": false,
        "message": said,
        "title": said,
        "errors": [said, said_loud],
        "error": {"code": "Echo", "message": said, "subErrors": [said_loud]},
    });
    Some(Response::json(status, &answer))
}
