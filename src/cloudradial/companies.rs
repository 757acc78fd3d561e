//! Reading companies. Territory and account manager stand in no listing, so that they cost a request for each company:
//! they are kept, and asked for again when what is kept is too old.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::filter::{COMPANIES_PER_FILTER, of_companies};
use super::listing::{PAGE, Source, listing, page};
use super::wire::{Company, Domain, unwrap};
use super::{CloudRadial, company_number, convert, errors};
use crate::error::{Error, Kind, Result};
use crate::http::{Reply, Request};
use crate::model::{Fields, Id, PortalClient, PortalCompany, RecordKind};
use crate::side::{PortalRequest, each};
use crate::text::email;

const COMPANIES: Source<Company> = Source {
    entity: "company",
    what: "companies",
    select: "companyId,name,psaKey",
    id: ("companyId", |row| row.company_id.as_deref()),
};

const DOMAINS: Source<Domain> = Source {
    entity: "domain",
    what: "domains",
    select: "companyDomainId,companyId,name,isDeleted",
    id: ("companyDomainId", |row| row.company_domain_id.as_deref()),
};

/// When a company was last changed is not told, so what is kept of it is kept by its age alone.
const STAMP: &str = "";

/// What was read of companies.
pub(super) struct Companies {
    /// One result for every company asked for.
    pub(super) found: BTreeMap<Id, Result<PortalCompany>>,
    /// Those whose territory and account manager are the kept ones.
    pub(super) remembered: BTreeSet<Id>,
}

/// Reads the companies asked for: by themselves where territory and account manager are wanted and not kept, the
/// others by listings.
pub(super) fn companies(portal: &CloudRadial, request: &PortalRequest) -> Result<Companies> {
    let wanted: BTreeSet<&Id> = request.company_details.iter().collect();
    let mut kept: BTreeMap<&Id, Fields> = BTreeMap::new();
    let (mut alone, mut listed) = (Vec::new(), Vec::new());
    for id in &request.companies {
        let known = portal.remembered.get(RecordKind::PortalCompany, id, STAMP);
        match known.filter(|_| wanted.contains(id)) {
            None if wanted.contains(id) => alone.push(id.clone()),
            known => {
                kept.extend(known.map(|fields| (id, fields)));
                listed.push(id.clone());
            }
        }
    }
    let mut found = single_all(portal, &alone);
    let mut rows = self::listed(portal, &listed)?;
    let mut remembered = BTreeSet::new();
    for id in listed {
        let company = rows.remove(&id).ok_or_else(|| missing(&id)).map(|company| match kept.remove(&id) {
            None => company,
            Some(fields) => {
                remembered.insert(id.clone());
                PortalCompany { fields, ..company }
            }
        });
        found.insert(id, company);
    }
    Ok(Companies { found, remembered })
}

/// All companies with the domains that they list, in the order of the ids.
pub(super) fn all(portal: &CloudRadial) -> Result<Vec<PortalClient>> {
    let companies = listing(portal, &COMPANIES, "")?;
    let mut domains = BTreeMap::<Id, BTreeSet<String>>::new();
    // A domain that was deleted stays in the listing.
    for row in listing(portal, &DOMAINS, "")?.only(|row| !row.is_deleted).items() {
        if let (Some(company), Some(name)) = (&row.company_id, &row.name) {
            domains.entry(Id::new(company)).or_default().insert(email::domain_key(name));
        }
    }
    let mut client = |row: &Company| {
        let company = convert::company(row.clone())?;
        let domains = domains.remove(&company.id).unwrap_or_default();
        Ok(PortalClient { company, domains: domains.into_iter().filter(|name| name.contains('.')).collect() })
    };
    companies.items().iter().map(&mut client).collect()
}

/// Each of the companies by itself, several side by side.
pub(super) fn single_all(portal: &CloudRadial, ids: &[Id]) -> BTreeMap<Id, Result<PortalCompany>> {
    let read = each(ids, portal.settings.concurrency, |id| single(portal, id));
    ids.iter().cloned().zip(read).collect()
}

/// One company by itself, which is kept.
pub(super) fn single(portal: &CloudRadial, id: &Id) -> Result<PortalCompany> {
    let url = portal.url(&format!("/v2/company/{}", company_number(id)?))?;
    let reply = portal.send(Request::get(url).endpoint("company"))?;
    let company = told(&reply, id).map_err(|error| error.attempts(reply.attempts))?;
    portal.remembered.put(RecordKind::PortalCompany, id, STAMP, &company.fields);
    Ok(company)
}

/// Those of the companies that exist, without territory and account manager. Many are looked for in pages of all
/// companies as long as a page holds more of them than one filter can name; the others are named. No count is needed:
/// of one that does not come nothing is concluded.
fn listed(portal: &CloudRadial, ids: &[Id]) -> Result<BTreeMap<Id, PortalCompany>> {
    let mut missing: BTreeSet<Id> = ids.iter().cloned().collect();
    let mut found = BTreeMap::new();
    let mut take = |rows: Vec<Company>, missing: &mut BTreeSet<Id>| -> Result<()> {
        for row in rows {
            let is_wanted = row.company_id.as_ref().is_none_or(|id| missing.contains(&Id::new(id)));
            if is_wanted {
                let company = convert::company(row)?;
                missing.remove(&company.id);
                found.insert(company.id.clone(), company);
            }
        }
        Ok(())
    };
    for number in 0.. {
        if missing.len() <= COMPANIES_PER_FILTER {
            break;
        }
        let (rows, before) = (page(portal, &COMPANIES, "", number)?, missing.len());
        let is_full = rows.len() >= PAGE;
        take(rows, &mut missing)?;
        if !is_full || before - missing.len() <= COMPANIES_PER_FILTER {
            break;
        }
    }
    let rest: Vec<Id> = missing.iter().cloned().collect();
    for some in rest.chunks(COMPANIES_PER_FILTER) {
        take(page(portal, &COMPANIES, &of_companies(some)?, 0)?, &mut missing)?;
    }
    Ok(found)
}

fn told(reply: &Reply, id: &Id) -> Result<PortalCompany> {
    if reply.status == 404 {
        return Err(missing(id));
    }
    if !reply.ok() {
        return Err(errors::explain(reply, &format!("company {id}")));
    }
    let value = unwrap(reply.json::<Value>("a company")?);
    let company: Company = serde_json::from_value(value).map_err(|error| {
        Error::new(Kind::Service, format!("CloudRadial: company {id} has an unknown form")).source(error)
    })?;
    let company = convert::company(company)?;
    if company.id == *id {
        return Ok(company);
    }
    Err(Error::new(Kind::Service, format!("CloudRadial answered with company {} for {id}", company.id)))
}

/// The error for a company that the portal does not have.
pub(super) fn missing(id: &Id) -> Error {
    Error::new(Kind::NotFound, format!("company {id} does not exist in CloudRadial"))
        .hint("check the company's `cloudradial` id, and base-url under [cloudradial] (another region knows other ids)")
}
