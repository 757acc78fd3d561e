//! What the configuration says of CloudRadial.

use crate::secret::Secret;

/// How to reach CloudRadial.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address, such as `https://api.us.cloudradial.com`.
    pub base_url: url::Url,
    /// Public key: the user name of Basic authentication.
    pub public_key: Secret,
    /// Private key: the password of Basic authentication.
    pub private_key: Secret,
    /// Requests at the same time; the vendor publishes no limit.
    pub concurrency: usize,
}
