//! Which records may be one client on three sides: what `crsync init` proposes, and what each proposal rests on.
//!
//! A name is never evidence. What rests on a stored id or on a domain that nothing contradicts and that no other record
//! has as well is exact; everything else is for a person to decide. No record is in two exact proposals.

mod index;
#[cfg(test)]
mod laws;
mod share;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Id, PortalClient, PsaCompany};
use index::{Index, Stored};

pub use index::{contact_domains, stored_text};
pub use share::{Standing, own_domains};

/// What was read of all three sides.
#[derive(Debug, Clone, Default)]
pub struct Sides {
    /// The portal's companies, without the MSP itself.
    pub portal: Vec<PortalClient>,
    /// The PSA's companies, without the MSP itself.
    pub psa: Vec<Account>,
    /// The tenants that are known by a stored id or by a domain.
    pub tenants: Vec<KnownTenant>,
}

/// A company of the PSA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The company.
    pub company: PsaCompany,
    /// The domain that most of its contacts' addresses have, where there is one ([`contact_domains`]).
    pub domain: Option<String>,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTenant {
    /// Its id.
    pub id: String,
    /// The organization's name; blank where it was not read.
    pub name: String,
    /// Its verified domains: all where the organization was read, else those that public metadata confirmed.
    pub domains: BTreeSet<String>,
}

/// What a proposal rests on, the strongest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// The PSA company stores the tenant.
    StoredTenant,
    /// The portal company is linked to the PSA company.
    PsaKey,
    /// The portal company lists a domain that the tenant verified.
    PortalDomain(String),
    /// Most contacts of the PSA company have a domain that the tenant verified.
    ContactDomain(String),
}

/// How far a proposal can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Something speaks against it, or for another one as well.
    Doubtful,
    /// It is the only one, and rests on what people wrote for another purpose.
    Likely,
    /// It rests on stored ids, or on an id and a verified domain.
    Exact,
}

/// Records that may be one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triple {
    /// The portal's company.
    pub portal: Id,
    /// The PSA's company.
    pub psa: Id,
    /// The tenant's id.
    pub tenant: String,
    /// What it rests on.
    pub evidence: BTreeSet<Evidence>,
    /// How far it can be believed.
    pub strength: Strength,
}

/// What was found for a company of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The company.
    pub portal: Id,
    /// What may belong to it: one where it is exact, else all that anything speaks for, the strongest evidence first.
    pub candidates: Vec<Triple>,
    /// Why it is not exact, each in a sentence without a point.
    pub doubts: Vec<String>,
}

impl Found {
    /// Returns the proposal, where it is exact.
    pub fn exact(&self) -> Option<&Triple> {
        self.candidates.first().filter(|triple| triple.strength == Strength::Exact)
    }

    /// Returns the proposal, where it is likely and not exact.
    pub fn likely(&self) -> Option<&Triple> {
        self.candidates.first().filter(|triple| triple.strength == Strength::Likely)
    }
}

/// Proposes what belongs to each company of the portal, in their order; `psa` is the PSA's name.
pub fn propose(sides: &Sides, psa: &str) -> Vec<Found> {
    let index = Index::of(sides);
    let mut all: Vec<Found> = (0..sides.portal.len()).map(|at| found(sides, &index, psa, at)).collect();
    settle(&mut all);
    all
}

fn found(sides: &Sides, index: &Index<'_>, psa: &str, at: usize) -> Found {
    let client = &sides.portal[at];
    let mut doubts = Vec::new();
    let mut keyed = None;
    if let Some(key) = &client.company.psa_key {
        keyed = index.psa(key);
        let linked = index.keyed(key);
        if keyed.is_none() {
            doubts.push(format!("it is linked to company {key}, which {psa} does not have"));
        } else if linked.len() > 1 {
            let others = linked.iter().filter(|other| **other != at);
            let others: Vec<&str> = others.map(|other| sides.portal[*other].company.name.as_str()).collect();
            doubts.push(format!("company {key} is linked to {} as well", others.join(" and ")));
        }
    }
    let own_tenants = index.of_portal(at);
    let psas: Vec<usize> = match keyed {
        Some(keyed) => vec![keyed],
        None => index.near(&own_tenants),
    };
    let mut candidates = Vec::new();
    for one in psas {
        let account = &sides.psa[one];
        let name = &account.company.name;
        let stored = index.stored(one);
        let mut tenants: BTreeSet<usize> = match (&stored, keyed) {
            // What is stored is believed before any domain.
            (Stored::Tenant(tenant), _) => BTreeSet::from([*tenant]),
            (_, Some(_)) => own_tenants.keys().copied().chain(index.of_contacts(one)).collect(),
            (_, None) => {
                own_tenants.keys().copied().filter(|tenant| index.of_contacts(one) == Some(*tenant)).collect()
            }
        };
        if keyed.is_none() {
            tenants.retain(|tenant| own_tenants.contains_key(tenant));
        }
        if let Stored::Unknown(text) = &stored {
            doubts.push(format!(
                "{name} in {psa} stores {text:?} as its tenant, which names none that is known"
            ));
        }
        if let Stored::Contradicted(linked) = &stored {
            doubts.push(format!(
                "{psa} itself links {name} to the tenant {linked}, and {name} stores another one or none"
            ));
        }
        if account.company.active == Some(false) {
            doubts.push(format!("{name} is inactive in {psa}"));
        }
        for tenant in tenants {
            let mut evidence = BTreeSet::new();
            if stored == Stored::Tenant(tenant) {
                evidence.insert(Evidence::StoredTenant);
            }
            if keyed.is_some() {
                evidence.insert(Evidence::PsaKey);
            }
            evidence.extend(own_tenants.get(&tenant).map(|domain| Evidence::PortalDomain(domain.clone())));
            if index.of_contacts(one) == Some(tenant) {
                evidence.extend(account.domain.clone().map(Evidence::ContactDomain));
            }
            candidates.push((one, tenant, evidence));
        }
    }
    for (tenant, domain) in &own_tenants {
        let meant = candidates.iter().any(|(_, of, _)| of == tenant);
        if !meant && !candidates.is_empty() {
            doubts.push(format!(
                "its domain {domain} belongs to another tenant, {}",
                sides.tenants[*tenant].id
            ));
        }
    }
    if candidates.is_empty() && doubts.is_empty() {
        doubts.push(nothing(client, keyed.map(|one| &sides.psa[one]), &own_tenants, psa));
    } else if candidates.len() > 1 {
        doubts.push(format!("{} answers fit", candidates.len()));
    }
    let strength = |(one, tenant, evidence): &(usize, usize, BTreeSet<Evidence>)| {
        let by_id =
            keyed.is_some() && (evidence.contains(&Evidence::StoredTenant) || has_portal_domain(evidence));
        let by_tenant = evidence.contains(&Evidence::StoredTenant)
            && has_portal_domain(evidence)
            && index.is_alone(*tenant, at, *one);
        match () {
            () if !doubts.is_empty() => Strength::Doubtful,
            () if by_id || by_tenant => Strength::Exact,
            () => Strength::Likely,
        }
    };
    let mut candidates: Vec<Triple> = candidates
        .iter()
        .map(|one| Triple {
            portal: client.company.id.clone(),
            psa: sides.psa[one.0].company.id.clone(),
            tenant: sides.tenants[one.1].id.clone(),
            evidence: one.2.clone(),
            strength: strength(one),
        })
        .collect();
    candidates.sort_by(|a, b| (b.strength, &a.evidence, &a.psa).cmp(&(a.strength, &b.evidence, &b.psa)));
    Found { portal: client.company.id.clone(), candidates, doubts }
}

fn has_portal_domain(evidence: &BTreeSet<Evidence>) -> bool {
    evidence.iter().any(|one| matches!(one, Evidence::PortalDomain(_)))
}

/// Returns why there is no candidate at all.
fn nothing(
    client: &PortalClient,
    keyed: Option<&Account>,
    tenants: &BTreeMap<usize, String>,
    psa: &str,
) -> String {
    match (keyed, tenants.values().next(), client.domains.as_slice()) {
        (Some(account), ..) => {
            format!(
                "it is linked to {} in {psa}, but no stored id and no domain of its own names a tenant",
                account.company.name
            )
        }
        (None, Some(domain), _) => {
            format!("its domain {domain} has a tenant, but no company of {psa} points there")
        }
        (None, None, []) => format!("it is linked to no company of {psa}, and lists no domain"),
        (None, None, domains) => format!("no tenant was found for {} alone", domains.join(", ")),
    }
}

/// Takes care that no record of the PSA is in two proposals that are believed.
fn settle(all: &mut [Found]) {
    let exact: Vec<(Id, Id)> =
        all.iter().filter_map(|found| Some((found.portal.clone(), found.exact()?.psa.clone()))).collect();
    let taken = |psa: &Id, portal: &Id| exact.iter().any(|(of, one)| one == psa && of != portal);
    for found in all.iter_mut() {
        let portal = found.portal.clone();
        if found.exact().is_some_and(|triple| taken(&triple.psa, &portal)) {
            found
                .doubts
                .push("another company has equally good evidence for the same PSA company".to_owned());
            doubt(found);
        } else if found.exact().is_none() {
            let before = found.candidates.len();
            found.candidates.retain(|triple| !taken(&triple.psa, &portal));
            if found.candidates.is_empty() && before > 0 {
                found.doubts.push("what fits it belongs to another company already".to_owned());
            }
        }
    }
    let mut wanted = BTreeMap::<Id, usize>::new();
    for found in all.iter().filter(|found| found.exact().is_none()) {
        let psas: BTreeSet<&Id> = found.candidates.iter().map(|triple| &triple.psa).collect();
        for psa in psas {
            *wanted.entry(psa.clone()).or_default() += 1;
        }
    }
    for found in all.iter_mut() {
        let shared =
            found.likely().is_some_and(|triple| wanted.get(&triple.psa).is_some_and(|number| *number > 1));
        if shared {
            found.doubts.push("the same PSA company fits another company as well".to_owned());
            doubt(found);
        }
    }
}

fn doubt(found: &mut Found) {
    found.candidates.iter_mut().for_each(|triple| triple.strength = Strength::Doubtful);
}

impl Evidence {
    /// Returns it in words; `psa` is the PSA's name.
    pub fn words(&self, psa: &str) -> String {
        match self {
            Self::StoredTenant => format!("tenant stored in {psa}"),
            Self::PsaKey => "the portal is linked to this PSA company".to_owned(),
            Self::PortalDomain(domain) => format!("{domain} in the portal"),
            Self::ContactDomain(domain) => format!("{domain} of its contacts"),
        }
    }
}

impl Triple {
    /// Returns what it rests on, in words; `psa` is the PSA's name.
    pub fn rests_on(&self, psa: &str) -> String {
        self.evidence.iter().map(|one| one.words(psa)).collect::<Vec<_>>().join("; ")
    }
}
