//! `crsync undo RUN` takes a run back, except for what was changed since.

use std::ffi::OsString;

use crsync::cli::{self, Io};
use crsync::plan::{Purpose, Settlement};
use crsync_sandbox::{Effect, System};
use serde_json::{Map, Value, json};

use crate::harness::{World, fates, settled};

const CONTOSO: &[&str] = &["--company", "Contoso"];

/// What the services stamp on a record by themselves.
const STAMPS: [&str; 4] =
    ["dateModified", "lastActivityDate", "lastModifiedDate", "lastTrackedModifiedDateTime"];

/// The records of the systems that are written, by system, kind and id, without what the services stamp.
fn records(world: &World) -> Map<String, Value> {
    let state = world.sandbox.snapshot();
    let kinds = [
        ("autotask", "companies"),
        ("autotask", "contacts"),
        ("cloudradial", "companies"),
        ("cloudradial", "users"),
    ];
    let mut records = Map::new();
    for (system, kind) in kinds {
        for (id, row) in state[system][kind].as_object().expect("rows") {
            let mut row = row.clone();
            let kept = |fields: &mut Value| {
                if let Some(fields) = fields.as_object_mut() {
                    // Blank is blank, however it is written, and who was never shut out may sign in.
                    fields.retain(|name, value| {
                        let blank =
                            value.is_null() || *value == "" || (name == "isLoginDisabled" && *value == false);
                        !blank && !STAMPS.contains(&name.as_str())
                    });
                }
            };
            kept(&mut row);
            for part in ["fields", "udf"] {
                row.get_mut(part).into_iter().for_each(kept);
            }
            records.insert(format!("{system} {kind} {id}"), row);
        }
    }
    records
}

/// The records of `after` that are not as they were, each with how it was.
fn moved<'r>(
    before: &'r Map<String, Value>,
    after: &'r Map<String, Value>,
) -> Vec<(&'r str, Option<&'r Value>, &'r Value)> {
    let moved = after.iter().filter(|(id, row)| before.get(*id) != Some(row));
    moved.map(|(id, row)| (id.as_str(), before.get(id), row)).collect()
}

#[test]
fn a_run_that_is_taken_back_leaves_everything_as_it_was_but_new_records_which_it_shuts() {
    let world = World::new();
    let before = records(&world);
    assert_eq!(world.sync(&[]).code, 4);
    let synced = world.journal("last");
    let run = world.run(&["undo", "last", "--yes"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    let undone = world.journal("last");
    assert_eq!(undone.header.purpose, Purpose::Undo(synced.header.id));
    assert_eq!(settled(&undone, Settlement::Done).len(), synced.entries.len());

    let after = records(&world);
    assert!(before.keys().all(|id| after.contains_key(id)), "nothing is deleted");
    let moved = moved(&before, &after);
    for (id, was, row) in &moved {
        assert_eq!(*was, None, "{id} is {row}");
        let shut = if id.starts_with("autotask") {
            &row["fields"]["isActive"] == 0
        } else {
            &row["isLoginDisabled"] == true
        };
        assert!(shut, "{id} is {row}");
    }
    assert_eq!(moved.len(), 9 + 10, "the new contacts and portal users");
}

#[test]
fn the_next_sync_does_it_again_and_makes_nobody_twice() {
    let world = World::new();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let synced = records(&world);
    let run = world.run(&["undo", "last", "--yes"]);
    assert!(run.out.contains("or the next sync does it again"), "{}", run.out);
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(
        fates(&world.journal("last"), "nina.farrow"),
        ["reactivate contact: done", "reactivate portal user: done"]
    );
    assert_eq!(moved(&synced, &records(&world)), []);
    assert_eq!(world.diff(&["--company", "Contoso", "--exit-code"]).code, 0);
}

#[test]
fn an_undo_can_be_undone() {
    let world = World::new();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let synced = records(&world);
    assert_eq!(world.run(&["undo", "last", "--yes"]).code, 0);
    assert_ne!(moved(&synced, &records(&world)), []);
    assert_eq!(world.run(&["undo", "last", "--yes"]).code, 0);
    assert_eq!(moved(&synced, &records(&world)), []);
    assert_eq!(world.diff(&["--company", "Contoso", "--exit-code"]).code, 0);
}

#[test]
fn an_undo_that_fits_the_screen_is_asked_about_with_its_people_and_says_that_nothing_is_deleted() {
    let world = World::new();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let config = world.config().display().to_string();
    for (height, is_whole) in [(200, true), (20, false)] {
        let (io, buffers) = Io::answered(100, world.env.clone(), Box::new(|_, _| Some(0)));
        let mut io = io.with_height(height);
        let all = ["crsync", "--config", &config, "--color", "never", "undo", "last"].map(OsString::from);
        assert_eq!(cli::run(all, &mut io), 3, "{}", buffers.err());
        let shown = buffers.out();
        assert_eq!(shown.contains("deactivate  Nina Farrow"), is_whole, "{shown}");
        assert!(!shown.contains("0 people") && shown.contains("Nothing is deleted: "), "{shown}");
    }
}

#[test]
fn what_somebody_changed_since_stays_and_is_listed() {
    let world = World::new();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let mut made = String::new();
    world.edit(|state| {
        let contacts = state["autotask"]["contacts"].as_object_mut().expect("rows");
        contacts["1740004"]["fields"]["title"] = json!("Director");
        // Two fields of one contact: the other one is taken back.
        contacts["1740010"]["udf"]["IsOffice365"] = json!("maybe");
        contacts.remove("1740005");
        let nina =
            contacts.values_mut().find(|contact| contact["fields"]["lastName"] == "Farrow").expect("made");
        nina["fields"]["title"] = json!("Head of Finance");
        made = nina["fields"]["id"].to_string();
    });
    let run = world.run(&["undo", "last", "--yes"]);
    assert_eq!(run.code, 6, "{}", run.err);
    assert_eq!(world.journal("last").summary().moved, 4);
    let left = [
        "contact 1740004: title is not taken back: it has changed since".to_owned(),
        "contact 1740010: IsOffice365 is not taken back: it has changed since".to_owned(),
        "contact 1740005 is not taken back: it is gone".to_owned(),
        format!("contact {made} is not taken back: title has changed since"),
    ];
    let (shown, log) = (world.run(&["log", "last"]).out, run.out);
    for text in [log, shown] {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for left in &left {
            assert!(text.contains(left), "{left} is not in {text}");
        }
    }
    let redacted = world.run(&["log", "last", "--redact"]).out;
    assert!(redacted.contains("is not taken back") && !redacted.contains("Priya"), "{redacted}");
    let report = world.journal("last");
    assert_eq!(fates(&report, "priya.raman"), ["update portal user: done"]);
    assert_eq!(fates(&report, "elsa.novak"), ["reactivate portal user: done", "reactivate contact: done"]);
    let state = world.sandbox.snapshot();
    let contacts = &state["autotask"]["contacts"];
    assert_eq!(contacts["1740004"]["fields"]["title"], "Director");
    assert_eq!(contacts["1740010"]["fields"]["isActive"], 1);
    assert_eq!(contacts[&made]["fields"]["isActive"], 1);
}

#[test]
fn only_what_was_written_is_taken_back() {
    let world = World::new();
    let before = records(&world);
    let refused = Effect::Answer { status: 400, headers: Vec::new(), body: String::new() };
    world.fault(System::CLOUDRADIAL, "/v2/user/00000009-0000-4000-9000-000000000006", None, refused);
    assert_eq!(world.sync(CONTOSO).code, 7);
    world.sandbox.set_faults(Vec::new());
    assert_eq!(world.run(&["undo", "last", "--yes"]).code, 0);
    let report = world.journal("last");
    assert_eq!(fates(&report, "lena.ortiz"), ["update contact: done"]);
    assert_eq!(report.entries.len(), 16);
    let after = records(&world);
    assert!(moved(&before, &after).iter().all(|(_, was, _)| was.is_none()), "only new records are left");
}

#[test]
fn an_undo_is_guarded_like_any_plan() {
    let world = World::new();
    assert_eq!(world.sync(&["--company", "Northwind"]).code, 0);
    let written = world.writes().len();
    world.configure(|text| format!("retries = 0\n{text}\n[guards]\ndeactivate = \"1\"\n"));
    let refused = world.run(&["undo", "last", "--yes"]);
    assert_eq!(refused.code, 5, "{}", refused.out);
    assert_eq!(world.writes().len(), written);
    let allow = refused.out.split("; ").find_map(|part| part.split_once(" would let exactly this through"));
    let (allow, _) = allow.expect("a way through");
    assert!(allow.starts_with("--allow deactivate="), "{allow}");
    // The refused undo is the last run by now.
    let sync = &world.runs()[0];
    let args = [&["undo", sync, "--yes"][..], &allow.split(' ').collect::<Vec<_>>()].concat();
    assert_eq!(world.run(&args).code, 0);
    assert_eq!(world.journal("last").header.allowed.len(), 1);
}

#[test]
fn a_run_is_named_by_the_beginning_of_its_id() {
    let world = World::new();
    let empty = world.run(&["undo", "last", "--yes"]);
    assert_eq!(empty.code, 2);
    assert!(
        empty.err.starts_with("error: the journal is empty, so there is nothing to take back\n"),
        "{}",
        empty.err
    );
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(world.sync(CONTOSO).code, 0);
    let seen = world.sandbox.requests().len();
    let refused = |run: &str, why: &str| {
        let run = world.run(&["undo", run, "--yes"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        assert!(run.err.starts_with(&format!("error: {why}\n")), "{}", run.err);
        assert!(run.err.contains("`crsync log` lists all runs"), "{}", run.err);
    };
    refused("1999", "the journal knows no run \"1999\"");
    refused("2", "several runs begin with \"2\"");
    refused("", "no run is named");
    for args in [&["undo", "last"][..], &["undo", "last", "--yes", "--company", "Contoso"]] {
        assert_eq!(world.run(args).code, 2);
    }
    assert_eq!(world.sandbox.requests().len(), seen, "no service was asked anything");
    let runs = world.runs();
    let nothing = world.run(&["undo", &runs[1], "--yes"]);
    assert_eq!((nothing.code, world.journal("last").entries.len()), (0, 0), "{}", nothing.out);
    assert_eq!(world.run(&["undo", &runs[0], "--yes"]).code, 0);
    assert_eq!(world.journal("last").entries.len(), 17);
}

#[test]
fn a_blank_name_of_a_run_is_none() {
    let world = World::small();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let written = world.writes().len();
    for run in ["", "  "] {
        let undone = world.run(&["undo", run, "--yes"]);
        assert_eq!(undone.code, 2, "{}", undone.err);
        assert!(undone.err.contains("no run is named"), "{}", undone.err);
        assert_eq!(world.run(&["log", run]).code, 2);
    }
    assert_eq!((world.writes().len(), world.runs().len()), (written, 1));
}

fn undone_with_a_portal_that_is_only_read(name: &str) {
    let world = World::new();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let synced = records(&world);
    world.configure(|text| {
        let table = format!("name = \"{name}\"\nportal = \"read-only\"\n");
        text.replacen("name = \"Contoso\"\n", &table, 1)
    });
    let run = world.run(&["undo", "last", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("the portal is read-only for this company"), "{}", run.out);
    let after = records(&world);
    let moved: Vec<&str> = moved(&synced, &after).into_iter().map(|(id, ..)| id).collect();
    assert!(!moved.is_empty() && moved.iter().all(|id| id.starts_with("autotask ")), "{moved:?}");
}

#[test]
fn an_undo_leaves_a_portal_that_is_only_read_as_it_is() {
    undone_with_a_portal_that_is_only_read("Contoso");
}

#[test]
fn an_undo_knows_a_company_by_its_records_whatever_it_is_called_now() {
    undone_with_a_portal_that_is_only_read("Contoso Limited");
}
