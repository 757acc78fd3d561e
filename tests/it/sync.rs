//! What `crsync sync` does to the systems, and how it exits.

use std::collections::BTreeSet;

use crsync::plan::Settlement;
use crsync_sandbox::{Effect, Fault, Seen, System};
use serde_json::{Value, json};

use crate::harness::{World, company, fates, run, settled};

const CONTOSO: &[&str] = &["--company", "Contoso"];

/// A refusal of the kind that both services give for a single record.
fn refusal() -> Effect {
    let body = json!({"errors": ["this one is refused"], "message": "this one is refused"}).to_string();
    Effect::Answer { status: 400, headers: vec![("content-type".into(), "application/json".into())], body }
}

/// The writes of a trace, in their order: method, path and query below the system's prefix, and the body.
fn traced(world: &World, file: &str) -> Vec<(String, String, Value)> {
    let text = std::fs::read_to_string(world.path(file)).expect("the trace");
    let trace: Value = serde_json::from_str(&text).expect("HAR is JSON");
    let entries = trace["log"]["entries"].as_array().expect("entries").iter();
    let write = |entry: &Value| {
        let request = &entry["request"];
        let method = request["method"].as_str().expect("a method").to_owned();
        let url = request["url"].as_str().expect("an address");
        let path = url.strip_prefix(world.sandbox.url()).expect("an address of the sandbox").to_owned();
        let reads = ["/entra/", "/graph/"].iter().any(|system| path.starts_with(system));
        if method == "GET" || reads || path.ends_with("/query") {
            return None;
        }
        let body = serde_json::from_str(request["postData"]["text"].as_str()?).expect("a body of JSON");
        Some((method, path, body))
    };
    entries.filter_map(write).collect()
}

/// The writes that the sandbox saw, as the trace spells them.
fn seen(writes: &[Seen]) -> Vec<(String, String)> {
    let one = |seen: &Seen| (seen.method.clone(), format!("/{}{}", seen.system.name(), seen.path));
    writes.iter().map(one).collect()
}

#[test]
fn the_sides_agree_after_a_sync_and_a_second_one_writes_nothing() {
    let world = World::new();
    let config = world.config().display().to_string();
    let sync = ["crsync", "sync", "--psa", "autotask", "--config", &config, "--yes", "--color", "never"];
    let first = run(&sync, Some(80), &world.env);
    assert_eq!((first.code, first.err.as_str()), (4, ""), "nothing but conflicts is left");
    let report = world.journal("last");
    assert_eq!(settled(&report, Settlement::Done).len(), report.header.planned);
    insta::assert_snapshot!(first.out.replace(&report.header.id, "RUN"));

    let diff = world.diff(&["--exit-code"]);
    assert_eq!(diff.code, 4);
    let plan = diff.json();
    assert_eq!(plan["totals"]["changes"], json!({}));
    assert_eq!(plan["totals"]["conflicts"], 5);

    let written = world.writes().len();
    assert!(written >= report.header.planned);
    assert_eq!(world.sync(&[]).code, 4);
    assert_eq!(world.writes().len(), written);
    assert_eq!(world.journal("last").entries, []);
}

#[test]
fn nobody_is_asked_in_a_pipe_so_yes_must_be_said_before() {
    let world = World::new();
    let run = world.run(&["sync"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert_eq!(
        run.err,
        "error: this must be confirmed, but there is no terminal\n  \
         next: add --yes to this command; `crsync diff` shows what it would do\n"
    );
    assert_eq!(world.sandbox.requests(), []);
}

#[test]
fn a_guard_refuses_until_exactly_this_is_allowed() {
    let world = World::new();
    let before = world.sandbox.snapshot();
    let refused = world.sync(&["--company", "Adatum"]);
    assert_eq!(refused.code, 5, "{}", refused.err);
    assert_eq!(world.writes(), []);
    assert_eq!(world.sandbox.snapshot()["autotask"]["contacts"], before["autotask"]["contacts"]);
    let report = world.journal("last");
    assert_eq!((report.entries.len(), report.header.planned), (0, 24));

    let breaches = world.diff(&["--company", "Adatum"]).json()["breaches"].clone();
    let breaches = breaches.as_array().expect("a list");
    assert!(!breaches.is_empty());
    let mut args = vec!["--company", "Adatum"];
    for breach in breaches {
        let allow = breach["allow"].as_str().expect("a flag");
        assert!(refused.out.contains(allow), "{allow} is not in:\n{}", refused.out);
        args.extend(allow.split(' '));
    }
    let json = world.sync(&["--company", "Adatum", "--format", "json"]);
    assert_eq!((json.code, &json.json()["run"]["header"]["breaches"]), (5, &json!(breaches)));
    let log = world.run(&["log", "last"]);
    assert!(log.out.contains("--allow deactivate=12 would let exactly this through"), "{}", log.out);

    let (last, others) = args.split_last().expect("flags");
    let (measure, count) = last.split_once('=').expect("a number");
    let one_less = format!("{measure}={}", count.parse::<usize>().expect("a number") - 1);
    let mut too_few = others.to_vec();
    too_few.push(&one_less);
    assert_eq!(world.sync(&too_few).code, 5);
    assert_eq!(world.writes(), []);

    assert_eq!(world.sync(&args).code, 0);
    let report = world.journal("last");
    assert_eq!(settled(&report, Settlement::Done).len(), 24);
    let allowed: Vec<String> = report
        .header
        .allowed
        .iter()
        .map(|(measure, number)| format!("{}={number}", measure.name()))
        .collect();
    assert_eq!(allowed, ["deactivate=12"]);
}

#[test]
fn a_sync_costs_the_fewest_requests() {
    let world = World::new();
    let reading =
        || -> Vec<Value> { world.diff(CONTOSO).json()["requests"].as_array().expect("a list").clone() };
    // The first reading asks more of what is remembered from then on.
    let (first, read) = (reading(), reading());
    let run = world.sync(&["--company", "Contoso", "--format", "json"]);
    let count = |requests: &[Value], service: &str| {
        let found = requests.iter().find(|count| count["service"] == service).expect("a service");
        found["requests"].as_u64().expect("a number")
    };
    let synced = run.json()["requests"].as_array().expect("a list").clone();
    // A look before and one after every group, and a write for every record. A new contact is searched for by
    // id and by address.
    let contacts = (1 + 5 + 1) + (2 + 1 + 1) + (1 + 2 + 1);
    let company = 1 + 1 + 1;
    let portal_users = (1 + 4 + 1) + (1 + 2 + 1) + (1 + 2 + 1);
    assert_eq!(count(&synced, "autotask"), count(&read, "autotask") + contacts);
    assert_eq!(count(&synced, "cloudradial"), count(&read, "cloudradial") + company + portal_users);
    // Leavers are looked at again before their contacts and before their portal users are written.
    assert_eq!(count(&synced, "graph"), count(&read, "graph") + 2);
    assert_eq!(count(&synced, "entra"), count(&read, "entra"));
    let asked = [&first, &read, &synced]
        .into_iter()
        .flatten()
        .map(|count| count["requests"].as_u64().expect("a number"));
    assert_eq!(world.sandbox.requests().len() as u64, asked.sum::<u64>());
}

#[test]
fn one_record_gets_one_write_and_those_who_leave_come_last() {
    let world = World::new();
    let file = world.path("trace.har").display().to_string();
    let run = world.sync(&["--company", "Fabrikam", "--company", "Contoso", "--har", &file]);
    assert_eq!(run.code, 4, "{}", run.err);
    let writes = traced(&world, "trace.har");
    let paths: Vec<(String, String)> =
        writes.iter().map(|(method, path, _)| (method.clone(), path.clone())).collect();
    let sorted = |mut list: Vec<(String, String)>| {
        list.sort();
        list
    };
    assert_eq!(sorted(seen(&world.writes())), sorted(paths), "the trace and the sandbox saw the same");

    let mut records = BTreeSet::new();
    let mut stages: [Vec<u8>; 2] = Default::default();
    for (method, path, body) in &writes {
        let (stage, record) = described(method, path, body);
        assert!(records.insert((path.clone(), record.clone())), "{path} {record} was written twice");
        let fabrikam = path.contains("/175")
            || path.contains("companyId=10")
            || body["companyId"] == 10
            || body["id"] == 175
            || path.ends_with("/company/10");
        stages[usize::from(fabrikam)].push(stage);
    }
    assert_eq!(stages[0], [0, 2, 2, 2, 2, 2, 3, 4, 4, 4, 4, 5, 5, 6, 6, 7, 7]);
    assert!(stages[1].is_sorted(), "{:?}", stages[1]);
    assert_eq!(BTreeSet::from_iter(stages[1].clone()), BTreeSet::from([0, 1, 2, 4, 5, 6, 7]));
}

/// What a write is, by the place in which it should come, and the record it is to, if there is one.
fn described(method: &str, path: &str, body: &Value) -> (u8, String) {
    let autotask = path.starts_with("/autotask");
    let contact = path.ends_with("/Contacts");
    let logs_out = body.as_array().is_some_and(|all| all.iter().any(|one| one["path"] == "/isLoginDisabled"));
    let stage = match method {
        "PATCH" if autotask && !contact => 0,
        "PATCH" if path.contains("/v2/company/") => 0,
        "PATCH" if autotask && body["isActive"] == 1 => 1,
        "PATCH" if autotask && body["isActive"] == 0 => 6,
        "PATCH" if autotask => 2,
        "POST" if autotask => 3,
        "PATCH" if logs_out => 7,
        "PATCH" => 4,
        "POST" => 5,
        _ => panic!("{method} {path} is not expected"),
    };
    let record = match method {
        "PATCH" if autotask => body["id"].to_string(),
        "POST" => body["emailAddress"].as_str().or(body["email"].as_str()).expect("an address").to_owned(),
        _ => String::new(),
    };
    (stage, record)
}

#[test]
fn a_record_that_moved_since_the_plan_is_left_alone_and_the_rest_goes_on() {
    let world = World::new();
    let plan = world.plan(CONTOSO);
    world
        .edit(|state| state["autotask"]["contacts"]["1740004"]["fields"]["title"] = json!("Head of Nothing"));
    let run = world.sync(&["--plan", &plan]);
    assert_eq!(run.code, 6, "{}", run.err);
    assert!(run.out.contains("title of the contact has changed since"), "{}", run.out);
    let report = world.journal("last");
    assert_eq!(fates(&report, "priya.raman"), ["update contact: stale", "update portal user: done"]);
    assert_eq!(settled(&report, Settlement::Done).len(), report.header.planned - 1);
    let state = world.sandbox.snapshot();
    assert_eq!(state["autotask"]["contacts"]["1740004"]["fields"]["title"], "Head of Nothing");
    assert_eq!(world.sync(CONTOSO).code, 0, "a new plan sees what the title is now");
    assert_eq!(world.diff(&["--company", "Contoso", "--exit-code"]).code, 0);
}

#[test]
fn a_contact_that_somebody_made_in_the_meantime_is_not_made_twice() {
    let world = World::new();
    let plan = world.plan(CONTOSO);
    world.edit(|state| {
        let contacts = &mut state["autotask"]["contacts"];
        let mut made = contacts["1740001"].clone();
        made["fields"]["id"] = json!(1_740_900);
        made["fields"]["firstName"] = json!("Nina");
        made["fields"]["lastName"] = json!("Farrow");
        made["fields"]["emailAddress"] = json!("Nina.Farrow@contoso.example");
        made["udf"] = json!({});
        contacts["1740900"] = made;
    });
    let run = world.sync(&["--plan", &plan]);
    assert_eq!(run.code, 6, "{}", run.out);
    let report = world.journal("last");
    assert_eq!(fates(&report, "nina.farrow"), ["create contact: stale", "create portal user: stale"]);
    assert_eq!(settled(&report, Settlement::Done).len(), report.header.planned - 2);
    assert_eq!(world.sync(CONTOSO).code, 0);
    let state = world.sandbox.snapshot();
    let contacts = state["autotask"]["contacts"].as_object().expect("rows").values();
    let hers = contacts.filter(|contact| contact["fields"]["lastName"] == "Farrow").count();
    assert_eq!(hers, 1);
}

#[test]
fn one_refused_record_leaves_the_others_written() {
    let world = World::new();
    let lena = "/v2/user/00000009-0000-4000-9000-000000000006";
    let fault = |system, path: &str, nth| Fault { system, path: path.to_owned(), nth, effect: refusal() };
    world.sandbox.set_faults(vec![
        fault(System::CLOUDRADIAL, lena, None),
        // The sixth write of contacts makes the one of Nina Farrow.
        fault(System::AUTOTASK, "Companies/174/Contacts", Some(6)),
    ]);
    let run = world.sync(CONTOSO);
    assert_eq!(run.code, 7, "{}", run.err);
    let report = world.journal("last");
    assert_eq!(fates(&report, "lena.ortiz"), ["update contact: done", "update portal user: failed"]);
    assert_eq!(fates(&report, "nina.farrow"), ["create contact: failed", "create portal user: not tried"]);
    assert_eq!(settled(&report, Settlement::Done).len(), report.header.planned - 3);
    assert!(run.out.contains("this one is refused"), "{}", run.out);
    assert!(
        run.out.ends_with("next: run the command again: it plans anew what was not done\n"),
        "{}",
        run.out
    );

    world.sandbox.set_faults(Vec::new());
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(world.journal("last").entries.len(), 3);
    assert_eq!(world.diff(&["--company", "Contoso", "--exit-code"]).code, 0);
}

#[test]
fn a_lost_answer_is_looked_up_rather_than_sent_again() {
    let world = World::new();
    world.fault(System::AUTOTASK, "Companies/174/Contacts", Some(6), Effect::ResetAfter);
    let run = world.sync(CONTOSO);
    assert_eq!(run.code, 0, "{}", run.out);
    let report = world.journal("last");
    assert_eq!(fates(&report, "nina.farrow"), ["create contact: done", "create portal user: done"]);
    let lost = settled(&report, Settlement::Done)
        .into_iter()
        .filter(|entry| entry.settled.as_ref().is_some_and(|settled| settled.detail.is_some()))
        .count();
    assert_eq!(lost, 1, "the journal says whose answer was lost");
    assert_eq!(world.writes().len(), report.header.planned);
}

#[test]
fn the_result_is_a_document_for_programs() {
    let world = World::new();
    let file = world.path("out.json");
    let run =
        world.sync(&["--company", "Contoso", "--format", "json", "--output", &file.display().to_string()]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
    let text = std::fs::read_to_string(&file).expect("the result");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["schema"], "crsync.run/1");
    assert_eq!(document["summary"]["planned"], 17);
    assert_eq!(document["summary"]["settled"], json!({"done": 17}));
    assert_eq!(document["run"]["header"]["purpose"], "sync");
    assert_eq!(company(&document["run"], "Contoso")["people"], 27);
    assert_eq!(document["run"]["entries"].as_array().map(Vec::len), Some(17));
}

#[test]
fn redacted_output_names_nobody() {
    for format in ["json", "table"] {
        let world = World::new();
        world.fault(System::CLOUDRADIAL, "/v2/user/00000009-0000-4000-9000-000000000006", None, refusal());
        let run = world.sync(&["--company", "Contoso", "--format", format, "--verbose", "--redact"]);
        assert_eq!(run.code, 7);
        let log = world.run(&["log", "last", "--format", format, "--redact"]);
        for text in [&run.out, &run.err, &log.out] {
            for name in ["Nina", "Farrow", "nina.farrow", "Marcus", "Wacker", "312 555", "Ortiz", "Elsa"] {
                assert!(!text.contains(name), "{name} is in the {format}");
            }
        }
        assert!(log.out.contains("N…"), "the person is there all the same: {}", log.out);
    }
}

#[test]
fn a_portal_that_is_read_only_is_not_written() {
    let world = World::new();
    let before = world.sandbox.snapshot();
    let run = world.sync(&["--company", "Wingtip Toys"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let writes = world.writes();
    assert!(!writes.is_empty() && writes.iter().all(|seen| seen.system == System::AUTOTASK), "{writes:?}");
    assert_eq!(world.sandbox.snapshot()["cloudradial"]["users"], before["cloudradial"]["users"]);
}
