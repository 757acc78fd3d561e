//! Takes secrets out of what is traced: JSON stays JSON, and every value keeps its type.
//!
//! Names decide, wherever they occur: as a header, in a form, a query or JSON, and as the name beside a value (a
//! user-defined field, a step of a JSON patch). People's names and addresses stay: a trace is personal data,
//! but opens no door.

use std::borrow::Cow;

use serde_json::Value;
use url::Url;

use super::Limits;

/// What a secret text is replaced by.
pub(super) const MASK: &str = "[masked]";

/// What a secret GUID is replaced by: a GUID.
const NO_GUID: &str = "00000000-0000-0000-0000-000000000000";

/// Names of secrets, in lower case and without separators.
const NAMES: &[&str] = &[
    "authorization",
    "clientassertion",
    "cookie",
    "mfacode",
    "otp",
    "pin",
    "samlresponse",
    "setcookie",
    "totp",
];

/// Names that are secret as a header or in a form alone: in JSON they are ordinary data.
const NOT_IN_JSON: &[&str] = &["clientid", "username"];

/// How further names of secrets end.
const ENDINGS: &[&str] = &[
    "apikey",
    "authorization",
    "integrationcode",
    "password",
    "privatekey",
    "secret",
    "supportpin",
    "token",
];

/// Names that end like secrets, but say where a listing goes on.
const HARMLESS: &[&str] = &["continuationtoken", "deltatoken", "skiptoken"];

/// Keys that name the value beside them, and keys of what is named so: user-defined fields of all PSAs, steps
/// of a JSON patch, filters of queries.
const NAMING: &[&str] = &["caption", "customfieldname", "field", "key", "name", "path"];
const NAMED: &[&str] = &["data", "value", "values"];

/// Services that deal in nothing but credentials, so that what cannot be read for them is hidden whole.
const SIGN_IN: &[&str] = &["entra"];

/// Knows what to hide for one service.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Mask {
    also: &'static [&'static str],
    sign_in: bool,
}

impl Mask {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { also: limits.masked, sign_in: hides_whole(limits.service) }
    }

    /// Returns the value of a header, form field or query parameter, hidden if it must be.
    pub(super) fn pair<'a>(self, name: &str, value: &'a str) -> Cow<'a, str> {
        if self.hides(name) || NOT_IN_JSON.contains(&bare(name).as_str()) || tells_pin(value) {
            MASK.into()
        } else {
            value.into()
        }
    }

    /// Returns an address with its path as it is and its query masked.
    pub(super) fn url(self, url: &Url) -> String {
        let pairs =
            || url.query_pairs().map(|(name, value)| (self.pair(&name, &value).into_owned(), name, value));
        if pairs().all(|(shown, _, value)| shown == value) {
            return url.to_string();
        }
        let pairs: Vec<(String, String)> =
            pairs().map(|(shown, name, _)| (name.into_owned(), shown)).collect();
        let mut url = url.clone();
        url.query_pairs_mut().clear().extend_pairs(pairs);
        url.to_string()
    }

    /// Returns a body, masked by its content type.
    ///
    /// What claims to be JSON or looks like it, but is not, is hidden whole.
    pub(super) fn body(self, content_type: &str, body: &str) -> String {
        if content_type.contains("x-www-form-urlencoded") {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in url::form_urlencoded::parse(body.as_bytes()) {
                form.append_pair(&name, &self.pair(&name, &value));
            }
            return form.finish();
        }
        if let Ok(mut value) = serde_json::from_str(body) {
            self.json(&mut value);
            return value.to_string();
        }
        let json = content_type.contains("json") || body.trim_start().starts_with(['{', '[', '"']);
        match body.trim() {
            "" => String::new(),
            _ if json => Value::from(MASK).to_string(),
            text if self.sign_in || tells_pin(text) => MASK.to_owned(),
            _ => body.to_owned(),
        }
    }

    fn json(self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(map) => {
                let named = map.iter().any(|(key, name)| {
                    NAMING.contains(&bare(key).as_str())
                        && name
                            .as_str()
                            .is_some_and(|name| name.split(['/', '.']).any(|part| self.hides(part)))
                });
                for (key, item) in map {
                    if self.hides_in_json(key) || (named && NAMED.contains(&bare(key).as_str())) {
                        hide(item);
                    } else {
                        self.json(item);
                    }
                }
            }
            Value::String(text) if is_file(text) => *text = format!("({} characters left out)", text.len()),
            Value::String(text) if text.starts_with('{') => {
                // JSON inside a text is read by people and programs alike, so it is masked too.
                if let Ok(mut inner) = serde_json::from_str(text) {
                    self.json(&mut inner);
                    *text = inner.to_string();
                }
            }
            Value::String(text) if tells_pin(text) => MASK.clone_into(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn hides(self, name: &str) -> bool {
        let bare = bare(name);
        let own_word = ["PIN", "Pin", " pin", "_pin", "-pin"].iter().any(|word| name.trim().ends_with(word));
        own_word
            || NAMES.contains(&bare.as_str())
            || self.also.contains(&bare.as_str())
            || (ENDINGS.iter().any(|end| bare.ends_with(end)) && !HARMLESS.contains(&bare.as_str()))
    }

    fn hides_in_json(self, key: &str) -> bool {
        self.hides(key) && !NOT_IN_JSON.contains(&bare(key).as_str())
    }
}

/// Is true if what this service sends is hidden where it cannot be read.
pub(super) fn hides_whole(service: &str) -> bool {
    SIGN_IN.contains(&service)
}

/// Is true if a text gives a support PIN: a note of a contact that does nothing else, or a text that speaks of one
/// and has digits after it, as the filter of a query.
pub(super) fn tells_pin(text: &str) -> bool {
    let is_note =
        text.split_once(':').is_some_and(|(words, pin)| bare(words) == "supportpin" && !bare(pin).is_empty());
    is_note || bare(text).split("supportpin").skip(1).any(|rest| rest.contains(|c: char| c.is_ascii_digit()))
}

/// From this length on a text without a blank is a file rather than a word.
const FILE: usize = 400;

/// Is true if a text is a file in base64: no person reads it, and it may be a user's picture.
fn is_file(text: &str) -> bool {
    text.len() >= FILE && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=\r\n".contains(&byte))
}

/// Returns a name in lower case and without separators.
pub(super) fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn hide(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) => *value = Value::from(0),
        Value::String(text) if text.is_empty() => {}
        Value::String(text) if is_guid(text) => NO_GUID.clone_into(text),
        Value::String(text) => MASK.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Object(map) => map.values_mut().for_each(hide),
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == NO_GUID.len()
        && text.bytes().zip(NO_GUID.bytes()).all(|(byte, form)| match form {
            b'-' => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests;
