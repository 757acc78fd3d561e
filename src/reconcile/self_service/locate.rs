//! Who is meant by an address, a user name or a 365 object id.

use std::collections::BTreeSet;

use crate::model::User;
use crate::reconcile::scope::Reason;
use crate::reconcile::view::id_key;
use crate::text::email;

use super::{Desk, Refusal};

/// The company and the 365 user that are meant. An address or name of somebody's own counts before one that
/// merely reaches them, and whoever takes part before those who do not.
pub(super) fn locate(desks: &[Desk<'_>], needle: &str) -> Result<(usize, usize), Refusal> {
    let (address, id) = (email::normalise(needle), id_key(needle));
    let is = |text: &str| !address.is_empty() && email::normalise(text) == address;
    let own = |user: &User| {
        is(user.email().unwrap_or_default()) || is(&user.user_name) || id_key(user.id.as_str()) == id
    };
    let other = |user: &User| user.alternates.iter().any(|text| is(text));
    let having = |has: &dyn Fn(&User) -> bool| -> Vec<(usize, usize)> {
        let of = |(at, desk): (usize, &Desk<'_>)| {
            let users = desk.view.users.iter().enumerate().filter(|(_, user)| has(user));
            users.map(|(user, _)| (at, user)).collect::<Vec<_>>()
        };
        desks.iter().enumerate().flat_map(of).collect()
    };
    let mut hits = having(&own);
    if hits.is_empty() {
        hits = having(&other);
    }
    let out = |(desk, user): &(usize, usize)| desks[*desk].scope.users[*user].as_ref();
    let elsewhere = |hit: &(usize, usize)| out(hit).is_some_and(|out| out.reason == Reason::NotInDomains);
    if hits.iter().any(|hit| out(hit).is_none()) {
        hits.retain(|hit| out(hit).is_none());
    } else if !hits.iter().all(elsewhere) {
        hits.retain(|hit| !elsewhere(hit));
    }
    let user = |(desk, user): &(usize, usize)| &desks[*desk].view.users[*user].id;
    match &hits[..] {
        [] => Err(Refusal::new(
            format!("no 365 user of the chosen companies has {needle}"),
            "`crsync explain` looks on all sides; --company chooses other companies",
        )),
        [one] => Ok(*one),
        // One user of a tenant that several companies share, and none of them takes the domain.
        [first, rest @ ..] if rest.iter().all(|hit| elsewhere(hit) && user(hit) == user(first)) => Ok(*first),
        several => {
            let names: BTreeSet<&str> =
                several.iter().map(|(desk, _)| desks[*desk].view.own.name.as_str()).collect();
            let names: Vec<&str> = names.into_iter().collect();
            Err(Refusal::new(
                format!("{} 365 users have {needle}, of {}", several.len(), names.join(" and ")),
                "name the person by the 365 object id, or one company with --company",
            ))
        }
    }
}
