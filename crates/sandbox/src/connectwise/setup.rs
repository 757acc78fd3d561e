//! How crsync is set up for the emulated ConnectWise PSA: its name, its table in the configuration, its secrets.

use super::State;
use crate::emulated::{self, Emulated, System};

/// The company that signs in.
pub(super) const COMPANY: &str = "sandbox";
/// The public half of the API member's key pair.
pub(super) const PUBLIC_KEY: &str = "sandbox-cw-public";
/// The private half.
pub(super) const PRIVATE_KEY: &str = "sandbox-cw-private";
/// The id of the integration.
pub(super) const CLIENT_ID: &str = "5a4d0b00-0000-4000-8000-0000000000c3";

impl System {
    /// ConnectWise PSA.
    pub const CONNECTWISE: Self = Self::named("connectwise");
}

/// What the service declares.
pub(crate) const EMULATED: Emulated = Emulated {
    system: System::CONNECTWISE,
    psa: true,
    settings,
    secrets: &[
        ("CRSYNC_CONNECTWISE_PUBLIC_KEY", PUBLIC_KEY),
        ("CRSYNC_CONNECTWISE_PRIVATE_KEY", PRIVATE_KEY),
        ("CRSYNC_CONNECTWISE_CLIENT_ID", CLIENT_ID),
    ],
    seed: emulated::seed::<State>,
    load: emulated::load::<State>,
};

fn settings(url: &str) -> String {
    format!(
        r#"[connectwise]
base-url = "{url}/connectwise"
company = "{COMPANY}"
version = "2025.1"
"#
    )
}
