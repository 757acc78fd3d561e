//! What the next run is to know: which records are linked, and how many records there were.

use std::collections::BTreeMap;

use crate::model::{Field, Id, Row, Side, Udf};
use crate::plan::{CompanyMemory, Link};
use crate::reconcile::worlds::*;
use crate::reconcile::{CompanyInput, Pin, Split};

fn known(world: &World) -> CompanyMemory {
    let mut known = world.reconciled().known;
    assert_eq!(known.len(), 1);
    known.remove(0)
}

fn link(user: i64, contact: Option<i64>, portal_user: Option<&str>) -> Link {
    Link {
        user: guid(user),
        contact: contact.map(Id::from),
        portal_user: portal_user.map(Id::from),
        gone: false,
        took_part: true,
        out_by_setting: false,
    }
}

/// Nothing but addresses says who is who.
fn without_ids(mut world: World) -> World {
    edit_contacts(&mut world.companies[0], |all| {
        for contact in all.iter_mut() {
            contact.fields.set(Field::Udf(Udf::Office365Id), "");
        }
    });
    edit_portal(&mut world.companies[0], |all| all.iter_mut().for_each(|user| user.psa_key = None));
    world.off(Row::Office365Id)
}

fn rename_user(company: &mut CompanyInput, to: &str, alternates: &[&str]) {
    edit_users(company, |all| {
        all[0].fields.set(Field::Email, format!("{to}@contoso.example"));
        all[0].user_name = format!("{to}@contoso.example");
        all[0].alternates = alternates.iter().map(|address| (*address).to_owned()).collect();
    });
}

#[test]
fn people_and_counts_of_a_company_are_known() {
    let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")));
    world.add(Piece::Contact(contact(9, "otto")));
    let known = known(&world);
    assert_eq!(known.company, "Contoso");
    assert_eq!(known.links, [link(1, Some(1), Some("p1")), link(2, Some(2), Some("p2"))]);
    assert_eq!(known.counts, BTreeMap::from([(Side::Tenant, 2), (Side::Psa, 3), (Side::Portal, 2)]));
}

#[test]
fn a_company_that_was_not_read_to_its_end_is_not_known() {
    let mut world = World::with(agreed(1, "ann"));
    world.companies[0].portal = incomplete();
    assert_eq!(world.reconciled().known, []);
}

#[test]
fn what_ones_own_address_links_is_remembered() {
    let by_email = without_ids(World::with(agreed(1, "ann")));
    assert_eq!(known(&by_email).links, [link(1, Some(1), Some("p1"))]);
    let mut by_user_name = by_email;
    edit_users(&mut by_user_name.companies[0], |all| {
        all[0].fields.set(Field::Email, "ann.lee@contoso.example");
    });
    assert_eq!(known(&by_user_name).links, [link(1, Some(1), Some("p1"))]);
}

#[test]
fn an_address_that_merely_receives_the_mail_is_not_remembered() {
    let mut world = without_ids(World::with(agreed(1, "ann")));
    rename_user(&mut world.companies[0], "ann.lee", &["ann@contoso.example"]);
    let plan = world.only();
    assert_eq!(plan.people, 1, "it links all the same: {:?}", briefs(&plan));
    assert_eq!(known(&world).links, [], "neither the contact nor the portal user that has its address");
    let mut own = world.clone();
    edit_portal(&mut own.companies[0], |all| all[0].fields.set(Field::Email, "Ann.Lee@contoso.example"));
    assert_eq!(known(&own).links, [link(1, None, Some("p1"))], "the portal user has the user's own address");
    edit_contacts(&mut world.companies[0], |all| {
        all[0].fields.set(Field::Udf(Udf::Office365Id), guid(1).as_str());
    });
    assert_eq!(known(&world).links[0].contact, Some(Id::from(1)), "an id is another matter");
}

#[test]
fn a_decision_is_remembered_and_a_split_forgets() {
    let mut world = without_ids(World::with([
        Piece::User(user(1, "ann")),
        Piece::Contact(contact(7, "private@home.example")),
    ]));
    world.decisions.pins.push(Pin { user: guid(1), contact: 7.into() });
    assert_eq!(known(&world).links, [link(1, Some(7), None)]);
    let mut world = without_ids(World::with(agreed(1, "ann")));
    world.decisions.splits.push(Split { user: guid(1), contact: 1.into() });
    assert!(known(&world).links.iter().all(|link| link.contact.is_none()));
}

#[test]
fn what_contradicts_itself_is_not_remembered() {
    let mut world = World::with(agreed(1, "ann"));
    let mut twin = contact(8, "ann");
    twin.fields.set(Field::Udf(Udf::Office365Id), guid(1).as_str());
    world.add(Piece::Contact(twin));
    assert_eq!(world.only().conflicts.len(), 1);
    assert_eq!(known(&world).links, []);
}

#[test]
fn the_link_of_a_user_who_is_gone_lasts_until_the_contact_is_inactive() {
    let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")));
    world = world.recorded(1, Some(1), Some("p1")).recorded(2, Some(2), Some("p2"));
    edit_users(&mut world.companies[0], |all| all.retain(|user| user.id != guid(1)));
    let gone = Link { gone: true, ..link(1, Some(1), Some("p1")) };
    assert_eq!(known(&world).links, [gone, link(2, Some(2), Some("p2"))]);
    edit_contacts(&mut world.companies[0], |all| all[0].active = Some(false));
    assert_eq!(known(&world).links.len(), 2, "the sign-in is still to be switched off");
    world.memory.written.insert(("p1".into(), Field::Login), "false".into());
    assert_eq!(known(&world).links, [link(2, Some(2), Some("p2"))]);
    edit_contacts(&mut world.companies[0], |all| all.retain(|contact| contact.id != Id::from(1)));
    assert_eq!(known(&world).links, [link(2, Some(2), Some("p2"))], "nor of a contact that is gone itself");
    world.memory.written.clear();
    assert_eq!(known(&world).links.len(), 2, "but as long as the portal user may sign in");
}

#[test]
fn a_contact_that_stores_no_id_keeps_the_link_of_a_user_who_is_gone_and_goes_to_no_successor() {
    let mut world = without_ids(World::with(agreed(1, "ann"))).recorded(1, Some(1), Some("p1"));
    edit_users(&mut world.companies[0], Vec::clear);
    // As a run leaves it.
    edit_contacts(&mut world.companies[0], |all| {
        all[0].active = Some(false);
        all[0].fields.set(Field::Udf(Udf::IsOffice365), "false");
    });
    world.memory.written.insert(("p1".into(), Field::Login), "false".into());
    for _ in 0..2 {
        let gone = Link { gone: true, took_part: false, ..link(1, Some(1), Some("p1")) };
        assert_eq!(known(&world).links, std::slice::from_ref(&gone));
        world.memory.links.insert(world.companies[0].company.name.clone(), vec![gone]);
    }
    let mut back = world.clone();
    edit_contacts(&mut back.companies[0], |all| all[0].active = Some(true));
    assert!(!briefs(&back.only()).iter().any(|brief| brief.starts_with("deactivate")), "made active by hand");
    let mut jane = user(3, "ann");
    jane.fields.set(Field::FirstName, "Jane");
    jane.fields.set(Field::LastName, "Moss");
    world.add(Piece::User(jane));
    let plan = world.only();
    assert!(plan.changes.is_empty(), "{:?}", briefs(&plan));
    assert_eq!(plan.conflicts.len(), 1);
}

#[test]
fn a_leaver_whose_account_was_renamed_is_a_question_where_the_contact_stores_no_id() {
    let mut world = without_ids(World::with(agreed(1, "ann"))).recorded(1, Some(1), Some("p1"));
    edit_users(&mut world.companies[0], |all| {
        all[0].enabled = Some(false);
        all[0].fields.set(Field::FirstName, "Former");
        all[0].fields.set(Field::LastName, "Employee");
        all[0].fields.set(Field::DisplayName, "Former Employee");
    });
    rename_user(&mut world.companies[0], "former.employee.1", &[]);
    let plan = world.only();
    assert!(plan.changes.is_empty(), "{:?}", briefs(&plan));
    assert_eq!(plan.conflicts.len(), 1);
}

#[test]
fn a_user_who_is_merely_disabled_stays_linked_to_the_inactive_contact() {
    let mut world = World::with(agreed(1, "ann")).recorded(1, Some(1), Some("p1"));
    edit_users(&mut world.companies[0], |all| all[0].enabled = Some(false));
    edit_contacts(&mut world.companies[0], |all| all[0].active = Some(false));
    assert_eq!(known(&world).links, [link(1, Some(1), Some("p1"))]);
}

#[test]
fn a_link_of_today_takes_the_place_of_an_earlier_one() {
    let world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")));
    let of_another_contact = world.clone().recorded(1, Some(77), None);
    assert!(!known(&of_another_contact).links.iter().any(|link| link.contact == Some(77.into())));
    let of_another_user = world.recorded(9, Some(2), None);
    let known = known(&of_another_user);
    assert!(known.links.iter().all(|link| link.user != guid(9)), "{:?}", known.links);
}

#[test]
fn an_earlier_link_that_nothing_speaks_against_stays() {
    let mut world = without_ids(World::with(agreed(1, "ann"))).recorded(1, Some(1), Some("p1"));
    rename_user(&mut world.companies[0], "lee", &[]);
    edit_contacts(&mut world.companies[0], |all| all[0].fields.set(Field::Email, "private@home.example"));
    assert_eq!(known(&world).links[0].contact, Some(Id::from(1)), "recorded, and so linked again");
}

#[test]
fn a_contact_id_that_the_psa_gave_out_again_is_a_question() {
    let mut zed = contact(105, "zed@vendor.example");
    zed.fields.set(Field::LastName, "Vendor");
    let world = |zed: &crate::model::Contact| {
        World::with([Piece::User(user(1, "ann")), Piece::Contact(zed.clone())]).recorded(1, Some(105), None)
    };
    let plan = world(&zed).only();
    assert_eq!(briefs(&plan), [""; 0]);
    let [conflict] = &plan.conflicts[..] else { panic!("{:?}", plan.conflicts) };
    assert_eq!(
        conflict.reason,
        format!(
            "contact 105 was linked to 365 user {}, and has neither the id nor an address of that user: the names differ \
             (zed Vendor and ann Lee)",
            guid(1)
        )
    );
    // What is the user's in the contact says that it is the same one still.
    let mut named = zed.clone();
    named.fields.set(Field::FirstName, "Ann");
    let mut mailed = zed.clone();
    mailed.alternates = vec!["ann@contoso.example".into()];
    for zed in [named, mailed] {
        assert_eq!(world(&zed).only().conflicts, []);
    }
}
