//! Characters that cannot be seen, or that a terminal acts on, reach no output as they are.

use std::process::Command;

use crsync::model::Field;
use crsync_sandbox::Effect;
use serde_json::{Value, json};

use crate::conformance::{KITS, Kit, each};
use crate::harness::{Run, World, client};

/// One of every kind: zero width, directions, fillers, controls, tags, variations, breaks of lines, marks.
const UNSEEN: [char; 18] = [
    '\u{200b}',
    '\u{200d}',
    '\u{202e}',
    '\u{2066}',
    '\u{200f}',
    '\u{3164}',
    '\u{115f}',
    '\u{2800}',
    '\u{7}',
    '\u{1b}',
    '\u{9b}',
    '\u{7f}',
    '\u{e0041}',
    '\u{fe0f}',
    '\u{2028}',
    '\u{2029}',
    '\u{ad}',
    '\u{feff}',
];

/// A text with each of them.
fn text() -> String {
    UNSEEN.iter().flat_map(|c| ['x', *c]).collect()
}

/// What of them is in the output as it is.
#[track_caller]
fn assert_seen(what: &str, output: &str) {
    let raw: Vec<char> = UNSEEN.into_iter().filter(|c| output.contains(*c)).collect();
    assert!(raw.is_empty(), "{what}: {raw:?} in {output:?}");
}

/// A client whose contacts all have such a title, which 365 knows better.
fn world(kit: &Kit) -> World {
    let world = World::of(&[client("Alder", 20, 6, "")]);
    world.edit(|state| {
        let contacts = state[kit.part]["contacts"].as_object_mut().expect("contacts by id");
        for contact in contacts.values_mut() {
            *(kit.slot)(contact, Field::Title) = json!(format!("{} Clerk", text()));
        }
        for tenant in state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut() {
            for user in tenant["users"].as_array_mut().expect("users") {
                user["jobTitle"] = json!("Head");
            }
        }
    });
    world
}

const ALLOWED: [&str; 6] = ["--allow", "update=99", "--allow", "same-value=99", "--allow", "blank=99"];

#[test]
fn no_report_shows_them_as_they_are() {
    each(|kit| {
        let world = world(kit);
        let shows = |args: &[&str]| {
            let run = world.run(&[args, &["--psa", kit.id]].concat());
            assert_seen(&format!("{} {args:?}", kit.id), &format!("{}{}", run.out, run.err));
            run
        };
        shows(&["diff"]);
        shows(&["diff", "--verbose", "--format", "json"]).json();
        shows(&["match", "--verbose"]);
        shows(&["match", "--format", "json"]).json();
        shows(&["explain", "crew1@alder.example"]);
        shows(&["explain", "crew1@alder.example", "--format", "json"]);
        shows(&[&["sync", "--yes"][..], &ALLOWED].concat());
        shows(&["log"]);
        shows(&["log", "last"]);
        shows(&["log", "last", "--format", "json"]).json();
    });
}

#[test]
fn a_file_of_results_holds_none_of_them() {
    let world = world(&KITS[0]);
    let file = world.path("diff.json");
    let run = world.diff(&["--output", &file.display().to_string()]);
    assert_eq!(run.code, 0, "{}", run.err);
    let text = std::fs::read_to_string(file).expect("a file");
    assert!(serde_json::from_str::<Value>(&text).is_ok_and(|plan| plan["companies"].is_array()), "{text}");
    assert_seen("a file", &text);
}

#[test]
fn no_error_shows_what_a_service_the_configuration_or_the_command_line_says_as_it_is() {
    let world = World::small();
    let shows = |run: Run, code: u8| {
        assert_eq!(run.code, code, "{}", run.err);
        assert!(run.err.contains("xxx"), "it is named: {}", run.err);
        assert_seen("an error", &format!("{}{}", run.out, run.err));
    };
    let text = text();
    shows(world.run(&["diff", "--psa", &text]), 2);
    shows(world.run(&["diff", "--company", &text]), 2);
    shows(world.run(&["login", &text]), 2);
    world.configure(|config| format!("\"{}\" = 1\n{config}", text.replace(char::is_control, "")));
    shows(world.run(&["diff"]), 2);
    world.configure(|config| config);
    let missing = world.path(&format!("no{text}")).display().to_string();
    let run = crate::harness::run(&["crsync", "--config", &missing, "diff"], None, &world.env);
    shows(run, 2);
    for kit in &KITS {
        let body = json!({"message": text, "errors": [text], "error": text, "Message": text}).to_string();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        world.fault(kit.system, "", None, Effect::Answer { status: 500, headers, body });
        let run = world.run(&["diff", "--psa", kit.id, "--company", "Contoso"]);
        assert_seen(kit.id, &format!("{}{}", run.out, run.err));
    }
}

#[test]
fn no_log_line_holds_them_in_text_or_in_json() {
    for format in ["text", "json"] {
        let world = world(&KITS[0]);
        world.configure(|config| format!("retries = 1\n{config}"));
        let body = json!({"errors": [text()]}).to_string();
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        world.fault(KITS[0].system, "query", None, Effect::Answer { status: 500, headers, body });
        let output = Command::new(env!("CARGO_BIN_EXE_crsync"))
            .arg("--config")
            .arg(world.config())
            .args(["diff", "--verbose", "--log-format", format])
            .envs(&world.env)
            .output()
            .expect("the program");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(err.contains("DEBUG"), "requests are logged: {err}");
        assert_seen(format, &err);
        assert_seen(format, &String::from_utf8_lossy(&output.stdout));
        if format == "json" {
            let lines: Vec<&str> = err.lines().filter(|line| line.starts_with('{')).collect();
            assert!(
                !lines.is_empty() && lines.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()),
                "{err}"
            );
        }
    }
}
