//! The connection to one tenant: who asks, what is sent, what an answer must look like, and what is remembered
//! for the run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::connection::Connection;
use super::sign_in::SignIn;
use super::types::Types;
use super::udf::Modules;
use super::{Settings, errors, wire};
use crate::error::{Error, Kind, Result};
use crate::http::{Http, Limits, Method, Reply, Request, Safety};
use crate::model::{Listing, RecordKind, Udf};
use crate::secret::Secret;

/// How many requests go out at the same time. No limit is documented, and clients send one after the other.
pub(super) const CONCURRENT: usize = 4;

/// What Kaseya BMS allows: 1,500 calls an hour on each endpoint (vendor documents). What counts as an endpoint is
/// not said; here it is a path without ids, whatever the method, which counts rather too much than too little.
const LIMITS: Limits = Limits {
    concurrent: CONCURRENT,
    window: Some((1_500, Duration::from_secs(3600))),
    window_per_endpoint: true,
    retry_texts: &["too many requests", "rate limit", "quota"],
    // No answer says how long, and a minute is the least that clients wait.
    throttled_wait: Some(Duration::from_secs(60)),
    longest_wait: Duration::from_secs(900),
    // A custom field's value is sent without the field's name, and any of them may be the one with the PINs.
    masked: &["data", "value"],
    ..Limits::new("kaseya-bms")
};

/// One call below `/v2`.
pub(super) struct Call {
    method: Method,
    /// The path without ids, which is what calls are counted by.
    template: &'static str,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    safety: Option<Safety>,
}

/// What came back.
pub(super) struct Answer {
    /// The record or records, keys in lower case.
    pub(super) result: Value,
    /// How many records there are in all, where the answer says so.
    pub(super) total: Option<i64>,
    /// How often the request was sent.
    pub(super) attempts: u32,
    /// Whether anything was answered at all.
    empty: bool,
}

impl Answer {
    /// Returns the record or records, of a call that has to be answered: a body without anything says neither that
    /// there is something nor that there is nothing.
    ///
    /// # Errors
    /// [`Kind::Service`] where nothing was answered.
    pub(super) fn told(self, call: &Call) -> Result<Value> {
        if self.empty {
            let message = format!("Kaseya BMS answered {} with nothing", call.what());
            return Err(Error::new(Kind::Service, message).attempts(self.attempts));
        }
        Ok(self.result)
    }
}

/// A tenant, with what is remembered of it for the run.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connection: Connection,
    sign_in: SignIn,
    /// The custom fields, once they are known.
    pub(super) modules: Mutex<Option<Arc<Modules>>>,
    /// The types of addresses and numbers that were seen.
    pub(super) types: Types,
    /// The main location of every account that was asked for.
    pub(super) locations: Mutex<BTreeMap<i64, i64>>,
    /// Held while the values of all contacts of a company are searched: two searches would each count on the calls
    /// that the other one makes.
    pub(super) searching: Mutex<()>,
    /// Held while a write asks for what others that go beside it need as well.
    pub(super) asking: Mutex<()>,
    /// Whether a page of contacts was read for the types of numbers alone.
    pub(super) types_asked: Mutex<bool>,
    /// Whether a list of addresses or numbers came out otherwise than it was written.
    pub(super) lists_stopped: AtomicBool,
    /// Whether a custom field was written into another module than it was meant for.
    pub(super) fields_stopped: AtomicBool,
    /// Whether modules are those of their records, as was found out, by kind of record.
    proved: Mutex<BTreeMap<(RecordKind, i64), bool>>,
    /// The modules whose name an answer has confirmed, by kind of record. Held while a value is written into a module
    /// whose name is not confirmed yet: a wrong one is noticed after one value at the latest.
    pub(super) confirmed: Mutex<BTreeSet<(RecordKind, i64)>>,
}

impl Call {
    /// Returns a call of `template` (`crm/contacts/{id}`), with `ids` in the places of its braces, in their order.
    pub(super) fn new(method: Method, template: &'static str, ids: &[i64]) -> Self {
        let mut ids = ids.iter().map(ToString::to_string);
        let parts: Vec<String> = template
            .split('/')
            .map(|part| if part.starts_with('{') { ids.next().unwrap_or_default() } else { part.to_owned() })
            .collect();
        Self { method, template, path: parts.join("/"), query: Vec::new(), body: None, safety: None }
    }

    /// Returns a GET.
    pub(super) fn get(template: &'static str, ids: &[i64]) -> Self {
        Self::new(Method::Get, template, ids)
    }

    /// Adds a parameter.
    pub(super) fn query(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Sends `body`.
    pub(super) fn json(mut self, body: &impl Serialize) -> Self {
        // Bodies are our own structs, whose maps are keyed by text: they always have a JSON form.
        self.body = Some(serde_json::to_value(body).unwrap_or_default());
        self
    }

    /// States that the call must not be made twice, where its method does not say so.
    pub(super) fn once(mut self) -> Self {
        self.safety = Some(Safety::Once);
        self
    }

    /// Returns the call's name in messages.
    fn what(&self) -> String {
        format!("{} {}", self.method.name(), self.path)
    }
}

impl Connection {
    fn send(&self, call: &Call, token: &Secret) -> Result<Reply> {
        let mut url = self.url(&call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let request = Request::new(call.method, url)
            .endpoint(call.template)
            .header("authorization", Secret::new(format!("Bearer {}", token.expose())));
        let request = call.safety.into_iter().fold(request, Request::safety);
        self.service.send(call.body.iter().fold(request, Request::json))
    }
}

impl Session {
    pub(super) fn new(http: &Http, settings: Settings) -> Self {
        Self {
            connection: Connection { service: http.service(LIMITS), settings },
            sign_in: SignIn::default(),
            modules: Mutex::default(),
            types: Types::default(),
            locations: Mutex::default(),
            searching: Mutex::default(),
            asking: Mutex::default(),
            types_asked: Mutex::default(),
            lists_stopped: AtomicBool::new(false),
            fields_stopped: AtomicBool::new(false),
            proved: Mutex::default(),
            confirmed: Mutex::default(),
        }
    }

    /// Returns how long the service may still carry out a request whose answer was lost.
    pub(super) fn in_flight(&self) -> Duration {
        self.connection.service.in_flight()
    }

    /// Returns whether modules are those of their records, as was found out, for one thread at a time.
    pub(super) fn proved(&self) -> MutexGuard<'_, BTreeMap<(RecordKind, i64), bool>> {
        self.proved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a listing of `what`, as long as one may be.
    pub(super) fn listing<T>(&self, what: &'static str) -> Listing<T> {
        let (pages, records) = self.connection.service.longest_listing();
        Listing::within(what, pages, records)
    }

    /// Returns the name of a role's field: the configured one, else the usual one.
    pub(super) fn udf_name(&self, role: Udf) -> &str {
        role.name_in(&self.connection.settings.udf_names)
    }

    /// Signs in, so that credentials that are wrong are refused once and not by every thread.
    ///
    /// # Errors
    /// `Kind::Auth` and whatever else keeps the tenant from being asked.
    pub(super) fn begin(&self) -> Result<()> {
        self.sign_in.token(&self.connection).map(drop)
    }

    /// Returns how many calls of `template` the hour has left.
    pub(super) fn room(&self, template: &str) -> usize {
        self.connection.service.room(template)
    }

    /// Returns when the hour has so many calls of `template` left, or all it ever has.
    pub(super) fn time_of(&self, template: &str, calls: usize) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(self.connection.service.time_to(template, calls)).unwrap_or(now)
    }

    /// Makes one call. A token that is not accepted is renewed once, and the call made again: it was refused, so
    /// nothing happened.
    ///
    /// # Errors
    /// What the answer means, if it is a failure, and whatever kept the call from being answered.
    pub(super) fn call(&self, call: &Call) -> Result<Answer> {
        let token = || self.sign_in.token(&self.connection).map_err(Error::unsent);
        let signed_in = token()?;
        let mut reply = self.connection.send(call, &signed_in)?;
        if errors::is_unsigned(&reply) {
            self.sign_in.forget(&signed_in);
            let before = reply.attempts;
            reply = self.connection.send(call, &token()?)?;
            reply.attempts += before;
        }
        let answer = errors::check(&reply, &call.what())?;
        let total = errors::envelope(&answer).total;
        let empty = answer.is_null();
        Ok(Answer { result: wire::result(answer), total, attempts: reply.attempts, empty })
    }
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
    fn ids_stand_in_the_places_of_the_braces() {
        let call = Call::get("system/customFields/{moduleId}/{objectId}", &[13, 55]);
        assert_eq!(call.what(), "GET system/customFields/13/55");
        assert_eq!(call.template, "system/customFields/{moduleId}/{objectId}");
        assert_eq!(Call::get("crm/contacts/summary", &[]).path, "crm/contacts/summary");
    }
}
