//! What the three sides say of themselves, read for proposals.

use std::collections::{BTreeMap, BTreeSet};

use super::Wizard;
use super::services::Systems;
use crate::config::OWN_PORTAL;
use crate::error::{Kind, Result};
use crate::graph::Graph;
use crate::model::{Capabilities, Field, Id, PortalClient, PsaCompany, RecordKind, Row, Udf, Value};
use crate::reconcile::triples::{Account, KnownTenant, Sides, contact_domains, propose, stored_text};
use crate::side::{each, try_each};
use crate::text::tenant::{Named, named};

/// Tenants and domains that are asked about at the same time.
const AT_ONCE: usize = 4;

/// What was read.
pub(super) struct Read {
    pub(super) sides: Sides,
    /// The tenants whose organization could not be read: the kind, the reason, and what helps.
    pub(super) unread: BTreeMap<String, (Kind, String, Option<String>)>,
    /// Where an administrator of a tenant consents.
    pub(super) links: BTreeMap<String, String>,
}

/// The tenants found so far.
#[derive(Default)]
struct Tenants {
    known: BTreeMap<String, KnownTenant>,
    asked: BTreeSet<String>,
    unread: BTreeMap<String, (Kind, String, Option<String>)>,
}

/// Reads what is needed for proposals; contacts are read only where the rest leaves something open.
pub(super) fn read(
    systems: &Systems,
    capabilities: &'static Capabilities,
    wizard: &mut dyn Wizard,
) -> Result<Read> {
    let (own, portal): (Vec<PortalClient>, Vec<PortalClient>) =
        systems.portal.iter().cloned().partition(|client| client.company.id.as_str() == OWN_PORTAL);
    let mut psa = systems.companies.clone();
    psa.retain(|company| Some(company.id.as_str()) != capabilities.own_company);
    by_number(&mut psa, |company| &company.id);
    let mut portal = portal;
    by_number(&mut portal, |client| &client.company.id);
    wizard.tell(&format!(
        "{} companies in the portal, {} in {}",
        portal.len(),
        psa.len(),
        capabilities.name
    ))?;
    let _shown = wizard.asking();
    if capabilities.serves(Row::TenantId) {
        read_stored(systems, &portal, &mut psa)?;
    }
    let mut tenants = Tenants::default();
    let stored = psa.iter().filter_map(stored_text).map(named).collect::<Vec<_>>();
    let (mut ids, mut domains) = (BTreeSet::new(), BTreeSet::new());
    for named in stored {
        match named {
            Named::Id(id) => drop(ids.insert(id)),
            Named::Domain(domain) => drop(domains.insert(domain)),
            Named::Note | Named::Nothing => {}
        }
    }
    // A tenant that answers tells all of its domains, so that few are left to ask about one by one.
    tenants.read(&systems.tenants, ids)?;
    domains.extend(portal.iter().flat_map(|client| client.domains.clone()));
    tenants.add_domains(&systems.tenants, domains)?;
    let account = |company: PsaCompany| Account { company, domain: None };
    let mut sides = Sides {
        portal,
        psa: psa.into_iter().map(account).collect(),
        tenants: tenants.known.values().cloned().collect(),
    };
    let foreign: BTreeSet<String> = own.iter().flat_map(|client| client.domains.clone()).collect();
    if read_contacts(systems, capabilities, &foreign, &mut sides)? {
        let found = sides.psa.iter().filter_map(|account| account.domain.clone()).collect();
        tenants.add_domains(&systems.tenants, found)?;
        sides.tenants = tenants.known.values().cloned().collect();
    }
    let links = tenants.known.keys().map(|id| (id.clone(), systems.tenants.consent_link(id))).collect();
    Ok(Read { sides, unread: tenants.unread, links })
}

/// Orders records by their numbers, so that proposals come in the order in which people know them.
fn by_number<T>(records: &mut [T], id: impl Fn(&T) -> &Id) {
    records.sort_by(|a, b| {
        let (a, b) = (id(a), id(b));
        (a.number(), a).cmp(&(b.number(), b))
    });
}

/// Reads the stored tenant of the companies that the portal is linked to, where the list does not show it.
fn read_stored(systems: &Systems, portal: &[PortalClient], psa: &mut [PsaCompany]) -> Result<()> {
    let keyed: BTreeSet<&Id> = portal.iter().filter_map(|client| client.company.psa_key.as_ref()).collect();
    let field = Field::Udf(Udf::Tenant365Id);
    let open = psa
        .iter()
        .filter(|company| company.fields.get(field) == Value::Absent && keyed.contains(&company.id));
    let ids: Vec<Id> = open.map(|company| company.id.clone()).collect();
    let Some(first) = ids.first() else { return Ok(()) };
    let mut found = systems.psa.reread(RecordKind::PsaCompany, first, &ids)?;
    for company in psa.iter_mut() {
        if let Some(current) = found.remove(&company.id) {
            company.fields = current.fields;
        }
    }
    Ok(())
}

/// Reads the contacts of the companies that no exact proposal names, if there are companies of the portal without one.
/// Returns whether any domain was found.
fn read_contacts(
    systems: &Systems,
    capabilities: &'static Capabilities,
    foreign: &BTreeSet<String>,
    sides: &mut Sides,
) -> Result<bool> {
    let found = propose(sides, capabilities.name);
    if found.iter().all(|found| found.exact().is_some()) {
        return Ok(false);
    }
    let taken: BTreeSet<&Id> = found.iter().filter_map(|found| Some(&found.exact()?.psa)).collect();
    let is_open =
        |account: &&Account| account.company.active != Some(false) && !taken.contains(&account.company.id);
    let ids: Vec<Id> = sides.psa.iter().filter(is_open).map(|account| account.company.id.clone()).collect();
    if ids.is_empty() {
        return Ok(false);
    }
    let mut domains = contact_domains(&systems.psa.addresses(&ids)?, foreign);
    for account in &mut sides.psa {
        account.domain = domains.remove(&account.company.id);
    }
    Ok(sides.psa.iter().any(|account| account.domain.is_some()))
}

impl Tenants {
    /// Finds the tenants of domains by what the sign-in service tells anybody, and reads them.
    fn add_domains(&mut self, graph: &Graph, domains: BTreeSet<String>) -> Result<()> {
        let verified = |domain: &String| self.known.values().any(|tenant| tenant.domains.contains(domain));
        let new: Vec<String> =
            domains.into_iter().filter(|domain| !verified(domain) && !self.asked.contains(domain)).collect();
        let asked = try_each(&new, AT_ONCE, |domain| match graph.tenant_of(domain) {
            Ok(id) => Ok(Some(id)),
            // No tenant has it.
            Err(error)
                if matches!(error.kind(), Kind::Config | Kind::Auth | Kind::Service | Kind::Permission) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        })?;
        let mut by_tenant = BTreeMap::<String, BTreeSet<String>>::new();
        for (domain, id) in new.iter().zip(asked) {
            if let Some(id) = id {
                by_tenant.entry(id).or_default().insert(domain.clone());
            }
        }
        self.asked.extend(new);
        self.read(graph, by_tenant.keys().cloned().collect())?;
        for (id, domains) in by_tenant {
            let new = || KnownTenant { id: id.clone(), name: String::new(), domains: BTreeSet::new() };
            self.known.entry(id.clone()).or_insert_with(new).domains.extend(domains);
        }
        Ok(())
    }

    /// Reads the organizations of tenants. One that has not consented is known by its id; one that does not exist is not.
    fn read(&mut self, graph: &Graph, ids: BTreeSet<String>) -> Result<()> {
        let new: Vec<String> = ids.into_iter().filter(|id| !self.known.contains_key(id)).collect();
        for (id, read) in new.iter().zip(each(&new, AT_ONCE, |id| graph.organization(id))) {
            let mut known = KnownTenant { id: id.clone(), name: String::new(), domains: BTreeSet::new() };
            match read {
                Ok(tenant) => {
                    known.name = tenant.name;
                    known.domains = tenant.domains.into_iter().collect();
                }
                Err(error) if matches!(error.kind(), Kind::Auth | Kind::Deadline | Kind::Interrupted) => {
                    return Err(error);
                }
                Err(error) if error.kind() == Kind::Config => continue,
                Err(error) => {
                    let next = error.next_step().map(ToOwned::to_owned);
                    self.unread.insert(id.clone(), (error.kind(), error.message().to_owned(), next));
                }
            }
            self.known.insert(id.clone(), known);
        }
        Ok(())
    }
}
