//! What the stages of planning hand to each other: what changes are planned from, and the changes themselves.

use std::collections::BTreeMap;

use crate::model::{Field, Fields, Id, Row, Side};
use crate::plan::{
    Action, Assignment, Change, ChangeKey, FieldChange, NewValue, Record, RecordKind, Skip, Todo,
};
use crate::reconcile::earlier::EarlierRuns;
use crate::reconcile::input::{FollowUp, View};
use crate::reconcile::linked::LinkedCompany;
use crate::reconcile::status::PersonStatus;
use crate::text::{email, name};

/// What the changes of a company are planned from.
#[derive(Clone, Copy)]
pub(crate) struct Basis<'a> {
    pub(crate) company: &'a LinkedCompany<'a>,
    pub(crate) earlier: &'a EarlierRuns<'a>,
    /// The status of every person of the company.
    pub(crate) statuses: &'a [PersonStatus],
    pub(crate) follow_up: &'a FollowUp,
}

/// A change, and whose it is: a person by its place, or the company's own.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) person: Option<usize>,
    pub(crate) change: Change,
}

/// Everything that would be written for a company, in order, and what is left out.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) planned: Vec<Planned>,
    pub(crate) skipped: Vec<Skip>,
    pub(crate) todo: Vec<Todo>,
    /// Roles and groups that people know of once they saw the plan.
    pub(crate) assigned: BTreeMap<Id, Assignment>,
    /// How many records are not made, or not made active again, since the company is inactive.
    pub(crate) left_out: usize,
}

/// What is to be done with one record.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) action: Action,
    pub(crate) changes: Vec<FieldChange>,
}

impl Draft {
    /// Returns a draft, unless nothing changes.
    pub(crate) fn new(action: Action, mut changes: Vec<FieldChange>) -> Option<Self> {
        changes.sort_by_key(|change| change.field);
        (!changes.is_empty()).then_some(Self { action, changes })
    }

    /// Returns the values that the record will hold.
    pub(crate) fn fields(&self) -> Fields {
        let text = |change: &FieldChange| match &change.after {
            NewValue::Text(text) => Some((change.field, text.clone())),
            NewValue::Blank => Some((change.field, String::new())),
            NewValue::IdOf(_) | NewValue::PinOf(_) => None,
        };
        self.changes.iter().filter_map(text).collect()
    }

    /// Returns the email address that the record gets, normalised.
    pub(crate) fn address(&self) -> Option<String> {
        let change = self.changes.iter().find(|change| change.field == Field::Email)?;
        match &change.after {
            NewValue::Text(text) => {
                let text = Field::Email.read(text);
                (!text.is_empty()).then(|| email::normalise(&text).into_owned())
            }
            NewValue::Blank | NewValue::IdOf(_) | NewValue::PinOf(_) => None,
        }
    }
}

/// Companies, then contacts, then portal users, then everything that shuts a person out, and details records
/// last; by name and record within each. A record that another one needs the id of thus comes before it.
pub(crate) fn order(change: &Change) -> (u8, String, Record, ChangeKey) {
    let stage = match (change.record.kind, change.action) {
        (RecordKind::PsaCompany | RecordKind::PortalCompany, _) => 0,
        // Many of them travel in one request, so like changes are next to each other.
        (RecordKind::Details, Action::Reactivate | Action::Update | Action::Deactivate) => 9,
        (RecordKind::Details, Action::Create) => 10,
        (RecordKind::Contact, Action::Reactivate) => 1,
        (RecordKind::Contact, Action::Update) => 2,
        (RecordKind::Contact, Action::Create) => 3,
        (_, Action::Reactivate) => 4,
        (_, Action::Update) => 5,
        (_, Action::Create) => 6,
        // Records of one kind are next to each other, since they are looked at together.
        (RecordKind::Contact, Action::Deactivate) => 7,
        (_, Action::Deactivate) => 8,
    };
    (stage, name::key(&change.who.name).into_owned(), change.record.clone(), change.key.clone())
}

/// Returns the name of a change: the record's id, or the id of the record that a new one is made from.
pub(crate) fn key(view: &View<'_>, kind: RecordKind, id: &Id, new: bool) -> ChangeKey {
    let (kind, new) = (kind.name(), if new { "new/" } else { "" });
    ChangeKey(format!("{}/{kind}/{new}{id}", view.company.name))
}

/// Returns a change that 365 asks for, whatever a field rule says.
pub(crate) fn flag(field: Field, before: Option<&str>, after: &str, row: Row) -> FieldChange {
    FieldChange {
        field,
        before: before.map(ToOwned::to_owned),
        after: NewValue::Text(after.to_owned()),
        source: Side::Tenant,
        row,
        note: None,
    }
}
