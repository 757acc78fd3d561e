//! Reads the built-in MSP from the files in `fixtures`.
//!
//! The files say only what matters; this is what they may leave out. A client's `[defaults]` fill in what
//! its users do not say. A user's `mail` is the user name unless it is given, `display` is first and last name (the
//! user name where there is none), and an empty text means null. `like-user = ["contact", "portal"]` makes records on
//! those sides that agree with the user in everything, and whatever the entry's own `contact` and `portal` tables say
//! overrides them. `crowd = 14` puts so many people who agree on all sides before the client's own entries.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::msp::{Client, Msp, Staff};
use super::{guid, large};

/// The MSP itself, then its clients in the order of the configuration.
const MSP: &str = include_str!("../fixtures/msp.toml");
const CLIENTS: [(&str, &str); 6] = [
    ("contoso.toml", include_str!("../fixtures/contoso.toml")),
    ("fabrikam.toml", include_str!("../fixtures/fabrikam.toml")),
    ("northwind.toml", include_str!("../fixtures/northwind.toml")),
    ("tailspin.toml", include_str!("../fixtures/tailspin.toml")),
    ("wingtip.toml", include_str!("../fixtures/wingtip.toml")),
    ("adatum.toml", include_str!("../fixtures/adatum.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct House {
    staff: Vec<Staff>,
    territories: Vec<(i64, String)>,
}

impl Msp {
    /// Returns the MSP of the fixtures and the generated large client.
    pub(crate) fn built_in() -> Self {
        let mut clients: Vec<Client> =
            CLIENTS.iter().map(|(name, text)| read(name, text, |table| expanded(&table))).collect();
        clients.insert(clients.len() - 1, large::client());
        Self::with(clients)
    }

    /// Returns the MSP with these clients instead, each the text of a file in the form of `fixtures`.
    ///
    /// # Errors
    /// What is wrong with a text, in one sentence.
    pub(crate) fn of(clients: &[String]) -> Result<Self, String> {
        let client = |text: &String| parsed(text, |table| expanded(&table));
        Ok(Self::with(clients.iter().map(client).collect::<Result<_, _>>()?))
    }

    fn with(clients: Vec<Client>) -> Self {
        let house: House = read("msp.toml", MSP, |table| table);
        Self { staff: house.staff, territories: house.territories, clients }
    }
}

/// Returns the file's text as a value, its table changed by `prepare`.
fn read<T: DeserializeOwned>(name: &str, text: &str, prepare: impl FnOnce(Table) -> Table) -> T {
    // The files are compiled in, and a test reads them all.
    #[allow(clippy::panic)]
    parsed(text, prepare).unwrap_or_else(|error| panic!("fixtures/{name}: {error}"))
}

fn parsed<T: DeserializeOwned>(text: &str, prepare: impl FnOnce(Table) -> Table) -> Result<T, String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    Value::Table(prepare(table)).try_into().map_err(|error: toml::de::Error| error.to_string())
}

/// Returns the client with everything its file leaves out.
fn expanded(client: &Table) -> Table {
    let mut client = client.clone();
    let defaults = table(client.remove("defaults"));
    let number = |key: &str| client.get(key).and_then(Value::as_integer).unwrap_or_default();
    let (portal, psa) = (number("cloudradial"), number("psa"));
    let crowd = client.remove("crowd").and_then(|crowd| crowd.as_integer()).unwrap_or_default();
    let domain = client.get("domains").and_then(|domains| domains.get(0)?.as_str()).unwrap_or_default();
    let mut people: Vec<Value> = (1..=crowd).map(|number| in_agreement(number, domain)).collect();
    if let Some(Value::Array(entries)) = client.remove("person") {
        people.extend(entries);
    }
    let people = (1i64..)
        .zip(people)
        .map(|(position, entry)| Value::Table(person(table(Some(entry)), &defaults, portal, psa, position)));
    client.insert("person".to_owned(), Value::Array(people.collect()));
    client
}

/// Returns the entry of a person who agrees on all sides.
fn in_agreement(number: i64, domain: &str) -> Value {
    let mut user = Table::new();
    user.insert("upn".to_owned(), format!("crew{number}@{domain}").into());
    user.insert("first".to_owned(), format!("Crew{number}").into());
    user.insert("last".to_owned(), format!("Hand{number}").into());
    let mut entry = Table::new();
    entry.insert("like-user".to_owned(), vec![Value::from("contact"), Value::from("portal")].into());
    entry.insert("user".to_owned(), user.into());
    entry.into()
}

fn table(value: Option<Value>) -> Table {
    match value {
        Some(Value::Table(table)) => table,
        _ => Table::new(),
    }
}

fn person(mut entry: Table, defaults: &Table, portal: i64, psa: i64, position: i64) -> Table {
    // The situation that the entry shows is a note for readers of the file.
    entry.remove("situation");
    let sides: Vec<String> =
        entry.remove("like-user").and_then(|sides| sides.try_into().ok()).unwrap_or_default();
    let mut user = Table::new();
    if let Some(Value::Table(said)) = entry.get("user") {
        user = full_user(said, defaults, psa, position);
        entry.insert("user".to_owned(), Value::Table(user.clone()));
    }
    let contact_id = psa * 10_000 + position;
    let mut sides_of = |side: &str, like_user: Table, id: Value| {
        let said = entry.remove(side);
        let like = sides.iter().any(|name| name == side);
        if said.is_none() && !like {
            return;
        }
        let mut record = if like { like_user } else { Table::new() };
        record.insert("id".to_owned(), id);
        overlay(&mut record, table(said));
        entry.insert(side.to_owned(), Value::Table(record));
    };
    sides_of("contact", contact_like(&user), Value::Integer(contact_id));
    let mut portal_user = portal_like(&user);
    portal_user.insert("psa-key".to_owned(), Value::Integer(contact_id));
    sides_of("portal", portal_user, Value::String(guid::of(portal, 0x9000, position)));
    entry
}

/// Puts `said` over `record`, tables inside it key by key.
fn overlay(record: &mut Table, said: Table) {
    for (key, value) in said {
        match (record.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(said)) => overlay(inner, said),
            (_, value) => {
                record.insert(key, value);
            }
        }
    }
}

fn full_user(said: &Table, defaults: &Table, psa: i64, position: i64) -> Table {
    let mut user = defaults.clone();
    user.insert("id".to_owned(), Value::String(guid::of(psa, 0x8000, position)));
    user.insert("mail".to_owned(), said.get("upn").cloned().unwrap_or_else(|| Value::String(String::new())));
    let names: Vec<&str> = ["first", "last"].iter().filter_map(|key| said.get(*key)?.as_str()).collect();
    let name = if names.is_empty() { said.get("upn").cloned() } else { Some(names.join(" ").into()) };
    user.extend(name.map(|name| ("display".to_owned(), name)));
    overlay(&mut user, said.clone());
    user.retain(|_, value| value.as_str() != Some(""));
    user
}

/// Returns a contact in agreement with `user`.
fn contact_like(user: &Table) -> Table {
    const SAME: [&str; 9] =
        ["first", "last", "title", "phone", "mobile", "street", "city", "state", "postal-code"];
    let mut contact = same(user, &SAME);
    contact.insert("email".to_owned(), email(user));
    let mut udf = Table::new();
    udf.extend(user.get("id").map(|id| ("Office365Id".to_owned(), id.clone())));
    udf.insert("IsOffice365".to_owned(), Value::String("true".to_owned()));
    contact.insert("udf".to_owned(), Value::Table(udf));
    contact
}

/// Returns a portal user in agreement with `user`.
fn portal_like(user: &Table) -> Table {
    const SAME: [&str; 11] = [
        "first",
        "last",
        "title",
        "phone",
        "mobile",
        "department",
        "street",
        "city",
        "state",
        "postal-code",
        "country",
    ];
    let mut portal = same(user, &SAME);
    portal.insert("email".to_owned(), email(user));
    portal.extend(user.get("upn").map(|upn| ("user-name".to_owned(), upn.clone())));
    portal
}

fn same(user: &Table, keys: &[&str]) -> Table {
    keys.iter().filter_map(|key| Some(((*key).to_owned(), user.get(*key)?.clone()))).collect()
}

fn email(user: &Table) -> Value {
    let email = user.get("mail").or_else(|| user.get("upn"));
    email.cloned().unwrap_or_else(|| Value::String(String::new()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn unique<T: Ord + std::fmt::Debug>(what: &str, items: impl IntoIterator<Item = T>) {
        let mut seen = BTreeSet::new();
        for item in items {
            let text = format!("{item:?}");
            assert!(seen.insert(item), "{what} {text} comes twice");
        }
    }

    #[test]
    fn ids_and_user_names_are_unique() {
        let msp = Msp::built_in();
        let people = || msp.clients.iter().flat_map(|client| &client.person);
        let users = || people().filter_map(|person| person.user.as_ref());
        unique("contact", people().filter_map(|person| Some(person.contact.as_ref()?.id)));
        unique("portal user", people().filter_map(|person| Some(&person.portal.as_ref()?.id)));
        unique("user", users().map(|user| user.id.clone().unwrap().to_lowercase()));
        unique("user name", users().map(|user| user.upn.to_lowercase()));
    }

    #[test]
    fn every_address_is_an_invented_one() {
        for person in Msp::built_in().clients.iter().flat_map(|client| &client.person) {
            let user = person.user.iter().flat_map(|user| [Some(&user.upn), user.mail.as_ref()]).flatten();
            let contact = person.contact.iter().map(|contact| &contact.email);
            let portal = person.portal.iter().map(|portal| &portal.email);
            for address in user.chain(contact).chain(portal).filter(|address| !address.is_empty()) {
                let address = address.trim();
                assert!(address.ends_with(".example") || address.ends_with(".onmicrosoft.com"), "{address}");
            }
        }
    }

    #[test]
    fn a_record_like_the_user_agrees_except_where_the_entry_says_otherwise() {
        let msp = Msp::built_in();
        let of = |upn: &str| {
            let mut all = msp.clients.iter().flat_map(|client| &client.person);
            all.find(|person| person.user.as_ref().is_some_and(|user| user.upn == upn)).unwrap()
        };
        let person = of("priya.raman@contoso.example");
        let (user, contact) = (person.user.as_ref().unwrap(), person.contact.as_ref().unwrap());
        let portal = person.portal.as_ref().unwrap();
        assert_eq!((user.title.as_deref(), &*contact.title), (Some("Head of Service"), "Technician"));
        assert_eq!(Some(&contact.udf["Office365Id"]), user.id.as_ref());
        assert_eq!((portal.psa_key, &*portal.city), (contact.id, "Chicago"));
        let person = of("deckhand@northwind.example");
        assert_eq!(person.user.as_ref().unwrap().mail, None);
    }

    #[test]
    fn most_people_agree_and_only_adatum_loses_more_than_a_guard_allows() {
        for client in Msp::built_in().clients {
            let people = client.person.len();
            let leaving = client.person.iter().filter(|person| {
                let gone = person.user.as_ref().is_some_and(|user| user.disabled);
                gone && person.contact.as_ref().is_some_and(|contact| !contact.inactive)
            });
            let allowed = (people / 10).max(5.min(people / 4));
            assert_eq!(leaving.count() <= allowed, client.enabled, "{}", client.name);
        }
    }

    #[test]
    fn every_situation_is_in_the_table() {
        let table = include_str!("../fixtures/README.md");
        let mut situations = 0;
        for (file, text) in CLIENTS {
            let client: Table = read(file, text, |table| table);
            let name = client["name"].as_str().unwrap_or_default();
            let people = client.get("person").and_then(Value::as_array).into_iter().flatten();
            for situation in people.filter_map(|person| person.get("situation").and_then(Value::as_str)) {
                let row = format!("| {situation} | {name} | `");
                assert!(table.contains(&row), "fixtures/README.md lacks {row}");
                situations += 1;
            }
        }
        assert!(situations > 20, "only {situations} were found");
    }
}
