//! What is still there after the file was closed, and who sees it.

mod requests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::model::{Field, Id, RecordKind, Row, Side, Udf};
use crate::plan::{
    Action, Change, ChangeKey, CompanyPlan, Conflict, Ended, Entry, FieldChange, Halt, Header, Known, Link,
    Measure, NewValue, Purpose, Record, Seek, Settled, Settlement, Unmoved, Who,
};

const REALM: &str = "testdesk portal.example";

/// A file for a state, in a folder that goes with it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("state.db");
    (folder, path)
}

fn open(path: &Path) -> State {
    State::open(path, REALM).expect("a usable state")
}

/// So many hours after the beginning of time.
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
        request_id: Some("r-1".to_owned()),
        attempts: 1,
        millis: 12,
        by: None,
    }
}

/// A run with one change of each of these companies, none of them settled.
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

#[test]
fn a_run_is_the_same_after_the_file_was_closed() {
    let (_folder, path) = place();
    let notes = CompanyPlan {
        name: "Contoso".to_owned(),
        changes: vec![title("7")],
        conflicts: vec![Conflict {
            reason: "two of them".to_owned(),
            candidates: Vec::new(),
            evidence: Vec::new(),
            next: "decide".to_owned(),
        }],
        people: 3,
        ..CompanyPlan::default()
    };
    let state = open(&path);
    state.begin(&header("run-1", hours(1)), std::slice::from_ref(&notes)).expect("begun");
    let first = state.announce("run-1", "Contoso", &title("7"), hours(1)).expect("announced");
    let second = state.announce("run-1", "Contoso", &title("8"), hours(2)).expect("announced");
    state.settle("run-1", first, &title("7"), &settled(Settlement::Done, Some("7"))).expect("settled");
    drop(state);

    let state = open(&path);
    let report = state.run("run-1").expect("known");
    assert_eq!(report.header, header("run-1", hours(1)));
    assert_eq!(report.ended, None, "nobody said that it ended");
    let entry =
        |seq, id, at, settled| Entry { seq, company: "Contoso".to_owned(), at, change: title(id), settled };
    assert_eq!(
        report.entries,
        [
            entry(first, "7", hours(1), Some(settled(Settlement::Done, Some("7")))),
            entry(second, "8", hours(2), None)
        ]
    );
    assert_eq!(
        report.companies,
        [CompanyPlan { changes: Vec::new(), ..notes }],
        "its changes are the entries"
    );
    assert_eq!((report.summary().open, report.summary().over), (1, false));
    let ended = Ended { at: hours(3), halt: Some(Halt::Interrupted) };
    state.end("run-1", ended).expect("ended");
    drop(state);
    assert_eq!(open(&path).run("run-1").expect("known").ended, Some(ended));
}

#[test]
fn changes_are_numbered_from_one_in_every_run() {
    let (_folder, path) = place();
    let state = open(&path);
    for run in ["a", "b"] {
        state.begin(&header(run, hours(1)), &[]).expect("begun");
        let seqs = ["7", "8", "9"]
            .map(|id| state.announce(run, "Contoso", &title(id), hours(1)).expect("announced"));
        assert_eq!(seqs, [1, 2, 3]);
    }
}

#[test]
fn a_change_of_a_run_that_never_began_cannot_be_announced() {
    let (_folder, path) = place();
    let error = open(&path).announce("nobody", "Contoso", &title("7"), hours(1)).expect_err("no such run");
    assert_eq!(error.kind(), Kind::State);
}

#[test]
fn a_run_is_found_by_the_beginning_of_its_id() {
    let (_folder, path) = place();
    let state = open(&path);
    for (id, started) in [("2026-b", hours(5)), ("2026-a", hours(9)), ("2025-z", hours(7))] {
        state.begin(&header(id, started), &[]).expect("begun");
    }
    State::open(&path, "another realm")
        .expect("usable")
        .begin(&header("2024-x", hours(99)), &[])
        .expect("begun");
    let found = |prefix: &str| state.run(prefix).map(|report| report.header.id);
    assert_eq!(found("2025").expect("one"), "2025-z");
    assert_eq!(found("2026-b").expect("one"), "2026-b");
    assert_eq!(found("last").expect("one"), "2026-a", "the latest of this realm, whatever its id");
    let several = found("2026").expect_err("two");
    assert_eq!((several.kind(), several.message()), (Kind::Usage, "several runs begin with \"2026\""));
    for unknown in ["2024", "z", "2026-a-and-more"] {
        let error = found(unknown).expect_err("none of this realm");
        assert_eq!(error.message(), format!("the journal knows no run {unknown:?}"));
        assert!(error.next_step().is_some_and(|next| next.contains("crsync log")));
    }
    let empty = State::open(&path, "nobody's").expect("usable").run("last").expect_err("none at all");
    assert_eq!(empty.kind(), Kind::Usage);
}

#[test]
fn runs_are_listed_from_the_oldest_on_and_since_a_time() {
    let (_folder, path) = place();
    let state = open(&path);
    for (id, started) in [("c", hours(9)), ("a", hours(5)), ("b", hours(7))] {
        state.begin(&header(id, started), &[]).expect("begun");
    }
    let ids = |since| -> Vec<String> {
        state.runs(since).expect("readable").into_iter().map(|report| report.header.id).collect()
    };
    assert_eq!(ids(None), ["a", "b", "c"]);
    assert_eq!(ids(Some(hours(7))), ["b", "c"]);
}

#[test]
fn a_plan_that_a_guard_refused_was_not_applied() {
    let (_folder, path) = place();
    let state = open(&path);
    let applied = |plan: &str| state.run_of_plan(plan).expect("readable");
    assert_eq!(applied("plan of a"), None);
    state.begin(&header("a", hours(1)), &[]).expect("begun");
    assert_eq!(applied("plan of a").as_deref(), Some("a"), "a run that died may have written");
    state.end("a", Ended { at: hours(1), halt: Some(Halt::Refused) }).expect("ended");
    assert_eq!(applied("plan of a"), None);
    let again = Header { plan: "plan of a".to_owned(), ..header("b", hours(2)) };
    state.begin(&again, &[]).expect("begun");
    state.end("b", Ended { at: hours(2), halt: Some(Halt::Deadline) }).expect("ended");
    assert_eq!(applied("plan of a").as_deref(), Some("b"));
}

#[test]
fn only_what_is_open_of_these_companies_and_this_realm_is_unsettled() {
    let (_folder, path) = place();
    let state = open(&path);
    begun(&state, "later", hours(2), &["Contoso", "Fabrikam"]);
    begun(&state, "early", hours(1), &["Contoso", "Contoso", "Adatum"]);
    let other = State::open(&path, "another realm").expect("usable");
    begun(&other, "foreign", hours(3), &["Contoso"]);
    state.settle("early", 1, &title("7"), &settled(Settlement::Failed, None)).expect("settled");
    let one = |run: &str, company: &str, seq| (run.to_owned(), company.to_owned(), seq);
    assert_eq!(ids(&state, &["Contoso"]), [one("early", "Contoso", 2), one("later", "Contoso", 1)]);
    assert_eq!(
        ids(&state, &["Adatum", "Fabrikam"]),
        [one("early", "Adatum", 3), one("later", "Fabrikam", 2)]
    );
    assert_eq!(ids(&state, &[]), []);
    assert_eq!(ids(&other, &["Contoso", "Fabrikam", "Adatum"]), [one("foreign", "Contoso", 1)]);
    state.end("early", Ended { at: hours(9), halt: None }).expect("ended");
    assert_eq!(ids(&state, &["Contoso"]).len(), 2, "a run may end and not know everything");
}

#[test]
fn a_login_is_remembered_with_the_change_that_wrote_it() {
    let (_folder, path) = place();
    let state = open(&path);
    state.begin(&header("r", hours(1)), &[]).expect("begun");
    let login = |id: &str, to: &str| {
        change(RecordKind::PortalUser, id, &[(Field::Login, None, to), (Field::Title, Some(""), "Head")])
    };
    let settle = |change: &Change, how, id| {
        let seq = state.announce("r", "Contoso", change, hours(1)).expect("announced");
        state.settle("r", seq, change, &settled(how, id)).expect("settled");
    };
    settle(&login("p1", "false"), Settlement::Done, None);
    settle(&login("p2", "false"), Settlement::Failed, None);
    settle(&login("p3", "false"), Settlement::Stale, Some("p3"));
    settle(&login("p4", "false"), Settlement::Done, None);
    settle(&login("p4", "true"), Settlement::Done, None);
    let mut made = login("", "true");
    made.record.id = None;
    settle(&made, Settlement::Done, Some("p5"));
    settle(&change(RecordKind::Contact, "9", &[(Field::Login, None, "false")]), Settlement::Done, None);
    drop(state);
    let wrote = |id: &str, text: &str| ((Id::from(id), Field::Login), text.to_owned());
    assert_eq!(
        open(&path).remembered().expect("readable").written,
        BTreeMap::from([wrote("p1", "false"), wrote("p4", "true"), wrote("p5", "true")])
    );
    let other = State::open(&path, "another realm").expect("usable");
    assert_eq!(other.remembered().expect("readable").written, BTreeMap::new());
}

fn link(user: &str, contact: Option<&str>, portal_user: Option<&str>, gone: bool) -> Link {
    Link {
        user: Id::from(user),
        contact: contact.map(Id::from),
        portal_user: portal_user.map(Id::from),
        gone,
    }
}

fn known(company: &str, links: Vec<Link>, contacts: usize) -> Known {
    Known {
        company: company.to_owned(),
        links,
        counts: BTreeMap::from([(Side::Psa, contacts), (Side::Tenant, 4)]),
        assigned: BTreeMap::new(),
    }
}

#[test]
fn what_is_remembered_comes_back_company_by_company() {
    let (_folder, path) = place();
    let links = vec![
        link("u1", Some("7"), Some("p1"), false),
        link("u2", Some("8"), None, true),
        link("u3", None, Some("p3"), false),
    ];
    open(&path)
        .remember(&[known("Contoso", links.clone(), 3), known("Fabrikam", links.clone(), 9)])
        .expect("written");
    let counts = |contoso| {
        let of = |company: &str, side, count| ((company.to_owned(), side), count);
        BTreeMap::from([
            of("Contoso", Side::Psa, contoso),
            of("Contoso", Side::Tenant, 4),
            of("Fabrikam", Side::Psa, 9),
            of("Fabrikam", Side::Tenant, 4),
        ])
    };
    let state = open(&path);
    let remembered = state.remembered().expect("readable");
    assert_eq!(
        remembered.links,
        BTreeMap::from([("Contoso".to_owned(), links.clone()), ("Fabrikam".to_owned(), links.clone())])
    );
    assert_eq!(remembered.counts, counts(3));

    state.remember(&[known("Contoso", vec![link("u9", Some("7"), None, false)], 2)]).expect("written");
    let remembered = state.remembered().expect("readable");
    assert_eq!(
        remembered.links["Contoso"],
        [link("u9", Some("7"), None, false)],
        "none of the earlier ones stays"
    );
    assert_eq!(remembered.links["Fabrikam"], links, "another company's do");
    assert_eq!(remembered.counts, counts(2));
    let other = State::open(&path, "another realm").expect("usable");
    assert_eq!(other.remembered().expect("readable"), Remembered::default());
    other.remember(&[known("Contoso", Vec::new(), 0)]).expect("written");
    assert_eq!(state.remembered().expect("readable").links["Contoso"].len(), 1);
}

#[test]
fn a_run_that_is_not_settled_is_never_forgotten() {
    let (_folder, path) = place();
    let state = open(&path);
    begun(&state, "old-open", hours(1), &["Contoso", "Contoso"]);
    begun(&state, "old-settled", hours(1), &["Contoso"]);
    begun(&state, "young", hours(10), &["Contoso"]);
    for (run, seq) in [("old-open", 1), ("old-settled", 1), ("young", 1)] {
        state.settle(run, seq, &title("7"), &settled(Settlement::Done, None)).expect("settled");
    }
    for run in ["old-open", "old-settled", "young"] {
        state.end(run, Ended { at: hours(11), halt: None }).expect("ended");
    }
    begun(&State::open(&path, "another realm").expect("usable"), "foreign", hours(1), &[]);
    assert_eq!(state.prune(hours(5)).expect("written"), 1);
    let runs: Vec<String> =
        state.runs(None).expect("readable").into_iter().map(|run| run.header.id).collect();
    assert_eq!(runs, ["old-open", "young"]);
    assert_eq!(state.run("old-open").expect("kept").entries.len(), 2, "with everything it did");
    let other = State::open(&path, "another realm").expect("usable");
    assert_eq!(
        other.runs(None).expect("readable").len(),
        1,
        "how long another realm keeps its runs is its own setting"
    );
    state.settle("old-open", 2, &title("7"), &settled(Settlement::Failed, None)).expect("settled");
    assert_eq!(state.prune(hours(5)).expect("written"), 1);
}

#[test]
fn a_run_still_at_work_is_not_forgotten_and_a_killed_one_is_a_week_later() {
    let (_folder, path) = place();
    let state = open(&path);
    begun(&state, "at-work", hours(1), &[]);
    assert_eq!(state.prune(hours(2)).expect("written"), 0);
    assert_eq!(state.prune(hours(2 + 7 * 24)).expect("written"), 1);
}

#[test]
fn a_forgotten_run_leaves_nothing_behind() {
    let (_folder, path) = place();
    let state = open(&path);
    let company = CompanyPlan { name: "Contoso".to_owned(), ..CompanyPlan::default() };
    state.begin(&header("old", hours(1)), &[company]).expect("begun");
    let seq = state.announce("old", "Contoso", &title("7"), hours(1)).expect("announced");
    state.settle("old", seq, &title("7"), &settled(Settlement::Done, None)).expect("settled");
    state.end("old", Ended { at: hours(1), halt: None }).expect("ended");
    state.prune(hours(2)).expect("written");
    for table in ["runs", "intents", "results", "companies"] {
        let rows: usize = state
            .read(|db| db.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)))
            .expect("a count");
        assert_eq!(rows, 0, "{table}");
    }
}

/// The bytes of every file in the folder.
fn bytes(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.flat_map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file")).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_support_pin_never_reaches_the_disk() {
    let (folder, path) = place();
    let state = open(&path);
    let pin = Field::Udf(Udf::SupportPin);
    let mut secret = change(
        RecordKind::Contact,
        "7",
        &[(pin, Some("PIN-BEFORE"), "PIN-AFTER"), (Field::Title, Some("PLAIN-BEFORE"), "PLAIN-AFTER")],
    );
    secret.unmoved.push(Unmoved { field: pin, value: "PIN-UNMOVED".to_owned() });
    let company =
        CompanyPlan { name: "Contoso".to_owned(), changes: vec![secret.clone()], ..CompanyPlan::default() };
    state.begin(&header("r", hours(1)), &[company]).expect("begun");
    let seq = state.announce("r", "Contoso", &secret, hours(1)).expect("announced");
    state.settle("r", seq, &secret, &settled(Settlement::Done, Some("7"))).expect("settled");
    state.end("r", Ended { at: hours(1), halt: None }).expect("ended");
    let look = |when: &str| {
        let bytes = bytes(folder.path());
        for text in ["PIN-BEFORE", "PIN-AFTER", "PIN-UNMOVED"] {
            assert!(!holds(&bytes, text), "{text} {when}");
        }
        for text in ["PLAIN-BEFORE", "PLAIN-AFTER"] {
            assert!(holds(&bytes, text), "{text} {when}");
        }
    };
    look("while it is open");
    let entry = state.run("r").expect("known").entries.remove(0);
    let kept: Vec<_> =
        entry.change.fields.iter().map(|field| (field.before.as_deref(), &field.after)).collect();
    assert_eq!(kept[0], (Some("(secret)"), &NewValue::Text("(secret)".to_owned())));
    drop(state);
    look("once it is closed");
}

#[test]
fn whether_a_pin_was_set_changed_or_cleared_is_kept() {
    let (_folder, path) = place();
    let state = open(&path);
    state.begin(&header("r", hours(1)), &[]).expect("begun");
    let kept = |before: Option<&str>, after: NewValue| {
        let mut change = change(RecordKind::Contact, "7", &[(Field::Udf(Udf::SupportPin), before, "")]);
        change.fields[0].after = after;
        state.announce("r", "Contoso", &change, hours(1)).expect("announced");
        let field = state.run("r").expect("known").entries.pop().expect("it").change.fields.remove(0);
        (field.before, field.after)
    };
    let secret = || NewValue::Text("(secret)".to_owned());
    assert_eq!(kept(Some(""), NewValue::Text("4821".into())), (Some(String::new()), secret()));
    assert_eq!(kept(None, NewValue::Text("4821".into())), (None, secret()));
    assert_eq!(kept(Some("4821"), NewValue::Blank), (Some("(secret)".to_owned()), NewValue::Blank));
}

#[test]
fn two_handles_at_once_lose_nothing() {
    const EACH: u64 = 40;
    let (_folder, path) = place();
    let first = open(&path);
    first.begin(&header("shared", hours(1)), &[]).expect("begun");
    let second = open(&path);
    thread::scope(|scope| {
        for (handle, state) in [("a", &first), ("a", &first), ("b", &second), ("b", &second)] {
            scope.spawn(move || {
                for number in 0..EACH {
                    let change = title(&format!("{handle}{number}"));
                    let seq = state.announce("shared", "Contoso", &change, hours(1)).expect("announced");
                    state.settle("shared", seq, &change, &settled(Settlement::Done, None)).expect("settled");
                }
            });
        }
    });
    let report = first.run("shared").expect("known");
    let seqs: Vec<u64> = report.entries.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, (1..=4 * EACH).collect::<Vec<_>>(), "every place was given once");
    assert_eq!(report.summary().of(Settlement::Done), 4 * usize::try_from(EACH).expect("few"));
    assert_eq!(second.run("shared").expect("known"), report);
}

#[test]
fn a_state_that_is_not_there_is_not_made_by_looking() {
    let (_folder, path) = place();
    assert!(State::look(&path, REALM).expect("no error").is_none());
    assert!(!path.exists());
    open(&path);
    assert!(State::look(&path, REALM).expect("no error").is_some());
}

#[test]
fn what_is_forgotten_is_gone_with_its_helper_files() {
    let (folder, path) = place();
    let state = open(&path);
    state.remember(&[known("Contoso", Vec::new(), 1)]).expect("written");
    assert!(std::fs::read_dir(folder.path()).expect("a folder").count() > 1, "a write-ahead log beside it");
    forget(&path).expect("removed");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    forget(&path).expect("none there is as good");
}

#[test]
fn the_folder_for_state_is_named_or_the_systems_own() {
    let env = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let both = env(&[("CRSYNC_STATE", "/a"), ("XDG_STATE_HOME", "/b")]);
    assert_eq!(super::folder(&both).expect("named"), Path::new("/a"));
    let empty = env(&[("CRSYNC_STATE", ""), ("XDG_STATE_HOME", "/b")]);
    assert_eq!(super::folder(&empty).expect("named"), Path::new("/b/crsync"));
}
