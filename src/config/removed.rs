//! Settings of earlier versions that are gone, and what happens now in their place.

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

/// Keeps a mistake for every setting in `table`, one of those called `of`, that was removed: with what happens now.
pub(super) fn refuse(table: &mut Table<'_>, of: &str) {
    for (_, key, now) in REMOVED.iter().filter(|(table, ..)| *table == of) {
        if let Some(span) = table.place(key) {
            let removed = format!("the setting `{key}` of {} was removed", table.name());
            table.kept(table.error(&span, removed).hint(format!("take the line out: {now}")));
            table.leave(key);
        }
    }
}
