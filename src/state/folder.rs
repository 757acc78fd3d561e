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
/// not write to it would not see the runs of the others. Such an account may read it; on Windows the folder is for one
/// account, the system and administrators alone.
///
/// # Errors
/// [`Kind::State`] when this machine names no folder, or on Windows the system-wide one is open to others.
pub fn folder(env: &Env) -> Result<PathBuf> {
    let shared = system_wide(env);
    let folder = choose(env, shared.as_deref())?;
    if shared.is_some_and(|shared| shared == folder) {
        closed(&folder)?;
    }
    Ok(folder)
}

/// Returns the folder for what no other account needs to see: `CRSYNC_STATE`, else `crsync` in the folder that the
/// system keeps for a user's state (on Linux `XDG_STATE_HOME` or `~/.local/state`, on Windows `%LOCALAPPDATA%`).
///
/// # Errors
/// [`Kind::State`] when this machine names no such folder.
pub fn own_folder(env: &Env) -> Result<PathBuf> {
    choose(env, None)
}

/// Reports whether the system names no folder for this account's own files.
pub fn is_homeless() -> bool {
    etcetera::choose_base_strategy().is_err()
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
        Error::new(Kind::State, "this account has no home folder, so there is no place for the state")
            .hint("set CRSYNC_STATE to a folder that this account may write to")
            .source(error)
    })?;
    match strategy.state_dir() {
        Some(folder) => Ok(folder.join("crsync")),
        // The system names one folder for what stays on this machine, and one that it takes to others.
        None => staying(strategy.cache_dir().join("crsync"), &strategy.data_dir().join("crsync")),
    }
}

/// Returns the `local` folder of a profile: locks mean nothing on another machine, and the journal of one must not
/// replace that of another.
///
/// # Errors
/// [`Kind::State`] when there is a state in the `roaming` folder, as an earlier crsync kept it, and none here.
fn staying(local: PathBuf, roaming: &Path) -> Result<PathBuf> {
    let holds = |folder: &Path| folder.join("state.db").is_file();
    if !holds(roaming) || holds(&local) {
        return Ok(local);
    }
    let message = format!(
        "the state is in {}, a folder that Windows takes to other machines, where no lock reaches",
        roaming.display()
    );
    let hint = format!(
        "move it: state.*, locks and pictures to {}; or name its folder with CRSYNC_STATE",
        local.display()
    );
    Err(Error::new(Kind::State, message).hint(hint))
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

/// Passes if the system-wide folder is for this account and administrators alone. Every account of Windows may make a folder
/// where that one is, and a new one can be read by all.
///
/// # Errors
/// [`Kind::State`] with the command that closes it, or with the account that it may be for.
#[cfg(windows)]
fn closed(folder: &Path) -> Result<()> {
    let shown = folder.display();
    let open = |who: &str| Error::new(Kind::State, format!("the system-wide state folder {shown} {who}"));
    match files::access(folder) {
        Ok(access) if access.others.is_empty() => Ok(()),
        Ok(access) => {
            let hint = format!("{}; or name another folder with CRSYNC_STATE", access.remedy("folder"));
            Err(open(&format!("can be used by others: {}", access.others.join(", "))).hint(hint))
        }
        Err(error) => Err(open("may be open to others: its access control list cannot be read")
            .source(error)
            .hint("run crsync as the account that it is for, or name another folder with CRSYNC_STATE")),
    }
}

/// Passes: elsewhere only an administrator can make the system-wide folder.
#[cfg(not(windows))]
#[allow(clippy::unnecessary_wraps)] // as on Windows
fn closed(_: &Path) -> Result<()> {
    Ok(())
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

    #[test]
    fn in_a_profile_it_stays_on_this_machine_and_an_earlier_one_that_roams_is_not_passed_over() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let [local, roaming] = ["Local/crsync", "Roaming/crsync"].map(|name| scratch.path().join(name));
        let chosen = || staying(local.clone(), &roaming);
        assert_eq!(chosen().expect("nothing is there yet"), local);
        fs::create_dir_all(&roaming).expect("a writable folder");
        assert_eq!(chosen().expect("the configuration is there"), local);
        fs::write(roaming.join("state.db"), "").expect("a writable folder");
        let error = chosen().expect_err("a state that would be forgotten");
        assert!(error.message().contains(&roaming.display().to_string()), "{error}");
        assert!(error.next_step().is_some_and(|next| next.contains(&local.display().to_string())));
        fs::create_dir_all(&local).expect("a writable folder");
        fs::rename(roaming.join("state.db"), local.join("state.db")).expect("as it says");
        assert_eq!(chosen().expect("it was moved"), local);
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
