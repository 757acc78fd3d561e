//! A table on its way to be read.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::{Located, Source, at_home, file_name, integer, nearest};
use crate::error::{Error, Result};
use crate::secret::Around;
use crate::text::span;

/// A table on its way to be read: its readers take the keys out one by one.
#[derive(Debug)]
pub struct Table<'t> {
    source: &'t Source<'t>,
    name: String,
    /// The bytes of the file that hold it.
    pub span: Range<usize>,
    entries: BTreeMap<String, (Range<usize>, Located<DeValue<'t>>)>,
    asked: Vec<String>,
}

impl<'t> Source<'t> {
    /// Reads the whole document as a table.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) with the line that is not TOML.
    pub fn document(&'t self) -> Result<Table<'t>> {
        let table = self.parse()?;
        let span = table.span();
        Ok(Table::new(self, "the file".to_owned(), span, table.into_inner()))
    }
}

impl<'t> Table<'t> {
    fn new(source: &'t Source<'t>, name: String, span: Range<usize>, table: DeTable<'t>) -> Self {
        let entries = table
            .into_iter()
            .map(|(key, value)| {
                let (key_span, value_span) = (key.span(), value.span());
                let value = Located { value: value.into_inner(), span: value_span };
                (key.into_inner().into_owned(), (key_span, value))
            })
            .collect();
        Self { source, name, span, entries, asked: Vec::new() }
    }

    /// Returns how messages name the table: `[sync]`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name of its file without the folder, and the line that `span` begins on, from 1.
    pub fn place_of(&self, span: &Range<usize>) -> (String, usize) {
        (file_name(self.source.path()), self.source.line(span))
    }

    /// Takes the value under `key`, of any form.
    pub fn any(&mut self, key: &str) -> Option<Located<DeValue<'t>>> {
        self.asked.push(key.to_owned());
        self.entries.remove(key).map(|(_, value)| value)
    }

    /// Returns where `key` stands, without asking for it.
    pub fn place(&self, key: &str) -> Option<Range<usize>> {
        self.entries.get(key).map(|(span, _)| span.clone())
    }

    /// Takes a text.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if the value has another form.
    pub fn text(&mut self, key: &str) -> Result<Option<Located<String>>> {
        self.typed(key, "a text in quotes", |value| value.as_str().map(ToOwned::to_owned))
    }

    /// Takes the text under `key`, which must be there.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if it is missing, or has another form.
    pub fn required_text(&mut self, key: &str) -> Result<Located<String>> {
        let example = format!("{key} = \"…\"");
        self.text(key)?.ok_or_else(|| self.missing(key, &example))
    }

    /// Takes `true` or `false`.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if the value has another form.
    pub fn flag(&mut self, key: &str) -> Result<Option<Located<bool>>> {
        self.typed(key, "true or false", DeValue::as_bool)
    }

    /// Takes a whole number.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if the value has another form.
    pub fn number(&mut self, key: &str) -> Result<Option<Located<i64>>> {
        self.typed(key, "a whole number", integer)
    }

    /// Takes a span of time, such as `90s` or `30d`.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if the value has another form.
    pub fn duration(&mut self, key: &str) -> Result<Option<Duration>> {
        let Some(stated) = self.text(key)? else { return Ok(None) };
        let wrong = || self.wrong_type(key, &stated.span, "a time such as \"90s\", \"30m\" or \"7d\"");
        span::parse(&stated.value).ok_or_else(wrong).map(Some)
    }

    /// Takes the path under `key`: from the folder of this file, or from the home folder where it begins with `~/`.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if the value has another form.
    pub fn path(&mut self, key: &str, around: &dyn Around) -> Result<Option<PathBuf>> {
        let folder = self.source.path().parent().map(ToOwned::to_owned).unwrap_or_default();
        Ok(self.text(key)?.map(|text| folder.join(at_home(&text.value, around))))
    }

    /// Takes a list of texts; none where the key is missing.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if the value has another form.
    pub fn texts(&mut self, key: &str) -> Result<Vec<Located<String>>> {
        let Some(list) = self.any(key) else { return Ok(Vec::new()) };
        let wrong =
            |span: &Range<usize>| self.wrong_type(key, span, "a list of texts, such as [\"a\", \"b\"]");
        let DeValue::Array(items) = list.value else { return Err(wrong(&list.span)) };
        items
            .into_iter()
            .map(|item| {
                let span = item.span();
                let text = item.get_ref().as_str().map(ToOwned::to_owned).ok_or_else(|| wrong(&span))?;
                Ok(Located { value: text, span })
            })
            .collect()
    }

    /// Takes the table `[key]`.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if the value has another form.
    pub fn table(&mut self, key: &str) -> Result<Option<Self>> {
        let Some(found) = self.any(key) else { return Ok(None) };
        let name = self.inner_name(key);
        match found.value {
            DeValue::Table(table) => Ok(Some(Self::new(self.source, format!("[{name}]"), found.span, table))),
            _ => Err(self.wrong_type(
                key,
                &found.span,
                &format!("a table: write [{name}] on a line of its own"),
            )),
        }
    }

    /// Takes the tables `[[key]]`.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) if the value has another form.
    pub fn tables(&mut self, key: &str) -> Result<Vec<Self>> {
        let Some(found) = self.any(key) else { return Ok(Vec::new()) };
        let name = self.inner_name(key);
        let what = format!("a list of tables: write [[{name}]] on a line of its own");
        let DeValue::Array(items) = found.value else { return Err(self.wrong_type(key, &found.span, &what)) };
        items
            .into_iter()
            .map(|item| {
                let span = item.span();
                match item.into_inner() {
                    DeValue::Table(table) => Ok(Self::new(self.source, format!("[[{name}]]"), span, table)),
                    _ => Err(self.wrong_type(key, &span, &what)),
                }
            })
            .collect()
    }

    /// Returns the inline table, `{ key = value }`, that [`any`](Self::any) found under `key`.
    pub fn inline(&self, key: &str, found: Located<DeValue<'t>>) -> Option<Self> {
        let DeValue::Table(table) = found.value else { return None };
        Some(Self::new(self.source, self.inner_name(key), found.span, table))
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
        self.source
            .error(span, format!("`{key}` of {} has the wrong form", self.name))
            .hint(format!("it takes {what}"))
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
        }
    }

    /// Passes unless a key is left that nothing asked for.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) with the first unknown key of the file's order, and the nearest
    /// known one.
    pub fn finish(self) -> Result<()> {
        let Some((key, (span, _))) = self.entries.iter().min_by_key(|(_, (span, _))| span.start) else {
            return Ok(());
        };
        let known: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        let error = self.source.error(span, format!("{} has no key `{key}`", self.name));
        Err(match nearest(key, &known) {
            Some(name) => error.hint(format!("did you mean `{name}`?")),
            None => error.hint(format!("its keys are {}", known.join(", "))),
        })
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
        if self.name == "the file" { key.to_owned() } else { format!("{outer}.{key}") }
    }
}
