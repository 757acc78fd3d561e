//! The connection to one database: where it lives, who asks, and what an answer must look like.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::wire::{Access, Beside, Count, EntityInformation, FieldInfo, FieldList, Query, Threshold, Zone};
use super::{Settings, errors, udf};
use crate::error::{Error, Kind, Result};
use crate::http::{Http, Limits, Method, Reply, Request, Safety, Service};
use crate::model::{Listing, Udf};
use crate::psa::refusals::explains;
use crate::secret::{Secret, is_this_machine};

/// The version that is asked for. The service lists a V2.0 too, whose routes do not answer (seen live by
/// clients), so versions are not negotiated.
const VERSION: &str = "V1.0";

/// The domain of all zones (vendor documents).
const DOMAIN: &str = "autotask.net";

/// How many requests one entity gets at the same time: three threads are allowed (vendor documents), and a request beyond
/// them is repeated.
pub(super) const AT_ONCE: usize = 3;

/// A database, with its address once that is known.
#[derive(Debug)]
pub(super) struct Session {
    service: Service,
    settings: Settings,
    address: Mutex<Address>,
    begun: Mutex<bool>,
    /// The answer that refused the credentials, once there was one.
    refused: Mutex<Option<Reply>>,
    /// The descriptions of fields, in the order of [`Info`], each asked for once.
    infos: [Mutex<Option<Arc<Vec<FieldInfo>>>>; 5],
}

/// The descriptions of fields that Autotask gives.
#[derive(Debug, Clone, Copy)]
pub(super) enum Info {
    ContactFields,
    ContactUdfs,
    CompanyFields,
    CompanyUdfs,
    DefinitionFields,
}

impl Info {
    fn path(self) -> (&'static str, &'static str) {
        match self {
            Self::ContactFields => ("Contacts", "fields"),
            Self::ContactUdfs => ("Contacts", "userDefinedFields"),
            Self::CompanyFields => ("Companies", "fields"),
            Self::CompanyUdfs => ("Companies", "userDefinedFields"),
            Self::DefinitionFields => ("UserDefinedFieldDefinitions", "fields"),
        }
    }
}

/// What is asked of an address.
#[derive(Clone, Copy)]
enum Ask<'a> {
    Get,
    Query(&'a Query<'a>),
    /// A write: POST makes a record and must not happen twice, PATCH writes the same again when repeated.
    Write(Method, &'a Value),
}

/// Holds the address of the database, or the parts of it that are known.
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
        Self {
            service: http.service(limits(&settings)),
            settings,
            address: Mutex::new(address),
            begun: Mutex::default(),
            refused: Mutex::default(),
            infos: Default::default(),
        }
    }

    /// How long the service may still carry out a request whose answer was lost.
    pub(super) fn in_flight(&self) -> Duration {
        self.service.in_flight()
    }

    /// How many writes the service takes at the same time.
    pub(super) fn at_once(&self) -> usize {
        self.service.at_once()
    }

    /// A listing of `what`, as long as one may be.
    pub(super) fn listing<T>(&self, what: &'static str) -> Listing<T> {
        let (pages, records) = self.service.longest_listing();
        Listing::within(what, pages, records)
    }

    /// The names of user-defined fields that differ from the default.
    pub(super) fn udf_names(&self) -> &BTreeMap<Udf, String> {
        &self.settings.udf_names
    }

    /// The name of a role's field: the configured one, else the usual one.
    pub(super) fn udf_name(&self, role: Udf) -> &str {
        role.name_in(self.udf_names())
    }

    /// The user-defined fields of contacts that crsync has a use for.
    pub(super) fn contact_udfs(&self) -> Result<Vec<udf::Defined>> {
        Ok(udf::defined(self.udf_names(), false, &self.info(Info::ContactUdfs)?))
    }

    /// The same, if they were asked for before.
    pub(super) fn known_contact_udfs(&self) -> Option<Vec<udf::Defined>> {
        let known = self.infos[Info::ContactUdfs as usize].lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|fields| udf::defined(self.udf_names(), false, fields))
    }

    /// The same of companies.
    pub(super) fn company_udfs(&self) -> Result<Vec<udf::Defined>> {
        Ok(udf::defined(self.udf_names(), true, &self.info(Info::CompanyUdfs)?))
    }

    /// Learns how much of the hour's requests is used, to be paced by it; only the first time it is called.
    ///
    /// This goes first and alone: credentials that are wrong are then refused once, where several requests at
    /// the same time would lock the API user.
    ///
    /// # Errors
    /// `Kind::Auth` and whatever else keeps the database from being asked.
    pub(super) fn begin(&self) -> Result<()> {
        const WHAT: &str = "ThresholdInformation";
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if *begun {
            return Ok(());
        }
        let threshold: Threshold = self.read(WHAT, WHAT, Ask::Get).map_err(|error| {
            if error.kind() != Kind::Service || error.can_retry() || explains(&error) {
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
        *begun = true;
        Ok(())
    }

    /// The descriptions of an entity's fields, its own or the user-defined ones; asked for once.
    pub(super) fn info(&self, info: Info) -> Result<Arc<Vec<FieldInfo>>> {
        let mut known = self.infos[info as usize].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*known {
            return Ok(Arc::clone(known));
        }
        let (entity, which) = info.path();
        let list: FieldList = self.read(entity, &format!("{entity}/entityInformation/{which}"), Ask::Get)?;
        let fields = Arc::new(list.fields);
        *known = Some(Arc::clone(&fields));
        Ok(fields)
    }

    /// Returns what the API user may do with an entity.
    pub(super) fn access(&self, entity: &str) -> Result<Access> {
        let told: EntityInformation = self.read(entity, &format!("{entity}/entityInformation"), Ask::Get)?;
        Ok(told.info)
    }

    /// Forgets a description, so that it is asked for anew.
    pub(super) fn forget(&self, info: Info) {
        *self.infos[info as usize].lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// One page of `entity`, each record given to `take` as it is read; returns what the page says beside them.
    pub(super) fn query<T: DeserializeOwned>(
        &self,
        entity: &str,
        query: &Query<'_>,
        take: impl FnMut(T),
    ) -> Result<Beside> {
        let path = format!("{entity}/query");
        let reply = self.exchange(entity, &path, Ask::Query(query))?;
        errors::check(&reply, &path)
            .and_then(|()| reply.rows(&what(&path), "items", take))
            .map_err(|error| error.attempts(reply.attempts))
    }

    /// How many records of `entity` a query would give.
    pub(super) fn count(&self, entity: &str, query: &Query<'_>) -> Result<usize> {
        let count: Count = self.read(entity, &format!("{entity}/query/count"), Ask::Query(query))?;
        Ok(count.query_count)
    }

    /// Writes `body` to `path` and gives the answer, whatever it says.
    pub(super) fn write(&self, method: Method, path: &str, body: &Value) -> Result<Reply> {
        let endpoint = path.rsplit('/').next().unwrap_or_default();
        self.exchange(endpoint, path, Ask::Write(method, body))
    }

    /// Asks for `path`, reading only.
    fn read<T: DeserializeOwned>(&self, endpoint: &str, path: &str, ask: Ask<'_>) -> Result<T> {
        let reply = self.exchange(endpoint, path, ask)?;
        errors::check(&reply, path)
            .and_then(|()| reply.json(&what(path)))
            .map_err(|error| error.attempts(reply.attempts))
    }

    /// Sends what is asked to where the database lives. Once it refused the credentials nothing is sent any more:
    /// the same answer stands for all, because asking on with a wrong secret locks the API user.
    fn exchange(&self, endpoint: &str, path: &str, ask: Ask<'_>) -> Result<Reply> {
        let refused = || self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut reply) = refused().clone() {
            reply.attempts = 0;
            return Ok(reply);
        }
        let reply = self.send_on(endpoint, path, ask)?;
        if reply.status == 401 {
            *refused() = Some(reply.clone());
        }
        Ok(reply)
    }

    /// Sends it to the address that is known, and once more to where the database moved. An answer of 401 says
    /// that nothing was done, so a write may be sent again too.
    fn send_on(&self, endpoint: &str, path: &str, ask: Ask<'_>) -> Result<Reply> {
        let address = self.address().map_err(Error::unsent)?;
        let reply = self.send(&address, endpoint, path, ask)?;
        if reply.status != 401 {
            return Ok(reply);
        }
        let Some(moved) = self.moved(&address).map_err(Error::unsent)? else { return Ok(reply) };
        let mut again = self.send(&moved, endpoint, path, ask)?;
        again.attempts += reply.attempts;
        Ok(again)
    }

    fn send(&self, address: &Url, endpoint: &str, path: &str, ask: Ask<'_>) -> Result<Reply> {
        let url = below(address, &format!("{VERSION}/{path}"));
        let request = match ask {
            // Every call is documented to carry it, whether or not it has a body.
            Ask::Get => Request::get(url).header("content-type", Secret::new("application/json")),
            Ask::Query(query) => Request::new(Method::Post, url).safety(Safety::Read).json(query),
            Ask::Write(method, body) => Request::new(method, url).json(body),
        };
        self.service.send(
            request
                .endpoint(endpoint)
                .header("apiintegrationcode", self.settings.integration_code.clone())
                .header("username", Secret::new(&self.settings.user))
                .header("secret", self.settings.secret.clone()),
        )
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
        errors::check(&reply, WHAT)?;
        let zone: Zone = reply.json("the answer of Autotask's zoneInformation")?;
        let refused = |what: &str| {
            Error::new(Kind::Service, format!("Autotask names {what} as the address of the zone"))
                .hint(
                    "no credentials were sent there; set base-url in [autotask] to the address of your zone",
                )
                .attempts(reply.attempts)
        };
        let url = Url::parse(&zone.url).map_err(|_| refused("something that is no address"))?;
        let host = url.host_str().unwrap_or_default();
        // Only the host is shown: whatever else is in the address may be anything.
        if !is_zone(&url, &self.settings.zone_url) {
            return Err(refused(&format!("a host that is not the vendor's ({host})")));
        }
        Ok(url)
    }
}

/// The name of an answer in messages.
fn what(path: &str) -> String {
    format!("the answer of Autotask's {path}")
}

/// Whether credentials may go to `url` because the lookup at `asked` named it: a host of the vendor's, or the one that
/// was asked, as the configuration names it. This machine is one host, whichever of its names is written.
fn is_zone(url: &Url, asked: &Url) -> bool {
    let is_asked = url.origin() == asked.origin()
        || (is_this_machine(url)
            && is_this_machine(asked)
            && url.scheme() == asked.scheme()
            && url.port_or_known_default() == asked.port_or_known_default());
    let host = url.host_str().unwrap_or_default();
    let is_vendors = host == DOMAIN || host.strip_suffix(DOMAIN).is_some_and(|rest| rest.ends_with('.'));
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    is_plain && (is_asked || (is_vendors && url.scheme() == "https" && url.port().is_none()))
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
        concurrent_per_endpoint: AT_ONCE,
        concurrent: 6,
        window: Some((10_000, Duration::from_secs(3600))),
        window_per_endpoint: false,
        retry_statuses: &[],
        // Comes with any status (seen live by clients).
        retry_texts: &["thread threshold", "itgenatr005"],
        // Requests run for up to five minutes at the service (vendor documents).
        at_work: Duration::from_secs(300),
        // Seen live by clients.
        longest_wait: Duration::from_secs(300),
        masked: masked(settings),
        ..Limits::new("autotask")
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
    fn credentials_go_to_zones_of_the_vendor_and_to_the_host_that_is_configured() {
        let asked = url("https://webservices2.autotask.net");
        for zone in ["https://webservices3.autotask.net/atservicesrest/", "https://prde.autotask.net/x"] {
            assert!(is_zone(&url(zone), &asked), "{zone}");
        }
        for zone in [
            "http://webservices3.autotask.net/",
            "https://webservices3.autotask.net:8443/",
            "https://webservices3.autotask.net.elsewhere.example/",
            "https://evilautotask.net/",
            "https://api@webservices3.autotask.net/",
            "https://webservices3.autotask.net@elsewhere.example/",
            "http://127.0.0.1:9/",
            "ftp://webservices3.autotask.net/",
        ] {
            assert!(!is_zone(&url(zone), &asked), "{zone}");
        }
        let sandbox = url("http://127.0.0.1:9/autotask");
        assert!(is_zone(&url("http://127.0.0.1:9/autotask/atservicesrest/"), &sandbox));
        assert!(!is_zone(&url("http://127.0.0.1:10/autotask/atservicesrest/"), &sandbox));
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
