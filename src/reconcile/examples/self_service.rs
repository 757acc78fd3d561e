//! What people ask of their own details: who is meant, what may be done, and what follows from it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::model::{Field, FieldShape, Id, Reading, RecordKind, Row, Shape, User, UserKind};
use crate::plan::{Answer, Asked, Change, Request};
use crate::reconcile::worlds::*;
use crate::reconcile::{Earlier, Served, WantedRequest, link};

const ANN: &str = "ann@contoso.example";

fn shape() -> Shape {
    let fields = [Field::Title, Field::Phone, Field::Mobile, Field::Department, Field::DisplayName];
    Shape::new(fields.map(|field| {
        (
            field,
            FieldShape { length: Some(10), required: field == Field::DisplayName, ..FieldShape::default() },
        )
    }))
}

fn wanted(user: &str, set: &[(Field, &str)]) -> WantedRequest {
    let set = set.iter().map(|(field, text)| (*field, (*text).to_owned())).collect();
    let request = Request { id: None, user: user.to_owned(), set, place: None };
    WantedRequest { request, earlier: Earlier::None }
}

fn serve(world: &World, wanted: &[WantedRequest]) -> Served {
    link(&world.input()).self_service(&shape(), wanted)
}

/// Ann and Bo on all sides; both may change what the shape knows.
fn world() -> World {
    let mut world = World::new().on(Row::SelfService);
    for (number, name) in [(1, "ann"), (2, "bo")] {
        for piece in [
            Piece::User(user(number, name)),
            Piece::Contact(contact(number, name)),
            Piece::Portal(portal(&format!("p{number}"), name, Some(number))),
        ] {
            world.add(piece);
        }
    }
    let all = [Field::Title, Field::Phone, Field::Mobile, Field::Department, Field::DisplayName];
    world.policy().self_service.extend(all);
    world
}

/// What is answered to a request that an earlier run did.
fn done() -> Answer {
    Answer::Repeated { run: "run-1".to_owned() }
}

fn changes(served: &Served) -> Vec<&Change> {
    served.outcome.companies.iter().flat_map(|company| &company.changes).collect()
}

fn reason(served: &Served) -> &str {
    match &served.asked[0].plan {
        Answer::Refused { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_365_user_comes_first_and_the_others_of_that_person_wait_for_it() {
    let mut world = world();
    let served = serve(&world, &[wanted(ANN, &[(Field::Title, "Head")])]);
    let kinds: Vec<RecordKind> = changes(&served).iter().map(|change| change.record.kind).collect();
    assert_eq!(kinds, [RecordKind::TenantUser, RecordKind::Contact, RecordKind::PortalUser]);
    let first = changes(&served)[0];
    assert_eq!((first.record.company.as_str(), first.fields.len()), (TENANT, 1));
    assert_eq!(first.fields[0].before.as_deref(), Some(""));
    assert_eq!(served.asked[0].plan, Answer::Change(first.key.clone()));
    let company = &served.outcome.companies[0];
    assert_eq!((company.waits.len(), company.people, company.in_agreement), (2, 1, 0));
    assert!(company.waits.values().all(|key| *key == first.key));
    // Once it is applied, nothing is left to do for that person.
    world.apply(&served.outcome);
    let left = world.plan();
    let of_ann = |change: &&Change| change.who.email.as_deref() == Some(ANN);
    assert_eq!(left.companies[0].changes.iter().filter(of_ann).count(), 0);
    let again = serve(&world, &[wanted(ANN, &[(Field::Title, "Head")])]);
    assert_eq!((again.asked[0].plan.clone(), changes(&again).len()), (Answer::Held, 0));
}

#[test]
fn requests_for_one_person_become_one_write_and_the_later_one_counts() {
    let asked = [
        wanted(ANN, &[(Field::Title, "Head"), (Field::Phone, "1")]),
        wanted(ANN, &[(Field::Title, "Chief")]),
    ];
    let served = serve(&world(), &asked);
    let first = changes(&served)[0];
    let after: Vec<String> = first.fields.iter().map(|field| format!("{:?}", field.after)).collect();
    assert_eq!(after, ["Text(\"Chief\")", "Text(\"1\")"]);
    assert!(served.asked.iter().all(|asked| asked.plan == Answer::Change(first.key.clone())));
}

#[test]
fn a_request_whose_place_a_later_one_takes_is_not_told_that_365_holds_it() {
    let mut world = world();
    edit_users(&mut world.companies[0], |users| {
        for user in users {
            user.fields.set(Field::Title, "Clerk");
        }
    });
    let asked = [wanted(ANN, &[(Field::Title, "Head")]), wanted(ANN, &[(Field::Title, "Clerk")])];
    let served = serve(&world, &asked);
    let plans: Vec<&Answer> = served.asked.iter().map(|asked| &asked.plan).collect();
    assert_eq!(plans, [&Answer::Overtaken, &Answer::Held]);
    assert!(changes(&served).iter().all(|change| change.record.kind != RecordKind::TenantUser));
}

#[test]
fn a_request_that_was_done_writes_nothing_to_365_and_lets_the_others_follow() {
    let mut world = world();
    edit_users(&mut world.companies[0], |users| {
        for user in users {
            user.fields.set(Field::Title, "Director");
        }
    });
    let behind = WantedRequest { earlier: Earlier::Behind(done()), ..wanted(ANN, &[(Field::Title, "Head")]) };
    let served = serve(&world, &[behind]);
    assert_eq!(served.asked[0].plan, done());
    let titles: Vec<String> = changes(&served)
        .iter()
        .flat_map(|change| &change.fields)
        .filter(|field| field.field == Field::Title)
        .map(|field| format!("{:?}", field.after))
        .collect();
    assert_eq!(titles, ["Text(\"Director\")"; 2], "what 365 holds now, not what was asked then");
    assert!(changes(&served).iter().all(|change| change.record.kind != RecordKind::TenantUser));
}

#[test]
fn a_request_does_not_set_what_a_later_one_that_was_done_before_asked_for() {
    let all = [(Field::Title, "Chief"), (Field::Mobile, "2")];
    for earlier in [Earlier::Done(done()), Earlier::Behind(done())] {
        let later = || WantedRequest { earlier: earlier.clone(), ..wanted(ANN, &all) };
        let served = serve(&world(), &[wanted(ANN, &[(Field::Mobile, "1")]), later()]);
        let plans: Vec<&Answer> = served.asked.iter().map(|asked| &asked.plan).collect();
        assert_eq!(plans, [&Answer::Overtaken, &done()]);
        assert!(changes(&served).iter().all(|change| change.record.kind != RecordKind::TenantUser));
        // What it did not ask for is set, and so is what is asked after it.
        let served = serve(
            &world(),
            &[
                wanted(ANN, &[(Field::Mobile, "1"), (Field::Phone, "7")]),
                later(),
                wanted(ANN, &[(Field::Title, "Head")]),
            ],
        );
        let first = changes(&served)[0];
        let fields: Vec<Field> = first.fields.iter().map(|field| field.field).collect();
        assert_eq!((first.record.kind, fields), (RecordKind::TenantUser, vec![Field::Title, Field::Phone]));
    }
    let other = WantedRequest { earlier: Earlier::Refused(done()), ..wanted(ANN, &all) };
    let served = serve(&world(), &[wanted(ANN, &[(Field::Mobile, "1")]), other]);
    assert!(matches!(served.asked[0].plan, Answer::Change(_)), "what was never done protects nothing");
}

#[test]
fn a_person_is_found_by_own_names_before_others_and_in_their_own_company() {
    let mut world = world();
    let mut cy = user(3, "cy");
    cy.alternates = vec![ANN.to_owned(), "shared@home.example".to_owned()];
    let mut dee = user(4, "dee");
    dee.alternates = vec!["shared@home.example".to_owned()];
    world.add(Piece::User(cy));
    world.add(Piece::User(dee));
    let who = |name: &str| {
        let served = serve(&world, &[wanted(name, &[(Field::Title, "x")])]);
        served.asked[0].who.as_ref().map(|who| who.name.clone())
    };
    assert_eq!(who(" ANN@Contoso.Example").as_deref(), Some("ann Lee"));
    assert_eq!(who(guid(3).as_str()).as_deref(), Some("cy Lee"));
    assert_eq!(who("shared@home.example"), None);
    assert_eq!(who(""), None);
    let mut zed = user(5, "zed");
    zed.alternates = ["fabrikam", "other"].map(|domain| format!("zed@{domain}.example")).into();
    world.add(Piece::User(zed));
    // Of a shared tenant, the company whose domain it is.
    let Reading::Complete(side) = &mut world.companies[0].tenant else { unreachable!() };
    let more = ["fabrikam.example", "other.example"].map(ToOwned::to_owned);
    std::sync::Arc::make_mut(side).tenant.domains.extend(more);
    world.companies[0].settings().domains = vec!["contoso.example".to_owned()];
    let mut other = world.companies[0].clone();
    other.settings().name = "Fabrikam".to_owned();
    other.settings().domains = vec!["fabrikam.example".to_owned()];
    other.settings().psa_id = Id::from(2);
    world.companies.push(other);
    let served = serve(&world, &[wanted(ANN, &[(Field::Title, "x")])]);
    assert_eq!(served.asked[0].company.as_deref(), Some("Contoso"));
    world.companies[0].settings().domains = vec!["other.example".to_owned()];
    let served = serve(&world, &[wanted(ANN, &[(Field::Title, "x")])]);
    assert_eq!(reason(&served), "the user is out of scope: not in domains");
    for company in &mut world.companies {
        company.settings().domains.clear();
    }
    let served = serve(&world, &[wanted(ANN, &[(Field::Title, "x")])]);
    assert_eq!(reason(&served), "2 365 users have it, of Contoso and Fabrikam");
}

#[test]
fn nobody_is_taken_for_somebody_of_a_company_that_could_not_be_read() {
    let mut world = world();
    let mut cy = user(3, "cy");
    cy.kind = UserKind::Guest;
    world.add(Piece::User(cy));
    let mut dee = user(4, "dee");
    dee.alternates = vec!["zoe@fabrikam.example".to_owned()];
    world.add(Piece::User(dee));
    let who = |world: &World, name: &str| {
        let served = serve(world, &[wanted(name, &[(Field::Title, "x")])]);
        (served.asked[0].who.as_ref().map(|who| who.name.clone()), served)
    };
    let names = ["cy@contoso.example", "zoe@fabrikam.example", ANN, guid(3).as_str()].map(ToOwned::to_owned);
    let all = names.clone().map(|name| who(&world, &name).0);
    assert_eq!(all.map(Option::unwrap), ["cy Lee", "dee Lee", "ann Lee", "cy Lee"]);
    let mut other = world.companies[0].clone();
    other.settings().name = "Fabrikam".to_owned();
    other.psa = Reading::Incomplete {
        kind: crate::error::Kind::NotFound,
        reason: "it is gone".to_owned(),
        hint: None,
    };
    world.companies.push(other);
    for name in &names[..2] {
        let (found, served) = who(&world, name);
        assert_eq!((found, changes(&served).len()), (None, 0));
        assert!(reason(&served).ends_with("; Fabrikam could not be read"), "{}", reason(&served));
    }
    assert_eq!(who(&world, ANN).0.as_deref(), Some("ann Lee"));
    assert_eq!(who(&world, &names[3]).0.as_deref(), Some("cy Lee"));
}

#[test]
fn whoever_is_held_back_is_still_one_of_several_who_may_be_meant() {
    let mut world = world();
    let mut cy = user(3, "cy");
    cy.user_name = ANN.to_owned();
    world.add(Piece::User(cy));
    world.memory.held.insert(guid(1).to_string(), "run-1".to_owned());
    let served = serve(&world, &[wanted(ANN, &[(Field::Title, "x")])]);
    assert_eq!((reason(&served), changes(&served).len()), ("2 365 users have it, of Contoso", 0));
}

#[test]
fn the_address_of_somebody_who_left_does_not_stand_for_the_colleague_whom_it_reaches() {
    let asked = [wanted("zoe@contoso.example", &[(Field::Title, "x")])];
    let reached = |piece: Option<Piece>| {
        let mut world = World::new().on(Row::SelfService);
        world.policy().self_service.insert(Field::Title);
        let mut bo = user(2, "bo");
        bo.alternates = vec!["zoe@contoso.example".to_owned()];
        world.add(Piece::User(bo));
        world.add(Piece::Contact(contact(2, "bo")));
        world.add(Piece::Portal(portal("p2", "bo", Some(2))));
        if let Some(piece) = piece {
            world.add(piece);
        }
        serve(&world, &asked)
    };
    assert_eq!(reached(None).asked[0].who.as_ref().map(|who| who.name.as_str()), Some("bo Lee"));
    for left in [Piece::Contact(contact(3, "zoe")), Piece::Portal(portal("p3", "zoe", None))] {
        let served = reached(Some(left));
        assert!(reason(&served).starts_with("this address reaches a 365 user, but"), "{}", reason(&served));
        assert_eq!(changes(&served).len(), 0);
    }
}

#[test]
fn every_refusal_has_its_own_words_and_writes_nothing() {
    let long = "x".repeat(11);
    let off = world().off(Row::SelfService);
    let mut synced = world();
    synced.add(Piece::User(User { on_premises: true, ..user(3, "cy") }));
    for (world, who, field, text, words) in [
        (
            &world(),
            "zoe@contoso.example",
            Field::Title,
            "x",
            "no 365 user of the chosen companies has this address",
        ),
        (&off, ANN, Field::Title, "x", "self-service is off for Contoso"),
        (&world(), ANN, Field::City, "x", "city may not be changed by self-service; allowed: "),
        (
            &world(),
            ANN,
            Field::Title,
            long.as_str(),
            "title takes at most 10 characters in 365, these are 11",
        ),
        (&world(), ANN, Field::DisplayName, "", "display-name cannot be made blank in 365"),
        (&synced, "cy@contoso.example", Field::Title, "x", "is mastered in the on-premises Active Directory"),
    ] {
        let served = serve(world, &[wanted(who, &[(field, text)])]);
        assert!(reason(&served).contains(words), "{}", reason(&served));
        assert_eq!(changes(&served).len(), 0);
    }
}

#[test]
fn one_refusal_leaves_the_other_people_their_changes() {
    let mut world = world();
    world.policy().exclude.push(crate::reconcile::Exclusion {
        on: crate::reconcile::ExcludeOn::Field(Field::Department),
        pattern: "Scan*".to_owned(),
        reason: None,
    });
    let asked = [
        wanted(ANN, &[(Field::Department, "Scanner")]),
        wanted("bo@contoso.example", &[(Field::Title, "Head")]),
    ];
    let served = serve(&world, &asked);
    assert!(reason(&served).starts_with("with the new values, the user is out of scope: excluded"));
    assert!(matches!(served.asked[1].plan, Answer::Change(_)));
    let of_bo = |change: &&&Change| change.who.email.as_deref() == Some("bo@contoso.example");
    assert_eq!(changes(&served).iter().filter(of_bo).count(), 3);
    assert_eq!(changes(&served).len(), 3);
}

#[test]
fn only_the_request_that_takes_its_user_out_of_scope_is_refused() {
    let mut world = world();
    world.policy().exclude.push(crate::reconcile::Exclusion {
        on: crate::reconcile::ExcludeOn::Field(Field::Department),
        pattern: "Scan*".to_owned(),
        reason: None,
    });
    let (scanner, head) = ([(Field::Department, "Scanner")], [(Field::Title, "Head")]);
    for asked in [[wanted(ANN, &scanner), wanted(ANN, &head)], [wanted(ANN, &head), wanted(ANN, &scanner)]] {
        let served = serve(&world, &asked);
        for Asked { request, plan, .. } in &served.asked {
            let is_refused = matches!(plan, Answer::Refused { .. });
            assert_eq!(is_refused, request.set.contains_key(&Field::Department), "{plan:?}");
        }
        let first = changes(&served)[0];
        let fields: Vec<Field> = first.fields.iter().map(|field| field.field).collect();
        assert_eq!((first.record.kind, fields), (RecordKind::TenantUser, vec![Field::Title]));
    }
    let served = serve(&world, &[wanted(ANN, &scanner), wanted(ANN, &scanner)]);
    assert!(served.asked.iter().all(|asked| matches!(asked.plan, Answer::Refused { .. })));
    assert_eq!(changes(&served).len(), 0);
    let sales = [(Field::Department, "Sales")];
    let served = serve(&world, &[wanted(ANN, &scanner), wanted(ANN, &sales)]);
    assert!(served.asked.iter().all(|asked| matches!(asked.plan, Answer::Change(_))), "the last one counts");
}

#[test]
fn what_is_remembered_stays_as_it_was() {
    let world = world().recorded(1, Some(1), None);
    let served = serve(&world, &[wanted(ANN, &[(Field::Title, "Head")])]);
    assert_eq!(served.known[0].links, world.memory.links["Contoso"]);
    assert_eq!(served.known[0].counts.len(), 3);
}

#[test]
fn details_records_are_no_part_of_it() {
    let mut world = world().on(Row::UserDetails);
    edit_details(&mut world.companies[0], |_| ());
    let kept = |all: &[&Change]| all.iter().any(|change| change.record.kind == RecordKind::Details);
    let plan = world.plan();
    assert!(kept(&plan.companies[0].changes.iter().collect::<Vec<_>>()));
    let served = serve(&world, &[wanted(ANN, &[(Field::DisplayName, "Ann")])]);
    assert!(!kept(&changes(&served)));
}

#[test]
fn a_text_that_says_nothing_is_refused_and_what_cannot_be_seen_is_not_written() {
    let world = world();
    let served = serve(&world, &[wanted(ANN, &[(Field::Title, ".")])]);
    assert!(changes(&served).is_empty());
    assert!(
        matches!(&served.asked[0].plan, Answer::Refused { reason, .. } if reason.contains("says nothing"))
    );
    let served = serve(&world, &[wanted(ANN, &[(Field::Title, "Head\u{200b} of\u{a0}It")])]);
    let titles: Vec<_> = changes(&served)
        .iter()
        .flat_map(|change| &change.fields)
        .filter(|field| field.field == Field::Title)
        .map(|field| &field.after)
        .collect();
    assert!(
        !titles.is_empty()
            && titles.iter().all(|after| **after == crate::plan::NewValue::Text("Head of It".to_owned())),
        "{titles:?}"
    );
}

#[test]
fn protected_people_are_for_the_guards() {
    let mut world = world();
    world.policy().protected.push("ann@*".to_owned());
    let served = serve(&world, &[wanted(ANN, &[(Field::Title, "Head")])]);
    assert_eq!(served.outcome.breaches.len(), 1);
}

proptest! {
    /// Whatever is asked, no other person is changed, and once applied nothing is left of it.
    #[test]
    fn nobody_else_is_changed_and_nothing_is_left(
        asked in prop::collection::vec(
            (prop::sample::select(vec!["ann", "bo", "zoe"]),
             prop::sample::select(vec![Field::Title, Field::Phone, Field::Department]),
             "([1-9][0-9]{0,3})?"),
            1..5
        )
    ) {
        let mut world = world();
        let all: Vec<WantedRequest> = asked
            .iter()
            .map(|(who, field, text)| wanted(&format!("{who}@contoso.example"), &[(*field, text.as_str())]))
            .collect();
        let served = serve(&world, &all);
        let named = |change: &&Change| {
            let email = change.who.email.as_deref().unwrap_or_default();
            all.iter().any(|one| one.request.user == email)
        };
        prop_assert_eq!(changes(&served).iter().filter(|change| named(change)).count(), changes(&served).len());
        world.apply(&served.outcome);
        let last: BTreeMap<(&str, Field), &str> =
            asked.iter().map(|(who, field, text)| ((*who, *field), text.as_str())).collect();
        let lasting: Vec<WantedRequest> = last
            .iter()
            .map(|((who, field), text)| wanted(&format!("{who}@contoso.example"), &[(*field, *text)]))
            .collect();
        let again = serve(&world, &lasting);
        prop_assert_eq!(changes(&again).len(), 0);
        for (asked, ((who, _), _)) in again.asked.iter().zip(&last) {
            prop_assert_eq!(asked.plan == Answer::Held, *who != "zoe");
        }
    }
}
