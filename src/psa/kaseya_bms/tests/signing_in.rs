//! Tokens: how they are got, kept, renewed, and given up.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::testing::{Asked, Tenant, good};
use super::{CONTACT, request, world};
use crate::error::Kind;
use crate::model::Id;
use crate::secret::Secret;
use crate::side::{LookUp as _, ReadPsa as _};

fn form(asked: &Asked) -> Vec<(String, String)> {
    url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect()
}

fn signs_in(asked: &Asked) -> bool {
    asked.what == "POST security/authenticate"
}

#[test]
fn a_reading_signs_in_once_and_shows_its_token_with_every_call() {
    let tenant = Tenant::start(world);
    tenant.client().read(&request(&[7, 8])).expect("a reading");
    let asked = tenant.take();
    assert_eq!(asked.iter().filter(|asked| signs_in(asked)).count(), 1);
    let expected = [
        ("UserName", "api"),
        ("Password", "hunter2"),
        ("Tenant", "My MSP & Sons"),
        ("GrantType", "password"),
    ];
    assert_eq!(form(&asked[0]), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(asked[0].token, "");
    assert!(asked.len() > 5 && asked[1..].iter().all(|asked| asked.token == "token-1"));
}

#[test]
fn a_user_with_a_second_factor_sends_a_code() {
    let mut tenant = Tenant::start(world);
    tenant.settings.totp = Some(Secret::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
    tenant.client().read(&request(&[7])).expect("a reading");
    let (name, code) = form(&tenant.take()[0]).pop().expect("a last field");
    assert_eq!((name.as_str(), code.len()), ("MFACode", 6));
    assert!(code.chars().all(|c| c.is_ascii_digit()), "{code}");
}

#[test]
fn a_sign_in_that_fails_under_status_200_says_what_to_check() {
    let tenant = Tenant::start(|_| {
        Some((200, json!({"success": false, "error": {"code": 3, "message": "Invalid credentials."}})))
    });
    let error = tenant.client().read(&request(&[7])).expect_err("refused");
    assert_eq!(error.kind(), Kind::Auth);
    assert_eq!(error.message(), "Kaseya BMS refused POST security/authenticate: Invalid credentials");
    assert!(error.next_step().is_some_and(|next| next.contains("crsync login bms password")));
    assert_eq!((error.sent(), tenant.take().len()), (1, 1));
}

#[test]
fn a_token_that_is_not_accepted_is_renewed_and_the_call_made_again() {
    let security =
        || Some((401, json!({"success": false, "error": {"code": 978_001, "message": "Security Error"}})));
    let tenant = Tenant::start(move |asked| if asked.token == "token-1" { security() } else { world(asked) });
    let found =
        tenant.client().reread(CONTACT, &Id::from(7), &[Id::from(55)]).expect("the second token is good");
    assert_eq!(found.len(), 1);
    let tokens: BTreeSet<String> = tenant.calls().into_iter().map(|asked| asked.token).collect();
    assert!(tokens.contains("token-2") && !tokens.contains("token-3"));
}

#[test]
fn a_call_that_no_token_is_good_for_is_made_twice_and_no_more() {
    let tenant = Tenant::start(|asked| match asked.what.as_str() {
        "GET crm/contacts/summary/55" => Some((401, json!("Unauthorized"))),
        _ => world(asked),
    });
    let error = tenant.client().reread(CONTACT, &Id::from(7), &[Id::from(55)]).expect_err("refused twice");
    assert_eq!((error.kind(), error.sent()), (Kind::Auth, 2));
    let asked = tenant.take();
    assert_eq!(asked.iter().filter(|asked| signs_in(asked)).count(), 2);
    assert_eq!(asked.iter().filter(|asked| asked.what == "GET crm/contacts/summary/55").count(), 2);
}

#[test]
fn a_token_that_runs_out_is_refreshed_with_both_tokens_of_the_newest_pair() {
    let tenant = Tenant::start(world);
    let bms = tenant.client();
    let session = &bms.session;
    session.begin().expect("signed in");
    for number in [2, 3] {
        session.let_token_run_out();
        session.begin().expect("refreshed");
        let asked = tenant.take().pop().expect("a request");
        assert_eq!(asked.what, "POST security/refreshtoken");
        let old = number - 1;
        assert_eq!(
            form(&asked),
            [
                ("AccessToken".to_owned(), format!("token-{old}")),
                ("RefreshToken".to_owned(), format!("refresh-{old}"))
            ]
        );
    }
}

#[test]
fn a_refresh_that_fails_is_a_sign_in() {
    let tenant = Tenant::start(|asked| match asked.what.as_str() {
        "POST security/refreshtoken" => Some((400, json!({"success": false}))),
        "GET security/userinfo" => good(&json!({})),
        _ => None,
    });
    let bms = tenant.client();
    bms.session.begin().expect("signed in");
    bms.session.let_token_run_out();
    bms.session.begin().expect("signed in again");
    let whats: Vec<String> = tenant.take().into_iter().map(|asked| asked.what).collect();
    assert_eq!(
        whats,
        ["POST security/authenticate", "POST security/refreshtoken", "POST security/authenticate"]
    );
}
