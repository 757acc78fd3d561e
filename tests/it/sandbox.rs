//! `--sandbox` needs nothing but a folder for its state, and keeps it there.

use std::collections::BTreeMap;

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
