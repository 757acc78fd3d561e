//! What planning says of every company: changes, and all that was left unchanged, with reasons.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Action, Assignment, Candidate, Change, ChangeKey, CompanyConflict, Evidence, Inactive, Who};
use crate::error::Kind;
use crate::model::{Id, Row, Side};

/// The outcome of planning over all chosen companies.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Outcome {
    /// One plan per company, by name.
    pub companies: Vec<CompanyPlan>,
    /// Every guard that the plan as a whole, or one company's part, runs into.
    pub breaches: Vec<Breach>,
    /// Settings and decisions that match nothing in any company.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// A setting or a decision that matches nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Finding {
    /// The name of the file it is in.
    pub file: String,
    /// The line it begins on, from 1.
    pub line: usize,
    /// The setting as the file spells it.
    pub setting: String,
    /// Why it matches nothing, in one sentence.
    pub reason: String,
    /// What may have been meant, where something is near.
    pub next: Option<String>,
}

/// One company's part of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CompanyPlan {
    /// The company's name in the configuration.
    pub name: String,
    /// Sides that could not be read to their end. If there is one, nothing else is listed.
    pub unread: Vec<Unread>,
    /// What shows that the records belong to another company than the configuration says. If there is something,
    /// nothing of this company is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub company_conflicts: Vec<CompanyConflict>,
    /// The sides that have the company itself as inactive.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inactive: Vec<Inactive>,
    /// What would be written, in the order it would be.
    pub changes: Vec<Change>,
    /// People whose records contradict each other; nothing is written to any of them.
    pub conflicts: Vec<Conflict>,
    /// What was asked for and is not done, with the reason.
    pub skipped: Vec<Skip>,
    /// What people have to do in the portal by hand, each thing until it was listed once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub todo: Vec<Todo>,
    /// Records that are out of scope, with the reason.
    pub excluded: Vec<Excluded>,
    /// In a plan that takes a run back: how many records and fields are left as they are because they changed
    /// since. Each of them is under what is skipped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub moved: usize,
    /// How many people are linked and already in agreement.
    pub in_agreement: usize,
    /// How many people take part.
    pub people: usize,
    /// The people that the limits are a share of: contacts or users in scope, whichever are more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub base: usize,
    /// How many people are linked to other records than their stored id or the last run says.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub relinked: usize,
    /// How many more people the plan would change, by what is counted, if the PSA took all requests in one hour. The
    /// changes for them are not in the plan; limits count them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub later: BTreeMap<Measure, usize>,
    /// Changes that are made only once another one of them is: the second of each pair. Of that one's fields, only
    /// those that were written go on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waits: BTreeMap<ChangeKey, ChangeKey>,
}

impl CompanyPlan {
    /// Returns whether nothing is planned because the journal does not say what an earlier run announced.
    pub fn is_unclear(&self) -> bool {
        self.skipped.iter().any(|skip| skip.row == Row::SyncLog && skip.who.is_none() && skip.strict)
    }

    /// Returns whether the company was not read, or what was read is not enough to plan anything.
    pub fn is_unread(&self) -> bool {
        !self.unread.is_empty() || self.is_unclear()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands out references
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A side of a company that could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Unread {
    /// The side.
    pub side: Side,
    /// What sort of thing happened.
    #[serde(default)]
    pub kind: Kind,
    /// What happened.
    pub reason: String,
    /// The next step.
    pub hint: Option<String>,
}

/// People who cannot be distinguished, or records that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Conflict {
    /// What contradicts what, in one sentence.
    pub reason: String,
    /// All records involved, in the order of their side and id.
    pub candidates: Vec<Candidate>,
    /// The evidence that contradicts itself.
    pub evidence: Vec<Evidence>,
    /// The next step.
    pub next: String,
}

/// Something that was asked for and is not done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Skip {
    /// The row that asked for it.
    pub row: Row,
    /// The person it is about; `None` where it is the whole company.
    pub who: Option<Who>,
    /// Why not, in one sentence.
    pub reason: String,
    /// The next step, where there is one.
    pub next: Option<String>,
    /// Whether `--strict` makes it an error: a setting that the PSA cannot serve, or a missing field.
    pub strict: bool,
}

/// A role and groups that a person is to get in the portal, where no interface can give them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Todo {
    /// Who it is.
    pub who: Who,
    /// The id of the contact whose types ask for it.
    pub contact: Id,
    /// The role; `None` where the person needs no other than the usual one.
    pub role: Option<String>,
    /// The groups, in the order of their names.
    pub groups: Vec<String>,
    /// What was asked for before.
    pub before: Assignment,
}

/// A record that is out of scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Excluded {
    /// The side that it is on.
    pub side: Side,
    /// Its id there.
    pub id: Id,
    /// Who it is.
    pub who: Who,
    /// Short words for the reason, the same for everyone it applies to ("disabled", "no licence").
    pub reason: String,
    /// What the reason rests on (the rule's pattern, the configured reason), where there is more to say.
    pub detail: Option<String>,
}

/// What a guard counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// New contacts and portal users.
    Create,
    /// Changed contacts and portal users.
    Update,
    /// Contacts made inactive and portal users who may no longer sign in.
    Deactivate,
    /// People whose records are linked otherwise than the last run recorded, or than the stored id says.
    Relink,
    /// People who would lose a value that nothing replaces.
    Blank,
    /// One field that would get the same value for most people.
    SameValue,
    /// A side that is empty, or shrank by more than a third since the last complete run.
    Shrunk,
    /// People who are protected from changes.
    Protected,
    /// People of a company of which nothing shows that its sides belong together.
    Strangers,
}

impl Measure {
    /// Everything that is counted.
    pub const ALL: [Self; 9] = [
        Self::Create,
        Self::Update,
        Self::Deactivate,
        Self::Relink,
        Self::Blank,
        Self::SameValue,
        Self::Shrunk,
        Self::Protected,
        Self::Strangers,
    ];

    /// The word that `--allow` and `[guards]` use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Deactivate => "deactivate",
            Self::Relink => "relink",
            Self::Blank => "blank",
            Self::SameValue => "same-value",
            Self::Shrunk => "shrunk",
            Self::Protected => "protected",
            Self::Strangers => "strangers",
        }
    }
}

impl From<Action> for Measure {
    fn from(action: Action) -> Self {
        match action {
            Action::Create => Self::Create,
            Action::Update | Action::Reactivate => Self::Update,
            Action::Deactivate => Self::Deactivate,
        }
    }
}

/// A limit that the plan runs into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Breach {
    /// The company, or `None` for the run as a whole.
    pub company: Option<String>,
    /// What is counted.
    pub measure: Measure,
    /// How many there are.
    pub count: usize,
    /// How many are allowed.
    pub limit: usize,
    /// What is counted, in one sentence.
    pub reason: String,
    /// The flag that would allow exactly this, such as `--allow deactivate=37`.
    pub allow: String,
}

impl Breach {
    /// Returns what a person does next. A flag is offered where the plan may be meant; a side that is empty is a mistake
    /// of the configuration or of rights until a person has looked.
    pub fn next_step(&self) -> String {
        if self.measure == Measure::Shrunk && self.limit == 0 {
            return "check tenant, domains, psa and cloudradial of the company in the configuration, and what crsync's \
                    accounts may read: that all records are gone is seldom true"
                .to_owned();
        }
        format!("check the plan; {} would let exactly this through", self.allow)
    }
}

/// Limits lifted for one run, by what is counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowances(pub BTreeMap<Measure, usize>);

impl Allowances {
    /// Returns the allowances that flags state. Of several for one measure the largest counts: a plan lists one for a
    /// company and another one for the run, and both together let the plan through.
    pub fn of(stated: &[(Measure, usize)]) -> Self {
        let mut allowed = BTreeMap::new();
        for (measure, number) in stated {
            let most = allowed.entry(*measure).or_insert(*number);
            *most = (*most).max(*number);
        }
        Self(allowed)
    }
}

impl Outcome {
    /// Takes out what `allowed` lifts: a breach of no more than was allowed.
    pub fn lift(&mut self, allowed: &Allowances) {
        let lifts =
            |breach: &Breach| allowed.0.get(&breach.measure).is_some_and(|allowed| *allowed >= breach.count);
        self.breaches.retain(|breach| !lifts(breach));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breach(company: Option<&str>, count: usize) -> Breach {
        Breach {
            company: company.map(ToOwned::to_owned),
            measure: Measure::Deactivate,
            count,
            limit: 5,
            reason: "many".to_owned(),
            allow: format!("--allow deactivate={count}"),
        }
    }

    #[test]
    fn the_flags_that_a_plan_lists_lift_its_breaches_together_in_any_order() {
        let all = Outcome {
            companies: Vec::new(),
            breaches: vec![breach(Some("Contoso"), 37), breach(Some("Fabrikam"), 6), breach(None, 43)],
            ..Outcome::default()
        };
        for stated in [[37, 43, 6], [43, 6, 37], [6, 37, 43]] {
            let mut outcome = all.clone();
            outcome.lift(&Allowances::of(&stated.map(|number| (Measure::Deactivate, number))));
            assert_eq!(outcome.breaches, [], "{stated:?}");
        }
        let mut outcome = all;
        outcome.lift(&Allowances::of(&[(Measure::Deactivate, 37), (Measure::Create, 99)]));
        assert_eq!(outcome.breaches, [breach(None, 43)]);
    }

    #[test]
    fn a_side_that_is_empty_is_no_reason_for_a_flag() {
        let empty = Breach { measure: Measure::Shrunk, limit: 0, ..breach(Some("Contoso"), 11) };
        assert!(!empty.next_step().contains("--allow"), "{}", empty.next_step());
        let less = Breach { measure: Measure::Shrunk, limit: 4, ..breach(Some("Contoso"), 11) };
        assert!(less.next_step().contains("--allow deactivate=11"));
    }
}
