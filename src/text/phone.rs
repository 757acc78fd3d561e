//! Telephone numbers: compared by their digits, and made to fit without becoming another number.

/// Whether both are the same number: the same digits, where `+` and a leading `00` mean the same. Texts
/// without any digit are compared as they stand.
pub fn same(a: &str, b: &str) -> bool {
    match (digits(a), digits(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a.trim() == b.trim(),
        _ => false,
    }
}

/// The digits without the international prefix, if there are any.
fn digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").filter(|rest| !rest.is_empty()).unwrap_or(&digits);
    (!digits.is_empty()).then(|| digits.to_owned())
}

/// The number in at most `length` characters: as it stands if it fits, else without its formatting. `None`
/// where even that is too long, or where leaving something out would make it another number.
pub fn fit(text: &str, length: usize) -> Option<String> {
    let text = text.trim();
    if text.chars().count() <= length {
        return Some(text.to_owned());
    }
    compact(text).filter(|compact| compact.len() <= length)
}

/// The number without formatting: digits, a leading `+`, pauses and menu keys, `x` before an extension. A
/// `(0)` behind a country code is only spoken, never dialled from abroad.
fn compact(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let mut rest = lower.as_str();
    let mut compact = String::with_capacity(lower.len());
    while let Some(c) = rest.chars().next() {
        let mut width = c.len_utf8();
        match c {
            '0'..='9' | '#' | '*' | ',' | ';' => compact.push(c),
            '+' if compact.is_empty() => compact.push(c),
            '(' if compact.starts_with('+') && rest.starts_with("(0)") => width = "(0)".len(),
            'e' | 'x' => {
                width = ["extension", "extn", "ext", "ex", "x"]
                    .into_iter()
                    .find(|word| rest.starts_with(word))?
                    .len();
                compact.push('x');
            }
            c if c.is_alphabetic() || c.is_numeric() => return None,
            _ => {}
        }
        rest = &rest[width..];
    }
    compact.contains(|c: char| c.is_ascii_digit()).then_some(compact)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formatting_and_the_way_to_write_abroad_do_not_matter() {
        assert!(same("+47 22 12 34 56", "0047 (22) 12-34-56"));
        assert!(same("(555) 0100", "555.0100"));
        assert!(!same("+47 22 12 34 56", "22 12 34 56"));
        assert!(same("unknown", " unknown"));
        assert!(!same("unknown", "none"));
        assert!(!same("none", "555"));
    }

    #[test]
    fn a_number_that_fits_stays_as_it_is_written() {
        assert_eq!(fit("+1 (555) 0100", 25).as_deref(), Some("+1 (555) 0100"));
    }

    #[test]
    fn a_number_that_is_too_long_loses_its_formatting() {
        assert_eq!(fit("+1 (555) 010-0000", 12).as_deref(), Some("+15550100000"));
        assert_eq!(fit("+1 555 0100 Ext. 42", 14).as_deref(), Some("+15550100x42"));
        assert_eq!(fit("+44 (0)20 7946 0000", 13).as_deref(), Some("+442079460000"));
    }

    #[test]
    fn a_number_is_never_cut() {
        assert_eq!(fit("+1 (555) 010-0000", 8), None);
        assert_eq!(fit("call the front desk", 10), None);
        assert_eq!(fit("1-800-FLOWERS-NOW", 10), None);
    }

    proptest! {
        #[test]
        fn what_fits_is_short_enough_and_the_same_number(
            number in "[+]?[0-9 ().-]{1,24}( ext [0-9]{1,3})?",
            length in 1_usize..30,
        ) {
            if let Some(fitted) = fit(&number, length) {
                prop_assert!(fitted.chars().count() <= length);
                prop_assert!(same(&fitted, &number) || number.contains("(0)"));
                prop_assert_eq!(fit(&fitted, length), Some(fitted.clone()));
            }
        }

        #[test]
        fn sameness_has_no_direction(a in "[+0-9 ()x-]{0,8}", b in "[+0-9 ()x-]{0,8}") {
            prop_assert_eq!(same(&a, &b), same(&b, &a));
            prop_assert!(same(&a, &a));
        }
    }
}
