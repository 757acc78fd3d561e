//! What the table looks like, narrow and wide.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Look, redact, table};
use crate::calls::Requests;
use crate::model::{Field, Id, Row, Side, Udf};
use crate::plan::{
    Action, Assignment, Breach, Candidate, Change, ChangeKey, CompanyPlan, Conflict, Estimate, Evidence,
    EvidenceKind, Excluded, FieldChange, Finding, Measure, NewValue, Outcome, Plan, Record, RecordKind, Skip,
    Todo, Unread, Who,
};

fn who(name: &str, email: &str) -> Who {
    Who { name: name.into(), email: Some(email.into()) }
}

fn field(field: Field, before: &str, after: &str, note: Option<&str>) -> FieldChange {
    let note = note.map(ToOwned::to_owned);
    let before = Some(before.to_owned());
    FieldChange {
        field,
        before,
        after: NewValue::Text(after.into()),
        source: Side::Tenant,
        row: Row::UpdateContact,
        note,
    }
}

fn change(action: Action, kind: RecordKind, id: Option<i64>, who: Who, fields: Vec<FieldChange>) -> Change {
    let record = Record { kind, company: Id::from(174), id: id.map(Id::from) };
    let proof = Evidence { kind: EvidenceKind::StoredId, value: "8f2c".into(), decided: true };
    let evidence = if id.is_some() { vec![proof] } else { Vec::new() };
    Change {
        key: ChangeKey("key".into()),
        record,
        action,
        who,
        fields,
        evidence,
        unmoved: Vec::new(),
        seek: None,
        left: None,
        namesakes: None,
    }
}

fn contoso() -> CompanyPlan {
    let ann = who("Ann \u{1b}[31mBerg", "ann@contoso.example");
    let long = "Vice President of Everything That No One Else Wanted To Be Vice President Of, EMEA";
    let mut login = field(Field::Login, "", "false", None);
    login.before = None;
    let mut key = field(Field::PsaKey, "", "", None);
    key.after = NewValue::IdOf(ChangeKey("key".into()));
    let changes = vec![
        change(
            Action::Update,
            RecordKind::Contact,
            Some(2001),
            ann.clone(),
            vec![
                field(Field::Title, "Manager", long, Some("shortened to 50 characters")),
                field(Field::Udf(Udf::Office365Id), "", "8f2c0000-0000-4000-8000-000000000001", None),
            ],
        ),
        change(
            Action::Create,
            RecordKind::PortalUser,
            None,
            who("山田 太郎", "taro@contoso.example"),
            vec![field(Field::FirstName, "", "太郎", None), key],
        ),
        change(
            Action::Deactivate,
            RecordKind::PortalUser,
            Some(77),
            who("Bo Ek", "bo@contoso.example"),
            vec![login],
        ),
    ];
    let twin = |id: i64, active| Candidate {
        side: Side::Psa,
        id: Id::from(id),
        who: who("Cy Dahl", "cy@contoso.example"),
        active: Some(active),
    };
    CompanyPlan {
        name: "Contoso".into(),
        unread: Vec::new(),
        changes,
        conflicts: vec![Conflict {
            reason: "two contacts hold the email cy@contoso.example".into(),
            candidates: vec![twin(2003, true), twin(2004, false)],
            evidence: Vec::new(),
            next: "merge the contacts in ExamplePSA, or pin one of them in decisions.toml".into(),
        }],
        skipped: vec![Skip {
            row: Row::TenantId,
            who: None,
            reason: "the company field Tenant365Id does not exist in ExamplePSA".into(),
            next: Some("create it as text".into()),
            strict: true,
        }],
        todo: vec![Todo {
            who: who("Ann Berg", "ann@contoso.example"),
            contact: Id::from(2001),
            role: Some("Company Reporting".into()),
            groups: vec!["Billing".into(), "Staff".into()],
            before: Assignment { role: None, groups: vec!["Staff".into(), "Interns".into()] },
        }],
        excluded: (1..=5)
            .map(|n| Excluded {
                side: Side::Tenant,
                id: Id::from(n),
                who: who("svc", &format!("svc{n}@contoso.example")),
                reason: "excluded".into(),
                detail: Some("svc*@*".into()),
            })
            .collect(),
        moved: 0,
        in_agreement: 20,
        people: 26,
        ..CompanyPlan::default()
    }
}

fn plan() -> Plan {
    let unread = Unread {
        side: Side::Tenant,
        kind: crate::error::Kind::Permission,
        reason: "Fabrikam has not consented to the application".into(),
        hint: Some("open the consent page".into()),
    };
    let fabrikam = CompanyPlan { name: "Fabrikam".into(), unread: vec![unread], ..CompanyPlan::default() };
    let breach = Breach {
        company: Some("Contoso".into()),
        measure: Measure::Deactivate,
        count: 37,
        limit: 5,
        reason: "37 of 52 people would be deactivated, 5 are allowed".into(),
        allow: "--allow deactivate=37".into(),
    };
    let finding = Finding {
        file: "crsync.toml".into(),
        line: 12,
        setting: "exclude-licenses \"FLOWFREE\"".into(),
        reason: "no tenant owns this licence, and the table of products does not know it".into(),
        next: Some("did you mean FLOW_FREE?".into()),
    };
    let outcome =
        Outcome { companies: vec![contoso(), fabrikam], breaches: vec![breach], findings: vec![finding] };
    let estimate = Estimate { requests: BTreeMap::from([(Side::Psa, 2), (Side::Portal, 4)]), seconds: 3 };
    Plan::costing(outcome, Vec::new(), Timestamp::UNIX_EPOCH, "example", "00", estimate)
}

/// The table without its colours.
fn shown(plan: &Plan, width: usize, verbose: bool) -> String {
    let requests = [Requests { service: "graph".into(), requests: 3, retries: 1 }];
    let mut out = anstream::StripStream::new(Vec::new());
    table(&mut out, plan, &requests, Look { width, verbose, psa: "ExamplePSA" })
        .expect("a buffer takes everything");
    String::from_utf8(out.into_inner()).expect("text")
}

#[test]
fn a_plan_in_eighty_columns() {
    let text = shown(&plan(), 80, false);
    assert!(text.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_plan_in_a_hundred_and_sixty_columns() {
    insta::assert_snapshot!(shown(&plan(), 160, true));
}

#[test]
fn a_redacted_plan_names_nobody() {
    let mut plan = plan();
    plan.outcome = redact(&plan.outcome);
    let text = shown(&plan, 120, true);
    for secret in ["Berg", "Bo Ek", "太郎", "ann@", "taro@", "cy@", "svc1@", "Vice"] {
        assert!(!text.contains(secret), "{secret} is still in\n{text}");
    }
}

#[test]
fn why_a_record_is_shut_comes_from_what_the_change_rests_on() {
    use super::leaving::{leavers, reason_in};
    use crate::plan::{Departure, Left, LicenceRule};
    let mut part = contoso();
    part.excluded[0].who = who("Bo Ek", "bo@contoso.example");
    part.excluded[0].detail = Some("svc*@*: service accounts".into());
    let shut = part.changes[2].clone();
    let by_row = |row| {
        let mut change = shut.clone();
        change.fields[0].row = row;
        reason_in(&part, &change)
    };
    assert_eq!(by_row(Row::ExcludeUsers).as_deref(), Some("excluded: svc*@*: service accounts"));
    assert_eq!(by_row(Row::TypeMapping).as_deref(), Some("its type says so"));
    assert_eq!(by_row(Row::SyncFrom365), None);
    for (how, told) in [
        (Left::Disabled, "disabled in 365"),
        (Left::Deleted, "deleted in 365"),
        (Left::NoLicence, "no licence in 365"),
    ] {
        let licences = LicenceRule::default();
        let left = Departure { tenant: "t".into(), user: Id::from(1), how, licences };
        let change = Change { left: Some(left), ..shut.clone() };
        assert_eq!(reason_in(&part, &change).as_deref(), Some(told));
        let both = CompanyPlan { changes: vec![change.clone(), change], ..contoso() };
        assert_eq!(leavers(&both), 1, "two records of one person");
    }
}
