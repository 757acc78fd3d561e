//! How many records the companies have that were read.

use crate::model::{Reading, RecordKind};
use crate::reconcile::CompanyInput;
use crate::side::{Size, Sizes};

/// Returns how many contacts, portal users and details records each company has, of the sides that were read.
pub fn sizes(companies: &[CompanyInput]) -> Sizes {
    let mut sizes = Sizes::new();
    for company in companies {
        if let Some(side) = company.psa.complete() {
            let contacts = side.contacts.items();
            let inactive = contacts.iter().filter(|contact| contact.active == Some(false)).count();
            let size = Size { active: contacts.len() - inactive, inactive };
            sizes.insert((RecordKind::Contact, company.company.psa_id.clone()), size);
        }
        if let Some(side) = company.portal.complete() {
            let users = Size { active: side.users.items().len(), inactive: 0 };
            sizes.insert((RecordKind::PortalUser, company.company.portal_id.clone()), users);
            let details = side.details.as_ref().and_then(Reading::complete);
            let records = details.map_or(0, |details| details.records.items().len());
            let details = Size { active: records, inactive: 0 };
            sizes.insert((RecordKind::Details, company.company.portal_id.clone()), details);
        }
    }
    sizes
}
