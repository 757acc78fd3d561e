//! Tables of the refusals that are known of a PSA, and how one is told.

use crate::error::{Error, Kind};

/// The next step after a refusal that explains nothing.
const UNEXPLAINED: &str =
    "run the command again later; if it is refused again, --har FILE shows what was asked and answered";

/// The characters that are told of a service's own words at most.
const LONGEST: usize = 300;

/// A refusal that is known, by its status, its words or both.
#[derive(Debug)]
pub(super) struct Known {
    status: Option<u16>,
    contains: &'static str,
    kind: Kind,
    instead: bool,
    says: &'static str,
    next: Option<&'static str>,
}

impl Known {
    /// Returns a row for every refusal that contains `words` (lower case). The service's own words are told.
    pub(super) const fn words(words: &'static str, kind: Kind) -> Self {
        Self { status: None, contains: words, kind, instead: false, says: "", next: None }
    }

    /// Returns a row for every refusal with `status`. The service's own words are told, or `says` where it has none.
    pub(super) const fn status(status: u16, kind: Kind, says: &'static str) -> Self {
        Self { status: Some(status), contains: "", kind, instead: false, says, next: None }
    }

    /// Narrows the row to refusals that contain `words` (lower case) as well.
    pub(super) const fn and(mut self, words: &'static str) -> Self {
        self.contains = words;
        self
    }

    /// Tells `says` in place of the service's own words, which may repeat what was sent, or say less.
    pub(super) const fn instead(mut self, says: &'static str) -> Self {
        self.instead = true;
        self.says = says;
        self
    }

    /// Says what to do about it.
    pub(super) const fn next(mut self, step: &'static str) -> Self {
        self.next = Some(step);
        self
    }
}

/// The refusals that are known of one PSA, the first row that fits deciding: those with words before those without.
pub(super) struct Refusals {
    /// The PSA's name in messages.
    pub(super) service: &'static str,
    /// The rows.
    pub(super) known: &'static [Known],
    /// The statuses that may pass by themselves where nothing else is known of them.
    pub(super) passing: &'static [u16],
}

impl Refusals {
    /// Returns the row for `status` and for what the service says, in any case.
    pub(super) fn find(&self, status: u16, words: &str) -> Option<&'static Known> {
        let words = words.to_lowercase();
        let fits = |known: &&Known| {
            known.status.is_none_or(|known| known == status) && words.contains(known.contains)
        };
        self.known.iter().find(fits)
    }

    /// Explains that `what` was refused with `status`, where `told` is fit to be shown of the service's own words.
    pub(super) fn explain(&self, known: Option<&Known>, what: &str, status: u16, told: &str) -> Error {
        let Some(known) = known else {
            let reason = format!("status {status} without a reason");
            let error = self.refused(Kind::Service, what, or(told, &reason));
            return error.hint(UNEXPLAINED).retry(self.passing.contains(&status));
        };
        let reason = if known.instead { known.says } else { or(told, known.says) };
        let error = self.refused(known.kind, what, reason);
        match known.next {
            Some(step) => error.hint(step),
            None => error,
        }
    }

    /// Says that `what` was refused.
    pub(super) fn refused(&self, kind: Kind, what: &str, reason: &str) -> Error {
        Error::new(kind, format!("{} refused {what}: {reason}", self.service))
    }
}

/// Reports whether an error says more of a refusal than that it is one.
pub(super) fn explains(error: &Error) -> bool {
    error.next_step().is_some_and(|step| step != UNEXPLAINED)
}

/// Returns what a service says, or `otherwise` where it says nothing.
pub(super) fn or<'a>(told: &'a str, otherwise: &'a str) -> &'a str {
    if told.is_empty() { otherwise } else { told }
}

/// Returns a service's own words as one line of at most 300 characters, without a full stop.
pub(super) fn tidy(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").trim_end_matches('.').chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSALS: Refusals = Refusals {
        service: "The desk",
        known: &[
            Known::words("locked", Kind::Auth).instead("the user is locked").next("unlock it"),
            Known::status(401, Kind::Permission, "no right").and("authorized"),
            Known::status(401, Kind::Auth, "no token").next("log in"),
        ],
        passing: &[503],
    };

    fn error(status: u16, told: &str) -> Error {
        REFUSALS.explain(REFUSALS.find(status, told), "contacts", status, told)
    }

    #[test]
    fn words_decide_before_the_status_and_the_status_before_nothing() {
        let table = [
            (500, "It is LOCKED for 4821", Kind::Auth, "the user is locked", Some("unlock it")),
            (401, "Not authorized", Kind::Permission, "Not authorized", None),
            (401, "", Kind::Auth, "no token", Some("log in")),
            (500, "Odd", Kind::Service, "Odd", Some(UNEXPLAINED)),
            (500, "", Kind::Service, "status 500 without a reason", Some(UNEXPLAINED)),
        ];
        for (status, told, kind, reason, next) in table {
            let error = error(status, told);
            assert_eq!(error.kind(), kind, "{told}");
            assert_eq!(error.message(), format!("The desk refused contacts: {reason}"));
            assert_eq!(error.next_step(), next, "{told}");
        }
        assert!(error(503, "").can_retry() && !error(500, "").can_retry());
        assert!(explains(&error(401, "")) && !explains(&error(500, "")));
    }

    #[test]
    fn long_words_on_many_lines_become_one_line() {
        assert_eq!(tidy(" one\r\n two\u{7}three. "), "one two three");
        assert_eq!(tidy(&"a".repeat(400)).len(), LONGEST);
    }
}
