//! One spelling of an address, and which of several is a person's own.

use crate::conformance::{each, switch};
use crate::harness::{World, client, company, planned};

const INITIAL: &str = r#"
[[person]]
situation = "the domain was added after the user: the real address is an alias and the user name"
user = { upn = "ann.first@alder.example", mail = "ann.first@alder.onmicrosoft.com", first = "Ann", last = "First", aliases = ["ann.first@alder.example"] }

[[person]]
situation = "the contact was made in those days; 365 is right by now"
like-user = ["contact", "portal"]
user = { upn = "bob.later@alder.example", first = "Bob", last = "Later", aliases = ["bob.later@alder.onmicrosoft.com"] }
contact = { email = "bob.later@alder.onmicrosoft.com" }
portal = { email = "bob.later@alder.onmicrosoft.com", user-name = "bob.later@alder.onmicrosoft.com" }

[[person]]
situation = "another address than 365's: stays as the setting says"
like-user = ["contact", "portal"]
user = { upn = "cem.other@alder.example", first = "Cem", last = "Other", aliases = ["cem@alder.example"] }
contact = { email = "cem@alder.example" }
"#;

const IDN: &str = r#"
[[person]]
situation = "365 spells the domain in ASCII, the PSA as people read it"
user = { upn = "jo@xn--bcher-kva.example", first = "Jo", last = "Reader" }
contact = { first = "Jo", last = "Reader", email = "jo@b\u00FCcher.example" }
"#;

#[test]
fn an_address_that_365_gave_is_the_primary_one_only_where_there_is_no_other() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, INITIAL)]);
        let plan = world.diff(&["--psa", kit.id]).json();
        let ann = planned(&plan, "Alder", "Ann First");
        let made: Vec<&String> = ann.iter().filter(|line| line.starts_with("create")).collect();
        assert_eq!(made.len(), 2, "{}: {ann:?}", kit.id);
        for line in made {
            assert!(line.contains("email \"?\" -> \"ann.first@alder.example\""), "{}: {line}", kit.id);
        }
        let bob = planned(&plan, "Alder", "Bob Later").join("\n");
        let change = "email \"bob.later@alder.onmicrosoft.com\" -> \"bob.later@alder.example\"";
        assert_eq!(bob.matches(change).count(), 2, "contact and portal user, {}: {bob}", kit.id);
        let cem = planned(&plan, "Alder", "Cem Other").join("\n");
        assert!(!cem.contains("update contact: email"), "{}: {cem}", kit.id);
    });
}

#[test]
fn the_better_address_is_written_once_and_stays() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, INITIAL)]);
        let run = world.sync(&["--psa", kit.id]);
        assert_eq!(run.code, 0, "{}: {} {}", kit.id, run.out, run.err);
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

#[test]
fn an_address_that_must_never_be_written_is_not() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, INITIAL)]);
        world.configure(|text| format!("retries = 0\n{text}\n[fields]\nemail = \"never\"\n"));
        let plan = world.diff(&["--psa", kit.id]).json();
        let bob = planned(&plan, "Alder", "Bob Later").join("\n");
        assert!(!bob.contains("update contact: email"), "{}: {bob}", kit.id);
    });
}

#[test]
fn explain_names_an_address_that_differs() {
    let world = World::of(&[client("Alder", 20, 14, INITIAL)]);
    let run = world.run(&["explain", "cem.other@alder.example", "--format", "json"]);
    assert!(run.out.contains("differs from 365, but is written to a new record only"), "{}", run.out);
}

#[test]
fn a_domain_in_its_two_spellings_is_one() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, IDN)]);
        let plan = world.diff(&["--psa", kit.id]).json();
        let jo = planned(&plan, "Alder", "Jo Reader");
        assert_eq!(
            jo.iter().filter(|line| line.starts_with("create contact")).count(),
            0,
            "{}: {jo:?}",
            kit.id
        );
        assert_eq!(
            jo.iter().filter(|line| line.starts_with("create portal-user")).count(),
            1,
            "{}: {jo:?}",
            kit.id
        );
        let run = world.sync(&["--psa", kit.id]);
        assert_eq!(run.code, 0, "{}: {} {}", kit.id, run.out, run.err);
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

#[test]
fn lists_of_the_configuration_compare_in_the_same_spelling() {
    let world = World::of(&[client("Alder", 20, 14, IDN)]);
    for pattern in ["*@b\u{fc}cher.example", "*@xn--bcher-kva.example", "jo@b\u{fc}*"] {
        world.configure(|text| format!("retries = 0\n{text}\n[[exclude]]\nemail = \"{pattern}\"\n"));
        let plan = world.diff(&[]).json();
        assert_eq!(planned(&plan, "Alder", "Jo Reader"), [""; 0], "{pattern}");
    }
    for pattern in ["*@b\u{fc}cher.example", "*@xn--bcher-kva.example"] {
        switch(&world, &format!("protected = [\"{pattern}\"]"));
        assert_eq!(world.sync(&[]).code, 5, "{pattern}");
    }
    let run = world.run(&["explain", "JO@B\u{fc}cher.example", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
}
