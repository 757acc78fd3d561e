//! Who is believed to be who.

use crate::model::{Field, Row, Udf};
use crate::plan::EvidenceKind;
use crate::reconcile::worlds::*;
use crate::reconcile::{Pin, Split};

fn holding(mut contact: crate::model::Contact, user: i64) -> crate::model::Contact {
    contact.fields.set(Field::Udf(Udf::Office365Id), guid(user).as_str());
    contact
}

fn inactive(mut contact: crate::model::Contact) -> crate::model::Contact {
    contact.active = Some(false);
    contact
}

/// The evidence that decided for the only changed contact.
fn decided(world: &World) -> Option<EvidenceKind> {
    let plan = world.only();
    assert_eq!(plan.conflicts, []);
    let change = plan.changes.iter().find(|change| change.record.kind == crate::plan::RecordKind::Contact)?;
    change.evidence.iter().find(|evidence| evidence.decided).map(|evidence| evidence.kind)
}

fn conflicts(world: &World) -> Vec<Vec<String>> {
    let plan = world.only();
    let members: Vec<Vec<String>> = plan.conflicts.iter().map(members).collect();
    assert!(plan.changes.is_empty(), "{:?}", briefs(&plan));
    members
}

#[test]
fn people_in_agreement_need_nothing() {
    let plan = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo"))).only();
    assert_eq!(plan.changes, []);
    assert_eq!((plan.people, plan.in_agreement), (2, 2));
    assert_eq!((plan.conflicts.len(), plan.skipped.len(), plan.excluded.len()), (0, 0, 0));
}

#[test]
fn the_same_primary_email_links_whatever_its_case() {
    let world = World::with([Piece::User(user(1, "Ann@contoso.example")), Piece::Contact(contact(7, "ann"))]);
    assert_eq!(decided(&world), Some(EvidenceKind::PrimaryEmail));
}

#[test]
fn the_user_name_links_where_the_primary_email_does_not() {
    let mut ann = user(1, "ann.lee");
    ann.user_name = "ann@contoso.example".into();
    let world = World::with([Piece::User(ann), Piece::Contact(contact(7, "ann"))]);
    assert_eq!(decided(&world), Some(EvidenceKind::UserName));
}

#[test]
fn alternate_addresses_link_only_where_their_rows_are_on() {
    let mut ann = user(1, "ann.lee");
    ann.alternates = vec!["ann@contoso.example".into()];
    let world = World::with([Piece::User(ann), Piece::Contact(contact(7, "ann"))]);
    assert_eq!(decided(&world), Some(EvidenceKind::TenantAlternate));
    let plan = world.off(Row::Match365Alternates).only();
    assert_eq!(
        briefs(&plan)[0],
        "create contact new: first-name, last-name, email, IsOffice365, Office365Id"
    );
}

#[test]
fn a_contacts_further_addresses_link_to_the_primary_email_and_to_alternates() {
    let mut held = contact(7, "private");
    held.alternates = vec!["ann@contoso.example".into()];
    let world = World::with([Piece::User(user(1, "ann")), Piece::Contact(held.clone())]);
    assert_eq!(decided(&world), Some(EvidenceKind::PsaAlternate));
    let mut lee = user(1, "ann.lee");
    lee.alternates = vec!["ann@contoso.example".into()];
    let world = World::with([Piece::User(lee), Piece::Contact(held)]);
    assert_eq!(decided(&world), Some(EvidenceKind::BothAlternate));
    assert_eq!(decided(&world.off(Row::MatchPsaAlternates)), None);
}

#[test]
fn names_never_link() {
    let world =
        World::with([Piece::User(user(1, "ann")), Piece::Contact(contact(7, "ann@elsewhere.example"))]);
    let plan = world.off(Row::SyncFromPsa).only();
    assert!(briefs(&plan)[0].starts_with("create contact"), "{:?}", briefs(&plan));
}

#[test]
fn dots_and_tags_in_an_address_are_not_folded() {
    let world = World::with([Piece::User(user(1, "ann+x")), Piece::Contact(contact(7, "ann"))]);
    assert_eq!(decided(&world), None);
}

#[test]
fn a_stored_id_links_across_a_change_of_address() {
    let world = World::with([Piece::User(user(1, "ann.lee")), Piece::Contact(holding(contact(7, "ann"), 1))]);
    assert_eq!(decided(&world), Some(EvidenceKind::StoredId));
    assert!(
        world.only().changes[0].fields.iter().all(|field| field.field != Field::Email),
        "the email stays"
    );
}

#[test]
fn what_the_last_run_recorded_links_where_no_id_is_stored() {
    let world = World::with([Piece::User(user(1, "ann.lee")), Piece::Contact(contact(7, "ann"))]);
    assert_eq!(decided(&world.recorded(1, Some(7), None)), Some(EvidenceKind::Recorded));
}

#[test]
fn a_user_whose_email_is_on_contacts_in_conflict_is_drawn_into_it() {
    let mut other = user(2, "bo");
    other.user_name = "ann@contoso.example".into();
    let pieces = [
        Piece::User(user(1, "cy")),
        Piece::User(other),
        Piece::Contact(holding(contact(7, "ann"), 1)),
        Piece::Contact(holding(contact(8, "cy"), 1)),
    ];
    assert_eq!(conflicts(&World::with(pieces)), [["365 1", "365 2", "PSA 7", "PSA 8"]]);
}

#[test]
fn a_stored_id_wins_over_the_last_run() {
    let pieces = [
        Piece::User(user(1, "ann.lee")),
        Piece::Contact(holding(contact(7, "old"), 1)),
        Piece::Contact(contact(8, "older")),
    ];
    let world = World::with(pieces).recorded(1, Some(8), None);
    assert_eq!(decided(&world), Some(EvidenceKind::StoredId));
}

#[test]
fn a_decision_wins_over_everything() {
    let pieces = [
        Piece::User(user(1, "ann")),
        Piece::Contact(holding(contact(7, "ann"), 1)),
        Piece::Contact(contact(8, "elsewhere@fabrikam.example")),
    ];
    let mut world = World::with(pieces).recorded(1, Some(7), None);
    world.decisions.pins.push(Pin { user: guid(1), contact: 8.into() });
    assert_eq!(decided(&world), Some(EvidenceKind::Decision));
    assert_eq!(world.only().changes[0].record.id, Some(8.into()));
}

#[test]
fn two_contacts_with_the_users_email_are_a_conflict() {
    let world = World::with([
        Piece::User(user(1, "ann")),
        Piece::Contact(contact(7, "ann")),
        Piece::Contact(contact(8, "ann")),
    ]);
    assert_eq!(conflicts(&world), [["365 1", "PSA 7", "PSA 8"]]);
}

#[test]
fn two_users_in_scope_with_the_contacts_email_are_a_conflict() {
    let pieces =
        [Piece::User(user(1, "ann")), Piece::User(user(2, "ann")), Piece::Contact(contact(7, "ann"))];
    let world = World::with(pieces);
    assert_eq!(conflicts(&world), [["365 1", "365 2", "PSA 7"]]);
}

#[test]
fn a_split_resolves_a_conflict() {
    let pieces =
        [Piece::User(user(1, "ann")), Piece::Contact(contact(7, "ann")), Piece::Contact(contact(8, "ann"))];
    let mut world = World::with(pieces);
    world.decisions.splits.push(Split { user: guid(1), contact: 8.into() });
    assert_eq!(decided(&world), Some(EvidenceKind::PrimaryEmail));
}

#[test]
fn an_ignored_record_is_out_of_scope_and_resolves_a_conflict() {
    let pieces =
        [Piece::User(user(1, "ann")), Piece::Contact(contact(7, "ann")), Piece::Contact(contact(8, "ann"))];
    let mut world = World::with(pieces);
    world.decisions.ignore.insert("8".into());
    assert_eq!(decided(&world), Some(EvidenceKind::PrimaryEmail));
    let plan = world.only();
    assert_eq!(plan.excluded[0].reason, "ignored by decision");
    assert!(plan.changes.iter().all(|change| change.record.id != Some(8.into())));
}

#[test]
fn a_contact_of_an_ignored_user_is_left_alone() {
    let mut world = World::with([Piece::User(user(1, "ann")), Piece::Contact(holding(contact(7, "ann"), 1))]);
    world.decisions.ignore.insert(guid(1).to_string());
    let plan = world.only();
    assert_eq!(plan.changes, []);
    assert_eq!(plan.excluded.len(), 2);
}

#[test]
fn a_stored_id_held_by_two_contacts_is_a_conflict_active_or_not() {
    let pieces = [
        Piece::User(user(1, "ann")),
        Piece::Contact(holding(contact(7, "ann"), 1)),
        Piece::Contact(inactive(holding(contact(8, "old"), 1))),
    ];
    assert_eq!(conflicts(&World::with(pieces)), [["365 1", "PSA 7", "PSA 8"]]);
}

#[test]
fn an_id_of_nobody_held_by_two_contacts_is_a_conflict() {
    let pieces = [
        Piece::User(user(2, "bo")),
        Piece::Contact(holding(contact(7, "ann"), 1)),
        Piece::Contact(holding(contact(8, "old"), 1)),
    ];
    let world = World::with(pieces);
    let plan = world.only();
    assert_eq!(members(&plan.conflicts[0]), ["PSA 7", "PSA 8"]);
    assert!(plan.changes.iter().all(|change| change.action == crate::plan::Action::Create));
}

#[test]
fn an_id_that_names_one_contact_and_an_email_that_names_another_are_a_conflict() {
    let pieces = [
        Piece::User(user(1, "ann")),
        Piece::Contact(holding(contact(7, "old"), 1)),
        Piece::Contact(contact(8, "ann")),
    ];
    assert_eq!(conflicts(&World::with(pieces.clone())), [["365 1", "PSA 7", "PSA 8"]]);
    let pieces = [pieces[0].clone(), Piece::Contact(contact(7, "old")), pieces[2].clone()];
    let world = World::with(pieces).recorded(1, Some(7), None);
    assert_eq!(conflicts(&world), [["365 1", "PSA 7", "PSA 8"]]);
}

#[test]
fn a_contact_that_stores_one_user_and_has_the_email_of_another_is_a_conflict() {
    let pieces = [
        Piece::User(user(1, "ann")),
        Piece::User(user(2, "bo")),
        Piece::Contact(holding(contact(7, "bo"), 1)),
    ];
    assert_eq!(conflicts(&World::with(pieces)), [["365 1", "365 2", "PSA 7"]]);
}

#[test]
fn a_disabled_user_by_id_and_an_enabled_one_of_another_name_by_user_name_are_a_conflict() {
    let mut old = user(1, "ann");
    old.enabled = Some(false);
    old.user_name = "ann.old@contoso.example".into();
    let mut new = user(2, "jane");
    new.user_name = "ann@contoso.example".into();
    let world =
        World::with([Piece::User(old), Piece::User(new), Piece::Contact(holding(contact(7, "ann"), 1))]);
    assert_eq!(conflicts(&world), [["365 1", "365 2", "PSA 7"]]);
}

#[test]
fn a_renamed_user_whose_old_address_nobody_has_is_no_conflict() {
    let world = World::with([Piece::User(user(1, "ann.new")), Piece::Contact(holding(contact(7, "ann"), 1))]);
    assert_eq!(decided(&world), Some(EvidenceKind::StoredId));
}

#[test]
fn a_stored_id_decides_between_two_contacts_with_the_same_email() {
    let pieces = [
        Piece::User(user(1, "ann")),
        Piece::Contact(holding(contact(7, "ann"), 1)),
        Piece::Contact(contact(8, "ann")),
    ];
    let world = World::with(pieces);
    assert_eq!(decided(&world), Some(EvidenceKind::StoredId));
    let plan = world.only();
    assert!(
        plan.changes.iter().all(|change| change.record.id != Some(8.into())),
        "the other one is unchanged"
    );
    assert_eq!(reasons(&plan).len(), 1, "and gets no portal user of its own: {:?}", plan.skipped);
}

#[test]
fn an_inactive_contact_by_id_does_not_come_back_while_an_active_one_has_the_email() {
    let pieces = [
        Piece::User(user(1, "ann")),
        Piece::Contact(inactive(holding(contact(7, "ann"), 1))),
        Piece::Contact(contact(8, "ann")),
    ];
    assert_eq!(conflicts(&World::with(pieces)), [["365 1", "PSA 7", "PSA 8"]]);
}

#[test]
fn an_active_contact_stands_before_an_inactive_one() {
    let pieces = [
        Piece::User(user(1, "ann")),
        Piece::Contact(inactive(contact(7, "ann"))),
        Piece::Contact(contact(8, "ann")),
    ];
    let world = World::with(pieces);
    assert_eq!(decided(&world), Some(EvidenceKind::PrimaryEmail));
    assert_eq!(world.only().changes[0].record.id, Some(8.into()));
}

#[test]
fn a_pin_ends_the_contradiction_between_an_id_and_an_email() {
    let pieces = [
        Piece::User(user(1, "ann")),
        Piece::Contact(holding(contact(7, "old"), 1)),
        Piece::Contact(contact(8, "ann")),
    ];
    let mut world = World::with(pieces);
    world.decisions.pins.push(Pin { user: guid(1), contact: 8.into() });
    assert_eq!(decided(&world), Some(EvidenceKind::Decision));
}

#[test]
fn somebody_hired_again_takes_over_the_contact_of_their_old_account() {
    let world = World::with([Piece::User(user(2, "ann")), Piece::Contact(holding(contact(7, "ann"), 1))]);
    assert_eq!(decided(&world), Some(EvidenceKind::PrimaryEmail));
    let plan = world.only();
    let id = plan.changes[0].fields.iter().find(|field| field.field == Field::Udf(Udf::Office365Id)).unwrap();
    assert_eq!(id.note.as_deref(), Some("held another id"));
}

#[test]
fn a_leavers_contact_is_not_handed_on_to_the_colleague_who_gets_the_mail() {
    let [Piece::User(mut boss), contact_of_boss, portal_of_boss] = agreed(2, "boss") else {
        panic!("a user first")
    };
    boss.alternates = vec!["ann@contoso.example".into()];
    let mut world = World::with([Piece::User(boss), contact_of_boss, portal_of_boss]);
    world.add(Piece::Contact(holding(contact(7, "ann"), 1)));
    assert_eq!(briefs(&world.only()), ["deactivate contact 7: active"]);
}

#[test]
fn two_new_users_with_one_address_are_a_conflict_and_nobody_is_made() {
    let world = World::with([Piece::User(user(1, "ann")), Piece::User(user(2, "ann"))]);
    assert_eq!(conflicts(&world), [["365 1", "365 2"]]);
}

#[test]
fn without_matching_only_decisions_link() {
    let pieces = [Piece::User(user(1, "ann")), Piece::Contact(holding(contact(7, "ann"), 1))];
    let mut world = World::with(pieces).off(Row::MatchUsers);
    assert!(world.only().changes.iter().all(|change| change.record.kind != crate::plan::RecordKind::Contact));
    world.decisions.pins.push(Pin { user: guid(1), contact: 7.into() });
    assert_eq!(decided(&world), Some(EvidenceKind::Decision));
}

#[test]
fn a_contact_of_a_user_in_another_company_of_the_tenant_is_not_given_away() {
    let mut world = World::with([
        Piece::User(user(1, "ann@fabrikam.example")),
        Piece::User(user(2, "ann")),
        Piece::Contact(holding(contact(7, "ann"), 1)),
    ]);
    world.companies[0].settings().domains = vec!["contoso.example".into()];
    assert_eq!(conflicts(&world), [["365 1", "365 2", "PSA 7"]]);
}

/// The contact with a blank field for the id, where the PSA itself has this one.
fn lent(mut contact: crate::model::Contact, user: i64) -> crate::model::Contact {
    contact.fields.set(Field::Udf(Udf::Office365Id), "");
    contact.fields.set(Field::LinkedId, guid(user).as_str());
    contact
}

#[test]
fn an_id_that_the_psa_itself_has_links_and_is_stored_as_any_that_is_missing() {
    let world = World::with([Piece::User(user(1, "ann")), Piece::Contact(lent(contact(7, "former"), 1))]);
    assert_eq!(decided(&world), Some(EvidenceKind::StoredId));
    let plan = world.only();
    let change = plan.changes.iter().find(|change| change.record.kind == crate::plan::RecordKind::Contact);
    let change = change.expect("a change of the contact");
    let stored = change.fields.iter().find(|field| field.field == Field::Udf(Udf::Office365Id));
    assert_eq!(stored.expect("it is stored").before.as_deref(), Some(""));
    let rests = change.unmoved.iter().find(|unmoved| unmoved.field == Field::LinkedId);
    assert_eq!(rests.expect("the change rests on it").value, guid(1).as_str());
}

#[test]
fn a_stored_id_counts_before_one_that_the_psa_itself_has() {
    let mut ann = holding(contact(7, "ann"), 1);
    ann.fields.set(Field::LinkedId, guid(2).as_str());
    let world = World::with([Piece::User(user(1, "ann")), Piece::User(user(2, "bo")), Piece::Contact(ann)]);
    let plan = world.only();
    assert_eq!(plan.conflicts, []);
    let of_contact = plan.changes.iter().filter(|change| change.record.id == Some(crate::model::Id::from(7)));
    assert!(of_contact.flat_map(|change| &change.unmoved).all(|unmoved| unmoved.field != Field::LinkedId));
}
