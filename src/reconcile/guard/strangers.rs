//! Sides of a company that nothing ties together: a first run with the wrong tenant, portal or PSA company.

use std::collections::BTreeSet;

use super::limits::breach;
use crate::model::Id;
use crate::plan::{Breach, Measure};
use crate::reconcile::changes::planned::Planned;
use crate::reconcile::input::identity::stored;
use crate::reconcile::input::{View, id_key, stored_id};
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
        let users: BTreeSet<String> = view.users.iter().map(|user| id_key(user.id.as_str())).collect();
        let contacts: BTreeSet<&Id> = view.contacts.iter().map(|contact| &contact.id).collect();
        let portal_users: BTreeSet<&Id> = view.portal_users.iter().map(|user| &user.id).collect();
        // Of a shared tenant, the domains of the others tie no one to this company.
        let domains =
            if view.company.domains.is_empty() { &view.tenant.domains } else { &view.company.domains };
        let is_own = |address: Option<&str>| {
            let domain = address.and_then(email::domain);
            domain.is_some_and(|domain| domains.contains(&domain))
        };
        let remembered = |is: &dyn Fn(&crate::plan::Link) -> bool| {
            let mut links = view.recorded.iter().filter(|link| users.contains(&id_key(link.user.as_str())));
            links.any(is)
        };
        let addresses: BTreeSet<String> =
            view.contacts.iter().filter_map(|contact| email::key(contact.email()?)).collect();
        Self {
            psa: stored::stores_its_tenant(view.own)
                || view.contacts.iter().any(|contact| {
                    is_own(contact.email())
                        || contact.alternates.iter().any(|address| is_own(Some(address)))
                        || stored_id(contact).is_some_and(|id| users.contains(&id))
                })
                || remembered(&|link| link.contact.as_ref().is_some_and(|id| contacts.contains(id))),
            portal: view.portal_users.iter().any(|user| is_own(user.email()))
                || remembered(&|link| link.portal_user.as_ref().is_some_and(|id| portal_users.contains(id))),
            between: stored::is_keyed(view.own)
                || view.portal_users.iter().enumerate().any(|(index, user)| {
                    view.contact_key(index).is_some_and(|key| contacts.contains(key))
                        || user.email().and_then(email::key).is_some_and(|own| addresses.contains(&own))
                }),
        }
    }
}
