//! Clients.

use serde_json::Value;

use super::accept::{self, CLIENT};
use super::users::answered;
use super::{Request, Response, State, fields, is_true, list as pages, number, refusal, show};

/// Lists clients.
pub(super) fn list(state: &State, request: &Request) -> Response {
    let top = request.param("toplevel_id").and_then(|id| id.parse::<i64>().ok());
    let found = state.clients.values().filter(|client| {
        top.is_none_or(|top| number(client, "toplevel_id") == Some(top))
            && pages::wants(request, client)
            && pages::finds(request, client, &["name"])
    });
    let with_tenants = is_true(request, "includeazuretenants");
    pages::answer("clients", found.collect(), state.largest_page, request, |client| {
        show::client(state, client, with_tenants)
    })
}

/// Returns one client; the tenants that are linked to it come with a listing alone.
pub(super) fn one(state: &State, id: &str, _: &Request) -> Response {
    match id.parse::<i64>().ok().and_then(|id| state.clients.get(&id)) {
        Some(client) => Response::json(200, &show::client(state, client, false)),
        None => refusal::not_found("Client"),
    }
}

/// Returns one site. Its client's id has a point (seen in recorded answers).
pub(super) fn site(state: &State, id: &str) -> Response {
    let Some(site) = id.parse::<i64>().ok().and_then(|id| state.sites.get(&id)) else {
        return refusal::not_found("Site");
    };
    Response::json(200, &show::site(state, site))
}

/// Changes clients; making one is not emulated.
pub(super) fn write(state: &mut State, request: &Request) -> Response {
    let sent = match accept::body(request, CLIENT) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let mut written = Vec::new();
    for body in &sent {
        let Some((id, before)) = number(body, "id").and_then(|id| Some((id, state.clients.get(&id)?))) else {
            return refusal::not_found("Client");
        };
        let mut next = before.clone();
        accept::columns(CLIENT, &mut next, body);
        fields::write(state, fields::OF_CLIENTS, &mut next, body.get("customfields").unwrap_or(&Value::Null));
        written.push((id, next));
    }
    let mut shown = Vec::new();
    let mut changed = false;
    for (id, next) in written {
        changed |= state.clients.get(&id) != Some(&next);
        shown.push(show::client(state, &next, false));
        state.clients.insert(id, next);
    }
    answered(state, shown, changed)
}
