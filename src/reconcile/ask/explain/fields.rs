//! Every field of one person: what the sides hold, which rule applies, and what comes of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, FieldShape, Fields, Row, Shape, Side, Udf, Value};
use crate::plan::{Change, ExplainedField, NewValue, RecordKind, Verdict};
use crate::reconcile::input::{FieldRule, View, When};
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::merge::{self, Sources, WantedValue};
use crate::reconcile::status::PersonStatus;

/// Fields beside the personal ones, each with the row that decides on it, by the record it is written to.
const OTHER: [(Field, RecordKind, Row); 6] = [
    (Field::Active, RecordKind::Contact, Row::ContactActive),
    (Field::Udf(Udf::TypeMapping), RecordKind::Contact, Row::TypeMapping),
    (Field::Udf(Udf::SupportPin), RecordKind::Contact, Row::SupportPin),
    (Field::Udf(Udf::IsOffice365), RecordKind::Contact, Row::Office365Presence),
    (Field::Udf(Udf::Office365Id), RecordKind::Contact, Row::Office365Id),
    (Field::PsaKey, RecordKind::PortalUser, Row::SyncFromPsa),
];

/// What the fields are explained from.
pub(crate) struct FieldCase<'a, 'b> {
    pub(crate) view: &'b View<'a>,
    pub(crate) person: &'b LinkedPerson,
    /// `None` for a record that is part of no person.
    pub(crate) status: Option<PersonStatus>,
    /// What would be written to the person.
    pub(crate) changes: &'b [Change],
    /// Whether something that was asked for is not done for the person.
    pub(crate) is_skipped: bool,
}

/// One record that the rules write to.
struct Target<'b> {
    kind: RecordKind,
    shape: &'b Shape,
    rules: &'b BTreeMap<Field, FieldRule>,
    /// The record's fields, if it exists.
    current: Option<&'b Fields>,
    change: Option<&'b Change>,
    /// Why nothing is written to it at all.
    block: Option<String>,
    wanted: Vec<WantedValue<'b>>,
    /// What the sides that count hold.
    sources: Sources<'b>,
}

impl<'b> FieldCase<'_, 'b> {
    /// Returns every field that a side holds or a rule names.
    pub(crate) fn explain(&self) -> Vec<ExplainedField> {
        let (contact, portal_user) = (self.contact(), self.portal_user());
        let others = OTHER.iter().map(|(field, ..)| *field).chain([Field::Login]);
        let fields: BTreeSet<Field> = Field::PERSONAL.into_iter().chain(others).collect();
        let explained = fields.into_iter().map(|field| ExplainedField {
            field,
            values: self.values(field),
            contact: self.verdict(&contact, field),
            portal_user: self.verdict(&portal_user, field),
        });
        let says = |field: &ExplainedField| {
            let held = field.values.values().any(Option::is_some);
            held || field.contact.is_some() || field.portal_user.is_some()
        };
        explained.filter(says).collect()
    }

    fn values(&self, field: Field) -> BTreeMap<Side, Option<String>> {
        let held = |fields: &Fields| match fields.get(field) {
            Value::Absent => None,
            Value::Empty => Some(String::new()),
            Value::Hidden => Some("set".to_owned()),
            Value::Text(text) => Some(text.to_owned()),
        };
        let view = self.view;
        let user = self.person.user.map(|user| view.users[user]).map(|user| {
            let value = match field {
                Field::UserName => Some(user.user_name.clone()),
                Field::Active => user.enabled.map(|enabled| enabled.to_string()),
                _ => held(&user.fields),
            };
            (Side::Tenant, value)
        });
        let contact = self.person.contact.map(|contact| view.contacts[contact]).map(|contact| {
            let active = || contact.active.map(|active| active.to_string());
            (Side::Psa, if field == Field::Active { active() } else { held(&contact.fields) })
        });
        let portal_user = self.person.portal_user.map(|user| view.portal_users[user]).map(|user| {
            let value = match field {
                Field::Login => view.input.memory.written.get(&(user.id.clone(), field)).cloned(),
                Field::PsaKey => user.psa_key.as_ref().map(ToString::to_string),
                _ => held(&user.fields),
            };
            (Side::Portal, value)
        });
        [user, contact, portal_user].into_iter().flatten().collect()
    }

    fn change(&self, kind: RecordKind) -> Option<&'b Change> {
        self.changes.iter().find(|change| change.record.kind == kind)
    }

    fn contact(&self) -> Target<'b> {
        let view = self.view;
        let current = self.person.contact.map(|contact| &view.contacts[contact].fields);
        let user = self.person.user.map(|user| view.users[user]);
        let block = match self.status {
            Some(PersonStatus::InScope) if !view.on(Row::UpdateContact) => Some("update-contact is off"),
            Some(PersonStatus::InScope) => None,
            _ => Some("only a 365 user in scope is followed"),
        };
        Target {
            kind: RecordKind::Contact,
            shape: view.input.psa_shape,
            rules: &view.policy.contact_fields,
            current,
            change: self.change(RecordKind::Contact),
            block: block.map(ToOwned::to_owned),
            wanted: user.map(|user| merge::contact(view, user, current.is_none())).unwrap_or_default(),
            sources: Sources { user, contact: None },
        }
    }

    fn portal_user(&self) -> Target<'b> {
        let view = self.view;
        let current = self.person.portal_user.map(|user| &view.portal_users[user].fields);
        let in_scope = self.status == Some(PersonStatus::InScope) && view.on(Row::SyncFrom365);
        let user = self.person.user.filter(|_| in_scope).map(|user| view.users[user]);
        let contact = self.person.contact.map(|contact| view.contacts[contact]);
        let contact = contact.filter(|contact| contact.active == Some(true) && view.on(Row::SyncFromPsa));
        let sources = Sources { user, contact: contact.map(|contact| &contact.fields) };
        let block = match self.status {
            _ if !view.company.portal_writes => Some("the portal is read-only for this company".to_owned()),
            Some(PersonStatus::InScope | PersonStatus::Backed) if user.is_some() || contact.is_some() => None,
            Some(PersonStatus::InScope | PersonStatus::Backed) => {
                Some("neither 365 nor the contact flows to the portal".to_owned())
            }
            Some(status) => Some(status.words().to_owned()),
            None => Some("out of scope".to_owned()),
        };
        Target {
            kind: RecordKind::PortalUser,
            shape: view.input.portal_shape,
            rules: &view.policy.portal_fields,
            current,
            change: self.change(RecordKind::PortalUser),
            block,
            wanted: merge::portal(&view.policy.portal_fields, sources, current.is_none()),
            sources,
        }
    }

    /// Returns what the rules say of one field of one record; `None` where no rule names it.
    fn verdict(&self, target: &Target<'_>, field: Field) -> Option<Verdict> {
        let change = target.change.and_then(|change| change.fields.iter().find(|one| one.field == field));
        let rule = target.rules.get(&field);
        let row = OTHER.iter().find(|(other, kind, _)| *other == field && *kind == target.kind);
        let (name, sources) = match (rule, row) {
            (Some(rule), _) => (words(rule), may_come_from(target, rule)),
            (None, Some((_, _, row))) => (format!("row {row}"), Vec::new()),
            (None, None) if change.is_some() => ("row sync-from-365".to_owned(), Vec::new()),
            (None, None) => return None,
        };
        let wanted = target.wanted.iter().find(|wanted| wanted.field == field);
        let says = match (change, rule, row) {
            (Some(change), ..) => change
                .note
                .as_ref()
                .map_or_else(|| "will be written".to_owned(), |note| format!("will be written, {note}")),
            (None, Some(rule), _) => self.why_not(target, field, rule, wanted),
            (None, None, Some((_, _, row))) if !self.view.on(*row) => format!("{row} is off"),
            (None, None, _) => "nothing to write".to_owned(),
        };
        let after = change.map(|change| match &change.after {
            NewValue::PinOf(_) => "set".to_owned(),
            NewValue::Text(text) => text.clone(),
            NewValue::Blank => String::new(),
            NewValue::IdOf(_) => "id of the new contact".to_owned(),
        });
        let source = change.map(|change| change.source).or(wanted.map(|wanted| wanted.source));
        Some(Verdict { rule: name, sources, source, after, says })
    }

    /// Returns why a field that a rule names is not written.
    fn why_not(
        &self,
        target: &Target<'_>,
        field: Field,
        rule: &FieldRule,
        wanted: Option<&WantedValue<'_>>,
    ) -> String {
        let held = target.current.map_or(Value::Empty, |current| current.get(field));
        let keeps_names = self.view.on(Row::IgnoreNameUpdates) && target.kind == RecordKind::Contact;
        let names = [Field::FirstName, Field::LastName, Field::DisplayName];
        let shape: Option<FieldShape> = target.shape.field(field);
        let says = match (wanted.map(|wanted| wanted.value), held) {
            _ if shape.is_none() => "there is no such field",
            _ if rule.when == When::Never && differs(target, field) => {
                "differs from 365, but is never written"
            }
            _ if rule.when == When::Never => "never written",
            _ if target.block.is_some() => target.block.as_deref().unwrap_or_default(),
            _ if target.current.is_none() && target.change.is_none() => {
                "there is no record, and none is made"
            }
            _ if rule.when == When::OnCreate && target.current.is_some() && differs(target, field) => {
                "differs from 365, but is written to a new record only"
            }
            _ if rule.when == When::OnCreate && target.current.is_some() => "written to a new record only",
            (None, _) if keeps_names && names.contains(&field) && target.current.is_some() => {
                "names do not follow: ignore-name-updates"
            }
            (None, _) if is_unknown(target, field) => "no source was read, so nothing is concluded",
            (None, _) => "blank at the source, which never erases",
            (_, Value::Absent) => "not read there, so never written",
            (Some(Value::Text(text)), Value::Text(held))
                if field.agrees(text, held, self.view.calling_code()) =>
            {
                "agrees"
            }
            (Some(Value::Empty), Value::Empty) => "agrees, blank",
            _ if self.is_skipped => "not written, see what is skipped",
            _ => "agrees once it is fitted",
        };
        says.to_owned()
    }
}

/// For contacts only 365 counts.
fn may_come_from(target: &Target<'_>, rule: &FieldRule) -> Vec<Side> {
    if target.kind == RecordKind::Contact { vec![Side::Tenant] } else { rule.sources.clone() }
}

/// Reports whether 365 and the record both hold something in the field, and not the same.
fn differs(target: &Target<'_>, field: Field) -> bool {
    let source = target.sources.user.and_then(|user| user.fields.text(field));
    let held = target.current.and_then(|current| current.text(field));
    source.zip(held).is_some_and(|(source, held)| !field.same(source, held))
}

/// Reports whether no source says anything of the field, not even that it is blank.
fn is_unknown(target: &Target<'_>, field: Field) -> bool {
    let user = target.sources.user.map_or(Value::Absent, |user| user.fields.get(field));
    let contact = target.sources.contact.map_or(Value::Absent, |contact| contact.get(field));
    (user, contact) == (Value::Absent, Value::Absent)
}

fn words(rule: &FieldRule) -> String {
    let when = match rule.when {
        When::Always => "always",
        When::OnCreate => "on-create",
        When::Never => "never",
    };
    if rule.clear { format!("{when}, blank clears") } else { when.to_owned() }
}
