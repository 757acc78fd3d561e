//! The one rule for the content of requests: no answer repeats it to a person.
//!
//! Services and proxies quote what they refuse: names, addresses, PINs, and on debugging pages whole requests with
//! their credentials. So every value that a request carried is masked where an answer that is no data repeats it,
//! before an adapter reads it: in errors, the journal and the trace alike. Names of fields and codes stay, since a
//! message is of no use without them.
//!
//! A value is found in any case, and as forms, addresses, JSON and web pages spell it. What has letters alone is found
//! as a whole word only, so that the first name Al leaves "value" as it is.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Request;
use super::mask::{MASK, Mask, bare, tells_pin};
use super::sent::needle::Needles;

mod decode;
mod needle;

/// Headers that say how to talk, and nothing of persons or credentials.
const PLAIN_HEADERS: &[&str] = &["accept", "consistencylevel", "contenttype", "prefer"];

/// Form fields of a sign-in that are the same for everyone.
const PLAIN_FORM: &[&str] = &["clientassertiontype", "granttype", "responsetype", "scope"];

/// Parameters that choose fields and pages, in lower case and without separators.
const PLAIN_QUERY: &[&str] = &[
    "count",
    "expand",
    "fields",
    "includefields",
    "limit",
    "orderby",
    "page",
    "pagenumber",
    "pagesize",
    "perpage",
    "select",
    "skip",
    "skiptoken",
    "sort",
    "top",
];

/// Keys of a body that say how to take a value, or which fields to show.
const PLAIN_KEYS: &[&str] =
    &["communicationtype", "entrymethod", "includefields", "method", "op", "orderby", "select", "type"];

/// Keys of a body that name a field, where a value is beside them or they make a step of a patch.
const NAMING: &[&str] = &["caption", "customfieldname", "field", "key", "name", "path"];

/// Keys of the value that belongs to a name.
const NAMED: &[&str] = &["data", "value", "values"];

/// Keys of an answer whose identifiers stay: codes and names of fields.
const CODES: &[&str] = &["code", "errorcode", "field", "property", "resource", "target"];

/// What a request carried. Nearly every answer is data, in which nothing is looked for, so its values are collected when
/// one is.
#[derive(Default)]
pub(super) struct Sent {
    request: Option<Arc<Request>>,
    needles: OnceLock<Needles>,
    mask: Mask,
}

/// Shows nothing of what it holds.
impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sent")
    }
}

impl Sent {
    /// Takes everything that `request` carries.
    pub(super) fn of(request: &Arc<Request>, mask: Mask) -> Self {
        Self { request: Some(Arc::clone(request)), needles: OnceLock::new(), mask }
    }

    fn needles(&self) -> &Needles {
        self.needles.get_or_init(|| {
            let values = self.request.as_ref().map(|request| Carried::by(request, self.mask));
            Needles::new(values.unwrap_or_default())
        })
    }

    /// Returns `body` without what was sent, if it holds any of it.
    pub(super) fn silent(&self, body: &[u8], is_page: bool) -> Option<Vec<u8>> {
        let text = String::from_utf8_lossy(body);
        let parsed = if is_json(body) { serde_json::from_str::<Value>(&text).ok() } else { None };
        if let Some(plain) = parsed {
            let mut silent = plain.clone();
            self.value(&mut silent, false);
            // What a failure says becomes a part of messages, which nothing masks by name any more.
            let masked = self.mask.body("application/json", &silent.to_string());
            let masked = serde_json::from_str::<Value>(&masked).unwrap_or_default();
            return (masked != plain).then(|| masked.to_string().into_bytes());
        }
        let silent = self.needles().mask(&text, false);
        if !is_page && tells_pin(&silent) {
            return Some(MASK.into());
        }
        match silent {
            Cow::Owned(silent) => Some(silent.into_bytes()),
            Cow::Borrowed(_) => None,
        }
    }

    /// Returns `text` of a trace without the secrets that were sent.
    ///
    /// Names and addresses stay there.
    pub(super) fn traced(&self, text: &str) -> String {
        if let Some(mut value) = serde_json::from_str::<Value>(text).ok().filter(|_| is_json(text.as_bytes()))
        {
            self.value(&mut value, true);
            return value.to_string();
        }
        self.needles().mask(text, true).into_owned()
    }

    fn value(&self, value: &mut Value, secrets_only: bool) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(masked) = self.needles().mask(text, secrets_only) {
                    *text = masked;
                }
            }
            Value::Number(number) if self.needles().is_secret(&number.to_string()) => *value = Value::from(0),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item, secrets_only)),
            Value::Object(map) => {
                for (key, item) in map.iter_mut() {
                    let stays =
                        item.as_str().is_some_and(|text| is_name(text) && !self.needles().is_secret(text));
                    if !(stays && CODES.contains(&bare(key).as_str())) {
                        self.value(item, secrets_only);
                    }
                }
                // A key may be a value of the request ("ann@contoso.example": "is taken"), unless it is the name of a field.
                let quoted: Vec<String> = map.keys().filter(|key| !is_name(key)).cloned().collect();
                for key in quoted {
                    if let Cow::Owned(masked) = self.needles().mask(&key, secrets_only)
                        && let Some(item) = map.remove(&key)
                    {
                        map.insert(masked, item);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Is true if a body is an object or a list of JSON.
pub(super) fn is_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Is true if a text can be the name of a field or a code.
fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || "$_@".contains(c));
    starts && text.chars().skip(1).all(|c| c.is_ascii_alphanumeric() || "_.-[]".contains(c))
}

/// The values of a request, as they are found; each with whether it is a secret.
struct Carried {
    mask: Mask,
    values: Vec<(String, bool)>,
}

impl Carried {
    /// Returns everything that `request` carries.
    fn by(request: &Request, mask: Mask) -> Vec<(String, bool)> {
        let mut carried = Self { mask, values: Vec::new() };
        for (name, value) in &request.headers {
            carried.header(name, value.expose());
        }
        carried.url(&request.url);
        match &request.body {
            Some((kind, body)) if kind.contains("form") => {
                for (name, value) in url::form_urlencoded::parse(body.expose().as_bytes()) {
                    if !PLAIN_FORM.contains(&bare(&name).as_str()) {
                        carried.add(&value, mask.pair(&name, &value) == MASK);
                    }
                }
            }
            Some((kind, body)) => {
                let parsed = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
                carried.json(&parsed(body.expose()), &parsed(&mask.body(kind, body.expose())));
            }
            None => {}
        }
        carried.values
    }

    fn add(&mut self, text: &str, is_secret: bool) {
        self.values.push((text.to_owned(), is_secret));
        // A note that gives a PIN ("Support PIN: 4821") may be quoted for the PIN alone.
        if tells_pin(text) {
            let parts = text.split(|c: char| !c.is_alphanumeric());
            let pins = parts.filter(|part| part.contains(|c: char| c.is_ascii_digit()));
            self.values.extend(pins.map(|pin| (pin.to_owned(), true)));
        }
    }

    /// Adds a header's value without its scheme, and the halves of a pair of credentials.
    fn header(&mut self, name: &str, value: &str) {
        if PLAIN_HEADERS.contains(&bare(name).as_str()) {
            return;
        }
        let is_secret = self.mask.pair(name, value) == MASK;
        let scheme = ["Basic ", "Bearer "].into_iter().find_map(|scheme| value.strip_prefix(scheme));
        let token = scheme.unwrap_or(value);
        self.add(token, is_secret);
        let pair = STANDARD.decode(token).ok().and_then(|pair| String::from_utf8(pair).ok());
        if let Some((user, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
            self.add(user, true);
            self.add(password, true);
            // The key may follow the name of an account.
            if let Some((_, key)) = user.split_once('+') {
                self.add(key, true);
            }
        }
    }

    /// Adds the values of an address's query, what they quote, and mail addresses in its path.
    fn url(&mut self, url: &url::Url) {
        for (name, value) in url.query_pairs() {
            let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
            let is_secret = self.mask.pair(&name, &value) == MASK;
            if PLAIN_QUERY.contains(&bare(&name).as_str()) || (is_number && !is_secret) {
                continue;
            }
            self.add(&value, is_secret);
            for quoted in ['\'', '"'].into_iter().flat_map(|quote| value.split(quote).skip(1).step_by(2)) {
                self.add(quoted, is_secret);
            }
            if (name == "search" || name.contains("filter"))
                && let Ok(filter) = serde_json::from_str::<Value>(&value)
            {
                self.json(&filter, &filter);
            }
        }
        let path = url.path_segments().into_iter().flatten();
        for part in path.filter(|part| part.contains("%40") || part.contains('@')) {
            // A path has no plus for a space, but its other signs are spelled as a form's.
            let part = part.replace('+', "%2B");
            let plain =
                url::form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned());
            self.add(&plain.unwrap_or_default(), false);
        }
    }

    /// Adds the values of a body. Whatever the mask changed is a secret.
    fn json(&mut self, plain: &Value, masked: &Value) {
        match (plain, masked) {
            (Value::Array(plain), masked) => {
                for (index, plain) in plain.iter().enumerate() {
                    self.json(plain, masked.get(index).unwrap_or(&Value::Null));
                }
            }
            (Value::Object(map), masked) => {
                let has = |names: &[&str]| map.keys().any(|key| names.contains(&bare(key).as_str()));
                let names_field = has(NAMED) || has(&["op"]);
                for (key, plain) in map {
                    let bare = bare(key);
                    let is_name = names_field && NAMING.contains(&bare.as_str());
                    if !is_name && !PLAIN_KEYS.contains(&bare.as_str()) {
                        self.json(plain, masked.get(key).unwrap_or(&Value::Null));
                    }
                }
            }
            (Value::String(text), masked) => {
                self.add(text, masked.as_str() != Some(text));
                if text.starts_with(['{', '['])
                    && let Ok(inner) = serde_json::from_str::<Value>(text)
                {
                    self.json(&inner, &inner);
                }
            }
            // Other numbers are ids and flags, which help in a message.
            (Value::Number(number), masked) if masked.as_number() != Some(number) => {
                self.add(&number.to_string(), true);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
