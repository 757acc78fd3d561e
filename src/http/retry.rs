//! When to try again, and after how long.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// Half of what the first repetition waits at most; it doubles each time.
const BASE: Duration = Duration::from_millis(500);

/// The longest wait that is our own choice.
const CAP: Duration = Duration::from_secs(30);

/// How long to wait before attempt `attempt + 1`: a random part of a span that doubles, so that many clients
/// that failed together do not come back together.
pub(super) fn backoff(attempt: u32, random: f64) -> Duration {
    let span = BASE.saturating_mul(2_u32.saturating_pow(attempt)).min(CAP);
    span.mul_f64(random.clamp(0.0, 1.0))
}

/// What a `Retry-After` header asks for: seconds, with or without a fraction (Graph's throttling sends both), or
/// a date.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(1e9)));
    }
    let date = header.strip_suffix("GMT").map_or_else(|| header.to_owned(), |start| format!("{start}+0000"));
    let at = rfc2822::DateTimeParser::new().parse_timestamp(&date).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_wait_is_read_in_all_three_forms() {
        let now = at("2026-11-24T10:00:00Z");
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(" 1.5 ", now), Some(Duration::from_millis(1500)));
        assert_eq!(retry_after("Tue, 24 Nov 2026 10:00:30 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Tue, 24 Nov 2026 09:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-3", now), None);
    }

    #[test]
    fn our_own_wait_doubles_and_has_a_cap() {
        assert_eq!(backoff(1, 1.0), Duration::from_secs(1));
        assert_eq!(backoff(2, 1.0), Duration::from_secs(2));
        assert_eq!(backoff(40, 1.0), CAP);
        assert_eq!(backoff(3, 0.0), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(header in "\\PC*") {
            let _ = retry_after(&header, Timestamp::UNIX_EPOCH);
        }

        #[test]
        fn whole_seconds_are_taken_at_their_word(seconds in 0_u32..1_000_000) {
            prop_assert_eq!(
                retry_after(&seconds.to_string(), Timestamp::UNIX_EPOCH),
                Some(Duration::from_secs(u64::from(seconds)))
            );
        }
    }
}
