//! Sign-in by certificate: a JSON web token signed with the certificate's key.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::setup::CLIENT_ID;

/// A certificate uploaded to the application.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Certificate {
    /// The whole certificate, DER: what the thumbprints are of.
    pub(crate) der: Vec<u8>,
    /// Its RSA public key, DER of PKCS #1, as ring's key pairs give it.
    pub(crate) public_key: Vec<u8>,
}

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest an assertion may live, in seconds; the service's own limit is not published.
const LONGEST: i64 = 24 * 60 * 60;

/// Checks that `assertion` was made for the tenant that the request named `tenant` (its id is `id`).
///
/// # Errors
/// What is wrong, as a sentence.
pub(super) fn check(
    certificates: &[Certificate],
    kind: &str,
    assertion: &str,
    tenant: &str,
    id: &str,
) -> Result<(), String> {
    if kind != KIND {
        return Err(format!("client_assertion_type must be {KIND}."));
    }
    check_claims(&verified(certificates, assertion)?, tenant, id)
}

/// Returns the claims of an assertion that a registered certificate signed.
fn verified(certificates: &[Certificate], assertion: &str) -> Result<Value, String> {
    let (signed, signature) = assertion.rsplit_once('.').ok_or("The client assertion is not a JWT.")?;
    let (header, claims) = signed.split_once('.').ok_or("The client assertion is not a JWT.")?;
    let (header, claims) = (json(header)?, json(claims)?);
    let signature =
        BASE64.decode(signature).map_err(|_| "The signature is not base64url without padding.")?;

    let certificate = certificates
        .iter()
        .find(|certificate| has_thumbprint(certificate, &header))
        .ok_or("The certificate with the identifier used to sign the client assertion is not registered.")?;
    let key = match text(&header, "alg") {
        "PS256" => UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &certificate.public_key),
        "RS256" => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &certificate.public_key),
        other => return Err(format!("The algorithm '{other}' is not supported.")),
    };
    key.verify(signed.as_bytes(), &signature)
        .map_err(|_| "Client assertion contains an invalid signature.".to_owned())?;
    Ok(claims)
}

fn check_claims(claims: &Value, tenant: &str, id: &str) -> Result<(), String> {
    let aud = text(claims, "aud").to_lowercase();
    let ours = [tenant.to_lowercase(), id.to_owned()]
        .iter()
        .any(|name| aud.ends_with(&format!("/{name}/oauth2/v2.0/token")));
    if !ours {
        return Err("The audience is not this token endpoint.".to_owned());
    }
    if text(claims, "iss") != CLIENT_ID || text(claims, "sub") != CLIENT_ID {
        return Err("iss and sub must be the client id.".to_owned());
    }
    if text(claims, "jti").is_empty() {
        return Err("jti is missing.".to_owned());
    }
    let now = jiff::Timestamp::now().as_second();
    // A time may have a fraction of a second, and those of Microsoft's libraries have.
    let time = |name: &str| {
        let number = claims.get(name).filter(|value| value.is_number())?.to_string();
        number.split('.').next()?.parse::<i64>().ok()
    };
    let exp = time("exp").ok_or("exp is missing.")?;
    let skew = 300;
    if exp <= now - skew || exp > now + LONGEST || time("nbf").is_some_and(|nbf| nbf > now + skew) {
        return Err("The client assertion is not within its valid time range.".to_owned());
    }
    Ok(())
}

fn has_thumbprint(certificate: &Certificate, header: &Value) -> bool {
    let sha256 = BASE64.encode(digest(&SHA256, &certificate.der));
    let sha1 = BASE64.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate.der));
    // Microsoft's libraries leave the padding on, and the service takes both.
    let given = |name: &str| text(header, name).trim_end_matches('=');
    given("x5t#S256") == sha256 || given("x5t") == sha1
}

fn json(part: &str) -> Result<Value, String> {
    let bytes = BASE64.decode(part).map_err(|_| "The client assertion is not base64url without padding.")?;
    serde_json::from_slice(&bytes).map_err(|_| "The client assertion does not hold JSON.".to_owned())
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The public half of a key that was thrown away after it signed [`SIGNED`].
    const PUBLIC_KEY: &str = "MIIBCgKCAQEA9VaZEpNGjnKeHvZrOG8xIiWg9BUgPfE2_FJTwXOCYWawmjZaPrOsOj9UYxrODaHvXmEfkA_KxXd3fF\
        eGjAqqO0XnC410WEBCwXfZmWfaKX7Q-cz38sSXE0o7DvrEYllz-D1CWdeDn7sf9V8zjbUGy4fqZuOtmcmuO5lXnOWR\
        aMECHUBbyMkmUTT9utu9bvYFqMkn3zPVifvv-lrlOddJtaEVf2z3frYq7NxuOuGVyACLIMsYFH9EIxcDxgrxCjJR1z\
        KE_GyZIJF6dWZlxBkJzPdOQ3zUNVQ7cENvSqsh62rUqtQ3oh1k7NlrLSuTRwPjfWqPfu9mrBeY-Gx3CZJgfQIDAQAB";
    const SIGNED: &str = "eyJhbGciOiJQUzI1NiIsInR5cCI6IkpXVCIsIng1dCNTMjU2IjoiLTlxTFpUdl9jampIOFRVeTBhWlNtX3RHUWhoVX\
        RpSWM4TjhBNDU3TG9OWSJ9.eyJzdWIiOiJzb21lYm9keSJ9.ZZ0qdtlETtn7hqmBwMQPcqoJbAxgFS3fMlacQxB6wf\
        E6CRJ_NEEYtqVrC-fBcpttgzaO11gKczji-h_-28SMN1thBfMGdqtZEsZhePT2K89-RYePSH066akxq9thujLvBKYw\
        -aWf-NJ8zUvzTUAZq5EpUW9Q99sb83LtkkBXAT389ocByRyCTlFxwUDCxlrkDfvVSKYvcrw1TQwHG2i9nheb0h5u_n\
        MSgcExMt89Cb8K_DChaOwtZ5zf_9vECxCTZupTdzD7V0VkOsbeD200ekCILMs76yivsH2RN9jn3a-wbV0b34ZTEP1W\
        Fa534_KJ8KktmnnLkMLVyaCpEAu1YQ";

    fn certificate() -> Certificate {
        let public_key = BASE64.decode(PUBLIC_KEY).unwrap();
        Certificate { der: b"the certificate of the test".to_vec(), public_key }
    }

    #[test]
    fn a_signature_is_checked_with_the_certificate_that_the_thumbprint_names() {
        assert_eq!(verified(&[certificate()], SIGNED).unwrap(), json!({ "sub": "somebody" }));
        assert!(verified(&[], SIGNED).unwrap_err().contains("not registered"));
        let altered = SIGNED.replace(".eyJ", ".eyK");
        assert!(verified(&[certificate()], &altered).is_err());
        let mut other = certificate();
        other.public_key[20] ^= 1;
        assert!(verified(&[other], SIGNED).unwrap_err().contains("signature"));
    }

    #[test]
    fn a_thumbprint_may_have_its_padding_or_not() {
        let own = certificate();
        let sha1 = BASE64.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &own.der));
        let sha256 = BASE64.encode(digest(&SHA256, &own.der));
        for (name, thumbprint) in [("x5t", sha1), ("x5t#S256", sha256)] {
            for padding in ["", "="] {
                assert!(has_thumbprint(&own, &json!({ name: format!("{thumbprint}{padding}") })), "{name}");
            }
            assert!(!has_thumbprint(&own, &json!({ name: &thumbprint[1..] })), "{name}");
        }
    }

    #[test]
    fn claims_are_for_this_endpoint_from_this_application_and_for_now() {
        let now = jiff::Timestamp::now().as_second();
        let good = json!({
            "aud": "https://login.microsoftonline.com/Contoso.example/oauth2/v2.0/token",
            "iss": CLIENT_ID, "sub": CLIENT_ID, "jti": "1", "nbf": now, "exp": now + 600,
        });
        assert_eq!(check_claims(&good, "contoso.example", "id"), Ok(()));
        let mut fraction = good.clone();
        fraction["exp"] = serde_json::from_str(&format!("{}.25", now + 300)).unwrap();
        assert_eq!(check_claims(&fraction, "contoso.example", "id"), Ok(()));
        for (name, value) in [
            ("aud", json!("https://login.microsoftonline.com/other/oauth2/v2.0/token")),
            ("iss", json!("another")),
            ("sub", json!(null)),
            ("jti", json!("")),
            ("exp", json!(now - 3600)),
            ("exp", json!(now + 1_000_000)),
            ("nbf", json!(now + 3600)),
        ] {
            let mut claims = good.clone();
            claims[name] = value;
            assert!(check_claims(&claims, "contoso.example", "id").is_err(), "{name}");
        }
    }
}
