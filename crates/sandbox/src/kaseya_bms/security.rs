//! Signing in: a password for a pair of tokens, the pair for a new one, and who one is.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::digest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::setup::{PASSWORD, TENANT, USER};
use super::{Answer, Call, Refusal, Request, State, answer, form, now, second, totp};

/// A pair of tokens; the access token is the key it is kept under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The token that a new pair is given for.
    pub(crate) refresh: String,
    /// The second at which the access token ends.
    pub(crate) access_until: i64,
    /// The second at which the refresh token ends.
    pub(crate) refresh_until: i64,
}

/// The areas that rights are about, with the menu each belongs to; the numbers are made up.
const MENUS: [(&str, i64); 3] = [("Accounts", 201), ("Contacts", 202), ("CustomFields", 203)];
/// The special feature of using the API; the number is made up.
const API_ACCESS: i64 = 44;

/// Exchanges tenant, user and password, and a one-time code if the user has one, for a pair of tokens.
pub(super) fn authenticate(state: &mut State, call: &Call) -> Answer {
    let form = form::fields(call.request)?;
    let sent = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if !sent("granttype").eq_ignore_ascii_case("password") {
        return Err(Refusal::SignIn("The grant type is missing or not supported."));
    }
    let known = sent("tenant") == TENANT && sent("username").eq_ignore_ascii_case(USER);
    if !known || sent("password") != PASSWORD {
        return Err(Refusal::SignIn("The company, the user name or the password is wrong."));
    }
    match &state.totp {
        Some(_) if sent("mfacode").is_empty() => return Err(Refusal::SignIn("An MFA code is required.")),
        Some(secret) if !totp::valid(secret, sent("mfacode"), second()) => {
            return Err(Refusal::SignIn("The MFA code is wrong."));
        }
        _ => {}
    }
    if state.denied.contains("Api") {
        return Err(Refusal::SignIn("The user's role does not have API access."));
    }
    Ok(answer::one(issued(state)))
}

/// Exchanges a pair of tokens for a new one.
///
/// The access token may have ended; the old pair is of no use from then on.
pub(super) fn refresh(state: &mut State, call: &Call) -> Answer {
    let form = form::fields(call.request)?;
    let sent = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let held = state.sessions.get(sent("accesstoken"));
    let good =
        |session: &Session| session.refresh == sent("refreshtoken") && session.refresh_until > second();
    if !held.is_some_and(good) {
        return Err(Refusal::Security("The refresh token is not valid."));
    }
    state.sessions.remove(sent("accesstoken"));
    Ok(answer::one(issued(state)))
}

/// Returns a new session's tokens, as answers show them.
fn issued(state: &mut State) -> Value {
    let at = second();
    state.sessions.retain(|_, session| session.refresh_until > at);
    let (access, refresh) = (token(state), token(state));
    let access_until = at + state.access_seconds;
    let refresh_until = at + state.refresh_seconds;
    let answer = json!({
        "accessToken": access,
        "refreshToken": refresh,
        "accessTokenExpireOn": moment(access_until),
        "refreshTokenExpireOn": moment(refresh_until),
    });
    state.sessions.insert(access, Session { refresh, access_until, refresh_until });
    answer
}

/// Returns a text that cannot be guessed by counting.
fn token(state: &mut State) -> String {
    let said = format!("{} {}", state.number(), jiff::Timestamp::now());
    let digest = digest::digest(&digest::SHA256, said.as_bytes());
    BASE64.encode(digest)
}

/// Returns a second as the service writes it: in UTC, without saying so.
fn moment(second: i64) -> Option<String> {
    let moment = jiff::Timestamp::from_second(second).ok()?;
    Some(moment.strftime("%Y-%m-%dT%H:%M:%S").to_string())
}

/// Lets a request with a good token pass.
pub(super) fn admit(state: &State, request: &Request) -> Result<(), Refusal> {
    let header = request.header("authorization").unwrap_or_default();
    let (scheme, token) = header.split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::NoToken);
    }
    match state.sessions.get(token.trim()) {
        None => Err(Refusal::Security("The access token is not valid.")),
        Some(session) if session.access_until <= second() => {
            Err(Refusal::Security("The access token has expired."))
        }
        Some(_) => Ok(()),
    }
}

/// Returns the user who is signed in, and what the role may do.
#[allow(clippy::unnecessary_wraps)] // routes share one signature
pub(super) fn user(state: &mut State, _: &Call) -> Answer {
    let right = |(area, menu): (&str, i64)| {
        json!({
            "canView": !state.denies(area, "view"),
            "canModify": !state.denies(area, "modify"),
            "canDelete": !state.denies(area, "delete"),
            "mainMenuId": menu,
            "menuCategoryId": 2,
            "listingIDEnum": 0,
        })
    };
    Ok(answer::one(json!({
        "userId": 900,
        "fullName": "API User",
        "emailAddress": "api@msp.example",
        "timeStamp": now(),
        "timeZoneValue": 0.0,
        "timeZoneName": "UTC",
        "olsonTimeZoneName": "Etc/UTC",
        "tenantId": 77,
        "accountId": null,
        "businessName": TENANT,
        "userAccessRights": MENUS.map(right),
        "specialFeatures": [{"id": API_ACCESS}],
        "isUserSystemAdmin": false,
        "productName": "BMS",
    })))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{form, ok, sign_in, state};
    use super::super::{State, handle};
    use super::*;
    use crate::sample;

    const GOOD: [(&str, &str); 4] =
        [("UserName", USER), ("Password", PASSWORD), ("Tenant", TENANT), ("GrantType", "password")];

    fn refresh_with(state: &mut State, pair: &Value) -> (u16, Value) {
        let text = |name: &str| pair[name].as_str().unwrap().to_owned();
        let (access, refresh) = (text("accessToken"), text("refreshToken"));
        let fields = [("AccessToken", access.as_str()), ("RefreshToken", refresh.as_str())];
        let response = form(state, "/v2/security/refreshtoken", &fields);
        (response.status, sample::json(&response))
    }

    fn ask(state: &mut State, authorization: &str) -> (u16, Value) {
        let headers = [("accept", "application/json"), ("authorization", authorization)];
        let response = handle(state, &sample::request("GET", "/v2/security/userinfo", &headers, None));
        (response.status, sample::json(&response))
    }

    #[test]
    fn a_good_password_gives_a_pair_that_lives_as_long_as_the_state_says() {
        let mut state = state(1);
        state.access_seconds = 90;
        let answer = sign_in(&mut state, &GOOD);
        assert_eq!((&answer["success"], &answer["error"]), (&json!(true), &Value::Null));
        let until: jiff::civil::DateTime =
            answer["result"]["accessTokenExpireOn"].as_str().unwrap().parse().unwrap();
        let until = until.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_second();
        assert!((until - second() - 90).abs() <= 5);
        let token = format!("Bearer {}", answer["result"]["accessToken"].as_str().unwrap());
        assert_eq!(ask(&mut state, &token).1["result"]["businessName"], TENANT);
    }

    #[test]
    fn whatever_is_wrong_in_the_form_fails_inside_a_success() {
        let mut state = state(1);
        for (field, wrong) in [
            ("UserName", "absent"),
            ("Password", "guess"),
            ("Tenant", "sandbox msp"),
            ("Tenant", ""),
            ("GrantType", "code"),
        ] {
            let mut fields = GOOD;
            for one in fields.iter_mut().filter(|(name, _)| *name == field) {
                one.1 = wrong;
            }
            let answer = sign_in(&mut state, &fields);
            assert_eq!(
                (&answer["success"], &answer["error"]["code"]),
                (&json!(false), &json!(SECURITY)),
                "{field}"
            );
            assert_eq!(answer["result"], Value::Null);
        }
        assert!(state.sessions.is_empty());
    }

    const SECURITY: i64 = 978_001;

    #[test]
    fn names_of_form_fields_have_no_case_and_json_is_no_form() {
        let mut state = state(1);
        let fields =
            [("userName", "API"), ("password", PASSWORD), ("tenant", TENANT), ("grantType", "Password")];
        assert_eq!(sign_in(&mut state, &fields)["success"], true);
        let body = json!({"UserName": USER, "Password": PASSWORD, "Tenant": TENANT,
            "GrantType": "password"});
        let request = sample::request("POST", "/v2/security/authenticate", &[], Some(&body));
        assert_eq!(handle(&mut state, &request).status, 415);
    }

    #[test]
    fn a_user_with_one_time_codes_needs_one() {
        let mut state = state(1);
        state.totp = Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
        assert!(sign_in(&mut state, &GOOD)["error"]["details"].as_str().unwrap().contains("required"));
        let mut with = |code: &str| sign_in(&mut state, &[&GOOD[..], &[("MFACode", code)]].concat());
        assert!(with("12345")["error"]["details"].as_str().unwrap().contains("wrong"));
        let code = totp::code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", second()).unwrap();
        assert_eq!(with(&code)["success"], true);
    }

    #[test]
    fn a_token_ends_and_its_pair_still_gives_a_new_one_once() {
        let mut state = state(1);
        let pair = sign_in(&mut state, &GOOD)["result"].take();
        let token = format!("Bearer {}", pair["accessToken"].as_str().unwrap());
        assert_eq!(ask(&mut state, &token).0, 200);
        for session in state.sessions.values_mut() {
            session.access_until = 0;
        }
        let (status, answer) = ask(&mut state, &token);
        assert_eq!((status, &answer["error"]["code"]), (401, &json!(SECURITY)));
        assert_eq!(answer["error"]["message"], "Security Error");

        let (status, answer) = refresh_with(&mut state, &pair);
        let fresh = &answer["result"];
        assert_eq!(status, 200);
        for name in ["accessToken", "refreshToken"] {
            assert_ne!(fresh[name], pair[name]);
        }
        let token = format!("Bearer {}", fresh["accessToken"].as_str().unwrap());
        assert_eq!(ask(&mut state, &token).0, 200);
        assert_eq!(refresh_with(&mut state, &pair).0, 401);
    }

    #[test]
    fn a_refresh_token_ends_too_and_belongs_to_its_access_token() {
        let mut state = state(1);
        let one = sign_in(&mut state, &GOOD)["result"].take();
        let other = sign_in(&mut state, &GOOD)["result"].take();
        let mixed = json!({"accessToken": one["accessToken"], "refreshToken": other["refreshToken"]});
        assert_eq!(refresh_with(&mut state, &mixed).0, 401);
        for session in state.sessions.values_mut() {
            session.refresh_until = 0;
        }
        assert_eq!(refresh_with(&mut state, &one).0, 401);
    }

    #[test]
    fn without_a_token_the_answer_is_empty_and_with_a_bad_one_it_is_not() {
        let mut state = state(1);
        let request = sample::request("GET", "/v2/crm/contacts/summary", &[], None);
        let refused = handle(&mut state, &request);
        assert_eq!((refused.status, refused.body.len()), (401, 0));
        let (status, answer) = ask(&mut state, "Bearer nonsense");
        assert_eq!((status, &answer["error"]["code"]), (401, &json!(SECURITY)));
    }

    #[test]
    fn rights_are_shown_and_the_api_itself_is_one() {
        let mut state = state(1);
        state.denied.insert("Contacts/modify".into());
        let answer = ok(&mut state, "GET", "/security/userinfo", None)["result"].take();
        let contacts = &answer["userAccessRights"][1];
        assert_eq!((&contacts["canView"], &contacts["canModify"]), (&json!(true), &json!(false)));
        state.denied.insert("Api".into());
        assert!(sign_in(&mut state, &GOOD)["error"]["details"].as_str().unwrap().contains("API access"));
    }
}
