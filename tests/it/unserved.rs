//! Settings that a PSA cannot serve are reported, by the names that the configuration uses.

use serde_json::Value;

use crate::conformance::KITS;
use crate::harness::{World, company};

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
            assert_eq!(strict.code, 1, "{}: {}", kit.id, strict.err);
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
