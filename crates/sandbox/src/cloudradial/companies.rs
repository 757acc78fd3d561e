//! Single companies.

use serde_json::{Value, json};

use super::fields::{self, COMPANY};
use super::{Request, Response, Row, State, patch, refusal};

/// What a read of one company shows; territory and account manager are here alone.
const SHOWN: [&str; 7] =
    ["companyId", "name", "partnerId", "territory", "accountManager", "psaKey", "psaIdentifier"];

/// Answers requests to `/v2/company`.
pub(super) fn collection(state: &mut State, request: &Request) -> Response {
    if request.method != "POST" {
        return refusal::method("POST");
    }
    let mut company = match fields::whole(COMPANY, &request.body) {
        Ok(company) => company,
        Err(refused) => return refused,
    };
    let id = state.number();
    company.insert("companyId".to_owned(), json!(id));
    company.insert("endpointCount".to_owned(), json!(0));
    state.companies.insert(id, company);
    state.record(200, &id.to_string(), &json!({"companyId": id})).changed()
}

/// Answers requests to `/v2/company/{id}`.
pub(super) fn single(state: &mut State, id: &str, request: &Request) -> Response {
    let found = id.parse::<i64>().ok().and_then(|id| state.companies.get(&id).map(|company| (id, company)));
    let Some((number, company)) = found else {
        return refusal::problem(404, "Not Found", None);
    };
    let next = match request.method.as_str() {
        "GET" => return state.record(200, id, &shown(company)),
        "PATCH" => patch::apply(COMPANY, company, request),
        "PUT" => fields::whole(COMPANY, &request.body).map(|mut sent| {
            for kept in ["companyId", "endpointCount"] {
                sent.insert(kept.to_owned(), company.get(kept).cloned().unwrap_or_default());
            }
            sent
        }),
        "DELETE" => {
            state.companies.remove(&number);
            return Response::text(200, "text/plain", "").changed();
        }
        _ => return refusal::method("DELETE, GET, PATCH, PUT"),
    };
    match next {
        Err(refused) => refused,
        Ok(next) => {
            let record = shown(&next);
            state.companies.insert(number, next);
            state.record(200, id, &record).changed()
        }
    }
}

fn shown(company: &Row) -> Value {
    SHOWN.iter().map(|name| ((*name).to_owned(), company.get(*name).cloned().unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{get, send, state};
    use super::*;

    #[test]
    fn territory_and_account_manager_are_shown_by_the_single_read_alone() {
        let mut state = state(1);
        let single = get(&mut state, "/v2/company/8");
        assert_eq!(single["data"]["territory"], "North");
        assert_eq!(single["data"]["accountManager"], Value::Null);
        let list = get(&mut state, "/v2/odata/company?$filter=companyId eq 8");
        assert_eq!(list["value"][0]["psaIdentifier"], "174");
        assert!(list["value"][0].get("territory").is_none());
    }

    #[test]
    fn a_company_is_changed_by_a_json_patch() {
        let mut state = state(1);
        let patch = json!([{"op": "replace", "path": "/accountManager", "value": "Ada North"}]);
        let response = send(&mut state, "PATCH", "/v2/company/8", Some(&patch));
        assert_eq!((response.status, response.changed), (200, true));
        assert_eq!(get(&mut state, "/v2/company/8")["data"]["accountManager"], "Ada North");
        let refused = send(&mut state, "PATCH", "/v2/company/8", Some(&json!({"accountManager": "Ada"})));
        assert_eq!((refused.status, refused.changed), (400, false));
    }

    #[test]
    fn a_company_needs_a_name_and_an_existing_id() {
        let mut state = state(1);
        assert_eq!(send(&mut state, "POST", "/v2/company", Some(&json!({"psaKey": 1}))).status, 400);
        assert_eq!(send(&mut state, "POST", "/v2/company", Some(&json!({"name": "Woodgrove"}))).status, 200);
        for id in ["777", "x"] {
            assert_eq!(send(&mut state, "GET", &format!("/v2/company/{id}"), None).status, 404);
        }
    }

    #[test]
    fn putting_a_company_clears_what_is_left_out() {
        let mut state = state(1);
        let response = send(&mut state, "PUT", "/v2/company/8", Some(&json!({"name": "Contoso"})));
        assert_eq!(response.status, 200);
        assert_eq!(state.companies[&8]["territory"], Value::Null);
        assert_eq!(state.companies[&8]["psaKey"], 0);
    }
}
