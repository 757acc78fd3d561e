//! Autotask's shapes on the wire: what queries look like, and what of the answers is looked at.
//!
//! Names are camelCase with a capital `ID` (vendor documents). Answers are read leniently: a number may come as
//! a text and the other way round, and a flag as `true` or as 1, because fields differ in it and old answers
//! differ from new ones (seen live by clients). Nothing that holds values has a `Debug`: user-defined fields hold PINs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::psa::lenient::{flag, maybe_number, number, text, told};

/// The most records Autotask puts on one page (vendor documents).
pub(super) const PAGE: usize = 500;

/// The most ids in one query: Autotask counts every one as an OR condition and allows 500 conditions (vendor
/// documents); the conditions beside the list are given room too.
pub(super) const IDS: usize = 497;

/// The body of a query.
#[derive(Serialize)]
pub(super) struct Query<'a> {
    #[serde(rename = "MaxRecords")]
    max_records: usize,
    #[serde(rename = "IncludeFields")]
    fields: &'a [&'static str],
    filter: Vec<Condition<'a>>,
}

/// A condition of a query. The operators are a closed set, since Autotask ignores one it does not know and then
/// answers with every record there is (seen live by clients).
#[derive(Serialize, Clone)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(super) enum Condition<'a> {
    In {
        field: &'a str,
        value: &'a [i64],
    },
    Gt {
        field: &'a str,
        value: i64,
    },
    Lte {
        field: &'a str,
        value: i64,
    },
    Eq {
        field: &'a str,
        value: &'a str,
    },
    Or {
        items: Vec<Self>,
    },
    /// One of these texts in a user-defined field. A query may name one such field (vendor documents), so the
    /// texts are a list and not conditions of their own.
    #[serde(rename = "in")]
    InUdf {
        field: &'a str,
        udf: bool,
        value: &'a [&'a str],
    },
}

impl<'a> Query<'a> {
    /// Asks for `fields` of the records whose field `by` is one of `ids` and whose id is greater than `after`.
    pub(super) fn new(fields: &'a [&'static str], by: &'a str, ids: &'a [i64], after: Option<i64>) -> Self {
        let mut filter = vec![Condition::In { field: by, value: ids }];
        filter.extend(after.map(|value| Condition::Gt { field: "id", value }));
        Self { max_records: PAGE, fields, filter }
    }

    /// Asks for `fields` of all records whose id is greater than `after`.
    pub(super) fn above(fields: &'a [&'static str], after: i64) -> Self {
        Self { max_records: PAGE, fields, filter: vec![Condition::Gt { field: "id", value: after }] }
    }

    /// Asks only for those whose id is `until` at most.
    pub(super) fn up_to(mut self, until: Option<i64>) -> Self {
        self.filter.extend(until.map(|value| Condition::Lte { field: "id", value }));
        self
    }

    /// Asks only for those that meet `condition` too.
    pub(super) fn and(mut self, condition: Option<&Condition<'a>>) -> Self {
        self.filter.extend(condition.cloned());
        self
    }
}

/// One page of a query's answer.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) page_details: Option<PageDetails>,
}

/// What a page says beside its records.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Beside {
    pub(super) page_details: Option<PageDetails>,
}

/// How many records a query would give.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Count {
    pub(super) query_count: usize,
}

/// Holds the place of a page among the others.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageDetails {
    /// Null on the last page.
    pub(super) next_page_url: Option<String>,
}

/// A company.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Company {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, rename = "companyName", deserialize_with = "text")]
    pub(super) name: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
    #[serde(default, rename = "territoryID", deserialize_with = "maybe_number")]
    pub(super) territory: Option<i64>,
    #[serde(default, rename = "ownerResourceID", deserialize_with = "maybe_number")]
    pub(super) owner: Option<i64>,
    #[serde(default)]
    pub(super) user_defined_fields: Option<Vec<UdfValue>>,
}

impl Company {
    /// What is asked of a company.
    pub(super) const FIELDS: &'static [&'static str] =
        &["id", "companyName", "isActive", "territoryID", "ownerResourceID", "userDefinedFields"];
}

/// A contact. Every property is asked for: a null one is a blank text, a missing one was not read. Without its addresses
/// there is no telling whose it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Contact {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(rename = "companyID", deserialize_with = "number")]
    pub(super) company: i64,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
    #[serde(default, deserialize_with = "told")]
    pub(super) first_name: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) last_name: Option<String>,
    #[serde(deserialize_with = "told")]
    pub(super) email_address: Option<String>,
    #[serde(deserialize_with = "told")]
    pub(super) email_address2: Option<String>,
    #[serde(deserialize_with = "told")]
    pub(super) email_address3: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) title: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) phone: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) extension: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) mobile_phone: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) address_line: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) city: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) state: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) zip_code: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) last_modified_date: Option<String>,
    #[serde(default)]
    pub(super) user_defined_fields: Option<Vec<UdfValue>>,
}

impl Contact {
    /// What is asked of a contact. A name that the entity does not have would fail the query.
    pub(super) const FIELDS: &'static [&'static str] = &[
        "id",
        "companyID",
        "isActive",
        "firstName",
        "lastName",
        "emailAddress",
        "emailAddress2",
        "emailAddress3",
        "title",
        "phone",
        "extension",
        "mobilePhone",
        "addressLine",
        "city",
        "state",
        "zipCode",
        "lastModifiedDate",
        "userDefinedFields",
    ];
}

/// The value of one user-defined field.
#[derive(Deserialize)]
pub(super) struct UdfValue {
    pub(super) name: String,
    /// A text whatever the field's type (vendor documents), or null.
    #[serde(default, deserialize_with = "text")]
    pub(super) value: Option<String>,
}

/// One of the MSP's own people.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resource {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, deserialize_with = "told")]
    pub(super) first_name: Option<String>,
    #[serde(default, deserialize_with = "told")]
    pub(super) last_name: Option<String>,
}

impl Resource {
    /// What is asked of a resource.
    pub(super) const FIELDS: &'static [&'static str] = &["id", "firstName", "lastName"];
}

/// Holds the definition of a user-defined field. Labels say what its numbers mean.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Definition {
    #[serde(deserialize_with = "number")]
    pub(super) id: i64,
    #[serde(default, deserialize_with = "text")]
    pub(super) name: Option<String>,
    /// What sort of record has the field.
    #[serde(rename = "udfType", deserialize_with = "number")]
    pub(super) on: i64,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
}

impl Definition {
    /// What is asked of a definition.
    pub(super) const FIELDS: &'static [&'static str] = &["id", "name", "udfType", "isActive"];
}

/// The fields of an entity, own or user-defined.
#[derive(Deserialize)]
pub(super) struct FieldList {
    pub(super) fields: Vec<FieldInfo>,
}

/// A field as Autotask describes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldInfo {
    pub(super) name: String,
    /// The type of a user-defined field.
    #[serde(default, rename = "type", deserialize_with = "text")]
    pub(super) kind: Option<String>,
    /// The type of an own field.
    #[serde(default, deserialize_with = "text")]
    pub(super) data_type: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) length: Option<i64>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_required: Option<bool>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_read_only: Option<bool>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_pick_list: Option<bool>,
    #[serde(default)]
    pub(super) picklist_values: Option<Vec<PicklistValue>>,
}

/// An entry of a picklist.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PicklistValue {
    /// A text, even where the entity's field is a number (vendor documents).
    #[serde(default, deserialize_with = "text")]
    pub(super) value: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) label: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub(super) is_active: Option<bool>,
}

/// Where a database lives.
#[derive(Deserialize)]
pub(super) struct Zone {
    /// The address up to and with `atservicesrest`, with or without a slash at its end.
    pub(super) url: String,
}

/// How much of the hour's requests all integrations have used.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Threshold {
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) current_timeframe_request_count: Option<i64>,
}

/// The answer to a write: the record's id and nothing else.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) item_id: Option<i64>,
}

/// What any answer may say of a failure.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Failure {
    pub(super) errors: Option<Value>,
    #[serde(deserialize_with = "text")]
    pub(super) error_id: Option<String>,
    #[serde(rename = "Message", deserialize_with = "text")]
    pub(super) message: Option<String>,
}

/// What may be done with an entity.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct EntityInformation {
    pub(super) info: Access,
}

/// What the API user may do with an entity: `All`, `Restricted` or `None` each.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
pub(super) struct Access {
    #[serde(rename = "userAccessForQuery")]
    pub(super) query: Option<String>,
    #[serde(rename = "userAccessForCreate")]
    pub(super) create: Option<String>,
    #[serde(rename = "userAccessForUpdate")]
    pub(super) update: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_query_spells_what_autotask_understands() {
        let query = Query::new(&["id", "companyID"], "companyID", &[0, 174], None);
        let body = serde_json::to_value(&query).expect("a plain body");
        assert_eq!(
            body,
            json!({"MaxRecords": 500, "IncludeFields": ["id", "companyID"],
                   "filter": [{"op": "in", "field": "companyID", "value": [0, 174]}]})
        );
        let query = Query::new(&["id"], "id", &[7], Some(29));
        let body = serde_json::to_value(&query).expect("a plain body");
        assert_eq!(body["filter"][1], json!({"op": "gt", "field": "id", "value": 29}));
    }

    #[test]
    fn ids_and_flags_are_read_in_either_spelling() {
        let spellings = [
            json!({"id": 29, "companyID": 0, "isActive": 0}),
            json!({"id": "29", "companyID": "0", "isActive": false}),
            json!({"id": 29, "companyID": 0, "isActive": "0"}),
        ];
        for mut spelling in spellings {
            for address in ["emailAddress", "emailAddress2", "emailAddress3"] {
                spelling[address] = json!(null);
            }
            let contact: Contact = serde_json::from_value(spelling).expect("a contact");
            assert_eq!((contact.id, contact.company, contact.is_active), (29, 0, Some(false)));
        }
    }

    #[test]
    fn a_number_where_a_text_belongs_is_read_as_text() {
        let contact: Contact = serde_json::from_value(json!({
            "id": 1, "companyID": 2, "zipCode": 90210, "title": null,
            "emailAddress": "ann@contoso.example", "emailAddress2": null, "emailAddress3": null,
            "userDefinedFields": [{"name": "Desk", "value": 7}, {"name": "Hat", "value": null}]
        }))
        .expect("a contact");
        assert_eq!(contact.zip_code.as_deref(), Some("90210"));
        assert_eq!((contact.title.as_deref(), contact.city), (Some(""), None), "blank, and not read");
        let values = contact.user_defined_fields.unwrap_or_default();
        assert_eq!(values[0].value.as_deref(), Some("7"));
        assert_eq!(values[1].value, None);
    }

    #[test]
    fn a_record_without_an_id_is_not_read() {
        assert!(serde_json::from_value::<Contact>(json!({"companyID": 2})).is_err());
        assert!(serde_json::from_value::<Contact>(json!({"id": null, "companyID": 2})).is_err());
        let without_address = json!({"id": 1, "companyID": 2, "emailAddress2": null, "emailAddress3": null});
        assert!(serde_json::from_value::<Contact>(without_address).is_err());
    }
}
