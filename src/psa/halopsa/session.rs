//! The connection to one instance: who asks, what is sent, its limits, and what is remembered for the run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::sign_in::SignIn;
use super::udf::Udfs;
use super::wire::{Client, PAGE, Page, Record, Sort};
use super::{Settings, errors};
use crate::error::Result;
use crate::http::{Http, Limits, Method, Reply, Request, Safety, Service};
use crate::model::{Listing, Udf};
use crate::secret::Secret;

/// Requests at the same time; the vendor says nothing of it.
pub(super) const CONCURRENT: usize = 4;

/// The time in which requests are counted (seen live in the service's own refusal).
const WINDOW: Duration = Duration::from_secs(300);

/// An instance, with what is remembered of it for the run.
#[derive(Debug)]
pub(super) struct Session {
    service: Service,
    settings: Settings,
    base: Url,
    sign_in: SignIn,
    /// The custom fields, once records were seen.
    udfs: Mutex<Option<Arc<Udfs>>>,
    /// The main site of every client that was seen.
    sites: Mutex<BTreeMap<i64, i64>>,
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
        let token = self.sign_in.token(&self.service, &self.settings)?;
        let reply = self.service.send(signed(request, &token))?;
        if reply.status != 401 {
            return Ok(reply);
        }
        self.sign_in.forget(&token);
        let before = reply.attempts;
        let mut reply =
            self.service.send(signed(request, &self.sign_in.token(&self.service, &self.settings)?))?;
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
