//! One value against one field: fitted to what the field takes, then compared with what it holds.

use std::borrow::Cow;

use crate::model::{Field, FieldShape, Value};
use crate::plan::{FieldChange, NewValue};
use crate::reconcile::merge::WantedValue;
use crate::text::phone::{Misfit, Room};
use crate::text::{fit, name, phone};

/// What a wanted value means for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settled {
    /// The field holds it already, or nothing may be concluded.
    Same,
    /// The field has to be written.
    Write(FieldChange),
    /// The value does not fit: why not, in one sentence.
    Unfit(String),
}

/// A text fitted to a field, with what was done to it; `None` if nothing of it can be written.
type Fitted = Option<(String, Option<String>)>;

/// Settles a field of a record that exists. A field that was not read is never written.
///
/// `calling_code` is that of the country whose numbers are written without one.
pub(crate) fn update(
    shape: FieldShape,
    wanted: &WantedValue<'_>,
    current: Value<'_>,
    calling_code: Option<&str>,
) -> Settled {
    let before = match current {
        Value::Absent | Value::Hidden => return Settled::Same,
        Value::Empty => "",
        Value::Text(text) => text,
    };
    let change = |after, note| Settled::Write(field_change(wanted, Some(before.to_owned()), after, note));
    // What looks the same is the same, whatever the field says of it.
    let agrees =
        |text: &str| wanted.field.agrees(text, before, calling_code) || name::same_text(text, before);
    let must_stay = shape.required || matches!(wanted.field, Field::Email | Field::UserName);
    match wanted.value {
        Value::Absent | Value::Hidden => Settled::Same,
        Value::Empty if before.is_empty() || must_stay => Settled::Same,
        Value::Empty => change(NewValue::Blank, None),
        Value::Text(text) if agrees(text) => Settled::Same,
        // An extension alone does not say of which number it is.
        Value::Text(text)
            if wanted.field.is_phone() && !before.is_empty() && phone::is_extension_alone(text) =>
        {
            Settled::Same
        }
        Value::Text(text) => match fitted(wanted.field, shape, &with_extension(wanted.field, text, before)) {
            Err(reason) => Settled::Unfit(reason),
            Ok(None) => Settled::Same,
            Ok(Some((text, _))) if agrees(&text) => Settled::Same,
            Ok(Some((text, note))) => change(NewValue::Text(text), note),
        },
    }
}

/// Settles a field of a new record; blank fields are left out.
pub(crate) fn create(shape: FieldShape, wanted: &WantedValue<'_>) -> Settled {
    let Value::Text(text) = wanted.value else { return Settled::Same };
    match fitted(wanted.field, shape, text) {
        Err(reason) => Settled::Unfit(reason),
        Ok(None) => Settled::Same,
        Ok(Some((text, note))) => Settled::Write(field_change(wanted, None, NewValue::Text(text), note)),
    }
}

/// Returns the text, with the extension of a record that has an extension and no number.
fn with_extension<'t>(field: Field, text: &'t str, before: &str) -> Cow<'t, str> {
    let complete = if field.is_phone() { phone::complete(text, before) } else { None };
    complete.map_or(Cow::Borrowed(text), Cow::Owned)
}

fn field_change(
    wanted: &WantedValue<'_>,
    before: Option<String>,
    after: NewValue,
    note: Option<String>,
) -> FieldChange {
    FieldChange { field: wanted.field, before, after, source: wanted.source, row: wanted.row, note }
}

/// Returns the text as the field can take it.
fn fitted(field: Field, shape: FieldShape, text: &str) -> Result<Fitted, String> {
    if field.is_phone() {
        return number(field, shape, text);
    }
    let cleaned = fit::clean(text);
    let too_long = |length| {
        let found = cleaned.chars().count();
        Err(format!("{field} is not written: it has {found} characters and the field takes {length}"))
    };
    let whole = match (field, shape.length) {
        (Field::Email | Field::UserName, Some(length)) if cleaned.chars().count() > length => {
            return too_long(length);
        }
        (Field::Email | Field::UserName, _) => Some(cleaned.clone().into_owned()),
        _ => None,
    };
    if let Some(whole) = whole {
        return Ok((!field.read(&whole).is_empty()).then_some((whole, None)));
    }
    let fitted = fit::fit(text, shape.length);
    let note =
        shape.length.filter(|_| fitted.shortened).map(|length| format!("shortened to {length} characters"));
    // Signs that are left of a longer text would read as blank, and be written again by every run.
    Ok((!field.read(&fitted.text).is_empty()).then_some((fitted.text, note)))
}

/// Returns the number as the field can take it. It never becomes another one.
fn number(field: Field, shape: FieldShape, text: &str) -> Result<Fitted, String> {
    let cleaned = phone::clean(text);
    let room = Room { length: shape.length, extension: shape.extension, digits: shape.digits };
    let most = |limit: Option<usize>| limit.unwrap_or_default();
    match phone::fit(text, room) {
        Ok(fitted) => {
            let (own, as_written) = (phone::split(&fitted).0, phone::split(&cleaned).0);
            let is_shorter = fitted.chars().count() < cleaned.chars().count() && own != as_written;
            let note = is_shorter.then(|| "formatting removed to fit".to_owned());
            Ok((!fitted.is_empty()).then_some((fitted, note)))
        }
        Err(Misfit::TooLong) => {
            let found = cleaned.chars().count();
            let most = most(shape.length);
            Err(format!("{field} is not written: it has {found} characters and the field takes {most}"))
        }
        Err(Misfit::Several) if shape.digits => Err(format!(
            "{field} is not written: it seems to hold several numbers, and the field may keep their digits alone; keep \
             one number in it"
        )),
        Err(Misfit::Several) => {
            let found = cleaned.chars().count();
            let most = most(shape.length);
            Err(format!(
                "{field} is not written: it seems to hold several numbers, has {found} characters and the field takes \
                 {most}; keep one number in it"
            ))
        }
        Err(Misfit::Letters) => Err(format!(
            "{field} is not written: letters are a part of the number or between its digits, and the field may keep the \
             digits alone"
        )),
        Err(Misfit::Extension(_)) if shape.extension.is_none() => {
            Err(format!("{field} is not written: it has an extension, and the field takes none"))
        }
        Err(Misfit::Extension(found)) => {
            let most = most(shape.extension);
            Err(format!(
                "{field} is not written: its extension has {found} digits and the field for extensions takes {most}"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::model::{Fields, Row, Side};
    use crate::text::visible;

    fn settle(field: Field, length: Option<usize>, text: &str, before: &str) -> Settled {
        let wanted =
            WantedValue { field, value: Value::Text(text), source: Side::Tenant, row: Row::UpdateContact };
        let current = if before.is_empty() { Value::Empty } else { Value::Text(before) };
        update(FieldShape { length, required: false, ..FieldShape::default() }, &wanted, current, None)
    }

    fn written(settled: Settled) -> (String, Option<String>) {
        match settled {
            Settled::Write(FieldChange { after: NewValue::Text(text), note, .. }) => (text, note),
            other => panic!("{other:?} writes no text"),
        }
    }

    #[test]
    fn a_value_is_fitted_before_it_is_compared() {
        let (text, note) = written(settle(Field::Title, Some(6), "Head of Sales", ""));
        assert_eq!((text.as_str(), note.as_deref()), ("Head o", Some("shortened to 6 characters")));
        assert_eq!(settle(Field::Title, Some(6), "Head of Sales", "Head o"), Settled::Same);
    }

    #[test]
    fn addresses_and_numbers_are_never_cut() {
        let unfit = |settled| matches!(settled, Settled::Unfit(_));
        assert!(unfit(settle(Field::Email, Some(10), "ann.lee@contoso.example", "")));
        assert!(unfit(settle(Field::Phone, Some(5), "+1 555 0100", "")));
        assert_eq!(written(settle(Field::Phone, Some(9), "+1 555 0100", "")).0, "+15550100");
    }

    #[test]
    fn spellings_of_the_same_value_are_no_change() {
        assert_eq!(settle(Field::Phone, None, "+1 (555) 0100", "001 555 0100"), Settled::Same);
        assert_eq!(settle(Field::Email, None, "Ann@Contoso.example", "ann@contoso.example"), Settled::Same);
        assert_eq!(settle(Field::LastName, None, "Jose\u{301}", "José"), Settled::Same);
        assert_ne!(settle(Field::LastName, None, "José", "Jose"), Settled::Same);
    }

    /// A value as a side holds it: pasted, typed for want of anything else, or plain.
    fn any_value() -> impl Strategy<Value = String> {
        prop_oneof![
            "[aAbeé\u{301} .\u{a0}\u{200b}\u{ad}\u{2060}\u{2011}-]{0,8}",
            "[ab\u{200b}]{1,2}@[abüß\u{308}.\u{feff}]{1,4}",
            "[بام\u{200c}\u{200d}\u{fe0f}👩🚀❤]{0,6}",
            "[+]?[0-9 ()\u{a0}\u{200b}-]{0,10}",
            select(vec!["-".to_owned(), "N/A".to_owned(), ".".to_owned()]),
        ]
    }

    fn held(field: Field, text: &str) -> Fields {
        Fields::new().with(field, text)
    }

    proptest! {
        #[test]
        fn a_change_never_shows_two_sides_that_look_the_same(
            field in select(Field::PERSONAL.to_vec()),
            wanted in any_value(),
            before in any_value(),
            length in proptest::option::of(1_usize..12),
        ) {
            let (source, record) = (held(field, &wanted), held(field, &before));
            let value = source.get(field);
            let wanted = WantedValue { field, value, source: Side::Tenant, row: Row::UpdateContact };
            let shape = FieldShape { length, ..FieldShape::default() };
            let Settled::Write(change) = update(shape, &wanted, record.get(field), None) else { return Ok(()) };
            let after = match &change.after {
                NewValue::Text(text) => text.as_str(),
                _ => "",
            };
            let before = change.before.as_deref().unwrap_or_default();
            prop_assert_ne!(visible::looks(before), visible::looks(after));
            prop_assert_eq!(visible::clean(after), after, "written without what cannot be seen");
            // Once it is written there is nothing left to do.
            let written = held(field, after);
            prop_assert_eq!(update(shape, &wanted, written.get(field), None), Settled::Same);
        }

        #[test]
        fn what_differs_in_nothing_visible_is_no_change(
            field in select(Field::PERSONAL.to_vec()),
            text in any_value(),
            hidden in select(vec!['\u{200b}', '\u{feff}', '\u{ad}', '\u{2060}', '\u{200e}', '\u{7}']),
            at in 0_usize..6,
        ) {
            let mut pasted: Vec<char> = text.chars().collect();
            pasted.insert(at.min(pasted.len()), hidden);
            let pasted: String = pasted.into_iter().collect();
            let (source, record) = (held(field, &pasted), held(field, &text));
            let wanted =
                WantedValue { field, value: source.get(field), source: Side::Tenant, row: Row::UpdateContact };
            prop_assert_eq!(update(FieldShape::default(), &wanted, record.get(field), None), Settled::Same);
        }
    }

    #[test]
    fn an_extension_is_never_taken_away_and_a_number_never_replaced_by_one() {
        let number = "+1 202 555 0112";
        for (wanted, held) in
            [(number, "+1 202 555 0112 x42"), ("202-555-0112 x42", "(202) 555-0112"), ("ext. 42", number)]
        {
            assert_eq!(settle(Field::Phone, None, wanted, held), Settled::Same, "{wanted} {held}");
        }
        assert_eq!(written(settle(Field::Phone, None, number, "x42")).0, "+1 202 555 0112 x42");
        assert_eq!(written(settle(Field::Phone, None, "555 x7", "555 x42")).0, "555 x7");
        assert_eq!(written(settle(Field::Phone, None, number, "+1 202 555 0113 x42")).0, number);
    }

    #[test]
    fn several_numbers_are_written_as_they_are_or_not_at_all() {
        let two = "+1 202 555 0100 / +1 202 555 0101";
        assert_eq!(written(settle(Field::Phone, None, two, "+1 202 555 0100")), (two.to_owned(), None));
        let Settled::Unfit(reason) = settle(Field::Phone, Some(25), two, "+1 202 555 0100") else {
            panic!("two numbers do not fit");
        };
        assert!(reason.contains("several numbers"), "{reason}");
    }

    #[test]
    fn blank_clears_only_what_may_be_blank() {
        let wanted =
            |field| WantedValue { field, value: Value::Empty, source: Side::Tenant, row: Row::UpdateContact };
        let shape = FieldShape::default();
        assert!(matches!(update(shape, &wanted(Field::Title), Value::Text("Head"), None), Settled::Write(_)));
        assert_eq!(update(shape, &wanted(Field::Email), Value::Text("a@b"), None), Settled::Same);
        let required = FieldShape { required: true, ..shape };
        assert_eq!(update(required, &wanted(Field::LastName), Value::Text("Lee"), None), Settled::Same);
    }
}
