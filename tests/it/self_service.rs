//! What people ask of their own details reaches 365, the PSA and the portal, in this order and once; what may not
//! be done is refused with the reason, and nothing else is written for that person.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::Command;

use crsync::cli::{self, Io};
use crsync::model::Field;
use crsync::plan::Settlement;
use crsync_sandbox::{Effect, Flow, Moment, System};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::conformance::{KITS, Kit};
use crate::crash::{Kill, killed};
use crate::harness::{Run, World, fates, settled};

const TENANT: &str = "c0a1e5b2-0000-4000-8000-000000000009";
const LENA: &str = "lena.ortiz@contoso.example";
const HELEN: &str = "helen.marsh@contoso.example";
const TOM: &str = "tom.ashby@contoso.example";

/// The properties of 365 users, Autotask contacts and portal users that are looked at.
const TITLES: [&str; 3] = ["jobTitle", "title", "title"];
const MOBILES: [&str; 3] = ["mobilePhone", "mobilePhone", "mobilePhone"];

fn serve(world: &World, args: &[&str]) -> Run {
    let mut all = vec!["self-service", "--yes", "--company", "Contoso"];
    all.extend(args);
    world.run(&all)
}

/// Asks for these fields; what begins with a dash is another flag.
fn ask(world: &World, user: &str, set: &[&str]) -> Run {
    let mut all = vec!["--user", user];
    for one in set {
        all.extend(if one.starts_with("--") { vec![*one] } else { vec!["--set", *one] });
    }
    serve(world, &all)
}

/// Writes requests to a file and runs them.
fn file(world: &World, lines: &[Value], args: &[&str]) -> Run {
    let path = world.path("requests.jsonl");
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&path, text.join("\n")).expect("a writable folder");
    let path = path.display().to_string();
    let mut all = vec!["--from", &path];
    all.extend(args);
    serve(world, &all)
}

/// The request's result, reason and next step.
fn answer(run: &Run, number: usize) -> (String, String, String) {
    let answer = run.json()["answers"][number].clone();
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    (text("result"), text("reason"), text("next"))
}

fn user<'v>(state: &'v mut Value, upn: &str) -> &'v mut Value {
    let users = state["graph"]["tenants"][TENANT]["users"].as_array_mut().expect("users");
    users.iter_mut().find(|user| user["userPrincipalName"] == upn).expect("a user")
}

fn portal_user<'v>(state: &'v Value, email: &str) -> &'v Value {
    let users = state["cloudradial"]["users"].as_object().expect("users by id");
    users.values().find(|user| user["email"] == email && user["isDeleted"] != true).expect("a portal user")
}

fn contact(kit: &Kit, state: &mut Value, email: &str, field: Field) -> Value {
    let contacts = state[kit.part]["contacts"].as_object_mut().expect("contacts by id");
    let own = contacts.values_mut().find_map(|contact| {
        let is_own = (kit.slot)(contact, Field::Email) == email;
        is_own.then_some(contact)
    });
    (kit.slot)(own.expect("a contact"), field).clone()
}

/// What 365, Autotask and the portal hold of a person.
fn held(world: &World, email: &str, names: [&str; 3]) -> [Value; 3] {
    let mut state = world.sandbox.snapshot();
    let field = if names[1] == "title" { Field::Title } else { Field::Mobile };
    let contact = contact(&KITS[0], &mut state, email, field);
    let portal = portal_user(&state, email)[names[2]].clone();
    [user(&mut state, email)[names[0]].clone(), contact, portal]
}

/// How many requests wrote to 365.
fn patches(world: &World) -> usize {
    world
        .sandbox
        .requests()
        .iter()
        .filter(|seen| seen.method == "PATCH" && seen.system == System::GRAPH)
        .count()
}

fn state(world: &World) -> Connection {
    Connection::open(world.path("state").join("state.db")).expect("a state")
}

fn blank(value: &Value) -> bool {
    value.is_null() || value == ""
}

#[test]
fn a_request_reaches_365_the_psa_and_the_portal_and_is_done_once() {
    for kit in &KITS {
        let world = World::small();
        let psa = ["--psa", kit.id];
        let request = json!({"id": "r-1", "user": LENA,
                             "set": {"mobile": "+1 555 0100", "title": "Head of Planning"}});
        let run = file(&world, std::slice::from_ref(&request), &[&psa[..], &["--format", "json"]].concat());
        assert_eq!(run.code, 0, "{}: {}{}", kit.id, run.out, run.err);
        assert_eq!(answer(&run, 0).0, "done", "{}", kit.id);
        let entries = run.json()["run"]["entries"].as_array().expect("entries").clone();
        let kinds: Vec<&str> =
            entries.iter().map(|entry| entry["change"]["record"]["kind"].as_str().expect("a kind")).collect();
        assert_eq!(kinds, ["tenant-user", "contact", "portal-user"], "{}", kit.id);
        let mut state = world.sandbox.snapshot();
        for (field, tenant, portal, text) in [
            (Field::Mobile, "mobilePhone", "mobilePhone", "+1 555 0100"),
            (Field::Title, "jobTitle", "title", "Head of Planning"),
        ] {
            assert_eq!(user(&mut state, LENA)[tenant], text, "{}", kit.id);
            assert_eq!(contact(kit, &mut state, LENA, field), text, "{}", kit.id);
            assert_eq!(portal_user(&state, LENA)[portal], text, "{}", kit.id);
        }
        let before = world.sandbox.requests().len();
        let again = file(&world, &[request], &[&psa[..], &["--format", "json"]].concat());
        assert_eq!((again.code, answer(&again, 0).0.as_str()), (0, "already-done"), "{}", again.err);
        assert_eq!(world.sandbox.requests().len(), before, "no service is asked anything");
        let diff = world.diff(&[&psa[..], &["--company", "Contoso"]].concat());
        let plan = diff.json();
        let changes = plan["companies"][0]["changes"].as_array().expect("changes");
        assert!(changes.iter().all(|change| change["who"]["email"] != LENA), "{}", kit.id);
    }
}

#[test]
fn nobody_else_is_written() {
    let world = World::small();
    assert_eq!(ask(&world, LENA, &["mobile=+1 555 0100"]).code, 0);
    let report = world.journal("last");
    assert_eq!(report.entries.len(), 3);
    assert!(report.entries.iter().all(|entry| entry.change.who.email.as_deref() == Some(LENA)));
}

#[test]
fn a_person_is_named_by_any_own_address_user_name_or_id() {
    let world = World::small();
    let mut id = String::new();
    world.edit(|state| {
        let lena = user(state, LENA);
        lena["otherMails"] = json!(["lena@home.example"]);
        id = lena["id"].as_str().expect("an id").to_uppercase();
    });
    for (number, name) in [" LENA.Ortiz@Contoso.example", "lena@home.example", &id].into_iter().enumerate() {
        let run = ask(&world, name, &[&format!("title=Head {number}")]);
        assert_eq!(run.code, 0, "{name}: {}{}", run.out, run.err);
        assert_eq!(held(&world, LENA, TITLES), [(); 3].map(|()| json!(format!("Head {number}"))));
    }
}

#[test]
fn a_blank_text_clears_365_and_the_others_follow_by_their_rules() {
    let world = World::small();
    world.configure(|text| format!("retries = 0\n{text}\n[fields]\ntitle = {{ clear = true }}\n"));
    let run = file(&world, &[json!({"user": LENA, "set": {"title": null, "phone": ""}})], &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(held(&world, LENA, TITLES).iter().all(blank), "{:?}", held(&world, LENA, TITLES));
    let mut state = world.sandbox.snapshot();
    assert_eq!(user(&mut state, LENA)["businessPhones"], json!([]));
    let kept = contact(&KITS[0], &mut state, LENA, Field::Phone);
    assert_eq!(kept, "+1 312 555 0196", "a blank overwrites nothing by default");
    assert_eq!(world.diff(&["--company", "Contoso"]).json()["companies"][0]["name"], "Contoso");
}

#[test]
fn what_may_not_be_done_is_refused_with_the_reason_and_nothing_is_written() {
    let world = World::small();
    world.edit(|state| {
        user(state, "priya.raman@contoso.example")["onPremisesSyncEnabled"] = json!(true);
        user(state, "grace.kim@contoso.example")["accountEnabled"] = json!(false);
        user(state, "tom.ashby@contoso.example")["otherMails"] = json!(["both@home.example"]);
        user(state, "marcus.webb@contoso.example")["otherMails"] = json!(["both@home.example"]);
    });
    world.configure(|text| {
        format!("retries = 0\n{text}\n[[exclude]]\nuser_name = \"nina.farrow@*\"\nreason = \"a test\"\n")
    });
    let long = format!("title={}", "x".repeat(129));
    for (who, set, reason, next) in [
        (
            "absent@contoso.example",
            "title=x",
            "no 365 user of the chosen companies has this address",
            "--company",
        ),
        ("both@home.example", "title=x", "2 365 users have it, of Contoso", "object id"),
        (
            LENA,
            "street=9 Lake Road",
            "street may not be changed by self-service; allowed: title, department, phone, mobile",
            "[self-service]",
        ),
        (LENA, "email=x@contoso.example", "email may not be changed", "[self-service]"),
        (LENA, &long, "title takes at most 128 characters in 365, these are 129", "shorten"),
        (
            "priya.raman@contoso.example",
            "title=x",
            "is mastered in the on-premises Active Directory",
            "change it there",
        ),
        ("grace.kim@contoso.example", "title=x", "the user is out of scope: disabled", "crsync explain"),
        (
            "nina.farrow@contoso.example",
            "title=x",
            "the user is out of scope: excluded (user-name",
            "crsync explain",
        ),
    ] {
        let run = serve(&world, &["--user", who, "--set", set, "--format", "json"]);
        let (result, why, then) = answer(&run, 0);
        assert_eq!((run.code, result.as_str()), (7, "refused"), "{who} {set}");
        assert!(why.contains(reason), "{why}");
        assert!(then.contains(next), "{then}");
        assert!(!why.contains('\n'));
    }
    assert_eq!((patches(&world), world.writes().len()), (0, 0));
}

#[test]
fn a_person_in_conflict_is_refused() {
    let world = World::small();
    let plan = world.diff(&[]).json();
    let companies = plan["companies"].as_array().expect("companies");
    let candidates = companies.iter().flat_map(|company| company["conflicts"].as_array().expect("a list"));
    let mut candidates = candidates.flat_map(|conflict| conflict["candidates"].as_array().expect("a list"));
    let user = candidates.find(|one| one["side"] == "365").expect("a 365 user in a conflict");
    let id = user["id"].as_str().expect("an id");
    let run = world.run(&["self-service", "--yes", "--user", id, "--set", "title=x", "--format", "json"]);
    assert!(answer(&run, 0).1.contains("in conflict"), "{:?}", answer(&run, 0));
    assert_eq!((run.code, patches(&world)), (7, 0));
}

#[test]
fn values_that_would_put_somebody_out_of_scope_are_refused() {
    let world = World::small();
    let run = serve(&world, &["--user", LENA, "--set", "department=Scanner 1", "--format", "json"]);
    let (result, why, _) = answer(&run, 0);
    assert_eq!((run.code, result.as_str(), patches(&world)), (7, "refused", 0));
    assert!(why.starts_with("with the new values, the user is out of scope: excluded"), "{why}");
}

#[test]
fn a_row_that_is_off_is_said_in_one_line_before_anything_is_asked() {
    let world = World::small();
    world.configure(|text| text.replace("self-service = true\n", ""));
    let run = ask(&world, LENA, &["title=x"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.starts_with("error: self-service is off for the chosen companies\n"), "{}", run.err);
    assert!(run.err.contains("set self-service = true under [sync]"), "{}", run.err);
    world.configure(|text| {
        text.replace("name = \"Contoso\"\n", "name = \"Contoso\"\nsync = { self-service = false }\n")
    });
    let run = world.run(&[
        "self-service",
        "--yes",
        "--company",
        "Contoso",
        "--company",
        "Northwind",
        "--user",
        LENA,
        "--set",
        "title=x",
        "--format",
        "json",
    ]);
    assert_eq!(answer(&run, 0).1, "self-service is off for Contoso", "{}", run.err);
    let shard = ask(&world, LENA, &["title=x", "--shard=1/2"]);
    assert_eq!(shard.code, 2);
}

#[test]
fn an_administrator_gets_what_is_not_guarded_and_nothing_else_flows() {
    let world = World::small();
    let before = held(&world, HELEN, MOBILES);
    let request = json!({"id": "h", "user": HELEN, "set": {"mobile": "+1 555 0101", "title": "Chief"}});
    let run = file(&world, std::slice::from_ref(&request), &["--format", "json"]);
    let (result, why, next) = answer(&run, 0);
    assert_eq!((run.code, result.as_str()), (7, "done-in-part"), "{}", run.err);
    assert!(why.starts_with("without mobile: 365 does not let the application write mobile"), "{why}");
    assert!(why.ends_with("the target is an administrator"), "{why}");
    assert!(next.contains("another administrator"), "{next}");
    assert_eq!(held(&world, HELEN, TITLES), ["Chief", "Chief", "Chief"].map(|text| json!(text)));
    assert_eq!(held(&world, HELEN, MOBILES), before);
    assert_eq!(patches(&world), 2);
    let report = world.journal("last");
    let expected = [
        "update 365 user: failed",
        "update 365 user: done",
        "update contact: done",
        "update portal user: done",
    ];
    assert_eq!(fates(&report, "helen.marsh"), expected);
    let again = file(&world, &[request], &["--format", "json"]);
    let (result, why, next) = answer(&again, 0);
    assert_eq!((again.code, result.as_str(), patches(&world)), (7, "refused", 2));
    assert!(why.contains(" did it in part: without mobile: 365 does not let the application"), "{why}");
    assert_eq!(next, "ask for what is missing under an id of its own");
    // Nothing that is not guarded: the PSA and the portal get nothing.
    let alone = ask(&world, HELEN, &["mobile=+1 555 0102", "--format=json"]);
    assert_eq!((alone.code, answer(&alone, 0).0.as_str()), (7, "failed"));
    assert_eq!(held(&world, HELEN, MOBILES), before);
    assert_eq!(settled(&world.journal("last"), Settlement::NotTried).len(), 2);
    // What was taken is taken back.
    let first = world.runs()[0].clone();
    assert_eq!(world.run(&["undo", &first, "--yes"]).code, 0);
    assert_eq!(held(&world, HELEN, TITLES), [(); 3].map(|()| json!("Managing Director")));
}

#[test]
fn a_request_that_365_refused_may_come_again_though_another_of_the_same_person_was_taken() {
    let world = World::small();
    let lines = [
        json!({"id": "a", "user": HELEN, "set": {"mobile": "+1 555 0101"}}),
        json!({"id": "c", "user": HELEN, "set": {"title": "Chief"}}),
    ];
    let results = |run: &Run| [0, 1].map(|number| answer(run, number).0);
    let run = file(&world, &lines, &["--format", "json"]);
    assert_eq!((run.code, results(&run)), (7, ["failed", "done"].map(String::from)), "{}", run.out);
    world.edit(|state| user(state, HELEN)["admin"] = json!(false));
    let again = file(&world, &lines, &["--format", "json"]);
    assert_eq!(
        (again.code, results(&again)),
        (0, ["done", "already-done"].map(String::from)),
        "{}",
        again.out
    );
    assert_eq!(held(&world, HELEN, MOBILES), [(); 3].map(|()| json!("+1 555 0101")));
}

#[test]
fn a_request_that_365_refused_does_not_come_before_a_later_one_that_was_done() {
    let world = World::small();
    let before = held(&world, HELEN, MOBILES);
    let lines = [
        json!({"id": "a", "user": HELEN, "set": {"mobile": "+1 555 0101"}}),
        json!({"id": "c", "user": HELEN, "set": {"title": "Chief", "mobile": "+1 555 0102"}}),
    ];
    let results = |run: &Run| [0, 1].map(|number| answer(run, number).0);
    let run = file(&world, &lines, &["--format", "json"]);
    assert_eq!(results(&run), ["failed", "done-in-part"].map(String::from), "{}", run.out);
    world.edit(|state| user(state, HELEN)["admin"] = json!(false));
    let again = file(&world, &lines, &["--format", "json"]);
    assert_eq!(results(&again), ["already-done", "refused"].map(String::from), "{}", again.out);
    assert_eq!(answer(&again, 0).1, "a later request replaces it");
    assert_eq!(held(&world, HELEN, MOBILES), before, "the last request asked for another number");
    // Asked for under an id of its own, the number is written.
    let missing = json!({"id": "d", "user": HELEN, "set": {"mobile": "+1 555 0102"}});
    let last = file(&world, &[&lines[..], &[missing]].concat(), &["--format", "json"]);
    assert_eq!(answer(&last, 2).0, "done", "{}", last.out);
    assert_eq!(held(&world, HELEN, MOBILES), [(); 3].map(|()| json!("+1 555 0102")));
}

#[test]
fn a_request_whose_run_was_taken_back_is_told_so_and_not_done_again() {
    let world = World::small();
    let args = ["--user", LENA, "--set", "title=Head", "--id", "x", "--format", "json"];
    assert_eq!(serve(&world, &args).code, 0);
    let run = world.runs()[0].clone();
    assert_eq!(world.run(&["undo", "last", "--yes"]).code, 0);
    let by = world.runs().pop().expect("the run that took it back");
    let again = serve(&world, &args);
    let (result, why, next) = answer(&again, 0);
    assert_eq!((again.code, result.as_str(), patches(&world)), (7, "refused", 2));
    assert_eq!(why, format!("run {run} did it, and run {by} took it back"));
    assert_eq!(next, "ask again under an id of its own");
    assert_eq!(world.run(&["undo", &by, "--yes"]).code, 0);
    assert_eq!(answer(&serve(&world, &args), 0).0, "already-done", "the taking back was taken back");
}

#[test]
fn a_journal_that_cannot_be_read_is_no_sign_that_a_request_was_done() {
    let world = World::small();
    let args = ["--user", LENA, "--set", "title=Head", "--id", "x"];
    assert_eq!(serve(&world, &args).code, 0);
    let notes = "UPDATE texts SET text = 'x' WHERE id IN (SELECT notes FROM runs)";
    state(&world).execute(notes, ()).expect("a table of texts");
    let run = serve(&world, &args);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
}

#[test]
fn a_missing_permission_is_named_with_where_to_consent() {
    let world = World::small();
    world.edit(|state| {
        state["entra"]["roles"][TENANT] = json!(["User.Read.All", "LicenseAssignment.Read.All"]);
    });
    for set in [&["title=Chief"][..], &["title=Chief", "mobile=+1 555 0101"]] {
        let run = ask(&world, LENA, &[set, &["--format=json"]].concat());
        let (result, why, next) = answer(&run, 0);
        assert_eq!((run.code, result.as_str()), (7, "failed"), "{}", run.err);
        assert!(why.contains("the application lacks User.ReadWrite.All"), "{why}");
        assert!(next.contains("/adminconsent?client_id="), "{next}");
        assert!(world.writes().is_empty());
    }
    assert_eq!(patches(&world), 2, "no part of a request is worth sending by itself");
}

#[test]
fn an_object_that_365_will_not_write_after_all_is_explained() {
    let world = World::small();
    for (message, words) in [
        (
            "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects \
             currently undergoing migration.",
            "on-premises Active Directory",
        ),
        (
            "Unable to update the specified properties for objects that have originated within an external service.",
            "made by another service",
        ),
    ] {
        let body = json!({"error": {"code": "Request_BadRequest", "message": message}}).to_string();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let path = {
            let mut state = world.sandbox.snapshot();
            format!("/v1.0/users/{}", user(&mut state, LENA)["id"].as_str().expect("an id"))
        };
        // The second one: the first looks before.
        world.fault(System::GRAPH, &path, Some(2), Effect::Answer { status: 400, headers, body });
        let run = ask(&world, LENA, &["title=Chief", "--format=json"]);
        let (result, why, _) = answer(&run, 0);
        assert_eq!((run.code, result.as_str()), (7, "failed"), "{}", run.out);
        assert!(why.contains(words), "{why}");
        assert!(world.writes().is_empty());
    }
}

#[test]
fn what_365_quotes_of_the_values_it_refuses_is_not_repeated() {
    let world = World::small();
    for (status, message) in [(400, "Invalid value '+1 777 0100' specified"), (409, "+1 777 0100 is taken")] {
        let body = json!({"error": {"code": "Request_BadRequest", "message": message}}).to_string();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let id = user(&mut world.sandbox.snapshot(), LENA)["id"].as_str().expect("an id").to_owned();
        let effect = Effect::Answer { status, headers, body };
        world.fault(System::GRAPH, &format!("/v1.0/users/{id}"), Some(2), effect);
        let run = ask(&world, LENA, &["mobile=+1 777 0100", "--format=json"]);
        assert_eq!((run.code, answer(&run, 0).0.as_str()), (7, "failed"), "{}", run.out);
        let report = world.journal("last");
        let detail = report.entries[0].settled.as_ref().and_then(|settled| settled.detail.as_deref());
        assert!(detail.is_some_and(|detail| !detail.contains("777")), "{detail:?}");
        assert!(!answer(&run, 0).1.contains("777"));
        if status == 400 {
            assert!(answer(&run, 0).1.ends_with(": Invalid value '…' specified"), "{:?}", answer(&run, 0));
        }
    }
}

#[test]
fn bad_lines_are_named_and_nothing_is_done_for_the_good_ones() {
    let world = World::small();
    let path = world.path("requests.jsonl");
    let good = json!({"id": "a", "user": LENA, "set": {"title": "Head"}});
    std::fs::write(&path, format!("{good}\n{{\"user\": 7}}\nx\n")).expect("a writable folder");
    let shown = path.display().to_string();
    let run = serve(&world, &["--from", &shown]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.starts_with(&format!("error: {shown}:2: `user` is no address")), "{}", run.err);
    assert!(run.err.contains("1 further line is not understood either"), "{}", run.err);
    assert!(world.sandbox.requests().is_empty());
    let missing = serve(&world, &["--from", &world.path("none").display().to_string()]);
    assert_eq!(missing.code, 2);
}

#[test]
fn a_file_without_a_request_is_no_error() {
    let world = World::small();
    let run = file(&world, &[], &[]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    assert_eq!(run.err, "no request: nothing is to be done\n");
    let quiet = file(&world, &[], &["--quiet", "--format", "json"]);
    assert_eq!((quiet.code, quiet.out + &quiet.err), (0, String::new()));
    assert!(world.sandbox.requests().is_empty() && world.runs().is_empty());
}

#[test]
fn a_flag_that_is_not_understood_does_not_repeat_the_number() {
    let world = World::small();
    for (set, words) in [
        ("mobil=+1 777 0100", "error: \"mobil\" is no field; fields are first-name"),
        ("+1 777 0100", "error: --set takes a field and its text"),
        ("+1 777 0100=mobile", "error: what is named is no field"),
        ("mobile=+1 777\n0100", "error: mobile holds a control character"),
    ] {
        let run = ask(&world, LENA, &[set]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{set}");
        assert!(run.err.starts_with(words), "{}", run.err);
        assert!(!run.err.contains("777"), "{}", run.err);
    }
    assert!(world.sandbox.requests().is_empty());
}

#[test]
fn requests_come_by_standard_input_and_each_gets_its_answer() {
    let world = World::small();
    let lines = [
        json!({"id": "a", "user": LENA, "set": {"title": "Head"}}),
        json!({"id": "b", "user": "absent@contoso.example", "set": {"title": "Head"}}),
        json!({"id": "c", "user": LENA, "set": {"title": "Chief", "mobile": "+1 555 0100"}}),
        json!({"id": "d", "user": "tom.ashby@contoso.example", "set": {"title": "Account Manager"}}),
    ];
    let text = lines.map(|line| line.to_string()).join("\n");
    let (io, buffers) = Io::buffered(None, world.env.clone());
    let config = world.config().display().to_string();
    let args = [
        "crsync",
        "--config",
        &config,
        "self-service",
        "--from",
        "-",
        "--yes",
        "--company",
        "Contoso",
        "--format",
        "json",
    ];
    let code = cli::run(args.iter().map(OsString::from), &mut io.with_input(text));
    let run = Run { code, out: buffers.out(), err: buffers.err() };
    let results: Vec<String> = (0..4).map(|number| answer(&run, number).0).collect();
    assert_eq!(results, ["done", "refused", "done", "already-done"], "{}", run.err);
    assert_eq!(run.code, 7);
    assert_eq!(run.json()["answers"][1]["place"], "standard input:2");
    assert_eq!(held(&world, LENA, TITLES), [(); 3].map(|()| json!("Chief")), "the later line counts");
    assert_eq!(patches(&world), 1, "one user, one write");
}

#[test]
fn an_id_that_asks_for_something_else_is_refused() {
    let world = World::small();
    let ask = |title: &str| {
        serve(&world, &["--user", LENA, "--set", &format!("title={title}"), "--id", "x", "--format", "json"])
    };
    assert_eq!(ask("Head").code, 0);
    let run = ask("Chief");
    let (result, why, _) = answer(&run, 0);
    assert_eq!((run.code, result.as_str()), (7, "refused"));
    assert!(why.ends_with("was asked for something else by the same id"), "{why}");
    assert_eq!(held(&world, LENA, TITLES), [(); 3].map(|()| json!("Head")));
    // A later change by another person is not overwritten by the same request.
    world.edit(|state| user(state, LENA)["jobTitle"] = json!("Director"));
    assert_eq!(answer(&ask("Head"), 0).0, "already-done");
    assert_eq!(held(&world, LENA, TITLES)[0], "Director");
}

#[test]
fn a_refused_plan_writes_nothing_and_the_request_may_come_again() {
    let world = World::small();
    world.configure(|text| text.replace("[sync]\n", "[sync]\nprotected = [\"lena*@*\"]\n"));
    let ask = |more: &[&str]| {
        let mut args = vec!["--user", LENA, "--set", "title=Head", "--id", "x", "--format", "json"];
        args.extend(more);
        serve(&world, &args)
    };
    let run = ask(&[]);
    assert_eq!((run.code, answer(&run, 0).1.as_str()), (5, "a guard refuses the plan"), "{}", run.out);
    assert_eq!(patches(&world), 0);
    let run = ask(&["--allow", "protected=1"]);
    assert_eq!((run.code, answer(&run, 0).0.as_str()), (0, "done"), "{}", run.out);
}

#[test]
fn somebody_who_moved_in_between_is_left_alone_on_all_sides() {
    let world = World::small();
    let state = world.sandbox.snapshot();
    let id = user(&mut state.clone(), LENA)["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1.0/users/{id}");
    // What is looked at just before the write shows another title.
    let body = json!({"id": id, "userPrincipalName": LENA, "mail": LENA, "jobTitle": "Director"}).to_string();
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    world.fault(System::GRAPH, &path, Some(1), Effect::Answer { status: 200, headers, body });
    let run = ask(&world, LENA, &["title=Head", "--format=json"]);
    assert_eq!(run.code, 6, "{}", run.out);
    assert!(answer(&run, 0).1.contains("title of the 365 user has changed since"), "{:?}", answer(&run, 0));
    assert_eq!(settled(&world.journal("last"), Settlement::Stale).len(), 3);
    assert_eq!((patches(&world), world.writes().len()), (0, 0));
}

#[test]
fn a_lost_answer_is_made_up_for_by_looking() {
    let world = World::small();
    lose_answers(&world);
    let run = ask(&world, LENA, &["title=Head", "--format=json"]);
    assert_eq!((run.code, answer(&run, 0).0.as_str()), (0, "done"), "{}", run.out);
    let report = world.journal("last");
    let detail = report.entries[0].settled.as_ref().and_then(|settled| settled.detail.as_deref());
    assert_eq!(detail, Some("the answer was lost, the record holds it"));
}

#[test]
fn an_old_reading_after_a_lost_answer_proves_nothing() {
    let world = World::small();
    world.edit(|state| state["graph"]["lag"] = json!(1));
    lose_answers(&world);
    let args = ["--user", LENA, "--set", "title=Head", "--id", "x", "--format", "json"];
    let run = serve(&world, &args);
    assert_eq!((run.code, answer(&run, 0).0.as_str()), (7, "unknown"), "{}", run.out);
    assert!(world.writes().is_empty(), "the others wait");
    world.sandbox.watch(|_, _| Flow::On);
    let again = serve(&world, &args);
    assert_eq!((again.code, answer(&again, 0).0.as_str()), (0, "already-done"), "{}", again.out);
    assert_eq!(held(&world, LENA, TITLES), [(); 3].map(|()| json!("Head")));
    assert_eq!(patches(&world), 1);
}

#[test]
fn an_old_reading_after_a_good_answer_changes_nothing() {
    let world = World::small();
    world.edit(|state| state["graph"]["lag"] = json!(5));
    let run = ask(&world, LENA, &["title=Head", "--format=json"]);
    assert_eq!((run.code, answer(&run, 0).0.as_str()), (0, "done"), "{}", run.out);
}

#[test]
fn a_sync_that_reads_old_values_does_not_bring_them_back() {
    let world = World::small();
    assert_eq!(world.sync(&["--company", "Contoso"]).code, 0);
    world.edit(|state| state["graph"]["lag"] = json!(2));
    assert_eq!(ask(&world, LENA, &["title=Head", "mobile="]).code, 0);
    let before = held(&world, LENA, TITLES);
    for _ in 0..3 {
        let run = world.sync(&["--company", "Contoso", "--format", "json"]);
        assert_eq!((run.code, &run.json()["summary"]["planned"]), (0, &json!(0)), "{}", run.out);
        assert_eq!(held(&world, LENA, TITLES), before);
    }
    // What another person wrote since is no old value.
    world.edit(|state| user(state, LENA)["jobTitle"] = json!("Director"));
    assert_eq!(world.sync(&["--company", "Contoso"]).code, 0);
    assert_eq!(held(&world, LENA, TITLES), [(); 3].map(|()| json!("Director")));
}

/// Only crsync writes, and for a while every reading shows what was there before its writes.
fn lagging() -> World {
    let world = World::small();
    assert_eq!(world.sync(&["--company", "Contoso"]).code, 0);
    world.edit(|state| state["graph"]["lag"] = json!(1000));
    world
}

/// What 365 holds, whatever readings show.
fn title(world: &World) -> String {
    held(world, LENA, TITLES)[0].as_str().unwrap_or_default().to_owned()
}

#[test]
fn old_values_asked_for_again_are_written_although_a_reading_shows_them() {
    let world = lagging();
    let old = title(&world);
    let set = |title: &str, mobile: &str| {
        let run =
            ask(&world, LENA, &[&format!("title={title}"), &format!("mobile={mobile}"), "--format=json"]);
        assert_eq!((run.code, answer(&run, 0).0.as_str()), (0, "done"), "{}", run.out);
    };
    set("Head", "+1 555 0100");
    // One field as it was, one new.
    set(&old, "+1 555 0101");
    assert_eq!(held(&world, LENA, TITLES), [(); 3].map(|()| json!(old)));
    assert_eq!(held(&world, LENA, MOBILES), [(); 3].map(|()| json!("+1 555 0101")));
    set("Chief", "+1 555 0102");
    assert_eq!(held(&world, LENA, TITLES), [(); 3].map(|()| json!("Chief")));
    assert_eq!(patches(&world), 3);
}

#[test]
fn a_lost_write_is_no_success_because_an_old_reading_shows_what_was_asked_for() {
    let world = lagging();
    let old = title(&world);
    assert_eq!(ask(&world, LENA, &["title=Head"]).code, 0);
    world.sandbox.watch(|seen, _| {
        let is_write = seen.system == System::GRAPH && seen.method == "PATCH";
        if is_write { Flow::HangUp } else { Flow::On }
    });
    let run = ask(&world, LENA, &[&format!("title={old}"), "--format=json"]);
    assert_eq!((run.code, answer(&run, 0).0.as_str()), (7, "unknown"), "{}", run.out);
    assert_eq!(title(&world), "Head");
}

#[test]
fn a_run_is_taken_back_although_a_reading_shows_what_was_before_it() {
    let world = lagging();
    let old = title(&world);
    assert_eq!(ask(&world, LENA, &["title=Head"]).code, 0);
    let run = world.run(&["undo", "last", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(held(&world, LENA, TITLES), [(); 3].map(|()| json!(old)));
    let sync = world.sync(&["--company", "Contoso", "--format", "json"]);
    assert_eq!((sync.code, &sync.json()["summary"]["planned"]), (0, &json!(0)), "{}", sync.out);
}

/// Lets 365 hang up after it did what it was asked to.
fn lose_answers(world: &World) {
    world.sandbox.watch(|seen, moment| {
        let is_write = seen.system == System::GRAPH && seen.method == "PATCH";
        if is_write && moment == Moment::After { Flow::HangUp } else { Flow::On }
    });
}

#[test]
fn a_run_that_dies_anywhere_is_made_good_by_the_next_and_nothing_is_done_twice() {
    for (nth, moment) in [1, 2, 3].into_iter().flat_map(|nth| [(nth, Moment::Before), (nth, Moment::After)]) {
        let world = World::small();
        let args = ["--user", LENA, "--set", "title=Head", "--id", "x", "--yes", "--company", "Contoso"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
        command.arg("--config").arg(world.config()).arg("self-service").args(args);
        command.env_clear().envs(&world.env);
        killed(&world, &mut command, Kill::Write(nth, moment));
        world.sandbox.watch(|_, _| Flow::On);
        let place = format!("at write {nth} {moment:?}");
        if (nth, moment) == (1, Moment::Before) {
            // That 365 shows the older values proves nothing at first.
            let run =
                serve(&world, &["--user", LENA, "--set", "title=Head", "--id", "x", "--format", "json"]);
            let (result, why, next) = answer(&run, 0);
            assert_eq!((run.code, result.as_str()), (7, "refused"), "{place}: {}", run.out);
            assert_ne!(title(&world), "Head");
            assert!(run.err.contains("365 may still show the older values"), "{}", run.err);
            assert!(why.contains("held back until an earlier run is settled"), "{why}");
            assert_eq!(next, "run the command again in some minutes");
            state(&world).execute("UPDATE intents SET at = at - 11 * 60 * 1000", ()).expect("a journal");
        }
        let run = serve(&world, &["--user", LENA, "--set", "title=Head", "--id", "x", "--format", "json"]);
        assert_eq!(run.code, 0, "{place}: {}{}", run.out, run.err);
        let expected = if (nth, moment) == (1, Moment::Before) { "done" } else { "already-done" };
        assert_eq!(answer(&run, 0).0, expected, "{place}");
        assert_eq!(held(&world, LENA, TITLES), [(); 3].map(|()| json!("Head")), "{place}");
        let mut all = BTreeMap::new();
        for run in world.runs() {
            for entry in world.journal(&run).entries {
                assert!(entry.settled.is_some(), "{place}: {} is open", entry.change.key.0);
                *all.entry(entry.change.key.0).or_insert(0) += 1;
            }
        }
        assert_eq!(all.len(), 3, "{place}");
        let done = serve(&world, &["--user", LENA, "--set", "title=Head", "--id", "x", "--format", "json"]);
        assert_eq!(answer(&done, 0).0, "already-done", "{place}");
    }
}

#[test]
fn what_the_psa_refuses_follows_when_the_request_comes_again() {
    let world = World::small();
    let refused = Effect::Answer { status: 500, headers: Vec::new(), body: String::new() };
    world.fault(System::CLOUDRADIAL, "/v2/user/", None, refused);
    let args = ["--user", LENA, "--set", "title=Head", "--id", "x", "--format", "json"];
    let run = serve(&world, &args);
    assert_eq!((run.code, answer(&run, 0).0.as_str()), (7, "done-in-part"), "{}", run.out);
    assert_eq!(answer(&run, 0).2, "crsync sync");
    world.sandbox.set_faults(Vec::new());
    let again = serve(&world, &args);
    assert_eq!((again.code, answer(&again, 0).0.as_str()), (0, "already-done"), "{}", again.out);
    assert_eq!(held(&world, LENA, TITLES), [(); 3].map(|()| json!("Head")));
    assert_eq!(patches(&world), 1);
}

#[test]
fn what_the_portal_refuses_of_what_365_held_already_follows_when_the_request_comes_again() {
    let world = World::small();
    world.edit(|state| user(state, LENA)["jobTitle"] = json!("Head"));
    let refused = Effect::Answer { status: 500, headers: Vec::new(), body: String::new() };
    world.fault(System::CLOUDRADIAL, "/v2/user/", None, refused);
    let args = ["--user", LENA, "--set", "title=Head", "--id", "x", "--format", "json"];
    serve(&world, &args);
    assert_ne!(held(&world, LENA, TITLES)[2], "Head");
    world.sandbox.set_faults(Vec::new());
    let again = serve(&world, &args);
    assert_eq!((again.code, answer(&again, 0).0.as_str()), (0, "already-done"), "{}", again.out);
    assert_eq!(held(&world, LENA, TITLES), [(); 3].map(|()| json!("Head")));
    assert_eq!(patches(&world), 0);
}

#[test]
fn an_undo_puts_365_and_the_others_back() {
    let world = World::small();
    assert_eq!(world.sync(&["--company", "Contoso"]).code, 0);
    let before = (held(&world, LENA, TITLES), held(&world, LENA, MOBILES));
    assert_eq!(ask(&world, LENA, &["title=Head", "mobile="]).code, 0);
    assert_ne!(held(&world, LENA, TITLES), before.0);
    let run = world.run(&["undo", "last", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!((held(&world, LENA, TITLES), held(&world, LENA, MOBILES)), before);
}

#[test]
fn names_and_values_are_masked_on_request() {
    let world = World::small();
    for format in ["table", "json"] {
        let run = ask(
            &world,
            LENA,
            &["title=Chief of all", "mobile=+1 555 0100", "--redact", &format!("--format={format}")],
        );
        assert_eq!(run.code, 0, "{}", run.err);
        for text in ["lena.ortiz", "Lena", "Chief of all", "555 0100"] {
            assert!(!run.out.contains(text) && !run.err.contains(text), "{text}: {}", run.out);
        }
        world.forget();
    }
    let run = ask(&world, "Ann Berg", &["title=x", "--redact", "--format=json"]);
    assert_eq!((run.code, run.out.contains("Ann Berg")), (7, false), "{}", run.out);
}

#[test]
fn the_details_that_the_portal_keeps_are_left_to_a_sync() {
    let world = World::small();
    world.configure(|text| text.replace("[sync]\n", "[sync]\nuser-details = true\n"));
    let run = ask(&world, LENA, &["title=Head", "--format=json"]);
    assert_eq!((run.code, answer(&run, 0).0.as_str()), (0, "done"), "{}", run.err);
    let report = world.journal("last");
    assert_eq!(report.entries.len(), 3);
    assert!(report.companies.iter().all(|company| company.skipped.is_empty()), "{:?}", report.companies);
    let is_asset = |path: &str| path.to_lowercase().contains("flexible");
    assert!(world.sandbox.requests().iter().all(|seen| !is_asset(&seen.path)));
    assert_ne!(world.diff(&["--company", "Contoso"]).json()["companies"][0]["changes"], json!([]));
    assert!(world.sandbox.requests().iter().any(|seen| is_asset(&seen.path)), "a diff does read them");
}

#[test]
fn a_deadline_that_is_over_writes_nothing() {
    let world = World::small();
    let run = ask(&world, LENA, &["title=Head", "--deadline=1ms"]);
    assert_eq!((run.code, patches(&world)), (10, 0), "{}", run.err);
}

#[test]
fn it_reads_like_this() {
    let world = World::small();
    let config = world.config().display().to_string();
    let lines = [
        json!({"id": "17", "user": LENA, "set": {"title": "Head of Planning", "mobile": "+1 555 0100"}}),
        json!({"id": "18", "user": HELEN, "set": {"title": "Chief", "mobile": "+1 555 0101"}}),
        json!({"id": "19", "user": "unknown@contoso.example", "set": {"title": "Ghost"}}),
    ];
    let path = world.path("requests.jsonl");
    std::fs::write(&path, lines.map(|line| line.to_string()).join("\n")).expect("a writable folder");
    let path = path.display().to_string();
    let args = [
        "crsync",
        "--color",
        "never",
        "--config",
        &config,
        "self-service",
        "--yes",
        "--company",
        "Contoso",
        "--from",
        &path,
    ];
    let run = crate::harness::run(&args, Some(80), &world.env);
    assert_eq!(run.code, 7, "{}", run.err);
    assert!(run.out.lines().all(|line| line.chars().count() <= 80), "{}", run.out);
    let id = world.runs()[0].clone();
    insta::assert_snapshot!(run.out.replace(&id, "(run)"));
}

#[test]
fn what_became_of_a_request_is_told_alike_whatever_part_of_the_run_is_shown() {
    let world = World::new();
    let lines = [
        json!({"id": "1", "user": LENA, "set": {"mobile": "+1 312 555 0123"}}),
        json!({"id": "2", "user": TOM, "set": {"mobile": "+1 312 555 0124"}}),
    ];
    let run = file(&world, &lines, &[]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let shown = |args: &[&str]| {
        let document = world.run(&[&["log", "last", "--format", "json"], args].concat());
        let answers = document.json()["answers"].as_array().expect("a list").clone();
        let each = answers.iter().map(|one| (one["id"].clone(), one["result"].clone()));
        (each.collect::<Vec<_>>(), document.out)
    };
    let done = |id: &str| (json!(id), json!("done"));
    assert_eq!(shown(&[]).0, [done("1"), done("2")]);
    assert_eq!(shown(&["--company", "Contoso"]).0, [done("1"), done("2")]);
    let (answers, text) = shown(&["--person", LENA]);
    assert_eq!(answers, [done("1")]);
    assert!(!text.contains("0124") && !text.contains(TOM), "{text}");
    assert_eq!(shown(&["--failed"]).0, [], "both were done");
    assert_eq!(shown(&["--company", "Fabrikam"]).0, [], "both are of another company");
}
