//! What a service did not say is neither a yes nor a no.

use crate::model::{Contact, Field, Fields, Row, Side, Udf, User, UserKind};
use crate::plan::CompanyPlan;
use crate::reconcile::worlds::*;

/// Ann and Bo in agreement, with `edit` done to Ann's contact.
fn with_contact(edit: impl FnOnce(&mut Contact)) -> World {
    let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")));
    edit_contacts(&mut world.companies[0], |all| edit(&mut all[0]));
    world
}

/// Ann and Bo in agreement, with `edit` done to Ann's user.
fn with_user(edit: impl FnOnce(&mut User)) -> World {
    let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")));
    edit_users(&mut world.companies[0], |all| edit(&mut all[0]));
    world
}

fn without(fields: &Fields, field: Field) -> Fields {
    fields.clone().only(|other| other != field)
}

fn out(plan: &CompanyPlan) -> Vec<(Side, &str)> {
    plan.excluded.iter().map(|out| (out.side, out.reason.as_str())).collect()
}

#[test]
fn an_unread_active_flag_is_said_and_changes_nothing_of_a_person_in_agreement() {
    let plan = with_contact(|contact| contact.active = None).only();
    assert_eq!((briefs(&plan), out(&plan)), (vec![], vec![]));
    let said = reasons(&plan);
    assert_eq!(said.len(), 1);
    assert!(said.iter().all(|reason| reason.contains("active flag not read of 1 of 2 contacts")), "{said:?}");
}

#[test]
fn values_still_flow_to_a_contact_whose_active_flag_was_not_read_but_not_the_flag() {
    let mut world = with_contact(|contact| contact.active = None);
    edit_users(&mut world.companies[0], |all| all[0].fields.set(Field::Title, "Head of Sales"));
    assert_eq!(briefs(&world.only()), ["update contact 1: title", "update portal user p1: title"]);
    let plan = world.off(Row::ContactActive).only();
    assert_eq!(briefs(&plan), ["update portal user p1: title"], "where inactive contacts stay as they are");
    assert!(reasons(&plan).iter().any(|reason| reason.contains("contact 1 may be inactive")));
}

#[test]
fn a_contact_whose_active_flag_was_not_read_makes_no_portal_user_by_itself() {
    let plan = World::with([Piece::Contact(Contact { active: None, ..contact(7, "ann") })]).only();
    assert_eq!((briefs(&plan), out(&plan)), (vec![], vec![(Side::Psa, "active flag not read")]));
}

#[test]
fn a_leavers_contact_whose_active_flag_was_not_read_is_left_and_said() {
    let mut world = with_contact(|contact| contact.active = None);
    edit_users(&mut world.companies[0], |all| all[0].enabled = Some(false));
    let plan = world.only();
    assert!(plan.changes.iter().all(|change| change.record.kind.side() != Side::Psa), "{:?}", briefs(&plan));
    assert!(reasons(&plan).iter().any(|reason| reason.contains("the active flag of contact 1 was not read")));
}

#[test]
fn a_contact_does_not_stand_back_because_its_active_flag_was_not_read() {
    for (first, second, conflicts) in [
        (Some(true), Some(false), 0),
        (Some(true), None, 1),
        (None, Some(false), 1),
        (None, None, 1),
        (Some(true), Some(true), 1),
    ] {
        let held = |number, active| Piece::Contact(Contact { active, ..contact(number, "ann") });
        let world = World::with([Piece::User(user(1, "ann")), held(7, first), held(8, second)]);
        assert_eq!(world.only().conflicts.len(), conflicts, "{first:?} {second:?}");
    }
}

#[test]
fn what_the_contact_may_give_to_the_portal_user_is_not_taken_from_it() {
    let mut world = with_contact(|contact| {
        contact.active = None;
        contact.fields.set(Field::Phone, "+1 555 0100");
    });
    edit_portal(&mut world.companies[0], |all| all[0].fields.set(Field::Phone, "+1 555 0100"));
    edit_users(&mut world.companies[0], |all| all[0].fields.set(Field::Phone, ""));
    for sources in [vec![Side::Tenant, Side::Psa], vec![Side::Psa, Side::Tenant]] {
        if let Some(rule) = world.policy().portal_fields.get_mut(&Field::Phone) {
            (rule.clear, rule.sources) = (true, sources);
        }
        assert_eq!(briefs(&world.only()), Vec::<String>::new());
    }
}

#[test]
fn an_unread_account_state_or_unread_licences_neither_shut_out_nor_bring_in() {
    let state = |user: &mut User| user.enabled = None;
    let licences = |user: &mut User| user.licences = None;
    let edits: [fn(&mut User); 2] = [state, licences];
    for (edit, words) in edits.into_iter().zip(["account state not read", "licences not read"]) {
        let plan = with_user(edit).only();
        assert_eq!((briefs(&plan), out(&plan)), (vec![], vec![(Side::Tenant, words)]));
        let mut alone = user(1, "ann");
        edit(&mut alone);
        assert_eq!(briefs(&World::with([Piece::User(alone.clone())]).only()), Vec::<String>::new());
        let inactive = Contact { active: Some(false), ..contact(7, "ann") };
        let back = World::with([Piece::User(alone), Piece::Contact(inactive)]).only();
        assert_eq!(briefs(&back), Vec::<String>::new());
    }
    assert_eq!(briefs(&with_user(licences).off(Row::RequireLicense).only()), Vec::<String>::new());
    assert_eq!(out(&with_user(licences).off(Row::RequireLicense).only()), []);
}

#[test]
fn a_user_of_an_unknown_type_does_not_leave_by_having_no_licence() {
    let plan = with_user(|user| (user.kind, user.licences) = (UserKind::Unknown, Some([].into()))).only();
    assert_eq!((briefs(&plan), out(&plan)), (vec![], vec![(Side::Tenant, "no licence")]));
}

#[test]
fn an_unread_address_is_not_a_missing_one() {
    let plan = with_user(|user| user.fields = without(&user.fields, Field::Email)).only();
    assert_eq!((briefs(&plan), out(&plan)), (vec![], vec![(Side::Tenant, "address not read")]));
    let mut unread = contact(7, "ann");
    unread.fields = without(&unread.fields, Field::Email);
    let plan = World::with([Piece::Contact(unread)]).only();
    assert_eq!(out(&plan), [(Side::Psa, "address not read")]);
}

#[test]
fn unread_licences_are_not_written_as_none() {
    let mut world = with_user(|user| user.licences = None).on(Row::UserDetails).off(Row::RequireLicense);
    edit_details(&mut world.companies[0], |_| ());
    let products = Field::Detail(crate::model::Detail::Products);
    let plan = world.only();
    let of_ann = plan.changes.iter().find(|change| {
        change
            .fields
            .iter()
            .any(|field| field.field == Field::Udf(Udf::Office365Id) && field.after == guid_value(1))
    });
    let fields = &of_ann.expect("a details record for Ann").fields;
    assert!(fields.iter().all(|field| field.field != products), "{fields:?}");
}

fn guid_value(number: i64) -> crate::plan::NewValue {
    crate::plan::NewValue::Text(guid(number).to_string())
}
