//! Takes secrets out of what is traced: JSON stays JSON, of the same types.

use serde_json::Value;

/// What stands in the place of a secret text.
pub(super) const MASK: &str = "[masked]";

/// Names whose values are secrets wherever they occur: in headers, forms, queries and JSON. Written without
/// separators, in lower case.
const SECRET: &[&str] = &[
    "accesstoken",
    "apiintegrationcode",
    "apikey",
    "authorization",
    "clientassertion",
    "clientid",
    "clientsecret",
    "cookie",
    "idtoken",
    "integrationcode",
    "mfacode",
    "password",
    "pin",
    "privatekey",
    "proxyauthorization",
    "refreshtoken",
    "secret",
    "setcookie",
    "supportpin",
    "token",
    "totp",
    "username",
    "xapikey",
];

/// Names that are secret as a header or in a form alone, since in JSON they are ordinary data.
const NOT_IN_JSON: &[&str] = &["clientid", "username"];

/// Knows which names hide a secret: the general list and a service's own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mask {
    pub(super) also: &'static [&'static str],
}

impl Mask {
    /// Whether values under `name` are hidden in headers, forms and queries.
    pub(super) fn hides(self, name: &str) -> bool {
        let bare: String =
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        SECRET.contains(&bare.as_str()) || self.also.contains(&bare.as_str())
    }

    fn hides_in_json(self, name: &str) -> bool {
        let bare = name.to_lowercase();
        self.hides(name) && !NOT_IN_JSON.contains(&bare.as_str())
    }

    /// The value of a header, form field or query parameter, hidden if it must be.
    pub(super) fn pair(self, name: &str, value: &str) -> String {
        if self.hides(name) { MASK.to_owned() } else { value.to_owned() }
    }

    /// A body, by its content type. What is neither JSON nor a form is hidden when it is sent, and shown only as
    /// far as it is no secret's place: error pages.
    pub(super) fn body(self, content_type: &str, body: &str) -> String {
        if content_type.contains("x-www-form-urlencoded") {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in url::form_urlencoded::parse(body.as_bytes()) {
                form.append_pair(&name, &self.pair(&name, &value));
            }
            return form.finish();
        }
        match serde_json::from_str::<Value>(body) {
            Ok(mut value) => {
                self.json(&mut value);
                value.to_string()
            }
            Err(_) if content_type.contains("json") && !body.trim().is_empty() => {
                Value::from(MASK).to_string()
            }
            Err(_) => body.to_owned(),
        }
    }

    fn json(self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(map) => {
                // A name and a value side by side: a user-defined field, or a step of a JSON patch.
                let named = ["name", "path", "key", "field"]
                    .iter()
                    .filter_map(|key| map.get(*key).and_then(Value::as_str))
                    .any(|name| self.hides_in_json(name.rsplit('/').next().unwrap_or(name)));
                for (key, item) in map {
                    if self.hides_in_json(key) || (named && key == "value") {
                        hide(item);
                    } else {
                        self.json(item);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn hide(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) => *value = Value::from(0),
        Value::String(text) if text.is_empty() => {}
        Value::String(_) => *value = Value::from(MASK),
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(map) => map.values_mut().for_each(hide),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: Mask = Mask { also: &[] };

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let cases = [
            ("application/json", r#"{"access_token":"hunter2","expires_in":3599}"#),
            ("application/json", r#"{"responses":[{"body":{"supportPin":"hunter2"}}]}"#),
            ("application/json", r#"{"userDefinedFields":[{"name":"SupportPIN","value":"hunter2"}]}"#),
            ("application/json-patch+json", r#"[{"op":"replace","path":"/supportPin","value":"hunter2"}]"#),
            ("application/x-www-form-urlencoded", "client_id=a&client_secret=hunter2&grant_type=x"),
            ("application/json", r#"{"secret": {"inner": ["hunter2"]}}"#),
            ("application/json", r#"{"access_token":"hunter2"#),
        ];
        for (kind, body) in cases {
            let masked = PLAIN.body(kind, body);
            assert!(!masked.contains("hunter2"), "{masked}");
            if kind.contains("json") {
                serde_json::from_str::<Value>(&masked).expect("still JSON");
            }
        }
    }

    #[test]
    fn ordinary_data_stays() {
        let body = r#"{"userName":"ann@contoso.example","isActive":1}"#;
        assert_eq!(
            PLAIN.body("application/json", body),
            r#"{"isActive":1,"userName":"ann@contoso.example"}"#
        );
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,4}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(
                    prop_oneof!["[a-z]{1,5}", Just("pin".to_owned()), Just("token".to_owned())],
                    inner,
                    0..4
                )
                .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_planted_secret_never_survives_and_the_rest_keeps_its_form(inner in json(), key in prop_oneof![Just("supportPin"), Just("Access-Token"), Just("client_secret")]) {
            let body = serde_json::json!({"outer": [{key: "hunter2"}, inner]}).to_string();
            let masked = PLAIN.body("application/json", &body);
            prop_assert!(!masked.contains("hunter2"));
            prop_assert!(serde_json::from_str::<Value>(&masked).is_ok());
        }
    }
}
