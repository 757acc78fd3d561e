//! What people ask of their own details, and what becomes of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ChangeKey, Who};
use crate::model::Field;
use crate::text::{email, hex};

/// What a user wants their own details to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Request {
    /// What tells that it is the same one when it comes again.
    pub id: Option<String>,
    /// Who asks: an address, user name or 365 object id.
    pub user: String,
    /// The fields, each with its new text; an empty one makes it blank.
    pub set: BTreeMap<Field, String>,
    /// The place it was read from, such as `requests.jsonl:3`; `None` where it was typed.
    pub place: Option<String>,
}

impl Request {
    /// Returns what is asked, as one hexadecimal SHA-256: the same for the same values and the same person, in whatever
    /// spelling of the address.
    pub fn digest(&self) -> String {
        let Self { id: _, user, set, place: _ } = self;
        let asked = (email::normalise(user), set);
        // Texts and plain enums always have a JSON form.
        let text = serde_json::to_string(&asked).unwrap_or_default();
        hex::encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref())
    }
}

/// A request, whose it turned out to be, and what the plan makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Asked {
    /// The request.
    pub request: Request,
    /// The company's name in the configuration, where the person was found.
    pub company: Option<String>,
    /// The person, where they were found.
    pub who: Option<Who>,
    /// What the plan makes of it.
    pub plan: Answer,
}

/// What a plan makes of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Answer {
    /// Nothing is done.
    Refused {
        /// Why, in one sentence.
        reason: String,
        /// The next step.
        next: Option<String>,
    },
    /// An earlier run did it.
    Repeated {
        /// That run's id.
        run: String,
    },
    /// 365 holds all of it already.
    Held,
    /// A later request replaces it: one of the same run, whose values 365 holds already, or one that an earlier run did.
    Overtaken,
    /// This change of the 365 user does it.
    Change(ChangeKey),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(user: &str, title: &str) -> String {
        let set = BTreeMap::from([(Field::Title, title.to_owned())]);
        Request { id: None, user: user.to_owned(), set, place: None }.digest()
    }

    #[test]
    fn one_address_in_two_spellings_asks_for_the_same() {
        let digest = asked("jo@xn--bcher-kva.example", "Head");
        for spelling in ["Jo@Bücher.example", " jo@BU\u{308}CHER.example", "jo@bücher.example\u{200b}"] {
            assert_eq!(asked(spelling, "Head"), digest, "{spelling}");
        }
        assert_ne!(asked("jo@bucher.example", "Head"), digest);
        assert_ne!(asked("jo@xn--bcher-kva.example", "Lead"), digest);
    }
}
