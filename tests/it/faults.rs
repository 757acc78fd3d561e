//! Whatever goes wrong on the way: one clear line, the next step, the right exit code, and no change derived
//! from what was not read.

use crsync_sandbox::{Effect, System};
use serde_json::{Value, json};

use crate::harness::{Run, World, company};

const CONTOSO: &[&str] = &["--company", "Contoso"];

/// The run says `what` in one line on standard error and `next` in the line below, exits with 8, and plans
/// nothing for Contoso.
#[track_caller]
pub(crate) fn held_back(run: &Run, what: &str, next: &str) {
    held_back_with(8, run, what, next);
}

/// The same with another exit code: what a person has to correct keeps its own.
#[track_caller]
pub(crate) fn held_back_with(code: u8, run: &Run, what: &str, next: &str) {
    assert_eq!(run.code, code, "{}", run.err);
    let lines: Vec<&str> = run.err.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.err);
    assert!(lines[0].starts_with("error: ") && lines[0].contains(what), "{}", run.err);
    assert!(lines[1].starts_with("  next: ") && lines[1].contains(next), "{}", run.err);
    let plan = run.json();
    let contoso = company(&plan, "Contoso");
    assert_eq!(contoso["changes"], json!([]));
    assert_eq!(contoso["conflicts"], json!([]));
    assert!(contoso["unread"].as_array().is_some_and(|unread| !unread.is_empty()));
}

pub(crate) fn html() -> Effect {
    let body = "<!DOCTYPE html><html><body>Proxy error</body></html>".to_owned();
    Effect::Answer { status: 200, headers: vec![("content-type".into(), "text/html".into())], body }
}

#[test]
fn a_network_that_dies_holds_the_company_back() {
    for (system, name) in
        [(System::GRAPH, "graph"), (System::CLOUDRADIAL, "cloudradial"), (System::AUTOTASK, "autotask")]
    {
        let world = World::new();
        world.fault(system, "", None, Effect::ResetBefore);
        held_back(&world.diff(CONTOSO), name, "check the network");
    }
}

#[test]
fn a_service_that_is_not_there_holds_the_company_back() {
    let world = World::new();
    let closed = "http://127.0.0.1:9";
    world.configure(|text| {
        let at = text.find("base-url").expect("CloudRadial's address");
        let end = at + text[at..].find('\n').expect("a line");
        format!("retries = 0\n{}base-url = \"{closed}\"{}", &text[..at], &text[end..])
    });
    held_back(&world.diff(CONTOSO), "cloudradial at 127.0.0.1 cannot be reached", "check the network");
}

#[test]
fn a_wrong_secret_names_the_secret_and_where_to_put_it() {
    let cases = [
        ("CRSYNC_MICROSOFT365_CLIENT_SECRET", "the client secret is wrong", "crsync login microsoft365"),
        ("CRSYNC_CLOUDRADIAL_PRIVATE_KEY", "the key pair is not accepted", "crsync login cloudradial"),
        ("CRSYNC_AUTOTASK_SECRET", "Autotask", "crsync login autotask"),
    ];
    for (variable, what, next) in cases {
        let mut world = World::new();
        world.env.insert(variable.to_owned(), "not-the-secret".to_owned());
        let run = world.diff(CONTOSO);
        held_back_with(1, &run, what, next);
        assert!(!run.err.contains("not-the-secret") && !run.out.contains("not-the-secret"));
    }
}

#[test]
fn a_wrong_secret_is_not_tried_again_since_that_locks_the_account() {
    let mut world = World::new();
    world.env.insert("CRSYNC_AUTOTASK_SECRET".to_owned(), "not-the-secret".to_owned());
    world.diff(CONTOSO);
    let refused = world
        .sandbox
        .requests()
        .iter()
        .filter(|seen| {
            seen.system == System::AUTOTASK && !seen.path.to_lowercase().contains("zoneinformation")
        })
        .count();
    assert_eq!(refused, 1);
}

#[test]
fn a_missing_permission_is_named() {
    let world = World::new();
    let body =
        json!({"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges"}})
            .to_string();
    world.fault(System::GRAPH, "$batch", None, Effect::Answer { status: 403, headers: Vec::new(), body });
    held_back_with(1, &world.diff(CONTOSO), "lacks User.Read.All", "adminconsent?client_id=");
    let world = World::new();
    world.edit(|state| state["autotask"]["denied"] = json!(["Contacts"]));
    held_back_with(1, &world.diff(CONTOSO), "adequate permissions", "security level");
}

#[test]
fn a_tenant_without_consent_is_told_where_to_consent() {
    let world = World::new();
    let plan = world.diff(CONTOSO).json();
    assert_eq!(company(&plan, "Contoso")["unread"], json!([]));
    world.edit(|state| {
        let tenant = state["graph"]["tenants"].as_object().expect("tenants").keys().next().cloned();
        state["entra"]["unconsented"] = json!([tenant]);
    });
    let run = world.diff(&[]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("has not consented") && run.err.contains("adminconsent"), "{}", run.err);
}

#[test]
fn a_truncated_page_is_never_taken_for_a_whole_one() {
    let places = [
        (System::GRAPH, "$batch"),
        (System::CLOUDRADIAL, "odata/user?"),
        (System::AUTOTASK, "Contacts/query"),
    ];
    for (system, path) in places {
        let world = World::new();
        world.fault(system, path, None, Effect::Truncated);
        held_back(&world.diff(CONTOSO), "broke off", "run the command again");
    }
}

#[test]
fn a_web_page_in_place_of_data_is_recognised() {
    let places = [
        (System::GRAPH, "$batch"),
        (System::CLOUDRADIAL, "odata/user?"),
        (System::AUTOTASK, "Contacts/query"),
    ];
    for (system, path) in places {
        let world = World::new();
        world.fault(system, path, None, html());
        held_back(&world.diff(CONTOSO), "web page", "");
    }
}

#[test]
fn a_repeated_page_is_noticed() {
    for (system, path) in [
        (System::GRAPH, "skiptoken"),
        (System::CLOUDRADIAL, "odata/user?"),
        (System::AUTOTASK, "Contacts/query"),
    ] {
        let world = World::new();
        world.fault(system, path, Some(2), Effect::Repeated);
        let run = world.diff(&["--company", "Litware"]);
        assert_eq!(run.code, 8, "{system:?}: {}", run.err);
        assert_eq!(company(&run.json(), "Litware")["changes"], json!([]));
        assert_eq!(run.err.lines().count(), 2, "{}", run.err);
    }
}

#[test]
fn an_empty_tenant_is_stopped_by_a_guard() {
    let world = World::new();
    world.edit(|state| {
        for tenant in state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut() {
            tenant["users"] = if tenant["users"].is_array() { json!([]) } else { json!({}) };
        }
    });
    let run = world.diff(&["--company", "Contoso", "--exit-code"]);
    assert_eq!(run.code, 5, "{}", run.err);
    let plan = run.json();
    let shrunk =
        plan["breaches"].as_array().expect("breaches").iter().any(|breach| breach["measure"] == "shrunk");
    assert!(shrunk, "{}", plan["breaches"]);
}

#[test]
fn a_missing_user_defined_field_is_one_line_and_the_rest_goes_on() {
    let world = World::new();
    world.edit(|state| {
        let definitions = state["autotask"]["definitions"].as_object_mut().expect("definitions");
        definitions.retain(|_, definition| definition["fields"]["name"] != "Office365Id");
    });
    let run = world.diff(CONTOSO);
    assert_eq!(run.code, 0, "{}", run.err);
    let plan = run.json();
    let contoso = company(&plan, "Contoso");
    let skipped: Vec<&Value> = contoso["skipped"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|skip| skip["row"] == "office365-id")
        .collect();
    assert_eq!(skipped.len(), 1);
    assert!(skipped[0]["next"].as_str().is_some_and(|next| next.contains("Office365Id")));
    assert!(!contoso["changes"].as_array().expect("a list").is_empty());
    assert!(!contoso["changes"].to_string().contains("Office365Id"));
    assert_eq!(world.diff(&["--company", "Contoso", "--strict"]).code, 1);
}

#[test]
fn a_company_that_does_not_exist_holds_only_itself_back() {
    let world = World::new();
    world.configure(|text| format!("retries = 0\n{}", text.replace("psa = 174", "psa = 174000")));
    let run = world.diff(&["--company", "Contoso", "--company", "Fabrikam"]);
    held_back(&run, "174000", "psa");
    assert_eq!(company(&run.json(), "Fabrikam")["unread"], json!([]));
    let world = World::new();
    world.configure(|text| {
        format!("retries = 0\n{}", text.replace("cloudradial = 9\n", "cloudradial = 9000\n"))
    });
    held_back(&world.diff(CONTOSO), "company 9000 does not exist in CloudRadial", "cloudradial");
}

#[test]
fn a_service_that_asks_to_slow_down_is_obeyed() {
    let world = World::new();
    world.configure(|text| format!("retries = 1\n{text}"));
    let slow = Effect::Answer {
        status: 429,
        headers: vec![("retry-after".into(), "0".into())],
        body: String::new(),
    };
    world.fault(System::GRAPH, "$batch", Some(1), slow);
    let run = world.diff(CONTOSO);
    assert_eq!(run.code, 0, "{}", run.err);
    let plan = run.json();
    let graph = plan["requests"].as_array().expect("a list").iter().find(|count| count["service"] == "graph");
    assert_eq!(
        graph.map(|count| (count["requests"].clone(), count["retries"].clone())),
        Some((json!(3), json!(1))),
        "the look at leavers included"
    );
}

#[test]
fn a_run_that_must_be_over_stops_cleanly() {
    let world = World::new();
    let run = world.diff(&["--company", "Contoso", "--deadline", "0s"]);
    assert_eq!((run.code, run.out.as_str()), (10, ""));
    assert!(run.err.contains("\"the deadline passed before everything was read\""), "{}", run.err);
    assert!(world.sandbox.requests().is_empty());
}
