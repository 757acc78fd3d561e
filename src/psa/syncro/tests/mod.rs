//! Whole conversations with an account that answers from a script.

mod reading;
mod writing;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Settings, Syncro};
use crate::calls::Spent;
use crate::error::{Error, Kind};
use crate::http::{Http, Options};
use crate::model::{self, Contact, Field, Fields, Id, PsaSide, Reading, RecordKind, Udf};
use crate::secret::Secret;
use crate::side::{
    Current, Keys, LookUp as _, PsaReading, PsaRequest, ReadPsa as _, Write, WriteRecords as _, Written,
};

pub(super) fn settings() -> Settings {
    Settings {
        base_url: "https://msp.syncromsp.example".parse().expect("an address"),
        token: Secret::new("token"),
        company_udf: false,
        udf_names: BTreeMap::new(),
    }
}

/// Status and body for a request such as `GET /contacts?page=1` with its body; status 0 closes the connection.
type Script = fn(&str, &Value) -> (u16, String);

/// An account that answers by its script, and what it was asked.
struct Account {
    settings: Settings,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Account {
    fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base_url = format!("http://{}/", listener.local_addr().expect("bound")).parse().expect("a URL");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let (line, body) = request(&stream);
                let (status, answer) = script(&line, &body);
                log.lock().expect("no panic").push((line, body));
                if status > 0 {
                    let length = answer.len();
                    let _ = write!(
                        stream,
                        "HTTP/1.1 {status} X\r\nconnection: close\r\nx-request-id: r-1\r\ncontent-length: {length}\r\n\r\n{answer}"
                    );
                }
            }
        });
        Self { settings: Settings { base_url, ..settings() }, asked }
    }

    fn client(&self) -> Syncro {
        let http = Http::new(Options { retries: Some(0), ..Options::default() }).expect("no files are named");
        Syncro::new(&http, self.settings.clone())
    }

    fn read(&self, companies: &[i64]) -> Result<PsaReading, Error> {
        let companies = companies.iter().map(|id| Id::from(*id)).collect();
        self.client().read(&PsaRequest { companies, company_details: true })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").iter().map(|(line, _)| line.clone()).collect()
    }

    /// The body of the request number `index`.
    fn sent(&self, index: usize) -> Value {
        self.asked.lock().expect("no panic")[index].1.clone()
    }
}

/// The request's method and path, and its body; the token and the version are looked at here.
fn request(stream: &TcpStream) -> (String, Value) {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
        lines.push(std::mem::take(&mut line).trim().to_owned());
    }
    let header = |name: &str| {
        let found = lines.iter().find_map(|line| line.to_lowercase().strip_prefix(name).map(str::to_owned));
        found.unwrap_or_default().trim().to_owned()
    };
    let mut body = vec![0; header("content-length:").parse().unwrap_or(0)];
    let _ = reader.read_exact(&mut body);
    let start = lines[0].trim_end_matches(" HTTP/1.1").to_owned();
    let path = start.replacen("/api/v1/", "/", 1);
    let known = header("authorization:") == "bearer token" && path != start;
    (if known { path } else { format!("unknown {start}") }, serde_json::from_slice(&body).unwrap_or_default())
}

fn ok(value: &Value) -> (u16, String) {
    (200, value.to_string())
}

fn not_found() -> (u16, String) {
    (404, json!({"message": "Not found"}).to_string())
}

fn page(list: &str, records: &[Value], pages: usize, total: usize) -> (u16, String) {
    ok(&json!({list: records, "meta": {"total_pages": pages, "total_entries": total, "per_page": 50}}))
}

fn person(id: i64, customer: i64, properties: &Value) -> Value {
    json!({"id": id, "customer_id": customer, "name": format!("Ann{id} Lee"), "email": format!("Ann{id}@contoso.example"),
        "phone": "(555) 0100", "mobile": null, "notes": "keep", "opt_out": false, "properties": properties})
}

fn customer(id: i64, contacts: &[Value]) -> Value {
    json!({"id": id, "business_name": format!("Client {id}"), "disabled": id == 3, "contacts": contacts,
        "properties": {"notification_email": "1"}})
}

fn side(reading: &PsaReading, id: i64) -> &PsaSide {
    reading.companies[&Id::from(id)].complete().expect("complete")
}

fn ids(reading: &PsaReading, id: i64) -> Vec<i64> {
    side(reading, id).contacts.items().iter().filter_map(|contact| contact.id.number()).collect()
}

/// One contact and one customer that can be read and written; what is written comes back.
fn one_record(line: &str, body: &Value) -> (u16, String) {
    let pins = json!({"title": "Head", "supportpin": "4821", "Dog": 7, "notification_billing": null, "Opted": false});
    match line {
        "GET /contacts/7" => ok(&person(7, 1, &pins)),
        "PUT /contacts/7" => {
            let mut shown = person(7, 1, &pins);
            for (key, value) in body.as_object().expect("a map") {
                shown[key] = value.clone();
            }
            ok(&shown)
        }
        "GET /contacts/8" => ok(&person(8, 2, &json!({}))),
        "GET /customers/1" => ok(&json!({"customer": customer(1, &[])})),
        "PUT /customers/1" => ok(&json!({"customer": {"id": 1, "properties": body["properties"]}})),
        "GET /contacts?page=1" => page("contacts", &[person(9, 5, &json!({"office365ID": "x"}))], 1, 1),
        _ => not_found(),
    }
}

fn now(client: &Syncro, kind: RecordKind, id: i64) -> Current {
    let found = client.reread(kind, &Id::from(1), &[Id::from(id)]).expect("readable");
    found.into_values().next().expect("it exists")
}

fn write(
    client: &Syncro,
    kind: RecordKind,
    current: Option<&Current>,
    fields: &[(Field, &str)],
) -> Result<Written, Error> {
    let fields: Fields = fields.iter().map(|(field, text)| (*field, (*text).to_owned())).collect();
    client.write(&Write { kind, company: &Id::from(1), current, fields: &fields })
}
