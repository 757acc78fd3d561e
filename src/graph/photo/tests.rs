//! What comes of a user's picture, whatever form the answer takes, and what it costs to ask.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::error::{Error, Kind};
use crate::graph::{Credential, Graph, Settings};
use crate::http::{Http, Options};
use crate::model::Id;
use crate::secret::Secret;
use crate::side::{Photos, ReadPhotos as _};

/// A GIF of two by two pixels, its header alone; the last byte tells one from another.
fn gif(mark: u8) -> Vec<u8> {
    [b"GIF89a\x02\0\x02\0\0\0\0", &[mark][..]].concat()
}

/// The picture that stands for none.
const DOT: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0";

/// How an item of a batch, or a request by itself, is answered.
#[derive(Clone)]
enum Answer {
    Image(Vec<u8>),
    /// Status, body, and what `Retry-After` says.
    Refused(u16, Value, Option<&'static str>),
    /// Nothing, as an item of a batch.
    Missing,
}

fn refused(status: u16, code: &str) -> Answer {
    Answer::Refused(status, json!({"error": {"code": code, "message": "No."}}), None)
}

fn throttled(wait: &'static str) -> Answer {
    Answer::Refused(429, json!({"error": {"code": "TooManyRequests", "message": "Slow."}}), Some(wait))
}

/// Graph for photos: what each user's next answers are, the last of them for ever.
struct Tenant {
    settings: Settings,
    /// The users of every batch and every single request, in the order in which they came.
    asked: Arc<Mutex<Vec<Vec<String>>>>,
}

impl Tenant {
    fn start(answers: impl IntoIterator<Item = (Id, Vec<Answer>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url: url::Url =
            format!("http://{}", listener.local_addr().expect("bound")).parse().expect("a URL");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let mut answers: BTreeMap<String, Vec<Answer>> =
            answers.into_iter().map(|(user, answers)| (user.to_string(), answers)).collect();
        let mut next = move |user: &str| match answers.get_mut(user) {
            Some(more) if more.len() > 1 => more.remove(0),
            Some(last) => last.first().cloned().unwrap_or(Answer::Missing),
            None => refused(404, "ImageNotFound"),
        };
        thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let (path, body) = read(&stream);
                let answer = if path.ends_with("/token") {
                    ok(json!({"access_token": "t", "expires_in": 3600}).to_string().as_bytes())
                } else if path.ends_with("/$batch") {
                    let batch: Value = serde_json::from_str(&body).expect("JSON");
                    let items = batch["requests"].as_array().expect("items").clone();
                    let of = |item: &Value| user(item["url"].as_str().expect("an address"));
                    log.lock().expect("no panic").push(items.iter().map(of).collect());
                    let answers = items.iter().rev().filter_map(|item| shown(&item["id"], next(&of(item))));
                    ok(json!({"responses": answers.collect::<Vec<_>>()}).to_string().as_bytes())
                } else {
                    log.lock().expect("no panic").push(vec![user(&path)]);
                    alone(next(&user(&path)))
                };
                let _ = stream.write_all(&answer);
            }
        });
        let settings = Settings {
            client_id: "app".to_owned(),
            credential: Credential::Secret(Secret::new("secret")),
            login_url: url.clone(),
            base_url: url,
        };
        Self { settings, asked }
    }

    fn photos(&self, users: &[Id], sleep: fn(Duration)) -> Photos {
        let http = Http::new(Options { sleep: Some(sleep), ..Options::default() }).expect("usable options");
        Graph::new(&http, self.settings.clone()).photos("contoso.example", users)
    }

    fn asked(&self) -> Vec<Vec<String>> {
        self.asked.lock().expect("no panic").clone()
    }
}

fn user(path: &str) -> String {
    assert!(path.ends_with("/photos/240x240/$value"), "{path}");
    path.split("/users/").nth(1).and_then(|rest| rest.split('/').next()).expect("a user").to_owned()
}

fn read(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut path, mut length) = (String::new(), String::new(), 0);
    while reader.read_line(&mut line).unwrap_or(0) > 0 && !line.trim().is_empty() {
        if path.is_empty() {
            path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    (path, String::from_utf8_lossy(&body).into_owned())
}

fn shown(id: &Value, answer: Answer) -> Option<Value> {
    match answer {
        Answer::Image(bytes) => Some(json!({
            "id": id, "status": 200, "headers": {"Content-Type": "image/jpeg"}, "body": STANDARD.encode(bytes)
        })),
        Answer::Refused(status, body, wait) => {
            let headers = wait.map_or(json!({}), |wait| json!({"RETRY-AFTER": wait}));
            Some(json!({"id": id, "status": status, "headers": headers, "body": body}))
        }
        Answer::Missing => None,
    }
}

fn alone(answer: Answer) -> Vec<u8> {
    match answer {
        Answer::Image(bytes) => http(200, &bytes),
        Answer::Refused(status, body, _) => http(status, body.to_string().as_bytes()),
        Answer::Missing => Vec::new(),
    }
}

fn ok(body: &[u8]) -> Vec<u8> {
    http(200, body)
}

fn http(status: u16, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn at_once(_: Duration) {}

fn ids(count: i64) -> Vec<Id> {
    (1..=count).map(Id::from).collect()
}

/// What becomes of one user's picture, and how many requests it took.
fn one(answers: Vec<Answer>) -> (Result<Option<Vec<u8>>, Error>, usize) {
    let tenant = Tenant::start([(Id::from(1), answers)]);
    let mut photos = tenant.photos(&ids(1), at_once);
    let photo = photos.read.remove(&Id::from(1));
    (photo.unwrap_or_else(|| Err(photos.stopped.expect("a reason"))), tenant.asked().len())
}

#[test]
fn pictures_come_back_to_their_users_whatever_the_order_of_the_answers() {
    let tenant = Tenant::start((1..=50).map(|id| (Id::from(i64::from(id)), vec![Answer::Image(gif(id))])));
    let photos = tenant.photos(&ids(50), at_once);
    for id in 1..=50_u8 {
        let photo = photos.read[&Id::from(i64::from(id))].as_ref().expect("read");
        assert_eq!(photo.as_deref(), Some(&gif(id)[..]));
    }
    let mut sizes: Vec<usize> = tenant.asked().iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [10, 20, 20]);
}

#[test]
fn no_picture_has_many_forms() {
    for answer in [
        refused(404, "ImageNotFound"),
        refused(404, "ErrorNonExistentMailbox"),
        Answer::Refused(404, Value::Null, None),
        Answer::Image(DOT.to_vec()),
        Answer::Image(Vec::new()),
        Answer::Refused(204, Value::Null, None),
        Answer::Refused(200, Value::Null, None),
    ] {
        let (photo, requests) = one(vec![answer]);
        assert_eq!((photo.expect("no failure"), requests), (None, 1));
    }
}

#[test]
fn what_is_no_picture_fails_for_that_user_alone() {
    let tenant = Tenant::start([
        (Id::from(1), vec![Answer::Image(b"<html>".to_vec())]),
        (Id::from(2), vec![Answer::Refused(200, json!({"id": "240x240"}), None)]),
        (Id::from(3), vec![Answer::Refused(200, json!("not base64!"), None)]),
        (Id::from(4), vec![refused(400, "BadRequest")]),
        (Id::from(5), vec![Answer::Image(gif(5))]),
    ]);
    let photos = tenant.photos(&ids(5), at_once);
    assert!(photos.stopped.is_none());
    for id in 1..=4 {
        let error = photos.read[&Id::from(id)].as_ref().expect_err("no picture");
        assert_eq!(error.kind(), Kind::Service);
        assert!(error.message().contains("contoso.example") && error.next_step().is_some(), "{error}");
    }
    assert!(photos.read[&Id::from(5)].as_ref().is_ok_and(Option::is_some));
}

#[test]
fn those_who_were_throttled_alone_are_asked_for_again_after_the_longest_wait() {
    static WAITS: Mutex<Vec<Duration>> = Mutex::new(Vec::new());
    let note: fn(Duration) = |wait| WAITS.lock().expect("no panic").push(wait);
    let image = |id| Answer::Image(gif(id));
    let tenant = Tenant::start([
        (Id::from(1), vec![image(1)]),
        (Id::from(2), vec![throttled("2"), throttled("3.5"), image(2)]),
        (Id::from(3), vec![throttled("7"), image(3)]),
    ]);
    let photos = tenant.photos(&ids(3), note);
    assert!(photos.read.values().all(|photo| photo.as_ref().is_ok_and(Option::is_some)));
    assert_eq!(tenant.asked(), [vec!["1", "2", "3"], vec!["2", "3"], vec!["2"]]);
    assert_eq!(*WAITS.lock().expect("no panic"), [Duration::from_secs(7), Duration::from_millis(3500)]);
}

#[test]
fn a_tenant_that_stays_throttled_is_given_up_and_keeps_what_was_read() {
    for wait in ["1", "100000"] {
        let tenant =
            Tenant::start([(Id::from(1), vec![Answer::Image(gif(1))]), (Id::from(2), vec![throttled(wait)])]);
        let photos = tenant.photos(&ids(2), at_once);
        assert_eq!(photos.stopped.expect("a reason").kind(), Kind::Throttled);
        assert_eq!(photos.read.len(), 1);
        assert_eq!(tenant.asked().len(), if wait == "1" { 5 } else { 1 });
    }
}

#[test]
fn an_item_that_is_missing_or_wants_a_fresh_token_is_asked_for_by_itself() {
    for first in [Answer::Missing, refused(401, "InvalidAuthenticationToken")] {
        let (photo, requests) = one(vec![first.clone(), Answer::Image(gif(1))]);
        assert_eq!((photo.expect("a picture"), requests), (Some(gif(1)), 2));
        let (photo, _) = one(vec![first, refused(404, "ErrorItemNotFound")]);
        assert_eq!(photo.expect("no failure"), None);
    }
}

#[test]
fn a_missing_right_is_named_once_and_ends_the_asking() {
    let denied = (1..=100).map(|id| (Id::from(id), vec![refused(403, "ErrorAccessDenied")]));
    let tenant = Tenant::start(denied);
    let photos = tenant.photos(&ids(100), at_once);
    let error = photos.stopped.expect("a reason");
    assert_eq!(error.kind(), Kind::Permission);
    assert!(error.message().contains("ProfilePhoto.Read.All or User.Read.All"), "{error}");
    assert!(photos.read.is_empty());
}

#[test]
fn a_mailbox_that_is_closed_to_the_application_stops_nobody_else() {
    let open = (2..=20).map(|id| (Id::from(id), vec![refused(404, "ImageNotFound")]));
    let tenant = Tenant::start(open.chain([(Id::from(1), vec![refused(403, "ErrorAccessDenied")])]));
    let photos = tenant.photos(&ids(20), at_once);
    assert!(photos.stopped.is_none() && photos.read.len() == 20);
    assert_eq!(photos.read[&Id::from(1)].as_ref().expect_err("closed").kind(), Kind::Permission);
}
