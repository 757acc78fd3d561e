//! One company as the stages look at it: complete sides, records in the order of their ids, rows that apply.

use crate::model::{
    Contact, DetailsSide, Field, Fields, Id, PortalCompany, PortalUser, PsaCompany, Reading, Row, Tenant,
    Udf, User, Value,
};
use crate::plan::{Candidate, Link, Who};

use super::{CompanyInput, Input, Policy, findings, identity};
use crate::model::Side;
use crate::text::{email, fit};

/// One company whose three sides were read to their end.
pub(super) struct View<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) own: &'a CompanyInput,
    pub(super) policy: &'a Policy,
    pub(super) tenant: &'a Tenant,
    pub(super) psa: &'a PsaCompany,
    pub(super) portal: &'a PortalCompany,
    /// All users of the tenant, also where other companies share it.
    pub(super) users: Vec<&'a User>,
    pub(super) contacts: Vec<&'a Contact>,
    pub(super) portal_users: Vec<&'a PortalUser>,
    /// The details records, where they were asked for.
    pub(super) details: Option<&'a Reading<DetailsSide>>,
    /// What the last run recorded for this company.
    pub(super) recorded: &'a [Link],
}

impl<'a> View<'a> {
    /// The company, if all its sides are complete, none of them says that it belongs to another company, and its settings
    /// say which people are its own.
    pub(super) fn new(input: &'a Input<'a>, own: &'a CompanyInput) -> Option<Self> {
        Self::whole(input, own).filter(|view| {
            findings::unanswered(view).is_empty() && identity::conflicts(input, own).is_empty()
        })
    }

    /// The company, if all its sides are complete, whosever they are: to be shown, never to be written.
    pub(super) fn whole(input: &'a Input<'a>, own: &'a CompanyInput) -> Option<Self> {
        let (tenant, psa, portal) = (own.tenant.complete()?, own.psa.complete()?, own.portal.complete()?);
        Some(Self {
            input,
            own,
            policy: &own.policy,
            tenant: &tenant.tenant,
            psa: &psa.company,
            portal: &portal.company,
            users: sorted(tenant.users.items(), |user| &user.id),
            contacts: sorted(psa.contacts.items(), |contact| &contact.id),
            portal_users: sorted(portal.users.items(), |user| &user.id),
            details: portal.details.as_ref(),
            recorded: input.memory.links.get(&own.name).map_or(&[], Vec::as_slice),
        })
    }

    /// Whether `row` is switched on and the PSA can serve it.
    pub(super) fn on(&self, row: Row) -> bool {
        self.policy.rows.contains(&row) && self.input.capabilities.serves(row)
    }

    /// The contact that a portal user stands for; none where the portal still names the companies of another PSA,
    /// whose contacts have ids of their own.
    pub(super) fn contact_key(&self, portal_user: usize) -> Option<&'a Id> {
        self.portal_users[portal_user].psa_key.as_ref().filter(|_| !identity::is_keyed_elsewhere(self.own))
    }

    /// Whether contacts have a field for a 365 id.
    pub(super) fn stores_ids(&self) -> bool {
        self.input.psa_shape.udf(Udf::Office365Id).is_some()
    }

    /// Whether it is not known which 365 id the contact stores.
    pub(super) fn lacks_id(&self, contact: usize) -> bool {
        self.contacts[contact].fields.get(Field::Udf(Udf::Office365Id)) == Value::Absent
    }

    /// The calling code of the country whose telephone numbers are written without one.
    pub(super) fn calling_code(&self) -> Option<&'a str> {
        self.policy.calling_code.as_deref()
    }

    /// The PSA's name for people.
    pub(super) fn psa_name(&self) -> &'static str {
        self.input.capabilities.name
    }

    /// A record as conflicts list it.
    pub(super) fn candidate(&self, side: Side, index: usize) -> Candidate {
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

/// The form in which 365 object ids are compared.
pub(super) fn id_key(id: &str) -> String {
    fit::clean(id).trim_matches(['{', '}']).to_lowercase()
}

/// The form in which whatever names a person is compared: an address in its one spelling, anything else as an id.
pub(super) fn name_key(text: &str) -> String {
    if text.contains('@') { email::normalise(text) } else { id_key(text) }
}

/// The 365 object id that a contact stores, whatever it is, in the form for comparing.
pub(super) fn stored_id(contact: &Contact) -> Option<String> {
    contact.fields.text(Field::Udf(Udf::Office365Id)).map(id_key)
}

/// Whether an id has the shape of a GUID. Anything else in the field is a person's note, from which no absence may be
/// concluded.
pub(super) use crate::text::tenant::is_guid;

pub(super) fn who_user(user: &User) -> Who {
    who(&user.fields, &user.id)
}

pub(super) fn who_contact(contact: &Contact) -> Who {
    who(&contact.fields, &contact.id)
}

pub(super) fn who_portal_user(user: &PortalUser) -> Who {
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
