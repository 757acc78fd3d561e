//! What is said of a run, by how it ended.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::*;
use crate::error::Kind;
use crate::model::{Field, Id, Row, Side, Udf};
use crate::plan::{
    Action, Candidate, Change, ChangeKey, Conflict, Ended, FieldChange, Halt, Header, Measure, NewValue,
    Record, RecordKind, Settled, Settlement, Unread, Who, without_next,
};
use crate::report::redact_run;

const LOOK: Look<'static> = Look { width: 200, verbose: false, psa: "ExamplePSA" };

fn change(id: &str) -> Change {
    let title = FieldChange {
        field: Field::Title,
        before: Some("Clerk".into()),
        after: NewValue::Text("Head".into()),
        source: Side::Tenant,
        row: Row::UpdateContact,
        note: None,
    };
    Change {
        key: ChangeKey(id.into()),
        record: Record { kind: RecordKind::Contact, company: Id::from(1), id: Some(Id::from(id)) },
        action: Action::Update,
        who: Who { name: format!("Ann \u{1b}[31m{id}"), email: Some("ann@contoso.example".into()) },
        fields: vec![title],
        evidence: Vec::new(),
        unmoved: Vec::new(),
        seek: None,
        left: None,
        namesakes: None,
    }
}

fn entry(seq: u64, how: Option<Settlement>, detail: Option<&str>) -> Entry {
    let (detail, next) = match detail.map(without_next) {
        Some((detail, next)) => (Some(detail), next),
        None => (None, None),
    };
    let settled = how.map(|how| Settled {
        at: Timestamp::UNIX_EPOCH,
        how,
        id: None,
        detail,
        next,
        request_id: Some("r-1".into()),
        attempts: 1,
        millis: 12,
        by: None,
    });
    Entry {
        seq,
        company: "Contoso".into(),
        at: Timestamp::UNIX_EPOCH,
        change: change(&seq.to_string()),
        settled,
    }
}

/// A run that planned so many changes, and came to its end unless `halt` says otherwise.
fn report(planned: usize, entries: Vec<Entry>, halt: Option<Halt>) -> Report {
    let header = Header {
        id: "20261125T120000Z-00ff".into(),
        purpose: Purpose::Sync,
        started: Timestamp::UNIX_EPOCH,
        operator: "kim".into(),
        host: "desk".into(),
        tool: "1".into(),
        psa: "example".into(),
        plan: "0123456789abcdef".into(),
        config: "c".into(),
        planned,
        allowed: BTreeMap::new(),
        shard: None,
        fields: Vec::new(),
        breaches: Vec::new(),
    };
    let ended = Some(Ended { at: Timestamp::UNIX_EPOCH, halt });
    Report { header, ended, entries, companies: Vec::new(), notified: Vec::new(), answers: Vec::new() }
}

fn text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = anstream::StripStream::new(Vec::new());
    write(&mut out).expect("a buffer takes everything");
    String::from_utf8(out.into_inner()).expect("text")
}

fn ending_of(report: &Report) -> String {
    text(|out| outcome(out, report, LOOK))
}

const DONE: Option<Settlement> = Some(Settlement::Done);

#[test]
fn a_run_without_changes_says_so() {
    assert_eq!(ending_of(&report(0, Vec::new(), None)), "Run 20261125T120000Z-00ff: nothing to do\n");
}

#[test]
fn a_run_that_did_everything_needs_no_next_step() {
    let all = vec![entry(1, DONE, None), entry(2, DONE, Some("it held that already"))];
    assert_eq!(ending_of(&report(2, all, None)), "Run 20261125T120000Z-00ff: 2 done\n");
}

#[test]
fn a_refused_run_wrote_nothing_and_says_where_to_look() {
    assert_eq!(
        ending_of(&report(40, Vec::new(), Some(Halt::Refused))),
        "Run 20261125T120000Z-00ff: 40 not made, refused by a guard\n  \
         next: check the plan; the lines above name what would let exactly this through\n"
    );
}

#[test]
fn a_failed_run_names_every_change_that_did_not_end_well() {
    let all = vec![
        entry(1, DONE, None),
        entry(2, Some(Settlement::Failed), Some("the title is too long; next: shorten it")),
        entry(3, Some(Settlement::NotTried), Some("it needs the id of a record that was not made")),
        entry(4, Some(Settlement::Stale), Some("title of the contact has changed since")),
        entry(5, None, None),
    ];
    let expected = [
        "  failed: Contoso: update contact 2 (Ann [31m2): the title is too long; next: shorten it",
        "  not tried: Contoso: update contact 3 (Ann [31m3): it needs the id of a record that was not made",
        "  stale: Contoso: update contact 4 (Ann [31m4): title of the contact has changed since",
        "  unknown: Contoso: update contact 5 (Ann [31m5): the next run finds out",
        "Run 20261125T120000Z-00ff: 1 done, 1 stale, 1 failed, 1 not tried, 1 unknown",
        "  next: run the command again: it plans anew what was not done",
    ];
    assert_eq!(ending_of(&report(5, all, None)).lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_run_that_was_stopped_goes_on_when_it_is_run_again() {
    for (halt, words) in [(Halt::Deadline, "stopped by the deadline"), (Halt::Interrupted, "interrupted")] {
        assert_eq!(
            ending_of(&report(3, vec![entry(1, DONE, None)], Some(halt))),
            format!(
                "Run 20261125T120000Z-00ff: 1 done, 2 not made, {words}\n  \
                 next: run the command again: it goes on where this one stopped\n"
            )
        );
    }
}

#[test]
fn a_run_that_died_did_not_end() {
    let mut dead = report(3, vec![entry(1, DONE, None), entry(2, None, None)], None);
    dead.ended = None;
    let text = ending_of(&dead);
    assert!(
        text.contains("Run 20261125T120000Z-00ff: 1 done, 1 unknown, 1 not made, did not end\n"),
        "{text}"
    );
    assert!(text.contains("next: run the command again"), "{text}");
}

#[test]
fn conflicts_and_companies_that_could_not_be_read_are_counted() {
    let conflict = Conflict {
        reason: "two contacts hold it".into(),
        candidates: vec![Candidate {
            side: Side::Psa,
            id: Id::from(7),
            who: Who { name: "Cy Dahl".into(), email: None },
            active: Some(true),
        }],
        evidence: Vec::new(),
        next: "decide".into(),
    };
    let unread = Unread { side: Side::Psa, kind: Kind::Network, reason: "it is down".into(), hint: None };
    let mut run = report(0, Vec::new(), None);
    run.companies = vec![
        CompanyPlan { name: "Contoso".into(), conflicts: vec![conflict], ..CompanyPlan::default() },
        CompanyPlan { name: "Fabrikam".into(), unread: vec![unread], ..CompanyPlan::default() },
    ];
    assert_eq!(
        ending_of(&run),
        "Run 20261125T120000Z-00ff: nothing to do, 1 conflict, 1 company held back\n"
    );
    let whole = text(|out| super::run(out, &run, &run.summary(), LOOK));
    assert!(whole.contains("Contoso: conflicts, nothing was written to these people"), "{whole}");
    assert!(whole.contains("two contacts hold it") && whole.contains("Cy Dahl"), "{whole}");
}

#[test]
fn an_undone_run_says_how_to_keep_it_undone() {
    let mut undo = report(1, vec![entry(1, DONE, None)], None);
    undo.header.purpose = Purpose::Undo("2026-a".into());
    assert!(ending_of(&undo).contains("or the next sync does it again"));
    let whole = text(|out| super::run(out, &undo, &undo.summary(), LOOK));
    assert!(
        whole.starts_with("Run 20261125T120000Z-00ff  undo of 2026-a, 1970-01-01 00:00:00 UTC\n"),
        "{whole}"
    );
    undo.entries.clear();
    assert!(!ending_of(&undo).contains("next:"), "nothing was taken back");
}

#[test]
fn a_shown_run_tells_who_made_it_of_what_and_how_every_change_went() {
    let mut run = report(2, vec![entry(1, DONE, Some("it held that already")), entry(2, None, None)], None);
    run.header.allowed.insert(Measure::Deactivate, 37);
    run.header.shard = Some("2/5".into());
    if let Some(settled) = &mut run.entries[0].settled {
        settled.by = Some("later".into());
        settled.attempts = 3;
    }
    let text = text(|out| super::run(out, &run, &run.summary(), LOOK));
    let has = |line: &str| assert!(text.lines().any(|own| own.trim() == line), "{line}\n{text}");
    has("Run 20261125T120000Z-00ff  sync example, 1970-01-01 00:00:00 UTC, part 2/5");
    has("by kim on desk, crsync 1, plan 0123456789ab");
    has("allowed: deactivate=37");
    has("Contoso");
    has("done, it held that already, found by run later, 12 ms, 3 attempts, request r-1");
    has("unknown");
    assert!(text.contains("Clerk → Head"), "{text}");
    assert!(!text.contains('\u{1b}'), "names cannot command the terminal");
}

#[test]
fn where_some_changes_are_shown_their_sum_is_beside_that_of_all() {
    let all = report(
        3,
        vec![entry(1, DONE, None), entry(2, Some(Settlement::Failed), None), entry(3, DONE, None)],
        None,
    );
    let mut some = all.clone();
    some.entries.retain(|entry| entry.seq == 2);
    let text = text(|out| super::run(out, &some, &all.summary(), LOOK));
    assert!(text.contains("Run 20261125T120000Z-00ff: 2 done, 1 failed; shown here: 1 failed\n"), "{text}");
    assert!(!text.contains("not made"), "{text}");
}

#[test]
fn a_pin_and_whom_it_is_about_are_not_told() {
    let mut run =
        report(1, vec![entry(1, Some(Settlement::Failed), Some("ann@contoso.example is taken"))], None);
    run.entries[0].change.fields[0].field = Field::Udf(Udf::SupportPin);
    let shown = text(|out| super::run(out, &run, &run.summary(), LOOK));
    assert!(!shown.contains("Clerk") && !shown.contains("Head") && shown.contains("changed"), "{shown}");
    let masked = redact_run(&run);
    let shown = text(|out| super::run(out, &masked, &masked.summary(), LOOK));
    assert!(!shown.contains("Ann") && !shown.contains("ann@"), "{shown}");
    assert!(shown.contains("a…@contoso.example is taken"), "{shown}");
}
