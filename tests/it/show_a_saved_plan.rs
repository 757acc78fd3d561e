//! `crsync show FILE` shows a saved plan as `diff` showed it, and refuses what `sync --plan` refuses.

use crate::conformance::KITS;
use crate::harness::{Run, World};

const CONTOSO: &[&str] = &["--company", "Contoso"];

/// Saves a plan by `flag`, and returns its path with what was shown.
fn saved(world: &World, flag: &str, args: &[&str]) -> (String, Run) {
    let file = world.path("plan.json").display().to_string();
    let run = world.run(&[&["diff", flag, &file], args].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    (file, run)
}

/// `show` and `sync --plan` refuse a plan with the same words, and nothing is asked.
#[track_caller]
fn refused(world: &World, file: &str, more: &[&str], code: u8, why: &str) {
    let asked = world.sandbox.requests().len();
    let shown = world.run(&[&["show", file], more].concat());
    assert_eq!((shown.code, shown.out.as_str()), (code, ""), "{}", shown.err);
    assert!(shown.err.starts_with("error: ") && shown.err.contains(why), "{}", shown.err);
    assert_eq!(world.sandbox.requests().len(), asked, "a service was asked");
    let applied = world.sync(&[&["--plan", file], more].concat());
    assert_eq!((applied.code, applied.err), (code, shown.err));
}

#[test]
fn a_saved_plan_is_shown_as_it_was_when_it_was_made() {
    let world = World::small();
    for format in ["table", "markdown", "html", "csv"] {
        let (file, made) = saved(&world, "--save-plan", &["--format", format]);
        let asked = world.sandbox.requests().len();
        let shown = world.run(&["show", &file, "--format", format]);
        assert_eq!(shown.code, 0, "{}", shown.err);
        assert!(shown.out == made.out, "{format}:\n{}\n{}", made.out, shown.out);
        assert_eq!(world.sandbox.requests().len(), asked, "a service was asked");
    }
    let (file, made) = saved(&world, "--save-plan", &["--format", "json"]);
    let (mut made, mut shown) = (made.json(), world.run(&["show", &file, "--format", "json"]).json());
    assert_eq!(shown["requests"].as_array().expect("a list").len(), 0);
    for document in [&mut made, &mut shown] {
        document.as_object_mut().expect("an object").remove("requests").expect("requests");
    }
    assert_eq!(made, shown);
    assert_eq!(world.writes(), []);
}

#[test]
fn a_saved_plan_has_all_views_and_can_be_masked() {
    let world = World::small();
    let (file, full) = saved(&world, "--save-plan", &[]);
    for view in [&["--full"][..], &["--summary"], &["--only", "deactivate,conflict"]] {
        let shown = world.run(&[&["show", &file], view].concat());
        assert!(shown.out == world.run(&[&["diff"], view].concat()).out, "{view:?}: {}", shown.out);
    }
    let one = world.run(&["show", &file, "--company", "fabrikam"]).out;
    assert!(one.starts_with("Fabrikam  36 people") && full.out.contains(&one), "{one}");
    let masked = world.run(&["show", &file, "--redact"]).out;
    assert!(!masked.contains("Victor") && !masked.contains("victor.lund@"), "{masked}");
    let unknown = world.run(&["show", &file, "--company", "Contosso"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("Contosso") && unknown.err.contains("Contoso"), "{}", unknown.err);
    let partial = world.run(&["show", &file, "--company", "Contoso", "--format", "json"]);
    assert_eq!((partial.code, partial.out.as_str()), (2, ""), "{}", partial.err);
}

#[test]
fn a_plan_saved_by_the_old_name_of_the_flag_is_shown_and_applied() {
    let world = World::small();
    let (file, made) = saved(&world, "--out", CONTOSO);
    assert_eq!(world.run(&["show", &file]).out, made.out);
    assert_eq!(world.sync(&["--plan", &file]).code, 0);
    refused(&world, &file, &[], 6, "was applied already, by run ");
}

#[test]
fn a_plan_that_sync_refuses_is_refused_in_the_same_words() {
    let mut world = World::small();
    let (file, _) = saved(&world, "--save-plan", CONTOSO);
    refused(&world, &file, &["--psa", KITS[1].id], 6, &format!("is for {}, not for", KITS[0].id));
    let nowhere = world.path("nowhere.json").display().to_string();
    refused(&world, &nowhere, &[], 2, "nowhere.json cannot be read");
    let text = std::fs::read_to_string(&file).expect("the plan");
    let edited = world.path("edited.json");
    std::fs::write(&edited, text.replace("Head of Service", "Head of Mischief")).expect("a writable folder");
    refused(&world, &edited.display().to_string(), &[], 2, "was edited after it was made");
    std::fs::write(&edited, &text[..text.len() / 2]).expect("a writable folder");
    refused(&world, &edited.display().to_string(), &[], 2, "is no plan of crsync");
    let old = world.run(&["show", &file, "--max-plan-age", "0s"]);
    assert_eq!((old.code, old.out.as_str()), (6, ""));
    assert!(old.err.contains(" s old, no more than 0 s are allowed"), "{}", old.err);
    let elsewhere = world.path("elsewhere").display().to_string();
    let own = world.env.insert("CRSYNC_STATE".to_owned(), elsewhere).expect("a state");
    refused(&world, &file, &[], 2, "was made with another state folder than this one");
    world.env.insert("CRSYNC_STATE".to_owned(), own);
    world.configure(|text| format!("# Another one.\nretries = 0\n{text}"));
    refused(&world, &file, &[], 6, "was made with another configuration");
}

#[test]
fn what_other_runs_did_since_counts_when_a_plan_is_shown() {
    let world = World::new();
    let (file, made) = saved(&world, "--save-plan", &["--company", "Adatum"]);
    assert!(made.out.contains("guard deactivate"), "{}", made.out);
    let shown = world.run(&["show", &file]);
    assert_eq!((shown.code, shown.out), (0, made.out));
}

#[test]
fn a_part_of_a_plan_is_no_report() {
    let world = World::small();
    let (file, _) = saved(&world, "--save-plan", &[]);
    let report = world.path("contoso.md").display().to_string();
    let run = world.run(&["show", &file, "--company", "Contoso", "--report", &report]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("--report always holds the whole plan"), "{}", run.err);
    assert!(!std::path::Path::new(&report).exists());
}
