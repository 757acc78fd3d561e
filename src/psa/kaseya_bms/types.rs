//! The types of addresses and numbers. Their ids are a tenant's own and no list of them is documented, so they are
//! learnt from the contacts that are read.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::wire::{Contact, Phone};

/// What clients send where they know no better, for addresses and numbers alike (seen live by clients).
const USUAL: i64 = 1;

/// What a number is for, by the name of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The desk, or not said.
    Phone,
    /// A mobile phone.
    Mobile,
    /// No person answers it.
    Other,
}

impl Use {
    /// Returns what `phone` is for. The names are what a tenant calls its types.
    pub(super) fn of(phone: &Phone) -> Self {
        let name = phone.kind.as_deref().unwrap_or_default().to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if says(&["mobile", "cell"]) {
            Self::Mobile
        } else if says(&["fax", "pager"]) {
            Self::Other
        } else {
            Self::Phone
        }
    }
}

/// How often each type was seen.
#[derive(Debug, Default)]
pub(super) struct Types(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    emails: BTreeMap<i64, usize>,
    phones: BTreeMap<i64, usize>,
    mobiles: BTreeMap<i64, usize>,
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
                Use::Other => {}
            }
        }
    }

    /// Returns the type for a new address.
    pub(super) fn email(&self) -> i64 {
        commonest(&self.seen().emails).unwrap_or(USUAL)
    }

    /// Returns the type for a new number.
    pub(super) fn phone(&self) -> i64 {
        commonest(&self.seen().phones).unwrap_or(USUAL)
    }

    /// Returns the type for a new mobile number, if one was seen: nothing else tells it from any other number.
    pub(super) fn mobile(&self) -> Option<i64> {
        commonest(&self.seen().mobiles)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the type that was seen most often, of several the lowest.
fn commonest(seen: &BTreeMap<i64, usize>) -> Option<i64> {
    seen.iter().max_by_key(|(id, count)| (**count, std::cmp::Reverse(**id))).map(|(id, _)| *id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_are_learnt_from_contacts() {
        let types = Types::default();
        assert_eq!((types.email(), types.phone(), types.mobile()), (1, 1, None));
        for (id, kind) in
            [(5, "Work"), (4, "Home"), (5, "Work"), (9, "Fax"), (3, "Cell Phone"), (2, "Mobile")]
        {
            let contact = json!({"id": 1, "accountid": 2, "emails": [{"emailtypeid": 8}],
                                 "phones": [{"phone": "1", "phonetypeid": id, "phonetype": kind}]});
            types.learn(&Contact::read(contact).expect("a contact"));
        }
        assert_eq!((types.email(), types.phone(), types.mobile()), (8, 5, Some(2)));
    }
}
