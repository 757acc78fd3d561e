//! What is read once people are linked.

use crate::model::{Looks, Pictures, Pins};

/// What was read after linking, for the records that linking named.
///
/// The default is a run that read nothing of it: every value counts as unknown, and no user counts as looked at.
#[derive(Debug, Clone, Default)]
pub struct FollowUp {
    /// The support PINs of people who are linked, see [`Linked::pins_wanted`](crate::reconcile::Linked::pins_wanted).
    pub pins: Pins,
    /// The pictures of 365 users, see [`Linked::pictures_wanted`](crate::reconcile::Linked::pictures_wanted).
    pub pictures: Pictures,
    /// Looks at the users who seem to have left, see [`Linked::looks_wanted`](crate::reconcile::Linked::looks_wanted).
    pub looks: Looks,
    /// How many records of the PSA were read for it: they count against [`Input::psa_budget`](crate::reconcile::Input::psa_budget).
    pub psa_records: usize,
}
