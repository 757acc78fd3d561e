//! Single portal users.

use serde_json::{Value, json};

use super::fields::{self, USER};
use super::{Request, Response, Row, State, now, patch, refusal};

/// What a read of one user shows: less than a list row, but the support PIN too.
const SHOWN: [&str; 12] = [
    "userId",
    "email",
    "firstName",
    "lastName",
    "userName",
    "phoneNumber",
    "companyId",
    "displayName",
    "psaKey",
    "psaSiteKey",
    "psaChildAccountKey",
    "supportPin",
];

/// What no write touches.
const KEPT: [&str; 4] = ["userId", "isDeleted", "dateCreated", "supportPin"];

/// Answers requests to `/v2/user`.
pub(super) fn collection(state: &mut State, request: &Request) -> Response {
    if request.method != "POST" {
        return refusal::method("POST");
    }
    let mut user = match fields::whole(USER, &request.body) {
        Ok(user) => user,
        Err(refused) => return refused,
    };
    if let Err(refused) = employed(state, &user) {
        return refused;
    }
    let id = format!("00000000-0000-4000-8000-{:012}", state.number());
    user.insert("userId".to_owned(), json!(id));
    user.insert("isDeleted".to_owned(), json!(false));
    user.insert("dateCreated".to_owned(), json!(now()));
    user.insert("supportPin".to_owned(), Value::Null);
    let record = store(state, &id, user);
    state.record(201, &id, &record).changed()
}

/// Answers requests to `/v2/user/{id}`.
///
/// Without the right `companyId` in the query there is no such user.
pub(super) fn single(state: &mut State, id: &str, request: &Request) -> Response {
    let company = request.param("companyId").and_then(|company| company.parse::<i64>().ok());
    let found = state.users.get(id).filter(|user| {
        company.is_some() && user.get("companyId").and_then(Value::as_i64) == company && !deleted(user)
    });
    let Some(user) = found else {
        return refusal::unsuccessful(404, "User not found");
    };
    let next = match request.method.as_str() {
        "GET" => return state.record(200, id, &shown(user)),
        "PATCH" => patch::apply(USER, user, request),
        "PUT" => fields::whole(USER, &request.body).map(|mut sent| {
            for kept in KEPT {
                sent.insert(kept.to_owned(), user.get(kept).cloned().unwrap_or_default());
            }
            sent
        }),
        "DELETE" => {
            let mut user = user.clone();
            user.insert("isDeleted".to_owned(), json!(true));
            store(state, id, user);
            return Response::text(204, "text/plain", "").changed();
        }
        _ => return refusal::method("DELETE, GET, PATCH, PUT"),
    };
    match next.and_then(|next| employed(state, &next).map(|()| next)) {
        Err(refused) => refused,
        Ok(next) => {
            let record = store(state, id, next);
            // The service is known to answer some writes with nothing at all.
            if state.bare(id) {
                return Response::text(200, "text/plain", "").changed();
            }
            state.record(200, id, &record).changed()
        }
    }
}

/// Makes the display name, which no request can write (inferred).
pub(super) fn rename(user: &mut Row) {
    let part = |name: &str| user.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = format!("{} {}", part("firstName"), part("lastName")).trim().to_owned();
    user.insert("displayName".to_owned(), json!(name));
}

fn store(state: &mut State, id: &str, mut user: Row) -> Value {
    rename(&mut user);
    user.insert("dateModified".to_owned(), json!(now()));
    let record = shown(&user);
    state.users.insert(id.to_owned(), user);
    record
}

fn employed(state: &State, user: &Row) -> Result<(), Response> {
    let company = user.get("companyId").and_then(Value::as_i64).unwrap_or_default();
    if state.companies.contains_key(&company) {
        return Ok(());
    }
    Err(refusal::odata(400, &format!("Company {company} does not exist.")))
}

fn deleted(user: &Row) -> bool {
    user.get("isDeleted") == Some(&json!(true))
}

fn shown(user: &Row) -> Value {
    let of = |name: &str| user.get(name).cloned().unwrap_or_default();
    let mut record: Row = SHOWN.iter().map(|name| ((*name).to_owned(), of(name))).collect();
    record.insert("applicationUserId".to_owned(), of("userId"));
    Value::Object(record)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{get, send, state};
    use super::*;
    use crate::sample;

    /// An even id of Contoso, so that answers are wrapped.
    const ANN: &str = "/v2/user/portal-1740002?companyId=8";

    #[test]
    fn a_user_is_found_only_with_its_company() {
        let mut state = state(4);
        for target in
            ["/v2/user/portal-1740002", "/v2/user/portal-1740002?companyId=9", "/v2/user/x?companyId=8"]
        {
            for method in ["GET", "PATCH", "DELETE"] {
                let body = (method == "PATCH").then(|| json!([]));
                let response = send(&mut state, method, target, body.as_ref());
                assert_eq!(response.status, 404, "{method} {target}");
                assert_eq!(sample::json(&response)["success"], false);
            }
        }
        assert_eq!(get(&mut state, ANN)["data"]["userId"], "portal-1740002");
    }

    #[test]
    fn a_single_read_shows_the_pin_and_no_title() {
        let mut state = state(4);
        let user = get(&mut state, ANN)["data"].take();
        assert_eq!(user["supportPin"], "4821");
        assert_eq!(user["applicationUserId"], user["userId"]);
        assert!(user.get("title").is_none());
    }

    #[test]
    fn a_patch_is_an_array_and_changes_what_it_names() {
        let mut state = state(4);
        let refused = send(&mut state, "PATCH", ANN, Some(&json!({"title": "Head"})));
        assert_eq!((refused.status, refused.changed), (400, false));
        let patch = json!([
            {"op": "replace", "path": "/title", "value": "Head"},
            {"op": "replace", "path": "/firstName", "value": "Ann"},
        ]);
        let done = send(&mut state, "PATCH", ANN, Some(&patch));
        assert_eq!((done.status, done.changed), (200, true));
        let user = &state.users["portal-1740002"];
        assert_eq!(user["title"], "Head");
        assert_eq!(user["displayName"], "Ann O'Number 2");
        assert_eq!(user["email"], "person2@contoso.example");
        assert_ne!(user["dateModified"], super::super::seed::NEVER);
    }

    #[test]
    fn a_patch_that_cannot_be_applied_changes_nothing() {
        for bad in [
            json!([{"op": "replace", "path": "/title", "value": "x"}, {"op": "replace", "path": "/nothing", "value": 1}]),
            json!([{"op": "replace", "path": "/psaKey", "value": "12"}]),
            json!([{"op": "replace", "path": "/psaKey", "value": null}]),
            json!([{"op": "remove", "path": "/email"}]),
            json!([{"op": "replace", "path": "/email", "value": "no address"}]),
            json!([{"op": "test", "path": "/title", "value": "x"}]),
            json!([{"op": "replace", "path": "/companyId", "value": 4}]),
            json!([{"op": "replace", "path": "/supportPin", "value": "1111"}]),
            json!(["replace"]),
        ] {
            let mut state = state(4);
            let before = state.users.clone();
            let response = send(&mut state, "PATCH", ANN, Some(&bad));
            assert_eq!((response.status, response.changed), (400, false), "{bad}");
            assert_eq!(state.users, before, "{bad}");
        }
    }

    #[test]
    fn a_new_user_needs_email_names_and_an_existing_company() {
        let mut state = state(1);
        let full =
            json!({"email": "bo@contoso.example", "firstName": "Bo", "lastName": "Ng", "companyId": 8});
        for missing in ["email", "firstName", "lastName", "companyId"] {
            let mut body = full.clone();
            body.as_object_mut().unwrap().remove(missing);
            let response = send(&mut state, "POST", "/v2/user", Some(&body));
            assert_eq!(response.status, 400, "{missing}");
            assert!(sample::json(&response)["errors"][missing].is_array());
        }
        let mut lost = full.clone();
        lost["companyId"] = json!(404);
        assert_eq!(sample::json(&send(&mut state, "POST", "/v2/user", Some(&lost)))["error"]["code"], "400");
        let made = send(&mut state, "POST", "/v2/user", Some(&full));
        assert_eq!((made.status, made.changed), (201, true));
    }

    #[test]
    fn what_is_write_only_is_stored_and_never_shown() {
        let mut state = state(4);
        let patch = json!([{"op": "add", "path": "/isLoginDisabled", "value": true}]);
        assert_eq!(send(&mut state, "PATCH", ANN, Some(&patch)).status, 200);
        assert_eq!(state.users["portal-1740002"]["isLoginDisabled"], true);
        assert!(get(&mut state, ANN)["data"].get("isLoginDisabled").is_none());
        let refused = send(&mut state, "GET", "/v2/odata/user?$select=isLoginDisabled", None);
        assert_eq!(refused.status, 400);
    }

    #[test]
    fn putting_a_user_clears_what_is_left_out() {
        let mut state = state(4);
        state.users.get_mut("portal-1740002").unwrap().insert("title".into(), json!("Head"));
        let body = json!({"email": "x@contoso.example", "firstName": "X", "lastName": "Y", "companyId": 8});
        assert_eq!(send(&mut state, "PUT", ANN, Some(&body)).status, 200);
        let user = &state.users["portal-1740002"];
        assert_eq!((&user["title"], &user["psaKey"]), (&Value::Null, &json!(0)));
        assert_eq!(user["supportPin"], "4821");
    }

    #[test]
    fn a_deleted_user_stays_in_the_list_and_cannot_be_read_alone() {
        let mut state = state(4);
        assert!(send(&mut state, "DELETE", ANN, None).changed);
        assert_eq!(send(&mut state, "GET", ANN, None).status, 404);
        let list = get(&mut state, "/v2/odata/user?$select=userId,isDeleted&$filter=isDeleted eq true");
        assert_eq!(list["value"][0]["userId"], "portal-1740002");
    }

    #[test]
    fn other_methods_are_refused() {
        let mut state = state(4);
        for (method, target) in
            [("GET", "/v2/user"), ("POST", ANN), ("DELETE", "/v2/user"), ("PUT", "/v2/company")]
        {
            assert_eq!(send(&mut state, method, target, None).status, 405, "{method} {target}");
        }
    }
}
