//! Why a person who seems to have left is not taken for a leaver.

use crate::model::Row;
use crate::plan::{Left, Sighting, Skip};
use crate::reconcile::input::View;
use crate::reconcile::status::Stay;

/// The next step where 365 and its listing say different things, or nothing.
pub(crate) const AGAIN: &str = "run the command again; if it stays, look at the user in 365";

/// Says why a person is not taken for a leaver although the listing suggests it.
pub(crate) fn doubt(stay: Stay, sighting: &Sighting) -> String {
    match (stay, sighting) {
        (Stay::Unlisted, _) => {
            "the listing of the tenant lacked the 365 user, who is there: the person has not left".to_owned()
        }
        (Stay::Returned(left), _) => format!(
            "the listing shows the 365 user as {}, a look at it by its id does not: the person has not left",
            left.words()
        ),
        (_, Sighting::Unclear(why)) => {
            format!("the 365 user seems to have left, but that could not be seen: {why}")
        }
        _ => "the 365 user seems to have left, but that could not be seen".to_owned(),
    }
}

/// Returns the line about a details record whose user is not in the listing and was not seen to be gone.
pub(crate) fn doubted_details(view: &View<'_>, sighting: &Sighting) -> Skip {
    let stay = if *sighting == Sighting::Here { Stay::Unlisted } else { Stay::Unclear(Left::Deleted) };
    Skip { row: Row::UserDetails, ..skip(view, doubt(stay, sighting), AGAIN.to_owned()) }
}

pub(crate) fn skip(view: &View<'_>, reason: String, next: String) -> Skip {
    let row = if view.on(Row::ContactActive) { Row::ContactActive } else { Row::SyncFrom365 };
    Skip { row, who: None, reason, next: Some(next), strict: false }
}
