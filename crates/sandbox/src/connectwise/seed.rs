//! The PSA's first state.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::schema::{CONTACTS, Kind};
use super::{Record, State, Table, Which};
use crate::msp::{Client, Contact, Msp, Staff};

/// When everything of the seed was made.
const CREATED: &str = "2025-01-02T03:04:05Z";
/// Ids of what the sandbox makes itself start above this.
const MADE: i64 = 29_000_000;
/// The MSP itself, and a company that was deleted and still stays in the list.
const OWN: i64 = 2;
const DELETED: i64 = 3;

/// Types of communication items: id, description, class, default of the class.
const COMMUNICATIONS: [(i64, &str, &str, bool); 9] = [
    (1, "Email", "emailFlag", true),
    (2, "Direct", "phoneFlag", true),
    (3, "Fax", "faxFlag", true),
    (4, "Mobile", "phoneFlag", false),
    (5, "Home", "phoneFlag", false),
    (6, "Pager", "phoneFlag", false),
    (7, "Fax - Home", "faxFlag", false),
    (8, "Home Email", "emailFlag", false),
    (9, "Individual Professional", "emailFlag", false),
];
const CONTACT_TYPES: [(i64, &str); 5] =
    [(1, "End User"), (2, "Decision Maker"), (3, "Approver"), (4, "Billing Contact"), (5, "Board")];
/// Custom fields: id, pod, caption, type, way of entry.
///
/// The company has a caption of the contact's.
const FIELDS: [(i64, i64, &str, &str, &str); 6] = [
    (16, 4, "Newsletter", "Text", "List"),
    (81, 5, "SupportPIN", "Text", "EntryField"),
    (82, 5, "IsOffice365", "Checkbox", "EntryField"),
    (83, 5, "Office365Id", "Text", "EntryField"),
    (90, 21, "Tenant365Id", "Text", "EntryField"),
    (91, 21, "SupportPIN", "Text", "EntryField"),
];

/// Returns the PSA as `msp` describes it.
pub(super) fn state(msp: &Msp) -> State {
    let contacts = msp.clients.iter().flat_map(|client| {
        let contacts = client.person.iter().filter_map(|person| person.contact.as_ref());
        contacts.map(|fixture| (fixture.id, contact(fixture, client.psa)))
    });
    let note_types = [(1, "Comments"), (2, "Collections")];
    State {
        companies: companies(msp),
        company_statuses: table([
            json!({"id": 1, "name": "Active", "defaultFlag": true, "inactiveFlag": false}),
            json!({"id": 2, "name": "Not-Active", "defaultFlag": false, "inactiveFlag": true}),
        ]),
        company_types: table([json!({"id": 1, "name": "Client", "defaultFlag": true, "vendorFlag": false})]),
        teams: teams(msp),
        contacts: contacts.collect(),
        contact_types: table(CONTACT_TYPES.map(|(id, description)| {
            json!({"id": id, "description": description, "defaultFlag": id == 1, "serviceAlertFlag": false})
        })),
        communication_types: table(COMMUNICATIONS.map(|(id, description, class, default)| {
            let flag = |name: &str| name == class;
            json!({"id": id, "description": description, "phoneFlag": flag("phoneFlag"),
                "faxFlag": flag("faxFlag"), "emailFlag": flag("emailFlag"), "defaultFlag": default})
        })),
        note_types: table(note_types.map(|(id, name)| json!({"id": id, "name": name, "defaultFlag": id == 1}))),
        notes: Table::new(),
        members: table(msp.staff.iter().map(member)),
        locations: table(msp.territories.iter().map(|(id, name)| {
            json!({"id": id, "name": name, "locationFlag": true, "clientFlag": false,
                "structureLevel": {"id": 2, "name": "Location"}})
        })),
        definitions: definitions(),
        codebase: "v4_6_release/".to_owned(),
        links: "https://na.myconnectwise.example/v4_6_release/apis/3.0/".to_owned(),
        denied: BTreeSet::new(),
        invisible: BTreeSet::new(),
        customfields_required: Which::Some,
        clears_left_out: false,
        refuse_duplicates: true,
        requests: 0,
        made: MADE,
    }
}

fn record(fields: Value) -> Record {
    match fields {
        Value::Object(mut fields) => {
            fields.retain(|_, value| !value.is_null() && value != "");
            Record { fields, ..Record::default() }
        }
        _ => Record::default(),
    }
}

fn table(rows: impl IntoIterator<Item = Value>) -> Table {
    rows.into_iter().map(record).map(|record| (record.id(), record)).collect()
}

fn companies(msp: &Msp) -> Table {
    let site = json!({"id": 1, "name": "Main"});
    let info = json!({"lastUpdated": CREATED, "updatedBy": "admin", "dateEntered": CREATED});
    let mut companies = table([
        json!({"id": OWN, "identifier": "OurMSP", "name": "Our MSP", "status": {"id": 1}, "site": site,
            "deletedFlag": false, "_info": info}),
        json!({"id": DELETED, "identifier": "Bygone", "name": "Bygone", "status": {"id": 1}, "site": site,
            "deletedFlag": true, "dateDeleted": CREATED, "deletedBy": "admin", "_info": info}),
    ]);
    companies.extend(msp.clients.iter().map(|client| {
        let mut company = record(json!({
            "id": client.psa,
            "identifier": identifier(client),
            "name": client.name,
            "status": {"id": 1},
            "phoneNumber": "555-0110",
            "website": client.domains.first().map(|domain| format!("https://www.{domain}")),
            "territory": client.territory.map(|id| json!({"id": id})),
            "territoryManager": {"id": client.owner},
            "site": site,
            "deletedFlag": false,
            "_info": info,
        }));
        company.types.insert(client.psa, 1);
        // Every other company already holds its tenant.
        if client.psa % 2 == 0 {
            company.udf.insert("Tenant365Id".to_owned(), json!(client.tenant));
        }
        (client.psa, company)
    }));
    companies
}

fn identifier(client: &Client) -> String {
    client.name.chars().filter(|one| one.is_alphanumeric()).take(25).collect()
}

/// Returns the owner as account manager, and a technician beside.
fn teams(msp: &Msp) -> Table {
    let rows = msp.clients.iter().flat_map(|client| {
        let row = |place: i64, member: i64, manager: bool| {
            let role = if manager { "Account Manager" } else { "Technician" };
            json!({
                "id": client.psa * 10 + place,
                "company": {"id": client.psa},
                "teamRole": {"id": place, "name": role},
                "member": {"id": member},
                "accountManagerFlag": manager,
                "techFlag": !manager,
                "salesFlag": false,
            })
        };
        let other = msp.staff.iter().find(|staff| staff.id != client.owner);
        [other.map(|staff| row(1, staff.id, false)), Some(row(2, client.owner, true))]
    });
    table(rows.flatten())
}

fn member(staff: &Staff) -> Value {
    json!({
        "id": staff.id,
        "identifier": staff.email.split('@').next().unwrap_or_default().chars().take(15).collect::<String>(),
        "firstName": staff.first,
        "lastName": staff.last,
        "officeEmail": staff.email,
        "primaryEmail": staff.email,
        "defaultEmail": "Office",
        "defaultPhone": "Office",
        "licenseClass": "F",
        "hireDate": "2020-01-01T00:00:00Z",
        "inactiveFlag": false,
        "securityRole": {"id": 1, "name": "Admin"},
    })
}

fn definitions() -> Table {
    let mut definitions = table((1..).zip(FIELDS).map(|(place, (id, pod, caption, kind, entry))| {
        let options = ["true", "false"].map(|text| json!({"optionValue": text, "inactiveFlag": false}));
        json!({
            "id": id,
            "podId": pod,
            "caption": caption,
            "sequenceNumber": place,
            "fieldTypeIdentifier": kind,
            "entryTypeIdentifier": entry,
            "options": (entry == "List").then_some(options),
            "numberDecimals": 0,
            "requiredFlag": false,
            "displayOnScreenFlag": true,
            "readOnlyFlag": false,
            "listViewFlag": false,
            "dateCreated": CREATED,
        })
    }));
    for definition in definitions.values_mut() {
        if let Some(pod) = super::custom::pod(definition.link("podId")) {
            definition.set("screenId", pod.screen);
            definition.set("podDescription", pod.description);
            definition.set("screenDescription", pod.screen_description);
        }
    }
    definitions
}

fn contact(fixture: &Contact, company: i64) -> Record {
    let fits = |field: &str, text: &str| -> String {
        let most = match CONTACTS.field(field).map(|field| field.kind) {
            Some(Kind::Text(most)) => most,
            _ => 0,
        };
        text.chars().take(most).collect()
    };
    let mut row = json!({
        "id": fixture.id,
        "company": {"id": company},
        "inactiveFlag": fixture.inactive,
        "defaultFlag": false,
        "defaultBillingFlag": false,
        "disablePortalLoginFlag": true,
        "unsubscribeFlag": false,
        "communicationItems": Some(items(fixture)).filter(|items| !items.is_empty()),
        "_info": {"lastUpdated": CREATED, "updatedBy": "admin", "dateEntered": CREATED, "enteredBy": "admin"},
    });
    for (field, text) in [
        ("firstName", &fixture.first),
        ("lastName", &fixture.last),
        ("title", &fixture.title),
        ("addressLine1", &fixture.street),
        ("city", &fixture.city),
        ("state", &fixture.state),
        ("zip", &fixture.postal_code),
    ] {
        row[field] = json!(fits(field, text));
    }
    Record { udf: values(fixture), types: types(fixture), ..record(row) }
}

/// Returns email and phone items.
///
/// Some contacts have one of a type that nothing in the fixture stands for.
fn items(fixture: &Contact) -> Vec<Value> {
    let other = |every: i64| if fixture.id % every == 0 { "555-0199" } else { "" };
    let texts: [(i64, &str); 7] = [
        (1, &fixture.email),
        (8, &fixture.email2),
        (9, &fixture.email3),
        (2, &fixture.phone),
        (4, &fixture.mobile),
        (6, other(4)),
        (5, other(6)),
    ];
    let mut defaults = BTreeSet::new();
    let mut items = Vec::new();
    for (place, (kind, text)) in (1..).zip(texts).filter(|(_, (_, text))| !text.is_empty()) {
        let class = COMMUNICATIONS.iter().find(|(id, ..)| *id == kind).map(|(_, _, class, _)| *class);
        let first = matches!(kind, 1 | 2 | 4) && defaults.insert(class);
        items.push(json!({"id": fixture.id * 10 + place, "type": {"id": kind}, "value": text,
            "defaultFlag": first}));
    }
    items
}

/// Returns custom fields: a checkbox is true, false or never set.
fn values(fixture: &Contact) -> BTreeMap<String, Value> {
    let mut values: BTreeMap<String, Value> = fixture
        .udf
        .iter()
        .filter(|(caption, text)| !text.is_empty() && FIELDS.iter().any(|field| field.2 == *caption))
        .map(|(caption, text)| {
            let value = if caption == "IsOffice365" { json!(text == "true") } else { json!(text) };
            (caption.clone(), value)
        })
        .collect();
    if fixture.id % 3 == 0 {
        values.insert("Newsletter".to_owned(), json!("false"));
    }
    values
}

/// Returns native types: what the fixture says, and a few for the first two of each client.
fn types(fixture: &Contact) -> BTreeMap<i64, i64> {
    let wanted = fixture.udf.get("TypeMapping").map_or("", String::as_str);
    let named = CONTACT_TYPES.iter().filter(|(_, name)| *name == wanted).map(|(id, _)| *id);
    let few: &[i64] = match fixture.id % 10_000 {
        1 => &[2],
        2 => &[1, 3],
        _ => &[],
    };
    let all = named.chain(few.iter().copied());
    all.map(|kind| (fixture.id * 10 + kind, kind)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{done, ok};
    use super::*;

    #[test]
    fn every_contact_of_the_fixtures_is_there_and_could_be_saved() {
        let msp = Msp::built_in();
        let mut state = state(&msp);
        state.customfields_required = Which::None;
        let fixture = msp.clients.iter().flat_map(|client| &client.person);
        let ids: BTreeSet<i64> = fixture.filter_map(|person| Some(person.contact.as_ref()?.id)).collect();
        assert_eq!(ids, state.contacts.keys().copied().collect());
        for id in ids.into_iter().filter(|id| id / 10_000 != 179) {
            let patch = json!([{"op": "replace", "path": "school", "value": "x"}]);
            done(&mut state, "PATCH", &format!("/company/contacts/{id}"), Some(&patch));
        }
    }

    #[test]
    fn a_contact_is_what_the_fixture_says() {
        let fixture = Contact {
            id: 1_740_012,
            first: "Per".into(),
            last: "x".repeat(40),
            email: "per@contoso.example".into(),
            email2: "per@home.example".into(),
            email3: "per@work.example".into(),
            phone: "555-0101".into(),
            mobile: "555-0102".into(),
            inactive: true,
            udf: [("IsOffice365", "false"), ("SupportPIN", ""), ("TypeMapping", "Board")]
                .map(|(caption, text)| (caption.to_owned(), text.to_owned()))
                .into(),
            ..Contact::default()
        };
        let mut msp = crate::sample::msp(1);
        msp.clients[0].person[0].contact = Some(fixture);
        let mut state = state(&msp);
        let shown = ok(&mut state, "/company/contacts/1740012");
        let items: Vec<_> = shown["communicationItems"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                (
                    item["type"]["name"].as_str().unwrap(),
                    item["value"].as_str().unwrap(),
                    item["defaultFlag"] == true,
                )
            })
            .collect();
        let expected = [
            ("Email", "per@contoso.example", true),
            ("Home Email", "per@home.example", false),
            ("Individual Professional", "per@work.example", false),
            ("Direct", "555-0101", true),
            ("Mobile", "555-0102", false),
            ("Pager", "555-0199", false),
            ("Home", "555-0199", false),
        ];
        assert_eq!(items, expected);
        assert_eq!((&shown["lastName"], &shown["inactiveFlag"]), (&json!("x".repeat(30)), &json!(true)));
        assert_eq!((&shown["types"][0]["name"], shown.get("title")), (&json!("Board"), None));
        let values: Vec<_> =
            shown["customFields"].as_array().unwrap().iter().map(|one| &one["value"]).collect();
        assert_eq!(values, [&json!("false"), &Value::Null, &json!(false), &Value::Null]);
    }

    #[test]
    fn a_company_has_its_territory_and_its_owner_twice() {
        let mut state = state(&crate::sample::msp(1));
        let company = ok(&mut state, "/company/companies/174");
        assert_eq!(company["territory"], json!({"id": 3, "name": "North"}));
        assert_eq!(company["territoryManager"]["name"], "Ada North");
        assert_eq!((&company["status"]["name"], &company["deletedFlag"]), (&json!("Active"), &json!(false)));
        assert_eq!(ok(&mut state, "/company/companies/3")["deletedFlag"], true);
    }
}
