//! New records beside one of nearly the same name.

use crate::model::{Field, Side};
use crate::plan::{Change, Matter, Ruling};
use crate::reconcile::worlds::*;
use crate::reconcile::{Split, answers, link, questions};

/// Sam Lee, new in 365, whose contact has an address of a former company.
fn sam() -> [Piece; 2] {
    [Piece::User(user(1, "sam")), Piece::Contact(contact(7, "sam@former.example"))]
}

/// The records beside which a change would make a new one.
fn beside(change: &Change) -> Vec<String> {
    let records = change.namesakes.iter().flat_map(|namesakes| &namesakes.records);
    records.map(|one| format!("{} {}", one.side, one.id.as_str().rsplit('-').next().unwrap_or(""))).collect()
}

#[test]
fn a_new_record_names_the_unlinked_record_of_the_same_name() {
    for active in [true, false] {
        let [sam, Piece::Contact(mut contact)] = sam() else { panic!("a user and a contact") };
        contact.active = Some(active);
        let world = World::with([sam, Piece::Contact(contact)]);
        let plan = world.only();
        let of_user: Vec<&Change> = plan
            .changes
            .iter()
            .filter(|change| change.who.email.as_deref() == Some("sam@contoso.example"))
            .collect();
        assert_eq!(of_user.len(), 2, "{:?}", briefs(&plan));
        for change in of_user {
            assert_eq!(beside(change), ["PSA 7"]);
            let record = &change.namesakes.as_ref().expect("one").records[0];
            assert_eq!(record.who.email.as_deref(), Some("sam@former.example"));
            assert_eq!(record.active, Some(active));
            assert!(change.namesakes.as_ref().expect("one").next.contains("crsync match --resolve"));
        }
        let totals = world.plan().totals();
        assert_eq!(totals.namesakes, if active { 3 } else { 2 }, "the contact's own portal user as well");
    }
}

#[test]
fn nearly_the_same_name_counts_and_another_name_does_not() {
    for (name, counts) in [("samm", true), ("Lee", false), ("tom", false), ("", false), ("s", true)] {
        let [user, Piece::Contact(mut contact)] = sam() else { panic!("a user and a contact") };
        contact.fields.set(Field::FirstName, name);
        let plan = World::with([user, Piece::Contact(contact)]).only();
        let said = plan.changes.iter().filter(|change| !beside(change).is_empty()).count();
        assert_eq!(said > 0, counts, "{name}");
    }
}

#[test]
fn who_is_linked_ignored_or_told_apart_is_no_namesake() {
    let linked = World::with(agreed(2, "sam2@contoso.example"));
    let mut world = linked.clone();
    world.add(Piece::User(user(1, "sam2")));
    assert_eq!(world.plan().totals().namesakes, 0);
    let mut world = World::with(sam());
    world.decisions.ignored.insert((Side::Psa, 7.into()));
    assert_eq!(world.plan().totals().namesakes, 0);
    let mut world = World::with(sam());
    world.decisions.splits.push(Split { user: guid(1), contact: 7.into() });
    let plan = world.only();
    assert_eq!((world.plan().totals().namesakes, plan.changes.len()), (0, 3), "{:?}", briefs(&plan));
}

#[test]
fn new_records_beside_a_namesake_wait_where_the_company_asks_for_it() {
    let mut world = World::with(sam());
    world.policy().hold_namesakes = true;
    let plan = world.only();
    assert_eq!(briefs(&plan), [""; 0], "neither contact nor portal user");
    assert_eq!(plan.skipped.len(), 3);
    for skip in &plan.skipped {
        assert!(skip.reason.ends_with("(hold-namesakes)"), "{}", skip.reason);
        assert_eq!(skip.next.as_deref().map(|next| next.contains("crsync match --resolve")), Some(true));
    }
    assert!(plan.skipped.iter().any(|skip| skip.reason.contains("contact 7 sam@former.example")));
    let asked = questions(&link(&world.input()).people()[0]);
    assert!(matches!(asked[0].matter, Matter::Alone(_)));
    world.decisions.splits.push(Split { user: guid(1), contact: 7.into() });
    assert_eq!(world.only().changes.len(), 3, "they are two people");
    world.decisions.splits.clear();
    world.decisions.pins.push(crate::reconcile::Pin { user: guid(1), contact: 7.into() });
    assert!(world.only().changes.iter().all(|change| change.namesakes.is_none()), "they are one");
}

#[test]
fn a_portal_user_made_by_hand_is_a_namesake_that_can_be_said_to_be_another_person() {
    let [user, held, _] = agreed(1, "sam");
    let mut world = World::with([user, held, Piece::Portal(portal("p9", "sam@former.example", None))]);
    world.policy().hold_namesakes = true;
    assert_eq!(briefs(&world.only()), [""; 0]);
    let asked = questions(&link(&world.input()).people()[0]);
    let [question] = &asked[..] else { panic!("one question: {asked:?}") };
    let choices = answers(&world.input(), &world.companies[0], question, &[]).choices;
    let [choice] = &choices[..] else { panic!("one answer: {choices:?}") };
    assert!(matches!(&choice.rulings[0], Ruling::Ignore(one) if one.side == Side::Portal));
    world.decisions.extend(choice.rulings.iter().map(crate::reconcile::Decision::from));
    assert_eq!(briefs(&world.only()).len(), 1, "the portal user is made");
    assert_eq!(world.plan().totals().namesakes, 0);
}

#[test]
fn what_holds_a_new_portal_user_back_is_asked_about_also_where_a_middle_name_is_missing() {
    let [mut user, mut held, _] = agreed(1, "mary");
    let Piece::User(mary) = &mut user else { panic!("a user") };
    mary.fields.set(Field::FirstName, "Mary Ann");
    let Piece::Contact(contact) = &mut held else { panic!("a contact") };
    contact.fields.set(Field::FirstName, "Mary Ann");
    let mut world = World::with([user, held, Piece::Portal(portal("p9", "mary@former.example", None))]);
    world.policy().hold_namesakes = true;
    assert_eq!(briefs(&world.only()), [""; 0]);
    let asked = questions(&link(&world.input()).people()[0]);
    let [question] = &asked[..] else { panic!("one question: {asked:?}") };
    let choices = answers(&world.input(), &world.companies[0], question, &[]).choices;
    world.decisions.extend(choices[0].rulings.iter().map(crate::reconcile::Decision::from));
    assert_eq!(briefs(&world.only()).len(), 1, "the portal user is made");
}
