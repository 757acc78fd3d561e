//! What the portal keeps of a 365 user beside the portal user: the details record.

use super::{Complete, Field, Fields, Id, PictureHash};

/// What the reference of a picture ends with that is to be found among the portal's media.
const PUBLISHED: &str = " (in media)";

/// What a details record says of a picture: its hash, by which the portal's media know it if it is published.
pub fn picture_reference(hash: &PictureHash, published: bool) -> String {
    format!("{hash}{}", if published { PUBLISHED } else { "" })
}

/// The picture that has to be among the portal's media for a reference to be true.
pub fn published_picture(reference: &str) -> Option<PictureHash> {
    PictureHash::parse(reference.trim().strip_suffix(PUBLISHED)?)
}

/// The picture that a reference is about.
pub fn referred_picture(reference: &str) -> Option<PictureHash> {
    let reference = reference.trim();
    PictureHash::parse(reference.strip_suffix(PUBLISHED).unwrap_or(reference))
}

/// The account state of a person in scope.
pub const ENABLED: &str = "Enabled";

/// The account states of a person who left: disabled, without a licence that counts, deleted. The record is
/// archived.
pub const LEFT: [&str; 3] = ["Disabled", "No licence", "Deleted"];

/// The account state of a record whose making was taken back. It is archived too.
pub const TAKEN_BACK: &str = "Taken back";

/// Whether a record with this account state is archived. No listing says so itself.
pub fn is_archived(state: &str) -> bool {
    LEFT.iter().chain([&TAKEN_BACK]).any(|archived| archived.eq_ignore_ascii_case(state.trim()))
}

/// The details record of one 365 user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The portal's id of the record.
    pub id: Id,
    /// The 365 object id that it is about, lower-case.
    pub user: Id,
    /// What it holds; a field that the portal does not offer is not among it.
    pub fields: Fields,
}

/// The details records of one company, completely read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsSide {
    /// All of the company's records that name a 365 user, but archived ones if the portal leaves them out.
    pub records: Complete<Details>,
    /// What kind of record keeps them in the portal: where and whether it is there yet.
    pub kind: DetailsKind,
}

/// The kind of record that keeps details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsKind {
    /// Its name in the portal.
    pub name: String,
    /// Whether it is still to be made, with the first record.
    pub new: bool,
    /// Fields that were taken away or that cannot take what crsync writes; they are left out.
    pub missing: Vec<Field>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_says_whether_the_picture_is_published() {
        let hash = PictureHash::of(b"a picture");
        assert_eq!(published_picture(&picture_reference(&hash, true)), Some(hash.clone()));
        assert_eq!(published_picture(&picture_reference(&hash, false)), None);
        for published in [true, false] {
            assert_eq!(referred_picture(&picture_reference(&hash, published)), Some(hash.clone()));
        }
        assert_eq!(published_picture("../../etc/passwd (in media)"), None);
    }

    #[test]
    fn whoever_left_is_archived_and_nobody_else() {
        assert!(LEFT.into_iter().chain([TAKEN_BACK, " deleted "]).all(is_archived));
        assert!(![ENABLED, "", "Unknown"].into_iter().any(is_archived));
    }
}
