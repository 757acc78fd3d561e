//! A table on its way to be read.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::source::Rank;
use super::{AskedKey, Form, Located, Source, Taken, at_home, file_name, integer, nearest};
use crate::error::{Error, Result};
use crate::secret::Around;
use crate::text::span;

/// A table on its way to be read: its readers take the keys out one by one.
///
/// A value of another form is kept as a mistake, and is as good as missing: every mistake of a file is told at once, by
/// [`Source::read`], the only way to a table.
#[derive(Debug)]
pub struct Table<'t> {
    source: &'t Source<'t>,
    name: String,
    /// The bytes of the file that hold it.
    pub span: Range<usize>,
    entries: BTreeMap<String, (Range<usize>, Located<DeValue<'t>>)>,
    asked: Vec<(String, AskedKey)>,
    /// Whether messages show none of its values.
    conceals: Cell<bool>,
}

impl<'t> Source<'t> {
    /// Reads the whole document with `read`, which keeps mistakes and goes on where it can.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) with every mistake that was kept, and that which `read` ended with.
    pub fn read<T>(&'t self, read: impl FnOnce(&mut Table<'t>) -> Result<T>) -> Result<T> {
        let table = self.parse()?;
        let span = table.span();
        let mut table = Table::new(self, Table::FILE.to_owned(), span, table.into_inner());
        let (read, last) = match read(&mut table) {
            Ok(read) => (Some(read), None),
            Err(error) => (None, Some(error)),
        };
        match (Error::all(self.mistakes(last)), read) {
            (None, Some(read)) => Ok(read),
            (error, _) => Err(error.unwrap_or_else(Source::consequence)),
        }
    }
}

impl<'t> Table<'t> {
    /// How messages name the table that is the whole file.
    pub(super) const FILE: &'static str = "the file";

    pub(super) fn new(source: &'t Source<'t>, name: String, span: Range<usize>, table: DeTable<'t>) -> Self {
        let entries = table
            .into_iter()
            .map(|(key, value)| {
                let (key_span, value_span) = (key.span(), value.span());
                let value = Located { value: value.into_inner(), span: value_span };
                (key.into_inner().into_owned(), (key_span, value))
            })
            .collect();
        Self { source, name, span, entries, asked: Vec::new(), conceals: Cell::new(false) }
    }

    /// Returns how messages name the table: `[sync]`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lets messages show none of its values from now on: a secret may have been put into the place of any of them.
    pub(super) fn conceal(&self) {
        self.conceals.set(true);
    }

    /// Returns a table in this one, which conceals its values where this one does.
    fn inner(&self, name: String, span: Range<usize>, table: DeTable<'t>) -> Self {
        Self { conceals: self.conceals.clone(), ..Self::new(self.source, name, span, table) }
    }

    /// Returns the name of its file without the folder, and the line that `span` begins on, from 1.
    pub fn place_of(&self, span: &Range<usize>) -> (String, usize) {
        (file_name(self.source.path()), self.source.line(span))
    }

    /// Takes the value under `key`, of any form.
    pub fn any(&mut self, key: &str) -> Option<Located<DeValue<'t>>> {
        self.asked.push((key.to_owned(), AskedKey { taken: Taken::Any, required: false }));
        self.entries.remove(key).map(|(_, value)| value)
    }

    /// Notes how the value of a key was taken that was asked for just now.
    fn taken(&mut self, key: &str, taken: Taken) {
        if let Some((_, asked)) = self.asked.iter_mut().rev().find(|(name, _)| name == key) {
            asked.taken = taken;
        }
    }

    /// Notes that a key must be there that was asked for just now.
    fn required(&mut self, key: &str) {
        if let Some((_, asked)) = self.asked.iter_mut().rev().find(|(name, _)| name == key) {
            asked.required = true;
        }
    }

    /// Takes out what is under `key` without reading it; it is no key of the table.
    pub fn leave(&mut self, key: &str) {
        self.entries.remove(key);
    }

    /// Returns where `key` is, without asking for it.
    pub fn place(&self, key: &str) -> Option<Range<usize>> {
        self.entries.get(key).map(|(span, _)| span.clone())
    }

    /// Takes a text.
    pub fn text(&mut self, key: &str) -> Option<Located<String>> {
        let text = self.text_if(key);
        self.keep(text).flatten()
    }

    fn text_if(&mut self, key: &str) -> Result<Option<Located<String>>> {
        let text = self.typed(key, "a text in quotes", |value| value.as_str().map(ToOwned::to_owned));
        self.taken(key, Taken::Value(Form::Text));
        text
    }

    /// Takes the text under `key`, which must be there.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if it is missing, or has another form.
    pub fn required_text(&mut self, key: &str) -> Result<Located<String>> {
        self.required_text_like(key, &format!("{key} = \"…\""))
    }

    /// Takes the text under `key`, which must be there, such as in `example`.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if it is missing, or has another form.
    pub fn required_text_like(&mut self, key: &str, example: &str) -> Result<Located<String>> {
        let text = self.text_if(key);
        self.required(key);
        text?.ok_or_else(|| self.missing(key, example))
    }

    /// Takes one of the words, and returns what it means.
    pub fn choice<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let stated = self.text(key);
        self.taken(key, Taken::Words(words.iter().map(|(word, _)| (*word).to_owned()).collect()));
        let stated = stated?;
        let known = words.iter().find(|(word, _)| *word == stated.value);
        let wrong = || {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.wrong_type(key, &stated.span, &words.join(" or "))
        };
        self.keep(known.map(|(_, meaning)| *meaning).ok_or_else(wrong))
    }

    /// Takes `true` or `false`.
    pub fn flag(&mut self, key: &str) -> Option<Located<bool>> {
        let flag = self.typed(key, "true or false", DeValue::as_bool);
        self.taken(key, Taken::Value(Form::Flag));
        self.keep(flag).flatten()
    }

    /// Takes a whole number.
    pub fn number(&mut self, key: &str) -> Option<Located<i64>> {
        let number = self.number_if(key);
        self.keep(number).flatten()
    }

    fn number_if(&mut self, key: &str) -> Result<Option<Located<i64>>> {
        let number = self.typed(key, "a whole number", integer);
        self.taken(key, Taken::Value(Form::Number));
        number
    }

    /// Takes the whole number under `key`, which must be there.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if it is missing, or has another form.
    pub fn required_number(&mut self, key: &str, example: &str) -> Result<Located<i64>> {
        let number = self.number_if(key);
        self.required(key);
        number?.ok_or_else(|| self.missing(key, example))
    }

    /// Takes a span of time, such as `90s` or `30d`.
    pub fn duration(&mut self, key: &str) -> Option<Duration> {
        let stated = self.text(key);
        self.taken(key, Taken::Value(Form::Duration));
        let stated = stated?;
        let wrong = || self.wrong_type(key, &stated.span, "a time such as \"90s\", \"30m\" or \"7d\"");
        self.keep(span::parse(&stated.value).ok_or_else(wrong))
    }

    /// Takes the path under `key`: from the folder of this file, or from the home folder where it begins with `~/`.
    pub fn path(&mut self, key: &str, around: &dyn Around) -> Option<PathBuf> {
        self.text(key).map(|text| self.path_of(&text.value, around))
    }

    /// Takes the same; a value of another form is as good as missing, and no mistake.
    pub fn path_if_right(&mut self, key: &str, around: &dyn Around) -> Option<PathBuf> {
        self.any(key).and_then(|found| Some(self.path_of(found.value.as_str()?, around)))
    }

    fn path_of(&self, text: &str, around: &dyn Around) -> PathBuf {
        let folder = self.source.path().parent().map(ToOwned::to_owned).unwrap_or_default();
        folder.join(at_home(text, around))
    }

    /// Takes a list of texts; none where the key is missing.
    pub fn texts(&mut self, key: &str) -> Vec<Located<String>> {
        let list = self.any(key);
        self.taken(key, Taken::Value(Form::Texts));
        let Some(list) = list else { return Vec::new() };
        let wrong =
            |span: &Range<usize>| self.wrong_type(key, span, "a list of texts, such as [\"a\", \"b\"]");
        let DeValue::Array(items) = list.value else {
            self.kept(wrong(&list.span));
            return Vec::new();
        };
        let text = |item: toml::Spanned<DeValue<'t>>| {
            let span = item.span();
            let text = item.get_ref().as_str().map(ToOwned::to_owned);
            let text = self.keep(text.ok_or_else(|| wrong(&span)))?;
            Some(Located { value: text, span })
        };
        items.into_iter().filter_map(text).collect()
    }

    /// Takes the table `[key]`.
    pub fn table(&mut self, key: &str) -> Option<Self> {
        let found = self.any(key);
        self.taken(key, Taken::Table);
        let found = found?;
        let name = self.inner_name(key);
        if let DeValue::Table(table) = found.value {
            return Some(self.inner(format!("[{name}]"), found.span, table));
        }
        let what = format!("a table: write [{name}] on a line of its own");
        self.kept(self.no_table(key, &found.span, &what));
        None
    }

    /// Takes the tables `[[key]]`.
    pub fn tables(&mut self, key: &str) -> Vec<Self> {
        let found = self.any(key);
        self.taken(key, Taken::Tables);
        let Some(found) = found else { return Vec::new() };
        let name = self.inner_name(key);
        let what = format!("a list of tables: write [[{name}]] on a line of its own");
        let DeValue::Array(items) = found.value else {
            self.kept(self.no_table(key, &found.span, &what));
            return Vec::new();
        };
        let table = |item: toml::Spanned<DeValue<'t>>| {
            let span = item.span();
            if let DeValue::Table(table) = item.into_inner() {
                return Some(self.inner(format!("[[{name}]]"), span, table));
            }
            self.kept(self.no_table(key, &span, &what));
            None
        };
        items.into_iter().filter_map(table).collect()
    }

    /// Keeps the mistake that a reading ended with, and returns what was read if it ended well.
    pub fn keep<T>(&self, read: Result<T>) -> Option<T> {
        read.map_err(|error| self.kept(error)).ok()
    }

    /// Keeps a mistake.
    pub fn kept(&self, error: Error) {
        self.source.keep(Rank::Wrong, self.span.start, error);
    }

    /// Keeps an error that is about something outside the file, such as a secret.
    pub(super) fn kept_elsewhere(&self, error: Error) {
        self.source.keep(Rank::Elsewhere, self.span.start, error);
    }

    /// Returns the inline table, `{ key = value }`, that [`any`](Self::any) found under `key`.
    pub fn inline(&self, key: &str, found: Located<DeValue<'t>>) -> Option<Self> {
        let DeValue::Table(table) = found.value else { return None };
        Some(self.inner(self.inner_name(key), found.span, table))
    }

    /// Returns an error: `key` must be there.
    pub fn missing(&self, key: &str, example: &str) -> Error {
        self.source
            .error(&self.span, format!("{} lacks `{key}`", self.name))
            .hint(format!("add `{example}` to it"))
    }

    /// Returns an error at `span`.
    pub fn error(&self, span: &Range<usize>, message: impl Display) -> Error {
        self.source.error(span, message)
    }

    /// Returns an error at `span`: the value under `key` has another form than `what`.
    pub fn wrong_type(&self, key: &str, span: &Range<usize>, what: &str) -> Error {
        let message = self.form(key);
        let error = if self.conceals.get() {
            self.source.error(span, message)
        } else {
            self.source.error_showing(span, message)
        };
        error.hint(format!("it takes {what}"))
    }

    /// Returns an error at `span`: the value under `key` is no table. What is in its place may be a secret of it.
    fn no_table(&self, key: &str, span: &Range<usize>, what: &str) -> Error {
        self.source.error(span, self.form(key)).hint(format!("it takes {what}"))
    }

    fn form(&self, key: &str) -> String {
        format!("`{key}` of {} has the wrong form", self.name)
    }

    /// Takes the rest of the table, leaving an empty one.
    #[must_use]
    pub fn take(&mut self) -> Self {
        Self {
            source: self.source,
            name: self.name.clone(),
            span: self.span.clone(),
            entries: std::mem::take(&mut self.entries),
            asked: std::mem::take(&mut self.asked),
            conceals: self.conceals.clone(),
        }
    }

    /// Keeps a mistake for every key that is left and that nothing asked for, with the nearest known one, or with the
    /// table that it belongs to.
    pub fn finish(&mut self) {
        self.source.note(&self.name, &self.asked);
        let mut known: Vec<&str> = Vec::new();
        for (key, _) in &self.asked {
            if !known.contains(&key.as_str()) {
                known.push(key);
            }
        }
        for (key, (span, value)) in std::mem::take(&mut self.entries) {
            let is_table = self.name == Self::FILE && is_tables(&value.value);
            let quoted = |name: &str| match (&value.value, is_table) {
                (DeValue::Array(_), true) => format!("[[{name}]]"),
                (_, true) => format!("[{name}]"),
                _ => format!("`{name}`"),
            };
            let error = if is_table {
                self.source.error(&span, format!("the file has no table {}", quoted(&key)))
            } else {
                self.source.error(&span, format!("{} has no key {}", self.name, quoted(&key)))
            };
            let place = self.source.elsewhere(&key).filter(|place| *place != self.name);
            let error = error.hint(match (nearest(&key, &known), place) {
                (Some(name), None) => format!("did you mean {}?", quoted(name)),
                (Some(name), Some(_)) if strsim::levenshtein(name, &key) < 2 => {
                    format!("did you mean {}?", quoted(name))
                }
                (_, Some(place)) if place == Self::FILE => {
                    format!("`{key}` belongs above the first table: move the line there")
                }
                (_, Some(place)) => format!("`{key}` is a key of {place}: move the line there"),
                (None, None) => format!("its keys are {}", known.join(", ")),
            });
            self.source.keep(Rank::Unknown, span.start, error);
        }
    }

    fn typed<T>(
        &mut self,
        key: &str,
        what: &str,
        read: impl Fn(&DeValue<'t>) -> Option<T>,
    ) -> Result<Option<Located<T>>> {
        let Some(found) = self.any(key) else { return Ok(None) };
        let value = read(&found.value).ok_or_else(|| self.wrong_type(key, &found.span, what))?;
        Ok(Some(Located { value, span: found.span }))
    }

    fn inner_name(&self, key: &str) -> String {
        let outer = self.name.trim_matches(['[', ']']);
        if self.name == Self::FILE { key.to_owned() } else { format!("{outer}.{key}") }
    }
}

/// Returns the error that ends the reading of a table whose mistakes were kept. It is not told beside them.
pub fn unread() -> Error {
    Source::consequence()
}

/// Reports whether a value is written as tables of their own.
fn is_tables(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Table(_) => true,
        DeValue::Array(items) => items.iter().all(|item| matches!(item.get_ref(), DeValue::Table(_))),
        _ => false,
    }
}
