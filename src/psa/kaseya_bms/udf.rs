//! Custom fields: which of them a module defines, what they take, and their values on a record.
//!
//! There are free text, date, data list, numeric and money, and no checkbox (vendor documents). The numbers that say
//! which of them a field is are not documented: a field with entries is a data list, every other one is
//! taken for a text, as every value travels as one.

use std::collections::BTreeMap;

use super::wire::{Definition, FieldValue};
use crate::model::{Field, Fields, RecordKind, Udf, UdfField, UdfKind};

/// A custom field that crsync has a use for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Defined {
    /// Its id.
    pub(super) id: i64,
    /// What it is used for, its name, and what it takes: the entries of a data list are known by their names.
    pub(super) field: UdfField,
    /// The entries of a data list, those that may not be chosen any more included: id and name.
    pub(super) entries: Vec<(i64, String)>,
}

/// A module, with the fields of it that crsync has a use for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Module {
    pub(super) number: i64,
    pub(super) fields: Vec<Defined>,
}

impl Module {
    /// Returns what values are kept under that were read of a record with this `stamp`: they say nothing of fields
    /// that are defined otherwise, such as another one for the same use, or other entries of a data list.
    pub(super) fn stamp(&self, stamp: &str) -> String {
        let hash = ring::digest::digest(&ring::digest::SHA256, format!("{self:?}").as_bytes());
        let hash = hash.as_ref().iter().take(8).fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
        format!("{hash:016x} {stamp}")
    }
}

/// Holds the modules of contacts and accounts that are known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Modules {
    pub(super) contacts: Option<Module>,
    pub(super) accounts: Option<Module>,
}

impl Modules {
    /// Returns the module of records of this kind, if it is known.
    pub(super) fn of(&self, kind: RecordKind) -> Option<&Module> {
        if kind == RecordKind::Contact { self.contacts.as_ref() } else { self.accounts.as_ref() }
    }
}

/// Returns the fields crsync has a use for among the `definitions` of one module, in the tenant's own spelling.
///
/// `names` holds the names that differ from the default. Names are compared without their case; a field
/// spelled exactly as configured goes first.
pub(super) fn defined(
    names: &BTreeMap<Udf, String>,
    on_company: bool,
    definitions: &[Definition],
) -> Vec<Defined> {
    let active = || definitions.iter().filter(|definition| definition.is_active != Some(false));
    let roles = Udf::ALL.into_iter().filter(|role| role.on_company() == on_company);
    roles
        .filter_map(|role| {
            let name = role.name_in(names);
            let found = active()
                .find(|definition| definition.name.as_deref() == Some(name))
                .or_else(|| active().find(|definition| same(definition.name.as_deref(), name)))?;
            let name = found.name.clone().unwrap_or_default();
            let entry = |setting: &super::wire::Setting| Some((setting.id, setting.name.clone()?));
            let entries = found.settings.iter().filter_map(entry).collect();
            Some(Defined { id: found.id, field: UdfField { role, name, kind: kind(found) }, entries })
        })
        .collect()
}

/// Returns the inactive field called `name` among `definitions`, in the tenant's own spelling.
pub(super) fn inactive(name: &str, definitions: &[Definition]) -> Option<String> {
    let is_it = |one: &&Definition| one.is_active == Some(false) && same(one.name.as_deref(), name);
    definitions.iter().find(is_it)?.name.clone()
}

/// Returns what `values` say of the `defined` fields. A field without a value is not among them, so it is blank, not
/// unknown.
pub(super) fn fields(defined: &[Defined], values: &[FieldValue]) -> Fields {
    let text = |each: &Defined| {
        let by_id = values.iter().find(|value| value.field == Some(each.id));
        let by_name = || {
            let unnamed = |value: &&FieldValue| value.field.is_none_or(|id| id == 0);
            values.iter().filter(unnamed).find(|value| same(value.name.as_deref(), &each.field.name))
        };
        by_id.or_else(by_name).map(|value| shown(each, value)).unwrap_or_default()
    };
    defined.iter().map(|each| (Field::Udf(each.field.role), text(each))).collect()
}

/// Returns the text of a value: of a data list the name of the entry, whether it comes as the name, as the entry's
/// id, or beside the id.
fn shown(defined: &Defined, value: &FieldValue) -> String {
    let data = value.data.as_deref().unwrap_or_default().trim();
    let named = |(_, name): &&(i64, String)| name.trim() == data;
    if defined.entries.iter().any(|entry| named(&entry)) {
        return data.to_owned();
    }
    let id = value.setting.filter(|id| *id != 0).or_else(|| data.parse().ok());
    let entry = defined.entries.iter().find(|(known, _)| Some(*known) == id);
    entry.map_or(data, |(_, name)| name.trim()).to_owned()
}

/// Reports whether a name is `name`, whatever its case and the spaces around it.
fn same(found: Option<&str>, name: &str) -> bool {
    found.is_some_and(|found| found.trim().to_lowercase() == name.trim().to_lowercase())
}

fn kind(definition: &Definition) -> UdfKind {
    if definition.settings.is_empty() {
        return UdfKind::Text(None);
    }
    let active = definition.settings.iter().filter(|setting| setting.is_active != Some(false));
    let names = active.filter_map(|setting| setting.name.as_deref().map(str::trim));
    UdfKind::List(names.map(|name| (name.to_owned(), name.to_owned())).collect())
}

/// Reports whether a module of this name can be that of records of this kind. What the modules are called is not
/// documented.
pub(super) fn is_module_of(kind: RecordKind, name: &str) -> bool {
    let name = name.to_lowercase();
    let words: &[&str] = match kind {
        RecordKind::Contact => &["contact"],
        _ => &["account", "client", "compan", "customer", "organi"],
    };
    name.trim().is_empty() || words.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn definitions() -> Vec<Definition> {
        serde_json::from_value(json!([
            {"id": 301, "name": "supportpin", "datatype": 0, "isactive": true, "settings": []},
            {"id": 302, "name": "Office365Id", "datatype": 0, "isactive": true, "settings": null},
            {"id": 303, "name": "IsOffice365", "datatype": 2, "isactive": true, "settings": [
                {"id": 11, "name": "Yes", "isactive": true}, {"id": 12, "name": " No", "isactive": true},
                {"id": 13, "name": "Perhaps", "isactive": false}]},
            {"id": 304, "name": "TypeMapping", "isactive": false},
            {"id": 305, "name": "Tenant365Id"}
        ]))
        .expect("definitions")
    }

    fn values(values: serde_json::Value) -> Vec<FieldValue> {
        serde_json::from_value(values).expect("values")
    }

    #[test]
    fn fields_are_found_whatever_their_case_and_keep_their_spelling() {
        let found = defined(&BTreeMap::new(), false, &definitions());
        let told: Vec<_> = found.iter().map(|each| (each.id, each.field.name.as_str())).collect();
        assert_eq!(told, [(301, "supportpin"), (303, "IsOffice365"), (302, "Office365Id")]);
        let list = UdfKind::List(vec![("Yes".into(), "Yes".into()), ("No".into(), "No".into())]);
        assert_eq!((&found[0].field.kind, &found[1].field.kind), (&UdfKind::Text(None), &list));
        let renamed = BTreeMap::from([(Udf::Tenant365Id, "office365id".to_owned())]);
        assert_eq!(defined(&renamed, true, &definitions())[0].id, 302);
    }

    #[test]
    fn a_defined_field_without_a_value_is_blank_and_an_undefined_one_is_unknown() {
        let defined = defined(&BTreeMap::new(), false, &definitions());
        for none in [json!([]), json!([{"customfieldid": 301, "name": "supportpin", "data": null}])] {
            let fields = fields(&defined, &values(none));
            assert_eq!(fields.get(Field::Udf(Udf::SupportPin)), Value::Empty);
            assert_eq!(fields.get(Field::Udf(Udf::TypeMapping)), Value::Absent);
        }
    }

    #[test]
    fn a_list_value_is_its_entrys_name_however_it_comes() {
        let defined = defined(&BTreeMap::new(), false, &definitions());
        for (data, setting, expected) in [
            (json!("Yes"), json!(11), "Yes"),
            (json!("11"), json!(0), "Yes"),
            (json!(null), json!(12), "No"),
            (json!("12"), json!(12), "No"),
            (json!("Perhaps"), json!(13), "Perhaps"),
            (json!("Else"), json!(99), "Else"),
            (json!(null), json!(0), ""),
        ] {
            let value = json!([{"customfieldid": 303, "data": data, "settingsid": setting}]);
            let fields = fields(&defined, &values(value));
            assert_eq!(fields.text(Field::Udf(Udf::IsOffice365)).unwrap_or_default(), expected);
        }
    }

    #[test]
    fn a_value_without_the_fields_id_is_known_by_its_name() {
        let defined = defined(&BTreeMap::new(), false, &definitions());
        let found = fields(&defined, &values(json!([{"id": 1, "name": "SupportPIN", "data": "0042"}])));
        assert_eq!(found.expose(Field::Udf(Udf::SupportPin)), Some("0042"));
        let other = json!([{"customfieldid": 999, "name": "SupportPIN", "data": "0042"}]);
        assert_eq!(fields(&defined, &values(other)).get(Field::Udf(Udf::SupportPin)), Value::Empty);
    }

    #[test]
    fn a_module_is_checked_by_its_name() {
        for (kind, name, fits) in [
            (RecordKind::Contact, "CRM Contacts", true),
            (RecordKind::Contact, "", true),
            (RecordKind::Contact, "Tickets", false),
            (RecordKind::Contact, "Accounts", false),
            (RecordKind::PsaCompany, "Accounts", true),
            (RecordKind::PsaCompany, "Contacts", false),
        ] {
            assert_eq!(is_module_of(kind, name), fits, "{kind:?} {name}");
        }
    }
}
