//! A plan as a file: what it was made from, its digest, and reading it back.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Known, Outcome};
use crate::error::{Error, Kind, Result};
use crate::files::{Encoding, decode};

/// The version of the plan's form. It grows when a reader of the older form could misunderstand the newer.
pub const SCHEMA: u32 = 3;

/// An outcome with everything that says what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plan {
    /// [`SCHEMA`] of the program that made it.
    pub schema: u32,
    /// Version of the program that made it.
    pub tool: String,
    /// When it was made.
    pub created: Timestamp,
    /// Id of the PSA it is for.
    pub psa: String,
    /// Hexadecimal SHA-256 of the configuration it was made with.
    pub config: String,
    /// Changes, and what was left alone.
    pub outcome: Outcome,
    /// What is to be remembered once it was applied.
    pub known: Vec<Known>,
    /// Hexadecimal SHA-256 of all of the above.
    pub digest: String,
}

impl Plan {
    /// The plan that `outcome` is, made at `created` for `psa` with the configuration of that digest.
    pub fn new(outcome: Outcome, known: Vec<Known>, created: Timestamp, psa: &str, config: &str) -> Self {
        let mut plan = Self {
            schema: SCHEMA,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            created,
            psa: psa.to_owned(),
            config: config.to_owned(),
            outcome,
            known,
            digest: String::new(),
        };
        plan.digest = plan.compute_digest();
        plan
    }

    /// Reads a plan back.
    ///
    /// # Errors
    /// [`Kind::Usage`] when the file is none of this version's plans, or was edited since it was written.
    pub fn load(path: &Path) -> Result<Self> {
        let shown = path.display();
        let again = "make a new one with `crsync diff --out FILE`";
        let text = std::fs::read(path).map_err(|error| {
            Error::new(Kind::Usage, format!("the plan {shown} cannot be read")).hint(again).source(error)
        })?;
        let text = decode(text).map_err(|encoding| {
            Error::new(Kind::Usage, format!("the plan {shown} cannot be read: {encoding}"))
                .hint(Encoding::HINT)
        })?;
        let plan: Self = serde_json::from_str(&text.text).map_err(|error| {
            Error::new(Kind::Usage, format!("{shown} is no plan of crsync {}", env!("CARGO_PKG_VERSION")))
                .hint(again)
                .source(error)
        })?;
        if plan.schema == SCHEMA && plan.is_intact() {
            return Ok(plan);
        }
        let what =
            if plan.schema == SCHEMA { "was edited after it was made" } else { "is of another version" };
        Err(Error::new(Kind::Usage, format!("the plan {shown} {what}")).hint(again))
    }

    /// Whether the digest is that of the content: nobody edited the plan.
    pub fn is_intact(&self) -> bool {
        self.digest == self.compute_digest()
    }

    /// Writes the plan to `path`, readable by its owner alone: it holds personal data.
    ///
    /// # Errors
    /// [`Kind::State`] when the file cannot be written; then an older file of that name is still whole.
    pub fn save(&self, path: &Path) -> Result<()> {
        let failed = |error: std::io::Error| {
            Error::new(Kind::State, format!("the plan cannot be written to {}", path.display()))
                .hint("name a file in a folder that you may write to")
                .source(error)
        };
        let scratch = path.with_extension("part");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&scratch).map_err(failed)?;
        let mut text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        text.push('\n');
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        std::fs::rename(&scratch, path).map_err(failed)
    }

    /// Every field is named, so that a new one cannot be left out of the digest.
    fn compute_digest(&self) -> String {
        let Self { schema, tool, created, psa, config, outcome, known, digest: _ } = self;
        // Maps of an outcome are keyed by text or plain enums, so it always has a JSON form.
        let content =
            serde_json::to_vec(&(schema, tool, created, psa, config, outcome, known)).unwrap_or_default();
        let hash = ring::digest::digest(&ring::digest::SHA256, &content);
        hash.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::CompanyPlan;

    fn plan() -> Plan {
        let outcome = Outcome {
            companies: vec![CompanyPlan { name: "Contoso".into(), ..CompanyPlan::default() }],
            ..Outcome::default()
        };
        Plan::new(outcome, Vec::new(), Timestamp::UNIX_EPOCH, "example", "00")
    }

    #[test]
    fn a_plan_comes_back_from_its_file_as_it_was() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("plan.json");
        plan().save(&path).expect("a writable folder");
        let back: Plan =
            serde_json::from_slice(&std::fs::read(&path).expect("the file")).expect("its own form");
        assert_eq!(back, plan());
        assert!(back.is_intact());
    }

    #[cfg(unix)]
    #[test]
    fn a_plan_file_is_private_to_its_owner() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("plan.json");
        plan().save(&path).expect("a writable folder");
        assert_eq!(std::fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_edited_plan_does_not_match_its_digest() {
        let mut plan = plan();
        plan.outcome.companies[0].name = "Fabrikam".into();
        assert!(!plan.is_intact());
    }

    #[test]
    fn a_plan_that_cannot_be_written_says_where() {
        let error = plan().save(Path::new("/nonexistent/plan.json")).expect_err("no such folder");
        assert!(error.message().contains("/nonexistent/plan.json"));
        assert!(error.next_step().is_some());
    }
}
