//! One-time codes by the clock (RFC 6238): six digits, thirty seconds, SHA-1.

use ring::hmac;

/// Seconds that a code is shown.
const STEP: i64 = 30;

/// Is true if `code` is the one of `second`, or of the step before or after it.
pub(super) fn valid(secret: &str, code: &str, second: i64) -> bool {
    [-STEP, 0, STEP].iter().any(|drift| self::code(secret, second + drift).as_deref() == Some(code.trim()))
}

/// Returns the code of a second; `None` for a secret that is not base 32.
pub(super) fn code(secret: &str, second: i64) -> Option<String> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &base32(secret)?);
    let tag = hmac::sign(&key, &second.div_euclid(STEP).to_be_bytes());
    let bytes = tag.as_ref();
    let start = usize::from(bytes.last()? & 15);
    let word: [u8; 4] = bytes.get(start..start + 4)?.try_into().ok()?;
    Some(format!("{:06}", (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000))
}

/// Returns the bytes that base 32 stands for; bits that fill no byte are dropped.
fn base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for letter in text.bytes().filter(|letter| !matches!(letter, b' ' | b'=')) {
        let value = match letter.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            letter @ b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5 | u32::from(value)) & 0xfff;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the standard's own examples.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn the_examples_of_the_standard_come_out() {
        assert_eq!(base32(SECRET).unwrap(), b"12345678901234567890");
        for (second, wanted) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(code(SECRET, second).unwrap(), wanted);
        }
        assert_eq!(code("no base 32!", 59), None);
    }

    #[test]
    fn a_code_is_good_for_a_step_more_on_either_side() {
        assert!(valid(SECRET, "287082", 59 + STEP) && valid(SECRET, " 287082 ", 59 - STEP));
        assert!(!valid(SECRET, "287082", 59 + 2 * STEP) && !valid(SECRET, "", 59));
    }
}
