//! Lists with filters and numbered pages.

use serde_json::{Value, json};

use super::super::super::refusal;
use super::Request;
use crate::wire::Response;

/// Rows of a page where its size is not given, and the most that are given (both as in the original).
const USUAL: usize = 50;
const MOST: usize = 1000;

/// Returns the page that is asked for of those resources that pass the filters.
///
/// `filters` pairs the name in `filter[…]` with the attribute; the id is no attribute and can always be filtered by.
pub(super) fn answer(request: &Request, mut all: Vec<Value>, filters: &[(&str, &str)]) -> Response {
    for (name, value) in &request.query {
        let Some(name) = name.strip_prefix("filter[").and_then(|rest| rest.strip_suffix(']')) else {
            continue;
        };
        let filter = filters.iter().find(|(known, _)| *known == name);
        match filter {
            Some((_, attribute)) => all.retain(|one| same(&one["attributes"][attribute], value)),
            None if name == "id" => all.retain(|one| same(&one["id"], value)),
            None => return refusal::plain(400, &format!("There is no filter '{name}'.")),
        }
    }
    if let Some(refused) = request.param("sort").and_then(|sort| sorted(&mut all, sort)) {
        return refused;
    }
    let number = |name: &str, usual: usize| {
        let text = request.param(name);
        text.map_or(Some(usual), |text| text.parse().ok()).filter(|number| *number > 0)
    };
    let (Some(at), Some(size)) = (number("page[number]", 1), number("page[size]", USUAL)) else {
        return refusal::plain(400, "A page has a number and a size above 0.");
    };
    let (count, size) = (all.len(), size.min(MOST));
    let pages = count.div_ceil(size).max(1);
    let data: Vec<Value> = all.into_iter().skip((at - 1).saturating_mul(size)).take(size).collect();
    let meta = json!({
        "current-page": at,
        "next-page": (at < pages).then_some(at + 1),
        "prev-page": (at > 1).then(|| at - 1),
        "total-pages": pages,
        "total-count": count,
    });
    Response::json(200, &json!({"data": data, "meta": meta, "links": {}}))
}

fn same(value: &Value, wanted: &str) -> bool {
    let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    shown == wanted
}

/// Sorts by `id` or `name`, descending with a minus; else a refusal.
fn sorted(all: &mut [Value], sort: &str) -> Option<Response> {
    match sort.trim_start_matches('-') {
        "id" => {}
        "name" => all.sort_by_key(|one| one["attributes"]["name"].to_string()),
        other => return Some(refusal::plain(400, &format!("There is no order by '{other}'."))),
    }
    if sort.starts_with('-') {
        all.reverse();
    }
    None
}
