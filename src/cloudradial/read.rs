//! Reading companies and users.

use std::collections::BTreeMap;
use std::thread;

use serde_json::Value;

use super::filter::{COMPANIES_PER_FILTER, of_companies};
use super::listing::{Source, USERS, listing};
use super::wire::{Company, unwrap};
use super::{CloudRadial, company_number, convert, details, errors};
use crate::error::{Error, Kind, Result};
use crate::http::{Reply, Request};
use crate::model::{Complete, DetailsSide, Id, Listing, PortalCompany, PortalSide, PortalUser, Reading};
use crate::side::{PortalRequest, each};

/// Reads all companies asked for.
pub(super) fn portal(
    portal: &CloudRadial,
    request: &PortalRequest,
) -> Result<BTreeMap<Id, Reading<PortalSide>>> {
    let ids = &request.companies;
    let (companies, details, users) = thread::scope(|scope| {
        let companies = scope.spawn(|| self::companies(portal, request));
        let details = scope.spawn(|| self::details_of(portal, &request.user_details));
        let users = users(portal, ids);
        (companies.join(), details.join(), users)
    });
    let stopped = |_| {
        Err(Error::new(Kind::Incomplete, "reading portal companies stopped half way by a fault of crsync"))
    };
    let companies = companies.unwrap_or_else(stopped)?;
    let mut details = details.unwrap_or_default();
    let mut users = users?.group_by(ids, |(company, _)| company.clone());
    Ok(companies
        .into_iter()
        .map(|(id, company)| {
            let reading = Reading::from(company.and_then(|company| {
                let users = users.remove(&id).ok_or_else(|| missing(&id))?;
                let users = users.map(|(_, user)| user);
                Ok(PortalSide { company, users, details: details.remove(&id) })
            }));
            (id, reading)
        })
        .collect())
}

/// The details records of these companies. That they cannot be read leaves everything else as it is.
fn details_of(portal: &CloudRadial, companies: &[Id]) -> BTreeMap<Id, Reading<DetailsSide>> {
    if companies.is_empty() {
        return BTreeMap::new();
    }
    match details::read(portal, companies) {
        Ok(sides) => sides.into_iter().map(|(id, side)| (id, Reading::Complete(side))).collect(),
        Err(error) => companies.iter().map(|id| (id.clone(), Reading::from(&error))).collect(),
    }
}

type Companies = BTreeMap<Id, Result<PortalCompany>>;

/// The companies: one by one where territory and account manager are wanted, since no listing has them.
fn companies(portal: &CloudRadial, request: &PortalRequest) -> Result<Companies> {
    let ids = &request.companies;
    if request.company_details {
        let read = each(ids, portal.settings.concurrency, |id| company_details(portal, id));
        return Ok(ids.iter().cloned().zip(read).collect());
    }
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(COMPANIES_PER_FILTER) {
        let rows = listing(portal, &COMPANIES, &of_companies(chunk)?)?;
        for row in rows.items() {
            let company = convert::company(row.clone())?;
            found.insert(company.id.clone(), company);
        }
    }
    Ok(ids.iter().map(|id| (id.clone(), found.remove(id).ok_or_else(|| missing(id)))).collect())
}

/// One company by itself.
pub(super) fn company_details(portal: &CloudRadial, id: &Id) -> Result<PortalCompany> {
    let reply = portal.send(
        Request::get(portal.url(&format!("/v2/company/{}", company_number(id)?))?).endpoint("company"),
    )?;
    told(&reply, id).map_err(|error| error.attempts(reply.attempts))
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

fn missing(id: &Id) -> Error {
    Error::new(Kind::NotFound, format!("company {id} does not exist in CloudRadial"))
        .hint("check the company's `cloudradial` id, and base-url under [cloudradial] (another region knows other ids)")
}

/// The users of all the companies that are not deleted, with the company each belongs to.
fn users(portal: &CloudRadial, companies: &[Id]) -> Result<Complete<(Id, PortalUser)>> {
    let mut all = Listing::new("portal users");
    for chunk in companies.chunks(COMPANIES_PER_FILTER) {
        let rows = listing(portal, &USERS, &of_companies(chunk)?)?
            .only(|row| !row.is_deleted)
            .try_map(convert::user)?;
        all.page(rows.items().iter().cloned(), |(_, user)| user.id.clone())?;
    }
    Ok(all.end())
}

const COMPANIES: Source<Company> = Source {
    entity: "company",
    what: "companies",
    select: "companyId,name,psaKey",
    id: ("companyId", |row| row.company_id.as_deref()),
};
