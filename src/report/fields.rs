//! The user-defined fields that are needed in the PSA.

use super::look::Look;
use super::page::{Cell, Item, Mark, Page, Part, Sheet};
use super::words::{clean, count, join};
use crate::model::Udf;
use crate::plan::{Became, FieldNote, FieldState, Need, with_next};

/// Returns what is said where no field is needed.
pub(super) fn none(look: Look<'_>) -> String {
    format!("Nothing that is switched on needs a field in {}.", look.psa)
}

/// Returns how many fields are there, to make, and by hand.
pub(super) fn states(fields: &[FieldState]) -> String {
    let sums: [(&[Need], &str); 3] =
        [(&[Need::Nothing], "there"), (&[Need::Create], "to make"), (&[Need::Show, Need::ByHand], "by hand")];
    let sums = sums.map(|(of, word)| (fields.iter().filter(|field| of.contains(&field.need)).count(), word));
    let sums = sums.into_iter().filter(|(number, _)| *number > 0);
    join(sums.map(|(number, word)| format!("{number} {word}")), " · ")
}

/// Returns the state of a field, with the steps for what a person has to do.
pub(super) fn state(field: &FieldState) -> Item {
    let kind = field.kind.as_deref().unwrap_or_default();
    let (mark, state) = match field.need {
        Need::Nothing => (Mark::Good, format!("there ({kind})")),
        Need::Create => (Mark::Care, format!("missing, crsync can make it ({kind})")),
        Need::Show | Need::ByHand => {
            (Mark::Bad, format!("by hand: {}", clean(field.reason.as_deref().unwrap_or_default())))
        }
    };
    let item = Item::new(mark, format!("{}: {state}", name(field.role, &field.name)));
    steps(field).into_iter().fold(item, |item, step| item.and(Mark::Plain, step))
}

fn steps(field: &FieldState) -> Vec<String> {
    (1..).zip(&field.steps).map(|(number, step)| format!("{number}. {}", clean(step))).collect()
}

/// Returns what a run did about fields, and what it could not do: nothing of those that were there.
pub(super) fn notes(notes: &[FieldNote], look: Look<'_>) -> Vec<Item> {
    let note = |note: &FieldNote| {
        let FieldNote { role, name, became, detail, next } = note;
        let (mark, word) = word(*became);
        let detail = detail.as_ref().map(|detail| with_next(detail, next.as_deref()));
        let detail = detail.map(|detail| format!(": {}", clean(&detail))).unwrap_or_default();
        let text = format!("{word}: field {} in {}{detail}", self::name(*role, name), look.psa);
        (*became != Became::Found).then(|| Item::new(mark, text))
    };
    notes.iter().filter_map(note).collect()
}

/// Returns what became of a field in few words.
pub(super) fn word(became: Became) -> (Mark, &'static str) {
    match became {
        Became::Found => (Mark::Good, "there"),
        Became::Made => (Mark::Good, "made"),
        Became::Announced => (Mark::Bad, "unknown whether it was made"),
        Became::Failed => (Mark::Bad, "not made"),
        Became::Late => (Mark::Care, "not shown yet"),
        Became::ByHand => (Mark::Care, "by hand"),
    }
}

/// Returns what the fields add up to, as parts of a sentence.
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
    format!("{} {}", place(role), clean(name))
}

fn place(role: Udf) -> &'static str {
    if role.on_company() { "company" } else { "contact" }
}

/// Returns the fields for people.
pub(super) fn page(fields: &[FieldState], look: Look<'_>) -> Page {
    let parts = if fields.is_empty() {
        vec![Part::Note(Cell::plain(none(look)))]
    } else {
        let items = fields.iter().map(state).collect();
        vec![Part::Note(Cell::new(Mark::Strong, states(fields))), Part::Items(items)]
    };
    Page { title: format!("Fields in {}", look.psa), is_titled: true, parts }
}

/// The names of the columns.
const HEAD: [&str; 8] = ["psa", "on", "field", "name", "state", "kind", "reason", "steps"];

/// Returns the fields as rows.
pub(super) fn sheet(psa: &str, fields: &[FieldState]) -> Sheet {
    let row = |field: &FieldState| {
        let state = match field.need {
            Need::Nothing => "there",
            Need::Create => "to make",
            Need::Show | Need::ByHand => "by hand",
        };
        let texts = [psa, place(field.role), field.role.default_name(), &field.name, state];
        let more = [&field.kind, &field.reason].map(|text| clean(text.as_deref().unwrap_or_default()));
        texts.into_iter().map(clean).chain(more).chain([join(steps(field), " ")]).collect()
    };
    Sheet { head: HEAD.to_vec(), rows: fields.iter().map(row).collect() }
}
