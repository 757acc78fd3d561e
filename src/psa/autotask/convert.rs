//! From Autotask's records to the model's.

use std::collections::{BTreeMap, BTreeSet};

use super::found::{Details, Found};
use super::udf::{self, Defined};
use super::wire::{Company, Contact, FieldInfo};
use crate::error::{Error, Kind, Result};
use crate::model::{self, Complete, Field, FieldShape, Fields, Id, PsaCompany, PsaSide, Shape, Udf};
use crate::side::{PsaReading, PsaRequest};
use crate::text::phone;

/// The contact's fields that crsync knows: Autotask's name, the characters it holds and whether it is required,
/// by the vendor's documents, for databases that do not say. The country is missing: Autotask keeps an id there.
pub(super) const CONTACT_FIELDS: [(Field, &str, usize, bool); 10] = [
    (Field::FirstName, "firstName", 50, true),
    (Field::LastName, "lastName", 50, true),
    (Field::Email, "emailAddress", 254, false),
    (Field::Title, "title", 50, false),
    (Field::Phone, "phone", 25, false),
    (Field::Mobile, "mobilePhone", 25, false),
    (Field::Street, "addressLine", 128, false),
    (Field::City, "city", 32, false),
    (Field::State, "state", 40, false),
    (Field::PostalCode, "zipCode", 16, false),
];

/// The field for the extension of the telephone, and the characters it holds. There is none for the mobile.
pub(super) const EXTENSION: (&str, usize) = ("extension", 10);

/// Returns the reading that `request` wanted, from what was found.
pub(super) fn reading(request: &PsaRequest, names: &BTreeMap<Udf, String>, mut found: Found) -> PsaReading {
    let contact_udfs = udf::defined(names, false, &found.contact_udfs);
    let company_udfs = udf::defined(names, true, &found.company_udfs);
    let nothing =
        found.companies.is_empty() && found.contacts.values().all(|contacts| contacts.items().is_empty());
    let companies = request.each(|id| {
        take(&mut found, id, nothing).map(|(record, contacts)| PsaSide {
            company: company(record, found.details.as_ref(), &company_udfs),
            contacts,
        })
    });
    let shape = shape(&found.contact_fields);
    let shape =
        contact_udfs.into_iter().chain(company_udfs).fold(shape, |shape, udf| shape.with_udf(udf.field));
    PsaReading {
        shape,
        companies,
        pending: BTreeMap::new(),
        budget: None,
        rereads: None,
        remembered: BTreeSet::new(),
    }
}

/// Returns the company `id` with its contacts, if it was found. `nothing` says that no record at all came back.
fn take(found: &mut Found, id: &Id, nothing: bool) -> Result<(Company, Complete<model::Contact>)> {
    let number = company_number(id)?;
    found.companies.remove(&number).zip(found.contacts.remove(&number)).ok_or_else(|| {
        let hint = if nothing {
            "Autotask gave no record at all, which is what an API user without rights sees: its security level \
             should be API User (system), or see all organizations and contacts"
        } else {
            "correct psa of this company in crsync.toml, or let the API user's security level see all organizations"
        };
        let message = format!("company {id} does not exist in Autotask, or the API user may not see it");
        Error::new(Kind::NotFound, message).hint(hint)
    })
}

/// Returns the company's id as Autotask counts; 0 is the MSP itself.
pub(super) fn company_number(id: &Id) -> Result<i64> {
    id.number().ok_or_else(|| {
        Error::new(Kind::Config, format!("\"{id}\" cannot be a company of Autotask, whose ids are numbers"))
            .hint("correct psa of this company in crsync.toml")
    })
}

pub(super) fn company(record: Company, details: Option<&Details>, udfs: &[Defined]) -> PsaCompany {
    let mut fields = Fields::new();
    if let Some(details) = details {
        // A name that cannot be found out is left out, which is not the same as there being none.
        let blank = Some(String::new());
        let told = [
            (Field::Territory, record.territory.map_or(blank.clone(), |id| territory(details, id))),
            (Field::AccountManager, record.owner.map_or(blank, |id| owner(details, id))),
        ];
        for (field, text) in told.into_iter().filter_map(|(field, text)| Some((field, text?))) {
            fields.set(field, text);
        }
    }
    udf::set(&mut fields, udfs, record.user_defined_fields.as_deref());
    PsaCompany {
        id: Id::from(record.id),
        name: record.name.unwrap_or_default().trim().to_owned(),
        active: record.is_active,
        fields,
        linked: Vec::new(),
    }
}

/// Returns the label of a territory, whether or not it may still be chosen.
fn territory(details: &Details, id: i64) -> Option<String> {
    let info = details.company_fields.iter().find(|info| info.name.eq_ignore_ascii_case("territoryID"))?;
    let id = id.to_string();
    let entry =
        info.picklist_values.iter().flatten().find(|entry| entry.value.as_deref() == Some(id.as_str()))?;
    entry.label.clone()
}

/// Returns first and last name of the resource.
fn owner(details: &Details, id: i64) -> Option<String> {
    let resource = details.owners.get(&id)?;
    // Half a name is no name: it would take the place of a whole one in the portal.
    let names = [resource.first_name.as_ref()?, resource.last_name.as_ref()?].map(|name| name.trim());
    names.iter().all(|name| !name.is_empty()).then(|| names.join(" "))
}

#[allow(clippy::needless_pass_by_value)] // given up as soon as it is converted, page by page
pub(super) fn contact(record: Contact, udfs: &[Defined]) -> model::Contact {
    let texts = [
        (Field::FirstName, &record.first_name),
        (Field::LastName, &record.last_name),
        (Field::Email, &record.email_address),
        (Field::Title, &record.title),
        (Field::Phone, &record.phone),
        (Field::Mobile, &record.mobile_phone),
        (Field::Street, &record.address_line),
        (Field::City, &record.city),
        (Field::State, &record.state),
        (Field::PostalCode, &record.zip_code),
    ];
    let texts = texts.map(|(field, text)| (field, text.as_deref()));
    let values = udf::values(udfs, record.user_defined_fields.as_deref());
    let known = texts.iter().filter_map(|(_, text)| *text);
    let mut fields = Fields::with_room(known.chain(values.iter().map(|(_, text)| *text)));
    fields.extend(texts.into_iter().filter_map(|(field, text)| Some((field, text?))));
    let extension = record.extension.as_deref().map(str::trim).filter(|extension| !extension.is_empty());
    if let Some((phone, extension)) = fields.expose(Field::Phone).zip(extension) {
        let joined = phone::join(phone, extension);
        fields.set(Field::Phone, joined);
    }
    fields.extend(values);
    let further = [&record.email_address2, &record.email_address3].into_iter().flatten();
    let further = further.map(|email| email.trim().to_lowercase()).filter(|email| !email.is_empty());
    let mut alternates: Vec<String> = further.collect();
    if !alternates.is_empty() {
        let primary = record.email_address.as_deref().map(|email| email.trim().to_lowercase());
        alternates.retain(|email| primary.as_ref() != Some(email));
    }
    alternates.dedup();
    alternates.shrink_to_fit();
    model::Contact {
        id: Id::from(record.id),
        fields,
        active: record.is_active,
        alternates,
        types: Vec::new(),
        modified: record.last_modified_date.as_deref().map(Into::into),
    }
}

/// Returns what the contact's fields take: what the database says, completed from the vendor's documents. A field
/// that may not be written is left out.
fn shape(infos: &[FieldInfo]) -> Shape {
    let fields = CONTACT_FIELDS.iter().filter_map(|(field, name, length, required)| {
        let info = infos.iter().find(|info| info.name.eq_ignore_ascii_case(name));
        if info.is_some_and(|info| info.is_read_only == Some(true)) {
            return None;
        }
        let told = |info: Option<&FieldInfo>| {
            info.and_then(|info| usize::try_from(info.length?).ok()).filter(|length| *length > 0)
        };
        let required = info.and_then(|info| info.is_required).unwrap_or(*required);
        let of_extension = || told(infos.iter().find(|info| info.name.eq_ignore_ascii_case(EXTENSION.0)));
        let extension = (*field == Field::Phone).then(|| of_extension().unwrap_or(EXTENSION.1));
        Some((
            *field,
            FieldShape {
                length: Some(told(info).unwrap_or(*length)),
                required,
                extension,
                ..FieldShape::default()
            },
        ))
    });
    // Autotask wants isActive too when a contact is created; the code that creates one adds it.
    Shape::new(fields.chain([(Field::Active, FieldShape::default())]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reading;
    use crate::model::{Listing, UdfKind, Value};
    use serde::de::DeserializeOwned;
    use serde_json::json;
    use std::sync::Arc;

    fn parse<T: DeserializeOwned>(value: serde_json::Value) -> T {
        serde_json::from_value(value).expect("a record")
    }

    fn infos(infos: serde_json::Value) -> Arc<Vec<FieldInfo>> {
        Arc::new(parse(infos))
    }

    fn found() -> Found {
        let company: Company = parse(json!({
            "id": 0, "companyName": " Contoso ", "isActive": true, "territoryID": 29_682_778, "ownerResourceID": "4",
            "userDefinedFields": [{"name": "Tenant365Id", "value": "t-1"}]}));
        let mut contacts = Listing::new("contacts");
        let page: Vec<Contact> = parse(json!([{
            "id": 31, "companyID": 0, "isActive": 0, "firstName": "Ann", "lastName": "Lee", "title": null,
            "emailAddress": "Ann@Contoso.example", "emailAddress2": " ANN.LEE@contoso.example ",
            "emailAddress3": "ann@contoso.example", "addressLine": "1 Long Street", "zipCode": 1234}]));
        let contact_udfs = infos(json!([{"name": "Office365Id", "type": "String", "length": 100}]));
        let defined = udf::defined(&BTreeMap::new(), false, &contact_udfs);
        let page = page.into_iter().map(|record| (record.company, contact(record, &defined)));
        contacts.page(page, |(_, contact)| contact.id.clone()).expect("one contact");
        Found {
            companies: BTreeMap::from([(0, company)]),
            contacts: contacts.end().grouped(&[0, 999]),
            contact_fields: infos(json!([
                {"name": "firstName", "dataType": "string", "length": 20, "isRequired": true},
                {"name": "title", "length": 0},
                {"name": "city", "length": 32, "isReadOnly": true}])),
            contact_udfs,
            company_udfs: infos(json!([{"name": "tenant365id", "type": "String"}])),
            details: Some(Details {
                company_fields: infos(json!([{"name": "territoryID", "isPickList": true, "picklistValues": [
                    {"value": "29682778", "label": "North", "isActive": false}]}])),
                owners: BTreeMap::from([(
                    4,
                    parse(json!({"id": 4, "firstName": " Mia", "lastName": "Berg "})),
                )]),
            }),
        }
    }

    fn asked(companies: &[&str]) -> PsaRequest {
        PsaRequest { companies: companies.iter().map(|id| Id::from(*id)).collect(), company_details: true }
    }

    #[test]
    fn company_0_is_a_company_like_any_other() {
        let reading = reading(&asked(&["0"]), &BTreeMap::new(), found());
        let side = reading.companies[&Id::from(0)].complete().expect("complete");
        assert_eq!(side.company.name, "Contoso");
        assert_eq!(side.company.fields.text(Field::Territory), Some("North"));
        assert_eq!(side.company.fields.text(Field::AccountManager), Some("Mia Berg"));
        assert_eq!(side.company.fields.text(Field::Udf(Udf::Tenant365Id)), Some("t-1"));
        assert_eq!(side.contacts.items().len(), 1);
    }

    #[test]
    fn a_contact_keeps_blank_and_unknown_apart() {
        let reading = reading(&asked(&["0"]), &BTreeMap::new(), found());
        let side = reading.companies[&Id::from(0)].complete().expect("complete");
        let contact = &side.contacts.items()[0];
        assert_eq!(contact.active, Some(false));
        assert_eq!(contact.email(), Some("Ann@Contoso.example"));
        assert_eq!(contact.alternates, ["ann.lee@contoso.example"]);
        assert_eq!(contact.fields.text(Field::PostalCode), Some("1234"));
        assert_eq!(contact.fields.get(Field::Title), Value::Empty);
        assert_eq!(contact.fields.get(Field::Country), Value::Absent);
        assert_eq!(contact.fields.get(Field::Udf(Udf::Office365Id)), Value::Empty);
        assert_eq!(contact.fields.get(Field::Udf(Udf::SupportPin)), Value::Absent);
    }

    fn bare() -> serde_json::Value {
        json!({"id": 1, "companyID": 0, "emailAddress": null, "emailAddress2": null, "emailAddress3": null})
    }

    #[test]
    fn half_the_name_of_an_owner_is_no_name() {
        for (resource, told) in [
            (json!({"id": 4, "firstName": "Mia ", "lastName": "Berg"}), Some("Mia Berg")),
            (json!({"id": 4, "firstName": "Mia", "lastName": null}), None),
            (json!({"id": 4, "firstName": "Mia"}), None),
            (json!({"id": 4, "firstName": {}, "lastName": "Berg"}), None),
        ] {
            let owners = BTreeMap::from([(4, parse(resource))]);
            let details = Details { company_fields: infos(json!([])), owners };
            assert_eq!(owner(&details, 4).as_deref(), told);
        }
    }

    #[test]
    fn what_was_not_sent_of_a_contact_is_not_blank() {
        let mut record = bare();
        record["title"] = json!(null);
        let contact = contact(parse(record), &[]);
        assert_eq!(contact.fields.get(Field::Title), Value::Empty);
        assert_eq!(contact.fields.get(Field::Phone), Value::Absent);
    }

    #[test]
    fn a_record_that_does_not_say_whether_it_is_active_is_neither() {
        for flag in [json!(null), json!("perhaps")] {
            let mut record = bare();
            record["isActive"] = flag.clone();
            let record: Contact = parse(record);
            assert_eq!(contact(record, &[]).active, None);
            let record: Company = parse(json!({"id": 1, "isActive": flag}));
            assert_eq!(company(record, None, &[]).active, None);
        }
        assert_eq!(contact(parse(bare()), &[]).active, None);
    }

    #[test]
    fn a_missing_company_spoils_only_its_own_reading() {
        let reading = reading(&asked(&["999", "0", "abc"]), &BTreeMap::new(), found());
        assert!(reading.companies[&Id::from(0)].complete().is_some());
        let Reading::Incomplete { reason, hint, .. } = &reading.companies[&Id::from(999)] else {
            panic!("company 999 was not found");
        };
        assert_eq!(reason, "company 999 does not exist in Autotask, or the API user may not see it");
        assert!(hint.as_deref().is_some_and(|hint| hint.contains("crsync.toml")));
        assert!(reading.companies[&Id::from("abc")].complete().is_none());
    }

    #[test]
    fn seeing_nothing_at_all_points_at_the_api_users_rights() {
        let mut found = found();
        found.companies.clear();
        found.contacts = Listing::new("contacts").end().grouped(&[7]);
        let reading = reading(&asked(&["7"]), &BTreeMap::new(), found);
        let Reading::Incomplete { hint, .. } = &reading.companies[&Id::from(7)] else {
            panic!("company 7 was not found");
        };
        assert!(hint.as_deref().is_some_and(|hint| hint.contains("API User (system)")));
    }

    #[test]
    fn a_territory_or_owner_that_cannot_be_named_is_not_blank() {
        let mut found = found();
        let Some(details) = &mut found.details else { panic!("details are there") };
        details.owners.clear();
        details.company_fields = Arc::default();
        let record: Company = parse(json!({"id": 1, "territoryID": 5, "ownerResourceID": 4}));
        let fields = company(record, found.details.as_ref(), &[]).fields;
        assert_eq!(fields.get(Field::Territory), Value::Absent);
        assert_eq!(fields.get(Field::AccountManager), Value::Absent);
        let record: Company = parse(json!({"id": 1, "territoryID": null}));
        assert_eq!(company(record, found.details.as_ref(), &[]).fields.get(Field::Territory), Value::Empty);
        let record: Company = parse(json!({"id": 1, "territoryID": null}));
        assert_eq!(company(record, None, &[]).fields.get(Field::Territory), Value::Absent);
    }

    #[test]
    fn lengths_come_from_the_database_and_else_from_the_documents() {
        let shape = reading(&asked(&["0"]), &BTreeMap::new(), found()).shape;
        let of =
            |length, required| Some(FieldShape { length: Some(length), required, ..FieldShape::default() });
        assert_eq!(shape.field(Field::FirstName), of(20, true));
        assert_eq!(shape.field(Field::LastName), of(50, true));
        assert_eq!(shape.field(Field::Title), of(50, false));
        assert_eq!(shape.field(Field::Phone).and_then(|phone| phone.extension), Some(10));
        assert_eq!(shape.field(Field::Mobile).and_then(|mobile| mobile.extension), None);
        assert_eq!(shape.field(Field::City), None, "read-only");
        assert_eq!(shape.field(Field::Country), None, "an id in Autotask");
        assert_eq!(shape.field(Field::Active), Some(FieldShape::default()));
        assert_eq!(shape.udf(Udf::Office365Id).map(|udf| &udf.kind), Some(&UdfKind::Text(Some(100))));
        assert_eq!(shape.udf(Udf::Tenant365Id).map(|udf| udf.name.as_str()), Some("tenant365id"));
        assert_eq!(shape.udf(Udf::SupportPin), None);
    }
}
