//! Where the state is kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::error::{Error, Kind, Result};
use crate::files;

/// Environment variables by name.
type Env = BTreeMap<String, String>;

/// Returns the folder for state: `CRSYNC_STATE`, else the system-wide one where an administrator made it, else
/// [the user's own](own_folder).
///
/// The system-wide folder is `/var/lib/crsync`, on macOS `/Library/Application Support/crsync`, on Windows
/// `%ProgramData%\crsync`. Locks and the journal end at the folder, so it is never passed over: an account that may
/// not write to it would not see the runs of the others. Such an account may read it.
///
/// # Errors
/// [`Kind::State`] when this machine names no folder.
pub fn folder(env: &Env) -> Result<PathBuf> {
    choose(env, system_wide(env).as_deref())
}

/// Returns the folder for what no other account needs to see: `CRSYNC_STATE`, else `crsync` in the folder that the
/// system keeps for a user's state (on Linux `XDG_STATE_HOME` or `~/.local/state`).
///
/// # Errors
/// [`Kind::State`] when this machine names no such folder.
pub fn own_folder(env: &Env) -> Result<PathBuf> {
    choose(env, None)
}

/// Passes if this account may write to `folder`, where that is the system-wide one.
///
/// In any other the first file that is made says it.
///
/// # Errors
/// [`Kind::State`] when it may not.
pub fn check_writable(folder: &Path, env: &Env) -> Result<()> {
    if system_wide(env).is_some_and(|shared| shared == folder) { writable(folder) } else { Ok(()) }
}

fn choose(env: &Env, system_wide: Option<&Path>) -> Result<PathBuf> {
    let named = |name: &str| env.get(name).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    if let Some(folder) = named("CRSYNC_STATE") {
        return Ok(folder);
    }
    if let Some(folder) = system_wide.filter(|folder| folder.is_dir()) {
        return Ok(folder.to_owned());
    }
    if let Some(folder) = named("XDG_STATE_HOME") {
        return Ok(folder.join("crsync"));
    }
    let strategy = etcetera::choose_base_strategy().map_err(|error| {
        Error::new(Kind::State, "this machine names no folder for state")
            .hint("set CRSYNC_STATE to a folder")
            .source(error)
    })?;
    let folder = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Ok(folder.join("crsync"))
}

/// Returns the folder that all accounts of this machine share, if there is one.
fn system_wide(env: &Env) -> Option<PathBuf> {
    if cfg!(windows) {
        let data = env.get("ProgramData").or_else(|| env.get("PROGRAMDATA"))?;
        return Some(PathBuf::from(data).join("crsync")).filter(|folder| folder.is_absolute());
    }
    let folder =
        if cfg!(target_os = "macos") { "/Library/Application Support/crsync" } else { "/var/lib/crsync" };
    Some(PathBuf::from(folder))
}

/// Passes if a file can be made in `folder`: rights alone do not tell it on every system.
fn writable(folder: &Path) -> Result<()> {
    files::probe(&folder.join("state.db")).map_err(|error| {
        let message = format!("this account may not write to the system-wide state folder {}", folder.display());
        Error::new(Kind::State, message)
            .hint(
                "run crsync as the account that owns the folder; or, where no other account serves these companies, \
                 set CRSYNC_STATE to a folder of your own",
            )
            .source(error)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn env(pairs: &[(&str, &Path)]) -> Env {
        pairs.iter().map(|(name, path)| ((*name).to_owned(), path.display().to_string())).collect()
    }

    #[test]
    fn the_system_wide_folder_wins_over_the_users_own_and_crsync_state_over_both() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let [system, state, home] = ["system", "state", "home"].map(|name| scratch.path().join(name));
        let own = env(&[("XDG_STATE_HOME", &home)]);
        assert_eq!(choose(&own, Some(&system)).expect("a folder"), home.join("crsync"), "it is not there");
        fs::create_dir(&system).expect("a writable folder");
        assert_eq!(choose(&own, Some(&system)).expect("a folder"), system);
        assert_eq!(fs::read_dir(&system).expect("readable").count(), 0, "nothing was left behind");
        let both = env(&[("XDG_STATE_HOME", &home), ("CRSYNC_STATE", &state)]);
        assert_eq!(choose(&both, Some(&system)).expect("a folder"), state);
        assert_eq!(own_folder(&own).expect("a folder"), home.join("crsync"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn on_linux_it_is_in_var_lib() {
        assert_eq!(system_wide(&Env::new()), Some(PathBuf::from("/var/lib/crsync")));
    }

    #[test]
    fn a_system_wide_folder_that_cannot_be_written_is_not_passed_over() {
        // No account may make files here, not even root.
        let unwritable = if cfg!(target_os = "linux") { Path::new("/proc/self") } else { return };
        let own = env(&[("XDG_STATE_HOME", Path::new("/tmp"))]);
        assert_eq!(choose(&own, Some(unwritable)).expect("it can be read"), unwritable);
        let error = writable(unwritable).expect_err("refused");
        assert_eq!(error.kind(), Kind::State);
        assert!(error.message().contains("/proc/self"), "{error}");
        assert!(error.next_step().is_some_and(|next| next.contains("CRSYNC_STATE")));
    }
}
