//! How crsync is set up for the emulated CloudRadial: its name, its table in the configuration, its secrets.

use super::State;
use crate::emulated::{self, Emulated, System};

/// The public half of the key pair.
pub(super) const PUBLIC_KEY: &str = "sandbox-public";
/// The private half.
pub(super) const PRIVATE_KEY: &str = "sandbox-private";

impl System {
    /// CloudRadial.
    pub const CLOUDRADIAL: Self = Self::named("cloudradial");
}

/// What the service declares.
pub(crate) const EMULATED: Emulated = Emulated {
    system: System::CLOUDRADIAL,
    psa: false,
    settings,
    secrets: &[
        ("CRSYNC_CLOUDRADIAL_PUBLIC_KEY", PUBLIC_KEY),
        ("CRSYNC_CLOUDRADIAL_PRIVATE_KEY", PRIVATE_KEY),
    ],
    seed: emulated::seed::<State>,
    load: emulated::load::<State>,
};

fn settings(url: &str) -> String {
    format!(
        r#"[cloudradial]
base-url = "{url}/cloudradial"
"#
    )
}
