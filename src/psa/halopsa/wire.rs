//! HaloPSA's shapes on the wire.
//!
//! Records are read leniently: a number may come as a text, a site's id comes as a number with a point (vendor
//! description), and what is not needed may be anything. Pictures of clients are dropped as they are read. Nothing here
//! has a `Debug`: custom fields hold PINs.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::psa::lenient::{flag, maybe_number, number, text, told};

/// Records on a page: how many more a page may hold is not documented.
pub(super) const PAGE: usize = 100;

/// The name of the user that every site has, who is no person.
const GENERAL: &str = "general user";

/// A kind of record, as its address and the key of its listings name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sort {
    /// In addresses.
    pub(super) path: &'static str,
    /// The key of the records on a page.
    pub(super) key: &'static str,
    /// The records' name in messages.
    pub(super) what: &'static str,
    /// One of them in messages.
    pub(super) one: &'static str,
}

pub(super) const USERS: Sort = Sort { path: "Users", key: "users", what: "HaloPSA users", one: "user" };

pub(super) const CLIENTS: Sort =
    Sort { path: "Client", key: "clients", what: "HaloPSA clients", one: "client" };

/// A record that listings hold.
pub(super) trait Record: DeserializeOwned + Send {
    /// Its kind.
    const SORT: Sort;

    /// Returns its id.
    fn id(&self) -> i64;
}

/// A user, as a listing or as its own record shows it; a text is missing where it was not shown, and blank where it is
/// null.
#[derive(Deserialize, Clone)]
pub(super) struct User {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(rename = "client_id", default, deserialize_with = "maybe_number")]
    pub(super) client: Option<i64>,
    #[serde(default, deserialize_with = "told")]
    pub(super) name: Option<String>,
    #[serde(rename = "firstname", default, deserialize_with = "told")]
    pub(super) first: Option<String>,
    #[serde(rename = "surname", default, deserialize_with = "told")]
    pub(super) last: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) title: Option<String>,
    #[serde(rename = "emailaddress", default, deserialize_with = "told")]
    pub(super) email: Option<String>,
    #[serde(rename = "phonenumber", default, deserialize_with = "told")]
    pub(super) phone: Option<String>,
    #[serde(rename = "mobilenumber", default, deserialize_with = "told")]
    pub(super) mobile: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) inactive: Option<bool>,
    #[serde(rename = "customfields", default, deserialize_with = "custom")]
    pub(super) custom: Option<Vec<Custom>>,
    /// From here on: only the user's own record shows it.
    #[serde(default, deserialize_with = "told")]
    pub(super) email2: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) email3: Option<String>,
    #[serde(rename = "azureoid", default, deserialize_with = "told")]
    pub(super) azure_id: Option<String>,
    #[serde(rename = "ulastupdate", default, deserialize_with = "text")]
    pub(super) updated: Option<String>,
}

impl User {
    /// Reports whether this is the user that every site has, who is no person.
    pub(super) fn is_general(&self) -> bool {
        self.name.as_deref().is_some_and(|name| name.trim().eq_ignore_ascii_case(GENERAL))
    }

    /// Reports whether this is the user's own record rather than a row of a listing.
    pub(super) fn is_whole(&self) -> bool {
        self.custom.is_some() && self.email2.is_some() && self.email3.is_some() && self.azure_id.is_some()
    }
}

impl Record for User {
    const SORT: Sort = USERS;

    fn id(&self) -> i64 {
        self.id
    }
}

/// A client.
#[derive(Deserialize, Clone)]
pub(super) struct Client {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(rename = "toplevel_name", default, deserialize_with = "told")]
    pub(super) top_level: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) inactive: Option<bool>,
    #[serde(rename = "accountmanagertech_name", default, deserialize_with = "told")]
    pub(super) account_manager: Option<String>,
    #[serde(rename = "main_site_id", default, deserialize_with = "whole")]
    pub(super) main_site: Option<i64>,
    #[serde(rename = "customfields", default, deserialize_with = "custom")]
    pub(super) custom: Option<Vec<Custom>>,
    #[serde(rename = "azure_tenants", default, deserialize_with = "list")]
    pub(super) tenants: Option<Vec<AzureTenant>>,
}

impl Record for Client {
    const SORT: Sort = CLIENTS;

    fn id(&self) -> i64 {
        self.id
    }
}

/// A tenant that HaloPSA itself links to a client.
#[derive(Deserialize, Clone)]
pub(super) struct AzureTenant {
    #[serde(rename = "azure_tenant_id", default, deserialize_with = "text")]
    pub(super) id: Option<String>,
}

/// A custom field on a record, with its value.
#[derive(Deserialize, Clone)]
pub(super) struct Custom {
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) id: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    /// The number of its type.
    #[serde(rename = "type", default, deserialize_with = "maybe_number")]
    pub(super) kind: Option<i64>,
    #[serde(rename = "characterlimit", default, deserialize_with = "maybe_number")]
    pub(super) limit: Option<i64>,
    /// Of a single selection the id of an entry.
    #[serde(default)]
    pub(super) value: Value,
    /// What people see: of a single selection the label of the entry.
    #[serde(default, deserialize_with = "text")]
    pub(super) display: Option<String>,
}

/// The definition of a custom field.
#[derive(Deserialize)]
pub(super) struct Definition {
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub(super) values: Option<Vec<Entry>>,
}

/// An entry of a single selection.
#[derive(Deserialize, Clone)]
pub(super) struct Entry {
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) id: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
}

/// What a sign-in answers.
#[derive(Deserialize)]
pub(super) struct Token {
    pub(super) access_token: String,
    #[serde(default)]
    pub(super) expires_in: Value,
}

/// What the instance says of where to sign in.
#[derive(Deserialize, Default)]
pub(super) struct AuthInfo {
    #[serde(default, deserialize_with = "text")]
    pub(super) auth_url: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) tenant_id: Option<String>,
}

/// One page of a listing.
pub(super) struct Page<T> {
    pub(super) records: Vec<T>,
    /// How many records there are on all pages.
    pub(super) total: usize,
}

impl<T: Record> Page<T> {
    /// Returns the page that an answer is.
    ///
    /// # Errors
    /// [`Kind::Incomplete`] when it does not count the records, or holds something that is no record.
    pub(super) fn new(mut answer: Value) -> Result<Self> {
        let Some(Value::Array(records)) = answer.get_mut(T::SORT.key).map(Value::take) else {
            return Err(spoiled(T::SORT, "has no records on a page"));
        };
        let total = answer.get("record_count").and_then(|count| maybe_number(count).ok().flatten());
        let total = total.and_then(|total| usize::try_from(total).ok());
        let total = total.ok_or_else(|| spoiled(T::SORT, "does not say how many there are"))?;
        let records: serde_json::Result<Vec<T>> = records.into_iter().map(serde_json::from_value).collect();
        let records = records.map_err(|_| spoiled(T::SORT, "holds a record without an id"))?;
        Ok(Self { records, total })
    }
}

/// Says that a listing is not known to be whole.
pub(super) fn spoiled(sort: Sort, why: &str) -> Error {
    let message = format!("the listing of {} {why}, so it is not known to be whole", sort.what);
    Error::new(Kind::Incomplete, message)
        .hint("run the command again; nothing is concluded from this reading")
}

/// Returns the only record of an answer to a write: it comes bare or in a list (seen with clients).
pub(super) fn only(answer: Value) -> Option<Value> {
    match answer {
        Value::Array(records) => {
            let mut records = records.into_iter();
            records.next().filter(|_| records.next().is_none())
        }
        Value::Object(_) => Some(answer),
        _ => None,
    }
}

/// Reads a whole number, also one that is written with a point (`18.0`).
fn whole<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<i64>, D::Error> {
    let value = Value::deserialize(from)?;
    let plain = maybe_number(&value).map_err(serde::de::Error::custom)?;
    // Ids are far below where a number with a point begins to leave some out.
    #[allow(clippy::cast_possible_truncation)]
    let pointed = || {
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15)?;
        Some(number as i64)
    };
    Ok(plain.or_else(pointed))
}

/// Reads a list of which every item can be read; anything else was not shown.
fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> std::result::Result<Option<Vec<T>>, D::Error> {
    let Value::Array(items) = Value::deserialize(from)? else { return Ok(None) };
    Ok(items.into_iter().map(serde_json::from_value).collect::<serde_json::Result<_>>().ok())
}

/// Reads custom fields in the same way.
fn custom<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Vec<Custom>>, D::Error> {
    list(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_missing_null_and_blank_stay_apart() {
        let user: User = serde_json::from_value(json!({
            "id": 7, "client_id": 12, "site_id": 18.0, "emailaddress": null, "title": " ", "inactive": "false",
            "customfields": [{"id": 201, "name": "CFSupportPIN", "type": 0}]}))
        .expect("a user");
        assert_eq!((user.client, user.inactive, user.is_whole()), (Some(12), Some(false), false));
        assert_eq!((user.email.as_deref(), user.title.as_deref(), user.phone), (Some(""), Some(" "), None));
        let custom = &user.custom.expect("custom fields")[0];
        assert_eq!((custom.id, &custom.value), (Some(201), &Value::Null));
    }

    #[test]
    fn a_sites_number_may_have_a_point() {
        for (value, site) in
            [(json!(18), Some(18)), (json!(18.0), Some(18)), (json!("18"), Some(18)), (json!(18.5), None)]
        {
            let client: Client =
                serde_json::from_value(json!({"id": 1, "main_site_id": value})).expect("a client");
            assert_eq!(client.main_site, site);
        }
    }

    #[test]
    fn a_page_must_count_its_records() {
        let page = Page::<User>::new(json!({"record_count": "51", "users": [{"id": 1}]}));
        let page = page.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((page.records.len(), page.total), (1, 51));
        for (why, value) in [
            ("how many there are", json!({"users": []})),
            ("how many there are", json!({"users": [], "record_count": -1})),
            ("no records", json!({"clients": [], "record_count": 0})),
            ("without an id", json!({"users": [{"name": "Ann"}], "record_count": 1})),
            ("without an id", json!({"users": [{"id": 1.5}], "record_count": 1})),
        ] {
            let error = Page::<User>::new(value).err().expect(why);
            assert!(error.kind() == Kind::Incomplete && error.message().contains(why), "{error}");
        }
    }

    #[test]
    fn the_general_user_of_a_site_is_known_by_its_name() {
        let named =
            |name: &str| serde_json::from_value::<User>(json!({"id": 1, "name": name})).expect("a user");
        assert!(named("General User").is_general() && named(" GENERAL USER ").is_general());
        assert!(!named("General Userson").is_general());
    }

    #[test]
    fn the_answer_to_a_write_is_one_record_bare_or_in_a_list() {
        assert_eq!(only(json!({"id": 1})), Some(json!({"id": 1})));
        assert_eq!(only(json!([{"id": 1}])), Some(json!({"id": 1})));
        for none in [json!([]), json!([{"id": 1}, {"id": 2}]), json!("done"), Value::Null] {
            assert_eq!(only(none), None);
        }
    }
}
