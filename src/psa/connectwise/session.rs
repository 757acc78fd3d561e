//! The connection to one ConnectWise PSA: where it lives, who asks, and what an answer must look like.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::address::{Address, CODEBASE};
use super::query::Query;
use super::wire::CompanyInfo;
use super::{Settings, errors};
use crate::error::{Error, Kind, Result};
use crate::http::{Http, Limits, Method, Reply, Request, Service};
use crate::model::{Listing, Udf};
use crate::secret::Secret;

/// A ConnectWise PSA, with its codebase once that is known.
#[derive(Debug)]
pub(super) struct Session {
    service: Service,
    settings: Settings,
    address: Address,
    codebase: Mutex<Codebase>,
    /// Whether a patch was seen to clear the custom fields that it does not name.
    clears_others: AtomicBool,
}

/// The release the company is on, as the first part of every path (`v2025_1/`).
#[derive(Debug, Default)]
struct Codebase {
    name: Option<String>,
    /// Whether it was looked up a second time.
    again: bool,
}

/// One page of a listing.
pub(super) struct Page<T> {
    pub(super) records: Vec<T>,
    /// Whether the answer announces another one.
    pub(super) announced: bool,
    /// How many pages there are, where the answer tells.
    pub(super) pages: Option<usize>,
}

impl Session {
    pub(super) fn new(http: &Http, settings: Settings) -> Self {
        Self {
            service: http.service(limits(&settings)),
            address: Address::new(&settings.base_url),
            settings,
            codebase: Mutex::default(),
            clears_others: AtomicBool::new(false),
        }
    }

    /// Whether a patch was seen to clear the custom fields that it does not name.
    pub(super) fn clears_others(&self) -> bool {
        self.clears_others.load(Ordering::Relaxed)
    }

    /// Notes that it was.
    pub(super) fn note_clears_others(&self) {
        self.clears_others.store(true, Ordering::Relaxed);
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

    /// The names of custom fields that differ from the default.
    pub(super) fn udf_names(&self) -> &BTreeMap<Udf, String> {
        &self.settings.udf_names
    }

    /// How many characters a query for `path` may still take.
    pub(super) fn room(&self, path: &str, query: &Query) -> usize {
        query.room(self.address.api(CODEBASE, path).as_str().len())
    }

    /// One page of `path`.
    ///
    /// Of a `Link` only what it is called and the number of its page count: its address may name another host, or a path
    /// with two slashes (seen live by clients).
    pub(super) fn page<T: DeserializeOwned>(&self, path: &str, query: &Query) -> Result<Page<T>> {
        let reply = self.send(Method::Get, path, Some(query), None)?;
        errors::check(&reply, path)?;
        let link = reply.header("link").unwrap_or_default();
        let announced = linked(link, "next").is_some();
        let pages = linked(link, "last").and_then(page_of);
        Ok(Page { records: decode(&reply, path)?, announced, pages })
    }

    /// Sends a request that writes, whatever comes back. A POST goes out once; it is repeated only where the
    /// service certainly did not take it.
    ///
    /// # Errors
    /// What kept an answer from coming. It counts as sent where the request itself went out: looking for the codebase
    /// writes nothing.
    pub(super) fn write(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Reply> {
        self.codebase().map_err(|error| error.attempts(0))?;
        self.send(method, path, None, body)
    }

    /// Sends to the codebase that is known. A 404 that names no record makes the codebase be looked up again,
    /// once: the vendor moves installations from one to the next (seen by clients). The service did not act
    /// then, so even a POST may be sent again.
    fn send(&self, method: Method, path: &str, query: Option<&Query>, body: Option<&Value>) -> Result<Reply> {
        let send = |codebase: &str| {
            let mut url = self.address.api(codebase, path);
            url.set_query(query.map(Query::text).as_deref());
            let request = Request::new(method, url)
                .header("authorization", self.authorization())
                .header("clientid", self.settings.client_id.clone())
                .header("accept", Secret::new(self.accept()));
            self.service.send(match body {
                Some(body) => request.json(body),
                None => request,
            })
        };
        let codebase = self.codebase()?;
        let reply = send(&codebase)?;
        if reply.status == 404
            && !errors::is_gone(&reply)
            && let Some(moved) =
                self.moved(&codebase).map_err(|error| error.attempts(reply.attempts).refused(true))?
        {
            return send(&moved);
        }
        Ok(reply)
    }

    fn authorization(&self) -> Secret {
        let Settings { company, public_key, private_key, .. } = &self.settings;
        let pair = format!("{company}+{}:{}", public_key.expose(), private_key.expose());
        Secret::new(format!("Basic {}", STANDARD.encode(pair)))
    }

    /// Without a version the service answers with its newest models (vendor documents).
    fn accept(&self) -> String {
        format!("application/vnd.connectwise.com+json; version={}", self.settings.version)
    }

    /// The codebase; looked up at the first call.
    fn codebase(&self) -> Result<String> {
        let mut codebase = self.codebase.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = &codebase.name {
            return Ok(name.clone());
        }
        let name = self.look_up()?;
        codebase.name = Some(name.clone());
        Ok(name)
    }

    /// The codebase now, if it is not `old` any more.
    fn moved(&self, old: &str) -> Result<Option<String>> {
        let mut codebase = self.codebase.lock().unwrap_or_else(PoisonError::into_inner);
        if !codebase.again {
            codebase.again = true;
            codebase.name = Some(self.look_up()?);
        }
        Ok(codebase.name.clone().filter(|name| name != old))
    }

    /// Asks for the codebase; needs no credentials, and gets none.
    fn look_up(&self) -> Result<String> {
        const WHAT: &str = "login/companyinfo";
        let company = &self.settings.company;
        let unknown = || {
            Error::new(Kind::Config, format!("ConnectWise PSA does not know the company id \"{company}\""))
                .hint(
                    "set company in [connectwise] to the company id that people type when they log in, and check that \
                     base-url is the address of your region",
                )
        };
        let reply = self.service.send(Request::get(self.address.company_info(company)))?;
        if reply.status == 404 {
            return Err(unknown().attempts(reply.attempts));
        }
        errors::check(&reply, WHAT)?;
        let info: Option<CompanyInfo> = decode(&reply, WHAT)?;
        let name = info.ok_or_else(|| unknown().attempts(reply.attempts))?.codebase.unwrap_or_default();
        codebase_name(&name).ok_or_else(|| {
            Error::new(Kind::Service, "ConnectWise PSA names a codebase that an address cannot hold")
                .hint("check base-url in [connectwise]: something else may answer there")
                .attempts(reply.attempts)
        })
    }
}

/// The answer to `path` as JSON.
pub(super) fn decode<T: DeserializeOwned>(reply: &Reply, path: &str) -> Result<T> {
    reply.json(&format!("the answer of ConnectWise PSA's {path}"))
}

/// The codebase as the start of a path, with its one slash at the end; the usual one where none is named.
fn codebase_name(told: &str) -> Option<String> {
    let name = told.trim().trim_matches('/');
    if name.is_empty() {
        return Some(CODEBASE.to_owned());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (name.chars().all(plain) && !name.starts_with('.') && !name.contains("..")).then(|| format!("{name}/"))
}

/// The address that a `Link` header calls `name`. The next page is not named on the last one (vendor documents).
fn linked<'l>(link: &'l str, name: &str) -> Option<&'l str> {
    let is_called = |part: &str| {
        let mut parameters = part.split(';').skip(1).map(|parameter| parameter.trim().replace('"', ""));
        parameters.any(|parameter| parameter.eq_ignore_ascii_case(&format!("rel={name}")))
    };
    // Addresses may hold commas and semicolons, but are between pointed brackets.
    link.split('<')
        .filter_map(|part| part.split_once('>'))
        .find(|(_, part)| is_called(part.trim_end_matches(&[',', ' '][..])))
        .map(|(address, _)| address)
}

/// The number of the page that an address asks for.
fn page_of(address: &str) -> Option<usize> {
    let (_, query) = address.split_once('?')?;
    let number = query.split('&').find_map(|pair| pair.strip_prefix("page="))?;
    number.parse().ok()
}

/// What an answer to too many requests has the client wait for (seen live by clients), where it does not say how long.
const WAIT: Duration = Duration::from_secs(30);

/// Up to so many milliseconds are added to that, so that several clients do not come back in the same moment.
const JITTER: u64 = 10_000;

fn throttled_wait(jitter: u64) -> Duration {
    WAIT + Duration::from_millis(jitter)
}

/// What ConnectWise PSA allows.
fn limits(settings: &Settings) -> Limits {
    Limits {
        // Twelve at the same time were throttled, four were not (seen live by clients).
        concurrent: 4,
        // About 1,000 requests a minute "will likely be throttled" (vendor documents); some are left to others.
        window: Some((900, Duration::from_secs(60))),
        // The vendor's guide asks to repeat these.
        retry_statuses: &[500],
        // It asks for 30 seconds (seen live by clients).
        longest_wait: Duration::from_secs(120),
        throttled_wait: Some(throttled_wait(fastrand::u64(..=JITTER))),
        masked: masked(settings),
        ..Limits::new("connectwise")
    }
}

/// The custom field of the support PIN where it has another name, so that its value stays out of traces.
fn masked(settings: &Settings) -> &'static [&'static str] {
    let Some(name) = settings.udf_names.get(&Udf::SupportPin) else { return &[] };
    // Leaked once per run, and a few bytes: the limits of every other service are constants.
    let bare: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    vec![&*bare.leak()].leak()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_requests_are_followed_by_half_a_minute_of_silence_or_a_little_more() {
        assert_eq!(throttled_wait(0), Duration::from_secs(30));
        let limits = limits(&Settings::example("https://msp.example".parse().expect("a URL")));
        let wait = limits.throttled_wait.expect("a wait of its own");
        assert!((30..=40).contains(&wait.as_secs()) && wait < limits.longest_wait, "{wait:?}");
    }

    #[test]
    fn a_codebase_becomes_the_start_of_a_path() {
        for (told, name) in [
            ("v2025_1/", Some("v2025_1/")),
            (" v4_6_release", Some("v4_6_release/")),
            ("", Some("v4_6_release/")),
            ("../elsewhere/", None),
            ("..", None),
            (".", None),
            ("v1/../../x", None),
            ("//elsewhere.example", Some("elsewhere.example/")),
            ("v1/?x=", None),
        ] {
            assert_eq!(codebase_name(told).as_deref(), name, "{told}");
        }
    }

    #[test]
    fn only_a_link_that_is_called_next_announces_more() {
        for (link, more, pages) in [
            (
                "<https://a.example/x?conditions=id%20in%20(1,2)&page=2>; rel=\"next\", <https://a.example/x?page=9&a=b>; rel=\"last\"",
                true,
                Some(9),
            ),
            (
                "<https://a.example/x?page=1>; rel=\"first\",<https://a.example/x?a=1,2;page=2>;rel=next",
                true,
                None,
            ),
            ("<https://a.example/x?rel=next>; rel=\"last\"", false, None),
            ("<https://a.example/x?page=-1>; rel=last", false, None),
            ("", false, None),
        ] {
            assert_eq!(linked(link, "next").is_some(), more, "{link}");
            assert_eq!(linked(link, "last").and_then(page_of), pages, "{link}");
        }
    }
}
