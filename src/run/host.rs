//! Names of hosts, compared.

use std::net::{IpAddr, Ipv4Addr};

/// Returns a host's name in one spelling. All addresses of this machine are one.
pub(super) fn one_spelling(host: &str) -> String {
    let host = host.trim_end_matches('.').to_lowercase();
    let address: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    match address.map(|address| address.to_canonical()) {
        Some(address) if address.is_loopback() => Ipv4Addr::LOCALHOST.to_string(),
        Some(address) => address.to_string(),
        None if host == "localhost" => Ipv4Addr::LOCALHOST.to_string(),
        None => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_one_spelling() {
        for host in ["127.0.0.1", "localhost", "LOCALHOST.", "[::1]", "127.0.0.2", "[::ffff:127.0.0.1]"] {
            assert_eq!(one_spelling(host), "127.0.0.1", "{host}");
        }
        for host in ["API.us.cloudradial.com", "api.us.cloudradial.com.", "api.us.cloudradial.com"] {
            assert_eq!(one_spelling(host), "api.us.cloudradial.com");
        }
    }
}
