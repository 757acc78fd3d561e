//! What a record says of a change, before it is made and afterwards. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, Fields, Id, Udf, Value};
use crate::plan::{Action, Change, ChangeKey, FieldChange, NewValue, PinOwner, RecordKind, Seek};
use crate::side::Current;

/// Whether a change may be made.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Precondition {
    /// The record is as it was when the plan was made.
    Ready,
    /// The record holds all of it already.
    Already,
    /// The record has moved: how, in one sentence.
    Moved(String),
}

/// The change with the ids of records made before filled in; `None` if one of them was not made.
pub(super) fn resolved(change: &Change, made: &BTreeMap<ChangeKey, Id>) -> Option<Change> {
    let mut change = change.clone();
    for field in &mut change.fields {
        if let NewValue::IdOf(key) = &field.after {
            field.after = NewValue::Text(made.get(key)?.to_string());
        }
    }
    Some(change)
}

/// What is to be written, if the plan knows it: not the PINs.
pub(super) fn wanted(change: &Change) -> Fields {
    let known = change.fields.iter().filter(|field| !matches!(field.after, NewValue::PinOf(_)));
    known.map(|field| (field.field, text(&field.after).to_owned())).collect()
}

/// The portal users whose PIN is written, each with the field for it.
pub(super) fn pins(change: &Change) -> impl Iterator<Item = (Field, &PinOwner)> {
    change.fields.iter().filter_map(|field| match &field.after {
        NewValue::PinOf(owner) => Some((field.field, owner)),
        _ => None,
    })
}

fn text(value: &NewValue) -> &str {
    match value {
        NewValue::Text(text) => text,
        // Ids were filled in before, and PINs are not known here.
        NewValue::Blank | NewValue::IdOf(_) | NewValue::PinOf(_) => "",
    }
}

/// Whether a change of an existing record may be made, now that it was read again. `wanted` is what is to be
/// written, with the PINs.
pub(super) fn precondition(change: &Change, wanted: &Fields, current: Option<&Current>) -> Precondition {
    let noun = change.record.kind.noun();
    let Some(current) = current else {
        return Precondition::Moved(format!("the {noun} is gone"));
    };
    for unmoved in &change.unmoved {
        if holds(current, unmoved.field, &unmoved.value) != Some(true) {
            return Precondition::Moved(format!("{} of the {noun} has changed since", unmoved.field));
        }
    }
    let mut already = true;
    for field in &change.fields {
        let has = |text: &str| holds(current, field.field, text);
        let done = if field.field.is_secret() {
            holds_secret(current, field.field, wanted)
        } else {
            has(text(&field.after))
        };
        if done == Some(true) {
            continue;
        }
        already = false;
        let Some(before) = field.before.as_deref().filter(|_| field.field.can_be_read()) else { continue };
        if has(before) != Some(true) {
            return Precondition::Moved(format!("{} of the {noun} has changed since", field.field));
        }
    }
    if already { Precondition::Already } else { Precondition::Ready }
}

/// Whether the record shows all that was written, if it can be read back; otherwise the first field that
/// it does not show. Of secrets only those count that stand in `written`: a journal does not know them.
pub(super) fn missing(change: &Change, written: &Fields, current: &Current) -> Option<Field> {
    let shown = change.fields.iter().filter(|field| can_be_seen(field, written));
    let lacks = |field: &&FieldChange| {
        let held = if field.field.is_secret() {
            holds_secret(current, field.field, written)
        } else {
            holds(current, field.field, text(&field.after))
        };
        held != Some(true)
    };
    shown.filter(lacks).map(|field| field.field).next()
}

/// Whether the record holds a value of the change that it did not hold before.
pub(super) fn holds_some(change: &Change, current: &Current) -> bool {
    change.fields.iter().any(|field| {
        let after = text(&field.after);
        let is_new = field.before.as_deref().is_some_and(|before| !field.field.same(before, after));
        is_new && !field.field.is_secret() && holds(current, field.field, after) == Some(true)
    })
}

/// Whether anything of the change could be read back at all.
pub(super) fn leaves_a_trace(change: &Change, written: &Fields) -> bool {
    change.fields.iter().any(|field| can_be_seen(field, written))
}

fn can_be_seen(field: &FieldChange, written: &Fields) -> bool {
    field.field.can_be_read() && (!field.field.is_secret() || written.secret(field.field).is_some())
}

/// Whether the record holds the secret in `wanted`; `None` if that is not known.
fn holds_secret(current: &Current, field: Field, wanted: &Fields) -> Option<bool> {
    Some(current.fields.secret(field)? == wanted.secret(field)?)
}

/// Whether the record holds `text` in `field`; `None` if it does not say. Of a secret any text stands for any
/// other: only whether there is one can be told.
pub(super) fn holds(current: &Current, field: Field, text: &str) -> Option<bool> {
    if field == Field::Active && current.fields.get(field) == Value::Absent {
        return current.active.map(|active| active.to_string() == text);
    }
    match current.fields.get(field) {
        Value::Absent => None,
        // A checkbox that is not set may be shown as blank.
        Value::Empty if field == Field::Udf(Udf::IsOffice365) => Some(field.same("", text)),
        Value::Empty => Some(text.trim().is_empty()),
        Value::Text(now) => Some(field.same(now, text)),
        Value::Hidden => Some(!text.trim().is_empty()),
    }
}

/// The records that would make a new one for the same person a second one.
pub(super) fn holders<'a>(seek: &Seek, found: &'a [Current]) -> Vec<&'a Current> {
    let held = |current: &&Current| {
        let has = |email: &str| seek.emails.iter().any(|own| Field::Email.same(own, email));
        is_of(seek, current)
            || current.fields.text(Field::Email).is_some_and(has)
            || (seek.alternates && current.alternates.iter().any(|email| has(email)))
    };
    found.iter().filter(held).collect()
}

/// The records among `found` that can be the one that `change` was to make: they store the person's id, or
/// have the very address that it was to get.
pub(super) fn made<'a>(change: &Change, found: &'a [Current]) -> Vec<&'a Current> {
    let wanted = wanted(change);
    let address = wanted.text(Field::Email);
    let own = |current: &&Current| {
        change.seek.as_ref().is_some_and(|seek| is_of(seek, current))
            || address.is_some_and(|address| holds(current, Field::Email, address) == Some(true))
    };
    found.iter().filter(own).collect()
}

fn is_of(seek: &Seek, current: &Current) -> bool {
    let stored = current.fields.text(Field::Udf(Udf::Office365Id));
    let stored = stored.or_else(|| current.fields.text(Field::LinkedId));
    seek.user
        .as_ref()
        .zip(stored)
        .is_some_and(|(user, stored)| user.as_str().eq_ignore_ascii_case(stored.trim()))
}

/// Whether a change makes a new record.
pub(super) fn creates(change: &Change) -> bool {
    change.action == Action::Create
}

/// The changes in groups that are looked up together: of one kind of record, new ones apart, in their order.
pub(super) fn groups(changes: &[Change], most: impl Fn(RecordKind) -> usize) -> Vec<&[Change]> {
    let kind = |change: &Change| -> (RecordKind, bool) { (change.record.kind, creates(change)) };
    let parts = changes.chunk_by(|a, b| kind(a) == kind(b));
    parts
        .flat_map(|group| group.chunks(group.first().map_or(1, |first| most(first.record.kind).max(1))))
        .collect()
}

/// The changes of a group in runs, of which `at_once` calls may go side by side: of one action, since what is made
/// active comes before what is only changed, and each of another record. Calls that go one after the other keep the
/// order by themselves.
pub(super) fn runs(changes: &[Change], at_once: usize) -> Vec<&[Change]> {
    if at_once < 2 {
        return vec![changes];
    }
    let (mut runs, mut left) = (Vec::new(), changes);
    while let Some(first) = left.first() {
        let mut seen = BTreeSet::new();
        let mut is_apart = |change: &Change| {
            change.action == first.action
                && change.record.id.as_ref().is_none_or(|id| seen.insert(id.clone()))
        };
        let length = left.iter().position(|change| !is_apart(change)).unwrap_or(left.len());
        let (run, rest) = left.split_at(length);
        runs.push(run);
        left = rest;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Row, Side};
    use crate::plan::{Record, Unmoved, Who};
    use crate::side::Raw;

    fn contact(pairs: &[(Field, &str)]) -> Current {
        let fields = pairs.iter().map(|(field, text)| (*field, (*text).to_owned())).collect();
        Current {
            id: Id::from(7),
            active: Some(true),
            fields,
            alternates: Vec::new(),
            stamp: None,
            raw: Raw::default(),
        }
    }

    fn change(pairs: &[(Field, Option<&str>, &str)]) -> Change {
        let field = |(field, before, after): &(Field, Option<&str>, &str)| FieldChange {
            field: *field,
            before: before.map(ToOwned::to_owned),
            after: if after.is_empty() { NewValue::Blank } else { NewValue::Text((*after).to_owned()) },
            source: Side::Tenant,
            row: Row::UpdateContact,
            note: None,
        };
        Change {
            key: ChangeKey("Contoso/contact/7".into()),
            record: Record { kind: RecordKind::Contact, company: Id::from(1), id: Some(Id::from(7)) },
            action: Action::Update,
            who: Who { name: "Ann".into(), email: None },
            fields: pairs.iter().map(field).collect(),
            evidence: Vec::new(),
            unmoved: vec![Unmoved { field: Field::Active, value: "true".into() }],
            seek: None,
            left: None,
            namesakes: None,
        }
    }

    #[test]
    fn a_record_as_it_was_may_be_written() {
        let change =
            change(&[(Field::Title, Some("Clerk"), "Head"), (Field::Phone, Some(""), "+1 555 0100")]);
        let record = contact(&[(Field::Title, " clerk"), (Field::Phone, "")]);
        assert!(
            matches!(precondition(&change, &wanted(&change), Some(&record)), Precondition::Moved(_)),
            "its letters have changed"
        );
        let record = contact(&[(Field::Title, "Clerk"), (Field::Phone, "")]);
        assert_eq!(precondition(&change, &wanted(&change), Some(&record)), Precondition::Ready);
    }

    #[test]
    fn a_record_that_holds_it_already_is_not_written_again() {
        let change = change(&[(Field::Phone, Some(""), "+1 555 0100")]);
        assert_eq!(
            precondition(&change, &wanted(&change), Some(&contact(&[(Field::Phone, "+1 (555) 0100")]))),
            Precondition::Already
        );
    }

    #[test]
    fn a_field_that_somebody_else_changed_makes_the_change_stale() {
        let change = change(&[(Field::Title, Some("Clerk"), "Head")]);
        let moved = precondition(&change, &wanted(&change), Some(&contact(&[(Field::Title, "Director")])));
        assert_eq!(moved, Precondition::Moved("title of the contact has changed since".into()));
        assert_eq!(
            precondition(&change, &wanted(&change), None),
            Precondition::Moved("the contact is gone".into())
        );
    }

    #[test]
    fn a_record_that_became_inactive_is_not_written() {
        let change = change(&[(Field::Title, Some("Clerk"), "Head")]);
        let mut record = contact(&[(Field::Title, "Clerk")]);
        record.active = Some(false);
        assert_eq!(
            precondition(&change, &wanted(&change), Some(&record)),
            Precondition::Moved("active of the contact has changed since".into())
        );
    }

    #[test]
    fn a_field_that_is_not_shown_cannot_be_confirmed() {
        let change = change(&[(Field::Title, Some("Clerk"), "Head")]);
        assert!(matches!(
            precondition(&change, &wanted(&change), Some(&contact(&[]))),
            Precondition::Moved(_)
        ));
        assert_eq!(missing(&change, &wanted(&change), &contact(&[])), Some(Field::Title));
    }

    #[test]
    fn what_can_never_be_read_back_is_not_asked_for() {
        let change = change(&[(Field::Login, Some("true"), "false")]);
        assert_eq!(precondition(&change, &wanted(&change), Some(&contact(&[]))), Precondition::Ready);
        assert_eq!(missing(&change, &wanted(&change), &contact(&[])), None);
        assert!(!leaves_a_trace(&change, &wanted(&change)));
    }

    #[test]
    fn a_new_record_is_a_second_one_where_id_or_address_is_held() {
        let seek = |alternates| Seek {
            user: Some(Id::from("ABC")),
            emails: vec!["ann@contoso.example".into()],
            alternates,
        };
        let by_id = contact(&[(Field::Udf(Udf::Office365Id), "abc")]);
        let by_email = contact(&[(Field::Email, "Ann@Contoso.example")]);
        let mut by_other = contact(&[(Field::Email, "bo@contoso.example")]);
        by_other.alternates = vec!["ann@contoso.example".into()];
        let found = [by_id, by_email, by_other, contact(&[(Field::Email, "cy@contoso.example")])];
        assert_eq!(holders(&seek(true), &found).len(), 3);
        assert_eq!(holders(&seek(false), &found).len(), 2);
    }
}
