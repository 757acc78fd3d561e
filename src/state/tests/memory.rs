//! What is remembered, and until when.

use std::time::Duration;

use super::*;

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
    assert!(remembered.licences["Fabrikam"].uncounted.contains("fabrikam"));

    state.remember(&[known("Contoso", vec![link("u9", Some("7"), None, false)], 2)]).expect("written");
    let remembered = state.remembered().expect("readable");
    assert_eq!(
        remembered.links["Contoso"],
        [link("u9", Some("7"), None, false)],
        "none of the earlier ones stays"
    );
    assert_eq!(remembered.links["Fabrikam"], links, "another company's do");
    let unknown = CompanyMemory { licences: None, ..known("Contoso", Vec::new(), 2) };
    state.remember(&[unknown]).expect("written");
    assert!(state.remembered().expect("readable").licences["Contoso"].required, "nothing new is known of it");
    state.remember(&[known("Contoso", vec![link("u9", Some("7"), None, false)], 2)]).expect("written");
    assert_eq!(remembered.counts, counts(2));
    let other = State::open(&path, "another realm").expect("usable");
    assert_eq!(other.remembered().expect("readable"), crate::plan::Memory::default());
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
    assert_eq!(state.prune(hours(5), Duration::ZERO).expect("written"), 1);
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
    assert_eq!(state.prune(hours(5), Duration::ZERO).expect("written"), 1);
}

#[test]
fn a_run_still_at_work_is_not_forgotten_and_a_killed_one_is_a_week_later() {
    let (_folder, path) = place();
    let state = open(&path);
    begun(&state, "at-work", hours(1), &[]);
    assert_eq!(state.prune(hours(2), Duration::ZERO).expect("written"), 0);
    assert_eq!(state.prune(hours(2 + 7 * 24), Duration::ZERO).expect("written"), 1);
}

#[test]
fn a_forgotten_run_leaves_nothing_behind() {
    let (_folder, path) = place();
    let state = open(&path);
    let company = CompanyPlan { name: "Contoso".to_owned(), ..CompanyPlan::default() };
    state.begin(&header("old", hours(1)), &[company]).expect("begun");
    let new = created(RecordKind::Contact, "u-1");
    for change in [title("7"), new] {
        let seq = state.announce("old", "Contoso", &change, hours(1)).expect("announced");
        state.settle("old", seq, &change, &settled(Settlement::Done, Some("7"))).expect("settled");
    }
    state.end("old", Ended { at: hours(1), halt: None }).expect("ended");
    state.prune(hours(2), Duration::ZERO).expect("written");
    assert_eq!(
        state.run_of_plan("plan of old").expect("readable").as_deref(),
        Some("old"),
        "but that its plan was applied"
    );
    for table in ["runs", "intents", "results", "companies", "texts", "made"] {
        let rows: usize = state
            .read(|db| db.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)))
            .expect("a count");
        assert_eq!(rows, 0, "{table}");
    }
}
