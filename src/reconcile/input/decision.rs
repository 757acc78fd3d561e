//! What a person decided where evidence cannot, and which decisions contradict each other.

use jiff::civil::Date;

use super::keys::id_key;
use crate::model::{Id, Side};
use crate::plan::Ruling;

/// One entry of the decisions file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Two records are one person.
    Pin(Pin),
    /// Two records are two people.
    Split(Split),
    /// Every person with this email or id, lower-case, is out of scope.
    Ignore(String),
    /// One record is out of scope.
    IgnoreRecord(Side, Id),
    /// Records of a company may hold something of an earlier time.
    Replaced(Replaced),
}

/// A user and a contact that are one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// 365 object id.
    pub user: Id,
    /// Contact id.
    pub contact: Id,
}

/// A user and a contact that are two people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// 365 object id.
    pub user: Id,
    /// Contact id.
    pub contact: Id,
}

/// What records of a company may hold of an earlier time without contradicting the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The company's name in the configuration.
    pub company: String,
    /// The tenant that the PSA company may store.
    pub tenant: Option<String>,
    /// The PSA company that the portal company may be linked to.
    pub psa_key: Option<Id>,
    /// The person who decided.
    pub who: String,
    /// When it was decided.
    pub when: Date,
}

impl Decision {
    /// Reports whether this and `other` cannot both hold. Two pins of one record contradict each other only where all
    /// that they name exists: elsewhere one of them is about another PSA, or names a missing record.
    pub fn contradicts(&self, other: &Self, exists: impl Fn(Side, &Id) -> bool) -> bool {
        let same = |a: &Id, b: &Id| id_key(a.as_str()) == id_key(b.as_str());
        let here = |pin: &Pin| exists(Side::Tenant, &pin.user) && exists(Side::Psa, &pin.contact);
        match (self, other) {
            (Self::Pin(pin), Self::Split(split)) | (Self::Split(split), Self::Pin(pin)) => {
                same(&pin.user, &split.user) && pin.contact == split.contact
            }
            (Self::Pin(a), Self::Pin(b)) => {
                same(&a.user, &b.user) != (a.contact == b.contact) && here(a) && here(b)
            }
            (Self::Pin(pin), Self::IgnoreRecord(side, id))
            | (Self::IgnoreRecord(side, id), Self::Pin(pin)) => {
                let named = match side {
                    Side::Tenant => same(&pin.user, id),
                    Side::Psa => pin.contact == *id,
                    Side::Portal => false,
                };
                named && here(pin)
            }
            _ => false,
        }
    }
}

impl From<&Ruling> for Decision {
    fn from(ruling: &Ruling) -> Self {
        let key = |id: &Id| Id::new(id_key(id.as_str()));
        match ruling {
            Ruling::Same(user, contact) => {
                Self::Pin(Pin { user: key(&user.id), contact: contact.id.clone() })
            }
            Ruling::Different(user, contact) => {
                Self::Split(Split { user: key(&user.id), contact: contact.id.clone() })
            }
            Ruling::Ignore(record) if record.side == Side::Tenant => {
                Self::IgnoreRecord(record.side, key(&record.id))
            }
            Ruling::Ignore(record) => Self::IgnoreRecord(record.side, record.id.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(user: &str, contact: i64) -> Decision {
        Decision::Pin(Pin { user: user.into(), contact: contact.into() })
    }

    fn split(user: &str, contact: i64) -> Decision {
        Decision::Split(Split { user: user.into(), contact: contact.into() })
    }

    #[test]
    fn the_same_two_records_are_one_person_or_two() {
        let all = |_, _: &Id| true;
        assert!(pin("a", 1).contradicts(&split("A", 1), all));
        assert!(split("a", 1).contradicts(&pin("a", 1), all));
        assert!(!split("a", 1).contradicts(&pin("a", 2), all));
        assert!(!pin("a", 1).contradicts(&pin("a", 1), all), "the same said twice");
    }

    #[test]
    fn a_record_is_pinned_to_one_other_as_far_as_all_of_them_exist() {
        let all = |_, _: &Id| true;
        assert!(pin("a", 1).contradicts(&pin("a", 2), all));
        assert!(pin("a", 1).contradicts(&pin("b", 1), all));
        assert!(!pin("a", 1).contradicts(&pin("b", 2), all));
        assert!(!pin("a", 1).contradicts(&pin("a", 2), |_, id| id.as_str() != "2"));
    }

    #[test]
    fn whoever_is_pinned_takes_part() {
        let all = |_, _: &Id| true;
        let ignored = |side, id: &str| Decision::IgnoreRecord(side, id.into());
        assert!(pin("a", 1).contradicts(&ignored(Side::Psa, "1"), all));
        assert!(ignored(Side::Tenant, "a").contradicts(&pin("a", 1), all));
        assert!(!ignored(Side::Portal, "1").contradicts(&pin("a", 1), all));
        assert!(!ignored(Side::Psa, "1").contradicts(&pin("a", 1), |_, _| false));
    }
}
