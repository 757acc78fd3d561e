//! Settings that match nothing are said once a run, with their line and the near miss.

use std::fs;

use serde_json::Value;

use crate::conformance::{Kit, each};
use crate::harness::{World, client, company};

const PEOPLE: &str = r#"
[[person]]
like-user = ["contact", "portal"]
user = { upn = "kiosk@alder.example", first = "Kim", last = "Kiosk" }
[[person]]
user = { upn = "lic.ext_partner.example#EXT#@alder.onmicrosoft.com", mail = "lic.ext@partner.example", first = "Lia", last = "Ext" }
[[person]]
user = { upn = "svc.backup@alder.example", first = "Svc", last = "Backup", department = "Scanner room" }
[[person]]
like-user = ["contact", "portal"]
user = { upn = "vip@alder.example", first = "Viv", last = "Ip" }
contact = { udf = { TypeMapping = "Board" } }
"#;

const RULES: &str = r#"
[[exclude]]
user_name = "*#EXT#*"
[[exclude]]
email = "^svc.*"
[[exclude]]
department = "Scaner*"
[[exclude]]
department = "Scanner room"
[[type]]
name = "board"
priority = true
"#;

const DECISIONS: &str = "[[ignore]]\nemail = \"kiosk@alder.exmple\"\n\n[[pin]]\n\
                         user = \"a1de0001-0000-4000-8000-0000000fffff\"\ncontact = 123\n";

/// The case's settings, in the place of the sandbox's own rules.
fn configure(world: &World) {
    world.configure(|text| {
        let (before, companies) = text.split_once("[[exclude]]").expect("rules");
        let (_, companies) = companies.split_once("[[company]]").expect("companies");
        let licences = "exclude-licenses = [\"Microsoft Power Automate Free\",\n  \"FLOWFREE\",\n  \"SPB\"]";
        let before = before.replace("exclude-licenses = [\"FLOW_FREE\"]", licences);
        format!("retries = 0\n{before}{RULES}\n[[company]]{companies}")
    });
}

fn world() -> World {
    let world = World::of(&[client("Alder", 20, 6, PEOPLE), client("Birch", 21, 2, "")]);
    configure(&world);
    world
}

fn findings(kit: &Kit, world: &World, args: &[&str]) -> Vec<Value> {
    let mut all = vec!["--psa", kit.id];
    all.extend(args);
    let run = world.diff(&all);
    assert_eq!(run.code, 0, "{}", run.err);
    run.json()["findings"].as_array().expect("findings").clone()
}

#[test]
fn every_one_is_said_once_with_its_line_and_the_near_miss() {
    each(|kit| {
        let world = world();
        fs::write(world.path("decisions.toml"), DECISIONS).expect("a writable folder");
        let found = findings(kit, &world, &[]);
        let text = fs::read_to_string(world.config()).expect("the configuration");
        for (file, needle, setting, near) in [
            (
                "crsync.toml",
                "\"Microsoft Power",
                "exclude-licenses \"Microsoft Power Automate Free\"",
                "FLOW_FREE",
            ),
            ("crsync.toml", "\"FLOWFREE", "exclude-licenses \"FLOWFREE\"", "FLOW_FREE"),
            (
                "crsync.toml",
                "[[exclude]]\nuser_name",
                "[[exclude]] user-name = \"*#EXT#*\"",
                "\"*[#]EXT[#]*\"",
            ),
            ("crsync.toml", "[[exclude]]\nemail", "[[exclude]] email = \"^svc.*\"", "regular expression"),
            (
                "crsync.toml",
                "[[exclude]]\ndepartment = \"Sca",
                "[[exclude]] department = \"Scaner*\"",
                "Scanner room",
            ),
            ("crsync.toml", "[[type]]", "[[type]] \"board\"", "\"Board\""),
            ("decisions.toml", "[[ignore]]", "[[ignore]] \"kiosk@alder.exmple\"", "kiosk@alder.example"),
            (
                "decisions.toml",
                "[[pin]]",
                "[[pin]] user \"a1de0001-0000-4000-8000-0000000fffff\", contact 123",
                "",
            ),
        ] {
            let finding = found.iter().find(|finding| finding["setting"] == setting);
            let finding = finding.unwrap_or_else(|| panic!("{}: {setting} is not in {found:?}", kit.id));
            let whole = if file == "crsync.toml" { text.as_str() } else { DECISIONS };
            let line = whole[..whole.find(needle).expect("in the file")].matches('\n').count() + 1;
            assert_eq!(
                (&finding["file"], &finding["line"]),
                (&Value::from(file), &Value::from(line)),
                "{setting}"
            );
            let next = finding["next"].as_str().unwrap_or_default();
            assert!(next.contains(near), "{}: {setting}: {next}", kit.id);
        }
        assert_eq!(found.len(), 8, "{}: {found:?}", kit.id);
    });
}

#[test]
fn tables_and_the_people_table_say_them_too_and_strict_makes_them_an_error() {
    let world = world();
    for command in ["diff", "match"] {
        let run = world.run(&[command]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(run.out.matches("Settings that match nothing").count(), 1, "{}", run.out);
        assert!(run.out.contains("exclude-licenses \"FLOWFREE\""), "{}", run.out);
        let strict = world.run(&[command, "--strict"]);
        assert_eq!(strict.code, 1);
        let told = "settings match nothing, and --strict makes that an error: crsync.toml:";
        assert!(strict.err.contains(told), "{}", strict.err);
        assert!(strict.err.contains("; and 3 more"), "{}", strict.err);
        let json = world.run(&[command, "--format", "json"]).json();
        assert_eq!(json["findings"].as_array().map(Vec::len), Some(6), "{json}");
    }
    let run = world.sync(&["--strict"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("settings match nothing"), "{}", run.err);
    assert!(world.writes().is_empty());
    assert!(world.sync(&[]).out.contains("Settings that match nothing"));
}

#[test]
fn of_a_setting_that_stands_for_companies_not_looked_at_nothing_is_said() {
    each(|kit| {
        let world = world();
        assert_eq!(findings(kit, &world, &["--company", "Birch"]), [] as [Value; 0], "{}", kit.id);
        world.configure(|text| format!("{text}\n[[company.exclude]]\nemail = \"nosuch*\"\n"));
        let found = findings(kit, &world, &["--company", "Birch"]);
        assert_eq!(found.len(), 1, "{}: {found:?}", kit.id);
        world.edit(|state| state[kit.part]["denied"] = serde_json::json!([kit.not_read]));
        let run = world.diff(&["--psa", kit.id]);
        assert_eq!(run.json()["findings"], serde_json::json!([]), "{}", kit.id);
    });
}

#[test]
fn a_domain_that_no_address_has_holds_its_company_back() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 6, PEOPLE), client("Birch", 21, 2, "")]);
        world.configure(|text| {
            text.replacen("name = \"Alder\"", "name = \"Alder\"\ndomains = [\"aldr.example\"]", 1)
        });
        for command in ["diff", "match"] {
            let run = world.run(&[command, "--psa", kit.id, "--format", "json"]);
            assert_eq!(run.code, 8, "{}: {}", kit.id, run.err);
            let plan = run.json();
            let unread = company(&plan, "Alder")["unread"].as_array().expect("a list").clone();
            assert!(
                unread[0]["reason"].as_str().is_some_and(|reason| reason.contains("aldr.example")),
                "{unread:?}"
            );
            let all = plan["findings"].as_array().expect("findings");
            let finding =
                all.iter().find(|finding| finding["setting"] == "domains \"aldr.example\"").expect("said");
            assert!(finding["next"].as_str().is_some_and(|next| next.contains("alder.example")), "{finding}");
        }
        let run = world.sync(&["--psa", kit.id, "--format", "json"]);
        assert_eq!(run.code, 8, "{}: {}", kit.id, run.err);
        let contacts = |state: &Value| kit.contacts(state, 240).len();
        assert_eq!(contacts(&world.sandbox.snapshot()), 8, "{}", kit.id);
        world.configure(|text| {
            text.replacen("name = \"Alder\"", "name = \"Alder\"\ndomains = [\"@Alder.example\"]", 1)
        });
        assert_eq!(world.diff(&["--psa", kit.id]).code, 0);
    });
}

#[test]
fn a_name_on_another_side_that_is_nothing_like_the_configured_one_is_said_with_what_may_be_meant() {
    each(|kit| {
        for (alder, birch, near) in [
            ("Zephyr", "Birch", "see that the id is right"),
            ("Birch", "Alder", "is it the id of \"Alder\"?"),
        ] {
            let world = World::of(&[client("Alder", 20, 3, ""), client("Birch", 21, 3, "")]);
            configure(&world);
            world.configure(|text| {
                let (before, companies) = text.split_once("[[exclude]]").expect("rules");
                let (_, companies) = companies.split_once("[[company]]").expect("companies");
                let text = format!("retries = 0\n{before}[[company]]{companies}");
                let text = text.replacen("name = \"Alder\"", "name = \"?\"", 1);
                let text = text.replacen("name = \"Birch\"", &format!("name = \"{birch}\""), 1);
                text.replacen("name = \"?\"", &format!("name = \"{alder}\""), 1)
            });
            let found = findings(kit, &world, &[]);
            let text = fs::read_to_string(world.config()).expect("the configuration");
            for setting in ["psa = 240", "cloudradial = 20"] {
                let finding = found.iter().find(|finding| finding["setting"] == setting);
                let finding = finding.unwrap_or_else(|| panic!("{}: {setting} is not in {found:?}", kit.id));
                let at = text.find(&format!("\n{setting}\n")).expect("in the file") + 1;
                let line = text[..at].matches('\n').count() + 1;
                assert_eq!(finding["line"], Value::from(line), "{}: {setting}", kit.id);
                let reason = finding["reason"].as_str().unwrap_or_default();
                assert!(
                    reason.contains(&format!("\"Alder\", which is nothing like \"{alder}\"")),
                    "{reason}"
                );
                assert!(finding["next"].as_str().unwrap_or_default().contains(near), "{finding}");
            }
        }
    });
}
