//! What is remembered of support PINs: never a PIN, only marks made with a key that stays in this database, and
//! when each was read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::State;
use crate::error::{Error, Kind, Result};
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
    /// What makes marks of PINs, with the key of this database, which is made when it is first asked for.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be read or written.
    pub fn marker(&self) -> Result<Marker> {
        const SELECT: &str = "SELECT value FROM keys WHERE name = 'pins'";
        let known: Option<Vec<u8>> = self.read(|db| db.query_row(SELECT, (), |row| row.get(0)).optional())?;
        let key = match known {
            Some(key) => key,
            None => {
                let fresh = random()?;
                self.change(|db| {
                    // Another run may have been faster.
                    db.execute("INSERT OR IGNORE INTO keys VALUES ('pins', ?)", [&fresh[..]])?;
                    db.query_row(SELECT, (), |row| row.get(0))
                })?
            }
        };
        Ok(Marker::new(&key, &self.realm))
    }

    /// The PINs that were read, by portal user.
    ///
    /// # Errors
    /// `Kind::State` when they cannot be read.
    pub fn pins(&self) -> Result<BTreeMap<Id, PinReading>> {
        self.read(|db| {
            let mut pins = db.prepare(
                "SELECT portal_user, modified, read, hash, length, contact, held, held_length FROM pins
                 WHERE realm = ?",
            )?;
            pins.query_map([&self.realm], |row| Ok((Id::new(row.get::<_, String>(0)?), reading(row)?)))?
                .collect()
        })
    }

    /// Keeps these readings, each instead of the one before.
    ///
    /// # Errors
    /// `Kind::State` when they cannot be written.
    pub fn keep_pins(&self, readings: &BTreeMap<Id, PinReading>) -> Result<()> {
        self.change(|db| {
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

/// What makes marks that are of use in this run alone, for where there is no state.
///
/// # Errors
/// `Kind::State` when the system gives no randomness.
pub fn passing_marker() -> Result<Marker> {
    Ok(Marker::new(&random()?, ""))
}

fn random() -> Result<[u8; KEY]> {
    let mut key = [0; KEY];
    SystemRandom::new()
        .fill(&mut key)
        .map_err(|_| Error::new(Kind::State, "the system gives no randomness for the key of support PINs"))?;
    Ok(key)
}

/// Hash and length; blank where there is no PIN.
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
