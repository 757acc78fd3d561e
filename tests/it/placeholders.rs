//! Something typed because a form wanted it: it is blank, and blank never overwrites.

use crate::conformance::each;
use crate::harness::{World, client, planned, reasons};

const PEOPLE: &str = r#"
[[person]]
like-user = ["contact", "portal"]
user = { upn = "dan.dash@alder.example", first = "Dan", last = "Dash", phone = "-", mobile = "N/A", title = "." }
contact = { phone = "+1 202 555 0111", mobile = "+1 303 555 0111", title = "Buyer" }
portal = { phone = "+1 202 555 0111", mobile = "+1 303 555 0111", title = "Buyer" }

[[person]]
like-user = ["contact", "portal"]
user = { upn = "zoe.ro@alder.example", first = "Zoe", last = "Ro", phone = "000-000-0000", mobile = "0" }
contact = { phone = "+1 202 555 0112", mobile = "+1 303 555 0112" }
portal = { phone = "+1 202 555 0112", mobile = "+1 303 555 0112" }

[[person]]
like-user = ["contact", "portal"]
user = { upn = "cher@alder.example", first = "Cher", last = "." , display = "Cher" }
contact = { last = "Sarkisian" }
portal = { last = "Sarkisian" }
"#;

#[test]
fn what_says_nothing_never_overwrites() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, PEOPLE)]);
        let plan = world.diff(&["--psa", kit.id]).json();
        for name in ["Dan Dash", "Zoe Ro", "Cher"] {
            assert_eq!(planned(&plan, "Alder", name), [""; 0], "{}", kit.id);
        }
    });
}

#[test]
fn a_full_stop_is_no_name() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, PEOPLE)]);
        world.configure(|text| {
            format!("retries = 0\n{}", text.replace("require-name = true", "require-name = \"either\""))
        });
        let plan = world.diff(&["--psa", kit.id]).json();
        assert_eq!(reasons(&plan, "Alder", "excluded", "Cher"), ["no name"], "{}", kit.id);
    });
}

#[test]
fn what_says_nothing_in_the_psa_is_filled() {
    each(|kit| {
        let people = PEOPLE
            .replace("title = \".\"", "title = \"Head\"")
            .replace("0111\", title = \"Buyer\" }\nportal", "0111\", title = \"--\" }\nportal");
        let world = World::of(&[client("Alder", 20, 14, &people)]);
        let plan = world.diff(&["--psa", kit.id]).json();
        let dan = planned(&plan, "Alder", "Dan Dash").join("\n");
        let filled = dan.contains("update contact: title \"\" -> \"Head\"");
        assert!(filled || kit.id == "syncro" && dan.contains("title"), "{}: {dan}", kit.id);
    });
}
