//! An outcome with names, addresses and phone numbers masked.

mod masks;

use masks::{in_quotes, mask, mask_all, refusal, scope, sentence, without, without_name};

use crate::model::{Detail, Field, RecordKind};
use crate::plan::{
    Alone, Answer, Asked, Breach, Candidate, Change, Clash, CompanyPeople, CompanyPlan, Conflict, Entry,
    Evidence, EvidenceKind, Excluded, ExplainedField, Explanation, FieldChange, Finding, Header, Listed,
    Measure, Member, NewValue, OutOfScope, Outcome, Person, Purpose, Report, Request, Skip, StoodBack,
    Suggestion, Todo, Told, Unmoved, Unread, Who,
};

/// The settings that name people.
const OF_PEOPLE: [&str; 2] = ["[[exclude]] ", "[[ignore]] "];

/// The fewest characters of a value that is looked for in what a service says: a shorter one may be any word.
const SHORTEST: usize = 3;

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
        let is_of_people = OF_PEOPLE.iter().any(|kind| setting.starts_with(kind));
        // The next step may name the person who is nearest.
        let mask: fn(&str) -> String = if is_of_people { in_quotes } else { sentence };
        *setting = mask(setting);
        *reason = sentence(reason);
        *next = next.as_deref().map(mask);
    }
    findings
}

/// `report` with personal data masked in the same way.
pub fn redact_run(report: &Report) -> Report {
    let mut report = report.clone();
    report.companies.iter_mut().for_each(company);
    header(&mut report.header);
    for Entry { seq: _, company: _, at: _, change: of, settled } in &mut report.entries {
        let own = values(of);
        change(of);
        if let Some(settled) = settled {
            // What a service says may repeat what it was sent, or held before.
            let said = |text: &str| sentence(&without(text, &own));
            settled.detail = settled.detail.as_deref().map(said);
            settled.next = settled.next.as_deref().map(said);
        }
    }
    for Told { result: _, reason, next } in &mut report.answers {
        *reason = reason.as_deref().map(refusal);
        *next = next.as_deref().map(sentence);
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
    header.operator = mask(&header.operator);
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
        *reason = refusal(reason);
        *next = next.as_deref().map(sentence);
    }
}

fn breach(breach: &mut Breach) {
    let mask: fn(&str) -> String = if breach.measure == Measure::SameValue { in_quotes } else { sentence };
    breach.reason = mask(&breach.reason);
}

/// `companies` with personal data masked in the same way.
pub fn redact_people(companies: &[CompanyPeople]) -> Vec<CompanyPeople> {
    let mut companies = companies.to_vec();
    for company in &mut companies {
        let CompanyPeople {
            name: _,
            unread: sides,
            company_conflicts: _,
            refused,
            linked,
            conflicts,
            alone,
            excluded,
        } = company;
        sides.iter_mut().for_each(unread);
        *refused = refused.as_deref().map(sentence);
        linked.iter_mut().for_each(person);
        for Clash { conflict: of, linked: _ } in conflicts {
            conflict(of);
        }
        for Alone { person: of, suggestions } in alone {
            person(of);
            for Suggestion { member: of, likeness: _, name: _, address: _, is_namesake: _ } in suggestions {
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
    if let Some(OutOfScope { reason, rule, detail }) = out {
        *rule = sentence(rule);
        *detail = detail.as_deref().map(|detail| scope(reason, detail));
    }
}

fn company(company: &mut CompanyPlan) {
    let CompanyPlan {
        name: _,
        unread: sides,
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
    sides.iter_mut().for_each(unread);
    changes.iter_mut().for_each(change);
    conflicts.iter_mut().for_each(conflict);
    skipped.iter_mut().for_each(skip);
    for Todo { who: person, contact: _, role: _, groups: _, before: _ } in todo {
        who(person);
    }
    excluded.iter_mut().for_each(left_out);
}

fn unread(unread: &mut Unread) {
    let Unread { side: _, kind: _, reason, hint } = unread;
    *reason = sentence(reason);
    *hint = hint.as_deref().map(sentence);
}

fn skip(skip: &mut Skip) {
    let Skip { row: _, who: person, reason, next, strict: _ } = skip;
    person.as_mut().map(who);
    *reason = sentence(reason);
    *next = next.as_deref().map(sentence);
}

fn left_out(excluded: &mut Excluded) {
    let Excluded { side: _, id: _, who: person, reason, detail } = excluded;
    who(person);
    *detail = detail.as_deref().map(|detail| scope(reason, detail));
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
    if is_person(record.kind) {
        who(person);
    }
    for Unmoved { field, value } in unmoved {
        if is_personal(*field) {
            *value = mask_all(value);
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

fn is_person(kind: RecordKind) -> bool {
    !matches!(kind, RecordKind::PsaCompany | RecordKind::PortalCompany)
}

fn is_personal(field: Field) -> bool {
    let personal = [Detail::AlternateEmails, Detail::Manager, Detail::Office].map(Field::Detail);
    let is_other = personal.contains(&field) || field == Field::AccountManager;
    Field::PERSONAL.contains(&field) || is_other || field.is_secret()
}

/// Returns the name and the values of a person that a change holds, the longest first.
fn values(change: &Change) -> Vec<String> {
    let name = Some(&change.who.name).filter(|_| is_person(change.record.kind));
    let of_field = |field: &FieldChange| {
        let after = match &field.after {
            NewValue::Text(text) => Some(text.clone()),
            NewValue::Blank | NewValue::IdOf(_) | NewValue::PinOf(_) => None,
        };
        [field.before.clone(), after]
    };
    let personal = change.fields.iter().filter(|field| is_personal(field.field));
    let all = name.cloned().into_iter().chain(personal.flat_map(of_field).flatten());
    let mut values: Vec<String> = all.filter(|value| value.chars().count() >= SHORTEST).collect();
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values
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
    use EvidenceKind::{Decision, PsaKey, Recorded, StoredId};
    let Evidence { kind, value, decided: _ } = evidence;
    let is_id = matches!(kind, Decision | PsaKey | Recorded | StoredId);
    if !is_id || value.contains('@') {
        *value = mask(value);
    }
}

fn who(who: &mut Who) {
    let Who { name, email } = who;
    *name = mask(name);
    *email = email.as_deref().map(mask);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Id, Side};

    #[test]
    fn the_rule_that_keeps_a_record_out_of_scope_is_masked() {
        let who = Who { name: "Nina Farrow".into(), email: None };
        let record = Candidate { side: Side::Psa, id: Id::from(7), who, active: None };
        let rule = "`call Nina` is no address".to_owned();
        let out = OutOfScope { reason: "no usable email".into(), rule, detail: None };
        let mut shown = Member { record, out: Some(out) };
        member(&mut shown);
        assert_eq!(shown.record.who.name, "N…");
        assert_eq!(shown.out.expect("it is out of scope").rule, "`c…` is no address");
    }

    #[test]
    fn a_setting_keeps_its_kind_and_not_what_it_says_of_people() {
        let id = "a1de0001-0000-4000-8000-0000000fffff";
        let of_id = format!("[[ignore]] \"{id}\"");
        for (setting, next, masked, near) in [
            (
                "[[exclude]] display-name = \"Robert Jones\"",
                Some("the nearest value is \"Roberta Jones\""),
                "[[exclude]] display-name = \"R…\"",
                Some("the nearest value is \"R…\""),
            ),
            (
                "[[ignore]] \"nina@contoso.exmple\"",
                Some("did you mean \"nina@contoso.example\"?"),
                "[[ignore]] \"n…@contoso.exmple\"",
                Some("did you mean \"n…@contoso.example\"?"),
            ),
            ("[[ignore]] \"Nina Farrow\"", None, "[[ignore]] \"N…\"", None),
            (of_id.as_str(), None, of_id.as_str(), None),
            (
                "[[type]] \"board\"",
                Some("did you mean \"Board\"?"),
                "[[type]] \"board\"",
                Some("did you mean \"Board\"?"),
            ),
        ] {
            let finding = Finding {
                file: "crsync.toml".into(),
                line: 12,
                setting: setting.into(),
                reason: "the pattern fits no record".into(),
                next: next.map(ToOwned::to_owned),
            };
            let shown = redact_findings(std::slice::from_ref(&finding)).remove(0);
            let expected = Finding { setting: masked.into(), next: near.map(ToOwned::to_owned), ..finding };
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn a_guard_does_not_tell_the_value_that_most_would_get() {
        let mut shown = Breach {
            company: Some("Contoso".into()),
            measure: Measure::SameValue,
            count: 12,
            limit: 9,
            reason: "phone would become \"+1 312 555 0191\" for 12 of 20 people".into(),
            allow: "--allow same-value=12".into(),
        };
        breach(&mut shown);
        assert_eq!(shown.reason, "phone would become \"+…\" for 12 of 20 people");
    }

    #[test]
    fn evidence_is_masked_unless_it_is_an_id() {
        for (kind, value, masked) in [
            (EvidenceKind::StoredId, "8f2c", "8f2c"),
            (EvidenceKind::UserName, "nina.farrow", "n…"),
            (EvidenceKind::PrimaryEmail, "nina@contoso.example", "n…@contoso.example"),
        ] {
            let mut shown = Evidence { kind, value: value.into(), decided: true };
            evident(&mut shown);
            assert_eq!(shown.value, masked);
        }
    }
}
