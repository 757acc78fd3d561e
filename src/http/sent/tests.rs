//! Refusals and debugging pages that repeat what they were asked.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::http::testing::limits;
use crate::http::{Limits, Method, Reply};
use crate::secret::Secret;

fn post() -> Request {
    Request::new(Method::Post, "https://api.example/x".parse().expect("a URL"))
}

fn sent(request: &Request) -> Sent {
    let limits: Limits = limits();
    Sent::of(&Arc::new(request.clone()), Mask::new(&limits))
}

/// Returns what is left of an answer.
fn left(request: &Request, status: u16, body: &str) -> String {
    let mut reply = Reply::from_parts("example", status, Vec::new(), body.as_bytes().to_vec());
    reply.silence(&sent(request));
    String::from_utf8(reply.body.into_bytes()).expect("text")
}

/// Returns what is left of a sentence that refuses a record.
fn said(record: &Value, sentence: &str) -> String {
    let left = left(&post().json(record), 400, &json!({"message": sentence}).to_string());
    let left: Value = serde_json::from_str(&left).expect("JSON still");
    left["message"].as_str().expect("a sentence still").to_owned()
}

#[test]
fn a_page_that_repeats_the_credentials_does_not_show_them() {
    let basic = format!("Basic {}", STANDARD.encode("acme+key-a:pass&word"));
    let request = post()
        .header("Authorization", Secret::new(basic.as_str()))
        .header("X-Api-Key", Secret::new("k3y+k3y"));
    let page = format!(
        "<html><pre>Authorization: {basic}\nacme+key-a key-a pass&word pass&amp;word pass%26word k3y%2Bk3y</pre>"
    );
    assert_eq!(
        left(&request, 500, &page),
        "<html><pre>Authorization: Basic [masked]\n[masked] [masked] [masked] [masked] [masked] [masked]</pre>"
    );
    let bearer = post().header("Authorization", Secret::new("Bearer abc.def.ghi"));
    assert_eq!(left(&bearer, 200, "<html>you sent abc.def.ghi</html>"), "<html>you sent [masked]</html>");
    assert_eq!(left(&bearer, 502, "{\"error\": \"xabc.def.ghix\"}"), "{\"error\":\"x[masked]x\"}");
}

#[test]
fn what_a_body_sent_under_a_secret_name_is_not_shown() {
    let form =
        post().form(&[("client_secret", &Secret::new("s3cret value")), ("scope", &Secret::new("x.all"))]);
    assert_eq!(
        left(&form, 400, "client_secret=s3cret+value, scope x.all"),
        "client_secret=[masked], scope x.all"
    );
    let body = json!({"customFields": [{"caption": "SupportPIN", "value": "4821"}, {"caption": "Other", "value": "7"}]});
    assert_eq!(
        left(&post().json(&body), 500, "Other 7 SupportPin: none, 4821"),
        "Other 7 SupportPin: none, [masked]"
    );
    let number = json!({"supportPin": 4821});
    assert_eq!(left(&post().json(&number), 400, "{\"id\":14821,\"was\":4821}"), "{\"id\":14821,\"was\":0}");
}

#[test]
fn a_note_that_gives_a_pin_is_not_quoted_in_parts() {
    let note = json!({"text": "Support PIN: 4821", "flagged": false});
    assert_eq!(said(&note, "A note of 4821 is refused"), "A note of [masked] is refused");
}

#[test]
fn a_failure_that_tells_a_pin_does_not_show_it() {
    let body = json!({"errors": ["SupportPIN 4821 is too short", "title is too long"], "supportPin": "4821"});
    let told = left(&post(), 400, &body.to_string());
    assert!(!told.contains("4821") && told.contains("title is too long"), "{told}");
    assert_eq!(left(&post(), 500, "the SupportPIN 4821 is too short"), MASK);
}

#[test]
fn names_addresses_and_numbers_are_not_repeated_in_any_spelling() {
    let record = json!({"firstName": "Zoë", "lastName": "O'Hara", "email": "zoe+x@contoso.example",
        "phone": "+1 (312) 555-0100", "title": "R&D \"lead\"", "zip": "60601"});
    for (sentence, expected) in [
        ("Zoë O'Hara exists", "… … exists"),
        ("ZOË O&#39;HARA and zo%C3%AB o%27hara", "… … and … …"),
        ("Zo\\u00eb is taken", "… is taken"),
        ("'zoe+x@contoso.example', zoe%2Bx%40CONTOSO.example", "'…', …"),
        ("call 13125550100 or +1 (312) 555-0100 or %2B1+(312)+555-0100", "call … or … or …"),
        ("R&amp;D &quot;lead&quot;, R&D \\\"lead\\\", R%26D+%22lead%22", "…, …, …"),
        ("zip 60601 is unknown", "zip … is unknown"),
    ] {
        assert_eq!(said(&record, sentence), expected);
    }
}

#[test]
fn a_short_name_takes_no_word_apart() {
    let record = json!({"firstName": "Al", "lastName": "An", "middle": "x", "flag": "true", "company": 174});
    let sentence = "Al An: an invalid value; all of company 174 must be true, x";
    assert_eq!(said(&record, sentence), "… …: an invalid value; all of company 174 must be true, x");
    let record = json!({"firstName": "Ann", "lastName": "Lee", "name": "Ann Lee"});
    assert_eq!(said(&record, "ann lee, Annabel Leeds and ANN"), "…, Annabel Leeds and …");
}

#[test]
fn a_long_value_that_is_cut_off_is_not_shown_either() {
    let record = json!({"title": "Acting Deputy Vice President of Customs"});
    assert_eq!(said(&record, "Acting Deputy Vice Presi… is too long"), "…… is too long");
    assert_eq!(said(&record, "Acting is no title"), "Acting is no title");
}

#[test]
fn names_of_fields_and_codes_stay() {
    let patch = json!([{"op": "replace", "path": "title", "value": "Security"},
        {"op": "replace", "path": "communicationItems", "value": [{"type": {"id": 1, "name": "Email"}, "value": "4 Elm"}]}]);
    let body = json!({"code": "Security", "errors": [{"field": "title", "message": "title Security, Email 4 Elm",
        "code": "InvalidField"}], "security@x": 1});
    let told = left(&post().json(&patch), 400, &body.to_string());
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["code"], "Security");
    assert_eq!(told["errors"][0]["message"], "title …, Email …");
    assert_eq!(told["errors"][0]["field"], "title");
    let query = json!({"includeFields": ["emailAddress"], "filter": [{"op": "eq", "field": "city", "value": "Bern"}]});
    let told = left(&post().json(&query), 500, "Unable to find emailAddress or city Bern");
    assert_eq!(told, "Unable to find emailAddress or city …");
}

#[test]
fn what_an_address_asks_for_is_not_repeated() {
    let url = "https://api.example/users/ann%40contoso.example?$select=mail,city&$filter=mail%20eq%20'bo@contoso.example'&page=174&query=Lee";
    let request = Request::get(url.parse().expect("a URL"));
    assert_eq!(
        left(&request, 400, "no mail of ann@contoso.example or bo@contoso.example, Lee on page 174"),
        "no mail of … or …, … on page 174"
    );
}

#[test]
fn a_key_made_of_a_value_is_masked_too() {
    let request = post().json(&json!({"email": "ann@contoso.example", "title": "email"}));
    let told = left(&request, 422, r#"{"errors":{"ann@contoso.example":["is taken"],"email":["is bad"]}}"#);
    assert_eq!(told, r#"{"errors":{"email":["is bad"],"…":["is taken"]}}"#);
}

#[test]
fn data_and_ordinary_headers_stay_as_they_are() {
    let request = post()
        .header("Authorization", Secret::new("Bearer abc.def.ghi"))
        .header("Prefer", Secret::new("everything"))
        .json(&json!({"name": "Ann"}));
    let data = " {\"token\": \"abc.def.ghi\", \"name\": \"Ann\"}";
    assert_eq!(left(&request, 200, data), data);
    assert_eq!(left(&request, 500, "everything went wrong"), "everything went wrong");
}

#[test]
fn a_success_that_refuses_is_read_without_what_was_sent() {
    let request = post().json(&json!({"name": "Ann"}));
    let body = br#"{"success":false,"message":"Ann is taken"}"#;
    let mut reply = Reply::from_parts("example", 200, Vec::new(), body.to_vec());
    reply.sent = Arc::new(sent(&request));
    assert_eq!(reply.refusal(), r#"{"message":"… is taken","success":false}"#.as_bytes());
    assert!(!format!("{reply:?}").contains("Ann"), "not shown by what shows everything");
}

#[test]
fn a_trace_keeps_names_and_loses_secrets() {
    let request = post()
        .header("Authorization", Secret::new(format!("Basic {}", STANDARD.encode("acme+publickey:private"))))
        .json(&json!({"name": "Ann", "supportPin": "4821"}));
    let traced = sent(&request).traced(r#"{"by":"PublicKey","name":"Ann","note":"it is 4821","n":4821}"#);
    assert_eq!(traced, r#"{"by":"[masked]","n":0,"name":"Ann","note":"it is [masked]"}"#);
}

proptest! {
    #[test]
    fn nothing_that_was_sent_stays(
        before in "\\PC{0,12}", value in "[a-zA-Z]{3,8}", other in "[a-z]{1,6}[@.][a-z0-9]{3,8}", after in "\\PC{0,12}"
    ) {
        let record = json!({"a": &value, "b": &other});
        let told = said(&record, &format!("{before} {} {} {after}", value.to_uppercase(), other.to_uppercase()));
        let words: Vec<String> =
            told.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(ToOwned::to_owned).collect();
        prop_assert!(!words.contains(&value.to_lowercase()), "{}", told);
        prop_assert!(!told.to_lowercase().contains(&other), "{}", told);
    }
}
