//! Reads the three sides of the chosen companies at the same time, into complete snapshots.
//!
//! A side that cannot be read makes the companies that need it incomplete, with the reason; the others go on.

mod age;
mod company_details;
mod looks;
mod pictures;
mod pins;
mod recent;
mod sizes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle};

use company_details::Remembered;
pub use looks::looks;
pub use pictures::pictures;
pub use pins::{new_pins, pins};
pub use sizes::sizes;

use crate::error::{Error, Kind, Result};
use crate::model::{Budget, Capabilities, Id, Reading, Rereads, Row, Shape, Side, TenantSide};
use crate::reconcile::{Company, CompanyInput, tenant_id};
use crate::side::{
    PortalReading, PortalRequest, PsaReading, PsaRequest, ReadPortal, ReadPsa, ReadTenant, each,
};
use crate::state::RecentWrite;

/// Tenants that are read at the same time. Each is one connection that mostly waits.
const TENANTS_AT_ONCE: usize = 16;

/// The systems to read from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Reads 365 tenants.
    pub tenants: &'a dyn ReadTenant,
    /// Reads the PSA.
    pub psa: &'a dyn ReadPsa,
    /// Reads the portal.
    pub portal: &'a dyn ReadPortal,
}

/// What was read.
#[derive(Debug)]
pub struct Fetched {
    /// What the PSA's fields take.
    pub psa_shape: Shape,
    /// What the portal's fields take.
    pub portal_shape: Shape,
    /// How much of writing the PSA still takes, where that is narrow.
    pub psa_budget: Option<Budget>,
    /// How many contacts the PSA can still show by themselves, where what is kept lacks their PINs.
    pub psa_rereads: Option<Rereads>,
    /// The companies, in the order they were asked for.
    pub companies: Vec<CompanyInput>,
    /// All companies of the configuration.
    pub configured: Vec<Arc<Company>>,
    /// The ids of tenants that the configuration names by a domain, where they were asked for.
    pub tenant_ids: BTreeMap<String, String>,
}

/// What is counted while the sides are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// Readings of a side: one per tenant, and one for each of the other sides.
    Readings,
    /// People who were read; how many there will be is not known before.
    People,
    /// Support PINs, which are asked for one by one.
    Pins,
    /// Pictures of 365 users.
    Pictures,
}

/// Hears how far the reading is. Called from several threads.
pub trait Progress: Sync {
    /// So many of these will be read of this side.
    fn expect(&self, side: Side, what: Counted, number: usize);
    /// So many of them ended, well or not.
    fn done(&self, side: Side, what: Counted, number: usize);
}

impl Fetched {
    /// Takes note of all companies of the configuration, and asks `find` for the ids of tenants that are named by a
    /// domain, where it matters whose something is. That an id is not found leaves it unknown.
    pub fn know_others(
        &mut self,
        configured: &[Arc<Company>],
        wanted: impl Fn(&Self) -> BTreeSet<String>,
        find: impl Fn(&str) -> Option<String>,
    ) {
        self.configured = configured.to_vec();
        let found = wanted(self).into_iter().filter_map(|domain| Some((domain.clone(), find(&domain)?)));
        self.tenant_ids = found.collect();
    }

    /// Takes what was written to 365 users a short while ago for what they hold, where a reading still shows what was
    /// there before.
    pub fn make_up_for(&mut self, recent: &[RecentWrite]) {
        recent::make_up_for(&mut self.companies, recent);
    }
}

/// Reads every side of `companies`. It does not fail: what could not be read says so in its place. Nothing is asked for
/// a row that the PSA does not serve.
pub fn fetch(
    sources: Sources<'_>,
    companies: &[Arc<Company>],
    capabilities: &Capabilities,
    progress: &dyn Progress,
) -> Fetched {
    let tenant_ids: Vec<&str> = companies
        .iter()
        .map(|company| company.tenant.as_str())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    for (side, readings) in [(Side::Tenant, tenant_ids.len()), (Side::Psa, 1), (Side::Portal, 1)] {
        progress.expect(side, Counted::Readings, readings);
    }
    let wanting = |row: Row| {
        let wants =
            move |company: &&Arc<Company>| company.policy.rows.contains(&row) && capabilities.serves(row);
        ids(companies.iter().filter(wants), |company| &company.portal_id)
    };
    let company_details = wanting(Row::CompanyDetails);
    let request = PsaRequest {
        companies: ids(companies, |company| &company.psa_id),
        company_details: !company_details.is_empty(),
    };
    let portal_request = PortalRequest {
        companies: ids(companies, |company| &company.portal_id),
        company_details,
        user_details: wanting(Row::UserDetails),
    };
    let (mut fetched, remembered) = thread::scope(|scope| {
        let psa = scope.spawn(|| ended(progress, Side::Psa, sources.psa.read(&request), psa_people));
        let portal = scope
            .spawn(|| ended(progress, Side::Portal, sources.portal.read(&portal_request), portal_people));
        let tenants = read_tenants(sources.tenants, &tenant_ids, progress);
        join(companies, &tenants, outcome(psa), outcome(portal), sources.portal.shape())
    });
    remembered.reread(sources, &portal_request.company_details, &mut fetched.companies);
    fetched
}

fn ids<'a>(companies: impl IntoIterator<Item = &'a Arc<Company>>, id: impl Fn(&Company) -> &Id) -> Vec<Id> {
    companies.into_iter().map(|company| id(company).clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn ended<T>(progress: &dyn Progress, side: Side, result: T, people: fn(&T) -> usize) -> T {
    progress.done(side, Counted::People, people(&result));
    progress.done(side, Counted::Readings, 1);
    result
}

fn tenant_people(tenant: &Reading<Arc<TenantSide>>) -> usize {
    tenant.complete().map_or(0, |side| side.users.items().len())
}

fn psa_people(reading: &Result<PsaReading>) -> usize {
    let sides = reading.iter().flat_map(|reading| reading.companies.values().filter_map(Reading::complete));
    sides.map(|side| side.contacts.items().len()).sum()
}

fn portal_people(reading: &Result<PortalReading>) -> usize {
    let sides = reading.iter().flat_map(|reading| reading.companies.values().filter_map(Reading::complete));
    sides.map(|side| side.users.items().len()).sum()
}

/// What a thread found; a thread that panicked found nothing.
fn outcome<T>(reader: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    reader.join().unwrap_or_else(|_| {
        Err(Error::new(Kind::Incomplete, "reading stopped half way by a fault of crsync"))
    })
}

type Tenants = BTreeMap<String, Reading<Arc<TenantSide>>>;

/// The tenants, several side by side.
fn read_tenants(source: &dyn ReadTenant, ids: &[&str], progress: &dyn Progress) -> Tenants {
    let read = |id: &&str| {
        let tenant = Reading::from(source.read(id).map(Arc::new));
        ended(progress, Side::Tenant, tenant, tenant_people)
    };
    ids.iter().map(|id| (*id).to_owned()).zip(each(ids, TENANTS_AT_ONCE, read)).collect()
}

fn join(
    companies: &[Arc<Company>],
    tenants: &Tenants,
    psa: Result<PsaReading>,
    portal: Result<PortalReading>,
    portal_shape: Shape,
) -> (Fetched, Remembered) {
    let mut remembered = Remembered::default();
    let (psa_shape, mut psa, mut pending, psa_budget, psa_rereads) = match psa {
        Ok(PsaReading { shape, companies, pending, budget, rereads, remembered: known }) => {
            remembered.psa = known;
            (shape, Ok(companies), pending, budget, rereads)
        }
        Err(error) => (Shape::default(), Err(error), BTreeMap::new(), None, None),
    };
    let mut portal = portal.map(|PortalReading { companies, remembered: known }| {
        remembered.portal = known;
        companies
    });
    let companies = companies
        .iter()
        .map(|company| {
            let tenant = tenants.get(&company.tenant).cloned().unwrap_or_else(|| unread("tenant"));
            CompanyInput {
                company: Arc::clone(company),
                tenant_id: tenant_id(&company.tenant, tenant.complete().map(|side| &side.tenant)),
                tenant: match tenant {
                    Reading::Complete(tenant) => Reading::Complete(company.policy.address.seen(tenant)),
                    incomplete @ Reading::Incomplete { .. } => incomplete,
                },
                psa: take(&mut psa, &company.psa_id),
                portal: take(&mut portal, &company.portal_id),
                pending: pending.remove(&company.psa_id),
            }
        })
        .collect();
    let fetched = Fetched {
        psa_shape,
        portal_shape,
        psa_budget,
        psa_rereads,
        companies,
        configured: Vec::new(),
        tenant_ids: BTreeMap::new(),
    };
    (fetched, remembered)
}

fn take<T>(side: &mut Result<BTreeMap<Id, Reading<T>>>, id: &Id) -> Reading<T> {
    match side {
        Ok(readings) => readings.remove(id).unwrap_or_else(|| unread("company")),
        Err(error) => Reading::from(&*error),
    }
}

fn unread<T>(what: &str) -> Reading<T> {
    Reading::Incomplete {
        kind: Kind::Incomplete,
        reason: format!("the {what} was not among what was read"),
        hint: None,
    }
}

#[cfg(test)]
mod tests;
