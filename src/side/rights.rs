//! What the account may do that a service is asked with.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::model::{Held, Id, Row};

/// The rows that write contacts that are there.
const CONTACTS: [Row; 5] =
    [Row::UpdateContact, Row::ContactActive, Row::SupportPin, Row::Office365Presence, Row::Office365Id];

/// What the account has to be able to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RightsRequest {
    /// The rows that are switched on and that the service serves.
    pub rows: BTreeSet<Row>,
    /// Whether records are made.
    pub creates: bool,
    /// The companies, by the service's ids.
    pub companies: Vec<Id>,
}

impl RightsRequest {
    /// Returns the rows that write contacts that are there.
    pub fn on_contacts(&self) -> Vec<Row> {
        self.those(&CONTACTS)
    }

    /// Returns the rows that write companies.
    pub fn on_companies(&self) -> Vec<Row> {
        self.those(&[Row::TenantId])
    }

    /// Returns those of `rows` that are asked for.
    pub fn those(&self, rows: &[Row]) -> Vec<Row> {
        rows.iter().copied().filter(|row| self.rows.contains(row)).collect()
    }
}

/// A right that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The right, as the service calls it.
    pub name: String,
    /// The rows that need it.
    pub rows: Vec<Row>,
    /// Whether the account has it.
    pub held: Held,
    /// Why that is not known, in one sentence.
    pub why: Option<String>,
    /// The next step where the right is missing.
    pub next: Option<String>,
}

impl Right {
    /// Returns a right that `rows` need, of which nothing is known yet.
    pub fn new(name: impl Into<String>, rows: &[Row]) -> Self {
        Self { name: name.into(), rows: rows.to_vec(), held: Held::Unknown, why: None, next: None }
    }

    /// Returns the same with whether the account has it, and the next step where it has not.
    #[must_use]
    pub fn held(self, held: Held, next: impl Into<String>) -> Self {
        let next = (held != Held::Yes).then(|| next.into());
        Self { held, next, ..self }
    }

    /// Returns the same with why it is not known whether the account has it.
    #[must_use]
    pub fn unknown(self, why: impl Into<String>) -> Self {
        Self { held: Held::Unknown, why: Some(why.into()), ..self }
    }
}

/// Tells what an account may do, without trying it: nothing is written for that.
pub trait Rights {
    /// Returns the rights that the request needs; none where the service tells nothing of them.
    ///
    /// # Errors
    /// What keeps the service from being asked at all: credentials, an address, the network.
    fn rights(&self, request: &RightsRequest) -> Result<Vec<Right>>;
}

/// A service that tells nothing of rights.
#[derive(Debug, Clone, Copy)]
pub struct CannotTell;

impl Rights for CannotTell {
    fn rights(&self, _: &RightsRequest) -> Result<Vec<Right>> {
        Ok(Vec::new())
    }
}
