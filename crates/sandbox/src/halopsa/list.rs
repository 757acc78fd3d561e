//! Listings: what is left of the records, in which order, and the page of them.

use serde_json::{Value, json};

use super::{Request, Response, Row, is_true, number, text};

/// Records of a page that does not say how many it wants.
const USUAL: usize = 50;

/// Is true if the listing wants records like this one by whether they are inactive. What does not say it counts as
/// active.
pub(super) fn wants(request: &Request, row: &Row) -> bool {
    let inactive = row.get("inactive") == Some(&json!(true));
    let active = !request.param("includeactive").is_some_and(|value| value.eq_ignore_ascii_case("false"));
    if inactive { is_true(request, "includeinactive") } else { active }
}

/// Is true if one of these fields holds the text that is searched for, or none is.
pub(super) fn finds(request: &Request, row: &Row, fields: &[&str]) -> bool {
    let wanted = request.param("search").unwrap_or_default().to_lowercase();
    wanted.is_empty() || fields.iter().any(|field| text(row, field).to_lowercase().contains(&wanted))
}

/// Returns the answer to a listing of `found`, whose records are under `key`.
///
/// Without an order they come by their names, so that pages of records of one name may overlap.
pub(super) fn answer(
    key: &str,
    mut found: Vec<&Row>,
    largest: usize,
    request: &Request,
    show: impl Fn(&Row) -> Value,
) -> Response {
    match request.param("order") {
        Some("id") => found.sort_by_key(|row| number(row, "id")),
        _ => found.sort_by_key(|row| text(row, "name").to_lowercase()),
    }
    if is_true(request, "orderdesc") {
        found.reverse();
    }
    let asked = |name: &str| request.param(name).and_then(|value| value.parse::<usize>().ok());
    let (skip, take) = if is_true(request, "pageinate") {
        let size = asked("page_size").unwrap_or(USUAL).clamp(1, largest.max(1));
        ((asked("page_no").unwrap_or(1).max(1) - 1).saturating_mul(size), size)
    } else {
        (0, asked("count").unwrap_or(USUAL))
    };
    let rows: Vec<Value> = found.iter().skip(skip).take(take).map(|row| show(row)).collect();
    Response::json(200, &json!({"record_count": found.len(), key: rows}))
}
