//! Sides that could not be read, and those that were.

use super::seen::Seen;
use crate::error::Kind;
use crate::model::Side;
use crate::plan::{Fact, Subject, Unread};
use crate::run::notices::{Group, grouped};

/// Returns what could not be read, each fault once, however many companies meet it; and what was read.
pub(super) fn unread(seen: &Seen<'_>) -> Vec<Fact> {
    let kept = |name: &str, one: &Unread| {
        // The right that is missing is named elsewhere.
        let told = match one.side {
            Side::Psa => seen.lacks_rights(),
            Side::Tenant => {
                let company = seen.companies().find(|company| company.name == name);
                let lacking = company.and_then(|company| seen.lacking(&company.tenant));
                lacking.is_some_and(|lacking| !lacking.is_empty())
            }
            Side::Portal => false,
        };
        !(told && one.kind == Kind::Permission)
    };
    let all: Vec<(&str, Vec<Unread>)> = seen
        .linked
        .unread()
        .map(|(name, unread)| (name, unread.iter().filter(|one| kept(name, one)).cloned().collect()))
        .collect();
    let groups = grouped(all.iter().map(|(name, unread)| (*name, unread.as_slice())));
    let mut facts: Vec<Fact> = groups.iter().map(|group| fault(group, seen)).collect();
    facts.extend([Side::Tenant, Side::Psa, Side::Portal].into_iter().filter_map(|side| read(side, seen)));
    facts
}

fn subject(side: Side) -> Subject {
    match side {
        Side::Tenant => Subject::Tenants,
        Side::Psa => Subject::Psa,
        Side::Portal => Subject::Portal,
    }
}

fn fault(group: &Group<'_>, seen: &Seen<'_>) -> Fact {
    let next = group.unread.hint.clone().unwrap_or_else(|| "run the command again".to_owned());
    let says = group.sentence(seen.psa(), false);
    Fact::fail(subject(group.unread.side), says, next).about(group.companies.iter().copied())
}

/// Returns that a side was read, where it was of any company.
fn read(side: Side, seen: &Seen<'_>) -> Option<Fact> {
    let mut companies = 0;
    let mut people = 0;
    for own in &seen.fetched.companies {
        let found = match side {
            Side::Tenant => own.tenant.complete().map(|side| side.users.items().len()),
            Side::Psa => own.psa.complete().map(|side| side.contacts.items().len()),
            Side::Portal => own.portal.complete().map(|side| side.users.items().len()),
        };
        companies += usize::from(found.is_some());
        people += found.unwrap_or_default();
    }
    let of = seen.fetched.companies.len();
    let name = if side == Side::Psa { seen.psa() } else { side.name() };
    let noun = if side == Side::Psa { "contacts" } else { "users" };
    if companies == 0 {
        return None;
    }
    if side == Side::Psa && people == 0 && companies == of {
        return Some(Fact::warn(
            Subject::Psa,
            format!("{name} shows no contact in any company"),
            "see that the account may read all records, not only some of them",
        ));
    }
    let of_psa = if side == Side::Psa { format!("{name}: ") } else { String::new() };
    let says = format!("{of_psa}{people} {noun} of {companies} of {of} companies are read");
    Some(Fact::ok(subject(side), says))
}
