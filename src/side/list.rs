//! Listing what a PSA has, where no company is configured yet: what `crsync init` proposes from.

use std::collections::BTreeMap;

use super::{PsaRequest, ReadPsa};
use crate::error::Result;
use crate::model::{Complete, Contact, Field, Id, PsaCompany, PsaSide, Reading};

/// Lists the companies of a PSA. A further PSA implements [`companies`](Self::companies) alone.
pub trait ListCompanies: ReadPsa {
    /// Returns all companies that are not deleted, active or not, in any order: id, name, active flag, and the
    /// user-defined field for the tenant where the list shows it.
    ///
    /// The field is left out, which is not the same as blank, where it would cost a request for each company; it is
    /// then read of few by [`LookUp::reread`](super::LookUp::reread). No contact is read.
    ///
    /// # Errors
    /// What prevents reading the list to its end.
    fn companies(&self) -> Result<Vec<PsaCompany>>;

    /// Returns the primary addresses of the active contacts of these companies.
    ///
    /// # Errors
    /// What prevents reading anything at all. A company whose contacts cannot be read is missing.
    fn addresses(&self, companies: &[Id]) -> Result<BTreeMap<Id, Vec<String>>> {
        let request = PsaRequest { companies: companies.to_vec(), company_details: false };
        Ok(active_addresses(self.read(&request)?.companies))
    }
}

/// Returns the addresses of the active contacts of every company that was read.
fn active_addresses(read: BTreeMap<Id, Reading<PsaSide>>) -> BTreeMap<Id, Vec<String>> {
    let addresses = |contacts: &Complete<Contact>| {
        let active = contacts.items().iter().filter(|contact| contact.active != Some(false));
        active.filter_map(|contact| contact.fields.text(Field::Email)).map(ToOwned::to_owned).collect()
    };
    let of = |(id, reading): (Id, Reading<PsaSide>)| Some((id, addresses(&reading.complete()?.contacts)));
    read.into_iter().filter_map(of).collect()
}
