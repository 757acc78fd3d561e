//! Custom fields: the definitions of a module, the values of one record at a time, and one value written at a
//! time. Definitions cannot be made here, and there is no checkbox among their types.

use serde_json::{Value, json};

use super::bind::{self, Object};
use super::query::{said, yes};
use super::schema::{ACCOUNT, CONTACT, Entity, LONG};
use super::{
    Answer, Call, Choice, CustomField, DataType, ListValues, Module, Refusal, Row, State, answer, now,
    number, write,
};

impl DataType {
    /// Returns the number on the wire.
    ///
    /// The real ones are not published; these are made up.
    fn number(self) -> i64 {
        match self {
            Self::FreeText => 0,
            Self::Date => 2,
            Self::Numeric => 3,
            Self::Money => 4,
            Self::DataList => 5,
        }
    }
}

/// Returns the fields that a module defines; for a number that is no module there is only an error.
pub(super) fn definitions(state: &mut State, call: &Call) -> Answer {
    let inactive = said(call, "withInactive").next().map_or(Ok(false), |text| yes("withInactive", text))?;
    let fields = module(state, call)?.fields.iter().filter(|(_, field)| inactive || field.active);
    let shown = fields.map(|(id, field)| {
        let settings =
            field.choices.iter().map(|one| json!({"id": one.id, "name": one.name, "isActive": one.active}));
        json!({
            "id": id,
            "name": field.name,
            "dataType": field.data_type.number(),
            "isRequired": field.required,
            "errorMessage": null,
            "isActive": field.active,
            "settings": settings.collect::<Vec<_>>(),
        })
    });
    Ok(answer::one(shown.collect::<Vec<_>>()))
}

/// Returns the values of one record.
pub(super) fn values(state: &mut State, call: &Call) -> Answer {
    let module = module(state, call)?;
    let record = record(state, module, call.id(1))?;
    Ok(answer::one(values_of(module, record)))
}

/// Writes one value of one record.
///
/// The record's date does not move (inferred: the worse case for clients).
pub(super) fn write(state: &mut State, call: &Call) -> Answer {
    let module = module(state, call)?;
    let object = call.id(1);
    let record = record(state, module, object)?;
    let field = module.fields.get(&call.id(2)).filter(|field| field.active);
    let field = field.ok_or(Refusal::Missing("Custom field", call.id(2)))?;
    let sent = Object::new("body", bind::body(call.request)?)?.text("Value")?;
    let accepted = accepted(field, &sent, |choice| match state.habits.list_values {
        ListValues::Name => choice.name.eq_ignore_ascii_case(&sent),
        ListValues::Id => choice.id.to_string() == sent,
    })?;
    // A choice that is not on the list changes nothing, and nothing says so but the value.
    let value = accepted.or_else(|| held(record, field).map(str::to_owned));
    let answer = json!({
        "id": value_id(object, call.id(2)),
        "modifiedBy": write::USER,
        "modifiedOn": now(),
        "value": value,
        "entityId": object,
        "customFieldName": field.name,
        "customFieldId": call.id(2),
        "moduleName": module.name,
        "moduleId": call.id(0),
    });
    let name = field.name.clone();
    let table = if module.name == ACCOUNTS { &mut state.accounts } else { &mut state.contacts };
    if let (Some(record), Some(value)) = (table.get_mut(&object), value) {
        let fields = record.entry("customFields").or_insert_with(|| json!({}));
        if let Some(fields) = fields.as_object_mut() {
            fields.insert(name, json!(value));
        }
    }
    Ok(answer::one(answer))
}

/// Returns the values in the body of a new record, by name.
pub(super) fn given(state: &State, entity: &Entity, entries: &[Object]) -> Result<Row, Refusal> {
    let mut values = Row::new();
    for entry in entries {
        let (id, data, setting) =
            (entry.int("CustomFieldId")?, entry.text("Data")?, entry.int("SettingsId")?);
        let field =
            of_entity(state, entity).and_then(|module| module.fields.get(&id)).filter(|one| one.active);
        let field =
            field.ok_or_else(|| Refusal::Rules(vec![format!("CustomFieldId {id} does not exist.")]))?;
        let chosen = |choice: &Choice| choice.id == setting || choice.name.eq_ignore_ascii_case(&data);
        if let Some(value) = accepted(field, &data, chosen)? {
            values.insert(field.name.clone(), json!(value));
        }
    }
    Ok(values)
}

/// Returns the values of a record as the answer to its making shows them.
pub(super) fn shown(state: &State, entity: &Entity, record: &Row) -> Vec<Value> {
    of_entity(state, entity).map(|module| values_of(module, record)).unwrap_or_default()
}

/// The names of the modules whose records are here.
pub(super) const ACCOUNTS: &str = "Accounts";
/// The other one.
pub(super) const CONTACTS: &str = "Contacts";

fn of_entity<'a>(state: &'a State, entity: &Entity) -> Option<&'a Module> {
    let name = if entity.name == ACCOUNT.name { ACCOUNTS } else { CONTACTS };
    state.modules.values().find(|module| module.name == name)
}

fn module<'a>(state: &'a State, call: &Call) -> Result<&'a Module, Refusal> {
    let id = call.id(0);
    state.modules.get(&id).ok_or_else(|| Refusal::Rules(vec![format!("ModuleId {id} is not valid.")]))
}

fn record<'a>(state: &'a State, module: &Module, id: i64) -> Result<&'a Row, Refusal> {
    match module.name.as_str() {
        ACCOUNTS => state.account(id).ok_or(Refusal::Missing(ACCOUNT.name, id)),
        CONTACTS => state.contact(id).ok_or(Refusal::Missing(CONTACT.name, id)),
        _ => Err(Refusal::Missing("Record", id)),
    }
}

fn held<'a>(record: &'a Row, field: &CustomField) -> Option<&'a str> {
    record.get("customFields").and_then(|fields| fields.get(&field.name)).and_then(Value::as_str)
}

/// Returns the values of a record.
///
/// One that was never filled is null or not there.
fn values_of(module: &Module, record: &Row) -> Vec<Value> {
    let object = number(record, "id");
    let fields = module.fields.iter().filter(|(_, field)| field.active);
    let shown = fields.filter_map(|(id, field)| {
        let data = held(record, field);
        if data.is_none() && object % 2 == 0 {
            return None;
        }
        let choice = field.choices.iter().find(|choice| Some(choice.name.as_str()) == data);
        Some(json!({
            "id": data.map_or(0, |_| value_id(object, *id)),
            "name": field.name,
            "data": data,
            "settingsId": choice.map_or(0, |choice| choice.id),
            "customFieldType": field.data_type.number(),
            "customFieldId": id,
        }))
    });
    shown.collect()
}

/// Returns the number of a value.
fn value_id(object: i64, field: i64) -> i64 {
    object * 100 + field
}

/// Returns what is kept of a value; `None` for a list's where none of its active choices is `chosen`.
fn accepted(
    field: &CustomField,
    text: &str,
    chosen: impl Fn(&Choice) -> bool,
) -> Result<Option<String>, Refusal> {
    let name = &field.name;
    let choice = field.choices.iter().find(|choice| choice.active && chosen(choice));
    let mistake = match field.data_type {
        DataType::DataList if choice.is_some() => return Ok(choice.map(|choice| choice.name.clone())),
        _ if text.is_empty() && field.required => format!("{name} is required."),
        _ if text.is_empty() => return Ok(Some(String::new())),
        DataType::DataList => return Ok(None),
        DataType::Numeric | DataType::Money if text.parse::<f64>().is_err() => {
            format!("{name} is not a number.")
        }
        DataType::Date if bind::moment(text).is_none() => format!("{name} is not a date."),
        _ if text.chars().count() > LONG => format!("{name} is longer than {LONG} characters."),
        _ => return Ok(Some(text.to_owned())),
    };
    Err(Refusal::Rules(vec![mistake]))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fetch, ids, ok, rules, send, state};
    use super::*;
    use crate::sample;

    const CONTACT_3: &str = "/system/customFields/31/1740003";

    fn put(state: &mut State, field: i64, value: &str) -> Value {
        let target = format!("/system/customFields/data/31/1740003/{field}");
        ok(state, "PUT", &target, Some(&json!({"Value": value})))["result"].take()
    }

    /// Returns name, value and choice of every field of the contact.
    fn held(state: &mut State) -> Vec<(String, Value, Value)> {
        let values = fetch(state, CONTACT_3);
        let one = |one: &Value| {
            (one["name"].as_str().unwrap().to_owned(), one["data"].clone(), one["settingsId"].clone())
        };
        values.as_array().unwrap().iter().map(one).collect()
    }

    #[test]
    fn modules_are_found_by_the_names_of_their_fields_alone() {
        let mut state = state(1);
        let mut found = Vec::new();
        for module in 1..=80 {
            let response = send(&mut state, "GET", &format!("/system/customFields/{module}"), None);
            let answer = sample::json(&response);
            assert_eq!(response.status, 200);
            let fields = answer["result"].as_array().into_iter().flatten();
            found.extend(fields.map(|field| (module, field["name"].as_str().unwrap().to_owned())));
        }
        let wanted = ["Tenant365Id", "Impact", "TypeMapping", "SupportPIN", "IsOffice365", "Office365Id"];
        assert_eq!(found.iter().map(|(_, name)| name).collect::<Vec<_>>(), wanted);
        assert_eq!((found[0].0, found[1].0, found[3].0), (17, 22, 31));
        assert_eq!(ids(&mut state, "/system/customFields/23"), [0; 0]);
    }

    #[test]
    fn a_definition_tells_its_choices_and_the_inactive_are_told_on_request() {
        let mut state = state(1);
        state.modules.get_mut(&31).unwrap().fields.get_mut(&52).unwrap().active = false;
        let fields = fetch(&mut state, "/system/customFields/31");
        assert_eq!(fields[0]["settings"][0], json!({"id": 701, "name": "Billing Contact", "isActive": true}));
        assert_eq!((fields[1]["name"].as_str(), &fields[1]["settings"]), (Some("IsOffice365"), &json!([])));
        assert_eq!(ids(&mut state, "/system/customFields/31?withInactive=true"), [51, 52, 53, 54]);
        assert_eq!(send(&mut state, "GET", "/system/customFields/31?withInactive=maybe", None).status, 400);
    }

    #[test]
    fn a_value_never_filled_is_null_or_not_there_and_an_emptied_one_is_empty() {
        let mut state = state(6);
        let names =
            |values: &[(String, Value, Value)]| values.iter().map(|one| one.0.clone()).collect::<Vec<_>>();
        let values = held(&mut state);
        assert_eq!(names(&values), ["TypeMapping", "SupportPIN", "IsOffice365", "Office365Id"]);
        assert_eq!((&values[1].1, &values[2].1), (&Value::Null, &json!("true")));
        assert_eq!(fetch(&mut state, "/system/customFields/31/1740002"), json!([]));
        assert_eq!(fetch(&mut state, "/system/customFields/31/1740006").as_array().unwrap().len(), 2);
        put(&mut state, 53, "");
        assert_eq!(held(&mut state)[2].1, "");
    }

    #[test]
    fn one_value_is_written_and_the_others_and_the_date_stay() {
        let mut state = state(3);
        let before = state.contacts[&1_740_003].clone();
        let answer = put(&mut state, 52, "4821");
        assert_eq!((&answer["value"], &answer["moduleName"]), (&json!("4821"), &json!("Contacts")));
        assert_eq!(
            (&answer["customFieldName"], &answer["entityId"]),
            (&json!("SupportPIN"), &json!(1_740_003))
        );
        let after = &state.contacts[&1_740_003];
        assert_eq!(after["modifiedOn"], before["modifiedOn"]);
        let mut fields = before["customFields"].clone();
        fields["SupportPIN"] = json!("4821");
        assert_eq!(after["customFields"], fields);
    }

    #[test]
    fn an_account_has_fields_too() {
        let mut state = state(1);
        let body = json!({"value": "tenant"});
        let answer = ok(&mut state, "PUT", "/system/customFields/data/17/175/31", Some(&body));
        assert_eq!(answer["result"]["moduleName"], "Accounts");
        assert_eq!(fetch(&mut state, "/system/customFields/17/175")[0]["data"], "tenant");
    }

    #[test]
    fn a_choice_that_is_not_on_the_list_succeeds_and_changes_nothing() {
        let mut state = state(3);
        let billing = ("TypeMapping".to_owned(), json!("Billing Contact"), json!(701));
        put(&mut state, 51, "billing contact");
        assert_eq!(held(&mut state)[0], billing);
        for wrong in ["Absent", "702"] {
            assert_eq!(put(&mut state, 51, wrong)["value"], "Billing Contact");
            assert_eq!(held(&mut state)[0], billing);
        }
        state.habits.list_values = ListValues::Id;
        put(&mut state, 51, "Owner");
        assert_eq!(held(&mut state)[0], billing);
        put(&mut state, 51, "702");
        assert_eq!(held(&mut state)[0].1, "Owner");
        put(&mut state, 51, "");
        assert_eq!((held(&mut state)[0].1.clone(), held(&mut state)[0].2.clone()), (json!(""), json!(0)));
    }

    #[test]
    fn a_choice_out_of_use_cannot_be_chosen() {
        let mut state = state(3);
        state.modules.get_mut(&31).unwrap().fields.get_mut(&51).unwrap().choices[1].active = false;
        assert_eq!(put(&mut state, 51, "Owner")["value"], Value::Null);
    }

    #[test]
    fn what_does_not_fit_the_field_is_refused() {
        let mut state = state(3);
        let long = "x".repeat(LONG + 1);
        for (data_type, required, value, expected) in [
            (DataType::FreeText, true, "", "SupportPIN is required."),
            (DataType::FreeText, false, long.as_str(), "SupportPIN is longer than 1000 characters."),
            (DataType::Numeric, false, "many", "SupportPIN is not a number."),
            (DataType::Money, false, "many", "SupportPIN is not a number."),
            (DataType::Date, false, "soon", "SupportPIN is not a date."),
        ] {
            let field = state.modules.get_mut(&31).unwrap().fields.get_mut(&52).unwrap();
            (field.data_type, field.required) = (data_type, required);
            let target = "/system/customFields/data/31/1740003/52";
            assert_eq!(rules(&mut state, "PUT", target, &json!({"Value": value})), [expected]);
        }
    }

    #[test]
    fn what_is_missing_is_told_apart() {
        let mut state = state(1);
        let body = json!({"Value": "1"});
        for (target, status) in [
            ("/system/customFields/data/31/1740001/99", 404),
            ("/system/customFields/data/31/4711/52", 404),
            ("/system/customFields/data/22/1/41", 404),
            ("/system/customFields/data/30/1740001/52", 200),
        ] {
            let refused = send(&mut state, "PUT", target, Some(&body));
            assert_eq!(
                (refused.status, &sample::json(&refused)["success"]),
                (status, &json!(false)),
                "{target}"
            );
        }
    }

    #[test]
    fn a_new_contact_can_bring_its_values() {
        let mut state = state(1);
        let mut body = json!({"FirstName": "Mary", "AccountId": 174, "LocationId": 1741, "CustomFieldsData": [
            {"CustomFieldId": 51, "SettingsId": 702}, {"CustomFieldId": 52, "Data": "4821"}]});
        let made = ok(&mut state, "POST", "/crm/contacts/summary", Some(&body))["result"].take();
        assert_eq!(state.contacts[&made["id"].as_i64().unwrap()]["customFields"]["TypeMapping"], "Owner");
        let data: Vec<_> =
            made["customFieldsData"].as_array().unwrap().iter().map(|one| &one["data"]).collect();
        assert!(data.contains(&&json!("4821")));
        body["CustomFieldsData"][0]["CustomFieldId"] = json!(31);
        let answer = rules(&mut state, "POST", "/crm/contacts/summary", &body);
        assert_eq!(answer, ["CustomFieldId 31 does not exist."]);
    }
}
