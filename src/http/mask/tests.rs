//! No secret survives, and what is masked can still be checked.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn mask() -> Mask {
    Mask::new(&Limits { masked: &["phonecode"], ..Limits::new("example") })
}

fn masked(body: &str) -> Value {
    serde_json::from_str(&mask().body(JSON, body)).expect("still JSON")
}

#[test]
fn secrets_are_hidden_wherever_they_stand() {
    for (kind, body) in [
        (JSON, r#"{"access_token":"hunter2","expires_in":3599}"#),
        (JSON, r#"{"result":{"accessToken":"hunter2","refreshToken":"hunter2"}}"#),
        (JSON, r#"{"responses":[{"body":{"value":[{"supportPin":"hunter2"}]}}]}"#),
        (JSON, r#"{"requests":[{"headers":{"Authorization":"Bearer hunter2"}}]}"#),
        (JSON, r#"{"userDefinedFields":[{"name":"SupportPIN","value":"hunter2"}]}"#),
        (JSON, r#"{"userDefinedFields":[{"value":"hunter2","name":"Support PIN"}]}"#),
        (JSON, r#"{"userDefinedFields":[{"name":"Phone Code","value":"hunter2"}]}"#),
        (JSON, r#"{"customFields":[{"caption":"SupportPIN","value":"hunter2"}]}"#),
        (JSON, r#"{"CustomFieldName":"SupportPIN","Value":"hunter2"}"#),
        (JSON, r#"{"properties":{"SupportPIN":"hunter2"}}"#),
        (JSON, r#"{"filter":[{"op":"eq","field":"SupportPIN","value":"hunter2","udf":true}]}"#),
        (JSON, r#"{"passwordProfile":{"password":"hunter2"}}"#),
        (JSON, r#"{"secret":{"inner":["hunter2"]}}"#),
        (JSON, r#"{"access_token":"hunter2"#),
        ("", r#"{"access_token":"hunter2"#),
        ("application/json-patch+json", r#"[{"op":"replace","path":"/supportPin","value":"hunter2"}]"#),
        (FORM, "client_id=a&client_secret=hunter2&grant_type=x"),
        (FORM, "UserName=hunter2&Password=hunter2&MFACode=hunter2&client_assertion=hunter2&totp=hunter2"),
    ] {
        let shown = mask().body(kind, body);
        assert!(!shown.contains("hunter2"), "{body} became {shown}");
        if kind.contains("json") {
            serde_json::from_str::<Value>(&shown).expect("still JSON");
        }
    }
}

#[test]
fn headers_and_queries_are_hidden_by_name() {
    for name in
        ["Authorization", "secret", "ApiIntegrationCode", "clientId", "cookie", "Set-Cookie", "X-Api-Key"]
    {
        assert_eq!(mask().pair(name, "hunter2"), MASK, "{name}");
    }
    assert_eq!(mask().pair("retry-after", "30"), "30");
    let url = |text: &str| mask().url(&text.parse().expect("a URL"));
    assert_eq!(
        url("https://a.example/x?api_key=hunter2&page=2"),
        "https://a.example/x?api_key=%5Bmasked%5D&page=2"
    );
    assert!(!url("https://a.example/x?$filter=supportPin eq '4821'").contains("4821"));
    let position = "https://graph.example/v1.0/users?$select=id,mail&$skiptoken=m~abc";
    assert_eq!(url(position), position);
}

#[test]
fn masked_values_keep_their_types() {
    let body = json!({"pin": 4821, "token": null, "resetPassword": true, "password": "",
        "viewToken": "11111111-2222-3333-4444-555555555555"});
    let expected =
        json!({"pin": 0, "token": null, "resetPassword": true, "password": "", "viewToken": NO_GUID});
    assert_eq!(masked(&body.to_string()), expected);
}

#[test]
fn ordinary_data_stays() {
    let body = json!({"userName": "ann@contoso.example", "clientId": 7, "isActive": 1, "shipping": "by Crispin",
        "path": "/supportPin", "fields": [{"name": "SupportPIN", "type": "string"}],
        "@odata.nextLink": "https://graph.example/v1.0/users?$skiptoken=x"});
    assert_eq!(masked(&body.to_string()), body);
    let page = "<html><p>Bad gateway</p></html>";
    assert_eq!(mask().body("text/html", page), page);
}

#[test]
fn a_note_that_tells_the_support_pin_is_hidden() {
    assert_eq!(masked(r#"{"text":"Support PIN: 4821"}"#), json!({"text": MASK}));
    assert_eq!(masked(r#"{"text":"support pin: aqua"}"#), json!({"text": MASK}));
    assert_eq!(masked(r#"{"text":"The support PIN: ask Ann"}"#), json!({"text": "The support PIN: ask Ann"}));
    assert_eq!(mask().body("text/plain", "bad value for SupportPIN: 4821"), MASK);
}

#[test]
fn what_the_sign_in_service_sends_beside_json_is_hidden_whole() {
    let entra = Mask::new(&Limits::new("entra"));
    assert_eq!(entra.body("text/html", "<html>id_token=hunter2</html>"), MASK);
    assert_eq!(entra.body("text/html", ""), "");
}

/// Returns the JSON with every text, number and key order made equal: what masking must not change.
fn form(value: &Value) -> Value {
    match value {
        Value::String(_) => Value::from("text"),
        Value::Number(_) => Value::from(0),
        Value::Array(items) => items.iter().map(form).collect(),
        Value::Object(map) => map.iter().map(|(key, item)| (key.clone(), form(item))).collect(),
        other => other.clone(),
    }
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z]{0,4}".prop_map(Value::from)
    ];
    let key = prop_oneof![
        "[a-z]{1,5}",
        Just("pin".to_owned()),
        Just("token".to_owned()),
        Just("name".to_owned()),
        Just("value".to_owned())
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The places of secrets in what services take and send.
const PLACES: &[fn(&str, &Value) -> Value] = &[
    |name, secret| json!({ name: secret }),
    |name, secret| json!({"name": name, "value": secret}),
    |name, secret| json!([{"op": "add", "path": format!("/{name}"), "value": secret}]),
    |name, secret| json!({"responses": [{"id": "1", "status": 200, "body": {name: secret}}]}),
    |name, secret| json!({"op": "and", "items": [{"field": name, "value": [secret]}]}),
];

proptest! {
    #[test]
    fn a_planted_secret_never_survives_and_everything_keeps_its_form(
        around in tree(),
        name in prop_oneof![
            Just("supportPin"), Just("Access-Token"), Just("client_secret"), Just("SupportPIN"),
            Just("phoneCode"), Just("api_key"), Just("Customer PIN"), Just("idToken"),
        ],
        place in prop::sample::select(PLACES),
        deep in any::<bool>(),
    ) {
        let secret = if deep { json!({"inner": ["hunter2", around.clone()]}) } else { json!("hunter2") };
        let body = json!({"outer": [place(name, &secret), around]});
        let shown = mask().body(JSON, &body.to_string());
        prop_assert!(!shown.contains("hunter2"), "{shown}");
        let shown: Value = serde_json::from_str(&shown).expect("still JSON");
        prop_assert_eq!(form(&shown), form(&body));
    }

    #[test]
    fn no_body_makes_it_panic(kind in prop_oneof![Just(JSON), Just(FORM), Just("text/html")], body in "\\PC*") {
        let _ = mask().body(kind, &body);
    }

    #[test]
    fn a_secret_of_any_spelling_is_hidden_in_forms_and_queries(secret in "[a-zA-Z0-9+/=&% -]{1,20}") {
        let secret = format!("hunter2{secret}");
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "x").append_pair("client_secret", &secret).finish();
        prop_assert!(!mask().body(FORM, &form).contains("hunter2"));
        let mut url: Url = "https://a.example/x".parse().expect("a URL");
        url.query_pairs_mut().append_pair("token", &secret);
        prop_assert!(!mask().url(&url).contains("hunter2"));
    }
}

#[test]
fn json_inside_a_text_hides_nothing() {
    let text =
        json!({"traitsJson": json!({"wifi-password": "hunter2", "desk": "4b"}).to_string()}).to_string();
    let shown = masked(&text)["traitsJson"].as_str().expect("still a text").to_owned();
    assert!(!shown.contains("hunter2") && shown.contains("4b"), "{shown}");
}

#[test]
fn a_file_is_left_out_and_its_length_told() {
    let picture = "iVBORw0KGgoAAAANSUhEUg".repeat(50);
    let shown = masked(&json!({"responses": [{"body": picture, "id": "1"}]}).to_string());
    assert_eq!(shown["responses"][0], json!({"body": "(1100 characters left out)", "id": "1"}));
    let words = "A sentence with blanks is no file, however long it is. ".repeat(20);
    assert_eq!(masked(&json!({"description": words}).to_string())["description"], json!(words));
}
