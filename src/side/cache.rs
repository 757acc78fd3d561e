//! Field values that cost a request for every record: kept so that they are asked for once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::error::Result;
use crate::model::{Fields, Id, RecordKind};

/// Keeps the fields of records, each under a stamp: whatever must be unchanged for the fields to be believed, such
/// as what the service calls the time of the record's last change.
///
/// Values can change without moving the stamp where a service does not count them as part of the record, so
/// whatever lasts between runs lets them grow old. Secrets are kept in memory at most.
pub trait FieldCache: fmt::Debug + Send + Sync {
    /// Returns the fields of a record, if they were put in under this stamp and are not too old. A secret may be missing.
    fn get(&self, kind: RecordKind, id: &Id, stamp: &str) -> Option<Fields>;

    /// Returns when the fields of a record were put in, under whatever stamp, if they are there and that is known.
    fn read_at(&self, kind: RecordKind, id: &Id) -> Option<Timestamp>;

    /// Keeps the fields of a record, instead of those kept before.
    fn put(&self, kind: RecordKind, id: &Id, stamp: &str, fields: &Fields);

    /// Forgets the fields of a record that is about to be written.
    ///
    /// # Errors
    /// When they could not be forgotten for good: the record must not be written then.
    fn forget(&self, kind: RecordKind, id: &Id) -> Result<()>;
}

/// A cache that lasts as long as the run.
#[derive(Default)]
pub struct MemoryCache(Mutex<BTreeMap<(RecordKind, Id), Put>>);

/// What was put in: under which stamp, when, and the fields.
type Put = (String, Timestamp, Fields);

#[cfg(test)]
impl MemoryCache {
    /// Lets everything have been put in so much earlier.
    pub fn grow_old(&self, by: std::time::Duration) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, read, _) in kept.values_mut() {
            *read = read.checked_sub(by).unwrap_or(Timestamp::MIN);
        }
    }
}

impl fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryCache")
    }
}

impl FieldCache for MemoryCache {
    fn get(&self, kind: RecordKind, id: &Id, stamp: &str) -> Option<Fields> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&(kind, id.clone())).filter(|(under, ..)| under == stamp).map(|(.., fields)| fields.clone())
    }

    fn read_at(&self, kind: RecordKind, id: &Id) -> Option<Timestamp> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&(kind, id.clone())).map(|(_, read, _)| *read)
    }

    fn put(&self, kind: RecordKind, id: &Id, stamp: &str, fields: &Fields) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert((kind, id.clone()), (stamp.to_owned(), Timestamp::now(), fields.clone()));
    }

    fn forget(&self, kind: RecordKind, id: &Id) -> Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(kind, id.clone()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Field, Udf};

    #[test]
    fn fields_are_given_back_under_their_stamp_alone() {
        let (cache, id) = (MemoryCache::default(), Id::from(7));
        let fields = Fields::new().with(Field::Udf(Udf::SupportPin), "4821");
        cache.put(RecordKind::Contact, &id, "monday", &fields);
        assert_eq!(cache.get(RecordKind::Contact, &id, "monday"), Some(fields.clone()));
        assert_eq!(cache.get(RecordKind::Contact, &id, "tuesday"), None);
        assert_eq!(cache.get(RecordKind::PsaCompany, &id, "monday"), None);
        assert!(cache.read_at(RecordKind::Contact, &id).is_some());
        assert_eq!(cache.read_at(RecordKind::PsaCompany, &id), None);
        assert!(!format!("{cache:?}").contains("4821"));
        cache.forget(RecordKind::Contact, &id).expect("memory");
        assert_eq!(cache.get(RecordKind::Contact, &id, "monday"), None);
    }
}
