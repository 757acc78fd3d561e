//! What is sent to the portal and what is not, against a portal that a test scripts.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::*;
use crate::cloudradial::Settings;
use crate::http::{Http, Options};
use crate::model::ImageKind;
use crate::secret::Secret;

const TOKEN: &str = "0a1b2c3d-0000-4000-8000-000000000001";

/// One answer per request, in this order; an empty one closes the connection. Notes every request: how it begins, and
/// its body.
struct Portal {
    portal: CloudRadial,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Portal {
    fn start(answers: &[(u16, Value)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base_url = format!("http://{}", listener.local_addr().expect("bound")).parse().expect("a URL");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answers) = (Arc::clone(&asked), answers.to_vec());
        thread::spawn(move || {
            for (status, answer) in answers {
                let Ok((mut stream, _)) = listener.accept() else { return };
                let (mut reader, mut line, mut first, mut length) =
                    (BufReader::new(&stream), String::new(), String::new(), 0);
                while reader.read_line(&mut line).unwrap_or(0) > 0 && !line.trim().is_empty() {
                    if first.is_empty() {
                        first = line.trim().to_owned();
                    }
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap_or(0);
                    }
                    line.clear();
                }
                let mut body = vec![0; length];
                let _ = reader.read_exact(&mut body);
                log.lock()
                    .expect("no panic")
                    .push((first, serde_json::from_slice(&body).unwrap_or(Value::Null)));
                if status > 0 {
                    let text = answer.to_string();
                    let _ = write!(
                        stream,
                        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{text}",
                        text.len()
                    );
                }
            }
        });
        let settings = Settings {
            user_details_type: "Microsoft 365 User".into(),
            base_url,
            public_key: Secret::new("public"),
            private_key: Secret::new("private"),
            concurrency: 2,
            company_refresh: std::time::Duration::ZERO,
        };
        let http = Http::new(Options { retries: Some(0), ..Options::default() }).expect("usable options");
        Self { portal: CloudRadial::new(&http, settings), asked }
    }

    fn publish(&self) -> Result<Media> {
        let hash = PictureHash::of(BYTES);
        let image = Image { kind: ImageKind::Jpeg, width: 240, height: 180 };
        self.portal.publish_media(&NewMedia { bytes: BYTES, hash: &hash, image, description: "Ann Lee" })
    }

    fn methods(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("no panic");
        asked.iter().map(|(first, _)| first.split(' ').next().unwrap_or_default().to_owned()).collect()
    }
}

const BYTES: &[u8] = b"a picture";

fn row(id: i64) -> Value {
    let hash = PictureHash::of(BYTES).to_string().to_uppercase();
    json!({"partnerMediaId": id, "viewToken": TOKEN, "hash": hash, "isDeleted": false})
}

fn rows(rows: &[Value]) -> (u16, Value) {
    (200, json!({"value": rows}))
}

fn media(id: i64) -> Media {
    Media { id, view_token: TOKEN.to_owned() }
}

#[test]
fn a_picture_that_is_there_is_not_sent() {
    let portal = Portal::start(&[rows(&[row(7), row(8)])]);
    assert_eq!(portal.publish().expect("found"), media(7));
    assert_eq!(portal.methods(), ["GET"]);
    let asked = portal.asked.lock().expect("no panic");
    let filter = format!("$filter=hash%20eq%20%27{}%27", PictureHash::of(BYTES));
    assert!(asked[0].0.contains("/v2/odata/media?") && asked[0].0.contains(&filter), "{}", asked[0].0);
}

#[test]
fn a_picture_that_cannot_be_looked_for_is_not_sent() {
    let portal = Portal::start(&[(503, json!({}))]);
    let error = portal.publish().expect_err("it is not known whether it is there");
    assert_eq!((error.sent(), portal.methods()), (0, vec!["GET".to_owned()]));
}

#[test]
fn a_picture_that_is_not_there_or_was_deleted_is_sent_with_all_that_the_portal_wants_to_know() {
    let mut deleted = row(6);
    deleted["isDeleted"] = json!(true);
    for (found, answer) in [
        (vec![], row(7)),
        (vec![deleted], json!({"data": row(7), "success": true, "message": null})),
        (vec![], json!({"partnerMediaId": "7", "viewToken": TOKEN})),
    ] {
        let portal = Portal::start(&[rows(&found), (201, answer)]);
        assert_eq!(portal.publish().expect("sent"), media(7));
        let (first, body) = portal.asked.lock().expect("no panic")[1].clone();
        assert!(first.starts_with("POST /v2/media "), "{first}");
        let hash = PictureHash::of(BYTES);
        let expected = json!({
            "originalName": format!("{hash}.jpg"), "data": "YSBwaWN0dXJl", "length": 9, "width": 240, "height": 180,
            "hash": hash.as_str(), "contentType": "image/jpeg", "description": "Ann Lee",
        });
        assert_eq!(body, expected);
    }
}

#[test]
fn a_lost_answer_is_settled_by_what_is_there() {
    for lost in [
        (0, Value::Null),
        (500, json!({})),
        (200, Value::Null),
        (200, json!({"success": true, "data": null})),
    ] {
        let portal = Portal::start(&[rows(&[]), lost.clone(), rows(&[row(7)])]);
        assert_eq!(portal.publish().expect("it arrived"), media(7), "{lost:?}");
        assert_eq!(portal.methods(), ["GET", "POST", "GET"]);
        let portal = Portal::start(&[rows(&[]), lost, rows(&[])]);
        portal.publish().expect_err("it did not arrive");
        assert_eq!(portal.methods(), ["GET", "POST", "GET"], "and it is not sent again");
    }
}

#[test]
fn a_refusal_is_told_without_the_description() {
    let refusal = json!({"success": false, "message": "no room for Ann Lee"});
    for status in [400, 200] {
        let portal = Portal::start(&[rows(&[]), (status, refusal.clone()), rows(&[])]);
        let error = portal.publish().expect_err("refused");
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(!error.to_string().contains("Ann") && !cause.contains("Ann"), "{error}: {cause}");
    }
    let portal = Portal::start(&[rows(&[]), (401, json!({}))]);
    assert_eq!(portal.publish().expect_err("no key").kind(), Kind::Auth);
    assert_eq!(portal.methods(), ["GET", "POST"]);
}

#[test]
fn a_portal_that_does_not_find_by_hash_gets_no_picture() {
    let mut other = row(7);
    other["hash"] = json!("0123456789abcdef0123456789abcdef");
    let portal = Portal::start(&[rows(&[row(6), other])]);
    let error = portal.publish().expect_err("the filter is not obeyed");
    assert_eq!(error.kind(), Kind::Incomplete);
    assert!(error.next_step().is_some_and(|step| step.contains("publish-pictures = false")));
    assert_eq!(portal.methods(), ["GET"]);
}

#[test]
fn a_portal_that_keeps_another_hash_is_told_of() {
    let mut other = row(7);
    other["hash"] = json!("0123456789abcdef0123456789abcdef");
    let portal = Portal::start(&[rows(&[]), (200, other), rows(&[])]);
    let error = portal.publish().expect_err("it cannot be found again");
    assert!(error.message().contains("another hash"), "{error}");
}
