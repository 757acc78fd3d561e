//! What was written to 365 users a short while ago: readings may not show it yet.

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use super::State;
use super::broken::text;
use super::history::{change_of, parsed};
use crate::error::Result;
use crate::model::{Field, Fields, Id};
use crate::plan::{Change, NewValue, Settled, Settlement};

/// How long a reading of 365 may lag.
///
/// The vendor documents say seconds to minutes.
pub const LAG: SignedDuration = SignedDuration::from_mins(10);

/// A field of a 365 user that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentWrite {
    /// 365 object id.
    pub user: Id,
    /// The field.
    pub field: Field,
    /// What it held before; blank where it was blank.
    pub before: String,
    /// What was written.
    pub after: String,
}

impl RecentWrite {
    /// Puts what was written in the place of what was there before it, in a reading that shows the user as it was.
    ///
    /// Any other value is newer than the write, and stays. Of several writes each brings the reading on, in the order
    /// they were made.
    pub fn make_up_for(&self, fields: &mut Fields) {
        let now = fields.text(self.field).unwrap_or_default();
        if now.is_empty() == self.before.is_empty() && self.field.same(now, &self.before) {
            fields.set(self.field, &self.after);
        }
    }
}

impl State {
    /// Returns what was written to 365 users in the minutes before `now`, whatever the realm, in the order of
    /// writing.
    ///
    /// A write of the future is recent only in the run that was begun last: the clock was set back since.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn recent_writes(&self, now: Timestamp) -> Result<Vec<RecentWrite>> {
        let now = now.as_millisecond();
        let since = now.saturating_sub(i64::try_from(LAG.as_millis()).unwrap_or(i64::MAX));
        let entries: Vec<(Change, Settled)> = self.read(|db| {
            self.rows(
                db,
                "SELECT change, settled, seq, run FROM changes JOIN results USING (run, seq) JOIN runs ON runs.id = run
                 WHERE at > ?1 AND (at <= ?2 OR runs.rowid = (SELECT max(rowid) FROM runs))
                 AND change LIKE '%\"kind\":\"tenant-user\"%' ORDER BY at, run, seq",
                params![since, now],
                |row| change_of(&text(row, 2), &text(row, 3)),
                |row| Ok((parsed(row, 0)?, parsed(row, 1)?)),
            )
        })?;
        let done = entries.into_iter().filter(|(_, settled)| settled.how == Settlement::Done);
        Ok(done.flat_map(|(change, _)| written(change)).collect())
    }
}

fn written(change: Change) -> Vec<RecentWrite> {
    let Some(user) = change.record.id else { return Vec::new() };
    let write = |field: crate::plan::FieldChange| RecentWrite {
        user: user.clone(),
        field: field.field,
        before: field.before.unwrap_or_default(),
        after: match field.after {
            NewValue::Text(text) => text,
            NewValue::Blank | NewValue::IdOf(_) | NewValue::PinOf(_) => String::new(),
        },
    };
    change.fields.into_iter().map(write).collect()
}
