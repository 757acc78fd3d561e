//! The signed statement by which a certificate proves who signs in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{KeyPair as _, RSA_PSS_SHA256, RsaKeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;

use crate::error::{Error, Kind, Result};
use crate::secret::Secret;
use crate::text::hex;

/// How long a statement is good for, in seconds. The vendor documents say five to ten minutes.
const LIFETIME: i64 = 300;

/// A statement for `audience` (the token address) by `client_id`, made at `now` (seconds since 1970) with the
/// certificate and key in `pem`: PS256 with the certificate's SHA-256 thumbprint, as the current vendor
/// documents say.
///
/// # Errors
/// [`Kind::Config`] when the PEM text lacks the certificate or a usable RSA key.
pub(super) fn assertion(pem: &Secret, client_id: &str, audience: &str, now: i64) -> Result<Secret> {
    let text = pem.expose().as_bytes();
    let certificates: Vec<CertificateDer<'_>> =
        CertificateDer::pem_slice_iter(text).filter_map(std::result::Result::ok).collect();
    if certificates.is_empty() {
        return Err(unusable("holds no certificate"));
    }
    let key = key(text)?;
    let certificate = own(&certificates, key.public_key().as_ref())
        .ok_or_else(|| unusable("does not belong to the key beside it"))?;
    let thumbprint = ring::digest::digest(&ring::digest::SHA256, certificate);
    let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(thumbprint)});
    let claims = json!({
        "aud": audience,
        "iss": client_id,
        "sub": client_id,
        "jti": random_id()?,
        "nbf": now,
        "iat": now,
        "exp": now + LIFETIME,
    });
    let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| unusable("holds a key that cannot sign"))?;
    Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

/// The certificate made for the key whose public half is `public`. A file can hold its issuers too, in any order.
/// A certificate carries the public key byte for byte, so finding it needs no reading of the rest.
fn own<'a>(certificates: &'a [CertificateDer<'a>], public: &[u8]) -> Option<&'a CertificateDer<'a>> {
    certificates.iter().find(|der| der.windows(public.len()).any(|part| part == public))
}

/// Passes if a certificate can sign in.
///
/// # Errors
/// [`Kind::Config`] when the PEM text lacks the certificate or a usable RSA key.
pub(super) fn check(pem: &Secret) -> Result<()> {
    assertion(pem, "", "", 0).map(drop)
}

fn key(pem: &[u8]) -> Result<RsaKeyPair> {
    let rejected = |_| unusable("holds a key that is not RSA of at least 2,048 bits");
    match PrivateKeyDer::from_pem_slice(pem).map_err(|_| unusable("holds no private key"))? {
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(rejected),
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).map_err(rejected),
        _ => Err(unusable("holds a key that is not RSA")),
    }
}

/// A GUID that was never used before.
fn random_id() -> Result<String> {
    let mut bytes = [0_u8; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::new(Kind::State, "this machine gives no random numbers"))?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let part = |range: std::ops::Range<usize>| hex::encode(&bytes[range]);
    Ok(format!("{}-{}-{}-{}-{}", part(0..4), part(4..6), part(6..8), part(8..10), part(10..16)))
}

fn unusable(why: &str) -> Error {
    Error::new(Kind::Config, format!("the sign-in certificate {why}"))
        .hint("give one PEM file with the certificate and its unencrypted RSA key, both uploaded from the same pair")
}

#[cfg(test)]
pub(super) mod tests {
    use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_file_without_certificate_or_key_is_explained() {
        for (pem, words) in [("", "holds no certificate"), ("nonsense", "holds no certificate")] {
            let error = assertion(&Secret::new(pem), "app", "https://login.example", 0).expect_err("no PEM");
            assert_eq!(error.kind(), Kind::Config);
            assert!(error.message().ends_with(words), "{error}");
        }
    }

    #[test]
    fn a_certificate_is_found_by_the_key_it_carries() {
        let certificates =
            [CertificateDer::from(b"issuer".to_vec()), CertificateDer::from(b"..key..".to_vec())];
        assert_eq!(own(&certificates, b"key"), Some(&certificates[1]));
        assert_eq!(own(&certificates, b"other"), None);
    }

    #[test]
    fn a_statement_is_signed_by_the_key_of_its_certificate() {
        // Keys are made here rather than kept in the repository; where the tool is missing, nothing is shown.
        let Some((certificate, keys, other)) = made_by_openssl() else { return };
        for key in keys {
            let pem = Secret::new(format!("{other}{key}{certificate}"));
            let statement = assertion(&pem, "app", "https://login.example/t", 1_000).expect("a statement");
            let parts: Vec<&str> = statement.expose().split('.').collect();
            let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64url without padding");
            let json =
                |part: &str| -> serde_json::Value { serde_json::from_slice(&decoded(part)).expect("JSON") };
            let der = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
            let thumbprint = URL_SAFE_NO_PAD.encode(ring::digest::digest(&ring::digest::SHA256, &der));
            assert_eq!(json(parts[0]), json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}));
            let claims = json(parts[1]);
            assert_eq!((&claims["iss"], &claims["sub"]), (&json!("app"), &json!("app")));
            assert_eq!((&claims["nbf"], &claims["exp"]), (&json!(1_000), &json!(1_300)));
            assert_eq!(claims["aud"], json!("https://login.example/t"));
            let public = super::key(key.as_bytes()).expect("an RSA key");
            UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public.public_key().as_ref())
                .verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &decoded(parts[2]))
                .expect("the signature fits");
            let error =
                assertion(&Secret::new(format!("{other}{key}")), "app", "a", 0).expect_err("not its own");
            assert!(error.message().ends_with("does not belong to the key beside it"), "{error}");
        }
    }

    /// A certificate, its key in PKCS#8 and in PKCS#1, and a certificate of another key; `None` where there is
    /// no `openssl`.
    pub(crate) fn made_by_openssl() -> Option<(String, [String; 2], String)> {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let run = |line: &str| {
            let words = line.split_whitespace();
            let made = std::process::Command::new("openssl").args(words).current_dir(folder.path()).output();
            made.ok().filter(|output| output.status.success()).map(drop)
        };
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).ok();
        for name in ["own", "other"] {
            run(&format!(
                "req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -subj /CN={name}"
            ))?;
        }
        run("rsa -in own.key -out own.pkcs1 -traditional")?;
        Some((read("own.pem")?, [read("own.key")?, read("own.pkcs1")?], read("other.pem")?))
    }

    /// The certificate as the sandbox's sign-in service keeps it.
    pub(crate) fn uploaded(certificate: &str, key: &str) -> serde_json::Value {
        let der = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
        let public = super::key(key.as_bytes()).expect("an RSA key");
        json!({"der": der.to_vec(), "public_key": public.public_key().as_ref()})
    }

    #[test]
    fn random_ids_look_like_guids_and_differ() {
        let (a, b) = (random_id().expect("random"), random_id().expect("random"));
        assert_ne!(a, b);
        assert_eq!((a.len(), &a[14..15]), (36, "4"));
    }
}
