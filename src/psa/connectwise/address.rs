//! Where a ConnectWise PSA is: people give the address of their browser, the API has another.

use url::Url;

use crate::secret::is_this_machine;

/// Sites of the vendor's cloud whose API has a host of its own, `api-` and the site (vendor documents and clients).
const CLOUD: [&str; 6] = [
    "na.myconnectwise.net",
    "eu.myconnectwise.net",
    "au.myconnectwise.net",
    "aus.myconnectwise.net",
    "za.myconnectwise.net",
    "staging.connectwisedev.com",
];

/// The domains of the vendor's cloud.
const DOMAINS: [&str; 2] = [".myconnectwise.net", ".connectwisedev.com"];

/// The codebase that the vendor's own examples name, and every installation of one's own has (vendor documents).
pub(super) const CODEBASE: &str = "v4_6_release/";

/// The addresses of one ConnectWise PSA.
#[derive(Debug, Clone)]
pub(super) struct Address {
    /// Where people log in: it tells the codebase.
    site: Url,
    /// Where the API is.
    api: Url,
}

impl Address {
    /// Returns the addresses that `base` means, whichever of them it is, and whatever path was copied with it.
    ///
    /// On this machine alone a path may lead to the site, so that the sandbox can serve it beside other services.
    pub(super) fn new(base: &Url) -> Self {
        let mut url = base.clone();
        url.set_query(None);
        url.set_fragment(None);
        url.set_path(&if is_this_machine(base) { prefix(base.path()) } else { String::new() });
        let host = base.host_str().unwrap_or_default();
        let in_cloud = DOMAINS.iter().any(|domain| host.ends_with(domain));
        let site = host.strip_prefix("api-").filter(|_| in_cloud).unwrap_or(host);
        let of_api = if CLOUD.contains(&site) { format!("api-{site}") } else { host.to_owned() };
        Self { site: with_host(&url, site), api: with_host(&url, &of_api) }
    }

    /// Returns the address that names the codebase of the company id, without credentials.
    pub(super) fn company_info(&self, company: &str) -> Url {
        let mut url = self.site.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["login", "companyinfo", company]);
        }
        url
    }

    /// Returns the address of `path` (`company/contacts`) in a codebase (`v4_6_release/`).
    pub(super) fn api(&self, codebase: &str, path: &str) -> Url {
        let mut url = self.api.clone();
        url.set_path(&format!("{}/{codebase}apis/3.0/{path}", self.api.path().trim_end_matches('/')));
        url
    }
}

fn with_host(url: &Url, host: &str) -> Url {
    let mut url = url.clone();
    // A host that was taken from an address is one.
    let _ = url.set_host(Some(host));
    url
}

/// Returns what of a path comes before the API's own: `…/v4_6_release/apis/3.0` doubled is a well-known trap.
fn prefix(path: &str) -> String {
    let of_api = |part: &str| {
        let codebase =
            part.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        part == "apis" || part == "login" || (codebase && part.contains('_'))
    };
    let own = path.split('/').filter(|part| !part.is_empty()).take_while(|part| !of_api(part));
    own.flat_map(|part| ["/", part]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(base: &str) -> Address {
        Address::new(&base.parse().expect("a URL"))
    }

    #[test]
    fn every_way_to_write_a_site_means_the_same_api() {
        let table = [
            ("https://na.myconnectwise.net", "https://api-na.myconnectwise.net"),
            ("https://api-na.myconnectwise.net/", "https://api-na.myconnectwise.net"),
            ("https://AUS.myconnectwise.net/v2025_1/ConnectWise.aspx", "https://api-aus.myconnectwise.net"),
            ("https://api-eu.myconnectwise.net/v4_6_release/apis/3.0", "https://api-eu.myconnectwise.net"),
            ("https://staging.connectwisedev.com", "https://api-staging.connectwisedev.com"),
            ("https://sandbox-na.myconnectwise.net", "https://sandbox-na.myconnectwise.net"),
            ("https://cw.msp.example/", "https://cw.msp.example"),
            ("https://cw.msp.example:8443/v4_6_release/", "https://cw.msp.example:8443"),
            ("https://api-na.msp.example", "https://api-na.msp.example"),
            ("http://127.0.0.1:8080/connectwise", "http://127.0.0.1:8080/connectwise"),
            ("http://127.0.0.1:8080/connectwise/v4_6_release/apis/3.0/", "http://127.0.0.1:8080/connectwise"),
        ];
        for (base, api) in table {
            let url = address(base).api(CODEBASE, "company/contacts");
            assert_eq!(url.as_str(), format!("{api}/v4_6_release/apis/3.0/company/contacts"), "{base}");
        }
    }

    #[test]
    fn the_codebase_is_asked_of_the_site_where_people_log_in() {
        let table = [
            ("https://api-na.myconnectwise.net", "msp", "https://na.myconnectwise.net/login/companyinfo/msp"),
            (
                "https://cw.msp.example:8443",
                "my msp/?",
                "https://cw.msp.example:8443/login/companyinfo/my%20msp%2F%3F",
            ),
            ("http://localhost:1/connectwise", "msp", "http://localhost:1/connectwise/login/companyinfo/msp"),
        ];
        for (base, company, expected) in table {
            assert_eq!(address(base).company_info(company).as_str(), expected);
        }
    }
}
