//! A document without a format: headings, tables and lines, which every format for people shows in its own way; and a
//! sheet of rows for CSV. All texts are plain: a format escapes them.

/// A document for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    /// What it is, in few words.
    pub(super) title: String,
    /// Whether a format that is put into another document begins with the title.
    pub(super) is_titled: bool,
    /// What it says, in order.
    pub(super) parts: Vec<Part>,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// The name of what follows, up to the next one of its level: 1 for a company, 2 for a section of it.
    Heading(u8, String),
    /// A sentence.
    Note(Cell),
    /// Names with their values.
    Facts(Vec<(&'static str, Cell)>),
    /// A list.
    Items(Vec<Item>),
    /// A table.
    Table(Table),
    /// Lines that are to be copied as they are.
    Copy(Vec<String>),
    /// What is seldom of interest: a format may fold it up or leave it out.
    Aside(String, Vec<Part>),
}

/// Rows under a head; every row has as many cells as the head.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Table {
    /// The names of the columns.
    pub(super) head: Vec<String>,
    /// The rows.
    pub(super) rows: Vec<Vec<Cell>>,
}

/// An entry of a list, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// What it says.
    pub(super) what: Cell,
    /// What there is to say besides, such as the next step.
    pub(super) under: Vec<Cell>,
}

/// A text with what it means to the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// What it means.
    pub(super) mark: Mark,
    /// Its lines: one, or several in a cell of a table.
    pub(super) lines: Vec<String>,
}

/// What a text means to the reader; a format chooses how to show that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing in particular.
    Plain,
    /// It is important.
    Strong,
    /// It went well.
    Good,
    /// A person should look at it.
    Care,
    /// It went wrong, or is refused.
    Bad,
    /// It matters less.
    Quiet,
    /// It is a name that a program knows.
    Code,
}

impl Cell {
    /// Returns a text with its meaning.
    pub(super) fn new(mark: Mark, text: impl Into<String>) -> Self {
        Self { mark, lines: vec![text.into()] }
    }

    /// Returns a text that means nothing in particular.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new(Mark::Plain, text)
    }

    /// Returns the text on one line.
    pub(super) fn text(&self) -> String {
        self.lines.join("; ")
    }
}

impl Item {
    /// Returns an entry with nothing to say besides.
    pub(super) fn new(mark: Mark, text: impl Into<String>) -> Self {
        Self { what: Cell::new(mark, text), under: Vec::new() }
    }

    /// Returns the same with one more line.
    pub(super) fn and(mut self, mark: Mark, text: impl Into<String>) -> Self {
        self.under.push(Cell::new(mark, text));
        self
    }

    /// Returns the same with the next step, where there is one.
    pub(super) fn next(self, mark: Mark, next: Option<&str>) -> Self {
        match next {
            Some(next) => self.and(mark, format!("next: {}", super::words::clean(next))),
            None => self,
        }
    }
}

impl Part {
    /// Returns a heading with the parts below it; nothing where there are none.
    pub(super) fn section(level: u8, title: impl Into<String>, parts: Vec<Self>) -> Vec<Self> {
        if parts.is_empty() {
            return parts;
        }
        std::iter::once(Self::Heading(level, title.into())).chain(parts).collect()
    }

    /// Returns a heading with a list below it; nothing where the list is empty.
    pub(super) fn list(level: u8, title: impl Into<String>, items: Vec<Item>) -> Vec<Self> {
        let parts = if items.is_empty() { Vec::new() } else { vec![Self::Items(items)] };
        Self::section(level, title, parts)
    }
}

/// A document as rows of one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    /// The names of the columns. They stay as they are from version to version; new ones come at the end.
    pub(super) head: Vec<&'static str>,
    /// The rows; each has as many texts as there are columns.
    pub(super) rows: Vec<Vec<String>>,
}
