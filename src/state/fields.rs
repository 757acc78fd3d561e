//! Field values that cost a request for every record, kept between runs.
//!
//! All of a realm and of the kinds that count are loaded at once, since nearly all of them are asked for. Secrets never come onto the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use super::State;
use super::broken::text;
use crate::error::Result;
use crate::model::{Field, Fields, Id, RecordKind};
use crate::side::FieldCache;

/// After how many new ones they are written to disk: what a run that is stopped has to ask for again at most.
const BATCH: usize = 100;

/// The kinds of records whose fields are kept.
const KINDS: [RecordKind; 3] = [RecordKind::PsaCompany, RecordKind::Contact, RecordKind::PortalCompany];

type Key = (RecordKind, Id);

/// The kept fields of one realm.
pub struct KeptFields {
    state: Arc<State>,
    refresh: BTreeMap<RecordKind, Duration>,
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
    /// Loads the fields that `state` keeps and that are not too old at `now`.
    ///
    /// They may be as old as `refresh` says of their kind; of a kind that it does not name, nothing lasts between runs.
    /// By a hash of its id, a record's age limit is up to a quarter less, so that not all grow old in one run.
    ///
    /// # Errors
    /// `Kind::State` when the database cannot be read.
    pub fn load(state: Arc<State>, refresh: BTreeMap<RecordKind, Duration>, now: Timestamp) -> Result<Self> {
        let found = state.read(|db| {
            state.rows(
                db,
                "SELECT kind, id, stamp, read, fields FROM fields WHERE realm = ?",
                [&state.realm],
                |row| kept_of(&text(row, 0), &text(row, 1)),
                |row| {
                    Ok((
                        (row.get::<_, String>(0)?, row.get::<_, String>(1)?),
                        row.get::<_, String>(2)?,
                        row.get::<_, i64>(3)?,
                        row.get::<_, String>(4)?,
                    ))
                },
            )
        })?;
        let record = |((kind, id), stamp, read, fields): ((String, String), String, i64, String)| {
            let read = Timestamp::from_second(read).ok()?;
            let age = Duration::try_from(now.duration_since(read)).ok()?;
            let known = KINDS.into_iter().find(|known| known.name() == kind);
            let counts =
                known.map(|known| refresh.get(&known).is_some_and(|refresh| age < limit(*refresh, &id)));
            if counts == Some(false) {
                return None;
            }
            // What cannot be read is asked for again.
            let fields: Option<Vec<(Field, String)>> = serde_json::from_str(&fields).ok();
            let Some((kind, fields)) = known.zip(fields) else {
                state.pass_over(kept_of(&kind, &id));
                return None;
            };
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
        let now = Timestamp::now();
        // Values that only look old, as the clock jumped forth, are expensive to read again.
        let doubtful = self.state.ages(now)?.is_doubtful();
        self.state.keep_reading(|db| {
            for (kind, refresh) in self.refresh.iter().filter(|_| !doubtful) {
                let oldest = now.checked_sub(*refresh).map_or(i64::MIN, Timestamp::as_second);
                let old = "DELETE FROM fields WHERE realm = ? AND kind = ? AND read <= ?";
                db.execute(old, params![realm, kind.name(), oldest])?;
            }
            // Another run may have read the record later than this one. One of the future did not: the clock was set
            // back since.
            let mut put = db.prepare(
                "INSERT INTO fields VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE
                 SET stamp = excluded.stamp, read = excluded.read, fields = excluded.fields
                 WHERE excluded.read >= read OR read > ?7",
            )?;
            for key in &kept.unsaved {
                let Some(Record { stamp, read, fields }) = kept.records.get(key) else { continue };
                // That a secret is blank may be kept: without it, nothing could be written there until it is read again.
                let may_be_kept = |(field, text): &(Field, &str)| !field.is_secret() || text.is_empty();
                let fields: Vec<(Field, &str)> = fields.exposed().filter(may_be_kept).collect();
                let fields = serde_json::to_string(&fields)
                    .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                put.execute(params![
                    realm,
                    key.0.name(),
                    key.1.as_str(),
                    stamp,
                    read.as_second(),
                    fields,
                    now.as_second()
                ])?;
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

    fn read_at(&self, kind: RecordKind, id: &Id) -> Option<Timestamp> {
        self.kept().records.get(&(kind, id.clone())).map(|it| it.read)
    }

    fn put(&self, kind: RecordKind, id: &Id, stamp: &str, fields: &Fields) {
        let mut kept = self.kept();
        let (key, read) = ((kind, id.clone()), Timestamp::now());
        kept.records.insert(key.clone(), Record { stamp: stamp.to_owned(), read, fields: fields.clone() });
        if !self.refresh.contains_key(&kind) {
            return;
        }
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

/// Returns the words for kept fields that cannot be read.
fn kept_of(kind: &str, id: &str) -> String {
    format!("the kept fields of {kind} {id}")
}

/// Returns how old the fields of the record with this id may be.
fn limit(refresh: Duration, id: &str) -> Duration {
    let hash = ring::digest::digest(&ring::digest::SHA256, id.as_bytes());
    let part = hash.as_ref().first().copied().unwrap_or_default();
    // Of 256 parts of a quarter.
    refresh / 1024 * (1024 - u32::from(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Udf;
    use std::path::Path;

    const CONTACT: RecordKind = RecordKind::Contact;
    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    fn later(days: f64) -> Timestamp {
        let days = Duration::from_secs_f64(days * 86_400.0);
        Timestamp::now().checked_add(days).expect("a time")
    }

    fn load(folder: &Path, now: Timestamp) -> KeptFields {
        let state = State::open(&folder.join("state.db"), "r").expect("a state");
        KeptFields::load(Arc::new(state), ages(), now).expect("readable")
    }

    /// Contacts may be a week old, companies of the PSA two; of companies of the portal nothing lasts.
    fn ages() -> BTreeMap<RecordKind, Duration> {
        BTreeMap::from([(CONTACT, WEEK), (RecordKind::PsaCompany, 2 * WEEK)])
    }

    fn fields(id: &str) -> Fields {
        Fields::new().with(Field::Udf(Udf::Office365Id), id).with(Field::Udf(Udf::TypeMapping), "")
    }

    #[test]
    fn fields_last_until_another_run_under_their_stamp() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let first = load(folder.path(), later(0.0));
        first.put(CONTACT, &Id::from(7), "monday", &fields("u-1"));
        first.put(RecordKind::PsaCompany, &Id::from(7), "", &fields("t-1"));
        assert_eq!(load(folder.path(), later(0.0)).get(CONTACT, &Id::from(7), "monday"), None, "not yet");
        first.save().expect("written");
        let second = load(folder.path(), later(0.0));
        assert_eq!(
            second.get(CONTACT, &Id::from(7), "monday"),
            Some(fields("u-1")),
            "blank is kept as blank"
        );
        assert_eq!(second.get(RecordKind::PsaCompany, &Id::from(7), ""), Some(fields("t-1")));
        assert_eq!(second.get(CONTACT, &Id::from(7), "tuesday"), None);
        assert_eq!(second.get(CONTACT, &Id::from(8), "monday"), None);
        assert!(second.read_at(CONTACT, &Id::from(7)).is_some_and(|read| read <= Timestamp::now()));
        assert_eq!(second.read_at(CONTACT, &Id::from(8)), None);
        let other = State::open(&folder.path().join("state.db"), "other").expect("a state");
        let other = KeptFields::load(Arc::new(other), ages(), later(0.0)).expect("readable");
        assert_eq!(other.get(CONTACT, &Id::from(7), "monday"), None);
    }

    #[test]
    fn a_run_that_is_stopped_keeps_most_of_what_it_read() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let stopped = load(folder.path(), later(0.0));
        for id in 0..150 {
            stopped.put(CONTACT, &Id::from(id), "monday", &fields("u"));
        }
        let next = load(folder.path(), later(0.0));
        let known = (0..150).filter(|id| next.get(CONTACT, &Id::from(*id), "monday").is_some()).count();
        assert_eq!(known, 100);
    }

    #[test]
    fn what_is_written_is_forgotten_before() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let kept = load(folder.path(), later(0.0));
        kept.put(CONTACT, &Id::from(7), "monday", &fields("u-1"));
        kept.put(CONTACT, &Id::from(8), "monday", &fields("u-2"));
        kept.save().expect("written");
        kept.forget(CONTACT, &Id::from(7)).expect("forgotten");
        assert_eq!(kept.get(CONTACT, &Id::from(7), "monday"), None);
        let next = load(folder.path(), later(0.0));
        assert_eq!(next.get(CONTACT, &Id::from(7), "monday"), None);
        assert!(next.get(CONTACT, &Id::from(8), "monday").is_some());
    }

    #[test]
    fn a_run_that_read_earlier_does_not_undo_a_later_one() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (early, late) = (load(folder.path(), later(0.0)), load(folder.path(), later(0.0)));
        early.put(CONTACT, &Id::from(7), "monday", &fields("old"));
        late.put(CONTACT, &Id::from(7), "monday", &fields("new"));
        early.kept().records.get_mut(&(CONTACT, Id::from(7))).expect("there").read -= Duration::from_secs(5);
        late.save().expect("written");
        early.save().expect("written");
        let next = load(folder.path(), later(0.0));
        assert_eq!(next.get(CONTACT, &Id::from(7), "monday"), Some(fields("new")));
    }

    #[test]
    fn values_that_were_read_before_the_clock_was_set_back_give_way() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let ahead = load(folder.path(), later(0.0));
        ahead.put(CONTACT, &Id::from(7), "monday", &fields("old"));
        let read = later(365.0);
        ahead.kept().records.get_mut(&(CONTACT, Id::from(7))).expect("there").read = read;
        ahead.save().expect("written");
        let now = load(folder.path(), later(0.0));
        assert_eq!(
            now.get(CONTACT, &Id::from(7), "monday"),
            None,
            "a reading of the future counts for nothing"
        );
        now.put(CONTACT, &Id::from(7), "monday", &fields("new"));
        now.save().expect("written");
        let next = load(folder.path(), later(0.0));
        assert_eq!(next.get(CONTACT, &Id::from(7), "monday"), Some(fields("new")));
    }

    #[test]
    fn fields_grow_old_one_after_the_other_and_none_later_than_it_should() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let kept = load(folder.path(), later(0.0));
        for id in 0..400 {
            kept.put(CONTACT, &Id::from(id), "monday", &fields("u"));
        }
        kept.save().expect("written");
        let known = |days| {
            let kept = load(folder.path(), later(days));
            (0..400).filter(|id| kept.get(CONTACT, &Id::from(*id), "monday").is_some()).count()
        };
        assert_eq!((known(5.2), known(7.1)), (400, 0));
        // A quarter of the week: a day and three quarters.
        for (days, expected) in [(5.69, 300), (6.13, 200), (6.56, 100)] {
            assert!(known(days).abs_diff(expected) < 40, "{days}: {}", known(days));
        }
    }

    #[test]
    fn each_kind_grows_old_at_its_own_age() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let kept = load(folder.path(), later(0.0));
        let kinds = [CONTACT, RecordKind::PsaCompany, RecordKind::PortalCompany];
        for kind in kinds {
            kept.put(kind, &Id::from(7), "", &fields("u"));
            assert!(kept.get(kind, &Id::from(7), "").is_some(), "it is known in this run");
        }
        kept.save().expect("written");
        let known = |days| {
            let kept = load(folder.path(), later(days));
            kinds.map(|kind| kept.get(kind, &Id::from(7), "").is_some())
        };
        assert_eq!(known(0.1), [true, true, false]);
        assert_eq!(known(8.0), [false, true, false]);
        assert_eq!(known(15.0), [false, false, false]);
    }

    #[test]
    fn that_a_secret_is_blank_is_kept() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let kept = load(folder.path(), later(0.0));
        let blank = fields("u-1").with(Field::Udf(Udf::SupportPin), "");
        kept.put(CONTACT, &Id::from(7), "monday", &blank);
        kept.save().expect("written");
        assert_eq!(load(folder.path(), later(0.0)).get(CONTACT, &Id::from(7), "monday"), Some(blank));
    }

    #[test]
    fn a_secret_never_comes_onto_the_disk() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let kept = load(folder.path(), later(0.0));
        let secret = fields("u-1").with(Field::Udf(Udf::SupportPin), "48213");
        kept.put(CONTACT, &Id::from(7), "monday", &secret);
        assert_eq!(kept.get(CONTACT, &Id::from(7), "monday"), Some(secret), "it is known in this run");
        kept.save().expect("written");
        assert!(!format!("{kept:?}").contains("48213"));
        assert_eq!(load(folder.path(), later(0.0)).get(CONTACT, &Id::from(7), "monday"), Some(fields("u-1")));
        for entry in std::fs::read_dir(folder.path()).expect("readable") {
            let bytes = std::fs::read(entry.expect("an entry").path()).expect("readable");
            assert!(!bytes.windows(5).any(|part| part == b"48213"));
        }
    }
}
