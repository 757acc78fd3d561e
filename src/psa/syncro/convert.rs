//! From Syncro's records to the model's.

use std::collections::{BTreeMap, BTreeSet};

use super::found::{Found, Listed};
use super::wire::{CONTACT_FIELDS, EXTENSION, NAME, Record, TITLE};
use super::{Settings, udf};
use crate::error::{Error, Kind, Result};
use crate::model::{
    Contact, Field, FieldShape, Fields, Id, PsaCompany, PsaSide, RecordKind, Shape, UdfField,
};
use crate::side::{Current, PsaReading, PsaRequest, Raw};
use crate::text::{name, phone};

/// Returns the reading that `request` wanted, from what was found.
pub(super) fn reading(request: &PsaRequest, settings: &Settings, mut found: Found) -> PsaReading {
    let contact_udfs = udf::defined(settings, false, &found.contact_keys);
    let company_udfs = udf::defined(settings, true, &udf::keys(found.customers.values()));
    let companies = request.each(|id| {
        let number = number(id)?;
        let found = found.customers.remove(&number).zip(found.contacts.remove(&number));
        let (record, contacts) = found.ok_or_else(|| missing(id))?;
        let contacts = contacts.map(|listed| whole(listed, &contact_udfs));
        Ok(PsaSide { company: company(&record, &company_udfs), contacts })
    });
    let shape = contact_udfs.iter().chain(&company_udfs).cloned().fold(shape(), Shape::with_udf);
    PsaReading {
        shape,
        companies,
        pending: BTreeMap::new(),
        budget: None,
        rereads: None,
        remembered: BTreeSet::new(),
    }
}

/// Returns the customer's number.
///
/// # Errors
/// [`Kind::Config`] for an id that cannot be one of Syncro's.
pub(super) fn number(id: &Id) -> Result<i64> {
    id.number().ok_or_else(|| {
        Error::new(Kind::Config, format!("\"{id}\" cannot be an id in Syncro, whose ids are numbers"))
            .hint("correct psa of this company in crsync.toml")
    })
}

fn missing(id: &Id) -> Error {
    Error::new(Kind::NotFound, format!("customer {id} does not exist in Syncro, or the token may not see it"))
        .hint(
            "correct psa of this company in crsync.toml; a token made by a single-customer user sees that customer \
             alone",
        )
}

pub(super) fn company(record: &Record, udfs: &[UdfField]) -> PsaCompany {
    PsaCompany {
        id: Id::from(record.id()),
        name: company_name(record),
        active: record.flag("disabled").map(|disabled| !disabled),
        fields: company_fields(record, udfs),
        linked: Vec::new(),
    }
}

/// Returns the name of a customer, who may be a person without a business name.
fn company_name(record: &Record) -> String {
    let text = |key| record.text(key).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let person = || {
        let [first, last] = ["firstname", "lastname"].map(|key| text(key).unwrap_or_default());
        name::join(&first, &last)
    };
    text("business_name").or_else(|| text("fullname")).unwrap_or_else(person)
}

fn company_fields(record: &Record, udfs: &[UdfField]) -> Fields {
    let mut fields = Fields::new();
    udf::set(&mut fields, udfs, record.properties());
    fields
}

/// Returns a contact of a listing.
pub(super) fn listed(settings: &Settings, record: &Record) -> Listed {
    let contact = Contact {
        id: Id::from(record.id()),
        fields: own_fields(record),
        // A contact has no such flag.
        active: Some(true),
        alternates: Vec::new(),
        types: Vec::new(),
        modified: record.text("updated_at").map(Into::into),
    };
    Listed { contact, custom: udf::custom(settings, record) }
}

/// Returns a contact of a listing with its custom fields.
fn whole(listed: Listed, udfs: &[UdfField]) -> Contact {
    let Listed { mut contact, custom } = listed;
    udf::set_custom(&mut contact.fields, udfs, &custom);
    contact
}

fn contact_fields(record: &Record, udfs: &[UdfField]) -> Fields {
    let mut fields = own_fields(record);
    udf::set(&mut fields, udfs, record.properties());
    fields
}

/// Returns what is no custom field of a contact.
fn own_fields(record: &Record) -> Fields {
    let mut fields = Fields::new();
    if let Some(whole) = record.text(NAME) {
        let (first, last) = name::split(&whole);
        fields.set(Field::FirstName, first);
        fields.set(Field::LastName, last);
    }
    for (field, key) in CONTACT_FIELDS {
        if let Some(text) = record.text(key) {
            let extension = record.text(EXTENSION).filter(|_| field == Field::Phone).unwrap_or_default();
            fields.set(field, if field.is_phone() { phone::join(&text, &extension) } else { text });
        }
    }
    if let Some(properties) = record.properties() {
        fields.set(Field::Title, properties.text(TITLE));
    }
    fields
}

/// Returns a single record, with every field it could have: one record does not show which the account has.
pub(super) fn current(settings: &Settings, kind: RecordKind, record: Record) -> Current {
    let is_contact = kind == RecordKind::Contact;
    let udfs = udf::possible(settings, !is_contact);
    let fields = if is_contact { contact_fields(&record, &udfs) } else { company_fields(&record, &udfs) };
    let active = if is_contact { None } else { record.flag("disabled").map(|disabled| !disabled) };
    Current {
        id: Id::from(record.id()),
        active,
        fields,
        alternates: Vec::new(),
        stamp: None,
        raw: Raw(record.into_raw()),
    }
}

/// The most digits of an extension: no length is documented, and no telephone system has longer ones.
const EXTENSION_DIGITS: usize = 15;

/// Returns what a contact takes. No lengths are documented.
fn shape() -> Shape {
    let fields = [Field::FirstName, Field::LastName, Field::Title];
    let fields = fields.into_iter().chain(CONTACT_FIELDS.into_iter().map(|(field, _)| field));
    let takes = |field: Field| FieldShape {
        extension: (field == Field::Phone).then_some(EXTENSION_DIGITS),
        // Whether the numbers of contacts are stripped to their digits is not documented; those of customers are.
        digits: field.is_phone(),
        ..FieldShape::default()
    };
    Shape::new(fields.map(|field| (field, takes(field)))).with_joined_name()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Udf, Value};
    use crate::psa::syncro::tests::settings;
    use serde_json::json;

    fn record(value: serde_json::Value) -> Record {
        Record::new(value).expect("a record")
    }

    #[test]
    fn a_contact_has_its_one_name_taken_apart_and_its_title_from_the_properties() {
        let record = record(
            json!({"id": 31, "customer_id": 9, "name": " Mary  Ann Lee", "email": "Ann@Contoso.example",
            "phone": null, "mobile": "555 0100", "title": "not here", "address1": "1 Long Street", "zip": 1234,
            "properties": {"title": "Head", "notification_billing": "0"}}),
        );
        let contact = whole(listed(&settings(), &record), &udf::possible(&settings(), false));
        let text = |field| contact.fields.text(field);
        assert_eq!((text(Field::FirstName), text(Field::LastName)), (Some("Mary"), Some("Ann Lee")));
        assert_eq!((text(Field::Title), text(Field::PostalCode)), (Some("Head"), Some("1234")));
        assert_eq!(contact.email(), Some("Ann@Contoso.example"));
        assert_eq!(contact.fields.get(Field::Phone), Value::Empty);
        assert_eq!(contact.fields.get(Field::City), Value::Absent);
        assert_eq!(contact.fields.get(Field::Country), Value::Absent);
        assert_eq!(contact.active, Some(true));
    }

    #[test]
    fn a_contact_without_properties_says_nothing_of_its_title() {
        let fields =
            contact_fields(&record(json!({"id": 1, "name": "Ann"})), &udf::possible(&settings(), false));
        assert_eq!(fields.get(Field::Title), Value::Absent);
        assert_eq!(fields.get(Field::Udf(Udf::Office365Id)), Value::Absent);
        assert_eq!(fields.get(Field::LastName), Value::Empty);
    }

    #[test]
    fn a_customer_may_be_a_person_and_may_be_disabled() {
        for (value, name, active) in [
            (
                json!({"id": 1, "business_name": " Contoso ", "fullname": "Ann Lee", "disabled": false}),
                "Contoso",
                Some(true),
            ),
            (
                json!({"id": 1, "business_name": null, "fullname": "Ann Lee", "disabled": true}),
                "Ann Lee",
                Some(false),
            ),
            (json!({"id": 1, "business_name": "", "firstname": "Ann", "lastname": "Lee"}), "Ann Lee", None),
        ] {
            let company = company(&record(value), &[]);
            assert_eq!((company.name.as_str(), company.active), (name, active));
        }
    }

    #[test]
    fn a_contact_has_no_active_flag_to_show() {
        let contact = current(&settings(), RecordKind::Contact, record(json!({"id": 1, "name": "Ann"})));
        assert_eq!(contact.active, None);
        assert_eq!(shape().field(Field::Active), None);
        assert_eq!(shape().field(Field::Country), None);
        assert!(shape().joined_name() && shape().required().next().is_none());
        let customer = json!({"id": 1, "disabled": false, "properties": {"Tenant365Id": "t"}});
        let customer = current(&settings(), RecordKind::PsaCompany, record(customer));
        assert_eq!((customer.active, customer.fields), (Some(true), Fields::new()));
    }
}
