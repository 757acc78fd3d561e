//! The PSA's first state.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::custom::{ACCOUNTS, CONTACTS};
use super::related::{EMAILS, Operation, PHONES, Related};
use super::{
    Casing, Choice, CustomField, DataType, Habits, ListValues, Module, Names, OverLimit, Row, State, row,
    write,
};
use crate::msp::{Client, Contact, Msp};

/// When everything of the seed was made.
const CREATED: &str = "2025-01-02T03:04:05";
/// Ids of what the sandbox makes itself start above this.
///
/// Ids have 32 bits here.
const MADE: i64 = 9_000_000;
/// Calls an hour that each path template takes, as the vendor documents.
const LIMIT: usize = 1500;
/// How long tokens live.
///
/// Only that it is a matter of minutes is known.
const ACCESS_SECONDS: i64 = 15 * 60;
/// The same for the other half of the pair.
const REFRESH_SECONDS: i64 = 8 * 60 * 60;
/// The kinds of phones, which are also the numbers of their types.
const WORK: i64 = 1;
/// The other one that the seed has.
const MOBILE: i64 = 3;
/// What a type of contact can be besides what the people of the seed have.
const TYPES: [&str; 2] = ["Billing Contact", "Owner"];

/// Returns the PSA as `msp` describes it.
///
/// The numbers of modules are made up, except for that of tickets.
pub(super) fn state(msp: &Msp) -> State {
    let mut state = State {
        accounts: msp.clients.iter().map(|client| (client.psa, account(client))).collect(),
        contacts: BTreeMap::new(),
        employees: msp.staff.iter().map(|staff| (staff.id, user_name(&staff.email))).collect(),
        account_types: names(&["Client", "Prospect", "Vendor"]),
        business_types: names(&["Corporation", "Non-Profit"]),
        email_types: names(&["Work", "Personal", "Other"]),
        phone_types: names(&["Work", "Home", "Mobile", "Fax"]),
        modules: BTreeMap::from([
            (17, module(ACCOUNTS, &[(31, text("Tenant365Id"))])),
            (22, module("Tickets", &[(41, text("Impact"))])),
            (23, module("Projects", &[])),
            (
                31,
                module(
                    CONTACTS,
                    &[
                        (51, list("TypeMapping", types(msp))),
                        (52, text("SupportPIN")),
                        (53, text("IsOffice365")),
                        (54, text("Office365Id")),
                    ],
                ),
            ),
        ]),
        denied: BTreeSet::new(),
        hidden_accounts: BTreeSet::new(),
        habits: Habits {
            casing: Casing::Camel,
            bare_summaries: false,
            hides_inactive: true,
            exact_text: false,
            list_values: ListValues::Name,
            over_limit: OverLimit::TooManyRequests,
            operations: [Operation::Add, Operation::Update, Operation::Delete],
        },
        totp: None,
        access_seconds: ACCESS_SECONDS,
        refresh_seconds: REFRESH_SECONDS,
        sessions: BTreeMap::new(),
        limit: LIMIT,
        calls: BTreeMap::new(),
        made: MADE,
    };
    for client in &msp.clients {
        for fixture in client.person.iter().filter_map(|person| person.contact.as_ref()) {
            let contact = contact(&state, fixture, client.psa);
            state.contacts.insert(fixture.id, contact);
        }
    }
    state
}

fn user_name(email: &str) -> String {
    email.split('@').next().unwrap_or_default().to_owned()
}

fn names(names: &[&str]) -> Names {
    (1..).zip(names.iter().map(|name| (*name).to_owned())).collect()
}

fn module(name: &str, fields: &[(i64, CustomField)]) -> Module {
    Module { name: name.to_owned(), fields: fields.iter().cloned().collect() }
}

fn text(name: &str) -> CustomField {
    CustomField {
        name: name.to_owned(),
        data_type: DataType::FreeText,
        required: false,
        active: true,
        choices: Vec::new(),
    }
}

fn list(name: &str, choices: BTreeSet<&str>) -> CustomField {
    let choice = |(id, name): (i64, &str)| Choice { id, name: name.to_owned(), active: true };
    CustomField {
        data_type: DataType::DataList,
        choices: (701..).zip(choices).map(choice).collect(),
        ..text(name)
    }
}

/// Returns the types that contacts are of.
fn types(msp: &Msp) -> BTreeSet<&str> {
    let people = msp.clients.iter().flat_map(|client| &client.person);
    let contacts = people.filter_map(|person| person.contact.as_ref());
    let held = contacts.filter_map(|contact| contact.udf.get("TypeMapping")).map(String::as_str);
    held.chain(TYPES).filter(|name| !name.is_empty()).collect()
}

/// Returns the main location of an account.
pub(super) fn main_location(account: i64) -> i64 {
    account * 10 + 1
}

fn account(client: &Client) -> Row {
    let id = client.psa;
    let location = |id: i64, name: &str, main: bool| {
        json!({
            "id": id,
            "locationName": name,
            "isMain": main,
            "isActive": true,
            "addresses": [{"id": id * 10, "phone": "555-0110", "isMain": true, "isBilling": main}],
        })
    };
    let main = location(main_location(id), "Main", true);
    // Every other account has a second location, and it comes first.
    let locations = if id % 2 == 0 { vec![main] } else { vec![location(id * 10, "Branch", false), main] };
    // Every other account already holds its tenant.
    let custom = if id % 2 == 0 { json!({"Tenant365Id": client.tenant}) } else { json!({}) };
    row(json!({
        "id": id,
        "createdBy": write::USER,
        "createdOn": CREATED,
        "modifiedOn": CREATED,
        "accountCode": id.to_string(),
        "accountTypeId": 1,
        "accountName": client.name,
        "businessTypeId": 1,
        "accountManagerId": client.owner,
        "website": client.domains.first().map(|domain| format!("https://www.{domain}")),
        "isActive": true,
        "isBilling": true,
        "tenantName": super::setup::TENANT,
        "locations": locations,
        "customFields": custom,
    }))
}

fn contact(state: &State, fixture: &Contact, account: i64) -> Row {
    // Both ways of being blank occur: never filled is null, filled and emptied is "".
    let text = |text: &str| match text {
        "" if fixture.id % 2 == 0 => Value::Null,
        text => json!(text),
    };
    let emails = [(&fixture.email, WORK), (&fixture.email2, WORK), (&fixture.email3, WORK)];
    let phones = [(&fixture.phone, WORK), (&fixture.mobile, MOBILE)];
    row(json!({
        "id": fixture.id,
        "createdBy": write::USER,
        "createdOn": CREATED,
        "modifiedBy": null,
        "modifiedOn": CREATED,
        "accountId": account,
        "locationId": main_location(account),
        "firstName": fixture.first,
        "lastName": fixture.last,
        "jobTitle": text(&fixture.title),
        "isPoc": false,
        "isActive": !fixture.inactive,
        "isBillable": false,
        "canRecieveInvoices": false,
        "emails": rows(state, &EMAILS, fixture.id, &emails),
        "phones": rows(state, &PHONES, fixture.id, &phones),
        "customFields": fixture.udf,
    }))
}

/// Returns the rows of the values that are not blank; the first is the default.
fn rows(state: &State, related: &Related, contact: i64, values: &[(&String, i64)]) -> Vec<Row> {
    let filled = values.iter().filter(|(value, _)| !value.is_empty());
    let row = |(position, (value, kind)): (i64, &(&String, i64))| {
        let mut row = related.row(state, contact * 10 + position, value, *kind, position == 0);
        row.insert("createdOn".to_owned(), json!(CREATED));
        row
    };
    (0..).zip(filled).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::ids;
    use super::*;

    #[test]
    fn every_contact_of_the_fixtures_is_there_with_what_the_service_can_hold() {
        let msp = Msp::built_in();
        let mut state = state(&msp);
        let contacts =
            || msp.clients.iter().flat_map(|client| &client.person).filter_map(|one| one.contact.as_ref());
        assert_eq!(state.contacts.len(), contacts().count());
        for fixture in contacts() {
            let contact = &state.contacts[&fixture.id];
            let emails = [&fixture.email, &fixture.email2, &fixture.email3];
            let held: Vec<&str> = super::super::rows(contact, "emails")
                .map(|one| super::super::text(one, "emailAddress"))
                .collect();
            assert_eq!(held, emails.into_iter().filter(|email| !email.is_empty()).collect::<Vec<_>>());
            assert_eq!(contact["customFields"], json!(fixture.udf));
            assert_eq!(contact["isActive"], !fixture.inactive);
        }
        let large = ids(&mut state, "/crm/contacts/summary?Filter.AccountId=179&PageSize=100&PageNumber=25");
        assert!(!large.is_empty());
    }

    #[test]
    fn every_type_that_a_contact_has_is_a_choice() {
        let msp = Msp::built_in();
        let state = state(&msp);
        let choices: Vec<&str> =
            state.modules[&31].fields[&51].choices.iter().map(|choice| choice.name.as_str()).collect();
        for contact in state.contacts.values() {
            if let Some(held) = contact["customFields"].get("TypeMapping") {
                assert!(choices.contains(&held.as_str().unwrap()), "{held}");
            }
        }
        assert!(choices.contains(&"Billing Contact"));
    }

    #[test]
    fn numbers_fit_thirty_two_bits() {
        let state = state(&Msp::built_in());
        let largest = state.contacts.keys().max().unwrap();
        assert!(largest * 100 + 99 < i64::from(i32::MAX) && (MADE + 10_000_000) * 100 < i64::from(i32::MAX));
    }
}
