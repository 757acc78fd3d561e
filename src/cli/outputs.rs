//! The files that a command writes: each is opened before the command does anything else, so that one that
//! cannot be written is a mistake of the command line, and nothing has happened anywhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::files::Target;
use crate::report::Format;
use crate::text::visible;

/// What a file for a spreadsheet begins with.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Where the parts of a command's output go that do not go to standard output.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// `--output`.
    pub(super) results: Option<Target>,
    /// `--har`.
    pub(super) trace: Option<Arc<Target>>,
    /// `diff --save-plan`.
    pub(super) plan: Option<Target>,
    /// `--report`, with the format of each.
    pub(super) reports: Vec<(Target, Format)>,
    /// Whether colours belong into a file.
    pub(super) colors: bool,
    /// Whether the file is for a spreadsheet.
    pub(super) is_sheet: bool,
}

/// A file of `--report`.
#[derive(Debug, Clone)]
pub(super) struct ReportFile {
    /// Where it is.
    pub(super) path: PathBuf,
    /// What its ending says.
    pub(super) format: Format,
}

/// The paths that the flags of a command name.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Paths<'a> {
    /// `--output`.
    pub(super) results: Option<&'a Path>,
    /// `--har`.
    pub(super) trace: Option<&'a Path>,
    /// `diff --save-plan`.
    pub(super) plan: Option<&'a Path>,
    /// `--report`.
    pub(super) reports: &'a [ReportFile],
    /// A file that the command reads.
    pub(super) input: Option<&'a Path>,
    /// Whether the results are for a spreadsheet.
    pub(super) is_sheet: bool,
}

impl Outputs {
    /// Opens the files. `config` is the configuration, which is read as well, with the decisions beside it; `colors` says
    /// whether colours belong into the files.
    ///
    /// # Errors
    /// [`Kind::Usage`] for a path that cannot be written, or one file that is named twice or is read.
    pub(super) fn open(paths: Paths<'_>, config: Option<&Path>, colors: bool) -> Result<Self> {
        let decisions = config.map(crate::config::beside);
        let open = |path: Option<&Path>, flag| path.map(|path| Target::open(path, flag)).transpose();
        let results = open(paths.results, "--output")?;
        let trace = open(paths.trace, "--har")?;
        let plan = open(paths.plan, "--save-plan")?;
        let report = |file: &ReportFile| Ok((Target::open(&file.path, "--report")?, file.format));
        let reports = paths.reports.iter().map(report).collect::<Result<Vec<_>>>()?;
        let opened: Vec<&Target> = [&results, &trace, &plan]
            .into_iter()
            .flatten()
            .chain(reports.iter().map(|(target, _)| target))
            .collect();
        for (place, one) in opened.iter().enumerate() {
            if [paths.input, config, decisions.as_deref()].into_iter().flatten().any(|input| one.is_at(input))
            {
                let what = format!("{} names a file that the command reads", one.flag());
                return Err(Error::new(Kind::Usage, what).hint("give it a file of its own"));
            }
            if let Some(two) = opened[..place].iter().find(|two| one.is_same(two)) {
                let what = match (two.flag(), one.flag()) {
                    (two, one) if two == one => format!("{one} names the same file twice"),
                    (two, one) => format!("{two} and {one} name the same file"),
                };
                return Err(Error::new(Kind::Usage, what).hint("give each a file of its own"));
            }
        }
        let is_sheet = paths.is_sheet;
        Ok(Self { results, trace: trace.map(Arc::new), plan, reports, colors, is_sheet })
    }

    /// Writes a text to a file: without colours unless they were asked for, and with a sign at its beginning where it
    /// is for a spreadsheet.
    ///
    /// # Errors
    /// [`Kind::State`] when it cannot be written.
    pub(super) fn write(&self, target: &Target, text: &[u8], is_sheet: bool) -> Result<()> {
        // A file is looked at on a terminal too.
        let text = String::from_utf8_lossy(text);
        let text = visible::escaped(&text);
        // A spreadsheet that is opened by a double click knows UTF-8 by this sign.
        let mark = if is_sheet { BYTE_ORDER_MARK } else { "" };
        if self.colors {
            target.write(format!("{mark}{text}").as_bytes())
        } else {
            target.write(format!("{mark}{}", anstream::adapter::strip_str(&text)).as_bytes())
        }
    }

    /// Returns whether a file is to be written.
    pub(super) fn any(&self) -> bool {
        self.results.is_some() || self.trace.is_some() || self.plan.is_some() || !self.reports.is_empty()
    }
}
