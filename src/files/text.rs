//! Text files: UTF-8, with or without the byte order mark that editors on Windows put before it.

use std::fmt;
use std::path::Path;

use crate::error::{Error, Kind, Result};

/// The byte order mark.
pub const MARK: char = '\u{feff}';

/// A text that was read.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_debug_implementations)] // it may be a secret
pub struct Text {
    /// The text without its mark.
    pub text: String,
    /// Whether a byte order mark was before it.
    pub marked: bool,
}

/// Why bytes are no text in UTF-8: the encoding that they seem to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16 or UTF-32, by its name.
    Wide(&'static str),
    /// Some other encoding, or no text at all; the first such byte is on this line.
    Other(usize),
}

impl Encoding {
    /// What helps.
    pub const HINT: &'static str = "save it as UTF-8: in Notepad choose the encoding UTF-8 under Save as; in PowerShell \
                                    write it with `| Out-File -Encoding utf8 FILE`";
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wide(name) => write!(f, "it is {name}, as Windows PowerShell writes it, not UTF-8"),
            Self::Other(line) => {
                write!(
                    f,
                    "it is not UTF-8: line {line} has a character in another encoding, such as Windows-1252"
                )
            }
        }
    }
}

impl std::error::Error for Encoding {}

/// Returns the text of the bytes of a file, without its byte order mark.
///
/// # Errors
/// The encoding that they have instead of UTF-8.
pub fn decode(bytes: Vec<u8>) -> std::result::Result<Text, Encoding> {
    if let Some(name) = wide(&bytes) {
        return Err(Encoding::Wide(name));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        Encoding::Other(error.as_bytes()[..good].split(|byte| *byte == b'\n').count())
    })?;
    Ok(match text.strip_prefix(MARK) {
        Some(rest) => Text { text: rest.to_owned(), marked: true },
        None => Text { text, marked: false },
    })
}

/// Reads a text file.
///
/// `what` names it in messages: `the secret file key.txt`.
///
/// # Errors
/// An error of this kind, when the file cannot be read or is not UTF-8.
pub fn read_text(path: &Path, kind: Kind, what: &str) -> Result<Text> {
    let bytes = std::fs::read(path)
        .map_err(|error| Error::new(kind, format!("{what} cannot be read")).source(error))?;
    decode(bytes).map_err(|encoding| {
        Error::new(kind, format!("{what} cannot be read: {encoding}")).hint(Encoding::HINT)
    })
}

/// Returns the name of an encoding with more than one byte to a letter, by its mark, or by the zeros that it puts
/// beside every letter of English.
fn wide(bytes: &[u8]) -> Option<&'static str> {
    let marks: [(&[u8], &str); 4] = [
        (&[0xff, 0xfe, 0, 0], "UTF-32 (little-endian)"),
        (&[0, 0, 0xfe, 0xff], "UTF-32 (big-endian)"),
        (&[0xff, 0xfe], "UTF-16 (little-endian)"),
        (&[0xfe, 0xff], "UTF-16 (big-endian)"),
    ];
    if let Some((_, name)) = marks.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return Some(name);
    }
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = bytes.len() / 4;
    match (even > odd, even.max(odd)) {
        (_, 0) => None,
        (true, zeros) if zeros > many => Some("UTF-16 (big-endian)"),
        (false, zeros) if zeros > many => Some("UTF-16 (little-endian)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn one_mark_before_a_text_is_skipped() {
        let read = |bytes: &[u8]| decode(bytes.to_vec()).ok().map(|text| (text.text, text.marked));
        assert_eq!(read("\u{feff}a\r\n".as_bytes()), Some(("a\r\n".to_owned(), true)));
        assert_eq!(read("a \u{feff}".as_bytes()), Some(("a \u{feff}".to_owned(), false)));
        assert_eq!(read(b""), Some((String::new(), false)));
    }

    #[test]
    fn another_encoding_is_named() {
        for mark in ["\u{feff}", ""] {
            let text = format!("{mark}[sync]\r\nsupport-pin = true\r\n");
            let little = decode(utf16(&text, u16::to_le_bytes)).err();
            assert_eq!(little, Some(Encoding::Wide("UTF-16 (little-endian)")));
            let big = decode(utf16(&text, u16::to_be_bytes)).err();
            assert_eq!(big, Some(Encoding::Wide("UTF-16 (big-endian)")));
        }
        let wide = decode(b"\xff\xfe\0\0a\0\0\0".to_vec()).err();
        assert_eq!(wide, Some(Encoding::Wide("UTF-32 (little-endian)")));
        assert_eq!(decode(b"a\n\xfcb".to_vec()).err(), Some(Encoding::Other(2)));
    }

    #[test]
    fn a_file_that_cannot_be_read_says_what_to_do() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("crsync.toml");
        std::fs::write(&path, utf16("\u{feff}psa", u16::to_le_bytes)).expect("a writable folder");
        let error = read_text(&path, Kind::Config, "crsync.toml").err().expect("not UTF-8");
        assert!(error.message().contains("UTF-16"), "{error}");
        assert!(error.next_step().is_some_and(|next| next.contains("save it as UTF-8")));
    }
}
