//! Sends notices to all targets side by side, and waits for them a limited time.
//!
//! A target has a thread of its own from the beginning of a run on: its address is looked for, and the ping that says
//! that a run begins goes out, while the run is at its work. At the end it gets what there is to tell.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::event::{Event, What};
use super::send::{self, Fault};
use super::settings::{Named, Settings, Target};
use crate::http::{self, Http};
use crate::secret::Surroundings;

/// The longest that notices may delay a run in all.
pub const LONGEST: Duration = Duration::from_secs(10);

/// How long the ping may take that says that a run begins: a run that is over soon after must not wait for it.
const START: Duration = Duration::from_secs(3);

/// What an outbox needs beside its settings.
#[derive(Clone)]
#[allow(missing_debug_implementations)] // what is around the run holds secrets
pub struct Setup {
    /// Where addresses are looked for.
    pub around: Surroundings,
    /// Further certification authorities.
    pub ca_file: Option<PathBuf>,
    /// How to wait before a request; `None` to sleep.
    pub sleep: Option<fn(Duration)>,
    /// How long notices may delay the run.
    pub limit: Duration,
    /// Whether monitors are told when the run begins and how it ends.
    pub pings: bool,
}

/// What became of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The place of its event among those that were sent.
    pub event: usize,
    /// The target.
    pub target: Target,
    /// Why it did not arrive; `None` if it did.
    pub fault: Option<Fault>,
}

/// A notice on its way to one target: the place of its event, the event, and until when it may be on its way.
type Job = (usize, Arc<Event>, Instant);

/// The targets, ready to be told.
#[derive(Debug)]
pub struct Outbox {
    settings: Settings,
    limit: Duration,
    pings: bool,
    targets: Vec<(Target, mpsc::Sender<Job>)>,
    answers: mpsc::Receiver<Delivery>,
}

impl Outbox {
    /// Makes the targets ready.
    pub fn open(settings: Settings, setup: &Setup) -> Self {
        let room = room(setup.limit);
        let http = |timeout: Duration, retries: u32| {
            let http = Http::new(http::Options {
                ca_file: setup.ca_file.clone(),
                timeout: Some(timeout),
                retries: Some(retries),
                sleep: setup.sleep,
                // No trace: it would hold nothing of an address, and so say nothing.
                ..http::Options::default()
            });
            http.map_err(|error| Fault::from(&error))
        };
        let (at_end, at_start) = (http(room, 1), http(room.min(START), 0));
        let (answer, answers) = mpsc::channel();
        let mut targets = Vec::new();
        for named in settings.targets.clone() {
            let worker = Worker {
                named,
                around: setup.around.clone(),
                http: at_end.clone(),
                at_start: at_start.clone(),
                settings: settings.clone(),
                pings: setup.pings,
            };
            let target = worker.named.target;
            targets.push((target, begin(target, answer.clone(), move |jobs, told| worker.work(&jobs, told))));
        }
        if !settings.command.is_empty() {
            let words = settings.command.clone();
            let work = move |jobs: mpsc::Receiver<Job>, told: &dyn Fn(usize, Option<Fault>)| {
                for (place, event, end) in jobs {
                    let left = end.saturating_duration_since(Instant::now());
                    told(place, send::to_command(&words, &event, left).err());
                }
            };
            targets.push((Target::Command, begin(Target::Command, answer, work)));
        }
        Self { settings, limit: setup.limit, pings: setup.pings, targets, answers }
    }

    /// Reports whether there is any target.
    pub fn has_targets(&self) -> bool {
        !self.targets.is_empty()
    }

    /// Tells every target what it is to know of these events, one after the other, and returns what became of each notice, by
    /// event and target. All of it takes as long as the outbox was given.
    pub fn send(self, events: Vec<Event>) -> Vec<Delivery> {
        let begun = Instant::now();
        let (end, gives_up) = (begun + self.limit, begun + room(self.limit));
        let events: Vec<Arc<Event>> = events.into_iter().map(Arc::new).collect();
        let mut open = Vec::new();
        for (target, jobs) in &self.targets {
            for (place, event) in events.iter().enumerate().filter(|(_, event)| self.takes(*target, event)) {
                // A thread that is gone does not answer either.
                let _ = jobs.send((place, Arc::clone(event), gives_up));
                open.push((place, *target));
            }
        }
        let mut deliveries = Vec::new();
        while !open.is_empty() {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(delivery) = self.answers.recv_timeout(left) else { break };
            open.retain(|known| *known != (delivery.event, delivery.target));
            deliveries.push(delivery);
        }
        deliveries.extend(open.into_iter().map(|(event, target)| {
            let fault = Fault::new(format!("{} did not answer in time", target.name()));
            Delivery { event, target, fault: Some(fault) }
        }));
        deliveries.sort_by_key(|delivery| (delivery.event, delivery.target));
        deliveries
    }

    /// Returns whether a target is to be told of an event. A monitor wants to hear of every run, and of nothing else.
    fn takes(&self, target: Target, event: &Event) -> bool {
        match (event.what, target) {
            (What::Test, _) => true,
            (What::RunEnded, Target::Ping) => self.pings,
            (What::RunDied, Target::Ping) => false,
            _ => self.settings.on.as_ref().is_none_or(|words| words.iter().any(|word| event.is(*word))),
        }
    }
}

/// Returns how long a target takes at most: one that is slow gives up before the run does, so that it can say why.
fn room(limit: Duration) -> Duration {
    limit * 9 / 10
}

/// Begins a thread for a target, and returns what brings it notices.
fn begin(
    target: Target,
    answer: mpsc::Sender<Delivery>,
    work: impl FnOnce(mpsc::Receiver<Job>, &dyn Fn(usize, Option<Fault>)) + Send + 'static,
) -> mpsc::Sender<Job> {
    let (jobs, waiting) = mpsc::channel();
    thread::spawn(move || {
        work(waiting, &|event, fault| {
            // Too late, nothing hears it any more.
            let _ = answer.send(Delivery { event, target, fault });
        });
    });
    jobs
}

/// One target that has an address.
struct Worker {
    named: Named,
    around: Surroundings,
    http: Result<Http, Fault>,
    /// What sends the ping that says that the run begins.
    at_start: Result<Http, Fault>,
    settings: Settings,
    pings: bool,
}

impl Worker {
    fn work(self, jobs: &mpsc::Receiver<Job>, told: &dyn Fn(usize, Option<Fault>)) {
        let Self { named: Named { target, places }, around, http, at_start, settings, pings } = self;
        let found = places.find(&around).map_err(|error| Fault::from(&error));
        let address = found.and_then(|secret| send::check_address(target.name(), &secret));
        let ready = address.and_then(|address| Ok((http?, address)));
        if let (Ok((_, address)), Ok(http), Target::Ping, true) = (&ready, &at_start, target, pings) {
            // A beginning that was not told is told by nothing; how the run ends is tried all the same.
            let _ = send::start(http, address, &settings.pings);
        }
        for (place, event, _) in jobs {
            let sent = match &ready {
                Ok((http, address)) => send::to_address(http, target, address, &event, &settings.pings),
                Err(fault) => Err(fault.clone()),
            };
            told(place, sent.err());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::TcpListener;

    use super::super::event::tests::failed;
    use super::super::settings::Pings;
    use super::*;
    use crate::secret::{NoKeyring, Places};

    /// A webhook alone.
    fn settings(places: Places<'static>) -> Settings {
        Settings {
            on: None,
            details: false,
            targets: vec![Named { target: Target::Webhook, places }],
            command: Vec::new(),
            pings: Pings { start: String::new(), success: String::new(), failure: String::new() },
        }
    }

    /// No time at all for notices.
    fn setup(variables: BTreeMap<String, String>) -> Setup {
        Setup {
            around: Surroundings { variables, keyring: Arc::new(NoKeyring), until: None },
            ca_file: None,
            sleep: None,
            limit: Duration::ZERO,
            pings: false,
        }
    }

    #[test]
    fn the_time_is_that_of_all_notices_together() {
        // It takes connections and never answers.
        let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}/", silent.local_addr().expect("an address"));
        let places = Places { service: "notify", name: "webhook", file: None, command: Vec::new() };
        let variables = BTreeMap::from([(places.variable(), address)]);
        let died = Event { what: What::RunDied, code: None, ..failed() };
        // A run that died does not add to it.
        let deliveries = Outbox::open(settings(places), &setup(variables)).send(vec![failed(), died]);
        assert_eq!(deliveries.iter().map(|one| one.event).collect::<Vec<_>>(), [0, 1]);
        assert!(deliveries.iter().all(|one| one.fault.is_some()), "{deliveries:?}");
    }

    #[cfg(unix)]
    #[test]
    fn an_address_may_take_as_long_as_any_secret() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let asked = folder.path().join("asked");
        let script = format!("echo > '{}'; echo http://127.0.0.1:1/", asked.display());
        let command = ["sh", "-c", &script].map(ToOwned::to_owned).into();
        let places = Places { service: "notify", name: "webhook", file: None, command };
        // The time of the notices begins when the run is over.
        let _outbox = Outbox::open(settings(places), &setup(BTreeMap::new()));
        let begun = Instant::now();
        while !asked.exists() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the command was not run");
            thread::yield_now();
        }
    }
}
