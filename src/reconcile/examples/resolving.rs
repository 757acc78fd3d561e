//! What is asked, and that every answer that is offered settles something.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::model::{Field, Id, Side, Udf};
use crate::plan::{Choice, CompanyPeople, Matter, Offer, Question, Ruling};
use crate::reconcile::laws::{any_world, config};
use crate::reconcile::worlds::*;
use crate::reconcile::{Decision, Pin, Split, answers, contradiction, link, questions};

fn table(world: &World) -> CompanyPeople {
    link(&world.input()).people().into_iter().find(|people| people.name == "Contoso").expect("the company")
}

fn asked(world: &World) -> Vec<Question> {
    questions(&table(world))
}

fn offer(world: &World, question: &Question) -> Offer {
    answers(&world.input(), &world.companies[0], question, &[])
}

fn offered(world: &World, question: &Question) -> Vec<Choice> {
    offer(world, question).choices
}

fn short(id: &Id) -> String {
    id.as_str().rsplit('-').next().unwrap_or_default().trim_start_matches('0').to_owned()
}

/// `1=7, 1≠8 2≠8, no PSA 7`.
fn brief(answers: &[Choice]) -> String {
    let ruling = |ruling: &Ruling| match ruling {
        Ruling::Same(user, contact) => format!("{}={}", short(&user.id), short(&contact.id)),
        Ruling::Different(user, contact) => format!("{}≠{}", short(&user.id), short(&contact.id)),
        Ruling::Ignore(one) => format!("no {} {}", one.side, short(&one.id)),
    };
    let one = |answer: &Choice| answer.rulings.iter().map(ruling).collect::<Vec<_>>().join(" ");
    answers.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn decide(world: &mut World, answer: &Choice) {
    world.decisions.extend(answer.rulings.iter().map(Decision::from));
}

/// The contact number `number` of the user number `of`, by the id it stores.
fn stored(number: i64, local: &str, of: i64) -> Piece {
    let mut contact = contact(number, local);
    contact.fields.set(Field::Udf(Udf::Office365Id), guid(of).as_str());
    Piece::Contact(contact)
}

#[test]
fn of_two_contacts_of_one_user_each_may_be_the_one_or_neither() {
    let pieces =
        [Piece::User(user(1, "ann")), Piece::Contact(contact(7, "ann")), Piece::Contact(contact(8, "ann"))];
    let world = World::with(pieces);
    let [question] = &asked(&world)[..] else { panic!("one question") };
    let answers = offered(&world, question);
    assert_eq!(brief(&answers), "1=7, 1=8, 1≠7, 1≠8, 1≠7 1≠8, no 365 1, no PSA 7, no PSA 8");
    let linked = |answer: usize| -> Vec<String> {
        let mut world = world.clone();
        decide(&mut world, &answers[answer]);
        let table = table(&world);
        assert_eq!(table.conflicts, []);
        let with_contact = table.linked.iter().filter(|person| person.records.len() > 1);
        with_contact.map(|person| short(&person.records[1].record.id)).collect()
    };
    assert_eq!([linked(0), linked(1), linked(2)], [["7"], ["8"], ["8"]]);
    assert_eq!(linked(4), [""; 0]);
}

#[test]
fn what_the_id_says_and_what_the_email_says_can_both_be_chosen() {
    let world = World::with([Piece::User(user(1, "ann")), Piece::User(user(2, "bo")), stored(7, "bo", 1)]);
    let [question] = &asked(&world)[..] else { panic!("one question") };
    assert_eq!(
        brief(&offered(&world, question)),
        "1=7, 2=7, 1≠7, 2≠7, 1≠7 2≠7, no 365 1, no 365 2, no PSA 7"
    );
}

#[test]
fn contacts_that_store_the_id_of_somebody_who_is_gone_can_be_parted_from_it() {
    let mut world = World::with([stored(7, "ann", 9), stored(8, "bo", 9)]);
    let [question] = &asked(&world)[..] else { panic!("one question") };
    let answers = offered(&world, question);
    assert_eq!(brief(&answers), "9≠7, 9≠8, 9≠7 9≠8, no PSA 7, no PSA 8");
    decide(&mut world, &answers[0]);
    assert_eq!(table(&world).conflicts, []);
}

#[test]
fn a_portal_user_of_two_people_can_be_ignored_or_the_two_be_made_one() {
    let mut pieces = vec![Piece::User(user(1, "ann")), Piece::Contact(contact(7, "bo"))];
    pieces.push(Piece::Portal(portal("p1", "ann", Some(7))));
    let mut world = World::with(pieces);
    let conflicts = asked(&world);
    let question =
        conflicts.iter().find(|one| matches!(one.matter, Matter::Conflict(_))).expect("a conflict");
    let answers = offered(&world, question);
    assert_eq!(brief(&answers), "1=7, no 365 1, no PSA 7, no portal p1");
    decide(&mut world, &answers[0]);
    let table = table(&world);
    assert_eq!((table.conflicts.len(), table.linked.len()), (0, 1));
}

/// A person with a user and a contact, and portal users of their address that no key tells apart.
fn with_portal_users(ids: &[&str]) -> World {
    let mut pieces = vec![Piece::User(user(1, "ann")), Piece::Contact(contact(7, "ann"))];
    pieces.extend(ids.iter().map(|id| Piece::Portal(portal(id, "ann", None))));
    World::with(pieces)
}

#[test]
fn of_several_portal_users_of_one_address_every_answer_leaves_one() {
    for (ids, offered_answers) in [
        (&["p1", "p2"][..], "no portal p1, no portal p2"),
        (
            &["p1", "p2", "p3"],
            "no portal p2 no portal p3, no portal p1 no portal p3, no portal p1 no portal p2",
        ),
    ] {
        let world = with_portal_users(ids);
        let [question] = &asked(&world)[..] else { panic!("one question") };
        let answers = offered(&world, question);
        assert_eq!(brief(&answers), offered_answers);
        for answer in &answers {
            let mut world = world.clone();
            decide(&mut world, answer);
            let table = table(&world);
            assert_eq!((table.conflicts.len(), table.linked[0].records.len()), (0, 3), "{answer:?}");
        }
    }
}

#[test]
fn of_three_contacts_of_one_user_no_answer_leaves_two_to_decide_about() {
    let mut pieces = vec![Piece::User(user(1, "ann"))];
    pieces.extend([7, 8, 9].map(|number| Piece::Contact(contact(number, "ann"))));
    let world = World::with(pieces);
    let [question] = &asked(&world)[..] else { panic!("one question") };
    let answers = offered(&world, question);
    assert_eq!(brief(&answers), "1=7, 1=8, 1=9, 1≠7 1≠8 1≠9, no 365 1");
    for answer in &answers {
        let mut world = world.clone();
        decide(&mut world, answer);
        assert_eq!(table(&world).conflicts, [], "{answer:?}");
    }
}

#[test]
fn questions_of_one_kind_differ_in_nothing_but_the_people() {
    let pair = |number: i64, local: &str, is_namesake: bool| {
        let mut second = contact(number + 1, local);
        if !is_namesake {
            second.fields.set(Field::FirstName, "Tommy");
        }
        [Piece::User(user(number, local)), Piece::Contact(contact(number, local)), Piece::Contact(second)]
    };
    let pieces = [pair(10, "ann", true), pair(20, "bo", true), pair(30, "cy", false)];
    let world = World::with(pieces.into_iter().flatten());
    let questions = asked(&world);
    let [first, second, third] = &questions[..] else { panic!("three questions: {questions:?}") };
    assert_eq!(first.kin(), second.kin());
    assert_ne!(first.kin(), third.kin(), "one contact has another name");
    let answers = |question: &Question| offered(&world, question);
    let pattern = first.pattern(&answers(first)[0]);
    assert!(pattern.is_some() && pattern == second.pattern(&answers(second)[0]));
    assert_ne!(pattern, second.pattern(&answers(second)[1]));
}

/// So many people whose users and contacts all have the address of one desk.
fn desk(people: i64) -> World {
    let desk = "desk@contoso.example";
    World::with((0..people).flat_map(|number| {
        let mut of_desk = user(number + 1, &format!("name{number}"));
        of_desk.alternates.push(desk.to_owned());
        let mut shared = contact(number + 101, &format!("name{number}"));
        shared.fields.set(Field::Email, desk);
        [Piece::User(of_desk), Piece::Contact(shared)]
    }))
}

#[test]
fn of_mixed_people_one_is_asked_about_at_a_time_and_every_answer_says_who_that_one_is() {
    let world = desk(3);
    let [question] = &asked(&world)[..] else { panic!("one question") };
    let Offer { about, choices } = offer(&world, question);
    let about = about.expect("no answer about one of them settles all");
    assert_eq!(short(&about.id), "1");
    assert_eq!(
        brief(&choices),
        "1=101, 1=102, 1=103, 1≠101 1≠102 1≠103, no 365 1, \
         1≠101 1≠102 1≠103 2≠101 2≠102 2≠103 3≠101 3≠102 3≠103"
    );
    for choice in &choices {
        let mut world = world.clone();
        decide(&mut world, choice);
        let left = asked(&world);
        let is_of = |question: &&Question| question.records().into_iter().any(|one| one.id == about.id);
        let conflicts = left.iter().filter(|one| matches!(one.matter, Matter::Conflict(_)));
        assert_eq!(conflicts.filter(is_of).count(), 0, "{choice:?}");
    }
    // Who is skipped leaves the others to be asked about.
    let next = answers(&world.input(), &world.companies[0], question, &[about]);
    assert_eq!(next.about.map(|one| short(&one.id)), Some("2".to_owned()));
    let all: Vec<_> = question.records().into_iter().cloned().collect();
    assert_eq!(answers(&world.input(), &world.companies[0], question, &all).about, None);
}

#[test]
fn a_crowd_is_asked_about_one_by_one_the_most_alike_first() {
    let mut world = desk(20);
    let [question] = &asked(&world)[..] else { panic!("one question") };
    assert_eq!(question.records().len(), 40);
    let Offer { about, choices } = offer(&world, question);
    assert_eq!(about.map(|one| short(&one.id)), Some("1".to_owned()));
    assert_eq!(brief(&choices[..1]), "1=101");
    let of = |is: fn(&Ruling) -> bool| choices.iter().filter(|one| is(&one.rulings[0])).count();
    assert_eq!(of(|one| matches!(one, Ruling::Same(..))), 20);
    assert_eq!(of(|one| matches!(one, Ruling::Ignore(_))), 1);
    let all = choices.last().expect("all of them at once");
    assert_eq!(all.rulings.len(), 400);
    decide(&mut world, all);
    assert_eq!(table(&world).conflicts, []);
}

#[test]
fn what_an_earlier_decision_contradicts_is_offered_only_where_it_would_settle_something() {
    let mut world = with_portal_users(&["p1", "p2"]);
    world.decisions.pins.push(Pin { user: guid(1), contact: 7.into() });
    let [question] = &asked(&world)[..] else { panic!("one question") };
    assert_eq!(brief(&offered(&world, question)), "no portal p1, no portal p2");
}

#[test]
fn only_the_record_that_is_named_is_ignored() {
    let mut world = World::with([
        Piece::User(user(1, "ann")),
        Piece::Contact(contact(7, "ann")),
        Piece::Portal(portal("7", "ann", None)),
    ]);
    world.decisions.ignored.insert((Side::Portal, Id::from("7")));
    let table = table(&world);
    assert_eq!(table.linked[0].records.len(), 2, "the contact of that number stays");
    assert_eq!(table.excluded.iter().map(|one| one.side).collect::<Vec<_>>(), [Side::Portal]);
}

#[test]
fn whoever_is_alone_is_asked_about_only_where_somebody_is_like_them() {
    let world = World::with([
        Piece::User(user(1, "ann")),
        Piece::Contact(contact(7, "ann@home.example")),
        Piece::Contact(contact(8, "quirin@home.example")),
        Piece::Portal(portal("p9", "ann@else.example", None)),
    ]);
    let questions = asked(&world);
    assert_eq!(questions.iter().map(|one| short(&one.records()[0].id)).collect::<Vec<_>>(), ["1", "7", "p9"]);
    assert_eq!(brief(&offered(&world, &questions[0])), "1=7, 1≠7, no 365 1");
    assert_eq!(brief(&offered(&world, &questions[1])), "1=7, 1≠7, no PSA 7");
    assert_eq!(brief(&offered(&world, &questions[2])), "no portal p9", "her name, nearly, beside a new one");
}

#[test]
fn an_answer_against_an_earlier_decision_is_offered_and_known_as_such() {
    let mut world = World::with([
        Piece::User(user(1, "ann")),
        Piece::Contact(contact(7, "ann")),
        Piece::Contact(contact(8, "ann")),
        Piece::Contact(contact(9, "ann")),
    ]);
    world.decisions.splits.push(Split { user: guid(1), contact: 7.into() });
    let earlier = [Decision::Split(Split { user: guid(1), contact: 7.into() })];
    let [question] = &asked(&world)[..] else { panic!("one question") };
    assert_eq!(brief(&offered(&world, question)[..2]), "1=8, 1=9");
    world.decisions.pins = [7, 8].map(|contact| Pin { user: guid(1), contact: contact.into() }).into();
    world.decisions.splits.clear();
    let pinned: Vec<Decision> = world.decisions.pins.iter().cloned().map(Decision::Pin).collect();
    let [question] = &asked(&world)[..] else { panic!("one question") };
    let part =
        offered(&world, question).into_iter().find(|answer| brief(std::slice::from_ref(answer)) == "1≠8");
    let part = part.expect("it would settle the conflict");
    assert_eq!(contradiction(&world.companies[0], pinned, &part), Some(1));
    let same = Choice::from(Ruling::Same(question.records()[0].clone(), question.records()[1].clone()));
    assert_eq!(contradiction(&world.companies[0], earlier, &same), Some(0));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_conflict_can_be_settled_and_every_answer_settles_what_is_asked(mut world in any_world(), choice in any::<prop::sample::Index>()) {
        for _ in 0..40 {
            let open = asked(&world);
            let Some(question) = open.iter().find(|one| matches!(one.matter, Matter::Conflict(_))) else { return Ok(()) };
            let earlier: Vec<Decision> = {
                let decisions = &world.decisions;
                let pins = decisions.pins.iter().cloned().map(Decision::Pin);
                pins.chain(decisions.splits.iter().cloned().map(Decision::Split)).collect()
            };
            let Offer { about, choices } = offer(&world, question);
            let answers: Vec<Choice> = choices
                .into_iter()
                .filter(|answer| contradiction(&world.companies[0], earlier.clone(), answer).is_none())
                .collect();
            prop_assert!(!answers.is_empty(), "{question:?}");
            let answer = choice.get(&answers);
            decide(&mut world, answer);
            let records: BTreeSet<_> = question.records().into_iter().cloned().collect();
            for conflict in table(&world).conflicts {
                let left: BTreeSet<_> = conflict.conflict.candidates.into_iter().collect();
                let left: BTreeSet<_> = left.intersection(&records).collect();
                let is_settled = about.as_ref().map_or(left.len() < 2, |about| left.len() < 2 || !left.contains(about));
                prop_assert!(is_settled, "{about:?} {answer:?} {left:?}");
            }
        }
        prop_assert!(false, "no end of questions");
    }
}
