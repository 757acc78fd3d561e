//! The keys that a service declares for its table, and the check of a table that is not read now.

use super::Table;

/// A key of a table, with the form of its value.
pub type Key = (&'static str, Form);

/// What a person is asked where a table is written for the first time: the key of a text, and what helps to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The key.
    pub key: &'static str,
    /// The question, without a mark at its end.
    pub question: &'static str,
    /// An answer as it may look; blank where the usual ones say enough.
    pub example: &'static str,
    /// The usual answers: what a person chooses, and the value.
    pub usual: &'static [(&'static str, &'static str)],
    /// What is asked in the place of the key where none of the usual answers fits: keys with their questions.
    pub other: &'static [(&'static str, &'static str)],
    /// Whether the answer is a GUID.
    pub is_guid: bool,
}

impl Ask {
    /// Asks for a text.
    pub const fn text(key: &'static str, question: &'static str, example: &'static str) -> Self {
        Self { key, question, example, usual: &[], other: &[], is_guid: false }
    }

    /// Asks for a GUID.
    pub const fn guid(key: &'static str, question: &'static str, example: &'static str) -> Self {
        Self { is_guid: true, ..Self::text(key, question, example) }
    }
}

/// The form of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// A list of texts.
    Texts,
    /// A span of time.
    Duration,
}

/// How a reader asked for a key: what its value may look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// In a form that the reader decides on by itself.
    Any,
    /// In this form.
    Value(Form),
    /// As one of these words.
    Words(Vec<String>),
    /// As a table.
    Table,
    /// As a list of tables.
    Tables,
}

/// A key that a reader asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedKey {
    /// How its value was taken.
    pub taken: Taken,
    /// Whether it must be there.
    pub required: bool,
}

impl Table<'_> {
    /// Takes all of `keys`, each in the form that is declared, and keeps none of the values.
    pub fn check(&mut self, keys: &[Key]) {
        for (key, form) in keys {
            match form {
                Form::Text => drop(self.text(key)),
                Form::Flag => drop(self.flag(key)),
                Form::Number => drop(self.number(key)),
                Form::Texts => drop(self.texts(key)),
                Form::Duration => drop(self.duration(key)),
            }
        }
    }
}
