//! The files that a command writes: each is opened before the command does anything else, so that one that
//! cannot be written is a mistake of the command line, and nothing has happened anywhere.

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::files::Target;

/// Where the parts of a command's output go that do not go to standard output.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// `--output`.
    pub(super) results: Option<Target>,
    /// `--har`.
    pub(super) trace: Option<Arc<Target>>,
    /// `diff --out`.
    pub(super) plan: Option<Target>,
    /// Whether colours belong into a file.
    pub(super) colors: bool,
    /// Whether the file is for a spreadsheet.
    pub(super) is_sheet: bool,
}

/// The paths that the flags of a command name.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Paths<'a> {
    /// `--output`.
    pub(super) results: Option<&'a Path>,
    /// `--har`.
    pub(super) trace: Option<&'a Path>,
    /// `diff --out`.
    pub(super) plan: Option<&'a Path>,
    /// Whether the results are for a spreadsheet.
    pub(super) is_sheet: bool,
}

impl Outputs {
    /// Opens the files. `colors` says whether colours belong into them.
    ///
    /// # Errors
    /// [`Kind::Usage`] for a path that cannot be written, or one file that is named twice.
    pub(super) fn open(paths: Paths<'_>, colors: bool) -> Result<Self> {
        let open = |path: Option<&Path>, flag| path.map(|path| Target::open(path, flag)).transpose();
        let opened =
            [open(paths.results, "--output")?, open(paths.trace, "--har")?, open(paths.plan, "--out")?];
        for (place, one) in opened.iter().enumerate() {
            let twin =
                opened[..place].iter().flatten().find(|two| one.as_ref().is_some_and(|one| one.is_same(two)));
            if let (Some(one), Some(two)) = (one, twin) {
                let what = format!("{} and {} name the same file", two.flag(), one.flag());
                return Err(Error::new(Kind::Usage, what).hint("give each a file of its own"));
            }
        }
        let [results, trace, plan] = opened;
        Ok(Self { results, trace: trace.map(Arc::new), plan, colors, is_sheet: paths.is_sheet })
    }

    /// Returns whether a file is to be written.
    pub(super) fn any(&self) -> bool {
        self.results.is_some() || self.trace.is_some() || self.plan.is_some()
    }
}
