//! What the sides say of themselves: the tenant that the PSA company stores, the PSA company that the portal company names.

use crate::model::{Field, Id, Tenant, Udf};
use crate::reconcile::input::company::CompanyInput;
use crate::text::tenant::{Named, named};

/// Returns the tenant that a company's PSA record stores, as the record spells it.
pub(crate) fn stored(own: &CompanyInput) -> Option<&str> {
    let text = own.psa.complete()?.company.fields.text(Field::Udf(Udf::Tenant365Id))?;
    (named(text) != Named::Nothing).then_some(text)
}

/// Returns the tenants that the PSA itself links to the company, where it links none but others.
pub(crate) fn foreign_links(own: &CompanyInput) -> &[String] {
    let linked = own.psa.complete().map_or(&[][..], |side| &side.company.linked);
    if linked.iter().all(|id| is_tenant_of(own, id) == Some(false)) { linked } else { &[] }
}

/// Returns the PSA company that the portal links a company to.
pub(crate) fn key(own: &CompanyInput) -> Option<&Id> {
    own.portal.complete()?.company.psa_key.as_ref().filter(|key| !key.as_str().trim().is_empty())
}

/// Reports whether `text` names the tenant of this id and these verified domains; `None` where that is not known.
pub(crate) fn names(text: &str, id: &str, verified: &[String]) -> Option<bool> {
    match (named(text), named(id)) {
        (Named::Id(named), Named::Id(id)) => Some(named == id),
        (Named::Domain(domain), _) if !verified.is_empty() => Some(verified.contains(&domain)),
        _ => None,
    }
}

/// Reports whether a text names the tenant of `own`; `None` where that is not known.
pub(crate) fn is_tenant_of(own: &CompanyInput, text: &str) -> Option<bool> {
    names(text, &own.tenant_id, own.tenant.complete().map_or(&[], |side| &side.tenant.domains))
}

/// Reports whether the PSA company stores the tenant of `own`.
pub(crate) fn stores_its_tenant(own: &CompanyInput) -> bool {
    stored(own).is_some_and(|text| is_tenant_of(own, text) == Some(true))
}

/// Reports whether the portal company is linked to the PSA company of `own`.
pub(crate) fn is_keyed(own: &CompanyInput) -> bool {
    key(own) == Some(&own.company.psa_id)
}

/// Reports whether the portal company is linked to another PSA company, as a person decided to go on with: what its
/// users are linked to are then that PSA's contacts.
pub(crate) fn is_keyed_elsewhere(own: &CompanyInput) -> bool {
    key(own).is_some_and(|key| *key != own.company.psa_id)
}

/// Returns the id of a tenant: where the configuration names it by a domain, the one that the tenant `answered`.
pub fn tenant_id(configured: &str, answered: Option<&Tenant>) -> String {
    let is_domain = matches!(named(configured), Named::Domain(_));
    answered.filter(|_| is_domain).map_or(configured, |tenant| tenant.id.as_str()).to_owned()
}
