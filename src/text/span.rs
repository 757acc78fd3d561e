//! Spans of time as people write them.

use std::time::Duration;

/// The units, longest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("ms", 1), ("m", 60_000), ("s", 1000)];

/// Reads `90s`, `30m`, `2h`, `7d` or `500ms`.
///
/// A bare number is none, since its unit is unknown.
pub fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, factor) =
        UNITS.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    let number: u64 = number.trim().parse().ok()?;
    Some(Duration::from_millis(number.saturating_mul(*factor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_carry_their_unit() {
        for (text, seconds) in [("30m", 1800), ("90s", 90), (" 2 h", 7200), ("7d", 604_800), ("0s", 0)] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        for text in ["30", "", "xm", "-3s", "m", "1.5h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
