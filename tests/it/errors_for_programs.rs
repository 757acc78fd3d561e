//! Errors for programs: one object of JSON on standard error, and the exit code of what went wrong.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{self, Run, World};

/// The one object on standard error.
#[track_caller]
fn object(run: &Run) -> Value {
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    serde_json::from_str(&run.err).unwrap_or_else(|error| panic!("{error}: {}", run.err))
}

#[test]
fn a_mistake_of_the_command_line_is_an_object_in_either_form_of_json() {
    for flags in [["--log-format", "json"], ["--format", "json"], ["--format=json", "--quiet"]] {
        let mut args = vec!["crsync", "diff", "--compny", "Contoso"];
        args.extend(flags);
        let run = harness::run(&args, None, &World::small().env);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        let told = object(&run);
        assert_eq!((&told["kind"], &told["exit-code"]), (&json!("usage"), &json!(2)));
        assert!(told["message"].as_str().is_some_and(|told| told.contains("--compny")), "{told}");
        assert!(told["next"].as_str().is_some_and(|told| told.contains("--company")), "{told}");
    }
    let plain = harness::run(&["crsync", "diff", "--compny"], None, &World::small().env);
    assert!(plain.err.starts_with("error: "), "{}", plain.err);
}

#[test]
fn a_mistake_of_the_configuration_is_an_object_with_its_place() {
    let world = World::small();
    world.configure(|text| format!("retires = 0\n{text}"));
    for flag in ["--log-format", "--format"] {
        let run = world.run(&["diff", flag, "json"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        let told = object(&run);
        assert_eq!((&told["kind"], &told["exit-code"]), (&json!("config"), &json!(2)));
        let place = format!("{}:1:1", world.config().display());
        assert_eq!(told["where"], json!(place), "{told}");
    }
}

#[test]
fn wrong_credentials_are_no_incomplete_page() {
    let mut world = World::small();
    world.env.insert("CRSYNC_CLOUDRADIAL_PRIVATE_KEY".to_owned(), "not-the-secret".to_owned());
    for command in [&["diff"][..], &["match"], &["sync", "--yes"]] {
        let run = world.run(&[command, &["--company", "Contoso", "--log-format", "json"]].concat());
        assert_eq!(run.code, 1, "{command:?} {}", run.err);
        let told = object(&run);
        assert_eq!(
            (&told["kind"], &told["where"], &told["exit-code"]),
            (&json!("auth"), &json!("portal"), &json!(1))
        );
        assert!(
            told["next"].as_str().is_some_and(|next| next.contains("crsync login cloudradial")),
            "{told}"
        );
    }
    let plan = world.diff(&["--company", "Contoso"]).json();
    assert_eq!(harness::company(&plan, "Contoso")["unread"][0]["kind"], "auth");
}

#[test]
fn a_certificate_that_cannot_sign_in_is_a_mistake_of_the_configuration_told_once() {
    let mut world = World::small();
    world.env.insert("CRSYNC_MICROSOFT365_CERTIFICATE".to_owned(), "-----BEGIN NONSENSE-----".to_owned());
    let run = world.run(&["diff"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
    assert!(
        run.err.starts_with("error: `certificate` of [microsoft365]: the sign-in certificate "),
        "{}",
        run.err
    );
    assert!(!run.err.contains("NONSENSE") && !run.err.contains("crsync login"), "{}", run.err);
    assert!(world.sandbox.requests().is_empty(), "nothing was asked");
}

#[test]
fn a_blank_certificate_is_none_and_the_hint_names_a_login_that_there_is() {
    let mut world = World::small();
    world.env.insert("CRSYNC_MICROSOFT365_CERTIFICATE".to_owned(), " ".to_owned());
    world.env.remove("CRSYNC_MICROSOFT365_CLIENT_SECRET");
    let run = world.run(&["diff"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("crsync login microsoft365 client-secret"), "{}", run.err);
}

#[test]
fn log_lines_count_milliseconds_as_a_number() {
    let world = World::small();
    let output = Command::new(env!("CARGO_BIN_EXE_crsync"))
        .env_clear()
        .envs(&world.env)
        .arg("--config")
        .arg(world.config())
        .args(["diff", "--company", "Contoso", "--verbose", "--log-format", "json"])
        .output()
        .expect("the program runs");
    let lines = String::from_utf8(output.stderr).expect("text");
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON on every line"));
    let times: Vec<Value> =
        lines.map(|line| line["fields"]["ms"].clone()).filter(|ms| !ms.is_null()).collect();
    assert!(!times.is_empty() && times.iter().all(Value::is_u64), "{times:?}");
}

#[test]
fn a_strict_refusal_in_the_place_of_a_result_is_an_object() {
    let world = World::small();
    world.configure(|text| {
        format!("{text}\n[[exclude]]\nemail = \"no-one@contoso.example\"\nreason = \"gone\"\n")
    });
    let run = world.run(&["sync", "--yes", "--strict", "--format", "json"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    let told = object(&run);
    assert!(told["message"].as_str().is_some_and(|told| told.contains("--strict")), "{told}");
    assert_eq!(world.writes(), []);
}
