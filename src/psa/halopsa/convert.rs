//! From HaloPSA's records to the model's.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::json;

use super::found::Found;
use super::session::Session;
use super::udf::{self, Defined, Udfs};
use super::wire::{Client, TEXTS, User};
use super::{Settings, dates};
use crate::error::{Error, Kind, Result};
use crate::model::{
    Contact, Detail, Field, FieldShape, Fields, Id, PsaCompany, PsaSide, RecordKind, Shape, Udf, Value,
};
use crate::side::{Current, PsaReading, PsaRequest, Raw};
use crate::text::{email, name};

/// The user's fields that crsync knows. No lengths are documented. There is no address: it belongs to the site.
const CONTACT_FIELDS: [Field; 7] = [
    Field::FirstName,
    Field::LastName,
    Field::Email,
    Field::Title,
    Field::Phone,
    Field::Mobile,
    Field::Active,
];

/// The agent that means no agent (inferred from its name).
const NO_AGENT: &str = "unassigned";

const STORED: Field = Field::Udf(Udf::Office365Id);

/// Where further addresses are kept, and what is between them: no address holds a blank.
const ADDRESSES: Field = Field::Detail(Detail::AlternateEmails);
const BETWEEN: &str = " ";

/// HaloPSA's own id of the 365 user.
pub(super) const AZURE_ID: &str = "azureoid";

/// Whether a user's first and last name are taken from the one name.
pub(super) const SPLIT: &str = "split";

const TENANT: Field = Field::Udf(Udf::Tenant365Id);

/// Returns the reading that `request` wanted, from what was found. A company that was not found makes only its own
/// reading incomplete.
pub(super) fn reading(session: &Session, request: &PsaRequest, mut found: Found) -> PsaReading {
    let udfs = session.udfs().unwrap_or_default();
    let companies = request.each(|id| take(session.settings(), &udfs, request, &mut found, id));
    let shape = Shape::new(CONTACT_FIELDS.map(|field| (field, FieldShape::default()))).with_needed_name();
    let shape = udfs.fields().fold(shape, Shape::with_udf);
    let pending = found.pending.into_iter().map(|(id, pending)| (Id::from(id), pending)).collect();
    let rereads = Some(found.rereads);
    PsaReading { shape, companies, pending, budget: None, rereads, remembered: BTreeSet::new() }
}

/// Returns the company `id` with its contacts, if it was found.
fn take(
    settings: &Settings,
    udfs: &Udfs,
    request: &PsaRequest,
    found: &mut Found,
    id: &Id,
) -> Result<PsaSide> {
    let number = number(id)?;
    let client = found.clients.remove(&number).ok_or_else(|| {
        let message = format!("client {id} does not exist in HaloPSA, or the agent may not see it");
        Error::new(Kind::NotFound, message).hint(
            "correct psa of this company in crsync.toml; what is found is what both the application and its agent may \
             see",
        )
    })?;
    let users = found.users.remove(&number).unwrap_or_else(|| {
        Err(Error::new(Kind::Incomplete, format!("the users of client {id} were not read")))
    })?;
    let mut company = company(&client, company_fields(&udfs.companies, &client));
    if request.company_details {
        set_details(settings, &mut company.fields, &client);
    }
    let contacts = users.map(|row| contact(udfs, &row, found.known.users.get(&row.id)));
    Ok(PsaSide { company, contacts })
}

fn company(client: &Client, fields: Fields) -> PsaCompany {
    PsaCompany {
        id: Id::from(client.id),
        name: client.name.as_deref().unwrap_or_default().trim().to_owned(),
        active: client.inactive.map(|inactive| !inactive),
        fields,
        linked: linked(client).into_iter().collect(),
    }
}

/// Returns the companies that these clients are.
pub(super) fn listed(settings: &Settings, clients: &[Client]) -> Vec<PsaCompany> {
    let defined =
        udf::defined(settings, true, clients.iter().flat_map(|client| client.custom.iter().flatten()));
    let listed = |client: &Client| company(client, company_fields(&defined, client));
    clients.iter().map(listed).collect()
}

/// Returns the id as HaloPSA's numbers.
///
/// # Errors
/// [`Kind::Config`] where it is none.
pub(super) fn number(id: &Id) -> Result<i64> {
    id.number().ok_or_else(|| {
        Error::new(Kind::Config, format!("\"{id}\" cannot be an id in HaloPSA, whose ids are numbers"))
            .hint("correct psa of this company in crsync.toml")
    })
}

/// Returns the custom fields of a client, with the tenant that HaloPSA itself links to it where the field is blank.
fn company_fields(defined: &[Defined], client: &Client) -> Fields {
    let mut fields = Fields::new();
    udf::set(&mut fields, defined, client.custom.as_deref());
    if fields.text(TENANT).is_some() {
        return fields;
    }
    let linked = linked(client);
    match linked.first() {
        Some(id) if linked.len() == 1 => fields.set(TENANT, id),
        // Which of several is meant is not known, so nothing is, not even that the field is blank.
        Some(_) => fields = fields.only(|field| field != TENANT),
        None => {}
    }
    fields
}

/// Returns the tenants that HaloPSA's own integration links to the client.
fn linked(client: &Client) -> BTreeSet<String> {
    let linked = client.tenants.iter().flatten().filter_map(|tenant| tenant.id.as_deref()).map(str::trim);
    linked.filter(|id| !id.is_empty()).map(str::to_ascii_lowercase).collect()
}

/// Sets territory and account manager.
fn set_details(settings: &Settings, fields: &mut Fields, client: &Client) {
    if let Some(manager) = &client.account_manager {
        let is_none = manager.trim().eq_ignore_ascii_case(NO_AGENT);
        fields.set(Field::AccountManager, if is_none { "" } else { manager });
    }
    if let Some(top) = client.top_level.as_ref().filter(|_| settings.top_level_is_territory) {
        fields.set(Field::Territory, top);
    }
}

/// Returns the contact that a row of a listing is, with what is `known` of the user beside it.
///
/// What the row leaves out is what the own record says. Where that is not known, it is blank if other rows of the listing
/// show it, since rows have one form and only a null is left out; else nothing is known of it.
pub(super) fn contact(udfs: &Udfs, row: &User, known: Option<&Fields>) -> Contact {
    let mut row = Cow::Borrowed(row);
    if known.is_none() && row.shown() != [true; TEXTS] {
        row.to_mut().blank(udfs.texts);
    }
    let mut fields = own_fields(&row);
    udf::set(&mut fields, &udfs.contacts, row.custom.as_deref());
    let lacks_half = row.first.is_none() || row.last.is_none();
    for (field, text) in known.into_iter().flat_map(Fields::exposed) {
        // The row is newer than what is kept. One half of a name alone says nothing of the other.
        let is_name = matches!(field, Field::FirstName | Field::LastName);
        let says = fields.get(field) == Value::Absent || (is_name && lacks_half);
        if says && field != ADDRESSES {
            fields.set(field, text);
        }
    }
    // A blank id in the row is no proof where HaloPSA's own id was not asked for.
    if known.is_none() && fields.get(STORED) == Value::Empty {
        fields = fields.only(|field| field != STORED);
    }
    Contact {
        id: Id::from(row.id),
        fields,
        active: row.inactive.map(|inactive| !inactive),
        alternates: known.map(addresses).unwrap_or_default(),
        types: Vec::new(),
        modified: None,
    }
}

/// Returns the one name of a user whose first and last name are known to be blank: these are taken from it.
fn split_name(user: &User) -> Option<&str> {
    let is_blank = |half: &Option<String>| half.as_deref().is_some_and(|text| text.trim().is_empty());
    let whole = user.name.as_deref().filter(|whole| !whole.trim().is_empty());
    whole.filter(|_| is_blank(&user.first) && is_blank(&user.last))
}

/// Returns the user's own fields. Where both names are known to be blank, the one name is split.
fn own_fields(user: &User) -> Fields {
    let mut fields = Fields::new();
    match split_name(user) {
        Some(whole) => {
            let (first, last) = name::split(whole);
            fields.set(Field::FirstName, first);
            fields.set(Field::LastName, last);
        }
        None => {
            for (field, half) in [(Field::FirstName, &user.first), (Field::LastName, &user.last)] {
                if let Some(half) = half {
                    fields.set(field, half);
                }
            }
        }
    }
    for (field, text) in [
        (Field::Email, &user.email),
        (Field::Title, &user.title),
        (Field::Phone, &user.phone),
        (Field::Mobile, &user.mobile),
    ] {
        if let Some(text) = text {
            fields.set(field, text);
        }
    }
    fields
}

/// Returns what a user's own record says and a row of a listing may not.
pub(super) fn beside_row(defined: &[Defined], user: &User) -> Fields {
    all_fields(defined, user).with(ADDRESSES, alternates(user).join(BETWEEN))
}

/// Returns the further addresses among what is known beside a row.
fn addresses(known: &Fields) -> Vec<String> {
    known.text(ADDRESSES).into_iter().flat_map(|text| text.split(BETWEEN)).map(ToOwned::to_owned).collect()
}

/// Returns the fields of a user's own record, custom ones and HaloPSA's own id of the 365 user included.
fn all_fields(defined: &[Defined], user: &User) -> Fields {
    let mut fields = own_fields(user);
    udf::set(&mut fields, defined, user.custom.as_deref());
    if let Some(id) = &user.azure_id {
        fields.set(Field::LinkedId, id);
    }
    fields
}

/// Returns the further addresses of a user's own record.
pub(super) fn alternates(user: &User) -> Vec<String> {
    let own = user.email.as_deref().unwrap_or_default();
    let further = [&user.email2, &user.email3].into_iter().flatten().map(|text| text.trim());
    let further = further.filter(|text| !text.is_empty() && !text.contains(' ') && !email::same(text, own));
    further.map(ToOwned::to_owned).collect()
}

/// Returns a user's own record as it is now. Fields that no record showed before are known by this one.
pub(super) fn user(session: &Session, user: &User) -> Current {
    let own = udf::defined(session.settings(), false, user.custom.iter().flatten());
    let mut defined = session.udfs().map_or_else(Vec::new, |udfs| udfs.contacts.clone());
    let is_new = |each: &Defined| defined.iter().all(|known| known.role != each.role);
    let further: Vec<Defined> = own.into_iter().filter(is_new).collect();
    defined.extend(further);
    Current {
        id: Id::from(user.id),
        active: user.inactive.map(|inactive| !inactive),
        fields: all_fields(&defined, user),
        alternates: alternates(user),
        stamp: user.updated.as_deref().and_then(dates::time).map(|time| time.to_string()),
        raw: Raw(json!({ AZURE_ID: user.azure_id, SPLIT: split_name(user).is_some() })),
    }
}

/// Returns a client's own record as it is now. The tenants that HaloPSA links to it come with a listing alone, and are to
/// be put into it before.
pub(super) fn client(session: &Session, client: &Client) -> Current {
    let own = udf::defined(session.settings(), true, client.custom.iter().flatten());
    let defined = session.udfs().map_or(own, |udfs| udfs.of(RecordKind::PsaCompany).to_vec());
    Current {
        id: Id::from(client.id),
        active: client.inactive.map(|inactive| !inactive),
        fields: company_fields(&defined, client),
        alternates: Vec::new(),
        stamp: None,
        raw: Raw::default(),
    }
}
