//! Which of several modules is that of contacts, or of accounts, where more than one defines fields of the names that
//! are looked for; and whether the only one is, before the first value is written there. Only reading is done for it,
//! and of what was not answered nothing is concluded.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{self, each};
use super::session::{Call, Session};
use super::udf::Module;
use super::values::Wanted;
use super::wire::{self, Contact, Definition, FieldValue};
use super::{KaseyaBms, udf, values};
use crate::error::{Error, Kind, Result};
use crate::model::{Field, Fields, Id, RecordKind, Udf};

/// Records that the modules are asked about.
const SAMPLE: usize = 5;

/// What a module answers about the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Answers {
    /// It has every one of the records.
    has_all: bool,
    /// It shows the id of a 365 object in the field for one.
    shows: bool,
}

/// Returns the one of `numbers` that is the module of records of this kind; nothing where none is proved to be.
///
/// # Errors
/// Whatever kept one of them from being asked.
pub(super) fn of(
    session: &Session,
    kind: RecordKind,
    numbers: &[i64],
    found: &BTreeMap<i64, Vec<Definition>>,
) -> Result<Option<i64>> {
    let definitions = |number: &i64| found.get(number).map(Vec::as_slice).unwrap_or_default();
    let name = |number: &i64| definitions(number).iter().find_map(|definition| definition.module.as_deref());
    if let Some(told) =
        by_name(kind, &numbers.iter().map(|number| (*number, name(number))).collect::<Vec<_>>())
    {
        return Ok(Some(told));
    }
    let sample = sample(session, kind)?;
    let pairs: Vec<(i64, i64)> =
        numbers.iter().flat_map(|number| sample.iter().map(|record| (*number, *record))).collect();
    let asked = each(&pairs, |(number, record)| Ok((*number, values(session, *number, *record)?)))?;
    let on_company = kind != RecordKind::Contact;
    let answers = numbers.iter().map(|number| {
        let defined = udf::defined(&session.connection.settings.udf_names, on_company, definitions(number));
        let own = || asked.iter().filter(|(of, _)| of == number).map(|(_, values)| values.as_deref());
        let shows = |values: &[FieldValue]| shows_id(&udf::fields(&defined, values));
        let has_all = !sample.is_empty() && own().all(|values| values.is_some());
        (*number, Answers { has_all, shows: own().flatten().any(shows) })
    });
    Ok(by_answers(&answers.collect::<Vec<_>>()))
}

/// Passes if the module is known to be that of records of this kind: a setting names it, it was proved, or it has every
/// one of some records. A field that was made in another module would be found there as well.
///
/// # Errors
/// [`Kind::Config`] where it lacks one, and whatever kept it from being asked.
pub(super) fn require(bms: &KaseyaBms, kind: RecordKind, company: &Id, module: &Module) -> Result<()> {
    let settings = &bms.session.connection.settings;
    let named = if kind == RecordKind::Contact { settings.contacts_module } else { settings.accounts_module };
    // Held meanwhile: writes that go beside this one need the same.
    let mut proved = bms.session.proved();
    if named == Some(module.number) {
        return Ok(());
    }
    if let Some(is_right) = proved.get(&(kind, module.number)) {
        return if *is_right { Ok(()) } else { Err(doubtful(kind, module.number)) };
    }
    // Those of the company were read just now, and their values are kept.
    let own =
        (kind == RecordKind::Contact).then(|| read::some(&bms.session, company.number())).transpose()?;
    let contacts = match own.filter(|own| own.len() >= SAMPLE) {
        Some(own) => own,
        None => read::some(&bms.session, None)?,
    };
    let wanted = |contact| match kind {
        RecordKind::Contact => values::wanted_of(contact),
        _ => values::wanted_of_account(contact.account),
    };
    let records: BTreeMap<i64, Wanted<'_>> =
        contacts.iter().map(wanted).map(|record| (record.id, record)).collect();
    // Values that were read of it before show as much, and cost nothing.
    let is_kept = |record: &Wanted<'_>| values::kept(bms, module, *record).is_some();
    if records.values().filter(|record| is_kept(record)).take(SAMPLE).count() < SAMPLE {
        let records = spread(records.into_iter());
        let holds = |record: &Wanted<'_>| {
            Ok(is_kept(record) || values(&bms.session, module.number, record.id)?.is_some())
        };
        if records.is_empty() || each(&records, holds)?.contains(&false) {
            proved.insert((kind, module.number), false);
            return Err(doubtful(kind, module.number));
        }
    }
    proved.insert((kind, module.number), true);
    Ok(())
}

/// Returns the only module that says its name and has one that fits.
fn by_name(kind: RecordKind, names: &[(i64, Option<&str>)]) -> Option<i64> {
    let told = |name: &str| !name.trim().is_empty() && udf::is_module_of(kind, name);
    let mut fitting = names.iter().filter(|(_, name)| name.is_some_and(told));
    fitting.next().filter(|_| fitting.next().is_none()).map(|(number, _)| *number)
}

/// Returns the only module that has all the records, where the others lack some; else the only one of those that have
/// all that shows a value of one.
fn by_answers(answers: &[(i64, Answers)]) -> Option<i64> {
    let whole: Vec<_> = answers.iter().filter(|(_, each)| each.has_all).collect();
    if let ([one], true) = (&whole[..], answers.len() > 1) {
        return Some(one.0);
    }
    let mut showing = whole.into_iter().filter(|(_, each)| each.shows);
    showing.next().filter(|_| showing.next().is_none()).map(|(number, _)| *number)
}

/// Returns ids of some records of this kind, far apart: records of another kind may have some of the same ids.
fn sample(session: &Session, kind: RecordKind) -> Result<Vec<i64>> {
    let contacts = read::some(session, None)?;
    let id = |contact: &Contact| if kind == RecordKind::Contact { contact.id } else { contact.account };
    Ok(spread(contacts.iter().map(id).map(|id| (id, id))))
}

/// Returns some of these records, each known by its id once.
fn spread<T: Copy>(records: impl Iterator<Item = (i64, T)>) -> Vec<T> {
    let records: Vec<T> = records.collect::<BTreeMap<i64, T>>().into_values().collect();
    let last = records.len().saturating_sub(1);
    let spread: BTreeSet<usize> = (0..SAMPLE).map(|at| at * last / (SAMPLE - 1)).collect();
    spread.into_iter().filter_map(|at| records.get(at).copied()).collect()
}

/// Returns what a module holds of a record; nothing where it has no such record.
fn values(session: &Session, module: i64, record: i64) -> Result<Option<Vec<FieldValue>>> {
    let call = Call::get(values::TEMPLATE, &[module, record]);
    match session.call(&call).and_then(|answer| answer.told(&call)) {
        Ok(result) => {
            Ok(Some(wire::decode::<Option<_>>(result, "values of custom fields")?.unwrap_or_default()))
        }
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        Err(error) => {
            let message =
                format!("which module of custom fields is the right one is not known: {}", error.message());
            Err(Error::new(error.kind(), message)
                .retry(error.can_retry())
                .hint("run the command again; if it stays, set contacts-module and accounts-module in [bms]"))
        }
    }
}

/// Reports whether a field for the id of a 365 object holds one.
fn shows_id(fields: &Fields) -> bool {
    [Udf::Office365Id, Udf::Tenant365Id]
        .into_iter()
        .filter_map(|udf| fields.text(Field::Udf(udf)))
        .any(is_guid)
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.trim().trim_matches(['{', '}']).split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.concat().chars().all(|c| c.is_ascii_hexdigit())
}

/// Returns what a person has to say of the only module that defines such fields, where it is not shown to be the one of
/// these records.
fn doubtful(kind: RecordKind, number: i64) -> Error {
    let (what, key) = names(kind);
    let message = format!(
        "module {number} of Kaseya BMS alone defines custom fields of {what}, and does not show that it is theirs"
    );
    Error::new(Kind::Config, message).hint(format!(
        "see in Admin, My Company, Custom Fields which module the fields are in: move them to that of {what}, or set \
         {key} in [bms] to its number"
    ))
}

/// Returns what records of this kind are called, and the key of the setting that names their module.
pub(super) fn names(kind: RecordKind) -> (&'static str, &'static str) {
    match kind {
        RecordKind::Contact => ("contacts", "contacts-module"),
        _ => ("accounts", "accounts-module"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_proved_by_records_that_the_others_lack_or_by_a_value() {
        let of = |has_all, shows| Answers { has_all, shows };
        for (first, second, proved) in [
            (of(true, false), of(false, false), Some(13)),
            (of(true, false), of(false, true), Some(13)),
            (of(true, true), of(true, false), Some(13)),
            (of(true, false), of(true, true), Some(30)),
            (of(true, true), of(true, true), None),
            (of(true, false), of(true, false), None),
            (of(false, true), of(false, false), None),
        ] {
            assert_eq!(by_answers(&[(13, first), (30, second)]), proved, "{first:?} {second:?}");
        }
        assert_eq!(by_answers(&[(13, of(true, false))]), None, "having the ids alone says nothing");
        assert_eq!(by_answers(&[(13, of(true, true))]), Some(13));
    }

    #[test]
    fn a_module_is_proved_by_its_own_name() {
        let contact = |names: &[(i64, Option<&str>)]| by_name(RecordKind::Contact, names);
        assert_eq!(contact(&[(13, Some("CRM Contacts")), (30, Some("Opportunities"))]), Some(13));
        assert_eq!(contact(&[(13, Some("Contacts")), (30, Some("Contact roles"))]), None);
        assert_eq!(contact(&[(13, None), (30, Some(" "))]), None);
    }

    #[test]
    fn only_the_form_of_an_id_counts() {
        assert!(is_guid("2F8B2D0E-0000-4000-8000-000000000001"));
        assert!(!is_guid("see note") && !is_guid("") && !is_guid("2f8b2d0e000040008000000000000001"));
    }
}
