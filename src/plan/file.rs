//! A plan as a file: what it was made from, its digest, the seal of the state it was made with, and reading it back.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::Timestamp;
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};

use super::{CompanyMemory, Estimate, Outcome};
use crate::error::{Error, Kind, Result};
use crate::files::{Encoding, Target, decode};
use crate::text::{hex, visible};

/// The version of the plan's form. It grows when a reader of the older form could misunderstand the newer.
pub const SCHEMA: u32 = 5;

/// What helps where a plan cannot be used.
const ANEW: &str = "make a new one with `crsync diff --save-plan FILE`";

/// The secret of a state, with which it seals the plans that are saved.
#[allow(missing_debug_implementations)] // it must not show itself
pub struct SealKey(hmac::Key, String);

impl SealKey {
    /// The key of these bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        // Eight bytes tell any number of states apart.
        let id = hex::encode(&digest::digest(&digest::SHA256, bytes).as_ref()[..8]);
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes), id)
    }
}

/// An outcome with everything that says what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// Changes, and what was left unchanged.
    pub outcome: Outcome,
    /// What applying it costs.
    pub estimate: Estimate,
    /// What is to be remembered once it was applied.
    pub known: Vec<CompanyMemory>,
    /// Hexadecimal SHA-256 of all of the above.
    pub digest: String,
    /// Name of the state that sealed it; empty before it was saved.
    #[serde(default)]
    pub state: String,
    /// Hexadecimal HMAC-SHA-256 of all of the above but the digest, by the key of that state; empty before it was saved.
    #[serde(default)]
    pub seal: String,
}

impl Plan {
    /// The plan that `outcome` is, made at `created` for `psa` with the configuration of that digest.
    pub fn new(
        outcome: Outcome,
        known: Vec<CompanyMemory>,
        created: Timestamp,
        psa: &str,
        config: &str,
    ) -> Self {
        Self::costing(outcome, known, created, psa, config, Estimate::default())
    }

    /// The same, which costs so much to apply.
    pub fn costing(
        outcome: Outcome,
        known: Vec<CompanyMemory>,
        created: Timestamp,
        psa: &str,
        config: &str,
        estimate: Estimate,
    ) -> Self {
        let mut plan = Self {
            schema: SCHEMA,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            created,
            psa: psa.to_owned(),
            config: config.to_owned(),
            outcome,
            estimate,
            known,
            digest: String::new(),
            state: String::new(),
            seal: String::new(),
        };
        plan.digest = plan.compute_digest();
        plan
    }

    /// Reads a plan back, to be shown: whether it is as it was made only [`load`](Self::load) can tell.
    ///
    /// # Errors
    /// [`Kind::Usage`] when the file is none of this version's plans, or its digest is that of another one.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let refused = |message: String| Error::new(Kind::Usage, message).hint(ANEW);
        let text = std::fs::read(path)
            .map_err(|error| refused(format!("the plan {shown} cannot be read")).source(error))?;
        let text = decode(text).map_err(|encoding| {
            Error::new(Kind::Usage, format!("the plan {shown} cannot be read: {encoding}"))
                .hint(Encoding::HINT)
        })?;
        let plan = serde_json::from_str::<Self>(&text.text);
        let schema = plan.as_ref().map_or_else(|_| schema(&text.text), |plan| Some(plan.schema));
        if schema.is_some_and(|schema| schema != SCHEMA) {
            return Err(refused(format!("the plan {shown} is of another version")));
        }
        if plan.is_err()
            && let Some(form) = report(&text.text)
        {
            let message = format!("{shown} is a report of crsync {form}, which shows a plan and is none");
            return Err(refused(message));
        }
        let plan = plan.map_err(|error| {
            refused(format!("{shown} is no plan of crsync {}", env!("CARGO_PKG_VERSION"))).source(error)
        })?;
        if plan.is_intact() { Ok(plan) } else { Err(refused(edited(path))) }
    }

    /// Reads a plan back that the state of this key sealed, to be applied. Without a key there is no such plan.
    ///
    /// # Errors
    /// The same as [`read`](Self::read), and [`Kind::Usage`] when another state sealed the plan, or it was edited
    /// since, whatever it says of its own digest.
    pub fn load(path: &Path, key: Option<&SealKey>) -> Result<Self> {
        let plan = Self::read(path)?;
        let refused = |message: String| Error::new(Kind::Usage, message).hint(ANEW);
        let Some(SealKey(key, id)) = key.filter(|key| key.1 == plan.state) else {
            let message =
                format!("the plan {} was made with another state folder than this one", path.display());
            return Err(refused(message).hint(
                "apply it on the machine, in the account and with the CRSYNC_STATE that made it, or make a new one here \
                 with `crsync diff --save-plan FILE`",
            ));
        };
        let seal = hex::decode(&plan.seal).unwrap_or_default();
        let mut sealed = Vec::new();
        plan.sealed(id, |part| sealed.extend_from_slice(part));
        match hmac::verify(key, &sealed, &seal) {
            Ok(()) => Ok(plan),
            Err(_) => Err(refused(edited(path))),
        }
    }

    /// Whether the digest is that of the content. It finds what was damaged, not what was edited on purpose.
    pub fn is_intact(&self) -> bool {
        self.digest == self.compute_digest()
    }

    /// Writes the plan to `target`, sealed with `key`.
    ///
    /// # Errors
    /// [`Kind::State`] when it cannot be written; then an older file of that name is still whole.
    pub fn save(&self, target: &Target, key: &SealKey) -> Result<()> {
        let SealKey(key, id) = key;
        let seal = hex::encode(self.signed(key, id).as_ref());
        let plan = Self { state: id.clone(), seal, ..self.clone() };
        let text = serde_json::to_string_pretty(&plan).map_err(|error| target.failed(error.into()))?;
        // It is looked at on a terminal too, and is the same plan.
        target.write((visible::escaped(&text).into_owned() + "\n").as_bytes())
    }

    /// Gives what the state of this name puts its seal on to `take`, part by part.
    fn sealed(&self, state: &str, mut take: impl FnMut(&[u8])) {
        take(state.as_bytes());
        take(b"\n");
        self.content(take);
    }

    fn signed(&self, key: &hmac::Key, state: &str) -> hmac::Tag {
        let mut context = hmac::Context::with_key(key);
        self.sealed(state, |part| context.update(part));
        context.sign()
    }

    /// Gives all that the digest is of to `take`, part by part: a plan of many companies is long. Every field is named,
    /// so that a new one cannot be left out.
    fn content(&self, take: impl FnMut(&[u8])) {
        let Self {
            schema,
            tool,
            created,
            psa,
            config,
            outcome,
            estimate,
            known,
            digest: _,
            state: _,
            seal: _,
        } = self;
        let mut parts = BufWriter::new(Parts(take));
        // Maps of an outcome are keyed by text or plain enums, so it always has a JSON form, and what takes it takes all.
        let _ = serde_json::to_writer(
            &mut parts,
            &(schema, tool, created, psa, config, outcome, estimate, known),
        );
        let _ = parts.flush();
    }

    fn compute_digest(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        self.content(|part| context.update(part));
        hex::encode(context.finish().as_ref())
    }
}

/// Gives on what is written to it.
struct Parts<F>(F);

impl<F: FnMut(&[u8])> Write for Parts<F> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        (self.0)(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn edited(path: &Path) -> String {
    format!("the plan {} was edited after it was made", path.display())
}

/// Returns the form of a report that a text is, if it is one: results that were written to a file where a saved plan is
/// meant are a mistake that is easily made.
fn report(text: &str) -> Option<&'static str> {
    #[derive(Deserialize)]
    struct Form {
        schema: String,
    }
    let is_json = || serde_json::from_str::<Form>(text).is_ok_and(|form| form.schema.starts_with("crsync."));
    match text {
        text if text.starts_with("<!doctype html>") => Some("as HTML"),
        text if text.starts_with("company,what,") => Some("as CSV"),
        text if text.starts_with("## ") => Some("as Markdown"),
        _ if is_json() => Some("as JSON"),
        _ => None,
    }
}

/// Returns the version of the form that a text says it has, whatever else is in it.
fn schema(text: &str) -> Option<u32> {
    #[derive(Deserialize)]
    struct Form {
        schema: u32,
    }
    serde_json::from_str(text).map(|Form { schema }| schema).ok()
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

    fn key(byte: u8) -> SealKey {
        SealKey::new(&[byte; 32])
    }

    fn save(plan: &Plan, path: &Path) {
        plan.save(&Target::open(path, "--save-plan").expect("a writable folder"), &key(1)).expect("room");
    }

    #[test]
    fn a_plan_comes_back_from_its_file_as_it_was() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("plan.json");
        save(&plan(), &path);
        let back = Plan::load(&path, Some(&key(1))).expect("its own form");
        assert!(back.is_intact());
        assert_eq!(Plan { state: String::new(), seal: String::new(), ..back }, plan());
    }

    #[test]
    fn a_plan_holds_nothing_that_a_terminal_would_act_on_and_is_the_same_plan() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("plan.json");
        let mut outcome = plan().outcome;
        outcome.companies[0].name = "Con\u{202e}to\u{9b}so\u{200b} \u{e0041}".into();
        let plan = Plan::new(outcome, Vec::new(), Timestamp::UNIX_EPOCH, "example", "00");
        save(&plan, &path);
        assert!(std::fs::read_to_string(&path).expect("text").is_ascii());
        assert_eq!(Plan::load(&path, Some(&key(1))).expect("its own form").outcome, plan.outcome);
    }

    #[test]
    fn an_edited_plan_does_not_match_its_digest() {
        let mut plan = plan();
        plan.outcome.companies[0].name = "Fabrikam".into();
        assert!(!plan.is_intact());
    }

    #[test]
    fn a_plan_is_refused_by_every_other_state_and_by_its_own_once_it_was_edited() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("plan.json");
        save(&plan(), &path);
        let refused = |key: Option<&SealKey>| Plan::load(&path, key).expect_err("refused").to_string();
        assert!(refused(None).ends_with("was made with another state folder than this one"));
        assert!(refused(Some(&key(2))).ends_with("was made with another state folder than this one"));
        let mut edited = Plan::read(&path).expect("it can be shown");
        edited.outcome.companies[0].name = "Fabrikam".into();
        edited.digest = edited.compute_digest();
        std::fs::write(&path, serde_json::to_string(&edited).expect("JSON")).expect("a writable folder");
        assert!(Plan::read(&path).is_ok(), "its digest is right");
        assert!(refused(Some(&key(1))).ends_with("was edited after it was made"));
        let renamed = Plan { state: key(2).1, ..edited };
        std::fs::write(&path, serde_json::to_string(&renamed).expect("JSON")).expect("a writable folder");
        assert!(refused(Some(&key(2))).ends_with("was edited after it was made"));
    }

    #[test]
    fn a_report_of_any_format_is_not_taken_for_a_plan_and_is_named_as_what_it_is() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("plan.json");
        for (text, form) in [
            ("{\"schema\": \"crsync.diff/1\", \"companies\": []}", "as JSON"),
            ("<!doctype html>\n<html>", "as HTML"),
            ("\u{feff}company,what,person\r\n", "as CSV"),
            ("## Plan for Example\n", "as Markdown"),
        ] {
            std::fs::write(&path, text).expect("a writable folder");
            let error = Plan::read(&path).expect_err("no plan");
            assert!(error.message().contains(&format!("is a report of crsync {form}")), "{error}");
            assert_eq!(error.next_step(), Some(ANEW));
        }
    }

    #[test]
    fn a_plan_of_an_older_form_says_that_it_is_of_another_version() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("plan.json");
        std::fs::write(&path, "{\"schema\": 3, \"tool\": \"0.1.0\"}").expect("a writable folder");
        let error = Plan::read(&path).expect_err("too old");
        assert!(error.message().ends_with("plan.json is of another version"), "{error}");
        assert!(error.next_step().is_some());
    }
}
