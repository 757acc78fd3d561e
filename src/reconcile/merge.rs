//! The values a person's records should hold: for every target the fields, each with the side it comes from.

use std::collections::BTreeMap;

use crate::model::{Contact, Field, Fields, Row, Side, User, Value};
use crate::reconcile::input::{FieldRule, View, When};
use crate::text::email;

/// A value that a field should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantedValue<'a> {
    pub(crate) field: Field,
    /// Text, or blank where the rule says that blank clears. Nothing else is ever wanted.
    pub(crate) value: Value<'a>,
    pub(crate) source: Side,
    pub(crate) row: Row,
}

/// The sides a person's values come from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sources<'a> {
    pub(crate) user: Option<&'a User>,
    pub(crate) contact: Option<&'a Fields>,
}

/// Returns what a contact should hold. Only 365 counts; `create` asks for the fields of a new contact.
pub(crate) fn contact<'a>(view: &View<'_>, user: &'a User, create: bool) -> Vec<WantedValue<'a>> {
    let names = [Field::FirstName, Field::LastName, Field::DisplayName];
    // Names are kept where they are, but a new contact needs one.
    let keeps_names = view.on(Row::IgnoreNameUpdates);
    let applies = |field: &Field, rule: &FieldRule| match rule.when {
        When::Always => create || !(keeps_names && names.contains(field)),
        When::OnCreate => create,
        When::Never => false,
    };
    let rules = view.policy.contact_fields.iter().filter(|(field, rule)| applies(field, rule));
    rules
        .filter_map(|(field, rule)| {
            let value = usable(tenant_value(user, *field), rule.clear)?;
            Some(WantedValue { field: *field, value, source: Side::Tenant, row: Row::UpdateContact })
        })
        .collect()
}

/// Returns what goes in the place of an address that the tenant gave by itself, on the contact of a user who has a
/// better one: written also where the rule is for new records only, since mail to the former is sent by no one.
pub(crate) fn better_address<'a>(
    view: &View<'_>,
    user: &'a User,
    contact: &Contact,
) -> Option<WantedValue<'a>> {
    // Most tenants gave no user an address by themselves.
    let rule = view.policy.contact_fields.get(&Field::Email).filter(|_| !user.given.is_empty())?;
    let is_given = |address: Option<&str>| {
        let address = address.and_then(email::key);
        address.is_some_and(|address| user.given.iter().any(|given| *given == address))
    };
    let applies = rule.when == When::OnCreate && is_given(contact.email()) && !is_given(user.email());
    let value = usable(tenant_value(user, Field::Email), false).filter(|_| applies)?;
    Some(WantedValue { field: Field::Email, value, source: Side::Tenant, row: Row::UpdateContact })
}

/// Returns what a portal user should hold: field by field, the first source with a value.
pub(crate) fn portal<'a>(
    rules: &BTreeMap<Field, FieldRule>,
    sources: Sources<'a>,
    create: bool,
) -> Vec<WantedValue<'a>> {
    let applies = |rule: &FieldRule| rule.when == When::Always || (create && rule.when == When::OnCreate);
    rules
        .iter()
        .filter(|(_, rule)| applies(rule))
        .filter_map(|(field, rule)| {
            let (side, value) = first(*field, rule, sources)?;
            let row = if side == Side::Tenant { Row::SyncFrom365 } else { Row::SyncFromPsa };
            Some(WantedValue { field: *field, value: usable(value, rule.clear)?, source: side, row })
        })
        .collect()
}

/// Returns the first source with a text, else the first that is known to be blank.
fn first<'a>(field: Field, rule: &FieldRule, sources: Sources<'a>) -> Option<(Side, Value<'a>)> {
    let values = rule.sources.iter().filter_map(|side| {
        let value = match side {
            Side::Tenant => tenant_value(sources.user?, field),
            // What people sign in with is 365's to say.
            Side::Psa if field == Field::UserName => Value::Absent,
            Side::Psa => sources.contact?.get(field),
            Side::Portal => Value::Absent,
        };
        // A text that is no address must not become one.
        let is_address = |text: &str| field != Field::Email || email::is_usable(text);
        let is_known = !matches!(value, Value::Text(text) if !is_address(text)) && value != Value::Absent;
        is_known.then_some((*side, value))
    });
    // What was not read says nothing, so the next source is asked. Blank is an answer, but the weakest one.
    let mut blank = None;
    for found in values {
        if found.1 != Value::Empty {
            return Some(found);
        }
        blank = blank.or(Some(found));
    }
    blank
}

fn tenant_value(user: &User, field: Field) -> Value<'_> {
    match field {
        Field::UserName if user.user_name.trim().is_empty() => Value::Absent,
        Field::UserName => Value::Text(&user.user_name),
        field => user.fields.get(field),
    }
}

fn usable(value: Value<'_>, clear: bool) -> Option<Value<'_>> {
    match value {
        Value::Text(_) => Some(value),
        Value::Empty if clear => Some(value),
        Value::Empty | Value::Absent | Value::Hidden => None,
    }
}
