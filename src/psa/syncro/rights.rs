//! What the token may do, as Syncro tells it of customers; contacts have no permissions of their own.

use super::session::Session;
use super::wire::CustomerRights;
use crate::error::Result;
use crate::model::{Held, Row};
use crate::side::{Right, RightsRequest};

/// Returns the rights that the request needs.
///
/// # Errors
/// What keeps the account from being asked.
pub(super) fn rights(session: &Session, request: &RightsRequest) -> Result<Vec<Right>> {
    let CustomerRights { read, write } =
        session.me()?.permissions.and_then(|all| all.customer).unwrap_or_default();
    let writes = [request.on_contacts(), request.on_companies()].concat();
    let needed =
        [("Customers - View Detail", vec![Row::MatchUsers], read), ("Customers - Edit", writes, write)];
    let needed = needed.into_iter().filter(|(_, rows, _)| !rows.is_empty());
    Ok(needed.map(|(name, rows, told)| judged(name, &rows, told)).collect())
}

fn judged(name: &str, rows: &[Row], told: Option<bool>) -> Right {
    let right = Right::new(name, rows);
    match told {
        Some(true) => right.held(Held::Yes, ""),
        Some(false) => right.held(
            Held::No,
            format!(
                "give the token the permission {name} under Admin > API Tokens; the rights of the user who made it \
                 limit it too"
            ),
        ),
        None => right.unknown("Syncro does not tell this permission"),
    }
}
