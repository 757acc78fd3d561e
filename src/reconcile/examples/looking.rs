//! Leaving is an event of 365 that happens to people who took part, and it is seen twice.

use crate::model::{Detail, Field, Id, Look, Row, Side, Sku, Udf, User, UserKind};
use crate::plan::{CompanyPlan, Left};
use crate::reconcile::worlds::*;
use crate::reconcile::{Explained, NeverSeen, link};

const LEAVES: [&str; 2] = ["deactivate contact 1: active", "deactivate portal user p1: login"];
const LOGIN: [&str; 1] = ["deactivate portal user p1: login"];

/// Ann, linked by nothing but her address, with `edit` done to her user; nothing stored, nothing remembered. Bo is in
/// agreement.
fn stranger(edit: impl FnOnce(&mut User)) -> World {
    let mut ann = user(1, "ann");
    edit(&mut ann);
    let pieces =
        [Piece::User(ann), Piece::Contact(contact(1, "ann")), Piece::Portal(portal("p1", "ann", Some(1)))];
    World::with(pieces.into_iter().chain(agreed(2, "bo")))
}

fn mailbox(user: &mut User) {
    (user.enabled, user.licences) = (Some(false), Some([].into()));
}

/// Ann and Bo in agreement, as a run has seen and remembered them, without ids in the PSA.
fn seen() -> World {
    let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo"))).off(Row::Office365Id);
    edit_contacts(&mut world.companies[0], |all| {
        for contact in all.iter_mut() {
            contact.fields.set(Field::Udf(Udf::Office365Id), "");
            contact.fields.set(Field::Udf(Udf::IsOffice365), "");
        }
    });
    let mut world = world.off(Row::Office365Presence);
    world.remember();
    world
}

fn edit_ann(world: &mut World, edit: impl FnOnce(&mut User)) {
    edit_users(&mut world.companies[0], |all| edit(&mut all[0]));
}

fn licences(all: &[&str]) -> Vec<String> {
    all.iter().map(|sku| (*sku).to_owned()).collect()
}

/// Plans, applies and remembers, as a run does; gives what was written.
fn run(world: &mut World) -> Vec<String> {
    let done = world.looked().reconciled();
    let written = briefs(&done.outcome.companies[0]);
    world.remember();
    world.apply(&done.outcome);
    written
}

fn listed(plan: &CompanyPlan, reason: &str) -> Vec<(Side, Id)> {
    let listed = plan.excluded.iter().filter(|out| out.reason == reason);
    listed.map(|out| (out.side, out.id.clone())).collect()
}

fn says(plan: &CompanyPlan, words: &str) -> bool {
    plan.skipped.iter().any(|skip| skip.reason.contains(words) && skip.next.is_some())
}

fn standing(world: &World) -> String {
    match world.looked().explain("ann@contoso.example") {
        Explained::One(ann) => ann.standing,
        other => panic!("one person: {other:?}"),
    }
}

#[test]
fn a_shared_mailbox_that_never_took_part_keeps_contact_and_portal_user_at_every_run() {
    let mut world = stranger(mailbox);
    for _ in 0..3 {
        let plan = world.only();
        assert_eq!(briefs(&plan), [""; 0]);
        assert_eq!(
            listed(&plan, "never took part"),
            [(Side::Psa, Id::from(1)), (Side::Portal, Id::from("p1"))]
        );
        assert!(says(&plan, "never took part: 1 with a 365 user that is disabled"), "{:?}", plan.skipped);
        assert!(standing(&world).starts_with("never took part"), "{}", standing(&world));
        assert_eq!(link(&world.input()).looks_wanted().len(), 0, "no look is spent on it");
        assert_eq!(run(&mut world), [""; 0]);
    }
}

#[test]
fn unlicensed_staff_that_never_took_part_keep_theirs_also_where_only_a_free_licence_is_left() {
    for held in [&[][..], &[FREE]] {
        let mut world = stranger(|user| user.licences = Some(licences(held).into()));
        world.policy().exclude_licenses.insert("flow_free".into());
        for _ in 0..3 {
            assert_eq!(listed(&world.only(), "never took part").len(), 2);
            assert_eq!(run(&mut world), [""; 0]);
        }
    }
}

#[test]
fn a_stored_id_a_mark_or_an_earlier_run_say_that_a_leaver_took_part() {
    let id = (Udf::Office365Id, guid(1).to_string());
    for (udf, text) in [id, (Udf::IsOffice365, "true".to_owned())] {
        let mut world = stranger(mailbox);
        edit_contacts(&mut world.companies[0], |all| all[0].fields.set(Field::Udf(udf), text));
        assert_eq!(briefs(&world.only()), LEAVES, "{udf:?}");
    }
    let mut world = seen();
    edit_ann(&mut world, mailbox);
    assert_eq!(briefs(&world.only()), LEAVES);
    world.memory.links.clear();
    assert_eq!(briefs(&world.only()), [""; 0]);
}

#[test]
fn a_mark_beside_another_id_speaks_of_that_other_account() {
    let mut world = stranger(mailbox);
    edit_contacts(&mut world.companies[0], |all| {
        all[0].fields.set(Field::Udf(Udf::IsOffice365), "true");
        all[0].fields.set(Field::Udf(Udf::Office365Id), guid(77).as_str());
    });
    assert!(world.only().changes.iter().all(|change| change.record.id != Some(1.into())));
}

#[test]
fn a_licence_that_is_excluded_makes_no_leaver_at_any_later_run() {
    let mut world = seen();
    edit_ann(&mut world, |user| user.licences = Some(licences(&[FREE]).into()));
    assert_eq!(run(&mut world), [""; 0]);
    world.policy().exclude_licenses.insert("flow_free".into());
    for _ in 0..3 {
        let plan = world.only();
        assert_eq!(listed(&plan, "out of scope by a setting").len(), 2);
        assert!(says(&plan, "out of scope by a setting (require-license and exclude-licenses): 1 who"));
        assert!(standing(&world).starts_with("out of scope by a setting"));
        assert_eq!(run(&mut world), [""; 0]);
    }
    edit_ann(&mut world, |user| user.enabled = Some(false));
    assert_eq!(run(&mut world), LEAVES, "being disabled is an event all the same");
}

#[test]
fn a_licence_that_becomes_required_makes_no_leaver_at_any_later_run() {
    let mut world = seen().off(Row::RequireLicense);
    edit_ann(&mut world, |user| user.licences = Some(licences(&[]).into()));
    assert_eq!(run(&mut world), [""; 0]);
    let mut world = world.on(Row::RequireLicense);
    for _ in 0..3 {
        assert_eq!(run(&mut world), [""; 0]);
    }
}

#[test]
fn losing_the_last_licence_that_counted_is_leaving_also_where_a_free_one_remains() {
    let mut world = seen();
    world.policy().exclude_licenses.insert("flow_free".into());
    edit_ann(&mut world, |user| user.licences = Some(licences(&[E3, FREE]).into()));
    assert_eq!(run(&mut world), [""; 0]);
    edit_ann(&mut world, |user| user.licences = Some(licences(&[FREE]).into()));
    world.remember();
    assert_eq!(run(&mut world), LEAVES, "what was not written the first time is written the second");
    assert_eq!(run(&mut world), [""; 0]);
}

#[test]
fn a_licence_that_the_setting_named_before_the_tenant_owned_it_counts_no_more_than_others() {
    const ARCHIVE: &str = "a5a5a5a5-0000-4000-8000-000000000000";
    let archived = |mut world: World| {
        let (id, part_number) = (ARCHIVE.to_owned(), "EXCHANGEARCHIVE".to_owned());
        let archive = Sku { id, part_number, name: "Exchange Online Archiving".to_owned() };
        edit_skus(&mut world.companies[0], |all| all.push(archive));
        edit_ann(&mut world, |user| user.licences = Some(licences(&[ARCHIVE]).into()));
        world
    };
    let mut world = seen();
    world.policy().exclude_licenses.insert("exchangearchive".into());
    assert_eq!(run(&mut world), [""; 0]);
    let mut left = archived(world);
    left.remember();
    assert_eq!(run(&mut left), LEAVES, "what was not written the first time is written the second");
    let mut edited = archived(seen());
    edited.policy().exclude_licenses.insert("exchangearchive".into());
    for _ in 0..3 {
        assert_eq!(run(&mut edited), [""; 0], "the setting came together with the licence");
    }
}

#[test]
fn who_came_back_into_scope_can_lose_the_licence_again() {
    let mut world = seen();
    edit_ann(&mut world, |user| user.licences = Some(licences(&[FREE]).into()));
    run(&mut world);
    world.policy().exclude_licenses.insert("flow_free".into());
    assert_eq!(run(&mut world), [""; 0]);
    edit_ann(&mut world, |user| user.licences = Some(licences(&[E3]).into()));
    assert_eq!(run(&mut world), [""; 0]);
    edit_ann(&mut world, |user| user.licences = Some(licences(&[FREE]).into()));
    assert_eq!(run(&mut world), LEAVES);
}

#[test]
fn without_remembered_settings_only_a_user_without_any_licence_leaves() {
    let with = |held: &[&str]| {
        let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")));
        world.policy().exclude_licenses.insert("flow_free".into());
        edit_ann(&mut world, |user| user.licences = Some(licences(held).into()));
        world
    };
    let mut free = with(&[FREE]);
    for _ in 0..3 {
        assert_eq!(run(&mut free), [""; 0]);
    }
    assert_eq!(run(&mut with(&[])), LEAVES);
    assert_eq!(run(&mut with(&[]).off(Row::RequireLicense)), [""; 0]);
}

#[test]
fn a_setting_of_any_kind_that_takes_people_out_shuts_no_person_out() {
    let edits: [fn(&mut World); 4] = [
        |world| world.companies[0].settings().domains = vec!["fabrikam.example".into()],
        |world| {
            edit_ann(world, |user| user.kind = UserKind::Guest);
        },
        |world| {
            world.policy().require_name = crate::reconcile::RequireName::Both;
            edit_ann(world, |user| user.fields.set(Field::LastName, ""));
        },
        |world| {
            let title = crate::reconcile::ExcludeOn::Field(Field::DisplayName);
            let (pattern, reason) = ("ann*".to_owned(), None);
            world.policy().exclude.push(crate::reconcile::Exclusion { on: title, pattern, reason });
        },
    ];
    for (index, edit) in edits.into_iter().enumerate() {
        let mut world = seen();
        edit(&mut world);
        for _ in 0..3 {
            let written = run(&mut world);
            assert!(written.iter().all(|brief| !brief.starts_with("deactivate")), "{index}: {written:?}");
        }
    }
}

#[test]
fn a_leaver_who_cannot_be_seen_stays_with_the_reason() {
    let here = |enabled, licences| Look::Here { enabled, licences };
    let cases = [
        (Look::Unknown("timed out".into()), "could not be seen: timed out"),
        (here(None, Some(licences(&[]))), "did not say whether sign-in is blocked"),
        (here(Some(true), None), "did not say which licences"),
        (here(Some(true), Some(licences(&[E3]))), "a look at it by its id does not"),
    ];
    for (look, words) in cases {
        let mut world = seen();
        edit_ann(&mut world, mailbox);
        world.truth.insert(guid(1), look);
        let plan = world.only();
        assert_eq!((briefs(&plan), says(&plan, words)), (vec![], true), "{words}: {:?}", plan.skipped);
        assert!(standing(&world).ends_with("nothing is written"));
        world.truth.clear();
        assert_eq!(run(&mut world), LEAVES, "the next run looks again");
    }
}

#[test]
fn a_user_missing_from_the_listing_has_left_only_where_a_look_says_so() {
    let lacking = |look: Option<Look>| {
        let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo"))).on(Row::UserDetails);
        edit_details(&mut world.companies[0], |all| all.push(record(1, 1, "Enabled")));
        edit_users(&mut world.companies[0], |all| all.retain(|user| user.id != guid(1)));
        world.truth.extend(look.map(|look| (guid(1), look)));
        world
    };
    let of_ann = |plan: &CompanyPlan| -> Vec<String> {
        briefs(plan).into_iter().filter(|brief| brief.starts_with("deactivate")).collect()
    };
    for enabled in [Some(true), Some(false), None] {
        let plan = lacking(Some(Look::Here { enabled, licences: Some(licences(&[])) })).only();
        assert_eq!(of_ann(&plan), [""; 0]);
        assert!(says(&plan, "the listing of the tenant lacked the 365 user, who is there"));
    }
    assert_eq!(of_ann(&lacking(Some(Look::Unknown("busy".into()))).only()), [""; 0]);
    assert_eq!(of_ann(&lacking(None).only()).len(), 3);
}

#[test]
fn a_details_record_alone_is_archived_only_where_its_user_is_seen_to_be_gone() {
    let mut world = World::with(agreed(2, "bo")).on(Row::UserDetails);
    edit_details(&mut world.companies[0], |all| all.push(record(1, 1, "Enabled")));
    world.truth.insert(guid(1), Look::Unknown("busy".into()));
    let archived = |plan: &CompanyPlan| briefs(plan).iter().filter(|it| it.starts_with("deactivate")).count();
    let plan = world.only();
    assert_eq!((archived(&plan), says(&plan, "busy")), (0, true));
    world.truth.insert(guid(1), Look::Here { enabled: Some(true), licences: None });
    let plan = world.only();
    assert_eq!((archived(&plan), says(&plan, "lacked the 365 user")), (0, true));
    world.truth.clear();
    let plan = world.only();
    assert_eq!(archived(&plan), 1);
    let left = plan.changes.iter().find_map(|change| change.left.clone()).expect("what it rests on");
    assert_eq!((left.user, left.how), (guid(1), Left::Deleted));
    let state = Field::Detail(Detail::AccountState);
    assert!(plan.changes.iter().any(|change| change.fields.iter().any(|field| field.field == state)));
}

#[test]
fn every_change_that_shuts_a_leaver_out_says_what_it_rests_on() {
    let mut world = seen();
    world.policy().exclude_licenses.insert("flow_free".into());
    world.remember();
    edit_ann(&mut world, |user| user.licences = Some(licences(&[FREE]).into()));
    let plan = world.only();
    assert_eq!(briefs(&plan), LEAVES);
    for change in &plan.changes {
        let left = change.left.as_ref().expect("a departure");
        assert_eq!((left.tenant.as_str(), &left.user, left.how), (TENANT, &guid(1), Left::NoLicence));
        assert!(left.licences.required && left.licences.uncounted.contains(FREE));
    }
}

#[test]
fn for_a_first_clean_up_records_with_the_users_own_address_follow_its_state() {
    let mut world = stranger(mailbox);
    world.policy().never_seen = NeverSeen::Deactivate;
    assert_eq!(briefs(&world.only()), LEAVES);
    world.truth.insert(guid(1), Look::Unknown("busy".into()));
    assert_eq!(briefs(&world.only()), [""; 0], "it is looked at as every leaver");
    let mut alias = stranger(|user| {
        mailbox(user);
        user.fields.set(Field::Email, "ann.lee@contoso.example");
        user.user_name = "ann.lee@contoso.example".into();
        user.alternates = vec!["ann@contoso.example".into()];
    });
    alias.policy().never_seen = NeverSeen::Deactivate;
    assert_eq!(briefs(&alias.only()), [""; 0], "an alternate address is not enough");
}

/// Ann's contact with nothing stored, where the PSA itself has the id of this user.
fn lent(user: i64, edit: impl FnOnce(&mut User)) -> World {
    let mut world = stranger(edit);
    edit_contacts(&mut world.companies[0], |all| all[0].fields.set(Field::LinkedId, guid(user).as_str()));
    world
}

#[test]
fn an_id_that_the_psa_itself_has_does_not_say_that_a_shared_mailbox_took_part() {
    let mut world = lent(1, mailbox);
    for _ in 0..3 {
        assert_eq!(listed(&world.only(), "never took part").len(), 2);
        assert_eq!(run(&mut world), [""; 0]);
    }
    let mut marked = lent(1, mailbox);
    edit_contacts(&mut marked.companies[0], |all| all[0].fields.set(Field::Udf(Udf::IsOffice365), "true"));
    assert_eq!(briefs(&marked.only()), LEAVES, "the mark says that this user took part");
    let mut seen = lent(1, |_| ()).off(Row::Office365Id).off(Row::Office365Presence);
    seen.remember();
    edit_ann(&mut seen, mailbox);
    assert_eq!(briefs(&seen.only()), LEAVES, "and so does an earlier run");
}

#[test]
fn an_id_of_a_former_tenant_that_the_psa_itself_has_makes_no_leaver() {
    let mut world = lent(77, |_| ());
    edit_users(&mut world.companies[0], |all| all.retain(|user| user.id != guid(1)));
    for never_seen in [NeverSeen::Leave, NeverSeen::Deactivate] {
        world.policy().never_seen = never_seen;
        let plan = world.only();
        assert_eq!(briefs(&plan), [""; 0], "{never_seen:?}");
        let detail = plan.excluded.iter().find(|out| out.reason == "never took part");
        let detail = detail.and_then(|out| out.detail.as_deref()).expect("it is listed");
        assert!(detail.ends_with("and only an id that the PSA itself has links the two"), "{detail}");
    }
}

#[test]
fn a_leavers_login_is_switched_off_once_where_contacts_have_no_active_flag() {
    let mut world = seen();
    world.capabilities = capabilities(&[Row::ContactActive]);
    edit_ann(&mut world, mailbox);
    assert_eq!(run(&mut world), LOGIN);
    assert_eq!((run(&mut world), link(&world.input()).looks_wanted().len()), (vec![], 0));
}

#[test]
fn a_leavers_login_is_switched_off_where_the_contact_is_gone_as_well() {
    let gone = || {
        let mut world = seen();
        edit_users(&mut world.companies[0], |all| all.retain(|user| user.id != guid(1)));
        edit_contacts(&mut world.companies[0], |all| all.retain(|contact| contact.id != Id::from(1)));
        world
    };
    let mut world = gone();
    world.remember();
    assert_eq!(run(&mut world), LOGIN, "what was not written the first time is written the second");
    assert_eq!((run(&mut world), link(&world.input()).looks_wanted().len()), (vec![], 0));
    let mut there = gone();
    there.truth.insert(guid(1), Look::Here { enabled: Some(true), licences: Some(licences(&[E3])) });
    assert_eq!(run(&mut there), [""; 0], "a listing alone proves nothing");
    let mut unread = gone();
    unread.companies[0].psa = incomplete();
    assert_eq!(briefs(&unread.only()), [""; 0], "nor does a side that was not read to its end");
}

#[test]
fn a_leavers_login_is_switched_off_where_the_contact_is_inactive_already() {
    for deleted in [false, true] {
        let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")));
        edit_contacts(&mut world.companies[0], |all| all[0].active = Some(false));
        edit_ann(&mut world, mailbox);
        if deleted {
            edit_users(&mut world.companies[0], |all| all.retain(|user| user.id != guid(1)));
        }
        assert_eq!(run(&mut world), LOGIN);
        assert_eq!(run(&mut world), [""; 0]);
    }
}

#[test]
fn the_login_stays_where_another_user_has_the_leavers_address_on_every_psa() {
    let mut world = seen();
    edit_ann(&mut world, mailbox);
    let mut again = user(3, "boss");
    again.alternates = vec!["ann@contoso.example".into()];
    world.add(Piece::User(again));
    world.memory.links.clear();
    edit_contacts(&mut world.companies[0], |all| all[0].fields.set(Field::Udf(Udf::IsOffice365), "true"));
    for served in [true, false] {
        world.capabilities = capabilities(if served { &[] } else { &[Row::ContactActive] });
        let plan = world.only();
        assert!(!briefs(&plan).contains(&LOGIN[0].to_owned()), "{:?}", briefs(&plan));
        assert!(
            says(&plan, "another user who is here"),
            "{:?} {:?} {:?}",
            plan.skipped,
            plan.conflicts,
            plan.changes
        );
    }
}

#[test]
fn a_leaver_with_a_portal_user_alone_is_shut_out_too() {
    let mut world = World::with([Piece::User(user(1, "ann")), Piece::Portal(portal("p1", "ann", None))]);
    world.policy().create_contacts = false;
    world.add(Piece::User(user(2, "bo")));
    world.remember();
    let mut disabled = world.clone();
    edit_ann(&mut disabled, mailbox);
    assert!(run(&mut disabled).contains(&LOGIN[0].to_owned()));
    edit_users(&mut world.companies[0], |all| all.retain(|user| user.id != guid(1)));
    assert!(run(&mut world).contains(&LOGIN[0].to_owned()));
    assert!(!run(&mut world).contains(&LOGIN[0].to_owned()));
    assert!(!run(&mut world).contains(&LOGIN[0].to_owned()));
}

#[test]
fn nothing_is_asked_where_no_person_seems_to_leave() {
    assert_eq!(link(&seen().input()).looks_wanted().len(), 0);
}
