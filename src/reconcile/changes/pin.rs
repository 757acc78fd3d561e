//! Support PINs: the contact gets the PIN of its portal user. What is compared are marks; the PIN itself is not
//! known here, and the plan names the portal user whose PIN it is.

use crate::model::{Contact, Field, Pin, PinUnread, Pins, Row, Side, Udf, UdfField, UdfKind};
use crate::plan::{FieldChange, NewValue, PinOwner, Skip, Who};
use crate::reconcile::input::{Udfs, View};
use crate::reconcile::link::person::LinkedPerson;

/// The text of a plan for a PIN that is there.
const SECRET: &str = "(secret)";

/// Returns the change of the PIN of `contact`, or of a new one, whose portal user is the `owner`-th; or why there is none.
///
/// # Errors
/// What is reported of a PIN that should be written and cannot be.
pub(crate) fn change(
    view: &View<'_>,
    pins: &Pins,
    udf: &UdfField,
    owner: usize,
    contact: Option<&Contact>,
) -> Result<Option<FieldChange>, PinUnread> {
    let user = &view.portal_users[owner].id;
    if let Some(why) = pins.unread.get(user) {
        let reason = format!("the support PIN of portal user {user} was not read: {}", why.reason);
        return Err(PinUnread { reason, next: why.next.clone() });
    }
    let held = if contact.is_some() { pins.contact.get(user) } else { Some(&Pin::None) };
    let (Some(wanted), Some(held)) = (pins.portal.get(user), held) else { return Ok(None) };
    let before = match held {
        _ if contact.is_none() => None,
        Pin::None => Some(String::new()),
        Pin::Marked(_) => Some(SECRET.to_owned()),
    };
    let after = match (wanted, held) {
        (wanted, held) if wanted == held => return Ok(None),
        (Pin::None, _) if !view.policy.clear_pins => return Ok(None),
        (Pin::None, _) => NewValue::Blank,
        (Pin::Marked(mark), _) => {
            if let UdfKind::Text(Some(limit)) = udf.kind
                && mark.length > limit
            {
                let length = mark.length;
                let name = &udf.name;
                return Err(format!(
                    "the support PIN is not written: it has {length} characters and the field {name} takes {limit}"
                )
                .into());
            }
            NewValue::PinOf(PinOwner { company: view.company.portal_id.clone(), user: user.clone() })
        }
    };
    let field = Field::Udf(Udf::SupportPin);
    Ok(Some(FieldChange { field, before, after, source: Side::Portal, row: Row::SupportPin, note: None }))
}

/// Returns a PIN that is not written.
pub(crate) fn skip(who: Who, PinUnread { reason, next }: PinUnread) -> Skip {
    Skip { row: Row::SupportPin, who: Some(who), reason, next, strict: false }
}

/// Returns the skip reported where the asking for PINs ended early: for how many people of the company none is known.
pub(crate) fn stopped(
    view: &View<'_>,
    pins: &Pins,
    udfs: &Udfs<'_>,
    persons: &[LinkedPerson],
    owner: impl Fn(usize, &LinkedPerson) -> Option<usize>,
) -> Option<Skip> {
    let why = pins.stopped.as_ref().filter(|_| udfs.pin.is_some())?;
    let owners = persons.iter().enumerate().filter_map(|(index, person)| owner(index, person));
    let users = owners.map(|user| &view.portal_users[user].id);
    let unknown = users.filter(|user| !pins.portal.contains_key(*user) && !pins.unread.contains_key(*user));
    let count = unknown.count();
    let reason = format!("the support PINs of {count} people were not read: {}", why.reason);
    let next = why.next.clone();
    (count > 0).then_some(Skip { row: Row::SupportPin, who: None, reason, next, strict: false })
}
