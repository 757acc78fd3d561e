//! The user-defined fields that are needed in the PSA, for a terminal and as JSON.

use std::io::{self, Write};

use anstyle::Style;
use serde_json::json;

use super::table::{BOLD, GREEN, Look, RED, YELLOW, count, join, line};
use super::words::clean;
use crate::model::Udf;
use crate::plan::{Became, FieldNote, FieldState, Need};

/// Name and version of the form of the fields. The version grows when something is renamed or removed.
const SCHEMA: &str = "crsync.fields/1";

/// Writes how every field stands, with the steps for what a person has to do.
///
/// # Errors
/// What `out` says.
pub fn fields(out: &mut dyn Write, fields: &[FieldState], look: Look<'_>) -> io::Result<()> {
    if fields.is_empty() {
        let text = format!("Nothing that is switched on needs a field in {}.", look.psa);
        return line(out, Style::new(), 0, &text, look);
    }
    let sums: [(&[Need], &str); 3] =
        [(&[Need::Nothing], "there"), (&[Need::Create], "to make"), (&[Need::Show, Need::ByHand], "by hand")];
    let sums = sums.map(|(of, word)| (fields.iter().filter(|field| of.contains(&field.need)).count(), word));
    let sums = sums.into_iter().filter(|(number, _)| *number > 0);
    let sums = join(sums.map(|(number, word)| format!("{number} {word}")), " · ");
    writeln!(out, "{BOLD}Fields in {}{BOLD:#}  {sums}", look.psa)?;
    for field in fields {
        let kind = field.kind.as_deref().unwrap_or_default();
        let (style, state) = match field.need {
            Need::Nothing => (GREEN, format!("there ({kind})")),
            Need::Create => (YELLOW, format!("missing, crsync can make it ({kind})")),
            Need::Show | Need::ByHand => {
                (RED, format!("by hand: {}", clean(field.reason.as_deref().unwrap_or_default())))
            }
        };
        line(out, style, 2, &format!("{}: {state}", name(field.role, &field.name)), look)?;
        for (number, step) in (1..).zip(&field.steps) {
            line(out, Style::new(), 4, &format!("{number}. {}", clean(step)), look)?;
        }
    }
    Ok(())
}

/// Writes how every field stands as JSON.
///
/// # Errors
/// What `out` says.
pub fn fields_json(out: &mut dyn Write, psa: &str, fields: &[FieldState]) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &json!({"schema": SCHEMA, "psa": psa, "fields": fields}))?;
    writeln!(out)
}

/// Writes what a run did about fields, and what it could not do: nothing of those that were there.
///
/// # Errors
/// What `out` says.
pub fn notes(out: &mut dyn Write, notes: &[FieldNote], look: Look<'_>) -> io::Result<()> {
    for FieldNote { role, name, became, detail } in notes {
        let (style, word) = match became {
            Became::Found => continue,
            Became::Made => (GREEN, "made"),
            Became::Announced => (RED, "unknown whether it was made"),
            Became::Failed => (RED, "not made"),
            Became::Late => (YELLOW, "not shown yet"),
            Became::ByHand => (YELLOW, "by hand"),
        };
        let detail = detail.as_ref().map(|detail| format!(": {}", clean(detail))).unwrap_or_default();
        let text = format!("{word}: field {} in {}{detail}", self::name(*role, name), look.psa);
        line(out, style, 2, &text, look)?;
    }
    Ok(())
}

/// What the fields add up to, as parts of a sentence.
pub(super) fn sums(fields: impl Fn(Became) -> usize) -> Vec<String> {
    let parts = [
        (Became::Made, "made"),
        (Became::Failed, "not made"),
        (Became::Announced, "unknown"),
        (Became::Late, "not shown yet"),
        (Became::ByHand, "by hand"),
    ];
    let parts =
        parts.into_iter().map(|(became, word)| (fields(became), word)).filter(|(number, _)| *number > 0);
    parts.map(|(number, word)| format!("{} {word}", count(number, "field", "fields"))).collect()
}

fn name(role: Udf, name: &str) -> String {
    format!("{} {}", if role.on_company() { "company" } else { "contact" }, clean(name))
}
