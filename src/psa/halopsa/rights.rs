//! What the application and its agent may do. HaloPSA does not tell it, and what counts is what both may do: reading is
//! tried, and nothing is concluded of writing.

use super::read;
use super::session::Session;
use super::wire::{Client, Record, User};
use crate::error::{Kind, Result};
use crate::model::{Held, Row};
use crate::side::{Right, RightsRequest};

/// The application's permissions, as HaloPSA calls them.
const READ: &str = "read:customers";
const EDIT: &str = "edit:customers";

/// Returns the rights that the request needs.
///
/// # Errors
/// What keeps the instance from being asked: anything but a missing right.
pub(super) fn rights(session: &Session, request: &RightsRequest) -> Result<Vec<Right>> {
    session.begin()?;
    let mut rights = vec![
        read_of::<Client>(session, &format!("{READ}, of clients"))?,
        read_of::<User>(session, &format!("{READ}, of users"))?,
    ];
    let writes = [request.on_contacts(), request.on_companies()].concat();
    if !writes.is_empty() {
        let right = Right::new(EDIT, &writes);
        rights.push(right.unknown("HaloPSA tells what may be written only when it is written"));
    }
    Ok(rights)
}

fn read_of<T: Record>(session: &Session, name: &str) -> Result<Right> {
    let right = Right::new(name, &[Row::MatchUsers]);
    match read::some::<T>(session) {
        Ok(_) => Ok(right.held(Held::Yes, "")),
        Err(error) if error.kind() == Kind::Permission => {
            Ok(right.held(Held::No, error.next_step().unwrap_or_default()))
        }
        Err(error) => Err(error),
    }
}
