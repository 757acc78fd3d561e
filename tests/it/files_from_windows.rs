//! Files that were saved on Windows: with a byte order mark, with CRLF, or as UTF-16.

use std::fs;

use crate::harness::{World, client};

const MARK: &str = "\u{feff}";

fn world() -> World {
    World::of(&[client("Alder", 20, 3, "")])
}

/// The text as Windows writes it.
fn marked(text: &str) -> String {
    format!("{MARK}{}", text.replace('\n', "\r\n"))
}

fn utf16(text: &str) -> Vec<u8> {
    marked(text).encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_mark_before_the_configuration_and_the_decisions_is_skipped() {
    let world = world();
    world.configure(|text| marked(&format!("retries = 0\n{text}")));
    fs::write(world.path("decisions.toml"), marked("[[ignore]]\nemail = \"crew1@alder.example\"\n"))
        .expect("a writable folder");
    let run = world.diff(&[]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("crew1@alder.example"), "the decision counts: {}", run.out);
}

#[test]
fn utf_16_is_named_with_what_to_do() {
    let world = world();
    fs::write(world.path("decisions.toml"), utf16("[[ignore]]\nemail = \"crew1@alder.example\"\n"))
        .expect("a writable folder");
    let run = world.diff(&[]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("UTF-16") && run.err.contains("save it as UTF-8"), "{}", run.err);
    fs::remove_file(world.path("decisions.toml")).expect("our own file");
    fs::write(world.config(), utf16(&world.sandbox.config())).expect("a writable folder");
    let run = world.diff(&[]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("UTF-16") && run.err.contains("save it as UTF-8"), "{}", run.err);
    fs::write(world.config(), b"# caf\xe9\n").expect("a writable folder");
    let run = world.diff(&[]);
    assert!(run.err.contains("line 1") && run.err.contains("save it as UTF-8"), "{}", run.err);
}

#[test]
fn a_mark_before_requests_and_plans_is_skipped() {
    let world = world();
    let line =
        "{\"id\": \"4711\", \"user\": \"crew1@alder.example\", \"set\": {\"mobile\": \"+1 555 0100\"}}\n";
    let requests = world.path("requests.jsonl");
    let name = requests.display().to_string();
    fs::write(&requests, utf16(line)).expect("a writable folder");
    let run = world.run(&["self-service", "--yes", "--from", &name]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("UTF-16") && run.err.contains("save it as UTF-8"), "{}", run.err);
    fs::write(&requests, marked(line)).expect("a writable folder");
    let run = world.run(&["self-service", "--yes", "--from", &name]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let plan = world.plan(&[]);
    let text = fs::read_to_string(&plan).expect("a plan");
    fs::write(&plan, marked(&text)).expect("a writable folder");
    let run = world.sync(&["--plan", &plan]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

#[cfg(unix)]
#[test]
fn a_mark_is_no_part_of_a_secret() {
    use std::os::unix::fs::PermissionsExt;
    let mut world = world();
    let secret = world.env.remove("CRSYNC_AUTOTASK_SECRET").expect("a secret");
    let file = world.path("secret.txt");
    fs::write(&file, marked(&format!("{secret}\n"))).expect("a writable folder");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("our own file");
    world.configure(|text| {
        text.replacen("[autotask]\n", &format!("[autotask]\nsecret-file = '{}'\n", file.display()), 1)
    });
    let run = world.diff(&[]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn the_names_of_companies_are_trimmed() {
    let world = world();
    world.configure(|text| text.replacen("name = \"Alder\"", "name = \" Alder \"", 1));
    let run = world.diff(&["--company", "Alder"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.json()["companies"][0]["name"], "Alder");
}
