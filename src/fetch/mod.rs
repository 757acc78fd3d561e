//! Reads the three sides of the chosen companies at the same time, into complete snapshots.
//!
//! A side that cannot be read makes the companies that need it incomplete, with the reason; the others go on.

mod age;
mod looks;
mod pictures;
mod pins;
mod recent;
mod sizes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle};

pub use looks::looks;
pub use pictures::pictures;
pub use pins::{new_pins, pins};
pub use sizes::sizes;

use crate::error::{Error, Kind, Result};
use crate::model::{Budget, Id, PortalSide, Reading, Row, Shape, Side, TenantSide};
use crate::reconcile::{Company, CompanyInput, tenant_id};
use crate::side::{PortalRequest, PsaReading, PsaRequest, ReadPortal, ReadPsa, ReadTenant, each};
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
    /// The companies, in the order they were asked for.
    pub companies: Vec<CompanyInput>,
    /// All companies of the configuration.
    pub configured: Vec<Arc<Company>>,
    /// The ids of tenants that the configuration names by a domain, where they were asked for.
    pub tenant_ids: BTreeMap<String, String>,
}

/// Hears how far the reading is. Called from several threads.
pub trait Progress: Sync {
    /// So many readings of this side will be made: one per tenant, and one for each of the other sides.
    fn expect(&self, side: Side, readings: usize);
    /// One of them ended, well or not.
    fn done(&self, side: Side);
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

/// Reads every side of `companies`. It does not fail: what could not be read says so in its place.
pub fn fetch(
    sources: Sources<'_>,
    companies: &[Arc<Company>],
    details: bool,
    progress: &dyn Progress,
) -> Fetched {
    let tenant_ids: Vec<&str> = companies
        .iter()
        .map(|company| company.tenant.as_str())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    progress.expect(Side::Tenant, tenant_ids.len());
    progress.expect(Side::Psa, 1);
    progress.expect(Side::Portal, 1);
    let request =
        PsaRequest { companies: ids(companies, |company| &company.psa_id), company_details: details };
    let portal_request = PortalRequest {
        companies: ids(companies, |company| &company.portal_id),
        company_details: details,
        user_details: ids(
            companies.iter().filter(|company| company.policy.rows.contains(&Row::UserDetails)),
            |company| &company.portal_id,
        ),
    };
    thread::scope(|scope| {
        let psa = scope.spawn(|| ended(progress, Side::Psa, sources.psa.read(&request)));
        let portal = scope.spawn(|| ended(progress, Side::Portal, sources.portal.read(&portal_request)));
        let tenants = read_tenants(sources.tenants, &tenant_ids, progress);
        join(companies, &tenants, outcome(psa), outcome(portal), sources.portal.shape())
    })
}

/// Whether any of `companies` asks for territory and account manager.
pub fn wants_details(companies: &[Arc<Company>]) -> bool {
    companies.iter().any(|company| company.policy.rows.contains(&Row::CompanyDetails))
}

fn ids<'a>(companies: impl IntoIterator<Item = &'a Arc<Company>>, id: impl Fn(&Company) -> &Id) -> Vec<Id> {
    companies.into_iter().map(|company| id(company).clone()).collect::<BTreeSet<_>>().into_iter().collect()
}

fn ended<T>(progress: &dyn Progress, side: Side, result: T) -> T {
    progress.done(side);
    result
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
    let read = |id: &&str| ended(progress, Side::Tenant, Reading::from(source.read(id).map(Arc::new)));
    ids.iter().map(|id| (*id).to_owned()).zip(each(ids, TENANTS_AT_ONCE, read)).collect()
}

fn join(
    companies: &[Arc<Company>],
    tenants: &Tenants,
    psa: Result<PsaReading>,
    mut portal: Result<BTreeMap<Id, Reading<PortalSide>>>,
    portal_shape: Shape,
) -> Fetched {
    let (psa_shape, mut psa, mut pending, psa_budget) = match psa {
        Ok(PsaReading { shape, companies, pending, budget }) => (shape, Ok(companies), pending, budget),
        Err(error) => (Shape::default(), Err(error), BTreeMap::new(), None),
    };
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
    Fetched {
        psa_shape,
        portal_shape,
        psa_budget,
        companies,
        configured: Vec::new(),
        tenant_ids: BTreeMap::new(),
    }
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
mod tests {
    use super::*;
    use crate::model::{Fields, PortalCompany, Tenant};
    use crate::model::{Listing, PsaCompany, PsaSide};
    use crate::reconcile::Policy;

    /// Hears nothing.
    struct Silent;

    impl Progress for Silent {
        fn expect(&self, _: Side, _: usize) {}
        fn done(&self, _: Side) {}
    }

    struct Systems;

    impl ReadTenant for Systems {
        fn read(&self, id: &str) -> Result<TenantSide> {
            if id == "broken" {
                return Err(Error::new(Kind::Permission, "the tenant has not consented")
                    .hint("open the consent page"));
            }
            let tenant = Tenant { id: id.into(), name: id.into(), domains: Vec::new(), skus: Vec::new() };
            Ok(TenantSide { tenant, users: Listing::new("users").end() })
        }
    }

    impl ReadPsa for Systems {
        fn read(&self, request: &PsaRequest) -> Result<PsaReading> {
            let companies =
                request.companies.iter().map(|id| (id.clone(), Reading::Complete(psa_side(id)))).collect();
            Ok(PsaReading { shape: Shape::default(), companies, pending: BTreeMap::new(), budget: None })
        }
    }

    impl ReadPortal for Systems {
        fn read(&self, request: &PortalRequest) -> Result<BTreeMap<Id, Reading<PortalSide>>> {
            Ok(request.companies.iter().map(|id| (id.clone(), Reading::Complete(portal_side(id)))).collect())
        }

        fn shape(&self) -> Shape {
            Shape::default()
        }
    }

    fn psa_side(id: &Id) -> PsaSide {
        let company =
            PsaCompany { id: id.clone(), name: id.to_string(), active: Some(true), fields: Fields::new() };
        PsaSide { company, contacts: Listing::new("contacts").end() }
    }

    fn portal_side(id: &Id) -> PortalSide {
        let company =
            PortalCompany { id: id.clone(), name: id.to_string(), psa_key: None, fields: Fields::new() };
        PortalSide { company, users: Listing::new("portal users").end(), details: None }
    }

    fn company(number: i64, tenant: &str) -> Arc<Company> {
        Arc::new(Company {
            name: format!("client {number}"),
            enabled: true,
            portal_id: Id::from(number),
            psa_id: Id::from(100 + number),
            elsewhere: Vec::new(),
            tenant: tenant.into(),
            domains: Vec::new(),
            portal_writes: true,
            policy: Policy::default(),
        })
    }

    #[test]
    fn one_unreadable_tenant_leaves_the_other_companies_whole() {
        let sources = Sources { tenants: &Systems, psa: &Systems, portal: &Systems };
        let fetched =
            fetch(sources, &[company(1, "whole"), company(2, "broken"), company(3, "whole")], true, &Silent);
        let whole: Vec<bool> =
            fetched.companies.iter().map(|company| company.tenant.complete().is_some()).collect();
        assert_eq!(whole, [true, false, true]);
        assert!(fetched.companies.iter().all(|company| company.psa.complete().is_some()));
        let Reading::Incomplete { kind, reason, hint } = &fetched.companies[1].tenant else { panic!("read") };
        assert_eq!(*kind, Kind::Permission);
        assert_eq!(reason, "the tenant has not consented");
        assert_eq!(hint.as_deref(), Some("open the consent page"));
    }
}
