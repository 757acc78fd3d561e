//! HaloPSA's shapes on the wire.
//!
//! Records are read leniently: a number may come as a text, a site's id comes as a number with a point (vendor
//! description), and what is not needed may be anything. Pictures of clients are dropped as they are read. Nothing here
//! has a `Debug`: custom fields hold PINs.
//!
//! HaloPSA leaves a property out whose value is null (seen in recorded answers; the description only says which may be
//! null). What a row leaves out may therefore be blank, or may not belong to rows; what a user's own record leaves out is
//! blank.

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

pub(super) const SITES: Sort = Sort { path: "Site", key: "sites", what: "HaloPSA sites", one: "site" };

/// A record that listings hold.
pub(super) trait Record: DeserializeOwned + Send {
    /// Its kind.
    const SORT: Sort;

    /// Returns its id.
    fn id(&self) -> i64;
}

/// A user, as a listing or as its own record shows it; a text is missing where it was not shown, and blank where it is
/// shown as null.
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
    #[serde(rename = "isnhserveremaildefault", default, deserialize_with = "flag")]
    pub(super) mailbox_default: Option<bool>,
}

/// How many texts a row of a listing of users may show.
pub(super) const TEXTS: usize = 7;

impl User {
    /// Reports whether this is the user that every site has, who is no person.
    pub(super) fn is_general(&self) -> bool {
        self.name.as_deref().is_some_and(|name| name.trim().eq_ignore_ascii_case(GENERAL))
    }

    /// Reports whether this is the user's own record rather than a row of a listing.
    ///
    /// It shows custom fields, an empty list where there are none, and a property that no row has.
    /// `isnhserveremaildefault` is such a one by the interface description: of what `Users` has and `Users_List` lacks,
    /// it is the only property that cannot be null, and so is never left out. Recorded answers agree, and show
    /// `ulastupdate` in the same way, which an instance without the former would be known by.
    fn is_own(&self) -> bool {
        self.custom.is_some() && (self.mailbox_default.is_some() || self.updated.is_some())
    }

    /// Returns the user's own record with everything blank that it leaves out; nothing if this is another answer, which
    /// shows nothing by what it leaves out.
    pub(super) fn own(mut self) -> Option<Self> {
        if !self.is_own() {
            return None;
        }
        let further = [&mut self.email2, &mut self.email3, &mut self.azure_id];
        for text in further.into_iter().filter(|text| text.is_none()) {
            *text = Some(String::new());
        }
        self.blank([true; TEXTS]);
        self.custom.iter_mut().flatten().for_each(Custom::blank);
        Some(self)
    }

    /// Returns which of the texts that a row may show this one shows.
    pub(super) fn shown(&self) -> [bool; TEXTS] {
        let texts =
            [&self.name, &self.first, &self.last, &self.title, &self.email, &self.phone, &self.mobile];
        texts.map(Option::is_some)
    }

    /// Returns which of the same texts are there and not blank.
    pub(super) fn held(&self) -> [bool; TEXTS] {
        let texts =
            [&self.name, &self.first, &self.last, &self.title, &self.email, &self.phone, &self.mobile];
        texts.map(|text| text.as_deref().is_some_and(|text| !text.trim().is_empty()))
    }

    /// Takes what is missing among these of the same texts for blank.
    pub(super) fn blank(&mut self, which: [bool; TEXTS]) {
        for (text, _) in self.texts().into_iter().zip(which).filter(|(text, which)| *which && text.is_none())
        {
            *text = Some(String::new());
        }
    }

    /// Hides all but these of the same texts.
    pub(super) fn hide(&mut self, all_but: [bool; TEXTS]) {
        for (text, _) in self.texts().into_iter().zip(all_but).filter(|(_, keep)| !keep) {
            *text = None;
        }
    }

    fn texts(&mut self) -> [&mut Option<String>; TEXTS] {
        let Self { name, first, last, title, email, phone, mobile, .. } = self;
        [name, first, last, title, email, phone, mobile]
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

impl Client {
    /// Returns the client's own record with every custom field blank that it shows without a value.
    pub(super) fn own(mut self) -> Self {
        self.custom.iter_mut().flatten().for_each(Custom::blank);
        self
    }
}

impl Record for Client {
    const SORT: Sort = CLIENTS;

    fn id(&self) -> i64 {
        self.id
    }
}

/// A client's site.
#[derive(Deserialize)]
pub(super) struct Site {
    #[serde(deserialize_with = "number")]
    id: i64,
    #[serde(rename = "client_id", default, deserialize_with = "whole")]
    pub(super) client: Option<i64>,
}

impl Record for Site {
    const SORT: Sort = SITES;

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
    /// Of a single selection the id of an entry; missing where it was not shown.
    #[serde(default, deserialize_with = "shown")]
    value: Option<Value>,
    /// What people see: of a single selection the label of the entry.
    #[serde(default, deserialize_with = "text")]
    pub(super) display: Option<String>,
}

impl Custom {
    /// Returns the value, if it is known: where it was not shown, people seeing nothing tells that it is blank.
    pub(super) fn value(&self) -> Option<&Value> {
        self.value.as_ref().or_else(|| self.displays_nothing().then_some(&Value::Null))
    }

    /// Takes a value that an own record leaves out for blank, unless people see one.
    fn blank(&mut self) {
        if self.value.is_none() && (self.display.is_none() || self.displays_nothing()) {
            self.value = Some(Value::Null);
        }
    }

    fn displays_nothing(&self) -> bool {
        self.display.as_deref().is_some_and(|display| display.trim().is_empty())
    }
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

/// Reads any value that is there, a null too.
fn shown<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
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
            "customfields": [
                {"id": 201, "name": "CFSupportPIN", "type": 0}, {"id": 202, "value": null},
                {"id": 203, "display": ""}, {"id": 204, "display": "Kiosk"}]}))
        .expect("a user");
        assert_eq!((user.client, user.inactive), (Some(12), Some(false)));
        assert_eq!((user.email.as_deref(), user.title.as_deref()), (Some(""), Some(" ")));
        assert_eq!(user.phone, None);
        let values = |user: &User| -> Vec<Option<Value>> {
            user.custom.iter().flatten().map(|custom| custom.value().cloned()).collect()
        };
        assert_eq!(values(&user), [None, Some(Value::Null), Some(Value::Null), None]);
        assert!(user.clone().own().is_none(), "a row is no own record");
        let own = User { mailbox_default: Some(false), ..user }.own().expect("an own record");
        assert_eq!(values(&own), [Some(Value::Null), Some(Value::Null), Some(Value::Null), None]);
        assert_eq!((own.phone.as_deref(), own.azure_id.as_deref()), (Some(""), Some("")));
    }

    #[test]
    fn an_own_record_is_known_by_what_no_row_has_and_not_by_what_may_be_null() {
        // As recorded: no address but the first, no id of 365, no title, no telephone, and not one null.
        let recorded = json!({"id": 38, "name": "Some Body", "site_id": 18.0, "client_id": 12, "firstname": "Some",
            "surname": "Body", "emailaddress": "some.body@contoso.example", "inactive": false, "customfields": [],
            "isnhserveremaildefault": false, "azure_tenant_id": "", "ulastupdate": "2024-06-27T08:24:23.933"});
        let without = |names: &[&str]| {
            let mut answer = recorded.clone();
            for name in names {
                answer.as_object_mut().expect("a record").remove(*name);
            }
            serde_json::from_value::<User>(answer).expect("a user").own()
        };
        let own = without(&[]).expect("an own record");
        assert_eq!(
            (own.email2.as_deref(), own.title.as_deref(), own.mobile.as_deref()),
            (Some(""), Some(""), Some(""))
        );
        assert!(without(&["ulastupdate"]).is_some() && without(&["isnhserveremaildefault"]).is_some());
        assert!(without(&["ulastupdate", "isnhserveremaildefault"]).is_none(), "a row has neither");
        assert!(without(&["customfields"]).is_none(), "its custom fields are not shown");
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
