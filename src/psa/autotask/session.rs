//! The connection to one database: where it lives, who asks, and what an answer must look like.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use url::Url;

use super::wire::{FieldInfo, FieldList, Page, Query, Threshold, Zone};
use super::{Settings, errors};
use crate::error::{Error, Kind, Result};
use crate::http::{Http, Limits, Method, Reply, Request, Safety, Service};
use crate::model::Udf;
use crate::secret::Secret;

/// The version that is asked for. The service lists a V2.0 too, whose routes do not answer (seen live by
/// clients), so versions are not negotiated.
const VERSION: &str = "V1.0";

/// A database, with its address once that is known.
#[derive(Debug)]
pub(super) struct Session {
    service: Service,
    settings: Settings,
    address: Mutex<Address>,
}

/// Where the database lives, as far as is known.
#[derive(Debug, Default)]
struct Address {
    /// The address up to and with `atservicesrest`.
    url: Option<Url>,
    /// Whether it was looked up a second time.
    again: bool,
}

impl Session {
    pub(super) fn new(http: &Http, settings: Settings) -> Self {
        let address = Address { url: settings.base_url.clone(), again: false };
        Self { service: http.service(limits(&settings)), settings, address: Mutex::new(address) }
    }

    /// The names of user-defined fields that differ from the default.
    pub(super) fn udf_names(&self) -> &BTreeMap<Udf, String> {
        &self.settings.udf_names
    }

    /// Learns how much of the hour's requests is used, to be paced by it.
    ///
    /// This goes first and alone: credentials that are wrong are then refused once, where several requests at
    /// the same time would lock the API user.
    ///
    /// # Errors
    /// `Kind::Auth` and whatever else keeps the database from being asked.
    pub(super) fn begin(&self) -> Result<()> {
        let threshold: Threshold = self.call("ThresholdInformation", "ThresholdInformation", None).map_err(|error| {
            if error.kind() != Kind::Service || error.can_retry() || error.next_step().is_some() {
                return error;
            }
            error.hint(
                "Autotask also answers like this to an unknown API user or tracking identifier: check user and \
                 integration-code of [autotask]",
            )
        })?;
        if let Some(used) =
            threshold.current_timeframe_request_count.and_then(|used| u32::try_from(used).ok())
        {
            self.service.server_count(used);
        }
        Ok(())
    }

    /// The fields of `entity`: its own (`fields`) or the user-defined ones (`userDefinedFields`).
    pub(super) fn fields(&self, entity: &str, which: &str) -> Result<Vec<FieldInfo>> {
        let list: FieldList = self.call(entity, &format!("{entity}/entityInformation/{which}"), None)?;
        Ok(list.fields)
    }

    /// One page of `entity`.
    pub(super) fn query<T: DeserializeOwned>(&self, entity: &str, query: &Query<'_>) -> Result<Page<T>> {
        self.call(entity, &format!("{entity}/query"), Some(query))
    }

    /// Asks for `path`, reading only: with the query posted if there is one.
    fn call<T: DeserializeOwned>(&self, endpoint: &str, path: &str, query: Option<&Query<'_>>) -> Result<T> {
        let send = |address: &Url| -> Result<Reply> {
            let url = below(address, &format!("{VERSION}/{path}"));
            let method = if query.is_some() { Method::Post } else { Method::Get };
            let request = Request::new(method, url)
                .safety(Safety::Read)
                .endpoint(endpoint)
                .header("apiintegrationcode", self.settings.integration_code.clone())
                .header("username", Secret::new(&self.settings.user))
                .header("secret", self.settings.secret.clone());
            self.service.send(match query {
                Some(query) => request.json(query),
                // Every call is documented to carry it, whether or not it has a body.
                None => request.header("content-type", Secret::new("application/json")),
            })
        };
        let address = self.address()?;
        let mut reply = send(&address)?;
        if reply.status == 401
            && let Some(moved) = self.moved(&address)?
        {
            reply = send(&moved)?;
        }
        errors::check(reply.status, &reply.body, path)?;
        reply.json(&format!("the answer of Autotask's {path}"))
    }

    /// Where the database lives; looked up at the first call.
    fn address(&self) -> Result<Url> {
        let mut address = self.address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(url) = &address.url {
            return Ok(url.clone());
        }
        let url = self.look_up()?;
        address.url = Some(url.clone());
        Ok(url)
    }

    /// Where the database lives now, if it is not at `old` any more: databases do move. Looked up once, because
    /// going on after wrong credentials locks the API user.
    fn moved(&self, old: &Url) -> Result<Option<Url>> {
        if self.settings.base_url.is_some() {
            return Ok(None);
        }
        let mut address = self.address.lock().unwrap_or_else(PoisonError::into_inner);
        if !address.again {
            address.again = true;
            address.url = Some(self.look_up()?);
        }
        Ok(address.url.clone().filter(|url| url != old))
    }

    /// Asks the vendor where the API user's database lives; needs no credentials.
    fn look_up(&self) -> Result<Url> {
        const WHAT: &str = "zoneInformation";
        let mut url = below(&self.settings.zone_url, &format!("atservicesrest/{VERSION}/{WHAT}"));
        url.query_pairs_mut().append_pair("user", &self.settings.user);
        let reply = self.service.send(Request::new(Method::Get, url).endpoint(WHAT))?;
        errors::check(reply.status, &reply.body, WHAT)?;
        let zone: Zone = reply.json("the answer of Autotask's zoneInformation")?;
        Url::parse(&zone.url).map_err(|error| {
            Error::new(Kind::Service, format!("Autotask names \"{}\" as the address of the zone", zone.url))
                .hint("set base-url in [autotask] to the address of your zone")
                .source(error)
        })
    }
}

/// `path` below `base`, whether or not that ends in a slash.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// What Autotask allows, by its documents except where noted.
fn limits(settings: &Settings) -> Limits {
    Limits {
        service: "autotask",
        // Three threads are allowed on one entity; one is left to whoever shares the tracking identifier.
        concurrent_per_endpoint: 2,
        concurrent: 6,
        window: Some((10_000, Duration::from_secs(3600))),
        window_per_endpoint: false,
        retry_statuses: &[],
        // Comes with any status (seen live by clients).
        retry_texts: &["thread threshold", "itgenatr005"],
        // Seen live by clients.
        longest_wait: Duration::from_secs(300),
        masked: masked(settings),
    }
}

/// The names whose values stay out of traces, without separators: headers, and the field of the support PIN
/// whatever it is called.
fn masked(settings: &Settings) -> &'static [&'static str] {
    const USUAL: &[&str] = &["apiintegrationcode", "username", "secret", "supportpin"];
    let Some(name) = settings.udf_names.get(&Udf::SupportPin) else { return USUAL };
    // Leaked once per run, and a few bytes: the limits of every other service are constants.
    let bare: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let mut names = USUAL.to_vec();
    names.push(bare.leak());
    names.leak()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn paths_are_joined_with_one_slash() {
        for zone in [
            "https://webservices3.autotask.example/atservicesrest/",
            "https://webservices3.autotask.example/atservicesrest",
        ] {
            assert_eq!(
                below(&url(zone), "V1.0/Contacts/query").as_str(),
                "https://webservices3.autotask.example/atservicesrest/V1.0/Contacts/query"
            );
        }
        assert_eq!(
            below(&url("http://127.0.0.1:9/autotask"), "a/b").as_str(),
            "http://127.0.0.1:9/autotask/a/b"
        );
        assert_eq!(below(&url("https://a.example"), "b").as_str(), "https://a.example/b");
    }

    #[test]
    fn a_renamed_support_pin_is_masked_too() {
        let settings = Settings {
            user: "api@msp.example".to_owned(),
            integration_code: Secret::new("code"),
            secret: Secret::new("secret"),
            base_url: None,
            zone_url: url("https://webservices2.autotask.net"),
            udf_names: BTreeMap::from([(Udf::SupportPin, "Phone Code".to_owned())]),
        };
        assert!(masked(&settings).contains(&"phonecode"));
        assert!(masked(&settings).contains(&"supportpin"));
    }
}
