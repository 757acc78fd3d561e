//! What the steps of a plan cost in CloudRadial.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use super::details::{self, Stage};
use super::filter::chunks;
use super::{CloudRadial, listing, lookup};
use crate::model::{Detail, Field, Fields, Id, PictureHash, RecordKind, published_picture};
use crate::side::{Keys, Size, Step};

/// What the id of a portal user looks like that is not made yet.
const NEW_USER: &str = "00000000-0000-4000-8000-000000000000";

/// What the id of a details record looks like that is not made yet.
const NEW_DETAILS: &str = "1000000";

/// A picture is looked for among the media, and sent.
const PICTURE: usize = 2;

/// Returns how many requests the steps take.
pub(super) fn requests(portal: &CloudRadial, steps: &[Step]) -> usize {
    let published = portal.pictures.published.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut run = Run { stage: portal.details.stage(), published };
    steps.iter().map(|step| run.requests(step)).sum()
}

/// What the steps so far have left.
struct Run {
    /// What is known of the type of the details records.
    stage: Stage,
    /// The pictures that are known to be among the media.
    published: BTreeSet<PictureHash>,
}

impl Run {
    fn requests(&mut self, step: &Step) -> usize {
        match step {
            Step::Reread { kind: RecordKind::PortalUser, ids, new, .. } => {
                let all = with_new(ids, *new, NEW_USER);
                chunks(all.iter().map(lookup::has_id).collect()).len()
            }
            Step::Reread { kind: RecordKind::Details, ids, new, .. } => {
                self.known() + self.reread_details(&with_new(ids, *new, NEW_DETAILS))
            }
            Step::Reread { ids, new, .. } => ids.len() + new,
            Step::Find { kind: RecordKind::Details, size, .. } => self.known() + self.list_details(*size),
            Step::Find { keys, .. } => find_users(keys),
            Step::Write { kind: RecordKind::Details, ids, writes, size, .. } => {
                self.write_details(ids, writes, *size)
            }
            step => step.usual(),
        }
    }

    /// What is learnt of the type before anything else.
    fn known(&mut self) -> usize {
        if self.stage != Stage::Unknown {
            return 0;
        }
        self.stage = Stage::Made;
        details::DISCOVERED
    }

    fn reread_details(&self, ids: &[Id]) -> usize {
        if self.stage != Stage::Made {
            return 0;
        }
        chunks(ids.iter().map(details::has_id).collect()).len()
    }

    /// A listing is counted before, and once more where a page is full.
    fn list_details(&self, size: Size) -> usize {
        match self.stage {
            Stage::Made => listing::requests(size.all()),
            Stage::Missing | Stage::Unknown => 0,
        }
    }

    /// Pictures go first. Then the records are read once more, or searched where pictures took time.
    fn write_details(&mut self, ids: &[Id], writes: &[Fields], size: Size) -> usize {
        let picture = |fields: &Fields| {
            published_picture(fields.text(Field::Detail(Detail::Picture)).unwrap_or_default())
        };
        let pictures =
            writes.iter().filter_map(picture).filter(|hash| self.published.insert(hash.clone())).count();
        let new = ids.is_empty();
        let seen = match () {
            () if !new => self.reread_details(ids),
            () if pictures > 0 => self.list_details(size),
            () => 0,
        };
        let made = if new && self.stage == Stage::Missing { details::MADE } else { 0 };
        self.stage = if new { Stage::Made } else { self.stage };
        PICTURE * pictures + seen + made + 1
    }
}

fn with_new(ids: &[Id], new: usize, like: &str) -> Vec<Id> {
    ids.iter().cloned().chain(std::iter::repeat_n(Id::from(like), new)).collect()
}

fn find_users(keys: &Keys) -> usize {
    chunks(lookup::addresses(keys).iter().map(|email| lookup::has_address(email)).collect()).len()
}
