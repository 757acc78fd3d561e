//! The values of one record's fields, kept in little room: a run holds millions of them.

use std::fmt;

use super::Field;
use crate::secret::Secret;

/// What is known of a field: nothing, that it is blank, or its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// The side does not have the field, or it was not read.
    Absent,
    /// Read, and blank.
    Empty,
    /// Read, and this.
    Text(&'a str),
    /// Read, and not blank, but never to be shown: [`Fields::secret`] has it.
    Hidden,
}

/// The fields of one record. A field that is not among them was not read; an empty text was read and is blank.
///
/// Fields whose value must never be shown stand apart from the others: nothing that looks at fields in general
/// meets them, and their `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Fields {
    plain: Texts,
    secrets: Box<[(Field, Secret)]>,
}

impl Fields {
    /// No field read.
    pub fn new() -> Self {
        Self::default()
    }

    /// No field read, with room for texts of so many bytes in all: where their number is known before, memory is taken
    /// once.
    pub fn with_room<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let bytes = texts.into_iter().map(|text| 1 + parts(text.len()) + text.len()).sum();
        Self { plain: Texts(String::with_capacity(bytes)), secrets: Box::default() }
    }

    /// Records that `field` was read as `text`, if it says something: see [`Field::read`]. Matching, comparing
    /// and writing thus all see the same value.
    pub fn set(&mut self, field: Field, text: impl AsRef<str>) {
        let text = text.as_ref();
        if field.is_secret() {
            let others = std::mem::take(&mut self.secrets).into_vec().into_iter();
            let own = (field, Secret::new(text.trim()));
            self.secrets = others.filter(|(other, _)| *other != field).chain([own]).collect();
        } else {
            self.plain.put(field, &field.read(text));
        }
    }

    /// Records that `field` was read, blank where the service sent null.
    pub fn set_or_empty(&mut self, field: Field, text: Option<&str>) {
        self.set(field, text.unwrap_or_default());
    }

    /// The same, as a builder.
    #[must_use]
    pub fn with(mut self, field: Field, text: impl AsRef<str>) -> Self {
        self.set(field, text);
        self
    }

    /// What is known of `field`.
    pub fn get(&self, field: Field) -> Value<'_> {
        if let Some(secret) = self.secret(field) {
            return if secret.expose().is_empty() { Value::Empty } else { Value::Hidden };
        }
        match self.plain.get(field) {
            None => Value::Absent,
            Some("") => Value::Empty,
            Some(text) => Value::Text(text),
        }
    }

    /// The text of `field`, if it was read, is not blank, and may be seen.
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.get(field) {
            Value::Text(text) => Some(text),
            Value::Absent | Value::Empty | Value::Hidden => None,
        }
    }

    /// The value of a field that must never be shown, if it was read; blank where it is blank.
    pub fn secret(&self, field: Field) -> Option<&Secret> {
        self.secrets.iter().find(|(own, _)| *own == field).map(|(_, secret)| secret)
    }

    /// All fields that were read and may be seen, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        self.plain.iter()
    }

    /// All fields that were read, the secret ones as they are: for the one place that sends them, or makes sure
    /// that they are not told.
    pub fn exposed(&self) -> impl Iterator<Item = (Field, &str)> {
        self.iter().chain(self.secrets.iter().map(|(field, secret)| (*field, secret.expose())))
    }

    /// The value of `field`, if it was read, secret or not: for the same places.
    pub fn expose(&self, field: Field) -> Option<&str> {
        self.secret(field).map(Secret::expose).or_else(|| self.plain.get(field))
    }

    /// Those of the fields that `keep` accepts.
    #[must_use]
    pub fn only(self, keep: impl Fn(Field) -> bool) -> Self {
        let mut plain = Texts::default();
        self.plain.iter().filter(|(field, _)| keep(*field)).for_each(|(field, text)| plain.put(field, text));
        let secrets = self.secrets.into_vec().into_iter().filter(|(field, _)| keep(*field)).collect();
        Self { plain, secrets }
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets = self.secrets.iter().map(|(field, secret)| (field, secret));
        f.debug_map().entries(self.iter()).entries(secrets).finish()
    }
}

/// Sets them one after the other, which takes least where they are in the order of fields.
impl<'t> Extend<(Field, &'t str)> for Fields {
    fn extend<I: IntoIterator<Item = (Field, &'t str)>>(&mut self, pairs: I) {
        let mut last = self.plain.last();
        for (field, text) in pairs {
            if field.is_secret() || last.is_some_and(|last| field.place() <= last) {
                self.set(field, text);
                last = self.plain.last();
            } else {
                self.plain.append(field, &field.read(text));
                last = Some(field.place());
            }
        }
    }
}

impl FromIterator<(Field, String)> for Fields {
    fn from_iter<T: IntoIterator<Item = (Field, String)>>(pairs: T) -> Self {
        let pairs: Vec<(Field, String)> = pairs.into_iter().collect();
        let mut fields = Self::new();
        fields.extend(pairs.iter().map(|(field, text)| (*field, text.as_str())));
        fields
    }
}

/// Memory is taken in pieces of so many bytes, so that a record does not take some anew for each of its fields.
const PIECE: usize = 32;

/// Bits of a length that one character holds; the next bit says that another one follows.
const BITS: u32 = 6;
const MORE: u8 = 1 << BITS;

/// The texts of fields one behind the other, in the order of the fields. Before each text stand two or more characters:
/// the place of its field, and how many bytes it has.
#[derive(Clone, PartialEq, Eq, Default)]
struct Texts(String);

/// Where a field's text is, and what is before it.
#[derive(Clone, Copy)]
struct Entry {
    place: u8,
    /// The entry begins here, its text there, and so does the next entry.
    start: usize,
    text: usize,
    end: usize,
}

impl Texts {
    /// Returns the entry that begins at `start`.
    #[inline]
    fn entry(&self, start: usize) -> Option<Entry> {
        let bytes = self.0.as_bytes();
        let [place, length, ..] = *bytes.get(start..)? else { return None };
        if length < MORE {
            // Nearly every text is that short.
            let text = start + 2;
            return Some(Entry { place, start, text, end: text + usize::from(length) });
        }
        self.long_entry(place, start)
    }

    fn long_entry(&self, place: u8, start: usize) -> Option<Entry> {
        let bytes = self.0.as_bytes();
        let (mut length, mut text) = (0, start + 1);
        loop {
            let part = *bytes.get(text)?;
            length = length << BITS | usize::from(part & (MORE - 1));
            text += 1;
            if part < MORE {
                return Some(Entry { place, start, text, end: text + length });
            }
        }
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        std::iter::successors(self.entry(0), |before| self.entry(before.end))
    }

    fn get(&self, field: Field) -> Option<&str> {
        let place = field.place();
        let found = self.entries().find(|entry| entry.place >= place)?;
        if found.place == place { self.0.get(found.text..found.end) } else { None }
    }

    fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        self.entries().filter_map(|entry| Some((Field::at(entry.place)?, self.0.get(entry.text..entry.end)?)))
    }

    /// Returns the place of the last field.
    fn last(&self) -> Option<u8> {
        self.entries().last().map(|entry| entry.place)
    }

    /// Makes room for this text, if there is none: exactly as much as was asked for is enough for a record that is read.
    fn make_room(&mut self, text: &str) {
        let needed = self.0.len() + 1 + parts(text.len()) + text.len();
        if needed > self.0.capacity() {
            self.0.reserve_exact(needed.next_multiple_of(PIECE) - self.0.len());
        }
    }

    /// Puts the text of a field behind all others.
    fn append(&mut self, field: Field, text: &str) {
        self.make_room(text);
        head(&mut self.0, field.place(), text.len());
        self.0.push_str(text);
    }

    fn put(&mut self, field: Field, text: &str) {
        let place = field.place();
        let Some(at) = self.entries().find(|entry| entry.place >= place) else {
            return self.append(field, text);
        };
        self.make_room(text);
        let mut own = String::with_capacity(text.len() + 4);
        head(&mut own, place, text.len());
        own.push_str(text);
        let end = if at.place == place { at.end } else { at.start };
        self.0.replace_range(at.start..end, &own);
    }
}

/// Returns how many characters tell a length.
fn parts(length: usize) -> usize {
    usize::try_from((usize::BITS - length.leading_zeros()).div_ceil(BITS).max(1)).unwrap_or(1)
}

/// Writes what is before a text of so many bytes.
fn head(texts: &mut String, place: u8, length: usize) {
    texts.push(char::from(place));
    for part in (0..parts(length)).rev() {
        let more = if part > 0 { MORE } else { 0 };
        // What is left of these bits is less than `MORE`.
        let own = u8::try_from(length >> (part * BITS as usize) & usize::from(MORE - 1)).unwrap_or_default();
        texts.push(char::from(more | own));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::model::{Detail, Udf};

    #[test]
    fn absent_empty_and_text_stay_apart() {
        let mut fields = Fields::new().with(Field::Title, "  ").with(Field::City, " Oslo ");
        fields.set_or_empty(Field::State, None);
        assert_eq!(fields.get(Field::Phone), Value::Absent);
        assert_eq!(fields.get(Field::Title), Value::Empty);
        assert_eq!(fields.get(Field::State), Value::Empty);
        assert_eq!(fields.get(Field::City), Value::Text("Oslo"));
    }

    #[test]
    fn a_text_that_says_nothing_is_blank() {
        let fields = Fields::new()
            .with(Field::Title, ".")
            .with(Field::LastName, "-")
            .with(Field::Phone, "N/A")
            .with(Field::Mobile, "call 4")
            .with(Field::City, "N/A")
            .with(Field::Email, "?");
        assert_eq!(
            [Field::Title, Field::LastName, Field::Phone, Field::Email].map(|field| fields.get(field)),
            [Value::Empty; 4]
        );
        assert_eq!((fields.text(Field::Mobile), fields.text(Field::City)), (Some("call 4"), Some("N/A")));
        assert_eq!(Fields::new().with(Field::Detail(Detail::Products), "-").iter().count(), 1);
    }

    #[test]
    fn what_cannot_be_seen_is_not_kept() {
        let fields = Fields::new()
            .with(Field::FirstName, "Mary\u{a0}Ann\u{200b}")
            .with(Field::Udf(Udf::Office365Id), "\u{feff}8f2c ");
        assert_eq!(fields.text(Field::FirstName), Some("Mary Ann"));
        assert_eq!(fields.text(Field::Udf(Udf::Office365Id)), Some("8f2c"));
    }

    #[test]
    fn a_secret_is_met_only_by_who_asks_for_it() {
        let pin = Field::Udf(Udf::SupportPin);
        let fields = Fields::new().with(pin, " 4821 ").with(Field::City, "Oslo");
        assert_eq!((fields.get(pin), fields.text(pin)), (Value::Hidden, None));
        assert_eq!(fields.iter().collect::<Vec<_>>(), [(Field::City, "Oslo")]);
        assert!(!format!("{fields:?}").contains("4821"));
        assert_eq!(fields.secret(pin).map(Secret::expose), Some("4821"));
        assert_eq!(fields.exposed().count(), 2);
        assert_eq!(fields.clone().only(|field| field == pin).exposed().collect::<Vec<_>>(), [(pin, "4821")]);
        assert_eq!(Fields::new().with(pin, " ").get(pin), Value::Empty);
        assert_eq!(Fields::new().get(pin), Value::Absent);
    }

    proptest! {
        #[test]
        fn fields_hold_what_was_set_last_in_the_order_of_fields(
            set in prop::collection::vec((select(Field::PERSONAL.to_vec()), "[a-zé]{0,9}|x{60,70}|y{4000,4200}"), 0..20),
        ) {
            let fields: Fields = set.iter().cloned().collect();
            let meant: BTreeMap<Field, String> =
                set.into_iter().map(|(field, text)| (field, field.read(&text).into_owned())).collect();
            let held: Vec<(Field, String)> = fields.iter().map(|(field, text)| (field, text.to_owned())).collect();
            prop_assert_eq!(&held, &meant.clone().into_iter().collect::<Vec<_>>());
            for field in Field::PERSONAL {
                prop_assert_eq!(fields.expose(field), meant.get(&field).map(String::as_str));
            }
            // However it came to be, the same is the same.
            prop_assert_eq!(meant.into_iter().rev().collect::<Fields>(), fields);
        }
    }
}
