//! `crsync login` and `logout`: what is stored, what is refused, and where each secret comes from.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::{Arc, Mutex};

use crsync::cli::{self, Io};
use crsync::secret::{Keyring, KeyringError, KeyringFailure, Secret};
use crsync_sandbox::{Effect, System};

use crate::conformance::{each, with_line};
use crate::harness::{Run, World};

const WRONG: &str = "Wr0ng-s3cret";

/// A keyring in memory, which can be locked, and takes so many more secrets.
#[derive(Default)]
struct Double {
    held: Mutex<BTreeMap<String, String>>,
    lack: Option<KeyringFailure>,
    refuses: Option<&'static str>,
}

impl Double {
    fn open(&self) -> Result<(), KeyringError> {
        self.lack.map_or(Ok(()), |lack| Err(KeyringError::new(lack)))
    }

    fn holds(&self, key: &str) -> Option<String> {
        self.held.lock().expect("one at a time").get(key).cloned()
    }
}

impl Keyring for Double {
    fn read(&self, service: &str, name: &str) -> Result<Option<Secret>, KeyringError> {
        self.open()?;
        Ok(self.holds(&format!("{service}/{name}")).map(Secret::new))
    }

    fn write(&self, service: &str, name: &str, secret: &Secret) -> Result<(), KeyringError> {
        self.open()?;
        if self.refuses == Some(name) {
            return Err(KeyringError::new(KeyringFailure::Broken));
        }
        let mut held = self.held.lock().expect("one at a time");
        held.insert(format!("{service}/{name}"), secret.expose().to_owned());
        Ok(())
    }

    fn remove(&self, service: &str, name: &str) -> Result<bool, KeyringError> {
        self.open()?;
        Ok(self.held.lock().expect("one at a time").remove(&format!("{service}/{name}")).is_some())
    }
}

/// Runs crsync with this keyring, and `typed` on standard input.
fn run(world: &World, keyring: &Arc<Double>, typed: &str, args: &[&str]) -> Run {
    let config = world.config().display().to_string();
    let all = [&["crsync", "--config", &config], args].concat();
    let (io, buffers) = Io::buffered(None, world.env.clone());
    let keyring = Arc::clone(keyring) as Arc<dyn Keyring>;
    let mut io = io.with_input(typed).with_keyring(keyring);
    let code = cli::run(all.iter().map(OsString::from), &mut io);
    Run { code, out: buffers.out(), err: buffers.err() }
}

/// Takes a secret out of the environment: its service, its name and itself.
fn take(world: &mut World, service: &str, variable: &str) -> (String, String) {
    let secret = world.env.remove(variable).expect("a secret");
    let name = variable.trim_start_matches(&format!("CRSYNC_{}_", service.to_uppercase()));
    (name.to_lowercase().replace('_', "-"), secret)
}

fn stores_what_is_accepted(service: &str, variable: &str, psa: &str) {
    let mut world = World::small();
    let (name, secret) = take(&mut world, service, variable);
    let keyring = Arc::new(Double::default());
    let key = format!("{service}/{name}");
    let login = ["login", service, &name, "--stdin", "--psa", psa];

    let run1 = run(&world, &keyring, &format!("\u{feff}{secret}\r\n"), &login);
    assert_eq!(run1.code, 0, "{service}: {}", run1.err);
    assert!(run1.err.contains(&format!("{service} accepts it")), "{}", run1.err);
    assert_eq!(keyring.holds(&key), Some(secret.clone()), "{service}");

    let refused = run(&world, &keyring, WRONG, &login);
    assert_eq!(refused.code, 1, "{service}: {}", refused.err);
    assert!(refused.err.contains("error: nothing was stored: "), "{}", refused.err);
    assert!(!refused.err.contains(WRONG) && !run1.err.contains(&secret), "{}", refused.err);
    assert_eq!(keyring.holds(&key), Some(secret), "{service}: what was stored before stays");

    let unasked = run(&world, &keyring, WRONG, &[&login[..], &["--no-verify"]].concat());
    assert_eq!((unasked.code, keyring.holds(&key).as_deref()), (0, Some(WRONG)), "{}", unasked.err);
    assert!(!unasked.err.contains("accepts"), "{}", unasked.err);
    assert!(world.writes().is_empty(), "{service}: a PSA that is signed in to is sent nothing else");
}

#[test]
fn a_secret_of_a_psa_is_verified_before_it_is_stored() {
    each(|kit| stores_what_is_accepted(kit.id, kit.secret, kit.id));
}

#[test]
fn a_secret_of_the_portal_and_of_microsoft_365_is_verified_before_it_is_stored() {
    stores_what_is_accepted("cloudradial", "CRSYNC_CLOUDRADIAL_PRIVATE_KEY", "autotask");
    stores_what_is_accepted("microsoft365", "CRSYNC_MICROSOFT365_CLIENT_SECRET", "autotask");
}

#[test]
fn what_is_stored_is_used() {
    let mut world = World::small();
    let (name, secret) = take(&mut world, "autotask", "CRSYNC_AUTOTASK_SECRET");
    let keyring = Arc::new(Double::default());
    let diff = ["diff", "--company", "Contoso"];
    assert_eq!(run(&world, &keyring, "", &diff).code, 2);
    assert_eq!(run(&world, &keyring, &secret, &["login", "autotask", &name, "--stdin"]).code, 0);
    assert_eq!(run(&world, &keyring, "", &diff).code, 0);
    assert_eq!(run(&world, &keyring, "", &["logout", "autotask", &name]).code, 0);
    assert_eq!(run(&world, &keyring, "", &diff).code, 2);
}

#[test]
fn a_keyring_is_looked_for_before_a_secret_is_asked_for() {
    let world = World::small();
    for (lack, says, next) in [
        (
            KeyringFailure::Missing,
            "error: there is no keyring on this machine",
            "next: use the environment, a file or a command",
        ),
        (KeyringFailure::Locked, "error: the keyring is locked", "next: unlock it"),
    ] {
        let keyring = Arc::new(Double { lack: Some(lack), ..Double::default() });
        let login = run(&world, &keyring, "", &["login", "autotask"]);
        assert_eq!(login.code, 1);
        assert!(login.err.contains(says) && login.err.contains(next), "{}", login.err);
    }
    let login = run(&world, &Arc::default(), "", &["login", "autotask"]);
    assert!(login.err.contains("error: a secret is asked for, and this is not a terminal"), "{}", login.err);
}

#[test]
fn a_locked_keyring_keeps_a_run_from_saying_that_a_secret_is_nowhere() {
    let mut world = World::small();
    take(&mut world, "autotask", "CRSYNC_AUTOTASK_SECRET");
    let keyring = Arc::new(Double { lack: Some(KeyringFailure::Locked), ..Double::default() });
    let diff = run(&world, &keyring, "", &["diff"]);
    assert_eq!(diff.code, 1);
    assert!(
        diff.err.contains("`secret` of autotask cannot be looked up: the keyring is locked"),
        "{}",
        diff.err
    );
    assert_eq!(world.sandbox.requests().len(), 0);
}

#[test]
fn what_cannot_be_verified_is_stored_and_said() {
    let mut world = World::small();
    let (_, private) = take(&mut world, "cloudradial", "CRSYNC_CLOUDRADIAL_PRIVATE_KEY");
    let (_, public) = take(&mut world, "cloudradial", "CRSYNC_CLOUDRADIAL_PUBLIC_KEY");
    let keyring = Arc::new(Double::default());
    let first = run(&world, &keyring, &public, &["login", "cloudradial", "public-key", "--stdin"]);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(
        first
            .err
            .contains("warning: cloudradial was not asked whether it accepts this: the secret `private-key`"),
        "{}",
        first.err
    );
    world.fault(System::CLOUDRADIAL, "", None, Effect::ResetBefore);
    let second = run(&world, &keyring, &private, &["login", "cloudradial", "private-key", "--stdin"]);
    assert_eq!(second.code, 0, "{}", second.err);
    assert!(second.err.contains("warning: cloudradial was not asked"), "{}", second.err);
    assert_eq!(keyring.holds("cloudradial/private-key"), Some(private));
}

#[test]
fn a_keyring_that_takes_nothing_holds_what_it_held() {
    let world = World::small();
    let keyring = Arc::new(Double { refuses: Some("secret"), ..Double::default() });
    let login = run(&world, &keyring, WRONG, &["login", "autotask", "secret", "--stdin", "--no-verify"]);
    assert_eq!(login.code, 1);
    assert!(login.err.contains("autotask secret was not stored, and nothing else"), "{}", login.err);
    assert_eq!(keyring.holds("autotask/secret"), None);
}

#[test]
fn a_service_or_a_secret_that_does_not_exist_is_answered_with_those_that_do() {
    let world = World::small();
    let login = |args: &[&str]| run(&world, &Arc::default(), "", args);
    let service = login(&["login", "autotsk"]);
    assert_eq!(service.code, 2);
    let services: Vec<&str> = crsync::config::secrets().iter().map(|(service, _)| *service).collect();
    assert!(service.err.contains(&format!("there are {}", services.join(", "))), "{}", service.err);
    let name = login(&["login", "autotask", "password"]);
    assert_eq!(name.code, 2);
    assert!(name.err.contains("it has integration-code, secret"), "{}", name.err);
    let nothing = login(&["login"]);
    assert!(nothing.code == 2 && nothing.err.contains("<SERVICE"), "{}", nothing.err);
    assert_eq!(login(&["login", "autotask", "--sandbox"]).code, 2);
}

#[test]
fn the_list_says_where_each_secret_comes_from_and_never_what_it_is() {
    let mut world = World::small();
    let mut secrets: Vec<String> = world.env.values().cloned().collect();
    let keyring = Arc::new(Double::default());
    let (_, key) = take(&mut world, "connectwise", "CRSYNC_CONNECTWISE_PRIVATE_KEY");
    assert!(keyring.write("connectwise", "private-key", &Secret::new(key)).is_ok());
    world.env.remove("CRSYNC_SYNCRO_TOKEN");
    world.env.remove("CRSYNC_AUTOTASK_SECRET");
    world.env.remove("CRSYNC_AUTOTASK_INTEGRATION_CODE");
    // On Windows a path that means the same in every folder begins with a drive.
    let file = if cfg!(windows) { r"C:\keys\autotask" } else { "/run/secrets/autotask" };
    world.configure(|text| {
        let text = with_line(&text, "autotask", &format!("secret-file = '{file}'"));
        with_line(&text, "autotask", "integration-code-command = ['false', 'hunter2']")
    });
    let list = run(&world, &keyring, "", &["login", "--list"]);
    assert_eq!(list.code, 0, "{}", list.err);
    let lines: Vec<Vec<&str>> = list.out.lines().map(|line| line.split_whitespace().collect()).collect();
    for expected in [
        &["cloudradial", "public-key", "environment", "CRSYNC_CLOUDRADIAL_PUBLIC_KEY"][..],
        &["autotask", "secret", "file", file],
        &["autotask", "integration-code", "command", "false"],
        &["connectwise", "private-key", "keyring"],
        &["syncro", "token", "not", "set"],
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected:?}: {}", list.out);
    }
    let json = run(&world, &keyring, "", &["login", "--list", "--format", "json"]);
    let secret = json.json()["secrets"].as_array().expect("a list").clone();
    assert!(secret.iter().any(|one| one["secret"] == "token" && one["source"] == "not-set"), "{}", json.out);
    let locked = Arc::new(Double { lack: Some(KeyringFailure::Locked), ..Double::default() });
    let unknown = run(&world, &locked, "", &["login", "--list"]).out;
    assert!(unknown.contains("not known: the keyring is locked"), "{unknown}");
    secrets.retain(|secret| secret.len() > 8 && !secret.contains(['/', '\\']));
    assert!(secrets.len() > 8);
    for secret in secrets {
        assert!(!format!("{}{}", list.out, json.out).contains(&secret));
    }
    assert!(!list.out.contains("hunter2") && world.sandbox.requests().is_empty());
}

/// Runs `crsync login` on a terminal with this keyring, where these lines are typed.
fn typed(world: &World, keyring: &Arc<Double>, lines: &str, args: &[&str]) -> Run {
    let config = world.config().display().to_string();
    let all = [&["crsync", "--config", &config, "login"], args].concat();
    let (io, buffers) = Io::answered(200, world.env.clone(), Box::new(|_, _| None));
    let mut io = io.with_input(lines).with_keyring(Arc::clone(keyring) as Arc<dyn Keyring>);
    let code = cli::run(all.iter().map(OsString::from), &mut io);
    Run { code, out: buffers.out(), err: buffers.err() }
}

#[test]
fn a_blank_is_no_secret_and_an_earlier_one_stays() {
    let mut world = World::small();
    let (name, secret) = take(&mut world, "autotask", "CRSYNC_AUTOTASK_SECRET");
    let keyring = Arc::new(Double::default());
    assert!(keyring.write("autotask", &name, &Secret::new(secret.clone())).is_ok());
    let blank = typed(&world, &keyring, " \n\t\n\n", &["autotask", &name]);
    assert_eq!(blank.code, 2, "{}", blank.err);
    assert!(blank.err.contains("no secret was typed, so nothing was stored"), "{}", blank.err);
    assert!(!blank.err.contains("accepts"), "{}", blank.err);
    assert_eq!(keyring.holds("autotask/secret"), Some(secret.clone()));
    let second = typed(&world, &keyring, &format!(" \n\u{feff} {secret} \n"), &["autotask", &name]);
    assert!(second.code == 0 && second.err.contains("a blank is no secret"), "{}", second.err);
    assert_eq!(keyring.holds("autotask/secret"), Some(secret));
}

#[test]
fn a_secret_that_a_service_can_do_without_may_be_left_out() {
    let world = World::small();
    let entry = crsync::psa::registry().iter().find(|entry| !entry.optional_secrets.is_empty());
    let entry = entry.expect("one with an optional secret");
    let answers = |name: &&str| if entry.optional_secrets.contains(name) { "\n" } else { "typed\n" };
    let lines: String = entry.secrets.iter().map(answers).collect();
    let keyring = Arc::new(Double::default());
    let login = typed(&world, &keyring, &lines, &[entry.id(), "--no-verify"]);
    assert_eq!(login.code, 0, "{}", login.err);
    for name in entry.secrets {
        let is_held = keyring.holds(&format!("{}/{name}", entry.id())).is_some();
        assert_eq!(is_held, !entry.optional_secrets.contains(name), "{name}");
    }
    let optional = entry.optional_secrets[0];
    let asked = typed(&world, &keyring, "\n\n\n", &[entry.id(), optional, "--no-verify"]);
    assert_eq!(asked.code, 2, "asked for by its name, it is wanted: {}", asked.err);
    // Of the addresses of notices, those alone are wanted that are used.
    let notices = typed(&world, &keyring, "\nhttps://teams.example/hook\n\n\n", &["notify"]);
    assert_eq!(notices.code, 0, "{}", notices.err);
    assert!(keyring.holds("notify/teams").is_some() && keyring.holds("notify/webhook").is_none());
    let none = typed(&world, &keyring, "\n\n\n\n", &["notify"]);
    assert!(none.code == 2 && none.err.contains("all secrets were left out"), "{}", none.err);
}

#[cfg(unix)]
#[test]
fn a_command_of_a_configuration_that_others_can_change_is_not_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut world = World::small();
    take(&mut world, "autotask", "CRSYNC_AUTOTASK_INTEGRATION_CODE");
    let mark = world.path("was run");
    let command = format!("integration-code-command = [\"touch\", {:?}]", mark.display().to_string());
    world.configure(|text| with_line(&text, "autotask", &command));
    let mode = std::fs::Permissions::from_mode(0o664);
    std::fs::set_permissions(world.config(), mode).expect("our own file");
    let keyring = Arc::new(Double::default());
    let says = "crsync.toml names a command to run, and other accounts can change the file";
    let login = ["login", "autotask", "secret", "--stdin"];
    for args in [&login[..], &["init", "--add", "--yes-exact", "--print"]] {
        let refused = run(&world, &keyring, "typed", args);
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{args:?}: {}", refused.err);
        assert!(refused.err.contains(says) && refused.err.contains("chmod go-w"), "{}", refused.err);
    }
    assert_eq!(keyring.holds("autotask/secret"), None);
    let unasked = run(&world, &keyring, "typed", &[&login[..], &["--no-verify"]].concat());
    assert_eq!(unasked.code, 0, "what runs no command is no matter: {}", unasked.err);
    assert!(!mark.exists() && world.sandbox.requests().is_empty());
}

#[test]
fn what_is_stored_in_vain_is_said() {
    let world = World::small();
    let secret = world.env["CRSYNC_AUTOTASK_SECRET"].clone();
    let login = run(&world, &Arc::default(), &secret, &["login", "autotask", "secret", "--stdin"]);
    assert_eq!(login.code, 0, "{}", login.err);
    let says = "autotask secret still comes from environment CRSYNC_AUTOTASK_SECRET, before the keyring";
    assert!(login.err.contains(says), "{}", login.err);
}
