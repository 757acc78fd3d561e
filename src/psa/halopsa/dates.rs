//! Times as HaloPSA writes them: without a zone, in UTC; of the years 1 and 1900 where there is none (seen live by
//! clients).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The years that stand for no time at all.
const NONE: [i16; 2] = [1, 1900];

/// Returns the time that `text` says; nothing where it says none, or what cannot be read.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let without_zone = || {
        let local: DateTime = text.parse().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let time = text.parse::<Timestamp>().ok().or_else(without_zone)?;
    (!NONE.contains(&time.to_zoned(TimeZone::UTC).year())).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_utc_and_two_years_are_none() {
        for (text, says) in [
            ("2026-03-01T12:00:00", Some("2026-03-01T12:00:00Z")),
            ("2026-03-01T12:00:00.517", Some("2026-03-01T12:00:00.517Z")),
            ("2026-03-01T14:00:00+02:00", Some("2026-03-01T12:00:00Z")),
            ("2026-03-01T12:00:00Z", Some("2026-03-01T12:00:00Z")),
            ("1900-01-01T00:00:00", None),
            ("1900-12-31T23:59:59.997", None),
            ("0001-01-01T00:00:00", None),
            ("0001-01-01T00:00:00Z", None),
            ("", None),
            ("soon", None),
        ] {
            assert_eq!(time(text).map(|time| time.to_string()).as_deref(), says, "{text}");
        }
    }
}
