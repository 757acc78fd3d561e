//! One row that cannot be read, in every table in turn.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::model::{Fields, Mark, Picture, Pin};
use crate::side::FieldCache as _;

const BAD: &str = "CAST(x'ff' AS TEXT)";

/// Makes two rows in every table.
fn filled(path: &Path) -> State {
    let state = open(path);
    for (people, id) in (1..).zip(["a", "b"]) {
        let change = change(RecordKind::TenantUser, id, &[(Field::Title, Some("Clerk"), "Head")]);
        let note = CompanyPlan { name: "Contoso".to_owned(), people, ..CompanyPlan::default() };
        state.begin(&header(id, hours(1)), &[note]).expect("begun");
        let seq = state.announce(id, "Contoso", &change, hours(1)).expect("announced");
        state.settle(id, seq, &change, &settled(Settlement::Done, Some(id))).expect("settled");
        state.end(id, Ended { at: hours(1), halt: None }).expect("ended");
    }
    let links = vec![link("u1", Some("7"), None, false), link("u2", Some("8"), None, false)];
    state.remember(&[known("Contoso", links.clone(), 3), known("Fabrikam", links, 9)]).expect("written");
    let read = hours(1);
    let pin = PinReading {
        modified: None,
        read,
        pin: Pin::Marked(Mark { hash: "x".into(), length: 4 }),
        held: None,
    };
    let picture = PictureReading { picture: Picture::None, read, wanted: read };
    state.keep_pins(&[(Id::from("p1"), pin.clone()), (Id::from("p2"), pin)].into()).expect("kept");
    state
        .keep_pictures(&[(Id::from("u1"), picture.clone()), (Id::from("u2"), picture)].into())
        .expect("kept");
    state
}

/// Returns how many rows are read of each table.
fn counts(state: &State) -> Vec<(&'static str, usize)> {
    let remembered = state.remembered().expect("readable");
    let happened = state.past(hours(1), Duration::from_secs(3600)).expect("readable");
    let listed = state.runs(None).expect("readable");
    let whole = |run: &Listed| state.report(&run.header.id).expect("readable");
    let runs: Vec<Report> = listed.iter().filter_map(whole).collect();
    vec![
        ("runs", listed.len()),
        ("intents", runs.iter().map(|run| run.entries.len()).sum()),
        ("results", runs.iter().flat_map(|run| &run.entries).filter(|entry| entry.settled.is_some()).count()),
        ("companies", runs.iter().map(|run| run.companies.len()).sum()),
        ("past", happened.past.len() + happened.unreadable.values().sum::<usize>()),
        ("recent", state.recent_writes(hours(1)).expect("readable").len()),
        ("links", remembered.links.values().map(Vec::len).sum()),
        ("counts", remembered.counts.len()),
        ("licences", remembered.licences.len()),
        ("pins", state.pins().expect("readable").len()),
        ("pictures", state.pictures().expect("readable").len()),
    ]
}

#[test]
fn a_row_that_cannot_be_read_hides_itself_and_is_said_once() {
    for (sql, hidden, said) in [
        (
            "UPDATE texts SET text = '{' WHERE id = (SELECT text FROM intents WHERE run = 'a')",
            &["intents", "results", "recent"][..],
            "change 1 of run a",
        ),
        ("UPDATE results SET settled = '{' WHERE run = 'a'", &["results", "recent"], "change 1 of run a"),
        (
            "UPDATE texts SET text = '[]' WHERE text LIKE '%\"people\":1%'",
            &["companies"],
            "what run a said of Contoso",
        ),
        (
            "UPDATE texts SET text = '[]' WHERE id = (SELECT notes FROM runs WHERE id = 'a')",
            &["companies"],
            "what run a said of its companies",
        ),
        (
            "INSERT INTO companies VALUES ('a', 'Fabrikam', 'of an older version')",
            &[],
            "what run a said of Fabrikam",
        ),
        (
            "UPDATE runs SET header = 'x' WHERE id = 'a'",
            &["runs", "intents", "results", "companies"],
            "run a",
        ),
        ("UPDATE runs SET ended = 'x' WHERE id = 'a'", &[], "how run a ended"),
        (
            "UPDATE links SET contact = BAD WHERE user = 'u1' AND company = 'Contoso'",
            &["links"],
            "the link of the 365 user u1 of Contoso",
        ),
        (
            "UPDATE licences SET rule = '7' WHERE company = 'Contoso'",
            &["licences"],
            "the licence rule that was last applied to Contoso",
        ),
        (
            "UPDATE pins SET hash = BAD WHERE portal_user = 'p1'",
            &["pins"],
            "when the PIN of the portal user p1 was read",
        ),
        (
            "UPDATE pictures SET hash = BAD WHERE user = 'u1'",
            &["pictures"],
            "when the picture of the 365 user u1 was read",
        ),
    ] {
        let (_folder, path) = place();
        let state = filled(&path);
        let whole = counts(&state);
        assert!(state.broken().is_empty());
        state.change(|db| db.execute(&sql.replace("BAD", BAD), ())).expect(sql);
        for ((table, before), (_, now)) in whole.into_iter().zip(counts(&state)) {
            let expected = if hidden.contains(&table) { before - 1 } else { before };
            assert_eq!(now, expected, "{sql}: {table}");
        }
        let broken = state.broken();
        assert!(broken.iter().any(|what| what.contains(said)), "{sql}: {broken:?}");
        counts(&state);
        assert!(state.broken().is_empty(), "it was said");
    }
}

#[test]
fn whose_link_cannot_be_read_is_named_by_the_ids_that_can() {
    let (_folder, path) = place();
    let state = filled(&path);
    let sql = format!("UPDATE links SET portal_user = {BAD} WHERE user = 'u1' AND company = 'Contoso'");
    state.change(|db| db.execute(&sql, ())).expect("a link");
    assert_eq!(state.remembered().expect("readable").held.into_keys().collect::<Vec<_>>(), ["7", "u1"]);
}

#[test]
fn a_number_of_records_that_cannot_be_is_more_than_there_are() {
    let (_folder, path) = place();
    let state = filled(&path);
    state
        .change(|db| db.execute("UPDATE counts SET records = -1 WHERE company = 'Contoso'", ()))
        .expect("a count");
    let counts = state.remembered().expect("readable").counts;
    assert!(counts[&("Contoso".to_owned(), Side::Psa)] > 1_000_000);
}

#[test]
fn what_was_kept_and_cannot_be_read_is_asked_for_again() {
    let (_folder, path) = place();
    let state = Arc::new(open(&path));
    let load = || {
        let ages = BTreeMap::from([(RecordKind::Contact, Duration::from_secs(3600))]);
        KeptFields::load(Arc::clone(&state), ages, Timestamp::now()).expect("readable")
    };
    let kept = load();
    for id in [7, 8] {
        kept.put(
            RecordKind::Contact,
            &Id::from(id),
            "monday",
            &Fields::new().with(Field::Udf(Udf::Office365Id), "u"),
        );
    }
    kept.save().expect("written");
    state.change(|db| db.execute("UPDATE fields SET fields = '{' WHERE id = '7'", ())).expect("a row");
    let kept = load();
    assert!(kept.get(RecordKind::Contact, &Id::from(7), "monday").is_none());
    assert!(kept.get(RecordKind::Contact, &Id::from(8), "monday").is_some());
    assert_eq!(state.broken(), ["the kept fields of contact 7"]);
}

#[test]
fn a_change_that_cannot_be_read_counts_for_its_company_and_one_that_is_open_can_be_given_up() {
    let (_folder, path) = place();
    let state = filled(&path);
    let sql = "UPDATE texts SET text = '{' WHERE id = (SELECT text FROM intents WHERE run = 'a')";
    state.change(|db| db.execute(sql, ())).expect("a change");
    let window = Duration::from_secs(3600);
    assert_eq!(
        state.past(hours(1), window).expect("readable").unreadable,
        [("Contoso".to_owned(), 1)].into()
    );
    let young = state.unreadable(hours(1)).expect("readable");
    assert_eq!(young.iter().map(|one| (one.run.as_str(), one.is_open)).collect::<Vec<_>>(), [("a", false)]);
    assert_eq!(state.unreadable(hours(2)).expect("readable"), [], "it is settled and old");
    state.change(|db| db.execute("DELETE FROM results WHERE run = 'a'", ())).expect("a result");
    let open = state.unreadable(hours(2)).expect("readable").remove(0);
    assert!(open.is_open && open.company == "Contoso" && open.at == hours(1));
    state.give_up(&open, &settled(Settlement::Failed, None)).expect("written");
    assert_eq!(state.unreadable(hours(2)).expect("readable"), []);
}

#[test]
fn the_change_of_a_request_whose_run_cannot_be_read_counts_as_done() {
    let (_folder, path) = place();
    let state = open(&path);
    let change = change(RecordKind::TenantUser, "u1", &[(Field::Title, Some("Clerk"), "Head")]);
    state.begin(&header("r", hours(1)), &[]).expect("begun");
    let seq = state.announce("r", "Contoso", &change, hours(1)).expect("announced");
    state
        .change(|db| {
            let row = (REALM, "x", "digest", "r", &change.key.0);
            db.execute("INSERT INTO requests VALUES (?, ?, ?, ?, ?, NULL)", row)?;
            db.execute("UPDATE runs SET header = '{'", ())
        })
        .expect("written");
    state.settle("r", seq, &change, &settled(Settlement::Done, Some("u1"))).expect("settled");
    assert!(state.request("x").expect("readable").is_some_and(|known| known.done));
    state.change(|db| db.execute(&format!("UPDATE requests SET digest = {BAD}"), ())).expect("a request");
    let known = state.request("x").expect("readable").expect("known");
    assert_eq!((known.digest, known.done), (None, true), "it is not done again");
}
