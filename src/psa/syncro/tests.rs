//! Whole conversations with an account that answers from a script.

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

#[test]
fn all_customers_bring_their_contacts_along_and_are_counted() {
    let account = Account::start(|line, _| match line {
        "GET /customers?include_disabled=true&page=1" => page(
            "customers",
            &[
                customer(1, &[person(11, 1, &json!({"supportpin": "1"})), person(12, 1, &json!({}))]),
                customer(2, &[]),
            ],
            2,
            3,
        ),
        "GET /customers?include_disabled=true&page=2" => {
            page("customers", &[customer(3, &[person(31, 3, &Value::Null)])], 2, 3)
        }
        "GET /contacts?page=1" => page("contacts", &[person(11, 1, &json!({}))], 5, 3),
        _ => not_found(),
    });
    let reading = account.read(&[1, 2, 3, 4]).expect("whole");
    assert_eq!(
        account.asked(),
        [
            "GET /customers?include_disabled=true&page=1",
            "GET /contacts?page=1",
            "GET /customers?include_disabled=true&page=2",
            "GET /contacts?page=1",
        ]
    );
    assert_eq!((ids(&reading, 1), ids(&reading, 2), ids(&reading, 3)), (vec![11, 12], vec![], vec![31]));
    assert_eq!(
        (side(&reading, 1).company.name.as_str(), side(&reading, 1).company.active),
        ("Client 1", Some(true))
    );
    assert_eq!(side(&reading, 3).company.active, Some(false));
    let Reading::Incomplete { reason, .. } = &reading.companies[&Id::from(4)] else {
        panic!("no customer 4")
    };
    assert_eq!(reason, "customer 4 does not exist in Syncro, or the token may not see it");
    assert_eq!(reading.shape.udf(Udf::SupportPin).map(|udf| udf.name.as_str()), Some("supportpin"));
    assert_eq!(reading.shape.udf(Udf::Office365Id), None, "no contact has it and no setting names it");
    let contact: &Contact = &side(&reading, 1).contacts.items()[1];
    assert_eq!(contact.fields.get(Field::Udf(Udf::SupportPin)), model::Value::Empty);
    assert_eq!(contact.fields.get(Field::Udf(Udf::Office365Id)), model::Value::Absent);
}

#[test]
fn contacts_inside_customers_that_are_not_all_are_read_again() {
    let account = Account::start(|line, _| match line {
        "GET /customers?include_disabled=true&page=1" => {
            page("customers", &[customer(1, &[person(11, 1, &json!({}))])], 1, 1)
        }
        "GET /contacts?page=1" => page("contacts", &[person(11, 1, &json!({}))], 3, 3),
        "GET /contacts?page=2" => page("contacts", &[person(12, 1, &json!({}))], 3, 3),
        "GET /contacts?page=3" => page("contacts", &[json!({"id": 13, "customer_id": null})], 3, 3),
        "GET /contacts?customer_id=1&page=1" => {
            page("contacts", &[person(11, 1, &json!({})), person(12, 1, &json!({}))], 1, 2)
        }
        _ => not_found(),
    });
    let reading = account.read(&[1]).expect("whole");
    assert_eq!(ids(&reading, 1), [11, 12]);
    // These two go out side by side.
    let mut last = account.asked()[2..].to_vec();
    last.sort();
    assert_eq!(last, ["GET /contacts?page=2", "GET /contacts?page=3"], "{:?}", account.asked());
}

#[test]
fn one_company_of_many_is_asked_for_by_itself() {
    let account = Account::start(|line, _| match line {
        "GET /customers?include_disabled=true&page=1" => page("customers", &[customer(1, &[])], 8, 800),
        "GET /customers?include_disabled=true&id%5B%5D=700&page=1" => {
            page("customers", &[customer(700, &[])], 1, 1)
        }
        "GET /contacts?page=1" => {
            page("contacts", &[person(11, 1, &json!({"IsOffice365": "true"}))], 120, 6000)
        }
        "GET /contacts?customer_id=700&page=1" => page("contacts", &[person(71, 700, &json!({}))], 2, 2),
        "GET /contacts?customer_id=700&page=2" => page("contacts", &[person(72, 700, &json!({}))], 2, 2),
        _ => not_found(),
    });
    let reading = account.read(&[700]).expect("whole");
    assert_eq!((ids(&reading, 700), account.asked().len()), (vec![71, 72], 5));
    assert!(reading.shape.udf(Udf::IsOffice365).is_some(), "another customer's contact has it");
}

#[test]
fn a_listing_that_changes_or_repeats_is_not_whole() {
    let table: [(&str, Script); 4] = [
        ("changed while it was read", |line, _| match line {
            "GET /contacts?customer_id=1&page=2" => page("contacts", &[person(12, 1, &json!({}))], 2, 3),
            _ => page("contacts", &[person(11, 1, &json!({}))], 2, 2),
        }),
        ("repeats record 11", |_, _| page("contacts", &[person(11, 1, &json!({}))], 2, 2)),
        ("gave 1 records where the service counts 2", |_, _| {
            page("contacts", &[person(11, 1, &json!({}))], 1, 2)
        }),
        ("records that were not asked for", |_, _| page("contacts", &[person(11, 2, &json!({}))], 1, 1)),
    ];
    for (why, script) in table {
        let account = Account::start(script);
        let error =
            account.client().find(RecordKind::Contact, &Id::from(1), &Keys::default()).expect_err(why);
        assert!(error.message().contains(why), "{error}");
        assert_eq!(error.kind(), Kind::Incomplete);
    }
}

#[test]
fn a_wrong_token_is_refused_once() {
    let account =
        Account::start(|_, _| (401, json!({"error": "Failed to authenticate account"}).to_string()));
    let error = account.read(&[1]).expect_err("a wrong token");
    assert_eq!((error.kind(), account.asked().len(), error.sent()), (Kind::Auth, 1, 1));
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

#[test]
fn an_update_sends_name_and_customer_and_what_changes_and_nothing_else() {
    let account = Account::start(one_record);
    let client = account.client();
    let current = now(&client, RecordKind::Contact, 7);
    let changes = [(Field::Phone, "+1 555 0199"), (Field::Mobile, "")];
    let written = write(&client, RecordKind::Contact, Some(&current), &changes).expect("written");
    assert_eq!(
        account.sent(1),
        json!({"customer_id": 1, "name": "Ann7 Lee", "phone": "+1 555 0199", "mobile": ""})
    );
    assert_eq!((written.attempts, written.request_id.as_deref()), (1, Some("r-1")));
    let shown = written.shown.expect("all of it");
    assert_eq!(shown.fields.text(Field::Phone), Some("+1 555 0199"));
}

#[test]
fn properties_go_back_whole_with_only_the_changed_ones_replaced() {
    let account = Account::start(one_record);
    let client = account.client();
    let current = now(&client, RecordKind::Contact, 7);
    let (pin, id) = (Field::Udf(Udf::SupportPin), Field::Udf(Udf::Office365Id));
    let changes = [(Field::Title, ""), (pin, "77"), (id, "guid-1")];
    write(&client, RecordKind::Contact, Some(&current), &changes).expect("written");
    assert_eq!(
        account.asked()[1..],
        ["GET /contacts?page=1", "PUT /contacts/7"],
        "how is office365ID spelled?"
    );
    assert_eq!(
        account.sent(2)["properties"],
        json!({"title": "", "supportpin": "77", "Dog": 7, "notification_billing": null, "Opted": false, "office365ID": "guid-1"})
    );
}

#[test]
fn half_a_name_is_written_with_the_other_half_of_the_record() {
    let account = Account::start(one_record);
    let client = account.client();
    let current = now(&client, RecordKind::Contact, 7);
    let written = write(&client, RecordKind::Contact, Some(&current), &[(Field::LastName, "van Berg")]);
    assert_eq!(account.sent(1)["name"], "Ann7 van Berg");
    let shown = written.expect("written").shown.expect("all of it");
    assert_eq!(shown.fields.text(Field::LastName), Some("van Berg"));
    let nameless =
        write(&client, RecordKind::Contact, Some(&current), &[(Field::FirstName, ""), (Field::LastName, "")]);
    assert!(nameless.expect_err("no name").message().contains("needs a name"));
}

#[test]
fn a_field_that_syncro_does_not_have_is_refused_before_anything_is_sent() {
    let account = Account::start(one_record);
    let client = account.client();
    let current = now(&client, RecordKind::Contact, 7);
    for (field, text) in
        [(Field::Active, "false"), (Field::Country, "Norway"), (Field::Udf(Udf::Tenant365Id), "t")]
    {
        let error =
            write(&client, RecordKind::Contact, Some(&current), &[(field, text)]).expect_err("refused");
        assert_eq!((error.kind(), error.sent()), (Kind::Usage, 0), "{field}");
    }
    assert_eq!(account.asked().len(), 1);
}

#[test]
fn the_tenants_id_is_written_only_where_the_settings_want_it() {
    let mut account = Account::start(one_record);
    let tenant = [(Field::Udf(Udf::Tenant365Id), "t-1")];
    let client = account.client();
    let current = now(&client, RecordKind::PsaCompany, 1);
    assert!(write(&client, RecordKind::PsaCompany, Some(&current), &tenant).is_err());
    account.settings.company_udf = true;
    let client = account.client();
    let current = now(&client, RecordKind::PsaCompany, 1);
    assert_eq!(current.fields.get(tenant[0].0), model::Value::Empty);
    let written = write(&client, RecordKind::PsaCompany, Some(&current), &tenant).expect("written");
    assert_eq!(account.sent(2), json!({"properties": {"notification_email": "1", "Tenant365Id": "t-1"}}));
    assert_eq!(written.shown.expect("shown").fields.text(tenant[0].0), Some("t-1"));
}

const NEW: [(Field, &str); 5] = [
    (Field::FirstName, "Mary Ann"),
    (Field::LastName, "Lee"),
    (Field::Email, "mary@contoso.example"),
    (Field::Phone, ""),
    (Field::Title, "Head"),
];

#[test]
fn a_new_contact_takes_one_request_where_its_properties_are_accepted() {
    let account = Account::start(|line, body| {
        let mut made = body.clone();
        made["id"] = json!(90);
        if line == "POST /contacts" { ok(&made) } else { not_found() }
    });
    let written = write(&account.client(), RecordKind::Contact, None, &NEW).expect("made");
    assert_eq!((written.id, written.attempts, account.asked().len()), (Id::from(90), 1, 1));
    assert_eq!(
        account.sent(0),
        json!({"customer_id": 1, "name": "Mary Ann Lee", "email": "mary@contoso.example", "properties": {"title": "Head"}})
    );
}

#[test]
fn what_a_new_contact_lacks_is_written_once_more() {
    let account = Account::start(|line, body| match line {
        "POST /contacts" => {
            ok(&json!({"id": 90, "customer_id": 1, "name": body["name"], "properties": {"Dog": "x"}}))
        }
        "PUT /contacts/90" => {
            ok(&json!({"id": 90, "customer_id": 1, "name": body["name"], "properties": body["properties"]}))
        }
        _ => not_found(),
    });
    let written = write(&account.client(), RecordKind::Contact, None, &NEW).expect("made");
    assert_eq!(account.asked(), ["POST /contacts", "PUT /contacts/90"]);
    assert_eq!(
        account.sent(1),
        json!({"customer_id": 1, "name": "Mary Ann Lee", "properties": {"Dog": "x", "title": "Head"}})
    );
    assert_eq!((written.id, written.attempts), (Id::from(90), 2));
    assert_eq!(written.shown.expect("shown").fields.text(Field::Title), Some("Head"));
}

#[test]
fn a_create_that_failed_half_way_says_which_contact_there_is() {
    let account = Account::start(|line, _| match line {
        "POST /contacts" => {
            ok(&json!({"id": 90, "customer_id": 1, "name": "Mary Ann Lee", "properties": {}}))
        }
        _ => (422, json!({"success": false, "message": ["Title is too long"], "params": {}}).to_string()),
    });
    let error = write(&account.client(), RecordKind::Contact, None, &NEW).expect_err("half made");
    assert!(
        error.message().starts_with("contact 90 was made without its title and custom fields: "),
        "{error}"
    );
}

#[test]
fn a_create_whose_answer_is_lost_is_not_made_again() {
    for script in [(|_, _| (0, String::new())) as Script, |_, _| (200, String::new())] {
        let account = Account::start(script);
        let error = write(&account.client(), RecordKind::Contact, None, &NEW).expect_err("unknown outcome");
        assert_eq!((account.asked().len(), error.sent()), (1, 1), "{error}");
    }
    let account = Account::start(one_record);
    let nameless = write(&account.client(), RecordKind::Contact, None, &NEW[2..]).expect_err("no name");
    assert_eq!((nameless.sent(), account.asked().len()), (0, 0));
}

#[test]
fn a_write_whose_answer_is_empty_was_made_all_the_same() {
    let account = Account::start(|line, body| match line {
        "PUT /contacts/7" => (200, String::new()),
        _ => one_record(line, body),
    });
    let client = account.client();
    let current = now(&client, RecordKind::Contact, 7);
    let written =
        write(&client, RecordKind::Contact, Some(&current), &[(Field::City, "Oslo")]).expect("made");
    assert_eq!((written.id, written.shown), (Id::from(7), None));
}

#[test]
fn a_single_contact_is_read_bare_and_one_that_is_gone_or_moved_is_missing() {
    let account = Account::start(one_record);
    let client = account.client();
    for (id, there) in [(7, true), (8, false), (99, false)] {
        let found = client.reread(RecordKind::Contact, &Id::from(1), &[Id::from(id)]).expect("readable");
        assert_eq!(found.contains_key(&Id::from(id)), there, "{id}");
    }
    assert_eq!(account.asked(), ["GET /contacts/7", "GET /contacts/8", "GET /contacts/99"]);
    assert!(client.reread(RecordKind::PortalUser, &Id::from(1), &[]).is_err());
}

/// Customer 1 with three contacts on two pages.
fn three(line: &str, _: &Value) -> (u16, String) {
    let id = json!({"Office365ID": "{AAAA-1}"});
    match line {
        "GET /contacts?customer_id=1&page=1" => {
            page("contacts", &[person(7, 1, &id), person(8, 1, &json!({}))], 2, 3)
        }
        "GET /contacts?customer_id=1&page=2" => page("contacts", &[person(9, 1, &json!({}))], 2, 3),
        _ => not_found(),
    }
}

#[test]
fn several_contacts_are_read_again_from_their_customers_listing() {
    let account = Account::start(three);
    let ids = [7, 9, 99].map(Id::from);
    let found = account.client().reread(RecordKind::Contact, &Id::from(1), &ids).expect("readable");
    assert_eq!(found.keys().cloned().collect::<Vec<_>>(), ids[..2]);
    assert_eq!(account.asked().len(), 2);
}

#[test]
fn people_are_found_by_address_and_by_365_id_whatever_their_case() {
    let account = Account::start(three);
    let find = |user_ids: &[&str], emails: &[&str]| -> Vec<String> {
        let keys = Keys {
            user_ids: user_ids.iter().map(|id| Id::from(*id)).collect(),
            emails: emails.iter().map(|email| (*email).to_owned()).collect(),
        };
        let found = account.client().find(RecordKind::Contact, &Id::from(1), &keys).expect("whole");
        found.into_iter().map(|current| current.id.to_string()).collect()
    };
    assert_eq!(find(&["aaaa-1"], &[]), ["7"]);
    assert_eq!(find(&["aaaa-1"], &["ann9@contoso.example"]), ["7", "9"]);
    assert_eq!(find(&["bbbb"], &["stranger@contoso.example"]), Vec::<String>::new());
    let none =
        account.client().find(RecordKind::PsaCompany, &Id::from(1), &Keys::default()).expect("nothing");
    assert_eq!(none, []);
}

#[test]
fn a_failure_before_a_contact_is_made_leaves_nothing_open() {
    let account = Account::start(|line, _| match line {
        "GET /contacts?page=1" => (503, String::new()),
        _ => not_found(),
    });
    let fields = [(Field::FirstName, "Dee"), (Field::Udf(Udf::SupportPin), "4821")];
    let error = write(&account.client(), RecordKind::Contact, None, &fields).expect_err("not made");
    assert_eq!((error.sent(), error.may_be_done()), (0, false), "{error}");
    assert_eq!(account.asked(), ["GET /contacts?page=1"]);
}

#[test]
fn a_request_that_is_withheld_after_a_contact_was_made_does_not_hide_it() {
    let account = Account::start(|line, _| match line {
        "GET /contacts?page=1" => page("contacts", &[person(9, 5, &json!({}))], 1, 1),
        "POST /contacts" => ok(&person(70, 1, &json!({}))),
        _ => not_found(),
    });
    // The minute has room for one more request, and the run ends before the next minute.
    let deadline = Some(Instant::now() + Duration::from_secs(30));
    let http =
        Http::new(Options { retries: Some(0), deadline, ..Options::default() }).expect("no files are named");
    let client = Syncro::new(&http, account.settings.clone());
    let at = Timestamp::now();
    http.recall(&[Spent { service: "syncro".to_owned(), endpoint: String::new(), at, requests: 169 }]);
    let error =
        write(&client, RecordKind::Contact, None, &[(Field::FirstName, "Dee"), (Field::Title, "Clerk")]);
    let error = error.expect_err("its title is not written");
    assert!(error.message().contains("was made without its title"), "{error}");
    assert_eq!((error.kind(), error.sent(), error.may_be_done()), (Kind::Deadline, 1, true));
    assert_eq!(account.asked(), ["POST /contacts"]);
}
