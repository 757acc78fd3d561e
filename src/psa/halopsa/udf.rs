//! Custom fields: which of them records show, what they take, and their values.
//!
//! Every record that shows custom fields shows all of its kind, so records tell which there are; a field that is not
//! among those of a record, or is there without a value, was not shown, and nothing is known of its value. A field is stored with `CF` before its name
//! (vendor guide). Whether a field of CloudRadial's is made under its bare name or with the prefix written out is not
//! clear, so both are taken.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Settings;
use super::wire::{Custom, Entry, TEXTS, User};
use crate::model::{Field, Fields, RecordKind, Udf, UdfField, UdfKind};

/// What HaloPSA writes before the name of a custom field.
const PREFIX: &str = "CF";

/// What a type's number stands for, beside the numbers that are settings. Only that of the text is known (seen with
/// clients), the others are inferred.
const TYPES: [(i64, Type); 4] = [(0, Type::Text), (1, Type::Text), (4, Type::Date), (5, Type::Date)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Selection,
    Date,
    Checkbox,
}

/// A custom field that crsync has a use for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Defined {
    /// Its id.
    pub(super) id: Option<i64>,
    /// What it is used for.
    pub(super) role: Udf,
    /// Its name as it is stored, prefix and all.
    pub(super) name: String,
    /// What it takes; `None` for a type that crsync does not know.
    pub(super) kind: Option<UdfKind>,
}

/// The custom fields that records showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Udfs {
    pub(super) contacts: Vec<Defined>,
    /// Those of contacts that the rows of a listing show.
    pub(super) listed: Vec<Defined>,
    /// The names of those that tell whether a kept answer counts: one that was kept before a field was made does not say
    /// that the field is blank.
    pub(super) basis: Vec<String>,
    /// Which of a user's texts the rows of a listing show: one that a row shows is left out of another only where it is
    /// blank.
    pub(super) texts: [bool; TEXTS],
    pub(super) companies: Vec<Defined>,
}

impl Udfs {
    /// Returns those that the rows of a listing of users show.
    pub(super) fn of_rows<'u>(settings: &Settings, rows: impl Iterator<Item = &'u User> + Clone) -> Self {
        let listed = defined(settings, false, rows.clone().flat_map(|user| user.custom.iter().flatten()));
        let mut texts = [false; TEXTS];
        for row in rows {
            texts.iter_mut().zip(row.shown()).for_each(|(any, shown)| *any |= shown);
        }
        Self { contacts: listed.clone(), basis: names(&listed), listed, texts, companies: Vec::new() }
    }

    /// Reports whether the rows of a listing show the field that decides: then they show all, as every record does.
    pub(super) fn rows_tell(&self) -> bool {
        self.listed.iter().any(|one| one.role == Udf::Office365Id)
    }

    /// Adds the fields that the `own` record of one of the users in `rows` shows beside them.
    pub(super) fn learn<'u>(
        &mut self,
        settings: &Settings,
        rows: impl Iterator<Item = &'u User>,
        own: &User,
    ) {
        let listed: Vec<&Custom> = rows.flat_map(|user| user.custom.iter().flatten()).collect();
        let shown = listed.into_iter().chain(own.custom.iter().flatten());
        self.contacts = defined(settings, false, shown);
        if !self.rows_tell() {
            self.basis = names(&self.contacts);
        }
    }

    /// Takes the texts back that a row leaves out although the user's own record has them.
    pub(super) fn compare(&mut self, row: &User, own: &User) {
        let left_out = row.shown().into_iter().zip(own.held()).map(|(shown, held)| held && !shown);
        self.texts.iter_mut().zip(left_out).for_each(|(listed, left_out)| *listed &= !left_out);
    }

    /// Returns those of records of this kind.
    pub(super) fn of(&self, kind: RecordKind) -> &[Defined] {
        if kind == RecordKind::Contact { &self.contacts } else { &self.companies }
    }

    /// Returns all of them that can be written.
    pub(super) fn fields(&self) -> impl Iterator<Item = UdfField> {
        let field = |each: &Defined| {
            Some(UdfField { role: each.role, name: each.name.clone(), kind: each.kind.clone()? })
        };
        self.contacts.iter().chain(&self.companies).filter_map(field)
    }
}

fn names(defined: &[Defined]) -> Vec<String> {
    defined.iter().map(|each| each.name.clone()).collect()
}

/// Returns the fields that crsync has a use for among those that records show.
pub(super) fn defined<'c>(
    settings: &Settings,
    on_company: bool,
    shown: impl IntoIterator<Item = &'c Custom>,
) -> Vec<Defined> {
    let mut by_name: BTreeMap<&str, Vec<&Custom>> = BTreeMap::new();
    for custom in shown {
        if let Some(name) = custom.name.as_deref() {
            by_name.entry(name).or_default().push(custom);
        }
    }
    let roles = Udf::ALL.into_iter().filter(|role| role.on_company() == on_company);
    roles
        .filter_map(|role| {
            let wanted = settings.udf_name(role);
            let ranked = by_name.keys().filter_map(|name| Some((rank(name, wanted)?, *name)));
            let (_, name) = ranked.min()?;
            let all = by_name.get(name)?;
            let one = all.first()?;
            Some(Defined { id: one.id, role, name: name.to_owned(), kind: kind(settings, one, all) })
        })
        .collect()
}

/// Returns how well a stored name fits the `wanted` one, 0 being best; `None` where it does not.
pub(super) fn rank(stored: &str, wanted: &str) -> Option<usize> {
    let spelled = [format!("{PREFIX}{wanted}"), wanted.to_owned(), format!("{PREFIX}{PREFIX}{wanted}")];
    let exact = spelled.iter().position(|name| name == stored.trim());
    let near = || spelled.iter().position(|name| name.eq_ignore_ascii_case(stored.trim()));
    exact.or_else(|| Some(near()? + spelled.len()))
}

/// Returns what a field takes that shows these values; a single selection's entries are those that are seen.
fn kind(settings: &Settings, one: &Custom, all: &[&Custom]) -> Option<UdfKind> {
    let number = one.kind?;
    let set = [(settings.checkbox_type, Type::Checkbox), (settings.selection_type, Type::Selection)];
    let set = set.into_iter().filter_map(|(known, named)| Some((known?, named)));
    let (_, named) = set.chain(TYPES).find(|(known, _)| *known == number)?;
    Some(match named {
        Type::Text => {
            UdfKind::Text(one.limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0))
        }
        Type::Date => UdfKind::Date,
        Type::Checkbox => UdfKind::Checkbox,
        Type::Selection => {
            let entry = |custom: &&Custom| {
                let label = custom.display.clone().filter(|label| !label.trim().is_empty())?;
                Some((plain(custom.value()?).filter(|value| !value.is_empty())?, label))
            };
            let seen: BTreeMap<String, String> = all.iter().filter_map(entry).collect();
            UdfKind::List(seen.into_iter().collect())
        }
    })
}

/// Returns the entries of a definition, as they are written and as people see them.
pub(super) fn entries(values: &[Entry]) -> Vec<(String, String)> {
    let entry = |entry: &Entry| Some((entry.id?.to_string(), entry.name.clone()?));
    values.iter().filter_map(entry).collect()
}

/// Puts the values of the `defined` fields into `fields`: nothing of a field that the record does not show.
pub(super) fn set(fields: &mut Fields, defined: &[Defined], shown: Option<&[Custom]>) {
    for each in defined {
        let found = shown.and_then(|shown| find(each, shown));
        if let Some(text) = found.and_then(|custom| text(each, custom)) {
            fields.set(Field::Udf(each.role), text);
        }
    }
}

/// Reports whether the record shows all of the `defined` fields, each with its value.
pub(super) fn shows_all(defined: &[Defined], shown: Option<&[Custom]>) -> bool {
    let is_shown = |each: &Defined, shown| find(each, shown).is_some_and(|custom| custom.value().is_some());
    shown.is_some_and(|shown| defined.iter().all(|each| is_shown(each, shown)))
}

fn find<'c>(defined: &Defined, shown: &'c [Custom]) -> Option<&'c Custom> {
    shown.iter().find(|custom| custom.name.as_deref() == Some(&defined.name))
}

/// Returns the text of a value, as it would be written; nothing where it cannot be read. A type is never written, and
/// rules call it by the label that people see: which number means which entry may not be known in a later run.
fn text(defined: &Defined, custom: &Custom) -> Option<String> {
    let value = plain(custom.value()?)?;
    match &defined.kind {
        Some(UdfKind::List(entries)) if !value.is_empty() && defined.role == Udf::TypeMapping => {
            label(entries, custom, &value)
        }
        Some(UdfKind::List(entries)) if !value.is_empty() => {
            let known = entries.iter().any(|(written, _)| *written == value);
            let by_label = || {
                let label = custom.display.as_deref().unwrap_or(&value);
                entries.iter().find(|(_, known)| known == label).map(|(written, _)| written.clone())
            };
            Some(if known { value } else { by_label().unwrap_or(value) })
        }
        _ => Some(value),
    }
}

/// Returns the label of the entry that a single selection holds; nothing where it is not known.
fn label(entries: &[(String, String)], custom: &Custom, value: &str) -> Option<String> {
    let display = custom.display.as_deref().map(str::trim).filter(|label| !label.is_empty());
    let defined = || entries.iter().find(|(known, _)| known == value).map(|(_, label)| label.as_str());
    // No entry has the number 0 (inferred).
    let label = display.or_else(defined).or_else(|| (value == "0").then_some(""));
    label.map(ToOwned::to_owned)
}

/// Returns a plain value as a text, blank where it is null.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// Returns the value that a field of this kind is sent for `text`. A null takes the value away (seen with clients).
pub(super) fn sent(kind: &UdfKind, text: &str) -> Value {
    match kind {
        _ if text.is_empty() => Value::Null,
        UdfKind::Checkbox => Value::Bool(text == "true"),
        // The id of an entry is a number, and a number must come as one.
        UdfKind::List(_) => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        UdfKind::Text(_) | UdfKind::Number | UdfKind::Date => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value as Known;
    use serde_json::json;

    fn settings() -> Settings {
        Settings::example("https://msp.halopsa.example".parse().expect("an address"))
    }

    fn shown(all: Value) -> Vec<Custom> {
        serde_json::from_value(all).expect("custom fields")
    }

    fn names(settings: &Settings, all: &[Custom]) -> Vec<String> {
        defined(settings, false, all).into_iter().map(|each| each.name).collect()
    }

    #[test]
    fn the_prefix_may_be_there_once_twice_or_be_a_part_of_the_setting() {
        let mut settings = settings();
        let all = shown(json!([
            {"name": "CFSupportPIN", "type": 0}, {"name": "CFCFTypeMapping", "type": 0},
            {"name": "cfoffice365id", "type": 0}, {"name": "CFHat", "type": 0}, {"name": "CFTenant365Id", "type": 0}]));
        assert_eq!(names(&settings, &all), ["CFCFTypeMapping", "CFSupportPIN", "cfoffice365id"]);
        settings.udf_names.insert(Udf::SupportPin, "CFHat".to_owned());
        assert!(names(&settings, &all).contains(&"CFHat".to_owned()));
        let both =
            shown(json!([{"name": "CFCFTypeMapping", "type": 0}, {"name": "CFTypeMapping", "type": 0}]));
        assert_eq!(names(&settings, &both), ["CFTypeMapping"]);
        assert_eq!(defined(&settings, true, &all)[0].name, "CFTenant365Id");
    }

    #[test]
    fn a_selection_of_a_type_is_read_as_the_label_of_its_entry() {
        let all = shown(json!([
            {"name": "CFTypeMapping", "type": 2, "value": 3, "display": "Billing Contact"},
            {"name": "CFTypeMapping", "type": 2, "value": "4", "display": "Kiosk"},
            {"name": "CFTypeMapping", "type": 2, "value": null, "display": ""}]));
        let defined = defined(&settings(), false, &all);
        let entries = vec![("3".into(), "Billing Contact".into()), ("4".into(), "Kiosk".into())];
        assert_eq!(defined[0].kind, Some(UdfKind::List(entries)));
        let text = |place: usize| {
            let mut fields = Fields::new();
            set(&mut fields, &defined, Some(&all[place..=place]));
            fields.expose(Field::Udf(Udf::TypeMapping)).map(str::to_owned)
        };
        assert_eq!(
            (text(0).as_deref(), text(1).as_deref(), text(2).as_deref()),
            (Some("Billing Contact"), Some("Kiosk"), Some(""))
        );
        let bare = shown(json!([
            {"name": "CFTypeMapping", "type": 2, "value": 3}, {"name": "CFTypeMapping", "type": 2, "value": 5},
            {"name": "CFTypeMapping", "type": 2, "value": 0, "display": ""}]));
        let known = |place: usize| {
            let mut fields = Fields::new();
            set(&mut fields, &defined, Some(&bare[place..=place]));
            fields.expose(Field::Udf(Udf::TypeMapping)).map(str::to_owned)
        };
        assert_eq!(
            (known(0).as_deref(), known(1), known(2).as_deref()),
            (Some("Billing Contact"), None, Some(""))
        );
    }

    #[test]
    fn a_selection_that_is_written_is_read_as_the_id_of_its_entry() {
        let all = shown(json!([{"name": "CFIsOffice365", "type": 2, "value": 3, "display": "Yes"}]));
        let mut fields = Fields::new();
        set(&mut fields, &defined(&settings(), false, &all), Some(&all));
        assert_eq!(fields.text(Field::Udf(Udf::IsOffice365)), Some("3"));
    }

    #[test]
    fn a_field_that_is_not_shown_or_has_no_value_is_unknown_and_one_that_is_null_is_blank() {
        let all = shown(json!([
            {"name": "CFSupportPIN", "type": 0, "value": "0482"}, {"name": "CFOffice365Id", "type": 0, "value": null},
            {"name": "CFIsOffice365", "type": 6, "value": true}, {"name": "CFTypeMapping", "type": 9, "value": []}]));
        let defined = defined(&settings(), false, &all);
        let mut fields = Fields::new();
        set(&mut fields, &defined, Some(&all));
        assert_eq!(fields.expose(Field::Udf(Udf::SupportPin)), Some("0482"));
        assert_eq!(fields.get(Field::Udf(Udf::Office365Id)), Known::Empty);
        assert_eq!(fields.text(Field::Udf(Udf::IsOffice365)), Some("true"));
        assert_eq!(fields.get(Field::Udf(Udf::TypeMapping)), Known::Absent);
        let unknown = defined.iter().find(|each| each.role == Udf::TypeMapping).expect("it is there");
        assert_eq!(unknown.kind, None, "a type that is not known is not written");
        let mut few = Fields::new();
        set(&mut few, &defined, Some(&all[..1]));
        assert_eq!(few.get(Field::Udf(Udf::Office365Id)), Known::Absent);
        assert!(shows_all(&defined, Some(&all)) && !shows_all(&defined, Some(&all[..1])));
        assert!(!shows_all(&defined, None));
        let bare = shown(json!([{"name": "CFOffice365Id", "type": 0}]));
        let mut none = Fields::new();
        set(&mut none, &defined, Some(&bare));
        assert_eq!(none.get(Field::Udf(Udf::Office365Id)), Known::Absent);
        let id: Vec<Defined> = defined.into_iter().filter(|each| each.role == Udf::Office365Id).collect();
        assert!(!shows_all(&id, Some(&bare)));
    }

    #[test]
    fn values_are_sent_in_the_type_of_the_field() {
        let list = UdfKind::List(vec![("3".into(), "Yes".into())]);
        for (kind, text, value) in [
            (UdfKind::Text(None), "0482", json!("0482")),
            (UdfKind::Text(None), "", Value::Null),
            (UdfKind::Checkbox, "true", json!(true)),
            (UdfKind::Checkbox, "false", json!(false)),
            (list.clone(), "3", json!(3)),
            (list, "", Value::Null),
        ] {
            assert_eq!(sent(&kind, text), value, "{kind:?} {text}");
        }
    }
}
