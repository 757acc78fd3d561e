//! Custom fields: which of them a record has, what they take, and their values.
//!
//! A record lists every field that is visible where it belongs, also one that was never filled in (seen live by
//! clients). Captions are not unique across the service, so a field is looked for among those of its own kind of
//! record. A field that one record shows and another does not is not blank there: it cannot be written there.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::wire::{CustomField, UserDefinedField};
use crate::model::{Field, Fields, Udf, UdfField, UdfKind};

/// The screen of contacts (seen live by clients).
const CONTACT_SCREEN: &str = "ct300";

/// A custom field that crsync has a use for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    /// What values of new records are addressed by.
    pub(super) id: i64,
    pub(super) field: UdfField,
}

/// Returns the caption of a role's field: the configured one, else the usual one.
pub(super) fn caption(names: &BTreeMap<Udf, String>, role: Udf) -> &str {
    role.name_in(names)
}

/// The fields crsync has a use for, as records show them that come in any order: of several records that have a field,
/// the one with the first place tells it.
#[derive(Default)]
pub(super) struct Shown(Mutex<BTreeMap<Udf, (Place, Definition)>>);

/// The company of a record, and its own id.
type Place = (i64, i64);

impl Shown {
    /// Takes what a record shows.
    pub(super) fn by(
        &self,
        names: &BTreeMap<Udf, String>,
        on_company: bool,
        place: Place,
        fields: &[CustomField],
    ) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for role in roles(on_company) {
            if found.get(&role).is_some_and(|(known, _)| *known <= place) {
                continue;
            }
            let own = find(fields, caption(names, role));
            if let Some((id, own)) = own.and_then(|own| Some((own.id?, own)))
                && let Some(kind) = kind(own.kind.as_deref(), own.entry_method.as_deref(), Vec::new)
            {
                let name = own.caption.as_deref().unwrap_or_default().trim().to_owned();
                found.insert(role, (place, Definition { id, field: UdfField { role, name, kind } }));
            }
        }
    }

    /// Returns the fields.
    pub(super) fn definitions(&self) -> Vec<Definition> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.values().map(|(_, definition)| definition.clone()).collect()
    }
}

/// Returns the fields crsync has a use for among all that are defined, for where no record shows them.
pub(super) fn defined(
    names: &BTreeMap<Udf, String>,
    on_company: bool,
    all: &[UserDefinedField],
) -> Vec<Definition> {
    let definition = |role: Udf| {
        let field = definition(names, role, all)?;
        let kind = kind_of(field)?;
        let name = field.caption.as_deref().unwrap_or_default().trim().to_owned();
        Some(Definition { id: field.id, field: UdfField { role, name, kind } })
    };
    roles(on_company).filter_map(definition).collect()
}

/// Returns the definition of a role's field among `all`: spelled exactly as configured, else in another case.
pub(super) fn definition<'a>(
    names: &BTreeMap<Udf, String>,
    role: Udf,
    all: &'a [UserDefinedField],
) -> Option<&'a UserDefinedField> {
    let wanted = caption(names, role);
    let of_kind = || all.iter().filter(|field| belongs(field, role.on_company()));
    let caption_of = |field: &UserDefinedField| field.caption.clone().unwrap_or_default();
    of_kind()
        .find(|field| caption_of(field).trim() == wanted)
        .or_else(|| of_kind().find(|field| same(&caption_of(field), wanted)))
}

/// Returns what a defined field takes; `None` for a button, which holds nothing.
pub(super) fn kind_of(field: &UserDefinedField) -> Option<UdfKind> {
    kind(field.kind.as_deref(), field.entry_method.as_deref(), || entries(field))
}

/// Reports whether a role that crsync writes has no field among `definitions`. Types are the service's own.
pub(super) fn lacks_roles(definitions: &[Definition], on_company: bool) -> bool {
    let mut written = roles(on_company).filter(|role| *role != Udf::TypeMapping);
    written.any(|role| definitions.iter().all(|definition| definition.field.role != role))
}

/// Adds those of the fields `defined` whose role has none among `definitions`.
pub(super) fn add_roles(definitions: &mut Vec<Definition>, defined: Vec<Definition>) {
    for one in defined {
        if definitions.iter().all(|definition| definition.field.role != one.field.role) {
            definitions.push(one);
        }
    }
}

/// Reports whether a list among `definitions` lacks its entries, which records do not show.
pub(super) fn lacks_entries(definitions: &[Definition]) -> bool {
    definitions.iter().any(|definition| definition.field.kind == UdfKind::List(Vec::new()))
}

/// Gives the lists among `definitions` their entries.
pub(super) fn add_entries(definitions: &mut [Definition], all: &[UserDefinedField]) {
    for definition in definitions {
        if let UdfKind::List(list) = &mut definition.field.kind
            && let Some(field) = all.iter().find(|field| field.id == definition.id)
        {
            *list = entries(field);
        }
    }
}

/// Puts the values that a record shows into `fields`; a field it does not show stays unknown.
pub(super) fn set(fields: &mut Fields, names: &BTreeMap<Udf, String>, on_company: bool, own: &[CustomField]) {
    for role in roles(on_company) {
        if let Some(field) = find(own, caption(names, role)) {
            fields.set(Field::Udf(role), text(&field.value));
        }
    }
}

/// Returns the value that makes a field of this type say `text`: lists and texts take texts, even for true and false.
pub(super) fn value(kind: &UdfKind, text: &str) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    match kind {
        UdfKind::Checkbox => json!(text.eq_ignore_ascii_case("true")),
        UdfKind::Number => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => json!(number),
            (_, Ok(number)) => json!(number),
            _ => json!(text),
        },
        UdfKind::Text(_) | UdfKind::List(_) | UdfKind::Date => json!(text),
    }
}

/// Replaces the value of `role` in the array of a record's custom fields, and returns its entry, which is else as it was
/// read. `None` where the record does not show the field.
pub(super) fn replaced<'a>(
    array: &'a mut [Value],
    names: &BTreeMap<Udf, String>,
    role: Udf,
    text: &str,
) -> Option<&'a Value> {
    let own: Vec<CustomField> =
        array.iter().map(serde::Deserialize::deserialize).collect::<Result<_, _>>().ok()?;
    let at = position(&own, caption(names, role))?;
    let kind = kind(own[at].kind.as_deref(), own[at].entry_method.as_deref(), Vec::new)?;
    array[at].as_object_mut()?.insert("value".to_owned(), value(&kind, text));
    array.get(at)
}

/// Returns the entry of a custom field that crsync keeps on records of this kind, as it was read, if the record shows one;
/// never that of a PIN.
pub(super) fn any_own<'a>(
    array: &'a [Value],
    names: &BTreeMap<Udf, String>,
    on_company: bool,
) -> Option<&'a Value> {
    let own: Vec<CustomField> =
        array.iter().map(serde::Deserialize::deserialize).collect::<Result<_, _>>().ok()?;
    let mut plain = roles(on_company).filter(|role| !Field::Udf(*role).is_secret());
    array.get(plain.find_map(|role| position(&own, caption(names, role)))?)
}

fn roles(on_company: bool) -> impl Iterator<Item = Udf> {
    Udf::ALL.into_iter().filter(move |role| role.on_company() == on_company)
}

fn find<'f>(fields: &'f [CustomField], caption: &str) -> Option<&'f CustomField> {
    position(fields, caption).map(|at| &fields[at])
}

/// Returns the field with the caption: spelled exactly so, else in another case.
fn position(fields: &[CustomField], wanted: &str) -> Option<usize> {
    let find = |is: fn(&str, &str) -> bool| {
        fields.iter().position(|field| is(field.caption.as_deref().unwrap_or_default(), wanted))
    };
    find(|caption, wanted| caption.trim() == wanted).or_else(|| find(same))
}

fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// Reports whether a definition is for the screens of contacts, or of companies. Only the descriptions tell which
/// are companies' (seen live by clients).
pub(super) fn belongs(field: &UserDefinedField, on_company: bool) -> bool {
    let says = |text: &Option<String>, word: &str| {
        text.as_ref().is_some_and(|text| text.trim().to_lowercase().starts_with(word))
    };
    let is_contact = match &field.screen_id {
        Some(screen) if screen.eq_ignore_ascii_case(CONTACT_SCREEN) => true,
        _ => says(&field.screen_description, "contact") || says(&field.pod_description, "contact"),
    };
    if on_company {
        !is_contact && (says(&field.screen_description, "company") || says(&field.pod_description, "company"))
    } else {
        is_contact
    }
}

/// Returns what a field takes; `None` for a button, which holds nothing. The vendor states no length for texts.
fn kind(
    named: Option<&str>,
    entry_method: Option<&str>,
    entries: impl FnOnce() -> Vec<(String, String)>,
) -> Option<UdfKind> {
    let named = named.unwrap_or_default().to_ascii_lowercase();
    let method = entry_method.unwrap_or_default().to_ascii_lowercase();
    Some(match named.as_str() {
        "button" => return None,
        "checkbox" => UdfKind::Checkbox,
        _ if matches!(method.as_str(), "list" | "option") => UdfKind::List(entries()),
        "number" | "percent" | "currency" => UdfKind::Number,
        "date" => UdfKind::Date,
        _ => UdfKind::Text(None),
    })
}

/// Returns the entries of a list that may be written: old records may hold inactive ones, but those are refused.
fn entries(field: &UserDefinedField) -> Vec<(String, String)> {
    let active = field.options.iter().flatten().filter(|option| option.inactive_flag != Some(true));
    active.filter_map(|option| option.option_value.clone()).map(|value| (value.clone(), value)).collect()
}

/// Returns a value as text. A checkbox that was never touched is `null`; a whole number may come with a fraction.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => {
            let text = number.to_string();
            text.strip_suffix(".0").map_or(text.clone(), ToOwned::to_owned)
        }
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(fields: Value) -> Vec<CustomField> {
        serde_json::from_value(fields).expect("custom fields")
    }

    fn ann() -> Value {
        json!([
            {"id": 83, "caption": " office365id", "type": "Text", "entryMethod": "EntryField", "numberOfDecimals": 0,
             "value": null, "connectWiseId": "c-83", "podId": "contact_detail"},
            {"id": 16, "caption": "IsOffice365", "type": "Text", "entryMethod": "List", "value": "false"},
            {"id": 17, "caption": "SupportPIN", "type": "Number", "entryMethod": "EntryField", "value": 4821.0},
            {"id": 18, "caption": "TypeMapping", "type": "Button", "entryMethod": "EntryField"}
        ])
    }

    fn shown(on_company: bool, records: &[(Place, &[CustomField])]) -> Vec<Definition> {
        let shown = Shown::default();
        for (place, fields) in records {
            shown.by(&BTreeMap::new(), on_company, *place, fields);
        }
        shown.definitions()
    }

    #[test]
    fn the_first_record_that_has_a_field_tells_it_whichever_comes_first() {
        let own = |id: i64| fields(json!([{"id": id, "caption": "IsOffice365", "type": "Text"}]));
        let (first, second, third) = (own(1), own(2), own(3));
        let mut records = [((7, 90), &first[..]), ((8, 20), &second[..]), ((8, 30), &third[..])];
        assert_eq!(shown(false, &records)[0].id, 1);
        records.reverse();
        assert_eq!(shown(false, &records)[0].id, 1);
    }

    #[test]
    fn records_tell_which_fields_there_are() {
        let ann = fields(ann());
        let found = shown(false, &[((1, 1), &[]), ((1, 2), &ann)]);
        let told: Vec<_> =
            found.iter().map(|found| (found.id, found.field.role, found.field.name.as_str())).collect();
        assert_eq!(
            told,
            [
                (17, Udf::SupportPin, "SupportPIN"),
                (16, Udf::IsOffice365, "IsOffice365"),
                (83, Udf::Office365Id, "office365id")
            ]
        );
        assert_eq!(found[0].field.kind, UdfKind::Number);
        assert_eq!(found[1].field.kind, UdfKind::List(Vec::new()));
        assert_eq!(found[2].field.kind, UdfKind::Text(None));
        assert!(lacks_entries(&found));
        assert!(shown(true, &[((1, 2), &ann)]).is_empty(), "captions of contacts do not count");
    }

    #[test]
    fn definitions_tell_them_where_no_record_does() {
        let all: Vec<UserDefinedField> = serde_json::from_value(json!([
            {"id": 1, "podId": 9, "caption": "Office365Id", "fieldTypeIdentifier": "Text", "screenDescription": "Ticket"},
            {"id": 16, "podId": 5, "screenId": "ct300", "caption": "ISOFFICE365", "fieldTypeIdentifier": "Text",
             "entryTypeIdentifier": "Option", "options": [
                {"optionValue": "Yes"}, {"optionValue": "No", "inactiveFlag": false},
                {"optionValue": "Perhaps", "inactiveFlag": true}]},
            {"id": 17, "podId": 4, "caption": "My Id", "fieldTypeIdentifier": "Text", "podDescription": "Contact Overview"},
            {"id": 30, "podId": 1, "caption": "Tenant365Id", "fieldTypeIdentifier": "Text", "podDescription": "Company Overview"}
        ]))
        .expect("definitions");
        let names = BTreeMap::from([(Udf::Office365Id, "my id ".to_owned())]);
        let yes_and_no = UdfKind::List(vec![("Yes".into(), "Yes".into()), ("No".into(), "No".into())]);
        let found = defined(&names, false, &all);
        let told: Vec<_> = found.iter().map(|found| (found.id, found.field.kind.clone())).collect();
        assert_eq!(told, [(16, yes_and_no.clone()), (17, UdfKind::Text(None))]);
        assert_eq!(defined(&names, true, &all)[0].id, 30);

        let ann = fields(ann());
        let mut shown = shown(false, &[((1, 2), &ann)]);
        add_entries(&mut shown, &all);
        assert_eq!(shown[1].field.kind, yes_and_no);
        assert!(!lacks_entries(&shown));
    }

    #[test]
    fn a_field_that_a_record_does_not_show_is_unknown_there() {
        let mut read = Fields::new();
        set(&mut read, &BTreeMap::new(), false, &fields(ann()));
        let value = |role| read.get(Field::Udf(role));
        assert_eq!(value(Udf::Office365Id), crate::model::Value::Empty);
        assert_eq!(value(Udf::IsOffice365), crate::model::Value::Text("false"));
        assert_eq!(value(Udf::SupportPin), crate::model::Value::Hidden);
        assert_eq!(value(Udf::Tenant365Id), crate::model::Value::Absent);
        let mut read = Fields::new();
        set(&mut read, &BTreeMap::new(), false, &[]);
        assert_eq!(read, Fields::new());
    }

    #[test]
    fn every_type_gets_its_own_form_of_a_value() {
        assert_eq!(value(&UdfKind::Checkbox, "true"), json!(true));
        assert_eq!(value(&UdfKind::Checkbox, "false"), json!(false));
        assert_eq!(value(&UdfKind::Text(None), "true"), json!("true"));
        assert_eq!(value(&UdfKind::List(Vec::new()), "true"), json!("true"));
        assert_eq!(value(&UdfKind::Number, "1"), json!(1));
        assert_eq!(value(&UdfKind::Number, "1.5"), json!(1.5));
        assert_eq!(value(&UdfKind::Text(None), ""), Value::Null);
    }

    #[test]
    fn one_value_is_replaced_and_everything_else_is_as_it_came() {
        let Value::Array(mut array) = ann() else { panic!("an array") };
        let mut expected = array.clone();
        expected[0]["value"] = json!("11111111-2222-4333-8444-555555555555");
        let id = "11111111-2222-4333-8444-555555555555";
        assert_eq!(replaced(&mut array, &BTreeMap::new(), Udf::Office365Id, id), Some(&expected[0]));
        assert_eq!(array, expected);
        assert!(replaced(&mut array, &BTreeMap::new(), Udf::Tenant365Id, id).is_none());
        assert_eq!(array, expected);
    }
}
