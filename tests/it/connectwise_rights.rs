//! What a check tells of the rights of a ConnectWise PSA member.

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
