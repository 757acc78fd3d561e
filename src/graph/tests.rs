//! Reading tenants of the sandbox: what it costs, and what comes of everything that can go wrong on the way.

mod looking;
mod writing;

use std::cell::RefCell;
use std::time::Duration;

use crsync_sandbox::{self as sandbox, Effect, Fault, Sandbox, System};
use serde_json::{Value as Json, json};

use super::{Credential, Graph, Settings};
use crate::error::{Error, Kind};
use crate::http::{Http, Options};
use crate::model::TenantSide;
use crate::secret::Secret;
use crate::side::ReadTenant as _;

const CONTOSO: &str = "c0a1e5b2-0000-4000-8000-000000000009";
/// A tenant of nearly 2,500 users, which is three pages.
const LITWARE: &str = "6c1e9f14-0000-4000-8000-000000000014";

fn sandbox() -> Sandbox {
    Sandbox::start(sandbox::Options::default()).expect("a free port")
}

fn settings(sandbox: &Sandbox) -> Settings {
    let address = |path: &str| format!("{}{path}", sandbox.url()).parse().expect("a URL");
    let secrets = sandbox.secrets();
    let (_, secret) = secrets.iter().find(|(name, _)| name.ends_with("CLIENT_SECRET")).expect("it has one");
    let config = sandbox.config();
    let client_id = config.split("client-id = \"").nth(1).and_then(|rest| rest.split('"').next());
    Settings {
        client_id: client_id.expect("it has one").to_owned(),
        credential: Credential::Secret(Secret::new(secret.as_str())),
        login_url: address("/entra"),
        base_url: address("/graph"),
    }
}

fn graph(settings: Settings) -> Graph {
    let sleep = |time| SLEPT.with_borrow_mut(|slept| slept.push(time));
    let options = Options { sleep: Some(sleep), ..Options::default() };
    Graph::new(&Http::new(options).expect("no files are named"), settings)
}

thread_local!(static SLEPT: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) });

fn read(sandbox: &Sandbox, tenant: &str) -> Result<TenantSide, Error> {
    graph(settings(sandbox)).read(tenant)
}

/// Why the tenant was not read; how many users it has where it was.
fn failure(sandbox: &Sandbox, tenant: &str) -> Error {
    read(sandbox, tenant).map(|side| side.users.items().len()).expect_err("a failure")
}

/// How many users the sandbox keeps for the tenant.
fn kept(sandbox: &Sandbox, tenant: &str) -> usize {
    sandbox.snapshot()["graph"]["tenants"][tenant]["users"].as_array().map_or(0, Vec::len)
}

/// A sandbox in whose state these values, each at its JSON pointer, are others.
fn having<const N: usize>(values: [(&str, Json); N]) -> Sandbox {
    let sandbox = sandbox();
    let change = |state: &mut Json| {
        for (pointer, value) in values {
            *state.pointer_mut(pointer).expect("a value of the state") = value;
        }
    };
    sandbox.edit(change).expect("still a state");
    sandbox
}

/// How the sandbox's requests to `system` went: method and path without the query.
fn asked(sandbox: &Sandbox, system: System) -> Vec<String> {
    let of = sandbox.requests().into_iter().filter(|seen| seen.system == system);
    of.map(|seen| format!("{} {}", seen.method, seen.path.split('?').next().unwrap_or_default())).collect()
}

/// The `nth` Graph request whose path contains `path` gets this status and error code.
fn refused(path: &str, nth: Option<u32>, status: u16, code: &str) -> Fault {
    let body = format!(r#"{{"error":{{"code":"{code}","message":"No."}}}}"#);
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let effect = Effect::Answer { status, headers, body };
    Fault { system: System::GRAPH, path: path.to_owned(), nth, effect }
}

#[test]
fn a_tenant_on_one_page_costs_two_requests() {
    let sandbox = sandbox();
    let side = read(&sandbox, CONTOSO).expect("Contoso");
    assert_eq!((side.tenant.id.as_str(), side.tenant.name.as_str()), (CONTOSO, "Contoso"));
    assert!(side.tenant.domains.contains(&"contoso.example".to_owned()));
    assert!(!side.users.items().is_empty() && !side.tenant.skus.is_empty());
    assert!(
        side.users
            .items()
            .iter()
            .flat_map(|user| user.licences.as_deref().into_iter().flatten())
            .all(|id| { side.tenant.skus.iter().any(|sku| sku.id == *id && sku.name != *id) })
    );
    assert_eq!(asked(&sandbox, System::ENTRA), [format!("POST /{CONTOSO}/oauth2/v2.0/token")]);
    assert_eq!(asked(&sandbox, System::GRAPH), ["POST /v1.0/$batch"]);
}

#[test]
fn the_tenant_of_a_domain_is_found_without_signing_in() {
    let sandbox = sandbox();
    let graph = graph(settings(&sandbox));
    for domain in ["contoso.example", "contoso.onmicrosoft.com"] {
        assert_eq!(graph.tenant_of(domain).expect("a tenant"), CONTOSO);
    }
    assert!(graph.tenant_of("unknown.example").is_err());
    assert!(asked(&sandbox, System::ENTRA).iter().all(|asked| asked.starts_with("GET ")));
}

#[test]
fn a_tenant_that_is_asked_by_a_domain_says_its_id() {
    let side = read(&sandbox(), "contoso.example").expect("Contoso");
    assert_eq!(side.tenant.id, CONTOSO);
    assert!(side.tenant.domains.contains(&"contoso.onmicrosoft.com".to_owned()));
}

#[test]
fn a_large_tenant_costs_one_request_more_for_every_further_page() {
    let sandbox = sandbox();
    assert_eq!(read(&sandbox, LITWARE).expect("Litware").users.items().len(), kept(&sandbox, LITWARE));
    let page = "GET /v1.0/users";
    assert_eq!(asked(&sandbox, System::GRAPH), ["POST /v1.0/$batch", page, page]);
}

#[test]
fn a_token_is_kept_for_the_next_reading() {
    let sandbox = sandbox();
    let graph = graph(settings(&sandbox));
    for _ in 0..2 {
        graph.read(CONTOSO).expect("Contoso");
    }
    assert_eq!(asked(&sandbox, System::ENTRA).len(), 1);
}

#[test]
fn short_pages_are_followed_to_the_end() {
    let sandbox = having([("/graph/ragged_pages", json!(true))]);
    assert_eq!(read(&sandbox, LITWARE).expect("Litware").users.items().len(), kept(&sandbox, LITWARE));
}

#[test]
fn a_part_of_the_batch_that_is_throttled_is_asked_for_again_when_its_time_has_come() {
    let sandbox = sandbox();
    let whole = read(&sandbox, CONTOSO).expect("Contoso");
    // The batch's items count one by one, so the last of the three is refused.
    let sandbox = having([("/graph/throttle", json!(1)), ("/graph/retry_after", json!("7"))]);
    SLEPT.take();
    assert_eq!(read(&sandbox, CONTOSO).expect("Contoso"), whole);
    assert_eq!(asked(&sandbox, System::GRAPH), ["POST /v1.0/$batch"; 2]);
    assert_eq!(SLEPT.take(), [Duration::from_secs(7)]);
}

#[test]
fn a_part_that_stays_throttled_is_told_and_not_asked_for_by_itself() {
    let sandbox = having([("/graph/throttle", json!(100))]);
    assert_eq!(failure(&sandbox, CONTOSO).kind(), Kind::Throttled);
    assert_eq!(asked(&sandbox, System::GRAPH), ["POST /v1.0/$batch"; 5]);
}

#[test]
fn a_token_that_is_not_accepted_is_renewed_once() {
    let sandbox = sandbox();
    sandbox.set_faults(vec![refused("$batch", Some(1), 401, "InvalidAuthenticationToken")]);
    read(&sandbox, CONTOSO).expect("Contoso");
    assert_eq!(asked(&sandbox, System::ENTRA).len(), 2);

    sandbox.set_faults(vec![refused("$batch", None, 401, "InvalidAuthenticationToken")]);
    let before = asked(&sandbox, System::GRAPH).len();
    assert_eq!(failure(&sandbox, CONTOSO).kind(), Kind::Auth);
    assert_eq!(asked(&sandbox, System::GRAPH).len() - before, 2);
}

#[test]
fn a_listing_that_loses_its_place_starts_again_but_not_for_ever() {
    let sandbox = sandbox();
    sandbox.set_faults(vec![refused("skiptoken", Some(2), 400, "Directory_ExpiredPageToken")]);
    assert_eq!(read(&sandbox, LITWARE).expect("Litware").users.items().len(), kept(&sandbox, LITWARE));

    let sandbox = having([("/graph/page_life", json!(0))]);
    assert_eq!(failure(&sandbox, LITWARE).kind(), Kind::Incomplete);
    assert_eq!(
        asked(&sandbox, System::GRAPH).len(),
        6,
        "batch and page, then two more starts with a page each"
    );
}

#[test]
fn a_page_that_comes_again_makes_the_reading_incomplete() {
    let sandbox = sandbox();
    let effect = Effect::Repeated;
    sandbox.set_faults(vec![Fault { system: System::GRAPH, path: "skiptoken".into(), nth: Some(2), effect }]);
    assert_eq!(failure(&sandbox, LITWARE).kind(), Kind::Incomplete);
}

#[test]
fn a_further_page_that_is_refused_fails_the_reading() {
    let sandbox = sandbox();
    sandbox.set_faults(vec![refused("skiptoken", Some(2), 403, "Authorization_RequestDenied")]);
    assert_eq!(failure(&sandbox, LITWARE).kind(), Kind::Permission);
}

#[test]
fn a_page_without_records_is_an_error_and_not_an_end() {
    let sandbox = sandbox();
    let effect = Effect::Answer { status: 200, headers: Vec::new(), body: "{}".into() };
    sandbox.set_faults(vec![Fault { system: System::GRAPH, path: "skiptoken".into(), nth: Some(1), effect }]);
    assert_eq!(failure(&sandbox, LITWARE).kind(), Kind::Service);
}

#[test]
fn a_missing_permission_is_named() {
    let sandbox = having([("/entra/roles", json!({ CONTOSO: ["User.Read.All"] }))]);
    let error = failure(&sandbox, CONTOSO);
    assert_eq!(error.kind(), Kind::Permission);
    assert!(error.message().contains("LicenseAssignment.Read.All"), "{error}");
    assert!(error.next_step().is_some_and(|step| step.contains("/adminconsent?client_id=")));
}

#[test]
fn sign_in_troubles_are_told_apart() {
    let table = [
        (having([("/entra/unconsented", json!([CONTOSO]))]), Kind::Permission),
        (having([("/entra/without_application", json!([CONTOSO]))]), Kind::Permission),
        (having([("/entra/secret_expired", json!(true))]), Kind::Auth),
    ];
    for (sandbox, kind) in table {
        let error = failure(&sandbox, CONTOSO);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.next_step().is_some());
    }
    assert_eq!(failure(&sandbox(), "unknown.example").kind(), Kind::Config);
}

#[test]
fn a_certificate_signs_in_where_it_was_uploaded() {
    // Keys are made here rather than kept in the repository; where the tool is missing, nothing is shown.
    let Some((certificate, keys, _)) = super::assertion::tests::made_by_openssl() else { return };
    let sandbox = sandbox();
    let uploaded = super::assertion::tests::uploaded(&certificate, &keys[0]);
    let pem = Secret::new(format!("{}{certificate}", keys[0]));
    let with = || Settings { credential: Credential::Certificate(pem.clone()), ..settings(&sandbox) };
    assert_eq!(graph(with()).read(CONTOSO).expect_err("not uploaded").kind(), Kind::Auth);
    sandbox
        .edit(|world| world["entra"]["certificates"] = serde_json::json!([uploaded]))
        .expect("still a world");
    graph(with()).read(CONTOSO).expect("Contoso");
}
