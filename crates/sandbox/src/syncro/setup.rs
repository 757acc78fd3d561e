//! How crsync is set up for the emulated Syncro: its name, its table in the configuration, its secrets.

use super::State;
use crate::emulated::{self, Emulated, System};

/// The API token.
pub(super) const TOKEN: &str = "sandbox-syncro-token";

impl System {
    /// Syncro.
    pub const SYNCRO: Self = Self::named("syncro");
}

/// What the service declares.
pub(crate) const EMULATED: Emulated = Emulated {
    system: System::SYNCRO,
    psa: true,
    settings,
    secrets: &[("CRSYNC_SYNCRO_TOKEN", TOKEN)],
    seed: emulated::seed::<State>,
    load: emulated::load::<State>,
};

fn settings(url: &str) -> String {
    format!(
        r#"[syncro]
base-url = "{url}/syncro"
"#
    )
}
