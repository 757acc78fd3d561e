//! The one error type: what went wrong, what to do next, and whether trying again can help.
//!
//! A message is one sentence without a full stop that names the thing and the place ("company 174 does not
//! exist in the portal"). A hint is the next step, as a command or a setting where there is one. Neither holds
//! a secret: bodies and addresses are masked before they get here. Nothing in this file prints.

use std::error::Error as StdError;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What sort of thing went wrong; the command line turns it into an exit code.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The command line asks for something that is not offered.
    Usage,
    /// The configuration, decisions or a secret's source is wrong.
    Config,
    /// A service does not accept the credentials.
    Auth,
    /// The credentials are accepted but lack a right.
    Permission,
    /// The service could not be reached, or the connection broke.
    Network,
    /// The service asks to slow down, for longer than the run can wait.
    Throttled,
    /// The service answered with an error, or with something that is not its format.
    Service,
    /// A listing ended without proof that it is whole.
    #[default]
    Incomplete,
    /// A record that was asked for by id does not exist.
    NotFound,
    /// A file that crsync keeps could not be read or written.
    State,
    /// Another run works on the same company.
    Locked,
    /// A plan was made for a state of things that is over.
    Stale,
    /// The run's deadline passed.
    Deadline,
    /// A person interrupted the run.
    Interrupted,
}

impl Kind {
    /// Is true if a person has to correct something before the same call can succeed: a setting, a credential, a
    /// right.
    pub fn needs_a_person(self) -> bool {
        matches!(self, Self::Config | Self::Auth | Self::Permission)
    }
}

/// An error with its kind, its message, the next step, and its cause.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
    place: Option<String>,
    retry: bool,
    refused: bool,
    harm: bool,
    attempts: u32,
    source: Option<Box<dyn StdError + Send + Sync>>,
    shown: Option<Box<Shown>>,
}

/// What a mistake in a file is shown with.
#[derive(Debug, Default)]
struct Shown {
    excerpt: Vec<String>,
    further: Vec<Error>,
}

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Returns an error of `kind`; `message` says what and where, in one sentence.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let retry = matches!(kind, Kind::Network | Kind::Throttled);
        Self {
            kind,
            message: message.into(),
            hint: None,
            place: None,
            retry,
            refused: false,
            harm: false,
            attempts: 0,
            source: None,
            shown: None,
        }
    }

    /// Returns the first of several errors of equal weight, which holds the others; `None` where there is none.
    pub fn all(errors: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut errors = errors.into_iter();
        let mut first = errors.next()?;
        let further: Vec<Self> = errors.collect();
        if !further.is_empty() {
            first.shown.get_or_insert_default().further.extend(further);
        }
        Some(first)
    }

    /// Adds lines of the file that it is about, for people.
    #[must_use]
    pub fn excerpt(mut self, lines: Vec<String>) -> Self {
        self.shown.get_or_insert_default().excerpt = lines;
        self
    }

    /// Adds the next step for the person at the keyboard.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Records the place by itself, for programs: a file with its line, or a service with its host.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// States whether the same call, made again later, may succeed.
    #[must_use]
    pub fn retry(mut self, helps: bool) -> Self {
        self.retry = helps;
        self
    }

    /// Returns the same error without its cause, for another operation that it concerns.
    #[must_use]
    pub fn without_cause(&self) -> Self {
        let Self { kind, message, hint, place, retry, refused, harm, attempts, source: _, shown: _ } = self;
        Self {
            kind: *kind,
            message: message.clone(),
            hint: hint.clone(),
            place: place.clone(),
            retry: *retry,
            refused: *refused,
            harm: *harm,
            attempts: *attempts,
            source: None,
            shown: None,
        }
    }

    /// States how often the request that failed was sent.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// States that nothing of a write was sent: what failed is a step before it.
    #[must_use]
    pub fn unsent(self) -> Self {
        self.attempts(0)
    }

    /// States that other requests of the same write went before, the last of them sent so often.
    ///
    /// A request that was withheld then does not mean that nothing was done.
    #[must_use]
    pub fn after(self, sent: u32) -> Self {
        let attempts = self.attempts.max(sent);
        // A refusal of the last of them says nothing of the others.
        let refused = self.refused && sent == 0;
        self.attempts(attempts).refused(refused)
    }

    /// States that the request did something that it was not to do, which a person has to look at whatever else came of it.
    #[must_use]
    pub fn harm(mut self) -> Self {
        self.harm = true;
        self
    }

    /// Is true if the request did something that it was not to do.
    pub fn is_harm(&self) -> bool {
        self.harm
    }

    /// States whether the service itself said that it did not do what it was asked.
    ///
    /// Any other failure of a request that was sent may come after the deed.
    #[must_use]
    pub fn refused(mut self, refused: bool) -> Self {
        self.refused = refused;
        self
    }

    /// Puts `place` before the message ("contoso: …").
    #[must_use]
    pub fn within(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Returns what sort of thing went wrong.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns what went wrong, in one sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the next step, if there is one.
    pub fn next_step(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Returns where it went wrong, if that can be said by itself.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// Returns the lines of the file that it is about; none where there are none.
    pub fn lines(&self) -> &[String] {
        self.shown.as_ref().map_or(&[], |shown| &shown.excerpt)
    }

    /// Returns what caused it.
    pub fn cause(&self) -> Option<&(dyn StdError + 'static)> {
        StdError::source(self)
    }

    /// Returns the errors of equal weight that were found with it.
    pub fn further(&self) -> &[Self] {
        self.shown.as_ref().map_or(&[], |shown| &shown.further)
    }

    /// Returns how often the request that failed was sent; 0 if it was not sent, or not counted.
    pub fn sent(&self) -> u32 {
        self.attempts
    }

    /// Is true if the service may have carried the request out, or may still do it.
    ///
    /// The request was sent, and the service did not refuse it.
    pub fn may_be_done(&self) -> bool {
        use Kind::{Auth, Config, Locked, Permission, Stale, State, Usage};
        let is_refusal = matches!(self.kind, Auth | Config | Locked | Permission | Stale | State | Usage);
        self.attempts > 0 && !self.refused && !is_refusal
    }

    /// Is true if the same call, made again later, may succeed.
    pub fn can_retry(&self) -> bool {
        self.retry
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_message_hint_and_cause_apart() {
        let cause = std::io::Error::other("connection reset");
        let error = Error::new(Kind::Network, "Graph did not answer")
            .hint("check the network and run the command again")
            .source(cause)
            .within("contoso");
        assert_eq!(error.to_string(), "contoso: Graph did not answer");
        assert_eq!(error.next_step(), Some("check the network and run the command again"));
        assert_eq!(StdError::source(&error).map(ToString::to_string).as_deref(), Some("connection reset"));
        assert!(error.can_retry());
    }

    #[test]
    fn what_was_sent_counts_for_the_whole_write() {
        let error = |sent| Error::new(Kind::Deadline, "it is late").attempts(sent);
        assert_eq!((error(2).unsent().sent(), error(2).unsent().may_be_done()), (0, false));
        assert_eq!((error(0).after(1).sent(), error(0).after(1).may_be_done()), (1, true));
        assert_eq!((error(3).after(1).sent(), error(0).after(0).sent()), (3, 0));
        assert!(
            error(1).refused(true).after(1).may_be_done() && !error(1).refused(true).after(0).may_be_done()
        );
    }

    #[test]
    fn a_failure_may_come_after_the_deed_unless_the_service_refused() {
        for (kind, sent, refused, expected) in [
            (Kind::Network, 1, false, true),
            (Kind::Network, 0, false, false),
            (Kind::Throttled, 1, false, true),
            (Kind::Service, 1, false, true),
            (Kind::Service, 1, true, false),
            (Kind::Deadline, 0, false, false),
            (Kind::Interrupted, 1, false, true),
            (Kind::Permission, 1, false, false),
        ] {
            let error = Error::new(kind, "it failed").attempts(sent).refused(refused);
            assert_eq!(error.may_be_done(), expected, "{kind:?} after {sent}");
            assert_eq!(
                error.without_cause().may_be_done(),
                expected,
                "{kind:?} after {sent}, without its cause"
            );
        }
    }
}
