//! `--sandbox` needs nothing but a folder for its state, and keeps it there.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use crate::harness::run;

fn env(folder: &tempfile::TempDir) -> BTreeMap<String, String> {
    BTreeMap::from([("CRSYNC_STATE".to_owned(), folder.path().display().to_string())])
}

#[test]
fn a_plan_of_the_sandbox_needs_no_account_file_or_environment() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let run = run(
        &["crsync", "diff", "--psa", "autotask", "--sandbox", "--company", "Contoso"],
        None,
        &env(&folder),
    );
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains("Nina Farrow"), "{}", run.out);
}

#[test]
fn the_state_is_kept_until_it_is_reset() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let diff = ["crsync", "diff", "--sandbox", "--company", "Contoso"];
    assert_eq!(run(&diff, None, &env(&folder)).code, 0);
    let file = folder.path().join("sandbox.json");
    let text = std::fs::read_to_string(&file).expect("the state");
    std::fs::write(&file, text.replace("Farrow", "Harrow")).expect("a writable folder");
    assert!(run(&diff, None, &env(&folder)).out.contains("Nina Harrow"));
    let asked = run(&["crsync", "sandbox", "--reset"], None, &env(&folder));
    assert_eq!(asked.code, 2);
    assert!(asked.err.contains("--yes"), "{}", asked.err);
    assert_eq!(run(&["crsync", "sandbox", "--reset", "--yes"], None, &env(&folder)).code, 0);
    assert!(run(&diff, None, &env(&folder)).out.contains("Nina Farrow"));
}

#[test]
fn a_state_that_cannot_be_read_says_how_to_start_over() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    std::fs::write(folder.path().join("sandbox.json"), "{").expect("a writable folder");
    let run = run(&["crsync", "diff", "--sandbox"], None, &env(&folder));
    assert_eq!(run.code, 1);
    assert!(run.err.contains("crsync sandbox --reset"), "{}", run.err);
}

#[test]
fn a_served_sandbox_writes_its_configuration_to_a_file_that_no_shell_encodes_anew() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("crsync.toml");
    let path = file.display().to_string();
    let mut server = Command::new(env!("CARGO_BIN_EXE_crsync"))
        .args(["sandbox", "--output", &path])
        .envs(&env(&folder))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    // It appears as a whole.
    while !file.exists() {
        assert!(server.try_wait().expect("a process").is_none(), "it ended before it served anything");
        std::thread::yield_now();
    }
    let text = std::fs::read_to_string(&file).expect("UTF-8");
    let setting = |line: &str| {
        let line = line.strip_prefix(if cfg!(windows) { "# $env:" } else { "# export " })?;
        let (name, value) = line.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().trim_matches('\'').to_owned()))
    };
    let mut env = env(&folder);
    env.insert("CRSYNC_STATE".to_owned(), folder.path().join("own").display().to_string());
    env.extend(text.lines().filter_map(setting));
    let diff = ["crsync", "diff", "--config", &path, "--psa", "autotask", "--company", "Contoso"];
    let shown = run(&diff, None, &env);
    server.kill().expect("a process");
    server.wait().expect("a process");
    assert!(text.is_ascii() && text.contains("[cloudradial]"), "{text}");
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
    assert!(shown.out.contains("Nina Farrow"), "{}", shown.out);
}

#[test]
fn next_steps_stay_on_the_sandbox_and_with_the_psa() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let on = |words: &[&str]| run(&[&["crsync"], words].concat(), Some(160), &env(&folder));
    let psa = crsync::psa::registry()[1].id();
    let synced =
        on(&["sync", "--sandbox", "--psa", psa, "--company", "Litware", "--yes", "--allow", "create=99"]);
    assert_eq!(synced.code, 0, "{}", synced.err);
    let synced =
        on(&["sync", "--sandbox", "--psa", psa, "--company", "Contoso", "--yes", "--allow", "update=99"]);
    assert_eq!(synced.code, 0, "{}", synced.err);
    let back = format!("`crsync undo last --psa {psa} --sandbox` takes it back");
    assert!(synced.out.contains(&back), "{}", synced.out);
    let asked = run(&["crsync", "sync", "--sandbox", "--psa", psa], None, &env(&folder));
    assert_eq!(asked.code, 2);
    assert!(
        asked.err.contains(&format!("add --yes to this command; `crsync diff --psa {psa} --sandbox` shows")),
        "{}",
        asked.err
    );
}

#[test]
fn a_configuration_and_the_sandbox_exclude_each_other() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    for command in [&["diff"][..], &["log"], &["sync", "--yes"]] {
        let all = [&["crsync"], command, &["--sandbox", "--config", "absent.toml"]].concat();
        let run = run(&all, None, &env(&folder));
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(run.err.contains("--config names another"), "{}", run.err);
    }
}
