//! Counts and times of the day in sentences.

use jiff::Timestamp;

/// Returns the first full minute that is not before `at`: `00:40 UTC`.
pub fn minute(at: Timestamp) -> String {
    let seconds = at.as_second();
    let up = seconds + (-seconds).rem_euclid(60);
    Timestamp::from_second(up).unwrap_or(at).strftime("%H:%M UTC").to_string()
}

/// Returns the number with its thousands apart: `2,500`.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_rounded_to_the_minute_by_which_it_has_come() {
        let shown = |text: &str| minute(text.parse().expect("a time"));
        assert_eq!(shown("2026-03-01T00:39:01Z"), "00:40 UTC");
        assert_eq!(shown("2026-03-01T00:40:00Z"), "00:40 UTC");
        assert_eq!(shown("2026-03-01T23:59:30Z"), "00:00 UTC");
    }

    #[test]
    fn thousands_stand_apart() {
        let shown = [0, 12, 999, 1000, 2500, 1_234_567].map(count);
        assert_eq!(shown, ["0", "12", "999", "1,000", "2,500", "1,234,567"]);
    }
}
