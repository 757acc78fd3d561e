//! Which address is this machine: there alone plain HTTP carries credentials.

use url::{Host, Url};

/// Returns whether the host of `url` is this machine: a loopback address, or `localhost` in any case.
///
/// A name that only looks like one of these is looked up like any other, and may lead elsewhere. So may `localhost.`, with
/// the dot: not every resolver keeps it to this machine.
pub fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_here(address: &str) -> bool {
        is_this_machine(&Url::parse(address).expect("an address"))
    }

    #[test]
    fn loopback_addresses_and_localhost_are_this_machine() {
        for host in ["localhost", "LOCALHOST", "localhost:8080", "127.0.0.1", "127.0.0.2:1", "[::1]", "127.1"]
        {
            assert!(is_here(&format!("http://{host}/path")), "{host}");
        }
        // A scheme that is not the web's keeps the host as it was written.
        assert!(is_here("ldap://LocalHost/"));
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        for host in [
            "localhost.",
            "localhost.example",
            "127.0.0.1.example",
            "example.localhost",
            "10.0.0.1",
            "0.0.0.0",
            "[::2]",
            "localhost@api.example",
        ] {
            assert!(!is_here(&format!("http://{host}/")), "{host}");
        }
        assert!(!is_here("mailto:ann@localhost"));
    }
}
