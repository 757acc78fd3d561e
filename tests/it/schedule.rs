//! `crsync schedule`: what a scheduler needs is printed, never a secret, and a quiet night says nothing.

use std::collections::BTreeMap;
use std::path::Path;

use crate::conformance::KITS;
use crate::harness::{LIFTED, World, run};

const KINDS: [&str; 5] = ["systemd", "cron", "task-scheduler", "launchd", "kubernetes"];

/// An environment with a home, and nothing of this machine.
fn home(world: &World) -> BTreeMap<String, String> {
    let mut env = BTreeMap::from([("USER".to_owned(), "sync".to_owned())]);
    for (name, folder) in [("HOME", "home"), ("XDG_CONFIG_HOME", "config"), ("CRSYNC_STATE", "state")] {
        env.insert(name.to_owned(), world.path(folder).display().to_string());
    }
    env
}

#[test]
fn every_kind_names_the_places_of_secrets_and_no_secret() {
    let world = World::small();
    for kind in KINDS {
        let ran =
            world.run(&["schedule", "--print", kind, "--at", "03:20", "--every", "6h", "--deadline", "45m"]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{kind}");
        for (name, value) in world.sandbox.secrets() {
            assert!(!ran.out.contains(&value), "{kind} shows {name}");
        }
        for named in ["CRSYNC_CLOUDRADIAL_PUBLIC_KEY", "crsync.toml", "CRSYNC_STATE", "45m"] {
            assert!(ran.out.contains(named), "{kind}: {named} is missing\n{}", ran.out);
        }
    }
    assert!(!world.state().exists(), "something was made");
}

#[test]
fn without_a_configuration_the_default_place_is_named() {
    let world = World::small();
    let env = home(&world);
    for kind in KINDS {
        let ran = run(&["crsync", "schedule", "--print", kind, "--psa", KITS[1].id], None, &env);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{kind}");
        let place = Path::new(&env["XDG_CONFIG_HOME"]).join("crsync").join("crsync.toml");
        let place = place.display();
        let note = format!("There is no configuration at {place}, the default place, yet");
        assert!(ran.out.contains(&note), "{kind}: {}", ran.out);
        assert!(ran.out.contains(KITS[1].secret) && !ran.out.contains(KITS[0].secret), "{kind}");
    }
}

#[test]
fn what_a_schedule_cannot_be_is_refused_in_one_line() {
    let world = World::small();
    for (flags, said) in [
        (&["--print", "upstart"][..], "\"upstart\" is not a scheduler"),
        (&["--print", "cron", "--at", "25:00"], "\"25:00\" is not a time of day; write 00:00 to 23:59"),
        (&["--print", "cron", "--every", "0h"], "\"0h\" does not divide a day into equal parts"),
        (&["--print", "cron", "--at", "02:00", "--every", "5h"], "\"5h\" does not divide a day"),
        (&["--print", "cron", "--every", "1h", "--deadline", "2h"], "a deadline of 2h is not within the 1h"),
        (
            &["--print", "cron", "--deadline", "500ms"],
            "a --deadline of whole seconds, from one on, and not 500 ms",
        ),
        (&["--print", "cron", "--deadline", "1500ms"], "and not 1500 ms"),
        (&["--print", "cron", "--deadline", "0s"], "and not 0 ms"),
        (&["--print", "cron", "--shards", "4"], "--shards is for --print kubernetes alone"),
        (&["--print", "kubernetes", "--shards", "0"], "--shards 0 is not from 1 to 99"),
        (&["--print", "kubernetes", "--shards", "4", "--shard", "1/4"], "cannot be used with"),
        (&["--print", "cron", "--psa", "abacus"], "abacus"),
        (&["--print", "cron", "--config", "/nowhere/crsync.toml"], "there is no configuration at /nowhere"),
        (&["--print", "cron", "--sandbox"], "a schedule is for your own services"),
        (&["--at", "02:00"], "--print"),
    ] {
        let args: Vec<&str> = ["crsync", "schedule"].iter().chain(flags).copied().collect();
        let ran = run(&args, None, &home(&world));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{flags:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{flags:?}: {}", ran.err);
    }
}

#[test]
fn what_does_not_work_on_the_sandbox_does_not_send_a_person_there() {
    let world = World::small();
    let missing = world.path("missing.toml").display().to_string();
    for args in [&["schedule", "--print", "cron"][..], &["notify", "--test"]] {
        let ran = run(&[&["crsync"][..], args, &["--config", &missing]].concat(), None, &home(&world));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(&format!("there is no configuration at {missing}")), "{}", ran.err);
        assert!(
            ran.err.contains("`crsync init` writes one") && !ran.err.contains("--sandbox"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn a_quiet_sync_says_nothing_of_a_night_with_nothing_to_do() {
    let world = World::small();
    let quiet = ["sync", "--yes", "--quiet", "--company", "Contoso"];
    let first = world.run(&[&quiet[..], &LIFTED].concat());
    assert_eq!(first.code, 0, "{}{}", first.out, first.err);
    assert!(first.out.contains("Contoso"), "what was written is told: {}", first.out);
    let second = world.run(&quiet);
    assert_eq!((second.code, second.out.as_str(), second.err.as_str()), (0, "", ""));
    // It is in the journal all the same, and in a file that was asked for.
    assert!(world.run(&["log", "last"]).out.contains("sync"));
    let file = world.path("run.txt");
    let kept = world.run(&[&quiet[..], &["--output", &file.display().to_string()]].concat());
    assert_eq!((kept.code, kept.out.as_str()), (0, ""));
    assert!(std::fs::read_to_string(&file).expect("a file").contains("Run "));
    assert!(!world.run(&["sync", "--yes", "--company", "Contoso"]).out.is_empty());
}

#[test]
fn a_quiet_sync_still_tells_of_conflicts() {
    let world = World::small();
    let quiet = ["sync", "--yes", "--quiet", "--company", "Fabrikam"];
    world.run(&[&quiet[..], &LIFTED].concat());
    let second = world.run(&quiet);
    assert_eq!(second.code, 4, "{}{}", second.out, second.err);
    assert!(second.out.contains("conflict"), "{}", second.out);
}

#[test]
fn the_addresses_of_all_notices_may_be_in_a_pod_whatever_the_environment_here_has() {
    let mut world = World::small();
    let printed = |world: &World| {
        let run = world.run(&["schedule", "--print", "kubernetes"]);
        assert_eq!(run.code, 0, "{}", run.err);
        run.out
    };
    assert!(!printed(&world).contains("CRSYNC_NOTIFY"), "without [notify] there are none");
    world.configure(|text| format!("{text}\n[notify]\n"));
    let bare = printed(&world);
    world.env.insert("CRSYNC_NOTIFY_TEAMS".to_owned(), "https://teams.example/hook".to_owned());
    assert_eq!(printed(&world), bare);
    for name in ["WEBHOOK", "TEAMS", "SLACK", "PING"] {
        let key = format!("key: CRSYNC_NOTIFY_{name}\n                      optional: true\n");
        assert_eq!(bare.matches(&key).count(), 1, "{bare}");
    }
}
