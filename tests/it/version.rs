//! `crsync version` says what it was built from, and asks for newer releases only when it is told to, at an address.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use crate::harness::{Run, run};

fn version(args: &[&str]) -> Run {
    run(&[&["crsync", "version"], args].concat(), None, &BTreeMap::new())
}

/// A place of releases that answers once, and returns what it was asked.
fn releases(status: &str, body: &str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/latest", listener.local_addr().expect("bound"));
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines().map_while(Result::ok);
        let asked = lines.by_ref().take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        stream.write_all(answer.as_bytes()).expect("a reader");
        asked
    });
    (address, asked)
}

#[test]
fn it_says_what_it_was_built_from() {
    let said = version(&[]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!(lines[0], format!("crsync {}", env!("CARGO_PKG_VERSION")));
    let facts: BTreeMap<&str, &str> = lines[1..].iter().filter_map(|line| line.split_once("  ")).collect();
    let facts: BTreeMap<&str, &str> =
        facts.into_iter().map(|(name, fact)| (name.trim(), fact.trim())).collect();
    assert_eq!(
        facts.keys().copied().collect::<Vec<_>>(),
        ["commit", "features", "profile", "rustc", "target"]
    );
    assert!(facts["target"].contains(std::env::consts::ARCH), "{}", said.out);
    // Tests are built with the development profile, whatever a cargo calls its folder.
    assert_eq!(facts["profile"], "debug");
    assert!(facts["rustc"].starts_with("1."), "{}", said.out);
    assert!(facts["features"].ends_with("sandbox"), "{}", said.out);
}

#[test]
fn a_newer_release_is_named_and_exits_with_3() {
    let (address, asked) = releases(
        "200 OK",
        r#"{"tag_name": "v99.0.0", "html_url": "https://crsync.example/v99", "assets": []}"#,
    );
    let said = version(&["--check", "--releases", &address]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.out.ends_with("newer: v99.0.0  https://crsync.example/v99\n"), "{}", said.out);
    let asked = asked.join().expect("no panic");
    assert!(asked.starts_with("GET /latest HTTP/1.1"), "{asked}");
    assert!(!asked.to_lowercase().contains("authorization"), "{asked}");
}

#[test]
fn without_a_newer_release_it_is_clean() {
    let own = env!("CARGO_PKG_VERSION");
    let (address, _asked) = releases("200 OK", &format!(r#"{{"tag_name": "v{own}"}}"#));
    let env = BTreeMap::from([("CRSYNC_RELEASES".to_owned(), address)]);
    let said = run(&["crsync", "version", "--check"], None, &env);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert_eq!(said.out, format!("crsync {own}\nno newer release: the newest one is v{own}\n"));
}

#[test]
fn without_an_address_it_is_refused_before_anything_is_asked() {
    let said = version(&["--check"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("does not know where its releases are"), "{}", said.err);
    assert!(
        said.err.contains("next: ") && said.err.contains("--releases URL or CRSYNC_RELEASES"),
        "{}",
        said.err
    );
    let said = version(&["--releases", "https://crsync.example"]);
    assert_eq!(said.code, 2, "an address is for --check alone: {}", said.err);
    let said = version(&["--check", "--releases", "nowhere"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("nowhere is no address of releases"), "{}", said.err);
}

#[test]
fn an_address_that_is_not_secure_is_to_be_corrected_where_it_was_given() {
    let address = "ftp://releases.example/latest";
    let by_flag = version(&["--check", "--releases", address]);
    let env = BTreeMap::from([("CRSYNC_RELEASES".to_owned(), address.to_owned())]);
    let by_variable = run(&["crsync", "version", "--check"], None, &env);
    for (said, place) in [(by_flag, "in --releases;"), (by_variable, "in CRSYNC_RELEASES;")] {
        assert_eq!((said.code, said.out.as_str()), (2, ""));
        assert!(said.err.contains("the address of releases.example is not HTTPS"), "{}", said.err);
        assert!(said.err.contains(&format!("next: write https:// {place}")), "{}", said.err);
    }
}

#[test]
fn what_is_no_release_is_said_to_be_none() {
    for (status, body, expected) in [
        ("404 Not Found", "{}", "answered with HTTP 404"),
        ("200 OK", r#"{"tag_name": "nightly"}"#, "\"nightly\" is no version of crsync"),
        ("200 OK", r#"{"name": "x"}"#, "expected the newest release"),
    ] {
        let (address, _asked) = releases(status, body);
        let said = version(&["--check", "--releases", &address]);
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{body}: {}", said.err);
        assert!(said.err.contains(expected) && said.err.contains("next: "), "{}", said.err);
    }
}
