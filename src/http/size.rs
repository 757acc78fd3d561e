//! How big an answer may be: in bytes, and in values, because a small text can become a large tree.

use std::fmt;

/// Values of JSON for each mebibyte that an answer may have.
///
/// The fullest pages seen have a tenth of it.
const VALUES: usize = 24_000;

/// Objects among them.
///
/// An object of one key takes some seven hundred bytes of memory and may take seven on the wire.
const OBJECTS: usize = 4_500;

/// The size that an answer may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    mebibytes: u32,
}

/// What is too big about an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TooBig {
    /// Longer than so many mebibytes.
    Bytes(u32),
    /// More than so many values.
    Values(usize),
}

impl fmt::Display for TooBig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(most) => write!(f, "is longer than {most} MiB"),
            Self::Values(most) => write!(f, "holds more than {most} values"),
        }
    }
}

impl Size {
    /// Answers of at most so many mebibytes, decompressed.
    pub(super) fn of(mebibytes: u32) -> Self {
        Self { mebibytes }
    }

    /// Returns the most bytes.
    pub(super) fn bytes(self) -> u64 {
        u64::from(self.mebibytes) << 20
    }

    /// Passes if `body` is no bigger.
    ///
    /// What is no JSON is measured by its length alone.
    pub(super) fn check(self, body: &[u8]) -> Result<(), TooBig> {
        if body.len() as u64 > self.bytes() {
            return Err(TooBig::Bytes(self.mebibytes));
        }
        let most = |each: usize| each.saturating_mul(self.mebibytes as usize);
        if !matches!(body.trim_ascii_start().first(), Some(b'{' | b'[')) {
            return Ok(());
        }
        let (values, objects) = (most(VALUES), most(OBJECTS));
        let all = most_of(body);
        // Nearly always: what may be within texts is counted only where it matters.
        if all.0 <= values && all.1 <= objects {
            return Ok(());
        }
        let found = count(body);
        for (found, most) in [(found.0, values), (found.1, objects)] {
            if found > most {
                return Err(TooBig::Values(most));
            }
        }
        Ok(())
    }
}

/// Returns more than [`count`] does, or the same, in a small part of the time: what is within texts counts as well.
fn most_of(text: &[u8]) -> (usize, usize) {
    // Few enough at a time for a small number, which processors add many of at once.
    let some =
        |wanted: u8, part: &[u8]| usize::from(part.iter().map(|byte| u8::from(*byte == wanted)).sum::<u8>());
    let number = |wanted: u8| text.chunks(usize::from(u8::MAX)).map(|part| some(wanted, part)).sum::<usize>();
    let objects = number(b'{');
    (1 + number(b',') + number(b'[') + objects, objects)
}

/// Returns how many values a JSON text has at most, and how many objects.
fn count(text: &[u8]) -> (usize, usize) {
    let (mut values, mut objects, mut quoted, mut escaped) = (1, 0, false, false);
    for byte in text {
        if quoted {
            (quoted, escaped) = (escaped || *byte != b'"', !escaped && *byte == b'\\');
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b',' | b'[' => values += 1,
            b'{' => {
                values += 1;
                objects += 1;
            }
            _ => {}
        }
    }
    (values, objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_of_texts() {
        assert_eq!(count(br#"{"a": [1, 2], "b": {"c": "x,{[\\"}}"#), (6, 2));
        assert_eq!(count(br#"["a\"{,", "b\\", 3]"#), (4, 0));
        assert_eq!(most_of(br#"["a\"{,", "b\\", 3]"#), (6, 1), "never less");
    }

    #[test]
    fn commas_within_texts_do_not_make_an_answer_too_big() {
        let text = format!("[\"{}\"]", ",{[".repeat(VALUES));
        assert_eq!(Size::of(1).check(text.as_bytes()), Ok(()));
    }

    #[test]
    fn a_short_text_of_many_values_is_too_big() {
        let size = Size::of(1);
        let many = |one: &str, times: usize| format!("[{}1]", one.repeat(times));
        assert_eq!(size.check(many("{},", OBJECTS).as_bytes()), Ok(()));
        assert_eq!(size.check(many("{},", OBJECTS + 1).as_bytes()), Err(TooBig::Values(OBJECTS)));
        assert_eq!(size.check(many("0,", VALUES).as_bytes()), Err(TooBig::Values(VALUES)));
        assert_eq!(size.check(&vec![b'x'; (1 << 20) + 1]), Err(TooBig::Bytes(1)));
        assert_eq!(size.check(&vec![b','; 1 << 20]), Ok(()), "no JSON");
    }
}
