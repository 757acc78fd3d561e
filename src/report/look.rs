//! How a document is looked at.

use crate::model::{Id, Side};

/// Ids up to this length are shown. Longer ones are for programs: JSON and CSV have them all.
const LONGEST_ID: usize = 12;

/// How a document is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Columns to fill, in the terminal's table.
    pub width: usize,
    /// Whether every person who is out of scope is named, and the requests are listed.
    pub verbose: bool,
    /// The PSA's name for people.
    pub psa: &'a str,
}

impl<'a> Look<'a> {
    /// Returns the name of a side.
    pub(super) fn side(self, side: Side) -> &'a str {
        if side == Side::Psa { self.psa } else { side.name() }
    }

    /// Returns whether people see this id.
    pub(super) fn shows(self, id: &Id) -> bool {
        self.verbose || id.as_str().len() <= LONGEST_ID
    }

    /// Returns the same with everything that can be seen.
    pub(super) fn whole(self) -> Self {
        Self { verbose: true, ..self }
    }
}
