//! Access tokens: opaque to clients, bound to a tenant, and good for a while.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::setup::CLIENT_ID;

/// Signs the sandbox's tokens; no real service accepts them.
const KEY: &[u8] = b"the sandbox signs its own tokens";

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Bearer {
    /// The tenant it is for.
    pub(crate) tid: String,
    /// When it ends, in seconds since 1970.
    exp: i64,
    /// What the application may do.
    pub(crate) roles: Vec<String>,
}

/// Issues a token for `tenant` that lives `seconds`.
pub(super) fn issue(tenant: &str, seconds: i64, roles: &[String]) -> String {
    let now = jiff::Timestamp::now().as_second();
    let header = json!({ "typ": "JWT", "alg": "HS256" });
    let claims = json!({
        "aud": "https://graph.microsoft.com",
        "iss": format!("https://sts.windows.net/{tenant}/"),
        "appid": CLIENT_ID,
        "tid": tenant,
        "iat": now,
        "exp": now + seconds,
        "roles": roles,
    });
    let signed = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(claims.to_string()));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, KEY), signed.as_bytes());
    format!("{signed}.{}", BASE64.encode(signature))
}

/// Returns what the token in an `Authorization` header says.
///
/// # Errors
/// The sentence Graph answers with when there is none, when it is not one of ours, or when it has ended.
pub(crate) fn bearer(authorization: Option<&str>) -> Result<Bearer, &'static str> {
    let token =
        authorization.and_then(|header| header.strip_prefix("Bearer ")).ok_or("Access token is empty.")?;
    let malformed = "IDX14100: JWT is not well formed, there are no dots (.).";
    let (signed, signature) = token.rsplit_once('.').ok_or(malformed)?;
    let (_, claims) = signed.split_once('.').ok_or(malformed)?;
    let signature = BASE64.decode(signature).map_err(|_| malformed)?;
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, KEY), signed.as_bytes(), &signature)
        .map_err(|_| "Signature validation failed.")?;
    let claims = BASE64.decode(claims).map_err(|_| malformed)?;
    let bearer: Bearer = serde_json::from_slice(&claims).map_err(|_| malformed)?;
    if bearer.exp <= jiff::Timestamp::now().as_second() {
        return Err("Lifetime validation failed, the token is expired.");
    }
    Ok(bearer)
}
