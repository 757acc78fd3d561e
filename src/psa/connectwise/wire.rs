//! ConnectWise PSA's shapes on the wire: what of its answers is looked at.
//!
//! A property without a value is left out, a reference without one may be `{}` (seen live by clients), so nearly
//! everything is optional. New properties are no breaking change (vendor documents) and are not looked at.
//! A number may come as a text. Nothing here has a `Debug`: custom fields hold PINs.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::psa::lenient::{maybe_number, number, text};

/// A record together with everything that was sent of it.
pub(super) struct Whole<T> {
    pub(super) raw: Value,
    pub(super) record: T,
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Value::deserialize(from)?;
        let record = T::deserialize(&raw).map_err(serde::de::Error::custom)?;
        Ok(Self { raw, record })
    }
}

/// A company.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Company {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) deleted_flag: Option<bool>,
    #[serde(default)]
    pub(super) status: Option<Reference>,
    /// Whether the status is one of those that the MSP marked as inactive; `None` where that is not known.
    #[serde(skip)]
    pub(super) is_inactive: Option<bool>,
    #[serde(default)]
    pub(super) territory: Option<Reference>,
    #[serde(default)]
    pub(super) territory_manager: Option<Reference>,
    #[serde(default)]
    pub(super) custom_fields: Option<Vec<CustomField>>,
}

impl Company {
    /// What is asked of a company in a listing.
    pub(super) const FIELDS: &'static str =
        "id,name,deletedFlag,status,territory,territoryManager,customFields";
}

/// A status of companies, as the MSP named it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompanyStatus {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default)]
    pub(super) inactive_flag: Option<bool>,
}

/// A contact.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contact {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    /// A contact may belong to no company at all (seen live by clients).
    #[serde(default)]
    pub(super) company: Option<Reference>,
    /// `true` means inactive.
    #[serde(default)]
    pub(super) inactive_flag: Option<bool>,
    #[serde(default, deserialize_with = "text")]
    pub(super) first_name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) last_name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) title: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) address_line1: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) city: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) state: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) zip: Option<String>,
    #[serde(default)]
    pub(super) communication_items: Option<Vec<Item>>,
    #[serde(default)]
    pub(super) types: Option<Vec<Reference>>,
    #[serde(default)]
    pub(super) custom_fields: Option<Vec<CustomField>>,
    #[serde(default, rename = "_info")]
    info: Option<Info>,
}

/// What is known of a record's history.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    #[serde(default, deserialize_with = "text")]
    last_updated: Option<String>,
}

impl Contact {
    /// What is asked of a contact in a listing.
    pub(super) const FIELDS: &'static str = "id,company/id,inactiveFlag,firstName,lastName,title,addressLine1,\
                                             city,state,zip,communicationItems,types,customFields,_info/lastUpdated";

    /// Returns when it was last changed, if the answer says so.
    pub(super) fn modified(&self) -> Option<&str> {
        self.info.as_ref()?.last_updated.as_deref()
    }

    /// Returns the id of its company.
    pub(super) fn company_id(&self) -> Option<i64> {
        self.company.as_ref()?.id
    }

    /// Returns its communication items.
    pub(super) fn items(&self) -> &[Item] {
        self.communication_items.as_deref().unwrap_or_default()
    }
}

/// A note of a contact.
#[derive(Deserialize)]
pub(super) struct Note {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, deserialize_with = "text")]
    text: Option<String>,
}

impl Note {
    /// Returns what it says.
    pub(super) fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default().trim()
    }
}

/// Another record by id and name, or `{}`.
#[derive(Deserialize, Clone, Default)]
pub(super) struct Reference {
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) id: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
}

/// An address or a number of a contact, within the contact or on its own.
#[derive(Deserialize, Clone, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) id: Option<i64>,
    /// One of the MSP's own types.
    #[serde(default, rename = "type")]
    pub(super) kind: Option<Reference>,
    #[serde(default, deserialize_with = "text")]
    pub(super) value: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) extension: Option<String>,
    /// Whether it goes first among its class.
    #[serde(default)]
    pub(super) default_flag: Option<bool>,
    /// The class: Email, Phone or Fax.
    #[serde(default, deserialize_with = "text")]
    pub(super) communication_type: Option<String>,
}

/// A type of communication items, as the MSP named it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CommunicationType {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    /// The name: items call it `name`.
    #[serde(default, deserialize_with = "text")]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) phone_flag: Option<bool>,
    #[serde(default)]
    pub(super) email_flag: Option<bool>,
    /// Whether it is the default of its class.
    #[serde(default)]
    pub(super) default_flag: Option<bool>,
}

/// A custom field with its value on a record.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomField {
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) id: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    pub(super) caption: Option<String>,
    #[serde(default, rename = "type", deserialize_with = "text")]
    pub(super) kind: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) entry_method: Option<String>,
    #[serde(default)]
    pub(super) value: Value,
}

/// A custom field as it is defined.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserDefinedField {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, deserialize_with = "text")]
    pub(super) caption: Option<String>,
    #[serde(default, rename = "fieldTypeIdentifier", deserialize_with = "text")]
    pub(super) kind: Option<String>,
    #[serde(default, rename = "entryTypeIdentifier", deserialize_with = "text")]
    pub(super) entry_method: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) screen_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) screen_description: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) pod_description: Option<String>,
    /// The group of fields on the screen.
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) pod_id: Option<i64>,
    /// Its place in the pod, which no other field of it has.
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) sequence_number: Option<i64>,
    #[serde(default)]
    pub(super) display_on_screen_flag: Option<bool>,
    #[serde(default)]
    pub(super) options: Option<Vec<FieldOption>>,
}

/// An entry of a custom field that is a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldOption {
    #[serde(default, deserialize_with = "text")]
    pub(super) option_value: Option<String>,
    #[serde(default)]
    pub(super) inactive_flag: Option<bool>,
}

/// A member of a company's team.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TeamRow {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default)]
    pub(super) account_manager_flag: Option<bool>,
    #[serde(default)]
    pub(super) member: Option<Reference>,
    #[serde(default)]
    pub(super) contact: Option<Reference>,
}

impl TeamRow {
    /// What is asked of a team.
    pub(super) const FIELDS: &'static str = "id,accountManagerFlag,member,contact";
}

/// One of the MSP's own people.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, deserialize_with = "text")]
    pub(super) first_name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) last_name: Option<String>,
}

impl Member {
    /// What is asked of a member.
    pub(super) const FIELDS: &'static str = "id,firstName,lastName";
}

/// Holds what is public of a company id; `null` where there is no such company (seen by clients).
#[derive(Deserialize)]
pub(super) struct CompanyInfo {
    #[serde(default, rename = "Codebase", deserialize_with = "text")]
    pub(super) codebase: Option<String>,
}

/// What any answer may say of a failure.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Failure {
    #[serde(deserialize_with = "text")]
    pub(super) code: Option<String>,
    /// What answers to too many requests have in place of a code (seen live by clients).
    #[serde(deserialize_with = "text")]
    pub(super) error: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) message: Option<String>,
    pub(super) errors: Option<Vec<Fault>>,
}

/// One of the things that are wrong with a request.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Fault {
    #[serde(deserialize_with = "text")]
    pub(super) code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) message: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) field: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_left_out_and_empty_references_are_no_trouble() {
        let contact: Contact = serde_json::from_value(json!({
            "id": 57919, "firstName": "Ann", "company": {}, "site": {}, "companyLocation": {}, "_info": {}}))
        .expect("a contact");
        assert_eq!((contact.id, contact.company_id(), contact.last_name), (57_919, None, None));
        assert!(contact.communication_items.is_none() && contact.custom_fields.is_none());
        let company: Company =
            serde_json::from_value(json!({"id": "250", "territory": {}, "newIn2027": [1]}))
                .expect("a company");
        assert_eq!((company.id, company.territory.and_then(|reference| reference.id)), (250, None));
    }

    #[test]
    fn a_whole_record_keeps_what_is_not_looked_at() {
        let record = json!({"id": 1, "nickName": "Annie", "zip": 90210});
        let whole: Whole<Contact> = serde_json::from_value(record.clone()).expect("a contact");
        assert_eq!((whole.raw, whole.record.zip.as_deref()), (record, Some("90210")));
    }

    #[test]
    fn a_record_without_an_id_is_not_read() {
        assert!(serde_json::from_value::<Contact>(json!({"firstName": "Ann"})).is_err());
        assert!(serde_json::from_value::<Whole<Contact>>(json!({"id": null})).is_err());
    }

    #[test]
    fn an_unknown_company_id_is_told_by_null() {
        let info: Option<CompanyInfo> = serde_json::from_str("null").expect("nothing");
        assert!(info.is_none());
        let info: Option<CompanyInfo> =
            serde_json::from_value(json!({"CompanyName": "MSP", "Codebase": "v2025_1/", "IsCloud": "True"}))
                .expect("a company");
        assert_eq!(info.and_then(|info| info.codebase).as_deref(), Some("v2025_1/"));
    }
}
