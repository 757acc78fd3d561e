//! Paths that begin at the home folder.

use std::path::PathBuf;

use crate::secret::Around;

/// Returns the path with the home folder in the place of a `~` before it, where the machine names one.
pub(super) fn at_home(path: &str, around: &dyn Around) -> PathBuf {
    let rest = path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
    let home = || match around.variables().get("HOME").filter(|home| !home.is_empty()) {
        Some(home) => Some(PathBuf::from(home)),
        None => etcetera::home_dir().ok(),
    };
    match rest.and_then(|rest| Some((rest, home()?))) {
        Some((rest, home)) => home.join(rest.trim_start_matches(['/', '\\'])),
        None => PathBuf::from(path),
    }
}
