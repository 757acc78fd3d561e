//! `$filter`: a small parser of expressions that knows the types of properties.

use jiff::Timestamp;

use super::Row;
use super::expression::{Comparison, Expr, FUNCTIONS, Kind, Operand, Property, evaluate, kind};

/// A parsed filter.
#[derive(Debug)]
pub(super) struct Filter(Expr);

/// Nesting beyond this is refused, so that no text can exhaust the stack.
const DEEPEST: usize = 60;

const COMPARISONS: [(&str, Comparison); 6] = [
    ("eq", Comparison::Eq),
    ("ne", Comparison::Ne),
    ("gt", Comparison::Gt),
    ("ge", Comparison::Ge),
    ("lt", Comparison::Lt),
    ("le", Comparison::Le),
];

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(f64),
    Date(Timestamp),
    Open,
    Close,
    Comma,
}

/// Parses an expression over `properties`.
///
/// # Errors
/// A sentence about what is wrong: syntax, an unknown name, types that do not fit.
pub(super) fn parse(text: &str, properties: &[Property]) -> Result<Filter, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, properties };
    let expr = parser.any()?;
    if let Some(token) = parser.tokens.get(parser.at) {
        return Err(format!("Syntax error at {token:?}."));
    }
    truth(&expr)?;
    Ok(Filter(expr))
}

impl Filter {
    /// Is true if the row passes.
    pub(super) fn accepts(&self, row: &Row) -> bool {
        evaluate(&self.0, row) == Operand::Bool(true)
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, used) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '\'' => quoted(rest)?,
            '-' | '0'..='9' => literal(rest)?,
            'a'..='z' | 'A'..='Z' | '_' => {
                let word = run(rest, |c| c.is_ascii_alphanumeric() || "_/.".contains(c));
                (Token::Word(word.to_owned()), word.len())
            }
            _ => return Err(format!("Syntax error: character '{first}' is not expected.")),
        };
        tokens.push(token);
        rest = rest.get(used..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

/// Reads text in quotes; a quote inside is doubled.
///
/// Returns the bytes used too.
fn quoted(rest: &str) -> Result<(Token, usize), String> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            text.push(c);
        } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
            text.push('\'');
        } else {
            return Ok((Token::Text(text), at + 1));
        }
    }
    Err("Syntax error: a text is not closed.".to_owned())
}

fn literal(rest: &str) -> Result<(Token, usize), String> {
    let text = run(rest, |c| c.is_ascii_alphanumeric() || "+-.:".contains(c));
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let number = numeric.then(|| text.parse().ok()).flatten().map(Token::Number);
    let token = number.or_else(|| text.parse().ok().map(Token::Date));
    token.map(|token| (token, text.len())).ok_or_else(|| format!("Syntax error at '{text}'."))
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    properties: &'a [Property],
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expr, String> {
        self.joined("or", Self::all, Expr::Any)
    }

    fn all(&mut self) -> Result<Expr, String> {
        self.joined("and", Self::not, Expr::All)
    }

    fn joined(
        &mut self,
        word: &str,
        part: fn(&mut Self) -> Result<Expr, String>,
        join: fn(Vec<Expr>) -> Expr,
    ) -> Result<Expr, String> {
        let first = part(self)?;
        if !self.next_is_word(word) {
            return Ok(first);
        }
        truth(&first)?;
        let mut parts = vec![first];
        while self.take_word(word) {
            let part = part(self)?;
            truth(&part)?;
            parts.push(part);
        }
        Ok(join(parts))
    }

    fn not(&mut self) -> Result<Expr, String> {
        if !self.take_word("not") {
            return self.comparison();
        }
        let inner = self.deeper(Self::not)?;
        truth(&inner)?;
        Ok(Expr::Not(Box::new(inner)))
    }

    fn comparison(&mut self) -> Result<Expr, String> {
        let left = self.operand()?;
        if self.take_word("in") {
            self.expect(&Token::Open)?;
            let list = self.arguments()?;
            for item in &list {
                comparable(&left, item, Comparison::Eq)?;
            }
            return Ok(Expr::In(Box::new(left), list));
        }
        let Some((_, comparison)) = COMPARISONS.iter().find(|(word, _)| self.take_word(word)) else {
            return Ok(left);
        };
        let right = self.operand()?;
        comparable(&left, &right, *comparison)?;
        Ok(Expr::Compare(*comparison, Box::new(left), Box::new(right)))
    }

    fn operand(&mut self) -> Result<Expr, String> {
        let token =
            self.tokens.get(self.at).cloned().ok_or("Syntax error: the expression ends too early.")?;
        self.at += 1;
        match token {
            Token::Text(text) => Ok(Expr::Constant(Operand::Text(text))),
            Token::Number(number) => Ok(Expr::Constant(Operand::Number(number))),
            Token::Date(date) => Ok(Expr::Constant(Operand::Date(date))),
            Token::Word(word) => self.named(&word),
            Token::Open => {
                let inner = self.deeper(Self::any)?;
                self.expect(&Token::Close)?;
                Ok(inner)
            }
            Token::Close | Token::Comma => Err(format!("Syntax error at {token:?}.")),
        }
    }

    fn named(&mut self, word: &str) -> Result<Expr, String> {
        match word {
            "null" => return Ok(Expr::Constant(Operand::Null)),
            "true" | "false" => return Ok(Expr::Constant(Operand::Bool(word == "true"))),
            _ => {}
        }
        if self.tokens.get(self.at) != Some(&Token::Open) {
            let found = self.properties.iter().find(|property| property.name == word);
            return found
                .map(|property| Expr::Property(*property))
                .ok_or_else(|| format!("Could not find a property named '{word}'."));
        }
        self.at += 1;
        let found = FUNCTIONS.iter().find(|(name, ..)| *name == word);
        let (_, function, count, _) = found.ok_or_else(|| format!("An unknown function '{word}'."))?;
        let arguments = self.deeper(Self::arguments)?;
        let texts = arguments.iter().all(|argument| kind(argument).is_none_or(|kind| kind == Kind::Text));
        if arguments.len() != *count || !texts {
            return Err(format!("The function '{word}' takes {count} text(s)."));
        }
        Ok(Expr::Call(*function, arguments))
    }

    /// Expressions up to a closing parenthesis; the opening one is used already.
    fn arguments(&mut self) -> Result<Vec<Expr>, String> {
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.operand()?);
            if self.tokens.get(self.at) != Some(&Token::Comma) {
                self.expect(&Token::Close)?;
                return Ok(arguments);
            }
            self.at += 1;
        }
    }

    fn deeper<T>(&mut self, part: fn(&mut Self) -> Result<T, String>) -> Result<T, String> {
        if self.depth == DEEPEST {
            return Err("The expression is nested too deeply.".to_owned());
        }
        self.depth += 1;
        let result = part(self);
        self.depth -= 1;
        result
    }

    fn next_is_word(&self, word: &str) -> bool {
        matches!(self.tokens.get(self.at), Some(Token::Word(next)) if next == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.next_is_word(word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        if self.tokens.get(self.at) != Some(token) {
            return Err(format!("Syntax error: {token:?} is expected."));
        }
        self.at += 1;
        Ok(())
    }
}

fn truth(expr: &Expr) -> Result<(), String> {
    match kind(expr) {
        None | Some(Kind::Bool) => Ok(()),
        Some(other) => Err(format!("The filter must be true or false; this gives {other:?}.")),
    }
}

fn comparable(left: &Expr, right: &Expr, comparison: Comparison) -> Result<(), String> {
    match (kind(left), kind(right)) {
        (Some(left), Some(right)) if left != right => {
            Err(format!("A comparison with incompatible types was found: {left:?} and {right:?}."))
        }
        (Some(Kind::Bool), Some(_)) if !matches!(comparison, Comparison::Eq | Comparison::Ne) => {
            Err("True and false have no order.".to_owned())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const PROPERTIES: &[Property] = &[
        Property { name: "name", kind: Kind::Text },
        Property { name: "title", kind: Kind::Text },
        Property { name: "key", kind: Kind::Number },
        Property { name: "gone", kind: Kind::Bool },
        Property { name: "at", kind: Kind::Date },
    ];

    fn row() -> Row {
        let row = json!({"name": "O'Brien", "key": 12, "gone": false, "at": "2025-01-02T03:04:05Z"});
        row.as_object().unwrap().clone()
    }

    #[test]
    fn expressions_mean_what_the_standard_says() {
        for (text, expected) in [
            ("name eq 'O''Brien'", true),
            ("name eq 'o''brien'", false),
            ("tolower(name) eq 'o''brien'", true),
            ("contains(tolower(name),'bri') and key gt 11.5", true),
            ("startswith(name,'O') and endswith(name, 'n')", true),
            ("key eq 1 or key eq 12 and gone eq false", true),
            ("(key eq 12 or key eq 1) and gone eq true", false),
            ("not (key eq 1)", true),
            ("not gone", true),
            ("gone", false),
            ("title eq null", true),
            ("title ne null", false),
            ("contains(title,'x')", false),
            ("not contains(title,'x')", false),
            ("contains(title,'x') or key eq 12", true),
            ("key in (1, 12)", true),
            ("at ge 2025-01-02T00:00:00Z and at lt 2025-01-03T00:00:00Z", true),
            ("-3 lt key", true),
        ] {
            assert_eq!(parse(text, PROPERTIES).unwrap().accepts(&row()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_an_expression_is_refused() {
        for text in [
            "",
            "name",
            "key eq",
            "key eq '12'",
            "name eq 12",
            "nothing eq 1",
            "name eq 'open",
            "key eq 12 12",
            "(key eq 12",
            "substringof('a',name)",
            "contains(name)",
            "contains(key,'1')",
            "name EQ 'x'",
            "gone gt true",
            "at eq '2025-01-02T03:04:05Z'",
            "key eq 12 and",
            "key = 12",
        ] {
            assert!(parse(text, PROPERTIES).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_is_refused_and_length_is_not() {
        assert!(parse(&format!("{}gone{}", "(".repeat(5000), ")".repeat(5000)), PROPERTIES).is_err());
        assert!(parse(&format!("{}gone", "not ".repeat(5000)), PROPERTIES).is_err());
        let long = vec!["key eq 1"; 5000].join(" or ");
        assert!(!parse(&long, PROPERTIES).unwrap().accepts(&row()));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            if let Ok(filter) = parse(&text, PROPERTIES) {
                filter.accepts(&row());
            }
        }

        #[test]
        fn no_sequence_of_its_own_words_makes_the_parser_panic(words in prop::collection::vec(
            prop::sample::select(vec![
                "name", "key", "gone", "title", "at", "eq", "ne", "gt", "and", "or", "not", "in", "(", ")", ",",
                "'a'", "''", "12", "-1", "null", "true", "contains(", "tolower(", "2025-01-02T03:04:05Z",
            ]), 0..24)) {
            if let Ok(filter) = parse(&words.join(" "), PROPERTIES) {
                filter.accepts(&row());
            }
        }
    }
}
