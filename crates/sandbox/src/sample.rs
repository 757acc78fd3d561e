//! An MSP made in code and requests made by hand, for the tests of the emulated systems.

use std::collections::BTreeMap;

use serde_json::Value;

use super::msp::{Client, Contact, Msp, Person, PortalUser, Staff};
use super::wire::{Request, Response};

/// Returns two clients, Contoso and Fabrikam, of `people` persons each, all with a contact and a portal user.
pub(crate) fn msp(people: i64) -> Msp {
    Msp {
        staff: vec![
            Staff { id: 11, first: "Ada".into(), last: "North".into(), email: "ada@msp.example".into() },
            Staff { id: 12, first: "Ben".into(), last: "South".into(), email: "ben@msp.example".into() },
        ],
        territories: vec![(3, "North".into()), (4, "South".into())],
        clients: vec![
            client("Contoso", "contoso.example", (8, 174), people),
            client("Fabrikam", "fabrikam.example", (9, 175), people),
        ],
    }
}

fn client(name: &str, domain: &str, (cloudradial, psa): (i64, i64), people: i64) -> Client {
    let person = (1..=people).map(|n| person(n, psa * 10_000 + n, domain)).collect();
    Client {
        name: name.into(),
        enabled: true,
        tenant: format!("00000000-0000-4000-8000-{psa:012}"),
        domains: vec![domain.into()],
        shared: false,
        skus: Vec::new(),
        cloudradial,
        psa,
        territory: Some(3),
        owner: 11,
        portal_territory: "North".into(),
        portal_account_manager: String::new(),
        config: String::new(),
        person,
    }
}

fn person(n: i64, id: i64, domain: &str) -> Person {
    let email = format!("person{n}@{domain}");
    let udf = if n % 3 == 0 {
        BTreeMap::from([
            ("Office365Id".to_owned(), format!("oid-{id}")),
            ("IsOffice365".into(), "true".into()),
        ])
    } else {
        BTreeMap::new()
    };
    Person {
        contact: Some(Contact {
            id,
            first: "Person".into(),
            last: format!("O'Number {n}"),
            email: email.clone(),
            email2: format!("alias{n}@{domain}"),
            inactive: n % 10 == 0,
            udf,
            ..Contact::default()
        }),
        portal: Some(PortalUser {
            id: format!("portal-{id}"),
            first: "Person".into(),
            last: format!("O'Number {n}"),
            user_name: email.clone(),
            email,
            psa_key: id,
            support_pin: (n % 2 == 0).then(|| "4821".to_owned()),
            deleted: n % 50 == 0,
            ..PortalUser::default()
        }),
        ..Person::default()
    }
}

/// Returns a request; `target` is a path with an optional query, nothing percent-encoded.
pub(crate) fn request(method: &str, target: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key.to_owned(), value.to_owned())
    };
    let mut headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    if body.is_some() {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        length: target.len(),
        query: query.split('&').filter(|part| !part.is_empty()).map(pair).collect(),
        headers,
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        base: "http://127.0.0.1:4000/system".to_owned(),
    }
}

/// Returns the JSON of an answer; null where there is none.
pub(crate) fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or(Value::Null)
}
