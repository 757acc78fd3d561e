//! One company as the stages look at it: complete sides, records in the order of their ids, rows that apply.

use super::addresses::Addresses;
use super::all::Input;
use super::company::{Company, CompanyInput};
use super::identity::stored;
use super::ids::Ids;
use super::policy::Policy;
use crate::model::{
    Contact, DetailsSide, Field, Fields, Id, PortalCompany, PortalUser, PsaCompany, Reading, Row, Side,
    Tenant, Udf, User, Value,
};
use crate::plan::{Candidate, Link, Who};

/// One company whose three sides were read to their end.
pub(crate) struct View<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) own: &'a CompanyInput,
    /// What the configuration says of the company.
    pub(crate) company: &'a Company,
    pub(crate) policy: &'a Policy,
    pub(crate) tenant: &'a Tenant,
    pub(crate) psa: &'a PsaCompany,
    pub(crate) portal: &'a PortalCompany,
    /// All users of the tenant, also where other companies share it.
    pub(crate) users: Vec<&'a User>,
    pub(crate) contacts: Vec<&'a Contact>,
    pub(crate) portal_users: Vec<&'a PortalUser>,
    /// The details records, where they were asked for.
    pub(crate) details: Option<&'a Reading<DetailsSide>>,
    /// What the last run recorded for this company.
    pub(crate) recorded: &'a [Link],
    /// The addresses of all records, and the ids that they name.
    pub(crate) addresses: Addresses<'a>,
    pub(crate) ids: Ids<'a>,
    /// Whether each row applies, in their order.
    rows: [bool; Row::ALL.len()],
    /// Whether the portal names the companies of another PSA.
    is_keyed_elsewhere: bool,
}

impl<'a> View<'a> {
    /// Returns the company if all its sides are complete, whosever they are.
    pub(crate) fn new(input: &'a Input<'a>, own: &'a CompanyInput) -> Option<Self> {
        let (tenant, psa, portal) = (own.tenant.complete()?, own.psa.complete()?, own.portal.complete()?);
        let policy = &own.company.policy;
        let rows = Row::ALL.map(|row| policy.rows.contains(&row) && input.capabilities.serves(row));
        let users = sorted(tenant.users.items(), |user| &user.id);
        let contacts = sorted(psa.contacts.items(), |contact| &contact.id);
        let portal_users = sorted(portal.users.items(), |user| &user.id);
        let recorded = input.memory.links.get(&own.company.name).map_or(&[][..], Vec::as_slice);
        let further = rows[Row::Match365Alternates as usize];
        Some(Self {
            input,
            own,
            company: &own.company,
            policy,
            tenant: &tenant.tenant,
            psa: &psa.company,
            portal: &portal.company,
            addresses: Addresses::new(&users, &contacts, &portal_users, further),
            ids: Ids::new(&users, &contacts, &portal_users, recorded, input.decisions),
            users,
            contacts,
            portal_users,
            details: portal.details.as_ref(),
            recorded,
            rows,
            is_keyed_elsewhere: stored::is_keyed_elsewhere(own),
        })
    }

    /// Reports whether `row` is switched on and the PSA can serve it.
    pub(crate) fn on(&self, row: Row) -> bool {
        self.rows[row as usize]
    }

    /// Returns the contact that a portal user stands for; none where the portal still names the companies of another
    /// PSA, whose contacts have ids of their own.
    pub(crate) fn contact_key(&self, portal_user: usize) -> Option<&'a Id> {
        self.portal_users[portal_user].psa_key.as_ref().filter(|_| !self.is_keyed_elsewhere)
    }

    /// Reports whether contacts have a field for a 365 id.
    pub(crate) fn stores_ids(&self) -> bool {
        self.input.psa_shape.udf(Udf::Office365Id).is_some()
    }

    /// Reports whether it is not known which 365 id the contact stores.
    pub(crate) fn lacks_id(&self, contact: usize) -> bool {
        self.contacts[contact].fields.get(Field::Udf(Udf::Office365Id)) == Value::Absent
    }

    /// Returns the calling code of the country whose telephone numbers are written without one.
    pub(crate) fn calling_code(&self) -> Option<&'a str> {
        self.policy.calling_code.as_deref()
    }

    /// Returns the PSA's name for people.
    pub(crate) fn psa_name(&self) -> &'static str {
        self.input.capabilities.name
    }

    /// Returns a record as conflicts list it.
    pub(crate) fn candidate(&self, side: Side, index: usize) -> Candidate {
        let (id, who, active) = match side {
            Side::Tenant => (&self.users[index].id, who_user(self.users[index]), self.users[index].enabled),
            Side::Psa => {
                (&self.contacts[index].id, who_contact(self.contacts[index]), self.contacts[index].active)
            }
            Side::Portal => (&self.portal_users[index].id, who_portal_user(self.portal_users[index]), None),
        };
        Candidate { side, id: id.clone(), who, active }
    }
}

fn sorted<T>(items: &[T], id: impl Fn(&T) -> &Id) -> Vec<&T> {
    let mut items: Vec<&T> = items.iter().collect();
    items.sort_by(|a, b| id(a).cmp(id(b)));
    items
}

pub(crate) fn who_user(user: &User) -> Who {
    who(&user.fields, &user.id)
}

pub(crate) fn who_contact(contact: &Contact) -> Who {
    who(&contact.fields, &contact.id)
}

pub(crate) fn who_portal_user(user: &PortalUser) -> Who {
    who(&user.fields, &user.id)
}

/// Display name, else first and last name, else email, else id.
fn who(fields: &Fields, id: &Id) -> Who {
    let email = fields.text(Field::Email);
    let full = || match [Field::FirstName, Field::LastName].map(|field| fields.text(field)) {
        [Some(first), Some(last)] => Some(format!("{first} {last}")),
        [first, last] => first.or(last).map(ToOwned::to_owned),
    };
    let shown = fields.text(Field::DisplayName).map(ToOwned::to_owned).or_else(full);
    let name = shown.unwrap_or_else(|| email.unwrap_or(id.as_str()).to_owned());
    Who { name, email: email.map(ToOwned::to_owned) }
}
