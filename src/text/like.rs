//! Visual Basic `Like` patterns: `?` one character, `*` any run, `#` one digit, `[a-c,x]` one of, `[!…]` none
//! of. A special character stands for itself in brackets (`[[]`, `[*]`), and `]` alone is itself.
//!
//! A pattern describes the whole text and ignores case. Matching takes at most as many steps as text and
//! pattern have characters multiplied, whatever the pattern.

use std::iter::Peekable;
use std::str::Chars;

/// A pattern that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    One,
    Run,
    Digit,
    Char(char),
    Set { none: bool, members: Vec<(char, char)> },
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong, and at which character, from 1: brackets that are not closed, a range that runs
    /// backwards.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut chars = pattern.chars();
        let mut position = 0;
        while let Some(c) = chars.next() {
            position += 1;
            match c {
                '?' => tokens.push(Token::One),
                '#' => tokens.push(Token::Digit),
                '*' if tokens.last() == Some(&Token::Run) => {}
                '*' => tokens.push(Token::Run),
                '[' => {
                    let (body, rest) = chars
                        .as_str()
                        .split_once(']')
                        .ok_or_else(|| format!("the bracket at character {position} is not closed"))?;
                    tokens.extend(set(body, position)?);
                    position += body.chars().count() + 1;
                    chars = rest.chars();
                }
                c => tokens.push(Token::Char(c)),
            }
        }
        Ok(Self(tokens))
    }

    /// Returns the pattern in which `*` and `?` alone are wild, and every other character is itself.
    pub fn wild(pattern: &str) -> Self {
        let token = |c| match c {
            '?' => Token::One,
            '*' => Token::Run,
            c => Token::Char(c),
        };
        let mut tokens: Vec<Token> = pattern.chars().map(token).collect();
        tokens.dedup_by(|a, b| *a == Token::Run && *b == Token::Run);
        Self(tokens)
    }

    /// Is true if the pattern describes all of `text`.
    pub fn matches(&self, text: &str) -> bool {
        let char_at = |at: usize| text.get(at..).and_then(|rest| rest.chars().next());
        let (mut at, mut token) = (0, 0);
        // Where to go on when the latest `*` has to take one more character. Earlier ones never need to.
        let mut retry = None;
        loop {
            match self.0.get(token) {
                Some(Token::Run) => {
                    retry = Some((at, token));
                    token += 1;
                    continue;
                }
                Some(one) => {
                    if let Some(c) = char_at(at).filter(|c| one.takes(*c)) {
                        (at, token) = (at + c.len_utf8(), token + 1);
                        continue;
                    }
                }
                None if at == text.len() => return true,
                None => {}
            }
            let Some((start, run)) = retry else { return false };
            let Some(passed) = char_at(start) else { return false };
            at = start + passed.len_utf8();
            retry = Some((at, run));
            token = run + 1;
        }
    }
}

impl Token {
    /// Is true if this token, which is not a run, takes `c`.
    fn takes(&self, c: char) -> bool {
        match self {
            Self::One | Self::Run => true,
            Self::Digit => c.is_ascii_digit(),
            Self::Char(own) if own.is_ascii() && c.is_ascii() => own.eq_ignore_ascii_case(&c),
            Self::Char(own) => own.to_lowercase().eq(c.to_lowercase()),
            Self::Set { none, members } => {
                let within = |c: char| members.iter().any(|(from, to)| (*from..=*to).contains(&c));
                let found = within(c)
                    || single(c.to_lowercase()).is_some_and(within)
                    || single(c.to_uppercase()).is_some_and(within);
                found != *none
            }
        }
    }
}

/// Returns the only character of a case conversion, unless it has several.
fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    chars.next().filter(|_| chars.next().is_none())
}

/// Reads what is between brackets, of which the first is at character `position`.
///
/// Empty brackets take nothing.
fn set(body: &str, position: usize) -> Result<Option<Token>, String> {
    if body.is_empty() {
        return Ok(None);
    }
    if body == "!" {
        return Ok(Some(Token::Char('!')));
    }
    let (none, list) = body.strip_prefix('!').map_or((false, body), |list| (true, list));
    let mut members = Vec::new();
    let mut chars = list.chars().peekable();
    while let Some(from) = chars.next() {
        let to = range_end(&mut chars);
        match to {
            // A comma between members only separates them; first or last it is itself.
            None if from == ',' && !members.is_empty() && chars.peek().is_some() => {}
            None => members.push((from, from)),
            Some(to) if from <= to => members.push((from, to)),
            Some(to) => {
                return Err(format!(
                    "the range {from}-{to} in the bracket at character {position} runs backwards"
                ));
            }
        }
    }
    Ok(Some(Token::Set { none, members }))
}

/// Returns the end of a range, if a hyphen with something behind it is next.
fn range_end(chars: &mut Peekable<Chars<'_>>) -> Option<char> {
    let mut ahead = chars.clone();
    let end = (ahead.next() == Some('-')).then(|| ahead.next()).flatten()?;
    *chars = ahead;
    Some(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn like(text: &str, pattern: &str) -> bool {
        Pattern::new(pattern).expect("a good pattern").matches(text)
    }

    #[test]
    fn every_wildcard_takes_what_it_says() {
        let cases = [
            ("svc-backup@contoso.example", "svc*@*", true),
            ("ann.svc@contoso.example", "svc*@*", false),
            ("", "*", true),
            ("", "?", false),
            ("ab", "a?", true),
            ("a", "a?", false),
            ("room7", "room#", true),
            ("roomx", "room#", false),
            ("b", "[a-c,x]", true),
            ("x", "[a-c,x]", true),
            (",", "[a-c,x]", false),
            (",", "[,]", true),
            ("d", "[a-c,x]", false),
            ("d", "[!a-c]", true),
            ("", "[!a-c]", false),
            ("[x]", "[[]x]", true),
            ("a*b", "a[*]b", true),
            ("axb", "a[*]b", false),
            ("-", "[a-]", true),
            ("-", "[-a]", true),
            ("ab", "a[]b", true),
            ("!", "[!]", true),
            ("!", "!", true),
            ("abcabc", "*abc", true),
            ("abcab", "*abc", false),
        ];
        for (text, pattern, expected) in cases {
            assert_eq!(like(text, pattern), expected, "{text:?} Like {pattern:?}");
        }
    }

    #[test]
    fn case_never_matters() {
        assert!(like("ANN", "ann"));
        assert!(like("ørsted", "Ø*"));
        assert!(like("B", "[a-c]"));
        assert!(like("b", "[A-C]"));
        assert!(!like("B", "[!a-c]"));
    }

    #[test]
    fn a_pattern_describes_the_whole_text() {
        assert!(!like("scanner 1", "scanner"));
        assert!(!like("the scanner", "scanner*"));
    }

    #[test]
    fn a_bad_pattern_says_where_it_is_bad() {
        assert_eq!(Pattern::new("ab[c").expect_err("open"), "the bracket at character 3 is not closed");
        let error = Pattern::new("[x][z-a]").expect_err("backwards");
        assert_eq!(error, "the range z-a in the bracket at character 4 runs backwards");
    }

    #[test]
    fn many_runs_are_no_trouble() {
        let text = "a".repeat(5_000);
        assert!(!like(&text, &format!("{}b", "*a".repeat(30))));
        assert!(like(&text, &"*a".repeat(30)));
    }

    /// Matches a pattern as plainly as possible; slow.
    fn plain(tokens: &[Token], text: &[char]) -> bool {
        match (tokens, text) {
            ([], text) => text.is_empty(),
            ([Token::Run, rest @ ..], text) => (0..=text.len()).any(|from| plain(rest, &text[from..])),
            ([one, rest @ ..], [c, text @ ..]) => one.takes(*c) && plain(rest, text),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn the_quick_way_gives_the_same_answers_as_the_plain_one(pattern in "[ab?*#]{0,7}", text in "[ab1]{0,8}") {
            let pattern = Pattern::new(&pattern).expect("no brackets");
            prop_assert_eq!(pattern.matches(&text), plain(&pattern.0, &text.chars().collect::<Vec<_>>()));
        }

        #[test]
        fn any_text_in_brackets_matches_itself(text in "[a-z*?#\\[!@.-]{0,10}") {
            let pattern: String =
                text.chars().map(|c| if c == '!' { "!".to_owned() } else { format!("[{c}]") }).collect();
            prop_assert!(like(&text, &pattern));
            prop_assert!(like(&text.to_uppercase(), &pattern));
        }

        #[test]
        fn reading_a_pattern_never_panics(pattern in any::<String>(), text in any::<String>()) {
            if let Ok(pattern) = Pattern::new(&pattern) {
                pattern.matches(&text);
            }
        }
    }
}
