//! The requests of `self-service`: from flags, or from a file with one JSON object a line. All of them are
//! understood before any is looked at further.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::model::Field;
use crate::plan::Request;

/// How a line looks.
const FORM: &str = r#"a line is {"id": "4711", "user": "ann@contoso.example", "set": {"mobile": "+1 555 0100", "title": null}}"#;

/// Reads `mobile=+1 555 0100`. The error does not repeat the text, which may be a person's number.
fn setting(text: &str) -> Result<(Field, String), String> {
    let (name, text) = text.split_once('=').ok_or("--set takes a field and its text")?;
    Ok((field(name)?, value(name, text)?))
}

/// Returns the request that flags make.
///
/// # Errors
/// `Kind::Usage` for a field that is not known or set twice, or a blank user.
pub(super) fn typed(user: &str, set: &[String], id: Option<&str>) -> Result<Request> {
    let wrong = |why: String| Error::new(Kind::Usage, why);
    let mut fields = BTreeMap::new();
    for text in set {
        let (field, text) = setting(text)
            .map_err(|why| wrong(why).hint("write FIELD=TEXT, such as mobile=\"+1 555 0100\""))?;
        if fields.insert(field, text).is_some() {
            return Err(wrong(format!("--set names {field} twice")).hint("leave one of them out"));
        }
    }
    if user.trim().is_empty() {
        return Err(wrong("--user is blank".to_owned()).hint("--user ann@contoso.example"));
    }
    if id.is_some_and(|id| id.trim().is_empty()) {
        return Err(wrong("--id is blank".to_owned()).hint("leave it out, or give the request a name"));
    }
    let id = id.map(|id| id.trim().to_owned());
    Ok(Request { id, user: user.trim().to_owned(), set: fields, place: None })
}

/// Returns the requests of `text`, which is called `name`. Blank lines mean nothing.
///
/// # Errors
/// `Kind::Usage` for the first line that is not understood, with its number.
pub(super) fn lines(name: &str, text: &str) -> Result<Vec<Request>> {
    let mut requests: Vec<Request> = Vec::new();
    let mut wrong: Vec<(String, String)> = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = format!("{name}:{}", number + 1);
        // Editors of some systems mark the beginning of a file.
        let request = request(line.trim_start_matches('\u{feff}'), &place).and_then(|request| {
            let twin = requests.iter().find(|other| request.id.is_some() && other.id == request.id);
            match twin.filter(|twin| twin.digest() != request.digest()) {
                Some(twin) => Err(format!(
                    "its id is used in {} for something else",
                    twin.place.as_deref().unwrap_or_default()
                )),
                None => Ok(request),
            }
        });
        match request {
            Ok(request) => requests.push(request),
            Err(why) => wrong.push((place, why)),
        }
    }
    match &wrong[..] {
        [] => Ok(requests),
        [(place, why), others @ ..] => {
            let others = match others.len() {
                0 => String::new(),
                1 => "; 1 further line is not understood either".to_owned(),
                more => format!("; {more} further lines are not understood either"),
            };
            Err(Error::new(Kind::Usage, format!("{place}: {why}")).hint(format!("{FORM}{others}")))
        }
    }
}

/// Holds an object's keys and values in their order, with those that are repeated.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(Reader)
    }
}

/// A line, taken apart twice: `set` would lose what it names twice otherwise.
#[derive(serde::Deserialize)]
struct Twice {
    set: Option<Box<serde_json::value::RawValue>>,
}

fn request(line: &str, place: &str) -> Result<Request, String> {
    let pairs = pairs(line, "the line")?;
    let (mut id, mut user, mut has_set) = (None, None, false);
    for (key, value) in pairs {
        match (key.as_str(), value) {
            ("id", Value::Null) => {}
            ("id", Value::String(text)) if !text.trim().is_empty() => id = Some(text.trim().to_owned()),
            ("id", Value::Number(number)) if number.is_i64() || number.is_u64() => {
                id = Some(number.to_string());
            }
            ("id", _) => return Err("`id` is no text and no whole number".to_owned()),
            ("user", Value::String(text)) if !text.trim().is_empty() => user = Some(text.trim().to_owned()),
            ("user", _) => return Err("`user` is no address, user name or id".to_owned()),
            ("set", _) => has_set = true,
            (other, _) => return Err(format!("{other:?} is no key; its keys are id, user and set")),
        }
    }
    let user = user.ok_or("`user` is missing")?;
    if !has_set {
        return Err("`set` is missing".to_owned());
    }
    // It was read once, so it is JSON.
    let twice: Twice = serde_json::from_str(line).map_err(|_| "is no JSON".to_owned())?;
    let set = twice.set.ok_or("`set` is no object")?;
    let mut fields = BTreeMap::new();
    for (name, value) in self::pairs(set.get(), "`set`")? {
        let field = field(&name)?;
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => self::value(&name, &text)?,
            _ => return Err(format!("{name} is no text: put it in quotes, or write null to make it blank")),
        };
        fields.insert(field, text);
    }
    if fields.is_empty() {
        return Err("`set` names no field".to_owned());
    }
    Ok(Request { id, user, set: fields, place: Some(place.to_owned()) })
}

/// Returns the pairs of an object, no key twice.
fn pairs(text: &str, what: &str) -> Result<Vec<(String, Value)>, String> {
    let Pairs(pairs) = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => format!("{what} is no object"),
        _ => format!("{what} is no JSON at character {}", error.column()),
    })?;
    let mut keys: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|two| two[0] == two[1]) {
        Some(two) => Err(format!("{what} names {:?} twice", two[0])),
        None => Ok(pairs),
    }
}

fn field(name: &str) -> Result<Field, String> {
    let found = Field::PERSONAL.into_iter().find(|field| field.name() == name);
    found.ok_or_else(|| {
        let names = Field::PERSONAL.map(Field::name).join(", ");
        // What is no word may be the text, in the wrong place.
        let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || "-_".contains(c));
        let what = if is_word { format!("{name:?}") } else { "what is named".to_owned() };
        format!("{what} is no field; fields are {names}")
    })
}

/// Returns the text of a field without the white space around it.
fn value(name: &str, text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(format!("{name} holds a control character, such as a line break"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> String {
        lines("r.jsonl", text).expect_err("not understood").message().to_owned()
    }

    #[test]
    fn a_line_is_a_request_and_null_makes_blank() {
        let text = "\u{feff}{\"id\":\"a\",\"user\":\" ann@contoso.example \",\"set\":{\"mobile\":\" +1 555 0100\",\"title\":null}}\n\n\
                    {\"id\":17,\"user\":\"bo\",\"set\":{\"phone\":\"\"}}\r\n";
        let found = lines("r.jsonl", text).expect("understood");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].user, "ann@contoso.example");
        assert_eq!(found[0].set[&Field::Mobile], "+1 555 0100");
        assert_eq!(found[0].set[&Field::Title], "");
        assert_eq!(found[1].id.as_deref(), Some("17"));
        assert_eq!(found[1].place.as_deref(), Some("r.jsonl:3"));
    }

    #[test]
    fn a_line_that_is_not_understood_says_where_and_why() {
        let good = r#"{"id":"a","user":"ann","set":{"title":"Head"}}"#;
        for (line, words) in [
            ("{", "the line is no JSON at character 1"),
            (r#"{"user":"ann","set":{"title":"x"}} x"#, "the line is no JSON at character 36"),
            ("[]", "the line is no object"),
            (r#"{"set":{"title":"x"}}"#, "`user` is missing"),
            (r#"{"user":7,"set":{"title":"x"}}"#, "`user` is no address"),
            (r#"{"user":"ann"}"#, "`set` is missing"),
            (r#"{"user":"ann","set":null}"#, "`set` is no object"),
            (r#"{"user":"ann","set":["title"]}"#, "`set` is no object"),
            (r#"{"user":"ann","set":{}}"#, "`set` names no field"),
            (r#"{"user":"ann","set":{"shoe":"42"}}"#, "\"shoe\" is no field; fields are first-name"),
            (r#"{"user":"ann","set":{"mobile":15550100}}"#, "mobile is no text: put it in quotes"),
            (r#"{"user":"ann","set":{"title":"a\nb"}}"#, "title holds a control character"),
            (r#"{"user":"ann","set":{"title":"a","title":"b"}}"#, "`set` names \"title\" twice"),
            (r#"{"user":"ann","user":"bo","set":{"title":"a"}}"#, "the line names \"user\" twice"),
            (r#"{"user":"ann","sets":{"title":"a"}}"#, "\"sets\" is no key"),
            (r#"{"id":1.5,"user":"ann","set":{"title":"a"}}"#, "`id` is no text"),
            (r#"{"id":"a","user":"bo","set":{"title":"Head"}}"#, "its id is used in r.jsonl:1 for something"),
        ] {
            let message = why(&format!("{good}\n{line}\n"));
            assert!(message.starts_with(&format!("r.jsonl:2: {words}")), "{message}");
        }
    }

    #[test]
    fn the_same_request_may_come_twice_and_further_bad_lines_are_counted() {
        let good = r#"{"id":"a","user":"ann","set":{"title":"Head"}}"#;
        assert_eq!(lines("r", &format!("{good}\n{good}")).expect("understood").len(), 2);
        let error = lines("r", &format!("x\n{good}\ny\nz")).expect_err("not understood");
        let hint = error.next_step().expect("a hint");
        assert!(hint.ends_with("; 2 further lines are not understood either"), "{hint}");
    }

    #[test]
    fn a_flag_names_a_field_and_its_text() {
        assert_eq!(setting("mobile=+1 555=0100"), Ok((Field::Mobile, "+1 555=0100".to_owned())));
        assert_eq!(setting("title="), Ok((Field::Title, String::new())));
        assert!(setting("title").is_err() && setting("Title=x").is_err());
        let typed = |user: &str, set: &[&str]| {
            let set: Vec<String> = set.iter().map(|text| (*text).to_owned()).collect();
            typed(user, &set, None)
        };
        assert!(typed("ann", &["title=a", "title=b"]).is_err() && typed(" ", &["title=a"]).is_err());
    }
}
