//! Whose records a company's are: what the sides say of themselves against what the configuration says.
//!
//! A side that names another record is believed before the configuration. What was not read, is blank, or is no id
//! says nothing.

mod others;
pub(crate) mod stored;
mod words;

use std::collections::BTreeSet;

use crate::model::Id;
use crate::plan::{CompanyConflict, Proof};
use crate::reconcile::input::all::Input;
use crate::reconcile::input::company::CompanyInput;
use crate::text::tenant::{Named, named};
pub use others::AllCompanies;
use others::OtherCompanies;
use stored::{foreign_links, is_tenant_of, key, names, stored};
use words::Wording;

impl AllCompanies<'_> {
    /// Returns all that shows that the records of `own` belong to another company than the configuration says.
    pub fn conflicts(&self, own: &CompanyInput) -> Vec<CompanyConflict> {
        let others = OtherCompanies { all: self, own };
        let said = Wording { input: self.input(), own, others: &others };
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
}

/// Returns the domains by which companies that are not chosen name their tenants, where the owner of something that
/// a chosen company stores is still to be found.
pub fn tenants_wanted(input: &Input<'_>) -> BTreeSet<String> {
    let all = AllCompanies::new(input);
    let homeless = |own: &CompanyInput| {
        all.conflicts(own).iter().any(|one| one.whose.is_empty() && one.proof != Proof::PsaKey)
    };
    if !input.companies.iter().any(homeless) {
        return BTreeSet::new();
    }
    let open = input.configured.iter().filter(|one| all.tenant_of(one).is_none());
    open.map(|one| one.tenant.clone()).collect()
}

/// Returns the organization that answered is not the one that is configured.
fn organization(said: &Wording<'_>) -> Option<CompanyConflict> {
    let tenant = &said.own.tenant.complete()?.tenant;
    let configured = &said.own.company.tenant;
    match (named(configured), named(&tenant.id)) {
        (Named::Id(asked), Named::Id(answered)) if asked != answered => Some(said.tenant_id(&answered)),
        (Named::Domain(domain), _) if names(&domain, &tenant.id, &tenant.domains) == Some(false) => {
            Some(said.unverified(std::slice::from_ref(&domain), &tenant.domains))
        }
        _ => None,
    }
}

/// Not one of the domains that the configuration gives to the company is the tenant's.
fn verified_domains(said: &Wording<'_>) -> Option<CompanyConflict> {
    let verified = &said.own.tenant.complete()?.tenant.domains;
    let own = &said.own.company.domains;
    let foreign =
        !own.is_empty() && !verified.is_empty() && own.iter().all(|domain| !verified.contains(domain));
    foreign.then(|| said.unverified(own, verified))
}

/// Several companies turn out to have one tenant, and do not say whose people are whose.
fn shared_tenant(said: &Wording<'_>) -> Option<CompanyConflict> {
    let sharing = said.others.sharing();
    let own = &said.own.company.domains;
    let clashes =
        |domains: &[String]| domains.is_empty() || domains.iter().any(|domain| own.contains(domain));
    let blurred = own.is_empty() || sharing.iter().any(|other| clashes(other.domains));
    (!sharing.is_empty() && blurred)
        .then(|| said.shared(&sharing.iter().map(|other| other.name.to_owned()).collect::<Vec<_>>()))
}

/// Returns the PSA company stores another tenant, or the PSA itself links only others to it; or it stores none, and that of
/// another company stores this one's.
fn stored_tenant(said: &Wording<'_>) -> Option<CompanyConflict> {
    let own = said.own;
    let decided = |company: &str, text: &str| said.input.decisions.replaces_tenant(company, text).is_some();
    if let Some(text) = stored(own) {
        let foreign = is_tenant_of(own, text) == Some(false) && !decided(&own.company.name, text);
        if foreign {
            return Some(said.stored(text));
        }
    }
    if let Some(text) = foreign_links(own).iter().find(|text| !decided(&own.company.name, text)) {
        return Some(said.linked(text));
    }
    if stored(own).is_some() {
        return None;
    }
    let verified = own.tenant.complete().map_or(&[][..], |side| &side.tenant.domains);
    let own_names = verified.iter().map(|domain| Named::Domain(domain.clone()));
    let holders = said.others.storing(own_names.chain([named(&own.tenant_id)]), |other, text| {
        is_tenant_of(own, text) == Some(true)
            && is_tenant_of(other, text) == Some(false)
            && !decided(&other.company.name, text)
    });
    (!holders.is_empty()).then(|| said.stored_elsewhere(holders))
}

/// Returns the portal company is linked to another PSA company; or to none, and another portal company to this one's.
fn psa_key(said: &Wording<'_>) -> Option<CompanyConflict> {
    let own = said.own;
    let decided = |company: &str, key: &Id| said.input.decisions.replaces_psa_key(company, key).is_some();
    if let Some(key) = key(own) {
        return (*key != own.company.psa_id && !decided(&own.company.name, key)).then(|| said.keyed(key));
    }
    let id = &own.company.psa_id;
    let holders = said.others.keyed(id, |other| !decided(&other.company.name, id));
    (!holders.is_empty()).then(|| said.keyed_elsewhere(holders))
}
