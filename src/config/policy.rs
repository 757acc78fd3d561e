//! `[sync]`, `[fields]`, `[self-service]`, `[guards]`, `[[exclude]]`, `[[type]]`: how companies are served, in
//! general or one by one.

use std::collections::BTreeSet;
use std::time::Duration;

use toml::de::DeValue;

use super::{removed, stated, types};
use crate::error::Result;
use crate::model::{Field, Row, Side};
use crate::plan::Measure;
use crate::reconcile::{
    AddressRule, ExcludeOn, Exclusion, FieldRule, GuardLimits, Limit, NeverSeen, OnExclude, Policy,
    RequireName, Rule, When,
};
use crate::table::{Located, Table, integer};
use crate::text::like::Pattern;
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
    if let Some(mut fields) = table.table("fields") {
        read_fields(&mut fields, &mut general.policy);
        fields.finish();
    }
    if let Some(mut own) = table.table("self-service") {
        let fields = self_service(&mut own);
        if let Some(fields) = own.keep(fields).flatten() {
            general.policy.self_service = fields;
        }
        own.finish();
    }
    for mut exclude in table.tables("exclude") {
        let rule = exclusion(&mut exclude);
        exclude.finish();
        let Some(rule) = exclude.keep(rule) else { continue };
        general.policy.stated.push(stated(&exclude, &exclude.span, Rule::Exclude(rule.clone())));
        general.policy.exclude.push(rule);
    }
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
        sync.keep(check_pattern(sync, &pattern));
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

fn read_fields(fields: &mut Table<'_>, policy: &mut Policy) {
    removed::refuse(fields, "fields");
    for field in settable() {
        if let Some(change) = field_rule(fields, field) {
            change.apply(policy.contact_fields.entry(field).or_insert_with(never));
            if let Some(rule) = policy.portal_fields.get_mut(&field) {
                change.apply(rule);
            }
        }
    }
    if let Some(found) = fields.any(PIN) {
        set(&mut policy.clear_pins, fields.keep(pin_rule(fields, found)));
    }
    for (target, rules) in [("contact", &mut policy.contact_fields), ("portal", &mut policy.portal_fields)] {
        let Some(mut table) = fields.table(target) else { continue };
        removed::refuse(&mut table, "fields");
        // Which fields contacts have is for the PSA to say, so that a rule for any of them is taken, and told where it
        // cannot be served.
        let any = target == "contact";
        for field in settable().filter(|field| any || rules.contains_key(field)).collect::<Vec<_>>() {
            if let Some(change) = field_rule(&mut table, field) {
                change.apply(rules.entry(field).or_insert_with(never));
            }
        }
        table.finish();
    }
}

/// Reads what a setting says of a field.
fn field_rule(table: &mut Table<'_>, field: Field) -> Option<RuleChange> {
    let found = table.any(field.name())?;
    table.keep(rule(table, field, found))
}

/// Returns the fields that a rule can be written for: a display name is made of the names, and kept by 365 alone.
fn settable() -> impl Iterator<Item = Field> {
    Field::PERSONAL.into_iter().filter(|field| *field != Field::DisplayName)
}

/// Returns the rule of a field that is written to no contact where the configuration says nothing of it.
fn never() -> FieldRule {
    FieldRule { when: When::Never, clear: false, sources: vec![Side::Tenant, Side::Psa] }
}

/// What a setting says of a field; the rest stays as it was.
#[derive(Debug, Default)]
struct RuleChange {
    when: Option<When>,
    clear: Option<bool>,
    sources: Option<Vec<Side>>,
}

impl RuleChange {
    fn apply(&self, rule: &mut FieldRule) {
        rule.when = self.when.unwrap_or(rule.when);
        rule.clear = self.clear.unwrap_or(rule.clear);
        if let Some(sources) = &self.sources {
            rule.sources.clone_from(sources);
        }
    }
}

const RULE_FORM: &str = "\"always\", \"on-create\", \"never\", or { when = \"always\", clear = true, sources = [\"365\", \"psa\"] }";

fn rule<'t>(table: &Table<'t>, field: Field, found: Located<DeValue<'t>>) -> Result<RuleChange> {
    let span = found.span.clone();
    if let DeValue::String(word) = &found.value {
        let when = when(word).ok_or_else(|| table.wrong_type(field.name(), &span, RULE_FORM))?;
        return Ok(RuleChange { when: Some(when), ..RuleChange::default() });
    }
    let mut inner =
        table.inline(field.name(), found).ok_or_else(|| table.wrong_type(field.name(), &span, RULE_FORM))?;
    let when = inner.choice("when", &WHEN);
    let clear = inner.flag("clear").map(|flag| flag.value);
    let mut change = RuleChange { when, clear, sources: None };
    if inner.place("sources").is_some() {
        let mut sources = Vec::new();
        for name in inner.texts("sources") {
            let wrong = |form| inner.kept(inner.wrong_type("sources", &name.span, form));
            match name.value.as_str() {
                "365" if !sources.contains(&Side::Tenant) => sources.push(Side::Tenant),
                "psa" if !sources.contains(&Side::Psa) => sources.push(Side::Psa),
                "365" | "psa" => wrong("each source once, the first one first"),
                _ => wrong("\"365\" and \"psa\", the first one first"),
            }
        }
        change.sources = Some(sources);
    }
    inner.finish();
    Ok(change)
}

/// The support PIN among the fields. That it is written at all is said by its row.
const PIN: &str = "support-pin";

/// Reads whether a portal user without a support PIN makes the contact's blank.
fn pin_rule<'t>(table: &Table<'t>, found: Located<DeValue<'t>>) -> Result<bool> {
    let span = found.span.clone();
    let form = || table.wrong_type(PIN, &span, "{ clear = true } or { clear = false }");
    let mut inner = table.inline(PIN, found).ok_or_else(form)?;
    let clear = inner.flag("clear").map(|flag| flag.value);
    inner.finish();
    clear.ok_or_else(form)
}

const WHEN: [(&str, When); 3] =
    [("always", When::Always), ("on-create", When::OnCreate), ("never", When::Never)];

fn when(word: &str) -> Option<When> {
    WHEN.iter().find(|(known, _)| *known == word).map(|(_, when)| *when)
}

/// What an exclusion can look at, by its key.
const EXCLUDE_ON: &[(&str, ExcludeOn)] = &[
    ("email", ExcludeOn::Email),
    ("department", ExcludeOn::Field(Field::Department)),
    ("title", ExcludeOn::Field(Field::Title)),
    ("display-name", ExcludeOn::Field(Field::DisplayName)),
    ("user-name", ExcludeOn::Field(Field::UserName)),
    ("user-type", ExcludeOn::UserType),
    ("office", ExcludeOn::Attribute("office")),
    ("company-name", ExcludeOn::Attribute("company_name")),
];

fn exclusion(table: &mut Table<'_>) -> Result<Exclusion> {
    let mut found = Vec::new();
    for (key, on) in EXCLUDE_ON {
        // Earlier versions wrote an underscore.
        let former = key.replace('-', "_");
        let key = if former != *key && table.place(&former).is_some() { former.as_str() } else { key };
        if let Some(pattern) = table.text(key) {
            table.keep(check_pattern(table, &pattern));
            found.push((on.clone(), pattern.value));
        }
    }
    let reason = table.text("reason").map(|reason| reason.value);
    match (found.pop(), found.is_empty()) {
        (Some((on, pattern)), true) => Ok(Exclusion { on, pattern, reason }),
        (None, _) => {
            let keys = EXCLUDE_ON.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ");
            Err(table
                .error(&table.span, "[[exclude]] names nothing to look at")
                .hint(format!("add one of {keys}")))
        }
        (Some(_), false) => Err(table
            .error(&table.span, "[[exclude]] names more than one thing to look at")
            .hint("write one [[exclude]] for each")),
    }
}

fn check_pattern(table: &Table<'_>, pattern: &Located<String>) -> Result<()> {
    if pattern.value.trim().is_empty() {
        return Err(table
            .error(&pattern.span, "a blank pattern fits no one")
            .hint("write what is meant, or take it out"));
    }
    Pattern::new(&pattern.value).map(|_| ()).map_err(|why| {
        table
            .error(&pattern.span, format!("\"{}\" is not a pattern: {why}", pattern.value))
            .hint("? is one character, * any run, # a digit, [a-c,x] one of, [!…] none of")
    })
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
