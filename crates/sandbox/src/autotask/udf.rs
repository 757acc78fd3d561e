//! User-defined fields: definitions, list items, and values on records.

use serde_json::{Value, json};

use super::schema::{Entity, OF_COMPANY, OF_CONTACT};
use super::{Choice, ListValues, Record, Row, State};

// The numbers behind these labels are not published; the sandbox's are made up, so that clients look them up.

/// Text.
pub(crate) const STRING: i64 = 41;
/// A number.
pub(crate) const NUMERIC: i64 = 42;
/// A date.
pub(crate) const DATE: i64 = 43;
/// One of a list's items.
pub(crate) const LIST: i64 = 44;
/// No particular format.
pub(super) const UNDEFINED: i64 = 51;
/// Text of one line.
pub(super) const SINGLE_LINE: i64 = 52;
/// Text of many lines.
const TEXT_BOX: i64 = 53;

/// What the numbers mean: the field of the definition, the number, the label.
pub(super) const LABELS: [(&str, i64, &str); 9] = [
    ("udfType", OF_COMPANY, "Company"),
    ("udfType", OF_CONTACT, "Contact"),
    ("dataType", STRING, "String"),
    ("dataType", NUMERIC, "Numeric"),
    ("dataType", DATE, "Date"),
    ("dataType", LIST, "List"),
    ("displayFormat", UNDEFINED, "Undefined"),
    ("displayFormat", SINGLE_LINE, "Single Line"),
    ("displayFormat", TEXT_BOX, "Text Box"),
];

/// Active definitions of an entity kind; a further one is refused.
const LIMITS: [(i64, usize); 2] = [(OF_COMPANY, 200), (OF_CONTACT, 100)];

/// Returns the active definitions of an entity.
pub(super) fn definitions<'a>(state: &'a State, entity: &Entity) -> impl Iterator<Item = &'a Record> {
    let kind = entity.udf;
    state
        .definitions
        .values()
        .filter(move |one| kind.is_some() && one.number("udfType") == kind && one.flag("isActive"))
}

/// Returns the active definition of that name, in any case.
pub(super) fn find<'a>(state: &'a State, entity: &Entity, name: &str) -> Option<&'a Record> {
    definitions(state, entity).find(|one| one.text("name").to_lowercase() == name.to_lowercase())
}

/// Returns the longest text a definition takes (inferred; the service's metadata has it).
pub(super) fn length(definition: &Record) -> usize {
    match (definition.number("dataType"), definition.number("displayFormat")) {
        (Some(STRING), Some(TEXT_BOX)) => 8000,
        (Some(STRING), _) => 255,
        (Some(LIST), _) => 128,
        _ => 0,
    }
}

/// Returns the items of a definition's list.
pub(super) fn choices(state: &State, definition: &Record) -> Vec<Choice> {
    let id = definition.number("id");
    let items = state.list_items.values().filter(|item| item.number("udfFieldId") == id);
    items
        .map(|item| Choice {
            value: match state.list_values {
                ListValues::Text => item.text("valueForDisplay").to_owned(),
                ListValues::Number => item.number("id").unwrap_or_default().to_string(),
            },
            label: item.text("valueForDisplay").to_owned(),
            active: item.flag("isActive"),
        })
        .collect()
}

/// Returns a record's value of a definition, as reads show it.
pub(super) fn value(state: &State, definition: &Record, record: &Record) -> Option<String> {
    let stored = record.udf.get(definition.text("name"))?;
    if definition.number("dataType") != Some(LIST) {
        return Some(stored.clone());
    }
    let choice = choices(state, definition).into_iter().find(|choice| choice.label == *stored);
    Some(choice.map_or_else(|| stored.clone(), |choice| choice.value))
}

/// Returns the `userDefinedFields` of a record; `only` names the wanted ones.
///
/// A record without any value has an empty array or nothing at all, but where it was replaced.
pub(super) fn shown(
    state: &State,
    entity: &Entity,
    record: &Record,
    only: Option<&[String]>,
) -> Option<Value> {
    let mut any = false;
    let mut fields = Vec::new();
    for definition in definitions(state, entity) {
        let name = definition.text("name");
        let value = value(state, definition, record);
        any |= value.is_some();
        if only.is_none_or(|only| only.iter().any(|wanted| wanted == name)) {
            fields.push(json!({"name": name, "value": value}));
        }
    }
    if any || record.replaced {
        return Some(Value::Array(fields));
    }
    (record.number("id").unwrap_or_default() % 2 != 0).then(|| json!([]))
}

/// Returns what is stored for a value that is written; `None` clears.
///
/// # Errors
/// `None` for a value the service cannot decode, else what is wrong with it.
pub(super) fn accept(
    state: &State,
    definition: &Record,
    value: &Value,
) -> Result<Option<String>, Option<String>> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(None),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let name = definition.text("name");
    let fits = match definition.number("dataType") {
        Some(NUMERIC) => text.parse::<f64>().is_ok(),
        Some(DATE) => super::date(&text).is_some(),
        Some(LIST) => {
            let choice = choices(state, definition)
                .into_iter()
                .find(|choice| choice.active && choice.value.eq_ignore_ascii_case(&text));
            let label = choice.map(|choice| Some(choice.label));
            return label
                .ok_or_else(|| Some(format!("The value {text} is not an active item of the list {name}.")));
        }
        _ if text.chars().count() > length(definition) => {
            return Err(Some(format!(
                "The user-defined field {name} takes at most {} characters.",
                length(definition)
            )));
        }
        _ => true,
    };
    if fits {
        return Ok(Some(text));
    }
    Err(Some(format!("The value {text} does not fit the type of the user-defined field {name}.")))
}

/// Returns what speaks against a definition; `id` is its own once it has one.
pub(super) fn judge_definition(state: &State, fields: &Row, id: Option<i64>) -> Vec<String> {
    let number = |field: &str| fields.get(field).and_then(Value::as_i64);
    let name = fields.get("name").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let siblings = || {
        state
            .definitions
            .values()
            .filter(|one| one.number("udfType") == number("udfType") && one.number("id") != id)
    };
    let mut mistakes = Vec::new();
    if siblings().any(|one| one.text("name").to_lowercase() == name) {
        mistakes.push(format!("A user-defined field with the name {name} exists."));
    }
    let limit = LIMITS.iter().find(|(kind, _)| Some(*kind) == number("udfType")).map(|(_, limit)| *limit);
    let active = siblings().filter(|one| one.flag("isActive")).count();
    if limit.is_some_and(|limit| active >= limit) && fields.get("isActive") != Some(&json!(false)) {
        mistakes.push("The limit of active user-defined fields is reached.".to_owned());
    }
    if number("sortOrder").is_some_and(|order| order <= 0) {
        mistakes.push("The sort order must be above 0.".to_owned());
    }
    let yes = |field: &str| fields.get(field) == Some(&json!(true));
    if yes("isEncrypted") && !yes("isProtected") {
        mistakes.push("An encrypted field must be protected.".to_owned());
    }
    mistakes
}

/// Returns what speaks against a list item.
pub(super) fn judge_item(state: &State, fields: &Row, id: Option<i64>) -> Vec<String> {
    let text = |field: &str| fields.get(field).and_then(Value::as_str).unwrap_or_default();
    let siblings = state.list_items.values().filter(|item| {
        item.number("udfFieldId") == fields.get("udfFieldId").and_then(Value::as_i64)
            && item.number("id") != id
    });
    let twice = siblings
        .filter(|item| {
            ["valueForDisplay", "valueForExport"].iter().any(|field| item.text(field) == text(field))
        })
        .count();
    if twice == 0 { Vec::new() } else { vec!["The list has an item of this value.".to_owned()] }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{error, ok, state};
    use super::*;

    const PATCH: &str = "/Companies/174/Contacts";

    fn write(value: &Value) -> Value {
        json!({"id": 1_740_003, "userDefinedFields": [value]})
    }

    #[test]
    fn values_are_written_one_by_one_and_the_others_stay() {
        let mut state = state(4);
        ok(&mut state, "PATCH", PATCH, Some(&write(&json!({"name": "supportpin", "value": "4821"}))));
        let udf = &state.contacts[&1_740_003].udf;
        assert_eq!((udf["SupportPIN"].as_str(), udf["Office365Id"].as_str()), ("4821", "oid-1740003"));
        ok(&mut state, "PATCH", PATCH, Some(&write(&json!({"name": "Office365Id", "value": null}))));
        assert!(!state.contacts[&1_740_003].udf.contains_key("Office365Id"));
    }

    #[test]
    fn a_record_without_values_shows_an_empty_array_or_nothing() {
        let mut state = state(4);
        let mut item = |id: i64| ok(&mut state, "GET", &format!("/Contacts/{id}"), None)["item"].take();
        assert_eq!(item(1_740_001)["userDefinedFields"], json!([]));
        assert!(item(1_740_002).get("userDefinedFields").is_none());
        let full = item(1_740_003);
        let names: Vec<_> =
            full["userDefinedFields"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["TypeMapping", "SupportPIN", "IsOffice365", "Office365Id"]);
        assert_eq!(full["userDefinedFields"][1]["value"], Value::Null);
    }

    #[test]
    fn what_does_not_fit_the_definition_is_refused() {
        let mut state = state(4);
        let long = "x".repeat(256);
        for (value, expected) in [
            (json!({"name": "Nothing", "value": "1"}), "Unable to find Nothing"),
            (json!({"name": "IsOffice365", "value": "yes"}), "not an active item"),
            (json!({"name": "SupportPIN", "value": long}), "at most 255"),
            (json!({"name": "SupportPIN", "value": true}), "An unexpected error"),
            (json!({"SupportPIN": "1"}), "An unexpected error"),
        ] {
            let message = error(&mut state, "PATCH", PATCH, &write(&value));
            assert!(message.contains(expected), "{value}: {message}");
        }
        for body in [
            json!({"id": 1_740_003, "SupportPIN": "1"}),
            json!({"id": 1_740_003, "userDefinedFields": {"SupportPIN": "1"}}),
        ] {
            assert!(error(&mut state, "PATCH", PATCH, &body).contains("Error ID"));
        }
    }

    #[test]
    fn a_list_is_written_and_read_by_number_where_the_tenant_has_it_so() {
        let mut state = state(4);
        state.list_values = ListValues::Number;
        let info = ok(&mut state, "GET", "/Contacts/entityInformation/userDefinedFields", None);
        let field =
            info["fields"].as_array().unwrap().iter().find(|one| one["name"] == "IsOffice365").cloned();
        let values = field.unwrap()["picklistValues"].take();
        assert_eq!((&values[1]["value"], &values[1]["label"]), (&json!("802"), &json!("false")));
        assert!(
            error(&mut state, "PATCH", PATCH, &write(&json!({"name": "IsOffice365", "value": "false"})))
                .contains("not an active item")
        );
        ok(&mut state, "PATCH", PATCH, Some(&write(&json!({"name": "IsOffice365", "value": "802"}))));
        let shown = ok(&mut state, "GET", "/Contacts/1740003", None);
        assert_eq!(shown["item"]["userDefinedFields"][2], json!({"name": "IsOffice365", "value": "802"}));
        assert_eq!(state.contacts[&1_740_003].udf["IsOffice365"], "false");
    }

    #[test]
    fn a_removed_or_retyped_definition_is_seen_at_once() {
        let mut state = state(4);
        state.definitions.retain(|_, one| one.text("name") != "SupportPIN");
        for one in state.definitions.values_mut().filter(|one| one.text("name") == "TypeMapping") {
            one.set("dataType", NUMERIC);
        }
        let info = ok(&mut state, "GET", "/Contacts/entityInformation/userDefinedFields", None);
        assert_eq!(info["fields"].as_array().unwrap().len(), 3);
        assert_eq!(info["fields"][0]["type"], "numeric");
        let value = json!({"name": "TypeMapping", "value": "User"});
        assert!(error(&mut state, "PATCH", PATCH, &write(&value)).contains("type"));
    }

    #[test]
    fn a_definition_and_its_items_can_be_made_and_used() {
        let mut state = state(4);
        let path = "/UserDefinedFieldDefinitions";
        let body =
            json!({"id": 0, "name": "Kind", "udfType": OF_CONTACT, "dataType": LIST, "isActive": true});
        let made = ok(&mut state, "POST", path, Some(&body))["itemId"].as_i64().unwrap();
        assert!(error(&mut state, "POST", path, &body).contains("exists"));
        let item = json!({"id": 0, "udfFieldId": made, "valueForDisplay": "User", "valueForExport": "User",
            "isActive": true});
        let items = format!("/UserDefinedFields/{made}/ListItems");
        ok(&mut state, "POST", &items, Some(&item));
        assert!(error(&mut state, "POST", &items, &item).contains("item"));
        let query = json!({"filter": [{"op": "eq", "field": "udfFieldId", "value": made}]});
        let listed = ok(&mut state, "POST", "/UserDefinedFieldListItems/query", Some(&query));
        assert_eq!(listed["items"][0]["valueForDisplay"], "User");
        ok(&mut state, "PATCH", PATCH, Some(&write(&json!({"name": "Kind", "value": "User"}))));
        let renamed = json!({"id": made, "name": "Sort"});
        assert!(error(&mut state, "PATCH", path, &renamed).contains("cannot be changed"));
    }

    #[test]
    fn the_number_of_active_definitions_is_limited() {
        let mut state = state(1);
        let body = |n: i64| json!({"name": format!("Field {n}"), "udfType": OF_CONTACT, "dataType": STRING, "isActive": true});
        for n in 0..96 {
            ok(&mut state, "POST", "/UserDefinedFieldDefinitions", Some(&body(n)));
        }
        let message = error(&mut state, "POST", "/UserDefinedFieldDefinitions", &body(96));
        assert!(message.contains("limit"), "{message}");
    }
}
