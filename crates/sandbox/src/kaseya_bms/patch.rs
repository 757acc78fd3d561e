//! JSON Patch as the service's framework has it: paths without case, with or without their slash, and all
//! operations or none.

use serde_json::Value;

use super::bind::{self, Object};
use super::schema::{Entity, Field};
use super::{Refusal, Row};

/// Returns the record after the operations of a body.
pub(super) fn patched(entity: &Entity, record: &Row, body: &Value) -> Result<Row, Refusal> {
    let mut next = record.clone();
    for operation in bind::objects("patch", body)? {
        let target = field(entity, &operation.text("path")?)?;
        let value = match operation.text("op")?.to_ascii_lowercase().as_str() {
            "add" | "replace" => sent(target, &operation)?,
            "remove" => target.unsaid(),
            "copy" => held(&next, field(entity, &operation.text("from")?)?),
            "move" => {
                let source = field(entity, &operation.text("from")?)?;
                let value = held(&next, source);
                next.insert(source.name.to_owned(), source.unsaid());
                value
            }
            "test" => {
                let (wanted, held) = (sent(target, &operation)?, held(&next, target));
                if wanted != held {
                    let text =
                        format!("The current value '{held}' is not equal to the test value '{wanted}'.");
                    return Err(Refusal::Patch(text));
                }
                continue;
            }
            other => return Err(Refusal::Patch(format!("Invalid JsonPatch operation '{other}'."))),
        };
        next.insert(target.name.to_owned(), value);
    }
    Ok(next)
}

fn held(record: &Row, field: &Field) -> Value {
    record.get(field.name).cloned().unwrap_or_default()
}

/// Returns the property at a path.
fn field(entity: &Entity, path: &str) -> Result<&'static Field, Refusal> {
    let name = path.strip_prefix('/').unwrap_or(path);
    entity.input(name).ok_or_else(|| {
        Refusal::Patch(format!("The target location specified by path segment '{name}' was not found."))
    })
}

/// Returns the value that an operation carries; null if it has none.
fn sent(field: &Field, operation: &Object) -> Result<Value, Refusal> {
    let value = operation.get("value", field.kind, field.nullable).ok().flatten();
    let value = value.or_else(|| (field.nullable && operation.is_blank("value")).then_some(Value::Null));
    value.ok_or_else(|| Refusal::Patch(format!("The value is invalid for target location '{}'.", field.name)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::schema::CONTACT;
    use super::super::{row, text};
    use super::*;

    fn after(operations: &Value) -> Result<Row, Refusal> {
        let record =
            row(json!({"id": 7, "firstName": "Mary", "jobTitle": "Clerk", "isActive": true, "planted": 1}));
        patched(&CONTACT, &record, operations)
    }

    #[test]
    fn paths_have_no_case_and_their_slash_may_be_missing() {
        for path in ["/JobTitle", "jobTitle", "/jobtitle"] {
            let next = after(&json!([{"op": "Replace", "path": path, "value": "Director"}])).unwrap();
            assert_eq!((text(&next, "jobTitle"), text(&next, "firstName")), ("Director", "Mary"));
            assert_eq!(next["planted"], 1);
        }
        let next = after(&json!([{"op": "replace", "path": "/Poc", "value": true}])).unwrap();
        assert_eq!(next["isPoc"], true);
    }

    #[test]
    fn every_operation_does_its_own() {
        let next = after(&json!([
            {"op": "test", "path": "/JobTitle", "value": "Clerk"},
            {"op": "copy", "from": "/JobTitle", "path": "/MiddleName"},
            {"op": "move", "from": "/FirstName", "path": "/LastName"},
            {"op": "remove", "path": "/IsActive"},
            {"op": "add", "path": "/JobTitle", "value": null},
        ]))
        .unwrap();
        assert_eq!((text(&next, "middleName"), text(&next, "lastName")), ("Clerk", "Mary"));
        assert_eq!((&next["firstName"], &next["jobTitle"]), (&Value::Null, &Value::Null));
        assert_eq!(next["isActive"], false);
    }

    #[test]
    fn one_bad_operation_spoils_them_all() {
        for (operation, expected) in [
            (json!({"op": "replace", "path": "/Emails", "value": []}), "'Emails' was not found"),
            (json!({"op": "replace", "path": "/Id", "value": 1}), "'Id' was not found"),
            (json!({"op": "replace", "path": "/IsActive", "value": "no"}), "invalid"),
            (json!({"op": "replace", "path": "/IsActive"}), "invalid"),
            (json!({"op": "replace", "path": "/JobTitle", "value": ["x"]}), "invalid"),
            (json!({"op": "set", "path": "/JobTitle", "value": "x"}), "Invalid JsonPatch operation 'set'"),
            (json!({"op": "test", "path": "/JobTitle", "value": "x"}), "not equal"),
        ] {
            let good = json!({"op": "replace", "path": "/FirstName", "value": "Ann"});
            match after(&json!([good, operation])) {
                Err(Refusal::Patch(text)) => assert!(text.contains(expected), "{operation}: {text}"),
                other => panic!("{operation}: {other:?}"),
            }
        }
        assert!(matches!(after(&json!({"JobTitle": "x"})), Err(Refusal::Unbound(..))));
    }
}
