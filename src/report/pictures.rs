//! The pictures of the people of a document, for a browser: inside the file, as nothing is loaded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::words::person;
use crate::model::{Detail, Field, Image, PictureHash, referred_picture};
use crate::plan::{Change, Explanation, NewValue, Plan, Who};

/// The bytes of a picture that is shown, at most: one of 240 by 240 pixels takes a tenth of it.
const LARGEST: usize = 100_000;

/// The bytes of all pictures of a document, at most.
const ALL: usize = 5_000_000;

/// Returns the bytes of a picture, where they are kept.
pub type Kept<'a> = &'a dyn Fn(&PictureHash) -> Option<Vec<u8>>;

/// The pictures of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Gallery {
    /// Whose they are, with the address that holds the whole picture.
    pub(super) shown: Vec<(String, String)>,
    /// How many are not shown: they are not kept here, or too large.
    pub(super) left_out: usize,
}

impl Gallery {
    fn of<'a>(named: impl Iterator<Item = (&'a Who, &'a str)>, kept: Kept<'_>) -> Self {
        let mut named: Vec<(String, PictureHash)> =
            named.filter_map(|(who, reference)| Some((person(who), referred_picture(reference)?))).collect();
        named.sort();
        named.dedup();
        let (mut gallery, mut room) = (Self::default(), ALL);
        for (name, hash) in named {
            let most = LARGEST.min(room);
            let bytes = kept(&hash).filter(|bytes| bytes.len() <= most).unwrap_or_default();
            let Some(Image { kind, .. }) = Image::sniff(&bytes) else {
                gallery.left_out += 1;
                continue;
            };
            room -= bytes.len();
            let address = format!("data:{};base64,{}", kind.content_type(), STANDARD.encode(bytes));
            gallery.shown.push((name, address));
        }
        gallery
    }

    /// Returns the pictures that a plan brings.
    pub(super) fn of_plan(plan: &Plan, kept: Kept<'_>) -> Self {
        let changes = plan.outcome.companies.iter().flat_map(|company| &company.changes);
        Self::of(changes.filter_map(brought), kept)
    }

    /// Returns the picture that the portal has of a person, and the one that a change brings.
    pub(super) fn of_person(of: &Explanation, kept: Kept<'_>) -> Self {
        let who = &of.person.who;
        let held = of.details.iter().filter(|one| one.field == Field::Detail(Detail::Picture));
        let held = held.map(|one| (who, one.value.as_str()));
        Self::of(held.chain(of.changes.iter().filter_map(brought)), kept)
    }
}

/// Returns whose picture a change brings, and what it says of it.
fn brought(change: &Change) -> Option<(&Who, &str)> {
    let field = change.fields.iter().find(|field| field.field == Field::Detail(Detail::Picture))?;
    match &field.after {
        NewValue::Text(text) => Some((&change.who, text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of this size, of which only the first bytes matter.
    fn picture(size: usize) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\xF0\0\0\0\xF0".to_vec();
        bytes.resize(size, 0);
        bytes
    }

    #[test]
    fn pictures_that_are_too_large_or_not_kept_are_counted_and_not_shown() {
        let people: Vec<Who> =
            ["Ann", "Bo", "Cy"].map(|name| Who { name: name.to_owned(), email: None }).into();
        let all = [picture(40), picture(LARGEST + 1), picture(50)];
        let hashes: Vec<String> = all.iter().map(|bytes| PictureHash::of(bytes).to_string()).collect();
        let kept =
            |hash: &PictureHash| all[..2].iter().find(|bytes| PictureHash::of(bytes) == *hash).cloned();
        let named = || people.iter().zip(hashes.iter().map(String::as_str));
        let Gallery { shown, left_out } = Gallery::of(named().chain(named()), &kept);
        assert_eq!((shown.len(), left_out), (1, 2));
        assert_eq!(shown[0].0, "Ann");
        assert!(shown[0].1.starts_with("data:image/png;base64,iVBORw0KGgo"), "{}", shown[0].1);
        let many: Vec<Vec<u8>> = (0..60).map(|more| picture(LARGEST - more)).collect();
        let kept = |hash: &PictureHash| many.iter().find(|bytes| PictureHash::of(bytes) == *hash).cloned();
        let hashes: Vec<String> = many.iter().map(|bytes| PictureHash::of(bytes).to_string()).collect();
        let Gallery { shown, left_out } =
            Gallery::of(hashes.iter().map(|hash| (&people[0], hash.as_str())), &kept);
        assert_eq!((shown.len(), left_out), (50, 10), "a document stays of a size that a browser opens");
    }
}
