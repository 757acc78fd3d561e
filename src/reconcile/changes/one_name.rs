//! Names on a side that keeps first and last name in one field.
//!
//! Such a side cannot give back "Mary Ann" and "Lee": it shows "Mary" and "Ann Lee". So the names that are
//! wanted are first put together and taken apart as that side does it. What is planned is then exactly what will
//! be read, and a name is different only if the whole is.

use crate::model::{Field, Fields, Row, Shape, Side, Value};
use crate::plan::{FieldChange, NewValue};
use crate::reconcile::merge::WantedValue;
use crate::text::{blank, name};

/// What becomes of the names among the wanted values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Each is a field of its own.
    Apart,
    /// They are one field, which stays as it is.
    Kept,
    /// They are one field, which the record will show as these.
    Joined {
        first: String,
        last: String,
        source: Side,
        row: Row,
        /// Whether the record shows other halves than were wanted.
        moved: bool,
    },
}

impl Names {
    /// Looks at the names of `wanted`; `current` holds what the record has, if there is one.
    pub(crate) fn of(shape: &Shape, wanted: &[WantedValue<'_>], current: Option<&Fields>) -> Self {
        if !shape.joined_name() {
            return Self::Apart;
        }
        let find = |field| wanted.iter().find(|wanted| wanted.field == field);
        let (first, last) = (find(Field::FirstName), find(Field::LastName));
        let Some(any) = first.or(last) else { return Self::Kept };
        let before = match current.map(|fields| [fields.get(Field::FirstName), fields.get(Field::LastName)]) {
            None => String::new(),
            Some(halves) if halves.contains(&Value::Absent) => return Self::Kept,
            Some([first, last]) => name::join(text(first), text(last)),
        };
        let (first, last) = (first.map(|wanted| text(wanted.value)), last.map(|wanted| text(wanted.value)));
        let (own_first, own_last) = name::split_like(&before, first, last);
        let (first, last) = (first.unwrap_or(&own_first), last.unwrap_or(&own_last));
        let whole = name::join(first, last);
        // A record without any name could not be told from the others.
        if blank::is_blank(&whole) || name::key(&whole) == name::key(&before) {
            return Self::Kept;
        }
        let halves = name::split(&whole);
        let moved =
            (halves.0.as_str(), halves.1.as_str()) != (&*name::join(first, ""), &*name::join(last, ""));
        Self::Joined { first: halves.0, last: halves.1, source: any.source, row: any.row, moved }
    }

    /// Returns the wanted values with these names in the place of their own.
    pub(crate) fn put_into<'a>(&'a self, mut wanted: Vec<WantedValue<'a>>) -> Vec<WantedValue<'a>> {
        if *self != Self::Apart {
            wanted.retain(|wanted| !is_name(wanted.field));
        }
        if let Self::Joined { first, last, source, row, .. } = self {
            let halves = [(Field::FirstName, first), (Field::LastName, last)];
            wanted.extend(halves.map(|(field, half)| {
                let value = if half.is_empty() { Value::Empty } else { Value::Text(half.as_str()) };
                WantedValue { field, value, source: *source, row: *row }
            }));
        }
        wanted
    }

    /// Returns the change of a field, with a remark if it looks different from what the source has.
    pub(crate) fn remark(&self, mut change: FieldChange) -> FieldChange {
        if is_name(change.field) && matches!(self, Self::Joined { moved: true, .. }) {
            change.note = change.note.or(Some("first and last name are one field there".to_owned()));
        }
        change
    }
}

/// Takes the one name in `fields` apart as the `known` names of the same person are, where they agree with it:
/// a half that is only a part of another name must not fill a blank elsewhere.
pub(crate) fn take_apart_like(shape: &Shape, known: &Fields, fields: &mut Fields) {
    let halves = [Field::FirstName, Field::LastName];
    if !shape.joined_name() || halves.iter().any(|half| fields.get(*half) == Value::Absent) {
        return;
    }
    let [first, last] = halves.map(|half| text(fields.get(half)));
    let whole = name::join(first, last);
    let (first, last) = name::split_like(&whole, known.text(Field::FirstName), known.text(Field::LastName));
    fields.set(Field::FirstName, first);
    fields.set(Field::LastName, last);
}

/// Reports whether the changes would leave a record that holds `before` without any name.
pub(crate) fn clears_all(changes: &[FieldChange], before: &Fields) -> bool {
    let change = |half: Field| changes.iter().find(|change| change.field == half);
    let halves = [Field::FirstName, Field::LastName];
    let is_blank = |half: Field| {
        change(half)
            .map_or_else(|| before.get(half) == Value::Empty, |change| change.after == NewValue::Blank)
    };
    halves.iter().any(|half| change(*half).is_some()) && halves.into_iter().all(is_blank)
}

/// Reports whether the field is one half of a name.
pub(crate) fn is_name(field: Field) -> bool {
    matches!(field, Field::FirstName | Field::LastName)
}

fn text(value: Value<'_>) -> &str {
    match value {
        Value::Absent | Value::Empty | Value::Hidden => "",
        Value::Text(text) => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape() -> Shape {
        Shape::new([]).with_joined_name()
    }

    fn wanted<'a>(first: Option<&'a str>, last: Option<&'a str>) -> Vec<WantedValue<'a>> {
        let half = |field, text: Option<&'a str>| {
            let value =
                text.map(|text| if text.trim().is_empty() { Value::Empty } else { Value::Text(text) })?;
            Some(WantedValue { field, value, source: Side::Tenant, row: Row::UpdateContact })
        };
        [half(Field::FirstName, first), half(Field::LastName, last)].into_iter().flatten().collect()
    }

    fn record(whole: &str) -> Fields {
        let (first, last) = name::split(whole);
        Fields::new().with(Field::FirstName, first).with(Field::LastName, last)
    }

    /// The whole name that a record has after the names were settled.
    fn settled(whole: &str, first: Option<&str>, last: Option<&str>) -> String {
        match Names::of(&shape(), &wanted(first, last), Some(&record(whole))) {
            Names::Joined { first, last, .. } => name::join(&first, &last),
            _ => whole.to_owned(),
        }
    }

    #[test]
    fn the_whole_decides_whether_a_name_differs() {
        assert_eq!(settled("Mary Ann Lee", Some("Mary Ann"), Some("Lee")), "Mary Ann Lee");
        assert_eq!(settled("Mary Ann Lee", Some("Mary Ann"), Some("Ray")), "Mary Ann Ray");
        assert_eq!(settled("Ann Lee", Some(" Ann "), Some("Lee\n")), "Ann Lee");
    }

    #[test]
    fn the_half_that_is_not_wanted_stays() {
        assert_eq!(settled("Mary Ann Lee", None, Some("Lee")), "Mary Ann Lee");
        assert_eq!(settled("Mary Ann Lee", Some("Mary Ann"), None), "Mary Ann Lee");
        assert_eq!(settled("Ann Lee", None, Some("Ray")), "Ann Ray");
        assert_eq!(settled("Ann Lee", Some("Bo"), None), "Bo Lee");
        assert_eq!(settled("Ann", None, Some("Lee")), "Ann Lee");
    }

    #[test]
    fn a_half_may_be_cleared_but_not_the_whole() {
        assert_eq!(settled("Ann Lee", Some("Ann"), Some("")), "Ann");
        assert_eq!(settled("Ann Lee", Some(""), Some("Lee")), "Lee");
        assert_eq!(settled("Ann Lee", Some(""), Some("")), "Ann Lee");
    }

    #[test]
    fn a_name_that_was_not_read_is_not_written() {
        let names = Names::of(&shape(), &wanted(Some("Ann"), Some("Lee")), Some(&Fields::new()));
        assert_eq!(names, Names::Kept);
    }

    #[test]
    fn halves_are_what_the_record_will_show() {
        let wanted = wanted(Some("Mary Ann"), Some("Ray"));
        let names = Names::of(&shape(), &wanted, Some(&record("Mary Ann Lee")));
        let shown: Vec<_> = names.put_into(wanted).iter().map(|half| (half.field, half.value)).collect();
        assert_eq!(
            shown,
            [(Field::FirstName, Value::Text("Mary")), (Field::LastName, Value::Text("Ann Ray"))]
        );
    }

    #[test]
    fn halves_that_are_known_are_told_apart_as_they_are_known() {
        let apart = |whole: &str, first: &str, last: &str| {
            let known = Fields::new().with(Field::FirstName, first).with(Field::LastName, last);
            let mut fields = record(whole);
            take_apart_like(&shape(), &known, &mut fields);
            [Field::FirstName, Field::LastName].map(|half| fields.text(half).unwrap_or_default().to_owned())
        };
        assert_eq!(apart("Mary Ann Lee", "Mary Ann", "Lee"), ["Mary Ann", "Lee"]);
        assert_eq!(apart("Reception", "", "Reception"), ["", "Reception"]);
        assert_eq!(apart("Ann", "Ann", ""), ["Ann", ""]);
        assert_eq!(apart("Ann Lee", "Ann", ""), ["Ann", "Lee"]);
        assert_eq!(apart("Ann Lee", "Bo", "Ray"), ["Ann", "Lee"]);
    }

    fn any_name() -> impl Strategy<Value = String> {
        prop_oneof!["[A-Ca-cé\u{301} \u{a0}\t'-]{0,12}", "\\PC{0,12}"]
    }

    proptest! {
        #[test]
        fn a_second_look_finds_nothing_to_do(
            before in any_name(),
            first in proptest::option::of(any_name()),
            last in proptest::option::of(any_name()),
        ) {
            let wanted = wanted(first.as_deref(), last.as_deref());
            let mut fields = record(&before);
            let names = Names::of(&shape(), &wanted, Some(&fields));
            if let Names::Joined { first, last, .. } = &names {
                fields = record(&name::join(first, last));
                prop_assert_eq!(text(fields.get(Field::FirstName)), first);
                prop_assert_eq!(text(fields.get(Field::LastName)), last);
            }
            prop_assert_eq!(Names::of(&shape(), &wanted, Some(&fields)), Names::Kept);
        }
    }
}
