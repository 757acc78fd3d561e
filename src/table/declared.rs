//! The keys that a service declares for its table, and the check of a table that is not read now.

use super::Table;

/// A key of a table, with the form of its value.
pub type Key = (&'static str, Form);

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
