//! Secrets and support PINs are nowhere in what a run leaves behind: output, log lines, traces, plans, state.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crsync::model::{Field, Udf};
use crsync_sandbox::{Effect, Fault, System};
use serde_json::{Value, json};

use crate::conformance::{KITS, Kit};
use crate::harness::World;
use crate::receiver::{Manner, Receiver};

/// The PIN of every portal user, and of every contact.
const PORTAL_PIN: &str = "9071825396";
const CONTACT_PIN: &str = "5517082936";

/// Secrets that are not accepted, with letters that addresses, pages and JSON spell in other ways.
const WRONG: &str = "Wr0ng+s3cret/&=<%\"x";

const CONTOSO_TENANT: &str = "c0a1e5b2-0000-4000-8000-000000000009";

/// A world that holds PINs, and everything that must not be seen of it.
struct Scene {
    world: World,
    /// What is told of the runs, and repeats it.
    receiver: Receiver,
    kit: &'static Kit,
    planted: BTreeMap<String, String>,
    runs: usize,
}

impl Scene {
    fn new(kit: &'static Kit) -> Self {
        let mut world = World::new();
        let receiver = Receiver::new(Manner::Refuses(500));
        for name in ["WEBHOOK", "TEAMS", "SLACK", "PING"] {
            let path = format!("/T0Ps3cr3t/{name}?sig=5oSecret{name}");
            world.env.insert(format!("CRSYNC_NOTIFY_{name}"), receiver.url(&path));
        }
        // A run that waits for the service's limits shows no more than one that does not.
        world.edit(|state| (kit.unlimited)(&mut state[kit.part]));
        world.configure(|text| {
            let on = "[sync]\nsupport-pin = true\nuser-details = true\npublish-pictures = true\n";
            let text = text.replace("[sync]\n", on);
            let more = "[udfs]\nSupportPIN = \"SupportPIN\"\n[notify]\non = \"always\"\ndetails = true\n";
            format!("retries = 0\n{text}\n{more}")
        });
        world.edit(keep_contoso);
        world.edit(plant_pins);
        let mut planted = BTreeMap::from([
            ("the portal's PIN".to_owned(), PORTAL_PIN.to_owned()),
            ("the contact's PIN".to_owned(), CONTACT_PIN.to_owned()),
            ("a wrong secret".to_owned(), WRONG.to_owned()),
            ("a token of 365".to_owned(), token(&world)),
            ("a part of an address".to_owned(), "T0Ps3cr3t".to_owned()),
            ("the signature of an address".to_owned(), "5oSecret".to_owned()),
        ]);
        planted.extend(
            world.env.iter().filter(|(name, _)| is_secret(name)).map(|(a, b)| (a.clone(), b.clone())),
        );
        let pair = |a: &str, b: &str| STANDARD.encode(format!("{a}:{b}"));
        let env = |name: &str| world.env[name].as_str();
        let cr = pair(env("CRSYNC_CLOUDRADIAL_PUBLIC_KEY"), env("CRSYNC_CLOUDRADIAL_PRIVATE_KEY"));
        planted.insert("CloudRadial's header".to_owned(), cr);
        for (kit, made) in KITS.iter().filter_map(|kit| Some((kit, kit.made_of_secrets?))) {
            planted.insert(format!("what {} makes of its secrets", kit.id), made(&world.env));
        }
        Self { world, receiver, kit, planted, runs: 0 }
    }

    fn folder(&self) -> PathBuf {
        self.world.config().parent().expect("a folder").to_owned()
    }

    /// Runs the real program with everything that makes it talk; what it says is kept in files.
    fn run(&mut self, args: &[&str], secrets: &[(&str, &str)]) -> Output {
        self.runs += 1;
        let trace = self.world.path(&format!("run-{}.har", self.runs));
        let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
        command
            .env_clear()
            .envs(&self.world.env)
            .envs(secrets.iter().copied())
            .env("USER", "kim")
            .env("HOSTNAME", "desk");
        command.arg("--config").arg(self.world.config());
        command.args(["--verbose", "--log-format", "json"]);
        command.args(args);
        // What asks no service has nothing to trace.
        let is_silent =
            |command: &&str| ["log", "login", "logout", "notify", "capabilities"].contains(command);
        if !args.first().is_some_and(is_silent) {
            command.arg("--har").arg(trace);
        }
        // Neither taking a secret away nor listing where secrets are depends on the PSA.
        if !["logout", "notify"].contains(&args[0]) && !args.contains(&"--list") {
            command.args(["--psa", self.kit.id]);
        }
        let output = command.output().expect("the program runs");
        for (name, bytes) in [("out", &output.stdout), ("err", &output.stderr)] {
            fs::write(self.world.path(&format!("run-{}.{name}", self.runs)), bytes)
                .expect("a writable folder");
        }
        output
    }

    /// The same, and it must exit so.
    #[track_caller]
    fn exits(&mut self, code: i32, args: &[&str], secrets: &[(&str, &str)]) -> Output {
        let output = self.run(args, secrets);
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{} {args:?}: {err}", self.kit.id);
        output
    }

    /// Everything that went wrong on the way to this system, from now on.
    fn faults(&self, faults: Vec<(System, &str, Effect)>) {
        let fault = |(system, path, effect): (System, &str, Effect)| Fault {
            system,
            path: path.to_owned(),
            nth: None,
            effect,
        };
        self.world.sandbox.set_faults(faults.into_iter().map(fault).collect());
    }

    /// Gives a user a title that no user had before, so that there is something to write.
    fn promote(&self) {
        let title = json!(format!("Head {}", self.runs));
        self.world.edit(|state| {
            let users = state["graph"]["tenants"][CONTOSO_TENANT]["users"].as_array_mut().expect("users");
            let helen = users.iter_mut().find(|user| user["mail"] == "helen.marsh@contoso.example");
            helen.expect("Helen")["jobTitle"] = title;
        });
    }

    /// Whatever is planted and can be seen in these files, with its place.
    fn seen(&self, files: &[PathBuf]) -> Vec<String> {
        let mut seen = Vec::new();
        for path in files {
            let bytes = fs::read(path).expect("a readable file");
            let text = String::from_utf8_lossy(&bytes);
            for (name, value) in &self.planted {
                if spellings(value).iter().any(|spelling| text.contains(spelling)) {
                    seen.push(format!("{name} in {}", path.display()));
                }
            }
        }
        seen
    }

    /// All that the runs left behind, as text.
    fn text(&self, ending: &str) -> String {
        let files =
            files(&self.folder()).into_iter().filter(|path| path.display().to_string().ends_with(ending));
        files.map(|path| String::from_utf8_lossy(&fs::read(path).expect("readable")).into_owned()).collect()
    }
}

fn is_secret(name: &str) -> bool {
    name.starts_with("CRSYNC_") && name != "CRSYNC_STATE"
}

/// A value as it is, and as forms, JSON and base 64 spell it.
fn spellings(value: &str) -> Vec<String> {
    let json = Value::from(value).to_string();
    let mut all = vec![
        value.to_owned(),
        url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        json.trim_matches('"').to_owned(),
        STANDARD.encode(value).trim_end_matches('=').to_owned(),
        value.replace('&', "&amp;").replace('<', "&lt;"),
    ];
    all.sort();
    all.dedup();
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Takes everybody out who is not of Contoso, so that runs and edits are quick.
fn keep_contoso(state: &mut Value) {
    let psas = KITS.iter().map(|kit| (kit.part, "contacts", kit.company, 174));
    for (system, records, place, company) in psas.chain([("cloudradial", "users", "/companyId", 9)]) {
        let records = state[system][records].as_object_mut().expect("records");
        records.retain(|_, record| record.pointer(place) == Some(&json!(company)));
        assert!(!records.is_empty(), "{system}");
    }
    let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants");
    tenants.values_mut().for_each(|tenant| {
        tenant["users"]
            .as_array_mut()
            .expect("users")
            .retain(|user| user["mail"].to_string().contains("@contoso."));
    });
}

/// Gives everybody of every system a PIN.
fn plant_pins(state: &mut Value) {
    let all = |records: &mut Value, set: &dyn Fn(&mut Value)| {
        records.as_object_mut().expect("records").values_mut().for_each(set);
    };
    all(&mut state["cloudradial"]["users"], &|user| user["supportPin"] = json!(PORTAL_PIN));
    for kit in &KITS {
        all(&mut state[kit.part]["contacts"], &|contact| {
            kit.set(contact, Field::Udf(Udf::SupportPin), CONTACT_PIN);
        });
    }
}

/// What the tokens of the sandbox's 365 have in common: their first part.
fn token(world: &World) -> String {
    let form = format!(
        "grant_type=client_credentials&client_id=5a4d0b00-0000-4000-8000-00000000c1d0&client_secret={}&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
        world.env["CRSYNC_MICROSOFT365_CLIENT_SECRET"]
    );
    let address = world.sandbox.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("the sandbox");
    let request = format!(
        "POST /entra/{CONTOSO_TENANT}/oauth2/v2.0/token HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let token = answer.split("\"access_token\":\"").nth(1).unwrap_or_else(|| panic!("no token: {answer}"));
    token.split('.').next().expect("a first part").to_owned()
}

/// What a request to each system carries, as a server that shows what it was sent would repeat it.
fn carried(scene: &Scene) -> Vec<(System, &'static str, String)> {
    let env = |name: &str| scene.world.env[name].clone();
    // Only requests that carry credentials can have them repeated.
    let (psa_path, psa) = scene.kit.carries;
    vec![
        (System::ENTRA, "", format!("client_secret={}", env("CRSYNC_MICROSOFT365_CLIENT_SECRET"))),
        (
            System::CLOUDRADIAL,
            "",
            format!(
                "Authorization: Basic {}\n{}",
                scene.planted["CloudRadial's header"],
                env("CRSYNC_CLOUDRADIAL_PRIVATE_KEY")
            ),
        ),
        (scene.kit.system, psa_path, psa(&scene.world.env)),
    ]
}

/// Answers that repeat `text`: as a page, as plain text, in JSON under a name that is no secret, as broken JSON.
fn echoes(text: &str) -> Vec<Effect> {
    let answer = |status, kind: &str, body: String| Effect::Answer {
        status,
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        body,
    };
    let page = format!(
        "<!DOCTYPE html><html><head><title>Error: {}</title></head><body><pre>{text}</pre></body></html>",
        text.replace('\n', " ")
    );
    let json =
        json!({"message": text, "errors": [text], "error_description": text, "Message": text, "title": text});
    vec![
        answer(500, "text/html", page.clone()),
        answer(200, "text/html", page),
        answer(500, "text/plain", text.to_owned()),
        answer(400, "application/json", json.to_string()),
        answer(500, "application/json", format!("{{\"Secret\": \"{text}\", \"cut")),
    ]
}

/// Runs of every sort for one PSA, good ones and bad ones.
fn everything(scene: &mut Scene) {
    const ONLY: [&str; 2] = ["--company", "Contoso"];
    const SYNC: [&str; 12] = [
        "sync",
        "--yes",
        "--allow",
        "create=99",
        "--allow",
        "update=99",
        "--allow",
        "deactivate=99",
        "--allow",
        "relink=99",
        "--allow",
        "same-value=99",
    ];
    let sync: Vec<&str> = SYNC.into_iter().chain(ONLY).collect();
    let plan = scene.world.path("plan.json").display().to_string();
    scene.exits(0, &["diff", "--save-plan", &plan, ONLY[0], ONLY[1]], &[]);
    scene.exits(0, &["diff", "--format", "json", ONLY[0], ONLY[1]], &[]);
    scene.exits(0, &sync, &[]);
    scene.exits(0, &["log"], &[]);
    scene.exits(0, &["log", "last", "--format", "json"], &[]);
    scene.exits(0, &["log", "last"], &[]);
    scene.exits(0, &["match", ONLY[0], ONLY[1]], &[]);
    scene.exits(0, &["explain", "vera.stahl@contoso.example", ONLY[0], ONLY[1]], &[]);
    let push = ["push-udfs", "--yes", "--allow", "update=99", ONLY[0], ONLY[1]];
    assert!([0, 4].contains(&scene.run(&push, &[]).status.code().unwrap_or(-1)), "{}", scene.kit.id);
    let ask =
        ["self-service", "--yes", "--user", "amy.chu@contoso.example", "--set", "mobile=+1 312 555 0188"];
    scene.exits(0, &[&ask[..], &ONLY].concat(), &[]);
    scene.run(&["undo", "last", "--yes", "--allow", "deactivate=99", "--allow", "update=99"], &[]);

    // What has nothing to do with the PSA is looked at with the first one only.
    let first = scene.kit.is_default();
    let own = scene.kit.system;
    for (system, path, text) in carried(scene).into_iter().filter(|(system, ..)| first || *system == own) {
        for effect in echoes(&text) {
            scene.promote();
            scene.faults(vec![(system, path, effect)]);
            // A sign-in that is refused is for a person to correct, everything else may be read the next time.
            assert!([1, 8].contains(&scene.run(&sync, &[]).status.code().unwrap_or(-1)), "{}", scene.kit.id);
        }
    }
    for text in [format!("SupportPIN: {CONTACT_PIN}"), format!("you sent \"supportPin\": \"{PORTAL_PIN}\"")] {
        for effect in echoes(&text) {
            scene.promote();
            scene.faults(vec![(own, "", effect.clone()), (System::CLOUDRADIAL, "", effect)]);
            scene.run(&sync, &[]);
        }
    }
    scene.promote();
    scene.faults(vec![(own, "", Effect::Truncated)]);
    scene.exits(8, &sync, &[]);
    scene.faults(vec![(System::CLOUDRADIAL, "", Effect::Truncated)]);
    scene.exits(8, &sync, &[]);
    scene.faults(vec![(System::CLOUDRADIAL, "", Effect::ResetAfter), (own, "", Effect::ResetBefore)]);
    scene.exits(8, &sync, &[]);
    scene.faults(Vec::new());

    let is_own = |name: &&String| first || name.contains(&scene.kit.id.to_uppercase());
    let variables: Vec<String> =
        scene.world.env.keys().filter(|name| is_secret(name)).filter(is_own).cloned().collect();
    for variable in &variables {
        scene.run(&["diff", ONLY[0], ONLY[1]], &[(variable, WRONG)]);
    }
    scene.exits(1, &["notify", "--test"], &[("CRSYNC_NOTIFY_SLACK", WRONG)]);
    for token in (scene.kit.tokens)(&scene.world.sandbox.snapshot()[scene.kit.part]) {
        scene.planted.insert(format!("token {}", scene.planted.len()), token);
    }
}

/// Runs everything for one PSA, and looks for what was planted.
fn nothing_is_seen(kit: &'static Kit) {
    let psa = kit.id;
    let mut scene = Scene::new(kit);
    everything(&mut scene);
    assert_eq!(scene.seen(&files(&scene.folder())), [] as [&str; 0]);

    // It was all there to be seen: requests in the log, records in traces, people in plans and the state.
    assert!(scene.text(".err").contains("\"fields\":{"), "log lines");
    let told = scene.receiver.got();
    assert!(
        told.len() > 40 && told.iter().any(|got| got.body.contains("helen.marsh@contoso.example")),
        "notices"
    );
    let in_notices = |value: &&String| told.iter().any(|got| got.body.contains(value.as_str()));
    let seen: Vec<&String> = scene.planted.values().filter(in_notices).collect();
    assert_eq!(seen, [] as [&String; 0], "in a notice");
    assert!(scene.text(".err").contains("webhook answered with HTTP 500"), "warnings");
    let traces = scene.text(".har");
    assert!(traces.contains("[masked]") && traces.contains("helen.marsh@contoso.example"), "traces");
    assert!(traces.to_lowercase().contains("supportpin"), "the contacts' PINs were read, and masked");
    // The portal's PIN went where it belongs, and a trace of it was there to be seen.
    let held = scene.world.sandbox.snapshot()[kit.part]["contacts"].to_string();
    assert!(held.contains(PORTAL_PIN), "{psa}");
    assert!(scene.text("plan.json").contains("contoso.example"), "a plan");
    let state = scene.text("state.db") + &scene.text("state.db-wal");
    assert!(state.contains("contoso.example"), "a journal");

    // And what is there is found.
    let place = scene.folder().join("state").join("slip");
    for (name, value) in &scene.planted {
        for spelling in spellings(value) {
            fs::write(&place, [b"\xff\0before", spelling.as_bytes(), b"after\xff"].concat())
                .expect("writable");
            let slip: Vec<PathBuf> =
                files(&scene.folder()).into_iter().filter(|path| *path == place).collect();
            let seen = scene.seen(&slip);
            assert!(seen.iter().any(|seen| seen.starts_with(name)), "{name} as {spelling}");
        }
    }
}

#[test]
fn secrets_and_pins_are_not_seen_whatever_the_psa() {
    let fails: Vec<&str> = std::thread::scope(|scope| {
        let begun: Vec<_> = KITS.iter().map(|kit| (kit.id, scope.spawn(|| nothing_is_seen(kit)))).collect();
        begun.into_iter().filter_map(|(id, thread)| thread.join().is_err().then_some(id)).collect()
    });
    assert_eq!(fails, [] as [&str; 0], "the output above says what failed");
}
