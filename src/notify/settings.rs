//! `[notify]` of the configuration: who gets a notice, of what, and where the addresses are.

use toml::de::DeValue;

use crate::error::Result;
use crate::secret::{Around, Places};
use crate::table::{Secrets, Table};

/// The name of the table, and of the service that its secrets belong to.
pub const TABLE: &str = "notify";

/// The names of the secrets: the addresses of the targets.
pub const SECRETS: &[&str] = &["webhook", "teams", "slack", "ping"];

/// Who gets notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A program that takes a JSON document by POST.
    Webhook,
    /// A workflow of Teams that posts a card when a webhook request is received.
    Teams,
    /// An incoming webhook of Slack.
    Slack,
    /// A monitor that expects a sign of life.
    Ping,
    /// A program on this machine that takes the JSON document on standard input.
    Command,
}

impl Target {
    /// The targets that have an address, in the order of their secrets.
    pub(super) const WITH_ADDRESS: [Self; 4] = [Self::Webhook, Self::Teams, Self::Slack, Self::Ping];

    /// Returns its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Teams => "teams",
            Self::Slack => "slack",
            Self::Ping => "ping",
            Self::Command => "command",
        }
    }
}

/// What notices are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    /// Something went wrong.
    Failure,
    /// Something was written, or waits to be.
    Changes,
    /// A person has to decide.
    Conflicts,
}

impl Word {
    const ALL: [Self; 3] = [Self::Failure, Self::Changes, Self::Conflicts];

    /// Returns the word.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Changes => "changes",
            Self::Conflicts => "conflicts",
        }
    }
}

/// A target with the places where its address may be.
#[derive(Debug, Clone)]
pub struct Named {
    /// The target.
    pub target: Target,
    /// Where its address may be.
    pub places: Places<'static>,
}

/// What is put behind the address of a ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pings {
    /// When a run begins; blank for no such ping.
    pub start: String,
    /// When it ended without a failure.
    pub success: String,
    /// When it failed; blank for no such ping.
    pub failure: String,
}

/// What `[notify]` says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What notices are about; `None` for everything.
    pub(super) on: Option<Vec<Word>>,
    /// Whether notices tell of people.
    pub details: bool,
    /// The targets that have an address.
    pub targets: Vec<Named>,
    /// The program with its arguments; empty where there is none.
    pub command: Vec<String>,
    /// What is put behind the address of a ping.
    pub pings: Pings,
}

impl Settings {
    /// Returns whether there is anything to send to.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty() && self.command.is_empty()
    }
}

/// Reads `[notify]`. No address is looked for: one that cannot be found must not keep a run from its work.
///
/// # Errors
/// [`Kind::Config`](crate::error::Kind::Config) with the line and what to write instead.
pub fn read_settings(mut table: Table<'_>, around: &dyn Around) -> Result<Settings> {
    let secrets = Secrets { service: TABLE, names: SECRETS, around };
    secrets.refuse(&table)?;
    let on = on(&mut table);
    let details = table.flag("details").is_some_and(|flag| flag.value);
    let listed = listed(&mut table);
    let mut targets = Vec::new();
    for (target, name) in Target::WITH_ADDRESS.into_iter().zip(SECRETS) {
        let places = secrets.places(&mut table, name);
        let Some(places) = table.keep(places) else { continue };
        if listed.contains(&target) || secrets.is_named(&places) {
            let Places { file, command, .. } = places;
            targets.push(Named { target, places: Places { service: TABLE, name, file, command } });
        }
    }
    let command = table.texts("command").into_iter().map(|word| word.value).collect();
    let usual = Pings { start: "/start".to_owned(), success: String::new(), failure: "/{code}".to_owned() };
    let pings = Pings {
        start: suffix(&mut table, "ping-start", usual.start),
        success: suffix(&mut table, "ping-success", usual.success),
        failure: suffix(&mut table, "ping-failure", usual.failure),
    };
    table.finish();
    Ok(Settings { on, details, targets, command, pings })
}

/// Reads what notices are about.
fn on(table: &mut Table<'_>) -> Option<Vec<Word>> {
    const FORM: &str = "\"always\", or a list of \"failure\", \"changes\" and \"conflicts\"";
    let usual = || Some(Word::ALL.to_vec());
    let Some(found) = table.any("on") else { return usual() };
    let wrong = || table.kept(table.wrong_type("on", &found.span, FORM));
    let word = |item: &DeValue<'_>| Word::ALL.into_iter().find(|word| item.as_str() == Some(word.name()));
    match &found.value {
        DeValue::String(text) if text == "always" => None,
        DeValue::Array(items) if !items.is_empty() => {
            let words: Option<Vec<Word>> = items.iter().map(|item| word(item.get_ref())).collect();
            if words.is_none() {
                wrong();
            }
            words
        }
        _ => {
            wrong();
            usual()
        }
    }
}

/// Reads which targets are used although nothing but the keyring may hold their addresses.
fn listed(table: &mut Table<'_>) -> Vec<Target> {
    let names = table.texts("targets").into_iter();
    let target = |name: crate::table::Located<String>| {
        let known = Target::WITH_ADDRESS.into_iter().find(|target| target.name() == name.value);
        let wrong = || {
            let names = SECRETS.join("\", \"");
            table.wrong_type("targets", &name.span, &format!("a list of \"{names}\""))
        };
        table.keep(known.ok_or_else(wrong))
    };
    names.filter_map(target).collect()
}

/// Reads what is put behind the address of a ping.
fn suffix(table: &mut Table<'_>, key: &str, usual: String) -> String {
    let Some(found) = table.text(key) else { return usual };
    if found.value.is_empty() || found.value.starts_with(['/', '?']) {
        return found.value;
    }
    let form = "what is put behind the address: a path such as \"/fail\", \"?status=down\", or nothing";
    table.kept(table.wrong_type(key, &found.span, form));
    usual
}
