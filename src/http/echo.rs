//! Answers that repeat what they were asked: debugging pages of web servers and proxies show whole requests, and so
//! the credentials in them. What a request sent as a secret is taken out of such an answer before anybody sees it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::mask::{MASK, Mask};
use super::{Reply, Request};

/// Shorter texts are no secrets that a search could find without finding half of everything else.
const SHORTEST: usize = 4;

/// Takes the secrets of `request` out of `reply`, unless it is data: there they stand under their names, which the
/// trace goes by, and may be what was asked for.
pub(super) fn silence(reply: &mut Reply, request: &Request, mask: Mask) {
    let is_json = matches!(reply.body.trim_ascii_start().first(), Some(b'{' | b'['));
    if (reply.ok() && is_json) || reply.body.is_empty() {
        return;
    }
    let text = String::from_utf8_lossy(&reply.body);
    let silent = spellings(request, mask)
        .iter()
        .fold(text.clone().into_owned(), |text, secret| text.replace(secret.as_str(), MASK));
    if silent != text {
        reply.body = silent.into_bytes();
    }
}

/// The secrets of a request, in every spelling that an answer could use; the longest first, since one may hold
/// another.
fn spellings(request: &Request, mask: Mask) -> Vec<String> {
    let mut secrets = Vec::new();
    for (name, value) in &request.headers {
        if mask.pair(name, value.expose()) == MASK {
            header(value.expose(), &mut secrets);
        }
    }
    match &request.body {
        Some((kind, body)) if kind.contains("form") => {
            let pairs = url::form_urlencoded::parse(body.expose().as_bytes());
            let hidden = pairs.filter(|(name, value)| mask.pair(name, value) == MASK);
            secrets.extend(hidden.map(|(_, value)| value.into_owned()));
        }
        Some((kind, body)) => {
            let parsed = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
            hidden(&parsed(body.expose()), &parsed(&mask.body(kind, body.expose())), &mut secrets);
        }
        None => {}
    }
    let mut spellings: Vec<String> = secrets.iter().flat_map(|secret| spelled(secret)).collect();
    spellings.retain(|secret| secret.len() >= SHORTEST && secret != MASK);
    spellings.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    spellings.dedup();
    spellings
}

/// A header's value, without its scheme, and the halves of a pair of credentials.
fn header(value: &str, secrets: &mut Vec<String>) {
    let bare = value.rsplit(' ').next().unwrap_or(value);
    secrets.push(bare.to_owned());
    let pair = STANDARD.decode(bare).ok().and_then(|pair| String::from_utf8(pair).ok());
    if let Some((user, password)) = pair.as_deref().and_then(|pair| pair.split_once(':')) {
        secrets.extend([user.to_owned(), password.to_owned()]);
        // ConnectWise puts the company before the key.
        secrets.extend(user.split_once('+').map(|(_, key)| key.to_owned()));
    }
}

/// The values that were hidden in a body, from both of its forms.
fn hidden(plain: &Value, masked: &Value, secrets: &mut Vec<String>) {
    match (plain, masked) {
        (Value::Array(plain), Value::Array(masked)) => {
            plain.iter().zip(masked).for_each(|(plain, masked)| hidden(plain, masked, secrets));
        }
        (Value::Object(plain), Value::Object(masked)) => {
            for (key, plain) in plain {
                hidden(plain, masked.get(key).unwrap_or(&Value::Null), secrets);
            }
        }
        (Value::String(text), masked) if masked.as_str() != Some(text) => secrets.push(text.clone()),
        (Value::Number(number), masked) if masked.as_number() != Some(number) => {
            secrets.push(number.to_string());
        }
        _ => {}
    }
}

/// A secret by itself, in a form or an address, in JSON, and in a web page.
fn spelled(secret: &str) -> [String; 4] {
    let form = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = Value::from(secret).to_string();
    let page = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")];
    let page = page.iter().fold(secret.to_owned(), |text, (plain, entity)| text.replace(plain, entity));
    [secret.to_owned(), form, json.trim_matches('"').to_owned(), page]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::testing::limits;
    use crate::http::{Limits, Method};
    use crate::secret::Secret;

    fn post() -> Request {
        Request::new(Method::Post, "https://api.example/x".parse().expect("a URL"))
    }

    /// What is left of an answer.
    fn left(request: &Request, status: u16, body: &str) -> String {
        let mut reply = Reply::from_parts("example", status, Vec::new(), body.as_bytes().to_vec());
        let limits: Limits = limits();
        silence(&mut reply, request, Mask::new(&limits));
        String::from_utf8(reply.body).expect("text")
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
        let bearer = post().header("Authorization", Secret::new("Bearer abc.def"));
        assert_eq!(left(&bearer, 200, "<html>you sent abc.def</html>"), "<html>you sent [masked]</html>");
        assert_eq!(left(&bearer, 502, "{\"error\": \"abc.def\"}"), "{\"error\": \"[masked]\"}");
    }

    #[test]
    fn what_a_body_sent_under_a_secret_name_is_not_shown() {
        let form =
            post().form(&[("client_secret", &Secret::new("s3cret value")), ("scope", &Secret::new("x.all"))]);
        assert_eq!(
            left(&form, 400, "client_secret=s3cret+value, scope x.all"),
            "client_secret=[masked], scope x.all"
        );
        let json = post()
            .json(&json!({"title": "Head", "customFields": [{"caption": "SupportPIN", "value": "4821"}]}));
        assert_eq!(left(&json, 500, "Head 4821"), "Head [masked]");
    }

    #[test]
    fn data_and_ordinary_headers_stay_as_they_are() {
        let request = post()
            .header("Authorization", Secret::new("Bearer abc.def"))
            .header("Prefer", Secret::new("everything"));
        assert_eq!(left(&request, 200, " {\"token\": \"abc.def\"}"), " {\"token\": \"abc.def\"}");
        assert_eq!(left(&request, 500, "everything went wrong"), "everything went wrong");
    }
}
