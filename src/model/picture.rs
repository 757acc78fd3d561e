//! Pictures of 365 users as planning sees them: not the bytes, only what they are called by.

use std::collections::BTreeMap;
use std::fmt;

use ring::digest;

use super::Id;
use crate::text::hex;

/// Bytes of a hash: as many as 32 hexadecimal digits say.
const HASH: usize = 16;

/// What a picture is called by: the first 32 hexadecimal digits, in lower case, of the SHA-256 of its bytes.
///
/// The portal's field for a picture's hash takes 32 characters at most (vendor documents). Whether what is there
/// must be an MD5, which has just as many digits, is not known: the code that publishes a picture checks that
/// the portal keeps the hash it was given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PictureHash(String);

impl PictureHash {
    /// What the picture with these bytes is called by.
    pub fn of(bytes: &[u8]) -> Self {
        let hash = digest::digest(&digest::SHA256, bytes);
        Self(hex::encode(&hash.as_ref()[..HASH]))
    }

    /// The hash that is spelled so, if one is: it may come from a file's name.
    pub fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 2 * HASH && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PictureHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of a user's picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// The user has none.
    None,
    /// The user has this one.
    Held(PictureHash),
}

/// The pictures of 365 users, if they are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pictures {
    /// What was read last, by user. Nothing is known of a user who is not in here.
    pub known: BTreeMap<Id, Picture>,
    /// Why a user's picture could not be read this time, in one sentence. An older reading may be known.
    pub unread: BTreeMap<Id, String>,
    /// Why no further user of a tenant was asked for, by the tenant's id in the configuration: what kept one
    /// user's picture from being read would keep all others from it.
    pub stopped: BTreeMap<String, String>,
}

impl Pictures {
    /// Why nothing is known of the picture of `user`, who belongs to `tenant`; nothing where it is known, or was
    /// never asked for.
    pub fn why_unknown(&self, tenant: &str, user: &Id) -> Option<&str> {
        if self.known.contains_key(user) {
            return None;
        }
        self.unread.get(user).or_else(|| self.stopped.get(tenant)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_first_half_of_a_sha_256() {
        // FIPS 180-2 gives the hash of "abc".
        let hash = PictureHash::of(b"abc");
        assert_eq!(hash.as_str(), "ba7816bf8f01cfea414140de5dae2223");
        assert_eq!(PictureHash::parse(hash.as_str()), Some(hash));
        for text in ["", "ba78", "../../../../../../../../etc/passw", "BA7816BF8F01CFEA414140DE5DAE2223"] {
            assert_eq!(PictureHash::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_reason_is_told_only_of_whom_nothing_is_known() {
        let mut pictures = Pictures::default();
        pictures.known.insert(Id::from(1), Picture::None);
        for user in [1, 2] {
            pictures.unread.insert(Id::from(user), "no luck".to_owned());
        }
        pictures.stopped.insert("t".to_owned(), "no right".to_owned());
        let why = |tenant, user| pictures.why_unknown(tenant, &Id::from(user));
        assert_eq!([why("t", 1), why("t", 2), why("t", 3)], [None, Some("no luck"), Some("no right")]);
        assert_eq!(why("another", 3), None);
    }
}
