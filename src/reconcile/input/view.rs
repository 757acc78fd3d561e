//! One company as the stages look at it: complete sides, records in the order of their ids, rows that apply.

use super::all::Input;
use super::company::{Company, CompanyInput};
use super::identity::stored;
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
}

impl<'a> View<'a> {
    /// Returns the company if all its sides are complete, whosever they are.
    pub(crate) fn new(input: &'a Input<'a>, own: &'a CompanyInput) -> Option<Self> {
        let (tenant, psa, portal) = (own.tenant.complete()?, own.psa.complete()?, own.portal.complete()?);
        Some(Self {
            input,
            own,
            company: &own.company,
            policy: &own.company.policy,
            tenant: &tenant.tenant,
            psa: &psa.company,
            portal: &portal.company,
            users: sorted(tenant.users.items(), |user| &user.id),
            contacts: sorted(psa.contacts.items(), |contact| &contact.id),
            portal_users: sorted(portal.users.items(), |user| &user.id),
            details: portal.details.as_ref(),
            recorded: input.memory.links.get(&own.company.name).map_or(&[], Vec::as_slice),
        })
    }

    /// Reports whether `row` is switched on and the PSA can serve it.
    pub(crate) fn on(&self, row: Row) -> bool {
        self.policy.rows.contains(&row) && self.input.capabilities.serves(row)
    }

    /// Returns the contact that a portal user stands for; none where the portal still names the companies of another
    /// PSA, whose contacts have ids of their own.
    pub(crate) fn contact_key(&self, portal_user: usize) -> Option<&'a Id> {
        self.portal_users[portal_user].psa_key.as_ref().filter(|_| !stored::is_keyed_elsewhere(self.own))
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
    let names = [Field::FirstName, Field::LastName].map(|field| fields.text(field));
    let full = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = fields
        .text(Field::DisplayName)
        .or((!full.is_empty()).then_some(full.as_str()))
        .or(email)
        .unwrap_or(id.as_str());
    Who { name: name.to_owned(), email: email.map(ToOwned::to_owned) }
}
