//! Why no answer came: each cause in its own sentence, with the step that removes it.
//!
//! The errors of the layers below hold each other; the innermost one that is known by its type decides. The client's
//! own layers keep two of their types to themselves (a name that is not found, and a proxy's refusal): those are known
//! by their words, which a test holds against the real thing.

use std::error::Error as StdError;
use std::io;

use hyper_util::client::proxy::matcher::Matcher;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, InvalidMessage};
use url::Url;

use super::failure::{Failure, Stage};
use super::{Request, client};
use crate::error::{Error, Kind};

/// Why a certificate is not accepted, or no secure connection is made.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tls {
    /// No authority that this machine trusts made it.
    Untrusted,
    /// Its time is over; since when, if the error says so.
    Expired(Option<Timestamp>),
    /// Its time has not come.
    Early(Option<Timestamp>),
    /// It was made for other names.
    OtherHost,
    /// Its authority took it back.
    Revoked,
    /// Something else is wrong with it.
    Unusable,
    /// The other side does not speak TLS.
    NotSpoken,
    /// Both sides know no version or method in common, or the other side refuses.
    Refused,
}

/// Why a proxy does not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proxy {
    /// It wants credentials, or others.
    Credentials,
    /// It does not let the connection through.
    Refused,
}

/// Why no answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cause {
    /// The host's name is not known.
    Name,
    /// Nothing listens there.
    Refused,
    /// Nothing answered while connecting.
    Silent,
    /// There is no way to that network.
    NoWay,
    /// No secure connection is possible.
    Tls(Tls),
    /// The proxy does not help.
    Proxy(Proxy),
    /// Another failure to connect.
    Unknown,
}

/// Explains an attempt that brought no answer.
pub(super) fn unanswered(service: &str, request: &Request, error: &reqwest::Error) -> Failure {
    let (host, url) = (request.host(), &request.url);
    let place = format!("{service} at {host}");
    if !error.is_connect() {
        let timed_out = error.is_timeout();
        let what =
            if timed_out { "did not answer in time" } else { "closed the connection without an answer" };
        let error = Error::new(Kind::Network, format!("{place} {what}"))
            .at(&place)
            .hint("check the network and the proxy, then run the command again")
            .source(innermost(error));
        return Failure { error, stage: Stage::Sent };
    }
    let cause = cause(error);
    let (what, hint) = words(&cause, host, proxy(url).as_deref());
    let passes = !matches!(cause, Cause::Tls(_) | Cause::Proxy(_));
    let error = Error::new(Kind::Network, format!("{place} cannot be reached: {what}"))
        .at(&place)
        .hint(hint)
        .source(innermost(error))
        .retry(passes)
        // Without a connection nothing was done; where it may be made later, the request is sent again from here.
        .refused(!passes);
    Failure { error, stage: if passes { Stage::Unsent } else { Stage::Final } }
}

/// Returns the proxy in use for `url`, if there is one: its host and port, without the credentials it is given.
fn proxy(url: &Url) -> Option<String> {
    let is_direct = client::way(url).is_ok_and(|way| way == client::Way::Loopback);
    let found = Matcher::from_system().intercept(&url.as_str().parse().ok().filter(|_| !is_direct)?)?;
    let port = found.uri().port().map_or_else(String::new, |port| format!(":{port}"));
    found.uri().host().map(|host| format!("{host}{port}"))
}

/// Returns the errors within an error, the outermost first.
fn chain<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    let inner = |error: &&'e (dyn StdError + 'static)| -> Option<&'e (dyn StdError + 'static)> {
        let error = *error;
        // An input or output error skips the one it holds when it is asked for its source.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(held) => Some(held),
            None => error.source(),
        }
    };
    std::iter::successors(Some(error), inner)
}

/// Returns what the innermost error says.
fn innermost(error: &reqwest::Error) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

fn cause(error: &reqwest::Error) -> Cause {
    let mut found = Cause::Unknown;
    for inner in chain(error) {
        if let Some(error) = inner.downcast_ref::<rustls::Error>() {
            return Cause::Tls(tls(error));
        }
        let words = inner.to_string();
        if words == "dns error" {
            return Cause::Name;
        }
        if let Some(words) = words.strip_prefix("tunnel error: ") {
            match words {
                "proxy authorization required" => return Cause::Proxy(Proxy::Credentials),
                "failed to create underlying connection" => {}
                _ => return Cause::Proxy(Proxy::Refused),
            }
        }
        let kind = inner.downcast_ref::<io::Error>().map(io::Error::kind);
        found = match kind {
            Some(io::ErrorKind::ConnectionRefused) => Cause::Refused,
            Some(io::ErrorKind::TimedOut) => Cause::Silent,
            Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => Cause::NoWay,
            _ => found,
        };
    }
    if found == Cause::Unknown && error.is_timeout() { Cause::Silent } else { found }
}

fn tls(error: &rustls::Error) -> Tls {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, Revoked, UnknownIssuer,
    };
    let at =
        |time: UnixTime| i64::try_from(time.as_secs()).ok().and_then(|at| Timestamp::from_second(at).ok());
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            // Another authority of the same name made it, such as one that was renewed here and not there.
            UnknownIssuer | BadSignature => Tls::Untrusted,
            Expired => Tls::Expired(None),
            ExpiredContext { not_after, .. } => Tls::Expired(at(*not_after)),
            NotValidYet => Tls::Early(None),
            NotValidYetContext { not_before, .. } => Tls::Early(at(*not_before)),
            NotValidForName | NotValidForNameContext { .. } => Tls::OtherHost,
            Revoked => Tls::Revoked,
            _ => Tls::Unusable,
        },
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)
        | rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => Tls::NotSpoken,
        _ => Tls::Refused,
    }
}

/// Returns what happened, and the next step.
fn words(cause: &Cause, host: &str, proxy: Option<&str>) -> (String, String) {
    const PROXY: &str = "check HTTPS_PROXY and NO_PROXY, or the proxy in the system's settings";
    let day = |at: &Option<Timestamp>, word: &str| {
        let day = at.map(|at| at.to_zoned(TimeZone::UTC).date());
        day.map_or_else(String::new, |day| format!(" {word} {day}"))
    };
    let pair = |what: &str, hint: &str| (what.to_owned(), hint.to_owned());
    match (cause, proxy) {
        (Cause::Proxy(Proxy::Credentials), proxy) => (
            format!("the proxy {} asks for credentials (HTTP 407)", proxy.unwrap_or_default()),
            "put a user and password that the proxy accepts into HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT)".into(),
        ),
        (Cause::Proxy(Proxy::Refused), proxy) => (
            format!("the proxy {} does not open a connection to it", proxy.unwrap_or_default()),
            format!("ask the network's administrator to allow {host} port 443 on the proxy; {PROXY}"),
        ),
        (Cause::Name, Some(proxy)) => (format!("the name of the proxy {proxy} cannot be resolved"), PROXY.into()),
        (Cause::Refused | Cause::Silent | Cause::NoWay | Cause::Unknown, Some(proxy)) => {
            (format!("the proxy {proxy} does not answer"), PROXY.into())
        }
        (Cause::Name, None) => (
            "its name cannot be resolved (DNS)".into(),
            format!("check the network and the spelling of {host} in the configuration; `nslookup {host}` must find it"),
        ),
        (Cause::Refused, None) => pair(
            "it refuses the connection",
            "check the network and the address and port in the configuration; the service may be down",
        ),
        (Cause::Silent, None) => pair(
            "it did not answer while connecting",
            "check the network, and that the firewall lets this machine out to it",
        ),
        (Cause::NoWay, None) => {
            pair("there is no network route to it", "check the network connection of this machine")
        }
        (Cause::Unknown, None) => pair(
            "no connection could be made",
            "check the network, the proxy and the address in the configuration, then run the command again",
        ),
        (Cause::Tls(Tls::Untrusted), _) => pair(
            "its certificate is not from an authority that this machine trusts",
            "if a proxy or the service has a private authority, set `ca-file` to its PEM file; else install the \
             system's certificates (ca-certificates)",
        ),
        (Cause::Tls(Tls::Expired(at)), _) => (
            format!("its certificate has expired{}", day(at, "on")),
            "check the clock of this machine; if it is right, the service's operator must renew the certificate".into(),
        ),
        (Cause::Tls(Tls::Early(at)), _) => (
            format!("its certificate is not valid yet{}", day(at, "before")),
            "check the clock of this machine".into(),
        ),
        (Cause::Tls(Tls::OtherHost), _) => (
            format!("its certificate is not for {host}"),
            "write the host's name in the configuration as the certificate has it, and check that no proxy stands in \
             between"
                .into(),
        ),
        (Cause::Tls(Tls::Revoked), _) => {
            pair("its certificate was revoked", "do not go on; ask the service's operator")
        }
        (Cause::Tls(Tls::Unusable), _) => pair(
            "its certificate cannot be used",
            "the service's operator must replace the certificate; if a proxy stands in between, its administrator",
        ),
        (Cause::Tls(Tls::NotSpoken), _) => pair(
            "what answers there does not speak TLS",
            "check the address and port in the configuration, and that no proxy stands in between",
        ),
        (Cause::Tls(Tls::Refused), _) => pair(
            "no secure connection could be agreed on",
            "the service, or a proxy in between, must offer TLS 1.2 or 1.3",
        ),
    }
}

#[cfg(test)]
mod tests;
