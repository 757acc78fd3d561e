//! Whenever a sync is killed, the next one ends where a single one would have ended: nothing is lost, nothing is
//! done twice, and the journal knows of everything that was sent.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crsync_sandbox::{Flow, Moment, Seen};
use serde_json::Value;

use crate::conformance::contoso;
use crate::harness::World;
use crate::scene::{self, Scene, announced, each, taken};

/// Creates, updates, a portal user that needs the id of a contact that is made before, and deactivations.
const CONTOSO: &[&str] = &["--company", "Contoso"];

/// Everybody but the large client, who differs in nothing but size.
const ALL: &[&str] = &[
    "--company",
    "Contoso",
    "--company",
    "Fabrikam",
    "--company",
    "Northwind",
    "--company",
    "Tailspin Toys",
    "--company",
    "Wingtip Toys",
];

/// When a run is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kill {
    /// It is not.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    Never,
    /// At its n-th request, from 1.
    Request(usize, Moment),
    /// At its n-th request that writes.
    Write(usize, Moment),
    /// At its n-th request that writes, which is carried out when the sandbox is told to.
    Late(usize),
    /// At its n-th write to the journal's files.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    Journal(usize, Moment),
}

/// Syncs in a process of its own that is killed, and gives back how it ended and what it asked.
pub(crate) fn killed(world: &World, command: &mut Command, kill: Kill) -> (ExitStatus, Vec<Seen>) {
    let victim: Arc<Mutex<Option<Child>>> = Arc::default();
    let asked = scene::Asked::default();
    let (place, own, count) = (Arc::clone(&victim), Arc::clone(&asked), AtomicUsize::new(0));
    world.sandbox.watch(move |seen, moment| {
        let is_counted = match kill {
            Kill::Write(..) | Kill::Late(_) => scene::write(seen).is_some(),
            Kill::Request(..) => true,
            #[cfg(all(target_os = "linux", target_env = "gnu"))]
            Kill::Never | Kill::Journal(..) => true,
        };
        if moment == Moment::Before {
            lock(&own).push(seen.clone());
            count.fetch_add(usize::from(is_counted), Ordering::SeqCst);
        }
        let is_now = match kill {
            Kill::Request(nth, at) | Kill::Write(nth, at) => {
                is_counted && at == moment && nth == count.load(Ordering::SeqCst)
            }
            Kill::Late(nth) => is_counted && moment == Moment::Before && nth == count.load(Ordering::SeqCst),
            #[cfg(all(target_os = "linux", target_env = "gnu"))]
            Kill::Never | Kill::Journal(..) => false,
        };
        if !is_now {
            return Flow::On;
        }
        let mut child = lock(&place);
        let child = child.as_mut().expect("the process that asks");
        child.kill().and_then(|()| child.wait()).expect("a process to kill");
        if matches!(kill, Kill::Late(_)) { Flow::Later } else { Flow::HangUp }
    });
    let mut place = lock(&victim);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("crsync");
    let mut pipe = child.stderr.take().expect("a pipe");
    *place = Some(child);
    drop(place);
    let mut said = String::new();
    pipe.read_to_string(&mut said).expect("what it says until it is gone");
    let status = lock(&victim).as_mut().expect("begun").wait().expect("an end");
    let told = status.code().is_some_and(|code| [0, 4, 5].contains(&code));
    assert!(was_killed(status) || told, "{kill:?}: {status}\n{said}");
    scene::let_arrive(world);
    (status, taken(&asked))
}

/// Whether the process was killed.
#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(9)
}

/// Whether the process was killed: Windows says so by the exit code that the killer chose.
#[cfg(not(unix))]
fn was_killed(status: ExitStatus) -> bool {
    status.code() == Some(1)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn sync(scene: &Scene) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command.arg("--config").arg(scene.world.config()).args(scene.args(&["sync", "--yes"]));
    command.env_clear().envs(&scene.world.env);
    command
}

/// Begins anew, lets a run be killed at each of `kills`, and then one come to its end. What is wrong afterwards?
/// The number of runs that were killed otherwise.
fn survives(scene: &Scene, mut command: Command, kills: &[Kill]) -> Result<usize, String> {
    scene.start_over();
    let mut asked = Vec::new();
    let mut dead = 0;
    for kill in kills {
        let (status, seen) = killed(&scene.world, &mut command, *kill);
        dead += usize::from(was_killed(status));
        asked.push(seen);
        command = sync(scene);
    }
    let wrong = |what: String| Err(format!("{kills:?}: {what}"));
    // One that comes at once holds back who may still get a record, and one that comes later settles that.
    for is_last in [false, true] {
        let listening = scene.listen();
        let run = scene.sync();
        asked.push(taken(&listening));
        if !scene.doubled().is_empty() {
            return wrong(format!("two new records for {:?}", scene.doubled()));
        }
        if ![0, 4, scene.fair.code].contains(&run.code) {
            return wrong(format!("the run after it exits with {}: {}", run.code, run.err));
        }
        if !is_last {
            scene.world.let_requests_end();
        }
    }
    let records = scene.records();
    if records != scene.fair.records {
        return wrong(difference(&scene.fair.records, &records));
    }
    let (code, changes) = scene.pending();
    if code != scene.fair.code || !changes.is_empty() {
        return wrong(format!("a diff exits with {code} and would still do {changes:?}"));
    }
    if !scene.doubled().is_empty() {
        return wrong(format!("two new records for {:?}", scene.doubled()));
    }
    let journal = scene.journal();
    let lacks = if scene.writes_one_by_one() { covered(&asked, &journal) } else { unsettled(&journal) };
    lacks.map_or(Ok(dead), wrong)
}

/// What the journal does not know the end of.
fn unsettled(journal: &[Vec<Value>]) -> Option<String> {
    let open = journal.iter().flatten().find(|entry| entry["settled"].is_null())?;
    Some(format!("{} is not settled", open["change"]["key"]))
}

/// What the journal lacks: an intent for every write of every run, and a result for every intent.
fn covered(asked: &[Vec<Seen>], journal: &[Vec<Value>]) -> Option<String> {
    // A run that was killed before it could write down that it begins has asked for nothing but data.
    let silent = asked.len() - journal.len();
    let (without, with) = asked.split_at(silent);
    if let Some(write) = without.iter().flatten().find(|seen| scene::write(seen).is_some()) {
        return Some(format!("{write:?} is of a run that the journal does not know"));
    }
    if let Some(open) = unsettled(journal) {
        return Some(open);
    }
    for (run, (asked, entries)) in with.iter().zip(journal).enumerate() {
        let mut intents = BTreeMap::new();
        for (system, creates) in entries.iter().filter_map(announced) {
            *intents.entry((system.name(), creates)).or_insert(0) += 1;
        }
        for seen in asked {
            let Some((system, creates)) = scene::write(seen) else { continue };
            let left: &mut usize = intents.entry((system.name(), creates)).or_default();
            match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => return Some(format!("{seen:?} of run {run} was never announced")),
            }
        }
    }
    None
}

fn difference(expected: &[String], found: &[String]) -> String {
    let only = |one: &[String], other: &[String]| {
        one.iter().filter(|line| !other.contains(line)).cloned().collect::<Vec<_>>().join("\n  ")
    };
    format!("\n  lost: {}\n  left: {}", only(expected, found), only(found, expected))
}

fn around(points: usize, kill: fn(usize, Moment) -> Kill) -> Vec<Kill> {
    (1..=points).flat_map(|nth| [Moment::Before, Moment::After].map(|moment| kill(nth, moment))).collect()
}

/// Kills a run at each of `points`. Nearly all of them have to be met: only the last ones may be missed, by a run
/// that needs a little less.
fn sweep(chosen: &[&'static str], points: &[Kill], command: impl Fn(&Scene, Kill) -> Command + Sync) {
    let met = AtomicUsize::new(0);
    each(chosen, points, |scene, kill| {
        met.fetch_add(survives(scene, command(scene, *kill), &[*kill])?, Ordering::SeqCst);
        Ok(())
    });
    let met = met.into_inner();
    assert!(met * 20 >= points.len() * 19, "only {met} of {} runs were killed", points.len());
}

fn at_every_request(chosen: &[&'static str]) {
    let requests = Scene::new(chosen).fair.asked.len();
    sweep(chosen, &around(requests, Kill::Request), |scene, _| sync(scene));
}

#[test]
fn a_run_that_nothing_disturbs_announces_exactly_what_it_sends() {
    let scene = Scene::new(CONTOSO);
    let journal = scene.journal();
    let mut intents: Vec<_> = journal.iter().flatten().filter_map(announced).map(key).collect();
    let mut writes: Vec<_> = scene.fair.asked.iter().filter_map(scene::write).map(key).collect();
    intents.sort_unstable();
    writes.sort_unstable();
    assert_eq!(intents, writes);
    assert!(writes.len() > 12 && covered(std::slice::from_ref(&scene.fair.asked), &journal).is_none());
    assert!(covered(&[[scene.fair.asked.clone(), scene.fair.asked.clone()].concat()], &journal).is_some());
}

fn key((system, creates): scene::Write) -> (&'static str, bool) {
    (system.name(), creates)
}

#[test]
fn a_run_that_is_killed_at_any_request_loses_nothing_and_doubles_nothing() {
    at_every_request(CONTOSO);
}

/// Returns the flags that choose Contoso on the other PSAs, where a change may take several requests.
fn others() -> impl Iterator<Item = Vec<&'static str>> {
    contoso().skip(1)
}

#[test]
fn nor_does_a_run_on_any_other_psa_that_is_killed_at_a_write() {
    for chosen in &others().collect::<Vec<_>>() {
        let writes = Scene::new(chosen).fair.asked.iter().filter(|seen| scene::write(seen).is_some()).count();
        sweep(chosen, &around(writes, Kill::Write), |scene, _| sync(scene));
    }
}

/// `cargo test --test it crash -- --ignored` runs what takes minutes.
#[test]
#[ignore = "takes minutes"]
fn nor_does_a_run_on_any_other_psa_that_is_killed_at_any_request() {
    others().for_each(|chosen| at_every_request(&chosen));
}

#[test]
#[ignore = "takes minutes"]
fn nor_does_a_run_for_all_companies() {
    at_every_request(ALL);
}

/// The journal as the operating system sees it: writes to the database and its log.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) mod journal {
    use std::path::PathBuf;
    use std::process::Command;

    use crsync_sandbox::Moment;
    use tempfile::TempDir;

    use super::{ALL, CONTOSO, Kill, each, killed, survives, sweep, sync};
    use crate::scene::Scene;

    /// `crash.c`, ready to be loaded into a process.
    pub(crate) struct Shim {
        pub(crate) library: PathBuf,
        folder: TempDir,
    }

    impl Shim {
        pub(crate) fn new() -> Self {
            let folder = tempfile::tempdir().expect("a scratch folder");
            let library = folder.path().join("crash.so");
            let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/crash.c");
            let mut compiler = Command::new("cc");
            compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).args([source, "-ldl"]);
            assert!(compiler.status().expect("a C compiler").success());
            Self { library, folder }
        }

        /// A sync that dies when `kill` says.
        fn sync(&self, scene: &Scene, kill: Kill) -> Command {
            let mut command = sync(scene);
            command.env("LD_PRELOAD", &self.library);
            match kill {
                Kill::Journal(nth, Moment::Before) => command.env("CRASH_AT", nth.to_string()),
                Kill::Journal(nth, Moment::After) => command.env("CRASH_AT", format!("-{nth}")),
                _ => &mut command,
            };
            command
        }

        /// Before and after every commit, and before every `sparse`-th write of bytes. After one is before the
        /// next: nothing else happens in between.
        fn points(&self, chosen: &[&'static str], sparse: usize) -> Vec<Kill> {
            let scene = Scene::new(chosen);
            scene.start_over();
            let told = self.folder.path().join("told");
            let mut command = self.sync(&scene, Kill::Never);
            killed(&scene.world, command.env("CRASH_TELL", &told), Kill::Never);
            let told = std::fs::read_to_string(told).expect("what was written");
            let places =
                |letter| (1..).zip(told.chars()).filter(move |(_, it)| *it == letter).map(|(nth, _)| nth);
            let commits = places('s').flat_map(|nth| [(nth, Moment::Before), (nth, Moment::After)]);
            let bytes = places('w').step_by(sparse).map(|nth| (nth, Moment::Before));
            let mut points: Vec<_> = commits.chain(bytes).collect();
            assert!(points.len() > 100, "two commits for every change, before and after: {told}");
            points.sort_by_key(|(nth, moment)| (*nth, *moment == Moment::After));
            points.into_iter().map(|(nth, moment)| Kill::Journal(nth, moment)).collect()
        }
    }

    fn at_every_commit(chosen: &[&'static str], sparse: usize) {
        let shim = Shim::new();
        sweep(chosen, &shim.points(chosen, sparse), |scene, kill| shim.sync(scene, kill));
    }

    #[test]
    fn a_run_that_is_killed_at_any_commit_loses_nothing_and_doubles_nothing() {
        at_every_commit(CONTOSO, 4);
    }

    #[test]
    #[ignore = "takes minutes"]
    fn nor_does_a_run_for_all_companies() {
        at_every_commit(ALL, 1);
    }

    #[test]
    fn a_run_may_be_killed_while_it_makes_up_for_one_that_was_killed() {
        let shim = Shim::new();
        let points = shim.points(CONTOSO, 1);
        let points: Vec<(Kill, Moment)> =
            points.into_iter().step_by(17).zip([Moment::Before, Moment::After].into_iter().cycle()).collect();
        each(CONTOSO, &points, |scene, (first, moment)| {
            let kills = [*first, Kill::Write(1, *moment)];
            survives(scene, shim.sync(scene, *first), &kills).map(drop)
        });
    }
}
