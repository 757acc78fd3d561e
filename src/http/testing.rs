//! A server with prepared answers, and a sleep that only notes how long it would take.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use url::Url;

use super::{Http, Limits, Options, Service};

/// Gives one scripted answer per connection; an empty one closes it.
pub(super) struct Server {
    pub(super) url: Url,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn start<T: AsRef<[u8]>>(script: &[T]) -> Self {
        let (listener, url) = listen();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, script) =
            (Arc::clone(&seen), script.iter().map(|a| a.as_ref().to_vec()).collect::<Vec<_>>());
        thread::spawn(move || {
            for answer in script {
                let Ok((mut stream, _)) = listener.accept() else { return };
                log.lock().expect("no panic").push(read_request(&stream));
                let _ = stream.write_all(&answer);
            }
        });
        Self { url, seen }
    }

    pub(super) fn requests(&self) -> usize {
        self.seen.lock().expect("no panic").len()
    }

    /// Returns the last request as it came, headers and body.
    pub(super) fn last(&self) -> String {
        self.seen.lock().expect("no panic").last().cloned().expect("a request")
    }
}

/// Answers everything with `{}`, each connection in its own thread; gives the most requests that were there at
/// the same time.
pub(super) fn crowd() -> (Url, Arc<AtomicUsize>) {
    let (listener, url) = listen();
    let (here, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let peak = Arc::clone(&most);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (here, most) = (Arc::clone(&here), Arc::clone(&most));
            thread::spawn(move || {
                let mut stream = stream;
                read_request(&stream);
                most.fetch_max(here.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // Lets the others come in, if they may.
                (0..100).for_each(|_| thread::yield_now());
                here.fetch_sub(1, Ordering::SeqCst);
                let _ = stream.write_all(answer("200 OK", "", "{}").as_bytes());
            });
        }
    });
    (url, peak)
}

/// Returns an address at which no process listens.
pub(super) fn closed_port_url() -> Url {
    // A port that is never given out by chance, unlike one that was just let go.
    "http://127.0.0.1:1/v1/things".parse().expect("a URL")
}

fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    (listener, format!("http://{address}/v1/things?pin=1234").parse().expect("a URL"))
}

/// Reads one request to its end: a connection closed on unread bytes would lose the answer.
fn read_request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut text = String::new();
    let mut length = 0;
    loop {
        let start = text.len();
        if reader.read_line(&mut text).unwrap_or(0) == 0 || text[start..].trim().is_empty() {
            break;
        }
        if let Some(value) = text[start..].to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    text + &String::from_utf8_lossy(&body)
}

/// Returns an answer that ends its connection; `extra` are further header lines.
pub(super) fn answer(status: &str, extra: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json\r\n{extra}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub(super) fn ok() -> String {
    answer("200 OK", "", "{}")
}

thread_local! {
    static SLEPT: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
}

/// Returns the waits of this thread since it was last asked.
pub(super) fn slept() -> Vec<Duration> {
    SLEPT.take()
}

/// Returns a way out that notes its waits instead of waiting.
pub(super) fn http(options: Options) -> Http {
    slept();
    let sleep: fn(Duration) = |wait| SLEPT.with_borrow_mut(|slept| slept.push(wait));
    Http::new(Options { sleep: Some(sleep), ..options }).expect("usable options")
}

pub(super) fn service() -> Service {
    http(Options::default()).service(limits())
}

pub(super) fn limits() -> Limits {
    Limits { retry_texts: &["thread threshold"], ..Limits::new("example") }
}
