//! The PSA's first state.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::fields::{Field, OF_CLIENTS, OF_USERS, TEXT};
use super::setup::TENANT;
use super::{LIMIT, Row, State};
use crate::msp::{Client, Contact, Msp};

/// When everything of the seed was made.
const CREATED: &str = "2025-01-02T03:04:05.567";
/// Ids of what the sandbox makes itself start above this.
const MADE: i64 = 30_000_000;
/// A site of every client.
const SITE: i64 = 500_000;
/// The general user of every site.
const GENERAL: i64 = 600_000;

/// Returns the PSA as `msp` describes it.
pub(super) fn state(msp: &Msp) -> State {
    let contacts = msp.clients.iter().flat_map(|client| {
        let contacts = client.person.iter().filter_map(|person| person.contact.as_ref());
        contacts.map(|fixture| (fixture.id, contact(fixture, client.psa)))
    });
    let site = |client: &Client| {
        let id = SITE + client.psa;
        (id, row(json!({"id": id, "client_id": client.psa, "name": "Main"})))
    };
    State {
        clients: msp.clients.iter().map(|one| (one.psa, client(msp, one))).collect(),
        sites: msp.clients.iter().map(site).collect(),
        contacts: contacts.collect(),
        general_users: msp.clients.iter().map(|client| general(client.psa)).collect(),
        fields: fields(),
        denied: BTreeSet::new(),
        tenant: Some(TENANT.to_owned()),
        token_seconds: 3600,
        tokens: BTreeMap::new(),
        fields_in_rows: true,
        general_users_can_be_left_out: true,
        sends_nulls: false,
        answers_lists: false,
        answers_ids: false,
        largest_page: 100,
        limit: Some(LIMIT),
        requests: VecDeque::new(),
        made: MADE,
    }
}

fn fields() -> BTreeMap<i64, Field> {
    let of_users = ["TypeMapping", "SupportPIN", "IsOffice365", "Office365Id"].map(|name| (name, OF_USERS));
    let all = of_users.into_iter().chain([("Tenant365Id", OF_CLIENTS)]);
    let field = |(id, (name, on)): (i64, (&str, i64))| {
        (id, Field { id, name: name.to_owned(), on, kind: TEXT, entries: Vec::new() })
    };
    (201..).zip(all).map(field).collect()
}

fn client(msp: &Msp, client: &Client) -> Row {
    let manager = msp.staff.iter().find(|staff| staff.id == client.owner);
    let top = client.territory.and_then(|id| msp.territories.iter().find(|(known, _)| *known == id));
    // Every other client already holds its tenant.
    let fields = if client.psa % 2 == 0 { json!({"Tenant365Id": client.tenant}) } else { json!({}) };
    row(json!({
        "id": client.psa,
        "name": client.name,
        "toplevel_id": top.map(|(id, _)| id),
        "toplevel_name": top.map(|(_, name)| name),
        "inactive": false,
        "website": client.domains.first(),
        "main_site_id": SITE + client.psa,
        "accountmanagertech": client.owner,
        "accountmanagertech_name": manager.map(|staff| format!("{} {}", staff.first, staff.last)),
        "datecreated": CREATED,
        "customfields": fields,
        "azure_tenants": [],
    }))
}

fn general(client: i64) -> (i64, Row) {
    let id = GENERAL + client;
    let user = json!({
        "id": id, "client_id": client, "site_id": SITE + client, "name": "General User", "firstname": "General",
        "surname": "User", "emailaddress": "", "inactive": false, "customfields": {}, "datecreated": CREATED,
        "ulastupdate": CREATED,
    });
    (id, row(user))
}

fn contact(fixture: &Contact, client: i64) -> Row {
    // Both ways of being blank occur.
    let text = |text: &str| match text {
        "" if fixture.id % 2 == 0 => Value::Null,
        text => json!(text),
    };
    let names = [fixture.first.as_str(), &fixture.last].map(str::trim);
    let name = names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    let custom: Row = fixture
        .udf
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(k, v)| (k.clone(), json!(v)))
        .collect();
    row(json!({
        "id": fixture.id,
        "client_id": client,
        "site_id": SITE + client,
        "name": if name.is_empty() { &fixture.email } else { &name },
        "firstname": text(&fixture.first),
        "surname": text(&fixture.last),
        "title": text(&fixture.title),
        "emailaddress": text(&fixture.email),
        "email2": text(&fixture.email2),
        "email3": text(&fixture.email3),
        "phonenumber": text(&fixture.phone),
        "mobilenumber": text(&fixture.mobile),
        "azureoid": text(""),
        "inactive": fixture.inactive,
        "isserviceaccount": false,
        "customfields": custom,
        "datecreated": CREATED,
        "ulastupdate": CREATED,
    }))
}

fn row(fields: Value) -> Row {
    match fields {
        Value::Object(fields) => fields,
        _ => Row::new(),
    }
}
