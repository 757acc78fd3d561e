//! Values, people and numbers as words, the same in every format.

use jiff::Timestamp;

use crate::model::{RecordKind, Side};
use crate::plan::{FieldChange, NewValue, Who};
use crate::text::visible;

/// Returns `text` as a line of a report shows it: without what cannot be seen, or could move the cursor, change colours
/// or turn the reading direction. White space that breaks a line becomes a plain space.
pub fn clean(text: &str) -> String {
    visible::shown(text)
}

/// Returns the person as one line: name and address.
pub(super) fn person(who: &Who) -> String {
    match &who.email {
        Some(email) if *email != who.name => format!("{} <{}>", clean(&who.name), clean(email)),
        _ => clean(&who.name),
    }
}

/// Returns what happens to a field: `before → after`.
pub(super) fn transition(change: &FieldChange, creating: bool) -> String {
    match ends(change, creating) {
        (None, after) => after,
        (Some(before), after) => format!("{before} → {after}"),
    }
}

/// Returns what a field holds before and after a change. There is no before where the record is new, or where the value
/// must not be shown; then the after says in one word what happens.
pub(super) fn ends(change: &FieldChange, creating: bool) -> (Option<String>, String) {
    let FieldChange { field, before, after, source: _, row: _, note: _ } = change;
    if field.is_secret() {
        return (None, secret(before.as_deref(), after).to_owned());
    }
    let after = match after {
        NewValue::Text(text) => shown(text),
        NewValue::Blank => "(blank)".to_owned(),
        NewValue::IdOf(_) => "id of the new contact".to_owned(),
        NewValue::PinOf(_) => "the portal's".to_owned(),
    };
    let before = match before {
        _ if creating => None,
        None => Some("unknown".to_owned()),
        Some(before) => Some(shown(before)),
    };
    (before, after)
}

/// Returns a value as people see it, a blank one in brackets.
pub(super) fn shown(text: &str) -> String {
    if text.is_empty() { "(blank)".to_owned() } else { clean(text) }
}

fn secret(before: Option<&str>, after: &NewValue) -> &'static str {
    match (before, after) {
        (_, NewValue::Blank) => "cleared",
        (None | Some(""), _) => "set",
        _ => "changed",
    }
}

/// Returns the word for a person's record on a side.
pub(super) fn noun(side: Side) -> &'static str {
    let kind = match side {
        Side::Tenant => RecordKind::TenantUser,
        Side::Psa => RecordKind::Contact,
        Side::Portal => RecordKind::PortalUser,
    };
    kind.noun()
}

/// Returns a number with the word for what it counts.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Returns the parts as one text.
pub(super) fn join(parts: impl IntoIterator<Item = String>, between: &str) -> String {
    parts.into_iter().collect::<Vec<_>>().join(between)
}

/// Returns a span of time.
pub(super) fn duration(seconds: usize) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        _ => format!("{} min", seconds.div_ceil(60)),
    }
}

/// Returns a point in time, to the second.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Field, Row, Udf};

    #[test]
    fn what_could_command_a_terminal_is_taken_out() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\r\nd\u{9b}e"), "a[31mbc  de");
        assert_eq!(clean("A\u{200b}n\u{200c}n\u{200d} L\u{2060}e\u{ad}e"), "Ann Lee");
        assert_eq!(clean("Zoë Łuczak 山田"), "Zoë Łuczak 山田");
    }

    #[test]
    fn a_pin_is_never_shown() {
        let mut change = FieldChange {
            field: Field::Udf(Udf::SupportPin),
            before: Some("1234".into()),
            after: NewValue::Text("9876".into()),
            source: Side::Portal,
            row: Row::SupportPin,
            note: None,
        };
        assert_eq!(transition(&change, false), "changed");
        change.before = Some(String::new());
        assert_eq!(transition(&change, false), "set");
        change.after = NewValue::Blank;
        assert_eq!(transition(&change, false), "cleared");
    }
}
