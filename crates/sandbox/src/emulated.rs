//! What an emulated service declares, and what the sandbox does with one without knowing which it is.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::msp::Msp;
use super::wire::{Request, Response};

/// Names one of the emulated systems.
///
/// Each declares its own name in its folder, such as `System::GRAPH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct System(&'static str);

impl System {
    /// Returns the system of that name.
    pub(crate) const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns the name: the first part of the system's paths, and its key in the state as JSON.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// Everything that a service of the sandbox declares, in one value of its own folder.
///
/// `services` lists them all.
pub(crate) struct Emulated {
    /// Its name.
    pub(crate) system: System,
    /// Whether it is a PSA; its name is then the one that crsync knows it by.
    pub(crate) psa: bool,
    /// Its table in crsync's configuration, for a sandbox at this address; empty where another's table covers it.
    pub(crate) settings: fn(url: &str) -> String,
    /// Its secrets: the environment variable that crsync reads each from, and the value.
    pub(crate) secrets: &'static [(&'static str, &'static str)],
    /// Makes its first state.
    pub(crate) seed: fn(&Msp) -> Box<dyn Part>,
    /// Reads a state that was kept as the text of JSON.
    pub(crate) load: fn(&str) -> serde_json::Result<Box<dyn Part>>,
}

/// The state of one emulated service, which is also how it behaves.
pub(crate) trait Service: Clone + fmt::Debug + Serialize + DeserializeOwned + Send + 'static {
    /// Returns the service as it is before its first request.
    fn seed(msp: &Msp) -> Self;

    /// Answers one request; the response tells whether the state changed.
    fn handle(&mut self, request: &Request) -> Response;
}

/// A [`Service`] whose type is not known.
///
/// Every service is one.
pub(crate) trait Part: fmt::Debug + Send {
    /// Answers one request.
    fn handle(&mut self, request: &Request) -> Response;

    /// Returns the state as the text of JSON.
    fn save(&self) -> serde_json::Result<String>;

    /// Returns the state as JSON.
    fn show(&self) -> serde_json::Result<Value>;

    /// Returns the same service in the state that `value` is.
    ///
    /// # Errors
    /// If the JSON is no state of this service.
    fn replaced(&self, value: Value) -> serde_json::Result<Box<dyn Part>>;

    /// Returns a copy.
    fn copied(&self) -> Box<dyn Part>;
}

impl<S: Service> Part for S {
    fn handle(&mut self, request: &Request) -> Response {
        Service::handle(self, request)
    }

    fn save(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn show(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self)
    }

    fn replaced(&self, value: Value) -> serde_json::Result<Box<dyn Part>> {
        Ok(Box::new(serde_json::from_value::<S>(value)?))
    }

    fn copied(&self) -> Box<dyn Part> {
        Box::new(self.clone())
    }
}

/// Makes the first state of a service, for [`Emulated::seed`].
pub(crate) fn seed<S: Service>(msp: &Msp) -> Box<dyn Part> {
    Box::new(S::seed(msp))
}

/// Reads a kept state of a service, for [`Emulated::load`].
pub(crate) fn load<S: Service>(text: &str) -> serde_json::Result<Box<dyn Part>> {
    Ok(Box::new(serde_json::from_str::<S>(text)?))
}
