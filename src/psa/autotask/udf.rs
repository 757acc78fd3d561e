//! User-defined fields: which of them the database defines, what they take, and their values on a record.

use std::collections::BTreeMap;

use super::wire::{FieldInfo, PicklistValue, UdfValue};
use crate::model::{Field, Fields, Udf, UdfField, UdfKind};

/// A user-defined field that crsync has a use for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Defined {
    pub(super) field: UdfField,
    /// The entries of a list that may not be written any more, which records may still hold: value and label.
    retired: Vec<(String, String)>,
}

impl Defined {
    /// Returns the value as it would be written; of an entry that may not be written any more the label, as that is what
    /// it goes on to mean.
    fn read<'a>(&'a self, text: &'a str) -> &'a str {
        let written = as_written(&self.field.kind, text);
        let is_active = matches!(&self.field.kind, UdfKind::List(entries) if entries.iter().any(|(value, _)| value == written));
        let retired = || self.retired.iter().find(|(value, _)| value == text);
        if is_active { written } else { retired().map_or(written, |(_, label)| label) }
    }
}

#[cfg(test)]
impl From<UdfField> for Defined {
    fn from(field: UdfField) -> Self {
        Self { field, retired: Vec::new() }
    }
}

/// Returns the fields crsync has a use for among the `infos` of one entity, in the database's own spelling.
///
/// `names` holds the names that differ from the default. Names are compared without their case; a field
/// spelled exactly as configured goes first.
pub(super) fn defined(names: &BTreeMap<Udf, String>, on_company: bool, infos: &[FieldInfo]) -> Vec<Defined> {
    Udf::ALL
        .into_iter()
        .filter(|role| role.on_company() == on_company)
        .filter_map(|role| {
            let name = role.name_in(names);
            let info = infos
                .iter()
                .find(|info| info.name == name)
                .or_else(|| infos.iter().find(|info| same(&info.name, name)))?;
            let field = UdfField { role, name: info.name.clone(), kind: kind(info) };
            Some(Defined { field, retired: entries(info, false) })
        })
        .collect()
}

/// Puts the values of the `defined` fields into `fields`.
pub(super) fn set(fields: &mut Fields, defined: &[Defined], held: Option<&[UdfValue]>) {
    for (field, text) in values(defined, held) {
        fields.set(field, text);
    }
}

/// Returns the values of the `defined` fields among those that a record holds. A record without values may lack the whole
/// list (vendor documents), so a defined field that is not in it is blank, not unknown.
pub(super) fn values<'v>(defined: &'v [Defined], held: Option<&'v [UdfValue]>) -> Vec<(Field, &'v str)> {
    let value = |defined: &'v Defined| {
        let field = &defined.field;
        let value = held.unwrap_or_default().iter().find(|value| same(&value.name, &field.name));
        let text = value.and_then(|value| value.value.as_deref()).unwrap_or_default();
        (Field::Udf(field.role), defined.read(text))
    };
    defined.iter().map(value).collect()
}

pub(super) fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && a.to_lowercase() == b.to_lowercase())
}

/// Returns what the field takes. The types are String, List, Numeric and Date (seen live by clients); one that is not
/// known is a text, as every value travels as one.
fn kind(info: &FieldInfo) -> UdfKind {
    let named = info.kind.as_deref().or(info.data_type.as_deref()).unwrap_or_default().to_ascii_lowercase();
    if info.is_pick_list == Some(true) || named == "list" {
        return UdfKind::List(entries(info, true));
    }
    match named.as_str() {
        "numeric" | "number" | "integer" | "long" | "short" | "double" | "decimal" => UdfKind::Number,
        "date" | "datetime" => UdfKind::Date,
        _ => UdfKind::Text(info.length.and_then(|length| usize::try_from(length).ok()).filter(|n| *n > 0)),
    }
}

/// Returns the entries of a list that may be written, or the others: old records may hold inactive ones, but those are
/// refused.
fn entries(info: &FieldInfo, active: bool) -> Vec<(String, String)> {
    let is_wanted = |entry: &&PicklistValue| (entry.is_active != Some(false)) == active;
    let entries = info.picklist_values.iter().flatten().filter(is_wanted);
    entries
        .filter_map(|entry| {
            let value = entry.value.clone().or_else(|| entry.label.clone())?;
            let label = entry.label.clone().unwrap_or_else(|| value.clone());
            Some((value, label))
        })
        .collect()
}

/// Returns the value as it would be written. In some databases a list answers with its label where it is written by
/// an index, in others both are the same (contradictory reports).
pub(super) fn as_written<'a>(kind: &'a UdfKind, text: &'a str) -> &'a str {
    let UdfKind::List(entries) = kind else { return text };
    if entries.iter().any(|(value, _)| value == text) {
        return text;
    }
    entries.iter().find(|(_, label)| label == text).map_or(text, |(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn infos() -> Vec<FieldInfo> {
        serde_json::from_value(json!([
            {"name": "supportpin", "type": "string", "length": 10, "isPickList": false},
            {"name": "Office365Id", "type": "String", "length": 0},
            {"name": "IsOffice365", "type": "List", "isPickList": true, "picklistValues": [
                {"value": "1", "label": "Yes", "isActive": true},
                {"value": "2", "label": "No", "isActive": true},
                {"value": "3", "label": "Perhaps", "isActive": false}]},
            {"name": "Portal type", "dataType": "Numeric"},
            {"name": "Tenant365Id", "type": "Date"}
        ]))
        .expect("field infos")
    }

    fn values(values: serde_json::Value) -> Vec<UdfValue> {
        serde_json::from_value(values).expect("values")
    }

    #[test]
    fn fields_are_found_whatever_their_case_and_keep_their_spelling() {
        let names = BTreeMap::from([(Udf::TypeMapping, "portal TYPE".to_owned())]);
        let found = defined(&names, false, &infos());
        let list = UdfKind::List(vec![("1".into(), "Yes".into()), ("2".into(), "No".into())]);
        let expected = [
            (Udf::TypeMapping, "Portal type", UdfKind::Number),
            (Udf::SupportPin, "supportpin", UdfKind::Text(Some(10))),
            (Udf::IsOffice365, "IsOffice365", list),
            (Udf::Office365Id, "Office365Id", UdfKind::Text(None)),
        ]
        .map(|(role, name, kind)| UdfField { role, name: name.to_owned(), kind });
        assert_eq!(found.iter().map(|found| found.field.clone()).collect::<Vec<_>>(), expected);
        let company = defined(&names, true, &infos());
        assert_eq!(company[0].field.kind, UdfKind::Date);
        assert_eq!(company.len(), 1);
    }

    #[test]
    fn a_defined_field_without_a_value_is_blank_and_an_undefined_one_is_unknown() {
        let defined = defined(&BTreeMap::new(), false, &infos());
        for none in
            [None, Some(values(json!([]))), Some(values(json!([{"name": "SupportPIN", "value": null}])))]
        {
            let mut fields = Fields::new();
            set(&mut fields, &defined, none.as_deref());
            assert_eq!(fields.get(Field::Udf(Udf::SupportPin)), Value::Empty);
            assert_eq!(fields.get(Field::Udf(Udf::TypeMapping)), Value::Absent);
        }
    }

    #[test]
    fn a_list_value_is_known_by_its_label_too_and_one_that_is_retired_is_read_and_never_written() {
        let defined = defined(&BTreeMap::new(), false, &infos());
        for (sent, kept) in
            [("1", "1"), ("Yes", "1"), ("No", "2"), ("Perhaps", "Perhaps"), ("3", "Perhaps"), ("4", "4")]
        {
            let mut fields = Fields::new();
            set(&mut fields, &defined, Some(&values(json!([{"name": "isoffice365", "value": sent}]))));
            assert_eq!(fields.text(Field::Udf(Udf::IsOffice365)), Some(kept));
        }
    }
}
