//! The connection to one instance: who asks, what is sent, its limits, and what is remembered for the run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::sign_in::SignIn;
use super::udf::Udfs;
use super::wire::{AzureTenant, Client, PAGE, Page, Record, Sort};
use super::{Settings, errors};
use crate::error::{Error, Result};
use crate::http::{Http, Limits, Method, Reply, Request, Safety, Service};
use crate::model::{Listing, Udf};
use crate::secret::Secret;

/// Requests at the same time; the vendor says nothing of it.
pub(super) const CONCURRENT: usize = 4;

/// How many of the five minutes' requests a reading leaves for looking at records and writing them; of a low limit it
/// leaves a fifth.
const RESERVED: usize = 60;

/// How many records are tried where one own record tells enough, and after how many refusals nothing more is asked: one
/// record may be closed to the agent, or broken.
pub(super) const TRIES: usize = 3;

/// What a search before a new contact will ask of a client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Search {
    /// The users whose own records it asks for.
    pub(super) unasked: BTreeSet<i64>,
    /// Whether it rests on answers of an earlier run, so that HaloPSA is asked which users have the id by now.
    pub(super) asks_ids: bool,
}

/// The time in which requests are counted (seen live in the service's own refusal).
const WINDOW: Duration = Duration::from_secs(300);

/// An instance, with what is remembered of it for the run.
pub(super) struct Session {
    service: Service,
    settings: Settings,
    base: Url,
    sign_in: SignIn,
    /// The custom fields, once records were seen.
    udfs: Mutex<Option<Arc<Udfs>>>,
    /// The main site of every client that was seen.
    sites: Mutex<BTreeMap<i64, i64>>,
    /// The clients whose main site is known to be their own.
    own_sites: Mutex<BTreeSet<i64>>,
    /// What a search will ask of every client that was read.
    searches: Mutex<BTreeMap<i64, Search>>,
    /// The tenants that HaloPSA links to clients, once clients were listed.
    links: Mutex<Option<BTreeMap<i64, Vec<AzureTenant>>>>,
    /// When the run began.
    begun: Timestamp,
    /// Whether HaloPSA was seen not to search users by its own id of the 365 user.
    cannot_search_ids: AtomicBool,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl Session {
    pub(super) fn new(http: &Http, settings: Settings) -> Self {
        Self {
            service: http.service(limits(&settings)),
            base: settings.base(),
            settings,
            sign_in: SignIn::default(),
            udfs: Mutex::default(),
            sites: Mutex::default(),
            own_sites: Mutex::default(),
            searches: Mutex::default(),
            links: Mutex::default(),
            begun: Timestamp::now(),
            cannot_search_ids: AtomicBool::new(false),
        }
    }

    /// Returns how long the service may still carry out a request whose answer was lost.
    pub(super) fn in_flight(&self) -> Duration {
        self.service.in_flight()
    }

    /// Returns how many writes the service takes at the same time.
    pub(super) fn at_once(&self) -> usize {
        self.service.at_once()
    }

    /// Returns a listing of `sort`, as long as one may be.
    pub(super) fn listing<T>(&self, sort: Sort) -> Listing<T> {
        let (pages, records) = self.service.longest_listing();
        Listing::within(sort.what, pages, records)
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the name that the custom field for `role` has by the settings, without HaloPSA's own prefix.
    pub(super) fn udf_name(&self, role: Udf) -> &str {
        self.settings.udf_name(role)
    }

    /// Returns when the run began.
    pub(super) fn begun(&self) -> Timestamp {
        self.begun
    }

    /// Returns how many of the five minutes' requests a reading leaves for looking at records and writing them.
    pub(super) fn reserved(&self) -> usize {
        let limit = usize::try_from(self.settings.rate_limit).unwrap_or(usize::MAX);
        RESERVED.min(limit / 5)
    }

    /// Returns how many requests the five minutes have left.
    pub(super) fn room(&self) -> usize {
        self.service.room("")
    }

    /// Returns when the five minutes have so many requests left, or all they ever have.
    pub(super) fn time_of(&self, requests: usize) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(self.service.time_to("", requests)).unwrap_or(now)
    }

    /// Signs in, so that wrong credentials are refused once and not in every thread.
    ///
    /// # Errors
    /// `Kind::Auth` and whatever else keeps the instance from being asked.
    pub(super) fn begin(&self) -> Result<()> {
        self.sign_in.token(&self.service, &self.settings).map(drop)
    }

    /// Returns page `number` of the records that `query` selects.
    pub(super) fn page<T: Record>(&self, query: &[(&str, String)], number: usize) -> Result<Page<T>> {
        let own = [
            ("pageinate", "true".to_owned()),
            ("page_size", PAGE.to_string()),
            ("page_no", number.to_string()),
            // Pages of a listing without an order could overlap.
            ("order", "id".to_owned()),
        ];
        let query: Vec<(&str, String)> = own.into_iter().chain(query.iter().cloned()).collect();
        let what = T::SORT.what;
        let reply = self.get(T::SORT.path, &query)?;
        errors::check(&reply, what)?;
        let answer: Value =
            reply.json(&format!("a page of {what}")).map_err(|error| error.attempts(reply.attempts))?;
        Page::new(answer).map_err(|error| error.attempts(reply.attempts))
    }

    /// Returns the answer to a GET of `path`, refused or not.
    pub(super) fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Reply> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query.iter().map(|(name, value)| (*name, value)));
        }
        self.send(&Request::get(url).endpoint(path.split('/').next().unwrap_or_default()))
    }

    /// Writes one record: the one with the id in `record`, or a new one. An answer is a refusal only if it is an error
    /// of this function.
    pub(super) fn write(&self, sort: Sort, id: Option<i64>, record: &Value) -> Result<Reply> {
        let (safety, what) = match id {
            None => (Safety::Once, format!("a new {}", sort.one)),
            // Writes the same values again when repeated.
            Some(id) => (Safety::Repeatable, format!("{} {id}", sort.one)),
        };
        // A body is a list whatever it holds.
        let request = Request::new(Method::Post, self.url(sort.path)).safety(safety).json(&[record]);
        let reply = self.send(&request.endpoint(sort.path))?;
        errors::check(&reply, &what)?;
        Ok(reply)
    }

    /// Sends a request. A token that is not accepted is renewed once, and the request sent again: it was refused, so
    /// nothing happened.
    fn send(&self, request: &Request) -> Result<Reply> {
        let token = || self.sign_in.token(&self.service, &self.settings).map_err(Error::unsent);
        let signed_in = token()?;
        let reply = self.service.send(signed(request, &signed_in))?;
        if reply.status != 401 {
            return Ok(reply);
        }
        self.sign_in.forget(&signed_in);
        let before = reply.attempts;
        let mut reply = self.service.send(signed(request, &token()?))?;
        reply.attempts += before;
        Ok(reply)
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/api/{path}", self.base.path().trim_end_matches('/')));
        url
    }

    /// Returns the custom fields that were seen; none where no record was.
    pub(super) fn udfs(&self) -> Option<Arc<Udfs>> {
        self.udfs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes the custom fields that were seen.
    pub(super) fn learn(&self, udfs: Udfs) -> Arc<Udfs> {
        let udfs = Arc::new(udfs);
        *self.udfs.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&udfs));
        udfs
    }

    /// Returns the main site of a client that was seen.
    pub(super) fn site(&self, client: i64) -> Option<i64> {
        self.sites.lock().unwrap_or_else(PoisonError::into_inner).get(&client).copied()
    }

    /// Notes the main site of a client.
    pub(super) fn learn_site(&self, client: &Client) {
        if let Some(site) = client.main_site.filter(|site| *site > 0) {
            self.sites.lock().unwrap_or_else(PoisonError::into_inner).insert(client.id, site);
        }
    }

    /// Forgets the main site of a client, and that it was the client's own.
    pub(super) fn forget_site(&self, client: i64) {
        self.own_sites().remove(&client);
        self.sites.lock().unwrap_or_else(PoisonError::into_inner).remove(&client);
    }

    /// Reports whether the main site of a client is known to be its own.
    pub(super) fn owns_site(&self, client: i64) -> bool {
        self.own_sites().contains(&client)
    }

    /// Returns the clients whose main site is known to be their own, for one that asks for another: users are made side
    /// by side, and each site is asked for once.
    pub(super) fn own_sites(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.own_sites.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what a search will ask of a client that was read.
    pub(super) fn search(&self, client: i64) -> Search {
        let searches = self.searches.lock().unwrap_or_else(PoisonError::into_inner);
        searches.get(&client).cloned().unwrap_or_default()
    }

    /// Notes what a search will ask of a client.
    pub(super) fn learn_search(&self, client: i64, search: Search) {
        self.searches.lock().unwrap_or_else(PoisonError::into_inner).insert(client, search);
    }

    /// Returns the tenants that a listing links to a client; nothing where clients were not listed yet.
    pub(super) fn links(&self, client: i64) -> Option<Vec<AzureTenant>> {
        let links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.as_ref().map(|links| links.get(&client).cloned().unwrap_or_default())
    }

    /// Notes the tenants that a listing of all clients links to them.
    pub(super) fn learn_links(&self, clients: &[Client]) {
        let linked = |client: &Client| Some((client.id, client.tenants.clone()?));
        let links = clients.iter().filter_map(linked).collect();
        *self.links.lock().unwrap_or_else(PoisonError::into_inner) = Some(links);
    }

    /// Reports whether HaloPSA may search users by its own id of the 365 user.
    pub(super) fn searches_ids(&self) -> bool {
        !self.cannot_search_ids.load(Ordering::Relaxed)
    }

    /// Notes that it does not.
    pub(super) fn cannot_search_ids(&self) {
        self.cannot_search_ids.store(true, Ordering::Relaxed);
    }
}

fn signed(request: &Request, token: &Secret) -> Request {
    let bearer = Secret::new(format!("Bearer {}", token.expose()));
    request.clone().header("authorization", bearer).header("accept", Secret::new("application/json"))
}

/// Returns what HaloPSA allows: so many requests in any five minutes, whichever programs send them.
fn limits(settings: &Settings) -> Limits {
    Limits {
        concurrent: CONCURRENT,
        window: Some((settings.rate_limit, WINDOW)),
        retry_texts: &["rate limit reached"],
        // No answer says how long. Five waits of 5 s were seen to be too few, and after a minute some of the five
        // minutes' requests do not count any more.
        throttled_wait: Some(Duration::from_secs(60)),
        longest_wait: WINDOW + Duration::from_secs(60),
        masked: masked(settings),
        ..Limits::new("halopsa")
    }
}

/// Returns the names whose values stay out of traces, without separators: what people see of a custom field is
/// beside its value, and the field of the support PIN may have any name.
fn masked(settings: &Settings) -> &'static [&'static str] {
    const USUAL: &[&str] = &["authorization", "display", "supportpin"];
    let Some(name) = settings.udf_names.get(&Udf::SupportPin) else { return USUAL };
    // Leaked once per run, and a few bytes: the limits of every other service are constants.
    let bare: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let (cf, cfcf) = (format!("cf{bare}"), format!("cfcf{bare}"));
    let mut names = USUAL.to_vec();
    names.extend([bare, cf, cfcf].map(|name| &*name.leak()));
    names.leak()
}

#[cfg(test)]
impl Session {
    /// Makes the token one that is not used any more.
    pub(super) fn let_token_run_out(&self) {
        self.sign_in.run_out();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_support_pin_is_masked_under_every_name_it_may_have() {
        let mut settings = Settings::example(Url::parse("https://msp.halopsa.com").expect("an address"));
        assert!(masked(&settings).contains(&"supportpin"));
        settings.udf_names.insert(Udf::SupportPin, "Phone Code".to_owned());
        for name in ["phonecode", "cfphonecode", "cfcfphonecode", "display"] {
            assert!(masked(&settings).contains(&name), "{name}");
        }
    }
}
