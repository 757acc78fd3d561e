//! Signing in: where, by what form, and what becomes of a token.

use serde_json::json;

use super::*;
use crate::error::Kind;
use crate::side::ReadPsa as _;

#[test]
fn the_instance_says_where_to_sign_in_and_one_token_serves_all_requests() {
    let instance = Instance::start(world);
    instance.client().read(&request(&[7])).expect("a reading");
    let asked = instance.take();
    assert_eq!((asked[0].what.as_str(), asked[0].token.as_str()), ("GET api/authinfo", ""));
    assert_eq!((asked[1].what.as_str(), asked[1].parameter("tenant")), ("POST auth/token", Some("msp")));
    let form: Vec<(String, String)> =
        url::form_urlencoded::parse(asked[1].body.as_bytes()).into_owned().collect();
    let sent = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!((sent("grant_type"), sent("scope")), (Some("client_credentials"), Some("all")));
    assert_eq!((sent("client_id"), sent("client_secret")), (Some("client-1"), Some("hunter2")));
    assert!(asked[2..].iter().all(|asked| asked.token == "token-1"));
}

#[test]
fn an_instance_on_the_premises_gets_no_tenant_and_one_that_names_its_own_gets_that() {
    for (told, sent) in [("", None), ("halo-7", Some("halo-7"))] {
        let mut instance = Instance::start(move |asked| match asked.what.as_str() {
            "GET api/authinfo" => Some((200, json!({"auth_url": null, "tenant_id": told}))),
            _ => world(asked),
        });
        instance.settings.tenant = None;
        instance.client().read(&request(&[7])).expect("a reading");
        let asked = instance.take();
        let token = asked.iter().find(|asked| asked.what == "POST auth/token").expect("a sign-in");
        assert_eq!(token.parameter("tenant"), sent);
    }
}

#[test]
fn an_address_in_the_settings_is_not_asked_for_and_may_be_elsewhere() {
    let mut instance = Instance::start(|asked| match asked.what.as_str() {
        "POST identity/token" => Some((200, json!({"access_token": "other", "expires_in": "3600"}))),
        _ => world(asked),
    });
    let identity = instance.settings.base_url.join("identity/").expect("an address");
    instance.settings.auth_url = Some(identity);
    instance.client().read(&request(&[7])).expect("a reading");
    let asked = instance.take();
    assert!(asked.iter().all(|asked| asked.what != "GET api/authinfo"));
    assert!(asked[1..].iter().all(|asked| asked.token == "other"));
}

#[test]
fn an_authorisation_server_elsewhere_gets_no_credentials() {
    for named in ["http://127.0.0.1:9/auth", "https://id.example/auth", "nonsense"] {
        let instance = Instance::start(move |asked| match asked.what.as_str() {
            "GET api/authinfo" => Some((200, json!({"auth_url": named}))),
            _ => world(asked),
        });
        let error = instance.client().read(&request(&[7])).expect_err(named);
        assert_eq!(error.kind(), Kind::Service);
        assert!(error.next_step().is_some_and(|next| next.contains("auth-url")), "{error}");
        assert_eq!(instance.take().len(), 1);
    }
}

#[test]
fn a_token_that_is_not_accepted_is_renewed_once() {
    let instance = Instance::start(|asked| match (asked.what.as_str(), asked.token.as_str()) {
        (what, "token-1") if what.starts_with("GET api/") => Some((401, json!(""))),
        _ => world(asked),
    });
    let client = instance.client();
    client.session.page::<super::super::wire::User>(&[], 1).expect("the second token is good");
    let tokens: Vec<String> = instance.calls().into_iter().map(|asked| asked.token).collect();
    assert_eq!(tokens, ["token-1", "token-2"]);
    client.session.let_token_run_out();
    client.session.page::<super::super::wire::User>(&[], 1).expect("a third one");
    assert_eq!(instance.calls()[0].token, "token-3");

    let refusing = Instance::start(|asked| {
        asked.what.starts_with("GET api/U").then_some((401, json!(""))).or_else(|| world(asked))
    });
    let error = refusing.client().session.page::<super::super::wire::User>(&[], 1).err().expect("refused");
    assert_eq!((error.kind(), refusing.calls().len()), (Kind::Auth, 2));
}

#[test]
fn wrong_credentials_are_named_and_sent_once() {
    let instance = Instance::start(|asked| match asked.what.as_str() {
        "POST auth/token" => Some((400, json!({"error": "invalid_client", "error_description": "No"}))),
        _ => world(asked),
    });
    let error = instance.client().read(&request(&[7, 8])).expect_err("refused");
    assert_eq!(error.kind(), Kind::Auth);
    assert!(!error.to_string().contains("hunter2"));
    assert_eq!(whats(&instance.take()), ["GET api/authinfo", "POST auth/token"]);
}
