//! What carrying out a plan asks of a system: the steps, in their order, whose requests an adapter counts beforehand.
//!
//! The steps are the core's to say, since it decides what is read together and when. How many requests a step takes is
//! the adapter's to say, since it knows its pages and calls.

use std::collections::BTreeMap;

use super::Keys;
use crate::model::{Fields, Id, RecordKind};

/// How many records of one kind a company has, as a reading counted them; none where it was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Those that are active, or do not say.
    pub active: usize,
    /// Those that are not.
    pub inactive: usize,
}

impl Size {
    /// Returns the number of all of them.
    pub fn all(self) -> usize {
        self.active + self.inactive
    }
}

/// How many records companies have, by kind and by the company's id on that side; what is missing counts as none.
pub type Sizes = BTreeMap<(RecordKind, Id), Size>;

/// One call of a port.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// [`LookUp::reread`](super::LookUp::reread).
    Reread {
        /// The kind of the records.
        kind: RecordKind,
        /// Their company.
        company: Id,
        /// The ids that are known.
        ids: Vec<Id>,
        /// How many more are read that an earlier step makes.
        new: usize,
        /// How many records of the kind the company has.
        size: Size,
    },
    /// [`LookUp::find`](super::LookUp::find), which finds nothing.
    Find {
        /// The kind of the records.
        kind: RecordKind,
        /// Their company.
        company: Id,
        /// What is searched for.
        keys: Keys,
        /// How many records of the kind the company has.
        size: Size,
    },
    /// [`LookUp::look`](super::LookUp::look).
    Look {
        /// How many users are looked at.
        users: usize,
    },
    /// [`LookUp::secret`](super::LookUp::secret).
    Secret,
    /// [`WriteRecords::write_all`](super::WriteRecords::write_all).
    Write {
        /// The kind of the records.
        kind: RecordKind,
        /// Their company.
        company: Id,
        /// The records that are changed; none where they are made.
        ids: Vec<Id>,
        /// What is written to each. A secret is replaced by another text.
        writes: Vec<Fields>,
        /// How many records of the kind the company has before.
        size: Size,
    },
}

impl Step {
    /// Returns the usual number of requests: one for each call that reads, and one for each record that is written.
    pub fn usual(&self) -> usize {
        match self {
            Self::Reread { .. } | Self::Find { .. } | Self::Look { .. } | Self::Secret => 1,
            Self::Write { writes, .. } => writes.len(),
        }
    }
}
