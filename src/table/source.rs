//! The text of a file, the mistakes that are found in it, and messages that point at a line.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::Range;
use std::path::Path;

use toml::de::{DeTable, DeValue};
use unicode_width::UnicodeWidthStr;

use super::{AskedKey, concealed, syntax};
use crate::error::{Error, Kind, Result};
use crate::text::visible;

/// The columns that an excerpt shows of a line.
const WIDEST: usize = 100;

/// What ends a reading whose mistakes were kept.
const CONSEQUENCE: &str = "the file has mistakes";

/// The text of a file, its path, and the mistakes that were found in it so far.
#[derive(Debug)]
pub struct Source<'t> {
    path: &'t Path,
    text: &'t str,
    elsewhere: fn(&str) -> Option<String>,
    mistakes: RefCell<Vec<Mistake>>,
    keys: RefCell<BTreeMap<String, BTreeMap<String, AskedKey>>>,
}

/// A mistake, and what decides which one is told first.
#[derive(Debug)]
struct Mistake {
    rank: Rank,
    at: usize,
    error: Error,
}

/// The order in which mistakes are told: a key that is not known may be why another one seems to be missing, and secrets
/// are not wrong in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Unknown,
    Wrong,
    Elsewhere,
}

impl<'t> Source<'t> {
    /// Takes `text` as that of the file at `path`.
    pub fn new(path: &'t Path, text: &'t str) -> Self {
        // A decisions file keeps its mark when something is added to it.
        let text = text.strip_prefix(crate::files::MARK).unwrap_or(text);
        Self { path, text, elsewhere: |_| None, mistakes: RefCell::default(), keys: RefCell::default() }
    }

    /// Learns to say which table a key belongs to that is found in another one.
    #[must_use]
    pub fn knowing(self, elsewhere: fn(&str) -> Option<String>) -> Self {
        Self { elsewhere, ..self }
    }

    /// Returns every mistake that was kept, the telling ones first, each once; with the one that a reading ended with.
    pub(super) fn mistakes(&self, last: Option<Error>) -> Vec<Error> {
        let mut mistakes = self.mistakes.take();
        mistakes.sort_by_key(|mistake| (mistake.rank, mistake.at));
        let errors = mistakes.into_iter().map(|mistake| mistake.error).chain(last);
        let mut seen = BTreeSet::new();
        let (all, consequences): (Vec<Error>, Vec<Error>) = errors
            .filter(|error| seen.insert(error.message().to_owned()))
            .partition(|error| error.message() != CONSEQUENCE);
        if all.is_empty() { consequences } else { all }
    }

    /// Returns the error that ends a reading whose mistakes were kept. It is not told beside them.
    pub(super) fn consequence() -> Error {
        Error::new(Kind::Config, CONSEQUENCE)
    }

    /// Reads the whole document as values, without a check of any key.
    ///
    /// # Errors
    /// [`Kind::Config`] with the line that is not TOML.
    pub fn values(&'t self) -> Result<Vec<(String, DeValue<'t>)>> {
        let entries = self.parse()?.into_inner().into_iter();
        Ok(entries.map(|(key, value)| (key.into_inner().into_owned(), value.into_inner())).collect())
    }

    pub(super) fn parse(&'t self) -> Result<toml::Spanned<DeTable<'t>>> {
        DeTable::parse(self.text).map_err(|error| {
            let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
            let span = error.span().unwrap_or(0..0);
            self.error(&span, message).hint(syntax::next_step(self.line_at(&span).1, error.message()))
        })
    }

    /// Returns an error at `span`: `path:line:column: message`, with the line up to its value, which may be a secret. A line
    /// in the middle of a value shows nothing.
    pub fn error(&self, span: &Range<usize>, message: impl Display) -> Error {
        self.pointing(span, message, false)
    }

    /// Returns an error at `span` with the whole line, which holds no secret.
    pub(super) fn error_showing(&self, span: &Range<usize>, message: impl Display) -> Error {
        self.pointing(span, message, true)
    }

    fn pointing(&self, span: &Range<usize>, message: impl Display, whole: bool) -> Error {
        let before = self.before(span);
        let line = self.line(span);
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let place = format!("{}:{line}:{column}", self.path.display());
        let error = Error::new(Kind::Config, format!("{place}: {message}")).at(place);
        if span.is_empty() { error } else { error.excerpt(self.excerpt(span, line, whole)) }
    }

    /// Returns the line that `span` begins on, with a line below that marks what is meant.
    fn excerpt(&self, span: &Range<usize>, number: usize, whole: bool) -> Vec<String> {
        let (start, text) = self.line_at(span);
        let text = if whole { text.to_owned() } else { concealed::shown(self.text, start) };
        let (from, to) = (span.start - start, (span.end - start).min(text.len()));
        // A value that is not shown is marked where it would begin.
        let end = text.strip_suffix(concealed::CONCEALED).map_or(text.len(), str::len);
        let from = if text.is_char_boundary(from) && from < text.len() { from } else { end };
        let to = if text.is_char_boundary(to) { to.max(from) } else { text.len() };
        let shown = |part: &str| visible::shown(&part.replace('\t', " "));
        let (before, marked) = (shown(&text[..from]), shown(&text[from..to]));
        let width = number.to_string().len();
        let (indent, marks) = (before.width(), marked.width().clamp(1, WIDEST));
        let cut: String = shown(&text).chars().take(WIDEST).collect();
        let mut lines = vec![format!("{number} | {cut}")];
        if indent < WIDEST {
            lines.push(format!("{:width$} | {:indent$}{}", "", "", "^".repeat(marks.min(WIDEST - indent))));
        }
        lines
    }

    /// Returns an error about a line by its number.
    pub fn error_of_line(&self, number: usize, message: impl Display) -> Error {
        let start: usize = self.text.split_inclusive('\n').take(number.saturating_sub(1)).map(str::len).sum();
        self.error(&(start..start), message)
    }

    /// Keeps a mistake for the end, where all are told together.
    pub(super) fn keep(&self, rank: Rank, at: usize, error: Error) {
        self.mistakes.borrow_mut().push(Mistake { rank, at, error });
    }

    /// Notes the keys that the table `name` was asked for.
    pub(super) fn note(&self, name: &str, keys: &[(String, AskedKey)]) {
        self.keys.borrow_mut().entry(name.to_owned()).or_default().extend(keys.iter().cloned());
    }

    /// Returns the keys that every table was asked for, those alone that were read to their end.
    pub fn keys(&self) -> BTreeMap<String, BTreeMap<String, AskedKey>> {
        self.keys.borrow().clone()
    }

    /// Returns the table that has `key`, where that is another one.
    pub(super) fn elsewhere(&self, key: &str) -> Option<String> {
        (self.elsewhere)(key)
    }

    /// Returns the line that `span` begins on, from 1.
    pub fn line(&self, span: &Range<usize>) -> usize {
        self.before(span).matches('\n').count() + 1
    }

    /// Returns the file's path.
    pub(super) fn path(&self) -> &'t Path {
        self.path
    }

    /// Returns where the line of `span` begins, and its text.
    fn line_at(&self, span: &Range<usize>) -> (usize, &'t str) {
        let start = self.before(span).rfind('\n').map_or(0, |end| end + 1);
        let line = self.text[start..].lines().next().unwrap_or_default();
        (start, line)
    }

    fn before(&self, span: &Range<usize>) -> &'t str {
        self.text.get(..span.start.min(self.text.len())).unwrap_or(self.text)
    }
}

/// Returns the name of a file without its folder.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
