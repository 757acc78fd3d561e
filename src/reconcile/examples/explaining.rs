//! One person explained: who is meant, what is known, and why everything is as it is.

use crate::model::{Field, Row, Side, Udf};
use crate::plan::{EvidenceKind, ExplainedField, Explanation, RowState};
use crate::reconcile::worlds::*;
use crate::reconcile::{Explained, FieldRule, When};

fn one(world: &World, needle: &str) -> Explanation {
    match world.looked().explain(needle) {
        Explained::One(explanation) => *explanation,
        other => panic!("{needle} is not one person: {other:?}"),
    }
}

fn field(explanation: &Explanation, field: Field) -> &ExplainedField {
    explanation.fields.iter().find(|one| one.field == field).unwrap_or_else(|| panic!("{field} is missing"))
}

fn contact_says(explanation: &Explanation, of: Field) -> &str {
    &field(explanation, of).contact.as_ref().expect("a rule").says
}

fn portal_says(explanation: &Explanation, of: Field) -> &str {
    &field(explanation, of).portal_user.as_ref().expect("a rule").says
}

#[test]
fn a_person_is_found_by_any_address_and_any_id() {
    let mut world = World::with(agreed(2, "bo"));
    let mut ann = user(1, "ann");
    ann.user_name = "ann.lee@contoso.onmicrosoft.example".to_owned();
    ann.alternates = vec!["lee@contoso.example".to_owned()];
    let mut held = contact(7, "ann");
    held.alternates = vec!["ann@home.example".to_owned()];
    for piece in [Piece::User(ann), Piece::Contact(held), Piece::Portal(portal("p9", "ann", Some(7)))] {
        world.add(piece);
    }
    let id = guid(1).to_string().to_uppercase();
    for needle in [
        " Ann@Contoso.example",
        "ann.lee@contoso.onmicrosoft.example",
        "lee@contoso.example",
        "ann@home.example",
        &id,
        "7",
        "p9",
    ] {
        assert_eq!(one(&world, needle).person.records.len(), 3, "{needle}");
    }
}

#[test]
fn where_no_address_or_id_is_meant_a_person_is_found_by_name() {
    let mut pieces = agreed(1, "ann").to_vec();
    pieces.extend(agreed(2, "annabel"));
    let world = World::with(pieces);
    for needle in ["annabel", "ANNABEL lee", " lee  annab "] {
        assert_eq!(one(&world, needle).person.records.len(), 3, "{needle}");
    }
    for (needle, people) in [("ann", 2), ("lee", 2)] {
        match world.looked().explain(needle) {
            Explained::Several(hits) => assert_eq!(hits.len(), people, "{needle}"),
            other => panic!("{needle}: {other:?}"),
        }
    }
    for needle in ["bel", "ann smith", " "] {
        assert!(matches!(world.looked().explain(needle), Explained::NoPerson(_)), "{needle}");
    }
}

#[test]
fn the_changes_are_those_of_the_plan_and_of_this_person_alone() {
    let mut pieces = agreed(1, "ann").to_vec();
    pieces.extend(agreed(2, "bo"));
    let mut world = World::with(pieces);
    edit_users(&mut world.companies[0], |users| {
        for user in users.iter_mut() {
            user.fields.set(Field::Title, "Head of Everything And More");
        }
    });
    let plan = world.only();
    let ann = one(&world, "ann@contoso.example");
    let own: Vec<_> = plan.changes.into_iter().filter(|change| change.who.name == "ann Lee").collect();
    assert_eq!((own.len(), &ann.changes), (2, &own));
    let verdict = field(&ann, Field::Title).contact.as_ref().expect("a rule");
    assert_eq!((verdict.rule.as_str(), verdict.source), ("always", Some(Side::Tenant)));
    assert_eq!(verdict.after.as_deref(), Some("Head of Everything A"), "fitted");
    assert!(verdict.says.starts_with("will be written, shortened"), "{}", verdict.says);
    assert_eq!(contact_says(&ann, Field::FirstName), "agrees");
}

#[test]
fn every_rule_says_why_nothing_is_written() {
    let mut world = World::with(agreed(1, "ann")).on(Row::IgnoreNameUpdates);
    edit_users(&mut world.companies[0], |users| {
        users[0].fields.set(Field::FirstName, "Anna");
        users[0].fields.set(Field::City, "Oslo");
    });
    edit_contacts(&mut world.companies[0], |contacts| contacts[0].fields.set(Field::Title, "Head"));
    let ann = one(&world, "ann@contoso.example");
    for (field, says) in [
        (Field::FirstName, "names do not follow: ignore-name-updates"),
        (Field::Title, "blank at the source, which never erases"),
        (Field::City, "never written"),
        (Field::Email, "written to a new record only"),
        (Field::Mobile, "blank at the source, which never erases"),
    ] {
        assert_eq!(contact_says(&ann, field), says, "{field}");
    }
    let rule = FieldRule { when: When::Always, clear: true, sources: vec![Side::Tenant] };
    world.policy().contact_fields.insert(Field::Title, rule);
    let ann = one(&world, "ann@contoso.example");
    let title = field(&ann, Field::Title).contact.as_ref().expect("a rule");
    assert_eq!((title.rule.as_str(), title.after.as_deref()), ("always, blank clears", Some("")));
}

#[test]
fn values_stand_by_side_and_absent_ones_are_not_blank_ones() {
    let mut world = World::with(agreed(1, "ann"));
    edit_contacts(&mut world.companies[0], |contacts| {
        contacts[0].fields.set(Field::Udf(Udf::SupportPin), "4821");
    });
    let ann = one(&world, "1");
    let title = field(&ann, Field::Title);
    assert_eq!(title.values[&Side::Psa], Some(String::new()));
    assert_eq!(field(&ann, Field::Department).values[&Side::Psa], None, "the PSA has none");
    let pin = field(&ann, Field::Udf(Udf::SupportPin));
    assert_eq!(pin.values[&Side::Psa].as_deref(), Some("set"), "a PIN is never shown");
    assert!(!serde_json::to_string(&ann).expect("JSON").contains("4821"));
}

#[test]
fn a_person_out_of_scope_says_which_rule_decided() {
    let mut world = World::with(agreed(1, "ann")).on(Row::RequireLicense);
    edit_users(&mut world.companies[0], |users| users[0].licences = Some([].into()));
    let ann = one(&world, "ann@contoso.example");
    let out = ann.person.records[0].out.as_ref().expect("out of scope");
    assert_eq!((out.reason.as_str(), out.rule.as_str()), ("no licence", "require-license is on"));
    assert_eq!(ann.standing, "the 365 user left: without a licence");
    assert_eq!(contact_says(&ann, Field::Title), "only a 365 user in scope is followed");
    assert_eq!(portal_says(&ann, Field::Title), ann.standing);
}

#[test]
fn what_links_and_what_was_remembered_is_told() {
    let world = World::with(agreed(1, "ann")).recorded(1, Some(1), Some("p1"));
    let ann = one(&world, "ann@contoso.example");
    let decided: Vec<_> = ann.person.evidence.iter().filter(|one| one.decided).map(|one| one.kind).collect();
    assert_eq!(decided, [EvidenceKind::StoredId]);
    assert!(ann.person.evidence.iter().any(|one| one.kind == EvidenceKind::Recorded && !one.decided));
    assert_eq!(ann.remembered.map(|link| link.contact), Some(Some(1.into())));
}

#[test]
fn everybody_of_one_conflict_is_one_answer() {
    let pieces =
        [Piece::User(user(1, "ann")), Piece::Contact(contact(7, "ann")), Piece::Contact(contact(8, "ann"))];
    let ann = one(&World::with(pieces), "ann@contoso.example");
    assert_eq!(ann.conflict.map(|conflict| conflict.candidates.len()), Some(3));
    assert_eq!(ann.standing, "in conflict: nothing is written");
    assert_eq!(ann.changes, []);
}

#[test]
fn several_people_of_one_address_are_all_named() {
    let mut bo = user(2, "bo");
    bo.alternates = vec!["ann@contoso.example".to_owned()];
    let pieces = [Piece::User(user(1, "ann")), Piece::User(bo)];
    let Explained::Several(hits) = World::with(pieces).explain("ann@contoso.example") else {
        panic!("they are two people")
    };
    assert_eq!(
        hits.iter().map(|(_, person)| person.who.name.as_str()).collect::<Vec<_>>(),
        ["ann Lee", "bo Lee"]
    );
}

#[test]
fn a_portal_user_made_by_hand_is_explained_as_such() {
    let world = World::with([Piece::Portal(portal("p1", "ann", None))]);
    let ann = one(&world, "p1");
    assert!(ann.standing.contains("made by hand"), "{}", ann.standing);
    assert_eq!((ann.changes.len(), ann.person.portal_evidence.len()), (0, 0));
}

#[test]
fn rows_say_what_is_on_off_and_not_offered() {
    let mut world = World::with(agreed(1, "ann")).off(Row::ContactActive);
    world.capabilities = capabilities(&[Row::MatchPsaAlternates]);
    let ann = one(&world, "1");
    assert_eq!(ann.rows[&Row::ContactActive], RowState::Off);
    assert_eq!(ann.rows[&Row::MatchPsaAlternates], RowState::NotServed);
    assert_eq!(ann.rows[&Row::UpdateContact], RowState::On);
    assert!(ann.skipped.iter().any(|skip| skip.row == Row::MatchPsaAlternates));
}

#[test]
fn whom_nobody_knows_is_answered_with_the_nearest_addresses() {
    let world = World::with(agreed(1, "annabel").into_iter().chain(agreed(2, "bo")));
    let nearest = Explained::NoPerson(vec!["annabel@contoso.example".to_owned()]);
    assert_eq!(world.explain("anabel@contoso.example"), nearest);
    assert_eq!(world.explain("zz"), Explained::NoPerson(Vec::new()));
}
