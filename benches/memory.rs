//! How much memory an answer takes that is as big as one may be, in the form that costs most of it.
//!
//! `cargo bench --bench memory` prints the peak of the process for each form; it should stay below 200 MiB. Each form is
//! read in a process of its own, because a peak never falls.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)] // it prints what it measures

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::Command;

use crsync::cli::{self, Io};
use crsync_sandbox::{Effect, Fault, Options, Sandbox, System};

/// Just below the limits for an answer of 32 MiB: 768,000 values, of which 144,000 are objects.
const OBJECTS: usize = 143_000;
const VALUES: usize = 760_000;
const BYTES: usize = (32 << 20) - 1024;

const MOST: u64 = 200;

/// Forms of an answer, by name.
fn forms() -> [(&'static str, Vec<u8>); 5] {
    let list = |one: &str, times: usize| format!("[{}1]", one.repeat(times)).into_bytes();
    let four = r#"{"a":1,"b":2,"c":3,"d":4},"#;
    let long = format!("[\"{}\"]", "x".repeat(BYTES)).into_bytes();
    [
        ("an empty list", b"[]".to_vec()),
        ("objects of one key", list(r#"{"a":1},"#, OBJECTS)),
        ("objects of four keys", list(four, OBJECTS)),
        ("one object of many keys", {
            let pairs: Vec<String> = (0..VALUES).map(|key| format!("\"{key}\":0")).collect();
            format!("{{{}}}", pairs.join(",")).into_bytes()
        }),
        ("one long text", long),
    ]
}

/// Where each form is sent as an answer: Syncro and Kaseya BMS take whole records, Graph and CloudRadial typed ones.
const PLACES: [(&str, System, &str); 5] = [
    ("syncro", System::SYNCRO, "contacts?"),
    ("bms", System::KASEYA_BMS, "crm/contacts/summary?"),
    ("connectwise", System::CONNECTWISE, "company/contacts?"),
    ("autotask", System::GRAPH, "$batch"),
    ("autotask", System::CLOUDRADIAL, "odata/user?"),
];

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|arg| arg == "--one") {
        let number = |index: usize| args[index].parse().expect("a number");
        return one(&args[at + 1], number(at + 2));
    }
    let this = std::env::current_exe().expect("this program");
    for (form, (name, body)) in forms().into_iter().enumerate() {
        for (place, (psa, system, path)) in PLACES.iter().enumerate() {
            let sandbox = Sandbox::start(Options::default()).expect("a free port");
            let sent = body.clone();
            let effect = Effect::rewrite(move |_, answer| answer.body.clone_from(&sent));
            sandbox.set_faults(vec![Fault { system: *system, path: (*path).to_owned(), nth: None, effect }]);
            let folder = tempfile::tempdir().expect("a scratch folder");
            let config = folder.path().join("crsync.toml");
            std::fs::write(&config, format!("retries = 0\n{}", sandbox.config())).expect("a writable folder");
            let mut command = Command::new(&this);
            command.args(["--one", &config.display().to_string(), &place.to_string()]);
            command.envs(sandbox.secrets()).env("CRSYNC_STATE", folder.path());
            let output = command.output().expect("this program again");
            let peak = String::from_utf8_lossy(&output.stdout).trim().parse::<u64>().unwrap_or_default();
            let verdict = if peak <= MOST { "" } else { " TOO MUCH" };
            println!("{name} ({form}) from {system:?} for {psa}: peak {peak} MiB of {MOST}{verdict}");
        }
    }
}

/// Reads one company and prints the peak of memory in MiB.
fn one(config: &str, place: usize) {
    let psa = PLACES[place].0;
    let env: BTreeMap<String, String> = std::env::vars().collect();
    let (mut io, _) = Io::buffered(None, env);
    let args = ["crsync", "diff", "--config", config, "--psa", psa, "--company", "Contoso"];
    cli::run(args.iter().map(OsString::from), &mut io);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    println!("{}", kibibytes.unwrap_or_default() / 1024);
}
