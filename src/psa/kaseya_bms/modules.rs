//! The modules that custom fields belong to. They go by numbers, of which only that of tickets is known (seen live
//! by clients), so those of contacts and accounts are looked for by the fields they define, once per run.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::proof;
use super::read::each;
use super::session::{Call, Session};
use super::udf::{self, Module, Modules};
use super::wire::{self, Definition};
use super::{KaseyaBms, Settings};
use crate::error::{Error, Kind, Result};
use crate::model::RecordKind;

/// The numbers that are tried.
const NUMBERS: std::ops::RangeInclusive<i64> = 1..=80;

/// The module of tickets, which may define fields of the same names.
const TICKETS: i64 = 22;

/// Returns the modules, asked for once. A module that is missing is no failure: people may do without.
///
/// # Errors
/// Whatever keeps one of them from being looked at: what it defines is not known then, which is not the same as
/// nothing. And several modules that may be meant, of which none is proved: a wrong one would put values onto other
/// records.
pub(super) fn known(bms: &KaseyaBms) -> Result<Arc<Modules>> {
    let session = &bms.session;
    let mut known = session.modules.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(modules) = &*known {
        return Ok(Arc::clone(modules));
    }
    let settings = &session.connection.settings;
    let found = ask(session)?;
    let prove = |kind, numbers: &[i64]| {
        let proved = proof::of(session, kind, numbers, &found)?;
        session.proved().extend(proved.map(|number| ((kind, number), true)));
        Ok(proved)
    };
    let (contacts, accounts) = choose(settings, &found, prove)?;
    let module = |number: i64, on_company| {
        let definitions = found.get(&number).map(Vec::as_slice).unwrap_or_default();
        Module { number, fields: udf::defined(&settings.udf_names, on_company, definitions) }
    };
    let contacts = contacts.map(|number| module(number, false));
    let accounts = accounts.map(|number| module(number, true));
    Ok(Arc::clone(known.insert(Arc::new(Modules { contacts, accounts }))))
}

/// Returns the definitions of the modules that may be meant.
fn ask(session: &Session) -> Result<BTreeMap<i64, Vec<Definition>>> {
    let settings = &session.connection.settings;
    let named: Vec<i64> = settings.contacts_module.into_iter().chain(settings.accounts_module).collect();
    let tried = NUMBERS.filter(|number| *number != TICKETS && named.len() < 2 && !named.contains(number));
    let numbers: Vec<i64> = named.iter().copied().chain(tried).collect();
    let found = each(&numbers, |number| {
        let definitions = definitions(session, *number, false);
        match definitions {
            Err(error) if is_no_module(&error) => match key_of(settings, *number) {
                None => Ok((*number, Vec::new())),
                Some(key) => Err(no_module(*number, key)),
            },
            Err(error) => Err(unasked(error)),
            Ok(definitions) => Ok((*number, definitions)),
        }
    })?;
    Ok(found.into_iter().collect())
}

/// Returns the key of the setting that names a module.
fn key_of(settings: &Settings, number: i64) -> Option<&'static str> {
    let keys = [(settings.contacts_module, "contacts-module"), (settings.accounts_module, "accounts-module")];
    keys.into_iter().find(|(named, _)| *named == Some(number)).map(|(_, key)| key)
}

/// Returns the refusal of a module that a setting names and that is not there.
fn no_module(number: i64, key: &str) -> Error {
    let message =
        format!("`{key} = {number}` in [bms]: Kaseya BMS has no module of custom fields with this number");
    Error::new(Kind::Config, message)
        .hint(format!("take {key} out, so that crsync looks for the module, or set it to the right number"))
}

/// Returns the fields that a module defines, with or without those that are inactive.
pub(super) fn definitions(session: &Session, number: i64, inactive: bool) -> Result<Vec<Definition>> {
    let call = Call::get("system/customFields/{moduleId}", &[number]).query("withInactive", &inactive);
    let result = session.call(&call)?.told(&call)?;
    Ok(wire::decode::<Option<_>>(result, "definitions of custom fields")?.unwrap_or_default())
}

/// Reports whether an error says that there is no module of this number. Nothing else does: not that the user may not
/// see it, nor a failure without a reason. The service's own sentence is not documented.
fn is_no_module(error: &Error) -> bool {
    let told = error.message().split_once(": ").map_or("", |(_, told)| told).to_lowercase();
    let denies = ["not valid", "invalid", "not exist", "no such", "unknown", "not found"];
    let says_so = told.contains("module") && denies.iter().any(|words| told.contains(words));
    error.kind() == Kind::NotFound || (error.kind() == Kind::Service && !error.can_retry() && says_so)
}

/// Returns what keeps a module from being looked at, with the way around it.
fn unasked(error: Error) -> Error {
    if !matches!(error.kind(), Kind::Permission | Kind::Service | Kind::NotFound) {
        return error;
    }
    let message = format!("which custom fields contacts and accounts have is not known: {}", error.message());
    Error::new(error.kind(), message).retry(error.can_retry()).attempts(error.sent()).hint(
        "run the command again; if it stays, set contacts-module and accounts-module in [bms]: then no other module \
         is asked for",
    )
}

/// Returns the modules of contacts and of accounts among those `found`. Where several may be meant, `prove` says
/// which is.
///
/// # Errors
/// Several that may be meant and none that is proved, and what keeps that from being found out.
fn choose(
    settings: &Settings,
    found: &BTreeMap<i64, Vec<Definition>>,
    prove: impl Fn(RecordKind, &[i64]) -> Result<Option<i64>>,
) -> Result<(Option<i64>, Option<i64>)> {
    let candidates = |on_company, named: Option<i64>, other: Option<i64>| -> Vec<i64> {
        let kind = if on_company { RecordKind::PsaCompany } else { RecordKind::Contact };
        // A module that says that it is another one cannot be meant, whatever its fields are called.
        let is_other = |definition: &Definition| {
            definition.module.as_deref().is_some_and(|name| !udf::is_module_of(kind, name))
        };
        let defines = |definitions: &[Definition]| {
            !definitions.iter().any(is_other)
                && !udf::defined(&settings.udf_names, on_company, definitions).is_empty()
        };
        let may_be = |(number, definitions): (&i64, &Vec<Definition>)| {
            (Some(*number) != other && defines(definitions)).then_some(*number)
        };
        named.map_or_else(|| found.iter().filter_map(may_be).collect(), |named| vec![named])
    };
    let contacts = candidates(false, settings.contacts_module, settings.accounts_module);
    let mut accounts = candidates(true, settings.accounts_module, settings.contacts_module);
    let settle = |kind, candidates: &[i64], others: &[i64]| match candidates {
        [] => Ok(None),
        [one] if !others.contains(one) => Ok(Some(*one)),
        several => prove(kind, several)?.map(Some).ok_or_else(|| undecided(kind, several)),
    };
    let contacts = settle(RecordKind::Contact, &contacts, &accounts)?;
    accounts.retain(|number| Some(*number) != contacts);
    Ok((contacts, settle(RecordKind::PsaCompany, &accounts, &[])?))
}

/// Returns what a person has to say of these modules.
fn undecided(kind: RecordKind, numbers: &[i64]) -> Error {
    let (what, key) = proof::names(kind);
    let message = match numbers {
        [one] => format!("module {one} of Kaseya BMS defines custom fields of both contacts and accounts"),
        several => {
            let numbers = several.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
            format!(
                "the modules {numbers} of Kaseya BMS define custom fields of {what}, and none shows that it is theirs"
            )
        }
    };
    Error::new(Kind::Config, message).hint(format!(
        "set {key} in [bms] to the number of the module of {what}; `crsync push-udfs --check` tells what it holds"
    ))
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

    /// What is chosen where `proved` is what proof gives of any modules that have it among them.
    fn chosen(
        settings: &Settings,
        modules: &[(i64, &[&str])],
        proved: Option<i64>,
    ) -> std::result::Result<(Option<i64>, Option<i64>), String> {
        let prove = |_, numbers: &[i64]| Ok(proved.filter(|number| numbers.contains(number)));
        choose(settings, &found(modules), prove)
            .map_err(|error| format!("{error} {}", error.next_step().unwrap_or_default()))
    }

    fn settings() -> Settings {
        Settings::example("https://api.bms.kaseya.example".parse().expect("a URL"))
    }

    #[test]
    fn a_module_is_known_by_the_fields_it_defines() {
        let modules: [(i64, &[&str]); 4] =
            [(4, &["Tenant365Id", "Region"]), (9, &["Hat"]), (13, &["supportpin", "TypeMapping"]), (14, &[])];
        assert_eq!(chosen(&settings(), &modules, None), Ok((Some(13), Some(4))));
        assert_eq!(chosen(&settings(), &[(9, &["Hat"])], None), Ok((None, None)));
    }

    #[test]
    fn a_module_that_says_it_is_another_one_is_not_taken() {
        let mut modules = found(&[(4, &["SupportPIN"]), (5, &["Tenant365Id"])]);
        let says = |modules: &mut BTreeMap<i64, Vec<Definition>>, name: &str| {
            modules.values_mut().flatten().for_each(|definition| definition.module = Some(name.to_owned()));
            choose(&settings(), modules, |_, _| Ok(None)).expect("no doubt")
        };
        assert_eq!(says(&mut modules, "Accounts"), (None, Some(5)));
        assert_eq!(says(&mut modules, "CRM Contacts"), (Some(4), None));
        assert_eq!(says(&mut modules, " "), (Some(4), Some(5)));
    }

    #[test]
    fn of_two_modules_with_the_same_fields_one_is_proved_or_asked_for() {
        let modules: [(i64, &[&str]); 2] = [(13, &["SupportPIN"]), (30, &["SupportPIN", "Office365Id"])];
        assert_eq!(chosen(&settings(), &modules, Some(30)), Ok((Some(30), None)));
        let asked = chosen(&settings(), &modules, None).expect_err("nothing is proved");
        assert!(asked.contains("13 and 30") && asked.contains("set contacts-module"), "{asked}");
        let told = Settings { contacts_module: Some(30), ..settings() };
        assert_eq!(chosen(&told, &modules, None), Ok((Some(30), None)));
        let modules: [(i64, &[&str]); 2] = [(4, &["Tenant365Id"]), (30, &["Tenant365Id"])];
        let asked = chosen(&settings(), &modules, None).expect_err("nothing is proved");
        assert!(asked.contains("4 and 30") && asked.contains("set accounts-module"), "{asked}");
    }

    #[test]
    fn one_module_cannot_be_that_of_contacts_and_of_accounts() {
        let modules: [(i64, &[&str]); 1] = [(13, &["SupportPIN", "Tenant365Id"])];
        let asked = chosen(&settings(), &modules, None).expect_err("nothing is proved");
        assert!(asked.contains("both contacts and accounts"), "{asked}");
        assert_eq!(chosen(&settings(), &modules, Some(13)), Ok((Some(13), None)));
        let told = Settings { contacts_module: Some(13), ..settings() };
        assert_eq!(chosen(&told, &modules, None), Ok((Some(13), None)));
        let told = Settings { accounts_module: Some(13), ..settings() };
        assert_eq!(chosen(&told, &modules, None), Ok((None, Some(13))));
    }

    #[test]
    fn only_an_answer_that_says_so_means_that_there_is_no_module() {
        let says = |kind, told: &str| is_no_module(&Error::new(kind, format!("refused GET x/7: {told}")));
        assert!(says(Kind::NotFound, "there is no such record"));
        assert!(says(Kind::Service, "Validation Error; ModuleId 7 is not valid"));
        assert!(!says(Kind::Service, "status 500 without a reason"));
        assert!(!says(Kind::Service, "Something went wrong; not valid"));
        assert!(!is_no_module(&Error::new(Kind::Service, "x: ModuleId 7 is not valid").retry(true)));
        for kind in [Kind::Network, Kind::Auth, Kind::Throttled, Kind::Deadline, Kind::Permission] {
            assert!(!says(kind, "ModuleId 7 is not valid"), "{kind:?}");
        }
    }
}
