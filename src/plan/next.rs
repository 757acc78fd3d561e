//! A reason with the next step: each by itself, and as one text.

use crate::error::Error;

/// Why something is as it is, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Why, in one sentence without a full stop.
    pub text: String,
    /// The next step, where there is one.
    pub next: Option<String>,
}

impl Reason {
    /// Returns what an error says, with its next step.
    pub fn of(error: &Error) -> Self {
        Self { text: error.message().to_owned(), next: error.next_step().map(ToOwned::to_owned) }
    }

    /// Puts `what` before the reason ("made in part: …").
    #[must_use]
    pub fn within(self, what: &str) -> Self {
        Self { text: format!("{what}: {}", self.text), ..self }
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self { text, next: None }
    }
}

/// What is between a reason and the next step where both are in one text.
const MARK: &str = "; next: ";

/// Returns a reason with the next step behind it, as one text.
pub fn with_next(reason: &str, next: Option<&str>) -> String {
    match next {
        Some(next) => format!("{reason}{MARK}{next}"),
        None => reason.to_owned(),
    }
}

/// Returns a reason and the next step that is behind it, if so. Earlier versions kept both as one text.
pub fn without_next(text: &str) -> (String, Option<String>) {
    match text.split_once(MARK) {
        Some((reason, next)) => (reason.to_owned(), Some(next.to_owned())),
        None => (text.to_owned(), None),
    }
}

/// Returns the same of a text that may be missing, where the next step may be known by itself.
pub(super) fn parted(text: Option<String>, next: Option<String>) -> (Option<String>, Option<String>) {
    match (text, next) {
        (Some(text), None) => {
            let (reason, next) = without_next(&text);
            (Some(reason), next)
        }
        both => both,
    }
}
