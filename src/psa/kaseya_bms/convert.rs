//! From Kaseya BMS's records to the model's.

use std::collections::BTreeSet;

use super::found::{Found, Listed};
use super::types::{self, Use, is_business};
use super::wire::{Account, Contact, Email, Phone};
use crate::error::{Error, Kind, Result};
use crate::model::{self, Field, FieldShape, Fields, Id, PsaCompany, PsaSide, Shape};
use crate::side::{Current, PsaReading, PsaRequest, Raw};
use crate::text::email;

/// The contact's fields that crsync knows. No lengths are documented, and none is required (vendor documents).
/// There is no address: it belongs to the location.
const CONTACT_FIELDS: [Field; 7] = [
    Field::FirstName,
    Field::LastName,
    Field::Email,
    Field::Title,
    Field::Phone,
    Field::Mobile,
    Field::Active,
];

/// Returns the reading that `request` wanted, from what was found. A company that was not found makes only its own
/// reading incomplete.
pub(super) fn reading(request: &PsaRequest, mut found: Found) -> PsaReading {
    let companies = request.each(|id| take(&mut found, id));
    let fields = CONTACT_FIELDS.into_iter().filter(|field| !found.untyped.contains(field));
    let shape = Shape::new(fields.map(|field| (field, FieldShape::default())));
    let shape = found.untyped.iter().fold(shape, |shape, field| {
        let (why, next) = types::unknown(*field);
        shape.without(*field, why, next)
    });
    let modules = [&found.modules.contacts, &found.modules.accounts];
    let udfs = modules.into_iter().flatten().flat_map(|module| &module.fields);
    let shape = udfs.fold(shape, |shape, each| shape.with_udf(each.field.clone()));
    let pending =
        std::mem::take(&mut found.pending).into_iter().map(|(id, pending)| (Id::from(id), pending)).collect();
    PsaReading {
        shape,
        companies,
        pending,
        budget: Some(found.budget),
        rereads: Some(found.budget.into()),
        remembered: BTreeSet::new(),
    }
}

/// Returns the company `id` with its contacts, if it was found.
fn take(found: &mut Found, id: &Id) -> Result<PsaSide> {
    let number = number(id)?;
    let account = found.accounts.remove(&number).ok_or_else(|| {
        let message = format!("company {id} does not exist in Kaseya BMS, or the API user may not see it");
        Error::new(Kind::NotFound, message).hint(
            "correct psa of this company in crsync.toml, or give the user's security role CRM, Accounts, View",
        )
    })?;
    let contacts = found.contacts.remove(&number).unwrap_or_else(|| {
        Err(Error::new(Kind::Incomplete, format!("the contacts of company {id} were not read")))
    })?;
    let company = company(&account, found.account_fields.remove(&number).unwrap_or_default());
    let values = &mut found.contact_fields;
    let contacts = contacts.map(|Listed { id, mut contact, .. }| {
        set(&mut contact.fields, &values.remove(&id).unwrap_or_default());
        contact
    });
    Ok(PsaSide { company, contacts })
}

/// Returns the id as Kaseya BMS's numbers.
///
/// # Errors
/// [`Kind::Config`] where it is none.
pub(super) fn number(id: &Id) -> Result<i64> {
    id.number().ok_or_else(|| {
        Error::new(Kind::Config, format!("\"{id}\" cannot be a record of Kaseya BMS, whose ids are numbers"))
            .hint("correct psa of this company in crsync.toml")
    })
}

/// Returns the company, with the values of its custom fields that were read.
pub(super) fn company(account: &Account, udfs: Fields) -> PsaCompany {
    PsaCompany {
        id: Id::from(account.id),
        name: account.name.as_deref().unwrap_or_default().trim().to_owned(),
        active: account.is_active,
        fields: udfs,
        linked: Vec::new(),
    }
}

/// Returns the contact, with the values of its custom fields that were read.
pub(super) fn current(record: Contact, udfs: &Fields) -> Current {
    let (phone, mobile) = (phone(&record.phones, Use::Phone), phone(&record.phones, Use::Mobile));
    let number = |phone: Option<&Phone>| phone.and_then(|phone| phone.number.clone());
    let primary = primary(&record.emails).and_then(|email| email.address.clone());
    let mut fields = Fields::new();
    for (field, key, text) in [
        (Field::FirstName, "firstname", record.first_name.clone()),
        (Field::LastName, "lastname", record.last_name.clone()),
        (Field::Title, "jobtitle", record.job_title.clone()),
        (Field::Email, "emails", primary.clone()),
        (Field::Phone, "phones", number(phone)),
        (Field::Mobile, "phones", number(mobile)),
    ] {
        // What was not sent is not known; what was sent as null is blank.
        if record.raw.get(key).is_some() {
            fields.set_or_empty(field, text.as_deref());
        }
    }
    set(&mut fields, udfs);
    let alternates = alternates(&record.emails, primary.as_deref());
    let id = Id::from(record.id);
    Current { id, active: record.is_active, fields, alternates, stamp: None, raw: Raw(record.raw) }
}

/// Returns the contact of a listing.
pub(super) fn listed(record: Contact) -> Listed {
    let (number, modified_on) = (record.id, record.modified_on.clone());
    let Current { id, active, fields, alternates, stamp: _, raw: _ } = current(record, &Fields::new());
    let modified = modified_on.as_deref().map(Into::into);
    let contact = model::Contact { id, fields, active, alternates, types: Vec::new(), modified };
    Listed { id: number, modified_on, contact }
}

/// Puts the values of custom fields into `fields`.
fn set(fields: &mut Fields, udfs: &Fields) {
    for (field, text) in udfs.exposed() {
        fields.set(field, text);
    }
}

/// Returns the address that counts: the default one, else the first.
pub(super) fn primary(emails: &[Email]) -> Option<&Email> {
    let told = || emails.iter().filter(|email| !says_nothing(Field::Email, email.address.as_deref()));
    told().find(|email| email.is_default == Some(true)).or_else(|| told().next())
}

/// Returns the number for `wanted`: of those at work by the name of their type, else of all, the default one, else the
/// first.
pub(super) fn phone(phones: &[Phone], wanted: Use) -> Option<&Phone> {
    let told = || {
        phones
            .iter()
            .filter(|phone| Use::of(phone) == wanted && !says_nothing(Field::Phone, phone.number.as_deref()))
    };
    let is_default = |phone: &&Phone| phone.is_default == Some(true);
    let business = || told().filter(|phone| is_business(phone));
    let at_work = business().find(is_default).or_else(|| business().next());
    at_work.or_else(|| told().find(is_default)).or_else(|| told().next())
}

/// Returns every other address, lower-case, once.
fn alternates(emails: &[Email], primary: Option<&str>) -> Vec<String> {
    let mut alternates: Vec<String> = Vec::new();
    for address in emails.iter().filter_map(|email| email.address.as_deref()) {
        let address = email::normalise(address).into_owned();
        let known = primary.is_some_and(|primary| email::same(primary, &address));
        if !address.is_empty() && !known && !alternates.contains(&address) {
            alternates.push(address);
        }
    }
    alternates
}

fn says_nothing(field: Field, text: Option<&str>) -> bool {
    text.is_none_or(|text| field.read(text).is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::super::udf::{self, Module, Modules};
    use super::super::wire::lower_keys;
    use super::*;
    use crate::model::Reading;
    use crate::model::{Budget, Listing, Udf, UdfKind, Value};
    use serde_json::json;

    fn ann() -> Contact {
        Contact::read(lower_keys(json!({
            "id": 55, "accountId": 7, "accountName": "Contoso", "locationId": 70, "firstName": " Ann ",
            "lastName": "Lee", "jobTitle": null, "isPoc": false, "isActive": false, "canRecieveInvoices": true,
            "modifiedOn": "2026-02-03T04:05:06.7",
            "emails": [
                {"id": 1, "emailAddress": "ann.lee@contoso.example ", "emailTypeId": 1, "isDefault": false},
                {"id": 2, "emailAddress": "Ann@Contoso.example", "emailTypeId": 1, "isDefault": true},
                {"id": 3, "emailAddress": "ANN.LEE@contoso.example", "emailTypeId": 2, "isDefault": false}],
            "phones": [
                {"id": 1, "phone": "+1 555 0199", "phoneTypeId": 3, "phoneType": "Fax", "isDefault": false},
                {"id": 2, "phone": "+1 555 0101", "phoneTypeId": 2, "phoneType": "Mobile", "isDefault": true},
                {"id": 3, "phone": "+1 555 0100", "phoneTypeId": 1, "phoneType": "Work", "isDefault": false}]})))
        .expect("a contact")
    }

    fn found() -> Found {
        let definitions = |values| serde_json::from_value::<Vec<_>>(values).expect("definitions");
        let names = BTreeMap::new();
        let contact_fields =
            udf::defined(&names, false, &definitions(json!([{"id": 302, "name": "Office365Id"}])));
        let account_fields =
            udf::defined(&names, true, &definitions(json!([{"id": 9, "name": "Tenant365Id"}])));
        let mut contacts = Listing::new("contacts");
        contacts.page([listed(ann())], |listed| Id::from(listed.id)).expect("one contact");
        let accounts: Vec<Account> =
            serde_json::from_value(json!([{"id": 7, "name": " Contoso ", "isactive": true}, {"id": 8}]))
                .expect("accounts");
        Found {
            accounts: accounts.into_iter().map(|account| (account.id, account)).collect(),
            contacts: BTreeMap::from([
                (7, Ok(contacts.end())),
                (8, Err(Error::new(Kind::Incomplete, "cut short"))),
                (9, Ok(Listing::new("contacts").end())),
            ]),
            modules: Arc::new(Modules {
                contacts: Some(Module { number: 13, fields: contact_fields }),
                accounts: Some(Module { number: 4, fields: account_fields }),
            }),
            account_fields: BTreeMap::from([(7, Fields::new().with(Field::Udf(Udf::Tenant365Id), "t-1"))]),
            contact_fields: BTreeMap::new(),
            pending: BTreeMap::new(),
            budget: Budget { records: 1, new: 1, fields: 1, until: jiff::Timestamp::UNIX_EPOCH },
            untyped: Vec::new(),
        }
    }

    fn asked(companies: &[&str]) -> PsaRequest {
        PsaRequest { companies: companies.iter().map(|id| Id::from(*id)).collect(), company_details: false }
    }

    #[test]
    fn a_contact_has_its_default_address_and_keeps_blank_and_unknown_apart() {
        let reading = reading(&asked(&["7"]), found());
        let side = reading.companies[&Id::from(7)].complete().expect("complete");
        assert_eq!((side.company.name.as_str(), side.company.active), ("Contoso", Some(true)));
        assert_eq!(side.company.fields.text(Field::Udf(Udf::Tenant365Id)), Some("t-1"));
        let contact = &side.contacts.items()[0];
        assert_eq!(contact.active, Some(false));
        assert_eq!(contact.email(), Some("Ann@Contoso.example"));
        assert_eq!(contact.alternates, ["ann.lee@contoso.example"]);
        assert_eq!(contact.fields.text(Field::Phone), Some("+1 555 0100"));
        assert_eq!(contact.fields.text(Field::Mobile), Some("+1 555 0101"));
        assert_eq!(contact.fields.text(Field::FirstName), Some("Ann"));
        assert_eq!(contact.fields.get(Field::Title), Value::Empty);
        assert_eq!(contact.fields.get(Field::City), Value::Absent);
    }

    #[test]
    fn a_number_at_home_is_not_the_phone_and_one_at_work_goes_first() {
        let phones =
            |phones: serde_json::Value| -> Vec<Phone> { serde_json::from_value(phones).expect("numbers") };
        let number = |all: &[Phone]| phone(all, Use::Phone).and_then(|phone| phone.number.clone());
        let home = json!({"phone": "0199", "phonetype": "Home", "isdefault": true});
        let main = json!({"phone": "0150", "phonetype": "Main", "isdefault": true});
        let work = json!({"phone": "0100", "phonetype": "Work", "isdefault": false});
        assert_eq!(number(&phones(json!([home, work]))).as_deref(), Some("0100"));
        assert_eq!(number(&phones(json!([home, main, work]))).as_deref(), Some("0100"));
        assert_eq!(number(&phones(json!([home, main]))).as_deref(), Some("0150"));
        assert_eq!(number(&phones(json!([home]))), None);
    }

    #[test]
    fn a_custom_field_that_was_not_read_is_not_blank() {
        let mut read = found();
        let values = Fields::new().with(Field::Udf(Udf::Office365Id), "");
        for (values, expected) in [(None, Value::Absent), (Some(values), Value::Empty)] {
            read.contact_fields = values.into_iter().map(|values| (55, values)).collect();
            let reading = reading(&asked(&["7"]), std::mem::replace(&mut read, found()));
            let side = reading.companies[&Id::from(7)].complete().expect("complete");
            assert_eq!(side.contacts.items()[0].fields.get(Field::Udf(Udf::Office365Id)), expected);
        }
    }

    #[test]
    fn a_company_that_was_not_found_spoils_only_its_own_reading() {
        let reading = reading(&asked(&["7", "8", "9", "abc"]), found());
        assert!(reading.companies[&Id::from(7)].complete().is_some());
        for (id, why) in
            [("8", "cut short"), ("9", "company 9 does not exist in Kaseya BMS"), ("abc", "numbers")]
        {
            let Reading::Incomplete { reason, .. } = &reading.companies[&Id::from(id)] else {
                panic!("company {id} was not found");
            };
            assert!(reason.contains(why), "{reason}");
        }
    }

    #[test]
    fn what_the_fields_take_is_told_as_far_as_it_is_known() {
        let shape = reading(&asked(&["7"]), found()).shape;
        for field in CONTACT_FIELDS {
            assert_eq!(shape.field(field), Some(FieldShape::default()), "{field}");
        }
        assert_eq!(shape.field(Field::Department), None);
        assert_eq!(shape.udf(Udf::Office365Id).map(|udf| &udf.kind), Some(&UdfKind::Text(None)));
        assert!(shape.udf(Udf::Tenant365Id).is_some());
        let shape = reading(&asked(&["7"]), Found { untyped: vec![Field::Mobile], ..found() }).shape;
        assert_eq!(shape.field(Field::Mobile), None);
        let (why, next) = shape.lack(Field::Mobile).expect("a reason");
        assert!(why.contains("has a mobile number") && next.contains("by hand"), "{why} {next}");
    }

    #[test]
    fn lists_that_were_not_sent_are_not_blank() {
        let bare = Contact::read(json!({"id": 1, "accountid": 7})).expect("a contact");
        let current = current(bare, &Fields::new());
        assert_eq!((current.fields.iter().count(), current.active), (0, None));
        let none =
            Contact::read(json!({"id": 1, "accountid": 7, "emails": null, "phones": []})).expect("one");
        let current = super::current(none, &Fields::new());
        assert_eq!(current.fields.get(Field::Email), Value::Empty);
        assert_eq!(current.fields.get(Field::Mobile), Value::Empty);
    }
}
