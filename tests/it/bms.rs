//! Kaseya BMS tells custom fields one record at a time, and only so many in an hour: what is known is kept from run
//! to run, and what is not known yet is said.

use crsync_sandbox::{Effect, System};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::harness::{Run, World, client, company};

const LARGE: &str = "Litware";
/// How many values one reading asks for in an hour.
const HOURLY: usize = 1_200;

fn diff(world: &World, args: &[&str]) -> Run {
    let mut all = vec!["--psa", "bms"];
    all.extend(args);
    world.diff(&all)
}

/// The requests for custom fields of a record, without the first `from` requests of all.
fn values(world: &World, from: usize) -> Vec<String> {
    let is_values = |path: &str| {
        let rest = path.split_once("/system/customFields/").map(|(_, rest)| rest);
        rest.is_some_and(|rest| {
            rest.split('/').count() == 2 && rest.split('/').all(|part| part.parse::<i64>().is_ok())
        })
    };
    let requests = world.sandbox.requests();
    let asked =
        requests[from..].iter().filter(|seen| seen.system == System::KASEYA_BMS && seen.method == "GET");
    asked.map(|seen| seen.path.clone()).filter(|path| is_values(path)).collect()
}

fn so_far(world: &World) -> usize {
    world.sandbox.requests().len()
}

fn state(world: &World) -> Connection {
    Connection::open(world.path("state").join("state.db")).expect("a state")
}

/// An hour passes: here, and at the service.
fn an_hour_later(world: &World) {
    world.edit(|state| state["bms"]["calls"] = json!({}));
    state(world).execute("UPDATE calls SET at = at - 3700", ()).expect("a table of calls");
}

/// What the plan says of custom fields that are not known, for each company that it says it of.
fn pending(plan: &Value) -> Vec<(String, String)> {
    let companies = plan["companies"].as_array().expect("companies").iter();
    let lines = companies.flat_map(|company| {
        let skipped = company["skipped"].as_array().expect("a list").iter();
        let reasons = skipped.map(|skip| skip["reason"].as_str().expect("a reason"));
        let name = company["name"].as_str().expect("a name");
        reasons
            .filter(|reason| reason.contains("not known"))
            .map(move |reason| (name.to_owned(), reason.to_owned()))
    });
    lines.collect()
}

/// The number before ` of `, thousands apart.
fn unknown(reason: &str) -> usize {
    let number = reason.trim_start_matches("custom fields of ").split(' ').next().unwrap_or_default();
    number.replace(',', "").parse().unwrap_or_else(|_| panic!("no number: {reason}"))
}

#[test]
fn a_large_client_is_learnt_hour_by_hour_and_then_costs_nothing() {
    let world = World::new();
    let mut left = usize::MAX;
    for hour in 0.. {
        let before = so_far(&world);
        let run = diff(&world, &[]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(!run.err.contains("not read"), "the plan says it, not the log: {}", run.err);
        let (asked, lines) = (values(&world, before).len(), pending(&run.json()));
        let Some((name, reason)) = lines.first() else {
            assert!(hour == 2 && asked == left, "the rest, and no more: {asked} of {left}");
            break;
        };
        assert_eq!(
            (lines.len(), name.as_str(), asked),
            (1, LARGE, HOURLY),
            "one line, of the large one alone"
        );
        assert!(
            reason.contains(" are not known yet; run again after ") && reason.ends_with(" UTC"),
            "{reason}"
        );
        assert_eq!(unknown(reason), if hour == 0 { unknown(reason) } else { left - asked });
        left = unknown(reason);
        // Another run in the same hour asks for nothing, and knows as much.
        let before = so_far(&world);
        let again = diff(&world, &["--company", LARGE]);
        assert_eq!((again.code, values(&world, before).len()), (0, 0));
        assert_eq!(unknown(&pending(&again.json())[0].1), left);
        an_hour_later(&world);
    }
    an_hour_later(&world);
    let synced = world.run(&["sync", "--yes", "--psa", "bms"]);
    assert_eq!(synced.code, 4, "all is done but the conflicts: {}{}", synced.out, synced.err);
    let before = so_far(&world);
    let run = diff(&world, &["--exit-code"]);
    assert_eq!(run.code, 4, "nothing is pending but conflicts: {}", run.err);
    assert_eq!((values(&world, before), pending(&run.json())), (vec![], vec![]));
}

#[test]
fn a_sync_in_the_hour_of_a_diff_does_what_it_can_and_promises_no_more() {
    let world = World::new();
    assert_eq!(diff(&world, &[]).code, 0);
    let before = so_far(&world);
    let run = world.run(&["sync", "--yes", "--psa", "bms", "--format", "json"]);
    assert_eq!(run.code, 4, "{}{}", run.out, run.err);
    let asked = values(&world, before);
    assert!(asked.len() < 300, "{} calls", asked.len());
    let report = run.json();
    let entries = report["run"]["entries"].as_array().expect("entries");
    let open = entries.iter().filter(|entry| entry["settled"]["how"] != "done").count();
    assert_eq!(open, 0, "{}", run.out);
    assert!(entries.iter().any(|entry| entry["change"]["action"] == "create"));
    let made = |entry: &&Value| entry["company"] == LARGE && entry["change"]["action"] == "create";
    assert_eq!(entries.iter().find(made), None, "not all custom fields of its contacts are known");
    let run = diff(&world, &["--exit-code"]);
    assert_eq!(run.code, 4, "nothing is pending but conflicts: {}", run.err);
}

/// The contact of Contoso with the lowest id.
fn first_contact(world: &World) -> String {
    let state = world.sandbox.snapshot();
    let contacts = state["bms"]["contacts"].as_object().expect("contacts");
    let own = contacts.iter().filter(|(_, contact)| contact["accountId"] == 174).map(|(id, _)| id.clone());
    own.min().expect("a contact")
}

#[test]
fn a_contact_that_changed_is_asked_for_again_and_no_other() {
    let world = World::new();
    let contoso = ["--company", "Contoso"];
    assert_eq!(diff(&world, &contoso).code, 0);
    assert!(!values(&world, 0).is_empty());
    let before = so_far(&world);
    assert_eq!(diff(&world, &contoso).code, 0);
    assert_eq!(values(&world, before), Vec::<String>::new());
    let id = first_contact(&world);
    world.edit(|state| state["bms"]["contacts"][&id]["modifiedOn"] = json!("2026-06-01T08:00:00"));
    let before = so_far(&world);
    assert_eq!(diff(&world, &contoso).code, 0);
    let asked = values(&world, before);
    assert!(asked.len() == 1 && asked[0].ends_with(&format!("/{id}")), "{asked:?}");
}

#[test]
fn values_that_are_too_old_are_asked_for_again() {
    let world = World::new();
    world.configure(|text| {
        format!("retries = 0\n{}", text.replace("[bms]\n", "[bms]\ncustom-field-refresh = \"2d\"\n"))
    });
    let contoso = ["--company", "Contoso"];
    assert_eq!(diff(&world, &contoso).code, 0);
    let all = values(&world, 0).len();
    let asked_after = |hours: i64| {
        let moved = state(&world).execute("UPDATE fields SET read = read - ?", [hours * 3600]);
        assert_eq!(moved.expect("a table of fields"), all);
        let before = so_far(&world);
        assert_eq!(diff(&world, &contoso).code, 0);
        values(&world, before).len()
    };
    assert_eq!(asked_after(35), 0);
    let some = asked_after(7);
    assert!(some > 0 && some < all, "not all grow old together: {some} of {all}");
}

#[test]
fn no_pin_is_kept() {
    let world = World::new();
    let id = first_contact(&world);
    world.edit(|state| state["bms"]["contacts"][&id]["customFields"]["SupportPIN"] = json!("73190264"));
    let run = diff(&world, &["--company", "Contoso"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let kept: String = state(&world)
        .query_row("SELECT fields FROM fields WHERE kind = 'contact' AND id = ?", [&id], |row| row.get(0))
        .expect("the contact's fields");
    assert!(kept.contains("Office365Id"), "{kept}");
    for entry in std::fs::read_dir(world.path("state")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let bytes = if path.is_file() { std::fs::read(&path).expect("readable") } else { Vec::new() };
        assert!(!bytes.windows(8).any(|part| part == b"73190264"), "{}", path.display());
    }
}

#[test]
fn a_diff_makes_the_state_that_it_keeps_costly_readings_in_whatever_the_psa() {
    let world = World::small();
    assert_eq!(world.diff(&["--company", "Contoso"]).code, 0);
    assert!(world.state().join("state.db").exists());
}

/// The numbers of the modules of contacts and of accounts.
fn modules(world: &World) -> [String; 2] {
    let state = world.sandbox.snapshot();
    let modules = state["bms"]["modules"].as_object().expect("modules").clone();
    let number =
        |name: &str| modules.iter().find(|(_, module)| module["name"] == name).expect(name).0.clone();
    [number("Contacts"), number("Accounts")]
}

fn answer(status: u16, body: &str) -> Effect {
    let kind = if body.starts_with('<') { "text/html" } else { "application/json" };
    let headers = vec![("content-type".to_owned(), kind.to_owned())];
    Effect::Answer { status, headers, body: body.to_owned() }
}

/// A sync of one client that may do whatever it wants.
fn sync(world: &World) -> Run {
    let may = ["create=99", "update=999", "deactivate=99"].map(|measure| ["--allow", measure]).concat();
    world.sync(&[&["--psa", "bms", "--company", "Contoso"], &may[..]].concat())
}

/// What was written to Kaseya BMS and to the portal, beside signing in.
fn written(world: &World) -> Vec<String> {
    let writes = world.writes().into_iter().filter(|seen| !seen.path.contains("security/"));
    writes.map(|seen| format!("{} {}", seen.method, seen.path)).collect()
}

#[test]
fn a_module_that_could_not_be_asked_for_holds_the_company_back() {
    let failures = [
        answer(500, "oops"),
        answer(500, r#"{"success":false,"error":{"message":"Something went wrong"}}"#),
        answer(403, r#"{"success":false,"error":{"code":403,"message":"Access Denied"}}"#),
        answer(200, "<html><body>Maintenance</body></html>"),
        answer(200, r#"{"success":false,"error":null,"result":null}"#),
        answer(200, r#"{"success":false}"#),
        answer(200, ""),
        Effect::ResetBefore,
    ];
    let world = World::small();
    let [contacts, accounts] = modules(&world);
    for effect in failures {
        for module in [contacts.as_str(), &accounts, "7"] {
            world.fault(System::KASEYA_BMS, &format!("customFields/{module}?"), None, effect.clone());
            let run = sync(&world);
            // A right that lacks is a person's to give; everything else may be whole at the next run.
            let code = if matches!(effect, Effect::Answer { status: 403, .. }) { 1 } else { 8 };
            assert_eq!(
                (run.code, written(&world)),
                (code, vec![]),
                "{effect:?} {module}: {}{}",
                run.out,
                run.err
            );
        }
    }
    world.sandbox.set_faults(Vec::new());
    assert!([0, 4].contains(&sync(&world).code));
    assert!(!written(&world).is_empty());
}

#[test]
fn every_right_that_is_missing_is_one_failure_of_a_check() {
    for (denied, subject, told) in [
        ("Api", "psa", "could not be read"),
        ("Accounts/view", "rights", "CRM > Accounts: View"),
        ("Contacts/view", "rights", "CRM > Contacts: View"),
        ("CustomFields", "psa", "custom fields"),
    ] {
        let world = crate::doctor::world();
        world.edit(|state| state["bms"]["denied"] = json!([denied]));
        let run = crate::doctor::doctor(&world, &["--psa", "bms"]);
        crate::doctor::fails_once(denied, &run, subject, told, "");
    }
}

#[test]
fn a_check_asks_for_no_values_of_custom_fields_of_contacts() {
    let world = crate::doctor::world();
    let run = crate::doctor::doctor(&world, &["--psa", "bms"]);
    assert_eq!(run.code, 0, "{}", run.out);
    let state = world.sandbox.snapshot();
    let contacts = state["bms"]["contacts"].as_object().expect("contacts");
    let values = world.sandbox.requests().into_iter().filter(|seen| {
        let id = seen.path.split("customFields/").nth(1).and_then(|rest| rest.split('/').nth(1));
        id.is_some_and(|id| contacts.contains_key(id.split('?').next().unwrap_or_default()))
    });
    // Which module is that of contacts is seen at one of them.
    assert!(values.count() <= 1);
}

#[test]
fn a_module_that_does_not_exist_is_told_with_the_setting_that_names_it() {
    for key in ["contacts-module", "accounts-module"] {
        let world = World::small();
        world.configure(|text| {
            let line = format!("{key} = 999");
            format!("retries = 0\n{}", crate::conformance::with_line(&text, "bms", &line))
        });
        let run = world.diff(&["--psa", "bms", "--company", "Contoso"]);
        assert_eq!(run.code, 2, "{key}: {}", run.err);
        let told = format!("`{key} = 999` in [bms]: Kaseya BMS has no module");
        assert!(run.err.contains(&told), "{}", run.err);
        assert!(run.err.contains(&format!("take {key} out")), "{}", run.err);
    }
}

/// Gives another kind of records custom fields of the same names.
fn define_elsewhere(world: &World, contacts: &str) {
    world.edit(|state| {
        let mut other = state["bms"]["modules"][contacts].clone();
        other["name"] = json!("Opportunities");
        state["bms"]["modules"]["40"] = other;
    });
}

#[test]
fn of_two_modules_with_the_same_fields_the_one_that_has_the_contacts_is_taken() {
    let world = World::small();
    let [contacts, _] = modules(&world);
    define_elsewhere(&world, &contacts);
    let run = sync(&world);
    assert!([0, 4].contains(&run.code), "{}: {}{}", run.code, run.out, run.err);
    let values: Vec<String> =
        written(&world).into_iter().filter(|what| what.contains("customFields/data/")).collect();
    assert!(!values.is_empty());
    assert!(values.iter().all(|what| !what.contains("customFields/data/40/")), "{values:?}");
}

#[test]
fn of_two_modules_that_both_answer_the_one_that_shows_a_value_is_taken_and_else_a_person_is_asked() {
    let world = World::small();
    let [contacts, _] = modules(&world);
    define_elsewhere(&world, &contacts);
    let nothing = answer(200, r#"{"success":true,"error":null,"result":[]}"#);
    world.fault(System::KASEYA_BMS, "customFields/40/", None, nothing);
    let run = diff(&world, &["--company", "Contoso"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    world.edit(|state| {
        for contact in state["bms"]["contacts"].as_object_mut().expect("contacts").values_mut() {
            contact["customFields"] = json!({});
        }
    });
    world.forget();
    let run = sync(&world);
    assert_eq!((run.code, written(&world)), (2, vec![]), "{}{}", run.out, run.err);
    for words in ["and 40 of Kaseya BMS define custom fields of contacts", "set contacts-module in [bms]"] {
        let said = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(words), "{said}");
    }
    world.configure(|text| {
        format!("retries = 0\n{}", text.replace("[bms]\n", &format!("[bms]\ncontacts-module = {contacts}\n")))
    });
    let run = sync(&world);
    assert!([0, 4].contains(&run.code), "{}: {}{}", run.code, run.out, run.err);
    assert!(written(&world).iter().all(|what| !what.contains("customFields/data/40/")));
}

/// What the plan for Alder skips, with the next step.
fn skipped(plan: &Value) -> Vec<(String, String)> {
    let skips = company(plan, "Alder")["skipped"].as_array().expect("a list").clone();
    let text = |skip: &Value, key: &str| skip[key].as_str().unwrap_or_default().to_owned();
    skips.iter().map(|skip| (text(skip, "reason"), text(skip, "next"))).collect()
}

#[test]
fn a_quota_that_is_used_up_is_waited_for_whatever_its_status() {
    for habit in ["Forbidden", "TooManyRequests"] {
        let world = World::small();
        let [contacts, accounts] = modules(&world);
        world.configure(|text| {
            let named = format!("[bms]\ncontacts-module = {contacts}\naccounts-module = {accounts}\n");
            format!("retries = 0\n{}", text.replacen("[bms]\n", &named, 1))
        });
        world.edit(|state| {
            state["bms"]["habits"]["over_limit"] = json!(habit);
            state["bms"]["limit"] = json!(12);
        });
        let run = diff(&world, &["--company", "Contoso"]);
        assert_eq!(run.code, 0, "{habit}: {}", run.err);
        let lines = pending(&run.json());
        let [(_, reason)] = lines.as_slice() else { panic!("{habit}: {lines:?}") };
        assert!(reason.contains("are not known yet; run again after "), "{habit}: {reason}");
    }
}

#[test]
fn without_a_mobile_number_to_learn_from_the_plan_says_how_to_give_one() {
    let people = "[[person]]\nlike-user = [\"contact\", \"portal\"]\n\
                  user = { upn = \"ann.lee@alder.example\", first = \"Ann\", last = \"Lee\", mobile = \"+1 555 0142\" }\n\
                  contact = { mobile = \"\" }\n";
    let world = World::of(&[client("Alder", 20, 2, people)]);
    world.edit(|state| {
        for contact in state["bms"]["contacts"].as_object_mut().expect("contacts").values_mut() {
            contact["phones"].as_array_mut().expect("numbers").retain(|phone| phone["phoneTypeId"] != 3);
        }
    });
    let lines = skipped(&diff(&world, &[]).json());
    let (reason, next) = lines.iter().find(|(reason, _)| reason.contains("mobile")).expect("a line");
    assert!(
        reason.ends_with("no contact of Kaseya BMS has a mobile number, so its type is not known"),
        "{reason}"
    );
    assert!(next.starts_with("give one contact a number of the type mobile by hand"), "{next}");
}

#[test]
fn an_address_that_a_contact_has_as_a_further_one_makes_no_second_contact() {
    let people = "[[person]]\nlike-user = [\"contact\", \"portal\"]\n\
                  user = { upn = \"ann.lee@alder.example\", first = \"Ann\", last = \"Lee\" }\n\
                  [[person]]\n\
                  user = { upn = \"desk@alder.example\", first = \"Front\", last = \"Desk\" }\n";
    let world = World::of(&[client("Alder", 20, 2, people)]);
    let further = |world: &World| {
        world.edit(|state| {
            let contacts = state["bms"]["contacts"].as_object_mut().expect("contacts").values_mut();
            let mut emails = contacts.map(|contact| contact["emails"].as_array_mut().expect("addresses"));
            let ann =
                emails.find(|emails| emails.iter().any(|row| row["emailAddress"] == "ann.lee@alder.example"));
            let ann = ann.expect("a contact");
            let mut row = ann[0].clone();
            row["emailAddress"] = json!("desk@alder.example");
            row["isDefault"] = json!(false);
            row["id"] = json!(9_999_999);
            ann.push(row);
        });
    };
    let creates = |plan: &Value| {
        let changes = company(plan, "Alder")["changes"].as_array().expect("changes").clone();
        let of = |change: &&Value| change["action"] == "create" && change["record"]["kind"] == "contact";
        changes.iter().filter(of).count()
    };
    assert_eq!(creates(&diff(&world, &[]).json()), 1);
    let file = world.plan(&["--psa", "bms"]);
    further(&world);
    let plan = diff(&world, &[]).json();
    assert_eq!(creates(&plan), 0);
    let lines = skipped(&plan);
    let (reason, _) =
        lines.iter().find(|(reason, _)| reason.starts_with("no contact is made")).expect("a line");
    assert!(reason.contains("desk@alder.example is a further address of contact"), "{reason}");
    // A plan from before is stopped by the search that goes before the new contact.
    let run = world.sync(&["--plan", &file]);
    assert_eq!(run.code, 6, "{}{}", run.out, run.err);
    assert!(!written(&world).iter().any(|write| write.ends_with("/crm/contacts/summary")));
}
