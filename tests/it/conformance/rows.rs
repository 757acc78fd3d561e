//! The rows of the feature matrix: what is served does what it says, what is not is said and left alone, and the
//! capability table says no more and no less than that.

use std::panic::{self, AssertUnwindSafe};

use crsync::model::{Field, Row, Udf};
use serde_json::{Value, json};

use super::people::{CONTOSO, FABRIKAM, digits, portal_users, user};
use super::story::{Story, companies};
use super::{Kit, each, switch, with_line};
use crate::harness::World;

/// What proves that a row is served.
type Proof = fn(&Story);

const PROOFS: [(Row, Proof); 17] = [
    (Row::SyncFrom365, new_users_reach_the_portal),
    (Row::SyncFromPsa, contacts_reach_the_portal),
    (Row::MatchUsers, people_are_linked),
    (Row::CompanyDetails, territory_and_manager_follow),
    (Row::ExcludeUsers, the_excluded_are_left_alone),
    (Row::SyncLog, the_journal_tells_every_change),
    (Row::UpdateContact, contacts_follow_365),
    (Row::ContactActive, leavers_go_and_come_back),
    (Row::Office365Presence, presence_is_stored),
    (Row::Office365Id, ids_are_stored),
    (Row::TenantId, the_tenant_is_stored),
    (Row::IgnoreNameUpdates, names_are_held_back),
    (Row::Match365Alternates, further_addresses_of_365_link),
    (Row::MatchPsaAlternates, further_addresses_of_the_contact_link),
    (Row::ExcludeLicenses, free_licences_do_not_count),
    (Row::RequireLicense, the_unlicensed_take_no_part),
    (Row::RequireName, the_nameless_take_no_part),
];

/// Rows whose proof fills a module of its own, over all PSAs: `types`, `pins` and `self_service`.
const ELSEWHERE: [Row; 3] = [Row::TypeMapping, Row::SupportPin, Row::SelfService];

/// Rows that no version serves yet: their setting is refused. Whoever builds one gives it a proof above.
const LATER: [Row; 1] = [Row::UserDetails];

fn serves(kit: &Kit, row: Row) -> bool {
    crsync::psa::find(kit.id).expect("a PSA of the registry").serves(row)
}

fn unserved(kit: &'static Kit) -> impl Iterator<Item = Row> {
    Row::ALL.into_iter().filter(|row| !serves(kit, *row))
}

#[test]
fn every_row_has_a_proof_or_is_still_to_come() {
    let proved = PROOFS.map(|(row, _)| row);
    for row in Row::ALL {
        let places = [proved.contains(&row), ELSEWHERE.contains(&row), LATER.contains(&row)];
        assert_eq!(places.iter().filter(|is| **is).count(), 1, "{row}");
    }
}

#[test]
fn what_is_declared_is_done_and_what_is_not_is_not() {
    each(|kit| {
        let story = Story::of(kit);
        for (row, proof) in PROOFS {
            if serves(kit, row) {
                proof(story);
            } else {
                let proved = panic::catch_unwind(AssertUnwindSafe(|| proof(story)));
                assert!(proved.is_err(), "{} does {row} without declaring it", kit.id);
            }
        }
    });
}

#[test]
fn once_applied_nothing_is_left_to_do() {
    each(|kit| {
        let story = Story::of(kit);
        assert_eq!(story.code, 4, "{}: conflicts are all that is left: {}", kit.id, story.run["summary"]);
        for company in companies(&story.again) {
            assert_eq!(company["changes"], json!([]), "{} {}", kit.id, company["name"]);
            assert_eq!(company["unread"], json!([]), "{} {}", kit.id, company["name"]);
        }
    });
}

#[test]
fn what_a_psa_does_not_offer_is_one_line_in_every_plan() {
    each(|kit| {
        let story = Story::of(kit);
        let name = crsync::psa::find(kit.id).expect("a PSA of the registry").name;
        for row in unserved(kit) {
            // The one row of them that is off unless a company switches it on.
            let places: &[&str] = match row {
                Row::IgnoreNameUpdates => &["Wingtip Toys"],
                _ => &["Contoso", "Fabrikam", "Northwind", "Tailspin Toys", "Wingtip Toys"],
            };
            for place in places {
                let skips = story.skips(place, row.id());
                assert_eq!(skips.len(), 1, "{} {row} {place}", kit.id);
                let reason = skips[0]["reason"].as_str().unwrap_or_default();
                assert!(reason.starts_with(&format!("{row}: {name} ")), "{reason}");
                assert_eq!(skips[0]["strict"], true);
            }
            let asked = |field: &Value| field["row"] == row.id();
            let mut changed = story.changes().flat_map(|change| change["fields"].as_array().expect("a list"));
            assert!(!changed.any(asked), "{} changes something for {row}", kit.id);
        }
    });
}

#[test]
fn what_a_psa_does_not_offer_costs_no_request_and_is_an_error_when_strict() {
    each(|kit| {
        let rows: Vec<Row> = unserved(kit).collect();
        let world = World::small();
        let mut asked = Vec::new();
        for on in [true, false] {
            let lines: Vec<String> = rows.iter().map(|row| format!("{row} = {on}")).collect();
            switch(&world, &lines.join("\n"));
            world.forget();
            let before = world.sandbox.requests().len();
            let run = world.diff(&["--psa", kit.id, "--company", "Contoso"]);
            assert_eq!(run.code, 0, "{}", run.err);
            let mut requests: Vec<String> = world
                .sandbox
                .requests()
                .split_off(before)
                .into_iter()
                .filter(|seen| seen.system == kit.system)
                .map(|seen| format!("{} {}", seen.method, seen.path))
                .collect();
            requests.sort();
            asked.push(requests);
            let before = world.sandbox.requests().len();
            let strict = world.diff(&["--psa", kit.id, "--company", "Contoso", "--strict"]);
            let expected = if on && !rows.is_empty() { 2 } else { 0 };
            assert_eq!(strict.code, expected, "{} {on}: {}", kit.id, strict.err);
            if expected == 2 {
                assert!(rows.iter().all(|row| strict.err.contains(row.id())), "{}", strict.err);
                assert_eq!(world.sandbox.requests().len(), before, "nothing is read before");
            }
        }
        assert_eq!(asked[0], asked[1], "{}", kit.id);
    });
}

#[test]
fn rows_that_are_still_to_come_are_refused_in_so_many_words() {
    let world = World::small();
    each(|kit| {
        for row in LATER {
            switch(&world, &format!("{row} = true"));
            let run = world.diff(&["--psa", kit.id, "--company", "Contoso"]);
            assert_eq!(run.code, 2, "{} serves {row} now: give it a proof", kit.id);
            assert!(run.err.contains(&format!("`{row}` is not in this version")), "{}", run.err);
        }
    });
}

#[test]
fn a_setting_can_make_a_company_keep_its_tenant() {
    each(|kit| {
        let Some(line) = kit.tenant_switch else { return };
        let world = World::small();
        world.configure(|text| format!("retries = 0\n{}", with_line(&text, kit.id, line)));
        let args = ["--psa", kit.id, "--company", "Fabrikam"];
        let sync = [&["sync", "--yes", "--allow", "update=99"][..], &args].concat();
        assert_eq!(world.run(&sync).code, 4);
        let state = world.sandbox.snapshot();
        assert_eq!(kit.tenant_of(&state, FABRIKAM), Some(tenant(&state, "Fabrikam")), "{}", kit.id);
        let diff = world.diff(&args).json();
        assert!(companies(&diff).all(|company| company["changes"] == json!([])), "{diff}");
    });
}

fn tenant<'s>(state: &'s Value, name: &str) -> &'s str {
    let tenants = state["graph"]["tenants"].as_object().expect("tenants by id");
    tenants.iter().find(|(_, tenant)| tenant["name"] == name).expect("a tenant").0
}

/// The id of the user with this user name.
fn id_of<'s>(story: &'s Story, name: &str) -> &'s str {
    user(&story.before, name)["id"].as_str().expect("an id")
}

/// The number of the only contact with this address afterwards.
fn number(story: &Story, email: &str) -> i64 {
    story.kit.contact(&story.after, email).0.parse().expect("a number")
}

/// Passes if nobody with this address came to be on any other side.
#[track_caller]
fn takes_no_part(story: &Story, email: &str) {
    user(&story.before, email);
    assert!(story.kit.with_email(&story.after, email).is_empty(), "{} {email}", story.kit.id);
    assert!(portal_users(&story.after, email).is_empty(), "{} {email}", story.kit.id);
}

fn new_users_reach_the_portal(story: &Story) {
    let email = "nina.farrow@contoso.example";
    assert!(portal_users(&story.before, email).is_empty());
    let made = portal_users(&story.after, email);
    assert_eq!(made.len(), 1);
    assert_eq!(
        (&made[0]["firstName"], &made[0]["lastName"], &made[0]["title"], &made[0]["department"]),
        (&json!("Nina"), &json!("Farrow"), &json!("Analyst"), &json!("Finance"))
    );
    assert_eq!(digits(made[0]["phoneNumber"].as_str().expect("a number")), "13125550191");
    assert_eq!(digits(made[0]["mobilePhone"].as_str().expect("a number")), "13125550192");
    assert_eq!(made[0]["psaKey"], number(story, email));
}

fn contacts_reach_the_portal(story: &Story) {
    let email = "otto.brandt@contoso.example";
    assert!(portal_users(&story.before, email).is_empty());
    let made = portal_users(&story.after, email);
    assert_eq!(made.len(), 1);
    assert_eq!((&made[0]["lastName"], &made[0]["title"]), (&json!("Brandt"), &json!("Site Manager")));
    assert_eq!(made[0]["psaKey"], number(story, email));
}

fn people_are_linked(story: &Story) {
    // By the stored id, though name and address changed.
    let user = user(&story.before, "maria.santos@fabrikam.example");
    let found = story.kit.with_user(&story.after, user["id"].as_str().expect("an id"));
    assert_eq!(found.len(), 1);
    let names = ["givenName", "surname"].map(|half| user[half].as_str().expect("a name"));
    assert_eq!(story.kit.name(found[0].1), names.join(" "));
    // By an address in other letters.
    let email = "ines.rocha@fabrikam.example";
    let (before, after) = (story.kit.contact(&story.before, email), story.kit.contact(&story.after, email));
    assert_eq!(before.0, after.0);
    assert_eq!(story.kit.get(after.1, Field::Udf(Udf::Office365Id)), id_of(story, email));
}

fn territory_and_manager_follow(story: &Story) {
    let company = &story.before["cloudradial"]["companies"]["9"];
    assert_eq!((&company["territory"], &company["accountManager"]), (&json!("South"), &json!("Toni Mbeki")));
    let company = &story.after["cloudradial"]["companies"]["9"];
    assert_eq!((&company["territory"], &company["accountManager"]), (&json!("North"), &json!("Robin Hale")));
}

fn the_excluded_are_left_alone(story: &Story) {
    story.untouched("svc-phone@contoso.example");
    takes_no_part(story, "svc-backup@contoso.example");
    takes_no_part(story, "scan2@contoso.example");
}

fn the_journal_tells_every_change(story: &Story) {
    let entries = story.journal["run"]["entries"].as_array().expect("a list");
    assert_eq!(entries.len(), story.changes().count());
    assert!(entries.iter().all(|entry| entry["settled"]["how"] == "done"), "{}", story.journal);
}

fn contacts_follow_365(story: &Story) {
    let kit = story.kit;
    let field = |email: &str, field| kit.get(kit.contact(&story.after, email).1, field);
    assert_eq!(field("priya.raman@contoso.example", Field::Title), "Head of Service");
    assert_eq!(digits(&field("marcus.webb@contoso.example", Field::Phone)), "13125550195");
    assert_eq!(digits(&field("lena.ortiz@contoso.example", Field::Mobile)), "13125550197");
    let nina = "nina.farrow@contoso.example";
    assert!(kit.with_email(&story.before, nina).is_empty());
    assert_eq!(kit.name(kit.contact(&story.after, nina).1), "Nina Farrow");
    assert_eq!(field(nina, Field::Title), "Analyst");
    assert_eq!(digits(&field(nina, Field::Phone)), "13125550191");
    assert_eq!(digits(&field(nina, Field::Mobile)), "13125550192");
    let held = kit.contact(&story.after, nina).1.pointer(kit.company);
    assert_eq!(held, Some(&json!(CONTOSO)));
}

fn leavers_go_and_come_back(story: &Story) {
    let active = |state, email| story.kit.is_active(story.kit.contact(state, email).1);
    for gone in ["victor.lund@contoso.example", "elsa.novak@contoso.example"] {
        assert_eq!((active(&story.before, gone), active(&story.after, gone)), (Some(true), Some(false)));
    }
    for back in ["jonas.bell@fabrikam.example", "petra.wolf@fabrikam.example"] {
        assert_eq!((active(&story.before, back), active(&story.after, back)), (Some(false), Some(true)));
    }
}

fn presence_is_stored(story: &Story) {
    let email = "amy.chu@contoso.example";
    let held = |state| story.kit.get(story.kit.contact(state, email).1, Field::Udf(Udf::IsOffice365));
    assert_eq!((held(&story.before).as_str(), held(&story.after).as_str()), ("", "true"));
}

fn ids_are_stored(story: &Story) {
    for email in ["ravi.menon@contoso.example", "nina.farrow@contoso.example"] {
        let contact = story.kit.contact(&story.after, email).1;
        assert_eq!(story.kit.get(contact, Field::Udf(Udf::Office365Id)), id_of(story, email));
    }
}

fn the_tenant_is_stored(story: &Story) {
    assert_eq!(story.kit.tenant_of(&story.before, FABRIKAM), None);
    assert_eq!(story.kit.tenant_of(&story.after, FABRIKAM), Some(tenant(&story.before, "Fabrikam")));
}

fn names_are_held_back(story: &Story) {
    let email = "alexandra.moody@wingtip.example";
    let contact = story.kit.contact(&story.before, email).1;
    let user = user(&story.before, email);
    assert_ne!(story.kit.name(contact).split(' ').next(), user["givenName"].as_str());
    story.untouched(email);
}

fn further_addresses_of_365_link(story: &Story) {
    for name in ["sofie.dahl@fabrikam.example", "milo.frost@fabrikam.example"] {
        let holders = story.kit.with_user(&story.after, id_of(story, name));
        assert_eq!(holders.len(), 1, "{name}");
        assert!(story.before[story.kit.part]["contacts"].get(holders[0].0).is_some(), "{name} was made anew");
    }
}

fn further_addresses_of_the_contact_link(story: &Story) {
    let holders = story.kit.with_user(&story.after, id_of(story, "anna.weiss@fabrikam.example"));
    assert_eq!(holders.len(), 1);
    assert!(story.before[story.kit.part]["contacts"].get(holders[0].0).is_some(), "she was made anew");
}

fn free_licences_do_not_count(story: &Story) {
    takes_no_part(story, "jack.doyle@contoso.example");
}

fn the_unlicensed_take_no_part(story: &Story) {
    takes_no_part(story, "paul.reyes@contoso.example");
}

fn the_nameless_take_no_part(story: &Story) {
    takes_no_part(story, "harbour-room@northwind.example");
}
