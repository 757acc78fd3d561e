//! `crsync doctor` names every fault once, with its next step, and writes nothing.

use crsync_sandbox::{Effect, System};
use serde_json::{Value, json};

use crate::conformance::{Kit, each};
use crate::harness::{Run, World, client};

/// A world in which nothing is wrong.
pub(crate) fn world() -> World {
    let world = World::of(&[client("Alder", 20, 4, ""), client("Birch", 21, 3, "")]);
    configure(&world, |text| text);
    world
}

/// Writes the sandbox's own configuration, changed, without the rules that are for other people.
fn configure(world: &World, edit: impl FnOnce(String) -> String) {
    world.configure(|text| {
        let (before, rest) = text.split_once("[[exclude]]").expect("rules");
        let (_, companies) = rest.split_once("[[company]]").expect("companies");
        format!("retries = 0\n{}", edit(format!("{before}[[company]]{companies}")))
    });
}

/// What was written. Signing in changes nothing.
fn writes(world: &World) -> Vec<crsync_sandbox::Seen> {
    world.writes().into_iter().filter(|seen| !seen.path.ends_with("/authenticate")).collect()
}

pub(crate) fn doctor(world: &World, args: &[&str]) -> Run {
    let run = world.run(&[&["doctor", "--format", "json"], args].concat());
    assert_eq!(writes(world), [], "nothing is written");
    assert!(!world.state().exists(), "no state is made");
    run
}

/// The facts with this status: what they are about, what they say, and the next step.
pub(crate) fn facts(run: &Run, status: &str) -> Vec<(String, String, String)> {
    let text = |fact: &Value, key: &str| fact[key].as_str().unwrap_or_default().to_owned();
    let all = run.json();
    let facts = all["facts"].as_array().expect("facts").iter().filter(|fact| fact["status"] == status);
    facts.map(|fact| (text(fact, "subject"), text(fact, "says"), text(fact, "next"))).collect()
}

/// There is exactly one failure: about `subject`, with `says` in its sentence and `next` in its next step.
#[track_caller]
pub(crate) fn fails_once(of: &str, run: &Run, subject: &str, says: &str, next: &str) {
    let failures = facts(run, "fail");
    let [(about, told, step)] = &failures[..] else { panic!("{of}: {failures:?} {}", run.err) };
    assert_eq!(about, subject, "{of}: {told}");
    assert!(told.contains(says), "{of}: {told}");
    assert!(step.contains(next), "{of}: {step}");
    assert_eq!(run.code, 8, "{of}: {}", run.err);
}

pub(crate) fn of_psa<'a>(kit: &'a Kit, more: &[&'a str]) -> Vec<&'a str> {
    [&["--psa", kit.id], more].concat()
}

#[test]
fn a_world_without_faults_is_well_on_every_psa() {
    each(|kit| {
        let world = world();
        let run = doctor(&world, &of_psa(kit, &[]));
        assert_eq!(facts(&run, "fail"), [], "{}", kit.id);
        assert_eq!(facts(&run, "warn"), [], "{}", kit.id);
        assert_eq!(run.code, 0, "{}: {}", kit.id, run.err);
        let well = facts(&run, "ok");
        for subject in [
            "configuration",
            "secrets",
            "keyring",
            "state",
            "clock",
            "365",
            "portal",
            "psa",
            "rights",
            "fields",
        ] {
            assert!(well.iter().any(|(about, ..)| about == subject), "{}: {subject} in {well:?}", kit.id);
        }
        let names = well.iter().find(|(about, told, _)| about == "company" && told.starts_with("Alder"));
        let (_, told, _) = names.expect("the names of a company");
        assert!(told.contains("portal \"Alder\"") && told.contains("365 \"Alder\""), "{told}");
    });
}

#[test]
fn lines_begin_with_their_status_and_the_worst_comes_last() {
    let world = world();
    world.edit(|state| state["autotask"]["companies"]["240"]["fields"]["isActive"] = json!(false));
    let run = world.run(&["doctor"]);
    assert_eq!(run.code, 8, "{}", run.err);
    let words: Vec<&str> = run.out.lines().filter_map(|line| line.split("  ").next()).collect();
    let first = words.iter().position(|word| *word == "FAIL").expect("a failure");
    assert!(words[..first].contains(&"ok"), "{}", run.out);
    assert!(!words[first..].contains(&"ok"), "{}", run.out);
    assert!(run.out.lines().last().is_some_and(|line| line.starts_with("1 failure, ")), "{}", run.out);
    assert!(run.out.contains("\n  next: write enabled = false under Alder"), "{}", run.out);
}

#[test]
fn a_missing_right_to_read_is_one_failure() {
    each(|kit| {
        let world = world();
        world.edit(|state| state[kit.part]["denied"] = json!([kit.not_read]));
        let run = doctor(&world, &of_psa(kit, &[]));
        let failures = facts(&run, "fail");
        assert_eq!(failures.len(), 1, "{}: {failures:?}", kit.id);
        assert!(!failures[0].2.is_empty(), "{}: {failures:?}", kit.id);
        assert_eq!(run.code, 8, "{}", kit.id);
    });
}

#[test]
fn a_missing_right_to_write_is_a_failure_where_the_psa_tells_and_said_to_be_unknown_elsewhere() {
    each(|kit| {
        let world = world();
        world.edit(|state| state[kit.part]["denied"] = json!(kit.not_written));
        let run = doctor(&world, &of_psa(kit, &[]));
        if !facts(&run, "fail").is_empty() {
            fails_once(kit.id, &run, "rights", "lacks", "give the");
            return;
        }
        assert_eq!(facts(&run, "fail"), [], "{}", kit.id);
        let told =
            facts(&run, "ok").into_iter().find(|(_, told, _)| told.starts_with("could not be asked about: "));
        assert!(told.is_some_and(|(about, ..)| about == "rights"), "{}", kit.id);
    });
}

#[test]
fn a_right_to_some_records_only_is_a_warning() {
    let world = world();
    world.edit(|state| state["autotask"]["invisible"] = json!(["Contacts"]));
    let run = doctor(&world, &[]);
    let warnings = facts(&run, "warn");
    let (_, says, next) = warnings.iter().find(|(about, ..)| about == "rights").expect("a warning");
    assert!(says.contains("for some records only: Contacts: query"), "{says}");
    assert!(next.contains("the right to all records"), "{next}");
}

#[test]
fn every_right_that_is_missing_is_one_failure_that_names_it() {
    for (denied, right) in [
        ("Companies", "Companies: query (for match-users); Companies: update (for tenant-id)"),
        ("Companies/update", "Companies: update"),
        ("Contacts/query", "Contacts: query"),
        ("Contacts/create", "Contacts: create"),
        ("Resources", "Resources: query (for company-details)"),
    ] {
        let world = world();
        world.edit(|state| state["autotask"]["denied"] = json!([denied]));
        fails_once(denied, &doctor(&world, &[]), "rights", right, "security level");
    }
}

#[test]
fn a_domain_that_no_address_has_is_one_failure() {
    let world = world();
    configure(&world, |text| {
        text.replacen("name = \"Alder\"\n", "name = \"Alder\"\ndomains = [\"aldr.example\"]\n", 1)
    });
    fails_once("domains", &doctor(&world, &[]), "365", "aldr.example", "correct `domains`");
}

#[test]
fn a_company_that_is_not_configured_ends_the_check() {
    let world = world();
    let run = world.run(&["doctor", "--company", "Alderr"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("did you mean \"Alder\"?"), "{}", run.err);
    assert_eq!(world.sandbox.requests(), []);
}

#[test]
fn the_trace_of_a_check_holds_every_request() {
    let world = world();
    let file = world.path("trace.har");
    let run = doctor(&world, &["--har", &file.display().to_string()]);
    assert_eq!(run.code, 0, "{}", run.err);
    let trace: Value =
        serde_json::from_str(&std::fs::read_to_string(file).expect("a trace")).expect("a whole trace");
    let entries = trace["log"]["entries"].as_array().expect("entries").len();
    assert_eq!(entries, world.sandbox.requests().len());
}

#[test]
fn a_wrong_or_expired_client_secret_is_one_failure_after_one_sign_in() {
    for expired in [false, true] {
        let mut world = world();
        if expired {
            world.edit(|state| state["entra"]["secret_expired"] = json!(true));
        } else {
            world.env.insert("CRSYNC_MICROSOFT365_CLIENT_SECRET".to_owned(), "not-the-secret".to_owned());
        }
        let run = doctor(&world, &[]);
        let says = if expired { "the client secret has expired" } else { "the client secret is wrong" };
        fails_once(says, &run, "365", says, "crsync login microsoft365");
        let sign_ins = |world: &World| {
            let requests = world.sandbox.requests();
            requests
                .iter()
                .filter(|seen| seen.system == System::ENTRA && seen.path.ends_with("token"))
                .count()
        };
        assert_eq!(sign_ins(&world), 1, "{says}");
        assert!(!run.out.contains("not-the-secret"), "{}", run.out);
    }
}

#[test]
fn a_wrong_secret_of_the_psa_or_the_portal_is_one_failure_after_one_try() {
    each(|kit| {
        let mut world = world();
        world.env.insert(kit.secret.to_owned(), "not-the-secret".to_owned());
        let run = doctor(&world, &of_psa(kit, &[]));
        fails_once(kit.id, &run, "psa", "could not be read for Alder, Birch", "crsync login");
        let asked = |seen: &&crsync_sandbox::Seen| {
            seen.system == kit.system
                && kit.open.is_none_or(|open| !seen.path.to_lowercase().contains(&open.to_lowercase()))
        };
        assert_eq!(world.sandbox.requests().iter().filter(asked).count(), 1, "{}", kit.id);
    });
    let mut world = world();
    world.env.insert("CRSYNC_CLOUDRADIAL_PRIVATE_KEY".to_owned(), "not-the-secret".to_owned());
    let run = doctor(&world, &[]);
    fails_once("portal", &run, "portal", "the key pair is not accepted", "crsync login cloudradial");
}

#[test]
fn a_tenant_without_consent_is_one_failure_with_its_own_link() {
    let world = world();
    world.edit(|state| state["entra"]["unconsented"] = json!(["a1de0001-0000-4000-8000-000000000020"]));
    let run = doctor(&world, &[]);
    let link = "a1de0001-0000-4000-8000-000000000020/adminconsent?client_id=";
    fails_once("consent", &run, "365", "has not consented", link);
}

#[test]
fn a_permission_that_a_switched_on_row_needs_is_one_failure() {
    let tenant = "a1de0001-0000-4000-8000-000000000020";
    for (granted, lacking) in [
        (json!(["User.ReadWrite.All"]), "LicenseAssignment.Read.All"),
        (json!(["LicenseAssignment.Read.All", "User.ReadWrite.All"]), ""),
        (json!(["User.Read.All", "LicenseAssignment.Read.All"]), "User.ReadWrite.All"),
        (json!(["LicenseAssignment.Read.All"]), "User.Read.All and User.ReadWrite.All"),
    ] {
        let world = world();
        world.edit(|state| state["entra"]["roles"][tenant] = granted);
        let run = doctor(&world, &[]);
        if lacking.is_empty() {
            assert_eq!(run.code, 0, "a wider permission is enough: {}", run.out);
            continue;
        }
        fails_once(lacking, &run, "365", &format!("has not consented to {lacking}"), "adminconsent");
    }
}

#[test]
fn a_wrong_region_is_one_failure() {
    let world = world();
    world.edit(|state| state["entra"]["tenants"] = json!({}));
    let run = doctor(&world, &["--company", "Alder"]);
    fails_once("cloud", &run, "365", "the tenant does not exist in this cloud", "cloud");
    let world = self::world();
    configure(&world, |text| text.replacen("/cloudradial\"", "/cloudradial/elsewhere\"", 1));
    fails_once("region", &doctor(&world, &[]), "portal", "another region", "base-url under [cloudradial]");
    each(|kit| {
        let world = self::world();
        configure(&world, |text| {
            let (before, table) = text.split_once(&format!("[{}]\n", kit.id)).expect("the PSA's table");
            let own = format!("/{}", kit.part.replace('_', "-"));
            let elsewhere = format!("{own}/elsewhere");
            let table = if table.contains("base-url") && !kit.id.starts_with("autotask") {
                let at = table.find("base-url").expect("an address");
                let end = at + table[at..].find('\n').expect("a line");
                let line = table[at..end].trim_end_matches('"').to_owned() + "/elsewhere\"";
                format!("{}{line}{}", &table[..at], &table[end..])
            } else {
                let base =
                    before.split("base-url = \"").nth(1).and_then(|rest| rest.split("/cloudradial").next());
                format!("base-url = \"{}{elsewhere}\"\n{table}", base.expect("an address"))
            };
            format!("{before}[{}]\n{table}", kit.id)
        });
        let run = doctor(&world, &of_psa(kit, &[]));
        let failures = facts(&run, "fail");
        assert_eq!(failures.len(), 1, "{}: {failures:?} {}", kit.id, run.err);
        assert!(failures[0].2.contains("base-url"), "{}: {failures:?}", kit.id);
    });
}

#[test]
fn a_missing_field_is_one_failure() {
    each(|kit| {
        if kit.trusts_names {
            return;
        }
        let world = world();
        configure(&world, |text| format!("{text}\n[udfs]\nOffice365Id = \"Our id\"\n"));
        let run = doctor(&world, &of_psa(kit, &[]));
        fails_once(kit.id, &run, "fields", "Our id", "crsync push-udfs");
    });
}

#[test]
fn an_inactive_company_is_one_failure() {
    each(|kit| {
        let world = world();
        world.edit(|state| kit.make_past(state, 240));
        let run = doctor(&world, &of_psa(kit, &[]));
        fails_once(kit.id, &run, "company", "Alder: company 240 is inactive", "enabled = false");
    });
}

#[test]
fn a_wrong_id_is_one_failure() {
    each(|kit| {
        for (from, to, subject) in [
            ("psa = 240", "psa = 240000", "psa"),
            ("cloudradial = 20\n", "cloudradial = 2000\n", "portal"),
            ("8000-000000000020", "8000-000000000099", "365"),
        ] {
            let world = world();
            configure(&world, |text| {
                assert!(text.contains(from), "{text}");
                text.replacen(from, to, 1)
            });
            let run = doctor(&world, &of_psa(kit, &[]));
            let failures = facts(&run, "fail");
            assert_eq!(failures.len(), 1, "{} {to}: {failures:?}", kit.id);
            assert_eq!(failures[0].0, subject, "{} {to}: {failures:?}", kit.id);
        }
    });
}

#[test]
fn two_companies_with_each_others_ids_are_a_failure_each_and_their_names_are_told() {
    let world = world();
    configure(&world, |text| {
        let text = text.replacen("psa = 240", "psa = 0", 1).replacen("psa = 242", "psa = 240", 1);
        text.replacen("psa = 0", "psa = 242", 1)
    });
    let run = doctor(&world, &[]);
    let failures = facts(&run, "fail");
    assert_eq!(failures.len(), 2, "{failures:?}");
    assert!(failures.iter().all(|(about, ..)| about == "company"), "{failures:?}");
    let names = facts(&run, "warn").into_iter().find(|(_, told, _)| told.starts_with("Alder: portal"));
    let (_, told, next) = names.expect("the names");
    assert!(told.contains("Autotask \"Birch\""), "{told}");
    assert!(next.contains("the id of Alder is right on: Autotask"), "{next}");
}

#[test]
fn a_configuration_with_mistakes_is_a_failure_for_each() {
    let world = world();
    configure(&world, |text| text.replacen("[sync]\n", "[sync]\nsuport-pin = true\nguest = true\n", 1));
    let run = doctor(&world, &[]);
    let failures = facts(&run, "fail");
    assert_eq!(failures.len(), 2, "{failures:?}");
    assert!(failures.iter().all(|(about, ..)| about == "configuration"), "{failures:?}");
    assert!(facts(&run, "ok").iter().any(|(about, ..)| about == "secrets"), "{}", run.out);
    assert_eq!(world.sandbox.requests(), []);
}

#[test]
fn a_secret_that_is_missing_is_a_failure_that_says_how_to_give_it() {
    let mut world = world();
    world.env.remove("CRSYNC_CLOUDRADIAL_PRIVATE_KEY");
    let run = doctor(&world, &[]);
    fails_once("secret", &run, "configuration", "private-key", "CRSYNC_CLOUDRADIAL_PRIVATE_KEY");
    let told: Vec<String> = facts(&run, "ok").into_iter().map(|(_, told, _)| told).collect();
    let has = |part: &str| told.iter().any(|told| told.contains(part));
    assert!(has("public-key from CRSYNC_CLOUDRADIAL_PUBLIC_KEY"), "{told:?}");
}

#[test]
fn offline_asks_no_service() {
    let world = world();
    let run = doctor(&world, &["--offline"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert_eq!(world.sandbox.requests(), []);
    assert!(facts(&run, "ok").iter().all(|(about, ..)| !["365", "psa", "portal"].contains(&about.as_str())));
}

#[test]
fn a_company_that_is_switched_off_is_said_to_be_off() {
    let world = world();
    configure(&world, |text| text.replacen("name = \"Birch\"\n", "name = \"Birch\"\nenabled = false\n", 1));
    let run = doctor(&world, &["--offline"]);
    let told = facts(&run, "ok");
    assert!(told.iter().any(|(_, told, _)| told.contains("1 company; switched off: Birch")), "{told:?}");
}

#[test]
fn a_clock_that_is_wrong_is_told_by_all_services_at_once() {
    let late = |seconds: i64| {
        let world = world();
        let told = move |answered: &mut crsync_sandbox::Answered| {
            let at = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
            answered.headers.retain(|(name, _)| name != "date");
            let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            answered.headers.push(("date".to_owned(), date));
        };
        let faults = System::all().map(|system| crsync_sandbox::Fault {
            system,
            path: String::new(),
            nth: None,
            effect: Effect::rewrite(move |_, answered| told(answered)),
        });
        world.sandbox.set_faults(faults.collect());
        doctor(&world, &[])
    };
    assert_eq!(late(0).code, 0);
    let warned = late(-100);
    assert_eq!(warned.code, 4, "{}", warned.out);
    assert!(facts(&warned, "warn")[0].1.contains("ahead of"), "{}", warned.out);
    fails_once("clock", &late(900), "clock", "behind", "NTP");
}

#[test]
fn users_that_change_by_night_without_a_run_point_at_the_portals_own_sync() {
    let mut world = world();
    world.env.insert("TZ".to_owned(), "UTC".to_owned());
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let night = today.yesterday().expect("a day").at(2, 30, 0, 0).to_string();
    world.edit(|state| {
        for user in state["cloudradial"]["users"].as_object_mut().expect("users").values_mut() {
            if user["companyId"] == 20 {
                user["dateModified"] = json!(format!("{night}Z"));
            }
        }
    });
    let run = doctor(&world, &[]);
    let warned = facts(&run, "warn");
    let [(about, told, next)] = &warned[..] else { panic!("{warned:?}") };
    assert_eq!((about.as_str(), run.code), ("portal-sync", 4));
    assert!(told.contains("4 users of Alder changed by night"), "{told}");
    assert!(next.contains("nightly user sync off"), "{next}");
    configure(&world, |text| {
        text.replacen("name = \"Alder\"\n", "name = \"Alder\"\nportal = \"read-only\"\n", 1)
    });
    assert_eq!(doctor(&world, &[]).code, 0, "a portal that is only read may be synced by itself");
}

#[test]
fn requests_that_others_used_up_are_a_warning() {
    let world = world();
    world.edit(|state| state["autotask"]["others"] = json!(9_500));
    let run = doctor(&world, &[]);
    assert_eq!(run.code, 4, "{}", run.out);
    let warned = facts(&run, "warn");
    assert!(
        warned[0].0 == "quota" && warned[0].1.contains("of the 10000 requests of 60 minutes"),
        "{warned:?}"
    );
}

#[test]
fn a_state_that_cannot_be_read_is_a_failure() {
    let world = world();
    std::fs::create_dir(world.state()).expect("a writable folder");
    std::fs::write(world.state().join("state.db"), "this is no database").expect("a writable folder");
    let run = world.run(&["doctor", "--offline", "--format", "json"]);
    fails_once("state", &run, "state", "state.db", "");
}

#[test]
fn every_format_shows_the_same_facts() {
    let world = world();
    world.edit(|state| state["entra"]["secret_expired"] = json!(true));
    for format in ["table", "markdown", "html", "csv"] {
        let run = world.run(&["doctor", "--format", format]);
        assert_eq!(run.code, 8, "{format}: {}", run.err);
        let plain = run.out.replace('\n', " ").replace("  ", " ");
        assert!(plain.contains("the client secret has expired"), "{format}: {}", run.out);
    }
}

#[test]
fn live_capabilities_show_the_rights_as_a_matrix() {
    each(|kit| {
        let world = world();
        let run = world.run(&["capabilities", "--live", "--psa", kit.id, "--format", "json"]);
        assert_eq!(run.code, 0, "{}: {}{}", kit.id, run.out, run.err);
        let shown = run.json();
        let rights = shown["rights"].as_array().expect("rights");
        assert!(
            !rights.is_empty() && rights.iter().all(|right| right["held"] != "no"),
            "{}: {shown}",
            kit.id
        );
        assert!(!shown["fields"].as_array().expect("fields").is_empty(), "{}", kit.id);
        assert_eq!(writes(&world), []);
    });
    let world = world();
    world.edit(|state| state["autotask"]["denied"] = json!(["Contacts/update"]));
    let run = world.run(&["capabilities", "--live"]);
    assert_eq!(run.code, 4, "{}", run.err);
    insta::assert_snapshot!("rights_as_a_matrix", run.out);
    let table = world.run(&["doctor"]);
    let told = table.out.replace(&world.path("").display().to_string(), "FOLDER/");
    insta::assert_snapshot!("doctor_with_a_missing_right", told);
}
