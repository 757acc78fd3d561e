//! Who is meant by an address, a user name or a 365 object id.

use std::collections::BTreeSet;

use super::asked::{AskedCompany, Refusal};
use crate::model::{Id, User, UserKind};
use crate::reconcile::input::id_key;
use crate::reconcile::scope::reason::Reason;
use crate::text::email;

/// A company, and a user there.
type Hit = (usize, usize);

/// Returns the company and the 365 user that are meant. A user's own address or name counts before one that merely
/// reaches the user; a user who takes part, or is only held back, counts before one who does not.
///
/// `is_whole` says whether all companies were read. Where one was not, the person may be there, so that neither a
/// guest elsewhere nor an address that merely reaches a user is believed. Reasons do not repeat `needle`: it
/// is in the answer, where it can be masked.
pub(crate) fn locate(companies: &[AskedCompany<'_>], needle: &str, is_whole: bool) -> Result<Hit, Refusal> {
    let (address, id) = (email::normalise(needle), id_key(needle));
    let is = |text: &str| !address.is_empty() && email::normalise(text) == address;
    let own = |user: &User| {
        is(user.email().unwrap_or_default()) || is(&user.user_name) || id_key(user.id.as_str()) == id
    };
    let other = |user: &User| user.alternates.iter().any(|text| is(text));
    let user = |(company, user): &Hit| companies[*company].view.users[*user];
    let mut hits = having(companies, &own);
    let is_own = !hits.is_empty();
    if !is_whole {
        hits.retain(|hit| user(hit).kind != UserKind::Guest || id_key(user(hit).id.as_str()) == id);
    } else if !is_own {
        hits = having(companies, &other);
    }
    // A company that may have the tenant of another one has none of its people.
    let is_proven = |(company, _): &Hit| companies[*company].chosen.conflicts.is_empty();
    if hits.iter().any(is_proven) {
        hits.retain(is_proven);
    }
    let out = |(company, user): &Hit| companies[*company].scope.users[*user].as_deref();
    let elsewhere = |hit: &Hit| out(hit).is_some_and(|out| out.reason == Reason::NotInDomains);
    let takes_part = |hit: &Hit| out(hit).is_none_or(|out| out.reason == Reason::Held);
    if hits.iter().any(takes_part) {
        hits.retain(takes_part);
    } else if !hits.iter().all(elsewhere) {
        hits.retain(|hit| !elsewhere(hit));
    }
    match &hits[..] {
        [] => Err(Refusal::new(
            "no 365 user of the chosen companies has this address, user name or id",
            "`crsync explain` looks on all sides; --company chooses other companies, also one that is switched off",
        )),
        [one] if !is_own && takes_part(one) && belongs_to_another(companies, &user(one).id, &is) => {
            Err(Refusal::new(
                "this address reaches a 365 user, but belongs to another person on another side",
                "name the person by the 365 object id, or remove the address where it is wrong",
            ))
        }
        [one] => Ok(*one),
        // One user of a tenant that several companies share, and none of them takes the domain.
        [first, rest @ ..] if rest.iter().all(|hit| elsewhere(hit) && user(hit).id == user(first).id) => {
            Ok(*first)
        }
        several => {
            let names: BTreeSet<&str> =
                several.iter().map(|(company, _)| companies[*company].view.company.name.as_str()).collect();
            let names: Vec<&str> = names.into_iter().collect();
            Err(Refusal::new(
                format!("{} 365 users have it, of {}", several.len(), names.join(" and ")),
                "name the person by the 365 object id, or one company with --company",
            ))
        }
    }
}

/// Returns the users of all companies for which `has` is true.
fn having(companies: &[AskedCompany<'_>], has: &dyn Fn(&User) -> bool) -> Vec<Hit> {
    let of = |(at, company): (usize, &AskedCompany<'_>)| {
        let users = company.view.users.iter().enumerate().filter(|(_, user)| has(user));
        users.map(|(user, _)| (at, user)).collect::<Vec<_>>()
    };
    companies.iter().enumerate().flat_map(of).collect()
}

/// Returns whether a contact or portal user of another person has the address for its own: the address of a
/// person who left may since reach a colleague.
fn belongs_to_another(companies: &[AskedCompany<'_>], user: &Id, is: &dyn Fn(&str) -> bool) -> bool {
    let holds = |email: Option<&str>| email.is_some_and(is);
    companies.iter().any(|company| {
        let is_theirs = |at: usize| company.view.users[at].id == *user;
        let person = company.links.persons.iter().find(|person| person.user.is_some_and(is_theirs));
        let (contact, portal_user) = person.map_or((None, None), |one| (one.contact, one.portal_user));
        let mut contacts = company.view.contacts.iter().enumerate();
        let mut portal_users = company.view.portal_users.iter().enumerate();
        contacts.any(|(index, other)| contact != Some(index) && holds(other.email()))
            || portal_users.any(|(index, other)| portal_user != Some(index) && holds(other.email()))
    })
}
