//! How crsync is set up for the emulated Kaseya BMS: its name, its table in the configuration, its secrets.

use super::State;
use crate::emulated::{self, Emulated, System};

/// The tenant that signs in.
pub(super) const TENANT: &str = "Sandbox MSP";
/// The API user.
pub(super) const USER: &str = "api";
/// The user's password.
pub(super) const PASSWORD: &str = "sandbox-bms-password";

impl System {
    /// Kaseya BMS.
    pub const KASEYA_BMS: Self = Self::named("bms");
}

/// What the service declares.
pub(crate) const EMULATED: Emulated = Emulated {
    system: System::KASEYA_BMS,
    psa: true,
    settings,
    secrets: &[("CRSYNC_BMS_PASSWORD", PASSWORD)],
    seed: emulated::seed::<State>,
    load: emulated::load::<State>,
};

fn settings(url: &str) -> String {
    format!(
        r#"[bms]
base-url = "{url}/bms"
tenant = "{TENANT}"
user = "{USER}"
"#
    )
}
