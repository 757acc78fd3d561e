//! What the configuration says of CloudRadial.

use crate::secret::Secret;

/// The flexible asset type that holds details of 365 users where the configuration names none.
pub const USER_DETAILS_TYPE: &str = "Microsoft 365 User";

/// The most characters that the name of a type may have (vendor documents).
pub const LONGEST_TYPE: usize = 256;

/// How to reach CloudRadial.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address, such as `https://api.us.cloudradial.com`.
    pub base_url: url::Url,
    /// Public key: the user name of Basic authentication.
    pub public_key: Secret,
    /// Private key: the password of Basic authentication.
    pub private_key: Secret,
    /// The name of the flexible asset type that holds details of 365 users.
    pub user_details_type: String,
    /// Requests at the same time; the vendor publishes no limit.
    pub concurrency: usize,
}
