//! An outcome with names, addresses and phone numbers masked.

use crate::model::Field;
use crate::plan::{
    Breach, Candidate, Change, CompanyPlan, Conflict, Entry, Evidence, Excluded, FieldChange, NewValue,
    Outcome, Report, Skip, Todo, Unmoved, Who,
};

/// `outcome` with personal data masked: of names and numbers their first character stays, of addresses the
/// domain. Ids stay, so that a record can still be found by those who may look.
pub fn redact(outcome: &Outcome) -> Outcome {
    let mut outcome = outcome.clone();
    outcome.companies.iter_mut().for_each(company);
    outcome.breaches.iter_mut().for_each(breach);
    outcome
}

/// `report` with personal data masked in the same way.
pub fn redact_run(report: &Report) -> Report {
    let mut report = report.clone();
    report.companies.iter_mut().for_each(company);
    report.header.breaches.iter_mut().for_each(breach);
    for Entry { seq: _, company: _, at: _, change: of, settled } in &mut report.entries {
        change(of);
        if let Some(detail) = settled.as_mut().and_then(|settled| settled.detail.as_mut()) {
            *detail = sentence(detail);
        }
    }
    report
}

fn breach(breach: &mut Breach) {
    breach.reason = sentence(&breach.reason);
}

fn company(company: &mut CompanyPlan) {
    let CompanyPlan {
        name: _,
        unread: _,
        changes,
        conflicts,
        skipped,
        todo,
        excluded,
        in_agreement: _,
        people: _,
    } = company;
    changes.iter_mut().for_each(change);
    conflicts.iter_mut().for_each(conflict);
    for Skip { row: _, who: person, reason, next, strict: _ } in skipped {
        person.as_mut().map(who);
        *reason = sentence(reason);
        *next = next.as_deref().map(sentence);
    }
    for Todo { who: person, contact: _, role: _, groups: _, before: _ } in todo {
        who(person);
    }
    for Excluded { side: _, id: _, who: person, reason: _, detail } in excluded {
        who(person);
        *detail = detail.as_deref().map(sentence);
    }
}

fn change(change: &mut Change) {
    let Change { key: _, record, action: _, who: person, fields, evidence, unmoved, seek } = change;
    let is_person =
        !matches!(record.kind, crate::plan::RecordKind::PsaCompany | crate::plan::RecordKind::PortalCompany);
    if is_person {
        who(person);
    }
    for Unmoved { field, value } in unmoved {
        if is_personal(*field) {
            *value = mask(value);
        }
    }
    for FieldChange { field, before, after, source: _, row: _, note } in fields {
        if is_personal(*field) {
            *before = before.as_deref().map(mask);
            if let NewValue::Text(text) = after {
                *text = mask(text);
            }
        }
        *note = note.as_deref().map(sentence);
    }
    evidence.iter_mut().for_each(evident);
    for address in seek.iter_mut().flat_map(|seek| &mut seek.emails) {
        *address = mask(address);
    }
}

fn is_personal(field: Field) -> bool {
    Field::PERSONAL.contains(&field) || field.is_secret()
}

fn conflict(conflict: &mut Conflict) {
    let Conflict { reason, candidates, evidence, next } = conflict;
    *reason = sentence(reason);
    *next = sentence(next);
    for Candidate { side: _, id: _, who: person, active: _ } in candidates {
        who(person);
    }
    evidence.iter_mut().for_each(evident);
}

fn evident(evidence: &mut Evidence) {
    if evidence.value.contains('@') {
        evidence.value = mask(&evidence.value);
    }
}

fn who(who: &mut Who) {
    let Who { name, email } = who;
    *name = mask(name);
    *email = email.as_deref().map(mask);
}

/// Masks the addresses inside a sentence.
fn sentence(text: &str) -> String {
    text.split(' ')
        .map(|word| if word.contains('@') { mask(word) } else { word.to_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}

fn mask(text: &str) -> String {
    let first: String = text.chars().take(1).collect();
    match text.split_once('@') {
        Some((_, domain)) => format!("{first}…@{domain}"),
        None if text.is_empty() => String::new(),
        None => format!("{first}…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_domain_stays() {
        assert_eq!(mask("ann@contoso.example"), "a…@contoso.example");
        assert_eq!(mask("Ann Berg"), "A…");
        assert_eq!(mask(""), "");
        assert_eq!(
            sentence("two contacts hold ann@contoso.example now"),
            "two contacts hold a…@contoso.example now"
        );
    }
}
