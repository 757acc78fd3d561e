//! Changing records: replaced or patched, judged, and stamped with who and when.

use serde_json::{Value, json};

use super::bind::{self, Object};
use super::schema::{self, Entity, Kind};
use super::{Refusal, Request, Row, State, now, patch};

/// The API user.
pub(super) const USER: i64 = 900;

/// Returns the record with everything a body says, and nothing of what it does not say.
pub(super) fn replaced(entity: &Entity, record: &Row, request: &Request) -> Result<Row, Refusal> {
    let body = Object::new("body", bind::body(request)?)?;
    let mut next = record.clone();
    for field in entity.fields {
        let Some(input) = field.input else { continue };
        let value = body.get(input, field.kind, field.nullable)?;
        next.insert(field.name.to_owned(), value.unwrap_or_else(|| field.unsaid()));
    }
    Ok(next)
}

/// Returns the record after the operations of a body.
pub(super) fn changed(entity: &Entity, record: &Row, request: &Request) -> Result<Row, Refusal> {
    patch::patched(entity, record, &bind::body(request)?)
}

/// Judges what is different between a record as it was and as it is to be; for a new one that is everything.
pub(super) fn judge(state: &State, entity: &Entity, before: Option<&Row>, next: &Row) -> Result<(), Refusal> {
    let mut rules = Vec::new();
    for field in entity.fields {
        let Some(input) = field.input else { continue };
        let value = next.get(field.name).unwrap_or(&Value::Null);
        // A location is one of its account's, so that moving the record asks for another.
        let moved = field.refers == Some(schema::Set::Locations)
            && before.is_some_and(|before| before.get("accountId") != next.get("accountId"));
        if !moved && before.is_some_and(|before| before.get(field.name).unwrap_or(&Value::Null) == value) {
            continue;
        }
        let length = value.as_str().map_or(0, |text| text.chars().count());
        match field.kind {
            Kind::Text(most) if length > most => {
                rules.push(format!("{input} is longer than {most} characters."));
            }
            _ if field.needed && length == 0 => rules.push(format!("{input} is required.")),
            _ => {}
        }
        if let (Some(set), Some(id)) = (field.refers, value.as_i64()) {
            match id {
                0 => rules.push(format!("{input} is required.")),
                id if !schema::refers(state, set, next, id) => {
                    rules.push(format!("{input} {id} does not exist."));
                }
                _ => {}
            }
        }
    }
    Refusal::unless_none(rules)
}

/// Says in the record who changed it, and when.
pub(super) fn stamp(record: &mut Row) {
    record.insert("modifiedBy".to_owned(), json!(USER));
    record.insert("modifiedOn".to_owned(), json!(now()));
}
