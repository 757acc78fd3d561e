//! One row of the state that cannot be read hides itself alone, is said, and makes crsync no less careful.

use std::time::Duration;

use rusqlite::Connection;

use crate::harness::{Run, World, company};

const CONTOSO: &[&str] = &["--company", "Contoso"];

fn break_it(world: &World, sql: &str) {
    let state = Connection::open(world.state().join("state.db")).expect("a state");
    assert!(state.execute(sql, ()).expect("a statement") > 0, "{sql}");
}

#[track_caller]
fn says(run: &Run, what: &str) {
    let line = format!("warning: the state has a row that cannot be read and is passed over: {what}");
    assert!(run.err.contains(&line), "{what}: {}", run.err);
}

/// A world with two runs: of Contoso and of Northwind.
fn world() -> (World, [String; 2]) {
    let world = World::small();
    for company in ["Contoso", "Northwind"] {
        assert!([0, 4].contains(&world.sync(&["--company", company]).code));
    }
    let runs: [String; 2] = world.runs().try_into().expect("two runs");
    (world, runs)
}

#[test]
fn a_run_that_cannot_be_read_hides_itself_alone() {
    let (world, [first, second]) = world();
    break_it(&world, &format!("UPDATE runs SET header = '{{' WHERE id = '{first}'"));
    let run = world.run(&["log", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let listed = &run.json()["runs"];
    assert_eq!(
        (listed[0]["header"]["id"].as_str(), listed.as_array().map(Vec::len)),
        (Some(&*second), Some(1))
    );
    says(&run, &format!("run {first}"));
    let run = world.run(&["log", &first]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains(&format!("what the journal says of run {first} cannot be read")), "{}", run.err);
    assert_eq!(world.run(&["log", &second]).code, 0);
    for command in [&["diff"][..], &["match"], &["explain", "helen.marsh@contoso.example"]] {
        let run = world.run(command);
        assert_eq!(run.code, 0, "{command:?}: {}", run.err);
    }
    assert!([0, 4].contains(&world.sync(CONTOSO).code));
}

#[test]
fn a_change_or_a_note_that_cannot_be_read_hides_itself_alone() {
    let (world, [run, _]) = world();
    let whole = world.journal(&run);
    assert!(whole.entries.len() > 2);
    break_it(
        &world,
        &format!(
            "UPDATE texts SET text = replace(text, '\"kind\":\"', '\"kind\":\"novel-')
             WHERE id = (SELECT text FROM intents WHERE run = '{run}' AND seq = 1)"
        ),
    );
    break_it(
        &world,
        &format!(
            "UPDATE texts SET text = '' WHERE id = (SELECT text ->> '$.Contoso' FROM texts
             WHERE id = (SELECT notes FROM runs WHERE id = '{run}'))"
        ),
    );
    break_it(&world, &format!("UPDATE runs SET ended = '{{\"at\":7}}' WHERE id = '{run}'"));
    let shown = world.run(&["log", &run]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    for what in [
        format!("change 1 of run {run}"),
        format!("what run {run} said of Contoso"),
        format!("how run {run} ended"),
    ] {
        says(&shown, &what);
    }
    assert_eq!(world.journal(&run).entries, whole.entries[1..]);
}

#[test]
fn a_link_or_a_kept_value_that_cannot_be_read_hides_itself_alone() {
    let (world, _) = world();
    let user = "SELECT min(user) FROM links WHERE company = 'Contoso' AND contact IS NOT NULL";
    break_it(&world, &format!("UPDATE links SET portal_user = CAST(x'ff' AS TEXT) WHERE user = ({user})"));
    break_it(&world, "UPDATE licences SET rule = 'nonsense' WHERE company = 'Northwind'");
    let run = world.run(&["diff", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    says(&run, "the link of the 365 user ");
    says(&run, "the licence rule that was last applied to Northwind");
    let plan = run.json();
    let excluded = company(&plan, "Contoso")["excluded"].as_array().expect("a list").clone();
    let held =
        excluded.iter().filter(|one| one["detail"] == "the link of this person cannot be read in the state");
    assert!(held.count() > 0, "who may have a record already gets no second one: {excluded:?}");
}

#[test]
fn a_company_with_an_announced_change_that_cannot_be_read_waits_until_no_service_carries_it_out() {
    let (world, [first, _]) = world();
    break_it(
        &world,
        &format!("UPDATE intents SET change = 'x', text = NULL WHERE run = '{first}' AND seq = 2"),
    );
    break_it(&world, &format!("DELETE FROM results WHERE run = '{first}' AND seq = 2"));
    world.edit(|state| {
        let users = &mut state["graph"]["tenants"]["c0a1e5b2-0000-4000-8000-000000000009"]["users"];
        let helen = users
            .as_array_mut()
            .expect("users")
            .iter_mut()
            .find(|user| user["mail"] == "helen.marsh@contoso.example");
        helen.expect("Helen")["jobTitle"] = "Head of everything".into();
    });
    let written = world.writes().len();
    let why = format!("Contoso: nothing is planned: change 2 of run {first} cannot be read in the journal");
    for command in [&["diff"][..], &["sync", "--yes"]] {
        let run = world.run(&[command, CONTOSO].concat());
        assert_eq!(run.code, 8, "{command:?}: {}", run.err);
        assert!(run.err.contains(&why), "{}", run.err);
        says(&run, &format!("change 2 of run {first}"));
    }
    assert_eq!(world.run(&["diff", "--company", "Northwind"]).code, 0, "another company does not wait");
    assert_eq!(world.writes().len(), written);
    world.let_requests_end();
    world.clock.pass(Duration::from_secs(60));
    let run = world.sync(CONTOSO);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(world.writes().len() > written);
    let state = Connection::open(world.state().join("state.db")).expect("a state");
    let settled: String = state
        .query_row("SELECT settled FROM results WHERE run = ? AND seq = 2", [&first], |row| row.get(0))
        .expect("it is settled");
    assert!(settled.contains("what it was to write cannot be read"), "{settled}");
}

#[test]
fn a_result_that_cannot_be_read_is_found_out_anew() {
    let (world, [first, _]) = world();
    break_it(&world, &format!("UPDATE results SET settled = '{{' WHERE run = '{first}' AND seq = 1"));
    let run = world.run(&["log", &first]);
    says(&run, &format!("what became of change 1 of run {first}"));
    assert_eq!(world.journal(&first).summary().open, 1);
    world.let_requests_end();
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(world.journal(&first).summary().open, 0);
}
