//! Reading users: lists with pages, filters and managers; single users.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde_json::{Map, Value, json};

use super::user::{Refused, User};
use super::{Call, State, Tenant, context, error, not_found};
use crate::wire::{Request, Response};

/// Answers `GET /users`.
pub(super) fn users(state: &State, call: &Call<'_>) -> Response {
    page(state, call).unwrap_or_else(|refusal| refusal)
}

/// Answers `GET /users/$count`.
pub(super) fn count(state: &State, call: &Call<'_>) -> Response {
    if !eventual(call.request) {
        return error(400, "Request_BadRequest", "$count is not currently supported.");
    }
    match filtered(state, call) {
        Ok(users) => Response::text(200, "text/plain", users.len().to_string()),
        Err(refusal) => refusal,
    }
}

/// Answers `GET /users/{key}`.
pub(super) fn one(state: &State, call: &Call<'_>, key: &str) -> Response {
    let Some(tenant) = state.tenants.get(call.tenant) else { return not_found(call.tenant) };
    let Some(user) = tenant.find(key).and_then(|at| tenant.users.get(at)) else { return not_found(key) };
    let shown = expand(call.request).and_then(|manager| shown(tenant, user, call.request, manager, false));
    match shown {
        Ok(mut shown) => {
            shown.insert("@odata.context".to_owned(), context(call.request, "users/$entity").into());
            Response::json(200, &Value::Object(shown))
        }
        Err(refusal) => refusal,
    }
}

/// Answers `GET /users/{key}/manager`.
pub(super) fn manager(state: &State, call: &Call<'_>, key: &str) -> Response {
    let Some(tenant) = state.tenants.get(call.tenant) else { return not_found(call.tenant) };
    let Some(user) = tenant.find(key).and_then(|at| tenant.users.get(at)) else { return not_found(key) };
    let manager =
        user.manager.as_deref().and_then(|key| tenant.find(key)).and_then(|at| tenant.users.get(at));
    let Some(manager) = manager else { return not_found("manager") };
    match shown(tenant, manager, call.request, None, false) {
        Ok(mut shown) => {
            shown.insert("@odata.type".to_owned(), "#microsoft.graph.user".into());
            Response::json(200, &Value::Object(shown))
        }
        Err(refusal) => refusal,
    }
}

fn page(state: &State, call: &Call<'_>) -> Result<Response, Response> {
    let request = call.request;
    for (option, text) in [
        ("$skip", "'$skip' is not supported by the service."),
        ("$search", "$search is not emulated by the sandbox."),
        ("$orderby", "$orderby is not emulated by the sandbox."),
    ] {
        if request.param(option).is_some() {
            return Err(error(400, "Request_BadRequest", text));
        }
    }
    let size = page_size(request)?;
    let manager = expand(request)?;
    if manager.is_some() && eventual(request) {
        let text = "$expand is not supported together with ConsistencyLevel: eventual.";
        return Err(error(400, "Request_UnsupportedQuery", text));
    }
    let tenant = state.tenants.get(call.tenant).ok_or_else(|| not_found(call.tenant))?;
    let start = match request.param("$skiptoken") {
        Some(token) => offset(state, token)?,
        None => 0,
    };
    let users = filtered(state, call)?;
    let size = if state.ragged_pages { size.div_ceil(2) } else { size };
    let value: Vec<Value> = users
        .iter()
        .skip(start)
        .take(size)
        .map(|user| shown(tenant, user, request, manager.clone(), true).map(Value::Object))
        .collect::<Result<_, _>>()?;

    let mut body = Map::new();
    body.insert("@odata.context".to_owned(), context(request, "users").into());
    if eventual(request) && request.param("$count") == Some("true") {
        body.insert("@odata.count".to_owned(), users.len().into());
    }
    if start + value.len() < users.len() {
        body.insert("@odata.nextLink".to_owned(), next_link(state, request, start + value.len()).into());
    }
    body.insert("value".to_owned(), value.into());
    Ok(Response::json(200, &Value::Object(body)))
}

fn page_size(request: &Request) -> Result<usize, Response> {
    let Some(text) = request.param("$top") else { return Ok(100) };
    text.parse().ok().filter(|size| (1..=999).contains(size)).ok_or_else(|| {
        let text = format!("Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive.");
        error(400, "Request_UnsupportedQuery", &text)
    })
}

/// Returns the link to the next page.
///
/// Its token holds where to go on, and when it was made.
fn next_link(state: &State, request: &Request, offset: usize) -> String {
    let token = BASE64.encode(json!([offset, state.edits]).to_string());
    let mut link = format!("{}/v1.0/users?", request.base);
    for (name, value) in request.query.iter().filter(|(name, _)| name != "$skiptoken") {
        let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        link.extend([name.as_str(), "=", &value, "&"]);
    }
    link + "$skiptoken=" + &token
}

fn offset(state: &State, token: &str) -> Result<usize, Response> {
    let parts: Option<(usize, u64)> =
        BASE64.decode(token).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some((offset, edits)) = parts else {
        return Err(error(400, "Request_BadRequest", "The page token is malformed."));
    };
    if state.page_life == 0 || state.edits.saturating_sub(edits) >= state.page_life {
        let text =
            "The specified page token value has expired and can no longer be included in your request.";
        return Err(error(400, "Directory_ExpiredPageToken", text));
    }
    Ok(offset)
}

/// What is asked of the manager: nothing, or his properties (`None` inside for the default ones).
type Manager = Option<Option<Vec<String>>>;

fn expand(request: &Request) -> Result<Manager, Response> {
    let Some(text) = request.param("$expand") else { return Ok(None) };
    let options = text.strip_prefix("manager").ok_or_else(|| {
        let text = format!("Property '{text}' cannot be expanded, or not together with others.");
        error(400, "ExpandNotSupported", &text)
    })?;
    if options.is_empty() {
        return Ok(Some(None));
    }
    let select = options.strip_prefix("($select=").and_then(|rest| rest.strip_suffix(')'));
    let select = select.filter(|select| !select.contains(['(', ';'])).ok_or_else(|| {
        error(400, "BadRequest", "Parsing OData Select and Expand failed: only $select may stand in $expand.")
    })?;
    Ok(Some(Some(select.split(',').map(|name| name.trim().to_owned()).collect())))
}

/// Returns the user's properties as the request wants them.
fn shown(
    tenant: &Tenant,
    user: &User,
    request: &Request,
    manager: Manager,
    listed: bool,
) -> Result<Map<String, Value>, Response> {
    let select: Option<Vec<&str>> =
        request.param("$select").map(|select| select.split(',').map(str::trim).collect());
    let mut shown = user.show(select.as_deref(), listed).map_err(refused)?;
    let Some(wanted) = manager else { return Ok(shown) };
    let found = user.manager.as_deref().and_then(|key| tenant.find(key)).and_then(|at| tenant.users.get(at));
    // Without a manager the property does not come at all.
    if let Some(found) = found {
        let wanted: Option<Vec<&str>> =
            wanted.as_ref().map(|wanted| wanted.iter().map(String::as_str).collect());
        let mut found = found.show(wanted.as_deref(), listed).map_err(refused)?;
        found.insert("@odata.type".to_owned(), "#microsoft.graph.user".into());
        shown.insert("manager".to_owned(), Value::Object(found));
    }
    Ok(shown)
}

fn refused(refused: Refused) -> Response {
    match refused {
        Refused::Unknown(name) => {
            let text = format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type \
                 'microsoft.graph.user'."
            );
            error(400, "BadRequest", &text)
        }
        Refused::SingleOnly(name) => error(
            501,
            "NotImplemented",
            &format!("'{name}' cannot be read for more than one user at a time."),
        ),
    }
}

fn eventual(request: &Request) -> bool {
    request.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
}

/// Returns the tenant's users that the filter lets through.
fn filtered<'a>(state: &'a State, call: &Call<'_>) -> Result<Vec<&'a User>, Response> {
    let tenant = state.tenants.get(call.tenant).ok_or_else(|| not_found(call.tenant))?;
    let listed = || tenant.users.iter().filter(|user| !state.unlisted.contains(&user.id));
    let Some(filter) = call.request.param("$filter") else { return Ok(listed().collect()) };
    let conditions: Vec<Condition<'_>> = filter
        .split(" and ")
        .map(|text| Condition::parse(text.trim()))
        .collect::<Option<_>>()
        .ok_or_else(|| {
            error(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified.")
        })?;
    Ok(listed().filter(|user| conditions.iter().all(|condition| condition.holds(user))).collect())
}

/// The conditions the sandbox understands; Graph knows more.
enum Condition<'a> {
    Equal(&'a str, Value),
    StartsWith(&'a str, &'a str),
}

impl<'a> Condition<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if let Some(inside) = text.strip_prefix("startswith(").and_then(|rest| rest.strip_suffix(')')) {
            let (name, value) = inside.split_once(',')?;
            // Graph refuses this one too.
            return Some(Self::StartsWith(name.trim(), quoted(value.trim())?))
                .filter(|_| name.trim() != "id");
        }
        let (name, value) = text.split_once(" eq ")?;
        let known = ["accountEnabled", "userType", "userPrincipalName", "mail", "id", "displayName"];
        let value = match value.trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            text => Value::String(quoted(text)?.replace("''", "'")),
        };
        known.contains(&name.trim()).then_some(Self::Equal(name.trim(), value))
    }

    fn holds(&self, user: &User) -> bool {
        let property = |name: &str| {
            user.show(Some(&[name]), false).ok().and_then(|mut shown| shown.remove(name)).unwrap_or_default()
        };
        match self {
            Self::Equal(name, value) => match (property(name), value) {
                (Value::String(left), Value::String(right)) => left.eq_ignore_ascii_case(right),
                (left, right) => left == *right,
            },
            Self::StartsWith(name, start) => property(name)
                .as_str()
                .is_some_and(|text| text.to_lowercase().starts_with(&start.to_lowercase())),
        }
    }
}

fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('\'')?.strip_suffix('\'')
}
