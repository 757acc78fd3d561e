//! `[sync]`, `[fields]`, `[self-service]`, `[guards]`, `[[exclude]]`, `[[type]]`: how companies are served, in
//! general or one by one.

use std::collections::{BTreeMap, BTreeSet};
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
    (Row::MatchUsers, "everything else rests on it", "[[exclude]] and decisions.toml say who takes no part"),
    (
        Row::ExcludeUsers,
        "everything else rests on it",
        "[[exclude]] and decisions.toml say who takes no part",
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
pub(super) fn general(file: &mut Table<'_>) -> Result<General> {
    let mut general = General::default();
    apply(file, &mut general)?;
    Ok(general)
}

/// Reads `sync`, `fields`, `self-service`, `exclude` and `type` of `table` (the file, or a company) on top of what
/// `general` holds.
pub(super) fn apply(table: &mut Table<'_>, general: &mut General) -> Result<()> {
    if let Some(mut sync) = table.table("sync")? {
        removed::refuse(&sync, "sync")?;
        read_sync(&mut sync, general)?;
        sync.finish()?;
    }
    if let Some(mut fields) = table.table("fields")? {
        read_fields(&mut fields, &mut general.policy)?;
        fields.finish()?;
    }
    if let Some(mut own) = table.table("self-service")? {
        read_self_service(&mut own, &mut general.policy)?;
        own.finish()?;
    }
    for mut exclude in table.tables("exclude")? {
        let rule = exclusion(&mut exclude)?;
        general.policy.stated.push(stated(&exclude, &exclude.span, Rule::Exclude(rule.clone())));
        general.policy.exclude.push(rule);
        exclude.finish()?;
    }
    types::read(table, &mut general.policy)
}

fn read_sync(sync: &mut Table<'_>, general: &mut General) -> Result<()> {
    for row in Row::ALL {
        match row {
            Row::ExcludeLicenses => {
                for licence in sync.texts(row.id())? {
                    let text = licence.value.trim();
                    let rule = Rule::Licence(text.to_owned());
                    general.policy.stated.push(stated(sync, &licence.span, rule));
                    general.policy.exclude_licenses.insert(text.to_lowercase());
                }
            }
            Row::RequireName => require_name(sync, general)?,
            row => {
                if let Some(flag) = sync.flag(row.id())? {
                    switch(sync, general, row, &flag)?;
                }
            }
        }
    }
    if let Some(flag) = sync.flag("create-contacts")? {
        general.policy.create_contacts = flag.value;
    }
    if let Some(flag) = sync.flag("hold-namesakes")? {
        general.policy.hold_namesakes = flag.value;
    }
    if let Some(flag) = sync.flag("guests")? {
        general.policy.guests = flag.value;
    }
    if let Some(refresh) = refresh(sync, "pin-refresh")? {
        general.policy.pin_refresh = refresh;
    }
    read_pictures(sync, &mut general.policy)?;
    read_address(sync, &mut general.policy)?;
    if let Some(code) = calling_code(sync)? {
        general.policy.calling_code = Some(code);
    }
    let choice = sync.text("on-exclude")?;
    match choice.as_ref().map(|choice| choice.value.as_str()) {
        None => {}
        Some("leave-alone") => general.policy.on_exclude = OnExclude::LeaveAlone,
        Some("disable-login") => general.policy.on_exclude = OnExclude::DisableLogin,
        Some(_) => {
            let span = choice.map_or(0..0, |choice| choice.span);
            return Err(sync.wrong_type("on-exclude", &span, "\"leave-alone\" or \"disable-login\""));
        }
    }
    let choice = sync.text("never-seen")?;
    match choice.as_ref().map(|choice| choice.value.as_str()) {
        None => {}
        Some("leave") => general.policy.never_seen = NeverSeen::Leave,
        Some("deactivate") => general.policy.never_seen = NeverSeen::Deactivate,
        Some(_) => {
            let span = choice.map_or(0..0, |choice| choice.span);
            return Err(sync.wrong_type("never-seen", &span, "\"leave\" or \"deactivate\""));
        }
    }
    types::read_roles(sync, &mut general.policy)?;
    let protected = sync.texts("protected")?;
    for pattern in &protected {
        check_pattern(sync, pattern)?;
    }
    general.policy.protected.extend(protected.into_iter().map(|pattern| pattern.value));
    Ok(())
}

/// What counts as the address of a user without a mailbox.
fn read_address(sync: &mut Table<'_>, policy: &mut Policy) -> Result<()> {
    let Some(choice) = sync.text("address")? else { return Ok(()) };
    policy.address = match choice.value.as_str() {
        "mail-or-user-name" => AddressRule::MailOrUserName,
        "mail" => AddressRule::Mail,
        _ => return Err(sync.wrong_type("address", &choice.span, "\"mail-or-user-name\" or \"mail\"")),
    };
    Ok(())
}

/// The calling code of the country whose numbers are written without one: `"1"`, `"+44"`.
fn calling_code(sync: &mut Table<'_>) -> Result<Option<String>> {
    let key = "calling-code";
    let Some(text) = sync.text(key)? else { return Ok(None) };
    let digits = text.value.trim();
    let digits = digits.strip_prefix('+').or(digits.strip_prefix("00")).unwrap_or(digits).trim();
    let is_code = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if is_code && !digits.starts_with('0') {
        return Ok(Some(digits.to_owned()));
    }
    Err(sync.wrong_type(key, &text.span, "the calling code of a country, such as \"1\" or \"44\""))
}

fn read_pictures(sync: &mut Table<'_>, policy: &mut Policy) -> Result<()> {
    if let Some(flag) = sync.flag("pictures")? {
        policy.pictures = flag.value;
    }
    if let Some(refresh) = refresh(sync, "picture-refresh")? {
        policy.picture_refresh = refresh;
    }
    if let Some(flag) = sync.flag("publish-pictures")? {
        policy.publish_pictures = flag.value;
    }
    Ok(())
}

/// How long a reading counts.
fn refresh(sync: &mut Table<'_>, key: &'static str) -> Result<Option<Duration>> {
    let Some(text) = sync.text(key)? else { return Ok(None) };
    let span = span::parse(&text.value);
    let wrong = || sync.wrong_type(key, &text.span, "a time such as \"12h\" or \"7d\"");
    span.ok_or_else(wrong).map(Some)
}

/// Reads `[self-service]`: the fields that people may change by themselves, in the place of those that held so far.
fn read_self_service(own: &mut Table<'_>, policy: &mut Policy) -> Result<()> {
    if own.place("allow").is_none() {
        return Ok(());
    }
    let shape = crate::graph::shape();
    let can_be_written: Vec<&str> =
        Field::PERSONAL.into_iter().filter(|field| shape.field(*field).is_some()).map(Field::name).collect();
    policy.self_service = own
        .texts("allow")?
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
        .collect::<Result<_>>()?;
    Ok(())
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

fn require_name(sync: &mut Table<'_>, general: &mut General) -> Result<()> {
    let key = Row::RequireName.id();
    let Some(found) = sync.any(key) else { return Ok(()) };
    let policy = &mut general.policy;
    policy.require_name = match &found.value {
        DeValue::Boolean(true) => RequireName::Any,
        DeValue::Boolean(false) => RequireName::No,
        DeValue::String(text) if text == "either" => RequireName::Both,
        _ => {
            return Err(sync.wrong_type(
                key,
                &found.span,
                "true, false, or \"either\" (one missing name is enough)",
            ));
        }
    };
    if policy.require_name == RequireName::No {
        policy.rows.remove(&Row::RequireName);
    } else {
        policy.rows.insert(Row::RequireName);
    }
    Ok(())
}

fn read_fields(fields: &mut Table<'_>, policy: &mut Policy) -> Result<()> {
    removed::refuse(fields, "fields")?;
    for field in settable() {
        if let Some(found) = fields.any(field.name()) {
            let change = rule(fields, field, found)?;
            change.apply(policy.contact_fields.entry(field).or_insert_with(never));
            if let Some(rule) = policy.portal_fields.get_mut(&field) {
                change.apply(rule);
            }
        }
    }
    if let Some(found) = fields.any(PIN) {
        policy.clear_pins = pin_rule(fields, found)?;
    }
    for (target, rules) in [("contact", &mut policy.contact_fields), ("portal", &mut policy.portal_fields)] {
        let Some(mut table) = fields.table(target)? else { continue };
        removed::refuse(&table, "fields")?;
        // Which fields contacts have is for the PSA to say, so that a rule for any of them is taken, and told where it
        // cannot be served.
        let any = target == "contact";
        for field in settable().filter(|field| any || rules.contains_key(field)).collect::<Vec<_>>() {
            if let Some(found) = table.any(field.name()) {
                rule(&table, field, found)?.apply(rules.entry(field).or_insert_with(never));
            }
        }
        table.finish()?;
    }
    Ok(())
}

/// The fields that a rule can be written for: a display name is made of the names, and kept by 365 alone.
fn settable() -> impl Iterator<Item = Field> {
    Field::PERSONAL.into_iter().filter(|field| *field != Field::DisplayName)
}

/// The rule of a field that is written to no contact where the configuration says nothing of it.
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
    let mut change = RuleChange::default();
    if let Some(word) = inner.text("when")? {
        let when = when(&word.value)
            .ok_or_else(|| inner.wrong_type("when", &word.span, "\"always\", \"on-create\" or \"never\""))?;
        change.when = Some(when);
    }
    change.clear = inner.flag("clear")?.map(|flag| flag.value);
    if inner.place("sources").is_some() {
        let mut sources = Vec::new();
        for name in inner.texts("sources")? {
            let side = match name.value.as_str() {
                "365" => Side::Tenant,
                "psa" => Side::Psa,
                _ => {
                    return Err(inner.wrong_type(
                        "sources",
                        &name.span,
                        "\"365\" and \"psa\", the first one first",
                    ));
                }
            };
            sources.push(side);
        }
        change.sources = Some(sources);
    }
    inner.finish()?;
    Ok(change)
}

/// The support PIN among the fields. That it is written at all is said by its row.
const PIN: &str = "support-pin";

/// Whether a portal user without a support PIN makes the contact's blank.
fn pin_rule<'t>(table: &Table<'t>, found: Located<DeValue<'t>>) -> Result<bool> {
    let span = found.span.clone();
    let form = || table.wrong_type(PIN, &span, "{ clear = true } or { clear = false }");
    let mut inner = table.inline(PIN, found).ok_or_else(form)?;
    let clear = inner.flag("clear")?.map(|flag| flag.value);
    inner.finish()?;
    clear.ok_or_else(form)
}

fn when(word: &str) -> Option<When> {
    match word {
        "always" => Some(When::Always),
        "on-create" => Some(When::OnCreate),
        "never" => Some(When::Never),
        _ => None,
    }
}

/// What an exclusion can look at, by its key.
const EXCLUDE_ON: &[(&str, ExcludeOn)] = &[
    ("email", ExcludeOn::Email),
    ("department", ExcludeOn::Field(Field::Department)),
    ("title", ExcludeOn::Field(Field::Title)),
    ("display_name", ExcludeOn::Field(Field::DisplayName)),
    ("user_name", ExcludeOn::Field(Field::UserName)),
    ("user_type", ExcludeOn::UserType),
    ("office", ExcludeOn::Attribute("office")),
    ("company_name", ExcludeOn::Attribute("company_name")),
];

fn exclusion(table: &mut Table<'_>) -> Result<Exclusion> {
    let mut found = Vec::new();
    for (key, on) in EXCLUDE_ON {
        if let Some(pattern) = table.text(key)? {
            check_pattern(table, &pattern)?;
            found.push((on.clone(), pattern.value));
        }
    }
    let reason = table.text("reason")?.map(|reason| reason.value);
    match (found.pop(), found.is_empty()) {
        (Some((on, pattern)), true) => Ok(Exclusion { on, pattern, reason }),
        (None, _) => {
            let keys = EXCLUDE_ON.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ");
            table.take().finish()?;
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
    Pattern::new(&pattern.value).map(|_| ()).map_err(|why| {
        table
            .error(&pattern.span, format!("\"{}\" is not a pattern: {why}", pattern.value))
            .hint("? is one character, * any run, # a digit, [a-c,x] one of, [!…] none of")
    })
}

/// The shortest time that limits may look back: of what a night did, the next one must know.
const SHORTEST_WINDOW: Duration = Duration::from_secs(86_400);

/// Reads `[guards]` on top of the usual limits.
pub(super) fn guards(file: &mut Table<'_>) -> Result<GuardLimits> {
    let mut limits = GuardLimits::default();
    let Some(mut guards) = file.table("guards")? else { return Ok(limits) };
    let settable: BTreeMap<&'static str, Measure> =
        [Measure::Create, Measure::Update, Measure::Deactivate, Measure::Relink, Measure::Blank]
            .map(|measure| (measure.name(), measure))
            .into();
    let place = guards.place("window");
    if let Some(window) = guards.duration("window")? {
        if window < SHORTEST_WINDOW {
            return Err(guards
                .error(&place.unwrap_or_default(), "window is shorter than a day")
                .hint("write `window = \"7d\"`, or any time from a day up: limits count what earlier runs did in it"));
        }
        limits.window = window;
    }
    for (name, measure) in settable {
        let Some(found) = guards.any(name) else { continue };
        let limit = match &found.value {
            DeValue::String(text) => parse_limit(text),
            value => {
                integer(value).and_then(|count| Some(Limit { count: count.try_into().ok()?, percent: 0 }))
            }
        };
        let limit = limit
            .ok_or_else(|| guards.wrong_type(name, &found.span, "\"5 or 10%\", \"10%\", or a number"))?;
        limits.limits.insert(measure, limit);
    }
    guards.finish()?;
    Ok(limits)
}

/// `5 or 10%`, `5`, or `10%`.
fn parse_limit(text: &str) -> Option<Limit> {
    let mut limit = Limit { count: 0, percent: 0 };
    for part in text.split(" or ").map(str::trim) {
        match part.strip_suffix('%') {
            Some(percent) => limit.percent = percent.trim().parse().ok().filter(|percent| *percent <= 100)?,
            None => limit.count = part.parse().ok()?,
        }
    }
    Some(limit)
}
