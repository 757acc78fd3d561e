//! What the services were asked so far, for a front end that shows it while a run goes on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::http::Http;
use crate::model::Side;

/// Returns what was asked so far, as often as it is called. Called from several threads.
pub type Meter = Arc<dyn Fn() -> Asked + Send + Sync>;

/// What was asked so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Requests by side, each a page of a listing or a record.
    pub requests: Vec<(Side, u32)>,
    /// How long requests still wait for their service, by side.
    pub waits: Vec<(Side, Duration)>,
}

/// Returns what tells how much was asked by `http`.
pub(super) fn meter(http: &Http) -> Meter {
    let http = http.clone();
    Arc::new(move || {
        let mut requests: Vec<(Side, u32)> = Vec::new();
        for count in http.counts() {
            let side = side(&count.service);
            match requests.iter_mut().find(|(known, _)| *known == side) {
                Some((_, number)) => *number += count.requests,
                None => requests.push((side, count.requests)),
            }
        }
        let now = Instant::now();
        let left = |(service, until): (&str, Instant)| (side(service), until.saturating_duration_since(now));
        Asked { requests, waits: http.waits().into_iter().map(left).collect() }
    })
}

/// Returns the side that a service belongs to.
fn side(service: &str) -> Side {
    match service {
        "entra" | "graph" => Side::Tenant,
        "cloudradial" => Side::Portal,
        _ => Side::Psa,
    }
}
