//! A TOML document that knows where everything stands, and a reader that says so when something is wrong.
//!
//! Every key is asked for by name; a key that was not asked for is a mistake, and the nearest name that was
//! asked for is what the person may have meant.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::Env;
use crate::error::{Error, Kind, Result};
use crate::reconcile::{Rule, Stated};

/// The text of a file, for messages that point at a line.
#[derive(Debug)]
pub(super) struct Source<'t> {
    path: &'t Path,
    text: &'t str,
}

/// A value with its place in the file.
#[derive(Debug, Clone)]
pub(super) struct Located<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// A table on its way to be read.
#[derive(Debug)]
pub(super) struct Table<'t> {
    source: &'t Source<'t>,
    /// How messages name it: `[sync]`.
    pub(super) name: String,
    pub(super) span: Range<usize>,
    entries: BTreeMap<String, (Range<usize>, Located<DeValue<'t>>)>,
    asked: Vec<&'static str>,
}

impl<'t> Source<'t> {
    pub(super) fn new(path: &'t Path, text: &'t str) -> Self {
        // A decisions file keeps its mark when something is added to it.
        Self { path, text: text.strip_prefix(crate::files::MARK).unwrap_or(text) }
    }

    /// The whole document as a table.
    pub(super) fn document(&'t self) -> Result<Table<'t>> {
        let table = self.parse()?;
        let span = table.span();
        Ok(self.table("the file".to_owned(), span, table.into_inner()))
    }

    /// The whole document as values, of which nothing is checked.
    pub(super) fn values(&'t self) -> Result<Vec<(String, DeValue<'t>)>> {
        let entries = self.parse()?.into_inner().into_iter();
        Ok(entries.map(|(key, value)| (key.into_inner().into_owned(), value.into_inner())).collect())
    }

    fn parse(&'t self) -> Result<toml::Spanned<DeTable<'t>>> {
        DeTable::parse(self.text).map_err(|error| {
            let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
            self.error(&error.span().unwrap_or(0..0), message)
                .hint("see https://toml.io for how TOML is written")
        })
    }

    /// An error at `span`: `path:line:column: message`.
    pub(super) fn error(&self, span: &Range<usize>, message: impl Display) -> Error {
        let before = self.before(span);
        let line = self.line(span);
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let place = format!("{}:{line}:{column}", self.path.display());
        Error::new(Kind::Config, format!("{place}: {message}")).at(place)
    }

    /// The line that `span` begins on, from 1.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        self.before(span).matches('\n').count() + 1
    }

    fn before(&self, span: &Range<usize>) -> &'t str {
        self.text.get(..span.start.min(self.text.len())).unwrap_or(self.text)
    }

    fn table(&'t self, name: String, span: Range<usize>, table: DeTable<'t>) -> Table<'t> {
        let entries = table
            .into_iter()
            .map(|(key, value)| {
                let (key_span, value_span) = (key.span(), value.span());
                let value = Located { value: value.into_inner(), span: value_span };
                (key.into_inner().into_owned(), (key_span, value))
            })
            .collect();
        Table { source: self, name, span, entries, asked: Vec::new() }
    }
}

impl<'t> Table<'t> {
    /// Whatever stands under `key`.
    pub(super) fn any(&mut self, key: &'static str) -> Option<Located<DeValue<'t>>> {
        self.asked.push(key);
        self.entries.remove(key).map(|(_, value)| value)
    }

    /// Where `key` stands, without asking for it.
    pub(super) fn place(&self, key: &str) -> Option<Range<usize>> {
        self.entries.get(key).map(|(span, _)| span.clone())
    }

    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<Located<String>>> {
        self.typed(key, "a text in quotes", |value| value.as_str().map(ToOwned::to_owned))
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Result<Option<Located<bool>>> {
        self.typed(key, "true or false", toml::de::DeValue::as_bool)
    }

    pub(super) fn number(&mut self, key: &'static str) -> Result<Option<Located<i64>>> {
        self.typed(key, "a whole number", integer)
    }

    /// The path under `key`: from the folder of this file, or from the home folder where it begins with `~/`.
    pub(super) fn path(&mut self, key: &'static str, env: &Env) -> Result<Option<PathBuf>> {
        let folder = self.source.path.parent().map(Path::to_owned).unwrap_or_default();
        Ok(self.text(key)?.map(|text| folder.join(at_home(&text.value, env))))
    }

    pub(super) fn texts(&mut self, key: &'static str) -> Result<Vec<Located<String>>> {
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

    pub(super) fn table(&mut self, key: &'static str) -> Result<Option<Table<'t>>> {
        let Some(found) = self.any(key) else { return Ok(None) };
        let name = self.inner_name(key);
        match found.value {
            DeValue::Table(table) => Ok(Some(self.source.table(format!("[{name}]"), found.span, table))),
            _ => Err(self.wrong_type(
                key,
                &found.span,
                &format!("a table: write [{name}] on a line of its own"),
            )),
        }
    }

    pub(super) fn tables(&mut self, key: &'static str) -> Result<Vec<Table<'t>>> {
        let Some(found) = self.any(key) else { return Ok(Vec::new()) };
        let name = self.inner_name(key);
        let what = format!("a list of tables: write [[{name}]] on a line of its own");
        let DeValue::Array(items) = found.value else { return Err(self.wrong_type(key, &found.span, &what)) };
        items
            .into_iter()
            .map(|item| {
                let span = item.span();
                match item.into_inner() {
                    DeValue::Table(table) => Ok(self.source.table(format!("[[{name}]]"), span, table)),
                    _ => Err(self.wrong_type(key, &span, &what)),
                }
            })
            .collect()
    }

    /// An inline table, `{ key = value }`, that was found under `key` by [`any`](Self::any).
    pub(super) fn inline(&self, key: &str, found: Located<DeValue<'t>>) -> Option<Table<'t>> {
        let DeValue::Table(table) = found.value else { return None };
        Some(self.source.table(self.inner_name(key), found.span, table))
    }

    /// The text under `key`, which must be there.
    pub(super) fn required_text(&mut self, key: &'static str) -> Result<Located<String>> {
        let example = format!("{key} = \"…\"");
        self.text(key)?.ok_or_else(|| self.missing(key, &example))
    }

    /// An error: `key` must be there.
    pub(super) fn missing(&self, key: &str, example: &str) -> Error {
        self.source
            .error(&self.span, format!("{} lacks `{key}`", self.name))
            .hint(format!("add `{example}` to it"))
    }

    /// An error at `span`.
    pub(super) fn error(&self, span: &Range<usize>, message: impl Display) -> Error {
        self.source.error(span, message)
    }

    /// The rule with its place in the file.
    pub(super) fn stated(&self, span: &Range<usize>, rule: Rule) -> Stated {
        Stated { file: file_name(self.source.path), line: self.source.line(span), rule }
    }

    /// The rest of the table, leaving an empty one.
    pub(super) fn take(&mut self) -> Self {
        Self {
            source: self.source,
            name: self.name.clone(),
            span: self.span.clone(),
            entries: std::mem::take(&mut self.entries),
            asked: std::mem::take(&mut self.asked),
        }
    }

    /// The end: a key that was not asked for is a mistake.
    ///
    /// # Errors
    /// The first unknown key of the file's order, with the nearest known one.
    pub(super) fn finish(self) -> Result<()> {
        let Some((key, (span, _))) = self.entries.iter().min_by_key(|(_, (span, _))| span.start) else {
            return Ok(());
        };
        let nearest = nearest(key, &self.asked);
        let error = self.source.error(span, format!("{} has no key `{key}`", self.name));
        Err(match nearest {
            Some(name) => error.hint(format!("did you mean `{name}`?")),
            None => error.hint(format!("its keys are {}", self.asked.join(", "))),
        })
    }

    pub(super) fn wrong_type(&self, key: &str, span: &Range<usize>, what: &str) -> Error {
        self.source
            .error(span, format!("`{key}` of {} has the wrong form", self.name))
            .hint(format!("it takes {what}"))
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
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

/// The path with the home folder in the place of a `~` before it, where the machine names one.
pub(super) fn at_home(path: &str, env: &Env) -> PathBuf {
    let rest = path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
    let home = || match env.variables().get("HOME").filter(|home| !home.is_empty()) {
        Some(home) => Some(PathBuf::from(home)),
        None => etcetera::home_dir().ok(),
    };
    match rest.and_then(|rest| Some((rest, home()?))) {
        Some((rest, home)) => home.join(rest.trim_start_matches(['/', '\\'])),
        None => PathBuf::from(path),
    }
}

/// The name of a file without its folder.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// A whole number, in whatever base it is written.
pub(super) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// The name among `known` that `word` may have meant.
pub(super) fn nearest<'n>(word: &str, known: &[&'n str]) -> Option<&'n str> {
    let likeness = |name: &str| strsim::jaro_winkler(&word.to_lowercase().replace('_', "-"), name);
    let best = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.8).then_some(*best)
}
