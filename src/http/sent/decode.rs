//! Texts with the spellings of addresses, web pages and JSON resolved, each sign with the place it came from.

use std::ops::Range;

/// A sign, and which bytes of the text it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sign {
    pub(super) is: char,
    pub(super) at: Range<usize>,
}

/// Returns the signs of `text` as they are.
pub(super) fn signs(text: &str) -> Vec<Sign> {
    text.char_indices().map(|(at, is)| Sign { is, at: at..at + is.len_utf8() }).collect()
}

/// Returns `signs` with one layer of `%41`, `&amp;` and `\u0041` resolved; `None` where there is none.
pub(super) fn resolved(signs: &[Sign]) -> Option<Vec<Sign>> {
    let mut out: Vec<Sign> = Vec::with_capacity(signs.len());
    let mut at = 0;
    let mut any = false;
    while let Some(sign) = signs.get(at) {
        let rest = &signs[at..];
        let found = match sign.is {
            '%' => percent(rest),
            '&' => entity(rest),
            '\\' => escape(rest),
            _ => None,
        };
        if let Some((chars, used)) = found {
            let whole = sign.at.start..rest[used - 1].at.end;
            out.extend(chars.chars().map(|is| Sign { is, at: whole.clone() }));
            at += used;
            any = true;
        } else {
            out.push(sign.clone());
            at += 1;
        }
    }
    any.then_some(out)
}

/// Returns the number of `digits` hexadecimal digits that `signs` begin with.
fn hex(signs: &[Sign], digits: usize) -> Option<u32> {
    let text: String = signs.get(..digits)?.iter().map(|sign| sign.is).collect();
    u32::from_str_radix(&text, 16).ok().filter(|_| !text.starts_with('+'))
}

/// Reads the character at the start of a run of `%C3%A9`, and returns how many signs it took too.
fn percent(signs: &[Sign]) -> Option<(String, usize)> {
    let byte = |place: usize| {
        let group = signs.get(place * 3..place * 3 + 3).filter(|group| group[0].is == '%')?;
        hex(&group[1..], 2).and_then(|byte| u8::try_from(byte).ok())
    };
    // No character has more than four bytes.
    let bytes: Vec<u8> = (0..4).map_while(byte).collect();
    (1..=bytes.len()).find_map(|length| {
        std::str::from_utf8(&bytes[..length]).ok().map(|text| (text.to_owned(), length * 3))
    })
}

/// Reads `&amp;`, `&#39;` or `&#x27;`.
fn entity(signs: &[Sign]) -> Option<(String, usize)> {
    let end = signs.iter().take(10).position(|sign| sign.is == ';')?;
    let name: String = signs[1..end].iter().map(|sign| sign.is).collect();
    let is = match name.to_ascii_lowercase().as_str() {
        "amp" => '&',
        "apos" => '\'',
        "gt" => '>',
        "lt" => '<',
        "nbsp" => ' ',
        "quot" => '"',
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((is.to_string(), end + 1))
}

/// Reads `\"`, `\n` or `\u0041`, with the other half of a pair.
fn escape(signs: &[Sign]) -> Option<(String, usize)> {
    let plain = |is: char| Some((is.to_string(), 2));
    match signs.get(1)?.is {
        is @ ('"' | '\\' | '/' | '\'') => plain(is),
        'b' | 'f' | 'n' | 'r' | 't' => plain(' '),
        'u' => {
            let unit = |from: usize| hex(signs.get(from..)?, 4).and_then(|unit| u16::try_from(unit).ok());
            let first = unit(2)?;
            let second = signs.get(6..8).filter(|mark| mark[0].is == '\\' && mark[1].is == 'u');
            let pair = second.and_then(|_| unit(8)).map(|second| [first, second]);
            let pair =
                pair.and_then(|pair| String::from_utf16(&pair).ok()).filter(|pair| pair.chars().count() == 1);
            pair.map(|pair| (pair, 12)).or_else(|| Some((String::from_utf16(&[first]).ok()?, 6)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        resolved(&signs(text)).map_or_else(String::new, |signs| signs.iter().map(|sign| sign.is).collect())
    }

    #[test]
    fn every_spelling_is_resolved_and_what_is_none_stays() {
        assert_eq!(read("a%40b%C3%A9%zz%"), "a@bé%zz%");
        assert_eq!(read("O&#39;Hara &#x27;&AMP;&quot; &none; & x"), "O'Hara '&\" &none; & x");
        assert_eq!(read(r#"\u00e9\n\"\ud83d\ude80 \q"#), "é \"🚀 \\q");
        assert_eq!(resolved(&signs("nothing here")), None);
    }

    #[test]
    fn a_resolved_sign_knows_the_bytes_it_stands_for() {
        let signs = resolved(&signs("é%C3%A9x")).expect("one");
        let places: Vec<Range<usize>> = signs.into_iter().map(|sign| sign.at).collect();
        assert_eq!(places, [0..2, 2..8, 8..9]);
    }
}
