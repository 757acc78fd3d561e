//! `crsync push-udfs` makes the fields that are missing where the PSA lets it, says what a person has to do where it
//! does not, and writes nothing but the fields' values.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use crsync::plan::{Action, Became, Purpose, RecordKind, Report};
use crsync_sandbox::{Effect, Flow, Moment, System};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::harness::{Run, World, company, run};

const FIELDS: [&str; 3] = ["IsOffice365", "Office365Id", "Tenant365Id"];
const COMPANIES: [&str; 2] = ["Contoso", "Fabrikam"];
/// What the service dates and counts by itself.
const STAMPS: [&str; 5] =
    ["lists", "lastActivityDate", "lastModifiedDate", "lastTrackedModifiedDateTime", "_info"];

/// The place of a definition's name.
fn caption(psa: &str) -> &'static str {
    if psa == "connectwise" { "/fields/caption" } else { "/fields/name" }
}

/// A world whose PSA has never heard of these fields.
fn without(psa: &str, names: &[&str]) -> World {
    let world = World::small();
    world.edit(|state| {
        let state = &mut state[psa];
        let definitions = state["definitions"].as_object_mut().expect("definitions by id");
        definitions
            .retain(|_, one| !names.iter().any(|name| one.pointer(caption(psa)) == Some(&json!(name))));
        for table in ["contacts", "companies"] {
            for record in state[table].as_object_mut().expect("records by id").values_mut() {
                if let Some(values) = record.get_mut("udf").and_then(Value::as_object_mut) {
                    values.retain(|name, _| !names.contains(&name.as_str()));
                }
            }
        }
    });
    world
}

/// The command for the companies, with every guard lifted that a first run meets.
fn push(world: &World, psa: &str, args: &[&str]) -> Run {
    let lifted = ["--allow", "update=999", "--allow", "same-value=999"];
    command(world, psa, &[&["push-udfs", "--yes"], &lifted[..], args].concat())
}

fn check(world: &World, psa: &str) -> Run {
    command(world, psa, &["push-udfs", "--check"])
}

fn command(world: &World, psa: &str, args: &[&str]) -> Run {
    let chosen = COMPANIES.iter().flat_map(|name| ["--company", *name]);
    let all: Vec<&str> = args.iter().copied().chain(["--psa", psa]).chain(chosen).collect();
    world.run(&all)
}

/// What the journal of this PSA holds of its last run.
fn journal(world: &World, psa: &str) -> Report {
    let shown = world.run(&["log", "last", "--psa", psa, "--format", "json"]).json();
    serde_json::from_value(shown["run"].clone()).expect("a run")
}

fn system(psa: &str) -> System {
    if psa == "autotask" { System::AUTOTASK } else { System::CONNECTWISE }
}

/// The definitions of this name.
fn defined(world: &World, psa: &str, name: &str) -> Vec<Value> {
    let state = world.sandbox.snapshot();
    let all = state[psa]["definitions"].as_object().expect("definitions by id");
    all.values().filter(|one| one.pointer(caption(psa)) == Some(&json!(name))).cloned().collect()
}

/// How many contacts hold something in the field.
fn holders(world: &World, psa: &str, name: &str) -> usize {
    let state = world.sandbox.snapshot();
    let contacts = state[psa]["contacts"].as_object().expect("contacts by id");
    contacts.values().filter(|contact| contact["udf"][name].is_string()).count()
}

/// The state of the systems without values of fields, their definitions, and what services count.
fn bare(world: &World) -> Value {
    fn strip(value: &mut Value) {
        if let Value::Object(object) = value {
            object.retain(|name, _| !STAMPS.contains(&name.as_str()) && name != "udf");
            object.values_mut().for_each(strip);
        }
    }
    let mut state = world.sandbox.snapshot();
    let mut kept = json!({"graph": state["graph"].take(), "cloudradial": state["cloudradial"].take()});
    for psa in ["autotask", "connectwise"] {
        for table in ["contacts", "companies", "notes"] {
            kept[psa][table] = state[psa][table].take();
        }
    }
    strip(&mut kept);
    kept
}

/// The changes of a plan to anything but user-defined fields: record and field.
fn others(plan: &Value) -> Vec<String> {
    let changes =
        COMPANIES.iter().flat_map(|name| company(plan, name)["changes"].as_array().expect("changes"));
    let fields = changes.flat_map(|change| {
        let fields = change["fields"].as_array().expect("fields").iter();
        fields.map(move |field| (change, field))
    });
    let names = fields.map(|(change, field)| format!("{} {}", change["key"], field["field"]));
    names.filter(|name| !name.contains("udf")).collect()
}

#[test]
fn missing_fields_are_made_and_their_values_arrive() {
    for psa in ["autotask", "connectwise"] {
        let world = without(psa, &FIELDS);
        assert_eq!(check(&world, psa).code, 3, "{psa}");
        assert_eq!(world.writes(), []);
        let run = push(&world, psa, &[]);
        assert_eq!((run.code, run.err.as_str()), (4, ""), "nothing but conflicts is left: {}", run.out);
        for name in FIELDS {
            assert_eq!(defined(&world, psa, name).len(), 1, "{psa} {name}");
        }
        assert!(holders(&world, psa, "Office365Id") > 10, "{psa}");
        let report = journal(&world, psa);
        assert_eq!(report.header.purpose, Purpose::PushUdfs);
        let made: Vec<_> =
            report.header.fields.iter().map(|field| (field.name.as_str(), field.became)).collect();
        assert_eq!(made, FIELDS.map(|name| (name, Became::Made)));
        assert_eq!(check(&world, psa).code, 0, "{psa}");

        let written = world.writes().len();
        let again = push(&world, psa, &["--format", "json"]);
        assert_eq!((again.code, world.writes().len()), (4, written), "{psa}: {}", again.err);
        assert_eq!(again.json()["run"]["entries"], json!([]));
        assert_eq!(again.json()["summary"]["fields"], json!({"found": 3}));
    }
}

#[test]
fn nothing_but_values_of_fields_is_written_and_the_rest_stays_pending() {
    for psa in ["autotask", "connectwise"] {
        let world = without(psa, &FIELDS);
        let plan = |world: &World| command(world, psa, &["diff", "--format", "json"]).json();
        let (before, pending) = (bare(&world), others(&plan(&world)));
        assert!(!pending.is_empty());
        push(&world, psa, &[]);
        assert!(bare(&world) == before, "{psa}: something else was changed");
        let report = journal(&world, psa);
        assert!(report.entries.len() > 10);
        for entry in &report.entries {
            assert_eq!(entry.change.action, Action::Update);
            assert!(matches!(entry.change.record.kind, RecordKind::Contact | RecordKind::PsaCompany));
            let names: Vec<String> =
                entry.change.fields.iter().map(|change| change.field.to_string()).collect();
            assert!(names.iter().all(|name| FIELDS.contains(&name.trim_start_matches("udf:"))), "{names:?}");
        }
        let after = plan(&world);
        assert_eq!(others(&after), pending, "{psa}");
        // What the values would have made pending is done.
        let updates =
            COMPANIES.iter().flat_map(|name| company(&after, name)["changes"].as_array().expect("changes"));
        let values = updates.filter(|change| change["action"] == "update").flat_map(|change| {
            change["fields"].as_array().expect("fields").iter().map(|field| field["field"].to_string())
        });
        assert_eq!(
            values.filter(|name| name.contains("udf")).collect::<Vec<_>>(),
            Vec::<String>::new(),
            "{psa}"
        );
    }
}

#[test]
fn a_guard_counts_the_values_alone_and_fields_that_were_made_stay() {
    let world = without("autotask", &FIELDS);
    let run = command(&world, "autotask", &["push-udfs", "--yes"]);
    assert_eq!(run.code, 5, "{}", run.err);
    assert!(run.out.contains("guard update") && !run.out.contains("guard create"), "{}", run.out);
    assert_eq!(defined(&world, "autotask", "Office365Id").len(), 1);
    assert_eq!(holders(&world, "autotask", "Office365Id"), 0);
    assert_eq!(journal(&world, "autotask").header.fields.len(), 3);
}

#[test]
fn a_look_changes_nothing_and_its_exit_code_tells_what_is_to_be_done() {
    let world = without("autotask", &[]);
    for psa in crsync::psa::registry().iter().map(|entry| entry.id()) {
        let run = check(&world, psa);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{psa}: {}", run.out);
    }
    let rename = |state: &mut Value, name: &str, field: &str, value: Value| {
        let all = state["autotask"]["definitions"].as_object_mut().expect("definitions");
        let one = all.values_mut().find(|one| one["fields"]["name"] == name).expect("a definition");
        one["fields"][field] = value;
    };
    world.edit(|state| rename(state, "Office365Id", "isActive", json!(false)));
    let run = check(&world, "autotask");
    assert_eq!(run.code, 4);
    assert!(run.out.contains("contact Office365Id: by hand: it is inactive"), "{}", run.out);
    assert!(run.out.contains("tick Active"), "{}", run.out);
    world.edit(|state| rename(state, "Tenant365Id", "name", json!("Something else")));
    let run = command(&world, "autotask", &["push-udfs", "--check", "--format", "json"]);
    assert_eq!(run.code, 3, "what crsync can do comes first");
    let fields = run.json()["fields"].as_array().expect("fields").clone();
    let needs: Vec<_> = fields.iter().map(|field| (&field["name"], &field["need"])).collect();
    assert_eq!(
        needs,
        [
            (&json!("IsOffice365"), &json!("nothing")),
            (&json!("Office365Id"), &json!("show")),
            (&json!("Tenant365Id"), &json!("create"))
        ]
    );
    let strict = push(&world, "autotask", &["--strict"]);
    assert_eq!(strict.code, 1);
    assert!(strict.err.contains("a field needs a person's hand"), "{}", strict.err);
    assert!(world.writes().is_empty(), "{:?}", world.writes());
    assert_eq!(world.runs(), Vec::<String>::new(), "a look leaves nothing in the journal");
}

#[test]
fn a_field_of_the_wrong_type_is_never_touched_and_the_steps_are_told() {
    let world = World::small();
    world.edit(|state| {
        let all = state["autotask"]["definitions"].as_object_mut().expect("definitions");
        let one = all.values_mut().find(|one| one["fields"]["name"] == "Office365Id").expect("a definition");
        one["fields"]["dataType"] = json!(43);
        for contact in state["autotask"]["contacts"].as_object_mut().expect("contacts").values_mut() {
            contact["udf"] = json!({});
        }
    });
    let before = defined(&world, "autotask", "Office365Id");
    let look = check(&world, "autotask");
    assert_eq!(look.code, 4);
    insta::assert_snapshot!(look.out);
    let run = push(&world, "autotask", &[]);
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(run.out.contains("1. In Autotask open Admin"), "{}", run.out);
    assert_eq!(defined(&world, "autotask", "Office365Id"), before);
    assert_eq!(holders(&world, "autotask", "Office365Id"), 0);
    assert!(holders(&world, "autotask", "IsOffice365") > 10, "the other field is served");
    let fields = journal(&world, "autotask").header.fields;
    assert!(fields.iter().any(|field| field.became == Became::ByHand && field.name == "Office365Id"));
}

#[test]
fn a_yes_that_made_no_field_is_a_failure() {
    for (psa, path) in [("autotask", "/UserDefinedFieldDefinitions"), ("connectwise", "/userDefinedFields")] {
        let world = without(psa, &["Office365Id"]);
        let body = if psa == "autotask" {
            json!({"itemId": 4711})
        } else {
            json!({"id": 4711, "caption": "Office365Id"})
        };
        let effect = Effect::Answer {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.to_string(),
        };
        // The fourth of these requests makes the field.
        world.fault(system(psa), path, Some(4), effect);
        let run = push(&world, psa, &[]);
        assert_eq!(run.code, 7, "{psa}: {}{}", run.out, run.err);
        assert!(
            run.out.contains("the service reports success, but the field is not there"),
            "{psa}: {}",
            run.out
        );
        assert_eq!(defined(&world, psa, "Office365Id"), Vec::<Value>::new());
        let report = journal(&world, psa);
        let failed = report.header.fields.iter().find(|field| field.name == "Office365Id").expect("a note");
        assert_eq!(failed.became, Became::Failed);
        assert!(report.entries.iter().all(|entry| entry.settled.is_some()), "the other values were written");
        assert_eq!(push(&world, psa, &[]).code, 4, "{psa}: the next run makes it");
        assert_eq!(defined(&world, psa, "Office365Id").len(), 1);
    }
}

#[test]
fn no_further_field_is_made_once_the_credentials_are_refused() {
    let world = without("connectwise", &FIELDS);
    let posts = Arc::new(Mutex::new(0));
    let own = Arc::clone(&posts);
    let body = r#"{"code":"Unauthorized","message":"no"}"#.to_owned();
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    // The fourth of these requests makes the first field.
    let effect = Effect::Answer { status: 401, headers, body };
    world.fault(System::CONNECTWISE, "/userDefinedFields", Some(4), effect);
    world.sandbox.watch(move |request, moment| {
        let makes = request.method == "POST" && request.path.ends_with("/userDefinedFields");
        *own.lock().expect("no thread panicked") += usize::from(makes && moment == Moment::Before);
        Flow::On
    });
    let run = push(&world, "connectwise", &[]);
    assert_eq!((run.code, *posts.lock().expect("no thread panicked")), (7, 1), "{}{}", run.out, run.err);
    let fields = journal(&world, "connectwise").header.fields;
    let why: Vec<&str> = fields.iter().filter_map(|field| field.detail.as_deref()).collect();
    assert!(fields.iter().all(|field| field.became == Became::Failed), "{fields:?}");
    assert!(why[1..].iter().all(|why| why.starts_with("nothing more is sent there: ")), "{why:?}");
}

#[test]
fn the_journal_knows_of_a_field_before_it_is_made() {
    let world = without("autotask", &["Office365Id"]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (own, file) = (Arc::clone(&seen), world.state().join("state.db"));
    world.sandbox.watch(move |request, moment| {
        let makes = request.method == "POST" && request.path.ends_with("/UserDefinedFieldDefinitions");
        if makes && moment == Moment::Before {
            let state = Connection::open(&file).expect("a state");
            let header = state.query_row("SELECT header FROM runs", (), |row| row.get::<_, String>(0));
            own.lock().expect("no thread panicked").push(header.expect("a run"));
        }
        Flow::On
    });
    push(&world, "autotask", &[]);
    let headers = seen.lock().expect("no thread panicked").clone();
    let header: Value = serde_json::from_str(&headers[0]).expect("a header");
    let told = header["fields"].as_array().expect("fields").iter();
    let announced: Vec<_> =
        told.filter(|field| field["became"] == "announced").map(|field| &field["name"]).collect();
    assert_eq!((headers.len(), announced), (1, vec![&json!("Office365Id")]));
}

#[test]
fn a_lost_answer_is_settled_by_looking_and_no_field_is_made_twice() {
    for (psa, path) in [("autotask", "/UserDefinedFieldDefinitions"), ("connectwise", "/userDefinedFields")] {
        let world = without(psa, &["Office365Id"]);
        world.fault(system(psa), path, Some(4), Effect::ResetAfter);
        let run = push(&world, psa, &[]);
        assert_eq!(run.code, 4, "{psa}: {}{}", run.out, run.err);
        assert_eq!(defined(&world, psa, "Office365Id").len(), 1);
        assert!(holders(&world, psa, "Office365Id") > 10);
        let report = journal(&world, psa);
        let made = report.header.fields.iter().find(|field| field.name == "Office365Id").expect("a note");
        assert_eq!(made.became, Became::Made);
        assert!(made.detail.is_some());
    }
}

#[test]
fn a_field_that_is_not_shown_yet_is_told_and_its_values_wait() {
    let world = without("autotask", &["Office365Id"]);
    let path = "Contacts/entityInformation/userDefinedFields";
    world.fault(System::AUTOTASK, path, Some(3), Effect::Repeated);
    let run = push(&world, "autotask", &[]);
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(run.out.contains("run the command again in some minutes"), "{}", run.out);
    assert_eq!(defined(&world, "autotask", "Office365Id").len(), 1);
    assert_eq!(holders(&world, "autotask", "Office365Id"), 0);
    assert_eq!(push(&world, "autotask", &[]).code, 4);
    assert!(holders(&world, "autotask", "Office365Id") > 10);
}

#[test]
fn a_custom_field_needs_a_pod_that_another_field_tells() {
    let all = ["Newsletter", "SupportPIN", "IsOffice365", "Office365Id"];
    let world = without("connectwise", &all);
    let run = check(&world, "connectwise");
    assert_eq!(run.code, 4);
    assert!(run.out.contains("no contact has a custom field yet"), "{}", run.out);
    assert!(run.out.contains("System > Setup Tables > Custom Fields"), "{}", run.out);
    assert_eq!(push(&world, "connectwise", &[]).code, 4);
    assert_eq!(defined(&world, "connectwise", "Office365Id"), Vec::<Value>::new());

    let world = without("connectwise", &all[1..]);
    push(&world, "connectwise", &[]);
    let made = defined(&world, "connectwise", "IsOffice365");
    assert_eq!(
        (&made[0]["fields"]["podId"], &made[0]["fields"]["fieldTypeIdentifier"]),
        (&json!(4), &json!("Checkbox"))
    );
}

#[test]
fn where_no_program_can_make_fields_the_steps_are_told_and_values_are_written_where_they_can_be() {
    let world = World::small();
    world.edit(|state| {
        for module in state["bms"]["modules"].as_object_mut().expect("modules").values_mut() {
            let fields = module["fields"].as_object_mut().expect("fields");
            fields.retain(|_, field| field["name"] != "Office365Id");
        }
    });
    let look = check(&world, "bms");
    assert_eq!(look.code, 4, "{}", look.err);
    insta::assert_snapshot!("bms_steps", look.out);
    let run = push(&world, "bms", &[]);
    assert_eq!(run.code, 4, "{}", run.err);
    let report = journal(&world, "bms");
    let written = report.entries.iter().flat_map(|entry| &entry.change.fields);
    let names: BTreeSet<String> = written.map(|change| change.field.to_string()).collect();
    assert!(!names.is_empty() && names.iter().all(|name| !name.contains("Office365Id")), "{names:?}");

    let world = World::small();
    world.edit(|state| {
        for contact in state["syncro"]["contacts"].as_object_mut().expect("contacts").values_mut() {
            if let Some(properties) = contact.get_mut("properties").and_then(Value::as_object_mut) {
                properties.remove("Office365Id");
            }
        }
    });
    let look = check(&world, "syncro");
    assert_eq!(look.code, 4, "{}", look.err);
    insta::assert_snapshot!("syncro_steps", look.out);
    world.configure(|text| format!("retries = 0\n{text}\n[syncro.udfs]\nOffice365Id = \"Office365Id\"\n"));
    let look = check(&world, "syncro");
    assert_eq!(look.code, 0, "{}", look.out);
    let run = push(&world, "syncro", &[]);
    assert!([0, 4].contains(&run.code), "{}{}", run.out, run.err);
    let report = journal(&world, "syncro");
    let written = report.entries.iter().flat_map(|entry| &entry.change.fields);
    assert!(written.map(|change| change.field.to_string()).any(|name| name.contains("Office365Id")));
}

#[test]
fn rules_for_types_need_their_field_and_pins_need_theirs() {
    let world = without("autotask", &["TypeMapping", "SupportPIN"]);
    assert_eq!(check(&world, "autotask").code, 0, "neither is asked for");
    let rules = "\n[[type]]\nname = \"Billing Contact\"\npriority = true\n";
    world.configure(|text| {
        format!("retries = 0\n{}{rules}", text.replace("[sync]", "[sync]\nsupport-pin = true"))
    });
    let run = check(&world, "autotask");
    assert_eq!(run.code, 3);
    assert!(
        run.out.contains("contact TypeMapping: missing") && run.out.contains("contact SupportPIN: missing"),
        "{}",
        run.out
    );
    let run = push(&world, "autotask", &[]);
    assert_eq!(run.code, 4, "{}{}", run.out, run.err);
    assert!(holders(&world, "autotask", "SupportPIN") > 0);
    assert_eq!(holders(&world, "autotask", "TypeMapping"), 0, "no type is made up");
}

#[test]
fn what_makes_no_sense_is_refused_in_a_line() {
    let world = World::small();
    let refused = |args: &[&str], says: &str| {
        let run = world.run(args);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}");
        assert!(run.err.contains(says), "{args:?}: {}", run.err);
    };
    refused(&["push-udfs"], "add --yes to this command");
    refused(&["push-udfs", "--check", "--yes"], "cannot be used with");
    assert_eq!(world.sandbox.requests(), []);
}

#[test]
fn what_is_printed_fits_the_terminal() {
    let world = without("autotask", &FIELDS);
    let config = world.config().display().to_string();
    let flags = ["push-udfs", "--yes", "--psa", "autotask", "--company", "Contoso", "--allow", "update=99"];
    let more = ["--config", &config, "--color", "never", "--allow", "same-value=99"];
    let out = run(&[&["crsync"], &flags[..], &more[..]].concat(), Some(80), &world.env).out;
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    let id = world.journal("last").header.id;
    insta::assert_snapshot!(out.replace(&id, "RUN"));
    let log = world.run(&["log", "last", "--color", "never"]).out;
    assert!(log.contains("made: field contact Office365Id in Autotask"), "{log}");
}
