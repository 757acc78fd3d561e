//! How crsync is set up for the emulated HaloPSA: its name, its table in the configuration, its secrets.

use super::State;
use crate::emulated::{self, Emulated, System};

/// The application's id.
pub(super) const CLIENT_ID: &str = "5a4d0b00-0000-4000-8000-00000000a10e";
/// The application's secret.
pub(super) const CLIENT_SECRET: &str = "sandbox-halopsa-secret";
/// The tenant to sign in to.
pub(super) const TENANT: &str = "sandbox";

impl System {
    /// HaloPSA.
    pub const HALOPSA: Self = Self::named("halopsa");
}

/// What the service declares.
pub(crate) const EMULATED: Emulated = Emulated {
    system: System::HALOPSA,
    psa: true,
    settings,
    secrets: &[("CRSYNC_HALOPSA_CLIENT_ID", CLIENT_ID), ("CRSYNC_HALOPSA_CLIENT_SECRET", CLIENT_SECRET)],
    seed: emulated::seed::<State>,
    load: emulated::load::<State>,
};

fn settings(url: &str) -> String {
    format!(
        r#"[halopsa]
base-url = "{url}/halopsa"
tenant = "{TENANT}"
# This MSP keeps its territories as top levels.
territory = "top-level"
"#
    )
}
