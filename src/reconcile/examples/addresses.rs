//! Which texts are addresses, which of several counts, and what becomes of those who have none.

use std::sync::Arc;

use crate::model::{Contact, Field, Reading, Row, User};
use crate::plan::EvidenceKind;
use crate::reconcile::worlds::*;
use crate::reconcile::{AddressRule, Decision, Rule, Split, Stated};
use crate::text::email;

fn mailed(mut contact: Contact, text: &str) -> Contact {
    contact.fields.set(Field::Email, text);
    contact
}

fn named(mut contact: Contact, first: &str, last: &str) -> Contact {
    contact.fields.set(Field::FirstName, first);
    contact.fields.set(Field::LastName, last);
    contact
}

/// A user without an address in 365, read under this rule.
fn without_mail(rule: AddressRule, mut user: User, others: impl IntoIterator<Item = Piece>) -> World {
    user.named_only = true;
    let mut world = World::with([Piece::User(user)].into_iter().chain(others));
    world.policy().address = rule;
    if let Reading::Complete(tenant) = &mut world.companies[0].tenant {
        *tenant = rule.seen(Arc::clone(tenant));
    }
    world
}

#[test]
fn an_address_with_something_around_it_holds_back_every_create() {
    for text in [
        "<ann@contoso.example>",
        "mailto:ann@contoso.example",
        "ann@contoso.example,",
        "ann@contoso.example.",
        "ann@contoso.example*",
        "ann@contoso.example&nbsp;",
        "&lt;ann@contoso.example&gt;",
        "ann@contoso.example%20",
    ] {
        let world =
            World::with([Piece::User(user(1, "ann")), Piece::Contact(mailed(contact(7, "ann"), text))])
                .on(Row::UserDetails);
        let plan = world.only();
        assert_eq!(plan.changes, [], "{text}");
        let said: Vec<&str> = plan.skipped.iter().map(|skip| skip.reason.as_str()).collect();
        let expected = format!(
            "neither contact nor portal user is made: contact 7 holds `{text}`, which is no address; correct it"
        );
        assert!(said.contains(&expected.as_str()), "{said:?}");
    }
}

#[test]
fn a_typographic_apostrophe_holds_back_the_person_meant_and_no_other() {
    let text = "pat.o’neil@contoso.example";
    let of = |local: &str| {
        let contact = named(mailed(contact(7, "pat"), text), "Pat", "O’Neil");
        World::with([Piece::User(user(1, local)), Piece::Contact(contact)]).only()
    };
    assert_eq!(briefs(&of("pat.o'neil")), [""; 0]);
    assert!(briefs(&of("neil")).iter().any(|brief| brief.starts_with("create contact")));
}

#[test]
fn a_further_address_with_something_around_it_holds_back_every_create() {
    for text in ["<ann@contoso.example>", "ann@contoso.example;"] {
        let mut held = contact(7, "a.lee@home.example");
        held.alternates = vec![text.to_owned()];
        let plan = World::with([Piece::User(user(1, "ann")), Piece::Contact(held)]).only();
        assert!(briefs(&plan).iter().all(|brief| !brief.contains("create contact")), "{:?}", briefs(&plan));
        let expected = format!("contact 7 holds `{text}`, which is no address; correct it");
        assert!(reasons(&plan).iter().any(|reason| reason.contains(&expected)), "{:?}", reasons(&plan));
    }
}

#[test]
fn a_typographic_hyphen_holds_back_the_person_meant_and_no_other() {
    for hyphen in ['\u{2010}', '\u{2011}', '\u{2013}', '\u{2212}'] {
        for text in [format!("mary{hyphen}ann@contoso.example"), format!("mary-ann@contoso{hyphen}x.example")]
        {
            let of = |address: &str| {
                let contact = named(mailed(contact(7, "mary"), &text), "Mary", "Ann");
                World::with([Piece::User(user(1, address)), Piece::Contact(contact)]).only()
            };
            let typed = text.replace(hyphen, "-");
            assert_eq!(briefs(&of(&typed)), [""; 0], "{text}");
            assert!(briefs(&of("ann")).iter().any(|brief| brief.starts_with("create contact")), "{text}");
        }
    }
}

#[test]
fn of_several_addresses_in_one_text_the_name_must_agree_as_well() {
    let text = "ann@contoso.example; home@home.example";
    let two = |contact| World::with([Piece::User(user(1, "ann")), Piece::Contact(mailed(contact, text))]);
    assert_eq!(two(contact(7, "ann")).only().changes, []);
    let other = two(named(contact(7, "ann"), "Front", "Desk")).only();
    assert!(briefs(&other).iter().any(|brief| brief.contains("create")), "{:?}", briefs(&other));
}

#[test]
fn a_decision_that_the_two_are_different_people_lets_both_be_made() {
    let mut world = World::with([
        Piece::User(user(1, "ann")),
        Piece::Contact(mailed(contact(7, "ann"), "<ann@contoso.example>")),
    ]);
    world.decisions.splits.push(Split { user: guid(1), contact: 7.into() });
    let plan = world.only();
    assert!(
        briefs(&plan).iter().filter(|brief| brief.contains("create")).count() == 2,
        "{:?}",
        briefs(&plan)
    );
}

#[test]
fn a_portal_user_with_something_around_the_address_gets_no_twin() {
    let mut held = portal("p1", "ann", None);
    held.fields.set(Field::Email, "<ann@contoso.example>");
    held.fields.set(Field::UserName, "");
    let plan = World::with([Piece::User(user(1, "ann")), Piece::Portal(held)]).only();
    let portal_users =
        plan.changes.iter().filter(|change| change.record.kind == crate::plan::RecordKind::PortalUser);
    assert_eq!(portal_users.count(), 0, "{:?}", briefs(&plan));
    assert!(
        plan.skipped.iter().any(|skip| skip.reason.contains("portal user p1 holds `<ann@contoso.example>`"))
    );
}

#[test]
fn a_hidden_character_or_the_spelling_of_a_domain_makes_no_other_address() {
    for (own, held) in [
        ("ann@contoso.example", "ann@contoso.example\u{200b}"),
        ("ann@contoso.example", "\u{feff}Ann@contoso.example\u{a0}"),
        ("ann@xn--bcher-kva.example", "ann@b\u{fc}cher.example"),
    ] {
        let mut ann = user(1, "ann");
        ann.fields.set(Field::Email, own);
        let plan = World::with([Piece::User(ann), Piece::Contact(mailed(contact(7, "ann"), held))]).only();
        let change = plan.changes.iter().find(|change| change.record.id == Some(7.into())).expect("linked");
        let decided = change.evidence.iter().find(|evidence| evidence.decided).map(|evidence| evidence.kind);
        assert_eq!(decided, Some(EvidenceKind::PrimaryEmail), "{held:?}");
        assert!(change.fields.iter().all(|field| field.field != Field::Email), "{held:?}");
    }
}

#[test]
fn a_contact_with_an_address_that_the_tenant_gave_gets_the_real_one() {
    let given = "ann@contoso.initial.example";
    let mut ann = user(1, "ann");
    ann.alternates = vec![given.to_owned()];
    ann.given = vec![given.to_owned()];
    let [_, _, portal] = agreed(1, "ann");
    let mut world = World::with([Piece::User(ann), Piece::Contact(mailed(contact(1, "ann"), given)), portal]);
    let plan = world.only();
    let change = plan.changes.iter().find(|change| change.record.id == Some(1.into())).expect("linked");
    let email = change.fields.iter().find(|field| field.field == Field::Email).expect("a better address");
    assert_eq!(email.before.as_deref(), Some(given));
    let outcome = world.plan();
    world.apply(&outcome);
    assert_eq!(world.only().changes, []);
}

#[test]
fn an_alias_that_people_gave_stays_the_address_of_a_contact() {
    let mut ann = user(1, "ann.lee");
    ann.alternates = vec!["ann@contoso.example".into()];
    let plan = World::with([Piece::User(ann), Piece::Contact(contact(7, "ann"))]).only();
    let change = plan.changes.iter().find(|change| change.record.id == Some(7.into())).expect("linked");
    assert!(change.fields.iter().all(|field| field.field != Field::Email));
}

#[test]
fn a_user_without_a_mailbox_comes_and_goes_by_the_same_rule() {
    let nell = || user(1, "nell");
    let gone = || User { enabled: Some(false), ..nell() };
    let records = || [Piece::Contact(contact(7, "nell"))];
    let by_name = without_mail(AddressRule::MailOrUserName, nell(), records()).only();
    assert!(!by_name.changes.is_empty());
    let by_mail = without_mail(AddressRule::Mail, nell(), records()).only();
    assert!(
        by_mail.changes.iter().all(|change| change.record.id != Some(7.into())),
        "{:?}",
        briefs(&by_mail)
    );
    assert_eq!(by_mail.excluded.iter().filter(|out| out.reason == "no usable email").count(), 1);
    let leaves =
        |plan: &crate::plan::CompanyPlan| briefs(plan).iter().any(|brief| brief.contains("deactivate"));
    assert!(!leaves(&without_mail(AddressRule::Mail, gone(), records()).only()));
}

#[test]
fn lists_name_an_address_in_any_of_its_spellings() {
    let jo = || {
        let mut jo = user(1, "jo");
        jo.fields.set(Field::Email, "jo@xn--bcher-kva.example");
        jo.user_name = "jo@xn--bcher-kva.example".into();
        World::with([Piece::User(jo)])
    };
    for named in ["Jo@b\u{fc}cher.example", "jo@xn--bcher-kva.example\u{200b}"] {
        let mut world = jo();
        world.decisions.ignore.insert(named.to_owned());
        assert_eq!(world.only().changes, [], "{named}");
    }
    let mut world = jo();
    let Reading::Complete(side) = &mut world.companies[0].tenant else { panic!("read") };
    Arc::make_mut(side).tenant.domains = vec!["xn--bcher-kva.example".into()];
    world.companies[0].settings().domains = vec!["xn--bcher-kva.example".into()];
    assert!(!world.only().changes.is_empty());
    let mut world = jo();
    world.policy().protected.push("*@b\u{fc}cher.*".to_owned());
    assert_eq!(world.plan().breaches.len(), 1);
}

#[test]
fn what_names_a_domain_or_an_address_in_another_spelling_is_told_as_it_is_written() {
    let jo = || {
        let mut jo = user(1, "jo");
        jo.fields.set(Field::Email, "jo@b\u{fc}cher.example");
        jo.user_name = "jo@b\u{fc}cher.example".into();
        World::with([Piece::User(jo)])
    };
    let state = |rule| Stated { file: "crsync.toml".to_owned(), line: 1, rule };
    // A domain that the file spells as people read it, and one that no record has.
    let mut world = jo();
    for text in ["b\u{fc}cher.example", "gr\u{fc}n.example"] {
        world.companies[0].settings().domains.push(email::domain_key(text));
        world.policy().stated.push(state(Rule::Domain(text.to_owned())));
    }
    let plan = world.only();
    assert!(
        plan.unread.iter().any(|unread| unread.reason.contains("`domains` names gr\u{fc}n.example, which")),
        "{:?}",
        plan.unread
    );
    let settings = |world: &World| -> Vec<String> {
        world.plan().findings.into_iter().map(|finding| finding.setting).collect()
    };
    assert_eq!(settings(&world), ["domains \"gr\u{fc}n.example\""]);
    // A decision names an address in the spelling for comparing.
    let mut world = jo();
    for who in ["jo@xn--bcher-kva.example", "Jo@B\u{fc}cher.example"] {
        world.decisions.stated.push(state(Rule::Decision(Decision::Ignore(who.to_owned()))));
    }
    assert_eq!(settings(&world), Vec::<String>::new());
}

#[test]
fn a_full_stop_is_no_name_and_overwrites_none() {
    let mut ann = user(1, "ann");
    for field in [Field::LastName, Field::Title] {
        ann.fields.set(field, ".");
    }
    let [_, contact, portal] = agreed(1, "ann");
    let mut world = World::with([Piece::User(ann), contact, portal]);
    assert_eq!(world.only().changes, []);
    world.policy().require_name = crate::reconcile::RequireName::Both;
    world.policy().rows.insert(Row::RequireName);
    assert!(world.only().excluded.iter().any(|out| out.reason == "no name"));
}
