//! The picture that the photo service has for a user, or the way in which there is none.
//!
//! A picture is a drawing from a number in the state, so a large tenant has many and the state stays small.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::msp;
use crate::picture;

/// What the photo service has for a user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Photo {
    /// A drawing.
    Drawn {
        /// What is drawn.
        look: u32,
        /// The largest size there is.
        stored: u16,
        /// Whether it is a PNG; the header says JPEG all the same, so that only the bytes tell.
        png: bool,
    },
    /// These bytes at every size up to the stored one, whatever they are.
    Given {
        /// The bytes, in base64.
        base64: String,
        /// The largest size there is.
        stored: u16,
    },
    /// None: the usual refusal.
    #[default]
    ImageNotFound,
    /// None: the user has no mailbox.
    NoMailbox,
    /// None: the mail service does not know the user.
    NoUser,
    /// None: the user has no profile.
    NoProfile,
    /// None: there is no such entity.
    EntityNotFound,
    /// None: there is no such item.
    ItemNotFound,
    /// None, while the picture without a size is a GIF of one pixel (known of the metadata, inferred of the bytes).
    Blank,
}

impl Photo {
    /// Returns what the user of a fixture has, the `position`-th of its tenant.
    ///
    /// Where the fixture is silent, a user without a licence has none, and two of five others have a picture.
    pub(super) fn from_fixture(user: &msp::User, position: usize) -> Self {
        let look = look(user.id.as_deref().unwrap_or(&user.upn));
        let drawn = |stored, png| Self::Drawn { look, stored, png };
        let by_position = match position % 5 {
            _ if user.licences.is_empty() => msp::Picture::NoMailbox,
            0 => msp::Picture::Jpeg,
            2 => msp::Picture::Portrait,
            _ => msp::Picture::ImageNotFound,
        };
        match user.picture.unwrap_or(by_position) {
            msp::Picture::Jpeg => drawn(648, false),
            msp::Picture::Portrait => drawn(240, false),
            msp::Picture::Small => drawn(96, false),
            msp::Picture::Png => drawn(648, true),
            msp::Picture::ImageNotFound => Self::ImageNotFound,
            msp::Picture::NoMailbox => Self::NoMailbox,
            msp::Picture::NoUser => Self::NoUser,
            msp::Picture::NoProfile => Self::NoProfile,
            msp::Picture::EntityNotFound => Self::EntityNotFound,
            msp::Picture::ItemNotFound => Self::ItemNotFound,
            msp::Picture::Blank => Self::Blank,
        }
    }

    /// Returns the largest size; `None` without a picture.
    pub(super) fn stored(&self) -> Option<u16> {
        match self {
            Self::Drawn { stored, .. } | Self::Given { stored, .. } => Some(*stored),
            _ => None,
        }
    }

    /// Returns the file in a size; `None` without a picture.
    pub(super) fn bytes(&self, size: u16) -> Option<Vec<u8>> {
        match self {
            Self::Drawn { look, png: true, .. } => Some(picture::png(*look, size)),
            Self::Drawn { look, .. } => Some(picture::jpeg(*look, size)),
            Self::Given { base64, .. } => BASE64_STANDARD.decode(base64).ok(),
            _ => None,
        }
    }

    /// Returns a tag that changes with the picture.
    pub(super) fn tag(&self) -> u32 {
        match self {
            Self::Drawn { look, .. } => *look,
            Self::Given { base64, .. } => self::look(base64),
            _ => 0,
        }
    }
}

/// Returns a number that hardly any other text has (FNV-1a).
fn look(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
