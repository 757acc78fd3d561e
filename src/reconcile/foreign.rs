//! Contacts that hold the id of a user of another tenant: one that a technician moved from one client to another, those
//! of merged clients, and what is left of a tenant that a client moved away from.
//!
//! A tenant that never had an id says nothing about its user. What is known of the other companies is looked through
//! only where a user seems to be gone, once for all of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::earlier::EarlierRuns;
use super::linked::{ChosenCompany, LinkedCompany};
use super::status::{PersonStatus, Stay};
use crate::model::Looks;
use crate::plan::{EvidenceKind, Left};
use crate::reconcile::input::{AllCompanies, CompanyInput, Input, Number, id_key};
use crate::text::tenant::{Named, named};

/// What is known of where the ids of users belong who seem to be gone.
#[derive(Default)]
struct Homes<'a> {
    /// For every id, the tenants that have it.
    tenants: BTreeMap<String, BTreeSet<Named>>,
    /// For every id, the tenants of the companies that remember it as one of a user who is there.
    remembered: BTreeMap<String, BTreeSet<Named>>,
    /// For every id, the companies that remember it and whose tenant the configuration does not tell.
    companies: BTreeMap<String, BTreeSet<&'a str>>,
    /// For those companies, the tenants in which the users are today that they remember.
    found_in: BTreeMap<&'a str, BTreeSet<Named>>,
}

/// Marks the people who seem to be deleted because their user belongs to another tenant: nothing is taken from them.
pub(crate) fn mark(all: &AllCompanies<'_>, companies: &mut [ChosenCompany<'_>]) {
    let linked = companies.iter().filter_map(ChosenCompany::linked);
    let ids: HashSet<String> = linked
        .flat_map(|company| gone(company).map(|(_, id)| company.view.ids.text(id).to_owned()))
        .collect();
    if ids.is_empty() {
        return;
    }
    let homes = Homes::new(all, &ids);
    for company in companies.iter_mut().filter_map(ChosenCompany::linked_mut) {
        let foreign: Vec<usize> = {
            let LinkedCompany { view, scope, links, .. } = &*company;
            let earlier = EarlierRuns::new(view, scope, Looks::none());
            let foreign = gone(company).filter(|(person, id)| {
                // Of a person who cannot leave, it is said already that nothing is taken away.
                earlier.may_leave(&links.persons[*person])
                    && (homes.are_elsewhere(company, *id) || is_of_former_tenant(company, *person, *id))
            });
            foreign.map(|(person, _)| person).collect()
        };
        for person in foreign {
            company.listed[person] = PersonStatus::Stays(Stay::OtherTenant);
        }
    }
}

/// Returns the people of a company whose user is not in its tenant and who have something to lose, with the ids.
fn gone<'b>(company: &'b LinkedCompany<'_>) -> impl Iterator<Item = (usize, Number)> + 'b {
    let people = company.links.persons.iter().zip(&company.listed).enumerate();
    people.filter_map(|(index, (person, status))| {
        let orphan = person.orphan.filter(|_| *status == PersonStatus::Leaver(Left::Deleted))?;
        person.in_use(&company.view).next()?;
        Some((index, orphan.id))
    })
}

/// Reports whether an id is stored since before the company moved to its tenant, for all that is known: a person wrote
/// down that it had another one, and no run saw the user here.
fn is_of_former_tenant(company: &LinkedCompany<'_>, person: usize, id: Number) -> bool {
    let LinkedCompany { view, links, .. } = company;
    let by_stored_id =
        links.persons[person].orphan.is_some_and(|orphan| orphan.kind == EvidenceKind::StoredId);
    let has_moved = view.input.decisions.had_other_tenant(&view.company.name, &view.tenant.id);
    by_stored_id && has_moved && !is_remembered(company, id)
}

fn is_remembered(company: &LinkedCompany<'_>, id: Number) -> bool {
    company.view.ids.recorded_of_user(id).next().is_some()
}

impl<'a> Homes<'a> {
    /// Looks for `ids` in every tenant that was read, and in what is remembered of every company.
    fn new(all: &AllCompanies<'a>, ids: &HashSet<String>) -> Self {
        let input = all.input();
        let mut homes = Self::default();
        for_each_user(input, |id, tenant| {
            if ids.contains(id) {
                homes.tenants.entry(id.to_owned()).or_default().insert(tenant.clone());
            }
        });
        let read = input.companies.iter().map(|own| &own.company);
        let configured: BTreeMap<&str, _> =
            read.chain(input.configured).map(|company| (company.name.as_str(), company)).collect();
        let mut users: BTreeMap<String, Vec<&'a str>> = BTreeMap::new();
        for (name, links) in &input.memory.links {
            let tenant = configured.get(name.as_str()).and_then(|company| all.tenant_of(company));
            let tenant = tenant.map(|tenant| named(&tenant));
            let mut is_wanted = false;
            let links = || links.iter().filter(|link| !link.gone);
            for id in links().map(|link| id_key(link.user.as_str())).filter(|id| ids.contains(&**id)) {
                if let Some(tenant) = &tenant {
                    homes.remembered.entry(id.into_owned()).or_default().insert(tenant.clone());
                } else {
                    homes.companies.entry(id.into_owned()).or_default().insert(name);
                    is_wanted = true;
                }
            }
            // A company that the configuration does not name any more may be one of today under an older name. Where
            // its other users are says which.
            if is_wanted {
                for link in links() {
                    users.entry(id_key(link.user.as_str()).into_owned()).or_default().push(name);
                }
            }
        }
        if !users.is_empty() {
            for_each_user(input, |id, tenant| {
                for name in users.get(id).into_iter().flatten() {
                    homes.found_in.entry(name).or_default().insert(tenant.clone());
                }
            });
        }
        homes
    }

    /// Reports whether an id that the company's tenant does not have belongs to another one.
    fn are_elsewhere(&self, company: &LinkedCompany<'_>, id: Number) -> bool {
        let own = named(&company.view.tenant.id);
        let text = company.view.ids.text(id);
        let is_other =
            |tenants: Option<&BTreeSet<Named>>| tenants.is_some_and(|all| all.iter().any(|one| *one != own));
        let is_apart = |name: &&str| self.found_in.get(name).is_none_or(|tenants| !tenants.contains(&own));
        let mut unclear = self.companies.get(text).into_iter().flatten();
        is_other(self.tenants.get(text))
            || (!is_remembered(company, id) && (is_other(self.remembered.get(text)) || unclear.any(is_apart)))
    }
}

/// Calls `with` for every user of every tenant that was read to its end, each tenant once.
fn for_each_user(input: &Input<'_>, mut with: impl FnMut(&str, &Named)) {
    let mut done = BTreeSet::new();
    let sides = input.companies.iter().filter_map(|own: &CompanyInput| own.tenant.complete());
    for side in sides.filter(|side| done.insert(Arc::as_ptr(side))) {
        let tenant = named(&side.tenant.id);
        for user in side.users.items() {
            with(&id_key(user.id.as_str()), &tenant);
        }
    }
}
