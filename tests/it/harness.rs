//! A running sandbox, and crsync run against it inside this process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

use crsync::cli::{self, Io};
use crsync::plan::{Entry, Report, Settlement};
use crsync::report::SCHEMAS as SCHEMAS_OF_OUTPUTS;
use crsync::state::Clock;
use crsync_sandbox::{Answered, Effect, Fault, Options, Sandbox, Seen, System};
use jsonschema::Validator;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Limits that a first sync runs into.
pub(crate) const LIFTED: [&str; 8] = [
    "--allow",
    "create=9999",
    "--allow",
    "update=9999",
    "--allow",
    "deactivate=999",
    "--allow",
    "relink=999",
];

/// A sandbox of its own, with a configuration that points at it.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) env: BTreeMap<String, String>,
    /// The clock of the runs in this process.
    pub(crate) clock: Clock,
    folder: TempDir,
}

/// What one run said.
pub(crate) struct Run {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// The result as JSON, which is as its schema says if it names one.
    pub(crate) fn json(&self) -> Value {
        let document = serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out, self.err));
        keeps_its_word(&document);
        document
    }
}

/// Fails where a document names a form of crsync's, and is not as the schema of that form says.
pub(crate) fn keeps_its_word(document: &Value) {
    let form = document.get("schema").and_then(Value::as_str).and_then(|form| form.strip_prefix("crsync."));
    if let Some((name, _)) = form.and_then(|form| form.split_once('/')) {
        fits(name, document);
    }
}

/// Fails where a document is not as the schema of this name says, to the last key: what a schema leaves open for later
/// versions is not there now.
pub(crate) fn fits(name: &str, document: &Value) {
    static SCHEMAS: OnceLock<BTreeMap<&str, Validator>> = OnceLock::new();
    let all = SCHEMAS.get_or_init(|| {
        let validator = |text: String| {
            let mut schema = serde_json::from_str(&text).expect("a schema is JSON");
            close(&mut schema);
            jsonschema::validator_for(&schema).expect("a schema")
        };
        SCHEMAS_OF_OUTPUTS.iter().map(|(name, packed)| (*name, validator(packed.text()))).collect()
    });
    let schema = all.get(name).unwrap_or_else(|| panic!("{name} has no schema"));
    // Far sooner told than what is wrong.
    if schema.is_valid(document) {
        return;
    }
    let wrong: Vec<String> =
        schema.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    panic!("{name}: {wrong:#?}");
}

/// Takes from a schema the leave to hold keys that it does not name.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            let is_open = object.get("properties").is_some_and(Value::is_object)
                && object.get("type").is_some_and(|kind| kind == "object");
            // Where nothing beside it names further keys, the plain word says the same and is compared far sooner.
            let is_alone = ["anyOf", "allOf", "oneOf", "$ref"].iter().all(|word| !object.contains_key(*word));
            if is_open {
                let word = if is_alone { "additionalProperties" } else { "unevaluatedProperties" };
                object.entry(word).or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

impl World {
    /// The built-in MSP.
    pub(crate) fn new() -> Self {
        Self::start(None, tempfile::tempdir().expect("a scratch folder"))
    }

    /// The built-in MSP without people in its large clients, Litware and Adatum, and without limits on how
    /// much may be asked in a time: quick to start, to edit and to look at.
    pub(crate) fn small() -> Self {
        static STATE: OnceLock<String> = OnceLock::new();
        let folder = tempfile::tempdir().expect("a scratch folder");
        let state = folder.path().join("sandbox");
        std::fs::create_dir(&state).expect("a writable folder");
        let text = STATE.get_or_init(|| without_large_clients().to_string());
        std::fs::write(state.join("sandbox.json"), text).expect("a writable folder");
        Self::start(Some(state), folder)
    }

    /// An MSP with these clients and no others, each told as in `crates/sandbox/fixtures` (see [`client`]), and without
    /// limits on how much may be asked in a time.
    pub(crate) fn of(clients: &[String]) -> Self {
        let options = Options { clients: clients.to_vec(), ..Options::default() };
        let world = Self::with(options, tempfile::tempdir().expect("a scratch folder"));
        let lift = |kit: &crate::conformance::Kit, state: &mut Value| (kit.unlimited)(&mut state[kit.part]);
        world.edit(|state| crate::conformance::KITS.iter().for_each(|kit| lift(kit, state)));
        world
    }

    fn start(state: Option<PathBuf>, folder: TempDir) -> Self {
        Self::with(Options { state, ..Options::default() }, folder)
    }

    fn with(options: Options, folder: TempDir) -> Self {
        let sandbox = Sandbox::start(options).expect("clients that can be read, and a free port");
        let mut env: BTreeMap<String, String> =
            sandbox.secrets().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        env.insert("CRSYNC_STATE".to_owned(), folder.path().join("state").display().to_string());
        // Without it no program of Windows finds the network.
        env.extend(std::env::var("SystemRoot").ok().map(|folder| ("SystemRoot".to_owned(), folder)));
        let world = Self { sandbox, env, clock: Clock::by_hand(), folder };
        // A test does not wait: what fails, fails at once.
        world.configure(|text| format!("retries = 0\n{text}"));
        world
    }

    /// Rewrites the configuration from the sandbox's own.
    pub(crate) fn configure(&self, edit: impl FnOnce(String) -> String) {
        std::fs::write(self.config(), edit(self.sandbox.config())).expect("a writable folder");
    }

    /// The configuration's path.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("crsync.toml")
    }

    /// The folder of the journal and of everything else that survives a run.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// Forgets everything that survives a run.
    pub(crate) fn forget(&self) {
        match std::fs::remove_dir_all(self.state()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
            _ => {}
        }
    }

    /// A path for a file of the test's own.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes the n-th request whose path contains `path` go wrong.
    pub(crate) fn fault(&self, system: System, path: &str, nth: Option<u32>, effect: Effect) {
        self.sandbox.set_faults(vec![Fault { system, path: path.to_owned(), nth, effect }]);
    }

    /// Changes every answer to a request whose path contains `path`.
    pub(crate) fn rewrite(
        &self,
        system: System,
        path: &str,
        change: impl Fn(&Seen, &mut Answered) + Send + Sync + 'static,
    ) {
        self.fault(system, path, None, Effect::rewrite(change));
    }

    /// Changes what the systems hold.
    pub(crate) fn edit(&self, change: impl FnOnce(&mut Value)) {
        self.sandbox.edit(change).expect("still a world");
    }

    /// Runs crsync with these arguments and the world's configuration.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let config = self.config().display().to_string();
        let mut all = vec!["crsync", "--config", &config];
        all.extend(args);
        let (io, buffers) = Io::buffered(None, self.env.clone());
        let code = cli::run(all.iter().map(OsString::from), &mut io.timed_by(self.clock.clone()));
        Run { code, out: buffers.out(), err: buffers.err() }
    }

    /// Lets the time pass after which no service carries out a request any more whose answer was lost.
    pub(crate) fn let_requests_end(&self) {
        self.clock.pass(std::time::Duration::from_secs(10 * 60));
    }

    /// Runs `crsync sync --yes` with these arguments.
    pub(crate) fn sync(&self, args: &[&str]) -> Run {
        let mut all = vec!["sync", "--yes"];
        all.extend(args);
        self.run(&all)
    }

    /// What the journal holds of a run.
    pub(crate) fn journal(&self, run: &str) -> Report {
        let shown = self.run(&["log", run, "--format", "json"]).json();
        serde_json::from_value(shown["run"].clone()).expect("a run")
    }

    /// The ids of all runs of the journal, the oldest first.
    pub(crate) fn runs(&self) -> Vec<String> {
        let shown = self.run(&["log", "--format", "json"]).json();
        let runs = shown["runs"].as_array().expect("a list").iter();
        runs.map(|run| run["header"]["id"].as_str().expect("an id").to_owned()).collect()
    }

    /// The writes that the systems saw, in the order they arrived.
    pub(crate) fn writes(&self) -> Vec<Seen> {
        let mut seen = self.sandbox.requests();
        seen.retain(is_write);
        seen
    }

    /// Saves a plan for these companies to a file, and gives its name.
    pub(crate) fn plan(&self, args: &[&str]) -> String {
        let file = self.path("plan.json").display().to_string();
        let mut all = vec!["--out", &file];
        all.extend(args);
        assert_eq!(self.diff(&all).code, 0);
        file
    }

    /// Runs `crsync diff --format json` with these arguments.
    pub(crate) fn diff(&self, args: &[&str]) -> Run {
        let mut all = vec!["diff", "--format", "json"];
        all.extend(args);
        self.run(&all)
    }
}

/// The text of a client with `crowd` people who agree on all sides, and the `[[person]]` entries of `people`. The
/// number chooses its ids: portal company N, PSA company 200 + 2 N; its domain is the name in small letters and
/// `.example`. Its PSA company stores the tenant's id.
pub(crate) fn client(name: &str, number: usize, crowd: usize, people: &str) -> String {
    let (psa, domain) = (200 + 2 * number, name.to_lowercase());
    format!(
        "name = \"{name}\"\ntenant = \"a1de0001-0000-4000-8000-{number:012}\"\ndomains = [\"{domain}.example\"]\n\
         skus = [\"SPB\", \"FLOW_FREE\"]\ncloudradial = {number}\npsa = {psa}\nowner = 1\nportal-account-manager = \"Robin Hale\"\ncrowd = {crowd}\n\
         [defaults]\nlicences = [\"SPB\"]\n{people}"
    )
}

/// The first state of the sandbox, without the people of Litware and Adatum.
fn without_large_clients() -> Value {
    let sandbox = Sandbox::start(Options::default()).expect("a free port");
    let mut state = sandbox.snapshot();
    for tenant in state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut() {
        if tenant["name"] == "Litware" || tenant["name"] == "Adatum" {
            tenant["users"] = json!([]);
        }
    }
    let portal_users = state["cloudradial"]["users"].as_object_mut().expect("portal users by id");
    portal_users.retain(|_, user| user["companyId"] != 14 && user["companyId"] != 15);
    for kit in &crate::conformance::KITS {
        let part = &mut state[kit.part];
        let contacts = part["contacts"].as_object_mut().expect("contacts by id");
        contacts.retain(|id, _| !id.starts_with("179") && !id.starts_with("180"));
        (kit.unlimited)(part);
    }
    state
}

/// Runs crsync with exactly these arguments, on a terminal of that width or none.
pub(crate) fn run(args: &[&str], width: Option<usize>, env: &BTreeMap<String, String>) -> Run {
    let (mut io, buffers) = Io::buffered(width, env.clone());
    let code = cli::run(args.iter().map(OsString::from), &mut io);
    Run { code, out: buffers.out(), err: buffers.err() }
}

/// The part of a plan that is about one company.
pub(crate) fn company<'v>(plan: &'v Value, name: &str) -> &'v Value {
    let companies = plan["companies"].as_array().expect("companies");
    companies
        .iter()
        .find(|company| company["name"] == name)
        .unwrap_or_else(|| panic!("{name} is not in the plan"))
}

/// What a plan would do about a person of this name: one line for each change, with its fields and both sides.
pub(crate) fn planned(plan: &Value, company_name: &str, person: &str) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Null => "?".to_owned(),
        Value::String(text) => text.clone(),
        Value::Object(one) if one.len() == 1 => one.values().filter_map(Value::as_str).collect(),
        other => other.to_string(),
    };
    let field = |field: &Value| {
        format!("{} {:?} -> {:?}", text(&field["field"]), text(&field["before"]), text(&field["after"]))
    };
    let changes = company(plan, company_name)["changes"].as_array().expect("a list").iter();
    changes
        .filter(|change| change["who"]["name"] == person)
        .map(|change| {
            let fields: Vec<String> =
                change["fields"].as_array().expect("a list").iter().map(field).collect();
            format!("{} {}: {}", text(&change["action"]), text(&change["record"]["kind"]), fields.join(", "))
        })
        .collect()
}

/// The reasons in the list `list` ("skipped", "excluded") of a company's plan that are about a person of this name.
pub(crate) fn reasons(plan: &Value, company_name: &str, list: &str, person: &str) -> Vec<String> {
    let entries = company(plan, company_name)[list].as_array().expect("a list").iter();
    let of = entries.filter(|entry| entry["who"]["name"] == person);
    of.map(|entry| entry["reason"].as_str().expect("a reason").to_owned()).collect()
}

/// Whether a request changes anything: the PSA and Microsoft 365 take their questions by POST as well.
fn is_write(seen: &Seen) -> bool {
    match seen.system {
        System::ENTRA | System::GRAPH => false,
        System::AUTOTASK => seen.method != "GET" && !seen.path.ends_with("/query"),
        _ => seen.method != "GET" && !signs_in(seen),
    }
}

/// Whether a request only signs in.
pub(crate) fn signs_in(seen: &Seen) -> bool {
    let path = seen.path.split('?').next().unwrap_or_default();
    ["/authenticate", "/token"].iter().any(|end| path.ends_with(end))
}

/// The entries of a run that ended so.
pub(crate) fn settled(report: &Report, how: Settlement) -> Vec<&Entry> {
    let is = |entry: &&Entry| entry.settled.as_ref().is_some_and(|settled| settled.how == how);
    report.entries.iter().filter(is).collect()
}

/// What became of the changes of this person, by the first words of the address: action, record, settlement.
pub(crate) fn fates(report: &Report, person: &str) -> Vec<String> {
    let of =
        |entry: &&Entry| entry.change.who.email.as_deref().is_some_and(|email| email.starts_with(person));
    let fate = |entry: &Entry| {
        let how = entry.settled.as_ref().map_or("unknown", |settled| settled.how.name());
        format!("{} {}: {how}", entry.change.action, entry.change.record.kind.noun())
    };
    report.entries.iter().filter(of).map(fate).collect()
}
