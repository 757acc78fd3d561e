//! One run per company at a time; several runs may share the companies.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crsync::plan::Settlement;
use crsync_sandbox::{Effect, System};

use crate::harness::{World, run};

/// A process of its own that holds the companies of its arguments, and waits for the answer to its first question.
pub(crate) fn holder(world: &World, args: &[&str]) -> Child {
    let before = world.sandbox.requests().len();
    world.fault(System::AUTOTASK, "", Some(1), Effect::Slow(Duration::from_secs(600)));
    let mut child = Command::new(env!("CARGO_BIN_EXE_crsync"))
        .arg("--config")
        .arg(world.config())
        .args(["sync", "--yes"])
        .args(args)
        .envs(&world.env)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    // Once the process asks, it has its locks.
    while world.sandbox.requests().len() == before {
        assert!(child.try_wait().expect("a process").is_none(), "it ended before it asked anything");
        std::thread::yield_now();
    }
    child
}

pub(crate) fn end(mut child: Child) {
    child.kill().expect("a process");
    child.wait().expect("a process");
}

#[test]
fn a_company_that_another_run_holds_is_refused_and_its_holder_is_named() {
    let world = World::new();
    let child = holder(&world, &["--company", "Contoso", "--company", "Tailspin*"]);
    let process = child.id();
    let refused = world.sync(&["--company", "Fabrikam", "--company", "Contoso"]);
    let other = world.sync(&["--company", "Fabrikam"]);
    end(child);
    assert_eq!((refused.code, refused.out.as_str()), (9, ""));
    assert!(refused.err.starts_with("error: Contoso is being synced by run 2"), "{}", refused.err);
    assert!(refused.err.contains(&format!(" as process {process}\n")), "{}", refused.err);
    assert!(refused.err.ends_with("or choose other companies with --company\n"), "{}", refused.err);
    assert_eq!(other.code, 4, "another company is free, and was not kept by the refused run: {}", other.err);

    let again = world.sync(&["--company", "Contoso"]);
    assert_eq!(again.code, 0, "a killed process lets go: {}", again.err);
}

#[test]
fn an_undo_waits_for_its_companies_too() {
    let world = World::new();
    assert_eq!(world.sync(&["--company", "Contoso"]).code, 0);
    let child = holder(&world, &["--company", "Contoso"]);
    let refused = world.run(&["undo", "last", "--yes"]);
    let read = world.run(&["log"]);
    end(child);
    assert_eq!(refused.code, 9, "{}", refused.err);
    assert_eq!(read.code, 0, "reading the journal needs no lock: {}", read.err);
    let undone = world.run(&["undo", "last", "--yes"]);
    assert_eq!(undone.code, 0, "{}", undone.err);
}

/// What was done where, without what depends on the order of the writes.
fn done(world: &World) -> Vec<(String, String, String)> {
    let runs: Vec<_> = world.runs().iter().map(|run| world.journal(run)).collect();
    let entries = runs.iter().flat_map(|report| &report.entries);
    let mut done: Vec<_> = entries
        .map(|entry| {
            let how = entry.settled.as_ref().map(|settled| settled.how);
            assert_eq!(how, Some(Settlement::Done), "{}", entry.change.key.0);
            (entry.company.clone(), entry.change.key.0.clone(), entry.change.action.to_string())
        })
        .collect();
    done.sort();
    done
}

#[test]
fn several_runs_at_once_share_the_companies_and_do_together_what_one_does() {
    let mut whole = Vec::new();
    for of in 1..=4 {
        let world = World::new();
        world.configure(|text| {
            format!(
                "retries = 0\n{}",
                text.replace("name = \"Litware\"\n", "name = \"Litware\"\nenabled = false\n")
            )
        });
        let codes: Vec<u8> = std::thread::scope(|scope| {
            let world = &world;
            let run = move |part: usize| world.sync(&["--shard", &format!("{part}/{of}")]);
            let runs: Vec<_> = (1..=of).map(|part| scope.spawn(move || run(part))).collect();
            let runs = runs.into_iter().map(|run| run.join().expect("a run"));
            runs.inspect(|run| assert_eq!(run.err, "")).map(|run| run.code).collect()
        });
        assert!(codes.iter().all(|code| [0, 4].contains(code)), "{codes:?}");

        let reports: Vec<_> = world.runs().iter().map(|run| world.journal(run)).collect();
        let mut shards: Vec<String> =
            reports.iter().filter_map(|report| report.header.shard.clone()).collect();
        shards.sort();
        assert_eq!(shards, (1..=of).map(|part| format!("{part}/{of}")).collect::<Vec<_>>());
        let mut companies: Vec<&str> = reports
            .iter()
            .flat_map(|report| report.companies.iter().map(|company| company.name.as_str()))
            .collect();
        companies.sort_unstable();
        assert_eq!(companies, ["Contoso", "Fabrikam", "Northwind", "Tailspin Toys", "Wingtip Toys"]);

        let done = done(&world);
        if of == 1 {
            whole = done;
        } else {
            assert_eq!(done, whole, "{of} runs");
        }
    }
    assert!(!whole.is_empty());
}

/// Runs `work` while a process of its own holds what these arguments of a sync choose.
fn while_held<T>(world: &World, args: &[&str], work: impl FnOnce() -> T) -> T {
    let child = holder(world, args);
    let done = work();
    end(child);
    done
}

#[test]
fn two_configurations_that_call_a_client_differently_exclude_each_other() {
    let world = World::small();
    // Another spelling of the same services, and another name for the same client.
    let address = world.sandbox.url().to_owned();
    let other = address.replace("127.0.0.1", "localhost");
    let second = world.path("second.toml");
    let text = format!("retries = 0\n{}", world.sandbox.config())
        .replace("name = \"Contoso\"", "name = \"Contoso Ltd\"")
        .replace(&address, &other);
    std::fs::write(&second, text).expect("a writable folder");
    let sync = |company: &str| {
        let config = second.display().to_string();
        run(&["crsync", "--config", &config, "sync", "--yes", "--company", company], None, &world.env)
    };
    let (refused, free) =
        while_held(&world, &["--company", "Contoso"], || (sync("Contoso Ltd"), sync("Northwind")));
    assert_eq!((refused.code, refused.out.as_str()), (9, ""));
    let said = "error: Contoso Ltd is being synced by run 2";
    assert!(refused.err.starts_with(said), "{}", refused.err);
    assert!(refused.err.contains(", which calls it Contoso: both are "), "{}", refused.err);
    assert!([0, 4].contains(&free.code), "another client is free: {}", free.err);
}

#[test]
fn any_one_id_of_the_triple_is_enough_to_exclude_a_run() {
    let world = World::small();
    let original = world.sandbox.config();
    let at = original.find("name = \"Contoso\"").expect("a client of the sandbox");
    let line = |key: &str| {
        let rest = &original[at..];
        let from = rest.find(&format!("\n{key} = ")).expect("a key") + 1;
        rest[from..].lines().next().expect("a line").to_owned()
    };
    let (portal, psa, tenant) = (line("cloudradial"), line("psa"), line("tenant"));
    let strange = ["cloudradial = 9909", "psa = 99174", "tenant = \"99999999-0000-4000-8000-000000000099\""];
    let general = &original[..original.find("[[company]]").expect("clients")];
    for (kept, mine) in [
        ("psa", [strange[0], &psa, strange[2]]),
        ("portal", [&portal, strange[1], strange[2]]),
        ("tenant", [strange[0], strange[1], &tenant]),
    ] {
        let other = world.path(&format!("{kept}.toml"));
        let company = format!("[[company]]\nname = \"Another one\"\n{}\n", mine.join("\n"));
        std::fs::write(&other, format!("{general}{company}")).expect("a writable folder");
        let config = other.display().to_string();
        let refused = while_held(&world, &["--company", "Contoso"], || {
            run(&["crsync", "--config", &config, "sync", "--yes"], None, &world.env)
        });
        assert_eq!(refused.code, 9, "{kept}: {}", refused.err);
        assert!(refused.err.contains("which calls it Contoso: both are "), "{kept}: {}", refused.err);
    }
}

#[test]
fn what_another_configuration_left_open_for_a_client_is_settled_first() {
    let world = World::small();
    world.fault(System::AUTOTASK, "Companies/174/Contacts", Some(6), Effect::Slow(Duration::from_secs(600)));
    let mut child = Command::new(env!("CARGO_BIN_EXE_crsync"))
        .arg("--config")
        .arg(world.config())
        .args(["sync", "--yes", "--company", "Contoso"])
        .envs(&world.env)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    while world.writes().len() < 7 {
        assert!(child.try_wait().expect("a process").is_none(), "it ended too early");
        std::thread::yield_now();
    }
    end(child);
    world.sandbox.set_faults(Vec::new());
    assert_eq!(world.journal("last").summary().open, 1);
    world.configure(|text| {
        format!("retries = 0\n{}", text.replace("name = \"Contoso\"", "name = \"Contoso Ltd\""))
    });
    let run = world.sync(&["--company", "Contoso Ltd"]);
    assert!([0, 4, 5].contains(&run.code), "{}", run.err);
    let died = &world.runs()[0];
    assert_eq!(world.journal(died).summary().open, 0, "the run under the other name looked");
}
