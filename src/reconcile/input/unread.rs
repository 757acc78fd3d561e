//! Sides that were not read to their end, and companies whose people cannot be told from those of others.

use std::borrow::Cow;

use super::company::CompanyInput;
use super::view::View;
use crate::error::Kind;
use crate::model::{Reading, Side};
use crate::plan::Unread;
use crate::text::email;

/// Returns the sides of a company that could not be read to their end, or whose people cannot be told from those of
/// other companies, since its `domains` name one that no address has.
pub(crate) fn unread(company: &CompanyInput, view: Option<&View<'_>>) -> Vec<Unread> {
    fn one<T>(side: Side, reading: &Reading<T>) -> Option<Unread> {
        match reading {
            Reading::Complete(_) => None,
            Reading::Incomplete { kind, reason, hint } => {
                Some(Unread { side, kind: *kind, reason: reason.clone(), hint: hint.clone() })
            }
        }
    }
    let sides = [
        one(Side::Tenant, &company.tenant),
        one(Side::Psa, &company.psa),
        one(Side::Portal, &company.portal),
    ];
    let spelled = |domain| company.company.as_stated(domain);
    let unanswered =
        view.map(|view| unanswered(view).into_iter().map(spelled).collect::<Vec<_>>().join(", "));
    let unanswered = unanswered.filter(|names| !names.is_empty());
    let unanswered = unanswered.map(|names| Unread {
        side: Side::Tenant,
        kind: Kind::Incomplete,
        reason: format!(
            "`domains` names {names}, which no user, contact, portal user or verified domain has"
        ),
        hint: Some(
            "correct `domains` of this company in crsync.toml, or verify the domain in the tenant".to_owned(),
        ),
    });
    sides.into_iter().flatten().chain(unanswered).collect()
}

/// Returns the domains of the company's settings that no user, contact, portal user or verified domain has: whose
/// people they are is then unknown.
fn unanswered<'a>(view: &View<'a>) -> Vec<&'a str> {
    let mut open: Vec<&str> = view.company.domains.iter().map(String::as_str).collect();
    // Nearly always the first records have them all.
    let mut known = domains(view);
    while !open.is_empty() {
        let Some(domain) = known.next() else { break };
        open.retain(|own| *own != domain);
    }
    open
}

/// Returns every domain that the company's people and its tenant have, as often as they have it.
pub(crate) fn domains<'v>(view: &'v View<'_>) -> impl Iterator<Item = Cow<'v, str>> {
    let of_users = view.users.iter().flat_map(|user| {
        let own = user.email().into_iter().chain([user.user_name.as_str()]);
        own.chain(user.alternates.iter().map(String::as_str))
    });
    let of_contacts = view.contacts.iter().filter_map(|contact| contact.email());
    let of_portal = view.portal_users.iter().filter_map(|user| user.email());
    let of_people = of_users.chain(of_contacts).chain(of_portal).filter_map(email::domain);
    view.tenant.domains.iter().map(|domain| Cow::Owned(domain.to_lowercase())).chain(of_people)
}
