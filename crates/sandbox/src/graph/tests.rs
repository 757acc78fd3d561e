use std::collections::BTreeSet;

use super::*;
use crate::entra;

/// A Graph with a caller who has a token for the tenant of `domain`.
pub(super) struct Fixture {
    pub(super) state: State,
    pub(super) token: String,
}

impl Fixture {
    pub(super) fn of(domain: &str) -> Self {
        let msp = Msp::built_in();
        let mut entra = entra::State::seed(&msp);
        Self { state: State::seed(&msp), token: entra::tests::token(&mut entra, domain) }
    }

    pub(super) fn call(&mut self, method: &str, target: &str, body: &Value) -> (u16, Value) {
        let response = self.raw(method, target, body);
        (response.status, serde_json::from_slice(&response.body).unwrap_or_default())
    }

    pub(super) fn raw(&mut self, method: &str, target: &str, body: &Value) -> Response {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            length: target.len(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: vec![
                ("authorization".to_owned(), format!("Bearer {}", self.token)),
                ("content-type".to_owned(), "application/json".to_owned()),
            ],
            body: body.to_string().into_bytes(),
            base: "http://sandbox/graph".to_owned(),
        };
        handle(&mut self.state, &request)
    }

    pub(super) fn get(&mut self, target: &str) -> (u16, Value) {
        self.call("GET", target, &Value::Null)
    }

    pub(super) fn tenant(&mut self) -> &mut Tenant {
        let of = |tenant: &&mut Tenant| tenant.domains.iter().any(|domain| domain == "contoso.example");
        self.state.tenants.values_mut().find(of).unwrap()
    }
}

fn next(body: &Value) -> Option<String> {
    body["@odata.nextLink"].as_str().map(|link| link.strip_prefix("http://sandbox/graph").unwrap().to_owned())
}

#[test]
fn two_and_a_half_thousand_users_come_once_each_in_three_pages() {
    let mut graph = Fixture::of("litware.example");
    let mut link = Some("/v1.0/users?$top=999&$select=id,userPrincipalName".to_owned());
    let (mut ids, mut pages) = (BTreeSet::new(), 0);
    while let Some(target) = link {
        let (status, body) = graph.get(&target);
        assert_eq!(status, 200);
        let page = body["value"].as_array().unwrap();
        for user in page {
            assert_eq!(user.as_object().unwrap().len(), 2);
            assert!(ids.insert(user["id"].as_str().unwrap().to_owned()));
        }
        pages += 1;
        link = next(&body);
    }
    assert_eq!(pages, 3);
    let tenants = &graph.state.tenants;
    assert_eq!(ids.len(), tenants.values().find(|tenant| tenant.name == "Litware").unwrap().users.len());
}

#[test]
fn without_select_only_the_default_properties_come_and_a_hundred_users() {
    let mut graph = Fixture::of("litware.example");
    let (_, body) = graph.get("/v1.0/users");
    let users = body["value"].as_array().unwrap();
    assert_eq!((users.len(), users[0].as_object().unwrap().len()), (100, 11));
    assert!(users[0].get("accountEnabled").is_none());
}

#[test]
fn what_graph_refuses_is_refused() {
    let mut graph = Fixture::of("contoso.example");
    for (target, status, code) in [
        ("/v1.0/users?$top=1000", 400, "Request_UnsupportedQuery"),
        ("/v1.0/users?$top=0", 400, "Request_UnsupportedQuery"),
        ("/v1.0/users?$select=shoeSize", 400, "BadRequest"),
        ("/v1.0/users?$select=aboutMe", 501, "NotImplemented"),
        ("/v1.0/users?$expand=photo", 400, "ExpandNotSupported"),
        ("/v1.0/users?$filter=accountEnabled ne true", 400, "Request_UnsupportedQuery"),
        ("/v1.0/users/$count", 400, "Request_BadRequest"),
        ("/v1.0/users/absent", 404, "Request_ResourceNotFound"),
        ("/v1.0/groups", 400, "BadRequest"),
    ] {
        let (got, body) = graph.get(target);
        assert_eq!((got, body["error"]["code"].as_str().unwrap()), (status, code), "{target}");
        assert!(body["error"]["innerError"]["request-id"].is_string());
    }
}

#[test]
fn a_page_token_expires_with_the_changes_made_since() {
    let mut graph = Fixture::of("contoso.example");
    let (_, first) = graph.get("/v1.0/users?$top=1");
    graph.state.page_life = 1;
    graph.state.edits += 1;
    let (status, body) = graph.get(&next(&first).unwrap());
    assert_eq!((status, body["error"]["code"].as_str().unwrap()), (400, "Directory_ExpiredPageToken"));
}

#[test]
fn a_missing_token_is_401_and_a_missing_role_403() {
    let mut graph = Fixture::of("contoso.example");
    let good = std::mem::replace(&mut graph.token, "nonsense".to_owned());
    assert_eq!(graph.get("/v1.0/users").0, 401);
    let msp = Msp::built_in();
    let mut entra = entra::State::seed(&msp);
    entra.roles.values_mut().for_each(|roles| *roles = vec!["User.Read.All".to_owned()]);
    graph.token = entra::tests::token(&mut entra, "contoso.example");
    assert_eq!(graph.get("/v1.0/users").0, 200);
    let (status, body) = graph.get("/v1.0/subscribedSkus");
    assert_eq!((status, body["error"]["code"].as_str().unwrap()), (403, "Authorization_RequestDenied"));
    graph.token = good;
    assert_eq!(graph.get("/v1.0/subscribedSkus").0, 200);
}

#[test]
fn a_batch_answers_every_item_by_id_and_reads_what_earlier_items_wrote() {
    let mut graph = Fixture::of("contoso.example");
    let id = graph.tenant().users[0].id.clone();
    let (status, body) = graph.call(
        "POST",
        "/v1.0/$batch",
        &json!({ "requests": [
            { "id": "1", "method": "PATCH", "url": format!("/users/{id}"), "body": { "jobTitle": "Head" },
              "headers": { "Content-Type": "application/json" } },
            { "id": "2", "method": "GET", "url": format!("/users/{id}?$select=jobTitle") },
            { "id": "3", "method": "GET", "url": "/users/absent" },
            { "id": "4", "method": "GET", "url": "/users?$top=1&$select=id" },
        ] }),
    );
    assert_eq!(status, 200);
    let item = |id: &str| {
        let all = body["responses"].as_array().unwrap();
        all.iter().find(|item| item["id"] == id).unwrap().clone()
    };
    assert_eq!(item("1")["status"], 204);
    assert_eq!(item("2")["body"]["jobTitle"], "Head");
    assert_eq!(
        (&item("3")["status"], &item("3")["body"]["error"]["code"]),
        (&json!(404), &json!("Request_ResourceNotFound"))
    );
    assert!(next(&item("4")["body"]).unwrap().starts_with("/v1.0/users?$top=1&$select=id&$skiptoken="));

    let many: Vec<Value> =
        (0..21).map(|id| json!({ "id": id.to_string(), "method": "GET", "url": "/users" })).collect();
    assert_eq!(graph.call("POST", "/v1.0/$batch", &json!({ "requests": many })).0, 400);
}

#[test]
fn throttled_items_of_a_batch_carry_their_own_wait() {
    let mut graph = Fixture::of("contoso.example");
    graph.state.throttle = 1;
    let requests: Vec<Value> =
        ["a", "b"].map(|id| json!({ "id": id, "method": "GET", "url": "/organization" })).to_vec();
    let (status, body) = graph.call("POST", "/v1.0/$batch", &json!({ "requests": requests }));
    let statuses: Vec<u64> =
        body["responses"].as_array().unwrap().iter().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!((status, statuses), (200, vec![200, 429]));
    assert_eq!(body["responses"][1]["headers"]["Retry-After"], "1");
}

#[test]
fn an_update_writes_all_of_it_or_nothing() {
    let mut graph = Fixture::of("contoso.example");
    let id = graph.tenant().users[1].id.clone();
    let path = format!("/v1.0/users/{id}");
    let before = graph.get(&path);
    for body in [
        json!({ "jobTitle": "Head", "givenName": "" }),
        json!({ "jobTitle": "Head", "businessPhones": ["1", "2"] }),
        json!({ "jobTitle": "Head", "proxyAddresses": [] }),
        json!({ "jobTitle": "x".repeat(129) }),
    ] {
        assert_eq!(graph.call("PATCH", &path, &body).0, 400);
    }
    assert_eq!(graph.get(&path), before);
    let body = json!({ "jobTitle": null, "businessPhones": [], "mobilePhone": "+1 555 0100" });
    assert_eq!(graph.call("PATCH", &path, &body).0, 204);
    let (_, after) = graph.get(&path);
    assert_eq!((&after["jobTitle"], &after["mobilePhone"]), (&Value::Null, &json!("+1 555 0100")));
}

#[test]
fn synchronised_objects_and_administrators_are_protected() {
    let mut graph = Fixture::of("contoso.example");
    let id = graph.tenant().users[0].id.clone();
    let path = format!("/v1.0/users/{id}");
    graph.tenant().users[0].admin = true;
    assert_eq!(graph.call("PATCH", &path, &json!({ "mobilePhone": "1" })).0, 403);
    assert_eq!(graph.call("PATCH", &path, &json!({ "jobTitle": "Head" })).0, 204);
    graph.tenant().users[0].on_premises_sync_enabled = Some(true);
    assert_eq!(graph.call("PATCH", &path, &json!({ "jobTitle": "Boss" })).0, 400);
}

#[test]
fn a_manager_comes_only_where_there_is_one() {
    let mut graph = Fixture::of("contoso.example");
    let boss = graph.tenant().users[1].user_principal_name.clone();
    graph.tenant().users[0].manager = Some(boss);
    graph.tenant().users[1].manager = None;
    let (_, body) = graph.get("/v1.0/users?$top=2&$select=id&$expand=manager($select=id,displayName)");
    assert_eq!(body["value"][0]["manager"]["id"], body["value"][1]["id"]);
    assert!(body["value"][1].get("manager").is_none());
}

#[test]
fn readings_may_show_for_a_while_what_was_before() {
    let mut graph = Fixture::of("contoso.example");
    let id = graph.tenant().users[1].id.clone();
    let path = format!("/v1.0/users/{id}");
    let (_, before) = graph.get(&path);
    graph.state.lag = 2;
    assert_eq!(graph.call("PATCH", &path, &json!({ "jobTitle": "Head of all" })).0, 204);
    assert_eq!(graph.get(&path).1["jobTitle"], before["jobTitle"]);
    let (_, listed) = graph.get("/v1.0/users?$top=2&$select=id,jobTitle");
    assert_eq!(listed["value"][1]["jobTitle"], before["jobTitle"]);
    assert_eq!(graph.get(&path).1["jobTitle"], "Head of all");
}

#[test]
fn an_update_is_refused_as_a_whole_to_whoever_may_not_write_or_asks_for_nobody() {
    let mut graph = Fixture::of("contoso.example");
    let id = graph.tenant().users[1].id.clone();
    let path = format!("/v1.0/users/{id}");
    assert_eq!(graph.call("PATCH", "/v1.0/users/absent", &json!({ "jobTitle": "Head" })).0, 404);
    graph.tenant().users[1].admin = true;
    let before = graph.get(&path);
    let body = json!({ "jobTitle": "Head", "businessPhones": ["1"] });
    let (status, answer) = graph.call("PATCH", &path, &body);
    assert_eq!((status, &answer["error"]["code"]), (403, &json!("Authorization_RequestDenied")));
    assert_eq!(graph.get(&path), before, "none of it is written");
    let mut entra = entra::State::seed(&Msp::built_in());
    entra.roles.values_mut().for_each(|roles| *roles = vec!["User.Read.All".to_owned()]);
    graph.token = entra::tests::token(&mut entra, "contoso.example");
    assert_eq!(graph.call("PATCH", &path, &json!({ "jobTitle": "Head" })).0, 403);
}

/// Returns the answer to a GET with one more header.
fn asked(graph: &Fixture, state: &mut State, target: &str, header: (&str, &str)) -> Response {
    let bearer = format!("Bearer {}", graph.token);
    let headers = [("authorization", bearer.as_str()), header];
    handle(state, &crate::sample::request("GET", target, &headers, None))
}

#[test]
fn a_key_may_stand_in_brackets_and_properties_apart() {
    let mut graph = Fixture::of("northwind.example");
    let plain = graph.get("/v1.0/users/sean.o'hara@northwind.example?$select=id,mail").1;
    assert_eq!(plain["mail"], "sean.o'hara@northwind.example");
    assert_eq!(graph.get("/v1.0/users('sean.o''hara@northwind.example')?$select=id, mail").1, plain);
    let id = plain["id"].as_str().unwrap();
    assert_eq!(graph.get(&format!("/v1.0/users('{id}')?$select= id ,mail")).1, plain);
    assert_eq!(graph.get(&format!("/v1.0/users('{id}')/manager")).0, 404);
    assert_eq!(graph.call("PATCH", &format!("/v1.0/users('{id}')"), &json!({ "jobTitle": "Mate" })).0, 204);
}

#[test]
fn what_libraries_say_of_a_record_is_no_property_of_it() {
    let mut graph = Fixture::of("contoso.example");
    let id = graph.tenant().users[1].id.clone();
    let path = format!("/v1.0/users/{id}?$select=jobTitle,otherMails,displayName");
    let body = json!({
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users/$entity",
        "@odata.type": "#microsoft.graph.user",
        "jobTitle": "Head",
        "otherMails@odata.type": "#Collection(String)",
        "otherMails": ["other@contoso.example"],
    });
    assert_eq!(graph.call("PATCH", &format!("/v1.0/users/{id}"), &body).0, 204);
    let (_, after) = graph.get(&path);
    assert_eq!(
        (&after["jobTitle"], &after["otherMails"]),
        (&json!("Head"), &json!(["other@contoso.example"]))
    );
    assert_eq!(graph.call("PATCH", &format!("/v1.0/users/{id}"), &json!({ "@odata": "x" })).0, 400);
}

#[test]
fn the_organisation_is_there_by_its_id_and_no_other() {
    let mut graph = Fixture::of("contoso.example");
    let (_, listed) = graph.get("/v1.0/organization?$select=id,displayName");
    let only = &listed["value"][0];
    let id = only["id"].as_str().unwrap();
    for target in [format!("/v1.0/organization/{id}"), format!("/v1.0/organization('{id}')")] {
        let (status, one) = graph.get(&format!("{target}?$select=id,displayName"));
        assert_eq!((status, &one["displayName"], &one["id"]), (200, &only["displayName"], &only["id"]));
        assert!(one.get("value").is_none());
    }
    assert_eq!(graph.get("/v1.0/organization/a1de0001-0000-4000-8000-000000000001").0, 404);
}

#[test]
fn the_licences_of_a_user_have_their_part_numbers() {
    let mut graph = Fixture::of("contoso.example");
    let (status, body) = graph.get("/v1.0/users/helen.marsh@contoso.example/licenseDetails");
    assert_eq!((status, &body["value"][0]["skuPartNumber"]), (200, &json!("SPB")));
    let id = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";
    assert!(body["value"][0]["skuId"].as_str().unwrap().eq_ignore_ascii_case(id));
    assert_eq!(graph.get("/v1.0/users/absent/licenseDetails").0, 404);
}

#[test]
fn location_of_use_employee_number_and_fax_are_read_and_fax_is_not_written() {
    let mut graph = Fixture::of("contoso.example");
    let path = "/v1.0/users/helen.marsh@contoso.example";
    let select = format!("{path}?$select=employeeId,faxNumber,usageLocation,preferredLanguage");
    let (_, helen) = graph.get(&select);
    let shown =
        ["employeeId", "faxNumber", "usageLocation", "preferredLanguage"].map(|name| helen[name].clone());
    assert_eq!(shown, [json!("1001"), json!("+1 312 555 0198"), json!("US"), Value::Null]);
    let body = json!({ "employeeId": "1002", "usageLocation": "CA", "preferredLanguage": "en-CA" });
    assert_eq!(graph.call("PATCH", path, &body).0, 204);
    assert_eq!(graph.get(&select).1["employeeId"], "1002");
    for body in [json!({ "faxNumber": "+1 312 555 0100" }), json!({ "employeeId": "x".repeat(17) })] {
        assert_eq!(graph.call("PATCH", path, &body).0, 400, "{body}");
    }
}

#[test]
fn the_id_that_a_caller_gives_its_request_comes_back_in_errors_too() {
    let graph = Fixture::of("contoso.example");
    let mut state = graph.state.clone();
    let own = ("client-request-id", "5f1c0000-0000-4000-8000-000000000001");
    for (target, status) in [("/v1.0/organization", 200), ("/v1.0/users/absent", 404), ("/v1.0/groups", 400)]
    {
        let response = asked(&graph, &mut state, target, own);
        assert_eq!(response.status, status);
        assert!(response.headers.contains(&(own.0.to_owned(), own.1.to_owned())), "{target}");
        let body = crate::sample::json(&response);
        assert!(status == 200 || body["error"]["innerError"][own.0] == own.1, "{body}");
    }
    let stranger = handle(&mut state, &crate::sample::request("GET", "/v1.0/users", &[own], None));
    assert_eq!(crate::sample::json(&stranger)["error"]["innerError"][own.0], own.1);
}

#[test]
fn a_batch_takes_addresses_with_and_without_a_slash_and_waits_for_what_was_named() {
    let mut graph = Fixture::of("contoso.example");
    let item = |id: &str, url: &str, after: &[&str]| json!({ "id": id, "method": "GET", "url": url, "dependsOn": after });
    let requests = [
        item("First", "organization?$select=id", &[]),
        item("second", "/organization?$select=id", &["first"]),
        item("third", "/users/absent", &["second"]),
        item("fourth", "/organization", &["third"]),
        item("fifth", "/v1.0/organization", &[]),
        item("sixth", "https://graph.microsoft.com/v1.0/organization", &[]),
    ];
    let (_, body) = graph.call("POST", "/v1.0/$batch", &json!({ "requests": requests }));
    let mut statuses: Vec<(String, u64)> = body["responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap().to_owned(), one["status"].as_u64().unwrap()))
        .collect();
    statuses.sort();
    let shown = statuses.iter().map(|(id, status)| (id.as_str(), *status)).collect::<Vec<_>>();
    let versioned = body["responses"].as_array().unwrap().iter().find(|one| one["id"] == "fifth").unwrap();
    let message = &versioned["body"]["error"]["message"];
    assert_eq!(message, "Resource not found for the segment 'v1.0'.");
    assert_eq!(
        shown,
        [("First", 200), ("fifth", 400), ("fourth", 424), ("second", 200), ("sixth", 400), ("third", 404)]
    );
}
