//! The journal stays small, lists of runs read nothing but the rows of runs, and what is old goes in steps.

use super::*;
use crate::state::prune::{forget, give_back};

const COMPANIES: usize = 20;

/// Makes a run that says of every company what the night before said, but of one in every tenth night; with a change
/// that is refused every night.
fn night(state: &State, night: i64) {
    let id = format!("run-{night:04}");
    let at = hours(24 * night);
    let more = |number| usize::try_from(night).expect("small") / 10 * usize::from(number == 0);
    let companies: Vec<CompanyPlan> =
        (0..COMPANIES).map(|number| noted(&format!("Company {number:03}"), 12 + more(number))).collect();
    state.begin(&header(&id, at), &companies).expect("begun");
    let seq = state.announce(&id, "Company 007", &title("7"), at).expect("announced");
    state.settle(&id, seq, &title("7"), &settled(Settlement::Failed, None)).expect("settled");
    state.end(&id, Ended { at, halt: None }).expect("ended");
}

fn number(state: &State, sql: &str) -> i64 {
    state.read(|db| db.query_row(sql, (), |row| row.get(0))).expect("a number")
}

fn size(state: &State) -> i64 {
    number(state, "PRAGMA page_count") * number(state, "PRAGMA page_size")
}

#[test]
fn a_night_in_which_little_is_new_takes_two_kilobytes() {
    let (_folder, path) = place();
    let state = open(&path);
    (0..5).for_each(|n| night(&state, n));
    let before = size(&state);
    (5..365).for_each(|n| night(&state, n));
    let each = (size(&state) - before) / 360;
    assert!(each < 2_048, "{each} bytes");
    assert_eq!(state.run("last").expect("known").companies.len(), COMPANIES);
}

#[test]
fn what_is_said_again_is_stored_once_and_whatever_it_is_the_run_holds_it() {
    let (_folder, path) = place();
    let state = open(&path);
    let texts = || number(&state, "SELECT count(*) FROM texts");
    let refused = |id: &str, count: usize| Header {
        breaches: vec![Breach { count, ..breach() }],
        ..header(id, hours(1))
    };
    state.begin(&refused("a", 40), &[noted("Contoso", 5)]).expect("begun");
    assert_eq!(
        texts(),
        9,
        "five skips and a conflict, their company, all companies, and what refused the plan"
    );
    state.begin(&refused("b", 40), &[noted("Contoso", 5)]).expect("begun");
    assert_eq!(texts(), 9);
    state.begin(&refused("c", 41), &[noted("Contoso", 6)]).expect("begun");
    assert_eq!(texts(), 13, "a skip more, with its company, all companies, and what refused the plan");
    for (run, count, people) in [("a", 40, 5), ("b", 40, 5), ("c", 41, 6)] {
        let report = state.run(run).expect("known");
        assert_eq!((report.header, report.companies), (refused(run, count), vec![noted("Contoso", people)]));
    }
    let headers: Vec<Header> =
        state.runs(None).expect("readable").into_iter().map(|run| run.header).collect();
    assert_eq!(headers, [refused("a", 40), refused("b", 40), refused("c", 41)]);
}

#[test]
fn a_text_that_was_damaged_is_whole_again_once_it_is_said_again() {
    let (_folder, path) = place();
    let state = open(&path);
    state.begin(&header("a", hours(1)), &[noted("Contoso", 2)]).expect("begun");
    let damage = "UPDATE texts SET text = 'x' WHERE text LIKE '%Person 1%'";
    assert_eq!(state.change(|db| db.execute(damage, ())).expect("written"), 1);
    assert_eq!(state.run("a").expect("known").companies, []);
    state.begin(&header("b", hours(2)), &[noted("Contoso", 2)]).expect("begun");
    for run in ["a", "b"] {
        assert_eq!(state.run(run).expect("known").companies, [noted("Contoso", 2)]);
    }
}

#[test]
fn a_list_of_a_thousand_runs_reads_nothing_but_their_rows() {
    let (_folder, path) = place();
    let state = open(&path);
    (0..1000).for_each(|number| {
        let id = format!("run-{number:04}");
        state.begin(&header(&id, hours(number)), &[]).expect("begun");
        state.end(&id, Ended { at: hours(number), halt: None }).expect("ended");
    });
    (1000..1010).for_each(|n| night(&state, n));
    let before = state.runs(None).expect("readable");
    assert_eq!(before.len(), 1010);
    assert_eq!(before[1005].summary.of(Settlement::Failed), 1);
    assert_eq!(before[1005].summary.conflicts, COMPANIES);
    let gone =
        "DROP VIEW changes; DROP TABLE results; DROP TABLE intents; DROP TABLE companies; DROP TABLE texts";
    state.change(|db| db.execute_batch(gone)).expect("nothing else is left");
    assert_eq!(state.runs(None).expect("readable"), before);
    assert_eq!(state.find("last").expect("found"), "run-1009");
}

#[track_caller]
fn agree(state: &State) {
    for run in state.runs(None).expect("readable") {
        assert_eq!(run.summary, state.run(&run.header.id).expect("known").summary());
        assert_eq!(state.summary(&run.header.id).expect("readable").as_ref(), Some(&run.summary));
    }
}

#[test]
fn a_list_says_what_its_runs_add_up_to_whatever_happened_since() {
    let (_folder, path) = place();
    let state = open(&path);
    state.begin(&header("a", hours(1)), &[noted("Contoso", 3)]).expect("begun");
    agree(&state);
    let first = state.announce("a", "Contoso", &title("7"), hours(1)).expect("announced");
    let second = state.announce("a", "Contoso", &title("8"), hours(1)).expect("announced");
    agree(&state);
    state.settle("a", first, &title("7"), &settled(Settlement::Done, None)).expect("settled");
    agree(&state);
    state.end("a", Ended { at: hours(2), halt: Some(Halt::Deadline) }).expect("ended");
    agree(&state);
    assert_eq!(number(&state, "SELECT count(*) FROM runs WHERE summary IS NULL"), 0);
    // A later run finds out what became of it, and changes its mind.
    for how in [Settlement::Failed, Settlement::Done] {
        state.settle("a", second, &title("8"), &settled(how, None)).expect("settled");
        agree(&state);
        state.prune(hours(3), Duration::from_secs(3600 * 24)).expect("nothing is old");
        assert_eq!(number(&state, "SELECT count(*) FROM runs WHERE summary IS NULL"), 0);
        agree(&state);
    }
    state.begin(&header("a", hours(1)), &[]).expect("begun anew");
    agree(&state);
    state.change(|db| db.execute("UPDATE runs SET summary = 'of another version'", ())).expect("written");
    agree(&state);
    assert_eq!(state.broken(), Vec::<String>::new());
}

/// Makes 250 old runs and ten young ones, all of them over, and returns all reports.
fn many(state: &State) -> Vec<Report> {
    (0..250).for_each(|number| {
        let (id, at) = (format!("old-{number:04}"), hours(number));
        let people = usize::try_from(number).expect("small") % 7;
        state.begin(&header(&id, at), &[noted("Contoso", people)]).expect("begun");
        state.end(&id, Ended { at, halt: None }).expect("ended");
    });
    (100..110).for_each(|n| night(state, n));
    let runs = state.runs(None).expect("readable").into_iter();
    runs.map(|run| state.run(&run.header.id).expect("known")).collect()
}

#[test]
fn a_run_that_is_killed_while_it_forgets_loses_nothing_else() {
    let (_folder, path) = place();
    let state = open(&path);
    let all = many(&state);
    let old: Vec<String> = all[..250].iter().map(|run| run.header.id.clone()).collect();
    let left = |state: &State| -> Vec<Report> {
        let runs = state.runs(None).expect("readable").into_iter();
        runs.map(|run| state.run(&run.header.id).expect("known")).collect()
    };
    let (mut ids, mut forgotten) = (old.as_slice(), 0);
    while !ids.is_empty() {
        let (some, rest) = state.change(|db| forget(db, ids)).expect("written");
        (ids, forgotten) = (rest, forgotten + some);
        assert_eq!(left(&killed(&path).1), all[forgotten..]);
    }
    assert_eq!(forgotten, 250);
    while number(&state, "PRAGMA freelist_count") > 0 {
        state.step(give_back).expect("given back");
        assert_eq!(left(&killed(&path).1), all[forgotten..]);
    }
    assert_eq!(state.broken(), Vec::<String>::new());
}

#[test]
fn no_text_goes_while_it_is_not_known_what_refers_to_it() {
    let (_folder, path) = place();
    let state = open(&path);
    state.begin(&header("old", hours(1)), &[noted("Adatum", 3)]).expect("begun");
    state.end("old", Ended { at: hours(1), halt: None }).expect("ended");
    state.begin(&header("young", hours(9)), &[noted("Contoso", 2)]).expect("begun");
    let texts = || number(&state, "SELECT count(*) FROM texts");
    let before = texts();
    let damage = "UPDATE texts SET text = '?' || text WHERE id = (SELECT notes FROM runs WHERE id = 'young')";
    state.change(|db| db.execute(damage, ())).expect("written");
    assert_eq!(state.prune(hours(10), Duration::from_secs(3600 * 4)).expect("written"), 1);
    assert_eq!(texts(), before);
    state.begin(&header("again", hours(10)), &[noted("Contoso", 2)]).expect("it heals");
    state.end("again", Ended { at: hours(10), halt: None }).expect("ended");
    assert_eq!(state.run("young").expect("known").companies, [noted("Contoso", 2)]);
    assert_eq!(state.prune(hours(15), Duration::from_secs(3600 * 4)).expect("written"), 1);
    assert_eq!(
        texts(),
        5,
        "those of the run that goes on: two skips and a conflict, a company, all companies"
    );
}

/// Prunes until nothing is left to do, as run after run does.
fn prune_all(state: &State, now: Timestamp) {
    for _ in 0..20 {
        state.prune(now, Duration::from_secs(3600)).expect("written");
    }
}

#[test]
fn the_file_shrinks_once_runs_are_forgotten() {
    for is_older in [true, false] {
        let (_folder, path) = place();
        if is_older {
            drop(schema::of_form(&path, 7));
        }
        let state = open(&path);
        (0..40).for_each(|n| {
            let companies: Vec<CompanyPlan> =
                (0..COMPANIES).map(|number| noted(&format!("Night {n}, company {number}"), 20)).collect();
            let id = format!("run-{n}");
            state.begin(&header(&id, hours(n)), &companies).expect("begun");
            state.end(&id, Ended { at: hours(n), halt: None }).expect("ended");
        });
        drop(state);
        let length = || std::fs::metadata(&path).expect("a file").len();
        let before = length();
        let state = open(&path);
        prune_all(&state, hours(40));
        assert_eq!(state.runs(None).expect("readable").len(), 1);
        drop(state);
        assert!(length() < before / 10, "{is_older}: {before} bytes before, {} now", length());
    }
}
