//! From ConnectWise PSA's records to the model's.

use std::collections::BTreeMap;

use super::found::{Details, Found, Managers};
use super::items;
use super::types::Types;
use super::udf::{self, Definition};
use super::wire::{Company, Contact, Whole};
use crate::error::{Error, Kind, Result};
use crate::model::{self, Complete, Field, FieldShape, Fields, Id, PsaCompany, PsaSide, Shape, Udf};
use crate::side::{Current, PsaReading, PsaRequest, Raw};

/// A field of the contact's own record.
pub(super) struct Own {
    pub(super) field: Field,
    /// The vendor's name for it.
    pub(super) path: &'static str,
    /// The characters it holds (older vendor documents).
    length: usize,
    /// Whether a contact cannot be created without it (seen live by clients).
    required: bool,
    value: fn(&Contact) -> Option<&str>,
}

const fn own(field: Field, path: &'static str, length: usize, value: fn(&Contact) -> Option<&str>) -> Own {
    Own { field, path, length, required: false, value }
}

/// The contact's own fields that crsync knows. The country is missing, being a reference, and the department,
/// being one of a list.
pub(super) static OWN: [Own; 7] = [
    Own { required: true, ..own(Field::FirstName, "firstName", 30, |contact| contact.first_name.as_deref()) },
    own(Field::LastName, "lastName", 30, |contact| contact.last_name.as_deref()),
    own(Field::Title, "title", 100, |contact| contact.title.as_deref()),
    own(Field::Street, "addressLine1", 50, |contact| contact.address_line1.as_deref()),
    own(Field::City, "city", 50, |contact| contact.city.as_deref()),
    own(Field::State, "state", 50, |contact| contact.state.as_deref()),
    own(Field::PostalCode, "zip", 12, |contact| contact.zip.as_deref()),
];

/// What turns records into the model's.
#[derive(Clone, Copy)]
pub(super) struct Book<'a> {
    pub(super) types: &'a Types,
    /// Names of custom fields that differ from the default.
    pub(super) names: &'a BTreeMap<Udf, String>,
}

/// The reading that `request` wanted, from what was found.
pub(super) fn reading(request: &PsaRequest, book: Book<'_>, mut found: Found) -> PsaReading {
    let nothing =
        found.companies.is_empty() && found.contacts.values().all(|contacts| contacts.items().is_empty());
    let remembered = found.managers.iter().flat_map(|managers| &managers.remembered);
    let remembered = remembered.map(|id| Id::from(*id)).collect();
    let companies = request.each(|id| {
        take(&mut found, id, nothing).map(|(record, contacts)| PsaSide {
            company: company(&record, found.managers.as_ref(), book),
            contacts,
        })
    });
    PsaReading {
        shape: shape(book.types, found.contact_udfs.iter().chain(&found.company_udfs)),
        companies,
        pending: BTreeMap::new(),
        budget: None,
        rereads: None,
        remembered,
    }
}

/// Territory and account manager of the company `id`.
///
/// # Errors
/// [`Kind::NotFound`] where it is not there.
pub(super) fn details(id: &Id, found: &Details, book: Book<'_>) -> Result<Fields> {
    let record = found.companies.get(&number(id)?).ok_or_else(|| {
        Error::new(Kind::NotFound, format!("company {id} does not exist in ConnectWise PSA any more"))
    })?;
    let details = |field| matches!(field, Field::Territory | Field::AccountManager);
    Ok(company(record, Some(&found.managers), book).fields.only(details))
}

/// The company `id` with its contacts, if it was found. `nothing` says that no record at all came back.
fn take(found: &mut Found, id: &Id, nothing: bool) -> Result<(Company, Complete<model::Contact>)> {
    let number = number(id)?;
    if let Some(error) = found.unclear.remove(&number) {
        return Err(error);
    }
    found.companies.remove(&number).zip(found.contacts.remove(&number)).ok_or_else(|| {
        let hint = if nothing {
            "ConnectWise PSA gave no record at all, which is what a role at the level Mine sees: the API member's \
             security role needs Inquire All under Companies > Company Maintenance and Companies > Contacts"
        } else {
            "correct psa of this company in crsync.toml, or let the API member's security role inquire all companies"
        };
        let message =
            format!("company {id} does not exist in ConnectWise PSA, or was deleted, or the API member may not see it");
        Error::new(Kind::NotFound, message).hint(hint)
    })
}

/// The number that a company's id is.
///
/// # Errors
/// [`Kind::Config`] if it is none.
pub(super) fn number(id: &Id) -> Result<i64> {
    id.number().ok_or_else(|| {
        let message = format!("\"{id}\" cannot be a company of ConnectWise PSA, whose ids are numbers");
        Error::new(Kind::Config, message).hint("correct psa of this company in crsync.toml")
    })
}

/// A company counts as active as long as it exists and its status is known not to be marked as inactive.
pub(super) fn company(record: &Company, managers: Option<&Managers>, book: Book<'_>) -> PsaCompany {
    let mut fields = company_fields(record, book);
    if let Some(managers) = managers {
        fields.set_or_empty(Field::Territory, territory(record));
        match managers.names.get(&record.id) {
            None => fields.set_or_empty(Field::AccountManager, None),
            Some(Some(manager)) => fields.set_or_empty(Field::AccountManager, Some(manager)),
            // One whose name was not read.
            Some(None) => {}
        }
    }
    PsaCompany {
        id: Id::from(record.id),
        name: record.name.as_deref().unwrap_or_default().trim().to_owned(),
        active: match (record.deleted_flag, record.is_inactive) {
            (Some(true), _) | (_, Some(true)) => Some(false),
            (_, None) => None,
            (deleted, Some(false)) => deleted.map(|deleted| !deleted),
        },
        fields,
        linked: Vec::new(),
    }
}

fn company_fields(record: &Company, book: Book<'_>) -> Fields {
    let mut fields = Fields::new();
    udf::set(&mut fields, book.names, true, record.custom_fields.as_deref().unwrap_or_default());
    fields
}

fn territory(record: &Company) -> Option<&str> {
    record.territory.as_ref()?.name.as_deref()
}

pub(super) fn contact(record: &Contact, book: Book<'_>) -> model::Contact {
    let types = record.types.iter().flatten().filter_map(|of| of.name.as_deref());
    model::Contact {
        id: Id::from(record.id),
        fields: contact_fields(record, book),
        active: is_active(record),
        alternates: book.types.alternates(record.items()),
        types: types.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
        modified: record.modified().map(Into::into),
    }
}

fn contact_fields(record: &Contact, book: Book<'_>) -> Fields {
    let mut fields = Fields::new();
    // What has no value is left out of an answer, so it is blank and not unknown.
    for own in &OWN {
        fields.set_or_empty(own.field, (own.value)(record));
    }
    for field in items::FIELDS.into_iter().filter(|field| book.types.of(*field).is_some()) {
        fields.set(field, book.types.text(field, record.items()));
    }
    udf::set(&mut fields, book.names, false, record.custom_fields.as_deref().unwrap_or_default());
    fields
}

/// A flag that is false is a value all the same, so it is not among what an answer leaves out.
fn is_active(record: &Contact) -> Option<bool> {
    record.inactive_flag.map(|inactive| !inactive)
}

/// The contact as it is now, with everything that was sent of it.
pub(super) fn current_contact(whole: Whole<Contact>, book: Book<'_>) -> Current {
    let Whole { raw, record } = whole;
    Current {
        id: Id::from(record.id),
        active: is_active(&record),
        fields: contact_fields(&record, book),
        alternates: book.types.alternates(record.items()),
        stamp: None,
        raw: Raw(raw),
    }
}

/// The company as it is now. Its account manager is another record, which is not looked up.
pub(super) fn current_company(whole: Whole<Company>, book: Book<'_>) -> Current {
    let Whole { raw, record } = whole;
    let mut fields = company_fields(&record, book);
    fields.set_or_empty(Field::Territory, territory(&record));
    Current {
        id: Id::from(record.id),
        active: None,
        fields,
        alternates: Vec::new(),
        stamp: None,
        raw: Raw(raw),
    }
}

/// Returns what the contact's fields take. An address or number is a field only if the MSP has a type for it.
fn shape<'d>(types: &Types, udfs: impl Iterator<Item = &'d Definition>) -> Shape {
    let own = OWN.iter().map(|own| {
        (own.field, FieldShape { length: Some(own.length), required: own.required, ..FieldShape::default() })
    });
    let of_items = items::FIELDS.into_iter().filter(|field| types.of(*field).is_some());
    let of_items = of_items.map(|field| (field, items::shape(field)));
    let all = own.chain(of_items).chain([(Field::Active, FieldShape::default())]);
    let shape = Shape::new(all).with_types().with_udfs_by_record();
    udfs.fold(shape, |shape, definition| shape.with_udf(definition.field.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reading;
    use crate::model::{Listing, UdfKind, Value};
    use crate::psa::connectwise::settings::TypeNames;
    use serde::de::DeserializeOwned;
    use serde_json::json;

    fn parse<T: DeserializeOwned>(value: serde_json::Value) -> T {
        serde_json::from_value(value).expect("a record")
    }

    fn types() -> Types {
        let all: Vec<super::super::wire::CommunicationType> = parse(json!([
            {"id": 1, "description": "Email", "emailFlag": true, "defaultFlag": true},
            {"id": 2, "description": "Direct", "phoneFlag": true, "defaultFlag": true},
            {"id": 9, "description": "Home Email", "emailFlag": true}
        ]));
        Types::new(&all, &TypeNames::default()).expect("types")
    }

    fn ann() -> serde_json::Value {
        json!({
            "id": 31, "firstName": "Ann", "company": {"id": 250, "identifier": "Contoso"}, "inactiveFlag": true,
            "title": "Head of Sales", "addressLine1": "1 Long Street", "zip": "90210", "site": {},
            "communicationItems": [
                {"id": 5, "type": {"id": 1, "name": "Email"}, "value": "Ann@Contoso.example", "defaultFlag": true,
                 "domain": "@Contoso.example", "communicationType": "Email"},
                {"id": 6, "type": {"id": 9, "name": "Home Email"}, "value": " Ann@Home.example ", "defaultFlag": false,
                 "communicationType": "Email"}],
            "types": [{"id": 2, "name": " Decision Maker"}, {"id": 3, "name": "Billing Contact"}],
            "customFields": [{"id": 16, "caption": "IsOffice365", "type": "Checkbox", "value": null}],
            "ignoreDuplicates": false, "_info": {"lastUpdated": "2026-01-02T03:04:05Z"}})
    }

    fn found() -> Found {
        let mut contacts = Listing::new("contacts");
        let own = contact(&parse(ann()), Book { types: &types(), names: &BTreeMap::new() });
        contacts.page([(250, own)], |(_, contact)| contact.id.clone()).expect("one contact");
        let mut company: Company = parse(json!({
            "id": 250, "identifier": "Contoso", "name": " Contoso ", "deletedFlag": false,
            "territory": {"id": 11, "name": "North"},
            "customFields": [{"id": 30, "caption": "Tenant365Id", "type": "Text", "value": "t-1"}]}));
        company.is_inactive = Some(false);
        let field = crate::model::UdfField {
            role: Udf::IsOffice365,
            name: "IsOffice365".to_owned(),
            kind: UdfKind::Checkbox,
        };
        Found {
            companies: BTreeMap::from([(250, company)]),
            unclear: BTreeMap::new(),
            contacts: contacts.end().grouped(&[250, 999]),
            contact_udfs: vec![Definition { id: 16, field }],
            company_udfs: Vec::new(),
            managers: Some(Managers {
                names: BTreeMap::from([(250, Some("Mia Berg".to_owned()))]),
                ..Managers::default()
            }),
        }
    }

    fn read(companies: &[&str], found: Found) -> PsaReading {
        let companies = companies.iter().map(|id| Id::from(*id)).collect();
        let request = PsaRequest { companies, company_details: true };
        reading(&request, Book { types: &types(), names: &BTreeMap::new() }, found)
    }

    #[test]
    fn a_company_comes_with_territory_manager_and_tenant() {
        let reading = read(&["250"], found());
        let side = reading.companies[&Id::from(250)].complete().expect("complete");
        assert_eq!((side.company.name.as_str(), side.company.active), ("Contoso", Some(true)));
        assert_eq!(side.company.fields.text(Field::Territory), Some("North"));
        assert_eq!(side.company.fields.text(Field::AccountManager), Some("Mia Berg"));
        assert_eq!(side.company.fields.text(Field::Udf(Udf::Tenant365Id)), Some("t-1"));
    }

    #[test]
    fn a_company_without_territory_and_manager_has_them_blank() {
        let mut found = found();
        found.companies.insert(250, parse(json!({"id": 250, "territory": {}})));
        found.managers = Some(Managers::default());
        let reading = read(&["250"], found);
        let fields = &reading.companies[&Id::from(250)].complete().expect("complete").company.fields;
        assert_eq!(fields.get(Field::Territory), Value::Empty);
        assert_eq!(fields.get(Field::AccountManager), Value::Empty);
        assert_eq!(fields.get(Field::Udf(Udf::Tenant365Id)), Value::Absent);
    }

    #[test]
    fn a_contact_keeps_blank_and_unknown_apart() {
        let reading = read(&["250"], found());
        let side = reading.companies[&Id::from(250)].complete().expect("complete");
        let contact = &side.contacts.items()[0];
        assert_eq!(contact.active, Some(false), "inactiveFlag says the opposite");
        assert_eq!(contact.email(), Some("Ann@Contoso.example"));
        assert_eq!(contact.alternates, ["ann@home.example"]);
        assert_eq!(contact.types, ["Decision Maker", "Billing Contact"]);
        assert_eq!(contact.fields.text(Field::Street), Some("1 Long Street"));
        for blank in [Field::LastName, Field::City, Field::Phone, Field::Udf(Udf::IsOffice365)] {
            assert_eq!(contact.fields.get(blank), Value::Empty, "{blank}");
        }
        for unknown in [Field::Mobile, Field::Country, Field::Department, Field::Udf(Udf::Office365Id)] {
            assert_eq!(contact.fields.get(unknown), Value::Absent, "{unknown}");
        }
    }

    #[test]
    fn the_shape_lists_what_the_msp_has() {
        let shape = read(&["250"], found()).shape;
        let takes = |field| shape.field(field).map(|shape| (shape.length, shape.required));
        assert_eq!(takes(Field::FirstName), Some((Some(30), true)));
        assert_eq!(takes(Field::LastName), Some((Some(30), false)));
        assert_eq!(takes(Field::Title), Some((Some(100), false)));
        assert_eq!(takes(Field::PostalCode), Some((Some(12), false)));
        assert_eq!(takes(Field::Phone), Some((Some(250), false)));
        assert_eq!(takes(Field::Active), Some((None, false)));
        for missing in [Field::Mobile, Field::Country, Field::Department, Field::DisplayName] {
            assert_eq!(takes(missing), None, "{missing}");
        }
        assert_eq!(shape.udf(Udf::IsOffice365).map(|udf| &udf.kind), Some(&UdfKind::Checkbox));
    }

    #[test]
    fn a_contact_that_does_not_say_whether_it_is_inactive_is_neither() {
        let types = types();
        let book = Book { types: &types, names: &BTreeMap::new() };
        for record in [json!({"id": 31}), json!({"id": 31, "inactiveFlag": null})] {
            assert_eq!(contact(&parse(record.clone()), book).active, None);
            assert_eq!(current_contact(parse(record), book).active, None);
        }
    }

    #[test]
    fn a_missing_company_spoils_only_its_own_reading() {
        let reading = read(&["999", "250", "abc"], found());
        assert!(reading.companies[&Id::from(250)].complete().is_some());
        let Reading::Incomplete { hint, .. } = &reading.companies[&Id::from(999)] else {
            panic!("company 999 was not found");
        };
        assert!(hint.as_deref().is_some_and(|hint| hint.contains("crsync.toml")));
        assert!(reading.companies[&Id::from("abc")].complete().is_none());
    }

    #[test]
    fn seeing_nothing_at_all_points_at_the_role() {
        let mut found = found();
        found.companies.clear();
        found.contacts = Listing::new("contacts").end().grouped(&[7]);
        let reading = read(&["7"], found);
        let Reading::Incomplete { hint, .. } = &reading.companies[&Id::from(7)] else {
            panic!("company 7 was not found");
        };
        assert!(hint.as_deref().is_some_and(|hint| hint.contains("Inquire All")));
    }

    #[test]
    fn a_single_record_reads_like_one_of_a_listing() {
        let types = types();
        let book = Book { types: &types, names: &BTreeMap::new() };
        let current = current_contact(parse(ann()), book);
        let listed = contact(&parse(ann()), book);
        assert_eq!(
            (&current.id, &current.fields, &current.alternates),
            (&listed.id, &listed.fields, &listed.alternates)
        );
        assert_eq!(current.active, Some(false));
        assert_eq!(current.raw.0, ann());
    }
}
