//! `crsync log` needs the state and nothing else: no secret, no service, no configuration that is whole.

use std::collections::BTreeMap;

use crate::conformance::KITS;
use crate::harness::{Run, World, run};

const CONTOSO: &[&str] = &["--company", "Contoso"];

/// A world with a run, and the environment of an account that has nothing but the state.
fn world() -> (World, BTreeMap<String, String>, String) {
    let world = World::small();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let mut env = BTreeMap::new();
    for (name, path) in [("CRSYNC_STATE", world.state()), ("XDG_CONFIG_HOME", world.path("nothing"))] {
        env.insert(name.to_owned(), path.display().to_string());
    }
    let id = world.runs().remove(0);
    (world, env, id)
}

#[track_caller]
fn lists(shown: &Run, id: &str, warning: &str) {
    assert_eq!(shown.code, 0, "{}", shown.err);
    // As much of it as tells it from the others: the time.
    assert!(shown.out.contains(&id[..16]), "{}", shown.out);
    if warning.is_empty() {
        assert_eq!(shown.err, "");
    } else {
        assert!(shown.err.starts_with("warning: ") && shown.err.contains(warning), "{}", shown.err);
    }
}

#[test]
fn it_works_where_there_is_no_configuration_at_all() {
    let (_world, env, id) = world();
    lists(&run(&["crsync", "log"], None, &env), &id, "");
    let shown = run(&["crsync", "log", "last", "--company", "Contoso"], None, &env);
    lists(&shown, &id, "");
    assert!(shown.out.contains("Contoso"), "{}", shown.out);
    let other = run(&["crsync", "log", "--psa", KITS[1].id], None, &env);
    assert_eq!(
        (other.code, other.out.as_str()),
        (0, "No such run yet: `crsync sync` adds one to the journal.\n")
    );
    assert_eq!(run(&["crsync", "log", "--psa", "nonsense"], None, &env).code, 2);
}

#[test]
fn it_takes_no_secret() {
    let (world, env, id) = world();
    let config = world.config().display().to_string();
    lists(&run(&["crsync", "--config", &config, "log"], None, &env), &id, "");
    // Another portal's runs are not its own.
    world.configure(|text| {
        text.replace(&format!("{}/cloudradial", world.sandbox.url()), "https://portal.example")
    });
    let text = std::fs::read_to_string(world.config()).expect("a configuration");
    assert!(text.contains("https://portal.example"), "{text}");
    let shown = run(&["crsync", "--config", &config, "log"], None, &env);
    assert_eq!(
        (shown.code, shown.out.as_str(), shown.err.as_str()),
        (0, "No such run yet: `crsync sync` adds one to the journal.\n", "")
    );
}

#[test]
fn a_configuration_that_is_broken_or_not_there_is_said_and_all_runs_are_shown() {
    let (world, env, id) = world();
    let config = world.config().display().to_string();
    world.configure(|text| format!("= nonsense\n{text}"));
    lists(&run(&["crsync", "--config", &config, "log"], None, &env), &id, "crsync.toml:1:");
    std::fs::remove_file(&config).expect("the configuration");
    let shown = run(&["crsync", "--config", &config, "log"], None, &env);
    lists(&shown, &id, "the runs of every PSA and portal are shown");
    assert!(run(&["crsync", "--config", &config, "log", "--quiet"], None, &env).err.is_empty());
}

#[test]
fn settings_that_are_wrong_do_not_keep_it_from_the_journal() {
    let (world, env, id) = world();
    let config = world.config().display().to_string();
    world.configure(|text| format!("no-such-key = 1\nretries = \"many\"\n{text}"));
    assert_eq!(world.run(&["diff"]).code, 2, "it is wrong indeed");
    lists(&run(&["crsync", "--config", &config, "log"], None, &env), &id, "");
}

#[test]
fn capabilities_need_no_configuration_either() {
    let (world, env, _) = world();
    world.configure(|_| "= nonsense\n".to_owned());
    let config = world.config().display().to_string();
    let shown = run(&["crsync", "--config", &config, "capabilities"], None, &env);
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
}

#[test]
fn a_person_is_found_by_the_address_in_any_spelling() {
    let world = World::small();
    world.edit(|state| {
        let text =
            state.to_string().replace("helen.marsh@contoso.example", "helen.marsh@xn--bcher-kva.example");
        *state = serde_json::from_str(&text).expect("still JSON");
        let users = &mut state["graph"]["tenants"]["c0a1e5b2-0000-4000-8000-000000000009"]["users"];
        let all = users.as_array_mut().expect("users").iter_mut();
        for user in all.filter(|user| user["mail"] == "helen.marsh@xn--bcher-kva.example") {
            user["jobTitle"] = "Head of everything".into();
        }
    });
    assert!([0, 4].contains(&world.sync(CONTOSO).code));
    for spelling in ["helen.marsh@xn--bcher-kva.example", "Helen.Marsh@Bücher.example", "@bücher"] {
        let shown = world.run(&["log", "last", "--person", spelling, "--format", "json"]).json();
        let entries = shown["run"]["entries"].as_array().expect("entries");
        assert!(!entries.is_empty(), "{spelling}");
    }
}
