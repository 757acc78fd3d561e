//! `[fields]`: when a field is written to contacts and to portal users, and from which side.

use toml::de::DeValue;

use super::removed;
use crate::error::Result;
use crate::model::{Field, Side};
use crate::reconcile::{FieldRule, Policy, When};
use crate::table::{Located, Table};

/// Reads the `[fields]` of the file or of a company on top of what `policy` holds.
pub(super) fn read(table: &mut Table<'_>, policy: &mut Policy) {
    if let Some(mut fields) = table.table("fields") {
        read_all(&mut fields, policy);
        fields.finish();
    }
}

fn read_all(fields: &mut Table<'_>, policy: &mut Policy) {
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
        policy.clear_pins = fields.keep(pin_rule(fields, found)).unwrap_or(policy.clear_pins);
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
