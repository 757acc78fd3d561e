//! What is still there after the file was closed, and who sees it.

mod broken;
mod files;
mod journal;
mod memory;
mod older;
mod requests;
mod small;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::model::{Field, Id, RecordKind, Row, Side, Udf};
use crate::plan::{
    Action, Breach, Change, ChangeKey, CompanyMemory, CompanyPlan, Conflict, Ended, Entry, FieldChange, Halt,
    Header, LicenceRule, Link, Listed, Measure, NewValue, Purpose, Record, Report, Seek, Settled, Settlement,
    Skip, Unmoved, Who,
};

const REALM: &str = "testdesk portal.example";

/// Returns a file for a state, in a folder that goes with it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("state.db");
    (folder, path)
}

fn open(path: &Path) -> State {
    State::open(path, REALM).expect("a usable state")
}

/// Returns so many hours after the beginning of time.
fn hours(hours: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
}

fn header(id: &str, started: Timestamp) -> Header {
    Header {
        fields: Vec::new(),
        id: id.to_owned(),
        purpose: Purpose::Sync,
        started,
        operator: "kim".to_owned(),
        host: "desk".to_owned(),
        tool: "1".to_owned(),
        psa: "testdesk".to_owned(),
        plan: format!("plan of {id}"),
        config: "c".to_owned(),
        planned: 1,
        allowed: BTreeMap::from([(Measure::Create, 7)]),
        breaches: Vec::new(),
        shard: Some("2/5".to_owned()),
    }
}

/// Returns a new record for a 365 user.
fn created(kind: RecordKind, user: &str) -> Change {
    let mut new = change(kind, "new", &[(Field::FirstName, Some(""), "Ann")]);
    (new.action, new.record.id) = (Action::Create, None);
    new.seek = Some(Seek { user: Some(Id::from(user)), emails: Vec::new(), alternates: false });
    new
}

fn change(kind: RecordKind, id: &str, fields: &[(Field, Option<&str>, &str)]) -> Change {
    let field = |(field, before, after): &(Field, Option<&str>, &str)| FieldChange {
        field: *field,
        before: before.map(ToOwned::to_owned),
        after: NewValue::Text((*after).to_owned()),
        source: Side::Tenant,
        row: Row::UpdateContact,
        note: None,
    };
    Change {
        key: ChangeKey(format!("Contoso/{id}")),
        record: Record { kind, company: Id::from(1), id: Some(Id::from(id)) },
        action: Action::Update,
        who: Who { name: "Ann".to_owned(), email: Some("ann@contoso.example".to_owned()) },
        fields: fields.iter().map(field).collect(),
        evidence: Vec::new(),
        unmoved: vec![Unmoved { field: Field::Active, value: "true".to_owned() }],
        seek: Some(Seek {
            user: Some(Id::from("u1")),
            emails: vec!["ann@contoso.example".to_owned()],
            alternates: true,
        }),
        left: None,
        namesakes: None,
    }
}

fn title(id: &str) -> Change {
    change(RecordKind::Contact, id, &[(Field::Title, Some("Clerk"), "Head")])
}

fn settled(how: Settlement, id: Option<&str>) -> Settled {
    Settled {
        at: hours(2),
        how,
        id: id.map(Id::from),
        detail: Some("it said so".to_owned()),
        next: None,
        request_id: Some("r-1".to_owned()),
        attempts: 1,
        millis: 12,
        by: None,
    }
}

/// Begins a run with one change of each of these companies, none of them settled.
fn begun(state: &State, id: &str, started: Timestamp, companies: &[&str]) {
    state.begin(&header(id, started), &[]).expect("begun");
    for company in companies {
        state.announce(id, company, &title("7"), started).expect("announced");
    }
}

fn ids(state: &State, companies: &[&str]) -> Vec<(String, String, u64)> {
    let open = state.unsettled(companies).expect("a readable journal");
    open.into_iter().map(|(run, entry)| (run, entry.company, entry.seq)).collect()
}

fn link(user: &str, contact: Option<&str>, portal_user: Option<&str>, gone: bool) -> Link {
    Link {
        user: Id::from(user),
        contact: contact.map(Id::from),
        portal_user: portal_user.map(Id::from),
        gone,
        took_part: !gone,
        out_by_setting: gone,
    }
}

fn known(company: &str, links: Vec<Link>, contacts: usize) -> CompanyMemory {
    CompanyMemory {
        company: company.to_owned(),
        links,
        counts: BTreeMap::from([(Side::Psa, contacts), (Side::Tenant, 4)]),
        details: None,
        assigned: BTreeMap::new(),
        licences: Some(LicenceRule { required: true, uncounted: [company.to_lowercase()].into() }),
    }
}

fn skip(company: &str, number: usize) -> Skip {
    Skip {
        row: Row::UpdateContact,
        who: Some(Who { name: format!("Person {number} of {company}"), email: None }),
        reason: "the contact is not theirs alone".to_owned(),
        next: Some("give each of them a contact".to_owned()),
        strict: false,
    }
}

/// Returns what a plan says of a company with so many people who are left unchanged.
fn noted(company: &str, people: usize) -> CompanyPlan {
    CompanyPlan {
        name: company.to_owned(),
        skipped: (0..people).map(|number| skip(company, number)).collect(),
        conflicts: vec![Conflict {
            reason: "two of them".to_owned(),
            candidates: Vec::new(),
            evidence: Vec::new(),
            next: "decide".to_owned(),
        }],
        people,
        ..CompanyPlan::default()
    }
}

fn breach() -> Breach {
    Breach {
        company: Some("Contoso".to_owned()),
        measure: Measure::Update,
        count: 40,
        limit: 20,
        reason: "40 people would be changed".to_owned(),
        allow: "--allow update=40".to_owned(),
    }
}

/// Opens what is on disk now, as the next run finds it where this one is killed.
fn killed(path: &Path) -> (TempDir, State) {
    let (folder, copy) = place();
    let beside = |path: &Path| path.with_extension("db-wal");
    std::fs::copy(path, &copy).expect("a writable folder");
    std::fs::copy(beside(path), beside(&copy)).expect("a write-ahead log");
    let state = open(&copy);
    (folder, state)
}
