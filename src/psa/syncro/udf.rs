//! Custom fields: which of them the account has, how it spells them, and their values on a record.
//!
//! No request lists the custom fields of contacts (vendor documents), and a field that was never filled is not on
//! the record. So a field is known to exist if any record that was seen has it, or if the settings name it: an
//! administrator has just made it then, and no contact has a value yet. What a field takes is not listed
//! either. Values travel as texts, so every field counts as one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use super::Settings;
use super::wire::{Properties, Record};
use crate::model::{Field, Fields, Udf, UdfField, UdfKind};

/// Returns how the properties of `records` are spelled.
pub(super) fn keys<'a>(records: impl IntoIterator<Item = &'a Record>) -> BTreeSet<String> {
    let properties = records.into_iter().filter_map(Record::properties);
    properties.flat_map(Properties::keys).map(ToOwned::to_owned).collect()
}

/// How the properties of records are spelled that are seen one after the other.
#[derive(Default)]
pub(super) struct Seen(Mutex<BTreeSet<String>>);

impl Seen {
    /// Takes the properties of a record.
    pub(super) fn on(&self, record: &Record) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in record.properties().into_iter().flat_map(Properties::keys) {
            if !seen.contains(key) {
                seen.insert(key.to_owned());
            }
        }
    }

    /// Returns how they are spelled.
    pub(super) fn keys(self) -> BTreeSet<String> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The values of the custom fields that crsync may have a use for, each with how the record spells the field; `None` where
/// the record came without any field. How the account spells them is known when all records were seen.
pub(super) type Custom = Option<Box<[(Box<str>, Box<str>)]>>;

/// Returns what a contact shows of its custom fields.
pub(super) fn custom(settings: &Settings, contact: &Record) -> Custom {
    let properties = contact.properties()?;
    let wanted = |key: &&str| roles(settings, false).any(|role| same(key, settings.udf_name(role)));
    let own = properties.keys().filter(wanted);
    Some(own.map(|key| (key.into(), properties.text(key).into())).collect())
}

/// Puts the values of the `defined` fields into `fields`, as [`set`] does.
pub(super) fn set_custom(fields: &mut Fields, defined: &[UdfField], custom: &Custom) {
    let Some(custom) = custom else { return };
    for field in defined {
        let exact = custom.iter().find(|(key, _)| **key == *field.name);
        let found = exact.or_else(|| custom.iter().find(|(key, _)| same(key, &field.name)));
        fields.set(Field::Udf(field.role), found.map_or("", |(_, text)| text));
    }
}

/// Returns how `seen` properties spell the fields that crsync has a use for. Names are compared without their case;
/// one spelled exactly as configured goes first.
pub(super) fn spellings(
    settings: &Settings,
    on_company: bool,
    seen: &BTreeSet<String>,
) -> BTreeMap<Udf, String> {
    let spelled = |role| {
        let name = settings.udf_name(role);
        let found = seen.get(name).or_else(|| seen.iter().find(|key| same(key, name)))?;
        Some((role, found.clone()))
    };
    roles(settings, on_company).filter_map(spelled).collect()
}

/// Returns the fields that the account has: those among the `seen` properties, and those that the settings name.
pub(super) fn defined(settings: &Settings, on_company: bool, seen: &BTreeSet<String>) -> Vec<UdfField> {
    let mut names = spellings(settings, on_company, seen);
    for role in roles(settings, on_company) {
        // Who switches the company's field on says with it that there is one.
        if settings.udf_names.contains_key(&role) || on_company {
            names.entry(role).or_insert_with(|| settings.udf_name(role).to_owned());
        }
    }
    fields(names)
}

/// Returns all fields that a record could have, spelled as the settings do.
pub(super) fn possible(settings: &Settings, on_company: bool) -> Vec<UdfField> {
    let names = roles(settings, on_company).map(|role| (role, settings.udf_name(role).to_owned()));
    fields(names.collect())
}

/// Puts the values of the `defined` fields into `fields`: blank where the record does not have the field, nothing
/// where it came without any.
pub(super) fn set(fields: &mut Fields, defined: &[UdfField], properties: Option<Properties<'_>>) {
    let Some(properties) = properties else { return };
    for field in defined {
        let text = key(properties, &field.name).map(|key| properties.text(key)).unwrap_or_default();
        fields.set(Field::Udf(field.role), text);
    }
}

/// Returns how these properties spell the field `name`, if it is among them.
pub(super) fn key<'a>(properties: Properties<'a>, name: &str) -> Option<&'a str> {
    let exact = properties.keys().find(|key| *key == name);
    exact.or_else(|| properties.keys().find(|key| same(key, name)))
}

/// Returns the uses of fields on contacts, or those on companies that the settings want.
fn roles(settings: &Settings, on_company: bool) -> impl Iterator<Item = Udf> + use<> {
    let wanted = !on_company || settings.company_udf;
    Udf::ALL.into_iter().filter(move |role| wanted && role.on_company() == on_company)
}

fn fields(names: BTreeMap<Udf, String>) -> Vec<UdfField> {
    names.into_iter().map(|(role, name)| UdfField { role, name, kind: UdfKind::Text(None) }).collect()
}

fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
    use crate::psa::syncro::tests::settings;
    use serde_json::json;

    fn seen(all: &[serde_json::Value]) -> BTreeSet<String> {
        let record = |properties| Record::new(json!({"id": 1, "properties": properties})).expect("a record");
        keys(&all.iter().map(record).collect::<Vec<_>>())
    }

    fn names(fields: &[UdfField]) -> Vec<&str> {
        fields.iter().map(|field| field.name.as_str()).collect()
    }

    #[test]
    fn a_field_is_there_if_a_contact_has_it_or_the_settings_name_it() {
        let seen = self::seen(&[json!({"title": "Head"}), json!({"supportpin": "1"}), json!(null)]);
        let mut settings = settings();
        assert_eq!(names(&defined(&settings, false, &seen)), ["supportpin"]);
        settings.udf_names.insert(Udf::Office365Id, "M365".to_owned());
        assert_eq!(names(&defined(&settings, false, &seen)), ["supportpin", "M365"]);
        let twice = self::seen(&[json!({"Supportpin": "1", "SupportPIN": "2"})]);
        assert_eq!(names(&defined(&settings, false, &twice)), ["SupportPIN", "M365"]);
    }

    #[test]
    fn the_companys_field_is_there_only_if_the_settings_want_it() {
        let mut settings = settings();
        let seen = self::seen(&[json!({"tenant365id": "t-1"})]);
        assert_eq!(names(&defined(&settings, true, &seen)), Vec::<&str>::new());
        settings.company_udf = true;
        assert_eq!(names(&defined(&settings, true, &seen)), ["tenant365id"]);
        assert_eq!(names(&defined(&settings, true, &BTreeSet::new())), ["Tenant365Id"]);
    }

    #[test]
    fn a_field_without_a_value_is_blank_and_a_record_without_fields_is_unread() {
        let defined = possible(&settings(), false);
        let read = |record: serde_json::Value| {
            let mut fields = Fields::new();
            let record = Record::new(record).expect("a record");
            set(&mut fields, &defined, record.properties());
            let mut later = Fields::new();
            set_custom(&mut later, &defined, &custom(&settings(), &record));
            assert_eq!(later, fields, "the same of a listing");
            fields
        };
        let filled = read(json!({"id": 1, "properties": {"supportPin": "4821", "IsOffice365": true}}));
        assert_eq!(filled.expose(Field::Udf(Udf::SupportPin)), Some("4821"));
        assert_eq!(filled.text(Field::Udf(Udf::IsOffice365)), Some("true"));
        assert_eq!(filled.get(Field::Udf(Udf::Office365Id)), Value::Empty);
        assert_eq!(read(json!({"id": 1})), Fields::new());
    }
}
