//! The clients underneath: which address may be asked, and with what TLS.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::blocking::{Client, ClientBuilder};
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use url::Url;

use crate::error::{Error, Kind, Result};
use crate::secret::is_this_machine;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// How many connections to one host are kept for the next request. Each keeps room for as much as it has read at once,
/// up to some hundred kilobytes, and only where many tenants are read at the same time there are more for a while.
const IDLE: usize = 8;

/// How long one request may take in all, its answer included.
///
/// Some services think for a while, but answer a page within this.
pub(super) const REQUEST: Duration = Duration::from_secs(100);

/// What identifies this program to the services.
pub(super) const USER_AGENT: &str = concat!("crsync/", env!("CARGO_PKG_VERSION"));

/// Two clients, each built when it is first needed.
#[derive(Debug)]
pub(super) struct Clients {
    /// For HTTPS. Gathering the system's certificates takes time that a run on loopback does not need.
    secure: OnceLock<Client>,
    /// For loopback: without TLS, and past any proxy.
    plain: OnceLock<Client>,
    authorities: Vec<reqwest::Certificate>,
}

/// How an address is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By HTTPS.
    Secure,
    /// By plain HTTP, without leaving this machine.
    Loopback,
}

impl Clients {
    /// Reads the further certification authorities; connects nowhere.
    ///
    /// # Errors
    /// [`Kind::Config`] when the file cannot be used.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Self> {
        let authorities = ca_file.map_or_else(|| Ok(Vec::new()), authorities)?;
        Ok(Self { secure: OnceLock::new(), plain: OnceLock::new(), authorities })
    }

    /// Returns the client for addresses reached that way.
    ///
    /// # Errors
    /// [`Kind::Config`] when this machine trusts no certification authority at all.
    pub(super) fn get(&self, way: Way) -> Result<&Client> {
        let cell = match way {
            Way::Secure => &self.secure,
            Way::Loopback => &self.plain,
        };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        // An error means that a provider is installed already, which is all that is needed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = self.builder(way).build().map_err(|error| {
            Error::new(Kind::Config, "the HTTPS client cannot be set up")
                .hint("install the system's certificates (ca-certificates), or name a PEM file in `ca-file`")
                .source(error)
        })?;
        Ok(cell.get_or_init(|| client))
    }

    fn builder(&self, way: Way) -> ClientBuilder {
        let builder = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        match way {
            Way::Secure => builder.https_only(true).tls_certs_merge(self.authorities.iter().cloned()),
            Way::Loopback => builder.no_proxy().tls_certs_only([]),
        }
    }
}

/// Returns how `url` is reached, if credentials may be sent there at all.
///
/// # Errors
/// [`Kind::Config`] for plain HTTP to another machine, and for credentials within the address.
pub(super) fn way(url: &Url) -> Result<Way> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::new(Kind::Config, format!("the address at {} holds credentials", host(url)))
            .hint("take them out of the address: they are stored with `crsync login`"));
    }
    match url.scheme() {
        "https" => Ok(Way::Secure),
        "http" if is_this_machine(url) => Ok(Way::Loopback),
        _ => Err(Error::new(Kind::Config, format!("the address of {} is not HTTPS", host(url)))
            .hint("write https:// in the configuration; plain HTTP is for this machine alone")),
    }
}

/// Returns the host of `url`, which is all of an address that messages show.
pub(super) fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("an address without a host")
}

fn authorities(path: &Path) -> Result<Vec<reqwest::Certificate>> {
    let unusable = |cause: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(Kind::Config, format!("the CA file {} cannot be used", path.display()))
            .hint("set `ca-file` to a PEM file with one or more certificates")
            .source(cause)
    };
    let text = std::fs::read(path).map_err(|error| unusable(error.into()))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut store = RootCertStore::empty();
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(text) {
        let certificate = certificate.map_err(|error| unusable(error.to_string().into()))?;
        found.push(reqwest::Certificate::from_der(&certificate).map_err(|error| unusable(error.into()))?);
        store.add(certificate).map_err(|error| unusable(error.into()))?;
    }
    if found.is_empty() {
        return Err(unusable("it holds no certificate".into()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certification authority without a key, made for this test.
    const AUTHORITY: &str = include_str!("authority.pem");

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a scratch file");
        std::fs::write(file.path(), text).expect("a writable file");
        file
    }

    fn way_of(url: &str) -> std::result::Result<Way, Kind> {
        way(&url.parse().expect("a URL")).map_err(|error| error.kind())
    }

    #[test]
    fn a_private_authority_is_enough_for_https() {
        let file = file(AUTHORITY);
        let clients = Clients::new(Some(file.path())).expect("a certificate");
        assert!(clients.get(Way::Secure).is_ok());
    }

    #[test]
    fn a_file_that_is_no_authority_is_refused_by_name() {
        for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let file = file(text);
            let error = Clients::new(Some(file.path())).expect_err("not a certificate");
            assert_eq!(error.kind(), Kind::Config);
            assert!(error.message().contains(&file.path().display().to_string()), "{error}");
        }
    }

    #[test]
    fn plain_http_never_leaves_this_machine() {
        for url in ["http://127.0.0.1:8080/x", "http://127.9.9.9/", "http://[::1]/", "http://localhost:1/"] {
            assert_eq!(way_of(url), Ok(Way::Loopback), "{url}");
        }
        for url in
            ["http://api.example/", "http://localhost.example/", "http://128.0.0.1/", "ftp://127.0.0.1/"]
        {
            assert_eq!(way_of(url), Err(Kind::Config), "{url}");
        }
        assert_eq!(way_of("https://api.example/"), Ok(Way::Secure));
    }

    #[test]
    fn credentials_within_an_address_are_refused_and_not_shown() {
        let error = way(&"https://ann:hunter2@api.example/".parse().expect("a URL")).expect_err("refused");
        assert_eq!(error.message(), "the address at api.example holds credentials");
    }
}
