//! The cache that a check-up lends to the PSA.

use std::fmt;

use jiff::Timestamp;

use crate::error::Result;
use crate::model::{Fields, Id, RecordKind};
use crate::side::FieldCache;

/// Says of every contact that nothing of its costly fields is to be asked: a check-up needs none of them, and asking would
/// use up the requests of an hour. Keeps nothing.
pub(super) struct NotWanted;

impl fmt::Debug for NotWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotWanted")
    }
}

impl FieldCache for NotWanted {
    fn get(&self, kind: RecordKind, _: &Id, _: &str) -> Option<Fields> {
        (kind == RecordKind::Contact).then(Fields::new)
    }

    fn read_at(&self, _: RecordKind, _: &Id) -> Option<Timestamp> {
        None
    }

    fn put(&self, _: RecordKind, _: &Id, _: &str, _: &Fields) {}

    fn forget(&self, _: RecordKind, _: &Id) -> Result<()> {
        Ok(())
    }
}
