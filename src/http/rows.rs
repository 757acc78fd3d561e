//! A list in an answer, row by row: what becomes of a row is kept, the service's form of it is not.
//!
//! A page of typed rows takes several times the room of its text, and for each thread that reads one.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

/// Reads an object whose member `list` is a list, gives each of its rows to `take`, and returns the members beside it.
pub(super) fn read<'b, T: Deserialize<'b>, R: DeserializeOwned>(
    json: &'b [u8],
    list: &'static str,
    take: impl FnMut(T),
) -> serde_json::Result<R> {
    let mut from = serde_json::Deserializer::from_slice(json);
    let rest = (&mut from).deserialize_map(Object { list, take, row: PhantomData })?;
    from.end()?;
    R::deserialize(Value::Object(rest))
}

struct Object<T, F> {
    list: &'static str,
    take: F,
    row: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Object<T, F> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with a list of rows")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Self::Value, A::Error> {
        let (mut rest, mut is_read) = (Map::new(), false);
        while let Some(name) = members.next_key::<String>()? {
            if name == self.list {
                if std::mem::replace(&mut is_read, true) {
                    return Err(A::Error::duplicate_field(self.list));
                }
                members.next_value_seed(List { take: &mut self.take, row: self.row })?;
            } else if rest.insert(name, members.next_value()?).is_some() {
                return Err(A::Error::custom("a member of the answer is there twice"));
            }
        }
        if is_read { Ok(rest) } else { Err(A::Error::missing_field(self.list)) }
    }
}

struct List<'f, T, F> {
    take: &'f mut F,
    row: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> DeserializeSeed<'de> for List<'_, T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for List<'_, T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element()? {
            (self.take)(row);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Rest {
        next: Option<String>,
    }

    fn read(json: &str) -> Result<(Vec<i64>, Rest), String> {
        let mut rows = Vec::new();
        let rest = super::read(json.as_bytes(), "value", |row| rows.push(row));
        rest.map(|rest| (rows, rest)).map_err(|error| error.to_string())
    }

    #[test]
    fn every_row_is_given_in_turn_wherever_the_list_is_in_the_answer() {
        let whole = |next: Option<&str>| Ok((vec![1, 2], Rest { next: next.map(ToOwned::to_owned) }));
        assert_eq!(read(r#"{"value":[1,2]}"#), whole(None));
        assert_eq!(read(r#"{"next":null,"value":[1,2],"other":{"value":[3]}}"#), whole(None));
        assert_eq!(read(r#"{"a":"b","value":[1,2],"next":"x\n"} "#), whole(Some("x\n")));
        assert_eq!(read(r#"{"value":[]}"#), Ok((Vec::new(), Rest { next: None })));
    }

    #[test]
    fn an_answer_that_is_no_such_list_is_refused() {
        for (json, says) in [
            ("{}", "missing field `value`"),
            (r#"{"value":null}"#, "invalid type: null, expected a sequence"),
            (r#"{"value":[1],"value":[2]}"#, "duplicate field `value`"),
            (r#"{"next":"x","value":[1],"next":null}"#, "there twice"),
            (r#"{"value":[1,"2"]}"#, "invalid type: string"),
            (r#"{"value":[1],"next":7}"#, "invalid type: integer"),
            (r#"{"value":[1"#, "EOF"),
            (r#"{"value":[1]} x"#, "trailing characters"),
            ("[1]", "expected an object"),
            ("", "EOF"),
        ] {
            let error = read(json).expect_err(json);
            assert!(error.contains(says), "{json}: {error}");
        }
    }
}
