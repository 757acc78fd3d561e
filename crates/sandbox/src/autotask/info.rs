//! Descriptions of entities, as the service gives them to clients.

use serde_json::{Value, json};

use super::schema::{Entity, Field, Kind};
use super::{Choice, Response, State, refusal, udf};

/// Types of companies.
const COMPANY_TYPES: [(i64, &str); 7] = [
    (1, "Customer"),
    (2, "Lead"),
    (3, "Prospect"),
    (4, "Dead"),
    (5, "Cancelation"),
    (6, "Vendor"),
    (7, "Partner"),
];

/// Returns what may be done with an entity.
pub(super) fn entity(state: &State, entity: &Entity) -> Response {
    let access = |action: &str| match (state.denies(entity, action), state.invisible.contains(entity.path)) {
        (true, _) => "None",
        (false, true) if action == "query" => "Restricted",
        (false, _) => "All",
    };
    let writable = entity.path != "Resources";
    let deletable = entity.path == "Contacts";
    let right = |can: bool, action: &str| if can { access(action) } else { "None" };
    let info = json!({
        "name": entity.name,
        "canCreate": writable,
        "canDelete": deletable,
        "canQuery": true,
        "canUpdate": writable,
        "userAccessForCreate": right(writable, "create"),
        "userAccessForDelete": right(deletable, "delete"),
        "userAccessForQuery": right(true, "query"),
        "userAccessForUpdate": right(writable, "update"),
        "hasUserDefinedFields": entity.udf.is_some(),
        "supportsWebhookCallouts": entity.udf.is_some(),
    });
    Response::json(200, &json!({"info": info}))
}

/// Returns the standard fields.
pub(super) fn fields(state: &State, entity: &Entity) -> Response {
    let fields: Vec<Value> = entity.fields.iter().map(|field| standard(state, field)).collect();
    Response::json(200, &json!({"fields": fields}))
}

/// Returns the user-defined fields.
pub(super) fn user_defined(state: &State, entity: &Entity) -> Response {
    if entity.udf.is_none() {
        return refusal::nowhere();
    }
    let fields: Vec<Value> = udf::definitions(state, entity)
        .map(|definition| {
            let list = definition.number("dataType") == Some(udf::LIST);
            json!({
                "name": definition.text("name"),
                "label": definition.text("name"),
                "type": match definition.number("dataType") {
                    Some(udf::NUMERIC) => "numeric",
                    Some(udf::DATE) => "datetime",
                    _ => "string",
                },
                "length": udf::length(definition),
                "description": definition.fields.get("description"),
                "isRequired": definition.flag("isRequired"),
                "isReadOnly": false,
                "isQueryable": !definition.flag("isEncrypted"),
                "isReference": false,
                "referenceEntityType": null,
                "isPickList": list,
                "picklistValues": list.then(|| picklist(&udf::choices(state, definition))),
                "picklistParentValueField": null,
                "defaultValue": definition.fields.get("defaultValue"),
                "isSupportedWebhookField": true,
            })
        })
        .collect();
    Response::json(200, &json!({"fields": fields}))
}

/// Returns the picklist of a field; empty where the sandbox has none.
pub(super) fn choices(state: &State, field: &Field) -> Vec<Choice> {
    let choice =
        |value: i64, label: &str| Choice { value: value.to_string(), label: label.into(), active: true };
    match field.name {
        "territoryID" => state.territories.clone(),
        "companyType" => COMPANY_TYPES.iter().map(|(value, label)| choice(*value, label)).collect(),
        name => {
            let labels = udf::LABELS.iter().filter(|(field, ..)| *field == name);
            labels.map(|(_, value, label)| choice(*value, label)).collect()
        }
    }
}

fn standard(state: &State, field: &Field) -> Value {
    let (kind, length) = match field.kind {
        Kind::Text(length) => ("string", length),
        Kind::Int if field.name == "id" => ("long", 0),
        Kind::Int => ("integer", 0),
        Kind::Decimal => ("double", 0),
        Kind::Bool => ("boolean", 0),
        Kind::Date => ("datetime", 0),
    };
    json!({
        "name": field.name,
        "dataType": kind,
        "length": length,
        "isRequired": field.required,
        "isReadOnly": field.fixed,
        "isQueryable": !field.hidden,
        "isReference": field.reference.is_some(),
        "referenceEntityType": field.reference,
        "isPickList": field.picklist,
        "picklistValues": field.picklist.then(|| picklist(&choices(state, field))),
        "picklistParentValueField": null,
        "isSupportedWebhookField": false,
    })
}

fn picklist(choices: &[Choice]) -> Value {
    let value = |(order, choice): (usize, &Choice)| {
        json!({
            "value": choice.value,
            "label": choice.label,
            "isDefaultValue": false,
            "sortOrder": order + 1,
            "parentValue": null,
            "isActive": choice.active,
            "isSystem": false,
        })
    };
    choices.iter().enumerate().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ok, send, state};
    use super::*;

    fn field(state: &mut State, path: &str, name: &str) -> Value {
        let info = ok(state, "GET", path, None);
        info["fields"].as_array().unwrap().iter().find(|field| field["name"] == name).cloned().unwrap()
    }

    #[test]
    fn a_territory_is_a_number_in_records_and_a_text_in_its_picklist() {
        let mut state = state(1);
        let field = field(&mut state, "/Companies/entityInformation/fields", "territoryID");
        assert_eq!(field["picklistValues"][0]["value"], "3");
        assert_eq!(field["picklistValues"][0]["label"], "North");
        assert_eq!(ok(&mut state, "GET", "/Companies/174", None)["item"]["territoryID"], 3);
    }

    #[test]
    fn fields_tell_lengths_and_marks() {
        let mut state = state(1);
        let path = "/Contacts/entityInformation/fields";
        assert_eq!(field(&mut state, path, "title")["length"], 50);
        assert_eq!(field(&mut state, path, "lastName")["isRequired"], true);
        assert_eq!(field(&mut state, path, "companyID")["isReadOnly"], true);
        assert_eq!(field(&mut state, path, "isActive")["dataType"], "integer");
        assert_eq!(field(&mut state, path, "surveyOptOut")["isQueryable"], false);
    }

    #[test]
    fn missing_rights_are_told() {
        let mut state = state(1);
        state.denied.insert("Contacts/update".into());
        let rights = |state: &mut State| {
            let info = ok(state, "GET", "/Contacts/entityInformation", None)["info"].take();
            ["Update", "Query"].map(|action| info[format!("userAccessFor{action}")].clone())
        };
        assert_eq!(rights(&mut state), ["None", "All"]);
        state.invisible.insert("Contacts".into());
        assert_eq!(rights(&mut state), ["None", "Restricted"]);
        let path = "/Resources/entityInformation/userDefinedFields";
        assert_eq!(send(&mut state, "GET", path, None).status, 404);
    }
}
