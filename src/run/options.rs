//! The options of a run.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// The longest deadline: a time beyond it may be out of the clock's reach.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Holds the options of a run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The configuration file; `None` for its usual place.
    pub config: Option<PathBuf>,
    /// The PSA's id; `None` for that of the configuration.
    pub psa: Option<String>,
    /// Names of companies, or patterns; none for all that are enabled.
    pub companies: Vec<String>,
    /// The part of the companies that the run serves; `None` for all.
    pub shard: Option<Shard>,
    /// How long the run may take.
    pub deadline: Option<Duration>,
    /// Whether a setting that cannot be served is an error.
    pub strict: bool,
    /// Whether the run works on the built-in MSP.
    pub sandbox: bool,
    /// Whether notices name no person and no company.
    pub redact: bool,
}

impl Options {
    /// Returns when a run that begins now must be over.
    pub(super) fn end(&self) -> Option<Instant> {
        self.deadline.map(|limit| Instant::now() + limit.min(FOR_EVER))
    }
}

/// One part of the companies, of several that together are all of them: each company is in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    of: u64,
}

impl Shard {
    /// Returns whether the company of this name is in the part. Only the name decides, so that every run and every
    /// version shares the companies out alike.
    pub fn has(self, company: &str) -> bool {
        // FNV-1a, which is written down and stays what it is.
        let hash = company.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        hash % self.of == self.index - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    /// Reads `2/5`, the second of five parts; a scheduler that counts from 0 writes it as `1+1/5`.
    fn from_str(text: &str) -> Result<Self, String> {
        let index = |text: &str| match text.strip_suffix("+1") {
            Some(before) => before.parse::<u64>().ok()?.checked_add(1),
            None => text.parse().ok(),
        };
        let parts = text.split_once('/').and_then(|(part, of)| Some((index(part)?, of.parse().ok()?)));
        match parts {
            Some((index, of)) if (1..=of).contains(&index) => Ok(Self { index, of }),
            _ => Err(format!("\"{text}\" is no part; write 1/4 for the first of four")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(text: &str) -> Shard {
        text.parse().expect("a part")
    }

    #[test]
    fn the_parts_of_all_companies_hold_each_of_them_once() {
        let names: Vec<String> = (0..200).map(|n| format!("Company {n}")).collect();
        for of in 1..7 {
            let parts: Vec<Shard> = (1..=of).map(|n| shard(&format!("{n}/{of}"))).collect();
            for name in &names {
                assert_eq!(parts.iter().filter(|part| part.has(name)).count(), 1, "{name} of {of}");
            }
        }
        assert_ne!(shard("1/2").has("Contoso"), shard("2/2").has("Contoso"));
    }

    #[test]
    fn a_part_may_be_counted_from_0() {
        assert_eq!((shard("0+1/3"), shard("2+1/3")), (shard("1/3"), shard("3/3")));
        assert_eq!(shard("0+1/3").to_string(), "1/3");
    }

    #[test]
    fn a_part_must_be_one_of_all() {
        for text in ["0/3", "4/3", "3+1/3", "+1/3", "1+2/3", "1", "a/b", "1/0", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
