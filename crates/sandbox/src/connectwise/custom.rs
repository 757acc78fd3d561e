//! Custom fields: definitions, and values on companies and contacts.

use serde_json::{Value, json};

use super::draft::{self, Draft};
use super::refusal::Mistake;
use super::schema::Entity;
use super::{Record, State, accept, condition};

/// A group of custom fields on a screen.
pub(super) struct Pod {
    /// Its number in definitions. Those of contacts were seen live by clients; a company's is not known.
    pub(super) id: i64,
    /// Its name in records.
    pub(super) name: &'static str,
    /// What people see.
    pub(super) description: &'static str,
    /// The screen.
    pub(super) screen: &'static str,
    /// What people see of that.
    pub(super) screen_description: &'static str,
}

/// The pods that there are.
pub(super) const PODS: [Pod; 3] = [
    Pod {
        id: 4,
        name: "contact_overview",
        description: "Contact Overview",
        screen: "ct300",
        screen_description: "Contact",
    },
    Pod {
        id: 5,
        name: "contact_detail",
        description: "Contact Details",
        screen: "ct300",
        screen_description: "Contact",
    },
    Pod {
        id: 21,
        name: "company_overview",
        description: "Company Overview",
        screen: "co100",
        screen_description: "Company",
    },
];

/// Returns the pod of a number.
pub(super) fn pod(id: Option<i64>) -> Option<&'static Pod> {
    PODS.iter().find(|pod| Some(pod.id) == id)
}

/// Returns the definitions whose values an entity shows.
pub(super) fn definitions<'a>(state: &'a State, entity: &Entity) -> impl Iterator<Item = &'a Record> {
    let screen = entity.screen;
    state
        .definitions
        .values()
        .filter(move |one| screen.is_some() && pod(one.link("podId")).map(|pod| pod.screen) == screen)
}

/// Returns those of them that are visible where a record belongs: a definition may name locations and departments.
fn visible<'a>(
    state: &'a State,
    entity: &'a Entity,
    record: &Record,
) -> impl Iterator<Item = &'a Record> + use<'a> {
    let company = record.link("company").and_then(|id| state.companies.get(&id)).unwrap_or(record);
    let location = record.link("companyLocation").or_else(|| company.link("territory"));
    let department = record.link("department");
    definitions(state, entity).filter(move |definition| {
        let admits = |all: &str, some: &str, own: Option<i64>| {
            let ids = definition.fields.get(some).and_then(Value::as_array);
            let is_open = definition.flag(all) || ids.is_none_or(Vec::is_empty);
            is_open || ids.into_iter().flatten().any(|id| id.as_i64() == own && own.is_some())
        };
        admits("addAllLocations", "locationIds", location)
            && admits("addAllBusinessUnits", "businessUnitIds", department)
    })
}

/// Returns the `customFields` of a record: all that are visible there, those without a value included.
///
/// Where there is none there is an empty array or nothing at all.
pub(super) fn shown(state: &State, entity: &Entity, record: &Record) -> Value {
    let fields: Vec<Value> = (1..)
        .zip(visible(state, entity, record))
        .map(|(row, definition)| {
            let id = definition.id();
            json!({
                "id": id,
                "caption": definition.text("caption"),
                "type": definition.text("fieldTypeIdentifier"),
                "entryMethod": definition.text("entryTypeIdentifier"),
                "numberOfDecimals": definition.link("numberDecimals").unwrap_or_default(),
                "value": record.udf.get(definition.text("caption")),
                "connectWiseId": format!("00000000-0000-4000-8000-{id:012x}"),
                "rowNum": row,
                "userDefinedFieldRecId": id,
                "podId": pod(definition.link("podId")).map(|pod| pod.name),
            })
        })
        .collect();
    if fields.is_empty() && record.id() % 2 == 0 { Value::Null } else { Value::Array(fields) }
}

/// Takes over what is sent for `customFields`: a field left out keeps its value, unless the state says otherwise, and null
/// clears. A field that is not visible where the record belongs does not exist there.
///
/// # Errors
/// The service's sentence for a value that is no array.
pub(super) fn assign(state: &State, entity: &Entity, draft: &mut Draft, value: &Value) -> Result<(), String> {
    let Some(sent) = value.as_array() else {
        return if value.is_null() { Ok(()) } else { Err(draft::uncastable(value, "CustomFieldValue[]")) };
    };
    if state.clears_left_out {
        draft.record.udf.clear();
    }
    for one in sent {
        let id = one.get("id").and_then(draft::whole);
        let mut there = visible(state, entity, &draft.record);
        let Some(definition) = there.find(|definition| Some(definition.id()) == id) else {
            draft.mistakes.push(Mistake::invalid("customFields", "A custom field does not exist."));
            continue;
        };
        let caption = definition.text("caption").to_owned();
        let value = one.get("value").unwrap_or(&Value::Null);
        if value.is_null() || value == "" {
            draft.record.udf.remove(&caption);
        } else if fits(definition, value) {
            let kept = value.as_str().map_or_else(|| value.clone(), |text| json!(accept::printable(text)));
            draft.record.udf.insert(caption, kept);
        } else {
            let message = format!("The value of the custom field {caption} is not valid.");
            draft.mistakes.push(Mistake::invalid(&format!("customFields/{caption}"), message));
        }
    }
    Ok(())
}

/// Is true if a value is of its definition's type, and among its options where it has options.
fn fits(definition: &Record, value: &Value) -> bool {
    let kind = match definition.text("fieldTypeIdentifier") {
        "Checkbox" => value.is_boolean(),
        "Number" | "Percent" | "Currency" => value.is_number(),
        "Date" => value.as_str().is_some_and(|text| condition::date(text).is_some()),
        _ => value.is_string(),
    };
    let offered = match definition.text("entryTypeIdentifier") {
        "List" | "Option" => {
            let options = definition.fields.get("options").and_then(Value::as_array);
            options
                .into_iter()
                .flatten()
                .any(|option| option["inactiveFlag"] != json!(true) && option["optionValue"] == *value)
        }
        _ => true,
    };
    kind && offered
}

/// Returns what is missing of the custom fields that a record cannot be saved without.
pub(super) fn missing(state: &State, entity: &Entity, record: &Record) -> Vec<Mistake> {
    visible(state, entity, record)
        .filter(|one| one.flag("requiredFlag") && !record.udf.contains_key(one.text("caption")))
        .map(|one| Mistake::missing(one.text("caption")))
        .collect()
}

/// Returns what speaks against a definition; else completes it with what its pod says.
pub(super) fn judge(state: &State, draft: &mut Draft) -> Option<String> {
    let record = &mut draft.record;
    let Some(pod) = pod(record.link("podId")) else {
        draft.mistakes.push(Mistake::invalid("podId", "The pod does not exist."));
        return None;
    };
    if !record.link("sequenceNumber").is_some_and(|number| (1..=500).contains(&number)) {
        let message = "The field sequenceNumber must be between 1 and 500.";
        draft.mistakes.push(Mistake::invalid("sequenceNumber", message));
    }
    record.set("screenId", pod.screen);
    record.set("podDescription", pod.description);
    record.set("screenDescription", pod.screen_description);
    for (field, value) in [("entryTypeIdentifier", json!("EntryField")), ("displayOnScreenFlag", json!(true))]
    {
        record.fields.entry(field).or_insert(value);
    }
    let others = state.definitions.values().filter(|one| one.id() != record.id());
    let same = |one: &&Record, field: &str| one.fields.get(field) == record.fields.get(field);
    if others.clone().any(|one| same(&one, "podId") && same(&one, "sequenceNumber")) {
        return Some("The sequence number is used in this pod.".to_owned());
    }
    // Whether a screen may have a caption twice is not known: values are kept by caption here.
    let caption = record.text("caption").to_lowercase();
    let twice =
        |one: &Record| one.text("screenId") == pod.screen && one.text("caption").to_lowercase() == caption;
    others.into_iter().any(twice).then(|| "The caption is used on this screen.".to_owned())
}

/// Moves the values of a definition to its new caption; without one they go.
pub(super) fn recaption(state: &mut State, screen: &str, old: &str, new: Option<&str>) {
    let table = if screen == "ct300" { &mut state.contacts } else { &mut state.companies };
    if new == Some(old) {
        return;
    }
    for record in table.values_mut() {
        if let (Some(value), Some(new)) = (record.udf.remove(old), new) {
            record.udf.insert(new.to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{done, ok, refused, state};
    use super::*;

    const CONTACT: &str = "/company/contacts/1740003";
    const PATH: &str = "/system/userDefinedFields";

    fn write(value: &Value) -> Value {
        json!([{"op": "replace", "path": "customFields", "value": value}])
    }

    #[test]
    fn all_that_is_defined_is_shown_with_or_without_a_value() {
        let mut state = state(3);
        let fields = ok(&mut state, CONTACT)["customFields"].take();
        let captions: Vec<_> = fields.as_array().unwrap().iter().map(|one| &one["caption"]).collect();
        assert_eq!(captions, ["Newsletter", "SupportPIN", "IsOffice365", "Office365Id"]);
        assert_eq!((&fields[1]["value"], &fields[2]["value"]), (&Value::Null, &json!(true)));
        let expected = json!({"id": 83, "caption": "Office365Id", "type": "Text", "entryMethod": "EntryField",
            "numberOfDecimals": 0, "value": "oid-1740003", "connectWiseId": "00000000-0000-4000-8000-000000000053",
            "rowNum": 4, "userDefinedFieldRecId": 83, "podId": "contact_detail"});
        assert_eq!(fields[3], expected);
        let company = ok(&mut state, "/company/companies/174")["customFields"].take();
        assert_eq!(company[0]["value"], "00000000-0000-4000-8000-000000000174");
        assert_eq!((&company[1]["caption"], &company[1]["id"]), (&json!("SupportPIN"), &json!(91)));
    }

    #[test]
    fn where_nothing_is_defined_there_is_an_empty_array_or_nothing() {
        let mut state = state(3);
        state.definitions.clear();
        assert_eq!(ok(&mut state, CONTACT)["customFields"], json!([]));
        assert!(ok(&mut state, "/company/contacts/1740002").get("customFields").is_none());
    }

    #[test]
    fn the_whole_array_or_a_part_may_be_sent_and_null_clears() {
        let mut state = state(3);
        let whole = ok(&mut state, CONTACT)["customFields"].take();
        assert_eq!(done(&mut state, "PATCH", CONTACT, Some(&write(&whole)))["customFields"], whole);
        let part = json!([{"id": 81, "value": "4821"}]);
        let after = done(&mut state, "PATCH", CONTACT, Some(&write(&part)))["customFields"].take();
        assert_eq!((&after[1]["value"], &after[3]["value"]), (&json!("4821"), &json!("oid-1740003")));
        done(&mut state, "PATCH", CONTACT, Some(&write(&json!([]))));
        done(&mut state, "PATCH", CONTACT, Some(&write(&json!([{"id": 83, "value": null}]))));
        let udf = &state.contacts[&1_740_003].udf;
        assert_eq!((udf.get("Office365Id"), &udf["SupportPIN"]), (None, &json!("4821")));
    }

    #[test]
    fn a_field_is_shown_and_written_at_its_locations_and_departments_alone() {
        let mut state = state(3);
        let own = state.companies[&174].link("territory").unwrap();
        let shows = |state: &mut State| {
            let fields = ok(state, CONTACT)["customFields"].take();
            fields.as_array().unwrap().iter().any(|field| field["id"] == 83)
        };
        let patch = write(&json!([{"id": 83, "value": "oid-1"}]));
        for (field, ids, visible) in [
            ("locationIds", json!([own]), true),
            ("locationIds", json!([own + 100]), false),
            ("locationIds", json!([]), true),
            ("businessUnitIds", json!([7]), false),
        ] {
            state.definitions.get_mut(&83).unwrap().set(field, ids.clone());
            assert_eq!(shows(&mut state), visible, "{field} {ids}");
            if visible {
                done(&mut state, "PATCH", CONTACT, Some(&patch));
            } else {
                refused(&mut state, "PATCH", CONTACT, Some(&patch));
            }
        }
        state.contacts.get_mut(&1_740_003).unwrap().set("department", json!({"id": 7}));
        assert!(shows(&mut state));
        state.definitions.get_mut(&83).unwrap().set("businessUnitIds", json!([8]));
        state.definitions.get_mut(&83).unwrap().set("addAllBusinessUnits", true);
        assert!(shows(&mut state), "all of them");
    }

    #[test]
    fn lines_are_joined_whenever_a_text_is_written() {
        let mut state = state(3);
        let patch = write(&json!([{"id": 81, "value": "one\r\ntwo\tthree"}]));
        let fields = done(&mut state, "PATCH", CONTACT, Some(&patch))["customFields"].take();
        assert_eq!(fields[1]["value"], "one  two\tthree");
    }

    #[test]
    fn what_is_left_out_is_cleared_where_the_guide_is_taken_at_its_word() {
        let mut state = state(3);
        state.clears_left_out = true;
        let fields = done(&mut state, "PATCH", CONTACT, Some(&write(&json!([{"id": 81, "value": "4821"}]))));
        let values: Vec<_> =
            fields["customFields"].as_array().unwrap().iter().map(|field| field["value"].clone()).collect();
        assert_eq!(values, [Value::Null, json!("4821"), Value::Null, Value::Null]);
    }

    #[test]
    fn a_value_of_the_wrong_type_or_no_option_is_refused() {
        let mut state = state(3);
        for value in [
            json!({"id": 82, "value": "true"}),
            json!({"id": 81, "value": 4821}),
            json!({"id": 16, "value": "yes"}),
            json!({"id": 16, "value": true}),
            json!({"id": 90, "value": "a company's"}),
            json!({"caption": "SupportPIN", "value": "1"}),
        ] {
            let (status, answer) = refused(&mut state, "PATCH", CONTACT, Some(&write(&json!([value]))));
            assert_eq!((status, &answer["code"]), (400, &json!("InvalidObject")), "{value}");
        }
        let (_, answer) = refused(&mut state, "PATCH", CONTACT, Some(&write(&json!("x"))));
        assert_eq!(answer["code"], "InvalidPatch");
        done(&mut state, "PATCH", CONTACT, Some(&write(&json!([{"id": 16, "value": "true"}]))));
    }

    #[test]
    fn a_required_field_keeps_contacts_from_being_saved() {
        let mut state = state(3);
        state.definitions.get_mut(&81).unwrap().set("requiredFlag", true);
        let patch = json!([{"op": "replace", "path": "title", "value": "x"}]);
        let (_, answer) = refused(&mut state, "PATCH", CONTACT, Some(&patch));
        assert_eq!(answer["errors"][0]["field"], "SupportPIN");
        done(&mut state, "PATCH", CONTACT, Some(&write(&json!([{"id": 81, "value": "1"}]))));
    }

    #[test]
    fn a_definition_can_be_made_used_renamed_and_removed() {
        let mut state = state(3);
        let body = |caption: &str, place: i64| {
            json!({"podId": 5, "caption": caption, "sequenceNumber": place, "fieldTypeIdentifier": "Text",
                "entryTypeIdentifier": "EntryField", "displayOnScreenFlag": true, "addAllLocations": true})
        };
        let exists = refused(&mut state, "POST", PATH, Some(&body("Kind", 4))).1;
        assert_eq!(exists["code"], "ObjectExists");
        refused(&mut state, "POST", PATH, Some(&body("supportpin", 8)));
        let made = done(&mut state, "POST", PATH, Some(&body("Kind", 8)));
        assert_eq!(
            (&made["podDescription"], &made["screenId"]),
            (&json!("Contact Details"), &json!("ct300"))
        );
        let id = made["id"].as_i64().unwrap();
        done(&mut state, "PATCH", CONTACT, Some(&write(&json!([{"id": id, "value": "User"}]))));
        let one = format!("{PATH}/{id}");
        let rename = json!([{"op": "replace", "path": "caption", "value": "Sort"}]);
        done(&mut state, "PATCH", &one, Some(&rename));
        assert_eq!(state.contacts[&1_740_003].udf["Sort"], "User");
        done(&mut state, "DELETE", &one, None);
        assert!(!state.contacts[&1_740_003].udf.contains_key("Sort"));
    }

    #[test]
    fn a_definition_needs_what_the_document_says() {
        let mut state = state(1);
        let full = json!({"podId": 5, "caption": "Kind", "sequenceNumber": 8, "fieldTypeIdentifier": "Text"});
        for (name, value) in [
            ("podId", Value::Null),
            ("caption", Value::Null),
            ("sequenceNumber", Value::Null),
            ("fieldTypeIdentifier", Value::Null),
            ("podId", json!(1)),
            ("caption", json!("x".repeat(26))),
            ("sequenceNumber", json!(501)),
            ("fieldTypeIdentifier", json!("String")),
        ] {
            let mut body = full.clone();
            body[name] = value;
            let (_, answer) = refused(&mut state, "POST", PATH, Some(&body));
            assert_eq!(answer["errors"][0]["field"], name, "{body}");
        }
        let of_pod = ok(&mut state, &format!("{PATH}?conditions=podId=4"));
        assert_eq!(of_pod.as_array().unwrap().len(), 1);
    }
}
