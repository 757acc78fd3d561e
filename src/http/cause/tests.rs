//! The layers below, as they are: what they say of a failure is known.

use std::time::Duration;

use rustls::pki_types::{DnsName, ServerName};

use super::*;

fn day(at: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(at.unsigned_abs()))
}

fn told(error: CertificateError) -> (String, String) {
    let cause = Cause::Tls(tls(&rustls::Error::InvalidCertificate(error)));
    words(&cause, "api.example", None)
}

#[test]
fn a_certificate_s_fault_is_named_with_its_date() {
    let name = || ServerName::DnsName(DnsName::try_from("api.example").expect("a name"));
    for (error, what, next) in [
        (CertificateError::UnknownIssuer, "not from an authority that this machine trusts", "`ca-file`"),
        (CertificateError::BadSignature, "not from an authority that this machine trusts", "`ca-file`"),
        (CertificateError::Expired, "has expired", "clock"),
        (
            CertificateError::ExpiredContext { time: day(1), not_after: day(0) },
            "has expired on 1970-01-01",
            "clock",
        ),
        (
            CertificateError::NotValidYetContext { time: day(0), not_before: day(86_400) },
            "is not valid yet before 1970-01-02",
            "clock",
        ),
        (CertificateError::NotValidForName, "is not for api.example", "configuration"),
        (
            CertificateError::NotValidForNameContext { expected: name(), presented: Vec::new() },
            "is not for api.example",
            "configuration",
        ),
        (CertificateError::Revoked, "was revoked", "operator"),
        (CertificateError::BadEncoding, "cannot be used", "replace"),
    ] {
        let (told, hint) = told(error);
        assert!(told.contains(what) && hint.contains(next), "{told}: {hint}");
    }
}

#[test]
fn a_held_error_is_found_within_an_error_of_input_and_output() {
    let held = rustls::Error::InvalidCertificate(CertificateError::Revoked);
    let error = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, held));
    assert!(chain(&error).any(<dyn StdError>::is::<rustls::Error>));
}

#[test]
fn a_name_that_nothing_has_and_a_closed_port_are_told_apart() {
    let attempt = |url: &str| {
        let url: Url = url.parse().expect("a URL");
        let clients = client::Clients::new(None).expect("no file");
        let way = client::way(&url).expect("an address that may be asked");
        let error = clients.get(way).expect("a client").get(url.clone()).send().expect_err("nothing answers");
        let Failure { error, stage } = unanswered("example", &Request::get(url), &error);
        assert_eq!((stage, error.kind(), error.can_retry()), (Stage::Unsent, Kind::Network, true));
        error
    };
    let closed = attempt("http://127.0.0.1:1/x");
    assert_eq!(closed.message(), "example at 127.0.0.1 cannot be reached: it refuses the connection");
}

#[test]
fn what_goes_through_a_proxy_is_told_of_the_proxy() {
    for (cause, what) in [
        (Cause::Refused, "the proxy gate.example:3128 does not answer"),
        (Cause::Name, "the name of the proxy gate.example:3128 cannot be resolved"),
        (Cause::Proxy(Proxy::Credentials), "the proxy gate.example:3128 asks for credentials (HTTP 407)"),
        (Cause::Proxy(Proxy::Refused), "the proxy gate.example:3128 does not open a connection to it"),
    ] {
        let (told, hint) = words(&cause, "api.example", Some("gate.example:3128"));
        assert!(told == what && hint.contains("HTTPS_PROXY"), "{told}: {hint}");
    }
}

#[test]
fn without_a_proxy_each_cause_has_its_own_sentence_and_step() {
    let causes = [Cause::Name, Cause::Refused, Cause::Silent, Cause::NoWay, Cause::Unknown];
    let told: std::collections::BTreeSet<(String, String)> =
        causes.iter().map(|cause| words(cause, "api.example", None)).collect();
    assert_eq!(told.len(), causes.len());
    assert!(
        told.iter()
            .any(|(what, hint)| what == "it did not answer while connecting" && hint.contains("firewall"))
    );
}
