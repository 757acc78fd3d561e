//! How crsync is set up for the emulated Microsoft 365: the service's name, the table in the configuration, the secret.

use super::State;
use crate::emulated::{self, Emulated, System};

/// The application that every tenant of the sandbox consented to.
pub(super) const CLIENT_ID: &str = "5a4d0b00-0000-4000-8000-00000000c1d0";
/// The application's secret.
pub(super) const CLIENT_SECRET: &str = "sandbox-client-secret";

impl System {
    /// Microsoft's sign-in service.
    pub const ENTRA: Self = Self::named("entra");
}

/// What the service declares.
pub(crate) const EMULATED: Emulated = Emulated {
    system: System::ENTRA,
    psa: false,
    settings,
    secrets: &[("CRSYNC_MICROSOFT365_CLIENT_SECRET", CLIENT_SECRET)],
    seed: emulated::seed::<State>,
    load: emulated::load::<State>,
};

fn settings(url: &str) -> String {
    format!(
        r#"[microsoft365]
client-id = "{CLIENT_ID}"
login-url = "{url}/entra"
base-url = "{url}/graph"
"#
    )
}
