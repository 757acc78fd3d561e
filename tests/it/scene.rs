//! A world that goes back to its beginning again and again, and what a sync makes of it that nothing disturbs.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crsync_sandbox::{Flow, Moment, Saved, Seen, System};
use serde_json::Value;

use crate::conformance::KITS;
use crate::harness::{Run, World, signs_in};

/// What the services count and date by themselves.
const STAMPS: [&str; 5] =
    ["createDate", "lastActivityDate", "lastModifiedDate", "dateCreated", "dateModified"];

/// Returns the records that crsync writes: the system, its rows by id, and whether every value of them is looked at. Where
/// it is not, that they are there is: a plan that has nothing left to do speaks for the rest.
fn written_records() -> Vec<(&'static str, &'static str, bool)> {
    let portal = [("cloudradial", "companies", true), ("cloudradial", "users", true)];
    let own = [(KITS[0].part, "companies", true), (KITS[0].part, "contacts", true)];
    own.into_iter().chain(portal).chain(KITS[1..].iter().map(|kit| (kit.part, "contacts", false))).collect()
}

/// A world, and how it began.
pub(crate) struct Scene {
    pub(crate) world: World,
    /// The flags that choose companies.
    chosen: Vec<&'static str>,
    beginning: Saved,
    /// The ids of all records at the beginning.
    ids: BTreeSet<String>,
    /// What a sync makes of it that nothing disturbs.
    pub(crate) fair: Ending,
}

/// How a sync that nothing disturbs ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ending {
    /// Its exit code.
    pub(crate) code: u8,
    /// The records it leaves behind.
    pub(crate) records: Vec<String>,
    /// What it asked.
    pub(crate) asked: Vec<Seen>,
}

/// What was asked while a test listened.
pub(crate) type Asked = Arc<Mutex<Vec<Seen>>>;

/// A request that writes, by its journal entry: where, and whether it makes a record.
pub(crate) type Write = (System, bool);

impl Scene {
    /// A scene with the companies that `chosen` chooses.
    pub(crate) fn new(chosen: &[&'static str]) -> Self {
        let world = World::small();
        let beginning = world.sandbox.saved();
        let ids = rows(&written(&world)).map(|row| row.name()).collect();
        let mut scene = Self { world, chosen: chosen.to_vec(), beginning, ids, fair: Ending::default() };
        let asked = scene.listen();
        let run = scene.sync();
        assert!([0, 4].contains(&run.code), "{}", run.err);
        scene.fair = Ending { code: run.code, records: scene.records(), asked: taken(&asked) };
        scene
    }

    /// Goes back to the beginning: nothing was ever written, and no run is known.
    pub(crate) fn start_over(&self) {
        self.world.sandbox.restore(&self.beginning);
        self.world.sandbox.set_faults(Vec::new());
        self.world.sandbox.watch(|_, _| Flow::On);
        self.world.forget();
        self.world.clock.reset();
    }

    /// The arguments of a command for the companies of this scene.
    pub(crate) fn args(&self, command: &[&'static str]) -> Vec<&'static str> {
        [command, &self.chosen, &["--format", "json"]].concat()
    }

    /// Syncs within this process.
    pub(crate) fn sync(&self) -> Run {
        self.world.run(&self.args(&["sync", "--yes"]))
    }

    /// Keeps what is asked from now on.
    pub(crate) fn listen(&self) -> Asked {
        let asked = Asked::default();
        let own = Arc::clone(&asked);
        self.world.sandbox.watch(move |seen, moment| {
            if moment == Moment::Before {
                own.lock().unwrap_or_else(PoisonError::into_inner).push(seen.clone());
            }
            Flow::On
        });
        asked
    }

    /// Every record that crsync writes, as a line: without what services count by themselves, and with the
    /// address in the place of every id that was handed out since the beginning.
    pub(crate) fn records(&self) -> Vec<String> {
        let state = written(&self.world);
        let new: Vec<(&str, String)> = self.newcomers(&state).map(|row| (row.id, row.address())).collect();
        let mut lines: Vec<String> = rows(&state)
            .map(|row| {
                let values = if row.whole { plain(row.values).to_string() } else { String::new() };
                let line = format!("{} {values}", row.id);
                new.iter().fold(line, |line, (id, address)| line.replace(id, address))
            })
            .collect();
        lines.sort();
        lines
    }

    /// The addresses that were given to more than one new record of a system.
    pub(crate) fn doubled(&self) -> Vec<String> {
        let state = written(&self.world);
        let mut seen = BTreeSet::new();
        let new = self.newcomers(&state).map(|row| (row.system, row.address()));
        new.filter(|new| !seen.insert(new.clone())).map(|(_, address)| address).collect()
    }

    /// Whether every write to the PSA is one of its own in the journal. Other PSAs take several for one change.
    pub(crate) fn writes_one_by_one(&self) -> bool {
        !self.chosen.contains(&"--psa")
    }

    fn newcomers<'s>(&self, state: &'s Value) -> impl Iterator<Item = Row<'s>> {
        rows(state).filter(|row| !self.ids.contains(&row.name()))
    }

    /// What another sync would still do, and how it would exit.
    pub(crate) fn pending(&self) -> (u8, Vec<Value>) {
        let run = self.world.run(&self.args(&["diff", "--exit-code"]));
        let plan = run.json();
        let companies = plan["companies"].as_array().expect("companies");
        let changes = companies.iter().flat_map(|company| company["changes"].as_array().expect("changes"));
        (run.code, changes.cloned().collect())
    }

    /// The runs of the journal, the oldest first, each with its entries.
    pub(crate) fn journal(&self) -> Vec<Vec<Value>> {
        // Every PSA has its own journal.
        let psa = if self.writes_one_by_one() { &[][..] } else { &self.chosen[..2] };
        let log = self.world.run(&[&["log", "--format", "json"], psa].concat()).json();
        let entries = |run: &Value| {
            let id = run["header"]["id"].as_str().expect("an id");
            let run = self.world.run(&[&["log", id, "--format", "json"], psa].concat()).json();
            run["run"]["entries"].as_array().expect("entries").clone()
        };
        log["runs"].as_array().expect("runs").iter().map(entries).collect()
    }
}

/// Does `work` with every one of `points`, half of them on each of two threads with its own scene. Complains of
/// all that went wrong at once.
pub(crate) fn each<P: Sync>(
    chosen: &[&'static str],
    points: &[P],
    work: impl Fn(&Scene, &P) -> Result<(), String> + Sync,
) {
    let half = |first: usize| {
        let scene = Scene::new(chosen);
        let points = points.iter().skip(first).step_by(2);
        points.filter_map(|point| work(&scene, point).err()).collect::<Vec<String>>()
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        let mut wrong = half(0);
        wrong.extend(other.join().expect("the other half"));
        wrong
    });
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), points.len(), wrong.join("\n"));
}

/// Waits for whatever a process that is dead by now had sent to the sandbox, which answers in the order in which
/// it is asked.
pub(crate) fn let_arrive(world: &World) {
    let host = world.sandbox.url().trim_start_matches("http://");
    // Connections are accepted in one round, and read in the next.
    for _ in 0..3 {
        let mut stream = TcpStream::connect(host).expect("a sandbox");
        stream.write_all(b"GET / HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\n\r\n").expect("sent");
        stream.read_to_end(&mut Vec::new()).expect("an answer");
    }
}

/// What was asked, and nothing of it from then on.
pub(crate) fn taken(asked: &Asked) -> Vec<Seen> {
    std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What `seen` writes, if it writes.
pub(crate) fn write(seen: &Seen) -> Option<Write> {
    let reads = ["/query", "$batch"].iter().any(|end| seen.path.ends_with(end)) || signs_in(seen);
    (seen.method != "GET" && !reads).then(|| (seen.system, seen.method == "POST"))
}

/// What a journal entry announces that may have been sent.
pub(crate) fn announced(entry: &Value) -> Option<Write> {
    let settled = &entry["settled"];
    let left_alone = settled["attempts"] == 0 && settled["by"].is_null();
    let system = match entry["change"]["record"]["kind"].as_str() {
        Some("contact" | "psa-company") => System::AUTOTASK,
        _ => System::CLOUDRADIAL,
    };
    (settled.is_null() || !left_alone).then(|| (system, entry["change"]["action"] == "create"))
}

/// A record that crsync may write.
struct Row<'s> {
    system: &'static str,
    id: &'s str,
    values: &'s Value,
    whole: bool,
}

impl Row<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.system, self.id)
    }

    /// Returns the person that a new record is for: the first address in it.
    fn address(&self) -> String {
        let text = self.values.to_string();
        let is_address = |word: &&str| word.contains('@') && !word.starts_with('@');
        text.split(['"', ' ']).find(is_address).expect("a new record has an address").to_owned()
    }
}

/// The state of the systems that crsync writes records of.
pub(crate) fn written(world: &World) -> Value {
    let systems = System::all().filter(|system| ![System::ENTRA, System::GRAPH].contains(system));
    let part = |system: System| (system.name().to_owned(), world.sandbox.snapshot_of(system));
    Value::Object(systems.map(part).collect())
}

fn rows(state: &Value) -> impl Iterator<Item = Row<'_>> {
    let rows = |(system, name, whole): (&'static str, &str, bool)| {
        let rows = state[system][name].as_object().expect("rows by id").iter();
        rows.map(move |(id, values)| Row { system, id, values, whole })
    };
    written_records().into_iter().flat_map(rows)
}

/// A record without what its service counts and dates by itself.
fn plain(row: &Value) -> Value {
    let mut row = row.clone();
    for place in ["", "/fields"] {
        if let Some(fields) = row.pointer_mut(place).and_then(Value::as_object_mut) {
            fields.retain(|name, _| !STAMPS.contains(&name.as_str()));
        }
    }
    row
}
