//! The people table as data: linked, conflicting and unmatched people, with the evidence.

use serde::{Deserialize, Serialize};

use super::{Candidate, CompanyConflict, Conflict, Evidence, Excluded, Unread, Who};
use crate::model::Id;

/// Who is who in one company.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CompanyPeople {
    /// The company's name in the configuration.
    pub name: String,
    /// Sides that could not be read to their end. If there is one, nothing else is listed.
    pub unread: Vec<Unread>,
    /// What shows that the records belong to another company than the configuration says. If there is something,
    /// no one is linked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub company_conflicts: Vec<CompanyConflict>,
    /// Why nothing can be said although all was read: a setting that cannot be understood.
    pub refused: Option<String>,
    /// People with records on several sides, by name.
    pub linked: Vec<Person>,
    /// Records that contradict each other.
    pub conflicts: Vec<Clash>,
    /// Users without a contact, contacts without a user, and unlinked portal users, by side and name.
    pub alone: Vec<Alone>,
    /// Records that are out of scope, with the reason.
    pub excluded: Vec<Excluded>,
}

/// The records believed to be one human, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Person {
    /// The name, as 365 spells it, else the PSA, else the portal.
    pub who: Who,
    /// The records, in the order of their sides; at most one of each.
    pub records: Vec<Member>,
    /// What speaks for user and contact being one, the deciding evidence marked.
    pub evidence: Vec<Evidence>,
    /// What speaks for the portal user being theirs.
    pub portal_evidence: Vec<Evidence>,
    /// The 365 user the contact belonged to, who is gone from the tenant.
    pub gone: Option<Id>,
    /// 365 users who are out of scope and share an address or an id with the person: they yield to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stood_back: Vec<StoodBack>,
}

/// An account that is out of scope and ranks behind one that is in scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StoodBack {
    /// The account.
    pub member: Member,
    /// What it shares with the person.
    pub evidence: Vec<Evidence>,
}

/// A record of a person, with why it is out of scope by itself, if so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Member {
    /// The record.
    pub record: Candidate,
    /// Why it is out of scope.
    pub out: Option<OutOfScope>,
}

/// Why a record is out of scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct OutOfScope {
    /// Short words, the same for everyone it applies to.
    pub reason: String,
    /// The row, setting or file that decided.
    pub rule: String,
    /// What it rests on, where there is more to say.
    pub detail: Option<String>,
}

/// A conflict, and which of its records are linked all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Clash {
    /// What contradicts what.
    pub conflict: Conflict,
    /// Users and contacts among the candidates that are certain to be one person.
    pub linked: Vec<Pair>,
}

/// A user and a contact.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pair {
    /// 365 object id.
    pub user: Id,
    /// Contact id.
    pub contact: Id,
}

/// A person without a counterpart, and who it may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Alone {
    /// The person: a user or a contact, with a portal user if one is linked, or a portal user.
    pub person: Person,
    /// The nearest candidates, the most alike first. Names never link: these are for people to look at.
    pub suggestions: Vec<Suggestion>,
}

/// A record that may be the same person's, each likeness in percent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Suggestion {
    /// The record.
    pub member: Member,
    /// How alike they are, all in all.
    pub likeness: u8,
    /// How alike the names are; `None` where one has none.
    pub name: Option<u8>,
    /// How alike the addresses are, or one's address and the other's name.
    pub address: Option<u8>,
    /// Whether the names are nearly one name, so that `hold-namesakes` holds back a new record beside this one.
    #[serde(skip)]
    pub is_namesake: bool,
}

/// How much there is of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PeopleTotals {
    /// Companies, read or not.
    pub companies: usize,
    /// Companies of which a side could not be read.
    pub unread: usize,
    /// Companies whose records belong to another company than the configuration says.
    pub company_conflicts: usize,
    /// People with records on several sides.
    pub linked: usize,
    /// Conflicts.
    pub conflicts: usize,
    /// People without a counterpart.
    pub alone: usize,
    /// Those of them with at least one suggestion.
    pub suggested: usize,
    /// Records that are out of scope.
    pub excluded: usize,
}

impl PeopleTotals {
    /// The sums over `companies`.
    pub fn of(companies: &[CompanyPeople]) -> Self {
        let mut totals = Self { companies: companies.len(), ..Self::default() };
        for company in companies {
            let CompanyPeople {
                name: _,
                unread,
                company_conflicts,
                refused: _,
                linked,
                conflicts,
                alone,
                excluded,
            } = company;
            totals.unread += usize::from(!unread.is_empty());
            totals.company_conflicts += usize::from(!company_conflicts.is_empty());
            totals.linked += linked.len();
            totals.conflicts += conflicts.len();
            totals.alone += alone.len();
            totals.suggested += alone.iter().filter(|one| !one.suggestions.is_empty()).count();
            totals.excluded += excluded.len();
        }
        totals
    }
}
