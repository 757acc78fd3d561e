//! How large the journal of a year is, and what it takes to list a thousand runs, to show one, and to forget old ones:
//! 200 companies every night, of each the same forty people who are out of scope, skipped or in a conflict. Every night
//! three companies say something new, five changes are made, and three are refused that were refused before.
//!
//! `cargo bench --bench log` prints what was measured beside what is wanted. Each command runs in a process of its own,
//! because a peak of memory never falls; where the system does not tell it, the table says so.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)] // it prints what it measures

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crsync::cli::{self, Io};
use crsync::model::{Field, Id, RecordKind, Row, Side};
use crsync::plan::{
    Action, Change, ChangeKey, CompanyPlan, Conflict, Ended, Excluded, FieldChange, Header, NewValue,
    Purpose, Record, Settled, Settlement, Skip, Who,
};
use crsync::state::State;
use jiff::{SignedDuration, Timestamp};

const COMPANIES: usize = 200;
const YEAR: usize = 365;
const RUNS: usize = 1_000;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|arg| arg == "--one") {
        return one(&args[at + 1..]);
    }
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("state.db");
    println!("{:<44} {:>16}   wanted", "what", "measured");
    nights(&path, 0..YEAR);
    say("the journal after 365 nights", &megabytes(length(&path)), "at most 30 MB");
    nights(&path, YEAR..RUNS);
    say("the journal after 1,000 nights", &megabytes(length(&path)), "-");
    command(folder.path(), "1,000 runs", &["log"], "at most 50 ms");
    command(folder.path(), "1,000 runs as JSON", &["log", "--format", "json"], "-");
    command(folder.path(), "those of one company", &["log", "--company", "Company 007"], "-");
    command(folder.path(), "those of one person", &["log", "--person", "person 3 of company 007"], "-");
    command(folder.path(), "one run", &["log", "last"], "-");
    forget(&path);
}

/// Forgets all runs but those of the last 90 nights, a run's share at a time.
fn forget(path: &Path) {
    let (mut longest, mut shares) = (Duration::ZERO, 0);
    loop {
        let state = State::open(path, "psa portal").expect("a state");
        let begun = Instant::now();
        let forgotten = state.prune(night(RUNS), DAY * 90).expect("a state that can be written");
        longest = longest.max(begun.elapsed());
        drop(state);
        if forgotten == 0 {
            break;
        }
        shares += 1;
    }
    say("forgetting 910 of them: shares of a run", &shares.to_string(), "-");
    say("    the longest", &format!("{longest:.0?}"), "at most 1 s");
    say("    the journal after it", &megabytes(length(path)), "-");
}

fn say(what: &str, measured: &str, wanted: &str) {
    println!("{what:<44} {measured:>16}   {wanted}");
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).expect("a file").len()
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

/// Runs a command of crsync in a process of its own, and says how long it took and how much memory.
fn command(folder: &Path, what: &str, args: &[&str], wanted: &str) {
    let this = std::env::current_exe().expect("this program");
    let output = Command::new(this).arg("--one").arg(folder).args(args).output().expect("this program again");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).expect("text");
    let (time, peak) = told.trim().split_once(' ').expect("two figures");
    say(&format!("log of {what}: time"), &format!("{time} ms"), wanted);
    let peak = peak.parse().map_or_else(|_| peak.to_owned(), |kibibytes: u64| megabytes(kibibytes * 1024));
    say(&format!("log of {what}: memory"), &peak, "at most 30 MB");
}

/// Runs one command, and prints its time in milliseconds and the peak of memory in KiB.
fn one(args: &[String]) {
    let env = ["CRSYNC_STATE", "HOME"].map(|name| (name.to_owned(), args[0].clone()));
    let (mut io, buffers) = Io::buffered(None, BTreeMap::from(env));
    let args = std::iter::once("crsync").chain(args[1..].iter().map(String::as_str)).map(OsString::from);
    let begun = Instant::now();
    assert_eq!(cli::run(args, &mut io), 0, "{}", buffers.err());
    let time = begun.elapsed().as_millis();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = line.and_then(|line| line.split_whitespace().next()).unwrap_or("not known here");
    println!("{time} {peak}");
}

fn night(number: usize) -> Timestamp {
    let days = SignedDuration::from_hours(24 * i64::try_from(number).expect("a few"));
    Timestamp::from_second(1_700_000_000).expect("a time") + days
}

/// Makes the runs of these nights.
fn nights(path: &Path, numbers: std::ops::Range<usize>) {
    let state = State::open(path, "psa portal").expect("a state");
    for number in numbers {
        let header = header(number);
        let companies: Vec<CompanyPlan> = (0..COMPANIES).map(|company| plan(company, number)).collect();
        state.begin(&header, &companies).expect("begun");
        for index in 0..8 {
            let refused = index < 3;
            let change = change(index, if refused { 0 } else { number });
            let name = company(index);
            let seq = state.announce(&header.id, &name, &change, header.started).expect("announced");
            let how = if refused { Settlement::Failed } else { Settlement::Done };
            state.settle(&header.id, seq, &change, &settled(how, header.started)).expect("settled");
        }
        state.end(&header.id, Ended { at: header.started, halt: None }).expect("ended");
    }
}

fn company(number: usize) -> String {
    format!("Company {number:03}")
}

fn who(number: usize, company: &str) -> Who {
    let address = format!("person.{number}@{}.example", company.replace(' ', "-").to_lowercase());
    Who { name: format!("Person {number} of {company}"), email: Some(address) }
}

/// What a plan says of a company in a night: of every 67th another person in every night.
fn plan(number: usize, night: usize) -> CompanyPlan {
    let name = company(number);
    let more = if number.is_multiple_of(67) { night } else { 0 };
    let excluded = |index: usize| Excluded {
        side: Side::Tenant,
        id: Id::new(format!("00000000-0000-4000-{number:04}-{index:012}")),
        who: who(index, &name),
        reason: "no licence".to_owned(),
        detail: None,
    };
    let skip = |index: usize| Skip {
        row: Row::UpdateContact,
        who: Some(who(index, &name)),
        reason: "the contact holds the address of another person, so it is left unchanged".to_owned(),
        next: Some("give each of the two an address of their own".to_owned()),
        strict: false,
    };
    let conflict = Conflict {
        reason: "two contacts hold the address of one user".to_owned(),
        candidates: Vec::new(),
        evidence: Vec::new(),
        next: "decide which one it is with `crsync match --resolve`".to_owned(),
    };
    CompanyPlan {
        excluded: (0..32).chain([1_000 + more]).map(excluded).collect(),
        skipped: (40..46).map(skip).collect(),
        conflicts: vec![conflict],
        in_agreement: 40,
        people: 60,
        base: 60,
        name,
        ..CompanyPlan::default()
    }
}

fn header(number: usize) -> Header {
    let started = night(number);
    Header {
        id: format!("{}-{number:032x}", started.strftime("%Y%m%dT%H%M%SZ")),
        purpose: Purpose::Sync,
        started,
        operator: "crsync".to_owned(),
        host: "server".to_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        psa: "autotask".to_owned(),
        plan: format!("{number:064x}"),
        config: "c".repeat(64),
        planned: 8,
        allowed: BTreeMap::new(),
        breaches: Vec::new(),
        shard: None,
        fields: Vec::new(),
    }
}

fn change(index: usize, night: usize) -> Change {
    let name = company(index);
    let field = |field: Field, after: &str| FieldChange {
        field,
        before: Some("before".to_owned()),
        after: NewValue::Text(format!("{after} of night {night}")),
        source: Side::Tenant,
        row: Row::UpdateContact,
        note: None,
    };
    Change {
        key: ChangeKey(format!("{name}/contact/{index}")),
        record: Record { kind: RecordKind::Contact, company: Id::from(7), id: Some(Id::from(7)) },
        action: Action::Update,
        who: who(index, &name),
        fields: vec![field(Field::Title, "Head"), field(Field::Mobile, "+1 555 0100")],
        evidence: Vec::new(),
        unmoved: Vec::new(),
        seek: None,
        left: None,
        namesakes: None,
    }
}

fn settled(how: Settlement, at: Timestamp) -> Settled {
    Settled {
        at,
        how,
        id: Some(Id::from(7)),
        detail: (how == Settlement::Failed).then(|| "the service answers 400: not allowed".to_owned()),
        next: None,
        request_id: Some("00000000-0000-4000-8000-000000000000".to_owned()),
        attempts: 1,
        millis: 120,
        by: None,
    }
}
