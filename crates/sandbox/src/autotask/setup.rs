//! How crsync is set up for the emulated Autotask: its name, its table in the configuration, its secrets.

use super::State;
use crate::emulated::{self, Emulated, System};

/// The API user.
pub(super) const USER: &str = "api@msp.example";
/// The integration's tracking identifier.
pub(super) const CODE: &str = "SANDBOXSANDBOXSANDBOXSANDBO";
/// The API user's secret.
pub(super) const SECRET: &str = "sandbox-autotask-secret";

impl System {
    /// Autotask.
    pub const AUTOTASK: Self = Self::named("autotask");
}

/// What the service declares.
pub(crate) const EMULATED: Emulated = Emulated {
    system: System::AUTOTASK,
    psa: true,
    settings,
    secrets: &[("CRSYNC_AUTOTASK_INTEGRATION_CODE", CODE), ("CRSYNC_AUTOTASK_SECRET", SECRET)],
    seed: emulated::seed::<State>,
    load: emulated::load::<State>,
};

fn settings(url: &str) -> String {
    format!(
        r#"[autotask]
user = "{USER}"
zone-url = "{url}/autotask"
"#
    )
}
