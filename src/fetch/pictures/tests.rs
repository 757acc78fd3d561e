//! Whose pictures are asked for, and what is known when something goes wrong.

use std::sync::Arc;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::error::{Error, Kind};
use crate::fetch::tests::Silent;
use crate::model::{
    Attributes, Field, Fields, Listing, PortalCompany, PortalSide, PsaCompany, PsaSide, Reading, Row, Shape,
    Tenant, TenantSide, User, UserKind,
};
use crate::plan::Memory;
use crate::reconcile::{Company, CompanyInput, Decisions, GuardLimits, Input, Policy, link};
use crate::side::{MemoryPictures, Photos};

const DAY: Duration = Duration::from_secs(86_400);

/// The part of Graph that has pictures: everybody has one that shows their id, but for user 2, who has none, and user 3,
/// whose picture cannot be read. It notes the users it was asked for.
#[derive(Default)]
struct Album {
    asked: Mutex<Vec<(String, Vec<Id>)>>,
    /// A tenant that refuses.
    closed: Option<&'static str>,
}

impl ReadPhotos for Album {
    fn photos(&self, tenant: &str, users: &[Id]) -> Photos {
        self.asked.lock().expect("no panic").push((tenant.to_owned(), users.to_vec()));
        if self.closed == Some(tenant) {
            let stopped = Some(Error::new(Kind::Permission, "the application lacks a right"));
            return Photos { stopped, ..Photos::default() };
        }
        let photo = |user: &Id| match user.number() {
            Some(2) => Ok(None),
            Some(3) => Err(Error::new(Kind::Service, "it is no picture")),
            _ => Ok(Some(user.as_str().as_bytes().to_vec())),
        };
        let read = users.iter().map(|user| (user.clone(), photo(user))).collect();
        Photos { read, stopped: None }
    }
}

impl Album {
    /// How many users it was asked for since it was last looked at.
    fn asked(&self) -> usize {
        std::mem::take(&mut *self.asked.lock().expect("no panic")).iter().map(|(_, users)| users.len()).sum()
    }
}

fn user(number: i64) -> User {
    let address = format!("u{number}@contoso.example");
    User {
        id: Id::from(number),
        user_name: address.clone(),
        fields: Fields::new().with(Field::Email, address),
        named_only: false,
        alternates: Vec::new(),
        given: Vec::new(),
        enabled: Some(true),
        kind: UserKind::Member,
        licences: Some(["e3".to_owned()].into()),
        all_alternates: true,
        on_premises: false,
        manager: None,
        attributes: Attributes::default(),
    }
}

/// A company whose tenant has these users.
fn company(tenant: &str, users: std::ops::RangeInclusive<i64>) -> CompanyInput {
    let id = Id::from(9);
    let mut listing = Listing::new("users");
    listing.page(users.map(user), |user| user.id.clone()).expect("different ids");
    let fields = Fields::new;
    let of = Tenant { id: tenant.into(), name: tenant.into(), domains: Vec::new(), skus: Vec::new() };
    let psa = PsaCompany {
        id: id.clone(),
        name: tenant.into(),
        active: Some(true),
        fields: fields(),
        linked: Vec::new(),
    };
    let portal = PortalCompany { id: id.clone(), name: tenant.into(), psa_key: None, fields: fields() };
    let mut policy = Policy::default();
    policy.rows.insert(Row::UserDetails);
    let company = Company {
        name: tenant.to_owned(),
        enabled: true,
        portal_id: id.clone(),
        psa_id: id,
        elsewhere: Vec::new(),
        tenant: tenant.to_owned(),
        domains: Vec::new(),
        portal_writes: true,
        policy,
    };
    CompanyInput {
        company: Arc::new(company),
        tenant_id: tenant.to_owned(),
        tenant: Reading::Complete(Arc::new(TenantSide { tenant: of, users: listing.end() })),
        psa: Reading::Complete(PsaSide { company: psa, contacts: Listing::new("contacts").end() }),
        portal: Reading::Complete(PortalSide {
            company: portal,
            users: Listing::new("portal users").end(),
            details: None,
        }),
        pending: None,
    }
}

/// What is known of the companies' pictures so many days after the beginning of time.
fn on_day(
    day: i64,
    album: &Album,
    store: &dyn PictureStore,
    state: Option<&State>,
    companies: &[CompanyInput],
) -> Pictures {
    let (shape, decisions, memory, guards) =
        (Shape::default(), Decisions::default(), Memory::default(), GuardLimits::default());
    let input = Input {
        capabilities: crate::psa::registry()[0].capabilities,
        psa_shape: &shape,
        psa_budget: None,
        psa_rereads: None,
        portal_shape: &shape,
        companies,
        decisions: &decisions,
        configured: &[],
        tenant_ids: &BTreeMap::new(),
        products: &[],
        memory: &memory,
        guards: &guards,
        now: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day),
    };
    super::pictures(album, store, state, &link(&input), None, &Silent).expect("a usable state")
}

fn state() -> (tempfile::TempDir, State) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let state = State::open(&folder.path().join("state.db"), "realm").expect("a new state");
    (folder, state)
}

#[test]
fn a_picture_is_read_once_and_again_when_it_is_old() {
    let (_folder, state) = state();
    let (album, companies) = (Album::default(), [company("contoso", 4..=53)]);
    let day = |day| {
        let known = on_day(day, &album, &state, Some(&state), &companies);
        assert_eq!(known.known.len(), 50);
        album.asked()
    };
    assert_eq!([day(0), day(0), day(6)], [50, 0, 0]);
    let (eighth, eleventh) = (day(8), day(11));
    assert!((1..50).contains(&eighth), "{eighth} on the eighth day");
    assert_eq!(eighth + eleventh, 50, "no user waits for more than ten days and a half");
}

#[test]
fn what_is_read_is_kept_under_its_hash_and_having_none_is_known_too() {
    let (_folder, state) = state();
    let (album, companies) = (Album::default(), [company("contoso", 1..=3)]);
    for asked in [3, 1] {
        let known = on_day(0, &album, &state, Some(&state), &companies);
        let hash = state.put(b"1").expect("kept");
        assert_eq!(known.known[&Id::from(1)], Picture::Held(hash));
        assert_eq!(known.known[&Id::from(2)], Picture::None);
        assert_eq!(known.known.get(&Id::from(3)), None);
        assert_eq!(known.why_unknown("contoso", &Id::from(3)), Some("it is no picture"));
        assert_eq!(album.asked(), asked, "what failed is tried again in the next run");
    }
}

#[test]
fn a_picture_whose_file_is_lost_is_read_again() {
    let (folder, state) = state();
    let (album, companies) = (Album::default(), [company("contoso", 1..=2)]);
    on_day(0, &album, &state, Some(&state), &companies);
    std::fs::remove_dir_all(folder.path().join("pictures")).expect("there");
    assert_eq!(album.asked(), 2);
    let known = on_day(0, &album, &state, Some(&state), &companies);
    assert_eq!((album.asked(), known.known.len()), (1, 2), "the one who has none has no file");
}

#[test]
fn without_a_state_every_picture_is_read_and_nothing_is_kept() {
    let (album, companies) = (Album::default(), [company("contoso", 4..=6)]);
    for _ in 0..2 {
        let store = MemoryPictures::default();
        let known = on_day(0, &album, &store, None, &companies);
        let Picture::Held(hash) = &known.known[&Id::from(4)] else { panic!("a picture") };
        assert_eq!(store.get(hash).expect("memory").as_deref(), Some(&b"4"[..]));
        assert_eq!(album.asked(), 3);
    }
}

#[test]
fn a_tenant_that_refuses_keeps_no_other_from_being_read_and_loses_nothing_that_was_known() {
    let (_folder, state) = state();
    let companies = [company("closed", 1001..=1900), company("open", 4..=6)];
    let refuses = Album { closed: Some("closed"), ..Album::default() };
    let known = on_day(0, &refuses, &state, Some(&state), &companies);
    assert_eq!(known.known.len(), 3);
    assert_eq!(known.why_unknown("closed", &Id::from(1900)), Some("the application lacks a right"));
    assert_eq!(refuses.asked(), 400 + 3, "the first go is enough");
    on_day(0, &Album::default(), &state, Some(&state), &companies);
    let known = on_day(30, &refuses, &state, Some(&state), &companies);
    assert_eq!(known.known.len(), 903, "an old picture is better than none");
    assert!(known.stopped.contains_key("closed"));
}

#[test]
fn many_users_are_asked_for_in_whole_batches() {
    let album = Album::default();
    on_day(0, &album, &MemoryPictures::default(), None, &[company("contoso", 4..=2503)]);
    let asked = album.asked.lock().expect("no panic");
    let batches: usize = asked.iter().map(|(_, users)| users.len().div_ceil(20)).sum();
    assert_eq!(batches, 2500_usize.div_ceil(20));
}

#[test]
fn nobody_is_asked_where_the_row_is_off() {
    let mut quiet = company("contoso", 1..=3);
    Arc::make_mut(&mut quiet.company).policy.rows.remove(&Row::UserDetails);
    let album = Album::default();
    assert_eq!(on_day(0, &album, &MemoryPictures::default(), None, &[quiet]), Pictures::default());
    assert_eq!(album.asked(), 0);
}

#[test]
fn whoever_is_still_there_is_noted_once_a_day() {
    let (_folder, state) = state();
    let (album, companies) = (Album::default(), [company("contoso", 4..=4)]);
    let wanted = |day| {
        on_day(day, &album, &state, Some(&state), &companies);
        let kept = state.pictures().expect("read").remove(&Id::from(4)).expect("kept");
        (kept.read.as_second() / 86_400, kept.wanted.as_second() / 86_400)
    };
    assert_eq!([wanted(0), wanted(3)], [(0, 0), (0, 3)]);
}

#[test]
fn what_was_read_on_one_day_is_not_read_again_on_one_day() {
    let due_on = |day: i64| {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day);
        (0..2000).filter(|user| is_due(7 * DAY, &Id::from(*user), Timestamp::UNIX_EPOCH, now)).count()
    };
    let all: Vec<usize> = (6..=11).map(due_on).collect();
    assert_eq!((all[0], all[5]), (0, 2000));
    assert!(all.windows(2).all(|days| days[1] - days[0] < 800), "{all:?}");
}

proptest! {
    #[test]
    fn a_reading_counts_for_its_time_and_never_for_half_as_long_again(
        user in "\\PC{0,40}", refresh in 0_u64..40_000_000_000, read in 0_i64..4_000_000_000_000, age in 0_i64..60_000_000_000
    ) {
        let (refresh, user) = (Duration::from_millis(refresh), Id::new(user));
        let at = |millisecond| Timestamp::from_millisecond(millisecond).expect("a time");
        let due = is_due(refresh, &user, at(read), at(read + age));
        let age = Duration::from_millis(age.unsigned_abs());
        prop_assert!(!due || age >= refresh);
        prop_assert!(due || age < refresh + refresh / 2 + Duration::from_nanos(1));
        prop_assert!(is_due(refresh, &user, at(read), at(read - 1)), "a reading of the future counts for nothing");
    }

    #[test]
    fn whoever_is_due_stays_due(user in any::<i64>(), hours in 0_i64..400, more in 0_i64..400) {
        let at = |hours| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours);
        let due = |hours| is_due(7 * DAY, &Id::from(user), at(0), at(hours));
        prop_assert!(!due(hours) || due(hours + more));
    }
}
