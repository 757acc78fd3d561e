//! A single 365 user, looked at by its id: what a listing only suggests is believed once this says the same.

use std::collections::BTreeMap;

use super::Id;

/// What a look at one 365 user by its id showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// The tenant answered that it has no such user.
    Gone,
    /// The user is there.
    Here {
        /// Whether sign-in is allowed; `None` where the answer did not say.
        enabled: Option<bool>,
        /// SKU ids (lower-case GUIDs) of the licences assigned; `None` where the answer did not say.
        licences: Option<Vec<String>>,
    },
    /// Nothing can be concluded, for this reason.
    Unknown(String),
}

/// Looks at 365 users, by tenant and by object id in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Looks(BTreeMap<String, BTreeMap<Id, Look>>);

static NONE: Looks = Looks(BTreeMap::new());

impl Looks {
    /// Returns the looks of a run that has not looked at any user.
    pub fn none() -> &'static Self {
        &NONE
    }

    /// Adds what looks at users of `tenant` showed.
    pub fn add(&mut self, tenant: &str, looks: BTreeMap<Id, Look>) {
        self.0.entry(tenant.to_owned()).or_default().extend(looks);
    }

    /// Returns what the look at a user showed, if one was made.
    pub fn get(&self, tenant: &str, user: &Id) -> Option<&Look> {
        self.0.get(tenant)?.get(user)
    }
}
