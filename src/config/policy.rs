//! `[sync]`, `[self-service]` and `[guards]`, and with `fields`, `exclude` and `types` all that says how companies are
//! served, in general or one by one.

use std::collections::BTreeSet;
use std::time::Duration;

use toml::de::DeValue;

use super::{exclude, fields, removed, stated, types};
use crate::error::Result;
use crate::model::{Field, Row};
use crate::plan::Measure;
use crate::reconcile::{AddressRule, GuardLimits, Limit, NeverSeen, OnExclude, Policy, RequireName, Rule};
use crate::table::{Located, Table, integer};
use crate::text::span;

/// Rows that cannot be switched off, with the reason, and what can be done instead.
const FIXED: [(Row, &str, &str); 3] = [
    (
        Row::MatchUsers,
        "everything else rests on it",
        "[[exclude]] and decisions.toml say who is out of scope",
    ),
    (
        Row::ExcludeUsers,
        "everything else rests on it",
        "[[exclude]] and decisions.toml say who is out of scope",
    ),
    (
        Row::SyncLog,
        "a run without a journal could not be settled",
        "`keep-journal` says how long a run is kept",
    ),
];

/// What the general part of the file says.
#[derive(Debug, Clone, Default)]
pub(super) struct General {
    pub(super) policy: Policy,
    /// Rows that the file switches on in so many words.
    pub(super) switched_on: BTreeSet<Row>,
}

/// Reads the general part.
pub(super) fn general(file: &mut Table<'_>) -> General {
    let mut general = General::default();
    apply(file, &mut general);
    general
}

/// Reads `sync`, `fields`, `self-service`, `exclude` and `type` of `table` (the file, or a company) on top of what
/// `general` holds.
pub(super) fn apply(table: &mut Table<'_>, general: &mut General) {
    if let Some(mut sync) = table.table("sync") {
        removed::refuse(&mut sync, "sync");
        read_sync(&mut sync, general);
        sync.finish();
    }
    fields::read(table, &mut general.policy);
    if let Some(mut own) = table.table("self-service") {
        let fields = self_service(&mut own);
        if let Some(fields) = own.keep(fields).flatten() {
            general.policy.self_service = fields;
        }
        own.finish();
    }
    exclude::read(table, &mut general.policy);
    types::read(table, &mut general.policy);
}

fn read_sync(sync: &mut Table<'_>, general: &mut General) {
    for row in Row::ALL {
        match row {
            Row::ExcludeLicenses => {
                for licence in sync.texts(row.id()) {
                    let text = licence.value.trim();
                    let rule = Rule::Licence(text.to_owned());
                    general.policy.stated.push(stated(sync, &licence.span, rule));
                    general.policy.exclude_licenses.insert(text.to_lowercase());
                }
            }
            Row::RequireName => require_name(sync, general),
            row => {
                if let Some(flag) = sync.flag(row.id()) {
                    sync.keep(switch(sync, general, row, &flag));
                }
            }
        }
    }
    let policy = &mut general.policy;
    for (key, flag) in [
        ("create-contacts", &mut policy.create_contacts),
        ("hold-namesakes", &mut policy.hold_namesakes),
        ("guests", &mut policy.guests),
        ("pictures", &mut policy.pictures),
        ("publish-pictures", &mut policy.publish_pictures),
    ] {
        if let Some(stated) = sync.flag(key) {
            *flag = stated.value;
        }
    }
    for (key, refresh) in
        [("pin-refresh", &mut policy.pin_refresh), ("picture-refresh", &mut policy.picture_refresh)]
    {
        if let Some(stated) = refreshed(sync, key) {
            *refresh = stated;
        }
    }
    let address = [("mail-or-user-name", AddressRule::MailOrUserName), ("mail", AddressRule::Mail)];
    set(&mut policy.address, sync.choice("address", &address));
    let excluded = [("leave-alone", OnExclude::LeaveAlone), ("disable-login", OnExclude::DisableLogin)];
    set(&mut policy.on_exclude, sync.choice("on-exclude", &excluded));
    let never_seen = [("leave", NeverSeen::Leave), ("deactivate", NeverSeen::Deactivate)];
    set(&mut policy.never_seen, sync.choice("never-seen", &never_seen));
    if let Some(code) = calling_code(sync) {
        policy.calling_code = Some(code);
    }
    let roles = types::read_roles(sync, policy);
    sync.keep(roles);
    for pattern in sync.texts("protected") {
        sync.keep(exclude::check_pattern(sync, &pattern));
        policy.protected.push(pattern.value);
    }
}

/// Puts what is stated in the place of what held so far.
fn set<T>(value: &mut T, stated: Option<T>) {
    if let Some(stated) = stated {
        *value = stated;
    }
}

/// Reads the calling code of the country whose numbers are written without one: `"1"`, `"+44"`.
fn calling_code(sync: &mut Table<'_>) -> Option<String> {
    let key = "calling-code";
    let text = sync.text(key)?;
    let digits = text.value.trim();
    let digits = digits.strip_prefix('+').or(digits.strip_prefix("00")).unwrap_or(digits).trim();
    let is_code = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if is_code && !digits.starts_with('0') {
        return Some(digits.to_owned());
    }
    sync.kept(sync.wrong_type(key, &text.span, "the calling code of a country, such as \"1\" or \"44\""));
    None
}

/// Reads how long a reading counts.
fn refreshed(sync: &mut Table<'_>, key: &'static str) -> Option<Duration> {
    let text = sync.text(key)?;
    let wrong = || sync.wrong_type(key, &text.span, "a time such as \"12h\" or \"7d\"");
    sync.keep(span::parse(&text.value).ok_or_else(wrong))
}

/// Reads `[self-service]`: the fields that people may change by themselves, in the place of those that held so far.
fn self_service(own: &mut Table<'_>) -> Result<Option<BTreeSet<Field>>> {
    if own.place("allow").is_none() {
        return Ok(None);
    }
    let shape = crate::graph::shape();
    let can_be_written: Vec<&str> =
        Field::PERSONAL.into_iter().filter(|field| shape.field(*field).is_some()).map(Field::name).collect();
    own.texts("allow")
        .iter()
        .map(|name| {
            let field = Field::PERSONAL
                .into_iter()
                .find(|field| field.name() == name.value && shape.field(*field).is_some());
            field.ok_or_else(|| {
                own.error(
                    &name.span,
                    format!("\"{}\" is no field that people can change by themselves", name.value),
                )
                .hint(format!("those fields are {}", can_be_written.join(", ")))
            })
        })
        .collect::<Result<_>>()
        .map(Some)
}

fn switch(sync: &Table<'_>, general: &mut General, row: Row, flag: &Located<bool>) -> Result<()> {
    if let Some((_, why, instead)) = FIXED.iter().find(|(fixed, ..)| *fixed == row) {
        if flag.value {
            return Ok(());
        }
        return Err(sync
            .error(&flag.span, format!("`{row}` cannot be switched off: {why}"))
            .hint(format!("take the line out; {instead}")));
    }
    if !flag.value {
        general.policy.rows.remove(&row);
        general.switched_on.remove(&row);
        return Ok(());
    }
    general.policy.rows.insert(row);
    general.switched_on.insert(row);
    Ok(())
}

fn require_name(sync: &mut Table<'_>, general: &mut General) {
    let key = Row::RequireName.id();
    let Some(found) = sync.any(key) else { return };
    let policy = &mut general.policy;
    policy.require_name = match &found.value {
        DeValue::Boolean(true) => RequireName::Any,
        DeValue::Boolean(false) => RequireName::No,
        DeValue::String(text) if text == "either" => RequireName::Both,
        _ => {
            let form = "true, false, or \"either\" (one missing name is enough)";
            return sync.kept(sync.wrong_type(key, &found.span, form));
        }
    };
    if policy.require_name == RequireName::No {
        policy.rows.remove(&Row::RequireName);
    } else {
        policy.rows.insert(Row::RequireName);
    }
}

/// The shortest time that limits may look back: of what a night did, the next one must know.
const SHORTEST_WINDOW: Duration = Duration::from_secs(86_400);

/// Reads `[guards]` on top of the usual limits.
pub(super) fn guards(file: &mut Table<'_>) -> GuardLimits {
    let mut limits = GuardLimits::default();
    let Some(mut guards) = file.table("guards") else { return limits };
    let place = guards.place("window");
    if let Some(window) = guards.duration("window") {
        if window < SHORTEST_WINDOW {
            let error = guards.error(&place.unwrap_or_default(), "window is shorter than a day");
            guards.kept(error.hint(
                "write `window = \"7d\"`, or any time from a day up: limits count what earlier runs did in it",
            ));
        }
        limits.window = window;
    }
    for measure in [Measure::Create, Measure::Update, Measure::Deactivate, Measure::Relink, Measure::Blank] {
        let Some(found) = guards.any(measure.name()) else { continue };
        let limit = match &found.value {
            DeValue::String(text) => parse_limit(text),
            value => {
                integer(value).and_then(|count| Some(Limit { count: count.try_into().ok()?, percent: 0 }))
            }
        };
        let form = "\"5 or 10%\", \"10%\", or a number";
        let wrong = || guards.wrong_type(measure.name(), &found.span, form);
        if let Some(limit) = guards.keep(limit.ok_or_else(wrong)) {
            limits.limits.insert(measure, limit);
        }
    }
    guards.finish();
    limits
}

/// Reads `5 or 10%`, `5`, or `10%`.
fn parse_limit(text: &str) -> Option<Limit> {
    let (mut count, mut percent) = (None, None);
    for part in text.split(" or ").map(str::trim) {
        // Of two numbers, or two percentages, no one can say which is meant.
        let former = match part.strip_suffix('%') {
            Some(part) => percent.replace(part.trim().parse().ok().filter(|percent| *percent <= 100)?),
            None => count.replace(part.parse().ok()?),
        };
        if former.is_some() {
            return None;
        }
    }
    Some(Limit { count: count.unwrap_or_default(), percent: percent.unwrap_or_default() })
}
