//! Settings of earlier versions that are gone, and what happens now in their place.

use crate::error::Result;
use crate::table::Table;

/// The table, the key, and what happens now.
const REMOVED: &[(&str, &str, &str)] = &[
    (
        "sync",
        "delete-portal-users",
        "portal users are never deleted; they become inactive, and may no longer sign in",
    ),
    (
        "fields",
        "display-name",
        "no service takes a display name; contacts and portal users have a first and a last name",
    ),
];

/// Passes unless `table`, one of those called `of`, holds a setting that was removed.
///
/// # Errors
/// [`Kind::Config`](crate::error::Kind::Config) with the line, and what happens now.
pub(super) fn refuse(table: &Table<'_>, of: &str) -> Result<()> {
    for (_, key, now) in REMOVED.iter().filter(|(table, ..)| *table == of) {
        if let Some(span) = table.place(key) {
            return Err(table
                .error(&span, format!("the setting `{key}` of {} was removed", table.name()))
                .hint(format!("take the line out: {now}")));
        }
    }
    Ok(())
}
