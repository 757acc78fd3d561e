//! An outcome with names, addresses and phone numbers masked.

use crate::model::{Detail, Field};
use crate::plan::{
    Alone, Answer, Asked, Breach, Candidate, Change, Clash, CompanyPeople, CompanyPlan, Conflict, Entry,
    Evidence, Excluded, ExplainedField, Explanation, FieldChange, Finding, Header, Listed, Member, NewValue,
    OutOfScope, Outcome, Person, Purpose, Report, Request, Skip, StoodBack, Suggestion, Todo, Unmoved, Who,
};

/// `outcome` with personal data masked: of names and numbers their first character stays, of addresses the
/// domain. Ids stay, so that a record can still be found by those who may look.
pub fn redact(outcome: &Outcome) -> Outcome {
    let mut outcome = outcome.clone();
    outcome.companies.iter_mut().for_each(company);
    outcome.breaches.iter_mut().for_each(breach);
    outcome.findings = redact_findings(&outcome.findings);
    outcome
}

/// `findings` with personal data masked in the same way.
pub fn redact_findings(findings: &[Finding]) -> Vec<Finding> {
    let mut findings = findings.to_vec();
    for Finding { file: _, line: _, setting, reason, next } in &mut findings {
        *setting = sentence(setting);
        *reason = sentence(reason);
        *next = next.as_deref().map(sentence);
    }
    findings
}

/// `report` with personal data masked in the same way.
pub fn redact_run(report: &Report) -> Report {
    let mut report = report.clone();
    report.companies.iter_mut().for_each(company);
    header(&mut report.header);
    for Entry { seq: _, company: _, at: _, change: of, settled } in &mut report.entries {
        change(of);
        if let Some(settled) = settled {
            settled.detail = settled.detail.as_deref().map(sentence);
            settled.next = settled.next.as_deref().map(sentence);
        }
    }
    report
}

/// A list of runs with personal data masked in the same way.
pub fn redact_runs(mut runs: Vec<Listed>) -> Vec<Listed> {
    for Listed { header: of, ended: _, summary: _ } in &mut runs {
        header(of);
    }
    runs
}

fn header(header: &mut Header) {
    header.breaches.iter_mut().for_each(breach);
    if let Purpose::SelfService(all) = &mut header.purpose {
        all.iter_mut().for_each(asked);
    }
}

/// `asked` with personal data masked in the same way.
pub fn redact_asked(all: &[Asked]) -> Vec<Asked> {
    let mut all = all.to_vec();
    all.iter_mut().for_each(asked);
    all
}

fn asked(asked: &mut Asked) {
    let Asked { request, company: _, who: person, plan } = asked;
    let Request { id: _, user, set, place: _ } = request;
    *user = mask(user);
    for text in set.values_mut() {
        *text = mask(text);
    }
    person.iter_mut().for_each(who);
    if let Answer::Refused { reason, next } = plan {
        *reason = sentence(reason);
        *next = next.as_deref().map(sentence);
    }
}

fn breach(breach: &mut Breach) {
    breach.reason = sentence(&breach.reason);
}

/// `companies` with personal data masked in the same way.
pub fn redact_people(companies: &[CompanyPeople]) -> Vec<CompanyPeople> {
    let mut companies = companies.to_vec();
    for company in &mut companies {
        let CompanyPeople {
            name: _,
            unread: _,
            company_conflicts: _,
            refused: _,
            linked,
            conflicts,
            alone,
            excluded,
        } = company;
        linked.iter_mut().for_each(person);
        for Clash { conflict: of, linked: _ } in conflicts {
            conflict(of);
        }
        for Alone { person: of, suggestions } in alone {
            person(of);
            for Suggestion { member: of, likeness: _, name: _, address: _ } in suggestions {
                member(of);
            }
        }
        excluded.iter_mut().for_each(left_out);
    }
    companies
}

/// `explanation` with personal data masked in the same way.
pub fn redact_explanation(explanation: &Explanation) -> Explanation {
    let mut explanation = explanation.clone();
    let Explanation {
        company: _,
        person: of,
        standing: _,
        company_conflicts: _,
        conflict: clash,
        remembered: _,
        alternates,
        fields,
        details,
        changes,
        skipped,
        rows: _,
    } = &mut explanation;
    for held in details.iter_mut().filter(|held| is_personal(held.field)) {
        held.value = mask_all(&held.value);
    }
    person(of);
    clash.iter_mut().for_each(conflict);
    alternates.values_mut().flatten().for_each(|address| *address = mask(address));
    for ExplainedField { field, values, contact, portal_user } in fields {
        if Field::PERSONAL.contains(field) {
            values.values_mut().flatten().for_each(|value| *value = mask(value));
            let after = [contact, portal_user].into_iter().flatten().filter_map(|one| one.after.as_mut());
            after.for_each(|after| *after = mask(after));
        }
    }
    changes.iter_mut().for_each(change);
    skipped.iter_mut().for_each(skip);
    explanation
}

/// People who have the same address or id, masked in the same way.
pub fn redact_hits(hits: &[(String, Person)]) -> Vec<(String, Person)> {
    let mut hits = hits.to_vec();
    for (_, of) in &mut hits {
        person(of);
    }
    hits
}

fn person(person: &mut Person) {
    let Person { who: of, records, evidence, portal_evidence, gone: _, stood_back } = person;
    who(of);
    for StoodBack { member: account, evidence } in stood_back {
        member(account);
        evidence.iter_mut().for_each(evident);
    }
    records.iter_mut().for_each(member);
    evidence.iter_mut().chain(portal_evidence).for_each(evident);
}

fn member(member: &mut Member) {
    let Member { record, out } = member;
    who(&mut record.who);
    if let Some(OutOfScope { reason: _, rule: _, detail }) = out {
        *detail = detail.as_deref().map(sentence);
    }
}

fn company(company: &mut CompanyPlan) {
    let CompanyPlan {
        name: _,
        unread: _,
        company_conflicts: _, // ids and names of companies
        inactive: _,
        changes,
        conflicts,
        skipped,
        todo,
        excluded,
        in_agreement: _,
        moved: _,
        people: _,
        base: _,
        relinked: _,
        later: _,
        waits: _,
    } = company;
    changes.iter_mut().for_each(change);
    conflicts.iter_mut().for_each(conflict);
    skipped.iter_mut().for_each(skip);
    for Todo { who: person, contact: _, role: _, groups: _, before: _ } in todo {
        who(person);
    }
    excluded.iter_mut().for_each(left_out);
}

fn skip(skip: &mut Skip) {
    let Skip { row: _, who: person, reason, next, strict: _ } = skip;
    person.as_mut().map(who);
    *reason = sentence(reason);
    *next = next.as_deref().map(sentence);
}

fn left_out(excluded: &mut Excluded) {
    let Excluded { side: _, id: _, who: person, reason: _, detail } = excluded;
    who(person);
    *detail = detail.as_deref().map(sentence);
}

fn change(change: &mut Change) {
    let Change {
        key: _,
        record,
        action: _,
        who: person,
        fields,
        evidence,
        unmoved,
        seek,
        left: _,
        namesakes,
    } = change;
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
            *before = before.as_deref().map(mask_all);
            if let NewValue::Text(text) = after {
                *text = mask_all(text);
            }
        }
        *note = note.as_deref().map(sentence);
    }
    evidence.iter_mut().for_each(evident);
    for address in seek.iter_mut().flat_map(|seek| &mut seek.emails) {
        *address = mask(address);
    }
    for Candidate { side: _, id: _, who: person, active: _ } in
        namesakes.iter_mut().flat_map(|beside| &mut beside.records)
    {
        who(person);
    }
}

fn is_personal(field: Field) -> bool {
    let personal = [Detail::AlternateEmails, Detail::Manager].map(Field::Detail);
    Field::PERSONAL.contains(&field) || personal.contains(&field) || field.is_secret()
}

fn conflict(conflict: &mut Conflict) {
    let Conflict { reason, candidates, evidence, next } = conflict;
    *reason = candidates.iter().fold(sentence(reason), |reason, one| without_name(&reason, &one.who.name));
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

/// Masks a person's name inside a sentence that names people.
fn without_name(text: &str, name: &str) -> String {
    let bare = |word: &str| word.trim_matches(|c: char| "(),".contains(c)).to_owned();
    let parts: Vec<String> = name.split_whitespace().map(bare).collect();
    let is_name = |word: &str| parts.contains(&bare(word));
    let masked = text.split(' ').map(|word| {
        let own = bare(word);
        if !own.is_empty() && is_name(word) { word.replace(&own, &mask(&own)) } else { word.to_owned() }
    });
    masked.collect::<Vec<_>>().join(" ")
}

/// Masks the addresses inside a sentence.
fn sentence(text: &str) -> String {
    text.split(' ')
        .map(|word| if word.contains('@') { mask(word) } else { word.to_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Masks every entry of a list, such as further addresses.
fn mask_all(text: &str) -> String {
    text.split("; ").map(mask).collect::<Vec<_>>().join("; ")
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
            mask_all("ann@contoso.example; bo@abbott.example"),
            "a…@contoso.example; b…@abbott.example"
        );
        assert_eq!(
            sentence("two contacts hold ann@contoso.example now"),
            "two contacts hold a…@contoso.example now"
        );
    }
}
