//! Reading: queries with their pages, counts, and single records.

use std::ops::Bound;

use serde_json::{Value, json};

use super::filter::{self, Filter};
use super::schema::Entity;
use super::{Page, Record, Request, Response, Row, State, refusal, udf};

/// Records of one page, at most and by default.
const MOST: usize = 500;
/// Pages that can be asked for; older ones are forgotten.
const KEPT: usize = 50;
/// The longest address that the web server takes.
const LONGEST: usize = 2048;

/// A query.
struct Query {
    size: usize,
    include: Option<Include>,
    filter: Filter,
}

/// The fields that are wanted.
struct Include {
    fields: Vec<String>,
    /// `None` for none, an empty list for all.
    udf: Option<Vec<String>>,
}

/// A place in a chain of pages.
struct Place {
    chain: u64,
    index: u64,
    after: i64,
}

/// Returns the first page of a query.
pub(super) fn first(state: &mut State, entity: &Entity, request: &Request) -> Response {
    match body(request) {
        Err(refused) => refused,
        Ok(body) => {
            state.chains += 1;
            let place = Place { chain: state.chains, index: 0, after: -1 };
            page(state, entity, request, &body, &place)
        }
    }
}

/// Returns a later (or earlier) page, by the method and with the body that started the chain.
pub(super) fn next(state: &mut State, entity: &Entity, request: &Request) -> Response {
    let token = request.param("paging").unwrap_or_default();
    let Some(kept) = state.pages.iter().find(|page| page.token == token && page.entity == entity.path) else {
        return refusal::errors(&["The page is not available any more."]);
    };
    if kept.method != request.method {
        return refusal::method(&request.method);
    }
    let Ok(stored) = serde_json::from_str::<Value>(&kept.query) else {
        return refusal::unexpected(state);
    };
    let sent = serde_json::from_slice::<Value>(&request.body).ok();
    if request.method == "POST" && sent.as_ref() != Some(&stored) {
        return refusal::errors(&["The query is not the one that the page belongs to."]);
    }
    let place = token.split_once('-').and_then(|(chain, index)| {
        Some(Place { chain: chain.parse().ok()?, index: index.parse().ok()?, after: kept.after })
    });
    match place {
        Some(place) => page(state, entity, request, &stored, &place),
        None => refusal::unexpected(state),
    }
}

/// Returns how many records a query would give.
pub(super) fn count(state: &mut State, entity: &Entity, request: &Request) -> Response {
    let query = body(request).and_then(|body| parse(state, entity, &body));
    match query {
        Err(refused) => refused,
        Ok(query) => {
            let count = matches(state, entity, &query.filter, -1).count();
            Response::json(200, &json!({"queryCount": count}))
        }
    }
}

/// Returns one record by its id; null where there is none.
pub(super) fn one(state: &mut State, entity: &Entity, id: &str, request: &Request) -> Response {
    let Ok(id) = id.parse::<i64>() else { return refusal::nowhere() };
    if request.method != "GET" {
        return refusal::method(&request.method);
    }
    if state.denies(entity, "query") {
        return refusal::denied("query", entity.name);
    }
    let found = state.table(entity.set).get(&id).filter(|_| !state.invisible.contains(entity.path));
    let item = found.map(|record| shown(state, entity, record, None));
    Response::json(200, &json!({"item": item}))
}

/// Returns the contacts of a company, by address alone.
pub(super) fn children(state: &mut State, entity: &Entity, company: i64, request: &Request) -> Response {
    let body = json!({"filter": [{"op": "eq", "field": "companyID", "value": company}]});
    state.chains += 1;
    let place = Place { chain: state.chains, index: 0, after: -1 };
    page(state, entity, request, &body, &place)
}

/// Returns the query that a request carries.
fn body(request: &Request) -> Result<Value, Response> {
    let malformed = || refusal::errors(&["The query is not valid JSON."]);
    match request.method.as_str() {
        "POST" => serde_json::from_slice(&request.body).map_err(|_| malformed()),
        "GET" => {
            let search = request.param("search").unwrap_or_default();
            let escaped = |byte: u8| if byte.is_ascii_alphanumeric() { 1 } else { 3 };
            if request.path.len() + search.bytes().map(escaped).sum::<usize>() > LONGEST {
                return Err(refusal::nowhere());
            }
            serde_json::from_str(search).map_err(|_| malformed())
        }
        method => Err(refusal::method(method)),
    }
}

fn parse(state: &State, entity: &Entity, body: &Value) -> Result<Query, Response> {
    if state.denies(entity, "query") {
        return Err(refusal::denied("query", entity.name));
    }
    let refuse = |message: String| refusal::errors(&[message]);
    let size = match body.get("MaxRecords").or_else(|| body.get("maxRecords")) {
        None | Some(Value::Null) => MOST,
        Some(size) => size
            .as_u64()
            .and_then(|size| usize::try_from(size).ok())
            .filter(|size| (1..=MOST).contains(size))
            .ok_or_else(|| refuse(format!("MaxRecords must be a number from 1 to {MOST}.")))?,
    };
    let wanted = body.get("IncludeFields").or_else(|| body.get("includeFields"));
    let include = match wanted.and_then(Value::as_array) {
        Some(names) if !names.is_empty() => Some(include(state, entity, names).map_err(refuse)?),
        _ => None,
    };
    let filter = filter::parse(state, entity, body.get("filter")).map_err(refuse)?;
    Ok(Query { size, include, filter })
}

fn include(state: &State, entity: &Entity, names: &[Value]) -> Result<Include, String> {
    let mut include = Include { fields: Vec::new(), udf: None };
    for name in names {
        let name = name.as_str().unwrap_or_default();
        if name.eq_ignore_ascii_case("userDefinedFields") {
            include.udf = Some(Vec::new());
        } else if let Some(field) = entity.field(name) {
            include.fields.push(field.name.to_owned());
        } else if let Some(definition) = udf::find(state, entity, name) {
            include.udf.get_or_insert_default().push(definition.text("name").to_owned());
        } else {
            return Err(refusal::unknown_field(name, entity.name));
        }
    }
    Ok(include)
}

/// Returns matching records with ids above `after`, in the order of ids.
fn matches<'a>(
    state: &'a State,
    entity: &Entity,
    filter: &'a Filter,
    after: i64,
) -> impl Iterator<Item = &'a Record> {
    let visible = !state.invisible.contains(entity.path);
    let records = state.table(entity.set).range((Bound::Excluded(after), Bound::Unbounded));
    records.map(|(_, record)| record).filter(move |record| visible && filter.accepts(state, record))
}

fn page(state: &mut State, entity: &Entity, request: &Request, body: &Value, place: &Place) -> Response {
    let query = match parse(state, entity, body) {
        Ok(query) => query,
        Err(refused) => return refused,
    };
    let mut records: Vec<&Record> =
        matches(state, entity, &query.filter, place.after).take(query.size + 1).collect();
    let more = records.len() > query.size;
    records.truncate(query.size);
    let last = records.last().and_then(|record| record.number("id")).unwrap_or_default();
    let items: Vec<Value> =
        records.iter().map(|record| shown(state, entity, record, query.include.as_ref())).collect();
    let token = |index: u64| format!("{}-{index}", place.chain);
    let url = |index: u64| {
        let token = token(index);
        format!("{}/atservicesrest/V1.0/{}/query/next?paging={token}", request.base, entity.path)
    };
    let details = json!({
        "count": items.len(),
        "requestCount": query.size,
        "prevPageUrl": place.index.checked_sub(1).map(url),
        "nextPageUrl": more.then(|| url(place.index + 1)),
    });
    let mut keep = |index: u64, after: i64| {
        let page = Page {
            token: token(index),
            entity: entity.path.to_owned(),
            method: request.method.clone(),
            query: body.to_string(),
            after,
        };
        remember(state, page);
    };
    if more && place.index == 0 {
        keep(0, place.after);
    }
    if more {
        keep(place.index + 1, last);
    }
    Response::json(200, &json!({"items": items, "pageDetails": details}))
}

fn remember(state: &mut State, page: Page) {
    if state.pages.iter().any(|kept| kept.token == page.token) {
        return;
    }
    state.pages.push_back(page);
    while state.pages.len() > KEPT {
        state.pages.pop_front();
    }
}

/// Returns a record as reads show it: every standard field, null where there is nothing.
fn shown(state: &State, entity: &Entity, record: &Record, include: Option<&Include>) -> Value {
    let wanted =
        |name: &str| include.is_none_or(|include| include.fields.iter().any(|wanted| wanted == name));
    let mut row: Row = entity
        .fields
        .iter()
        .filter(|field| wanted(field.name))
        .map(|field| (field.name.to_owned(), record.fields.get(field.name).cloned().unwrap_or_default()))
        .collect();
    let only = include.map(|include| include.udf.as_deref());
    let user_defined = match only {
        Some(None) => None,
        None | Some(Some([])) => udf::shown(state, entity, record, None),
        Some(only) => udf::shown(state, entity, record, only),
    };
    if let Some(values) = user_defined.filter(|_| entity.udf.is_some()) {
        row.insert("userDefinedFields".to_owned(), values);
    }
    Value::Object(row)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{error, ok, send, state};
    use super::*;
    use crate::sample;

    const PATH: &str = "/Contacts/query";

    fn all(size: usize) -> Value {
        json!({"MaxRecords": size, "IncludeFields": ["id"], "filter": [{"op": "exist", "field": "id"}]})
    }

    /// Returns the part of a page's link below `/V1.0`.
    fn target(url: &Value) -> Option<String> {
        Some(url.as_str()?.split_once("/V1.0")?.1.to_owned())
    }

    #[test]
    fn following_the_next_page_gives_every_record_once() {
        let mut state = state(300);
        let (mut path, mut ids) = (Some(PATH.to_owned()), Vec::new());
        while let Some(at) = path {
            let page = ok(&mut state, "POST", &at, Some(&all(70)));
            let items = page["items"].as_array().unwrap();
            assert_eq!(page["pageDetails"]["count"], items.len());
            ids.extend(items.iter().map(|item| item["id"].as_i64().unwrap()));
            path = target(&page["pageDetails"]["nextPageUrl"]);
        }
        assert_eq!(ids, state.contacts.keys().copied().collect::<Vec<_>>());
    }

    #[test]
    fn a_page_is_asked_for_with_the_method_and_body_that_started() {
        let mut state = state(30);
        let page = ok(&mut state, "POST", PATH, Some(&all(10)));
        let next = target(&page["pageDetails"]["nextPageUrl"]).unwrap();
        let refused = send(&mut state, "GET", &next, None);
        assert_eq!(refused.status, 405);
        assert_eq!(
            sample::json(&refused)["Message"],
            "The requested resource does not support http method 'GET'."
        );
        error(&mut state, "POST", &next, &all(20));
        let second = ok(&mut state, "POST", &next, Some(&all(10)));
        let back = target(&second["pageDetails"]["prevPageUrl"]).unwrap();
        assert_eq!(ok(&mut state, "POST", &back, Some(&all(10)))["items"], page["items"]);
    }

    #[test]
    fn a_search_by_address_is_paged_by_address() {
        let mut state = state(30);
        let search = format!("{PATH}?search={}", all(40));
        let page = ok(&mut state, "GET", &search, None);
        let next = target(&page["pageDetails"]["nextPageUrl"]).unwrap();
        assert_eq!(send(&mut state, "POST", &next, Some(&all(40))).status, 405);
        assert_eq!(ok(&mut state, "GET", &next, None)["pageDetails"]["nextPageUrl"], Value::Null);
        let long = json!({"filter": [{"op": "in", "field": "id", "value": vec![1_740_001; 400]}]});
        assert_eq!(send(&mut state, "GET", &format!("{PATH}?search={long}"), None).status, 404);
    }

    #[test]
    fn only_the_fifty_most_recent_pages_can_be_asked_for() {
        let mut state = state(60);
        let mut tokens = Vec::new();
        let mut path = Some(PATH.to_owned());
        while let Some(at) = path {
            let page = ok(&mut state, "POST", &at, Some(&all(2)));
            path = target(&page["pageDetails"]["nextPageUrl"]);
            tokens.extend(path.clone());
        }
        assert_eq!(tokens.len(), 59);
        assert!(error(&mut state, "POST", &tokens[0], &all(2)).contains("page"));
        ok(&mut state, "POST", &tokens[58], Some(&all(2)));
        ok(&mut state, "POST", &tokens[9], Some(&all(2)));
    }

    #[test]
    fn a_page_holds_five_hundred_records_at_most() {
        let mut state = state(300);
        let page = ok(&mut state, "POST", PATH, Some(&json!({"filter": [{"op": "exist", "field": "id"}]})));
        assert_eq!(page["pageDetails"]["count"], 500);
        for size in [json!(501), json!(0), json!("many")] {
            let mut query = all(1);
            query["MaxRecords"] = size;
            error(&mut state, "POST", PATH, &query);
        }
    }

    #[test]
    fn the_wanted_fields_alone_are_given() {
        let mut state = state(6);
        let mut ask = |fields: Value| {
            let body = json!({"IncludeFields": fields,
                "filter": [{"op": "eq", "field": "id", "value": 1_740_003}]});
            ok(&mut state, "POST", PATH, Some(&body))["items"][0].take()
        };
        assert_eq!(ask(json!(["id", "lastName"])), json!({"id": 1_740_003, "lastName": "O'Number 3"}));
        assert_eq!(
            ask(json!(["id", "office365id"]))["userDefinedFields"],
            json!([{"name": "Office365Id", "value": "oid-1740003"}])
        );
        assert_eq!(ask(json!(["ID", "lastname"])), ask(json!(["id", "lastName"])), "without regard to case");
        assert_eq!(ask(json!(["userDefinedFields"]))["userDefinedFields"].as_array().unwrap().len(), 4);
        let filter = json!([{"op": "eq", "field": "ID", "value": 1_740_003}]);
        let small =
            ok(&mut state, "POST", PATH, Some(&json!({"includeFields": ["LASTNAME"], "filter": filter})));
        assert_eq!(small["items"], json!([{"lastName": "O'Number 3"}]));
        let body = json!({"IncludeFields": ["companyName"], "filter": [{"op": "exist", "field": "id"}]});
        let message = error(&mut state, "POST", PATH, &body);
        assert_eq!(message, "Unable to find companyName in the Contact Entity");
    }

    #[test]
    fn a_missing_record_is_null_and_company_zero_exists() {
        let mut state = state(1);
        assert_eq!(ok(&mut state, "GET", "/Companies/4711", None), json!({"item": null}));
        assert_eq!(ok(&mut state, "GET", "/Companies/0", None)["item"]["companyName"], "Our MSP");
    }

    #[test]
    fn what_may_not_be_read_is_refused_or_not_there() {
        let mut state = state(3);
        state.denied.insert("Contacts".into());
        state.invisible.insert("Companies".into());
        let body = json!({"filter": [{"op": "exist", "field": "id"}]});
        let message = error(&mut state, "POST", PATH, &body);
        assert!(message.starts_with("The logged in Resource does not have the adequate permissions"));
        assert_eq!(send(&mut state, "GET", "/Contacts/1740001", None).status, 500);
        assert_eq!(ok(&mut state, "POST", "/Companies/query", Some(&body))["items"], json!([]));
        assert_eq!(ok(&mut state, "GET", "/Companies/174", None), json!({"item": null}));
    }
}
