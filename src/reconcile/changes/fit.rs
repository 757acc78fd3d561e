//! One value against one field: fitted to what the field takes, then compared with what it holds.

use crate::model::{Field, FieldShape, Value};
use crate::plan::{FieldChange, NewValue};
use crate::reconcile::merge::Wanted;
use crate::text::{fit, name, phone};

/// What a wanted value means for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settled {
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
pub(super) fn update(shape: FieldShape, wanted: &Wanted<'_>, current: Value<'_>) -> Settled {
    let before = match current {
        Value::Absent | Value::Hidden => return Settled::Same,
        Value::Empty => "",
        Value::Text(text) => text,
    };
    let change = |after, note| Settled::Write(field_change(wanted, Some(before.to_owned()), after, note));
    let must_stay = shape.required || matches!(wanted.field, Field::Email | Field::UserName);
    match wanted.value {
        Value::Absent | Value::Hidden => Settled::Same,
        Value::Empty if before.is_empty() || must_stay => Settled::Same,
        Value::Empty => change(NewValue::Blank, None),
        // What looks the same is the same, whatever the field says of it.
        Value::Text(text) if wanted.field.same(text, before) || name::same_text(text, before) => {
            Settled::Same
        }
        Value::Text(text) => match fitted(wanted.field, shape, text) {
            Err(reason) => Settled::Unfit(reason),
            Ok(None) => Settled::Same,
            Ok(Some((text, _))) if wanted.field.same(&text, before) || name::same_text(&text, before) => {
                Settled::Same
            }
            Ok(Some((text, note))) => change(NewValue::Text(text), note),
        },
    }
}

/// Settles a field of a new record; blank fields are left out.
pub(super) fn create(shape: FieldShape, wanted: &Wanted<'_>) -> Settled {
    let Value::Text(text) = wanted.value else { return Settled::Same };
    match fitted(wanted.field, shape, text) {
        Err(reason) => Settled::Unfit(reason),
        Ok(None) => Settled::Same,
        Ok(Some((text, note))) => Settled::Write(field_change(wanted, None, NewValue::Text(text), note)),
    }
}

fn field_change(
    wanted: &Wanted<'_>,
    before: Option<String>,
    after: NewValue,
    note: Option<String>,
) -> FieldChange {
    FieldChange { field: wanted.field, before, after, source: wanted.source, row: wanted.row, note }
}

/// The text as the field can take it.
fn fitted(field: Field, shape: FieldShape, text: &str) -> Result<Fitted, String> {
    let cleaned = fit::clean(text);
    let too_long = |length| {
        let found = cleaned.chars().count();
        Err(format!("{field} is not written: it has {found} characters and the field takes {length}"))
    };
    let whole = match (field, shape.length) {
        (Field::Email | Field::UserName, Some(length)) if cleaned.chars().count() > length => {
            return too_long(length);
        }
        (field, Some(length)) if field.is_phone() => match phone::fit(&cleaned, length) {
            Some(number) => Some(number),
            None => return too_long(length),
        },
        (Field::Email | Field::UserName, _) => Some(cleaned.clone()),
        (field, None) if field.is_phone() => Some(cleaned.clone()),
        _ => None,
    };
    if let Some(whole) = whole {
        let note = (whole != cleaned).then(|| "formatting removed to fit".to_owned());
        return Ok((!whole.is_empty()).then_some((whole, note)));
    }
    let fitted = fit::fit(text, shape.length);
    let note =
        shape.length.filter(|_| fitted.shortened).map(|length| format!("shortened to {length} characters"));
    Ok((!fitted.text.is_empty()).then_some((fitted.text, note)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Row, Side};

    fn settle(field: Field, length: Option<usize>, text: &str, before: &str) -> Settled {
        let wanted =
            Wanted { field, value: Value::Text(text), source: Side::Tenant, row: Row::UpdateContact };
        let current = if before.is_empty() { Value::Empty } else { Value::Text(before) };
        update(FieldShape { length, required: false }, &wanted, current)
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

    #[test]
    fn blank_clears_only_what_may_be_blank() {
        let wanted =
            |field| Wanted { field, value: Value::Empty, source: Side::Tenant, row: Row::UpdateContact };
        let shape = FieldShape::default();
        assert!(matches!(update(shape, &wanted(Field::Title), Value::Text("Head")), Settled::Write(_)));
        assert_eq!(update(shape, &wanted(Field::Email), Value::Text("a@b")), Settled::Same);
        let required = FieldShape { required: true, ..shape };
        assert_eq!(update(required, &wanted(Field::LastName), Value::Text("Lee")), Settled::Same);
    }
}
