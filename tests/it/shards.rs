//! Machines that share the companies out, each with a state of its own, do together what one run does; and what a part
//! loses when the number of parts changes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use crsync::plan::Report;
use serde_json::Value;

use crate::harness::{World, client, run};

/// Eight clients, in each of which one person is new.
fn clients() -> Vec<String> {
    let new = |number: usize| {
        let user = format!("upn = \"nia.new@client{number}.example\", first = \"Nia\", last = \"New\"");
        let people = format!("[[person]]\nsituation = \"new\"\nuser = {{ {user} }}\n");
        client(&format!("Client{number}"), 20 + number, 3, &people)
    };
    (0..8).map(new).collect()
}

/// The environment of a machine whose state is in this folder.
fn with_state(world: &World, folder: &str) -> BTreeMap<String, String> {
    let mut env = world.env.clone();
    env.insert("CRSYNC_STATE".to_owned(), world.path(folder).display().to_string());
    env
}

/// The runs in a state folder.
fn journal(world: &World, env: &BTreeMap<String, String>) -> Vec<Report> {
    let config = world.config().display().to_string();
    let log = |args: &[&str]| {
        let all = [&["crsync", "--config", &config, "log", "--format", "json"], args].concat();
        run(&all, None, env).json()
    };
    let runs = log(&[])["runs"].clone();
    let ids = runs.as_array().expect("a list").iter().map(|run| run["header"]["id"].clone());
    let report = |id: Value| log(&[id.as_str().expect("an id")])["run"].clone();
    ids.map(|id| serde_json::from_value(report(id)).expect("a run")).collect()
}

/// What runs did, and what else they said, without what depends on the order of the writes.
fn told(reports: &[Report]) -> Vec<String> {
    let entries = reports.iter().flat_map(|report| &report.entries).map(|entry| {
        let how = entry.settled.as_ref().map(|settled| settled.how.name());
        format!("{} {} {}: {how:?}", entry.company, entry.change.action, entry.change.key.0)
    });
    let companies = reports.iter().flat_map(|report| &report.companies);
    let companies =
        companies.map(|part| format!("{}: {} people, {} agree", part.name, part.people, part.in_agreement));
    let mut told: Vec<String> = entries.chain(companies).collect();
    told.sort();
    told
}

/// A sync of this part in a process of its own.
fn begin(world: &World, part: &str, env: &BTreeMap<String, String>) -> std::process::Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command.arg("--config").arg(world.config()).args(["sync", "--yes", "--shard", part]);
    command.env_clear().envs(env).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program")
}

#[test]
fn processes_with_a_state_each_add_up_to_one_run() {
    let whole = World::of(&clients());
    let one = whole.sync(&[]);
    assert_eq!(one.code, 0, "{}{}", one.out, one.err);
    let expected = told(&journal(&whole, &whole.env));
    assert!(expected.len() > 16, "{expected:?}");

    for of in [2, 3, 5] {
        let world = World::of(&clients());
        let states: Vec<_> = (0..of).map(|index| with_state(&world, &format!("state-{index}"))).collect();
        // As a scheduler counts that begins at 0.
        let begun: Vec<_> =
            (0..of).map(|index| begin(&world, &format!("{index}+1/{of}"), &states[index])).collect();
        for mut child in begun {
            assert_eq!(child.wait().expect("a process").code(), Some(0));
        }
        let journals: Vec<Report> = states.iter().flat_map(|env| journal(&world, env)).collect();
        let parts: Vec<_> = journals.iter().filter_map(|report| report.header.shard.clone()).collect();
        assert_eq!(parts, (1..=of).map(|part| format!("{part}/{of}")).collect::<Vec<_>>());
        assert_eq!(told(&journals), expected, "{of} parts");
        assert_eq!(world.writes().len(), whole.writes().len());
        // Whatever the number of parts, the next night has nothing to do.
        assert_eq!(world.diff(&["--exit-code"]).code, 0);
    }
}

/// Copies a folder whose files no process has open.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a writable folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a writable folder");
        }
    }
}

/// Takes the first person of Alder the licence away that counts, and leaves a free one.
fn leave(world: &World) {
    let free = serde_json::json!([{"skuId": "f30db892-07e9-47e9-837c-80727f46fd3d", "disabledPlans": []}]);
    world.edit(|state| {
        let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id");
        let alder = tenants.values_mut().find(|tenant| tenant["name"] == "Alder").expect("the client");
        alder["users"][0]["assignedLicenses"] = free;
    });
}

/// The plan of a part with this state.
fn plan(world: &World, env: &BTreeMap<String, String>, part: &str) -> Value {
    let config = world.config().display().to_string();
    run(&["crsync", "--config", &config, "diff", "--format", "json", "--shard", part], None, env).json()
}

/// How many records a plan takes out of service.
fn leaving(plan: &Value) -> u64 {
    let changes = plan["totals"]["changes"]["deactivate"].as_object();
    changes.map_or(0, |kinds| kinds.values().filter_map(Value::as_u64).sum())
}

#[test]
fn a_part_with_a_new_state_does_not_know_which_licences_counted_and_one_with_a_copy_does() {
    let world = World::of(&[client("Alder", 20, 12, "")]);
    assert_eq!(world.sync(&[]).code, 0);
    leave(&world);
    let is_of = |part: &&&str| plan(&world, &world.env, part)["totals"]["companies"] == 1;
    let part = ["1/2", "2/2"].iter().find(is_of).expect("one of the two has it");
    let (new, copied) = (with_state(&world, "new"), with_state(&world, "copied"));
    copy(&world.state(), Path::new(&copied["CRSYNC_STATE"]));
    let known = leaving(&plan(&world, &world.env, part));
    assert!(known > 0, "the state that saw the person");
    assert_eq!(leaving(&plan(&world, &new, part)), 0, "a state that saw no one");
    assert_eq!(leaving(&plan(&world, &copied, part)), known, "a copy of the state");
}
