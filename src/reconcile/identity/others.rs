//! The other companies of the configuration, as far as is known what they have.

use std::collections::BTreeSet;

use super::{Configured, key, names, stored};
use crate::model::Id;
use crate::reconcile::{CompanyInput, Input};
use crate::text::tenant::{Named, named};

/// All companies but one.
pub(super) struct Others<'a> {
    input: &'a Input<'a>,
    own: &'a CompanyInput,
}

/// A company that shares a tenant.
pub(super) struct Sharing<'a> {
    pub(super) name: &'a str,
    pub(super) domains: &'a [String],
}

impl<'a> Others<'a> {
    pub(super) fn new(input: &'a Input<'a>, own: &'a CompanyInput) -> Self {
        Self { input, own }
    }

    /// The companies that were read.
    fn read(&self) -> impl Iterator<Item = &'a CompanyInput> + use<'a> {
        let own = self.own.name.as_str();
        self.input.companies.iter().filter(move |other| other.name != own)
    }

    /// Those that were not.
    fn unread(&self) -> impl Iterator<Item = &'a Configured> + use<'a> {
        let (own, read) = (self.own.name.as_str(), self.input.companies);
        self.input
            .configured
            .iter()
            .filter(move |other| other.name != own && read.iter().all(|one| one.name != other.name))
    }

    /// The id of a tenant that a company names: by itself, as a verified domain of a tenant that was read, or as it
    /// was found out.
    pub(super) fn tenant_of(input: &Input<'_>, company: &Configured) -> Option<String> {
        tenant_id(input, &company.tenant).or_else(|| company.tenant_id.clone())
    }

    /// The companies that have the same tenant.
    pub(super) fn sharing(&self) -> Vec<Sharing<'a>> {
        let Some(id) = tenant_id(self.input, &self.own.tenant_id) else { return Vec::new() };
        let is = |other: Option<&str>| other.is_some_and(|other| named(other) == named(&id));
        // What could not be read may still be named by a domain.
        let read = self.read().filter(|other| is(tenant_id(self.input, &other.tenant_id).as_deref()));
        let read = read.map(|other| Sharing { name: &other.name, domains: &other.domains });
        let unread = self.unread().filter(|other| is(Self::tenant_of(self.input, other).as_deref()));
        read.chain(unread.map(|other| Sharing { name: &other.name, domains: &other.domains })).collect()
    }

    /// The names of the companies that have the tenant which `text` names: by the configuration, and then by what
    /// their PSA company stores.
    pub(super) fn having_tenant(&self, text: &str) -> [Vec<String>; 2] {
        let is = |id: &str, verified: &[String]| names(text, id, verified) == Some(true);
        let configured = self.read().filter(|other| {
            let verified = other.tenant.complete().map_or(&[][..], |side| &side.tenant.domains);
            is(&other.tenant_id, verified) || named(text) == named(&other.configured_tenant)
        });
        let configured = configured.map(|other| other.name.clone());
        let unread = self.unread().filter(|other| {
            named(text) == named(&other.tenant)
                || Self::tenant_of(self.input, other).is_some_and(|id| is(&id, &[]))
        });
        let configured: BTreeSet<String> = configured.chain(unread.map(|other| other.name.clone())).collect();
        let storing = self.storing(|_, other| named(other) == named(text));
        let storing = storing.into_iter().filter(|name| !configured.contains(name)).collect();
        [configured.into_iter().collect(), storing]
    }

    /// The names of the companies whose PSA company stores a tenant of which `is` holds.
    pub(super) fn storing(&self, is: impl Fn(&CompanyInput, &str) -> bool) -> Vec<String> {
        let storing = self.read().filter(|other| stored(other).is_some_and(|text| is(other, text)));
        storing.map(|other| other.name.clone()).collect()
    }

    /// The names of the companies whose portal company is linked to a PSA company of which `is` holds.
    pub(super) fn keyed(&self, is: impl Fn(&CompanyInput, &Id) -> bool) -> Vec<String> {
        let keyed = self.read().filter(|other| key(other).is_some_and(|key| is(other, key)));
        keyed.map(|other| other.name.clone()).collect()
    }

    /// The names of the companies that are this company of the PSA, by the configuration, and then of those whose
    /// portal company is linked to it as well.
    pub(super) fn having_psa_company(&self, id: &Id) -> [Vec<String>; 2] {
        let read = self.read().filter(|other| other.psa_id == *id).map(|other| other.name.clone());
        let unread = self.unread().filter(|other| other.psa_id == *id).map(|other| other.name.clone());
        let configured: BTreeSet<String> = read.chain(unread).collect();
        let keyed =
            self.keyed(|_, key| key == id).into_iter().filter(|name| !configured.contains(name)).collect();
        [configured.into_iter().collect(), keyed]
    }

    /// The other PSA in which the company itself has this id.
    pub(super) fn other_psa(&self, id: &Id) -> Option<&'static str> {
        let own = self.input.configured.iter().find(|one| one.name == self.own.name)?;
        own.elsewhere.iter().find(|(_, other)| other == id).map(|(psa, _)| *psa)
    }
}

/// The id of the tenant that a text names, where it is one, or a verified domain of a tenant that was read.
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
