//! What a reading found.

use std::collections::{BTreeMap, BTreeSet};

use super::wire::{Client, Custom, User};
use crate::error::{Error, Result};
use crate::model::{Complete, Fields, Pending, Rereads, Unasked};

/// Everything a reading needs, as HaloPSA tells it.
pub(super) struct Found {
    /// The clients that exist, by id.
    pub(super) clients: BTreeMap<i64, Client>,
    /// The users of every client asked for, by its id, or why they are not known to be all.
    pub(super) users: BTreeMap<i64, Result<Complete<User>>>,
    /// What their own records say.
    pub(super) known: Known,
    /// What is not known of them, by the client's id.
    pub(super) pending: BTreeMap<i64, Pending>,
    /// How many users can be read again by themselves.
    pub(super) rereads: Rereads,
}

/// What is known of users beside their rows.
#[derive(Default)]
pub(super) struct Known {
    /// By user.
    pub(super) users: BTreeMap<i64, Fields>,
    /// The custom fields on the records that were asked for.
    pub(super) custom: Vec<Custom>,
    /// Whether some of it was kept from an earlier run.
    pub(super) has_older: bool,
    /// The users who went since their rows were listed.
    pub(super) gone: BTreeSet<i64>,
    /// The users whose own records could not be read although HaloPSA refuses nothing, each with what went wrong: their
    /// clients are not read.
    pub(super) failed: BTreeMap<i64, Error>,
    /// The users whose own records are needed and not known.
    pub(super) missing: BTreeSet<i64>,
    /// Why; there is a reason if and only if a user is missing.
    pub(super) why: Option<Unasked>,
}
