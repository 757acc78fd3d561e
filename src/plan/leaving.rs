//! How a 365 user leaves, and what a change that shuts a leaver out rests on.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{Id, Look};

/// How a 365 user left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// Sign-in is blocked.
    Disabled,
    /// No licence is left that counts.
    NoLicence,
    /// The tenant has no such user any more.
    Deleted,
}

impl Left {
    /// The words that say how, after "the 365 user is".
    pub fn words(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::NoLicence => "without a licence that counts",
            Self::Deleted => "deleted",
        }
    }
}

/// Which licences a user needs to take part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LicenceRule {
    /// Whether a licence that counts is required.
    pub required: bool,
    /// SKU ids and part numbers, lower-case, that do not count.
    pub uncounted: BTreeSet<String>,
}

/// What a look at a 365 user says of leaving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// The user left.
    Left(Left),
    /// The user is there and takes part.
    Here,
    /// The look does not say, for this reason.
    Unclear(String),
}

impl LicenceRule {
    /// Whether one of `licences` counts.
    pub fn is_met_by(&self, licences: &[String]) -> bool {
        // Nearly everywhere every licence counts.
        let all_count = self.uncounted.is_empty();
        licences.iter().any(|sku| {
            let is_upper = || sku.contains(char::is_uppercase);
            // Readings spell them in lower case.
            all_count
                || !(self.uncounted.contains(sku)
                    || (is_upper() && self.uncounted.contains(&sku.to_lowercase())))
        })
    }

    /// Returns the rule under which a licence counts that counts under either of the two, required where both
    /// require one.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            required: self.required && other.required,
            uncounted: self.uncounted.intersection(&other.uncounted).cloned().collect(),
        }
    }

    /// Returns what `look` says under this rule. What it does not say proves nothing.
    pub fn judge(&self, look: &Look) -> Sighting {
        match look {
            Look::Unknown(why) => Sighting::Unclear(why.clone()),
            Look::Gone => Sighting::Left(Left::Deleted),
            Look::Here { enabled: None, .. } => {
                Sighting::Unclear("365 did not say whether sign-in is blocked".to_owned())
            }
            Look::Here { enabled: Some(false), .. } => Sighting::Left(Left::Disabled),
            Look::Here { .. } if !self.required => Sighting::Here,
            Look::Here { licences: None, .. } => {
                Sighting::Unclear("365 did not say which licences the user has".to_owned())
            }
            Look::Here { licences: Some(licences), .. } if self.is_met_by(licences) => Sighting::Here,
            Look::Here { .. } => Sighting::Left(Left::NoLicence),
        }
    }
}

/// What a change that shuts a leaver out rests on: a 365 user, looked at by its id. The user is looked at again
/// before the change is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Departure {
    /// The tenant, by its id in the configuration.
    pub tenant: String,
    /// The user's object id, lower-case.
    pub user: Id,
    /// How the user left.
    pub how: Left,
    /// The licence rule under which the user left.
    pub licences: LicenceRule,
}

impl Departure {
    /// Returns why the change must not be written, now that the user was looked at again; `None` if it may be.
    pub fn objection(&self, look: Option<&Look>) -> Option<String> {
        let Some(look) = look else {
            return Some("the 365 user could not be looked at again: there was no answer".to_owned());
        };
        match self.licences.judge(look) {
            Sighting::Left(how) if how == self.how => None,
            Sighting::Left(how) => {
                Some(format!("the 365 user is {} now, and was {}", how.words(), self.how.words()))
            }
            Sighting::Here => Some("the 365 user is back".to_owned()),
            Sighting::Unclear(why) => Some(format!("the 365 user could not be looked at again: {why}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(required: bool, uncounted: &[&str]) -> LicenceRule {
        LicenceRule { required, uncounted: uncounted.iter().map(|sku| (*sku).to_owned()).collect() }
    }

    fn here(enabled: Option<bool>, licences: Option<&[&str]>) -> Look {
        let licences = licences.map(|all| all.iter().map(|sku| (*sku).to_owned()).collect());
        Look::Here { enabled, licences }
    }

    #[test]
    fn only_what_a_look_says_counts() {
        let rule = rule(true, &["free"]);
        let cases = [
            (Look::Gone, Sighting::Left(Left::Deleted)),
            (here(Some(false), None), Sighting::Left(Left::Disabled)),
            (here(Some(true), Some(&[])), Sighting::Left(Left::NoLicence)),
            (here(Some(true), Some(&["FREE"])), Sighting::Left(Left::NoLicence)),
            (here(Some(true), Some(&["free", "paid"])), Sighting::Here),
        ];
        for (look, expected) in cases {
            assert_eq!(rule.judge(&look), expected, "{look:?}");
        }
        for look in [here(None, Some(&[])), here(Some(true), None), Look::Unknown("no answer".into())] {
            assert!(matches!(rule.judge(&look), Sighting::Unclear(_)), "{look:?}");
        }
    }

    #[test]
    fn without_a_required_licence_none_can_be_lost() {
        for licences in [None, Some(&[][..])] {
            assert_eq!(rule(false, &[]).judge(&here(Some(true), licences)), Sighting::Here);
        }
    }

    #[test]
    fn of_two_rules_the_milder_counts() {
        let both = rule(true, &["a", "b"]).and(&rule(true, &["b", "c"]));
        assert_eq!(both, rule(true, &["b"]));
        assert!(!rule(true, &[]).and(&rule(false, &[])).required);
    }

    #[test]
    fn a_change_stands_only_while_its_user_is_seen_to_have_left_in_the_same_way() {
        let departure = Departure {
            tenant: "t".into(),
            user: "u".into(),
            how: Left::Disabled,
            licences: rule(true, &[]),
        };
        assert_eq!(departure.objection(Some(&here(Some(false), None))), None);
        for (look, words) in [
            (None, "no answer"),
            (Some(Look::Unknown("timed out".into())), "timed out"),
            (Some(here(None, None)), "did not say"),
            (Some(here(Some(true), Some(&["paid"]))), "is back"),
            (Some(Look::Gone), "is deleted now, and was disabled"),
        ] {
            let why = departure.objection(look.as_ref()).expect("an objection");
            assert!(why.contains(words), "{why}");
        }
    }
}
