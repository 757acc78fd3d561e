//! Which of several modules is that of contacts, or of accounts, where more than one defines fields of the names that
//! are looked for. Only reading is done for it, and of what was not answered nothing is concluded.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{self, each};
use super::session::{Call, Session};
use super::wire::{self, Definition, FieldValue};
use super::{udf, values};
use crate::error::{Error, Kind, Result};
use crate::model::{Field, Fields, RecordKind, Udf};

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
    let contacts = read::some(session)?;
    let ids: BTreeSet<i64> = match kind {
        RecordKind::Contact => contacts.iter().map(|contact| contact.id).collect(),
        _ => contacts.iter().map(|contact| contact.account).collect(),
    };
    let ids: Vec<i64> = ids.into_iter().collect();
    let last = ids.len().saturating_sub(1);
    let spread: BTreeSet<usize> = (0..SAMPLE).map(|at| at * last / (SAMPLE - 1)).collect();
    Ok(spread.into_iter().filter_map(|at| ids.get(at).copied()).collect())
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
