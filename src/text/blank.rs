//! When a text says nothing, although a form that wanted one got it.

/// Is true if a text is blank: without any letter or digit of any script.
///
/// A dash, a full stop or a picture was typed because something had to be there. Words such as "none" are a person's
/// to judge.
pub fn is_blank(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
}

/// Is true if a text is no telephone number: without any digit but zeros, which a form took for a number.
pub fn is_no_number(text: &str) -> bool {
    // The zeros of all scripts in which telephone numbers are read.
    let is_zero = |c: char| matches!(c, '0' | '\u{ff10}' | '\u{660}' | '\u{6f0}' | '\u{966}');
    !text.chars().any(|c| c.is_numeric() && !is_zero(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_signs_alone_is_blank() {
        for blank in ["", " ", ".", "-", "--", "???", "…", "\u{200b}", "🙂", "()", "_", "\u{301}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for text in ["X", "none", "7", "-5", "山", "م", "Ⅳ", "é", "O."] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn a_number_has_a_digit() {
        for none in ["", "-", "N/A", "call the front desk", "+", "0", "000-000-0000", "+00 (0)", "٠٠٠", "０"]
        {
            assert!(is_no_number(none), "{none:?}");
        }
        for number in ["112", "+1 555", "٠١٢", "ext. 4", "000-000-0001", "010"] {
            assert!(!is_no_number(number), "{number:?}");
        }
    }
}
