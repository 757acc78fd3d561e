//! Whose records a company's are: what the sides say of themselves against what the configuration says.
//!
//! A side that names another record is believed before the configuration. What was not read, is blank, or is no id
//! says nothing.

mod others;
mod words;

use std::collections::BTreeSet;

use super::{CompanyInput, Input};
use crate::model::{Field, Id, Tenant, Udf};
use crate::plan::{CompanyConflict, Proof};
use crate::text::tenant::{Named, named};

use others::Others;
use words::Said;

/// A company of the configuration, chosen for this run or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// Its name.
    pub name: String,
    /// The chosen PSA's id.
    pub psa_id: Id,
    /// Its ids in other PSAs, with their names.
    pub elsewhere: Vec<(&'static str, Id)>,
    /// The tenant as the file names it: an id or a domain.
    pub tenant: String,
    /// The tenant's id, where `tenant` is a domain and its id was found out.
    pub tenant_id: Option<String>,
    /// Its email domains, where the tenant is shared.
    pub domains: Vec<String>,
}

/// Returns all that shows that the records of `own` belong to another company than the configuration says.
pub fn conflicts(input: &Input<'_>, own: &CompanyInput) -> Vec<CompanyConflict> {
    let others = Others::new(input, own);
    let said = Said { input, own, others: &others };
    let mut found: Vec<CompanyConflict> = [
        organization(&said),
        verified_domains(&said),
        shared_tenant(&said),
        stored_tenant(&said),
        psa_key(&said),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.sort();
    found
}

/// Returns the domains by which companies that are not chosen name their tenants, where the owner of something that
/// a chosen company stores is still to be found.
pub fn tenants_wanted(input: &Input<'_>) -> BTreeSet<String> {
    let homeless = |own: &CompanyInput| {
        conflicts(input, own).iter().any(|one| one.whose.is_empty() && one.proof != Proof::PsaKey)
    };
    if !input.companies.iter().any(homeless) {
        return BTreeSet::new();
    }
    let open = input.configured.iter().filter(|one| Others::tenant_of(input, one).is_none());
    open.map(|one| one.tenant.clone()).collect()
}

/// The tenant that a company's PSA record stores, as the record spells it.
fn stored(own: &CompanyInput) -> Option<&str> {
    let text = own.psa.complete()?.company.fields.text(Field::Udf(Udf::Tenant365Id))?;
    (named(text) != Named::Nothing).then_some(text)
}

/// The PSA company that the portal links a company to.
fn key(own: &CompanyInput) -> Option<&Id> {
    own.portal.complete()?.company.psa_key.as_ref().filter(|key| !key.as_str().trim().is_empty())
}

/// Whether `text` names the tenant of this id and these verified domains; `None` where that cannot be told.
fn names(text: &str, id: &str, verified: &[String]) -> Option<bool> {
    match (named(text), named(id)) {
        (Named::Id(named), Named::Id(id)) => Some(named == id),
        (Named::Domain(domain), _) if !verified.is_empty() => Some(verified.contains(&domain)),
        _ => None,
    }
}

/// Whether a text names the tenant of `own`; `None` where that cannot be told.
pub(super) fn is_tenant_of(own: &CompanyInput, text: &str) -> Option<bool> {
    names(text, &own.tenant_id, own.tenant.complete().map_or(&[], |side| &side.tenant.domains))
}

/// Whether the PSA company stores the tenant of `own`.
pub(super) fn stores_its_tenant(own: &CompanyInput) -> bool {
    stored(own).is_some_and(|text| is_tenant_of(own, text) == Some(true))
}

/// Whether the portal company is linked to the PSA company of `own`.
pub(super) fn is_keyed(own: &CompanyInput) -> bool {
    key(own) == Some(&own.psa_id)
}

/// Whether the portal company is linked to another PSA company, as a person decided to go on with: what its users
/// are linked to are then that PSA's contacts.
pub(super) fn is_keyed_elsewhere(own: &CompanyInput) -> bool {
    key(own).is_some_and(|key| *key != own.psa_id)
}

/// Returns the id of a tenant: where the configuration names it by a domain, the one that the tenant `answered`.
pub fn tenant_id(configured: &str, answered: Option<&Tenant>) -> String {
    let is_domain = matches!(named(configured), Named::Domain(_));
    answered.filter(|_| is_domain).map_or(configured, |tenant| tenant.id.as_str()).to_owned()
}

/// The organization that answered is not the one that is configured.
fn organization(said: &Said<'_>) -> Option<CompanyConflict> {
    let tenant = &said.own.tenant.complete()?.tenant;
    let configured = &said.own.configured_tenant;
    match (named(configured), named(&tenant.id)) {
        (Named::Id(asked), Named::Id(answered)) if asked != answered => Some(said.tenant_id(&answered)),
        (Named::Domain(domain), _) if names(&domain, &tenant.id, &tenant.domains) == Some(false) => {
            Some(said.unverified(std::slice::from_ref(&domain), &tenant.domains))
        }
        _ => None,
    }
}

/// Not one of the domains that the configuration gives to the company is the tenant's.
fn verified_domains(said: &Said<'_>) -> Option<CompanyConflict> {
    let verified = &said.own.tenant.complete()?.tenant.domains;
    let own = &said.own.domains;
    let foreign =
        !own.is_empty() && !verified.is_empty() && own.iter().all(|domain| !verified.contains(domain));
    foreign.then(|| said.unverified(own, verified))
}

/// Several companies turn out to have one tenant, and do not say whose people are whose.
fn shared_tenant(said: &Said<'_>) -> Option<CompanyConflict> {
    let sharing = said.others.sharing();
    let own = &said.own.domains;
    let clashes =
        |domains: &[String]| domains.is_empty() || domains.iter().any(|domain| own.contains(domain));
    let blurred = own.is_empty() || sharing.iter().any(|other| clashes(other.domains));
    (!sharing.is_empty() && blurred)
        .then(|| said.shared(&sharing.iter().map(|other| other.name.to_owned()).collect::<Vec<_>>()))
}

/// The PSA company stores another tenant; or it stores none, and that of another company stores this one's.
fn stored_tenant(said: &Said<'_>) -> Option<CompanyConflict> {
    let own = said.own;
    let decided = |company: &str, text: &str| said.input.decisions.replaces_tenant(company, text).is_some();
    if let Some(text) = stored(own) {
        let foreign = is_tenant_of(own, text) == Some(false) && !decided(&own.name, text);
        return foreign.then(|| said.stored(text));
    }
    let holders = said.others.storing(|other, text| {
        is_tenant_of(own, text) == Some(true)
            && is_tenant_of(other, text) == Some(false)
            && !decided(&other.name, text)
    });
    (!holders.is_empty()).then(|| said.stored_elsewhere(holders))
}

/// The portal company is linked to another PSA company; or to none, and another portal company to this one's.
fn psa_key(said: &Said<'_>) -> Option<CompanyConflict> {
    let own = said.own;
    let decided = |company: &str, key: &Id| said.input.decisions.replaces_psa_key(company, key).is_some();
    if let Some(key) = key(own) {
        return (*key != own.psa_id && !decided(&own.name, key)).then(|| said.keyed(key));
    }
    let holders = said.others.keyed(|other, key| *key == own.psa_id && !decided(&other.name, key));
    (!holders.is_empty()).then(|| said.keyed_elsewhere(holders))
}
