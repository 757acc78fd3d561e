//! The people table: who is linked, who is alone, and which people they may be.

use crate::model::{Field, Udf};
use crate::plan::{Alone, CompanyPeople, EvidenceKind, Pair, Person};
use crate::reconcile::worlds::*;
use crate::reconcile::{Split, link};

fn table(world: &World) -> CompanyPeople {
    link(&world.input()).people().remove(0)
}

/// The records of a person: `365 1, PSA 7`.
fn records(person: &Person) -> String {
    let short = |id: &str| id.rsplit('-').next().unwrap_or(id).trim_start_matches('0').to_owned();
    let records = person.records.iter().map(|member| &member.record);
    records.map(|one| format!("{} {}", one.side, short(one.id.as_str()))).collect::<Vec<_>>().join(", ")
}

fn suggested(alone: &Alone) -> Vec<String> {
    alone.suggestions.iter().map(|one| one.member.record.id.to_string()).collect()
}

/// A contact of Ann Lee under another address.
fn elsewhere(number: i64) -> crate::model::Contact {
    contact(number, "ann@home.example")
}

#[test]
fn people_on_all_sides_are_linked_with_what_decided_first() {
    let table = table(&World::with(agreed(1, "ann")));
    assert_eq!(table.linked.iter().map(records).collect::<Vec<_>>(), ["365 1, PSA 1, portal p1"]);
    let evidence: Vec<_> = table.linked[0].evidence.iter().map(|one| (one.kind, one.decided)).collect();
    assert_eq!(evidence[0], (EvidenceKind::StoredId, true));
    assert!(evidence[1..].contains(&(EvidenceKind::PrimaryEmail, false)));
    assert_eq!((table.alone.len(), table.conflicts.len(), table.excluded.len()), (0, 0, 0));
}

#[test]
fn whoever_stayed_alone_is_shown_the_nearest_of_the_other_side() {
    let pieces = [
        Piece::User(user(1, "ann")),
        Piece::Contact(elsewhere(7)),
        Piece::Contact(contact(8, "bo@x.example")),
    ];
    let table = table(&World::with(pieces));
    let alone: Vec<_> = table.alone.iter().map(|one| (records(&one.person), suggested(one))).collect();
    let expected = [("365 1", vec!["7".to_owned()]), ("PSA 7", vec![guid(1).to_string()]), ("PSA 8", vec![])];
    assert_eq!(alone, expected.map(|(records, found)| (records.to_owned(), found)));
    assert_eq!(table.linked, [], "names never link");
}

#[test]
fn people_who_are_linked_or_split_are_not_suggested() {
    let mut linked = elsewhere(7);
    linked.fields.set(Field::Udf(Udf::Office365Id), guid(2).as_str());
    let pieces = [
        Piece::User(user(1, "ann")),
        Piece::User(user(2, "ann@old.example")),
        Piece::Contact(linked),
        Piece::Contact(elsewhere(8)),
    ];
    let mut world = World::with(pieces);
    assert_eq!(suggested(&table(&world).alone[0]), ["8"]);
    world.decisions.splits.push(Split { user: guid(1), contact: 8.into() });
    assert_eq!(suggested(&table(&world).alone[0]), [""; 0]);
}

#[test]
fn an_inactive_contact_may_be_whom_a_user_is_looking_for() {
    let mut former = elsewhere(7);
    former.active = Some(false);
    let table = table(&World::with([Piece::User(user(1, "ann")), Piece::Contact(former)]));
    assert_eq!(table.alone.len(), 1, "an inactive contact is not listed as alone");
    assert_eq!(suggested(&table.alone[0]), ["7"]);
    assert_eq!(table.excluded[0].reason, "inactive");
}

#[test]
fn a_user_out_of_scope_is_not_alone_but_says_why() {
    let mut ann = user(1, "ann");
    ann.enabled = Some(false);
    let mut bo = user(2, "bo");
    bo.enabled = Some(false);
    let pieces = [Piece::User(ann), Piece::User(bo), Piece::Contact(contact(8, "bo"))];
    let table = table(&World::with(pieces));
    assert_eq!(table.alone, []);
    assert_eq!(table.excluded.iter().map(|one| one.reason.as_str()).collect::<Vec<_>>(), ["disabled"]);
    let out = table.linked[0].records[0].out.as_ref().expect("out of scope");
    assert_eq!((out.reason.as_str(), out.detail.as_ref()), ("disabled", None));
}

#[test]
fn a_contact_of_a_user_who_is_gone_names_that_user() {
    let mut left = contact(7, "ann");
    left.fields.set(Field::Udf(Udf::Office365Id), guid(9).as_str());
    let table = table(&World::with([Piece::Contact(left)]));
    assert_eq!(table.linked[0].gone, Some(guid(9)));
    assert_eq!(table.alone, []);
}

#[test]
fn a_conflict_says_which_of_its_records_are_linked_all_the_same() {
    let mut pieces = agreed(1, "ann").to_vec();
    pieces.push(Piece::Portal(portal("p2", "ann", Some(1))));
    let table = table(&World::with(pieces));
    assert_eq!(table.conflicts.len(), 1);
    assert_eq!(table.conflicts[0].linked, [Pair { user: guid(1), contact: 1.into() }]);
    assert_eq!((table.linked.len(), table.alone.len()), (0, 0));
}

#[test]
fn a_portal_user_of_nobody_is_shown_people_who_have_none() {
    let pieces = [Piece::Contact(contact(7, "ann")), Piece::Portal(portal("p1", "ann@home.example", None))];
    let table = table(&World::with(pieces));
    let stranger = table.alone.iter().find(|one| records(&one.person) == "portal p1").expect("listed");
    assert_eq!(suggested(stranger), ["7"]);
    assert_eq!(table.excluded, [], "no person is listed twice");
}

#[test]
fn the_order_of_the_records_does_not_matter() {
    let pieces: Vec<Piece> = agreed(1, "ann")
        .into_iter()
        .chain(agreed(2, "bo"))
        .chain([Piece::User(user(3, "cy")), Piece::Contact(contact(9, "cy@home.example"))])
        .collect();
    let forward = table(&World::with(pieces.clone()));
    assert_eq!(forward, table(&World::with(pieces.into_iter().rev())));
}

#[test]
fn nothing_is_said_of_a_company_that_was_not_read_or_not_understood() {
    let mut world = World::with(agreed(1, "ann"));
    world.policy().exclude.push(crate::reconcile::Exclusion {
        on: crate::reconcile::ExcludeOn::Email,
        pattern: "[".to_owned(),
        reason: None,
    });
    let company = table(&world);
    assert!(company.refused.is_some_and(|reason| reason.contains("cannot be read")));
    world.companies[0].psa = incomplete();
    let company = table(&world);
    assert_eq!((company.unread.len(), company.linked.len()), (1, 0));
}
