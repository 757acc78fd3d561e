//! Syncro's shapes on the wire: records as they come, pages, and the place of each field.
//!
//! Records are kept as the maps they are, since a part of them has to be sent back unchanged. They are read
//! leniently: a number may come as a text and the other way round, and what is not needed may be anything.
//! Nothing here has a `Debug`: custom fields hold PINs.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::error::{Error, Kind, Result};
use crate::model::Field;

/// A list of records, as the address and the answer's key name it, and how a single record is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct List {
    /// In addresses, and the key of the records on a page.
    pub(super) name: &'static str,
    /// The key around a single record, where there is one.
    pub(super) wrapper: Option<&'static str>,
    /// The records' name in messages.
    pub(super) what: &'static str,
    /// One of them in messages.
    pub(super) one: &'static str,
}

/// A single customer comes wrapped (vendor documents).
pub(super) const CUSTOMERS: List =
    List { name: "customers", wrapper: Some("customer"), what: "Syncro customers", one: "customer" };

/// A single contact comes bare (vendor documents).
pub(super) const CONTACTS: List =
    List { name: "contacts", wrapper: None, what: "Syncro contacts", one: "contact" };

/// What the token may do.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Me {
    pub(super) permissions: Option<Permissions>,
}

/// Permissions by what they are for.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Permissions {
    pub(super) customer: Option<CustomerRights>,
}

/// What may be done with customers and their contacts.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct CustomerRights {
    pub(super) read: Option<bool>,
    pub(super) write: Option<bool>,
}

/// The contact's own fields beside the name, and Syncro's names for them. There is no country, and
/// crsync does not write the second line of the address.
pub(super) const CONTACT_FIELDS: [(Field, &str); 7] = [
    (Field::Email, "email"),
    (Field::Phone, "phone"),
    (Field::Mobile, "mobile"),
    (Field::Street, "address1"),
    (Field::City, "city"),
    (Field::State, "state"),
    (Field::PostalCode, "zip"),
];

/// The field for the extension of the telephone. There is none for the mobile.
pub(super) const EXTENSION: &str = "extension";

/// The one field for a person's name.
pub(super) const NAME: &str = "name";

/// The map of title and custom fields.
pub(super) const PROPERTIES: &str = "properties";

/// The job title among the properties: the service keeps it there, whatever the request says (seen live by
/// clients).
pub(super) const TITLE: &str = "title";

/// The customer that a contact belongs to.
pub(super) const CUSTOMER_ID: &str = "customer_id";

/// A customer or a contact.
#[derive(Clone)]
pub(super) struct Record {
    id: i64,
    map: Map<String, Value>,
}

impl Record {
    /// Returns the record that `value` is: a map with an id.
    pub(super) fn new(value: Value) -> Option<Self> {
        let Value::Object(map) = value else { return None };
        Some(Self { id: number(map.get("id")?)?, map })
    }

    /// Returns the single record of an answer, whether or not it is wrapped as it should be.
    pub(super) fn unwrapped(list: List, mut value: Value) -> Option<Self> {
        let key = list.wrapper.unwrap_or(list.one);
        match value.get_mut(key) {
            Some(inner @ Value::Object(_)) => Self::new(inner.take()),
            _ => Self::new(value),
        }
    }

    pub(super) fn id(&self) -> i64 {
        self.id
    }

    /// Returns the customer that a contact belongs to.
    pub(super) fn customer(&self) -> Option<i64> {
        self.map.get(CUSTOMER_ID).and_then(number)
    }

    /// Returns the text under `key`: `None` where it is missing or has a form that cannot be read, an empty text for
    /// null.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.map.get(key).and_then(text)
    }

    /// Reports whether a flag is set.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        match self.text(key)?.trim() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// Returns title and custom fields; `None` where the record does not have them. A map without any may be null.
    pub(super) fn properties(&self) -> Option<Properties<'_>> {
        match self.map.get(PROPERTIES)? {
            Value::Object(map) => Some(Properties(Some(map))),
            Value::Null => Some(Properties(None)),
            _ => None,
        }
    }

    /// Takes the contacts out that come inside a customer.
    pub(super) fn take_contacts(&mut self) -> Option<Vec<Self>> {
        let Value::Array(contacts) = self.map.remove("contacts")? else { return None };
        contacts.into_iter().map(Self::new).collect()
    }

    /// Returns the record in Syncro's own form.
    pub(super) fn into_raw(self) -> Value {
        Value::Object(self.map)
    }
}

/// Title and custom fields of a record. A field that was never filled is not among them (seen live by clients).
#[derive(Clone, Copy)]
pub(super) struct Properties<'a>(Option<&'a Map<String, Value>>);

impl<'a> Properties<'a> {
    /// Returns the text of the field spelled `key`; blank where it is not there.
    pub(super) fn text(self, key: &str) -> String {
        self.0.and_then(|map| text(map.get(key)?)).unwrap_or_default()
    }

    /// Returns how the fields are spelled.
    pub(super) fn keys(self) -> impl Iterator<Item = &'a str> {
        self.0.into_iter().flat_map(|map| map.keys().map(String::as_str))
    }
}

/// One page of a listing.
pub(super) struct Page {
    pub(super) records: Vec<Record>,
    pub(super) meta: Meta,
}

/// Holds the place of a page among the others. Pages of different listings hold different numbers of records, and the
/// documents contradict what is seen, so only these numbers count.
#[derive(Deserialize, Debug, Clone, Copy)]
pub(super) struct Meta {
    #[serde(rename = "total_pages", deserialize_with = "count")]
    pub(super) pages: usize,
    #[serde(rename = "total_entries", deserialize_with = "count")]
    pub(super) total: usize,
    /// The page's own number, from 1.
    #[serde(default, deserialize_with = "maybe_count")]
    pub(super) page: Option<usize>,
}

impl Page {
    /// Returns the page that an answer to `list` is.
    ///
    /// # Errors
    /// [`Kind::Incomplete`] when it does not say which page it is, or holds something that is no record.
    pub(super) fn new(list: List, mut value: Value) -> Result<Self> {
        let spoiled = |why: &str| {
            let message = format!("the listing of {} {why}, so it is not known to be whole", list.what);
            Error::new(Kind::Incomplete, message)
                .hint("run the command again with --har FILE and look at the answer; if it stays, report it")
        };
        let Some(Value::Array(records)) = value.get_mut(list.name).map(Value::take) else {
            return Err(spoiled("has no records on a page"));
        };
        let meta = value.get_mut("meta").map(Value::take).unwrap_or_default();
        let meta = serde_json::from_value(meta).map_err(|_| spoiled("does not say where it ends"))?;
        let records: Option<Vec<Record>> = records.into_iter().map(Record::new).collect();
        Ok(Self { records: records.ok_or_else(|| spoiled("holds a record without an id"))?, meta })
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn maybe_count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(number(&value).and_then(|number| usize::try_from(number).ok()))
}

fn count<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    maybe_count(from)?.ok_or_else(|| serde::de::Error::custom("a count that is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(value: Value) -> Record {
        Record::new(value).expect("a record")
    }

    #[test]
    fn what_is_missing_null_and_blank_stay_apart() {
        let contact = record(
            json!({"id": "7", "customer_id": "12", "email": null, "zip": 90210, "city": " ", "state": []}),
        );
        assert_eq!((contact.id(), contact.customer()), (7, Some(12)));
        assert_eq!(contact.text("email").as_deref(), Some(""));
        assert_eq!(contact.text("zip").as_deref(), Some("90210"));
        assert_eq!(contact.text("city").as_deref(), Some(" "));
        assert_eq!((contact.text("phone"), contact.text("state")), (None, None));
    }

    #[test]
    fn properties_may_be_null_but_not_missing() {
        assert!(record(json!({"id": 1})).properties().is_none());
        assert!(record(json!({"id": 1, "properties": null})).properties().is_some());
        let held = record(json!({"id": 1, "properties": {"SupportPIN": 4821, "Dog": null, "Flag": true}}));
        let held = held.properties().expect("a map");
        assert_eq!(["SupportPIN", "Dog", "Flag", "Cat"].map(|key| held.text(key)), ["4821", "", "true", ""]);
    }

    #[test]
    fn a_single_record_is_found_with_and_without_its_wrapper() {
        for value in [json!({"customer": {"id": 3}}), json!({"id": 3, "customer": null})] {
            assert_eq!(Record::unwrapped(CUSTOMERS, value).map(|record| record.id()), Some(3));
        }
        for value in [json!({"contact": {"id": 3}}), json!({"id": 3})] {
            assert_eq!(Record::unwrapped(CONTACTS, value).map(|record| record.id()), Some(3));
        }
        assert!(Record::unwrapped(CONTACTS, json!({"message": "Not found"})).is_none());
    }

    #[test]
    fn a_page_must_say_where_it_ends() {
        let good = json!({"contacts": [{"id": 1}], "meta": {"total_pages": "2", "total_entries": 51, "per_page": 50}});
        let page = Page::new(CONTACTS, good).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((page.records.len(), page.meta.pages, page.meta.total, page.meta.page), (1, 2, 51, None));
        for (why, value) in [
            ("does not say where it ends", json!({"contacts": []})),
            ("does not say where it ends", json!({"contacts": [], "meta": {"total_pages": 1}})),
            ("has no records", json!({"customers": [], "meta": {"total_pages": 1, "total_entries": 0}})),
            (
                "without an id",
                json!({"contacts": [{"name": "Ann"}], "meta": {"total_pages": 1, "total_entries": 1}}),
            ),
        ] {
            let error = Page::new(CONTACTS, value).err().expect(why);
            assert!(error.kind() == Kind::Incomplete && error.message().contains(why), "{error}");
        }
    }
}
