//! Documents as CSV (RFC 4180), for a spreadsheet: a header with names that stay, one row for each field, lines that end
//! with CR LF, texts in quotes where they need them.
//!
//! A text that a spreadsheet would take for a formula gets an apostrophe in front: one that begins with `=`, `+`, `-`, `@`,
//! their full-width forms, a tab or a line break. That goes for telephone numbers such as `+1 555 0100` too: a program that wants values as they
//! are reads JSON.
//!
//! The text is UTF-8 without a byte order mark. A mark would make Excel show accents on a double click, but programs take
//! it for a part of the first column's name; so only the file of `--output`, which a person opens, begins with one.

use std::io::{self, Write};

use crate::report::page::Sheet;

/// What a spreadsheet takes for the beginning of a formula.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];

/// Writes a sheet.
pub(in crate::report) fn write(out: &mut dyn Write, Sheet { head, rows }: &Sheet) -> io::Result<()> {
    record(out, head.iter().copied())?;
    rows.iter().try_for_each(|row| record(out, row.iter().map(String::as_str)))
}

fn record<'t>(out: &mut dyn Write, texts: impl Iterator<Item = &'t str>) -> io::Result<()> {
    for (number, text) in texts.enumerate() {
        let comma = if number == 0 { "" } else { "," };
        write!(out, "{comma}{}", field(text))?;
    }
    out.write_all(b"\r\n")
}

fn field(text: &str) -> String {
    let guard = if text.starts_with(FORMULA) { "'" } else { "" };
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_where_it_must_be() {
        for (text, written) in [
            ("plain", "plain"),
            ("", ""),
            ("a, b", "\"a, b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("one\ntwo", "\"one\ntwo\""),
        ] {
            assert_eq!(field(text), written, "{text}");
        }
    }

    #[test]
    fn no_text_is_a_formula() {
        for text in ["=1+1", "+1 555 0100", "-2", "@SUM(A1)", "\tx", "＝1+1"] {
            assert_eq!(field(text), format!("'{text}"), "{text}");
        }
        assert_eq!(field("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
    }

    #[test]
    fn lines_end_with_both_signs() {
        let sheet = Sheet { head: vec!["a", "b"], rows: vec![vec!["1".to_owned(), "2".to_owned()]] };
        let mut text = Vec::new();
        write(&mut text, &sheet).expect("memory");
        assert_eq!(text, b"a,b\r\n1,2\r\n");
    }
}
