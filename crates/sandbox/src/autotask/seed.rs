//! The PSA's first state.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::schema::{OF_COMPANY, OF_CONTACT};
use super::{Choice, ListValues, Record, State, THRESHOLD, Table, udf};
use crate::msp::{Client, Contact, Msp};

/// When everything of the seed was made.
const CREATED: &str = "2025-01-02T03:04:05Z";
/// Ids of what the sandbox makes itself start above this.
const MADE: i64 = 29_000_000;

/// The user-defined fields of the seed: entity, name, type.
const FIELDS: [(i64, &str, i64); 5] = [
    (OF_CONTACT, "TypeMapping", udf::STRING),
    (OF_CONTACT, "SupportPIN", udf::STRING),
    (OF_CONTACT, "IsOffice365", udf::LIST),
    (OF_CONTACT, "Office365Id", udf::STRING),
    (OF_COMPANY, "Tenant365Id", udf::STRING),
];

/// Returns the PSA as `msp` describes it, with the MSP itself as company 0.
pub(super) fn state(msp: &Msp) -> State {
    let mut companies = Table::from([(0, own(msp))]);
    companies.extend(msp.clients.iter().map(|client| (client.psa, company(client))));
    let contacts = msp.clients.iter().flat_map(|client| {
        let contacts = client.person.iter().filter_map(|person| person.contact.as_ref());
        contacts.map(|fixture| (fixture.id, contact(fixture, client.psa)))
    });
    let territories = msp.territories.iter().map(|(value, label)| Choice {
        value: value.to_string(),
        label: label.clone(),
        active: true,
    });
    let (definitions, list_items) = definitions();
    State {
        companies,
        contacts: contacts.collect(),
        resources: resources(msp),
        definitions,
        list_items,
        territories: territories.collect(),
        list_values: ListValues::Text,
        denied: BTreeSet::new(),
        invisible: BTreeSet::new(),
        wrong_secrets: 0,
        requests: VecDeque::new(),
        others: 0,
        threshold: THRESHOLD,
        pages: VecDeque::new(),
        chains: 0,
        failures: 0,
        made: MADE,
    }
}

fn own(msp: &Msp) -> Record {
    record(json!({
        "id": 0,
        "companyName": "Our MSP",
        "companyType": 1,
        "isActive": true,
        "ownerResourceID": msp.staff.first().map(|staff| staff.id),
        "phone": "555-0100",
        "createDate": CREATED,
        "lastActivityDate": CREATED,
    }))
}

fn company(client: &Client) -> Record {
    let site = client.domains.first().map(|domain| format!("https://www.{domain}"));
    let mut company = record(json!({
        "id": client.psa,
        "companyName": client.name,
        "companyNumber": client.psa.to_string(),
        "companyType": 1,
        "isActive": true,
        "ownerResourceID": client.owner,
        "territoryID": client.territory,
        "phone": "555-0110",
        "webAddress": site,
        "createDate": CREATED,
        "lastActivityDate": CREATED,
        "lastTrackedModifiedDateTime": CREATED,
    }));
    // Every other company already holds its tenant.
    if client.psa % 2 == 0 {
        company.udf.insert("Tenant365Id".to_owned(), client.tenant.clone());
    }
    company
}

fn contact(fixture: &Contact, company: i64) -> Record {
    // Both ways of being blank occur: never filled is null, filled and emptied is "".
    let text = |text: &str| match text {
        "" if fixture.id % 2 == 0 => Value::Null,
        text => json!(text),
    };
    let mut record = record(json!({
        "id": fixture.id,
        "companyID": company,
        "firstName": fixture.first,
        "lastName": fixture.last,
        "emailAddress": text(&fixture.email),
        "emailAddress2": text(&fixture.email2),
        "emailAddress3": text(&fixture.email3),
        "title": text(&fixture.title),
        "phone": text(&fixture.phone),
        "mobilePhone": text(&fixture.mobile),
        "addressLine": text(&fixture.street),
        "city": text(&fixture.city),
        "state": text(&fixture.state),
        "zipCode": text(&fixture.postal_code),
        "isActive": i64::from(!fixture.inactive),
        "primaryContact": false,
        "receivesEmailNotifications": false,
        "createDate": CREATED,
        "lastActivityDate": CREATED,
        "lastModifiedDate": CREATED,
    }));
    record.udf.clone_from(&fixture.udf);
    record
}

fn resources(msp: &Msp) -> Table {
    let resource = |staff: &crate::msp::Staff| {
        let record = record(json!({
            "id": staff.id,
            "firstName": staff.first,
            "lastName": staff.last,
            "email": staff.email,
            "emailTypeCode": "PRIMARY",
            "userName": staff.email.split('@').next(),
            "isActive": true,
            "resourceType": "Employee",
            "hireDate": "2020-01-01T00:00:00Z",
            "licenseType": 1,
            "locationID": 1,
            "numberFormat": "X,XXX.XX",
            "payrollType": 1,
            "userType": 1,
        }));
        (staff.id, record)
    };
    msp.staff.iter().map(resource).collect()
}

/// Returns the definitions and the items of their lists.
fn definitions() -> (Table, Table) {
    let (mut definitions, mut items) = (BTreeMap::new(), BTreeMap::new());
    for (id, (entity, name, kind)) in (501..).zip(FIELDS) {
        let format = if kind == udf::STRING { udf::SINGLE_LINE } else { udf::UNDEFINED };
        definitions.insert(
            id,
            record(json!({
                "id": id,
                "name": name,
                "udfType": entity,
                "dataType": kind,
                "displayFormat": format,
                "isActive": true,
                "isRequired": false,
                "sortOrder": id - 500,
                "createDate": CREATED,
            })),
        );
        if kind != udf::LIST {
            continue;
        }
        for (item, text) in (801..).zip(["true", "false"]) {
            items.insert(
                item,
                record(json!({
                    "id": item,
                    "udfFieldId": id,
                    "valueForDisplay": text,
                    "valueForExport": text,
                    "isActive": true,
                    "createDate": CREATED,
                })),
            );
        }
    }
    (definitions, items)
}

fn record(fields: Value) -> Record {
    match fields {
        Value::Object(fields) => Record { fields, ..Record::default() },
        _ => Record::default(),
    }
}
