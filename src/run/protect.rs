//! Keeps what survives a run from other accounts.

use std::io;
use std::path::Path;

use anyhow::Result;

use super::front::{Notice, Progress};
use crate::files::Narrowed;
use crate::state::{self, Protected};

/// Takes the state from every account but its owner's, and passes on what that changed.
///
/// # Errors
/// When it cannot be passed on.
pub(super) fn protect(state: &Path, front: &mut dyn Progress) -> Result<()> {
    let shown = state.parent().unwrap_or(state).display();
    let (message, next) = match state::protect(state) {
        Ok(Protected { narrowed, shares_its_folder: _ }) if !narrowed.is_empty() => {
            let name = |one: &Narrowed| format!("{} (mode {:o})", one.path.display(), one.former);
            let names = narrowed.iter().map(name).collect::<Vec<_>>().join(", ");
            (format!("other accounts could use {names}: now only its owner can"), None)
        }
        Ok(Protected { shares_its_folder: false, .. }) => return Ok(()),
        Ok(Protected { shares_its_folder: true, .. }) => (
            format!("the state folder {shown} is open to other accounts, and holds other things as well"),
            Some(format!("set CRSYNC_STATE to a folder of its own, or run `chmod 700 {shown}`")),
        ),
        // Who may use another account's state is that account's decision.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(()),
        Err(error) => (
            format!("the state in {shown} is open to other accounts, and stays so: {error}"),
            Some(format!("run `chmod -R go= {shown}` in the account that owns it")),
        ),
    };
    front.notice(Notice::warning(message, next))
}
