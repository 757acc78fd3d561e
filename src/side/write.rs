//! Writing single records: the only thing in the program that changes anything at a service. Only the code that applies a
//! plan is handed a writer.

use std::time::Duration;

use super::{Current, LookUp, Step};
use crate::error::{Error, Result};
use crate::model::{Field, Fields, Id, RecordKind};

/// Records that are looked at together where they are written one after the other.
pub const TOGETHER: usize = 50;

/// One write to one record.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    /// What kind of record.
    pub kind: RecordKind,
    /// The company it belongs to, by that side's id.
    pub company: &'a Id,
    /// The record as it was read just now; `None` makes a new one.
    pub current: Option<&'a Current>,
    /// What to write, fitted to the fields; an empty text makes a field blank. `Field::Active` says `true` or
    /// `false`. Secrets among them are met by [`Fields::exposed`] alone.
    pub fields: &'a Fields,
}

/// What a service answered to a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The record's id.
    pub id: Id,
    /// The record as the answer shows it after the write, where the answer shows all of it.
    pub shown: Option<Current>,
    /// The service's own name for the request, where it gives one.
    pub request_id: Option<String>,
    /// How often the request was sent.
    pub attempts: u32,
}

/// Writes single records of one service.
pub trait WriteRecords: LookUp {
    /// Carries out one write in as few requests as the service allows, and never twice.
    ///
    /// # Errors
    /// A refusal, or a failure after which it is unknown whether the service acted: the caller reads the
    /// record again before it concludes anything.
    fn write(&self, write: &Write<'_>) -> Result<Written>;

    /// Returns how long after a request was sent the service may still carry it out although its answer was lost. Until
    /// then a search that finds nothing proves nothing.
    fn in_flight(&self) -> Duration;

    /// Returns whether writing `field` to an existing record of this kind adds something that would be there twice if it were
    /// carried out twice: an entry of a list, a note.
    fn adds(&self, kind: RecordKind, field: Field) -> bool {
        let _ = (kind, field);
        false
    }

    /// Returns how many records of this kind the service takes in one request.
    fn batch_size(&self, kind: RecordKind) -> usize {
        let _ = kind;
        1
    }

    /// Returns how many such requests the service takes at the same time, whichever companies they are about.
    fn at_once(&self, kind: RecordKind) -> usize {
        let _ = kind;
        1
    }

    /// Returns how many records of this kind are looked at together, just before they are written and just after: few
    /// enough that the last of them is not old when its turn comes.
    fn together(&self, kind: RecordKind) -> usize {
        TOGETHER * self.at_once(kind)
    }

    /// Returns whether the answer to a write of `fields` to a record of this kind, a new one or not, shows the record: then
    /// it is not read again.
    fn shows(&self, kind: RecordKind, new: bool, fields: &Fields) -> bool {
        let _ = (kind, new, fields);
        false
    }

    /// Returns how many requests the steps take, in this order, if nothing goes wrong. Asks nothing.
    fn cost(&self, steps: &[Step]) -> usize {
        steps.iter().map(Step::usual).sum()
    }

    /// Carries out several writes of one kind and company, all of new records or all of existing ones, at most
    /// [`batch_size`](Self::batch_size), each never twice. The answers are in the order of the writes, one for each.
    fn write_all(&self, writes: &[Write<'_>]) -> Vec<Result<Written>> {
        writes.iter().map(|write| self.write(write)).collect()
    }

    /// Returns what of a write that was refused as a whole is worth sending by itself: the fields that the refusal cannot
    /// be about. `None` where nothing is.
    fn rest(&self, write: &Write<'_>, refusal: &Error) -> Option<Fields> {
        let _ = (write, refusal);
        None
    }
}
