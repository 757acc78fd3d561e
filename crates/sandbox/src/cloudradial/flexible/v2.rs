//! The portal's own interface: single types, fields and assets.

use serde_json::Value;

use super::super::fields::{FLEXIBLE_ASSET, FLEXIBLE_TYPE};
use super::super::{patch, refusal};
use super::assets::{self, Change};
use super::listed::{fields_of, whole};
use super::refused::Refused;
use super::types::{self, number, text};
use super::{Request, Response, Row, State};

/// Answers requests to `/v2/flexible-asset-type`.
pub(super) fn types(state: &mut State, request: &Request) -> Response {
    if request.method != "POST" {
        return refusal::method("POST");
    }
    let made = object(request).and_then(|sent| {
        let fields = match sent.get("fields") {
            None | Some(Value::Null) => &[][..],
            Some(Value::Array(fields)) => fields,
            Some(_) => return Err(Refused::field("fields", "The fields are a list.")),
        };
        types::make(state, &sent, fields)
    });
    answered(state, 201, "flexibleassettype", made)
}

/// Answers requests to `/v2/flexible-asset-type/{id}`; its fields come with `includeFields=true`.
pub(super) fn one_type(state: &mut State, id: &str, request: &Request) -> Response {
    let Some((id, row)) = found(&state.flexible.types, id) else { return Refused::Gone.own() };
    match request.method.as_str() {
        "GET" => {
            let mut shown = whole("flexibleassettype", &row);
            if request.param("includeFields").is_some_and(|asked| asked.eq_ignore_ascii_case("true")) {
                shown["fields"] = fields_of(state, &row);
            }
            state.record(200, &id.to_string(), &shown)
        }
        "PATCH" => {
            let next = match patch::apply(FLEXIBLE_TYPE, &row, request) {
                Ok(next) => next,
                Err(refused) => return refused,
            };
            let kept = types::unique(state, &next, Some(id)).map(|()| {
                state.flexible.types.insert(id, next);
                id
            });
            answered(state, 200, "flexibleassettype", kept)
        }
        "DELETE" => removed(types::remove(state, id)),
        _ => refusal::method("DELETE, GET, PATCH"),
    }
}

/// Answers requests to `/v2/flexible-asset-field`.
pub(super) fn fields(state: &mut State, request: &Request) -> Response {
    if request.method != "POST" {
        return refusal::method("POST");
    }
    let made = object(request).and_then(|sent| {
        let of = required(&sent, "flexibleAssetTypeId")?;
        types::add(state, of, &sent)
    });
    answered(state, 201, "flexibleassetfield", made)
}

/// Answers requests to `/v2/flexible-asset-field/{id}`, which can only be read.
pub(super) fn one_field(state: &mut State, id: &str, request: &Request) -> Response {
    let Some((id, _)) = found(&state.flexible.fields, id) else { return Refused::Gone.own() };
    if request.method != "GET" {
        return refusal::method("GET");
    }
    shown(state, 200, "flexibleassetfield", id)
}

/// Answers requests to `/v2/flexible-asset`.
pub(super) fn assets(state: &mut State, request: &Request) -> Response {
    if request.method != "POST" {
        return refusal::method("POST");
    }
    let made = object(request).and_then(|sent| {
        let (of, company) = (required(&sent, "flexibleAssetTypeId")?, required(&sent, "companyId")?);
        let traits = match sent.get("traits") {
            None | Some(Value::Null) => None,
            Some(Value::Object(traits)) => Some(traits.clone()),
            Some(_) => return Err(Refused::field("traits", "The traits are an object.")),
        };
        let change = Change { traits, resource_url: sent.get("resourceUrl").cloned(), archived: None };
        assets::make(state, company, of, change)
    });
    answered(state, 201, "flexibleasset", made)
}

/// Answers requests to `/v2/flexible-asset/{id}`.
///
/// A patch names properties of the row, so traits are one text there.
pub(super) fn one_asset(state: &mut State, id: &str, request: &Request) -> Response {
    let Some((id, row)) = found(&state.flexible.assets, id) else { return Refused::Gone.own() };
    match request.method.as_str() {
        "GET" => shown(state, 200, "flexibleasset", id),
        "PATCH" => {
            let next = match patch::apply(FLEXIBLE_ASSET, &row, request) {
                Ok(next) => next,
                Err(refused) => return refused,
            };
            let traits = serde_json::from_str(text(&next, "traitsJson"))
                .map_err(|_| Refused::field("traitsJson", "The traits are an object as a text."));
            let kept = traits.and_then(|traits| {
                let resource_url = next.get("resourceUrl").cloned();
                assets::update(state, id, Change { traits: Some(traits), resource_url, archived: None })
            });
            answered(state, 200, "flexibleasset", kept.map(|()| id))
        }
        "DELETE" => removed(assets::remove(state, id)),
        _ => refusal::method("DELETE, GET, PATCH"),
    }
}

fn object(request: &Request) -> Result<Row, Refused> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(sent)) => Ok(sent),
        _ => Err(Refused::field("$", "The body is not a JSON object.")),
    }
}

fn required(sent: &Row, name: &str) -> Result<i64, Refused> {
    let given = sent.get(name).and_then(Value::as_i64);
    given.ok_or_else(|| Refused::field(name, format!("The {name} field is required and a whole number.")))
}

fn found(rows: &std::collections::BTreeMap<i64, Row>, id: &str) -> Option<(i64, Row)> {
    let row = rows.get(&id.parse().ok()?)?;
    Some((number(row, "id"), row.clone()))
}

/// Returns the answer after a write.
fn answered(state: &State, status: u16, set: &str, written: Result<i64, Refused>) -> Response {
    written.map_or_else(Refused::own, |id| shown(state, status, set, id).changed())
}

fn shown(state: &State, status: u16, set: &str, id: i64) -> Response {
    let rows = match set {
        "flexibleassettype" => &state.flexible.types,
        "flexibleassetfield" => &state.flexible.fields,
        _ => &state.flexible.assets,
    };
    rows.get(&id)
        .map_or_else(|| Refused::Gone.own(), |row| state.record(status, &id.to_string(), &whole(set, row)))
}

fn removed(removed: Result<(), Refused>) -> Response {
    removed.map_or_else(Refused::own, |()| Response::text(200, "text/plain", "").changed())
}
