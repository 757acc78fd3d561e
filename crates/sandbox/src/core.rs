//! What stands behind the server: the emulated systems, the faults, and the log of what was asked.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::wire::{Request, Response};
use super::world::{Store, World};
use super::{
    Answered, Effect, Fault, Flow, Moment, Rewrite, Seen, System, autotask, cloudradial, connectwise, entra,
    graph, kaseya_bms, syncro,
};

/// Everything the server's one lock guards.
#[derive(Debug)]
pub(super) struct Core {
    /// The emulated systems.
    pub(super) world: World,
    /// Where they are kept; `None` in memory only.
    pub(super) store: Option<Store>,
    /// Address of the server.
    pub(super) url: String,
    /// How long every answer takes.
    pub(super) latency: Duration,
    /// What was asked, in the order it arrived.
    pub(super) seen: Vec<Seen>,
    /// Who is called before and after every request.
    pub(super) watcher: Option<Watcher>,
    faults: Vec<(Fault, u32)>,
    /// Requests that are carried out later.
    late: Vec<(System, Request)>,
    last: HashMap<(System, String), Response>,
}

/// What is called before and after every request.
type Watch = dyn Fn(&Seen, Moment) -> Flow + Send + Sync;

/// Holds the function that is called before and after every request.
#[derive(Clone)]
pub(super) struct Watcher(pub(super) Arc<Watch>);

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

/// What the connection is to do.
#[derive(Debug)]
pub(super) struct Reply {
    /// The answer; `None` closes the connection without one.
    pub(super) response: Option<Response>,
    /// Whether the body stops half way.
    pub(super) truncated: bool,
    /// How long the answer waits.
    pub(super) delay: Duration,
}

impl Core {
    /// Systems in the state of `world`, without faults and without latency.
    pub(super) fn new(world: World, store: Option<Store>, url: String) -> Self {
        let latency = Duration::ZERO;
        let (seen, faults) = (Vec::new(), Vec::new());
        Self {
            world,
            store,
            url,
            latency,
            seen,
            watcher: None,
            faults,
            late: Vec::new(),
            last: HashMap::new(),
        }
    }

    /// Replaces the faults and begins to count, and to keep answers, anew.
    pub(super) fn set_faults(&mut self, faults: Vec<Fault>) {
        self.faults = faults.into_iter().map(|fault| (fault, 0)).collect();
        self.last.clear();
    }

    /// Enters a request into the log.
    pub(super) fn arrived(&mut self, system: System, request: &Request) -> Seen {
        let seen = Seen { system, method: request.method.clone(), path: place(request) };
        self.seen.push(seen.clone());
        seen
    }

    /// Answers one request, and saves the state before the answer where it changed.
    pub(super) fn reply(&mut self, system: System, mut request: Request) -> Reply {
        request.base = format!("{}{}", self.url, system.prefix());
        let effects = self.strike(system, &place(&request));

        let mut reply = Reply { response: None, truncated: false, delay: self.latency };
        let key = (system, request.path.clone());
        let mut instead = None;
        let mut after = None;
        let mut reset = false;
        let mut rewrites = Vec::new();
        let seen = Seen { system, method: request.method.clone(), path: place(&request) };
        for effect in effects {
            match effect {
                Effect::ResetBefore => return reply,
                Effect::Later => {
                    self.late.push((system, request));
                    return reply;
                }
                Effect::ResetAfter => reset = true,
                Effect::Truncated => reply.truncated = true,
                Effect::Slow(time) => reply.delay += time,
                Effect::Answer { status, headers, body } => {
                    instead = Some(Response { status, headers, body: body.into_bytes(), changed: false });
                }
                Effect::AnswerAfter { status, headers, body } => {
                    after = Some(Response { status, headers, body: body.into_bytes(), changed: false });
                }
                Effect::Echo { status, of } => instead = echo(status, &of, &request).or(instead),
                Effect::Repeated => instead = self.last.get(&key).cloned(),
                Effect::Rewrite(rewrite) => rewrites.push(rewrite),
            }
        }
        let response = instead.unwrap_or_else(|| self.handle(system, &request));
        let mut response = after.unwrap_or(response);
        for Rewrite(change) in rewrites {
            let Response { status, headers, body, changed } = response;
            let mut answered = Answered { status, headers, body };
            change(&seen, &mut answered);
            let Answered { status, headers, body } = answered;
            response = Response { status, headers, body, changed };
        }
        if self.faults.iter().any(|(fault, _)| matches!(fault.effect, Effect::Repeated)) {
            self.last.insert(key, response.clone());
        }
        reply.response = Some(response).filter(|_| !reset);
        reply
    }

    /// Keeps a request that is carried out later.
    pub(super) fn keep(&mut self, system: System, mut request: Request) {
        request.base = format!("{}{}", self.url, system.prefix());
        self.late.push((system, request));
    }

    /// Carries out what was kept for later: how many requests.
    pub(super) fn carry_out(&mut self) -> usize {
        let late = std::mem::take(&mut self.late);
        for (system, request) in &late {
            self.handle(*system, request);
        }
        late.len()
    }

    /// The effects that this request meets, each fault counted.
    fn strike(&mut self, system: System, place: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (fault, count) in &mut self.faults {
            if fault.system == system && place.contains(&fault.path) {
                *count += 1;
                if fault.nth.is_none_or(|nth| nth == *count) {
                    effects.push(fault.effect.clone());
                }
            }
        }
        effects
    }

    fn handle(&mut self, system: System, request: &Request) -> Response {
        let world = &mut self.world;
        let response = match system {
            System::Entra => entra::handle(&mut world.entra, request),
            System::Graph => graph::handle(&mut world.graph, request),
            System::CloudRadial => cloudradial::handle(&mut world.cloudradial, request),
            System::Autotask => autotask::handle(&mut world.autotask, request),
            System::ConnectWise => connectwise::handle(&mut world.connectwise, request),
            System::KaseyaBms => kaseya_bms::handle(&mut world.kaseya_bms, request),
            System::Syncro => syncro::handle(&mut world.syncro, request),
        };
        if !response.changed {
            return response;
        }
        match self.store.as_mut().map_or(Ok(()), |store| store.save(&self.world, Some(system))) {
            Ok(()) => response,
            Err(error) => {
                Response::text(500, "text/plain", format!("The sandbox could not be saved: {error}"))
            }
        }
    }
}

/// An answer that repeats `request` in every place where a message may stand, if its body holds `text`.
fn echo(status: u16, text: &str, request: &Request) -> Option<Response> {
    let body = String::from_utf8_lossy(&request.body);
    if !body.to_lowercase().contains(&text.to_lowercase()) {
        return None;
    }
    let headers: Vec<String> =
        request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let said = format!("refused {body} of {} with {}", place(request), headers.join(", "));
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

/// Path and query below the system's prefix, decoded: what faults are looked up in and the log shows.
fn place(request: &Request) -> String {
    let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{}", request.path, query.join("&"))
}
