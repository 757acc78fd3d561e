//! Which release is the newest, where a person asks for it; nothing else in crsync asks that.

use serde::Deserialize;
use url::Url;

use super::machine::Machine;
use crate::error::{Error, Kind, Result};
use crate::http::{self, Http, Limits, Request};

/// The environment variable that names the address of the newest release.
pub const RELEASES: &str = "CRSYNC_RELEASES";

/// A release, as the address tells it: an answer in the form of GitHub's "latest release".
#[derive(Debug, Deserialize)]
pub struct Release {
    /// The name of its tag: `v1.2.3`.
    pub tag_name: String,
    /// The page that describes it.
    #[serde(default)]
    pub html_url: String,
}

/// Asks which release is the newest, at `address`, else at the address of the environment, else at the one that the
/// builder of this crsync named.
///
/// # Errors
/// [`Kind::Usage`] where there is no address; what keeps it from being asked; an answer of another form.
pub fn newest(address: Option<&str>, machine: &Machine) -> Result<Release> {
    let named = address.or_else(|| machine.variables.get(RELEASES).map(String::as_str));
    let address = named.or(option_env!("CRSYNC_RELEASES")).filter(|address| !address.is_empty());
    let address = address.ok_or_else(|| {
        Error::new(Kind::Usage, "this crsync does not know where its releases are").hint(format!(
            "name the address of the newest one with --releases URL or {RELEASES}; or look where you got crsync from"
        ))
    })?;
    let url = Url::parse(address).map_err(|error| {
        Error::new(Kind::Usage, format!("{address} is no address of releases"))
            .hint("write it with https:// at its beginning")
            .source(error)
    })?;
    let options = http::Options { sleep: machine.sleep, retries: Some(1), ..http::Options::default() };
    let reply = Http::new(options)?.service(Limits::new("releases")).send(Request::get(url))?;
    if !reply.ok() {
        return Err(Error::new(Kind::Service, format!("{address} answered with HTTP {}", reply.status))
            .hint("check the address; it must answer as GitHub's \"latest release\" does"));
    }
    reply.json("the newest release")
}

/// Is true if the version `newest` comes after `own`; `None` where one of them is no version.
///
/// What follows the three numbers, as in `1.2.3-rc.1`, says that this version is not reached yet.
pub fn is_newer(newest: &str, own: &str) -> Option<bool> {
    let parts = |version: &str| -> Option<(Vec<u64>, bool)> {
        let version = version.trim_start_matches('v');
        let (version, _) = version.split_once('+').unwrap_or((version, ""));
        let (numbers, before) = version.split_once('-').unwrap_or((version, ""));
        let numbers: Vec<u64> =
            numbers.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        (numbers.len() == 3).then_some((numbers, before.is_empty()))
    };
    Some(parts(newest)? > parts(own)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_numbers() {
        for (newest, own, expected) in [
            ("v0.2.0", "0.1.0", Some(true)),
            ("0.10.0", "0.9.9", Some(true)),
            ("v0.1.0", "0.1.0", Some(false)),
            ("v0.1.0", "0.2.0", Some(false)),
            ("v1.0.0", "1.0.0-rc.1", Some(true)),
            ("v1.0.0-rc.1", "1.0.0", Some(false)),
            ("v1.0.0+7", "1.0.0", Some(false)),
            ("nightly", "0.1.0", None),
            ("v1.2", "0.1.0", None),
        ] {
            assert_eq!(is_newer(newest, own), expected, "{newest} {own}");
        }
    }
}
