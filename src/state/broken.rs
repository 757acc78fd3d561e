//! Rows that cannot be read. Each is passed over by itself and remembered, so that it can be said.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Error, Params, Row};

use super::State;

/// What could not be read, in words, and whether it was said.
#[derive(Debug, Default)]
pub(super) struct Broken(Mutex<BTreeMap<String, bool>>);

impl Broken {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns in a few words each what could not be read and was passed over, everything once.
    pub fn broken(&self) -> Vec<String> {
        let mut all = self.broken.all();
        let new = all.iter_mut().filter(|(_, said)| !**said);
        new.map(|(what, said)| {
            *said = true;
            what.clone()
        })
        .collect()
    }

    /// Is true if a row was passed over that is about the run of this id.
    pub fn has_broken(&self, run: &str) -> bool {
        self.broken.all().keys().any(|what| what.contains(run))
    }

    /// Remembers that a row is passed over.
    pub(super) fn pass_over(&self, what: impl Into<String>) {
        self.broken.all().entry(what.into()).or_insert(false);
    }

    /// Reads rows; one that `parse` cannot read is passed over as what `name` says of it.
    pub(super) fn rows<T>(
        &self,
        db: &Connection,
        sql: &str,
        params: impl Params,
        name: impl Fn(&Row<'_>) -> String,
        mut parse: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut statement = db.prepare(sql)?;
        let mut rows = statement.query(params)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            match parse(row) {
                Ok(one) => found.push(one),
                Err(error) if is_of_a_row(&error) => self.pass_over(name(row)),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

/// Is true if an error is about the content of one row, and not about the database.
pub(super) fn is_of_a_row(error: &Error) -> bool {
    matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..)
            | Error::InvalidColumnType(..)
    )
}

/// Returns the text of a column, to name a row by.
pub(super) fn text(row: &Row<'_>, column: usize) -> String {
    match row
        .get_ref(column)
        .map(|value| value.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
    {
        Ok(Ok(text)) => text,
        _ => row.get::<_, i64>(column).map_or_else(|_| "?".to_owned(), |number| number.to_string()),
    }
}
