//! Patches: arrays of operations on fields.

use serde_json::Value;

use super::accept;
use super::draft::{self, Draft};
use super::schema::{Entity, Kind};
use super::{State, communications};

/// Carries the operations out on a draft, and says whether one was about custom fields.
///
/// # Errors
/// The service's sentence for the first that cannot be carried out.
pub(super) fn apply(state: &State, entity: &Entity, draft: &mut Draft, body: &Value) -> Result<bool, String> {
    let operations = body.as_array().ok_or_else(|| draft::uncastable(body, "PatchOperation[]"))?;
    let mut custom = false;
    for operation in operations {
        custom |= one(state, entity, draft, operation)?;
    }
    Ok(custom)
}

fn one(state: &State, entity: &Entity, draft: &mut Draft, operation: &Value) -> Result<bool, String> {
    let text = |name: &str| operation.get(name).and_then(Value::as_str);
    let op = text("op").filter(|op| matches!(*op, "add" | "replace" | "remove"));
    let op = op.ok_or("The op must be add, replace or remove.")?;
    let path = text("path").ok_or("The path is missing.")?;
    let value = match operation.get("value") {
        Some(value) if op != "remove" => value,
        _ if op == "remove" => &Value::Null,
        _ => return Err("The value is missing.".to_owned()),
    };
    let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    let [first, rest @ ..] = segments.as_slice() else { return Ok(false) };
    let field = entity.field(first).ok_or_else(|| format!("The path {path} does not exist."))?;
    match (field.kind, rest) {
        // Types are given when a record is made; later there are associations for them (documented).
        (Kind::Types, _) => {}
        _ if field.fixed => {}
        (Kind::Items, [_, ..]) => communications::operate(state, draft, op, rest, value)?,
        (_, []) => accept::assign(state, entity, draft, field, value)?,
        // Members of objects cannot be addressed: the answer is 200, and nothing changes (documented).
        _ => {}
    }
    Ok(field.kind == Kind::Custom && rest.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Which;
    use super::super::testing::{done, ok, refused, state};

    const CONTACT: &str = "/company/contacts/1740001";

    #[test]
    fn fields_are_replaced_added_and_removed_with_and_without_a_slash() {
        let mut state = state(1);
        let patch = json!([
            {"op": "replace", "path": "title", "value": "Director"},
            {"op": "add", "path": "/nickName", "value": "Per"},
            {"op": "remove", "path": "/lastName"},
            {"op": "replace", "path": "inactiveFlag", "value": true},
        ]);
        let contact = done(&mut state, "PATCH", CONTACT, Some(&patch));
        assert_eq!((&contact["title"], &contact["nickName"]), (&json!("Director"), &json!("Per")));
        assert_eq!((contact.get("lastName"), &contact["inactiveFlag"]), (None, &json!(true)));
        assert_eq!(contact, ok(&mut state, CONTACT));
        assert_ne!(contact["_info"]["lastUpdated"], "2025-01-02T03:04:05Z");
    }

    #[test]
    fn a_reference_is_replaced_whole_and_its_members_are_not_addressed() {
        let mut state = state(1);
        for path in
            ["company/identifier", "/company/id", "customFields/0/value", "communicationItems/0/type/id"]
        {
            let before = ok(&mut state, CONTACT);
            let patch = json!([{"op": "replace", "path": path, "value": 175}]);
            let mut after = done(&mut state, "PATCH", CONTACT, Some(&patch));
            after["_info"] = before["_info"].clone();
            assert_eq!(after, before, "{path}");
        }
        let patch = json!([{"op": "replace", "path": "company", "value": {"id": 175}}]);
        assert_eq!(done(&mut state, "PATCH", CONTACT, Some(&patch))["company"]["name"], "Fabrikam");
        let patch = json!([{"op": "replace", "path": "company", "value": {"identifier": "contoso"}}]);
        assert_eq!(done(&mut state, "PATCH", CONTACT, Some(&patch))["company"]["id"], 174);
    }

    #[test]
    fn what_is_read_only_or_made_once_does_not_change() {
        let mut state = state(1);
        let before = ok(&mut state, CONTACT);
        let patch = json!([
            {"op": "replace", "path": "id", "value": 5},
            {"op": "replace", "path": "types", "value": [{"id": 5}]},
            {"op": "replace", "path": "typeIds", "value": [5]},
            {"op": "replace", "path": "defaultPhoneNbr", "value": "1"},
        ]);
        let mut after = done(&mut state, "PATCH", CONTACT, Some(&patch));
        after["_info"] = before["_info"].clone();
        assert_eq!(after, before);
    }

    #[test]
    fn what_cannot_be_carried_out_is_an_invalid_patch() {
        let mut state = state(1);
        let one = |op: &str, path: &str, value: serde_json::Value| json!([{"op": op, "path": path, "value": value}]);
        for patch in [
            json!({"op": "replace", "path": "title", "value": "x"}),
            json!(["x"]),
            json!([{"op": "replace", "path": "title"}]),
            json!([{"op": "replace", "value": "x"}]),
            one("move", "title", json!("x")),
            one("replace", "Title", json!("x")),
            one("replace", "//title", json!("x")),
            one("replace", "jobTitle", json!("x")),
            one("replace", "title", json!(["x"])),
            one("replace", "inactiveFlag", json!("true")),
            one("replace", "company", json!(175)),
            one("replace", "customFields", json!({"id": 83})),
        ] {
            let (status, answer) = refused(&mut state, "PATCH", CONTACT, Some(&patch));
            assert_eq!((status, &answer["code"]), (400, &json!("InvalidPatch")), "{patch}");
        }
    }

    #[test]
    fn what_breaks_a_rule_is_an_invalid_object_and_all_of_it_is_told() {
        let mut state = state(1);
        let patch = json!([
            {"op": "replace", "path": "firstName", "value": ""},
            {"op": "replace", "path": "lastName", "value": "x".repeat(31)},
            {"op": "replace", "path": "title", "value": "x".repeat(101)},
            {"op": "replace", "path": "company", "value": {"id": 4711}},
            {"op": "replace", "path": "gender", "value": "None"},
        ]);
        let (_, answer) = refused(&mut state, "PATCH", CONTACT, Some(&patch));
        let mut fields: Vec<_> =
            answer["errors"].as_array().unwrap().iter().map(|one| one["field"].clone()).collect();
        fields.sort_by_key(ToString::to_string);
        assert_eq!(fields, ["company", "firstName", "gender", "lastName", "title"]);
        assert_eq!(answer["message"], "contact object is invalid");
    }

    #[test]
    fn some_contacts_need_an_operation_for_their_custom_fields() {
        let mut state = state(5);
        let title = json!({"op": "replace", "path": "title", "value": "x"});
        let custom = json!({"op": "replace", "path": "customFields", "value": []});
        for (which, one, five) in
            [(Which::Some, true, false), (Which::None, true, true), (Which::Everybody, false, false)]
        {
            state.customfields_required = which;
            for (id, fine) in [(1, one), (5, five)] {
                let target = format!("/company/contacts/174000{id}");
                if fine {
                    done(&mut state, "PATCH", &target, Some(&json!([title])));
                } else {
                    let (status, answer) = refused(&mut state, "PATCH", &target, Some(&json!([title])));
                    assert_eq!((status, &answer["errors"][0]["field"]), (400, &json!("customFields")));
                    done(&mut state, "PATCH", &target, Some(&json!([title, custom])));
                }
            }
        }
    }
}
