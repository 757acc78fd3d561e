//! People as each side knows them.

use std::sync::Arc;

use super::{Field, Fields, Id};

/// A user of a 365 tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Object id: a GUID that never changes.
    pub id: Id,
    /// User principal name: what the person signs in with.
    pub user_name: String,
    /// What describes the person: names, primary email, phones, address.
    pub fields: Fields,
    /// Whether the primary email is the user name, since the tenant keeps no address of the person.
    pub named_only: bool,
    /// Other addresses that reach the person: smtp proxy addresses and other mails, without the primary one.
    pub alternates: Vec<String>,
    /// Whether all of them were read; otherwise there may be more.
    pub all_alternates: bool,
    /// Those of all addresses that the tenant gave by itself, which yield to every other, in the spelling for
    /// comparing.
    pub given: Vec<String>,
    /// Whether sign-in is allowed; `None` where the tenant did not say.
    pub enabled: Option<bool>,
    /// Member or guest.
    pub kind: UserKind,
    /// SKU ids (lower-case GUIDs) of the licences assigned; `None` where the tenant did not say.
    ///
    /// Users who have the same ones share them: most of a tenant do.
    pub licences: Option<Arc<[String]>>,
    /// Whether the object is mastered on the premises, so that most fields cannot be written in the cloud.
    pub on_premises: bool,
    /// Display name of the manager, where it was read.
    pub manager: Option<String>,
    /// Further attributes that exclusions can name, by the name they have there (`office`, `company_name` …).
    pub attributes: Attributes,
}

/// What exclusions can name beside the fields. Copies share it: many users of a tenant are in the same office.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Attributes(Option<Arc<[Option<Box<str>>; 2]>>);

impl Attributes {
    /// The names, in the order of what is kept.
    const NAMES: [&str; 2] = ["office", "company_name"];

    /// What was read of both, blank where it was read as blank.
    pub fn new(office: Option<&str>, company_name: Option<&str>) -> Self {
        let both = [office, company_name];
        Self(both.iter().any(Option::is_some).then(|| Arc::new(both.map(|text| text.map(Into::into)))))
    }

    /// The text under `name`, which is blank where it was read as blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        let place = Self::NAMES.iter().position(|own| *own == name)?;
        self.0.as_ref()?.get(place)?.as_deref()
    }
}

impl User {
    /// The primary email address, if the user has one.
    pub fn email(&self) -> Option<&str> {
        self.fields.text(Field::Email)
    }
}

/// Whether a 365 user belongs to the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKind {
    /// Belongs to the tenant.
    Member,
    /// Invited from elsewhere.
    Guest,
    /// The tenant did not say.
    Unknown,
}

/// A contact of the PSA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The PSA's id.
    pub id: Id,
    /// What describes the person, with the user-defined fields; the primary email is `Field::Email`.
    pub fields: Fields,
    /// Whether the contact is active: `None` where the PSA did not say, from which nothing may be concluded;
    /// `Some(true)` where it has no such flag.
    pub active: Option<bool>,
    /// Further addresses the PSA keeps for the person.
    pub alternates: Vec<String>,
    /// The PSA's own contact types, where it has them.
    pub types: Vec<String>,
    /// When the contact was last changed, as the PSA spells it; `None` where it does not say.
    pub modified: Option<Box<str>>,
}

impl Contact {
    /// The primary email address, if the contact has one.
    pub fn email(&self) -> Option<&str> {
        self.fields.text(Field::Email)
    }
}

/// A user of the client portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalUser {
    /// The portal's id.
    pub id: Id,
    /// What describes the person.
    pub fields: Fields,
    /// The id of the PSA contact the portal links the user to, if any.
    pub psa_key: Option<Id>,
    /// When the user was last changed, as the portal spells it; `None` where it does not say.
    pub modified: Option<String>,
}

impl PortalUser {
    /// The email address, if the portal user has one.
    pub fn email(&self) -> Option<&str> {
        self.fields.text(Field::Email)
    }
}
