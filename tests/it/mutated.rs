//! Answers of every kind of call, changed at random: nothing panics, every run ends, and no write rests on a value that
//! was not in the answer.
//!
//! The cases are the same in every run. `CRSYNC_CASES` sets how many there are for each PSA.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Arc, Mutex};

use crsync_sandbox::{Answered, Effect, Fault, Seen, System};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::conformance::{Kit, each};
use crate::harness::{World, client};

/// Cases for each PSA.
const CASES: u64 = 90;

/// Exit codes that a run may end with whatever the services answer: done, partly done, conflicts, guards, stale, side
/// unread, and a service that refuses.
const ENDS: [u8; 8] = [0, 1, 3, 4, 5, 6, 7, 8];

/// What becomes of a value. The first ones take something away, so nothing may be concluded; the others tell another
/// story, which may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mutation {
    DropKey,
    DropItem,
    OtherType,
    Truncated,
    Null,
    Huge,
    Doubled,
    Swapped,
    Reversed,
}

const MUTATIONS: [Mutation; 9] = [
    Mutation::DropKey,
    Mutation::DropItem,
    Mutation::OtherType,
    Mutation::Truncated,
    Mutation::Null,
    Mutation::Huge,
    Mutation::Doubled,
    Mutation::Swapped,
    Mutation::Reversed,
];

impl Mutation {
    /// Whether it takes something away and puts nothing in its place.
    fn takes_away(self) -> bool {
        matches!(self, Self::DropKey | Self::DropItem | Self::OtherType | Self::Truncated | Self::Null)
    }
}

/// A call of a recorded run, and its answer.
#[derive(Clone)]
struct Call {
    seen: Seen,
    answer: Value,
}

/// People who are written in several ways by the first sync: made, linked, filled in.
const PEOPLE: &str = r#"
[[person]]
user = { upn = "ann.made@alder.example", first = "Ann", last = "Made", title = "Clerk", phone = "+1 202 555 0111" }

[[person]]
like-user = ["portal"]
user = { upn = "bob.linked@alder.example", first = "Bob", last = "Linked", title = "Smith", mobile = "+1 202 555 0112" }
contact = { first = "Bob", last = "Linked", email = "bob.linked@alder.example" }

[[person]]
contact = { first = "Cem", last = "Alone", email = "cem.alone@alder.example", title = "Baker" }
"#;

/// A world, what crsync remembers of it, the calls of a run over it, and what that run led to.
struct Scene {
    world: World,
    /// The folder with what crsync remembers at the beginning.
    kept: &'static str,
    saved: crsync_sandbox::Saved,
    calls: Vec<Call>,
    before: Value,
    after: Value,
}

impl Scene {
    /// A world of which much is written, and the same once its sides agree and nothing is.
    fn both(kit: &Kit) -> [Self; 2] {
        let fresh = Self::of(kit, Self::world(), "fresh");
        let world = Self::world();
        assert_eq!(world.sync(&["--psa", kit.id]).code, 0, "{}", kit.id);
        let agreed = Self::of(kit, world, "agreed");
        assert!(fresh.before != fresh.after && agreed.before == agreed.after, "{}", kit.id);
        [fresh, agreed]
    }

    fn world() -> World {
        let world = World::of(&[client("Alder", 20, 6, PEOPLE), client("Birch", 21, 3, "")]);
        let caps = "retries = 0\nmax-pages = 30\nmax-records = 3000\nmax-answer = 2";
        world.configure(|text| format!("{caps}\n{text}"));
        world
    }

    /// Records a run over the world as it is.
    fn of(kit: &Kit, world: World, kept: &'static str) -> Self {
        std::fs::create_dir_all(world.state()).expect("a writable folder");
        copy(&world.state(), &world.path(kept));
        let (saved, before) = (world.sandbox.saved(), plain(kit, &world.sandbox.snapshot()));
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let record = Arc::clone(&calls);
        let listen = Effect::rewrite(move |seen, answer| {
            if let Ok(answer) = serde_json::from_slice(&answer.body) {
                record.lock().expect("no panic").push(Call { seen: seen.clone(), answer });
            }
        });
        let fault = |system| Fault { system, path: String::new(), nth: None, effect: listen.clone() };
        world.sandbox.set_faults(System::all().map(fault).collect());
        let run = world.sync(&["--psa", kit.id]);
        assert_eq!(run.code, 0, "{}: {}{}", kit.id, run.out, run.err);
        world.sandbox.set_faults(Vec::new());
        let mut calls = calls.lock().expect("no panic").clone();
        // Sides are read at the same time; the cases shall be the same ones all the same.
        calls.sort_by_key(|call| (call.seen.system.name(), call.seen.method.clone(), call.seen.path.clone()));
        assert!(calls.len() > 5, "{}: {} calls", kit.id, calls.len());
        let after = plain(kit, &world.sandbox.snapshot());
        Self { world, kept, saved, calls, before, after }
    }

    /// Takes the services and what crsync remembers back to where they were.
    fn back(&self) {
        self.world.sandbox.restore(&self.saved);
        self.world.forget();
        copy(&self.world.path(self.kept), &self.world.state());
    }
}

/// Copies the files of a folder.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a writable folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("a writable file");
        }
    }
}

/// The records of the services without what every write stamps on them.
fn plain(kit: &Kit, state: &Value) -> Value {
    let mut parts = json!({});
    for (part, records) in [
        (kit.part, ["contacts", "companies"]),
        ("cloudradial", ["users", "companies"]),
        ("graph", ["tenants", "x"]),
    ] {
        for name in records {
            parts[part][name] = state[part][name].clone();
        }
    }
    for (part, stamps) in [(kit.part, kit.stamps), ("cloudradial", &["/dateModified"])] {
        let records = parts[part].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut);
        for record in records.filter_map(Value::as_object_mut).flat_map(serde_json::Map::values_mut) {
            for stamp in stamps {
                if let Some(stamp) = record.pointer_mut(stamp) {
                    *stamp = Value::Null;
                }
            }
        }
    }
    parts
}

/// The places of all values below `value`.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, value)| places(value, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// Changes `answer` at a place that `seed` chooses; what was changed, and how.
fn mutate(answer: &mut Value, mutation: Mutation, seed: u64) -> String {
    let mut rng = Rng::with_seed(seed);
    let mut all = Vec::new();
    places(answer, "", &mut all);
    let fits = |place: &&String| match (mutation, answer.pointer(place)) {
        (Mutation::DropKey, Some(Value::Object(map))) => !map.is_empty(),
        (Mutation::DropItem | Mutation::Truncated | Mutation::Doubled, Some(Value::Array(items))) => {
            !items.is_empty()
        }
        (Mutation::Swapped, Some(Value::Object(map))) => map.len() > 1,
        (Mutation::Reversed, Some(Value::Array(items))) => items.len() > 1,
        (Mutation::OtherType | Mutation::Null | Mutation::Huge, Some(value)) => {
            !value.is_object() || !place.is_empty()
        }
        _ => false,
    };
    let fitting: Vec<&String> = all.iter().filter(fits).collect();
    let Some(place) = rng.choice(fitting).cloned() else { return String::new() };
    let Some(value) = answer.pointer_mut(&place) else { return String::new() };
    let mut what = place.clone();
    match value {
        Value::Object(map) if !map.is_empty() => {
            let keys: Vec<String> = map.keys().cloned().collect();
            let (one, two) = (&keys[rng.usize(..keys.len())], &keys[rng.usize(..keys.len())]);
            what = format!("{place} {one} {two}");
            match mutation {
                Mutation::DropKey => drop(map.remove(one)),
                Mutation::Swapped => {
                    let (first, second) = (map[one].clone(), map[two].clone());
                    map[one] = second;
                    map[two] = first;
                }
                _ => *value = scalar(mutation, &mut rng),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let index = rng.usize(..items.len());
            match mutation {
                Mutation::DropItem => drop(items.remove(index)),
                Mutation::Truncated => items.truncate(index),
                Mutation::Doubled => items.insert(index, items[index].clone()),
                Mutation::Reversed => items.reverse(),
                _ => *value = scalar(mutation, &mut rng),
            }
        }
        plain => *plain = scalar(mutation, &mut rng),
    }
    what
}

/// Another value in the place of one.
fn scalar(mutation: Mutation, rng: &mut Rng) -> Value {
    let huge = [
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!("9".repeat(40)),
        json!("x".repeat(70_000)),
        json!("9999-12-31T23:59:59.999Z"),
        json!("-9999-01-01T00:00:00Z"),
    ];
    match mutation {
        Mutation::Null => Value::Null,
        Mutation::Huge => huge[rng.usize(..huge.len())].clone(),
        _ => [json!({}), json!([]), json!({"value": [1]}), json!([[]])][rng.usize(..4)].clone(),
    }
}

fn cases() -> u64 {
    std::env::var("CRSYNC_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

/// Runs a sync over answers that were changed, and looks at what became of the services.
fn run(scene: &Scene, kit: &Kit, case: u64) {
    let mut rng = Rng::with_seed(case.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let call = &scene.calls[rng.usize(..scene.calls.len())];
    let mutation = MUTATIONS[rng.usize(..MUTATIONS.len())];
    let (always, seed) = (rng.bool(), rng.u64(..));
    let mut told = call.answer.clone();
    let what = format!("{} case {case}: {mutation:?} {}", kit.id, mutate(&mut told, mutation, seed));
    let what = format!("{what} in {} {} (always: {always})", call.seen.method, call.seen.path);
    scene.back();
    let change = move |_: &Seen, answer: &mut Answered| {
        if let Ok(mut value) = serde_json::from_slice(&answer.body) {
            mutate(&mut value, mutation, seed);
            answer.body = value.to_string().into_bytes();
        }
    };
    let effect = Effect::rewrite(change);
    let nth = (!always).then_some(1);
    scene.world.sandbox.set_faults(vec![Fault {
        system: call.seen.system,
        path: call.seen.path.clone(),
        nth,
        effect,
    }]);
    let asked = scene.world.sandbox.requests().len();
    let run = scene.world.sync(&["--psa", kit.id]);
    scene.world.sandbox.set_faults(Vec::new());
    let said = || format!("\n{}{}", run.out, run.err);
    assert!(ENDS.contains(&run.code), "{what}: exit code {}{}", run.code, said());
    assert!(!run.err.contains("fault of crsync"), "{what}: {}", said());
    assert!(run.code == 0 || !run.err.is_empty() || !run.out.is_empty(), "{what}: nothing was said");
    let after = plain(kit, &scene.world.sandbox.snapshot());
    for (part, records) in [(kit.part, "contacts"), ("cloudradial", "users")] {
        let count = |state: &Value| state[part][records].as_object().map(serde_json::Map::len);
        assert!(count(&after) >= count(&scene.before), "{what}: records are gone{}", said());
        let most = count(&scene.after);
        assert!(!mutation.takes_away() || count(&after) <= most, "{what}: records are made twice{}", said());
    }
    if mutation.takes_away() {
        // Every value is one that was there, or that an undisturbed run puts there.
        let strange = difference(&scene.before, &scene.after, &after);
        assert!(strange.is_none(), "{what}: {}{}", strange.unwrap_or_default(), said());
    }
    let is_blank_when_missing =
        kit.blank_when_missing && call.seen.system == kit.system || what.contains("/properties ");
    if mutation == Mutation::DropKey && scene.before == scene.after && !is_blank_when_missing {
        let requests = scene.world.sandbox.requests();
        let written = requests[asked..].iter().find(|seen| is_write(seen));
        assert!(written.is_none(), "{what}: {written:?}{}", said());
    }
}

/// Whether a request changes a record: questions are asked by POST as well.
fn is_write(seen: &Seen) -> bool {
    const QUESTIONS: [&str; 5] = ["/query", "$batch", "security/", "token", "/deviceauth"];
    seen.method != "GET" && !QUESTIONS.iter().any(|question| seen.path.contains(question))
}

/// The first place where a state has a value that neither it had before nor an undisturbed run gives it. New records are
/// under ids of their own, so they are counted and not compared.
fn difference(before: &Value, undisturbed: &Value, after: &Value) -> Option<String> {
    let mut all = Vec::new();
    places(before, "", &mut all);
    let leaf = |value: Option<&Value>| !value.is_some_and(|value| value.is_object() || value.is_array());
    let differs = |place: &&String| {
        let (old, new) = (before.pointer(place), after.pointer(place));
        new != old && new != undisturbed.pointer(place) && (leaf(old) || leaf(new))
    };
    let place = all.iter().find(differs)?;
    Some(format!("{place}: {:?} became {:?}", before.pointer(place), after.pointer(place)))
}

#[test]
fn nothing_is_written_that_rests_on_what_was_not_in_an_answer() {
    each(|kit| {
        let scenes = Scene::both(kit);
        let fails = |case: &u64| {
            let scene = &scenes[usize::from(!case.is_multiple_of(3))];
            panic::catch_unwind(AssertUnwindSafe(|| run(scene, kit, *case))).is_err()
        };
        let failed: Vec<u64> = (0..cases()).filter(fails).collect();
        assert!(failed.is_empty(), "{}: cases {failed:?}", kit.id);
    });
}
