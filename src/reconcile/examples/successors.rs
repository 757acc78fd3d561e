//! Accounts that yield to others, and records that belonged to another account.

use crate::model::{Field, Row, Udf, User};
use crate::plan::{Conflict, EvidenceKind, Person, RecordKind};
use crate::reconcile::worlds::*;
use crate::reconcile::{Explained, Pin, Split, link};

fn holding(mut contact: crate::model::Contact, user: i64) -> crate::model::Contact {
    contact.fields.set(Field::Udf(Udf::Office365Id), guid(user).as_str());
    contact
}

fn inactive(mut contact: crate::model::Contact) -> crate::model::Contact {
    contact.active = Some(false);
    contact
}

/// A user of this name with this address, a user name of its own, and no licence.
fn second(number: i64, local: &str, address: &str) -> User {
    let mut second = user(number, local);
    second.fields.set(Field::Email, format!("{address}@contoso.example"));
    second.licences = Some([].into());
    second
}

/// The same, disabled.
fn former(number: i64, local: &str, address: &str) -> User {
    User { enabled: Some(false), ..second(number, local, address) }
}

/// A user called so who has this address.
fn called(number: i64, first: &str, address: &str) -> User {
    let mut user = user(number, address);
    user.fields.set(Field::FirstName, first);
    user.fields.set(Field::DisplayName, format!("{first} Lee"));
    user
}

fn linked(world: &World) -> Vec<Person> {
    link(&world.input()).people().remove(0).linked
}

/// The records of the linked person with this contact: `365 1, PSA 7`.
fn with_contact(world: &World, contact: &str) -> String {
    let short = |id: &str| id.rsplit('-').next().unwrap_or(id).trim_start_matches('0').to_owned();
    let all = linked(world);
    let one = all.iter().find(|one| one.records.iter().any(|member| member.record.id.as_str() == contact));
    let records = one.expect("a linked contact").records.iter().map(|member| &member.record);
    records.map(|one| format!("{} {}", one.side, short(one.id.as_str()))).collect::<Vec<_>>().join(", ")
}

/// The only conflict of a world in which nothing is written.
fn conflict(world: &World) -> Conflict {
    let plan = world.only();
    assert!(plan.changes.is_empty(), "{:?}", briefs(&plan));
    assert_eq!(plan.conflicts.len(), 1, "{:?}", plan.conflicts);
    plan.conflicts[0].clone()
}

#[test]
fn an_account_out_of_scope_changes_nothing_for_who_is_in_agreement() {
    for account in [second(2, "adm-ann", "ann"), former(2, "ann.old", "ann")] {
        let world = World::with(agreed(1, "ann").into_iter().chain([Piece::User(account)]));
        let plan = world.only();
        assert_eq!((plan.changes, plan.conflicts, plan.skipped), (vec![], vec![], vec![]));
        let ann = &linked(&world)[0];
        assert_eq!(ann.records.len(), 3);
        let [aside] = &ann.stood_back[..] else { panic!("one account yields") };
        assert_eq!(aside.member.record.id, guid(2));
        assert_eq!(aside.evidence[0].kind, EvidenceKind::PrimaryEmail);
    }
}

#[test]
fn it_stands_back_where_nothing_is_stored_yet_and_holds_no_create_up() {
    let contact = [Piece::User(user(1, "ann")), Piece::Contact(contact(7, "ann"))];
    for pieces in [contact.to_vec(), vec![Piece::User(user(1, "ann"))]] {
        let without = World::with(pieces.clone());
        for account in [second(2, "adm-ann", "ann"), former(2, "ann.old", "ann")] {
            let mut world = World::with(pieces.clone());
            world.add(Piece::User(account));
            assert_eq!(briefs(&world.only()), briefs(&without.only()));
            assert_eq!(world.only().conflicts, []);
        }
    }
}

#[test]
fn it_stands_back_by_a_stronger_kind_as_well() {
    let mut ann = user(1, "ann.lee");
    ann.user_name = "ann@contoso.example".into();
    let account = former(2, "ann.old", "ann");
    let world =
        World::with([Piece::User(ann), Piece::User(account.clone()), Piece::Contact(contact(7, "ann"))]);
    assert_eq!(with_contact(&world, "7"), "365 1, PSA 7", "by the user name");
    let mut ann = user(1, "ann.lee");
    ann.alternates = vec!["ann@contoso.example".into()];
    let world = World::with([Piece::User(ann), Piece::User(account), Piece::Contact(contact(7, "ann"))]);
    assert_eq!(with_contact(&world, "7"), "365 1, PSA 7", "by an alternate address, since the names agree");
}

#[test]
fn a_portal_user_goes_to_who_is_in_scope_whatever_the_order_of_the_addresses() {
    let mut ann = user(1, "ann.lee");
    ann.user_name = "ann@contoso.example".into();
    for account in [second(2, "adm-ann", "ann"), former(2, "ann.old", "ann")] {
        let world = World::with([
            Piece::User(ann.clone()),
            Piece::User(account),
            Piece::Portal(portal("p1", "ann", None)),
        ]);
        let plan = world.only();
        assert_eq!(plan.conflicts, []);
        let change = plan.changes.iter().find(|change| change.record.kind == RecordKind::PortalUser);
        assert_eq!(change.map(|change| change.who.name.as_str()), Some("ann.lee Lee"));
    }
}

#[test]
fn two_accounts_in_scope_with_one_address_stay_a_conflict() {
    let mut other = user(2, "adm-ann");
    other.fields.set(Field::Email, "ann@contoso.example");
    let world = World::with([
        Piece::User(user(1, "ann")),
        Piece::User(other.clone()),
        Piece::Contact(contact(7, "ann")),
    ]);
    assert_eq!(members(&conflict(&world)), ["365 1", "365 2", "PSA 7"]);
    // Where the id says whose the contact is, that person is served, and the other account is the question.
    let world = World::with(agreed(1, "ann").into_iter().chain([Piece::User(other)]));
    assert_eq!(members(&conflict(&world)), ["365 2"]);
    assert_eq!(with_contact(&world, "1"), "365 1, PSA 1, portal p1");
}

#[test]
fn the_id_of_an_account_out_of_scope_stands_back_where_the_names_agree() {
    let pieces = |new: User, local: &str| {
        let contact = holding(contact(7, local), 1);
        [Piece::User(former(1, "ann.old", "elsewhere")), Piece::User(new), Piece::Contact(contact)]
    };
    let world = World::with(pieces(user(2, "ann"), "ann"));
    assert_eq!(with_contact(&world, "7"), "365 2, PSA 7");
    let world = World::with(pieces(called(2, "jane", "ann"), "ann"));
    assert_eq!(members(&conflict(&world)), ["365 1", "365 2", "PSA 7"]);
}

#[test]
fn a_former_account_with_the_contacts_name_does_not_stand_back_behind_another_name() {
    let world = World::with([
        Piece::User(called(1, "jane", "ann")),
        Piece::User(User { user_name: "old@contoso.example".into(), ..former(2, "ann", "ann") }),
        Piece::Contact(contact(7, "ann")),
    ]);
    assert_eq!(members(&conflict(&world)), ["365 1", "365 2", "PSA 7"]);
}

#[test]
fn the_contact_of_a_user_who_is_gone_goes_to_another_name_only_by_decision() {
    for contact in [holding(contact(7, "john"), 9), inactive(holding(contact(7, "john"), 9))] {
        let pieces = [
            Piece::User(called(1, "jane", "john")),
            Piece::Contact(contact),
            Piece::Portal(portal("p1", "john", Some(7))),
        ];
        let mut world = World::with(pieces);
        let found = conflict(&world);
        assert_eq!(members(&found), ["365 1", "PSA 7", "portal p1"]);
        assert_eq!(
            found.reason,
            format!(
                "contact 7 stores the id of 365 user {}, who is gone, and has an address of another one: the \
                 first names differ (john Lee and jane Lee)",
                guid(9)
            )
        );
        let kinds: Vec<EvidenceKind> = found.evidence.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [EvidenceKind::StoredId, EvidenceKind::PrimaryEmail, EvidenceKind::UserName]);
        world.decisions.pins.push(Pin { user: guid(1), contact: 7.into() });
        assert_eq!(with_contact(&world, "7"), "365 1, PSA 7, portal p1");
        world.decisions.pins.clear();
        world.decisions.splits.push(Split { user: guid(9), contact: 7.into() });
        assert_eq!(with_contact(&world, "7"), "365 1, PSA 7, portal p1", "it is not the former one's");
    }
}

#[test]
fn what_the_last_run_linked_says_whose_a_contact_was_as_well() {
    let world = World::with([Piece::User(called(1, "jane", "john")), Piece::Contact(contact(7, "john"))]);
    let found = conflict(&world.recorded(9, Some(7), None));
    assert!(found.reason.starts_with("contact 7 was linked to 365 user"), "{}", found.reason);
}

#[test]
fn a_name_that_leaves_doubt_is_a_question_and_the_same_name_is_not() {
    for (name, asks) in
        [("john", false), ("JOHN A.", false), ("johnny", true), ("J.", true), ("", true), ("mary", true)]
    {
        let world = World::with([
            Piece::User(called(1, name, "john")),
            Piece::Contact(holding(contact(7, "john"), 9)),
        ]);
        assert_eq!(world.only().conflicts.len(), usize::from(asks), "{name}");
        assert_eq!(world.only().changes.is_empty(), asks, "{name}");
    }
}

#[test]
fn an_alternate_address_that_was_a_leavers_is_a_question_and_a_note_for_who_has_a_contact() {
    let mut boss = user(2, "boss");
    boss.alternates = vec!["john@contoso.example".into()];
    let world = World::with([Piece::User(boss.clone()), Piece::Contact(holding(contact(7, "john"), 9))]);
    assert_eq!(members(&conflict(&world)), ["365 2", "PSA 7"]);
    let mut again = called(2, "john", "john.lee");
    again.alternates = vec!["john@contoso.example".into()];
    let world = World::with([Piece::User(again), Piece::Contact(holding(contact(7, "john"), 9))]);
    assert_eq!(with_contact(&world, "7"), "365 2, PSA 7", "the same person with a new account");
}

#[test]
fn an_account_out_of_scope_is_no_reason_to_ask_whose_a_leavers_contact_is() {
    let account = Piece::User(former(1, "jane", "john"));
    let world = World::with([account, Piece::Contact(holding(contact(7, "john"), 9))]);
    assert_eq!(briefs(&world.only()), ["deactivate contact 7: active"]);
}

#[test]
fn a_leavers_portal_user_is_not_handed_on_to_the_colleague_who_gets_the_mail() {
    let [Piece::User(mut boss), own, _] = agreed(2, "boss") else { panic!("a user first") };
    boss.alternates = vec!["john@contoso.example".into()];
    for name in ["john", "johnny"] {
        let mut left = portal("p1", "john", None);
        left.fields.set(Field::FirstName, name);
        let contact = Piece::Contact(inactive(holding(contact(7, "john"), 9)));
        let world = World::with([Piece::User(boss.clone()), own.clone(), contact, Piece::Portal(left)]);
        let plan = world.only();
        assert!(
            plan.changes
                .iter()
                .all(|change| change.record.id != Some("p1".into()) || change.who.name != "boss Lee"),
            "{:?}",
            briefs(&plan)
        );
    }
}

#[test]
fn a_portal_user_that_belonged_to_a_user_who_is_gone_is_not_handed_on() {
    for alias in [false, true] {
        let mut jane = called(1, "jane", if alias { "jane" } else { "john" });
        jane.alternates = vec!["john@contoso.example".into()];
        let world = World::with([Piece::User(jane), Piece::Portal(portal("p1", "john", None))]);
        assert_eq!(world.only().conflicts, [], "nothing says that it was another person's");
        let world = world.recorded(9, None, Some("p1"));
        assert_eq!(members(&conflict(&world)), ["365 1", "portal p1"]);
        let known = world.reconciled().known.remove(0);
        assert!(known.links.iter().any(|link| link.portal_user == Some("p1".into())), "nor by the next run");
    }
    let world = World::with([Piece::User(user(1, "john")), Piece::Portal(portal("p1", "john", None))]);
    assert_eq!(world.recorded(9, None, Some("p1")).only().conflicts, [], "the same person, new account");
}

#[test]
fn a_portal_user_with_the_key_of_a_lost_contact_goes_to_the_same_name_only() {
    let world = |name: &str| {
        World::with([Piece::User(called(1, name, "john")), Piece::Portal(portal("p1", "john", Some(99)))])
    };
    assert_eq!(world("john").only().conflicts, []);
    assert_eq!(world("johnny").only().conflicts, [], "another PSA has other keys");
    assert_eq!(members(&conflict(&world("jane"))), ["365 1", "portal p1"]);
}

#[test]
fn a_portal_user_of_the_leavers_name_does_not_go_to_the_successor_with_a_contact_of_her_own() {
    let mut own = holding(contact(8, "jane"), 1);
    own.fields.set(Field::Udf(Udf::IsOffice365), "true");
    let world = World::with([
        Piece::User(called(1, "jane", "john")),
        Piece::Contact(own),
        Piece::Contact(inactive(holding(contact(7, "john"), 9))),
        Piece::Portal(portal("p1", "john", None)),
    ]);
    let plan = world.only();
    assert_eq!(plan.conflicts.len(), 1, "{:?}", plan.conflicts);
    assert!(plan.changes.iter().all(|change| change.record.id != Some("p1".into())), "{:?}", briefs(&plan));
}

#[test]
fn an_explanation_names_the_accounts_that_stand_back() {
    let account = Piece::User(second(2, "adm-ann", "ann"));
    let world = World::with(agreed(1, "ann").into_iter().chain([account]));
    let Explained::One(ann) = world.explain(guid(1).as_str()) else { panic!("one person") };
    assert_eq!(ann.person.stood_back.len(), 1);
    assert_eq!(ann.standing, "365 user in scope: everything flows");
}

/// John, who is gone, with his contact 7, and Jane, who gets his mail and has no contact.
fn heir() -> World {
    let mut jane = user(1, "jane");
    jane.alternates = vec!["john@contoso.example".into()];
    World::with([Piece::User(jane), Piece::Contact(holding(contact(7, "john"), 9))])
}

fn two_people(user: i64) -> Split {
    Split { user: guid(user), contact: 7.into() }
}

#[test]
fn a_decision_that_they_are_two_people_lets_the_heir_of_an_address_have_a_contact() {
    let mut world = heir();
    assert_eq!(members(&conflict(&world)), ["365 1", "PSA 7"]);
    world.decisions.splits.push(two_people(1));
    let plan = world.only();
    let create = plan.changes.iter().find(|change| brief(change).starts_with("create contact new"));
    let seek = create.and_then(|change| change.seek.as_ref()).expect("a new contact");
    assert_eq!(seek.emails, ["jane@contoso.example"], "John's contact is not the one that is looked for");
    let outcome = world.plan();
    world.apply(&outcome);
    assert_eq!(world.only().changes, []);
}

#[test]
fn a_third_contact_with_the_address_and_an_own_address_hold_the_contact_back_all_the_same() {
    let held = |world: &World| {
        let plan = world.only();
        assert!(
            briefs(&plan).iter().all(|brief| !brief.starts_with("create contact")),
            "{:?}",
            briefs(&plan)
        );
        let line = plan.skipped.iter().find(|skip| skip.reason.starts_with("no contact is made"));
        line.expect("a reason").next.clone().expect("a next step")
    };
    let mut world = heir().off(Row::MatchPsaAlternates);
    world.decisions.splits.push(two_people(1));
    let mut third = contact(8, "front@contoso.example");
    third.alternates = vec!["john@contoso.example".into()];
    world.add(Piece::Contact(third));
    assert!(held(&world).contains("take the address off"));
    let mut world = World::with([Piece::User(called(1, "jane", "john")), Piece::Contact(contact(7, "john"))]);
    world.decisions.splits.push(two_people(1));
    assert!(!held(&world).contains("split"), "a split does not help");
}
