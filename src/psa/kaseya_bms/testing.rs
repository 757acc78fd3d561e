//! A tenant of a few lines for tests: it says what the test tells it to say, and notes what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::{KaseyaBms, Settings};
use crate::http::{Http, Options};
use crate::side::MemoryCache;

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// Method and path below `/v2/`, without the query: `GET crm/contacts/summary`.
    pub(super) what: String,
    /// The query, decoded.
    pub(super) query: Vec<(String, String)>,
    /// The token it came with.
    pub(super) token: String,
    /// The body.
    pub(super) body: String,
}

impl Asked {
    /// The first parameter of that name.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }
}

/// A tenant on this machine.
pub(super) struct Tenant {
    pub(super) settings: Settings,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Tenant {
    /// A tenant that answers with what `answer` makes of a request: a status and a body. It signs everybody in as
    /// `token-1`, `token-2` and so on, unless `answer` has something to say to that.
    pub(super) fn start(answer: impl Fn(&Asked) -> Option<(u16, Value)> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/bms/", listener.local_addr().expect("bound"));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                thread::spawn(move || {
                    let asked = read(&stream);
                    let signed = |asked: &Asked| asked.what.starts_with("POST security/");
                    let number = {
                        let mut log = log.lock().expect("no panic");
                        log.push(asked.clone());
                        log.iter().filter(|each| signed(each)).count()
                    };
                    let (status, body) = answer(&asked).unwrap_or_else(|| {
                        if signed(&asked) { (200, tokens(number)) } else { (404, json!({"success": false})) }
                    });
                    let _ = reply(stream, status, &body);
                });
            }
        });
        Self { settings: Settings::example(url.parse().expect("a URL")), asked }
    }

    /// A client that was never used. It never waits and tries again.
    pub(super) fn client(&self) -> KaseyaBms {
        let options = Options { retries: Some(0), ..Options::default() };
        KaseyaBms::new(
            &Http::new(options).expect("usable options"),
            self.settings.clone(),
            Arc::<MemoryCache>::default(),
        )
    }

    /// Everything that was asked since this was last looked at.
    pub(super) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().expect("no panic"))
    }

    /// What was asked since this was last looked at, without signing in and the search for modules.
    pub(super) fn calls(&self) -> Vec<Asked> {
        let mut asked = self.take();
        let other = |what: &str| what.starts_with("POST security/") || is_module(what);
        asked.retain(|asked| !other(&asked.what));
        asked
    }
}

/// Whether the call asks for the definitions of a module.
pub(super) fn is_module(what: &str) -> bool {
    what.strip_prefix("GET system/customFields/").is_some_and(|rest| rest.parse::<i64>().is_ok())
}

/// An envelope around `result`, as the live service spells it.
#[allow(clippy::unnecessary_wraps)] // an answer, as `Tenant::start` takes it
pub(super) fn good(result: &Value) -> Option<(u16, Value)> {
    Some((200, json!({"success": true, "error": null, "result": result})))
}

/// The `number`th pair of tokens.
pub(super) fn tokens(number: usize) -> Value {
    json!({"success": true, "error": null, "result": {
        "accessToken": format!("token-{number}"), "refreshToken": format!("refresh-{number}"),
        "accessTokenExpireOn": "2099-01-01T00:00:00", "refreshTokenExpireOn": "2099-01-02T00:00:00"}})
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).map(|_| line.trim_end().to_owned()).unwrap_or_default()
    };
    let first = line();
    let (mut length, mut token) = (0, String::new());
    loop {
        let header = line();
        let Some((name, value)) = header.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => value.trim().trim_start_matches("Bearer ").clone_into(&mut token),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let path = path.strip_prefix("/bms/v2/").unwrap_or(path);
    let body = String::from_utf8_lossy(&body).into_owned();
    Asked { what: format!("{method} {path}"), query, token, body }
}

fn reply(mut stream: TcpStream, status: u16, body: &Value) -> std::io::Result<()> {
    let body = body.to_string();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}
