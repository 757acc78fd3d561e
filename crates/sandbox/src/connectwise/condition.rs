//! The language of conditions: names, operators, values, `and`, `or` and parentheses.
//!
//! Pure text to structure; which names exist is not its matter.

use jiff::Timestamp;

/// A condition over tests of some form.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr<T> {
    /// All hold.
    All(Vec<Expr<T>>),
    /// One holds.
    Any(Vec<Expr<T>>),
    /// One test.
    Test(T),
}

/// A test as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    /// What is tested, such as `company/id`.
    pub(super) name: String,
    /// How.
    pub(super) op: Op,
    /// Whether the outcome is turned around.
    pub(super) not: bool,
    /// Against what; one value, except for `in`.
    pub(super) values: Vec<Literal>,
}

/// An operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Like,
    In,
}

/// A value as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    /// `null`.
    Null,
    /// In quotes of either kind.
    Text(String),
    /// Bare.
    Number(f64),
    /// Bare.
    Bool(bool),
    /// In brackets.
    Date(Timestamp),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A name, a word or a number.
    Word(String),
    Sign(&'static str),
    Value(Literal),
}

const SIGNS: [&str; 9] = ["!=", "<=", ">=", "=", "<", ">", "(", ")", ","];
const OPS: [(&str, Op, bool); 6] = [
    ("=", Op::Equal, false),
    ("!=", Op::Equal, true),
    ("<", Op::Less, false),
    ("<=", Op::LessOrEqual, false),
    (">", Op::Greater, false),
    (">=", Op::GreaterOrEqual, false),
];
/// How deep parentheses may go.
const DEEPEST: usize = 50;

impl<T> Expr<T> {
    /// Is true if it holds, when `test` says so of each test.
    pub(super) fn holds(&self, test: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(test)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(test)),
            Self::Test(one) => test(one),
        }
    }

    /// Returns the same condition over other tests.
    pub(super) fn map<U, E>(self, change: &mut impl FnMut(T) -> Result<U, E>) -> Result<Expr<U>, E> {
        let mut all =
            |parts: Vec<Self>| parts.into_iter().map(|part| part.map(change)).collect::<Result<Vec<_>, E>>();
        Ok(match self {
            Self::All(parts) => Expr::All(all(parts)?),
            Self::Any(parts) => Expr::Any(all(parts)?),
            Self::Test(test) => Expr::Test(change(test)?),
        })
    }
}

/// Reads a condition.
///
/// # Errors
/// A sentence about what cannot be understood.
pub(super) fn parse(text: &str) -> Result<Expr<Test>, String> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, depth: 0 };
    let expr = parser.any()?;
    match parser.tokens {
        [] => Ok(expr),
        [token, ..] => Err(unexpected(Some(token))),
    }
}

fn unexpected(token: Option<&Token>) -> String {
    match token {
        None => "The condition ends too early.".to_owned(),
        Some(Token::Word(word)) => format!("Syntax error at {word}."),
        Some(Token::Sign(sign)) => format!("Syntax error at {sign}."),
        Some(Token::Value(_)) => "Syntax error at a value.".to_owned(),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '"' | '\'' => quoted(rest, first)?,
            '[' => dated(rest)?,
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => (Token::Sign(sign), &rest[sign.len()..]),
                None => word(rest)?,
            },
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// Returns a text; a backslash takes its quote, or another backslash, as it is (inferred).
fn quoted(text: &str, quote: char) -> Result<(Token, &str), String> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, one)) = chars.next() {
        match one {
            '\\' => match chars.next_if(|(_, next)| *next == quote || *next == '\\') {
                Some((_, escaped)) => value.push(escaped),
                None => value.push(one),
            },
            one if one == quote => {
                return Ok((Token::Value(Literal::Text(value)), &text[at + one.len_utf8()..]));
            }
            one => value.push(one),
        }
    }
    Err("A text does not end.".to_owned())
}

fn dated(text: &str) -> Result<(Token, &str), String> {
    let (inside, after) = text[1..].split_once(']').ok_or("A time does not end.")?;
    let date = date(inside).ok_or_else(|| format!("{inside} was not recognized as a valid DateTime."))?;
    Ok((Token::Value(Literal::Date(date)), after))
}

fn word(text: &str) -> Result<(Token, &str), String> {
    let part = |one: char| one.is_alphanumeric() || matches!(one, '_' | '/' | '.' | '-');
    let end = text.find(|one| !part(one)).unwrap_or(text.len());
    if end == 0 {
        return Err(format!("Syntax error at {}.", text.chars().next().unwrap_or_default()));
    }
    Ok((Token::Word(text[..end].to_owned()), &text[end..]))
}

/// Returns a point in time; without a zone it is UTC, a date alone is its midnight.
pub(super) fn date(text: &str) -> Option<Timestamp> {
    let civil =
        |text: &str| text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    text.parse().ok().or_else(|| civil(text).map(|zoned| zoned.timestamp()))
}

struct Parser<'a> {
    tokens: &'a [Token],
    depth: usize,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    /// Takes the next token where it is that word or sign.
    fn take(&mut self, wanted: &str) -> bool {
        let found = match self.tokens.first() {
            Some(Token::Word(word)) => word.eq_ignore_ascii_case(wanted),
            Some(Token::Sign(sign)) => *sign == wanted,
            _ => false,
        };
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        if self.take(wanted) { Ok(()) } else { Err(unexpected(self.tokens.first())) }
    }

    fn any(&mut self) -> Result<Expr<Test>, String> {
        let mut parts = vec![self.all()?];
        while self.take("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Any(parts) })
    }

    fn all(&mut self) -> Result<Expr<Test>, String> {
        let mut parts = vec![self.one()?];
        while self.take("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::All(parts) })
    }

    fn one(&mut self) -> Result<Expr<Test>, String> {
        if !self.take("(") {
            return self.test().map(Expr::Test);
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("The parentheses go too deep.".to_owned());
        }
        let inner = self.any()?;
        self.depth -= 1;
        self.expect(")").map(|()| inner)
    }

    fn test(&mut self) -> Result<Test, String> {
        let name = match self.next() {
            Some(Token::Word(word)) => word.clone(),
            other => return Err(unexpected(other)),
        };
        for (sign, op, not) in OPS {
            if self.take(sign) {
                return Ok(Test { name, op, not, values: vec![self.value()?] });
            }
        }
        let not = self.take("not");
        for (word, op) in [("contains", Op::Contains), ("like", Op::Like)] {
            if self.take(word) {
                return Ok(Test { name, op, not, values: vec![self.value()?] });
            }
        }
        self.expect("in")?;
        self.expect("(")?;
        let mut values = vec![self.value()?];
        while self.take(",") {
            values.push(self.value()?);
        }
        self.expect(")").map(|()| Test { name, op: Op::In, not, values })
    }

    fn value(&mut self) -> Result<Literal, String> {
        let token = self.next();
        match token {
            Some(Token::Value(value)) => Ok(value.clone()),
            Some(Token::Word(word)) => match word.to_ascii_lowercase().as_str() {
                "null" => Ok(Literal::Null),
                "true" => Ok(Literal::Bool(true)),
                "false" => Ok(Literal::Bool(false)),
                number => number.parse().map(Literal::Number).map_err(|_| unexpected(token)),
            },
            _ => Err(unexpected(token)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn test(name: &str, op: Op, not: bool, values: &[Literal]) -> Expr<Test> {
        Expr::Test(Test { name: name.to_owned(), op, not, values: values.to_vec() })
    }

    fn text(text: &str) -> Literal {
        Literal::Text(text.to_owned())
    }

    #[test]
    fn every_operator_is_read() {
        let time = Literal::Date("2016-08-20T18:04:26Z".parse().unwrap());
        for (written, expected) in [
            ("id = 250", test("id", Op::Equal, false, &[Literal::Number(250.0)])),
            ("company/id=250", test("company/id", Op::Equal, false, &[Literal::Number(250.0)])),
            ("name!='A b'", test("name", Op::Equal, true, &[text("A b")])),
            ("value !=null", test("value", Op::Equal, true, &[Literal::Null])),
            ("id<-1", test("id", Op::Less, false, &[Literal::Number(-1.0)])),
            ("id >= 1.5", test("id", Op::GreaterOrEqual, false, &[Literal::Number(1.5)])),
            ("closedFlag=False", test("closedFlag", Op::Equal, false, &[Literal::Bool(false)])),
            ("lastUpdated > [2016-08-20T18:04:26Z]", test("lastUpdated", Op::Greater, false, &[time])),
            ("name LIKE \"a*\"", test("name", Op::Like, false, &[text("a*")])),
            ("name not contains \"a\"", test("name", Op::Contains, true, &[text("a")])),
            ("id in (1, 2)", test("id", Op::In, false, &[Literal::Number(1.0), Literal::Number(2.0)])),
            ("status/id not in (3)", test("status/id", Op::In, true, &[Literal::Number(3.0)])),
            (r#"a="say \"hi\" \o/""#, test("a", Op::Equal, false, &[text(r#"say "hi" \o/"#)])),
        ] {
            assert_eq!(parse(written), Ok(expected), "{written}");
        }
    }

    #[test]
    fn and_binds_closer_than_or_and_parentheses_closer_still() {
        let one = |name: &str| test(name, Op::Equal, false, &[Literal::Number(1.0)]);
        assert_eq!(
            parse("a=1 or b=1 AND c=1"),
            Ok(Expr::Any(vec![one("a"), Expr::All(vec![one("b"), one("c")])]))
        );
        assert_eq!(
            parse("(a=1 or b=1) and c=1"),
            Ok(Expr::All(vec![Expr::Any(vec![one("a"), one("b")]), one("c")]))
        );
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for written in [
            "",
            "id",
            "id=",
            "id=1 and",
            "id=1 name=2",
            "id=x",
            "id is null",
            "(id=1",
            "id=1)",
            "id in 1",
            "id in ()",
            "name=\"x",
            "not (id=1)",
            "d>[yesterday]",
            "d>[2016",
            "a ~ 1",
            &"(".repeat(10_000),
        ] {
            assert!(parse(written).is_err(), "{written}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(written in "[a-c =<>!()\"'\\[\\],0-9]{0,20}|.{0,20}") {
            let _ = parse(&written);
        }

        #[test]
        fn a_quoted_text_means_itself(value in ".*") {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            let read = parse(&format!("a=\"{escaped}\""));
            prop_assert_eq!(read, Ok(test("a", Op::Equal, false, &[text(&value)])));
        }
    }
}
