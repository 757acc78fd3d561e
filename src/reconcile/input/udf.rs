//! User-defined fields: whether the PSA's definition can hold what crsync keeps there, and how it is written.

use super::view::View;
use crate::model::{Field, Fields, Udf, UdfField, UdfKind, Value};
use crate::plan::Skip;
use crate::text::{flag, show};

/// Reports whether a field of this kind can hold a PIN.
///
/// # Errors
/// Why not, in one sentence.
pub(crate) fn holds_pin(udf: &UdfField) -> Result<(), String> {
    match udf.kind {
        UdfKind::Text(_) => Ok(()),
        UdfKind::Number => {
            Err(format!("the field {} is a number, which would lose leading zeros of a PIN", udf.name))
        }
        _ => Err(format!("the field {} is a {}, which cannot hold a PIN", udf.name, udf.kind.name())),
    }
}

/// A GUID in letters.
const GUID_LENGTH: usize = 36;

/// The user-defined fields that can be written for a company; the others are explained in `skips`.
#[derive(Debug, Default)]
pub(crate) struct Udfs<'a> {
    pub(crate) presence: Option<&'a UdfField>,
    pub(crate) user_id: Option<&'a UdfField>,
    pub(crate) tenant_id: Option<&'a UdfField>,
    pub(crate) pin: Option<&'a UdfField>,
    pub(crate) skips: Vec<Skip>,
}

impl<'a> Udfs<'a> {
    /// Looks at the PSA's definitions, for the rows that are on.
    pub(crate) fn new(view: &View<'a>) -> Self {
        let mut skips = Vec::new();
        let mut usable = |role: Udf| {
            let (row, kind) = (role.row(), wanted(role));
            if !view.on(row) {
                return None;
            }
            let place = if role.on_company() { "company" } else { "contact" };
            let name = view.input.psa_shape.udf_name(role);
            let found = view.input.psa_shape.udf(role);
            let (reason, next) = match found.map(|udf| (udf, self::usable(udf))) {
                Some((udf, Ok(()))) => {
                    let lack = lacking(view, role);
                    skips.extend(not_shown(view, udf, lack));
                    return Some(udf).filter(|_| lack != Lacking::All);
                }
                Some((udf, Err(reason))) => {
                    (reason, format!("make the {place} UDF `{}` a {kind} field", udf.name))
                }
                None => (
                    format!("{row}: {} has no {place} UDF `{name}`", view.psa_name()),
                    format!("create the {place} UDF `{name}` ({kind}) in {}", view.psa_name()),
                ),
            };
            skips.push(Skip { row, who: None, reason, next: Some(next), strict: true });
            None
        };
        let presence = usable(Udf::IsOffice365);
        let user_id = usable(Udf::Office365Id);
        let tenant_id = usable(Udf::Tenant365Id);
        let pin = usable(Udf::SupportPin);
        Self { presence, user_id, tenant_id, pin, skips }
    }
}

/// Which of the company's records do not show a field that the PSA has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lacking {
    None,
    Some(usize),
    All,
}

/// Returns which contacts lack the field for `role`, or whether the company does. Where every record shows every field, one
/// that was not read says nothing.
fn lacking(view: &View<'_>, role: Udf) -> Lacking {
    if !view.input.psa_shape.has_udfs_by_record() {
        return Lacking::None;
    }
    let is_lacking = |fields: &Fields| fields.get(Field::Udf(role)) == Value::Absent;
    if role.on_company() {
        return if is_lacking(&view.psa.fields) { Lacking::All } else { Lacking::None };
    }
    match view.contacts.iter().filter(|contact| is_lacking(&contact.fields)).count() {
        0 => Lacking::None,
        all if all == view.contacts.len() => Lacking::All,
        some => Lacking::Some(some),
    }
}

/// Returns the skip reported where records do not show a field, in one line for all of them.
fn not_shown(view: &View<'_>, udf: &UdfField, lacking: Lacking) -> Option<Skip> {
    let (row, name) = (udf.role.row(), &udf.name);
    let place = if udf.role.on_company() { "company" } else { "contact" };
    let all = view.contacts.len();
    let what = match lacking {
        Lacking::None => return None,
        Lacking::All if udf.role.on_company() => {
            format!("company {} does not show the company UDF `{name}`", view.psa.id)
        }
        Lacking::All => format!("none of the {} contacts shows the contact UDF `{name}`", show::count(all)),
        Lacking::Some(some) => format!(
            "{} of {} contacts do not show the contact UDF `{name}`",
            show::count(some),
            show::count(all)
        ),
    };
    Some(Skip {
        row,
        who: None,
        reason: format!("{row}: {what}, so it is not written there"),
        next: Some(format!(
            "in {}, show `{name}` on every {place}, whatever its location or department",
            view.psa_name()
        )),
        strict: lacking == Lacking::All,
    })
}

/// Reports whether a field can hold what it is for.
///
/// # Errors
/// Why not, in one sentence.
pub fn usable(udf: &UdfField) -> Result<(), String> {
    let name = &udf.name;
    match udf.role {
        Udf::TypeMapping => match udf.kind {
            UdfKind::Text(_) | UdfKind::List(_) => Ok(()),
            _ => Err(format!("the field {name} is a {}, which cannot name types", udf.kind.name())),
        },
        Udf::SupportPin => holds_pin(udf),
        Udf::IsOffice365 => match (presence(&udf.kind, true), presence(&udf.kind, false)) {
            (Some(_), Some(_)) => Ok(()),
            _ => Err(format!("the field {name} is a {} that cannot say yes and no", udf.kind.name())),
        },
        Udf::Office365Id | Udf::Tenant365Id => match udf.kind {
            UdfKind::Text(limit) if limit.is_none_or(|limit| limit >= GUID_LENGTH) => Ok(()),
            UdfKind::Text(_) => {
                Err(format!("the field {name} is too short for an id of {GUID_LENGTH} characters"))
            }
            _ => Err(format!("the field {name} is a {}, which cannot hold an id", udf.kind.name())),
        },
    }
}

/// Returns what a field for `role` should be, in words.
fn wanted(role: Udf) -> &'static str {
    match role {
        Udf::TypeMapping => "text or list",
        Udf::IsOffice365 => "checkbox or text",
        Udf::SupportPin | Udf::Office365Id | Udf::Tenant365Id => "text",
    }
}

/// Returns how a field of this kind says yes or no, if it can.
pub(crate) fn presence(kind: &UdfKind, yes: bool) -> Option<String> {
    let word = if yes { "true" } else { "false" };
    match kind {
        UdfKind::Checkbox => Some(word.to_owned()),
        UdfKind::Text(limit) => limit.is_none_or(|limit| limit >= "false".len()).then(|| word.to_owned()),
        UdfKind::Number => Some(u8::from(yes).to_string()),
        UdfKind::List(entries) => entries
            .iter()
            .find(|(value, label)| entry_truth(value, label) == Some(yes))
            .map(|(value, _)| value.clone()),
        UdfKind::Date => None,
    }
}

/// Returns what a field of this kind says with `text`: yes, no, or something else.
pub(crate) fn truth(kind: &UdfKind, text: &str) -> Option<bool> {
    match kind {
        UdfKind::List(entries) => {
            let known = |wanted: &str| wanted.trim() == text.trim();
            let entry = entries
                .iter()
                .find(|(value, _)| known(value))
                .or(entries.iter().find(|(_, label)| known(label)));
            entry.map_or_else(|| word(text), |(value, label)| entry_truth(value, label))
        }
        UdfKind::Number => text.trim().parse::<f64>().map(|number| number != 0.0).ok().or_else(|| word(text)),
        UdfKind::Checkbox if text.trim().is_empty() => Some(false),
        UdfKind::Checkbox | UdfKind::Text(_) | UdfKind::Date => word(text),
    }
}

/// Returns the label is what people chose; a value may be a mere number, so it counts only where the label says
/// nothing.
fn entry_truth(value: &str, label: &str) -> Option<bool> {
    word(label).or_else(|| word(value).filter(|_| label.trim().is_empty()))
}

fn word(text: &str) -> Option<bool> {
    flag::truth(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&str, &str)]) -> UdfKind {
        UdfKind::List(
            entries.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect(),
        )
    }

    #[test]
    fn every_kind_says_yes_in_its_own_way() {
        assert_eq!(presence(&UdfKind::Checkbox, true).as_deref(), Some("true"));
        assert_eq!(presence(&UdfKind::Text(Some(10)), false).as_deref(), Some("false"));
        assert_eq!(presence(&UdfKind::Text(Some(3)), true), None);
        assert_eq!(presence(&UdfKind::Number, true).as_deref(), Some("1"));
        assert_eq!(presence(&UdfKind::Date, true), None);
        assert_eq!(presence(&list(&[("10", "No"), ("11", "Yes")]), true).as_deref(), Some("11"));
        assert_eq!(presence(&list(&[("red", "Red")]), true), None);
    }

    #[test]
    fn the_label_of_an_entry_counts_before_its_number() {
        let kind = list(&[("0", "Yes"), ("1", "No")]);
        assert_eq!(presence(&kind, true).as_deref(), Some("0"));
        assert_eq!(truth(&kind, "1"), Some(false));
        assert_eq!(truth(&kind, "Yes"), Some(true));
    }

    #[test]
    fn other_words_for_yes_and_no_are_understood() {
        for (text, says) in
            [("Yes", Some(true)), ("Y", Some(true)), ("0", Some(false)), ("maybe", None), ("", None)]
        {
            assert_eq!(truth(&UdfKind::Text(None), text), says, "{text:?}");
        }
        assert_eq!(truth(&UdfKind::Checkbox, ""), Some(false));
        assert_eq!(truth(&UdfKind::Number, "1.0"), Some(true));
    }

    #[test]
    fn what_is_written_says_what_was_meant() {
        let kinds =
            [UdfKind::Checkbox, UdfKind::Text(None), UdfKind::Number, list(&[("a", "No"), ("b", "Yes")])];
        for kind in kinds {
            for yes in [true, false] {
                assert_eq!(truth(&kind, &presence(&kind, yes).expect("can be said")), Some(yes), "{kind:?}");
            }
        }
    }
}
