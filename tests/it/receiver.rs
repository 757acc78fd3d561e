//! A receiver of notices on loopback, in the place of a chat, a webhook or a monitor.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::Value;

use crate::harness::keeps_its_word;

/// What the receiver does with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It takes it.
    Takes,
    /// It refuses it with this status, and repeats the path and the body.
    Refuses(u16),
    /// It sends elsewhere.
    Redirects(String),
    /// It never answers.
    Hangs,
}

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Got {
    pub(crate) method: String,
    /// The path with the query.
    pub(crate) path: String,
    pub(crate) body: String,
}

impl Got {
    /// The body as JSON, which is as its schema says if it names one.
    pub(crate) fn json(&self) -> Value {
        let body = serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body));
        keeps_its_word(&body);
        body
    }
}

/// A receiver that listens for as long as the test runs.
pub(crate) struct Receiver {
    address: String,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    pub(crate) fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let kept = Arc::clone(&got);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, manner) = (Arc::clone(&kept), manner.clone());
                thread::spawn(move || serve(stream, &kept, &manner));
            }
        });
        Self { address, got }
    }

    /// The address of a path of it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What came so far, in the order in which it came.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Vec<Got> {
        std::mem::take(&mut self.got.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The paths of what came so far.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.got().into_iter().map(|got| got.path).collect()
    }
}

/// Reads requests until the other side goes away.
fn serve(mut stream: TcpStream, kept: &Mutex<Vec<Got>>, manner: &Manner) {
    while let Some(got) = request(&mut stream) {
        let repeated = format!("{} {}", got.path, got.body);
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(got);
        let (status, header, body) = match manner {
            Manner::Takes => (202, String::new(), "ok".to_owned()),
            Manner::Refuses(status) => (*status, String::new(), repeated),
            Manner::Redirects(to) => (307, format!("location: {to}\r\n"), String::new()),
            Manner::Hangs => continue,
        };
        let length = body.len();
        let answer = format!("HTTP/1.1 {status} x\r\n{header}content-length: {length}\r\n\r\n{body}");
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn request(stream: &mut TcpStream) -> Option<Got> {
    let mut bytes = Vec::new();
    let (mut one, end) = ([0], b"\r\n\r\n");
    while !bytes.ends_with(end) {
        stream.read_exact(&mut one).ok()?;
        bytes.push(one[0]);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    let mut words = head.split(' ').map(ToOwned::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    Some(Got { method, path, body: String::from_utf8_lossy(&body).into_owned() })
}
