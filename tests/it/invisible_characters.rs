//! Characters that cannot be seen, in addresses and in names.

use crate::conformance::each;
use crate::harness::{World, client, company, planned};

const PEOPLE: &str = r#"
[[person]]
situation = "the PSA's address ends with a zero width space"
user = { upn = "zoe.width@alder.example", first = "Zoe", last = "Width" }
contact = { first = "Zoe", last = "Width", email = "zoe.width@alder.example\u200B" }

[[person]]
situation = "a zero width space in a first name of 365"
like-user = ["contact", "portal"]
user = { upn = "zed@alder.example", first = "Zed\u200B", last = "Zero" }
contact = { first = "Zed" }
portal = { first = "Zed" }

[[person]]
situation = "a no-break space in a first name of 365"
like-user = ["contact", "portal"]
user = { upn = "mary.ann@alder.example", first = "Mary\u00A0Ann", last = "Lee" }
contact = { first = "Mary Ann" }
portal = { first = "Mary Ann" }

[[person]]
situation = "new, with such characters in 365"
user = { upn = "new.name@alder.example", first = "\u202ENew\u2060", last = "Na\u00ADme\uFEFF", title = "Head\u00A0of\u200E Sales" }
"#;

#[test]
fn one_hidden_character_makes_no_second_person() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, PEOPLE)]);
        let plan = world.diff(&["--psa", kit.id]).json();
        let zoe = planned(&plan, "Alder", "Zoe Width");
        let made: Vec<&String> = zoe.iter().filter(|line| line.starts_with("create")).collect();
        assert_eq!(made.len(), 1, "{}: {zoe:?}", kit.id);
        assert!(
            made[0].starts_with("create portal-user") && made[0].contains("zoe.width@alder.example\""),
            "{zoe:?}"
        );
        assert!(zoe.iter().any(|line| line.starts_with("update contact: IsOffice365")), "linked: {zoe:?}");
    });
}

#[test]
fn a_change_never_shows_two_sides_that_look_the_same() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, PEOPLE)]);
        let plan = world.diff(&["--psa", kit.id]).json();
        for name in ["Zed Zero", "Mary Ann Lee"] {
            assert_eq!(planned(&plan, "Alder", name), [""; 0], "{}", kit.id);
        }
    });
}

#[test]
fn what_is_written_has_no_such_characters_and_a_second_run_finds_nothing() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, PEOPLE)]);
        let run = world.sync(&["--psa", kit.id, "--allow", "create=9"]);
        assert_eq!(run.code, 0, "{}: {} {}", kit.id, run.out, run.err);
        let state = world.sandbox.snapshot();
        let written = format!("{}{}", state[kit.part], state["cloudradial"]);
        for hidden in ["\u{202e}", "\u{2060}", "\u{ad}", "\u{feff}", "\u{200e}"] {
            assert!(!written.contains(hidden), "{}: {hidden:?}", kit.id);
        }
        assert!(written.contains("Head of Sales"), "{}", kit.id);
        let again = world.diff(&["--psa", kit.id]);
        assert_eq!(
            company(&again.json(), "Alder")["changes"].as_array().map(Vec::len),
            Some(0),
            "{}: {}",
            kit.id,
            again.out
        );
    });
}
