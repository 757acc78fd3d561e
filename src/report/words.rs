//! Values and people as words that a terminal may see.

use crate::model::Field;
use crate::plan::{FieldChange, NewValue, Who};
use crate::text::visible;

/// Returns `text` as a line of a report shows it: without what cannot be seen, or could move the cursor, change colours
/// or turn the reading direction. White space that breaks a line becomes a plain space.
pub fn clean(text: &str) -> String {
    visible::shown(text)
}

/// The person as one line: name and address.
pub(super) fn person(who: &Who) -> String {
    match &who.email {
        Some(email) if *email != who.name => format!("{} <{}>", clean(&who.name), clean(email)),
        _ => clean(&who.name),
    }
}

/// What happens to a field: `before → after`.
pub(super) fn transition(change: &FieldChange, creating: bool) -> String {
    let FieldChange { field, before, after, source: _, row: _, note: _ } = change;
    if field.is_secret() {
        return secret(before.as_deref(), after).to_owned();
    }
    let after = match after {
        NewValue::Text(text) => shown(text),
        NewValue::Blank => "(blank)".to_owned(),
        NewValue::IdOf(_) => "id of the new contact".to_owned(),
        NewValue::PinOf(_) => "the portal's".to_owned(),
    };
    match before {
        _ if creating => after,
        None => format!("(not shown) → {after}"),
        Some(before) => format!("{} → {after}", shown(before)),
    }
}

/// The name of a field as the table shows it.
pub(super) fn field(field: Field) -> &'static str {
    field.name()
}

fn shown(text: &str) -> String {
    if text.is_empty() { "(blank)".to_owned() } else { clean(text) }
}

fn secret(before: Option<&str>, after: &NewValue) -> &'static str {
    match (before, after) {
        (_, NewValue::Blank) => "cleared",
        (None | Some(""), _) => "set",
        _ => "changed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Row, Side, Udf};

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
