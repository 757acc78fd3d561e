//! Telephone numbers: read out of a text, compared by what is dialled, and made to fit without becoming another
//! number.
//!
//! A text can hold several numbers, and each of them an extension. What a text means is decided in
//! `reading`, and comparing, fitting and taking apart all ask there.

mod reading;
#[cfg(test)]
mod tests;

use super::fit::clean as clean_text;
use reading::{Number, interpretations, marker, numbers};

/// The most digits of one number (ITU-T E.164), with room for a trunk zero that some people write as well.
const MOST_DIGITS: usize = 16;

/// Fewer digits than these are no whole number, so that letters beside them are a part of it: `1-800-FLOWERS`.
const WHOLE: usize = 7;

/// Trunk prefixes other than `0`, by calling code: what people dial before a national number.
const TRUNKS: [(&str, &[&str]); 5] =
    [("1", &["1"]), ("7", &["8"]), ("36", &["06"]), ("370", &["0", "8"]), ("375", &["8", "80"])];

/// Calling codes of the countries where a leading zero is a part of the number.
const KEEP_ZERO: [&str; 7] = ["39", "378", "379", "225", "229", "241", "242"];

/// How much a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Room {
    /// The most characters of the field, where a limit is known.
    pub length: Option<usize>,
    /// The most digits of the field for the extension, where there is one.
    pub extension: Option<usize>,
    /// Whether the field may keep the digits alone.
    pub digits: bool,
}

/// Why a text cannot be written to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// The number is longer than the field even without its formatting, or cannot lose it.
    TooLong,
    /// The text holds several numbers, of which none may be left out.
    Several,
    /// The extension has so many digits, which is more than its field takes.
    Extension(usize),
    /// Letters are a part of the number, or between its digits, and the field may keep the digits alone.
    Letters,
}

/// Is true if the text holds no number at all.
pub fn is_blank(text: &str) -> bool {
    !text.chars().any(|c| reading::fold(c).is_ascii_digit())
}

/// Returns the text as it is written.
///
/// Control characters are gone, numbers on lines of their own are apart by ` / `, and `tel:` and `;ext=`, which are
/// for programs, are in the form for people.
pub fn clean(text: &str) -> String {
    let lines: Vec<_> = text
        .split(['\r', '\n', '\u{2028}', '\u{2029}'])
        .map(clean_text)
        .filter(|line| !line.is_empty())
        .collect();
    // What took the place of a scheme may stand beside white space.
    clean_text(&without_scheme(&lines.join(" / "))).into_owned()
}

/// Is true if both hold the same numbers with the same extensions, however they are written.
///
/// Texts without any digit are compared as they are.
pub fn same(a: &str, b: &str) -> bool {
    compare(a, b, |a, b| a.digits == b.digits && a.extension == b.extension)
}

/// Is true if `wanted` and `held` may be the same number, so that nothing is to be written.
///
/// The national form of a number is the international one if the calling code of the country is known. An extension
/// that only one of them has does not count.
pub fn agree(wanted: &str, held: &str, calling_code: Option<&str>) -> bool {
    compare(wanted, held, |a, b| {
        let one_lacks = a.extension.is_empty() || b.extension.is_empty();
        let (a_dialled, b_dialled) = (dialled(a, calling_code), dialled(b, calling_code));
        (one_lacks || a.extension == b.extension) && a_dialled.iter().any(|digits| b_dialled.contains(digits))
    })
}

/// Is true if any way to read `a` matches any way to read `b`, number by number.
fn compare(a: &str, b: &str, is_same: impl Fn(&Number, &Number) -> bool) -> bool {
    // Nearly all pairs of a run are equal, and reading a text costs more than everything around it.
    if a == b {
        return true;
    }
    let (of_a, of_b) = (interpretations(a), interpretations(b));
    if of_a.is_empty() && of_b.is_empty() {
        return a.trim() == b.trim();
    }
    let pair = |a: &Number, b: &Number| is_same(a, b) && same_letters(a, b);
    let all = |a: &[Number], b: &[Number]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| pair(a, b));
    of_a.iter().any(|a| of_b.iter().any(|b| all(a, b)))
}

/// Letters are a note beside a whole number, and a part of any other.
fn same_letters(a: &Number, b: &Number) -> bool {
    a.digits.len() >= WHOLE || a.letters == b.letters
}

/// Returns what the number can be when it is dialled from abroad; always its own digits too.
fn dialled(number: &Number, calling_code: Option<&str>) -> Vec<String> {
    let digits = number.digits.as_str();
    let Some(code) = calling_code else { return vec![digits.to_owned()] };
    let keeps_zero = KEEP_ZERO.contains(&code);
    if number.international {
        // `+44 020 …` is written as well, and has no other meaning.
        let rest = digits.strip_prefix(code).and_then(|rest| rest.strip_prefix('0')).filter(|_| !keeps_zero);
        return vec![rest.map_or_else(|| digits.to_owned(), |rest| format!("{code}{rest}"))];
    }
    let trunks = TRUNKS.iter().find(|(of, _)| *of == code).map(|(_, trunks)| *trunks);
    let mut all = vec![digits.to_owned()];
    if let Some(abroad) = digits.strip_prefix("011").filter(|rest| code == "1" && rest.len() > 8) {
        all.push(abroad.to_owned());
    }
    let stripped = |trunk: &&str| digits.strip_prefix(*trunk).map(|rest| format!("{code}{rest}"));
    match trunks {
        Some(trunks) => all.extend(trunks.iter().filter_map(stripped)),
        None if keeps_zero => {}
        None => all.extend(stripped(&"0")),
    }
    if all.len() == 1 || trunks.is_some() {
        all.push(format!("{code}{digits}"));
    }
    all
}

/// Returns the text as a field can take it: as it is written if it fits, else one number without its formatting.
///
/// # Errors
/// Why nothing of it can be written without making it another number.
pub fn fit(text: &str, room: Room) -> Result<String, Misfit> {
    let text = clean(text);
    let (number, extension) = match room.extension {
        Some(_) => split(&text),
        None => (text.clone(), String::new()),
    };
    if room.extension.is_some_and(|most| extension.len() > most) {
        return Err(Misfit::Extension(extension.len()));
    }
    if room.digits {
        is_its_digits(&number)?;
    }
    let fits = |text: &str| room.length.is_none_or(|length| text.chars().count() <= length);
    if fits(&number) {
        return Ok(join(&number, &extension));
    }
    let all = interpretations(&number);
    if all.iter().any(|numbers| numbers.len() > 1) {
        return Err(Misfit::Several);
    }
    // Several numbers can be written with nothing but a space between them.
    let is_one =
        all.first().and_then(|numbers| numbers.first()).is_some_and(|one| one.digits.len() <= MOST_DIGITS);
    let compact = compact(&number).filter(|compact| is_one && fits(compact) && same(compact, &number));
    let compact = compact.ok_or(Misfit::TooLong)?;
    // Without the signs between them, all digits behind an extension would belong to it: `x42 - 555-0116`.
    let chars: Vec<char> = number.chars().collect();
    if reading::extension(&chars).is_some() && split(&number).1.is_empty() {
        return Err(Misfit::Several);
    }
    Ok(join(&compact, &extension))
}

/// Passes if the digits alone are the same number.
///
/// # Errors
/// Why they would be another one.
fn is_its_digits(text: &str) -> Result<(), Misfit> {
    let all = interpretations(text);
    let Some(likely) = all.first() else { return Ok(()) };
    let [one] = (match all.iter().find(|numbers| numbers.len() == 1) {
        Some(single) => single,
        None => likely,
    })
    .as_slice() else {
        return Err(Misfit::Several);
    };
    if !one.extension.is_empty() {
        return Err(Misfit::Extension(one.extension.len()));
    }
    // Several numbers can be written with nothing but a space between them.
    if one.digits.len() > MOST_DIGITS {
        return Err(Misfit::Several);
    }
    let is_part = one.digits.len() < WHOLE && !one.letters.is_empty();
    if is_part || has_letters_between(text) { Err(Misfit::Letters) } else { Ok(()) }
}

/// Is true if digits stand behind letters that stand behind digits: `+1 202 555 0100 press 2`. The digits alone would
/// be one number.
fn has_letters_between(text: &str) -> bool {
    let is_digit = |c: char| reading::fold(c).is_ascii_digit();
    let between = text.find(is_digit).zip(text.rfind(is_digit)).map(|(first, last)| &text[first..last]);
    between.is_some_and(|between| between.contains(char::is_alphabetic))
}

/// Returns the number with an extension that has a field of its own: `+1 202 555 0112 x42`.
pub fn join(number: &str, extension: &str) -> String {
    let (number, extension) = (number.trim(), extension.trim());
    let chars: Vec<char> = extension.chars().collect();
    let width = marker(&chars, 0).filter(|end| *end < chars.len()).unwrap_or(0);
    let bare: String = chars[width..].iter().collect();
    if bare.is_empty() {
        return number.to_owned();
    }
    if number.is_empty() {
        return format!("x{bare}");
    }
    // Some people write the extension into both fields.
    if split(number).1 == bare { number.to_owned() } else { format!("{number} x{bare}") }
}

/// Splits the number from its extension, for a record that has a field for each.
///
/// A text with several numbers, or with more than digits behind `x`, stays whole.
pub fn split(text: &str) -> (String, String) {
    let whole = || (text.trim().to_owned(), String::new());
    let chars: Vec<char> = text.chars().collect();
    if numbers(text).len() != 1 {
        return whole();
    }
    let Some((start, end)) = reading::extension(&chars) else { return whole() };
    let rest: String = chars[end..].iter().map(|c| reading::fold(*c)).collect();
    let rest = rest.trim_end_matches([' ', ')', '.', ']']);
    let number: String = chars[..start].iter().collect();
    let number = number.trim().trim_end_matches([' ', ',', ';', '(', '[', '-', '/']);
    let is_number = number.is_empty() || !is_blank(number);
    if is_number && !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()) {
        (number.to_owned(), rest.to_owned())
    } else {
        whole()
    }
}

/// Returns the wanted text with the extension of a field that holds nothing but an extension.
pub fn complete(wanted: &str, held: &str) -> Option<String> {
    let (number, extension) = split(held);
    let (wanted_number, wanted_extension) = split(wanted);
    let lacks = number.is_empty() && !extension.is_empty() && wanted_extension.is_empty();
    (lacks && !wanted_number.is_empty() && numbers(wanted).len() == 1).then(|| join(wanted, &extension))
}

/// Is true if the text tells an extension and no number.
pub fn is_extension_alone(text: &str) -> bool {
    let (number, extension) = split(text);
    number.is_empty() && !extension.is_empty()
}

/// Returns the number as it is dialled from abroad: without the `(0)` that some people write behind the country code,
/// for services that keep the digits alone.
pub fn without_trunk_zero(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let zeros = reading::trunk_zeros(&chars);
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end) in zeros {
        kept.extend(&chars[at..start]);
        at = end;
        while kept.ends_with(' ') && chars.get(at) == Some(&' ') {
            at += 1;
        }
    }
    kept.extend(&chars[at..]);
    kept
}

/// Returns the number without formatting: digits, a leading `+`, pauses and menu keys, `x` before an extension.
fn compact(text: &str) -> Option<String> {
    let text = without_trunk_zero(text);
    let chars: Vec<char> = text.chars().collect();
    let extension = reading::extension(&chars);
    let mut compact = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = chars.get(at).map(|c| reading::fold(*c)) {
        if let Some((_, end)) = extension.filter(|(start, _)| *start == at) {
            compact.push('x');
            at = end;
            continue;
        }
        match c {
            '0'..='9' | '#' | '*' => compact.push(c),
            '+' if compact.is_empty() => compact.push(c),
            c if c.is_alphabetic() || c.is_numeric() => return None,
            _ => {}
        }
        at += 1;
    }
    compact.contains(|c: char| c.is_ascii_digit()).then_some(compact)
}

/// Returns the text with `;ext=` as ` x`, and without `tel:` before a number.
fn without_scheme(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_at = |at: usize, word: &str| {
        word.chars()
            .enumerate()
            .all(|(i, c)| chars.get(at + i).is_some_and(|own| own.to_ascii_lowercase() == c))
    };
    let mut plain = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let begins = at == 0 || !chars[at - 1].is_alphanumeric();
        if begins && is_at(at, "tel:") && !is_blank(text) {
            at += "tel:".len();
            while chars.get(at).is_some_and(|c| *c == ' ' || *c == '/') {
                at += 1;
            }
        } else if is_at(at, ";ext=") {
            plain.push_str(" x");
            at += ";ext=".len();
        } else {
            plain.push(chars[at]);
            at += 1;
        }
    }
    plain.trim().to_owned()
}
