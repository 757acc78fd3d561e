//! Support PINs as planning sees them: never the PIN, only a mark by which two of them differ.

use std::collections::BTreeMap;
use std::fmt;

use ring::hmac;

use super::Id;
use crate::error::Error;
use crate::secret::Secret;
use crate::text::hex;

/// The mark of one person's PIN: the same for the same PIN, and of no use without the key it was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Hexadecimal HMAC-SHA256.
    pub hash: String,
    /// Characters of the PIN, since a field may be too short for it.
    pub length: usize,
}

/// What is known of a PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// Read, and there is none.
    None,
    /// Read, and this is its mark.
    Marked(Mark),
}

/// Makes marks with a key that one installation keeps for itself.
#[derive(Clone)]
pub struct Marker {
    key: hmac::Key,
    realm: String,
}

impl fmt::Debug for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[marker]")
    }
}

impl Marker {
    /// Marks made with `key`, for people of `realm`.
    pub fn new(key: &[u8], realm: &str) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), realm: realm.to_owned() }
    }

    /// What `pin` is for planning, as the PIN of the portal user `user`: two people with the same PIN have
    /// different marks.
    pub fn pin(&self, user: &Id, pin: &Secret) -> Pin {
        let text = pin.expose().trim();
        if text.is_empty() {
            return Pin::None;
        }
        let mut context = hmac::Context::with_key(&self.key);
        for part in [self.realm.as_str(), user.as_str(), text] {
            // A length in front keeps neighbours apart.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let hash = hex::encode(context.sign().as_ref());
        Pin::Marked(Mark { hash, length: text.chars().count() })
    }
}

/// Why a PIN was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinUnread {
    /// In one sentence.
    pub reason: String,
    /// The next step, where there is one.
    pub next: Option<String>,
}

impl From<&Error> for PinUnread {
    fn from(error: &Error) -> Self {
        Self { reason: error.message().to_owned(), next: error.next_step().map(ToOwned::to_owned) }
    }
}

impl From<String> for PinUnread {
    fn from(reason: String) -> Self {
        Self { reason, next: None }
    }
}

/// The PINs of people who are linked, if they are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pins {
    /// What the portal has, by portal user.
    pub portal: BTreeMap<Id, Pin>,
    /// What the contact linked to a portal user holds, by that portal user, whose mark it is compared with.
    pub contact: BTreeMap<Id, Pin>,
    /// Why a portal user's PIN could not be read.
    pub unread: BTreeMap<Id, PinUnread>,
    /// Why no further PIN was asked for, where something kept all others from being read.
    pub stopped: Option<PinUnread>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(key: &str, realm: &str, user: &str, pin: &str) -> Pin {
        Marker::new(key.as_bytes(), realm).pin(&Id::from(user), &Secret::new(pin))
    }

    #[test]
    fn a_mark_tells_pins_apart_and_nothing_else() {
        let own = mark("key", "psa portal", "u-1", "4821");
        assert_eq!(own, mark("key", "psa portal", "u-1", " 4821 "));
        for other in [
            mark("key", "psa portal", "u-1", "4822"),
            mark("key", "psa portal", "u-2", "4821"),
            mark("key", "psa portalu", "-1", "4821"),
            mark("other key", "psa portal", "u-1", "4821"),
        ] {
            assert_ne!(own, other);
        }
        assert!(!format!("{own:?}").contains("4821"));
        let Pin::Marked(mark) = own else { panic!("a PIN") };
        assert_eq!((mark.hash.len(), mark.length), (64, 4));
    }

    #[test]
    fn a_blank_pin_is_none() {
        assert_eq!(mark("key", "r", "u", "  "), Pin::None);
    }
}
