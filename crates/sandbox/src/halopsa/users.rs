//! Users: persons, and the general user of every site.

use serde_json::{Value, json};

use super::accept::{self, USER};
use super::{
    Request, Response, Row, State, fields, is_true, list as pages, now, number, refusal, show, text,
};

/// Lists users.
pub(super) fn list(state: &State, request: &Request) -> Response {
    let wanted = |name: &str| request.param(name).and_then(|id| id.parse::<i64>().ok());
    let azure_ids = match searched(request) {
        Ok(azure_ids) => azure_ids,
        Err(refused) => return refused,
    };
    let without_general = is_true(request, "exclude_generaluser") && state.general_users_can_be_left_out;
    let general = state.general_users.values().filter(|_| !without_general);
    let found = state.contacts.values().chain(general).filter(|user| {
        wanted("client_id").is_none_or(|id| number(user, "client_id") == Some(id))
            && wanted("site_id").is_none_or(|id| number(user, "site_id") == Some(id))
            && pages::wants(request, user)
            && wants_account(request, user)
            && pages::finds(request, user, &["name", "emailaddress", "phonenumber", "mobilenumber"])
            && azure_ids.iter().all(|id| text(user, "azureoid").eq_ignore_ascii_case(id))
    });
    pages::answer("users", found.collect(), state.largest_page, request, |user| show::row(state, user))
}

/// Is true if the listing wants users like this one by whether they are service accounts. Left out by itself is what is
/// least expected of each kind, as with inactive users (inferred from the flags' names).
fn wants_account(request: &Request, user: &Row) -> bool {
    if user.get("isserviceaccount") == Some(&json!(true)) {
        return is_true(request, "includeserviceaccount");
    }
    !request.param("includenonserviceaccount").is_some_and(|value| value.eq_ignore_ascii_case("false"))
}

/// Returns the ids that `advanced_search` wants; it takes few fields, and of users this one alone here.
fn searched(request: &Request) -> Result<Vec<String>, Response> {
    let Some(sent) = request.param("advanced_search").filter(|sent| !sent.is_empty()) else {
        return Ok(Vec::new());
    };
    let filters: Vec<Value> = serde_json::from_str(sent).map_err(|_| refusal::no_such_search())?;
    let id = |filter: &Value| {
        let is_known = filter["filter_name"] == "azureoid" && filter["filter_type"] == 2;
        filter["filter_value"].as_str().filter(|_| is_known).map(ToOwned::to_owned)
    };
    filters.iter().map(|filter| id(filter).ok_or_else(refusal::no_such_search)).collect()
}

/// Returns one user.
pub(super) fn one(state: &State, id: &str, request: &Request) -> Response {
    let id = id.parse::<i64>().unwrap_or_default();
    match state.contacts.get(&id).or_else(|| state.general_users.get(&id)) {
        Some(user) if is_true(request, "includedetails") => Response::json(200, &show::user(state, user)),
        Some(user) => Response::json(200, &show::row(state, user)),
        None => refusal::not_found("User"),
    }
}

/// Makes and changes users: with an id it is a change of what is named.
///
/// The name stays as it is where first name or surname change without it.
pub(super) fn write(state: &mut State, request: &Request) -> Response {
    let sent = match accept::body(request, USER) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let mut written = Vec::new();
    for body in &sent {
        let before = match number(body, "id").filter(|id| *id != 0) {
            Some(id) => match state.contacts.get(&id) {
                Some(user) => user.clone(),
                None => return refusal::not_found("User"),
            },
            None => Row::new(),
        };
        let mut next = before.clone();
        accept::columns(USER, &mut next, body);
        fields::write(state, fields::OF_USERS, &mut next, body.get("customfields").unwrap_or(&Value::Null));
        match completed(state, &before, next) {
            Ok(next) => written.push((before, next)),
            Err(refused) => return refused,
        }
    }
    let mut shown = Vec::new();
    let mut changed = false;
    for (before, mut next) in written {
        if next != before {
            changed = true;
            next.insert("ulastupdate".to_owned(), json!(now()));
            let id = number(&next, "id").unwrap_or_else(|| state.number());
            next.insert("id".to_owned(), json!(id));
            state.contacts.insert(id, next.clone());
        }
        shown.push(if state.answers_ids { json!({"id": next["id"]}) } else { show::user(state, &next) });
    }
    answered(state, shown, changed)
}

/// Returns the user with its site's client and a name, which it cannot be without.
fn completed(state: &State, before: &Row, mut next: Row) -> Result<Row, Response> {
    #[allow(clippy::cast_possible_truncation)] // an id that came with a point
    let site = next.get("site_id").and_then(Value::as_f64).map(|site| site as i64);
    let Some(client) = site.and_then(|site| number(state.sites.get(&site)?, "client_id")) else {
        return Err(refusal::lacks("Please select a site for this user"));
    };
    next.insert("site_id".to_owned(), json!(site));
    next.insert("client_id".to_owned(), json!(client));
    if before.is_empty() {
        let halves = [text(&next, "firstname").trim(), text(&next, "surname").trim()];
        let whole = halves.into_iter().filter(|half| !half.is_empty()).collect::<Vec<_>>().join(" ");
        if text(&next, "name").trim().is_empty() {
            next.insert("name".to_owned(), json!(whole));
        }
        next.entry("inactive").or_insert(json!(false));
        next.entry("customfields").or_insert_with(|| json!({}));
        next.entry("datecreated").or_insert_with(|| json!(now()));
    }
    if text(&next, "name").trim().is_empty() {
        return Err(refusal::lacks("Please enter a name for this user"));
    }
    Ok(next)
}

/// Returns the answer to a write: a list, or the one record bare.
pub(super) fn answered(state: &State, mut shown: Vec<Value>, changed: bool) -> Response {
    let body = match shown.len() {
        1 if !state.answers_lists => shown.remove(0),
        _ => Value::Array(shown),
    };
    let response = Response::json(201, &body);
    if changed { response.changed() } else { response }
}
