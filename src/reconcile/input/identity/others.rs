//! The companies of the configuration with what is known of them: found by what names them, since every
//! company is compared with all others.

use std::collections::{BTreeMap, BTreeSet};

use super::stored::{key, names, stored};
use crate::model::Id;
use crate::reconcile::input::all::Input;
use crate::reconcile::input::company::{Company, CompanyInput};
use crate::text::tenant::{Named, named};

/// All companies, by what names them.
#[allow(missing_debug_implementations)] // an index, of which no part is shown
pub struct AllCompanies<'a> {
    input: &'a Input<'a>,
    /// The companies that were read, in their order, then those that were not.
    all: Vec<Known<'a>>,
    /// The id of the tenant that has verified a domain.
    tenants: BTreeMap<&'a str, &'a str>,
    /// Places in `all`, by the tenant that the company has.
    by_tenant: BTreeMap<Named, Vec<usize>>,
    /// The same, by every text that could name its tenant.
    by_name: BTreeMap<Named, BTreeSet<usize>>,
    /// The same, by the tenant that the PSA company stores.
    storing: BTreeMap<Named, Vec<usize>>,
    /// The same, by the PSA company that the portal company is linked to.
    keyed: BTreeMap<&'a Id, Vec<usize>>,
    /// The same, by the PSA company of the configuration.
    by_psa: BTreeMap<&'a Id, Vec<usize>>,
}

/// A company, which was read or not.
#[derive(Clone, Copy)]
struct Known<'a> {
    company: &'a Company,
    read: Option<&'a CompanyInput>,
}

impl<'a> AllCompanies<'a> {
    /// Takes the companies of `input` in.
    pub fn new(input: &'a Input<'a>) -> Self {
        let read: BTreeSet<&str> = input.companies.iter().map(|own| own.company.name.as_str()).collect();
        let unread = input.configured.iter().filter(|one| !read.contains(one.name.as_str()));
        let own = input.companies.iter().map(|own| Known { company: &own.company, read: Some(own) });
        let mut all = Self {
            input,
            all: own.chain(unread.map(|one| Known { company: one, read: None })).collect(),
            tenants: BTreeMap::new(),
            by_tenant: BTreeMap::new(),
            by_name: BTreeMap::new(),
            storing: BTreeMap::new(),
            keyed: BTreeMap::new(),
            by_psa: BTreeMap::new(),
        };
        for side in input.companies.iter().filter_map(|own| own.tenant.complete()) {
            for domain in &side.tenant.domains {
                all.tenants.entry(domain).or_insert(&side.tenant.id);
            }
        }
        for (place, one) in all.all.clone().into_iter().enumerate() {
            all.take_in(place, one);
        }
        all
    }

    fn take_in(&mut self, place: usize, one: Known<'a>) {
        let mut texts = vec![named(&one.company.tenant)];
        let tenant = match one.read {
            Some(own) => {
                texts.push(named(&own.tenant_id));
                let verified = own.tenant.complete().map_or(&[][..], |side| &side.tenant.domains);
                texts.extend(verified.iter().map(|domain| Named::Domain(domain.clone())));
                if let Some(text) = stored(own) {
                    self.storing.entry(named(text)).or_default().push(place);
                }
                if let Some(id) = key(own) {
                    self.keyed.entry(id).or_default().push(place);
                }
                self.tenant_id(&own.tenant_id)
            }
            None => self.tenant_of(one.company),
        };
        if let Some(tenant) = tenant {
            texts.push(named(&tenant));
            self.by_tenant.entry(named(&tenant)).or_default().push(place);
        }
        for text in texts {
            self.by_name.entry(text).or_default().insert(place);
        }
        self.by_psa.entry(&one.company.psa_id).or_default().push(place);
    }

    /// Returns what the companies are taken from.
    pub(crate) fn input(&self) -> &'a Input<'a> {
        self.input
    }

    /// Returns the id of a tenant that a company names: by itself, as a verified domain of a tenant that was read, or
    /// as it was found out.
    pub(crate) fn tenant_of(&self, company: &Company) -> Option<String> {
        self.tenant_id(&company.tenant).or_else(|| self.input.tenant_ids.get(&company.tenant).cloned())
    }

    /// Returns the id of the tenant that a text names, where it is one, or a verified domain of a tenant that was read.
    fn tenant_id(&self, text: &str) -> Option<String> {
        match named(text) {
            Named::Id(id) => Some(id),
            Named::Domain(domain) => self.tenants.get(domain.as_str()).map(|id| (*id).to_owned()),
            Named::Nothing | Named::Note => None,
        }
    }
}

/// All companies but one.
pub(crate) struct OtherCompanies<'a> {
    pub(crate) all: &'a AllCompanies<'a>,
    pub(crate) own: &'a CompanyInput,
}

/// A company that shares a tenant.
pub(crate) struct Sharing<'a> {
    pub(crate) name: &'a str,
    pub(crate) domains: &'a [String],
}

impl<'a> OtherCompanies<'a> {
    /// Returns the companies at these places, but the one itself.
    fn at<'p>(&self, places: impl IntoIterator<Item = &'p usize>) -> impl Iterator<Item = Known<'a>> {
        let (all, own) = (&self.all.all, self.own.company.name.as_str());
        places.into_iter().map(|place| all[*place]).filter(move |one| one.company.name != own)
    }

    /// Returns the companies that have the same tenant.
    pub(crate) fn sharing(&self) -> Vec<Sharing<'a>> {
        let id = self.all.tenant_id(&self.own.tenant_id);
        let same = id.and_then(|id| self.all.by_tenant.get(&named(&id)));
        let sharing = |one: Known<'a>| Sharing { name: &one.company.name, domains: &one.company.domains };
        self.at(same.into_iter().flatten()).map(sharing).collect()
    }

    /// Returns the names of the companies that have the tenant which `text` names: by the configuration, and then by
    /// what their PSA company stores.
    pub(crate) fn having_tenant(&self, text: &str) -> [Vec<String>; 2] {
        let is = |id: &str, verified: &[String]| names(text, id, verified) == Some(true);
        let has = |one: &Known<'a>| {
            let is_tenant = match one.read {
                Some(own) => {
                    let verified = own.tenant.complete().map_or(&[][..], |side| &side.tenant.domains);
                    is(&own.tenant_id, verified)
                }
                None => self.all.tenant_of(one.company).is_some_and(|id| is(&id, &[])),
            };
            is_tenant || named(text) == named(&one.company.tenant)
        };
        let named_so = self.all.by_name.get(&named(text)).into_iter().flatten();
        let configured = self.at(named_so).filter(has).map(|one| one.company.name.clone());
        let configured: BTreeSet<String> = configured.collect();
        let storing = self.storing([named(text)], |_, _| true);
        let storing = storing.into_iter().filter(|name| !configured.contains(name)).collect();
        [configured.into_iter().collect(), storing]
    }

    /// Returns the names of the companies whose PSA company stores one of these tenants and of which `is` holds.
    pub(crate) fn storing(
        &self,
        tenants: impl IntoIterator<Item = Named>,
        is: impl Fn(&CompanyInput, &str) -> bool,
    ) -> Vec<String> {
        let places = tenants.into_iter().filter_map(|tenant| self.all.storing.get(&tenant)).flatten();
        let places: BTreeSet<usize> = places.copied().collect();
        let fits = |one: &Known<'a>| {
            one.read
                .and_then(|other| Some((other, stored(other)?)))
                .is_some_and(|(other, text)| is(other, text))
        };
        self.at(&places).filter(fits).map(|one| one.company.name.clone()).collect()
    }

    /// Returns the names of the companies whose portal company is linked to this PSA company and of which `is` holds.
    pub(crate) fn keyed(&self, id: &Id, is: impl Fn(&CompanyInput) -> bool) -> Vec<String> {
        let places = self.all.keyed.get(id).into_iter().flatten();
        let fits = |one: &Known<'a>| one.read.is_some_and(&is);
        self.at(places).filter(fits).map(|one| one.company.name.clone()).collect()
    }

    /// Returns the names of the companies that are this company of the PSA, by the configuration, and then of those
    /// whose portal company is linked to it as well.
    pub(crate) fn having_psa_company(&self, id: &Id) -> [Vec<String>; 2] {
        let same = self.at(self.all.by_psa.get(id).into_iter().flatten());
        let configured: BTreeSet<String> = same.map(|one| one.company.name.clone()).collect();
        let keyed = self.keyed(id, |_| true);
        let keyed = keyed.into_iter().filter(|name| !configured.contains(name)).collect();
        [configured.into_iter().collect(), keyed]
    }

    /// Returns the other PSA in which the company itself has this id.
    pub(crate) fn other_psa(&self, id: &Id) -> Option<&'static str> {
        let own = self.all.input.configured.iter().find(|one| one.name == self.own.company.name)?;
        own.elsewhere.iter().find(|(_, other)| other == id).map(|(psa, _)| *psa)
    }
}
