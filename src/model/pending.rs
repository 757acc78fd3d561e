//! What a service allows only so many requests for: what is not known because of that, and how much it still takes.

use jiff::Timestamp;

/// What is not known of a company's records because it costs a request for each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Whether the company's own fields are among it.
    pub company: bool,
    /// The contacts whose user-defined fields are not known.
    pub unknown: usize,
    /// All contacts of the company.
    pub contacts: usize,
    /// Why they were not asked for.
    pub why: Unasked,
}

/// Why field values are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unasked {
    /// The service takes more requests for them from then on.
    Until(Timestamp),
    /// The service refuses to tell them.
    Refused {
        /// What it said, in one sentence.
        reason: String,
        /// The next step.
        hint: Option<String>,
    },
}

/// How many contacts can be read again by themselves, where a reading that believes what was kept does not hold what is
/// never kept: support PINs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rereads {
    /// Contacts.
    pub records: usize,
    /// When the service takes more requests for them.
    pub until: Timestamp,
}

impl From<Budget> for Rereads {
    fn from(budget: Budget) -> Self {
        let Budget { records, until, .. } = budget;
        Self { records, until }
    }
}

/// How much of writing a service still takes, where it allows only so many requests in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Contacts and companies that can be changed, all requests for looking at them included.
    pub records: usize,
    /// How many of these can be new ones, which have to be searched for before.
    pub new: usize,
    /// User-defined fields that can be written.
    pub fields: usize,
    /// When it takes more.
    pub until: Timestamp,
}
