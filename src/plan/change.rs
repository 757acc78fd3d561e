//! One write to one record of one side.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Candidate, Departure, Who};
pub use crate::model::RecordKind;
use crate::model::{Field, Id, Row, Side};

/// One write to one record: which record, whose it is, every field with before and after, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Change {
    /// The change's name inside its plan.
    pub key: ChangeKey,
    /// The record to write.
    pub record: Record,
    /// What is done to it.
    pub action: Action,
    /// The person or company it is about, for people to read.
    pub who: Who,
    /// What is written, field by field, in the order of [`Field`].
    pub fields: Vec<FieldChange>,
    /// Why the record is believed to belong to the person; empty for companies and for new records.
    pub evidence: Vec<Evidence>,
    /// What is not written, but must still be so when the change is: whether the record is active, whose it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmoved: Vec<Unmoved>,
    /// For a new record: what no other record of the company may hold when it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seek: Option<Seek>,
    /// For a change that shuts a leaver out: the 365 user who left, looked at again before the write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Departure>,
    /// For a new record: those of nearly the same name in the company that are not linked to a person. Names never
    /// link, but the new record may be a second one of the same person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namesakes: Option<Namesakes>,
}

/// Records beside which a new one would be made, although it may be the same person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Namesakes {
    /// The records, in the order of their side and id.
    pub records: Vec<Candidate>,
    /// The next step.
    pub next: String,
}

/// A value that a change rests on without writing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Unmoved {
    /// The field.
    pub field: Field,
    /// What it held when the plan was made; an empty text where it was blank.
    pub value: String,
}

/// What the person of a new record would be found by, if another person or program made it first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Seek {
    /// The 365 object id, where there is a 365 user.
    pub user: Option<Id>,
    /// All addresses of the person, lower-case, each once.
    pub emails: Vec<String>,
    /// Whether a record that holds one of them as a further address counts too.
    pub alternates: bool,
}

/// The name of a change inside its plan: the company's name, the kind of record and its id or, for a new one,
/// the id of the record it is made from. Stable when the same input is planned again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ChangeKey(pub String);

/// The record a change writes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record {
    /// What kind of record.
    pub kind: RecordKind,
    /// The company it belongs to, by that side's id.
    pub company: Id,
    /// Its id; `None` for a record that does not exist yet.
    pub id: Option<Id>,
}

/// What is done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// An inactive record becomes active again; other fields may change with it.
    Reactivate,
    /// Fields of an existing record change.
    Update,
    /// A new record is made.
    Create,
    /// A contact becomes inactive, or a portal user may no longer sign in; other fields may change with it.
    Deactivate,
}

impl Action {
    /// The verb, as tables and `--allow` spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Reactivate => "reactivate",
            Self::Deactivate => "deactivate",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One field of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FieldChange {
    /// The field.
    pub field: Field,
    /// What the record holds now: `None` where the side does not say, an empty text where it is blank.
    pub before: Option<String>,
    /// What it will hold.
    pub after: NewValue,
    /// The side the value comes from.
    pub source: Side,
    /// The row of the feature matrix that asks for it.
    pub row: Row,
    /// What was done to make the value fit ("shortened to 50 characters"), or another remark.
    pub note: Option<String>,
}

/// A value to be written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NewValue {
    /// This text, already fitted to the field.
    Text(String),
    /// Nothing: the field becomes blank.
    Blank,
    /// The id that the record made by another change of the plan will have.
    IdOf(ChangeKey),
    /// The support PIN that this portal user has when the change is made. The plan does not know it.
    PinOf(PinOwner),
}

/// A portal user whose support PIN is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PinOwner {
    /// The company, by the portal's id.
    pub company: Id,
    /// The portal user.
    pub user: Id,
}

/// What made two records one person, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// A person wrote it in the decisions file.
    Decision,
    /// The contact holds the 365 object id.
    StoredId,
    /// The last run recorded the link.
    Recorded,
    /// The portal user holds the contact's id.
    PsaKey,
    /// Both primary emails are the same.
    PrimaryEmail,
    /// The user principal name is the other's primary email.
    UserName,
    /// An alternate address of 365 is the other's primary email.
    #[serde(rename = "365-alternate")]
    TenantAlternate,
    /// The 365 primary email is an alternate address of the contact.
    PsaAlternate,
    /// Both hold the address, neither as the primary one.
    BothAlternate,
}

impl EvidenceKind {
    /// The words for it in tables.
    pub fn words(self) -> &'static str {
        match self {
            Self::Decision => "decided by hand",
            Self::StoredId => "stored 365 id",
            Self::Recorded => "linked by the last run",
            Self::PsaKey => "portal's PSA key",
            Self::PrimaryEmail => "same email",
            Self::UserName => "user name is the email",
            Self::TenantAlternate => "365 alternate email",
            Self::PsaAlternate => "PSA alternate email",
            Self::BothAlternate => "alternate email on both sides",
        }
    }
}

/// One reason to believe that two records are one person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Evidence {
    /// What sort of reason.
    pub kind: EvidenceKind,
    /// The address or id that both hold.
    pub value: String,
    /// `false` for evidence that was noted but did not decide.
    pub decided: bool,
}
