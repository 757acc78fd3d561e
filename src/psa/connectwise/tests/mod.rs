//! What goes over the wire, and what is concluded from the answers: against a server that a test scripts.

mod reading;
mod writing;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::{ConnectWise, Settings};
use crate::error::Error;
use crate::http::{Http, Options};
use crate::model::Id;
use crate::side::{MemoryCache, PsaReading, PsaRequest, ReadPsa as _};

/// A request as the server saw it.
#[derive(Debug, Clone)]
struct Asked {
    /// Method and path, without the codebase and the query.
    line: String,
    codebase: String,
    /// The query's parameters, decoded.
    query: BTreeMap<String, String>,
    /// The headers, their names in lower case.
    headers: BTreeMap<String, String>,
    body: Value,
}

impl Asked {
    fn condition(&self) -> &str {
        self.query.get("conditions").map_or("", String::as_str)
    }
}

/// What a server says: status, further header lines, body. Nothing for a request it has no answer to.
type Answer = Option<(u16, &'static str, Value)>;

struct Server {
    settings: Settings,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// A server that tells its codebase and its communication types, and gives `answer` to everything else.
    fn start(answer: impl Fn(&Asked) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base_url =
            format!("http://{}/cw/v4_6_release/apis/3.0", listener.local_addr().expect("bound")).parse();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let request = request(&stream);
                let (status, extra, body) = match (answer(&request), request.line.as_str()) {
                    (Some(answer), _) => answer,
                    (None, "GET login/companyinfo/msp") => (200, "", json!({"Codebase": "v2025_1/"})),
                    (None, "GET company/communicationTypes") => (200, "", types()),
                    (None, line) => (418, "", json!({"message": format!("nothing is known of {line}")})),
                };
                let body = if status == 204 { String::new() } else { body.to_string() };
                log.lock().expect("no panic").push(request);
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\nconnection: close\r\nx-cw-request-id: r-1\r\n{extra}content-length: {}\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        let settings = Settings::example(base_url.expect("a URL"));
        Self { settings, asked }
    }

    fn client(&self) -> ConnectWise {
        self.client_with(Arc::default())
    }

    fn client_with(&self, cache: Arc<MemoryCache>) -> ConnectWise {
        let options = Options { retries: Some(0), ..Options::default() };
        ConnectWise::new(&Http::new(options).expect("no files are named"), self.settings.clone(), cache)
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no panic").clone()
    }

    /// The requests after those that tell codebase and types.
    fn lines(&self) -> Vec<String> {
        let asked = self.asked().into_iter().map(|asked| asked.line);
        asked.filter(|line| !line.contains("companyinfo") && !line.contains("communicationTypes")).collect()
    }

    fn read(&self, companies: &[&str], company_details: bool) -> Result<PsaReading, Error> {
        let companies = companies.iter().map(|id| Id::from(*id)).collect();
        self.client().read(&PsaRequest { companies, company_details })
    }
}

fn request(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        let _ = reader.read_line(&mut line);
        line.trim_end().to_owned()
    };
    let first = line();
    let mut headers = BTreeMap::new();
    while let Some((name, value)) = line().split_once(": ") {
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let mut words = first.split(' ');
    let (method, address) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let url: url::Url = format!("http://x{address}").parse().expect("a URL");
    let path = url.path().strip_prefix("/cw/").expect("the path before the API's own stays");
    let (codebase, path) = path.split_once("/apis/3.0/").unwrap_or(("", path));
    Asked {
        line: format!("{method} {path}"),
        codebase: codebase.to_owned(),
        query: url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }
}

#[allow(clippy::unnecessary_wraps)] // an answer like the others
fn ok(body: Value) -> Answer {
    Some((200, "", body))
}

fn types() -> Value {
    json!([
        {"id": 1, "description": "Email", "emailFlag": true, "phoneFlag": false, "defaultFlag": true},
        {"id": 2, "description": "Direct", "phoneFlag": true, "defaultFlag": true},
        {"id": 4, "description": "Mobile", "phoneFlag": true, "defaultFlag": false},
        {"id": 9, "description": "Home Email", "emailFlag": true}
    ])
}

/// Contact 31 of company 250.
fn ann() -> Value {
    json!({
        "id": 31, "firstName": "Ann", "lastName": "Lee", "title": "Buyer", "inactiveFlag": false,
        "company": {"id": 250, "name": "Contoso"},
        "communicationItems": [
            {"id": 5, "type": {"id": 1, "name": "Email"}, "value": "Ann+x@Contoso.example", "defaultFlag": true,
             "communicationType": "Email"},
            {"id": 6, "type": {"id": 2, "name": "Direct"}, "value": "8135550100", "defaultFlag": true,
             "communicationType": "Phone"}],
        "customFields": [
            {"id": 83, "caption": "Office365Id", "type": "Text", "entryMethod": "EntryField", "value": "u-1"},
            {"id": 16, "caption": "IsOffice365", "type": "Checkbox", "entryMethod": "EntryField", "value": null}]})
}

fn contoso() -> Value {
    json!({"id": 250, "name": "Contoso", "deletedFlag": false, "territory": {"id": 11, "name": "North"},
           "territoryManager": {"id": 5, "identifier": "BO", "name": "B. Lund"},
           "customFields": [{"id": 30, "caption": "Tenant365Id", "type": "Text", "value": null}]})
}

/// Contoso with Ann.
fn small(asked: &Asked) -> Answer {
    match asked.line.as_str() {
        "GET company/companies" => ok(json!([contoso()])),
        "GET company/contacts" => ok(json!([ann()])),
        "GET system/userDefinedFields" => ok(json!([])),
        _ => None,
    }
}
