//! A machine whose clock is wrong: nothing is forgotten that a sane clock would keep, and nothing panics.

use rusqlite::Connection;

use crate::harness::World;

const CONTOSO: &[&str] = &["--company", "Contoso"];

fn database(world: &World) -> Connection {
    Connection::open(world.state().join("state.db")).expect("a database")
}

/// Runs a sync in a process of its own whose clock is so many days ahead, or behind; its exit code and what it says.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn shifted(world: &World, shim: &crate::crash::journal::Shim, days: i64, args: &[&str]) -> (i32, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_crsync"))
        .arg("--config")
        .arg(world.config())
        .args(args)
        .args(CONTOSO)
        .envs(&world.env)
        .env("LD_PRELOAD", &shim.library)
        .env("CRASH_SHIFT", (days * 86_400).to_string())
        .output()
        .expect("the program");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_clock_that_jumps_forgets_nothing_and_is_told() {
    let shim = crate::crash::journal::Shim::new();
    // A year, to 1970, and nearly to the end of all times.
    for days in [365, -20_000, 2_900_000] {
        let world = World::small();
        assert_eq!(world.sync(CONTOSO).code, 0);
        for wrong in 0..3 {
            let (code, err) = shifted(&world, &shim, days, &["sync", "--yes"]);
            assert!([0, 4, 5].contains(&code), "{days}: {code} {err}");
            assert_eq!(err.contains("warning: the clock of this machine says "), wrong == 0, "{days}: {err}");
            let (code, err) = shifted(&world, &shim, days, &["diff"]);
            assert_eq!(code, 0, "{days}: {err}");
        }
        let back = world.sync(CONTOSO);
        assert_eq!(back.code, 0, "{days}: {}", back.err);
        assert_eq!(world.runs().len(), 5, "{days}");
        let last = world.journal("last").header.id;
        assert_eq!(world.runs().last(), Some(&last), "the last run is the one that was begun last");
        assert!(!last.starts_with("1970") && !last.starts_with('9'), "{last}");
    }
}

#[test]
fn runs_of_an_impossible_time_do_no_harm() {
    let world = World::small();
    for _ in 0..2 {
        assert_eq!(world.sync(CONTOSO).code, 0);
    }
    for started in [253_402_207_200_000_i64, 0, -86_400_000] {
        let first = &world.runs()[0];
        database(&world)
            .execute("UPDATE runs SET started = ? WHERE id = ?", (started, first))
            .expect("a row");
        let run = world.sync(CONTOSO);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(world.runs().contains(first), "{started}");
    }
    let run = world.sync(&["--company", "Contoso", "--deadline", "99999999999999999d"]);
    assert_eq!(run.code, 0, "{}", run.err);
    world.configure(|text| format!("retries = 0\nkeep-journal = \"99999999999999999d\"\n{text}"));
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(world.run(&["log", "--since", "99999999999999999d"]).code, 2, "no such time");
}

#[test]
fn ids_of_runs_begin_with_the_time_and_never_clash() {
    let world = World::small();
    for _ in 0..3 {
        assert_eq!(world.sync(CONTOSO).code, 0);
    }
    let runs = world.runs();
    for id in &runs {
        let (time, random) = id.split_once('-').expect("two parts");
        assert_eq!((time.len(), random.len()), (16, 32), "{id}");
        assert!(random.chars().all(|c| c.is_ascii_hexdigit()), "{id}");
        assert_eq!(world.journal(&id[..24]).header.id, *id, "the beginning is enough");
    }
    assert_eq!(world.journal("last").header.id, runs[2]);
    // An id of an older version is read like any other.
    database(&world)
        .execute_batch(&format!(
            "INSERT INTO runs (id, realm, started, plan, header, ended) SELECT '20260101T000000Z-00ff', realm, started, plan,
             replace(header, '{0}', '20260101T000000Z-00ff'), ended FROM runs WHERE id = '{0}'",
            runs[0]
        ))
        .expect("a row");
    assert_eq!(world.journal("20260101").header.id, "20260101T000000Z-00ff");
    assert_eq!(world.run(&["undo", "20260101", "--yes"]).code, 0);
}
