//! The pages, and what is in them: blocks of code and tables, each with the comment that marks it.

use std::fs;
use std::path::{Path, PathBuf};

/// A page of the documentation.
pub(crate) struct Page {
    /// Its path in the project, with `/`.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A block of code.
pub(crate) struct Block {
    /// Page and line, for messages.
    pub(crate) place: String,
    /// The language behind the fence.
    pub(crate) language: String,
    /// What the comment right above it says.
    pub(crate) mark: Option<String>,
    pub(crate) text: String,
}

/// A table whose comment right above it says what it is.
pub(crate) struct Table {
    /// The page and the mark, for messages.
    pub(crate) place: String,
    pub(crate) mark: String,
    pub(crate) head: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// The path of the project.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The page with this path.
pub(crate) fn page(name: &str) -> Page {
    let text = fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    Page { name: name.to_owned(), text }
}

/// README, docs, and the pages for contributors.
pub(crate) fn pages() -> Vec<Page> {
    let mut names: Vec<String> =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(ToOwned::to_owned).into();
    for folder in ["docs", "docs/psa"] {
        let entries = fs::read_dir(root().join(folder)).expect("a folder of the project");
        let files = entries.map(|entry| entry.expect("an entry").path());
        let pages = files.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
        names.extend(pages.map(|path| format!("{folder}/{}", name(&path))));
    }
    names.sort();
    assert!(names.len() > 15, "only {names:?} were found");
    names.iter().map(|name| page(name)).collect()
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

impl Page {
    /// Its blocks of code.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let (mut open, mut mark) = (None::<Block>, None);
        for (line, number) in self.text.lines().zip(1..) {
            let text = line.trim_start();
            match (&mut open, text.strip_prefix("```")) {
                (None, Some(language)) => {
                    let place = format!("{}:{number}", self.name);
                    let language = language.trim().to_owned();
                    open = Some(Block { place, language, mark: mark.take(), text: String::new() });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(block), None) => block.text = format!("{}{line}\n", block.text),
                (None, None) => mark = comment(text),
            }
        }
        assert!(open.is_none(), "{}: a block is not closed", self.name);
        blocks
    }

    /// The marked tables.
    pub(crate) fn tables(&self) -> Vec<Table> {
        let lines: Vec<&str> = self.text.lines().collect();
        let marked = lines.iter().enumerate().filter_map(|(at, line)| Some((at, comment(line)?)));
        let table = |(at, mark): (usize, String)| {
            let mut rows =
                lines[at + 1..].iter().take_while(|line| line.starts_with('|')).map(|line| cells(line));
            let head = rows.next()?;
            let place = format!("{}, {mark}", self.name);
            Some(Table { place, mark, head, rows: rows.skip(1).collect() })
        };
        marked.filter_map(table).collect()
    }

    /// The texts in backticks outside of blocks.
    pub(crate) fn codes(&self) -> Vec<String> {
        let mut inside = false;
        let mut found = Vec::new();
        for line in self.text.lines() {
            let fence = line.trim_start().starts_with("```");
            inside ^= fence;
            if !inside && !fence {
                found.extend(codes(line));
            }
        }
        found
    }
}

impl Table {
    /// Where the column with this title is.
    pub(crate) fn column(&self, title: &str) -> Option<usize> {
        self.head.iter().position(|head| head == title)
    }
}

/// The texts in backticks.
pub(crate) fn codes(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

fn comment(line: &str) -> Option<String> {
    Some(line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim().to_owned())
}

fn cells(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches('|');
    line.strip_suffix('|').unwrap_or(line).split('|').map(|cell| cell.trim().to_owned()).collect()
}
