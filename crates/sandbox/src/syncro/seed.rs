//! The PSA's first state.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::properties::{Field, Fields};
use super::{LIMIT, Phones, Row, State, Table, Unsent};
use crate::msp::{Client, Contact, Msp};

/// When everything of the seed was made; the service writes times in either way.
const CREATED: [&str; 2] = ["2025-01-02T03:04:05.000Z", "2025-01-01T19:04:05.000-08:00"];
/// Ids of what the sandbox makes itself start above this.
const MADE: i64 = 40_000_000;

/// Returns the PSA as `msp` describes it.
///
/// A contact has no flag of being active, so a person who is inactive elsewhere has a contact like any other.
pub(super) fn state(msp: &Msp) -> State {
    let mut customers = Table::from([(1, walk_in())]);
    customers.extend(msp.clients.iter().map(|client| (client.psa, customer(client))));
    let contacts = msp.clients.iter().flat_map(|client| {
        let contacts = client.person.iter().filter_map(|person| person.contact.as_ref());
        contacts.map(|fixture| (fixture.id, contact(fixture, client.psa)))
    });
    State {
        customers,
        contacts: contacts.collect(),
        contact_fields: fields(&["TypeMapping", "SupportPIN", "IsOffice365", "Office365Id"]),
        customer_fields: fields(&["Tenant365Id"]),
        denied: BTreeSet::new(),
        single_customer: None,
        properties: Unsent::Gone,
        properties_on_create: true,
        stray_properties: false,
        contact_phones: Phones::Typed,
        refusals: None,
        contacts_per_page: 50,
        customers_per_page: 100,
        limit: Some(LIMIT),
        requests: VecDeque::new(),
        made: MADE,
    }
}

fn fields(names: &[&str]) -> Fields {
    names.iter().map(|name| ((*name).to_owned(), Field::default())).collect()
}

/// Returns the customer that every account has: a person without a business.
fn walk_in() -> Row {
    row(json!({
        "id": 1,
        "firstname": "Walkin",
        "lastname": "Customer",
        "email": "walkin@msp.example",
        "no_email": true,
        "properties": {},
        "created_at": CREATED[0],
        "updated_at": CREATED[0],
    }))
}

fn customer(client: &Client) -> Row {
    // The person the customer's own address belongs to is not among its contacts.
    let email = client.domains.first().map(|domain| format!("accounts@{domain}"));
    // Every other customer already holds its tenant.
    let properties = match client.psa % 2 {
        0 => json!({"Tenant365Id": client.tenant}),
        _ => json!({}),
    };
    row(json!({
        "id": client.psa,
        "business_name": client.name,
        "email": email,
        "phone": "5550110",
        "properties": properties,
        "created_at": created(client.psa),
        "updated_at": created(client.psa),
    }))
}

fn contact(fixture: &Contact, customer: i64) -> Row {
    // Both ways of being blank occur: never filled is null, filled and emptied is "".
    let text = |text: &str| match text {
        "" if fixture.id % 2 == 0 => Value::Null,
        text => json!(text),
    };
    let names = [fixture.first.as_str(), &fixture.last].map(str::trim);
    let name = names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    row(json!({
        "id": fixture.id,
        "customer_id": customer,
        "name": if name.is_empty() { &fixture.email } else { &name },
        "email": text(&fixture.email),
        "phone": text(&fixture.phone),
        "mobile": text(&fixture.mobile),
        "address1": text(&fixture.street),
        "city": text(&fixture.city),
        "state": text(&fixture.state),
        "zip": text(&fixture.postal_code),
        "properties": properties(fixture),
        "created_at": created(fixture.id),
        "updated_at": created(fixture.id),
    }))
}

/// Returns the title and the custom fields that are filled, and now and then a property that only Syncro uses.
fn properties(fixture: &Contact) -> Row {
    let title = [("title", fixture.title.as_str())];
    let billing = [("notification_billing", if fixture.id % 5 == 0 { "1" } else { "" })];
    let custom = fixture.udf.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let filled = title.into_iter().chain(billing).chain(custom).filter(|(_, value)| !value.is_empty());
    filled.map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

fn created(id: i64) -> &'static str {
    CREATED[usize::from(id % 2 != 0)]
}

fn row(fields: Value) -> Row {
    match fields {
        Value::Object(fields) => fields,
        _ => Row::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn title_and_custom_fields_are_properties_and_blanks_are_not_there() {
        let fixture = Contact {
            id: 20,
            first: "Ann ".into(),
            last: "Lee".into(),
            title: "Buyer".into(),
            inactive: true,
            udf: [("SupportPIN", "4821"), ("TypeMapping", "")].map(|(k, v)| (k.into(), v.into())).into(),
            ..Contact::default()
        };
        let row = contact(&fixture, 174);
        assert_eq!(
            row["properties"],
            json!({"title": "Buyer", "SupportPIN": "4821", "notification_billing": "1"})
        );
        assert_eq!((&row["name"], &row["phone"]), (&json!("Ann Lee"), &Value::Null));
        let mononym = Contact { id: 21, last: "Sukarno".into(), ..Contact::default() };
        let row = contact(&mononym, 174);
        assert_eq!((&row["name"], &row["phone"]), (&json!("Sukarno"), &json!("")));
    }

    #[test]
    fn everybody_of_the_built_in_msp_is_there_under_a_name() {
        let msp = Msp::built_in();
        let state = state(&msp);
        let people = msp.clients.iter().flat_map(|client| &client.person);
        assert_eq!(state.contacts.len(), people.filter(|person| person.contact.is_some()).count());
        assert!(state.contacts.values().all(|row| row["name"].as_str().is_some_and(|name| !name.is_empty())));
        assert_eq!(state.customers.len(), msp.clients.len() + 1);
    }

    #[test]
    fn every_other_customer_holds_its_tenant() {
        let state = state(&sample::msp(1));
        let tenant = |id: i64| state.customers[&id]["properties"].get("Tenant365Id").is_some();
        assert!(tenant(174) && !tenant(175));
    }
}
