//! The three sides, looked up by what links them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Account, Sides};
use crate::model::{Field, Id, PsaCompany, Udf};
use crate::text::email;
use crate::text::tenant::{Named, named};

/// Domains at which anybody gets an address: they name no client, although some have a tenant.
const PUBLIC: [&str; 40] = [
    "126.com",
    "163.com",
    "aol.com",
    "att.net",
    "bellsouth.net",
    "bigpond.com",
    "btinternet.com",
    "comcast.net",
    "cox.net",
    "earthlink.net",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "icloud.com",
    "libero.it",
    "live.com",
    "mac.com",
    "mail.com",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "sbcglobal.net",
    "t-online.de",
    "verizon.net",
    "web.de",
    "xtra.co.nz",
    "yahoo.co.uk",
    "yahoo.com",
    "ymail.com",
];

/// The tenant that a PSA company stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stored {
    Nothing,
    /// One of the known tenants, by its place.
    Tenant(usize),
    /// Something that names none of them.
    Unknown(String),
    /// The PSA itself links others to the company, these.
    Contradicted(String),
}

/// Returns the text in which the company stores its tenant, if it stores any.
pub fn stored_text(company: &PsaCompany) -> Option<&str> {
    let text = company.fields.text(Field::Udf(Udf::Tenant365Id))?;
    (named(text) != Named::Nothing).then_some(text)
}

/// Returns the tenants that the PSA itself links to the company, where the stored one is none of them. A domain that is
/// stored may be any of them.
fn contradicts(company: &PsaCompany) -> Option<String> {
    let named = stored_text(company).map_or(Named::Nothing, named);
    let agrees = |id: &String| crate::text::tenant::named(id) == named;
    let is_open = matches!(named, Named::Domain(_)) || company.linked.is_empty();
    (!is_open && !company.linked.iter().any(agrees)).then(|| company.linked.join(" and "))
}

/// Returns the main domain of each company's addresses: more than half of its addresses have it, and
/// more than half of all addresses that have it are of this company. Domains at which anybody gets an address, and those
/// that are `foreign`, such as the MSP's own, never do.
pub fn contact_domains(
    addresses: &BTreeMap<Id, Vec<String>>,
    foreign: &BTreeSet<String>,
) -> BTreeMap<Id, String> {
    let mut of_company = BTreeMap::<&Id, BTreeMap<String, usize>>::new();
    let mut everywhere = BTreeMap::<String, usize>::new();
    for (id, addresses) in addresses {
        for domain in addresses.iter().filter_map(|address| email::domain(address)) {
            *of_company.entry(id).or_default().entry(domain.to_string()).or_default() += 1;
            *everywhere.entry(domain.into_owned()).or_default() += 1;
        }
    }
    let outstanding = |(id, domains): (&Id, BTreeMap<String, usize>)| {
        let all: usize = domains.values().sum();
        let (domain, number) = domains.into_iter().max_by_key(|(_, number)| *number)?;
        let is_own = number * 2 > all && everywhere.get(&domain).is_some_and(|all| number * 2 > *all);
        let is_public = PUBLIC.contains(&domain.as_str()) || foreign.contains(&domain);
        (is_own && !is_public).then(|| (id.clone(), domain))
    };
    of_company.into_iter().filter_map(outstanding).collect()
}

/// The three sides, looked up by what links them. Records go by their places.
pub(super) struct Index<'s> {
    sides: &'s Sides,
    psa: BTreeMap<&'s Id, usize>,
    keyed: BTreeMap<&'s Id, Vec<usize>>,
    /// The tenant of a domain; `None` where two have it, which cannot be.
    tenant_by_domain: BTreeMap<&'s str, Option<usize>>,
    portals_by_domain: BTreeMap<&'s str, usize>,
    stored: Vec<Stored>,
}

impl<'s> Index<'s> {
    pub(super) fn of(sides: &'s Sides) -> Self {
        let mut keyed = BTreeMap::<&Id, Vec<usize>>::new();
        let mut portals_by_domain = BTreeMap::new();
        for (at, client) in sides.portal.iter().enumerate() {
            if let Some(key) = &client.company.psa_key {
                keyed.entry(key).or_default().push(at);
            }
            for domain in client.domains.iter().collect::<BTreeSet<_>>() {
                *portals_by_domain.entry(domain.as_str()).or_default() += 1;
            }
        }
        let mut tenant_by_domain = BTreeMap::new();
        for (at, tenant) in sides.tenants.iter().enumerate() {
            for domain in &tenant.domains {
                tenant_by_domain.entry(domain.as_str()).and_modify(|known| *known = None).or_insert(Some(at));
            }
        }
        let by_id: BTreeMap<&str, usize> =
            sides.tenants.iter().enumerate().map(|(at, tenant)| (tenant.id.as_str(), at)).collect();
        let stored = |account: &Account| match (stored_text(&account.company), contradicts(&account.company))
        {
            (_, Some(linked)) => Stored::Contradicted(linked),
            (None, None) => Stored::Nothing,
            (Some(text), None) => {
                let known = match named(text) {
                    Named::Id(id) => by_id.get(id.as_str()).copied(),
                    Named::Domain(domain) => tenant_by_domain.get(domain.as_str()).copied().flatten(),
                    Named::Note | Named::Nothing => None,
                };
                known.map_or_else(|| Stored::Unknown(text.trim().to_owned()), Stored::Tenant)
            }
        };
        let stored = sides.psa.iter().map(stored).collect();
        let psa = sides.psa.iter().enumerate().map(|(at, account)| (&account.company.id, at)).collect();
        Self { sides, psa, keyed, tenant_by_domain, portals_by_domain, stored }
    }

    pub(super) fn psa(&self, id: &Id) -> Option<usize> {
        self.psa.get(id).copied()
    }

    /// Returns the portal's companies that are linked to this company of the PSA.
    pub(super) fn keyed(&self, id: &Id) -> &[usize] {
        self.keyed.get(id).map_or(&[], Vec::as_slice)
    }

    pub(super) fn stored(&self, psa: usize) -> Stored {
        self.stored[psa].clone()
    }

    /// Returns the tenants that verified a domain which this company of the portal lists, and no other one does.
    pub(super) fn of_portal(&self, portal: usize) -> BTreeMap<usize, String> {
        let domains = self.sides.portal[portal].domains.iter();
        let alone = domains.filter(|domain| self.portals_by_domain.get(domain.as_str()) == Some(&1));
        let mut tenants = BTreeMap::new();
        for domain in alone.filter(|domain| !PUBLIC.contains(&domain.as_str())) {
            if let Some(Some(tenant)) = self.tenant_by_domain.get(domain.as_str()) {
                tenants.entry(*tenant).or_insert_with(|| domain.clone());
            }
        }
        tenants
    }

    /// Returns the tenant that verified the domain of most contacts.
    pub(super) fn of_contacts(&self, psa: usize) -> Option<usize> {
        self.tenant_by_domain.get(self.sides.psa[psa].domain.as_deref()?).copied().flatten()
    }

    /// Returns the companies of the PSA that point to one of these tenants and to which no company of the portal is
    /// linked.
    pub(super) fn near(&self, tenants: &BTreeMap<usize, String>) -> Vec<usize> {
        let points = |psa: &usize| match &self.stored[*psa] {
            Stored::Tenant(tenant) => tenants.contains_key(tenant),
            Stored::Nothing | Stored::Unknown(_) | Stored::Contradicted(_) => {
                self.of_contacts(*psa).is_some_and(|tenant| tenants.contains_key(&tenant))
            }
        };
        let is_free = |psa: &usize| self.keyed(&self.sides.psa[*psa].company.id).is_empty();
        (0..self.sides.psa.len()).filter(|psa| is_free(psa) && points(psa)).collect()
    }

    /// Reports whether nothing but these two points to the tenant.
    pub(super) fn is_alone(&self, tenant: usize, portal: usize, psa: usize) -> bool {
        let stores = |other: usize| {
            self.stored[other] == Stored::Tenant(tenant) || self.of_contacts(other) == Some(tenant)
        };
        let lists = |other: usize| self.of_portal(other).contains_key(&tenant);
        (0..self.sides.psa.len()).all(|other| other == psa || !stores(other))
            && (0..self.sides.portal.len()).all(|other| other == portal || !lists(other))
    }
}
