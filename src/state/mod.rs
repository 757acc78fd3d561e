//! What survives a run: the folder where it is kept.

use std::collections::BTreeMap;
use std::path::PathBuf;

use etcetera::BaseStrategy;

use crate::error::{Error, Kind, Result};

/// The folder for state: `CRSYNC_STATE`, else `crsync` in the folder that the system keeps for state (on Linux
/// `XDG_STATE_HOME` or `~/.local/state`).
///
/// # Errors
/// [`Kind::State`] when this machine names no such folder.
pub fn folder(env: &BTreeMap<String, String>) -> Result<PathBuf> {
    let named = |name: &str| env.get(name).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    if let Some(folder) = named("CRSYNC_STATE") {
        return Ok(folder);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_where_the_environment_says() {
        let env = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let found = folder(&env(&[("CRSYNC_STATE", "/a"), ("XDG_STATE_HOME", "/b")])).expect("named");
        assert_eq!(found, PathBuf::from("/a"));
        assert_eq!(folder(&env(&[("XDG_STATE_HOME", "/b")])).expect("named"), PathBuf::from("/b/crsync"));
    }
}
