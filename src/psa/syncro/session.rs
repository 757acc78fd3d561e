//! The connection to one account: its address, its token, its limits, and what an answer must look like.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::wire::{CONTACTS, List, Me, Page, Record};
use super::{Settings, errors, udf};
use crate::error::{Error, Kind, Result};
use crate::http::{Http, Limits, Method, Reply, Request, Service};
use crate::model::{Listing, Udf};
use crate::secret::Secret;

/// Where the interface lives below the account's address.
const VERSION: &str = "/api/v1";

/// An account.
#[derive(Debug)]
pub(super) struct Session {
    service: Service,
    settings: Settings,
    base: Url,
    /// How the account spells its contacts' custom fields, once contacts were seen.
    spellings: Mutex<Option<BTreeMap<Udf, String>>>,
    /// The most contacts that were seen on a page.
    on_a_page: AtomicUsize,
}

impl Session {
    pub(super) fn new(http: &Http, settings: Settings) -> Self {
        let base = base(&settings.base_url);
        let (service, spellings, on_a_page) =
            (http.service(limits(&settings)), Mutex::default(), AtomicUsize::new(0));
        Self { service, settings, base, spellings, on_a_page }
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

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Page `number` of `list`, of the records that `query` selects.
    pub(super) fn page(&self, list: List, query: &[(&str, String)], number: usize) -> Result<Page> {
        let mut url = self.url(list.name);
        let own = [("page", number.to_string())];
        url.query_pairs_mut().extend_pairs(query.iter().chain(&own).map(|(name, value)| (*name, value)));
        let reply = self.send(list, Request::get(url))?;
        errors::check(&reply, list.what)?;
        let value = reply.json(&format!("a page of {}", list.what))?;
        let page = Page::new(list, value).map_err(|error| error.attempts(reply.attempts))?;
        if list == CONTACTS {
            self.on_a_page.fetch_max(page.records.len(), Ordering::Relaxed);
        }
        Ok(page)
    }

    /// The most contacts that were seen on a page; nothing before one was read.
    pub(super) fn contacts_on_a_page(&self) -> Option<usize> {
        Some(self.on_a_page.load(Ordering::Relaxed)).filter(|on_a_page| *on_a_page > 0)
    }

    /// Returns what the token may do.
    pub(super) fn me(&self) -> Result<Me> {
        const ME: List = List { name: "me", wrapper: None, what: "the token's permissions", one: "token" };
        let reply = self.send(ME, Request::get(self.url(ME.name)))?;
        errors::check(&reply, ME.what)?;
        reply.json(ME.what)
    }

    /// The record with this id as it is now; `None` if there is none.
    pub(super) fn one(&self, list: List, id: i64) -> Result<Option<Record>> {
        let reply = self.send(list, Request::get(self.url(&format!("{}/{id}", list.name))))?;
        if reply.status == 404 && !reply.is_html() {
            return Ok(None);
        }
        let what = format!("{} {id}", list.one);
        errors::check(&reply, &what)?;
        let record = Record::unwrapped(list, reply.json(&what)?);
        match record.filter(|record| record.id() == id) {
            Some(record) => Ok(Some(record)),
            None => Err(Error::new(Kind::Service, format!("Syncro answered with another record for {what}"))
                .attempts(reply.attempts)),
        }
    }

    /// Writes `body` to the record with this `id`, or makes a new one of it. An answer is a refusal only if it is
    /// an error of this function.
    pub(super) fn write(&self, list: List, id: Option<i64>, body: &Value) -> Result<Reply> {
        let (method, path, what) = match id {
            None => (Method::Post, list.name.to_owned(), format!("a new {}", list.one)),
            // Writes the same values again when repeated.
            Some(id) => (Method::Put, format!("{}/{id}", list.name), format!("{} {id}", list.one)),
        };
        let reply = self.send(list, Request::new(method, self.url(&path)).json(body))?;
        errors::check(&reply, &what)?;
        Ok(reply)
    }

    /// How the account spells the custom field for `role` on contacts: as on the contacts that were seen, else as
    /// the settings do. Contacts are looked at once, if none were seen yet.
    pub(super) fn spelling(&self, role: Udf) -> Result<String> {
        // Kept meanwhile: contacts that are written side by side need the same.
        let mut known = self.spellings();
        let known = match &mut *known {
            Some(known) => known,
            none => {
                let seen = self.page(CONTACTS, &[], 1).map_err(Error::unsent)?;
                none.insert(udf::spellings(&self.settings, false, &udf::keys(&seen.records)))
            }
        };
        Ok(known.get(&role).cloned().unwrap_or_else(|| self.settings.udf_name(role).to_owned()))
    }

    /// Notes how the custom fields among the `seen` properties of contacts are spelled.
    pub(super) fn learn(&self, seen: &BTreeSet<String>) {
        *self.spellings() = Some(udf::spellings(&self.settings, false, seen));
    }

    fn spellings(&self) -> MutexGuard<'_, Option<BTreeMap<Udf, String>>> {
        self.spellings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send(&self, list: List, request: Request) -> Result<Reply> {
        let token = Secret::new(format!("Bearer {}", self.settings.token.expose()));
        let accept = Secret::new("application/json");
        self.service.send(request.endpoint(list.name).header("authorization", token).header("accept", accept))
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path()));
        url
    }
}

/// The account's address with `/api/v1` at its end, whether or not it was written.
fn base(url: &Url) -> Url {
    let mut base = url.clone();
    let path = url.path().trim_end_matches('/');
    let account = path.strip_suffix(VERSION).unwrap_or(path);
    base.set_path(&format!("{account}{VERSION}"));
    base
}

/// What Syncro allows: 180 requests a minute from one address, all programs together (vendor documents). Ours
/// are fewer, since they do not arrive as evenly as they leave. Nothing is said of requests at the same time.
fn limits(settings: &Settings) -> Limits {
    Limits {
        concurrent: 4,
        window: Some((170, Duration::from_secs(60))),
        // No answer says how long (seen live by clients), and the minute that is used up must pass.
        throttled_wait: Some(Duration::from_secs(65)),
        // Seen live by clients.
        empty_read_passes: true,
        longest_wait: Duration::from_secs(180),
        masked: masked(settings),
        ..Limits::new("syncro")
    }
}

/// The names whose values stay out of traces, without separators: the field of the support PIN whatever it is
/// called.
fn masked(settings: &Settings) -> &'static [&'static str] {
    const USUAL: &[&str] = &["authorization", "supportpin"];
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

    #[test]
    fn the_address_may_be_written_with_and_without_the_version() {
        for (written, meant) in [
            ("https://msp.syncromsp.com", "https://msp.syncromsp.com/api/v1"),
            ("https://msp.syncromsp.com/", "https://msp.syncromsp.com/api/v1"),
            ("https://msp.syncromsp.com/api/v1", "https://msp.syncromsp.com/api/v1"),
            ("https://name.shield.syncromsp.com/api/v1/", "https://name.shield.syncromsp.com/api/v1"),
            ("http://127.0.0.1:9/syncro", "http://127.0.0.1:9/syncro/api/v1"),
        ] {
            assert_eq!(base(&Url::parse(written).expect("an address")).as_str(), meant);
        }
    }

    #[test]
    fn a_renamed_support_pin_is_masked_too() {
        let settings = Settings {
            base_url: Url::parse("https://msp.syncromsp.com").expect("an address"),
            token: Secret::new("token"),
            company_udf: false,
            udf_names: BTreeMap::from([(Udf::SupportPin, "Phone Code".to_owned())]),
        };
        assert!(masked(&settings).contains(&"phonecode"));
        assert!(masked(&settings).contains(&"supportpin"));
    }
}
