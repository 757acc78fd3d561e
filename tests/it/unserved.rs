//! Settings that a PSA cannot serve are reported, by the names that the configuration uses.

use serde_json::Value;

use crate::conformance::KITS;
use crate::harness::{World, client, company};

/// What the plan for Contoso skips for this row of the whole company.
fn skips(plan: &Value, row: &str) -> Vec<(String, String, bool)> {
    let skips = company(plan, "Contoso")["skipped"].as_array().expect("a list").clone();
    let of = skips.into_iter().filter(|skip| skip["row"] == row && skip["who"].is_null());
    of.map(|skip| {
        let text = |key: &str| skip[key].as_str().unwrap_or_default().to_owned();
        (text("reason"), text("next"), skip["strict"] == true)
    })
    .collect()
}

#[test]
fn a_field_that_the_psa_lacks_is_named_as_the_configuration_names_it() {
    for kit in &KITS {
        let world = World::small();
        for (role, row) in
            [("SupportPIN", "support-pin"), ("Office365Id", "office365-id"), ("TypeMapping", "type-mapping")]
        {
            let line = format!("{role} = \" Our {row} \"");
            world.configure(|text| {
                let text = text.replacen("[sync]\n", "[sync]\nsupport-pin = true\n", 1);
                let rule = "[[type]]\nname = \"Billing\"\n";
                format!("retries = 0\n{text}\n[udfs]\n{line}\n\n{rule}")
            });
            let plan = world.diff(&["--psa", kit.id, "--company", "Contoso"]);
            assert_eq!(plan.code, 0, "{} {role}: {}", kit.id, plan.err);
            for (reason, next, strict) in skips(&plan.json(), row) {
                if !strict || reason.contains("not known yet") {
                    continue;
                }
                for text in [&reason, &next] {
                    assert!(text.contains(&format!("`Our {row}`")), "{} {role}: {text}", kit.id);
                    assert!(!text.contains(role), "{} {role}: {text}", kit.id);
                }
            }
            let has_own = kit.own_types && role == "TypeMapping";
            let expected = usize::from(!kit.trusts_names && !has_own);
            let told = skips(&plan.json(), row).into_iter().filter(|(_, _, strict)| *strict).count();
            assert_eq!(told, expected, "{} {role}", kit.id);
        }
    }
}

#[test]
fn a_rule_for_a_field_that_contacts_lack_is_one_line_and_an_error_when_strict() {
    for kit in &KITS {
        let world = World::small();
        let plan = || world.diff(&["--psa", kit.id, "--company", "Contoso"]);
        assert_eq!(skips(&plan().json(), "update-contact"), [], "{}: nothing is asked for", kit.id);
        for table in ["fields", "fields.contact"] {
            world.configure(|text| {
                let rules = "department = \"always\"\nuser-name = \"always\"\n";
                format!("retries = 0\n{text}\n[{table}]\n{rules}")
            });
            let told = skips(&plan().json(), "update-contact");
            let [(reason, next, true)] = told.as_slice() else { panic!("{} [{table}]: {told:?}", kit.id) };
            assert!(reason.contains("have no field for user-name, department"), "{reason}");
            assert_eq!(
                next, "write user-name = \"never\", department = \"never\" under [fields.contact]",
                "{}",
                kit.id
            );
            let strict = world.diff(&["--psa", kit.id, "--company", "Contoso", "--strict"]);
            // Where rows that are on cannot be served either, nothing is read at all.
            let capabilities = crsync::psa::find(kit.id).expect("a PSA").capabilities;
            let is_whole = crsync::model::Row::ALL.into_iter().all(|row| capabilities.serves(row));
            assert_eq!(strict.code, if is_whole { 1 } else { 2 }, "{}: {}", kit.id, strict.err);
        }
        // Addresses go to contacts where the PSA has fields for them, and are reported elsewhere.
        world.configure(|text| {
            let rules: String = ["street", "city", "state", "postal-code", "country"]
                .map(|field| format!("{field} = \"always\"\n"))
                .concat();
            format!("retries = 0\n{text}\n[fields]\n{rules}")
        });
        let told = skips(&plan().json(), "update-contact");
        let [(reason, ..)] = told.as_slice() else { panic!("{}: {told:?}", kit.id) };
        assert!(reason.contains(&format!("no field for {}, ", kit.lacking)), "{}: {reason}", kit.id);
    }
}

#[test]
fn strict_settles_what_the_configuration_alone_decides_before_anything_is_read() {
    for kit in &KITS {
        let unserved = crsync::psa::find(kit.id).expect("a PSA").capabilities;
        let rows: Vec<_> = crsync::model::Row::ALL.into_iter().filter(|row| !unserved.serves(*row)).collect();
        let Some(row) = rows.first() else { continue };
        let world = World::of(&[client("Alder", 20, 2, ""), client("Birch", 21, 2, "")]);
        let off = rows.iter().map(|row| format!("{row} = false\n")).collect::<Vec<_>>().concat();
        world.configure(|text| {
            let text = text.replacen("[sync]\n", &format!("[sync]\n{off}"), 1);
            let next = "[[company]]\nname = \"Birch\"";
            let own = format!("[company.sync]\n{row} = true\n\n{next}");
            format!("retries = 0\n{}", text.replacen(next, &own, 1))
        });
        for command in [
            &["diff"][..],
            &["match"],
            &["explain", "a@alder.example"],
            &["push-udfs", "--check"],
            &["sync", "--yes"],
            &["self-service", "--user", "a@alder.example", "--set", "title=Boss", "--yes"],
        ] {
            let run = world.run(&[command, &["--psa", kit.id, "--strict"]].concat());
            assert_eq!(run.code, 2, "{} {command:?}: {}", kit.id, run.err);
            let told = format!("cannot serve {row} (of Alder), which is on");
            assert!(run.err.contains(&told), "{} {command:?}: {}", kit.id, run.err);
            assert!(run.err.contains("--strict makes that an error"), "{}", run.err);
            assert!(run.err.contains("[company.sync]"), "{}", run.err);
        }
        assert_eq!(world.sandbox.requests(), [], "{}: nothing is read", kit.id);
        let elsewhere = world.run(&["match", "--psa", kit.id, "--strict", "--company", "Birch"]);
        assert_ne!(elsewhere.code, 2, "{}: it is about another company: {}", kit.id, elsewhere.err);
    }
}

#[test]
fn strict_says_why_on_every_command() {
    let world = World::small();
    world.edit(|state| {
        let definitions = state["autotask"]["definitions"].as_object_mut().expect("definitions");
        definitions.retain(|_, definition| definition["fields"]["name"] != "Office365Id");
    });
    for command in [&["diff"][..], &["sync", "--yes"]] {
        let run = world.run(&[command, &["--company", "Contoso", "--strict"]].concat());
        assert_eq!(run.code, 1, "{command:?}: {}", run.err);
        let told = "a setting cannot be served, and --strict makes that an error: office365-id: ";
        assert!(run.err.contains(told), "{command:?}: {}", run.err);
    }
    assert_eq!(world.writes(), []);
}
