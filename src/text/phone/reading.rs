//! What a text means as telephone numbers.

/// One number of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Number {
    /// The digits that are dialled, without `+` or `00` and without the extension.
    pub(super) digits: String,
    /// Whether the digits begin with the code of a country.
    pub(super) international: bool,
    /// The digits of the extension.
    pub(super) extension: String,
    /// The letters beside the digits, lower-case.
    pub(super) letters: String,
}

/// The words before an extension, the longest first.
const WORDS: [&str; 5] = ["extension", "extn", "ext", "ex", "x"];

/// The words between two numbers.
const BETWEEN: [&str; 4] = ["or", "and", "und", "oder"];

/// Fewer digits than these before a slash can be the code of an area: `030/1234567`.
const AREA: usize = 6;

/// Fewer digits than these before `#` are a code of the telephone network, not a number with an extension.
const BEFORE_HASH: usize = 7;

/// Returns the ways to read a text, the most likely first; none if it has no digit.
///
/// Most texts have one, but before a slash can be another number or the code of an area.
pub(super) fn interpretations(text: &str) -> Vec<Vec<Number>> {
    let numbers = numbers(text);
    if numbers.is_empty() {
        return Vec::new();
    }
    let is_area = |[first, second]: &[Number; 2]| {
        first.digits.len() <= AREA && first.extension.is_empty() && !second.international
    };
    let pair: Option<[Number; 2]> = numbers.clone().try_into().ok();
    let joined = pair.filter(|pair| is_area(pair) && text.contains('/'));
    let joined = joined.map(|_| one(&text.chars().map(fold).collect::<Vec<_>>()));
    [numbers].into_iter().chain(joined.map(|one| vec![one])).collect()
}

/// Returns the numbers of a text, in order.
pub(super) fn numbers(text: &str) -> Vec<Number> {
    let chars: Vec<char> = text.chars().map(fold).collect();
    let mut found: Vec<Number> = Vec::new();
    for part in parts(&chars) {
        let number = one(part);
        if !number.digits.is_empty() || !number.extension.is_empty() {
            found.push(number);
        } else if let Some(last) = found.last_mut() {
            last.letters.push_str(&number.letters);
        }
    }
    found
}

/// Returns a character as it counts: digits and `+` of any script as those of ASCII, letters lower-case.
pub(super) fn fold(c: char) -> char {
    let digit = |zero: u32| (u32::from(c)).checked_sub(zero).filter(|digit| *digit < 10);
    let digit = [0xff10, 0x0660, 0x06f0, 0x0966].into_iter().find_map(digit);
    match (digit.and_then(|digit| char::from_digit(digit, 10)), c) {
        (Some(digit), _) => digit,
        (None, '\u{ff0b}') => '+',
        (None, c) => c.to_ascii_lowercase(),
    }
}

/// Returns the parts of a text that can be a number each.
fn parts(chars: &[char]) -> Vec<&[char]> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < chars.len() {
        let width = separator(chars, start, at);
        if width == 0 {
            at += 1;
            continue;
        }
        parts.push(&chars[start..at]);
        // A plus begins the next number itself.
        start = if chars[at] == '+' { at } else { at + width };
        at += width;
    }
    parts.push(&chars[start..]);
    parts.retain(|part| !is_parameter(part));
    parts
}

/// Returns the characters at `at` that end the number from `start` on; 0 for none.
fn separator(chars: &[char], start: usize, at: usize) -> usize {
    let has_digit = || chars[start..at].iter().any(char::is_ascii_digit);
    let before_extension = || {
        let next = chars[at + 1..].iter().position(|c| *c != ' ').map(|blank| at + 1 + blank);
        next.is_some_and(|next| word(chars, next).is_some())
    };
    match chars[at] {
        '\n' | '\r' | '|' | '&' | '\\' => 1,
        '/' | ',' | ';' => usize::from(!before_extension()),
        '+' => usize::from(has_digit()),
        ' ' => {
            let is = |word: &&&str| {
                let end = at + 1 + word.len();
                let letters = word.chars().enumerate().all(|(i, c)| chars.get(at + 1 + i) == Some(&c));
                letters && chars.get(end).is_some_and(|c| !c.is_alphanumeric())
            };
            BETWEEN.iter().find(is).map_or(0, |word| 1 + word.len())
        }
        _ => 0,
    }
}

/// Is true if a part says something about the number before it, in the form that programs use.
fn is_parameter(part: &[char]) -> bool {
    let text: String = part.iter().collect();
    ["phone-context=", "isub="].iter().any(|parameter| text.trim_start().starts_with(parameter))
}

/// Returns the one number that a part is.
fn one(part: &[char]) -> Number {
    let extension = extension(part);
    let (number, behind) =
        extension.map_or((part, &part[part.len()..]), |(start, end)| (&part[..start], &part[end..]));
    let zeros = trunk_zeros(number);
    let is_zero = |at: usize| zeros.iter().any(|(start, end)| (*start..*end).contains(&at));
    let digits = |chars: &[char]| -> String { chars.iter().filter(|c| c.is_ascii_digit()).collect() };
    let all: String = (0..number.len()).filter(|at| !is_zero(*at)).map(|at| number[at]).collect();
    let dialled = digits(&all.chars().collect::<Vec<_>>());
    let prefixed = dialled.strip_prefix("00").filter(|rest| !rest.is_empty()).map(ToOwned::to_owned);
    let international = has_plus(number) || prefixed.is_some();
    let own = prefixed.unwrap_or(dialled);
    let letters = number.iter().chain(behind).filter(|c| c.is_alphabetic()).collect::<String>();
    let letters = letters.strip_prefix("tel").map_or(letters.clone(), ToOwned::to_owned);
    Number { digits: own, international, extension: digits(behind), letters }
}

fn has_plus(chars: &[char]) -> bool {
    chars.iter().find(|c| c.is_ascii_digit() || **c == '+') == Some(&'+')
}

/// Returns every `(0)` behind the code of a country, which is only dialled inside the country: from where to where.
pub(super) fn trunk_zeros(chars: &[char]) -> Vec<(usize, usize)> {
    let chars: Vec<char> = chars.iter().map(|c| fold(*c)).collect();
    let digits: Vec<char> = chars.iter().filter(|c| c.is_ascii_digit()).copied().collect();
    if !has_plus(&chars) && !digits.starts_with(&['0', '0']) {
        return Vec::new();
    }
    let mut zeros = Vec::new();
    for start in 0..chars.len() {
        let close = match chars[start] {
            '(' => ')',
            '[' => ']',
            _ => continue,
        };
        let inside: Vec<usize> = (start + 1..chars.len()).filter(|at| chars[*at] != ' ').take(2).collect();
        let [zero, end] = inside[..] else { continue };
        let behind_code = chars[..start].iter().any(char::is_ascii_digit);
        if behind_code && chars[zero] == '0' && chars[end] == close {
            zeros.push((start, end + 1));
        }
    }
    zeros
}

/// Returns where the mark before the extension is, and where the extension begins.
pub(super) fn extension(chars: &[char]) -> Option<(usize, usize)> {
    let folded: Vec<char> = chars.iter().map(|c| fold(*c)).collect();
    (0..folded.len()).find_map(|at| {
        let before = folded[..at].iter().filter(|c| c.is_ascii_digit()).count();
        let end = match folded[at] {
            ';' | '#' => marker(&folded, at)?,
            _ => word(&folded, at)?,
        };
        (folded[at] != '#' || before >= BEFORE_HASH).then_some((at, end))
    })
}

/// Returns where the extension begins whose mark is at `at`: a word, `;ext=` or `#`, with digits behind it.
pub(super) fn marker(chars: &[char], at: usize) -> Option<usize> {
    let chars: Vec<char> = chars.iter().map(|c| fold(*c)).collect();
    match chars.get(at)? {
        '#' => before_digit(&chars, at + 1),
        ';' => word(&chars, at + 1).filter(|_| chars[at + 1..].starts_with(&['e', 'x', 't', '='])),
        _ => word(&chars, at),
    }
}

/// Returns where the extension begins whose word is at `at`.
fn word(chars: &[char], at: usize) -> Option<usize> {
    if at > 0 && chars[at - 1].is_alphabetic() {
        return None;
    }
    let is = |word: &&&str| word.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    WORDS.iter().filter(is).find_map(|word| before_digit(chars, at + word.len()))
}

/// Returns the place of the next digit, if nothing but a few marks is before it.
fn before_digit(chars: &[char], at: usize) -> Option<usize> {
    let next = (at..chars.len()).find(|at| !matches!(chars[*at], ' ' | '.' | ':' | '=' | '#'))?;
    chars[next].is_ascii_digit().then_some(next)
}
