//! What is read of the sandbox's portal, and what is concluded from one that changes while it is read.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::{CloudRadial, Settings};
use crate::error::{Error, Kind};
use crate::http::{Http, Options};
use crate::model::{Field, Id, Value};
use crate::secret::Secret;
use crate::side::{PortalRequest, ReadPortal as _};
use crsync_sandbox::{self as sandbox, Sandbox};

/// A portal with company 9. Asked to count its users, it says one of `counts` after the other; each page holds
/// the users numbered from the first number of its pair in `pages` to before the second.
struct Portal {
    settings: Settings,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Portal {
    fn start(counts: &[usize], pages: &[(u32, u32)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let base_url = format!("http://{}", listener.local_addr().expect("bound")).parse().expect("a URL");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let (counts, pages) = (counts.to_vec(), pages.to_vec());
        thread::spawn(move || {
            let mut counts = counts.into_iter();
            while let Ok((mut stream, _)) = listener.accept() {
                let mut request = [0_u8; 8192];
                let length = stream.read(&mut request).unwrap_or(0);
                let text = String::from_utf8_lossy(&request[..length]);
                let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
                let body = if path.starts_with("/v2/odata/company/$count") {
                    "1".to_owned()
                } else if path.starts_with("/v2/odata/company") {
                    r#"{"value":[{"companyId":9,"name":"Contoso","psaKey":174}]}"#.to_owned()
                } else if path.starts_with("/v2/odata/user/$count") {
                    counts.next().unwrap_or(usize::MAX).to_string()
                } else {
                    let skip = path.split("$skip=").nth(1).and_then(|skip| skip.parse::<usize>().ok());
                    users(pages.get(skip.unwrap_or_default() / 200).copied().unwrap_or_default())
                };
                log.lock().expect("no panic").push(path);
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        let settings = Settings {
            base_url,
            public_key: Secret::new("public"),
            private_key: Secret::new("private"),
            user_details_type: "Microsoft 365 User".into(),
            concurrency: 2,
            company_refresh: Duration::ZERO,
        };
        Self { settings, asked }
    }

    /// How many users company 9 has.
    fn read(&self) -> Result<usize, Error> {
        let http = Http::new(Options::default()).expect("no files are named");
        let request = request(vec![Id::from(9)], false);
        let sides = CloudRadial::new(&http, self.settings.clone()).read(&request)?.companies;
        Ok(sides[&Id::from(9)].complete().expect("company 9 exists").users.items().len())
    }

    fn counted(&self) -> usize {
        let asked = self.asked.lock().expect("no panic");
        asked.iter().filter(|path| path.starts_with("/v2/odata/user/$count")).count()
    }
}

fn request(companies: Vec<Id>, details: bool) -> PortalRequest {
    let company_details = if details { companies.clone() } else { Vec::new() };
    PortalRequest { companies, company_details, user_details: Vec::new() }
}

fn users((from, to): (u32, u32)) -> String {
    let mut rows = String::new();
    for number in from..to {
        let comma = if rows.is_empty() { "" } else { "," };
        let _ = write!(
            rows,
            r#"{comma}{{"userId":"u{number:04}","companyId":9,"psaKey":0,"email":null,"userName":null,"isDeleted":false}}"#
        );
    }
    format!(r#"{{"value":[{rows}]}}"#)
}

#[test]
fn users_on_one_page_are_counted_once() {
    let portal = Portal::start(&[30], &[(0, 30)]);
    assert_eq!(portal.read().expect("whole"), 30);
    assert_eq!(portal.counted(), 1);
}

#[test]
fn a_user_added_after_the_count_does_not_spoil_the_reading() {
    let portal = Portal::start(&[30, 31], &[(0, 31)]);
    assert_eq!(portal.read().expect("whole"), 31);
}

#[test]
fn users_on_several_pages_are_read_whole() {
    let portal = Portal::start(&[250, 250], &[(0, 200), (200, 250)]);
    assert_eq!(portal.read().expect("whole"), 250);
    assert_eq!(portal.counted(), 2);
}

#[test]
fn a_user_added_between_two_pages_makes_the_reading_incomplete() {
    // u0001 to u0250 are there. The second page is read: u0201 and on. Then u0000 is added, and the first page is
    // read: u0000 to u0199. As many rows as were counted, and u0200 is not among them.
    let portal = Portal::start(&[250, 251], &[(0, 200), (201, 251)]);
    assert_eq!(portal.read().expect_err("one is missing").kind(), Kind::Incomplete);
}

#[test]
fn a_missing_user_makes_the_reading_incomplete() {
    let portal = Portal::start(&[30, 30], &[(0, 29)]);
    assert_eq!(portal.read().expect_err("one is missing").kind(), Kind::Incomplete);
}

fn portal_of(sandbox: &Sandbox, http: &Http) -> CloudRadial {
    let secrets = sandbox.secrets();
    let secret = |end: &str| {
        let found =
            secrets.iter().find(|(name, _)| name.starts_with("CRSYNC_CLOUDRADIAL") && name.ends_with(end));
        Secret::new(found.expect("it has one").1.as_str())
    };
    let settings = Settings {
        base_url: format!("{}/cloudradial", sandbox.url()).parse().expect("a URL"),
        public_key: secret("PUBLIC_KEY"),
        private_key: secret("PRIVATE_KEY"),
        user_details_type: "Microsoft 365 User".into(),
        concurrency: 4,
        company_refresh: Duration::ZERO,
    };
    CloudRadial::new(http, settings)
}

fn sandbox() -> Sandbox {
    Sandbox::start(sandbox::Options::default()).expect("a free port")
}

/// The ids of the sandbox's users of that company that are not deleted, in the service's order.
fn kept(sandbox: &Sandbox, company: i64) -> Vec<String> {
    let state = sandbox.snapshot();
    let users = state["cloudradial"]["users"].as_object().expect("users by id");
    let of = users.iter().filter(|(_, user)| user["companyId"] == company && user["isDeleted"] != true);
    of.map(|(id, _)| id.clone()).collect()
}

#[test]
fn every_company_gets_all_of_its_users_and_no_deleted_ones() {
    let sandbox = sandbox();
    let companies: Vec<i64> = {
        let state = sandbox.snapshot();
        let companies = state["cloudradial"]["companies"].as_object().expect("companies by id");
        companies.keys().filter_map(|id| id.parse().ok()).collect()
    };
    let http = Http::new(Options::default()).expect("no files are named");
    for company_details in [false, true] {
        let ids = companies.iter().copied().map(Id::from).collect();
        let request = request(ids, company_details);
        let sides = portal_of(&sandbox, &http).read(&request).expect("the portal").companies;
        for company in &companies {
            let side = sides[&Id::from(*company)].complete().expect("the company exists");
            let mut read: Vec<&str> = side.users.items().iter().map(|user| user.id.as_str()).collect();
            read.sort_unstable();
            assert_eq!(read, kept(&sandbox, *company), "company {company}");
            let territory = side.company.fields.get(Field::Territory);
            assert_eq!(territory == Value::Absent, !company_details, "company {company}");
        }
    }
}

#[test]
fn a_company_that_does_not_exist_spoils_only_its_own_reading() {
    let sandbox = sandbox();
    let http = Http::new(Options::default()).expect("no files are named");
    for company_details in [false, true] {
        let companies = vec![Id::from(9), Id::from(987_654)];
        let request = request(companies, company_details);
        let sides = portal_of(&sandbox, &http).read(&request).expect("the portal").companies;
        assert!(sides[&Id::from(9)].complete().is_some());
        assert!(sides[&Id::from(987_654)].complete().is_none());
    }
}

#[test]
fn a_wrong_key_stops_the_reading() {
    let sandbox = sandbox();
    let http = Http::new(Options::default()).expect("no files are named");
    let mut portal = portal_of(&sandbox, &http);
    portal.settings.private_key = Secret::new("wrong");
    let request = request(vec![Id::from(9)], true);
    let error = portal.read(&request).map(|read| read.companies.len()).expect_err("no key");
    assert_eq!(error.kind(), Kind::Auth);
}
