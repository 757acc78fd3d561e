//! The client against an instance of a few lines, built from the vendor's interface description.

mod clients;
mod fields;
mod left_out;
mod reading;
mod signing_in;
mod writing;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::{HaloPsa, Settings};
use crate::http::{Http, Options};
use crate::model::{Id, RecordKind};
use crate::side::{MemoryCache, PsaRequest};

const CONTACT: RecordKind = RecordKind::Contact;

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    /// Method and path below `/halo/`, without the query: `GET api/Users`.
    what: String,
    /// The query, decoded.
    query: Vec<(String, String)>,
    /// The token it came with.
    token: String,
    /// The body.
    body: String,
}

impl Asked {
    /// Returns the first parameter of that name.
    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the body as JSON.
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }
}

/// An instance on this machine.
struct Instance {
    settings: Settings,
    asked: Arc<Mutex<Vec<Asked>>>,
    cache: Arc<MemoryCache>,
}

impl Instance {
    /// An instance that answers with what `answer` makes of a request: a status and a body. It signs everybody in as
    /// `token-1`, `token-2` and so on, unless `answer` has something to say to that.
    fn start(answer: impl Fn(&Asked) -> Option<(u16, Value)> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/halo/", listener.local_addr().expect("bound"));
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, answer, signed) = (Arc::clone(&asked), Arc::new(answer), Arc::new(AtomicUsize::new(0)));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, answer, signed) = (Arc::clone(&log), Arc::clone(&answer), Arc::clone(&signed));
                thread::spawn(move || {
                    let asked = read(&stream);
                    let number =
                        signed.fetch_add(usize::from(asked.what == "POST auth/token"), Ordering::Relaxed) + 1;
                    log.lock().expect("no panic").push(asked.clone());
                    let usual = || match asked.what.as_str() {
                        "POST auth/token" => {
                            (200, json!({"access_token": format!("token-{number}"), "expires_in": 3600}))
                        }
                        _ => (404, json!({"Message": "Not found"})),
                    };
                    let (status, body) = answer(&asked).unwrap_or_else(usual);
                    let _ = reply(stream, status, &body);
                });
            }
        });
        let settings = Settings::example(url.parse().expect("a URL"));
        Self { settings, asked, cache: Arc::default() }
    }

    /// Returns a client that was never used. It never waits and tries again.
    fn client(&self) -> HaloPsa {
        let http = Http::new(Options { retries: Some(0), ..Options::default() }).expect("no files are named");
        HaloPsa::new(&http, self.settings.clone(), Arc::<MemoryCache>::clone(&self.cache))
    }

    /// Returns everything that was asked since this was last looked at.
    fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().expect("no panic"))
    }

    /// Returns the same without signing in.
    fn calls(&self) -> Vec<Asked> {
        let mut asked = self.take();
        asked.retain(|asked| !asked.what.starts_with("POST auth/") && asked.what != "GET api/authinfo");
        asked
    }
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
    let path = path.strip_prefix("/halo/").unwrap_or(path);
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

/// A user as a listing shows it.
fn row(id: i64, client: i64, stored: &str) -> Value {
    json!({"id": id, "client_id": client, "site_id": 70.0, "site_id_int": 70, "name": "Ann Lee", "firstname": "Ann",
        "surname": "Lee", "title": null, "emailaddress": format!("ann{id}@contoso.example"),
        "phonenumber": "+1 555 0100", "mobilenumber": "", "inactive": id % 2 == 0,
        "contract_end_date": "1900-01-01T00:00:00",
        "customfields": [
            {"id": 201, "name": "CFSupportPIN", "type": 0, "value": "0482", "display": "0482"},
            {"id": 202, "name": "CFOffice365Id", "type": 0, "value": stored, "display": stored}]})
}

/// The same by itself.
fn whole(id: i64, client: i64, stored: &str, azure_id: &str) -> Value {
    let mut user = row(id, client, stored);
    user["email2"] = json!(format!("further{id}@contoso.example"));
    user["email3"] = Value::Null;
    user["azureoid"] = json!(azure_id);
    user["ulastupdate"] = json!("2026-02-03T04:05:06.7");
    user
}

/// Contoso (7) with a user who stores an id, one who stores none and is known to HaloPSA, and a general user; Fabrikam (8)
/// with one user.
fn users() -> Vec<Value> {
    let mut general = row(58, 7, "");
    general["name"] = json!("General User");
    vec![row(55, 7, "u-55"), row(57, 7, ""), general, row(60, 8, "u-60")]
}

fn clients() -> Vec<Value> {
    let custom = |value: &str| json!([{"id": 301, "name": "CFTenant365Id", "type": 0, "value": value}]);
    vec![
        json!({"id": 7, "name": "Contoso", "inactive": false, "main_site_id": 70, "toplevel_name": "North",
            "accountmanagertech_name": "Robin Hale", "logo": "data:image/png;base64,AAAA", "customfields": custom("t-7"),
            "azure_tenants": []}),
        json!({"id": 8, "name": "Fabrikam", "inactive": true, "main_site_id": 80.0, "toplevel_name": null,
            "accountmanagertech_name": "Unassigned", "customfields": custom(""),
            "azure_tenants": [{"azure_tenant_id": "T-8", "client_id": 8}]}),
    ]
}

/// Takes these properties out of every user in `answer`, be it a listing or an own record.
fn without(mut answer: Value, names: &[&str]) -> Value {
    let rows = match answer.get_mut("users") {
        Some(Value::Array(rows)) => rows.as_mut_slice(),
        _ => std::slice::from_mut(&mut answer),
    };
    for row in rows {
        for name in names {
            row.as_object_mut().expect("a user").remove(*name);
        }
    }
    answer
}

/// What the instance has of a request that reads.
fn world(asked: &Asked) -> Option<(u16, Value)> {
    let (method, path) = asked.what.split_once(' ')?;
    let parts: Vec<&str> = path.split('/').collect();
    match (method, parts.as_slice()) {
        ("GET", ["api", "Client"]) => Some((200, listed(asked, "clients", clients()))),
        ("GET", ["api", "Client", id]) => {
            let id: i64 = id.parse().ok()?;
            Some((200, clients().into_iter().find(|client| client["id"] == id)?))
        }
        ("GET", ["api", "Users"]) => Some((200, listed(asked, "users", users()))),
        ("GET", ["api", "Users", "55"]) => Some((200, whole(55, 7, "u-55", "u-old"))),
        ("GET", ["api", "Users", "57"]) => Some((200, whole(57, 7, "", "u-57"))),
        ("GET", ["api", "Users", "60"]) => Some((200, whole(60, 8, "u-60", ""))),
        ("GET", ["api", "Site", "70"]) => Some((200, json!({"id": 70, "client_id": 7.0}))),
        ("GET", ["api", "Site", "80"]) => Some((200, json!({"id": 80, "client_id": 8.0}))),
        _ => None,
    }
}

/// Returns the page of `records` that is asked for. It does not leave general users out.
fn listed(asked: &Asked, key: &str, records: Vec<Value>) -> Value {
    let number = |name| asked.parameter(name).and_then(|text| text.parse::<usize>().ok());
    let client: Option<i64> = asked.parameter("client_id").and_then(|text| text.parse().ok());
    assert_eq!(asked.parameter("pageinate"), Some("true"));
    let kept: Vec<Value> =
        records.into_iter().filter(|record| client.is_none_or(|id| record["client_id"] == id)).collect();
    let (size, page) = (number("page_size").expect("a size"), number("page_no").expect("a number"));
    let total = kept.len();
    let page: Vec<Value> = kept.into_iter().skip(size * (page - 1)).take(size).collect();
    json!({"record_count": total, key: page})
}

fn request(companies: &[i64]) -> PsaRequest {
    PsaRequest { companies: companies.iter().map(|id| Id::from(*id)).collect(), company_details: true }
}

/// Returns what was asked for, without queries, in alphabetical order.
fn whats(asked: &[Asked]) -> Vec<&str> {
    let mut whats: Vec<&str> = asked.iter().map(|asked| asked.what.as_str()).collect();
    whats.sort_unstable();
    whats
}
