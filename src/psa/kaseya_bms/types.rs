//! The types of addresses and numbers. Their ids are a tenant's own and no list of them is documented, so they are
//! learnt from the contacts that are read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::wire::{Contact, Phone};
use crate::model::Field;

/// What clients send where they know no better, for addresses and numbers alike (seen live by clients).
const USUAL: i64 = 1;

/// What a number is for, by the name of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The desk, or not said.
    Phone,
    /// A mobile phone.
    Mobile,
    /// Not the person's at work: a fax, a number at home, one for emergencies. It is never written.
    Other,
}

impl Use {
    /// Returns what `phone` is for. The names are what a tenant calls its types.
    pub(super) fn of(phone: &Phone) -> Self {
        if says(phone, &["fax", "pager", "emergency"]) {
            Self::Other
        } else if says(phone, &["mobile", "cell"]) {
            Self::Mobile
        } else if says(phone, &["home", "private", "personal"]) {
            Self::Other
        } else {
            Self::Phone
        }
    }
}

/// Reports whether the number is one at work by the name of its type.
pub(super) fn is_business(phone: &Phone) -> bool {
    says(phone, &["work", "business", "office"])
}

fn says(phone: &Phone, words: &[&str]) -> bool {
    let name = phone.kind.as_deref().unwrap_or_default().to_lowercase();
    words.iter().any(|word| name.contains(word))
}

/// How often each type was seen.
#[derive(Debug, Default)]
pub(super) struct Types(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    emails: BTreeMap<i64, usize>,
    phones: BTreeMap<i64, usize>,
    mobiles: BTreeMap<i64, usize>,
    others: BTreeSet<i64>,
}

impl Types {
    /// Takes note of the types of a contact's addresses and numbers.
    pub(super) fn learn(&self, contact: &Contact) {
        let mut seen = self.seen();
        for id in contact.emails.iter().filter_map(|email| email.type_id) {
            *seen.emails.entry(id).or_default() += 1;
        }
        for phone in &contact.phones {
            let Some(id) = phone.type_id else { continue };
            match Use::of(phone) {
                Use::Phone => *seen.phones.entry(id).or_default() += 1,
                Use::Mobile => *seen.mobiles.entry(id).or_default() += 1,
                Use::Other => drop(seen.others.insert(id)),
            }
        }
    }

    /// Returns the type for a new address.
    pub(super) fn email(&self) -> i64 {
        commonest(&self.seen().emails).unwrap_or(USUAL)
    }

    /// Returns the type for a new number; nothing where none was seen and the usual one is that of other numbers.
    pub(super) fn phone(&self) -> Option<i64> {
        let seen = self.seen();
        let is_other = seen.mobiles.contains_key(&USUAL) || seen.others.contains(&USUAL);
        commonest(&seen.phones).or((!is_other).then_some(USUAL))
    }

    /// Returns the type for a new mobile number, if one was seen: nothing else tells it from any other number.
    pub(super) fn mobile(&self) -> Option<i64> {
        commonest(&self.seen().mobiles)
    }

    /// Returns whether no number of this use was seen yet.
    pub(super) fn is_unseen(&self, wanted: Use) -> bool {
        let seen = self.seen();
        match wanted {
            Use::Phone => seen.phones.is_empty(),
            Use::Mobile => seen.mobiles.is_empty(),
            Use::Other => false,
        }
    }

    /// Returns the fields of numbers whose type is not known.
    pub(super) fn untyped(&self) -> Vec<Field> {
        let types = [(Field::Phone, self.phone()), (Field::Mobile, self.mobile())];
        types.into_iter().filter(|(_, known)| known.is_none()).map(|(field, _)| field).collect()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the type that was seen most often, of several the lowest.
fn commonest(seen: &BTreeMap<i64, usize>) -> Option<i64> {
    seen.iter().max_by_key(|(id, count)| (**count, std::cmp::Reverse(**id))).map(|(id, _)| *id)
}

/// Returns why no number can be added for this field while its type is not known, and what to do about it.
pub(super) fn unknown(field: Field) -> (&'static str, &'static str) {
    match field {
        Field::Mobile => (
            "no contact of Kaseya BMS has a mobile number, so its type is not known",
            "give one contact a number of the type mobile by hand, or set mobile = \"never\" in [fields]",
        ),
        _ => (
            "no contact of Kaseya BMS has a number at work, so its type is not known",
            "give one contact a number of the type work by hand, or set phone = \"never\" in [fields]",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_are_learnt_from_contacts() {
        let types = Types::default();
        assert_eq!((types.email(), types.phone(), types.mobile()), (1, Some(1), None));
        for (id, kind) in
            [(5, "Work"), (4, "Home"), (4, "Home"), (9, "Fax"), (3, "Cell Phone"), (2, "Mobile")]
        {
            learn(&types, id, kind);
        }
        assert_eq!((types.email(), types.phone(), types.mobile()), (8, Some(5), Some(2)));
    }

    fn learn(types: &Types, id: i64, kind: &str) {
        let contact = json!({"id": 1, "accountid": 2, "emails": [{"emailtypeid": 8}],
                             "phones": [{"phone": "1", "phonetypeid": id, "phonetype": kind}]});
        types.learn(&Contact::read(contact).expect("a contact"));
    }

    #[test]
    fn a_type_of_numbers_at_home_is_never_that_of_new_numbers_at_work() {
        let types = Types::default();
        learn(&types, 1, "Home");
        assert_eq!((types.phone(), types.mobile()), (None, None));
        learn(&types, 6, "Direct");
        assert_eq!(types.phone(), Some(6));
    }

    #[test]
    fn the_name_of_its_type_says_what_a_number_is_for() {
        for (kind, expected) in [
            ("Work", Use::Phone),
            ("Main", Use::Phone),
            ("", Use::Phone),
            ("Work Mobile", Use::Mobile),
            ("Personal Cell", Use::Mobile),
            ("Home", Use::Other),
            ("HOME 2", Use::Other),
            ("Private", Use::Other),
            ("Personal", Use::Other),
            ("Emergency Contact", Use::Other),
            ("Emergency Mobile", Use::Other),
            ("Work Fax", Use::Other),
        ] {
            let phone = serde_json::from_value(json!({"phone": "1", "phonetype": kind})).expect("a number");
            assert_eq!(Use::of(&phone), expected, "{kind}");
        }
    }
}
