//! The keys that a service declares for its table, and the check of a table that is not read now.

use super::Table;
use crate::error::Result;

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
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) with the first value of another form.
    pub fn check(&mut self, keys: &[Key]) -> Result<()> {
        for (key, form) in keys {
            match form {
                Form::Text => self.text(key).map(drop)?,
                Form::Flag => self.flag(key).map(drop)?,
                Form::Number => self.number(key).map(drop)?,
                Form::Texts => self.texts(key).map(drop)?,
                Form::Duration => self.duration(key).map(drop)?,
            }
        }
        Ok(())
    }
}
