//! What a check tells of the rights of a ConnectWise PSA member.

use crsync_sandbox::{Effect, System};
use serde_json::json;

use crate::doctor::{doctor, facts, fails_once, world};

#[test]
fn every_row_of_the_role_that_reading_needs_is_one_failure_where_it_is_missing() {
    for (denied, right) in [
        ("Contacts/inquire", "Companies > Contacts: Inquire All"),
        ("Company Maintenance", "Companies > Company Maintenance: Inquire All"),
        ("Table Setup", "System > Table Setup: Inquire"),
        ("Team Members", "Companies > Team Members: Inquire All (for company-details)"),
        ("Member Maintenance", "System > Member Maintenance: Inquire (for company-details)"),
    ] {
        let world = world();
        world.edit(|state| state["connectwise"]["denied"] = json!([denied]));
        let run = doctor(&world, &["--psa", "connectwise"]);
        fails_once(denied, &run, "rights", right, "security role of the API member");
    }
}

#[test]
fn a_right_to_write_is_said_to_be_unknown() {
    let world = world();
    let run = doctor(&world, &["--psa", "connectwise"]);
    let told =
        facts(&run, "ok").into_iter().find(|(_, told, _)| told.starts_with("could not be asked about: "));
    let (_, told, _) = told.expect("what is not known");
    assert!(told.contains("Companies > Contacts: Add and Edit All"), "{told}");
    assert!(told.contains("shows at the first write"), "{told}");
}

#[test]
fn a_level_that_shows_no_record_is_said_to_be_unknown_with_the_level_that_is_needed() {
    let world = world();
    world.edit(|state| state["connectwise"]["invisible"] = json!(["Contacts"]));
    let run = doctor(&world, &["--psa", "connectwise"]);
    let warnings = facts(&run, "warn");
    let told = warnings.iter().find(|(about, ..)| about == "rights").expect("a warning");
    let (_, says, next) = told;
    assert!(says.contains("has Companies > Contacts: Inquire All (it showed no record"), "{says}");
    assert_eq!(
        next,
        "give the security role of the API member Companies > Contacts: Inquire All at the level All"
    );
    let held = facts(&run, "ok").into_iter().find(|(_, told, _)| told.contains(" has System > Table Setup"));
    assert!(held.is_some_and(|(_, told, _)| !told.contains("Companies > Contacts: Inquire")), "{}", run.out);
}

#[test]
fn statuses_of_companies_belong_to_the_rights_that_are_tried() {
    let world = world();
    let refusal = r#"{"code":"Forbidden","message":"no"}"#.to_owned();
    let refused = Effect::Answer { status: 403, headers: Vec::new(), body: refusal };
    world.fault(System::CONNECTWISE, "companies/statuses", None, refused);
    let run = doctor(&world, &["--psa", "connectwise"]);
    fails_once("statuses", &run, "rights", "System > Table Setup: Inquire", "System > Table Setup: Inquire");
}
