//! The text of a file, for messages that point at a line.

use std::fmt::Display;
use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use crate::error::{Error, Kind, Result};

/// The text of a file and its path.
#[derive(Debug)]
pub struct Source<'t> {
    path: &'t Path,
    text: &'t str,
}

impl<'t> Source<'t> {
    /// Takes `text` as that of the file at `path`.
    pub fn new(path: &'t Path, text: &'t str) -> Self {
        // A decisions file keeps its mark when something is added to it.
        Self { path, text: text.strip_prefix(crate::files::MARK).unwrap_or(text) }
    }

    /// Reads the whole document as values, without a check of any key.
    ///
    /// # Errors
    /// [`Kind::Config`] with the line that is not TOML.
    pub fn values(&'t self) -> Result<Vec<(String, DeValue<'t>)>> {
        let entries = self.parse()?.into_inner().into_iter();
        Ok(entries.map(|(key, value)| (key.into_inner().into_owned(), value.into_inner())).collect())
    }

    /// Reads the whole document.
    pub(super) fn parse(&'t self) -> Result<toml::Spanned<DeTable<'t>>> {
        DeTable::parse(self.text).map_err(|error| {
            let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
            self.error(&error.span().unwrap_or(0..0), message)
                .hint("see https://toml.io for how TOML is written")
        })
    }

    /// Returns an error at `span`: `path:line:column: message`.
    pub fn error(&self, span: &Range<usize>, message: impl Display) -> Error {
        let before = self.before(span);
        let line = self.line(span);
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let place = format!("{}:{line}:{column}", self.path.display());
        Error::new(Kind::Config, format!("{place}: {message}")).at(place)
    }

    /// Returns the line that `span` begins on, from 1.
    pub fn line(&self, span: &Range<usize>) -> usize {
        self.before(span).matches('\n').count() + 1
    }

    /// Returns the file's path.
    pub(super) fn path(&self) -> &'t Path {
        self.path
    }

    fn before(&self, span: &Range<usize>) -> &'t str {
        self.text.get(..span.start.min(self.text.len())).unwrap_or(self.text)
    }
}

/// Returns the name of a file without its folder.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
