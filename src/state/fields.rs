//! Field values that cost a request for every record, kept between runs.
//!
//! All of a realm are loaded at once, since nearly all of them are asked for. Secrets never come onto the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use super::State;
use crate::error::Result;
use crate::model::{Field, FieldCache, Fields, Id, RecordKind};

/// After how many new ones they are written to disk: what a run that is stopped has to ask for again at most.
const BATCH: usize = 100;

/// The kinds of records whose fields are kept.
const KINDS: [RecordKind; 2] = [RecordKind::PsaCompany, RecordKind::Contact];

type Key = (RecordKind, Id);

/// The kept fields of one realm.
pub struct KeptFields {
    state: Arc<State>,
    refresh: Duration,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    records: BTreeMap<Key, Record>,
    /// Those that are not on disk yet.
    unsaved: BTreeSet<Key>,
}

struct Record {
    stamp: String,
    read: Timestamp,
    fields: Fields,
}

impl fmt::Debug for KeptFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptFields").field("refresh", &self.refresh).finish_non_exhaustive()
    }
}

impl KeptFields {
    /// The fields that `state` keeps and that are not too old at `now`. They may be as old as `refresh`; by a hash
    /// of its id a record's age limit is up to a quarter less, so that not all grow old in one run.
    ///
    /// # Errors
    /// `Kind::State` when the database cannot be read.
    pub fn load(state: Arc<State>, refresh: Duration, now: Timestamp) -> Result<Self> {
        let found = state.read(|db| {
            let mut fields =
                db.prepare("SELECT kind, id, stamp, read, fields FROM fields WHERE realm = ?")?;
            let rows = fields.query_map([&state.realm], |row| {
                Ok((
                    (row.get::<_, String>(0)?, row.get::<_, String>(1)?),
                    row.get::<_, String>(2)?,
                    row.get::<_, i64>(3)?,
                    row.get::<_, String>(4)?,
                ))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let record = |((kind, id), stamp, read, fields): ((String, String), String, i64, String)| {
            let read = Timestamp::from_second(read).ok()?;
            let age = Duration::try_from(now.duration_since(read)).ok()?;
            if age >= limit(refresh, &id) {
                return None;
            }
            // What another version wrote and this one cannot read is asked for again.
            let kind = KINDS.into_iter().find(|known| known.name() == kind)?;
            let fields: Vec<(Field, String)> = serde_json::from_str(&fields).ok()?;
            let fields = fields.into_iter().collect();
            Some(((kind, Id::new(id)), Record { stamp, read, fields }))
        };
        let records = found.into_iter().filter_map(record).collect();
        let kept = Mutex::new(Kept { records, unsaved: BTreeSet::new() });
        Ok(Self { state, refresh, kept })
    }

    /// Writes to disk what is not there yet, and takes off what is too old in any case.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written: what is lost is asked for again.
    pub fn save(&self) -> Result<()> {
        self.write(&mut self.kept())
    }

    fn write(&self, kept: &mut Kept) -> Result<()> {
        if kept.unsaved.is_empty() {
            return Ok(());
        }
        let realm = &self.state.realm;
        let oldest = Timestamp::now().checked_sub(self.refresh).map_or(i64::MIN, Timestamp::as_second);
        self.state.change(|db| {
            db.execute("DELETE FROM fields WHERE realm = ? AND read <= ?", params![realm, oldest])?;
            // Another run may have read the record later than this one.
            let mut put = db.prepare(
                "INSERT INTO fields VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
                 SET stamp = excluded.stamp, read = excluded.read, fields = excluded.fields
                 WHERE excluded.read >= read",
            )?;
            for key in &kept.unsaved {
                let Some(Record { stamp, read, fields }) = kept.records.get(key) else { continue };
                let fields: Vec<(Field, &str)> =
                    fields.iter().filter(|(field, _)| !field.is_secret()).collect();
                let fields = serde_json::to_string(&fields)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                put.execute(params![realm, key.0.name(), key.1.as_str(), stamp, read.as_second(), fields])?;
            }
            Ok(())
        })?;
        kept.unsaved.clear();
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FieldCache for KeptFields {
    fn get(&self, kind: RecordKind, id: &Id, stamp: &str) -> Option<Fields> {
        let kept = self.kept();
        kept.records.get(&(kind, id.clone())).filter(|it| it.stamp == stamp).map(|it| it.fields.clone())
    }

    fn put(&self, kind: RecordKind, id: &Id, stamp: &str, fields: &Fields) {
        let mut kept = self.kept();
        let (key, read) = ((kind, id.clone()), Timestamp::now());
        kept.records.insert(key.clone(), Record { stamp: stamp.to_owned(), read, fields: fields.clone() });
        kept.unsaved.insert(key);
        if kept.unsaved.len().is_multiple_of(BATCH)
            && let Err(error) = self.write(&mut kept)
        {
            tracing::warn!("{error}");
        }
    }

    fn forget(&self, kind: RecordKind, id: &Id) -> Result<()> {
        let mut kept = self.kept();
        let key = (kind, id.clone());
        kept.records.remove(&key);
        kept.unsaved.remove(&key);
        let realm = &self.state.realm;
        self.state.change(|db| {
            db.execute(
                "DELETE FROM fields WHERE realm = ? AND kind = ? AND id = ?",
                params![realm, kind.name(), id.as_str()],
            )
            .map(drop)
        })
    }
}

/// How old the fields of the record with this id may be.
fn limit(refresh: Duration, id: &str) -> Duration {
    let hash = ring::digest::digest(&ring::digest::SHA256, id.as_bytes());
    let part = hash.as_ref().first().copied().unwrap_or_default();
    refresh - refresh / 4 / 256 * u32::from(part)
}
