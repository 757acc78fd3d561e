//! Tenants that several companies share: which domains are whose.

use std::collections::{BTreeMap, BTreeSet};

use super::index::{Index, Stored};
use super::{Evidence, Sides, Triple};
use crate::model::Id;

/// A company that the configuration has already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// The portal's company.
    pub portal: Id,
    /// The PSA's company.
    pub psa: Id,
    /// The tenant's id.
    pub tenant: String,
    /// Its domains, where it names any.
    pub domains: BTreeSet<String>,
}

/// Returns the domains that each of the `chosen` companies has to name in the configuration: none where its tenant is its
/// own, else those that it alone lists. Or why it cannot be served yet.
///
/// A tenant is shared too where another company that was not chosen points to it: without domains, that one's people
/// would count as those of this one.
pub fn own_domains(
    chosen: &[Triple],
    standing: &[Standing],
    sides: &Sides,
) -> Vec<Result<Vec<String>, String>> {
    let index = Index::of(sides);
    chosen.iter().map(|triple| domains_of(triple, chosen, standing, sides, &index)).collect()
}

fn domains_of(
    own: &Triple,
    chosen: &[Triple],
    standing: &[Standing],
    sides: &Sides,
    index: &Index<'_>,
) -> Result<Vec<String>, String> {
    let beside: Vec<&Standing> = standing.iter().filter(|one| one.tenant == own.tenant).collect();
    if let Some(open) = beside.iter().find(|one| one.domains.is_empty()) {
        return Err(format!(
            "it shares the tenant {} with {}, which names no domains: add domains = [\"…\"] there first",
            own.tenant, open.name
        ));
    }
    let Some(tenant) = sides.tenants.iter().position(|tenant| tenant.id == own.tenant) else {
        return Ok(Vec::new());
    };
    let lists =
        |at: &usize| sides.portal[*at].company.id != own.portal && index.of_portal(*at).contains_key(&tenant);
    let stores = |at: &usize| {
        let company = &sides.psa[*at].company;
        company.id != own.psa && company.active != Some(false) && index.stored(*at) == Stored::Tenant(tenant)
    };
    let sisters = chosen.iter().any(|other| other.portal != own.portal && other.tenant == own.tenant);
    let shared = sisters
        || !beside.is_empty()
        || (0..sides.portal.len()).any(|at| lists(&at))
        || (0..sides.psa.len()).any(|at| stores(&at));
    if !shared {
        return Ok(Vec::new());
    }
    let mut everywhere = BTreeMap::<&str, usize>::new();
    for domain in sides.portal.iter().flat_map(|client| client.domains.iter().collect::<BTreeSet<_>>()) {
        *everywhere.entry(domain).or_default() += 1;
    }
    let named: BTreeSet<&String> = beside.iter().flat_map(|one| &one.domains).collect();
    let client = sides.portal.iter().find(|client| client.company.id == own.portal);
    let listed = client.into_iter().flat_map(|client| &client.domains);
    let listed = listed.filter(|domain| everywhere.get(domain.as_str()) == Some(&1));
    let of_contacts = own.evidence.iter().filter_map(|one| match one {
        Evidence::ContactDomain(domain) if !everywhere.contains_key(domain.as_str()) => Some(domain),
        _ => None,
    });
    let verified = &sides.tenants[tenant].domains;
    let domains: BTreeSet<String> = listed
        .chain(of_contacts)
        .filter(|domain| verified.contains(*domain) && !named.contains(domain))
        .cloned()
        .collect();
    if domains.is_empty() {
        return Err(format!(
            "others share its tenant {}, and it lists no domain of its own there: add its domains in the portal, or \
             write the [[company]] by hand with domains = [\"…\"]",
            own.tenant
        ));
    }
    Ok(domains.into_iter().collect())
}
