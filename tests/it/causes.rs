//! Why a service cannot be reached: each cause has its sentence and its next step, on the terminal, in the plan, in
//! JSON on standard error and in the trace.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustls::{ServerConfig, ServerConnection};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::harness::{World, company};

/// The authority of the certificates below, which nothing but a test's `ca-file` trusts.
const AUTHORITY: &str = "tests/it/tls/authority.pem";
const KEY: &str = include_str!("tls/server.key");
const VALID: &str = include_str!("tls/valid.pem");
const EXPIRED: &str = include_str!("tls/expired.pem");
const OTHER_HOST: &str = include_str!("tls/other_host.pem");

/// Listens on a free port of this machine, and lets `serve` take every connection.
fn listen(serve: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(serve));
    port
}

/// A server that shows this certificate, and closes every connection once it is agreed on.
fn tls(certificate: &str) -> u16 {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("its key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("both versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key");
    let config = Arc::new(config);
    listen(move |mut stream| {
        let mut connection = ServerConnection::new(Arc::clone(&config)).expect("a usable configuration");
        while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
        connection.send_close_notify();
        let _ = connection.complete_io(&mut stream);
    })
}

/// A server that gives every request this answer, whatever it asks.
fn answering(answer: &'static str) -> u16 {
    listen(move |stream| {
        let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let _ = lines.find(String::is_empty);
        let _ = (&stream).write_all(answer.as_bytes());
    })
}

/// What a run said, in every place.
struct Told {
    code: Option<i32>,
    /// Lines on the terminal.
    lines: String,
    /// What could not be read, in the plan.
    unread: Value,
    /// The object on standard error with `--log-format json`.
    object: Value,
    /// What the trace has of every attempt.
    traced: Vec<Value>,
}

/// Runs `diff` with the portal at `address`, a further authority, so many repetitions, and these variables.
fn told(address: &str, authority: &str, retries: u32, variables: &[(&str, &str)]) -> Told {
    let world = World::small();
    world.configure(|text| {
        let at = text.find("base-url").expect("CloudRadial's address");
        let end = at + text[at..].find('\n').expect("a line");
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(authority);
        let ca_file = format!("ca-file = '{}'\n", file.display());
        format!("retries = {retries}\n{ca_file}{}base-url = \"{address}\"{}", &text[..at], &text[end..])
    });
    let trace = world.path("trace.har");
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
        command.env_clear().envs(&world.env).envs(variables.iter().copied());
        command.arg("--config").arg(world.config()).args([
            "diff",
            "--format",
            "json",
            "--company",
            "Contoso",
        ]);
        command.args(more).output().expect("the program runs")
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let ran = run(&["--har", &trace.display().to_string()]);
    let object = text(run(&["--log-format", "json"]).stderr);
    let trace: Value = serde_json::from_slice(&std::fs::read(trace).expect("a trace")).expect("HAR is JSON");
    let entries = trace["log"]["entries"].as_array().expect("entries").iter();
    let own = entries.filter(|entry| entry["comment"] == "cloudradial");
    let plan: Value = serde_json::from_slice(&ran.stdout).expect("a plan");
    Told {
        code: ran.status.code(),
        lines: text(ran.stderr),
        unread: company(&plan, "Contoso")["unread"][0].clone(),
        object: object
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .next()
            .expect("an object"),
        traced: own.cloned().collect(),
    }
}

/// The cause is reported as `what` in every place, with `next` as the step, and nothing was asked for twice.
#[track_caller]
fn is_told(told: &Told, what: &str, next: &str) {
    let Told { code, lines, unread, object, traced } = told;
    assert_eq!(*code, Some(8), "{lines}");
    let mut shown = lines.lines();
    assert!(shown.next().is_some_and(|line| line.starts_with("error: ") && line.contains(what)), "{lines}");
    assert!(shown.next().is_some_and(|line| line.starts_with("  next: ") && line.contains(next)), "{lines}");
    let says = |value: &Value, text: &str| value.as_str().is_some_and(|told| told.contains(text));
    assert!(says(&unread["reason"], what) && says(&unread["hint"], next), "{unread}");
    assert_eq!(unread["kind"], "network");
    assert!(says(&object["message"], what) && says(&object["next"], next), "{object}");
    assert_eq!(
        (&object["kind"], &object["where"], &object["exit-code"]),
        (&json!("network"), &json!("portal"), &json!(8))
    );
    assert!(!traced.is_empty(), "{lines}");
    for (place, attempt) in traced.iter().enumerate() {
        let again = traced[..place].iter().any(|other| other["request"]["url"] == attempt["request"]["url"]);
        assert!(!again, "asked for twice: {attempt}");
        let answer = &attempt["response"];
        assert!(says(&answer["statusText"], what) && answer["status"] == 0, "{answer}");
        assert!(answer["_error"].as_str().is_some_and(|error| !error.is_empty()), "{answer}");
    }
}

#[test]
fn a_certificate_that_is_not_accepted_is_told_by_its_fault_and_not_asked_for_again() {
    for (certificate, authority, what, next) in [
        (VALID, "src/http/authority.pem", "not from an authority that this machine trusts", "`ca-file`"),
        (EXPIRED, AUTHORITY, "its certificate has expired on 2021-01-01", "clock"),
        (OTHER_HOST, AUTHORITY, "its certificate is not for 127.0.0.1", "configuration"),
    ] {
        let address = format!("https://127.0.0.1:{}", tls(certificate));
        is_told(&told(&address, authority, 2, &[]), what, next);
    }
}

#[test]
fn a_certificate_that_is_accepted_is_no_cause() {
    let address = format!("https://127.0.0.1:{}", tls(VALID));
    let told = told(&address, AUTHORITY, 0, &[]);
    is_told(&told, "closed the connection without an answer", "check the network");
}

#[test]
fn a_port_that_speaks_no_tls_is_told() {
    let address = format!("https://127.0.0.1:{}", answering("HTTP/1.1 400 Bad Request\r\n\r\n"));
    is_told(&told(&address, AUTHORITY, 2, &[]), "does not speak TLS", "address and port");
}

#[test]
fn a_name_that_is_not_known_and_a_port_that_is_closed_are_told_apart() {
    let unknown = told("https://portal.invalid", AUTHORITY, 0, &[]);
    is_told(
        &unknown,
        "portal.invalid cannot be reached: its name cannot be resolved (DNS)",
        "nslookup portal.invalid",
    );
    let closed = told("https://127.0.0.1:1", AUTHORITY, 0, &[]);
    is_told(&closed, "127.0.0.1 cannot be reached: it refuses the connection", "address and port");
}

#[test]
fn a_proxy_that_is_of_no_use_is_named_without_its_credentials() {
    let wants = answering("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    let refuses = answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    for (port, what, next, retries) in [
        (wants, "asks for credentials (HTTP 407)", "HTTPS_PROXY", 2),
        (refuses, "does not open a connection to it", "portal.example port 443", 2),
        (1, "does not answer", "HTTPS_PROXY", 0),
    ] {
        let proxy = format!("http://gate:hunter2@127.0.0.1:{port}");
        let told = told("https://portal.example", AUTHORITY, retries, &[("HTTPS_PROXY", &proxy)]);
        is_told(&told, &format!("the proxy 127.0.0.1:{port} {what}"), next);
        let everything = format!("{}{}{}{:?}", told.lines, told.unread, told.object, told.traced);
        assert!(!everything.contains("hunter2"), "{everything}");
    }
}
