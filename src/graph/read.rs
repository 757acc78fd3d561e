//! Reading one tenant: organization, licences and the first page of users in one request, then page by page.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use url::Url;

use super::convert::Shared;
use super::wire::{
    Batch, BatchAnswer, BatchRequest, BatchResponse, Beside, Organization, Page, SubscribedSku, User,
};
use super::{Graph, convert, errors, licences};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Reply, Request, Safety};
use crate::model::{self, Complete, Listing, Tenant, TenantSide};
use crate::text::email;

/// How often a listing of users starts over when its place is lost.
const RESTARTS: usize = 2;

/// One part of the first request.
struct Part {
    id: &'static str,
    url: &'static str,
    /// What the call needs, for the message when it is refused.
    permission: &'static str,
}

const ORGANIZATION: Part = Part {
    id: "organization",
    url: "/organization?$select=id,displayName,verifiedDomains",
    permission: "User.Read.All",
};

/// Takes no `OData` parameters (vendor documents).
const SKUS: Part = Part { id: "skus", url: "/subscribedSkus", permission: "LicenseAssignment.Read.All" };

/// All properties that scope, linking and the portal's fields need. 999 is the largest page (vendor documents).
const USERS: Part = Part {
    id: "users",
    url: "/users?$top=999&$select=id,userPrincipalName,displayName,givenName,surname,mail,proxyAddresses,otherMails,\
          accountEnabled,userType,jobTitle,department,companyName,officeLocation,businessPhones,mobilePhone,\
          streetAddress,city,state,postalCode,country,assignedLicenses,onPremisesSyncEnabled\
          &$expand=manager($select=id,displayName)",
    permission: "User.Read.All",
};

/// Reads the tenant completely.
pub(super) fn tenant(graph: &Graph, tenant: &str) -> Result<TenantSide> {
    let requests =
        [&ORGANIZATION, &SKUS, &USERS].map(|part| BatchRequest { id: part.id, method: "GET", url: part.url });
    let mut parts = batch(graph, tenant, &requests, errors::PERMISSIONS)?;
    let mut part = |part| self::part(graph, tenant, &mut parts, part);
    let (organization, skus, first) = (part(&ORGANIZATION)?, part(&SKUS)?, part(&USERS)?);
    let organization: Page<Organization> = page(graph, tenant, &organization, &ORGANIZATION)?;
    let skus: Page<SubscribedSku> = page(graph, tenant, &skus, &SKUS)?;
    let organization = self::organization(organization, tenant)?;
    let shared = Shared::default();
    let users = users(graph, tenant, first, &|user| convert::user(user, &organization.domains, &shared))?;
    let skus = licences::skus(&skus.value, users.items());
    Ok(TenantSide { tenant: Tenant { skus, ..organization }, users })
}

/// Reads the organization alone, without users and licences.
pub(super) fn organization_of(graph: &Graph, tenant: &str) -> Result<Tenant> {
    let reply = fetch(graph, tenant, graph.url(ORGANIZATION.url)?, &ORGANIZATION)?;
    let none = || Error::new(Kind::Service, format!("tenant {tenant}: Graph gives no organization"));
    organization(page(graph, tenant, &reply.ok_or_else(none)?, &ORGANIZATION)?, tenant)
}

fn organization(page: Page<Organization>, asked: &str) -> Result<Tenant> {
    let Some(organization) = page.value.into_iter().next() else {
        return Err(Error::new(Kind::Service, format!("tenant {asked}: Graph names no organization")));
    };
    let id = organization.id.trim().to_lowercase();
    if id.is_empty() {
        return Err(Error::new(
            Kind::Service,
            format!("tenant {asked}: Graph names an organization without an id"),
        )
        .hint("run the command again with --har FILE and report the answer"));
    }
    let domains = organization.verified_domains.into_iter().flatten().filter_map(|domain| domain.name);
    Ok(Tenant {
        id,
        name: organization.display_name.unwrap_or_default(),
        domains: domains.map(|name| email::domain_key(&name)).collect(),
        skus: Vec::new(),
    })
}

/// Makes a user of what Graph says of one.
type Convert<'a> = &'a dyn Fn(User) -> model::User;

/// Follows the next links of users to the end. When Graph no longer knows the place, the listing starts over. Each user is
/// converted as the page is read, so that Graph's form of it is not kept.
fn users(graph: &Graph, tenant: &str, first: Reply, convert: Convert<'_>) -> Result<Complete<model::User>> {
    let mut first = Some(first);
    for _ in 0..=RESTARTS {
        let page = match first.take() {
            Some(page) => page,
            None => match fetch(graph, tenant, graph.url(USERS.url)?, &USERS)? {
                Some(page) => page,
                None => continue,
            },
        };
        if let Some(users) = follow(graph, tenant, page, convert)? {
            return Ok(users);
        }
    }
    Err(Error::new(
        Kind::Incomplete,
        format!("tenant {tenant}: Graph lost its place in the listing of users again and again"),
    )
    .hint("run the command again; nothing is concluded from this reading"))
}

/// `None` when the place was lost on the way.
fn follow(
    graph: &Graph,
    tenant: &str,
    mut reply: Reply,
    convert: Convert<'_>,
) -> Result<Option<Complete<model::User>>> {
    let (pages, records) = graph.service.longest_listing();
    let mut listing = Listing::within("365 users", pages, records);
    let mut from = graph.url(USERS.url)?;
    let mut links = std::collections::BTreeSet::new();
    loop {
        let (mut taken, mut is_plain) = (listing.begin_page(), true);
        let take = |user: User| {
            let id = convert::id(&user.id);
            is_plain &= id.is_plain();
            if is_plain && taken.is_ok() {
                taken = listing.row(id, Some(convert(user)));
            }
        };
        let beside: Beside = accepted(graph, tenant, &reply, &USERS)?
            .rows(&what(&USERS), "value", take)
            .map_err(|error| error.within(format_args!("tenant {tenant}")))?;
        if !is_plain {
            return Err(Error::new(
                Kind::Incomplete,
                format!("tenant {tenant}: Graph lists a user whose id cannot be one, so the listing is not believed"),
            )
            .hint("run the command again with --har FILE and look at the answer; if it stays, report it"));
        }
        taken?;
        // A page may be short, even empty, and still not be the last: only a missing link ends the listing.
        let Some(link) = beside.next_link else { return Ok(Some(listing.end())) };
        if !links.insert(link.clone()) {
            return Err(Error::new(Kind::Incomplete, format!("tenant {tenant}: Graph pages in circles"))
                .hint("run the command again; nothing is concluded from this reading"));
        }
        let next = graph.service.next_link(&from, &link)?;
        from = next.clone();
        reply = match fetch(graph, tenant, next, &USERS)? {
            Some(reply) => reply,
            None => return Ok(None),
        };
    }
}

/// One page by itself; `None` when Graph no longer knows the place.
fn fetch(graph: &Graph, tenant: &str, url: Url, part: &Part) -> Result<Option<Reply>> {
    let reply = graph.send(tenant, &Request::get(url).endpoint(part.id))?;
    Ok(if errors::lost_the_page(reply.status, &reply.body) { None } else { Some(reply) })
}

/// All records of a page.
fn page<T: DeserializeOwned>(graph: &Graph, tenant: &str, reply: &Reply, part: &Part) -> Result<Page<T>> {
    accepted(graph, tenant, reply, part)?
        .json(&what(part))
        .map_err(|error| error.within(format_args!("tenant {tenant}")))
}

/// The answer, if it is a page.
fn accepted<'r>(graph: &Graph, tenant: &str, reply: &'r Reply, part: &Part) -> Result<&'r Reply> {
    if reply.ok() {
        return Ok(reply);
    }
    Err(errors::graph(reply.status, &reply.body, tenant, part.permission, &graph.settings))
}

/// The name of a page in messages.
fn what(part: &Part) -> String {
    format!("a page of {}", part.id)
}

/// The properties of a user that are read, as `$select` takes them: the same of one user as of all.
pub(super) fn properties() -> &'static str {
    let select = USERS.url.split("$select=").nth(1).and_then(|rest| rest.split('&').next());
    select.unwrap_or_default()
}

/// Several readings, at most twenty, in one request. Those that Graph has no room for are asked for again, together,
/// once the time has come that they name. `permission` is what they need.
pub(super) fn batch(
    graph: &Graph,
    tenant: &str,
    requests: &[BatchRequest<'_>],
    permission: &str,
) -> Result<Vec<BatchResponse>> {
    let mut answers = Vec::new();
    let mut open = requests.to_vec();
    let mut attempt = 1;
    loop {
        let asked = ask(graph, tenant, open.clone(), permission)?.into_iter();
        let (refused, done): (Vec<_>, Vec<_>) = asked.partition(|answer| passing(answer.status));
        answers.extend(done);
        let waits: Vec<String> = refused.iter().filter_map(retry_after).collect();
        if refused.is_empty() || !graph.service.pause(attempt, waits.iter().map(String::as_str), false)? {
            answers.extend(refused);
            return Ok(answers);
        }
        open.retain(|request| refused.iter().any(|answer| answer.id.eq_ignore_ascii_case(request.id)));
        attempt += 1;
    }
}

fn ask(
    graph: &Graph,
    tenant: &str,
    requests: Vec<BatchRequest<'_>>,
    permission: &str,
) -> Result<Vec<BatchResponse>> {
    let request = Request::new(Method::Post, graph.url("/$batch")?)
        .safety(Safety::Read) // all of its parts only read
        .endpoint("$batch")
        .json(&Batch { requests });
    let reply = graph.send(tenant, &request)?;
    if !reply.ok() {
        return Err(errors::graph(reply.status, &reply.body, tenant, permission, &graph.settings));
    }
    let answer: BatchAnswer =
        reply.json("a batch").map_err(|error| error.within(format_args!("tenant {tenant}")))?;
    Ok(answer.responses.into_iter().map(|answer| quiet(&reply, answer)).collect())
}

/// An answer within a batch; one that refuses does not repeat what was sent.
pub(super) fn quiet(batch: &Reply, mut answer: BatchResponse) -> BatchResponse {
    if let Some(body) = answer.body.as_ref().filter(|_| !(200..300).contains(&answer.status)) {
        let silent = String::from_utf8_lossy(&batch.within(body.get().as_bytes())).into_owned();
        answer.body = RawValue::from_string(silent).ok();
    }
    answer
}

/// How long an item that was refused asks to wait.
pub(super) fn retry_after(answer: &BatchResponse) -> Option<String> {
    let mut headers = answer.headers.as_ref()?.iter();
    let (_, value) = headers.find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    value.as_str().map(ToOwned::to_owned).or_else(|| Some(value.as_f64()?.to_string()))
}

/// One part of the batch's answer. A part that is missing or wants a fresh token is asked for by itself, where signing
/// in happens as for every request.
fn part(graph: &Graph, tenant: &str, answers: &mut Vec<BatchResponse>, part: &Part) -> Result<Reply> {
    let found = answers.iter().position(|answer| answer.id.eq_ignore_ascii_case(part.id));
    let answer = found.map(|index| answers.swap_remove(index));
    let Some(BatchResponse { status, body, .. }) = answer.filter(|answer| answer.status != 401) else {
        let reply = fetch(graph, tenant, graph.url(part.url)?, part)?;
        return reply.ok_or_else(|| {
            Error::new(Kind::Service, format!("tenant {tenant}: Graph gives no {}", part.id))
        });
    };
    let body = body.map_or_else(Vec::new, |body| Box::<str>::from(body).into_string().into_bytes());
    Ok(Reply::from_parts("graph", status, Vec::new(), body))
}

/// Whether a request that was answered so may get a better answer when it is made again a while later.
pub(super) fn passing(status: u16) -> bool {
    matches!(status, 423 | 429 | 500 | 502..=504)
}
