//! Addresses with something around them: no addresses, and no second records for the people whose they are.

use crate::conformance::each;
use crate::harness::{World, client, planned, reasons};

const PEOPLE: &str = r#"
[[person]]
user = { upn = "tom.comma@alder.example", first = "Tom", last = "Comma" }
contact = { first = "Tom", last = "Comma", email = "tom.comma@alder.example," }

[[person]]
user = { upn = "ann.angle@alder.example", first = "Ann", last = "Angle" }
contact = { first = "Ann", last = "Angle", email = "<ann.angle@alder.example>" }

[[person]]
user = { upn = "mia.mailto@alder.example", first = "Mia", last = "Mailto" }
contact = { first = "Mia", last = "Mailto", email = "mailto:mia.mailto@alder.example" }

[[person]]
user = { upn = "dot.end@alder.example", first = "Dot", last = "End" }
contact = { first = "Dot", last = "End", email = "dot.end@alder.example." }

[[person]]
user = { upn = "mary-ann@alder.example", first = "Mary", last = "Hyphen" }
contact = { first = "Mary", last = "Hyphen", email = "mary‑ann@alder.example" }

[[person]]
user = { upn = "nat.space@alder.example", first = "Nat", last = "Space" }
contact = { first = "Nat", last = "Space", email = "nat.space@alder.example&nbsp;" }

[[person]]
contact = { first = "Two", last = "Addresses", email = "two@alder.example; too@home.example" }
"#;

const NAMES: [&str; 6] = ["Tom Comma", "Ann Angle", "Mia Mailto", "Dot End", "Mary Hyphen", "Nat Space"];

#[test]
fn nothing_is_made_beside_a_contact_whose_address_has_something_around_it() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 30, PEOPLE)]);
        let plan = world.diff(&["--psa", kit.id]).json();
        for name in NAMES {
            assert_eq!(planned(&plan, "Alder", name), [""; 0], "{}", kit.id);
            let said = reasons(&plan, "Alder", "skipped", name);
            assert_eq!(said.len(), 1, "{}: {said:?}", kit.id);
            assert!(
                said[0].contains("contact ") && said[0].contains("which is no address; correct it"),
                "{said:?}"
            );
            assert!(
                reasons(&plan, "Alder", "excluded", name).contains(&"no usable email".to_owned()),
                "{}",
                kit.id
            );
        }
        assert_eq!(planned(&plan, "Alder", "Two Addresses"), [""; 0], "{}", kit.id);
        assert_eq!(reasons(&plan, "Alder", "excluded", "Two Addresses"), ["no usable email"], "{}", kit.id);
        let records = || {
            let state = world.sandbox.snapshot();
            [&state[kit.part]["contacts"], &state["cloudradial"]["users"]]
                .map(|all| all.as_object().map(serde_json::Map::len))
        };
        let before = records();
        let run = world.sync(&["--psa", kit.id]);
        assert_eq!((run.code, records()), (0, before), "{}: {} {}", kit.id, run.out, run.err);
    });
}

#[test]
fn once_the_address_is_corrected_the_two_are_one_person() {
    each(|kit| {
        let corrected = PEOPLE.replace("tom.comma@alder.example,", "tom.comma@alder.example");
        let world = World::of(&[client("Alder", 20, 30, &corrected)]);
        let plan = world.diff(&["--psa", kit.id]).json();
        let tom = planned(&plan, "Alder", "Tom Comma");
        assert!(tom.iter().any(|line| line.starts_with("update contact")), "{}: {tom:?}", kit.id);
        assert!(!tom.iter().any(|line| line.starts_with("create contact")), "{}: {tom:?}", kit.id);
    });
}
