//! One-time codes for users who sign in with a second factor: RFC 6238 with SHA-1, 6 digits, 30 seconds, which
//! is what authenticator apps do by default.

use ring::hmac;
use url::Url;
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::secret::Secret;

/// How long one code is good, in seconds.
const STEP: u64 = 30;

/// Codes have 6 digits.
const MODULUS: u32 = 1_000_000;

/// Returns the code at `now`, in seconds since 1970. `secret` is the shared secret in Base32, as the page that shows
/// the picture for the app spells it below the picture; spaces, hyphens and case do not count. The picture's own
/// text, `otpauth://…`, is taken too.
///
/// # Errors
/// [`Kind::Config`] when it is neither.
pub(super) fn code(secret: &Secret, now: u64) -> Result<Secret> {
    let key = key(secret.expose()).ok_or_else(|| {
        Error::new(Kind::Config, "the totp secret of bms is no Base32 text")
            .hint("store the text below the QR code with `crsync login bms totp`")
    })?;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &(now / STEP).to_be_bytes());
    let tag = tag.as_ref();
    // RFC 4226, 5.3: the last half byte is the place of the four bytes that make the number.
    let start = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
    let number = tag.iter().skip(start).take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    Ok(Secret::new(format!("{:06}", (number & 0x7fff_ffff) % MODULUS)))
}

/// Returns the bytes of the shared secret.
fn key(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.trim();
    if !text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("otpauth:")) {
        return base32(text);
    }
    let url: Url = text.parse().ok()?;
    let secret = url.query_pairs().find(|(name, _)| name.eq_ignore_ascii_case("secret"))?.1;
    base32(&secret)
}

/// Decodes Base32: RFC 4648, section 6, padded or not.
fn base32(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8));
    let (mut buffer, mut bits) = (0_u32, 0);
    let letters = text.trim_end_matches('=').chars().filter(|c| !c.is_whitespace() && *c != '-');
    for letter in letters {
        let value = match letter.to_ascii_uppercase() {
            letter @ 'A'..='Z' => u32::from(letter) - u32::from('A'),
            digit @ '2'..='7' => u32::from(digit) - u32::from('2') + 26,
            _ => return None,
        };
        buffer = buffer << 5 | value;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
    }
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The RFC's key, "12345678901234567890".
    const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, without the first two of its eight digits.
        for (now, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(&Secret::new(KEY), now).expect("Base32").expose(), expected, "{now}");
        }
    }

    #[test]
    fn a_secret_may_be_spelled_as_people_copy_it() {
        for spelling in [
            "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
            "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ====",
            "otpauth://totp/Kaseya:api?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Kaseya",
        ] {
            assert_eq!(code(&Secret::new(spelling), 59).expect(spelling).expose(), "287082", "{spelling}");
        }
    }

    #[test]
    fn bytes_are_those_of_the_rfc_for_base32() {
        // RFC 4648, section 10.
        for (text, bytes) in
            [("MY", "f"), ("MZXQ", "fo"), ("MZXW6", "foo"), ("MZXW6YQ", "foob"), ("MZXW6YTBOI", "foobar")]
        {
            assert_eq!(base32(text).expect(text).as_slice(), bytes.as_bytes(), "{text}");
        }
    }

    #[test]
    fn what_is_no_secret_is_refused_without_showing_it() {
        for wrong in ["", "hunter1", "otpauth://totp/Kaseya:api?issuer=Kaseya", "123456", "ÄÖÜ"] {
            let error = code(&Secret::new(wrong), 0).expect_err(wrong);
            assert_eq!(error.kind(), Kind::Config);
            assert!(wrong.is_empty() || !error.message().contains(wrong), "{error}");
        }
    }
}
