//! What the configuration says of Microsoft 365.

use crate::secret::Secret;

/// How to sign in and where Graph is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Application (client) id of the multi-tenant app registration.
    pub client_id: String,
    /// What the application proves itself with.
    pub credential: Credential,
    /// Sign-in address, such as `https://login.microsoftonline.com`.
    pub login_url: url::Url,
    /// Graph's address without the version, such as `https://graph.microsoft.com`.
    pub base_url: url::Url,
}

/// What the application proves itself with.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A client secret's value.
    Secret(Secret),
    /// PEM text with the certificate and its RSA private key.
    Certificate(Secret),
}

/// The clouds Microsoft runs: name, sign-in address, Graph's address (vendor documents, January 2025). `global`
/// is also the cloud of US government GCC tenants.
pub const CLOUDS: [(&str, &str, &str); 4] = [
    ("global", "https://login.microsoftonline.com", "https://graph.microsoft.com"),
    ("us-government", "https://login.microsoftonline.us", "https://graph.microsoft.us"),
    ("us-government-dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    ("china", "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"),
];

/// Sign-in address and Graph's address of the cloud called `name`.
pub fn cloud(name: &str) -> Option<(&'static str, &'static str)> {
    CLOUDS.iter().find(|(cloud, ..)| *cloud == name).map(|(_, login, graph)| (*login, *graph))
}
