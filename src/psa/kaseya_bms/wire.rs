//! Kaseya BMS's shapes on the wire: what of the answers is looked at, and what writes look like.
//!
//! The vendor's interface description spells keys in `PascalCase`, the live service answers in camelCase (seen live
//! by clients): the keys of every answer are put in lower case once, and the shapes here name them so. What is
//! sent is spelled as the vendor spells it. Answers are read leniently otherwise too: a number may come as a text
//! and the other way round. Nothing here has a `Debug`: custom fields hold PINs.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::psa::lenient::{flag, maybe_number, number, text};

/// The records asked for on one page: what live clients ask for; the most there may be is not documented.
pub(super) const PAGE: usize = 100;

/// Returns `value` with all keys in lower case, at every depth.
pub(super) fn lower_keys(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            map.into_iter().map(|(key, value)| (key.to_lowercase(), lower_keys(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(lower_keys).collect(),
        plain => plain,
    }
}

/// Returns what is in an answer: the record or records, without what is put around them. Answers for one record are
/// declared without an envelope, but came with one (seen live by clients).
pub(super) fn result(answer: Value) -> Value {
    match answer {
        Value::Object(mut map) if map.contains_key("result") && !map.contains_key("id") => {
            map.remove("result").unwrap_or_default()
        }
        bare => bare,
    }
}

/// Returns `value` as a `T`; messages call it `what`. What the decoder says may quote a value, so it is not passed on.
pub(super) fn decode<T: DeserializeOwned>(value: Value, what: &str) -> Result<T> {
    serde_json::from_value(value).map_err(|_| {
        Error::new(Kind::Service, format!("Kaseya BMS sent {what} in a form that is not known"))
            .hint("run the command again with --har FILE and look at the answer; if it stays, report it")
    })
}

/// What any answer may say of a failure, and how many records there are in all.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Envelope {
    #[serde(deserialize_with = "flag")]
    pub(super) success: Option<bool>,
    #[serde(deserialize_with = "error_info")]
    pub(super) error: Option<ErrorInfo>,
    #[serde(rename = "totalrecords", deserialize_with = "maybe_number")]
    pub(super) total: Option<i64>,
}

/// What went wrong. The vendor's `stackStrace`, spelled so, is never looked at.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ErrorInfo {
    #[serde(deserialize_with = "maybe_number")]
    pub(super) code: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) message: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) details: Option<String>,
    #[serde(rename = "suberrors")]
    pub(super) sub_errors: Option<Vec<Value>>,
}

/// A pair of tokens. Both are new after every refresh.
#[derive(Deserialize)]
pub(super) struct Tokens {
    #[serde(rename = "accesstoken")]
    pub(super) access: String,
    #[serde(default, rename = "refreshtoken", deserialize_with = "text")]
    pub(super) refresh: Option<String>,
    #[serde(default, rename = "accesstokenexpireon", deserialize_with = "text")]
    pub(super) expires: Option<String>,
}

/// A company, as lists of names hold it.
#[derive(Deserialize)]
pub(super) struct Account {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    /// `name` in lists, `accountName` in the record itself.
    #[serde(default, alias = "accountname", deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, rename = "isactive", deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
}

/// Where a company is. Every contact belongs to a location.
#[derive(Deserialize)]
pub(super) struct Location {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, rename = "ismain", deserialize_with = "flag")]
    pub(super) is_main: Option<bool>,
}

/// A contact.
#[derive(Deserialize)]
pub(super) struct Contact {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(rename = "accountid", deserialize_with = "number")]
    pub(super) account: i64,
    #[serde(default, rename = "isactive", deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
    #[serde(default, rename = "firstname", deserialize_with = "text")]
    pub(super) first_name: Option<String>,
    #[serde(default, rename = "lastname", deserialize_with = "text")]
    pub(super) last_name: Option<String>,
    #[serde(default, rename = "jobtitle", deserialize_with = "text")]
    pub(super) job_title: Option<String>,
    #[serde(default, rename = "modifiedon", deserialize_with = "text")]
    pub(super) modified_on: Option<String>,
    #[serde(default, deserialize_with = "list")]
    pub(super) emails: Vec<Email>,
    #[serde(default, deserialize_with = "list")]
    pub(super) phones: Vec<Phone>,
    /// The record as it came, keys in lower case: it tells what was not sent from what was sent as null.
    #[serde(skip)]
    pub(super) raw: Value,
}

impl Contact {
    /// Returns the contact that `raw` is.
    ///
    /// # Errors
    /// [`Kind::Service`] when it lacks its id or its company's.
    pub(super) fn read(raw: Value) -> Result<Self> {
        let contact: Self = decode(raw.clone(), "a contact")?;
        Ok(Self { raw, ..contact })
    }
}

/// One of a contact's addresses.
#[derive(Deserialize)]
pub(super) struct Email {
    #[serde(default, rename = "emailaddress", deserialize_with = "text")]
    pub(super) address: Option<String>,
    #[serde(default, rename = "emailtypeid", deserialize_with = "maybe_number")]
    pub(super) type_id: Option<i64>,
    #[serde(default, rename = "isdefault", deserialize_with = "flag")]
    pub(super) is_default: Option<bool>,
}

/// One of a contact's numbers.
#[derive(Deserialize)]
pub(super) struct Phone {
    #[serde(default, rename = "phone", deserialize_with = "text")]
    pub(super) number: Option<String>,
    #[serde(default, rename = "phonetypeid", deserialize_with = "maybe_number")]
    pub(super) type_id: Option<i64>,
    #[serde(default, rename = "phonetype", deserialize_with = "text")]
    pub(super) kind: Option<String>,
    #[serde(default, rename = "isdefault", deserialize_with = "flag")]
    pub(super) is_default: Option<bool>,
}

/// A custom field as a module defines it. What its `dataType` numbers mean is not documented.
#[derive(Deserialize)]
pub(super) struct Definition {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, rename = "isactive", deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
    /// The name of the module, where the answer has it.
    #[serde(default, rename = "modulename", deserialize_with = "text")]
    pub(super) module: Option<String>,
    /// The entries of a data list.
    #[serde(default, deserialize_with = "list")]
    pub(super) settings: Vec<Setting>,
}

/// An entry of a data list.
#[derive(Deserialize)]
pub(super) struct Setting {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, rename = "isactive", deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
}

/// The value of one custom field of a record.
#[derive(Deserialize)]
pub(super) struct FieldValue {
    #[serde(default, rename = "customfieldid", deserialize_with = "maybe_number")]
    pub(super) field: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) data: Option<String>,
    /// The entry of a data list that was chosen.
    #[serde(default, rename = "settingsid", deserialize_with = "maybe_number")]
    pub(super) setting: Option<i64>,
}

/// What became of a custom field that was written.
#[derive(Deserialize)]
pub(super) struct FieldWritten {
    #[serde(default, deserialize_with = "text")]
    pub(super) value: Option<String>,
    #[serde(default, rename = "modulename", deserialize_with = "text")]
    pub(super) module: Option<String>,
}

/// What became of a contact's list of addresses or numbers.
#[derive(Deserialize)]
pub(super) struct ListWritten {
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) added: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) updated: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) deleted: Option<i64>,
    /// The list afterwards, where it is sent.
    pub(super) emails: Option<Vec<Email>>,
    pub(super) phones: Option<Vec<Phone>>,
}

/// Holds a contact that was made: its default address and number are in the record itself.
#[derive(Deserialize)]
pub(super) struct Made {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, rename = "emailaddress", deserialize_with = "text")]
    pub(super) email: Option<String>,
    #[serde(default, rename = "phonenumber", deserialize_with = "text")]
    pub(super) phone: Option<String>,
}

/// A contact to be made. Title and active flag have no place in it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NewContact<'a> {
    pub(super) first_name: &'a str,
    pub(super) last_name: &'a str,
    pub(super) account_id: i64,
    pub(super) location_id: i64,
    pub(super) phones: Vec<NewPhone<'a>>,
    pub(super) emails: Vec<NewEmail<'a>>,
}

/// An address of a contact to be made.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NewEmail<'a> {
    pub(super) email_address: &'a str,
    pub(super) email_type_id: i64,
    pub(super) is_default: bool,
}

/// A number of a contact to be made.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NewPhone<'a> {
    pub(super) phone_number: &'a str,
    pub(super) phone_type_id: i64,
    pub(super) is_default: bool,
}

/// A step of a JSON patch.
#[derive(Serialize)]
pub(super) struct Replace {
    pub(super) op: &'static str,
    pub(super) path: String,
    pub(super) value: Value,
}

/// Reads what went wrong, in whatever form: a refusal must not be taken for a success because its reason cannot be
/// read.
fn error_info<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ErrorInfo>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(message) => Some(ErrorInfo { message: Some(message), ..ErrorInfo::default() }),
        object @ Value::Object(_) => Some(serde_json::from_value(object).unwrap_or_default()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    })
}

/// Reads a list; null is an empty one.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_read_in_either_case_at_every_depth() {
        let spellings = [
            json!({"Id": 55, "AccountId": 7, "IsActive": true, "JobTitle": "Head", "Emails": [
                {"EmailAddress": "ann@contoso.example", "EmailTypeId": 1, "IsDefault": true}]}),
            json!({"id": "55", "accountId": "7", "isActive": "true", "jobTitle": "Head", "emails": [
                {"emailAddress": "ann@contoso.example", "emailTypeId": "1", "isDefault": 1}]}),
        ];
        for spelling in spellings {
            let contact = Contact::read(lower_keys(spelling)).expect("a contact");
            assert_eq!((contact.id, contact.account, contact.is_active), (55, 7, Some(true)));
            assert_eq!(contact.job_title.as_deref(), Some("Head"));
            assert_eq!(contact.emails[0].address.as_deref(), Some("ann@contoso.example"));
            assert_eq!((contact.emails[0].type_id, contact.emails[0].is_default), (Some(1), Some(true)));
            assert!(contact.phones.is_empty());
        }
    }

    #[test]
    fn one_record_comes_with_an_envelope_or_without() {
        let record = json!({"id": 55});
        assert_eq!(result(lower_keys(json!({"Success": true, "Error": null, "Result": {"Id": 55}}))), record);
        assert_eq!(result(lower_keys(json!({"Id": 55}))), record);
        assert_eq!(result(lower_keys(json!({"success": true, "result": null}))), Value::Null);
    }

    #[test]
    fn a_record_without_an_id_is_not_read_and_not_quoted() {
        for raw in [json!({"accountid": 7}), json!({"id": "hunter2", "accountid": 7}), json!("hunter2")] {
            let error = Contact::read(raw).err().expect("no id");
            assert_eq!(error.kind(), Kind::Service);
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_new_contact_is_spelled_as_the_vendor_spells_it() {
        let contact = NewContact {
            first_name: "Ann",
            last_name: "Lee",
            account_id: 7,
            location_id: 70,
            phones: vec![NewPhone { phone_number: "+1 555 0100", phone_type_id: 1, is_default: true }],
            emails: vec![NewEmail {
                email_address: "ann@contoso.example",
                email_type_id: 1,
                is_default: true,
            }],
        };
        assert_eq!(
            serde_json::to_value(&contact).expect("a plain body"),
            json!({"FirstName": "Ann", "LastName": "Lee", "AccountId": 7, "LocationId": 70,
                   "Phones": [{"PhoneNumber": "+1 555 0100", "PhoneTypeId": 1, "IsDefault": true}],
                   "Emails": [{"EmailAddress": "ann@contoso.example", "EmailTypeId": 1, "IsDefault": true}]})
        );
    }
}
