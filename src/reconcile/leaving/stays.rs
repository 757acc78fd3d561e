//! People who are out of scope and have not left: their contact and portal user stay as they are, and the plan says so.

use std::collections::BTreeMap;

use crate::model::Row;
use crate::plan::{Change, Excluded, Left, RecordKind, Skip};
use crate::reconcile::changes::planned::Changes;
use crate::reconcile::earlier::EarlierRuns;
use crate::reconcile::earlier::doubt::{AGAIN, doubt, skip};
use crate::reconcile::input::{NeverSeen, View};
use crate::reconcile::link::Links;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::scope::reason::Reason;
use crate::reconcile::status::{PersonStatus, Stay};

/// What the plan says of people who stay as they are.
#[derive(Debug, Default)]
pub(crate) struct Stays {
    /// Why they stay, with the next step.
    pub(crate) skipped: Vec<Skip>,
    /// Their records.
    pub(crate) listed: Vec<Excluded>,
}

/// Says of every person why nothing is changed. `believed` is the plan that believes everything that the listing
/// suggests: it knows whose records would be changed.
pub(crate) fn stays(
    view: &View<'_>,
    earlier: &EarlierRuns<'_>,
    links: &Links,
    statuses: &[PersonStatus],
    believed: &Changes,
) -> Stays {
    let mut stays = Stays::default();
    let mut would: BTreeMap<usize, Vec<&Change>> = BTreeMap::new();
    for each in believed.planned.iter().filter(|each| each.change.left.is_some()) {
        each.person.into_iter().for_each(|person| would.entry(person).or_default().push(&each.change));
    }
    let (mut never, mut by_setting) = (BTreeMap::<Left, usize>::new(), BTreeMap::<Reason, usize>::new());
    for (index, status) in statuses.iter().enumerate() {
        let PersonStatus::Stays(stay) = *status else { continue };
        let person = &links.persons[index];
        let records = match stay {
            Stay::NeverSeen(left) => {
                let changes = would.get(&index).map_or(&[][..], Vec::as_slice);
                let follows = person.can_follow();
                let records: Vec<Excluded> =
                    changes.iter().filter_map(|change| never_seen(change, left, follows)).collect();
                *never.entry(left).or_default() += usize::from(!records.is_empty());
                records
            }
            Stay::BySetting(reason) => {
                let records = out_by_setting(view, person, reason);
                *by_setting.entry(reason).or_default() += usize::from(!records.is_empty());
                records
            }
            Stay::OtherTenant => {
                stays.skipped.push(other_tenant(view, person));
                Vec::new()
            }
            Stay::Unclear(_) | Stay::Unlisted | Stay::Returned(_) => {
                let reason = doubt(stay, &earlier.sighting(person));
                stays
                    .skipped
                    .push(Skip { who: Some(person.who(view)), ..skip(view, reason, AGAIN.to_owned()) });
                Vec::new()
            }
        };
        stays.listed.extend(records);
    }
    let counted = |people: &usize| *people > 0;
    let never = never.into_iter().filter(|(_, people)| counted(people));
    stays.skipped.extend(never.map(|(left, people)| never_line(view, left, people)));
    let by_setting = by_setting.into_iter().filter(|(_, people)| counted(people));
    stays.skipped.extend(by_setting.map(|(reason, people)| setting_line(view, reason, people)));
    stays
}

/// Returns a record of a person who never took part, with what `never-seen` would do to it where the person can follow
/// the state of the user.
fn never_seen(change: &Change, left: Left, follows: bool) -> Option<Excluded> {
    let would = match change.record.kind {
        RecordKind::Contact => "make the contact inactive",
        RecordKind::PortalUser => "switch the sign-in off",
        _ => return None,
    };
    let state = format!("the 365 user is {}", left.words());
    let detail = if follows {
        format!("{state}; never-seen = \"deactivate\" would {would}")
    } else {
        format!("{state}, and only {} links the two", evidence(left))
    };
    Some(Excluded {
        side: change.record.kind.side(),
        id: change.record.id.clone()?,
        who: change.who.clone(),
        reason: "never took part".to_owned(),
        detail: Some(detail),
    })
}

fn never_line(view: &View<'_>, left: Left, people: usize) -> Skip {
    let reason = format!(
        "never took part: {people} with a 365 user that is {}; contacts and portal users are left as they are",
        left.words()
    );
    let next = match view.policy.never_seen {
        NeverSeen::Leave => {
            "never-seen = \"deactivate\" under [sync] makes the contacts inactive and switches the sign-ins off, \
             where the email or user name links them"
        }
        NeverSeen::Deactivate => {
            let next = format!("only {} links them: pin them, or change the records by hand", evidence(left));
            return skip(view, reason, next);
        }
    };
    skip(view, reason, next.to_owned())
}

/// Returns what links people who never took part and cannot follow the state of their 365 user.
fn evidence(left: Left) -> &'static str {
    match left {
        // A user who is gone has no address, and every other evidence comes from an earlier run or a stored id.
        Left::Deleted => "an id that the PSA itself has",
        Left::Disabled | Left::NoLicence => "an alternate address",
    }
}

/// Returns the records in use of a person who is out of scope by a setting.
fn out_by_setting(view: &View<'_>, person: &LinkedPerson, reason: Reason) -> Vec<Excluded> {
    // Where nothing follows 365, nothing is left as it is by this.
    if !view.on(Row::ContactActive) && !view.on(Row::SyncFrom365) {
        return Vec::new();
    }
    let listed = person.in_use(view).map(|(side, place)| {
        let candidate = view.candidate(side, place);
        Excluded {
            side,
            id: candidate.id,
            who: candidate.who,
            reason: "out of scope by a setting".to_owned(),
            detail: Some(format!("{}: the 365 user has not left", setting(reason).1)),
        }
    });
    listed.collect()
}

/// Returns what is said of a person whose user belongs to another tenant.
fn other_tenant(view: &View<'_>, person: &LinkedPerson) -> Skip {
    let of = |contact: usize| format!("contact {}", view.contacts[contact].id);
    let record = person.contact.map_or_else(|| "the portal user".to_owned(), of);
    let reason = format!(
        "{record} belongs to a 365 user of another tenant, about which this tenant says nothing: the person has not left"
    );
    let next = "clear the 365 id of the contact, or pin the contact to the person's user in this tenant; if the person \
                left, make the contact inactive by hand";
    Skip { who: Some(person.who(view)), ..skip(view, reason, next.to_owned()) }
}

fn setting_line(view: &View<'_>, reason: Reason, people: usize) -> Skip {
    let (row, words) = setting(reason);
    let reason = format!(
        "out of scope by a setting ({words}): {people} who took part before and have not left 365; contacts and portal \
         users are left as they are"
    );
    let next = "if they shall go, make the contacts inactive and switch the sign-ins off by hand; if not, correct the \
                setting";
    let line = skip(view, reason, next.to_owned());
    Skip { row: row.unwrap_or(line.row), ..line }
}

/// Returns the setting by which a user is out of scope.
fn setting(reason: Reason) -> (Option<Row>, &'static str) {
    match reason {
        Reason::NoLicence => (Some(Row::RequireLicense), "require-license and exclude-licenses"),
        Reason::NoName => (Some(Row::RequireName), "require-name"),
        Reason::Guest => (None, "guests"),
        Reason::NotInDomains => (None, "domains"),
        Reason::NoEmail => (None, "a usable email is required"),
        _ => (None, "the configuration"),
    }
}
