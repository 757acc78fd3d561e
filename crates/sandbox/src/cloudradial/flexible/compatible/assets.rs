//! Assets, one or many in a call, as the look-alike shows them.

use serde_json::{Map, Value, json};

use super::super::super::refusal;
use super::super::assets::{self, Change};
use super::super::listed::listed;
use super::super::refused::Refused;
use super::super::types::{number, text};
use super::super::{Request, Response, Row, State};
use super::{attributes, data, page, resource, whole};

const ASSET: &str = "flexible_assets";

/// Requests to `/compatibility/flexible_assets`: a list, one new asset, changes or removals of many.
pub(in super::super) fn collection(state: &mut State, request: &Request) -> Response {
    match request.method.as_str() {
        "GET" => {
            let all = state.flexible.assets.values().filter(|asset| listed(state, asset));
            let all = all.map(|asset| shown(state, asset)).collect();
            let filters = [
                ("organization-id", "organization-id"),
                ("flexible-asset-type-id", "flexible-asset-type-id"),
                ("name", "name"),
            ];
            page::answer(request, all, &filters)
        }
        "POST" => {
            let made = data(request).and_then(|sent| made(state, &sent, None));
            alone(state, 201, made)
        }
        "PATCH" => many(state, request, 200, |state, row| {
            let id = named(row)?;
            changed(state, id, row)
        }),
        "DELETE" => {
            let response = many(state, request, 200, |state, row| {
                let id = named(row)?;
                assets::remove(state, id).map(|()| id)
            });
            if response.status == 200 {
                Response { body: Vec::new(), status: 204, ..response }
            } else {
                response
            }
        }
        _ => refusal::method("DELETE, GET, PATCH, POST"),
    }
}

/// Requests to `/compatibility/organizations/{company}/relationships/flexible_assets`: many new assets of a company.
pub(in super::super) fn of_company(state: &mut State, company: &str, request: &Request) -> Response {
    if request.method != "POST" {
        return refusal::method("POST");
    }
    let Ok(company) = company.parse() else { return Refused::Gone.look_alike() };
    many(state, request, 201, |state, row| made(state, row, Some(company)))
}

/// Requests to `/compatibility/flexible_assets/{id}`.
pub(in super::super) fn one(state: &mut State, id: &str, request: &Request) -> Response {
    let Some(id) = id.parse().ok().filter(|id| state.flexible.assets.contains_key(id)) else {
        return Refused::Gone.look_alike();
    };
    match request.method.as_str() {
        "GET" => Response { changed: false, ..alone(state, 200, Ok(id)) },
        "PATCH" => {
            let changed = data(request).and_then(|sent| changed(state, id, &sent));
            alone(state, 200, changed)
        }
        "DELETE" => match assets::remove(state, id) {
            Ok(()) => Response::text(204, "text/plain", "").changed(),
            Err(refused) => refused.look_alike(),
        },
        _ => refusal::method("DELETE, GET, PATCH"),
    }
}

/// Does `each` to every row of the call.
///
/// Part of it may be done although it is refused.
fn many(
    state: &mut State,
    request: &Request,
    status: u16,
    each: impl Fn(&mut State, &Value) -> Result<i64, Refused>,
) -> Response {
    let before = state.flexible.assets.clone();
    let rows = data(request).and_then(|data| match data {
        Value::Array(rows) => Ok(rows),
        _ => Err(Refused::field("data", "The rows are a list.")),
    });
    let response = match rows.and_then(|rows| assets::every(state, &rows, each)) {
        Ok(mut ids) => {
            ids.reverse();
            let found = ids.iter().filter_map(|id| state.flexible.assets.get(id));
            let data: Vec<Value> = found.map(|asset| shown(state, asset)).collect();
            Response::json(status, &json!({"data": data}))
        }
        Err(refused) => refused.look_alike(),
    };
    if state.flexible.assets == before { response } else { response.changed() }
}

/// Returns a new asset; `company` is the one that the path names, and the row may name no other.
fn made(state: &mut State, sent: &Value, company: Option<i64>) -> Result<i64, Refused> {
    let attributes = attributes(sent, ASSET)?;
    let missing = |name: &str| Refused::field(name, format!("The {name} field is required."));
    let said = whole(attributes, "organization-id")?;
    if company.is_some() && said.is_some() && said != company {
        return Err(Refused::field("organization-id", "The path names another organization."));
    }
    let company = company.or(said).ok_or_else(|| missing("organization-id"))?;
    let of = whole(attributes, "flexible-asset-type-id")?.ok_or_else(|| missing("flexible-asset-type-id"))?;
    let change = change(attributes)?;
    if change.traits.is_none() {
        return Err(missing("traits"));
    }
    assets::make(state, company, of, change)
}

fn changed(state: &mut State, id: i64, sent: &Value) -> Result<i64, Refused> {
    let attributes = attributes(sent, ASSET)?;
    let asset = state.flexible.assets.get(&id).ok_or(Refused::Gone)?;
    for (name, property) in
        [("organization-id", "companyId"), ("flexible-asset-type-id", "flexibleAssetTypeId")]
    {
        if whole(attributes, name)?.is_some_and(|said| said != number(asset, property)) {
            return Err(Refused::field(name, "An asset keeps its organization and its type."));
        }
    }
    let change = change(attributes)?;
    assets::update(state, id, change).map(|()| id)
}

fn change(attributes: &Row) -> Result<Change, Refused> {
    let archived = match attributes.get("archived") {
        None => None,
        Some(Value::Bool(archived)) => Some(*archived),
        Some(_) => return Err(Refused::field("archived", "This is true or false.")),
    };
    let traits = match attributes.get("traits") {
        None => None,
        Some(Value::Object(traits)) => Some(traits.clone()),
        Some(_) => return Err(Refused::field("traits", "The traits are an object.")),
    };
    Ok(Change { archived, traits, resource_url: None })
}

/// Returns the id that a row of a call for many names among its attributes.
fn named(row: &Value) -> Result<i64, Refused> {
    let id = whole(attributes(row, ASSET)?, "id")?;
    id.ok_or_else(|| Refused::field("id", "The id field is required."))
}

fn alone(state: &State, status: u16, written: Result<i64, Refused>) -> Response {
    match written.and_then(|id| state.flexible.assets.get(&id).ok_or(Refused::Gone)) {
        Ok(asset) => Response::json(status, &json!({"data": shown(state, asset)})).changed(),
        Err(refused) => refused.look_alike(),
    }
}

fn shown(state: &State, asset: &Row) -> Value {
    let (company, of) = (number(asset, "companyId"), number(asset, "flexibleAssetTypeId"));
    let name = |row: Option<&Row>| row.map(|row| text(row, "name").to_owned());
    let plain = |name: &str| asset.get(name).cloned().unwrap_or_default();
    let attributes: Map<String, Value> = [
        ("organization-id", json!(company)),
        ("organization-name", json!(name(state.companies.get(&company)))),
        ("flexible-asset-type-id", json!(of)),
        ("flexible-asset-type-name", json!(name(state.flexible.types.get(&of)))),
        ("name", plain("name")),
        ("archived", plain("archived")),
        ("resource-url", plain("resourceUrl")),
        ("traits", Value::Object(assets::held(asset))),
        ("created-at", plain("dateCreated")),
        ("updated-at", plain("dateModified")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    resource(state, ASSET, number(asset, "id"), attributes)
}
