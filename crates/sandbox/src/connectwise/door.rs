//! Who may come in, and by which address: codebase discovery, credentials, versions.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::setup::{CLIENT_ID, COMPANY, PRIVATE_KEY, PUBLIC_KEY};
use super::{Request, Response, State, refusal};

/// The first version whose models can be asked for, and the last one, which is given to requests without a version.
///
/// A version in between that brought no models of its own can be asked for as well.
const OLDEST: (u16, u16) = (2019, 1);
const NEWEST: (u16, u16) = (2026, 4);
/// The longest address that the web server takes (inferred; the vendor advises 2,000).
const LONGEST: usize = 2083;

/// Returns, to any caller, where a company's codebase is; `null` for an unknown company.
pub(super) fn discovery(state: &State, company: &str, request: &Request) -> Response {
    if request.method != "GET" {
        return refusal::method(&request.method);
    }
    if !company.eq_ignore_ascii_case(COMPANY) {
        return Response::text(200, "application/json", "null");
    }
    let answer = json!({
        "CompanyName": "Sandbox MSP",
        "Codebase": state.codebase,
        "VersionCode": format!("v{}", newest()),
        "VersionNumber": format!("v4.6.{}", newest()),
        "CompanyID": COMPANY,
        "IsCloud": "True",
        "SiteUrl": "na.myconnectwise.example",
    });
    Response::json(200, &answer)
}

/// Returns what the service says of itself.
pub(super) fn info(request: &Request) -> Response {
    if request.method != "GET" {
        return refusal::method(&request.method);
    }
    let answer = json!({
        "version": format!("v{}.10123", newest()),
        "isCloud": true,
        "serverTimeZone": "Eastern Standard Time",
        "licenseBits": [{"name": "Api", "activeFlag": true}],
        "cloudRegion": "NA",
    });
    Response::json(200, &answer)
}

/// Checks everything that each call needs, and gives the version of the models.
///
/// # Errors
/// The service's answer to a request that it does not admit.
pub(super) fn admit(request: &Request) -> Result<String, Response> {
    credentials(request)?;
    if request.length > LONGEST {
        return Err(refusal::gateway(414));
    }
    let json = request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if matches!(request.method.as_str(), "POST" | "PATCH" | "PUT") && !json {
        return Err(refusal::unsupported());
    }
    version(request.header("accept").unwrap_or("*/*"))
}

fn credentials(request: &Request) -> Result<(), Response> {
    let unreadable = || refusal::unauthorised("The Authorization header is missing or malformed.");
    let text = basic(request).ok_or_else(unreadable)?;
    let (company, keys) = text.split_once('+').ok_or_else(unreadable)?;
    if !company.eq_ignore_ascii_case(COMPANY) {
        return Err(refusal::cannot_route(true));
    }
    match request.header("clientid") {
        None => return Err(refusal::unauthorised("The clientId header is required.")),
        Some(id) if !id.eq_ignore_ascii_case(CLIENT_ID) => {
            return Err(refusal::unauthorised("The clientId is not valid."));
        }
        Some(_) => {}
    }
    if keys.split_once(':') != Some((PUBLIC_KEY, PRIVATE_KEY)) {
        return Err(refusal::not_authenticated());
    }
    Ok(())
}

fn basic(request: &Request) -> Option<String> {
    let (scheme, encoded) = request.header("authorization")?.split_once(' ')?;
    let bytes = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    String::from_utf8(bytes).ok()
}

/// Returns the version that the service itself has.
pub(super) fn newest() -> String {
    let (year, release) = NEWEST;
    format!("{year}.{release}")
}

fn version(accept: &str) -> Result<String, Response> {
    let accept = accept.to_ascii_lowercase();
    if !accept.contains("json") && !accept.contains("*/*") {
        return Err(refusal::not_acceptable("The service answers in JSON only."));
    }
    let Some((_, wanted)) = accept.split_once("version=") else { return Ok(newest()) };
    let wanted = wanted.split([';', ',']).next().unwrap_or_default().trim();
    let parsed = wanted.split_once('.').and_then(|(year, release)| {
        let four = Some(year).filter(|year| year.len() == 4);
        Some((four?.parse().ok()?, release.parse().ok().filter(|release| *release > 0)?))
    });
    match parsed {
        Some(version) if (OLDEST..=NEWEST).contains(&version) => Ok(wanted.to_owned()),
        _ => Err(refusal::not_acceptable(&format!("Version {wanted} is not supported."))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::testing::{BASE, headers, send, state};
    use super::super::{State, handle};
    use super::*;
    use crate::sample;

    /// Returns an answer to a probe with one header changed, or left out where there is no value.
    fn with(state: &mut State, name: &str, value: Option<&str>) -> Response {
        let mut headers = headers();
        headers.retain(|(header, _)| header != name);
        headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        let pairs: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        handle(state, &sample::request("GET", &format!("{BASE}/system/info"), &pairs, None))
    }

    fn keys(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    fn status_and_code(response: &Response) -> (u16, Value) {
        (response.status, sample::json(response)["code"].take())
    }

    #[test]
    fn the_codebase_is_told_without_credentials() {
        let mut state = state(1);
        let mut ask = |company: &str| {
            let target = format!("/login/companyinfo/{company}");
            handle(&mut state, &sample::request("GET", &target, &[], None))
        };
        let answer = sample::json(&ask("Sandbox"));
        assert_eq!((&answer["Codebase"], &answer["IsCloud"]), (&json!("v4_6_release/"), &json!("True")));
        let unknown = ask("absent");
        assert_eq!((unknown.status, unknown.body.as_slice()), (200, b"null".as_slice()));
    }

    #[test]
    fn good_credentials_see_the_service() {
        let mut state = state(1);
        let response = send(&mut state, "GET", "/system/info", None);
        assert_eq!(sample::json(&response)["cloudRegion"], "NA");
        let header = |name: &str| response.headers.iter().find(|(key, _)| key == name).unwrap().1.clone();
        assert_eq!(header("content-type"), "application/vnd.connectwise.com+json; version=2025.1");
        assert_eq!(header("api-current-version"), "2026.4");
        assert!(!header("x-cw-request-id").is_empty());
    }

    #[test]
    fn each_wrong_part_fails_in_its_own_way() {
        let mut state = state(1);
        let good = keys("SANDBOX+sandbox-cw-public:sandbox-cw-private");
        assert_eq!(with(&mut state, "authorization", Some(&good)).status, 200);
        for (name, value, status, code) in [
            ("authorization", None, 401, json!("Unauthorized")),
            ("authorization", Some("Bearer x".to_owned()), 401, json!("Unauthorized")),
            ("authorization", Some(keys("sandbox-cw-public:sandbox-cw-private")), 401, json!("Unauthorized")),
            ("authorization", Some(keys("sandbox+sandbox-cw-public:x")), 401, json!("ConnectWiseApi")),
            ("authorization", Some(keys("other+sandbox-cw-public:x")), 400, Value::Null),
            ("clientid", None, 401, json!("Unauthorized")),
            ("clientid", Some("x".to_owned()), 401, json!("Unauthorized")),
            ("accept", Some("text/html".to_owned()), 406, json!("NotAcceptable")),
            ("accept", Some("application/json; version=2018.6".to_owned()), 406, json!("NotAcceptable")),
            ("accept", Some("application/json; version=3.0.0".to_owned()), 406, json!("NotAcceptable")),
            ("accept", Some("application/json; version=2027.1".to_owned()), 406, json!("NotAcceptable")),
        ] {
            let response = with(&mut state, name, value.as_deref());
            assert_eq!(status_and_code(&response), (status, code), "{name} {value:?}");
        }
    }

    #[test]
    fn without_a_version_the_newest_models_are_given() {
        let mut state = state(1);
        for accept in [None, Some("application/json")] {
            let response = with(&mut state, "accept", accept);
            assert!(response.headers.iter().any(|(_, value)| value.ends_with("version=2026.4")));
        }
    }

    #[test]
    fn an_older_version_can_still_be_asked_for_whether_or_not_it_brought_models() {
        let mut state = state(1);
        for wanted in ["2019.1", "2019.3", "2022.2", "2025.16", "2026.4"] {
            let accept = format!("application/vnd.connectwise.com+json; version={wanted}");
            let response = with(&mut state, "accept", Some(&accept));
            assert_eq!(response.status, 200, "{wanted}");
            assert!(response.headers.contains(&("content-type".to_owned(), accept)), "{wanted}");
        }
    }

    #[test]
    fn a_body_must_be_said_to_be_json() {
        let mut state = state(1);
        let target = format!("{BASE}/company/contacts");
        let headers = headers();
        let pairs: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(handle(&mut state, &sample::request("POST", &target, &pairs, None)).status, 415);
    }

    #[test]
    fn an_address_that_is_too_long_does_not_reach_the_service() {
        let mut state = state(1);
        let mut asked = |ids: usize| {
            let ids = vec!["1740001"; ids].join(",");
            send(&mut state, "GET", &format!("/company/contacts?conditions=id in ({ids})"), None).status
        };
        assert_eq!(asked(260), 414);
        // It counts as it was sent: a comma is one character.
        assert_eq!(asked(250), 200);
    }
}
