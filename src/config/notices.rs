//! Who is told what became of a run: from a file that may have mistakes elsewhere, since a run that they end is told as
//! well.

use std::path::{Path, PathBuf};

use super::{Env, read_text};
use crate::error::Result;
use crate::notify::{self, Settings};
use crate::table::{Source, Table};

/// What sending notices needs of a configuration.
#[derive(Debug, Clone)]
pub struct Notices {
    /// What `[notify]` says.
    pub settings: Settings,
    /// Further certification authorities.
    pub ca_file: Option<PathBuf>,
}

/// Reads of the file at `path` who is told; `None` where it has no `[notify]`.
///
/// # Errors
/// `Kind::Config` with file, line and what to write instead.
pub fn notices(path: &Path, env: &Env) -> Result<Option<Notices>> {
    let text = read_text(path)?;
    Source::new(path, &text).read(|file| {
        let settings = read(file, env);
        let ca_file = file.path_if_right("ca-file", env);
        Ok(settings.map(|settings| Notices { settings, ca_file }))
    })
}

/// Reads `[notify]`, if it is there.
pub(super) fn read(file: &mut Table<'_>, env: &Env) -> Option<Settings> {
    let table = file.table(notify::TABLE)?;
    file.keep(notify::read_settings(table, env))
}
