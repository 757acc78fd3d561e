//! Records as the wire has them: what has no value is left out, names of what is referred to are looked up, and
//! what the service works out itself is worked out.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::schema::{Entity, Field, Kind, Set};
use super::{Record, Row, State, custom};

/// The fields that are wanted, each whole or one of its members.
pub(super) type Wanted = [(String, Option<String>)];

/// Fields that some contacts show as an empty object when they have no value (seen live by clients).
const EMPTY: [&str; 2] = ["companyLocation", "site"];
/// What a contact shows of its default phone item: the field, and the item's.
const PHONE: [(&str, &str); 3] =
    [("defaultPhoneType", "type"), ("defaultPhoneNbr", "value"), ("defaultPhoneExtension", "extension")];

/// Returns the record, with the wanted fields alone.
///
/// The id is always there.
pub(super) fn row(state: &State, entity: &Entity, record: &Record, wanted: Option<&Wanted>) -> Value {
    let mut row = Row::new();
    if let Some(wanted) = wanted {
        row.insert("id".to_owned(), json!(record.id()));
        for (name, member) in wanted {
            let value = field(state, entity, record, name);
            let value =
                member.as_ref().map_or_else(|| value.clone().into_owned(), |member| trimmed(&value, member));
            merge(&mut row, name, value);
        }
    } else {
        row.clone_from(&record.fields);
        let other = entity.fields.iter().filter(|field| field.shown_otherwise());
        for field in other {
            row.insert(field.name.to_owned(), known(state, entity, record, field));
        }
        for name in EMPTY.into_iter().filter(|_| empty_is_shown(entity, record)) {
            let value = row.entry(name).or_insert(Value::Null);
            if value.is_null() {
                *value = json!({});
            }
        }
        if row.contains_key("_info") {
            row.insert("_info".to_owned(), info(state, entity, record));
        }
    }
    row.retain(|_, value| !value.is_null() && value != "");
    Value::Object(row)
}

/// Returns what a field shows; null where there is nothing.
pub(super) fn field<'a>(state: &State, entity: &Entity, record: &'a Record, name: &str) -> Cow<'a, Value> {
    if name == "_info" {
        return Cow::Owned(info(state, entity, record));
    }
    match entity.field(name).filter(|field| field.shown_otherwise()) {
        Some(field) => Cow::Owned(known(state, entity, record, field)),
        None => record.fields.get(name).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
    }
}

/// Returns the same for a field that shows something else than what is kept.
fn known(state: &State, entity: &Entity, record: &Record, field: &Field) -> Value {
    match field.kind {
        Kind::Reference(set) => reference(state, set, record.fields.get(field.name)),
        Kind::Items => items(state, record),
        Kind::Custom => custom::shown(state, entity, record),
        Kind::Types => types(state, entity, record, field.name),
        _ if entity.set == Set::Communications => item_detail(state, &record.fields, field.name),
        Kind::Bool => json!(false),
        _ => default_phone(state, record, field.name),
    }
}

fn empty_is_shown(entity: &Entity, record: &Record) -> bool {
    entity.set == Set::Contacts && record.id() % 2 == 0
}

/// Returns the member of an object, or of each object of an array, inside what holds it.
fn trimmed(value: &Value, member: &str) -> Value {
    match value {
        Value::Array(values) => values.iter().map(|value| trimmed(value, member)).collect(),
        Value::Object(row) => row.get(member).map_or(Value::Null, |value| json!({member: value})),
        _ => Value::Null,
    }
}

/// Adds a field; of one that is there already, the further members.
fn merge(row: &mut Row, name: &str, value: Value) {
    match (row.get_mut(name), value) {
        (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
        (Some(Value::Array(old)), Value::Array(new)) if old.len() == new.len() => {
            for pair in old.iter_mut().zip(new) {
                if let (Value::Object(old), Value::Object(new)) = pair {
                    old.extend(new);
                }
            }
        }
        (_, value) => drop(row.insert(name.to_owned(), value)),
    }
}

/// Returns a reference with the names that the record it means has now.
pub(super) fn reference(state: &State, set: Set, stored: Option<&Value>) -> Value {
    let Some(Value::Object(stored)) = stored else { return Value::Null };
    let mut shown = stored.clone();
    let id = stored.get("id").and_then(Value::as_i64);
    let Some(record) = id.and_then(|id| state.table(set)?.get(&id)) else { return Value::Object(shown) };
    let mut tell = |name: &str, text: String| drop(shown.insert(name.to_owned(), json!(text)));
    if matches!(set, Set::Companies | Set::Members) {
        tell("identifier", record.text("identifier").to_owned());
    }
    tell("name", name(set, record));
    if set == Set::Companies {
        let address = format!("{}/company/companies/{}", state.links, record.id());
        shown.insert("_info".to_owned(), json!({"company_href": address}));
    }
    Value::Object(shown)
}

/// Returns the name of a record where others refer to it.
pub(super) fn name(set: Set, record: &Record) -> String {
    match set {
        Set::Members | Set::Contacts => {
            format!("{} {}", record.text("firstName"), record.text("lastName")).trim().to_owned()
        }
        Set::ContactTypes | Set::CommunicationTypes => record.text("description").to_owned(),
        _ => record.text("name").to_owned(),
    }
}

fn info(state: &State, entity: &Entity, record: &Record) -> Value {
    let mut info = match record.fields.get("_info") {
        Some(Value::Object(info)) => info.clone(),
        _ => Row::new(),
    };
    if entity.set == Set::Contacts {
        let id = record.id();
        // Some contacts tell nothing (seen live by clients); what was kept still counts in conditions.
        if id % 10 == 4 {
            return json!({});
        }
        let address = format!("{}/company/contacts/{id}/communications", state.links);
        info.insert("communications_href".to_owned(), json!(address));
    }
    Value::Object(info)
}

fn items(state: &State, record: &Record) -> Value {
    let items = record.items().iter().filter_map(Value::as_object).map(|stored| {
        let mut item = stored.clone();
        item.insert("type".to_owned(), reference(state, Set::CommunicationTypes, stored.get("type")));
        for name in ["communicationType", "domain"] {
            item.insert(name.to_owned(), item_detail(state, stored, name));
        }
        item.retain(|_, value| !value.is_null() && value != "");
        Value::Object(item)
    });
    let items: Vec<Value> = items.collect();
    if items.is_empty() { Value::Null } else { Value::Array(items) }
}

/// Returns the class of an item's type.
pub(super) fn class(state: &State, item: &Row) -> &'static str {
    let kind = item.get("type").and_then(|kind| state.communication_types.get(&kind.get("id")?.as_i64()?));
    let flags = [("emailFlag", "Email"), ("faxFlag", "Fax"), ("phoneFlag", "Phone")];
    let class = kind.and_then(|kind| flags.iter().find(|(flag, _)| kind.flag(flag)));
    class.map_or("", |(_, class)| class)
}

fn item_detail(state: &State, item: &Row, name: &str) -> Value {
    let class = class(state, item);
    match name {
        "communicationType" if class.is_empty() => item.get(name).cloned().unwrap_or_default(),
        "communicationType" => json!(class),
        _ if class == "Email" => {
            let value = item.get("value").and_then(Value::as_str).unwrap_or_default();
            value.rfind('@').map_or(Value::Null, |at| json!(&value[at..]))
        }
        _ => Value::Null,
    }
}

fn default_phone(state: &State, contact: &Record, name: &str) -> Value {
    let of = PHONE.iter().find(|(field, _)| *field == name).map_or("", |(_, of)| of);
    let marked = |item: &&Row| item.get("defaultFlag") == Some(&Value::Bool(true));
    let mut items = contact.items().iter().filter_map(Value::as_object).filter(marked);
    let item = items.find(|item| class(state, item) == "Phone");
    let value = item.and_then(|item| item.get(of));
    match (of, value) {
        ("type", value) => reference(state, Set::CommunicationTypes, value)["name"].take(),
        (_, value) => value.cloned().unwrap_or_default(),
    }
}

fn types(state: &State, entity: &Entity, record: &Record, name: &str) -> Value {
    if name != "types" || record.types.is_empty() {
        return Value::Null;
    }
    let set = if entity.set == Set::Contacts { Set::ContactTypes } else { Set::CompanyTypes };
    record.types.values().map(|id| reference(state, set, Some(&json!({"id": id})))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ok, state};
    use super::*;

    #[test]
    fn what_has_no_value_is_left_out_and_an_empty_reference_is_an_object_or_nothing() {
        let mut state = state(4);
        state.contacts.get_mut(&1_740_002).unwrap().set("title", "");
        let even = ok(&mut state, "/company/contacts/1740002");
        assert_eq!((&even["site"], &even["companyLocation"]), (&json!({}), &json!({})));
        assert!(["title", "addressLine1", "defaultPhoneNbr"].iter().all(|name| even.get(*name).is_none()));
        let odd = ok(&mut state, "/company/contacts/1740001");
        assert!(odd.get("site").is_none() && odd.get("companyLocation").is_none());
    }

    #[test]
    fn some_contacts_tell_nothing_of_their_history() {
        let mut state = state(4);
        assert_eq!(ok(&mut state, "/company/contacts/1740004")["_info"], json!({}));
        let info = ok(&mut state, "/company/contacts/1740003")["_info"].take();
        assert_eq!(info["lastUpdated"], "2025-01-02T03:04:05Z");
        assert!(info.as_object().unwrap().values().all(Value::is_string));
    }

    #[test]
    fn a_new_name_is_seen_wherever_it_is_referred_to() {
        let mut state = state(1);
        state.companies.get_mut(&174).unwrap().set("name", "Renamed");
        state.communication_types.get_mut(&1).unwrap().set("description", "E-mail");
        let contact = ok(&mut state, "/company/contacts/1740001");
        assert_eq!(contact["company"]["name"], "Renamed");
        assert_eq!(contact["communicationItems"][0]["type"]["name"], "E-mail");
    }
}
