//! The trace can be read after every attempt, by its owner alone, and holds no secret.

use std::path::Path;

use super::*;
use crate::http::testing::{Server, answer, closed_port_url, http, limits, ok};
use crate::http::{Method, Options, Safety};
use crate::secret::Secret;

fn options(path: &Path) -> Options {
    let target = Target::open(path, "--har").expect("a writable folder");
    Options { har: Some(Arc::new(target)), ..Options::default() }
}

fn entries(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("the trace");
    let trace: Value = serde_json::from_str(&text).expect("HAR is JSON");
    assert_eq!(
        (&trace["log"]["version"], &trace["log"]["creator"]["name"]),
        (&json!("1.2"), &json!("crsync"))
    );
    trace["log"]["entries"].as_array().expect("entries").clone()
}

#[test]
fn every_attempt_is_traced_without_secrets() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("trace.har");
    let body = r#"{"supportPin":"hunter2","name":"Ann"}"#;
    let server = Server::start(&[
        answer("503 Busy", "", ""),
        answer("200 OK", "set-cookie: hunter2\r\nx-request-id: r-1\r\n", body),
    ]);
    let http = http(options(&path));
    let mut url = server.url.clone();
    url.set_query(Some("api_key=hunter2&$top=5"));
    let request = Request::new(Method::Post, url)
        .safety(Safety::Read)
        .header("Secret", Secret::new("hunter2"))
        .json(&json!({"password": "hunter2", "name": "Ann"}));
    http.service(limits()).send(request).expect("the second attempt");
    http.finish().expect("a writable folder");
    let text = std::fs::read_to_string(&path).expect("the trace");
    assert!(!text.contains("hunter2"), "{text}");
    let entries = entries(&path);
    assert_eq!(entries.len(), 2);
    let (sent, got) = (&entries[1]["request"], &entries[1]["response"]);
    assert_eq!((&entries[1]["comment"], &sent["method"]), (&json!("example"), &json!("POST")));
    let header = |name: &str, side: &Value| {
        let headers = side["headers"].as_array().expect("headers");
        headers.iter().find(|header| header["name"] == name).map(|header| header["value"].clone())
    };
    assert_eq!(header("secret", sent), Some(json!("[masked]")));
    assert_eq!(header("accept", sent), Some(json!("application/json")));
    assert_eq!(header("x-request-id", got), Some(json!("r-1")));
    assert_eq!(sent["queryString"][1], json!({"name": "$top", "value": "5"}));
    assert_eq!(sent["postData"]["text"], r#"{"name":"Ann","password":"[masked]"}"#);
    assert_eq!((&got["status"], &got["statusText"]), (&json!(200), &json!("OK")));
    assert_eq!(got["content"]["text"], r#"{"name":"Ann","supportPin":"[masked]"}"#);
    assert_eq!(got["content"]["size"], body.len());
}

#[test]
fn an_attempt_without_an_answer_is_traced_with_its_reason() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("trace.har");
    let http = http(Options { retries: Some(0), ..options(&path) });
    http.service(limits()).send(Request::get(closed_port_url())).expect_err("no listener");
    let lost = &entries(&path)[0]["response"];
    assert_eq!(lost["status"], 0);
    assert_eq!(lost["statusText"], "example at 127.0.0.1 cannot be reached: it refuses the connection");
    assert!(lost["_error"].as_str().is_some_and(|error| error.contains("refused")), "{lost}");
}

#[test]
fn a_picture_is_left_out_of_the_trace() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("trace.har");
    let head =
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: image/jpeg\r\ncontent-length: 4\r\n\r\n";
    let server = Server::start(&[[head.as_bytes(), b"\xff\xd8\xff\xe0"].concat()]);
    http(options(&path)).service(limits()).send(Request::get(server.url)).expect("an answer");
    let content = &entries(&path)[0]["response"]["content"];
    assert_eq!((&content["size"], content.get("text")), (&json!(4), None));
}

#[test]
fn a_trace_is_whole_after_every_attempt() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("trace.har");
    std::fs::write(&path, "an older and much longer trace ".repeat(99)).expect("a writable folder");
    let http = http(options(&path));
    assert_eq!(entries(&path).len(), 0);
    for n in 1..=3 {
        let server = Server::start(&[ok()]);
        http.service(limits()).send(Request::get(server.url)).expect("an answer");
        assert_eq!(entries(&path).len(), n);
    }
}

#[cfg(unix)]
#[test]
fn a_trace_is_its_owners_alone_even_in_a_file_that_was_open_to_all() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a scratch folder");
    let mode = |path: &Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    let (new, old) = (folder.path().join("new.har"), folder.path().join("old.har"));
    std::fs::write(&old, "").expect("a writable folder");
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o666)).expect("our own file");
    for path in [new, old] {
        http(options(&path));
        assert_eq!(mode(&path), 0o600);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_trace_in_a_pipe_is_whole_once_it_is_over() {
    use std::io::Read as _;
    use std::os::fd::AsRawFd as _;
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
    let http = http(options(Path::new(&path)));
    drop(writer);
    for _ in 0..2 {
        let server = Server::start(&[ok()]);
        http.service(limits()).send(Request::get(server.url)).expect("an answer");
    }
    http.finish().expect("room in a pipe");
    drop(http);
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("what was written");
    let trace: Value = serde_json::from_str(&text).expect("HAR is JSON");
    assert_eq!(trace["log"]["entries"].as_array().map(Vec::len), Some(2));
}
