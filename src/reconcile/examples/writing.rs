//! What is written to contacts and companies.

use crate::model::{Contact, Field, FieldShape, Reading, Row, Shape, Side, Udf, UdfKind};
use crate::plan::{Action, NewValue, RecordKind, Skip};
use crate::reconcile::worlds::*;
use crate::reconcile::{FieldRule, When};

/// Ann in agreement, then something done to her user and her contact. Only the PSA is looked at.
pub(super) fn ann(user: &[(Field, &str)], contact: &[(Field, &str)]) -> World {
    let mut world = World::with(agreed(1, "ann")).off(Row::SyncFrom365).off(Row::SyncFromPsa);
    edit_users(&mut world.companies[0], |all| {
        for (field, text) in user {
            all[0].fields.set(*field, text);
        }
    });
    edit_contacts(&mut world.companies[0], |all| {
        for (field, text) in contact {
            all[0].fields.set(*field, text);
        }
    });
    world
}

pub(super) fn rule(world: &mut World, field: Field, when: When, clear: bool) {
    let usual = FieldRule { when, clear, sources: vec![Side::Tenant] };
    let rule = world.policy().contact_fields.entry(field).or_insert(usual);
    (rule.when, rule.clear) = (when, clear);
}

pub(super) fn text(text: &str) -> NewValue {
    NewValue::Text(text.into())
}

fn for_company(world: &World) -> Vec<Skip> {
    world.only().skipped.into_iter().filter(|skip| skip.who.is_none()).collect()
}

#[test]
fn names_title_and_phones_follow_365_in_one_change() {
    let fields = [(Field::LastName, "Lee-Ray"), (Field::Title, "Head"), (Field::Mobile, "+1 555 0100")];
    let world = ann(&fields, &[(Field::Title, "Clerk")]);
    let plan = world.only();
    assert_eq!(briefs(&plan), ["update contact 1: last-name, title, mobile"]);
    let title = &plan.changes[0].fields[1];
    assert_eq!((title.before.as_deref(), &title.after), (Some("Clerk"), &text("Head")));
}

#[test]
fn blank_in_365_never_erases_unless_the_rule_says_so() {
    let mut world = ann(&[(Field::Title, "")], &[(Field::Title, "Clerk")]);
    assert_eq!(world.only().changes, []);
    rule(&mut world, Field::Title, When::Always, true);
    assert_eq!(world.only().changes[0].fields[0].after, NewValue::Blank);
}

#[test]
fn a_field_that_was_not_read_changes_nothing() {
    let mut world = ann(&[(Field::Title, "Head")], &[]);
    edit_contacts(&mut world.companies[0], |all| {
        let kept = all[0].fields.iter().filter(|(field, _)| *field != Field::Title);
        all[0].fields = kept.map(|(field, text)| (field, text.to_owned())).collect();
    });
    assert_eq!(world.only().changes, []);
    let mut world = ann(&[], &[(Field::Title, "Clerk")]);
    rule(&mut world, Field::Title, When::Always, true);
    edit_users(&mut world.companies[0], |all| {
        let kept = all[0].fields.iter().filter(|(field, _)| *field != Field::Title);
        all[0].fields = kept.map(|(field, text)| (field, text.to_owned())).collect();
    });
    assert_eq!(world.only().changes, []);
}

#[test]
fn fields_are_written_when_their_rule_says_so() {
    let mut world = ann(&[(Field::Title, "Head"), (Field::City, "Oslo")], &[]);
    assert_eq!(briefs(&world.only()), ["update contact 1: title"], "addresses are off by default");
    rule(&mut world, Field::Title, When::OnCreate, false);
    rule(&mut world, Field::City, When::Always, false);
    assert_eq!(briefs(&world.only()), ["update contact 1: city"]);
}

#[test]
fn names_stay_as_they_are_where_that_is_asked_for_but_new_contacts_have_them() {
    let mut world = ann(&[(Field::LastName, "Ray"), (Field::Title, "Head")], &[]).on(Row::IgnoreNameUpdates);
    world.add(Piece::User(user(2, "bo")));
    assert_eq!(
        briefs(&world.only()),
        [
            "update contact 1: title",
            "create contact new: first-name, last-name, email, IsOffice365, Office365Id"
        ]
    );
}

#[test]
fn long_values_are_shortened_and_then_agree() {
    let mut world = ann(&[(Field::Title, "Head of Sales and of Marketing")], &[]);
    let outcome = world.plan();
    let title = &outcome.companies[0].changes[0].fields[0];
    assert_eq!(
        (&title.after, title.note.as_deref()),
        (&text("Head of Sales and of"), Some("shortened to 20 characters"))
    );
    world.apply(&outcome);
    assert_eq!(world.only().changes, []);
}

#[test]
fn a_number_that_cannot_fit_is_skipped_with_its_reason() {
    let plan = ann(&[(Field::Phone, "+1 555 0100 0200 0300 0400 0500")], &[]).only();
    assert_eq!(plan.changes, []);
    assert_eq!(plan.skipped[0].reason, "phone is not written: it has 31 characters and the field takes 20");
}

#[test]
fn a_user_without_a_contact_gets_one() {
    let world = World::with([Piece::User(user(1, "ann"))]);
    let plan = world.only();
    let change = &plan.changes[0];
    assert_eq!(brief(change), "create contact new: first-name, last-name, email, IsOffice365, Office365Id");
    assert_eq!(change.key.0, format!("Contoso/contact/new/{}", guid(1)));
    assert_eq!((change.record.company.as_str(), &change.evidence), ("101", &vec![]));
    assert_eq!(
        (change.who.name.as_str(), change.who.email.as_deref()),
        ("ann Lee", Some("ann@contoso.example"))
    );
}

#[test]
fn no_contact_is_made_where_that_is_off() {
    let mut world = World::with([Piece::User(user(1, "ann"))]).off(Row::SyncFrom365).off(Row::SyncFromPsa);
    assert_eq!(world.only().changes.len(), 1);
    world.policy().create_contacts = false;
    assert_eq!(world.only().changes, []);
    world.policy().create_contacts = true;
    assert_eq!(world.off(Row::UpdateContact).only().changes, []);
}

#[test]
fn a_contact_that_lacks_what_the_psa_needs_is_not_made() {
    let mut ann = user(1, "ann");
    ann.fields.set(Field::LastName, "");
    let plan = World::with([Piece::User(ann)]).off(Row::SyncFrom365).only();
    assert_eq!(plan.changes, []);
    assert_eq!(plan.skipped[0].reason, "no contact is made: last-name is missing, and a contact needs one");
}

#[test]
fn a_contact_without_its_email_is_not_made() {
    let mut world = World::with([Piece::User(user(1, "ann"))]).off(Row::SyncFrom365);
    rule(&mut world, Field::Email, When::Never, false);
    assert_eq!(world.only().changes, []);
}

#[test]
fn nobody_gets_a_contact_whose_address_another_contact_has() {
    let mut second = user(2, "ann.two");
    second.user_name = "ann@contoso.example".into();
    let world = World::with(agreed(1, "ann").into_iter().chain([Piece::User(second)])).off(Row::SyncFrom365);
    let plan = world.only();
    assert_eq!(plan.conflicts, []);
    assert!(plan.changes.is_empty(), "{:?}", briefs(&plan));
    assert_eq!(
        plan.skipped[0].reason,
        "no contact is made: ann@contoso.example belongs to contact 1 already"
    );
}

#[test]
fn no_contact_is_made_for_an_address_that_a_contact_has_as_a_further_one() {
    for row in [Row::MatchPsaAlternates, Row::SyncFrom365] {
        let mut other = contact(5, "reception");
        other.alternates = vec!["ann@contoso.example".into()];
        let world = World::with([Piece::User(user(1, "ann")), Piece::Contact(other)])
            .off(Row::MatchPsaAlternates)
            .off(row);
        let plan = world.only();
        assert!(
            !briefs(&plan).iter().any(|brief| brief.starts_with("create contact")),
            "{:?}",
            briefs(&plan)
        );
        let skip =
            plan.skipped.iter().find(|skip| skip.reason.starts_with("no contact is made")).expect("why");
        assert_eq!(
            skip.reason,
            "no contact is made: ann@contoso.example is a further address of contact 5 already"
        );
        assert!(skip.next.as_deref().is_some_and(|next| next.contains("pin")), "{:?}", skip.next);
    }
}

#[test]
fn a_field_that_is_left_out_for_now_is_told_with_its_own_reason() {
    let mut world = World::with([Piece::User(user(1, "ann"))]);
    world.psa_shape =
        world.psa_shape.without(Field::Mobile, "no contact has one", "give one a mobile number");
    let plan = world.only();
    let skip = plan.skipped.iter().find(|skip| skip.reason.contains("mobile")).expect("a line");
    assert_eq!(skip.reason, "update-contact: mobile is not written: no contact has one");
    assert_eq!((skip.next.as_deref(), skip.strict), (Some("give one a mobile number"), false));
}

#[test]
fn presence_is_written_as_the_field_takes_it() {
    let list = UdfKind::List(vec![("1".into(), "No".into()), ("2".into(), "Yes".into())]);
    let kinds =
        [(UdfKind::Checkbox, "true"), (UdfKind::Text(None), "true"), (UdfKind::Number, "1"), (list, "2")];
    for (kind, expected) in kinds {
        let mut world = ann(&[], &[(Field::Udf(Udf::IsOffice365), "")]);
        world.psa_shape = world.psa_shape.with_udf(udf(Udf::IsOffice365, kind.clone()));
        let outcome = world.plan();
        assert_eq!(outcome.companies[0].changes[0].fields[0].after, text(expected), "{kind:?}");
        world.apply(&outcome);
        assert_eq!(world.only().changes, [], "{kind:?}");
    }
}

#[test]
fn another_word_for_yes_is_left_as_it_is() {
    let mut world = ann(&[], &[(Field::Udf(Udf::IsOffice365), "Yes")]);
    world.psa_shape = world.psa_shape.with_udf(udf(Udf::IsOffice365, UdfKind::Text(None)));
    assert_eq!(world.only().changes, []);
}

#[test]
fn contacts_that_never_had_a_user_say_nothing_about_365() {
    let plan = World::with([Piece::Contact(contact(7, "ann"))]).only();
    assert!(plan.changes.iter().all(|change| change.record.kind != RecordKind::Contact));
}

#[test]
fn a_field_that_cannot_hold_its_value_is_one_line_for_the_company() {
    let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")));
    world.psa_shape = world
        .psa_shape
        .with_udf(udf(Udf::IsOffice365, UdfKind::Date))
        .with_udf(udf(Udf::Office365Id, UdfKind::List(vec![])))
        .with_udf(udf(Udf::Tenant365Id, UdfKind::Text(Some(30))));
    let skips = for_company(&world);
    assert_eq!(skips.len(), 3);
    assert!(skips.iter().all(|skip| skip.strict && skip.next.is_some()));
    assert_eq!(skips[1].reason, "the field Office365Id is a list, which cannot hold an id");
    assert_eq!(skips[1].next.as_deref(), Some("make the contact UDF `Office365Id` a text field"));
}

#[test]
fn a_missing_field_says_how_to_make_it() {
    let mut world = World::with(agreed(1, "ann"));
    world.psa_shape = Shape::new(CONTACT.map(|field| (field, FieldShape::default())));
    let skips = for_company(&world);
    assert_eq!(skips.len(), 3);
    assert_eq!(skips[0].reason, "office365-presence: Testdesk has no contact UDF `IsOffice365`");
    assert_eq!(skips[2].next.as_deref(), Some("create the company UDF `Tenant365Id` (text) in Testdesk"));
}

#[test]
fn the_company_keeps_the_id_of_its_tenant() {
    let mut world = World::with(agreed(1, "ann"));
    let Reading::Complete(psa) = &mut world.companies[0].psa else { unreachable!() };
    psa.company.fields.set(Field::Udf(Udf::Tenant365Id), "");
    let plan = world.only();
    assert_eq!(briefs(&plan), ["update psa company 101: Tenant365Id"]);
    assert_eq!(plan.changes[0].fields[0].after, text(TENANT));
    assert_eq!(world.off(Row::TenantId).only().changes, []);
}

#[test]
fn territory_and_account_manager_follow_the_psa_but_blank_erases_nothing() {
    let mut world = World::with(agreed(1, "ann"));
    let Reading::Complete(psa) = &mut world.companies[0].psa else { unreachable!() };
    psa.company.fields.set(Field::Territory, "South");
    psa.company.fields.set(Field::AccountManager, "");
    let plan = world.only();
    assert_eq!(briefs(&plan), ["update portal company 1: territory"]);
    assert_eq!(plan.changes[0].fields[0].after, text("South"));
    assert_eq!(world.off(Row::CompanyDetails).only().changes, []);
}

#[test]
fn changes_stand_in_the_order_in_which_they_can_be_made() {
    let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")).chain(agreed(3, "cy")));
    world.add(Piece::User(user(4, "di")));
    edit_users(&mut world.companies[0], |all| {
        all[0].enabled = Some(false);
        all[1].fields.set(Field::Title, "Head");
    });
    edit_contacts(&mut world.companies[0], |all| all[2].active = Some(false));
    let plan = world.only();
    let order: Vec<(RecordKind, Action)> =
        plan.changes.iter().map(|change| (change.record.kind, change.action)).collect();
    let expected = [
        (RecordKind::Contact, Action::Reactivate),
        (RecordKind::Contact, Action::Update),
        (RecordKind::Contact, Action::Create),
        (RecordKind::PortalUser, Action::Update),
        (RecordKind::PortalUser, Action::Create),
        (RecordKind::Contact, Action::Deactivate),
        (RecordKind::PortalUser, Action::Deactivate),
    ];
    assert_eq!(order, expected);
}

#[test]
fn an_address_that_moves_to_a_contact_waits_while_another_contact_keeps_it() {
    let mut world = ann(&[], &[(Field::Email, "old@contoso.example")]);
    rule(&mut world, Field::Email, When::Always, false);
    assert_eq!(briefs(&world.only()), ["update contact 1: email"]);
    world.add(Piece::Contact(Contact { active: Some(false), ..contact(9, "ann") }));
    let plan = world.only();
    assert_eq!(plan.changes, []);
    assert!(
        plan.skipped[0].reason.contains("another contact has or gets ann@contoso.example"),
        "{:?}",
        plan.skipped
    );
}

#[test]
fn an_address_that_another_user_has_as_well_is_not_written_to_a_contact() {
    let mut world = ann(&[], &[(Field::Email, "old@contoso.example")]);
    rule(&mut world, Field::Email, When::Always, false);
    let mut other = user(2, "ann");
    other.enabled = Some(false);
    let mut disabled = world.clone();
    disabled.add(Piece::User(other));
    assert_eq!(briefs(&disabled.only()), ["update contact 1: email"], "a disabled one yields");
    world.add(Piece::User(user(2, "ann")));
    let plan = world.only();
    assert_eq!(plan.changes, [], "it would contradict the stored id from then on");
    assert_eq!(
        plan.skipped[0].reason,
        "the email is not written: another 365 user has ann@contoso.example as well"
    );
}

#[test]
fn a_rule_for_a_field_that_contacts_lack_is_told_once() {
    let mut world = ann(&[], &[]);
    assert_eq!(for_company(&world), []);
    rule(&mut world, Field::Department, When::Always, false);
    rule(&mut world, Field::DisplayName, When::OnCreate, false);
    let skips = for_company(&world);
    assert_eq!(skips.len(), 1);
    assert_eq!(
        skips[0].reason,
        "update-contact: contacts of Testdesk have no field for display-name, department, 1 contacts left as they are"
    );
    assert_eq!(
        skips[0].next.as_deref(),
        Some("write display-name = \"never\", department = \"never\" under [fields.contact]")
    );
    assert!(skips[0].strict);
    assert_eq!(for_company(&world.off(Row::UpdateContact)), [], "contacts do not follow 365 at all");
}

#[test]
fn a_missing_field_is_named_as_the_configuration_names_it() {
    let mut world = ann(&[], &[]);
    let names = [(Udf::Office365Id, " Entra id ".to_owned()), (Udf::Tenant365Id, "Entra tenant".to_owned())];
    let bare = CONTACT.map(|field| (field, FieldShape::default()));
    world.psa_shape = Shape::new(bare).with_udf_names(&names.into());
    let reasons: Vec<String> = for_company(&world).into_iter().map(|skip| skip.reason).collect();
    assert!(
        reasons.contains(&"office365-id: Testdesk has no contact UDF `Entra id`".to_owned()),
        "{reasons:?}"
    );
    assert!(reasons.contains(&"tenant-id: Testdesk has no company UDF `Entra tenant`".to_owned()));
    assert!(reasons.contains(&"office365-presence: Testdesk has no contact UDF `IsOffice365`".to_owned()));
}
