//! What is remembered of support PINs: never a PIN, only marks made with a key that stays in this database, and
//! when each was read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::broken::text;
use super::{State, random};
use crate::error::Result;
use crate::model::{Id, Mark, Marker, Pin};
use crate::plan::{FieldChange, NewValue};

/// Bytes of a key: as many as the hash has.
const KEY: usize = 32;

/// The PIN of a portal user as it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinReading {
    /// When the portal user had last been changed, as the portal spells it.
    pub modified: Option<String>,
    /// When the PIN was read.
    pub read: Timestamp,
    /// What was read.
    pub pin: Pin,
    /// The contact that was linked to the portal user, and what it held when that was last seen or written.
    pub held: Option<(Id, Pin)>,
}

impl State {
    /// Returns what makes marks of PINs, with the key of this database.
    ///
    /// The key is made when it is first asked for.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be read or written. A command that reads makes one for itself where it cannot be kept.
    pub fn marker(&self) -> Result<Marker> {
        const SELECT: &str = "SELECT value FROM keys WHERE name = 'pins'";
        let known: Option<Vec<u8>> = self.read(|db| db.query_row(SELECT, (), |row| row.get(0)).optional())?;
        if let Some(key) = known {
            return Ok(Marker::new(&key, &self.realm));
        }
        let fresh: [u8; KEY] = random()?;
        let key: Option<Vec<u8>> = self.keep_reading(|db| {
            // Another run may have been faster.
            db.execute("INSERT OR IGNORE INTO keys VALUES ('pins', ?)", [&fresh[..]])?;
            db.query_row(SELECT, (), |row| row.get(0))
        })?;
        // Nothing that is marked with a passing key is kept: what could not be kept once is not tried again.
        Ok(Marker::new(key.as_deref().unwrap_or(&fresh), &self.realm))
    }

    /// Returns the PINs that were read, by portal user.
    ///
    /// # Errors
    /// `Kind::State` when they cannot be read.
    pub fn pins(&self) -> Result<BTreeMap<Id, PinReading>> {
        self.read(|db| {
            let pins = self.rows(
                db,
                "SELECT portal_user, modified, read, hash, length, contact, held, held_length FROM pins
                 WHERE realm = ?",
                [&self.realm],
                |row| format!("when the PIN of the portal user {} was read", text(row, 0)),
                |row| Ok((Id::new(row.get::<_, String>(0)?), reading(row)?)),
            )?;
            Ok(pins.into_iter().collect())
        })
    }

    /// Keeps these readings, each instead of the one before.
    ///
    /// # Errors
    /// `Kind::State` when they cannot be written.
    pub fn keep_pins(&self, readings: &BTreeMap<Id, PinReading>) -> Result<()> {
        self.keep_reading(|db| {
            let mut insert = db.prepare("INSERT OR REPLACE INTO pins VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
            for (user, PinReading { modified, read, pin, held }) in readings {
                let (hash, length) = columns(pin);
                let contact = held.as_ref().map(|(contact, _)| contact.as_str());
                let (held, held_length) = held.as_ref().map_or((None, None), |(_, pin)| columns(pin));
                insert.execute(params![
                    self.realm,
                    user.as_str(),
                    modified,
                    read.as_millisecond(),
                    hash,
                    length,
                    contact,
                    held,
                    held_length
                ])?;
            }
            Ok(())
        })
        .map(drop)
    }

    /// Notes that the PIN of a portal user whose PIN was read before was read again.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn pin_was_read(&self, user: &Id, pin: &Pin, at: Timestamp) -> Result<()> {
        let (hash, length) = columns(pin);
        self.change(|db| {
            db.execute(
                "UPDATE pins SET read = ?, hash = ?, length = ? WHERE realm = ? AND portal_user = ?",
                params![at.as_millisecond(), hash, length, self.realm, user.as_str()],
            )
            .map(drop)
        })
    }

    /// Notes that this run changed a portal user, which is `after` now where it was `before`: that is no reason to
    /// read its PIN again.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn stamped(&self, user: &Id, before: &str, after: &str) -> Result<()> {
        self.change(|db| {
            db.execute(
                "UPDATE pins SET modified = ? WHERE realm = ? AND portal_user = ? AND modified = ?",
                [after, &self.realm, user.as_str(), before],
            )
            .map(drop)
        })
    }

    /// Notes that `contact` now holds the PINs that `fields` say.
    pub(super) fn hold(
        &self,
        db: &Transaction<'_>,
        contact: &Id,
        fields: &[FieldChange],
    ) -> rusqlite::Result<()> {
        for FieldChange { after, .. } in fields.iter().filter(|it| it.field.is_secret()) {
            match after {
                NewValue::PinOf(owner) => db.execute(
                    "UPDATE pins SET contact = ?, held = hash, held_length = length
                     WHERE realm = ? AND portal_user = ?",
                    [contact.as_str(), &self.realm, owner.user.as_str()],
                )?,
                _ => db.execute(
                    "UPDATE pins SET held = '', held_length = 0 WHERE realm = ? AND contact = ?",
                    [&self.realm, contact.as_str()],
                )?,
            };
        }
        Ok(())
    }
}

/// Returns what makes marks that are of use in this run alone, for where there is no state.
///
/// # Errors
/// `Kind::State` when the system gives no randomness.
pub fn passing_marker() -> Result<Marker> {
    Ok(Marker::new(&random::<KEY>()?, ""))
}

/// Returns hash and length; blank if there is no PIN.
fn columns(pin: &Pin) -> (Option<&str>, Option<usize>) {
    match pin {
        Pin::None => (Some(""), Some(0)),
        Pin::Marked(mark) => (Some(&mark.hash), Some(mark.length)),
    }
}

fn pin(row: &Row<'_>, hash: usize, length: usize) -> rusqlite::Result<Option<Pin>> {
    let Some(hash) = row.get::<_, Option<String>>(hash)? else { return Ok(None) };
    let length = row.get::<_, Option<usize>>(length)?.unwrap_or_default();
    Ok(Some(if hash.is_empty() { Pin::None } else { Pin::Marked(Mark { hash, length }) }))
}

fn reading(row: &Row<'_>) -> rusqlite::Result<PinReading> {
    let contact = row.get::<_, Option<String>>(5)?.map(Id::new);
    Ok(PinReading {
        modified: row.get(1)?,
        // A time that cannot be is long past, so the PIN is read again.
        read: Timestamp::from_millisecond(row.get(2)?).unwrap_or(Timestamp::UNIX_EPOCH),
        pin: pin(row, 3, 4)?.unwrap_or(Pin::None),
        held: contact.zip(pin(row, 6, 7)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Field, Row as Matrix, Side, Udf};
    use crate::plan::PinOwner;

    fn state() -> (tempfile::TempDir, State) {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let state = State::open(&folder.path().join("state.db"), "realm").expect("a new state");
        (folder, state)
    }

    fn mark(text: &str) -> Pin {
        Pin::Marked(Mark { hash: text.to_owned(), length: 4 })
    }

    fn reading(pin: Pin, held: Option<(Id, Pin)>) -> BTreeMap<Id, PinReading> {
        let read = Timestamp::UNIX_EPOCH;
        BTreeMap::from([(Id::from("u-1"), PinReading { modified: Some("monday".into()), read, pin, held })])
    }

    fn change(after: NewValue) -> FieldChange {
        let field = Field::Udf(Udf::SupportPin);
        FieldChange { field, before: None, after, source: Side::Portal, row: Matrix::SupportPin, note: None }
    }

    #[test]
    fn readings_come_back_as_they_were_kept() {
        let (_folder, state) = state();
        for (pin, held) in [
            (Pin::None, None),
            (mark("a"), Some((Id::from(7), Pin::None))),
            (mark("b"), Some((Id::from(7), mark("a")))),
        ] {
            let kept = reading(pin, held);
            state.keep_pins(&kept).expect("kept");
            assert_eq!(state.pins().expect("read"), kept);
        }
    }

    #[test]
    fn a_key_is_made_once_for_each_database() {
        let (_folder, own) = state();
        let (_other_folder, other) = state();
        let pin = crate::secret::Secret::new("4821");
        let mark = |state: &State| state.marker().expect("a key").pin(&Id::from("u-1"), &pin);
        assert_eq!(mark(&own), mark(&own));
        assert_ne!(mark(&own), mark(&other));
    }

    #[test]
    fn a_contact_that_was_written_holds_the_pin_that_was_read_last() {
        let (_folder, state) = state();
        state.keep_pins(&reading(mark("a"), Some((Id::from(7), Pin::None)))).expect("kept");
        state.pin_was_read(&Id::from("u-1"), &mark("b"), Timestamp::UNIX_EPOCH).expect("noted");
        let owner = PinOwner { company: Id::from(9), user: Id::from("u-1") };
        let hold = |after| state.change(|db| state.hold(db, &Id::from(7), &[change(after)])).expect("noted");
        hold(NewValue::PinOf(owner));
        assert_eq!(state.pins().expect("read"), reading(mark("b"), Some((Id::from(7), mark("b")))));
        hold(NewValue::Blank);
        assert_eq!(state.pins().expect("read"), reading(mark("b"), Some((Id::from(7), Pin::None))));
    }
}
