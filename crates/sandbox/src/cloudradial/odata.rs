//! Lists: what can be asked of them, their cap, and their lack of order.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::expression::{self, Kind, Property};
use super::filter::{self, Filter};
use super::{Request, Response, Row, State, flexible, media, refusal};

/// The most rows of one answer; a larger `$top` is cut silently, and there is no next link.
const CAP: usize = 200;
/// Rows where `$top` is not given (the real number is not known).
const DEFAULT: usize = 100;
/// The property that cannot be listed.
const PIN: &str = "supportPin";

const fn of(name: &'static str, kind: Kind) -> Property {
    Property { name, kind }
}

const COMPANY: &[Property] = &[
    of("companyId", Kind::Number),
    of("name", Kind::Text),
    of("agentFileName", Kind::Text),
    of("dataAgentUrl", Kind::Text),
    of("psaIdentifier", Kind::Text),
    of("psaKey", Kind::Number),
    of("endpointCount", Kind::Number),
];

const USER: &[Property] = &[
    of("userId", Kind::Text),
    of("email", Kind::Text),
    of("firstName", Kind::Text),
    of("lastName", Kind::Text),
    of("userName", Kind::Text),
    of("phoneNumber", Kind::Text),
    of("companyId", Kind::Number),
    of("displayName", Kind::Text),
    of("department", Kind::Text),
    of("title", Kind::Text),
    of("country", Kind::Text),
    of("streetAddress", Kind::Text),
    of("city", Kind::Text),
    of("state", Kind::Text),
    of("postalCode", Kind::Text),
    of("mobilePhone", Kind::Text),
    of("isDeleted", Kind::Bool),
    of("dateCreated", Kind::Date),
    of("dateModified", Kind::Date),
    of("psaKey", Kind::Number),
    of("psaSiteKey", Kind::Number),
    of("psaChildAccountKey", Kind::Number),
];

const DOMAIN: &[Property] = &[
    of("companyDomainId", Kind::Number),
    of("companyId", Kind::Number),
    of("name", Kind::Text),
    of("description", Kind::Text),
    of("registrar", Kind::Text),
    of("hostingCompany", Kind::Text),
    of("contactName", Kind::Text),
    of("contactEmail", Kind::Text),
    of("contactPhone", Kind::Text),
    of("dateExpires", Kind::Date),
    of("isVerified", Kind::Bool),
    of("isOffice365", Kind::Bool),
    of("isDefault", Kind::Bool),
    of("source", Kind::Text),
    of("dateCreated", Kind::Date),
    of("dateModified", Kind::Date),
    of("isDeleted", Kind::Bool),
];

/// What is asked of a list.
struct Options {
    filter: Option<Filter>,
    select: Option<Vec<String>>,
    order: Vec<(Property, bool)>,
    top: usize,
    skip: usize,
    /// Whether types come with their fields.
    fields: bool,
}

/// Returns one page of a set.
pub(super) fn list(state: &mut State, set: &str, request: &Request) -> Response {
    let Some(properties) = properties(set) else { return refusal::nowhere() };
    if request.method != "GET" {
        return refusal::method("GET");
    }
    if set == "user" && state.pin_breaks_lists && pin_is_asked(request) {
        return refusal::odata(500, "An error has occurred.");
    }
    let options = match options(set, properties, request) {
        Ok(options) => options,
        Err(refused) => return refused,
    };
    state.lists = state.lists.wrapping_add(1);
    let whole = |row| {
        let mut shown = shown(row, properties, &options);
        if options.fields {
            shown["fields"] = flexible::fields_of(state, row);
        }
        shown
    };
    let value: Vec<Value> = page(rows(state, set), &options, state.lists).map(whole).collect();
    Response::json(
        200,
        &json!({"@odata.context": format!("{}/v2/$metadata#{set}", request.base), "value": value}),
    )
}

/// Returns how many rows of a set pass the filter, as bare text.
pub(super) fn count(state: &State, set: &str, request: &Request) -> Response {
    let Some(properties) = properties(set) else { return refusal::nowhere() };
    if request.method != "GET" {
        return refusal::method("GET");
    }
    match options(set, properties, request) {
        Err(refused) => refused,
        Ok(options) => {
            let count = rows(state, set).into_iter().filter(|row| passes(row, &options)).count();
            Response::text(200, "text/plain; charset=utf-8", count.to_string())
        }
    }
}

fn properties(set: &str) -> Option<&'static [Property]> {
    match set {
        "company" => Some(COMPANY),
        "user" => Some(USER),
        "domain" => Some(DOMAIN),
        "media" => Some(media::SHOWN),
        _ => flexible::properties(set),
    }
}

fn rows<'a>(state: &'a State, set: &str) -> Vec<&'a Row> {
    match set {
        "company" => state.companies.values().collect(),
        "user" => state.users.values().collect(),
        "domain" => state.domains.values().collect(),
        "media" => state.media.values().collect(),
        _ => flexible::rows(state, set),
    }
}

fn pin_is_asked(request: &Request) -> bool {
    request.param("$select").is_none_or(|select| select.split(',').any(|name| name.trim() == PIN))
}

fn options(set: &str, properties: &[Property], request: &Request) -> Result<Options, Response> {
    let mut options =
        Options { filter: None, select: None, order: Vec::new(), top: DEFAULT, skip: 0, fields: false };
    for (name, value) in request.query.iter().filter(|(name, _)| name.starts_with('$')) {
        let refuse = |message: String| refusal::odata(400, &message);
        match name.as_str() {
            "$filter" => {
                let parsed = filter::parse(value, properties);
                options.filter = Some(parsed.map_err(|message| refusal::invalid_one("$filter", message))?);
            }
            "$select" => options.select = Some(select(properties, value).map_err(refuse)?),
            "$orderby" => options.order = order(properties, value).map_err(refuse)?,
            "$top" => options.top = number(name, value).map_err(refuse)?.min(CAP),
            "$skip" => options.skip = number(name, value).map_err(refuse)?,
            // Only with this does the list of types show them (inferred).
            "$expand" if (set, value.as_str()) == ("flexibleassettype", "fields") => options.fields = true,
            _ => return Err(refuse(format!("The query option '{name}' is not supported here."))),
        }
    }
    Ok(options)
}

fn select(properties: &[Property], value: &str) -> Result<Vec<String>, String> {
    value.split(',').map(|name| find(properties, name.trim()).map(|found| found.name.to_owned())).collect()
}

fn order(properties: &[Property], value: &str) -> Result<Vec<(Property, bool)>, String> {
    let key = |key: &str| {
        let words: Vec<&str> = key.split_whitespace().collect();
        match words.as_slice() {
            [name] | [name, "asc"] => Ok((find(properties, name)?, false)),
            [name, "desc"] => Ok((find(properties, name)?, true)),
            _ => Err(format!("Syntax error in $orderby at '{}'.", key.trim())),
        }
    };
    value.split(',').map(key).collect()
}

fn number(name: &str, value: &str) -> Result<usize, String> {
    value.parse().map_err(|_| format!("The value '{value}' of {name} is not a whole number of 0 or more."))
}

fn find(properties: &[Property], name: &str) -> Result<Property, String> {
    let found = properties.iter().find(|property| property.name == name);
    found.copied().ok_or_else(|| format!("Could not find a property named '{name}'."))
}

fn passes(row: &Row, options: &Options) -> bool {
    options.filter.as_ref().is_none_or(|filter| filter.accepts(row))
}

/// Returns the rows of one page.
///
/// They start from another place for every list, so that rows which `$orderby` does not tell apart change places
/// between pages.
fn page<'a>(
    mut rows: Vec<&'a Row>,
    options: &Options,
    lists: usize,
) -> impl Iterator<Item = &'a Row> + use<'a> {
    let start = lists.wrapping_mul(7).checked_rem(rows.len()).unwrap_or(0);
    rows.rotate_left(start);
    rows.retain(|row| passes(row, options));
    rows.sort_by(|a, b| {
        let keys = options.order.iter().map(|(property, descending)| {
            let ordering = expression::order(property, a, b);
            if *descending { ordering.reverse() } else { ordering }
        });
        keys.fold(Ordering::Equal, Ordering::then)
    });
    rows.into_iter().skip(options.skip).take(options.top)
}

fn shown(row: &Row, properties: &[Property], options: &Options) -> Value {
    let wanted =
        |name: &str| options.select.as_ref().is_none_or(|select| select.iter().any(|wanted| wanted == name));
    properties
        .iter()
        .filter(|property| wanted(property.name))
        .map(|property| (property.name.to_owned(), row.get(property.name).cloned().unwrap_or_default()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{get, send, state};
    use super::*;

    const SELECT: &str = "$select=userId,email,companyId,isDeleted";

    fn ids(state: &mut State, target: &str) -> Vec<String> {
        let page = get(state, target);
        let rows = page["value"].as_array().unwrap().clone();
        rows.iter().map(|row| row["userId"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_page_holds_at_most_two_hundred_rows_and_names_no_next_one() {
        let mut state = state(300);
        let page = get(&mut state, &format!("/v2/odata/user?{SELECT}&$top=1000"));
        assert_eq!(page["value"].as_array().unwrap().len(), 200);
        assert!(page.get("@odata.nextLink").is_none());
        let page = get(&mut state, &format!("/v2/odata/user?{SELECT}"));
        assert_eq!(page["value"].as_array().unwrap().len(), 100);
    }

    #[test]
    fn paging_in_a_total_order_gives_everybody_once() {
        let mut state = state(300);
        let mut seen = Vec::new();
        for skip in (0..=600).step_by(200) {
            let target =
                format!("/v2/odata/user?{SELECT}&$top=200&$skip={skip}&$orderby=companyId desc,userId");
            seen.extend(ids(&mut state, &target));
        }
        assert_eq!(seen.len(), 600);
        let mut once = seen.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), 600);
        assert!(seen[0].starts_with("portal-1750001"), "{}", seen[0]);
    }

    #[test]
    fn rows_that_the_order_does_not_tell_apart_change_places() {
        let mut state = state(20);
        for tail in ["", "&$orderby=companyId"] {
            let target = format!("/v2/odata/user?{SELECT}{tail}");
            assert_ne!(ids(&mut state, &target), ids(&mut state, &target));
        }
    }

    #[test]
    fn a_list_with_support_pins_fails() {
        let mut state = state(2);
        for target in ["/v2/odata/user", "/v2/odata/user?$select=userId,supportPin", "/v2/odata/user?$top=1"]
        {
            assert_eq!(send(&mut state, "GET", target, None).status, 500, "{target}");
        }
        state.pin_breaks_lists = false;
        assert_eq!(send(&mut state, "GET", "/v2/odata/user", None).status, 200);
    }

    #[test]
    fn the_count_is_bare_text_and_takes_a_filter() {
        let mut state = state(60);
        for (target, expected) in [
            ("/v2/odata/user/$count", "120"),
            ("/v2/odata/user/$count?$filter=companyId eq 8 and isDeleted eq false", "59"),
            ("/v2/odata/company/$count", "3"),
            ("/v2/odata/domain/$count", "2"),
        ] {
            let response = send(&mut state, "GET", target, None);
            assert_eq!(String::from_utf8_lossy(&response.body), expected, "{target}");
            assert!(response.headers[0].1.starts_with("text/plain"));
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let mut state = state(2);
        for option in [
            "$filter=nothing eq 1",
            "$filter=",
            "$orderby=email sideways",
            "$orderby=nothing",
            "$top=-1",
            "$skip=x",
            "$search=ann",
            "$expand=company",
            "$select=userId,nothing",
        ] {
            let target = format!("/v2/odata/user?{SELECT}&{option}");
            assert_eq!(send(&mut state, "GET", &target, None).status, 400, "{option}");
        }
        assert_eq!(send(&mut state, "GET", "/v2/odata/server", None).status, 404);
        assert_eq!(send(&mut state, "POST", "/v2/odata/user", None).status, 405);
    }

    #[test]
    fn deleted_users_are_listed() {
        let mut state = state(60);
        let target = format!("/v2/odata/user?{SELECT}&$filter=isDeleted eq true&$orderby=userId");
        assert_eq!(ids(&mut state, &target), ["portal-1740050", "portal-1750050"]);
    }
}
