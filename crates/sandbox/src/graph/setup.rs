//! The name of the emulated Microsoft Graph. Its address is in the table that the sign-in service declares.

use super::State;
use crate::emulated::{self, Emulated, System};

impl System {
    /// Microsoft Graph.
    pub const GRAPH: Self = Self::named("graph");
}

/// What the service declares.
pub(crate) const EMULATED: Emulated = Emulated {
    system: System::GRAPH,
    psa: false,
    settings: |_| String::new(),
    secrets: &[],
    seed: emulated::seed::<State>,
    load: emulated::load::<State>,
};
