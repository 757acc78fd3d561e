//! What the way out does, against a server that says what it is told to say.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use url::Url;

use super::{Http, Limits, Method, Options, Request, Safety, Service};
use crate::error::Kind;
use crate::secret::Secret;

/// A server that gives one scripted answer per connection; an empty one closes it.
struct Server {
    url: Url,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(script: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/v1/things?pin=1234", listener.local_addr().expect("bound"))
            .parse()
            .expect("a URL");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, script) = (Arc::clone(&seen), script.iter().map(ToString::to_string).collect::<Vec<_>>());
        thread::spawn(move || {
            for answer in script {
                let Ok((mut stream, _)) = listener.accept() else { return };
                let mut request = [0_u8; 8192];
                let length = stream.read(&mut request).unwrap_or(0);
                log.lock().expect("no panic").push(String::from_utf8_lossy(&request[..length]).into_owned());
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { url, seen }
    }

    fn requests(&self) -> usize {
        self.seen.lock().expect("no panic").len()
    }
}

fn answer(status: &str, extra: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json\r\n{extra}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

thread_local! {
    static SLEPT: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
}

/// Notes the wait instead of waiting.
fn note(wait: Duration) {
    SLEPT.with_borrow_mut(|slept| slept.push(wait));
}

fn slept() -> Vec<Duration> {
    SLEPT.take()
}

fn http(options: Options) -> Http {
    slept();
    Http::with_sleep(options, note).expect("no files are named")
}

fn service() -> Service {
    http(Options::default()).service(limits())
}

fn limits() -> Limits {
    Limits { retry_texts: &["thread threshold"], ..Limits::new("example") }
}

#[test]
fn a_read_is_repeated_until_it_succeeds() {
    let server = Server::start(&[&answer("503 Busy", "", ""), "", &answer("200 OK", "", "{}")]);
    let reply = service().send(Request::get(server.url.clone())).expect("the third attempt");
    assert_eq!((reply.status, server.requests()), (200, 3));
    assert_eq!(slept().len(), 2);
}

#[test]
fn the_wait_the_service_asks_for_is_kept() {
    let server =
        Server::start(&[&answer("429 Slow", "retry-after: 2.5\r\n", ""), &answer("200 OK", "", "{}")]);
    service().send(Request::get(server.url.clone())).expect("the second attempt");
    assert_eq!(slept(), [Duration::from_millis(2500)]);
}

#[test]
fn a_wait_that_is_too_long_ends_the_request() {
    let server = Server::start(&[&answer("429 Slow", "retry-after: 3600\r\n", "")]);
    let error = service().send(Request::get(server.url.clone())).expect_err("an hour is too long");
    assert_eq!(error.kind(), Kind::Throttled);
    assert!(error.message().contains("3600 s"), "{error}");
}

#[test]
fn a_create_is_not_repeated_after_a_lost_answer() {
    for lost in [String::new(), answer("502 Bad Gateway", "", "")] {
        let server = Server::start(&[&lost, &answer("200 OK", "", "{}")]);
        let _ = service().send(Request::new(Method::Post, server.url.clone()).json(&json!({})));
        assert_eq!(server.requests(), 1);
    }
}

#[test]
fn a_create_that_was_refused_for_load_is_repeated() {
    let refused = answer("500 Error", "", r#"{"errors":["The thread threshold was exceeded"]}"#);
    let server = Server::start(&[&answer("429 Slow", "", ""), &refused, &answer("200 OK", "", "{}")]);
    service().send(Request::new(Method::Post, server.url.clone())).expect("the third attempt");
    assert_eq!(server.requests(), 3);
}

#[test]
fn a_plain_server_error_is_the_adapters_to_explain() {
    let server = Server::start(&[&answer("500 Error", "", "no such field")]);
    let reply = service().send(Request::get(server.url.clone())).expect("an answer");
    assert_eq!((reply.status, server.requests()), (500, 1));
}

#[test]
fn an_answer_that_breaks_off_is_never_taken_for_a_whole_one() {
    let cut = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 100\r\n\r\n{\"value\":[";
    let server = Server::start(&[cut; 5]);
    let error = service().send(Request::get(server.url.clone())).expect_err("half an answer");
    assert_eq!((error.kind(), server.requests()), (Kind::Network, 5));
    assert!(error.message().contains("broke off"), "{error}");
}

#[test]
fn nobody_is_asked_after_the_deadline() {
    let server = Server::start(&[]);
    let http = http(Options { deadline: Some(Instant::now()), ..Options::default() });
    let error = http.service(limits()).send(Request::get(server.url.clone())).expect_err("too late");
    assert_eq!((error.kind(), server.requests()), (Kind::Deadline, 0));
}

#[test]
fn a_redirect_is_not_followed() {
    let server = Server::start(&[&answer("302 Found", "location: http://127.0.0.1:1/\r\n", "")]);
    assert_eq!(service().send(Request::get(server.url.clone())).expect("an answer").status, 302);
}

#[test]
fn plain_http_leaves_this_machine_never() {
    let url = "http://api.example/v1".parse().expect("a URL");
    assert_eq!(service().send(Request::get(url)).expect_err("not encrypted").kind(), Kind::Config);
}

#[test]
fn next_pages_stay_on_their_host() {
    let from: Url = "https://graph.example/v1.0/users".parse().expect("a URL");
    let next =
        |link| service().next_link(&from, link).map(|url| url.to_string()).map_err(|error| error.kind());
    assert_eq!(
        next("https://graph.example/v1.0/users?$skiptoken=x").as_deref(),
        Ok("https://graph.example/v1.0/users?$skiptoken=x")
    );
    assert_eq!(next("/v1.0/users?page=2").as_deref(), Ok("https://graph.example/v1.0/users?page=2"));
    for elsewhere in
        ["https://evil.example/users", "http://graph.example/users", "https://graph.example:444/users"]
    {
        assert_eq!(next(elsewhere), Err(Kind::Service));
    }
}

#[test]
fn every_attempt_is_counted_and_traced_without_secrets() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("trace.har");
    let body = r#"{"supportPin":"1234","name":"Ann"}"#;
    let server =
        Server::start(&[&answer("503 Busy", "", ""), &answer("200 OK", "set-cookie: 1234\r\n", body)]);
    let http = http(Options { har: Some(path.clone()), ..Options::default() });
    let request = Request::new(Method::Post, server.url.clone())
        .safety(Safety::Read)
        .header("secret", Secret::new("1234"))
        .json(&json!({"password": "1234"}));
    http.service(limits()).send(request).expect("the second attempt");
    http.finish().expect("a writable folder");
    let count = &http.counts()[0];
    assert_eq!((count.service.as_str(), count.requests, count.retries), ("example", 2, 1));
    let text = std::fs::read_to_string(&path).expect("the trace");
    assert!(!text.contains("1234"), "{text}");
    let trace: Value = serde_json::from_str(&text).expect("HAR is JSON");
    let entries = trace["log"]["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1]["comment"], "example");
    assert_eq!(entries[1]["response"]["status"], 200);
    assert!(entries[1]["response"]["content"]["text"].as_str().is_some_and(|text| text.contains("Ann")));
}

#[test]
fn a_trace_that_cannot_be_written_fails_before_the_run() {
    let options = Options { har: Some("/nonexistent/trace.har".into()), ..Options::default() };
    assert_eq!(Http::new(options).expect_err("no such folder").kind(), Kind::State);
}

#[test]
fn a_web_page_is_not_taken_for_data() {
    let server = Server::start(&[&answer("200 OK", "", "<!DOCTYPE html><p>Sign in</p>")]);
    let reply = service().send(Request::get(server.url.clone())).expect("an answer");
    let error = reply.json::<Value>("a page of users").expect_err("a web page");
    assert!(error.message().contains("web page instead of a page of users"), "{error}");
}
