//! `--report FILE`: the same document once more, in the form that the ending of the file names.

use std::path::PathBuf;

use anyhow::Result;
use clap::builder::{PathBufValueParser, TypedValueParser as _, ValueParser};
use clap::{Args, ValueHint};

use super::flags::{Format, can_be};
use super::outputs::{Paths, ReportFile};
use crate::report::Document;

/// The endings and the formats that they name.
const ENDINGS: [(&str, Format); 4] =
    [("html", Format::Html), ("md", Format::Markdown), ("csv", Format::Csv), ("json", Format::Json)];

/// The files that the results are written to, beside the place where they go anyway.
#[derive(Debug, Args)]
#[command(next_help_heading = super::flags::RESULTS)]
pub(super) struct Reports {
    /// Write the results to FILE as well, as its ending says: .html, .md, .csv or .json (repeatable)
    #[arg(long = "report", value_name = "FILE", value_parser = parser(), value_hint = ValueHint::FilePath)]
    files: Vec<ReportFile>,
}

impl Reports {
    /// Adds to the files to write.
    pub(super) fn paths<'a>(&'a self, paths: Paths<'a>) -> Paths<'a> {
        Paths { reports: &self.files, ..paths }
    }

    /// Reports whether there is one.
    pub(super) fn any(&self) -> bool {
        !self.files.is_empty()
    }

    /// Passes if the document exists in the format of every file.
    ///
    /// # Errors
    /// [`Kind::Usage`](crate::error::Kind::Usage) where it does not, before anything is read.
    pub(super) fn check(&self, document: Document) -> Result<()> {
        self.files.iter().try_for_each(|file| can_be(document, file.format))
    }
}

fn parser() -> ValueParser {
    PathBufValueParser::new().try_map(report).into()
}

/// Reads the form from the ending.
fn report(path: PathBuf) -> Result<ReportFile, String> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let known = ENDINGS.iter().find(|(one, _)| *one == ending);
    match known {
        Some((_, format)) => Ok(ReportFile { path, format: *format }),
        None => Err("the ending says the form: .html, .md, .csv or .json".to_owned()),
    }
}
