//! When to try again, and after how long.

use std::time::Duration;

use jiff::fmt::{rfc2822, strtime};
use jiff::{Timestamp, tz::TimeZone};

/// Half of what the first repetition waits at most; it doubles each time.
const BASE: Duration = Duration::from_millis(500);

/// The longest wait that is our own choice.
const CAP: Duration = Duration::from_secs(30);

/// The forms of dates that HTTP has given up but still wants to be read (RFC 9110, 5.6.7).
const OLD_DATES: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// Returns how long to wait before attempt `attempt + 1`.
///
/// It is a random part of a span that doubles, so that many clients that failed together do not come back together.
pub(super) fn backoff(attempt: u32, random: f64) -> Duration {
    let span = BASE.saturating_mul(2_u32.saturating_pow(attempt)).min(CAP);
    span.mul_f64(random.clamp(0.0, 1.0))
}

/// Returns what a `Retry-After` header asks for: seconds, with or without a fraction (Graph sends both, vendor
/// documents), or a date.
///
/// A date that has passed asks for no wait.
pub(super) fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<f64>() {
        return (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(1e9)));
    }
    Some(Duration::try_from(date(header)?.duration_since(now)).unwrap_or_default())
}

/// Returns the time that a header names, in any form that HTTP has.
pub(super) fn date(text: &str) -> Option<Timestamp> {
    let current = text.strip_suffix("GMT").map_or_else(|| text.to_owned(), |start| format!("{start}+0000"));
    rfc2822::DateTimeParser::new().parse_timestamp(&current).ok().or_else(|| {
        let old = OLD_DATES.iter().find_map(|form| strtime::parse(form, text).ok()?.to_datetime().ok())?;
        Some(old.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_wait_is_read_in_every_form() {
        let now = at("1994-11-06T08:49:00Z");
        for (header, wait) in [
            ("7", Some(7_000)),
            (" 1.5 ", Some(1_500)),
            ("0", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37_000)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(37_000)),
            ("Sun Nov  6 08:49:37 1994", Some(37_000)),
            ("Sun, 06 Nov 1994 07:00:00 GMT", Some(0)),
            ("soon", None),
            ("-3", None),
            ("NaN", None),
            ("", None),
        ] {
            assert_eq!(retry_after(header, now), wait.map(Duration::from_millis), "{header}");
        }
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

        #[test]
        fn a_date_asks_to_wait_until_then(now in 0_i64..4_000_000_000, ahead in 0_i64..1_000_000) {
            let date = Timestamp::from_second(now + ahead).expect("within range");
            let header = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            let wait = retry_after(&header, Timestamp::from_second(now).expect("within range"));
            prop_assert_eq!(wait, Some(Duration::from_secs(ahead.unsigned_abs())));
        }
    }
}
