//! ConnectWise PSA's REST API, emulated.

#![allow(clippy::doc_markdown)] // the product's name is no code

use serde::{Deserialize, Serialize};

use super::msp::Msp;
use super::wire::{Request, Response};

/// Everything the PSA remembers, and how it behaves.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {}

impl State {
    /// The PSA as `msp` tells it.
    pub(crate) fn seed(_: &Msp) -> Self {
        Self {}
    }
}

/// Answers one request.
pub(crate) fn handle(_: &mut State, _: &Request) -> Response {
    Response::text(404, "text/plain", "ConnectWise PSA is not emulated")
}
