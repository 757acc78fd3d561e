//! `crsync init` on a terminal, from the first question to a configuration that a diff can use.

#![cfg(unix)]

use std::process::Command;

use crsync::psa::{Entry, registry};

use crate::harness::{World, client};
use crate::terminal::{Streams, Terminal};

/// The key that goes down `times` in a list, and takes what it arrives at.
fn down(times: usize) -> String {
    "\u{1b}[B".repeat(times) + "\r"
}

/// A PSA whose address is asked for, so that it can be that of the sandbox.
fn psa() -> (usize, &'static Entry) {
    let has_address = |entry: &Entry| entry.asks.iter().any(|ask| ask.key == "base-url");
    let found = registry().iter().enumerate().find(|(_, entry)| has_address(entry));
    found.map(|(at, entry)| (at, *entry)).expect("a PSA with an address")
}

#[test]
fn the_wizard_goes_from_nothing_to_a_configuration_that_can_be_used() {
    let mut world = World::of(&[client("Alder", 20, 2, ""), client("Birch", 21, 2, "")]);
    let config: toml::Table = world.sandbox.config().parse().expect("TOML");
    std::fs::remove_file(world.config()).expect("a file");
    std::fs::write(world.path("crsync.schema.json"), "{}").expect("a writable folder");
    let secrets: Vec<(String, String)> =
        world.sandbox.secrets().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    world.env.retain(|name, _| !secrets.iter().any(|(secret, _)| secret == name));
    let secret = |service: &str, name: &str| {
        let variable = format!("CRSYNC_{service}_{name}").to_uppercase().replace('-', "_");
        let known = secrets.iter().find(|(name, _)| *name == variable);
        known.map_or_else(|| "\r".to_owned(), |(_, value)| format!("{value}\r"))
    };
    let value = |table: &str, key: &str| format!("{}\r", config[table][key].as_str().expect("a text"));

    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command.args(["init", "--file"]).arg(world.config()).env_clear().envs(&world.env);
    let mut terminal = Terminal::start(command, Streams::Errors, (60, 100));

    let (place, entry) = psa();
    let id = entry.id();
    terminal.answer("Which PSA do you use", &down(place));
    terminal.answer("Region of your CloudRadial", &down(2));
    terminal.answer("Address of the API", &value("cloudradial", "base-url"));
    terminal.answer("Where the secrets of cloudradial are kept", &down(0));
    terminal.answer_secretly("CloudRadial public-key", &secret("cloudradial", "public-key"));
    terminal.answer_secretly("CloudRadial private-key", "Wr0ng-s3cret\r");
    terminal.answer("CloudRadial did not accept this", &down(0));
    terminal.answer_secretly("CloudRadial public-key", &secret("cloudradial", "public-key"));
    terminal.answer_secretly("CloudRadial private-key", &secret("cloudradial", "private-key"));
    terminal.answer("CloudRadial: accepted", "");
    for ask in entry.asks {
        terminal.answer(ask.question, &value(id, ask.key));
    }
    terminal.answer(&format!("Where the secrets of {id} are kept"), &down(0));
    for name in entry.secrets {
        terminal.answer_secretly(&format!("{} {name}", entry.capabilities.name), &secret(id, name));
    }
    terminal.answer(&format!("{}: accepted", entry.capabilities.name), "");
    terminal.answer("Application (client) id", "qT78Q~s3cret.value\r");
    terminal.answer("That is not an id", &value("microsoft365", "client-id"));
    terminal.answer("Microsoft's cloud", &down(4));
    terminal.answer("Address of the sign-in", &value("microsoft365", "login-url"));
    terminal.answer("Address of Graph", &value("microsoft365", "base-url"));
    terminal.answer("Where the secrets of microsoft365 are kept", &down(0));
    terminal.answer_secretly("Microsoft 365 client-secret", &secret("microsoft365", "client-secret"));
    terminal.answer("Microsoft 365: accepted", "");
    terminal.answer("2 companies rest on stored ids", "");
    terminal.answer("Write the configuration with 2 new companies", &down(0));
    terminal.answer("written: ", "");
    terminal.wait("`crsync doctor`");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0));
    for (name, secret) in &secrets {
        assert!(!shown.contains(secret), "{name} was shown");
    }
    assert!(!shown.contains("Wr0ng-s3cret"));
    let text = std::fs::read_to_string(world.config()).expect("a file");
    assert!(text.starts_with("#:schema ./crsync.schema.json\n"), "{text}");
    let diff = world.run(&["diff"]);
    assert_eq!(diff.code, 0, "{}\n{}", diff.err, std::fs::read_to_string(world.config()).expect("a file"));
}
