//! Users without a mailbox, and so without an address in 365.

use crate::conformance::{each, switch};
use crate::harness::{World, client, planned, reasons, run};

const PEOPLE: &str = r#"
[[person]]
situation = "licensed without a mailbox: the user name is the address people know"
user = { upn = "no.box@alder.example", mail = "", first = "Nell", last = "Box", title = "Foreman" }
contact = { first = "Nell", last = "Box", email = "no.box@alder.example", title = "Trainee" }

[[person]]
situation = "the same, with no contact yet"
user = { upn = "ned.box@alder.example", mail = "", first = "Ned", last = "Box" }

[[person]]
situation = "the same, disabled"
user = { upn = "lou.box@alder.example", mail = "", first = "Lou", last = "Box", disabled = true }
contact = { first = "Lou", last = "Box", email = "lou.box@alder.example" }

[[person]]
situation = "the user name is at the initial domain"
user = { upn = "ike.box@alder.onmicrosoft.com", mail = "", first = "Ike", last = "Box" }
"#;

#[test]
fn the_user_name_is_the_address_of_a_user_without_a_mailbox() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, PEOPLE)]);
        let plan = world.diff(&["--psa", kit.id]).json();
        let nell = planned(&plan, "Alder", "Nell Box").join("\n");
        assert!(
            nell.contains("title \"Trainee\" -> \"Foreman\"") || kit.id == "syncro",
            "{}: {nell}",
            kit.id
        );
        assert!(nell.contains("office365-id") || nell.contains("Office365Id"), "{}: {nell}", kit.id);
        let ned = planned(&plan, "Alder", "Ned Box").join("\n");
        assert!(ned.contains("create contact") && ned.contains("create portal-user"), "{}: {ned}", kit.id);
        assert!(ned.contains("\"ned.box@alder.example\""), "{}: {ned}", kit.id);
        assert_eq!(planned(&plan, "Alder", "Ike Box"), [""; 0], "{}", kit.id);
        assert_eq!(reasons(&plan, "Alder", "excluded", "Ike Box"), ["no usable email"], "{}", kit.id);
    });
}

#[test]
fn mail_alone_counts_for_coming_and_going_alike() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, PEOPLE)]);
        switch(&world, "address = \"mail\"");
        let plan = world.diff(&["--psa", kit.id]).json();
        for name in ["Nell Box", "Ned Box", "Ike Box"] {
            let contact: Vec<String> =
                planned(&plan, "Alder", name).into_iter().filter(|line| line.contains(" contact:")).collect();
            assert_eq!(contact, [""; 0], "{}", kit.id);
            assert_eq!(reasons(&plan, "Alder", "excluded", name), ["no usable email"], "{}", kit.id);
        }
        let lou = planned(&plan, "Alder", "Lou Box").join("\n");
        assert!(!lou.contains("deactivate"), "{}: {lou}", kit.id);
    });
}

#[test]
fn explain_says_why_in_a_sentence() {
    let world = World::of(&[client("Alder", 20, 14, PEOPLE)]);
    let explained = |who: &str| {
        let config = world.config().display().to_string();
        let shown = run(&["crsync", "explain", who, "--config", &config], Some(200), &world.env);
        anstream::adapter::strip_str(&shown.out).to_string()
    };
    let ike = explained("ike.box@alder.onmicrosoft.com");
    let expected = "out of scope: no usable email, because 365 keeps none, and the user name is at a domain that 365 gave";
    assert!(ike.contains(expected), "{ike}");
    let lou = explained("lou.box@alder.example");
    assert!(lou.contains("out of scope: disabled, because sign-in is blocked in 365"), "{lou}");
    switch(&world, "address = \"mail\"");
    let ned = explained("ned.box@alder.example");
    assert!(
        ned.contains("because 365 keeps none, and `address = \"mail\"` does not take the user name"),
        "{ned}"
    );
}
