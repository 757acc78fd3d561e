//! The other companies of the configuration, with what is known of them.

use std::collections::BTreeSet;

use super::stored::{key, names, stored};
use crate::model::Id;
use crate::reconcile::input::all::Input;
use crate::reconcile::input::company::{Company, CompanyInput};
use crate::text::tenant::{Named, named};

/// All companies but one.
pub(crate) struct OtherCompanies<'a> {
    input: &'a Input<'a>,
    own: &'a CompanyInput,
}

/// A company that shares a tenant.
pub(crate) struct Sharing<'a> {
    pub(crate) name: &'a str,
    pub(crate) domains: &'a [String],
}

impl<'a> OtherCompanies<'a> {
    pub(crate) fn new(input: &'a Input<'a>, own: &'a CompanyInput) -> Self {
        Self { input, own }
    }

    /// Returns the companies that were read.
    fn read(&self) -> impl Iterator<Item = &'a CompanyInput> + use<'a> {
        let own = self.own.company.name.as_str();
        self.input.companies.iter().filter(move |other| other.company.name != own)
    }

    /// Returns those that were not.
    fn unread(&self) -> impl Iterator<Item = &'a Company> + use<'a> {
        let (own, read) = (self.own.company.name.as_str(), self.input.companies);
        self.input
            .configured
            .iter()
            .map(|other| &**other)
            .filter(move |other| other.name != own && read.iter().all(|one| one.company.name != other.name))
    }

    /// Returns the id of a tenant that a company names: by itself, as a verified domain of a tenant that was read, or
    /// as it was found out.
    pub(crate) fn tenant_of(input: &Input<'_>, company: &Company) -> Option<String> {
        tenant_id(input, &company.tenant).or_else(|| input.tenant_ids.get(&company.tenant).cloned())
    }

    /// Returns the companies that have the same tenant.
    pub(crate) fn sharing(&self) -> Vec<Sharing<'a>> {
        let Some(id) = tenant_id(self.input, &self.own.tenant_id) else { return Vec::new() };
        let is = |other: Option<&str>| other.is_some_and(|other| named(other) == named(&id));
        // What could not be read may still be named by a domain.
        let read = self.read().filter(|other| is(tenant_id(self.input, &other.tenant_id).as_deref()));
        let read = read.map(|other| Sharing { name: &other.company.name, domains: &other.company.domains });
        let unread = self.unread().filter(|other| is(Self::tenant_of(self.input, other).as_deref()));
        read.chain(unread.map(|other| Sharing { name: &other.name, domains: &other.domains })).collect()
    }

    /// Returns the names of the companies that have the tenant which `text` names: by the configuration, and then by
    /// what their PSA company stores.
    pub(crate) fn having_tenant(&self, text: &str) -> [Vec<String>; 2] {
        let is = |id: &str, verified: &[String]| names(text, id, verified) == Some(true);
        let configured = self.read().filter(|other| {
            let verified = other.tenant.complete().map_or(&[][..], |side| &side.tenant.domains);
            is(&other.tenant_id, verified) || named(text) == named(&other.company.tenant)
        });
        let configured = configured.map(|other| other.company.name.clone());
        let unread = self.unread().filter(|other| {
            named(text) == named(&other.tenant)
                || Self::tenant_of(self.input, other).is_some_and(|id| is(&id, &[]))
        });
        let configured: BTreeSet<String> = configured.chain(unread.map(|other| other.name.clone())).collect();
        let storing = self.storing(|_, other| named(other) == named(text));
        let storing = storing.into_iter().filter(|name| !configured.contains(name)).collect();
        [configured.into_iter().collect(), storing]
    }

    /// Returns the names of the companies whose PSA company stores a tenant of which `is` holds.
    pub(crate) fn storing(&self, is: impl Fn(&CompanyInput, &str) -> bool) -> Vec<String> {
        let storing = self.read().filter(|other| stored(other).is_some_and(|text| is(other, text)));
        storing.map(|other| other.company.name.clone()).collect()
    }

    /// Returns the names of the companies whose portal company is linked to a PSA company of which `is` holds.
    pub(crate) fn keyed(&self, is: impl Fn(&CompanyInput, &Id) -> bool) -> Vec<String> {
        let keyed = self.read().filter(|other| key(other).is_some_and(|key| is(other, key)));
        keyed.map(|other| other.company.name.clone()).collect()
    }

    /// Returns the names of the companies that are this company of the PSA, by the configuration, and then of those
    /// whose portal company is linked to it as well.
    pub(crate) fn having_psa_company(&self, id: &Id) -> [Vec<String>; 2] {
        let read =
            self.read().filter(|other| other.company.psa_id == *id).map(|other| other.company.name.clone());
        let unread = self.unread().filter(|other| other.psa_id == *id).map(|other| other.name.clone());
        let configured: BTreeSet<String> = read.chain(unread).collect();
        let keyed =
            self.keyed(|_, key| key == id).into_iter().filter(|name| !configured.contains(name)).collect();
        [configured.into_iter().collect(), keyed]
    }

    /// Returns the other PSA in which the company itself has this id.
    pub(crate) fn other_psa(&self, id: &Id) -> Option<&'static str> {
        let own = self.input.configured.iter().find(|one| one.name == self.own.company.name)?;
        own.elsewhere.iter().find(|(_, other)| other == id).map(|(psa, _)| *psa)
    }
}

/// Returns the id of the tenant that a text names, where it is one, or a verified domain of a tenant that was read.
fn tenant_id(input: &Input<'_>, text: &str) -> Option<String> {
    match named(text) {
        Named::Id(id) => Some(id),
        Named::Domain(domain) => {
            let mut tenants = input.companies.iter().filter_map(|one| one.tenant.complete());
            tenants.find(|side| side.tenant.domains.contains(&domain)).map(|side| side.tenant.id.clone())
        }
        Named::Nothing | Named::Note => None,
    }
}
