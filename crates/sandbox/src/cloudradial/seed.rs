//! The portal's first state.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Envelope, Row, State, flexible};
use crate::msp::{Client, Msp, PortalUser};

/// When everything of the seed was made.
const CREATED: &str = "2025-01-02T03:04:05Z";
/// How the service writes a date that is missing.
pub(super) const NEVER: &str = "0001-01-01T00:00:00Z";
/// The MSP's own company.
const OWN: i64 = 1;

/// Returns the portal as `msp` describes it, with the MSP's own company besides its clients.
pub(super) fn state(msp: &Msp) -> State {
    let mut companies = BTreeMap::from([(OWN, company(OWN, "Our MSP", 0, ["", ""]))]);
    let (mut users, mut domains) = (BTreeMap::new(), BTreeMap::new());
    for client in &msp.clients {
        let details = [client.portal_territory.as_str(), client.portal_account_manager.as_str()];
        companies.insert(client.cloudradial, company(client.cloudradial, &client.name, client.psa, details));
        for domain in &client.domains {
            let id = 1 + i64::try_from(domains.len()).unwrap_or(i64::MAX - 1);
            domains.insert(id, row(self::domain(id, client, domain)));
        }
        for portal in client.person.iter().filter_map(|person| person.portal.as_ref()) {
            users.insert(portal.id.clone(), user(portal, client.cloudradial));
        }
    }
    let highest = companies.keys().next_back().copied().unwrap_or(OWN);
    State {
        companies,
        users,
        domains,
        flexible: flexible::seed(msp.clients.first().map_or(OWN, |client| client.cloudradial)),
        media: BTreeMap::new(),
        envelope: Envelope::default(),
        throttle: None,
        pin_breaks_lists: true,
        lists: 0,
        made: highest.max(1000),
    }
}

fn company(id: i64, name: &str, psa: i64, [territory, manager]: [&str; 2]) -> Row {
    row(json!({
        "companyId": id,
        "name": name,
        "partnerId": 7,
        "psaKey": psa,
        "psaIdentifier": if psa == 0 { Value::Null } else { json!(psa.to_string()) },
        "endpointCount": 0,
        "territory": text(territory),
        "accountManager": text(manager),
    }))
}

fn domain(id: i64, client: &Client, name: &str) -> Value {
    json!({
        "companyDomainId": id,
        "companyId": client.cloudradial,
        "name": name,
        "dateExpires": NEVER,
        "isVerified": true,
        "isOffice365": true,
        "isDefault": client.domains.first().is_some_and(|first| first == name),
        "source": "Office365",
        "dateCreated": CREATED,
        "dateModified": NEVER,
        "isDeleted": false,
    })
}

fn user(portal: &PortalUser, company: i64) -> Row {
    let mut user = row(json!({
        "userId": portal.id,
        "companyId": company,
        "email": text(&portal.email),
        "firstName": text(&portal.first),
        "lastName": text(&portal.last),
        "userName": text(&portal.user_name),
        "phoneNumber": text(&portal.phone),
        "mobilePhone": text(&portal.mobile),
        "department": text(&portal.department),
        "title": text(&portal.title),
        "streetAddress": text(&portal.street),
        "city": text(&portal.city),
        "state": text(&portal.state),
        "postalCode": text(&portal.postal_code),
        "country": text(&portal.country),
        "isDeleted": portal.deleted,
        "dateCreated": CREATED,
        "dateModified": NEVER,
        "psaKey": portal.psa_key,
        "psaSiteKey": 0,
        "psaChildAccountKey": 0,
        "supportPin": portal.support_pin,
    }));
    super::users::rename(&mut user);
    user
}

/// Returns a text as it is kept: a blank one is one that was never set.
fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}
