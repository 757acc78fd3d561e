//! Sides of a company that nothing ties together: a first run with the wrong tenant, portal or PSA company.

use std::collections::BTreeSet;

use super::limits::breach;
use crate::plan::{Breach, Measure};
use crate::reconcile::changes::planned::Planned;
use crate::reconcile::input::identity::stored;
use crate::reconcile::input::{Number, Recorded, View};
use crate::reconcile::scope::Scope;
use crate::text::email;

/// Refuses changes of a company where nothing shows that its people are of the tenant: no stored tenant, no
/// id of one of its users, nothing remembered, and no address in its domains. A tie between contacts and portal
/// users counts for both.
pub(crate) fn strangers(view: &View<'_>, scope: &Scope, planned: &[Planned]) -> Option<Breach> {
    let in_scope = scope.users.iter().any(Option::is_none);
    if planned.is_empty() || !in_scope {
        return None;
    }
    let ties = Ties::new(view);
    let (contacts, portal_users) = (view.contacts.len(), view.portal_users.len());
    // Without records on a side there is no person to mistake.
    let psa = contacts == 0 || ties.psa || (ties.portal && ties.between);
    let portal = portal_users == 0 || ties.portal || (ties.psa && ties.between);
    if psa && portal {
        return None;
    }
    let count = [(psa, contacts), (portal, portal_users)];
    let count =
        count.into_iter().filter(|(tied, _)| !tied).map(|(_, people)| people).max().unwrap_or_default();
    let tenant = &view.own.tenant_id;
    let what = match (psa, portal) {
        (false, false) => "contacts and portal users",
        (false, true) => "contacts",
        _ => "portal users",
    };
    let reason = format!(
        "nothing shows that the {what} are of the tenant {tenant}: no stored id, no earlier link, and no address \
         in its domains"
    );
    Some(breach(Some(&view.company.name), Measure::Strangers, count, 0, reason))
}

/// What ties the sides together.
struct Ties {
    /// The tenant and the PSA company.
    psa: bool,
    /// The tenant and the portal company.
    portal: bool,
    /// The PSA company and the portal company.
    between: bool,
}

impl Ties {
    fn new(view: &View<'_>) -> Self {
        let (ids, addresses) = (&view.ids, &view.addresses);
        // Of a shared tenant, the domains of the others tie no one to this company.
        let domains =
            if view.company.domains.is_empty() { &view.tenant.domains } else { &view.company.domains };
        let is_own =
            |domain: Option<&str>| domain.is_some_and(|domain| domains.iter().any(|own| own == domain));
        let has_own = |address: Option<Number>| {
            is_own(address.and_then(|address| email::domain_of(addresses.text(address))))
        };
        let remembered = |is: fn(&Recorded) -> bool| {
            ids.recorded().iter().any(|link| ids.user(link.user).is_some() && is(link))
        };
        let between = || {
            let of_contacts = (0..view.contacts.len()).filter_map(|contact| addresses.contact(contact));
            let of_contacts: BTreeSet<Number> = of_contacts.collect();
            (0..view.portal_users.len()).any(|user| {
                view.contact_key(user).is_some_and(|key| ids.contact(key).is_some())
                    || addresses.portal_user(user).is_some_and(|own| of_contacts.contains(&own))
            })
        };
        Self {
            psa: stored::stores_its_tenant(view.own)
                || view.contacts.iter().enumerate().any(|(index, contact)| {
                    has_own(addresses.contact(index))
                        || contact.alternates.iter().any(|address| is_own(email::domain(address).as_deref()))
                        || ids.stored(index).is_some_and(|id| ids.user(id).is_some())
                })
                || remembered(|link| link.contact.is_some()),
            portal: (0..view.portal_users.len()).any(|user| has_own(addresses.portal_user(user)))
                || remembered(|link| link.portal_user.is_some()),
            between: stored::is_keyed(view.own) || between(),
        }
    }
}
