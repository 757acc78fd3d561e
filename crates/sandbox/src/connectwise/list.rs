//! Lists: bare arrays, in pages that a `Link` header joins.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Value, json};

use super::filter::{self, Filter, Leaf};
use super::schema::Entity;
use super::{Record, Request, Response, State, refusal, show, store};

/// Records of a page whose size is not given.
const USUAL: usize = 25;
/// Records of a page at most.
const MOST: usize = 1000;

/// Where in a list a page begins, and the way there.
enum Paging {
    /// The page of that number, from 1.
    Number(usize),
    /// What has an id above this one.
    After(i64),
}

/// Returns a page of the records that a request asks for.
pub(super) fn page(state: &State, entity: &Entity, parent: Option<i64>, request: &Request) -> Response {
    match asked(state, entity, parent, request) {
        Ok(response) => response,
        Err(refused) => refused,
    }
}

fn asked(
    state: &State,
    entity: &Entity,
    parent: Option<i64>,
    request: &Request,
) -> Result<Response, Response> {
    let size = match number(request, "pageSize")? {
        None => USUAL,
        Some(size) if (1..=MOST).contains(&size) => size,
        Some(_) => return Err(refusal::parameter(&format!("pageSize must be from 1 to {MOST}."))),
    };
    let order = order(entity, request.param("orderBy").unwrap_or_default())?;
    let forward =
        request.header("pagination-type").is_some_and(|kind| kind.eq_ignore_ascii_case("forward-only"));
    let paging = if forward {
        if !order.is_empty() {
            return Err(refusal::parameter("orderBy cannot be used with forward-only pagination."));
        }
        let after = request.param("pageId").map_or(Ok(0), str::parse);
        Paging::After(after.map_err(|_| refusal::parameter("pageId must be a number."))?)
    } else {
        match number(request, "page")? {
            Some(0) => return Err(refusal::parameter("page must be 1 or more.")),
            page => Paging::Number(page.unwrap_or(1)),
        }
    };
    let wanted = wanted(request);
    let mut records = matching(state, entity, parent, request)?;
    if let Paging::After(id) = paging {
        records.retain(|record| record.id() > id);
    }
    if !order.is_empty() {
        sort(state, entity, &mut records, &order);
    }
    let skipped = match paging {
        Paging::Number(page) => (page - 1).saturating_mul(size),
        Paging::After(_) => 0,
    };
    let pages = records.len().div_ceil(size);
    let more = records.len() > skipped.saturating_add(size);
    let shown: Vec<&Cow<Record>> = records.iter().skip(skipped).take(size).collect();
    let link = match (paging, shown.last()) {
        (Paging::Number(page), _) if more => {
            let to = |page: usize, rel| link(state, request, ("page", page.to_string()), rel);
            Some(format!("{}, {}", to(page + 1, "next"), to(pages, "last")))
        }
        (Paging::After(_), Some(last)) if more => {
            Some(link(state, request, ("pageId", last.id().to_string()), "next"))
        }
        // The last page of the one kind has an empty header, of the other none (documented).
        (Paging::After(_), _) => Some(String::new()),
        (Paging::Number(_), _) => None,
    };
    let rows: Vec<Value> =
        shown.into_iter().map(|record| show::row(state, entity, record, wanted.as_deref())).collect();
    let response = Response::json(200, &Value::Array(rows));
    Ok(match link {
        Some(link) => response.with("link", link),
        None => response,
    })
}

/// Returns how many records a request asks for.
pub(super) fn count(state: &State, entity: &Entity, parent: Option<i64>, request: &Request) -> Response {
    match matching(state, entity, parent, request) {
        Ok(records) => Response::json(200, &json!({"count": records.len()})),
        Err(refused) => refused,
    }
}

/// Returns the fields that a request wants; `None` for all.
///
/// What the entity does not have is passed over, `*` included (seen live by clients: only the id is left then).
pub(super) fn wanted(request: &Request) -> Option<Vec<(String, Option<String>)>> {
    let names = request.param("fields").filter(|names| !names.trim().is_empty())?;
    let split = |name: &str| match name.trim().split_once('/') {
        Some((name, member)) => (name.to_owned(), Some(member.to_owned())),
        None => (name.trim().to_owned(), None),
    };
    Some(names.split(',').map(split).collect())
}

fn matching<'a>(
    state: &'a State,
    entity: &Entity,
    parent: Option<i64>,
    request: &Request,
) -> Result<Vec<Cow<'a, Record>>, Response> {
    let filter = Filter::parse(entity, request).map_err(|message| refusal::condition(&message))?;
    if state.invisible.contains(entity.role) {
        return Ok(Vec::new());
    }
    let mut records = store::all(state, entity, parent);
    records.retain(|record| filter.accepts(state, entity, record));
    Ok(records)
}

fn number(request: &Request, name: &str) -> Result<Option<usize>, Response> {
    let refused = |_| refusal::parameter(&format!("{name} must be a number."));
    request.param(name).map(|text| text.parse().map_err(refused)).transpose()
}

/// Returns what to order by, and whether downwards.
fn order(entity: &Entity, text: &str) -> Result<Vec<(Leaf, bool)>, Response> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, way) = part.split_once(' ').unwrap_or((part, "asc"));
            let leaf = filter::leaf(entity, name);
            let leaf =
                leaf.ok_or_else(|| refusal::condition(&format!("{name} is not a recognized name.")))?;
            match way.trim().to_ascii_lowercase().as_str() {
                "asc" => Ok((leaf, false)),
                "desc" => Ok((leaf, true)),
                other => Err(refusal::condition(&format!("Syntax error at {other}."))),
            }
        })
        .collect()
}

fn sort(state: &State, entity: &Entity, records: &mut [Cow<Record>], order: &[(Leaf, bool)]) {
    records.sort_by_cached_key(|record| {
        let cells = order.iter().map(|(leaf, down)| {
            (filter::cell(leaf.kind, &filter::value(state, entity, record, leaf)), *down)
        });
        Rank(cells.collect())
    });
}

/// A place in an order; what has no value comes first.
#[derive(PartialEq)]
struct Rank(Vec<(filter::Cell, bool)>);

impl Eq for Rank {}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        let compared = self.0.iter().zip(&other.0).map(|((left, down), (right, _))| {
            let order = left.partial_cmp(right).unwrap_or(Ordering::Equal);
            if *down { order.reverse() } else { order }
        });
        compared.fold(Ordering::Equal, Ordering::then)
    }
}

/// Returns a link to another page of the same list.
fn link(state: &State, request: &Request, (name, value): (&str, String), rel: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let others = request.query.iter().filter(|(key, _)| !matches!(key.as_str(), "page" | "pageId"));
    query.extend_pairs(others).append_pair(name, &value);
    let path = request.path.split_once("/apis/3.0").map_or("", |(_, path)| path);
    format!("<{}{path}?{}>; rel=\"{rel}\"", state.links, query.finish())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ok, refused, send, send_with, state};
    use super::*;
    use crate::sample;

    const FORWARD: (&str, &str) = ("pagination-type", "forward-only");

    fn ids(page: &Value) -> Vec<i64> {
        page.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }

    fn link_of(response: &Response) -> Option<&str> {
        response.headers.iter().find(|(name, _)| name == "link").map(|(_, value)| value.as_str())
    }

    /// Returns the value of a parameter in the link to the next page.
    fn next(response: &Response, name: &str) -> Option<String> {
        let link = link_of(response)?.split_once('>')?.0.split_once('?')?.1.to_owned();
        let mut pairs = url::form_urlencoded::parse(link.as_bytes()).into_owned();
        pairs.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    #[test]
    fn a_page_has_twenty_five_records_and_a_thousand_at_most() {
        let mut state = state(600);
        let mut length = |query: &str| ids(&ok(&mut state, &format!("/company/contacts{query}"))).len();
        assert_eq!(length(""), 25);
        assert_eq!(length("?pageSize=1000"), 1000);
        assert_eq!(length("?pageSize=1000&page=2"), 200);
        assert_eq!(length("?pageSize=1000&page=3"), 0);
        for query in ["pageSize=1001", "pageSize=0", "pageSize=x", "page=0"] {
            assert_eq!(refused(&mut state, "GET", &format!("/company/contacts?{query}"), None).0, 400);
        }
    }

    #[test]
    fn following_page_numbers_gives_every_record_once() {
        let mut state = state(40);
        let (mut page, mut seen) = (Some("1".to_owned()), Vec::new());
        while let Some(number) = page {
            let target = format!("/company/contacts?pageSize=30&orderBy=id asc&page={number}");
            let response = send(&mut state, "GET", &target, None);
            seen.extend(ids(&sample::json(&response)));
            page = next(&response, "page");
            assert_eq!(page.is_some(), link_of(&response).is_some());
        }
        assert_eq!(seen, state.contacts.keys().copied().collect::<Vec<_>>());
    }

    #[test]
    fn following_page_ids_gives_every_record_once_and_ends_with_an_empty_link() {
        let mut state = state(40);
        let (mut after, mut seen) = (Some("0".to_owned()), Vec::new());
        while let Some(id) = after {
            let target = format!("/company/contacts?pageSize=30&page=7&pageId={id}");
            let response = send_with(&mut state, "GET", &target, &[FORWARD], None);
            seen.extend(ids(&sample::json(&response)));
            after = next(&response, "pageId");
            assert_eq!(after.is_none(), link_of(&response) == Some(""));
        }
        assert_eq!(seen, state.contacts.keys().copied().collect::<Vec<_>>());
        let ordered = send_with(&mut state, "GET", "/company/contacts?orderBy=id", &[FORWARD], None);
        assert_eq!(ordered.status, 400);
    }

    #[test]
    fn a_link_shows_another_host_and_keeps_the_conditions() {
        let mut state = state(2);
        let target = "/company/contacts?pageSize=1&conditions=firstName=\"Person\"";
        let response = send(&mut state, "GET", target, None);
        let link = link_of(&response).unwrap();
        assert!(
            link.starts_with("<https://na.myconnectwise.example/v4_6_release/apis/3.0//company/contacts?")
        );
        assert!(link.contains("page=2>; rel=\"next\", <") && link.ends_with("page=4>; rel=\"last\""));
        assert_eq!(next(&response, "conditions").unwrap(), "firstName=\"Person\"");
    }

    #[test]
    fn records_are_counted_as_they_are_listed() {
        let mut state = state(20);
        let mut count =
            |query: &str| ok(&mut state, &format!("/company/contacts/count{query}"))["count"].take();
        assert_eq!(count(""), 40);
        assert_eq!(count("?conditions=company/id=174"), 20);
        assert_eq!(count("?conditions=inactiveFlag=true"), 4);
    }

    #[test]
    fn records_come_in_the_order_asked_for() {
        let mut state = state(3);
        let mut order = |by: &str| {
            let found = ok(&mut state, &format!("/company/contacts?fields=id&orderBy={by}"));
            ids(&found).iter().map(|id| id % 1_000_000).collect::<Vec<_>>()
        };
        assert_eq!(order("id desc")[0], 750_003);
        assert_eq!(order("company/id desc, lastName desc")[..2], [750_003, 750_002]);
        let target = "/company/contacts?orderBy=communicationItems";
        assert_eq!(refused(&mut state, "GET", target, None).1["code"], "ApiFindCondition");
    }

    #[test]
    fn the_wanted_fields_alone_are_given() {
        let mut state = state(3);
        let mut ask = |fields: &str| ok(&mut state, &format!("/company/contacts/1740003?fields={fields}"));
        assert_eq!(ask("id,lastName"), json!({"id": 1_740_003, "lastName": "O'Number 3"}));
        assert_eq!(ask("company/id,company/name")["company"], json!({"id": 174, "name": "Contoso"}));
        let info = ask("_info/lastUpdated")["_info"].take();
        assert_eq!(info.as_object().unwrap().len(), 1);
        assert_eq!(ask("communicationItems/value")["communicationItems"][0].as_object().unwrap().len(), 1);
        assert_eq!(ask("*,nothing"), json!({"id": 1_740_003}));
    }

    #[test]
    fn what_may_not_be_read_is_refused_or_not_there() {
        let mut state = state(2);
        state.denied.insert("Contacts/inquire".into());
        state.invisible.insert("Company Maintenance".into());
        for target in ["/company/contacts", "/company/contacts/count", "/company/contacts/1740001"] {
            assert_eq!(refused(&mut state, "GET", target, None).0, 403, "{target}");
        }
        assert_eq!(ok(&mut state, "/company/companies"), json!([]));
        assert_eq!(refused(&mut state, "GET", "/company/companies/174", None).0, 404);
        assert_ne!(ok(&mut state, "/company/contacts/types"), json!([]));
    }
}
