//! Types and their fields, as the look-alike shows them.

use serde_json::{Value, json};

use super::super::super::refusal;
use super::super::refused::Refused;
use super::super::types::{self, number, of_type};
use super::super::{Request, Response, State};
use super::{attributes, camel, data, hyphened, page, resource};

const TYPE: &str = "flexible_asset_types";
const FIELD: &str = "flexible_asset_fields";

/// Requests to `/compatibility/flexible_asset_types`.
pub(in super::super) fn collection(state: &mut State, request: &Request) -> Response {
    match request.method.as_str() {
        "GET" => {
            let all = state.flexible.types.keys().map(|id| shown(state, *id)).collect();
            page::answer(request, all, &[("name", "name"), ("icon", "icon")])
        }
        "POST" => match data(request).and_then(|sent| made(state, &sent)) {
            Ok(id) => alone(state, 201, id, true).changed(),
            Err(refused) => refused.look_alike(),
        },
        _ => refusal::method("GET, POST"),
    }
}

/// Requests to `/compatibility/flexible_asset_types/{id}`.
pub(in super::super) fn one(state: &mut State, id: &str, request: &Request) -> Response {
    let Some(id) = known(state, id) else { return Refused::Gone.look_alike() };
    match request.method.as_str() {
        "GET" => alone(state, 200, id, request.param("include") == Some(FIELD)),
        "PATCH" => match data(request).and_then(|sent| changed(state, id, &sent)) {
            Ok(()) => alone(state, 200, id, false).changed(),
            Err(refused) => refused.look_alike(),
        },
        "DELETE" => match types::remove(state, id) {
            Ok(()) => Response::text(204, "text/plain", "").changed(),
            Err(refused) => refused.look_alike(),
        },
        _ => refusal::method("DELETE, GET, PATCH"),
    }
}

/// Requests to `…/{id}/relationships/flexible_asset_fields`.
pub(in super::super) fn fields(state: &mut State, id: &str, request: &Request) -> Response {
    let Some(id) = known(state, id) else { return Refused::Gone.look_alike() };
    match request.method.as_str() {
        "GET" => page::answer(request, shown_fields(state, id), &[]),
        "POST" => {
            let made = data(request).and_then(|sent| {
                let draft = camel(attributes(&sent, FIELD)?);
                types::add(state, id, &draft)
            });
            match made {
                Ok(field) => one_field(state, 201, id, field).changed(),
                Err(refused) => refused.look_alike(),
            }
        }
        _ => refusal::method("GET, POST"),
    }
}

/// Requests to `…/{id}/relationships/flexible_asset_fields/{field}`.
pub(in super::super) fn field(state: &mut State, id: &str, field: &str, request: &Request) -> Response {
    let (Some(id), Ok(field)) = (known(state, id), field.parse()) else { return Refused::Gone.look_alike() };
    if request.method == "GET" { one_field(state, 200, id, field) } else { refusal::method("GET") }
}

fn known(state: &State, id: &str) -> Option<i64> {
    id.parse().ok().filter(|id| state.flexible.types.contains_key(id))
}

fn made(state: &mut State, sent: &Value) -> Result<i64, Refused> {
    let draft = camel(attributes(sent, TYPE)?);
    let fields = sent.pointer("/relationships/flexible-asset-fields/data").and_then(Value::as_array);
    let fields: Vec<Value> = fields
        .into_iter()
        .flatten()
        .map(|field| attributes(field, FIELD).map(|attributes| Value::Object(camel(attributes))))
        .collect::<Result<_, _>>()?;
    types::make(state, &draft, &fields)
}

fn changed(state: &mut State, id: i64, sent: &Value) -> Result<(), Refused> {
    let sent = camel(attributes(sent, TYPE)?);
    let mut next = state.flexible.types.get(&id).cloned().ok_or(Refused::Gone)?;
    next.extend(sent);
    let mut next = super::super::super::fields::record(super::super::super::fields::FLEXIBLE_TYPE, &next)
        .map_err(Refused::Invalid)?;
    types::unique(state, &next, Some(id))?;
    next.insert("id".to_owned(), json!(id));
    state.flexible.types.insert(id, next);
    Ok(())
}

fn alone(state: &State, status: u16, id: i64, with_fields: bool) -> Response {
    let mut answer = json!({"data": shown(state, id)});
    if with_fields {
        answer["included"] = shown_fields(state, id).into();
    }
    Response::json(status, &answer)
}

fn shown(state: &State, id: i64) -> Value {
    let row = state.flexible.types.get(&id).map(hyphened).unwrap_or_default();
    resource(state, TYPE, id, row)
}

fn shown_fields(state: &State, of: i64) -> Vec<Value> {
    of_type(state, of)
        .into_iter()
        .map(|row| resource(state, FIELD, number(row, "id"), hyphened(row)))
        .collect()
}

fn one_field(state: &State, status: u16, of: i64, field: i64) -> Response {
    let row = of_type(state, of).into_iter().find(|row| number(row, "id") == field);
    row.map_or_else(
        || Refused::Gone.look_alike(),
        |row| Response::json(status, &json!({"data": resource(state, FIELD, field, hyphened(row))})),
    )
}
