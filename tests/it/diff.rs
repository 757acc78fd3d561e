//! What `crsync diff` shows, and how it exits.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::harness::{World, company, run};

const SMALL: &[&str] = &[
    "--company",
    "Contoso",
    "--company",
    "Fabrikam",
    "--company",
    "Northwind",
    "--company",
    "T*",
    "--company",
    "W*",
];

fn table(args: &[&str], width: usize) -> String {
    let world = World::new();
    let config = world.config().display().to_string();
    let mut all = vec!["crsync", "diff", "--config", &config];
    all.extend(args);
    let shown = run(&all, Some(width), &world.env);
    assert_eq!(shown.code, 0, "{}", shown.err);
    shown.out
}

/// `text` without colours.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn the_plan_of_the_five_clients_reads_like_this() {
    insta::assert_snapshot!(plain(&table(SMALL, 110)));
}

#[test]
fn eighty_columns_are_enough() {
    for line in plain(&table(SMALL, 80)).lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
}

#[test]
fn hostile_texts_do_not_reach_the_terminal() {
    let shown = plain(&table(&["--company", "Northwind", "--verbose"], 120));
    let hostile =
        shown.chars().find(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c));
    assert_eq!(hostile, None);
}

#[test]
fn the_same_sides_give_the_same_plan_every_time() {
    let world = World::new();
    let plan = |world: &World| {
        let mut plan = world.diff(&[]).json();
        for key in ["created", "digest", "requests"] {
            plan[key] = Value::Null;
        }
        plan.to_string()
    };
    let first = plan(&world);
    for _ in 0..3 {
        assert_eq!(plan(&world), first);
    }
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let world = World::new();
    let config = world.config().display().to_string();
    let shown = |width: Option<usize>, variables: &[(&str, &str)], flags: &[&str]| {
        let mut env: BTreeMap<String, String> = world.env.clone();
        env.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut args = vec!["crsync", "diff", "--company", "Contoso", "--config", &config];
        args.extend(flags);
        run(&args, width, &env).out.contains('\u{1b}')
    };
    assert!(shown(Some(100), &[], &[]));
    assert!(!shown(None, &[], &[]));
    assert!(!shown(Some(100), &[("NO_COLOR", "1")], &[]));
    assert!(!shown(Some(100), &[("TERM", "dumb")], &[]));
    assert!(!shown(Some(100), &[], &["--color", "never"]));
    assert!(shown(None, &[("NO_COLOR", "1")], &["--color", "always"]));
}

#[test]
fn the_exit_code_tells_what_is_pending_when_it_is_asked_to() {
    let world = World::new();
    assert_eq!(world.diff(&["--company", "Contoso"]).code, 0);
    assert_eq!(world.diff(&["--company", "Contoso", "--exit-code"]).code, 3);
    assert_eq!(world.diff(&["--company", "Adatum"]).code, 0);
    assert_eq!(world.diff(&["--company", "Adatum", "--exit-code"]).code, 5);
}

#[test]
fn a_guard_names_the_flag_that_lets_exactly_this_through() {
    let world = World::new();
    let plan = world.diff(&["--company", "Adatum"]).json();
    let breaches = plan["breaches"].as_array().expect("a list").clone();
    assert!(breaches.iter().any(|breach| breach["measure"] == "deactivate"), "{breaches:?}");
    let mut args = vec!["--company".to_owned(), "Adatum".to_owned(), "--exit-code".to_owned()];
    for breach in &breaches {
        let allow = breach["allow"].as_str().expect("a flag");
        args.extend(allow.split(' ').map(ToOwned::to_owned));
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let run = world.diff(&args);
    assert_eq!((run.code, run.json()["breaches"].clone()), (3, json!([])));
}

#[test]
fn the_served_clients_pass_the_usual_guards() {
    let plan = World::new().diff(&[]).json();
    assert_eq!(plan["breaches"], json!([]));
    let names: Vec<&Value> =
        plan["companies"].as_array().expect("a list").iter().map(|company| &company["name"]).collect();
    assert_eq!(names.len(), 6, "{names:?}");
    assert!(!names.contains(&&json!("Adatum")));
}

#[test]
fn a_saved_plan_is_the_plan_that_was_shown() {
    let world = World::new();
    let file = world.path("plan.json");
    let shown = world.diff(&["--company", "Contoso", "--save-plan", &file.display().to_string()]).json();
    let text = std::fs::read_to_string(&file).expect("the plan");
    let saved: crsync::plan::Plan = serde_json::from_str(&text).expect("its own form");
    assert!(saved.is_intact());
    assert_eq!(shown["digest"], json!(saved.digest));
    assert_eq!(shown["companies"], serde_json::to_value(&saved.outcome.companies).expect("JSON"));
}

#[test]
fn a_result_can_go_to_a_file() {
    let world = World::new();
    let file = world.path("out.json");
    let run = world.diff(&["--company", "Contoso", "--output", &file.display().to_string()]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    let plan: Value =
        serde_json::from_str(&std::fs::read_to_string(&file).expect("the result")).expect("JSON");
    assert_eq!(plan["schema"], "crsync.diff/1");
}

#[test]
fn redacted_output_names_nobody() {
    let world = World::new();
    for format in ["json", "table"] {
        let run = world.run(&["diff", "--company", "Contoso", "--format", format, "--verbose", "--redact"]);
        for name in ["Nina", "Farrow", "nina.farrow", "Marcus", "Wacker", "312 555"] {
            assert!(!run.out.contains(name), "{name} is in the {format}");
        }
    }
}

#[test]
fn companies_are_chosen_by_name_and_pattern() {
    let world = World::new();
    let names = |args: &[&str]| {
        let plan = world.diff(args).json();
        let names = plan["companies"].as_array().expect("a list").iter();
        names.map(|company| company["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--company", "contoso"]), ["Contoso"]);
    assert_eq!(names(&["--company", "*toys"]), ["Tailspin Toys", "Wingtip Toys"]);
    assert_eq!(names(&["--company", "adatum"]), ["Adatum"]);
    let run = world.diff(&["--company", "Contosso"]);
    assert_eq!(run.code, 2);
    let told: Value = serde_json::from_str(&run.err).expect("an object, as the result would have been");
    assert_eq!(told["message"], "no company of the configuration is called \"Contosso\"");
    assert_eq!(told["next"], "did you mean \"Contoso\"?");
}

#[test]
fn a_trace_of_the_whole_run_holds_no_secret() {
    let world = World::new();
    let file = world.path("trace.har");
    world.diff(&["--har", &file.display().to_string()]);
    let text = std::fs::read_to_string(&file).expect("the trace");
    let trace: Value = serde_json::from_str(&text).expect("HAR is JSON");
    assert_eq!(trace["log"]["entries"].as_array().map(Vec::len), Some(world.sandbox.requests().len()));
    for secret in world.env.iter().filter(|(name, _)| *name != "CRSYNC_STATE").map(|(_, value)| value) {
        assert!(!text.contains(secret.as_str()));
    }
}

#[test]
fn excluded_people_and_people_in_conflict_are_in_no_change() {
    let plan = World::new().diff(&[]).json();
    for part in plan["companies"].as_array().expect("a list") {
        let changed: Vec<&Value> = part["changes"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|change| &change["record"]["id"])
            .collect();
        for conflict in part["conflicts"].as_array().expect("a list") {
            for candidate in conflict["candidates"].as_array().expect("a list") {
                assert!(!changed.contains(&&candidate["id"]), "{candidate}");
            }
        }
        let emails: Vec<&Value> = part["changes"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|change| &change["who"]["email"])
            .collect();
        let excluded =
            part["excluded"].as_array().expect("a list").iter().filter(|one| one["reason"] == "excluded");
        for one in excluded.filter(|one| !one["who"]["email"].is_null()) {
            assert!(!emails.contains(&&one["who"]["email"]), "{one}");
        }
    }
}

#[test]
fn every_situation_of_contoso_comes_out_as_it_should() {
    let plan = World::new().diff(&["--company", "Contoso"]).json();
    let contoso = company(&plan, "Contoso");
    let changes = contoso["changes"].as_array().expect("a list");
    let actions = |email: &str| {
        let about = changes.iter().filter(|change| change["who"]["email"] == email);
        about
            .map(|change| {
                format!(
                    "{} {}",
                    change["action"].as_str().unwrap_or(""),
                    change["record"]["kind"].as_str().unwrap_or("")
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        actions("nina.farrow@contoso.example"),
        ["create contact", "create portal-user"],
        "new in 365"
    );
    assert_eq!(actions("otto.brandt@contoso.example"), ["create portal-user"], "contact only");
    assert_eq!(actions("priya.raman@contoso.example"), ["update contact", "update portal-user"], "new title");
    assert_eq!(
        actions("victor.lund@contoso.example"),
        ["deactivate contact", "deactivate portal-user"],
        "disabled"
    );
    assert_eq!(
        actions("elsa.novak@contoso.example"),
        ["deactivate contact", "deactivate portal-user"],
        "deleted"
    );
    assert_eq!(
        actions("tom.ashby@contoso.example"),
        ["update portal-user"],
        "moved: the contact's address does not follow"
    );
    for quiet in ["grace.kim", "svc-phone", "hugh.carter", "former.employee", "paul.reyes", "helen.marsh"] {
        assert!(actions(&format!("{quiet}@contoso.example")).is_empty(), "{quiet}");
    }
}
