//! The modules that custom fields belong to. They go by numbers, of which only that of tickets is known (seen live
//! by clients), so those of contacts and accounts are looked for by the fields they define, once per run.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::Settings;
use super::read::each;
use super::session::{Call, Session};
use super::udf::{self, Defined};
use super::wire::{self, Definition};
use crate::error::{Error, Kind, Result};
use crate::model::RecordKind;

/// The numbers that are tried.
const NUMBERS: std::ops::RangeInclusive<i64> = 1..=80;

/// The module of tickets, which may define fields of the same names.
const TICKETS: i64 = 22;

/// A module, with the fields of it that crsync has a use for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Module {
    pub(super) number: i64,
    pub(super) fields: Vec<Defined>,
}

impl Module {
    /// What values are kept under that were read of a record with this `stamp`: they say nothing of fields that
    /// are defined otherwise, such as another one for the same use, or other entries of a data list.
    pub(super) fn stamp(&self, stamp: &str) -> String {
        let hash = ring::digest::digest(&ring::digest::SHA256, format!("{self:?}").as_bytes());
        let hash = hash.as_ref().iter().take(8).fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
        format!("{hash:016x} {stamp}")
    }
}

/// The modules of contacts and accounts, as far as they are known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Modules {
    pub(super) contacts: Option<Module>,
    pub(super) accounts: Option<Module>,
}

impl Modules {
    /// The module of records of this kind, if it is known.
    pub(super) fn of(&self, kind: RecordKind) -> Option<&Module> {
        if kind == RecordKind::Contact { self.contacts.as_ref() } else { self.accounts.as_ref() }
    }
}

/// The modules, asked for once. What is missing is warned of and no failure: people may do without.
///
/// # Errors
/// Whatever keeps the tenant from being asked, and the refusal of a module that the configuration names.
pub(super) fn known(session: &Session) -> Result<Arc<Modules>> {
    let mut known = session.modules.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(modules) = &*known {
        return Ok(Arc::clone(modules));
    }
    let (modules, warning) = choose(&session.connection.settings, &ask(session)?);
    for line in warning {
        tracing::warn!("{line}");
    }
    Ok(Arc::clone(known.insert(Arc::new(modules))))
}

/// The definitions of the modules that may be meant.
fn ask(session: &Session) -> Result<BTreeMap<i64, Vec<Definition>>> {
    let settings = &session.connection.settings;
    let named: Vec<i64> = settings.contacts_module.into_iter().chain(settings.accounts_module).collect();
    let tried = NUMBERS.filter(|number| *number != TICKETS && named.len() < 2 && !named.contains(number));
    let numbers: Vec<i64> = named.iter().copied().chain(tried).collect();
    let found = each(&numbers, |number| {
        let definitions = definitions(session, *number, false);
        match definitions {
            Err(error) if !named.contains(number) && says_no(&error) => Ok((*number, Vec::new())),
            definitions => Ok((*number, definitions?)),
        }
    })?;
    Ok(found.into_iter().collect())
}

/// The fields that a module defines, with or without those that are inactive.
pub(super) fn definitions(session: &Session, number: i64, inactive: bool) -> Result<Vec<Definition>> {
    let call = Call::get("system/customFields/{moduleId}", &[number]).query("withInactive", &inactive);
    let result = session.call(&call)?.result;
    Ok(wire::decode::<Option<_>>(result, "definitions of custom fields")?.unwrap_or_default())
}

/// Whether an error says that there is no such module, or none that the user may see.
fn says_no(error: &Error) -> bool {
    matches!(error.kind(), Kind::NotFound | Kind::Permission | Kind::Service) && !error.can_retry()
}

/// The modules among those `found`, and what a person should know. A module that is only probably the right one is
/// not taken: a wrong one would put values onto other records.
fn choose(settings: &Settings, found: &BTreeMap<i64, Vec<Definition>>) -> (Modules, Vec<String>) {
    let names = &settings.udf_names;
    let mut warnings = Vec::new();
    let mut choose = |on_company: bool, named: Option<i64>, other: Option<i64>, what: &str, key: &str| {
        if named.is_some() {
            return named;
        }
        let defines = |definitions| !udf::defined(names, on_company, definitions).is_empty();
        let several: Vec<i64> = found
            .iter()
            .filter(|(number, definitions)| Some(**number) != other && defines(definitions))
            .map(|(number, _)| *number)
            .collect();
        if let [_, _, ..] = several[..] {
            let numbers = several.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
            warnings.push(format!(
                "the modules {numbers} of Kaseya BMS define custom fields of {what}, which are left alone: \
                 set {key} in [bms]"
            ));
        }
        (several.len() == 1).then(|| several[0])
    };
    let (contacts, accounts) = (settings.contacts_module, settings.accounts_module);
    let mut contacts = choose(false, contacts, accounts, "contacts", "contacts-module");
    let mut accounts = choose(true, accounts, settings.contacts_module, "accounts", "accounts-module");
    if contacts == accounts && contacts.is_some() {
        let number = contacts.unwrap_or_default();
        warnings.push(format!(
            "module {number} of Kaseya BMS defines custom fields of both contacts and accounts, which are left \
             alone: define each where it belongs, or set contacts-module and accounts-module in [bms]"
        ));
        (contacts, accounts) = (None, None);
    }
    let module = |number: i64, on_company| {
        let definitions = found.get(&number).map(Vec::as_slice).unwrap_or_default();
        Module { number, fields: udf::defined(names, on_company, definitions) }
    };
    let contacts = contacts.map(|number| module(number, false));
    let accounts = accounts.map(|number| module(number, true));
    (Modules { contacts, accounts }, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(modules: &[(i64, &[&str])]) -> BTreeMap<i64, Vec<Definition>> {
        let definition = |(index, name): (usize, &&str)| json!({"id": index, "name": name});
        let definitions = |names: &[&str]| {
            let all: Vec<_> = names.iter().enumerate().map(definition).collect();
            serde_json::from_value(json!(all)).expect("definitions")
        };
        modules.iter().map(|(number, names)| (*number, definitions(names))).collect()
    }

    fn chosen(settings: &Settings, modules: &[(i64, &[&str])]) -> (Option<i64>, Option<i64>, Vec<String>) {
        let (modules, warnings) = choose(settings, &found(modules));
        let number = |module: Option<Module>| module.map(|module| module.number);
        (number(modules.contacts), number(modules.accounts), warnings)
    }

    fn settings() -> Settings {
        Settings::example("https://api.bms.kaseya.example".parse().expect("a URL"))
    }

    #[test]
    fn a_module_is_known_by_the_fields_it_defines() {
        let modules: [(i64, &[&str]); 4] =
            [(4, &["Tenant365Id", "Region"]), (9, &["Hat"]), (13, &["supportpin", "TypeMapping"]), (14, &[])];
        let (contacts, accounts, warnings) = chosen(&settings(), &modules);
        assert_eq!((contacts, accounts, warnings.len()), (Some(13), Some(4), 0));
        assert_eq!(chosen(&settings(), &[(9, &["Hat"])]), (None, None, vec![]));
    }

    #[test]
    fn two_modules_with_the_same_fields_are_a_persons_to_choose_from() {
        let modules: [(i64, &[&str]); 2] = [(13, &["SupportPIN"]), (30, &["SupportPIN", "Office365Id"])];
        let (contacts, _, warnings) = chosen(&settings(), &modules);
        assert_eq!(contacts, None);
        assert!(warnings[0].contains("13 and 30") && warnings[0].contains("contacts-module"), "{warnings:?}");
        let told = Settings { contacts_module: Some(30), ..settings() };
        assert_eq!(chosen(&told, &modules), (Some(30), None, vec![]));
    }

    #[test]
    fn one_module_cannot_be_that_of_contacts_and_of_accounts() {
        let modules: [(i64, &[&str]); 1] = [(13, &["SupportPIN", "Tenant365Id"])];
        let (contacts, accounts, warnings) = chosen(&settings(), &modules);
        assert_eq!((contacts, accounts, warnings.len()), (None, None, 1));
        let told = Settings { contacts_module: Some(13), ..settings() };
        assert_eq!(chosen(&told, &modules), (Some(13), None, vec![]));
    }

    #[test]
    fn a_refusal_is_no_module_and_a_broken_connection_is_no_refusal() {
        for kind in [Kind::NotFound, Kind::Permission, Kind::Service] {
            assert!(says_no(&Error::new(kind, "x")));
        }
        assert!(!says_no(&Error::new(Kind::Service, "x").retry(true)));
        for kind in [Kind::Network, Kind::Auth, Kind::Throttled, Kind::Deadline] {
            assert!(!says_no(&Error::new(kind, "x")));
        }
    }
}
