//! `[[exclude]]`: who is out of scope, by a pattern of one thing that is known of a person.

use super::stated;
use crate::error::Result;
use crate::model::Field;
use crate::reconcile::{ExcludeOn, Exclusion, Policy, Rule};
use crate::table::{Located, Table};
use crate::text::like::Pattern;

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

/// Reads the `[[exclude]]` tables of the file or of a company on top of what `policy` holds.
pub(super) fn read(table: &mut Table<'_>, policy: &mut Policy) {
    for mut exclude in table.tables("exclude") {
        let rule = exclusion(&mut exclude);
        exclude.finish();
        let Some(rule) = exclude.keep(rule) else { continue };
        policy.stated.push(stated(&exclude, &exclude.span, Rule::Exclude(rule.clone())));
        policy.exclude.push(rule);
    }
}

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

/// Passes if a text is a pattern that something can match.
///
/// # Errors
/// [`Kind::Config`](crate::error::Kind::Config) with what a pattern is made of.
pub(super) fn check_pattern(table: &Table<'_>, pattern: &Located<String>) -> Result<()> {
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
