//! The HTTP client against a server with prepared answers.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use url::Url;

use super::testing::{Server, answer, closed_port_url, crowd, http, limits, ok, service, slept};
use super::{Http, Limits, Method, Options, Reply, Request, Safety};
use crate::calls::fresh::{self, FRESH};
use crate::error::{Error, Kind, Result};
use crate::secret::Secret;

fn get(server: &Server) -> Result<Reply> {
    service().send(Request::get(server.url.clone()))
}

fn create(server: &Server) -> Result<Reply> {
    service().send(Request::new(Method::Post, server.url.clone()).json(&json!({"name": "Ann"})))
}

#[test]
fn a_read_is_repeated_until_it_succeeds() {
    let server = Server::start(&[answer("503 Busy", "", ""), String::new(), ok()]);
    assert_eq!(get(&server).expect("the third attempt").status, 200);
    assert_eq!((server.requests(), slept().len()), (3, 2));
}

#[test]
fn an_answer_that_stays_bad_is_handed_over_after_five_attempts() {
    for status in ["429 Slow", "503 Busy", "504 Late"] {
        let server = Server::start(&vec![answer(status, "", "later"); 6]);
        let reply = get(&server).expect("an answer to explain");
        assert_eq!((reply.status, server.requests()), (status[..3].parse().expect("a number"), 5));
        assert_eq!(&*reply.body, b"later");
    }
}

#[test]
fn the_wait_the_service_asks_for_is_kept() {
    let server = Server::start(&[answer("429 Slow", "retry-after: 2.5\r\n", ""), ok()]);
    get(&server).expect("the second attempt");
    assert_eq!(slept(), [Duration::from_millis(2500)]);
}

#[test]
fn a_service_that_names_no_wait_gets_the_one_it_is_known_to_want() {
    let pause = Duration::from_secs(65);
    let limits = Limits { throttled_wait: Some(pause), ..limits() };
    let script = [answer("429 Slow", "", ""), answer("429 Slow", "retry-after: 2\r\n", ""), ok()];
    let server = Server::start(&script);
    let request = Request::new(Method::Patch, server.url.clone()).json(&json!({}));
    http(Options::default()).service(limits.clone()).send(request).expect("the third attempt");
    assert_eq!(slept(), [pause, Duration::from_secs(2)]);
    let server = Server::start(&[answer("403 Forbidden", "", "Thread threshold reached"), ok()]);
    http(Options::default())
        .service(limits.clone())
        .send(Request::get(server.url))
        .expect("the second attempt");
    assert_eq!(slept(), [pause], "whatever the status");
    let server = Server::start(&[answer("503 Busy", "", ""), ok()]);
    http(Options::default()).service(limits).send(Request::get(server.url)).expect("the second attempt");
    assert!(slept().iter().all(|wait| *wait < pause), "503 is no matter of load alone");
}

#[test]
fn an_answer_without_a_body_is_asked_for_again_where_something_was_to_be_read() {
    let limits = Limits { empty_read_passes: true, ..limits() };
    let script = [answer("200 OK", "", " "), ok()];
    let send = |server: &Server, method, limits: &Limits| {
        let request = Request::new(method, server.url.clone());
        let reply = http(Options::default()).service(limits.clone()).send(request).expect("an answer");
        (reply.attempts, server.requests())
    };
    assert_eq!(send(&Server::start(&script), Method::Get, &limits), (2, 2));
    assert_eq!(send(&Server::start(&script), Method::Put, &limits), (1, 1), "a write says nothing more");
    assert_eq!(send(&Server::start(&script), Method::Get, &super::testing::limits()), (1, 1));
}

#[test]
fn a_wait_may_be_longer_than_a_request() {
    let server = Server::start(&[answer("429 Slow", "retry-after: 290\r\n", ""), ok()]);
    let patient = Limits { longest_wait: Duration::from_secs(300), ..limits() };
    http(Options::default()).service(patient).send(Request::get(server.url)).expect("the second attempt");
    assert_eq!(slept(), [Duration::from_secs(290)]);
}

#[test]
fn a_wait_that_is_too_long_ends_the_request() {
    let server = Server::start(&[answer("429 Slow", "retry-after: 3600\r\n", "")]);
    let error = get(&server).expect_err("an hour is too long");
    assert_eq!((error.kind(), slept()), (Kind::Throttled, vec![]));
    assert_eq!(error.message(), "example asks to wait 3600 s");
}

#[test]
fn a_wait_beyond_the_deadline_is_not_begun() {
    let server = Server::start(&[answer("429 Slow", "retry-after: 100\r\n", ""), ok()]);
    let deadline = Some(Instant::now() + Duration::from_secs(90));
    let http = http(Options { deadline, ..Options::default() });
    let error = http.service(limits()).send(Request::get(server.url.clone())).expect_err("too late");
    assert_eq!((error.kind(), server.requests(), slept()), (Kind::Deadline, 1, vec![]));
}

#[test]
fn nobody_is_asked_after_the_deadline() {
    let http = http(Options { deadline: Some(Instant::now()), ..Options::default() });
    let error = http.service(limits()).send(Request::get(closed_port_url())).expect_err("too late");
    assert_eq!((error.kind(), http.counts()[0].requests), (Kind::Deadline, 0));
}

#[test]
fn a_create_is_not_repeated_after_a_lost_answer() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
    for lost in ["", cut, &answer("502 Bad Gateway", "", ""), &answer("503 Busy", "retry-after: 1\r\n", "")] {
        let server = Server::start(&[lost, &ok()]);
        let _ = create(&server);
        assert_eq!(server.requests(), 1, "{lost}");
    }
}

#[test]
fn a_change_that_may_be_made_twice_is_repeated_after_a_lost_answer() {
    let server = Server::start(&[String::new(), answer("502 Bad Gateway", "", ""), ok()]);
    service().send(Request::new(Method::Patch, server.url.clone())).expect("the third attempt");
    assert_eq!(server.requests(), 3);
}

#[test]
fn a_create_that_is_asked_to_slow_down_is_not_repeated_but_what_comes_after_it_waits() {
    let busy = answer("500 Error", "", r#"{"errors":["The Thread Threshold was exceeded"]}"#);
    for (refusal, wait) in [
        (answer("429 Slow", "retry-after: 7\r\n", ""), Some(Duration::from_secs(7))),
        (answer("429 Slow", "retry-after: 3600\r\n", ""), None),
        (answer("503 Busy", "retry-after: 7\r\n", ""), None),
        (busy, None),
    ] {
        let server = Server::start(&[refusal.clone(), ok()]);
        let reply = create(&server).expect("an answer to explain");
        assert_eq!((reply.attempts, server.requests()), (1, 1), "{refusal}");
        assert!(!reply.ok());
        let slept = slept();
        assert!(wait.is_none_or(|wait| slept == [wait]), "{refusal} {slept:?}");
    }
}

#[test]
fn what_must_not_happen_twice_is_announced_just_before_it_is_sent_or_not_sent() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let http = http(Options::default());
    http.before_what_must_not_happen_twice(move || match count.fetch_add(1, Ordering::SeqCst) {
        0 => Ok(()),
        _ => Err(Error::new(Kind::State, "the journal is full")),
    });
    let server = Server::start(&[ok(), ok(), ok()]);
    let send = |method| http.service(limits()).send(Request::new(method, server.url.clone()));
    send(Method::Get).expect("an answer");
    assert_eq!(calls.load(Ordering::SeqCst), 0, "it may be repeated");
    send(Method::Post).expect("an answer");
    let error = send(Method::Post).expect_err("not announced");
    assert_eq!((error.kind(), error.sent(), server.requests()), (Kind::State, 0, 2));
}

#[test]
fn a_request_is_in_flight_for_longer_than_the_client_waits() {
    let in_flight = |timeout, at_work| {
        let options = Options { timeout, ..Options::default() };
        http(options).service(Limits { at_work, ..limits() }).in_flight()
    };
    let seconds = Duration::from_secs;
    assert_eq!(in_flight(None, Duration::ZERO), seconds(120));
    assert_eq!(in_flight(Some(seconds(1)), Duration::ZERO), seconds(120), "the service knows nothing of it");
    assert_eq!(in_flight(Some(seconds(200)), Duration::ZERO), seconds(220));
    assert_eq!(in_flight(None, seconds(300)), seconds(320));
}

#[test]
fn a_create_is_repeated_while_no_connection_is_made() {
    let http = http(Options::default());
    let request = Request::new(Method::Post, closed_port_url()).json(&json!({}));
    let error = http.service(limits()).send(request).expect_err("no listener");
    assert_eq!((error.kind(), http.counts()[0].requests), (Kind::Network, 5));
    assert_eq!(error.message(), "example at 127.0.0.1 cannot be reached: it refuses the connection");
}

#[test]
fn words_of_refusal_in_a_good_answer_mean_nothing() {
    let server = Server::start(&[answer("200 OK", "", r#"{"note":"thread threshold"}"#)]);
    assert!(get(&server).expect("an answer").ok());
}

#[test]
fn a_plain_server_error_is_the_adapters_to_explain() {
    let server = Server::start(&[answer("500 Error", "", "no such field")]);
    assert_eq!((get(&server).expect("an answer").status, server.requests()), (500, 1));
}

#[test]
fn further_statuses_pass_where_the_service_says_so() {
    let server = Server::start(&[answer("423 Locked", "", ""), ok()]);
    let limits = Limits { retry_statuses: &[423], ..limits() };
    assert!(http(Options::default()).service(limits).send(Request::get(server.url)).expect("an answer").ok());
}

#[test]
fn one_run_repeats_a_hundred_times_at_most() {
    let server = Server::start(&vec![answer("503 Busy", "", ""); 200]);
    let http = http(Options::default());
    let service = http.service(limits());
    for _ in 0..30 {
        service.send(Request::get(server.url.clone())).expect("an answer");
    }
    assert_eq!((http.counts()[0].requests, http.counts()[0].retries), (130, 100));
}

#[test]
fn an_answer_that_breaks_off_is_never_taken_for_a_whole_one() {
    let whole_gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\x02\0\xfd\xff{}\x43\xbf\xa6\xa3\x02\0\0\0";
    let gzip = |body: &[u8]| {
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip\r\n";
        [format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
    };
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n";
    for cut in [
        format!("{head}content-length: 100\r\n\r\n{{\"value\":[").into_bytes(),
        format!("{head}transfer-encoding: chunked\r\n\r\n5\r\n{{\"a\":\r\n").into_bytes(),
        gzip(&whole_gzip[..whole_gzip.len() - 9]),
    ] {
        let server = Server::start(&vec![cut; 5]);
        let error = get(&server).expect_err("half an answer");
        assert_eq!((error.kind(), server.requests()), (Kind::Network, 5));
        assert_eq!(error.message(), "the answer of example at 127.0.0.1 broke off");
    }
    assert_eq!(&*get(&Server::start(&[gzip(whole_gzip)])).expect("a whole answer").body, b"{}");
}

#[test]
fn a_redirect_is_reported_with_its_target_and_not_followed() {
    let elsewhere = answer("302 Found", "location: https://login.example/?ticket=hunter2\r\n", "");
    let server = Server::start(&[&elsewhere, &elsewhere]);
    let error = get(&server).expect_err("a redirect");
    assert_eq!(error.kind(), Kind::Service);
    let says = "example at 127.0.0.1 redirects to login.example (HTTP 302), which is not followed";
    assert_eq!(error.message(), says);
    let hint = create(&server).expect_err("a redirect").next_step().map(ToOwned::to_owned);
    assert!(hint.is_some_and(|hint| hint.contains("may have been made")));
    let unchanged = Server::start(&[answer("304 Not Modified", "", "")]);
    assert_eq!(get(&unchanged).expect("an answer").status, 304);
}

#[test]
fn plain_http_to_another_machine_is_not_even_tried() {
    let http = http(Options::default());
    let url = "http://api.example/v1".parse().expect("a URL");
    let error = http.service(limits()).send(Request::get(url)).expect_err("not encrypted");
    assert_eq!((error.kind(), http.counts()[0].requests), (Kind::Config, 0));
}

#[test]
fn next_pages_stay_on_their_host() {
    let from: Url = "https://graph.example/v1.0/users".parse().expect("a URL");
    let next =
        |link| service().next_link(&from, link).map(|url| url.to_string()).map_err(|error| error.kind());
    let page = "https://graph.example/v1.0/users?$skiptoken=x";
    assert_eq!(next(page).as_deref(), Ok(page));
    assert_eq!(next("/v1.0/users?page=2").as_deref(), Ok("https://graph.example/v1.0/users?page=2"));
    for elsewhere in [
        "https://evil.example/users",
        "//evil.example/users",
        "http://graph.example/users",
        "https://graph.example:444/users",
        "https://graph.example@evil.example/users",
        "https://ann:pw@graph.example/users",
        "data:text/plain,x",
        "https://[",
    ] {
        assert_eq!(next(elsewhere), Err(Kind::Service), "{elsewhere}");
    }
}

#[test]
fn a_request_says_what_it_is_and_takes() {
    let server = Server::start(&[ok(), ok(), ok()]);
    get(&server).expect("an answer");
    assert!(server.last().starts_with("GET /v1/things?pin=1234 HTTP/1.1\r\n"));
    assert!(server.last().contains(concat!("user-agent: crsync/", env!("CARGO_PKG_VERSION"), "\r\n")));
    assert!(server.last().contains("accept: application/json\r\n"));
    assert!(server.last().contains("accept-encoding: gzip\r\n"));
    let patch = json!([{"op": "replace", "path": "/name", "value": "Ann"}]);
    let request =
        Request::new(Method::Patch, server.url.clone()).json_as("application/json-patch+json", &patch);
    service().send(request.header("Accept", Secret::new("text/csv"))).expect("an answer");
    assert!(server.last().contains("content-type: application/json-patch+json\r\n"));
    assert!(server.last().contains("accept: text/csv\r\n") && !server.last().contains("accept: application"));
    assert!(server.last().ends_with(&format!("\r\n\r\n{patch}")));
    let form = [("grant_type", &Secret::new("a b")), ("client_secret", &Secret::new("x&y=z"))];
    service().send(Request::new(Method::Post, server.url.clone()).form(&form)).expect("an answer");
    assert!(server.last().contains("content-type: application/x-www-form-urlencoded\r\n"));
    assert!(server.last().ends_with("\r\n\r\ngrant_type=a+b&client_secret=x%26y%3Dz"));
}

#[test]
fn every_attempt_counts_for_its_service() {
    let server = Server::start(&[answer("503 Busy", "", ""), ok(), ok()]);
    let http = http(Options::default());
    http.service(Limits::new("zeta")).send(Request::get(server.url.clone())).expect("the second attempt");
    http.service(Limits::new("alpha")).send(Request::get(server.url.clone())).expect("an answer");
    let counts: Vec<_> =
        http.counts().into_iter().map(|count| (count.service, count.requests, count.retries)).collect();
    assert_eq!(counts, [("alpha".to_owned(), 1, 0), ("zeta".to_owned(), 2, 1)]);
}

#[test]
fn a_service_is_never_asked_more_at_the_same_time_than_it_allows() {
    let (url, most) = crowd();
    let http = http(Options::default());
    let limits = Limits { concurrent: 3, concurrent_per_endpoint: 2, ..limits() };
    thread::scope(|scope| {
        for n in 0..12 {
            // Asked for anew each time: it is one service all the same.
            let (service, url) = (http.service(limits.clone()), url.clone());
            let endpoint = ["Contacts", "Companies"][n % 2];
            scope.spawn(move || service.send(Request::get(url).endpoint(endpoint)).expect("an answer"));
        }
    });
    assert!(most.load(Ordering::SeqCst) <= 3);
    assert_eq!(http.counts()[0].requests, 12);
}

#[test]
fn a_full_window_is_waited_for_and_a_long_wait_refused() {
    let server = Server::start(&[ok(), ok()]);
    let window = |longest| Limits {
        window: Some((1, Duration::from_secs(60))),
        longest_wait: Duration::from_secs(longest),
        ..limits()
    };
    let http = http(Options::default());
    let patient = http.service(window(120));
    patient.send(Request::get(server.url.clone())).expect("an answer");
    patient.send(Request::get(server.url.clone())).expect("an answer");
    assert!(slept().iter().any(|wait| *wait > Duration::from_secs(50)));
    let hasty = http.service(Limits { service: "hasty", ..window(30) });
    hasty.server_count(1);
    let error = hasty.send(Request::get(server.url.clone())).expect_err("the window is full");
    assert_eq!((error.kind(), server.requests()), (Kind::Throttled, 2));
}

#[test]
fn a_write_is_not_repeated_once_its_reading_is_old() {
    let server = Server::start(&[answer("429 Too Many Requests", "Retry-After: 5\r\n", ""), ok(), ok()]);
    let service = service();
    let patch = || service.send(Request::new(Method::Patch, server.url.clone()).json(&json!({})));
    let (reply, held_back) = fresh::write(FRESH, patch);
    assert_eq!((reply.expect("an answer").status, held_back), (429, true));
    assert_eq!((slept(), server.requests()), (vec![Duration::from_secs(5)], 1), "the service has its rest");
    let (reply, held_back) = fresh::write(Duration::from_secs(60), patch);
    assert!(reply.expect("an answer").ok() && !held_back);
}

#[test]
fn a_write_that_waited_for_room_keeps_its_place_until_it_was_compared_again() {
    let server = Server::start(&[ok(), ok(), ok()]);
    let limits =
        Limits { window: Some((1, Duration::from_secs(60))), longest_wait: Duration::MAX, ..limits() };
    let service = http(Options::default()).service(limits);
    service.send(Request::get(server.url.clone())).expect("an answer");
    let patch = || service.send(Request::new(Method::Patch, server.url.clone()).json(&json!({})));
    let (refused, held_back) = fresh::write(FRESH, patch);
    let refused = refused.expect_err("its reading is old");
    assert_eq!((refused.kind(), refused.sent(), held_back), (Kind::Stale, 0, true));
    assert!((slept().len(), server.requests()) == (1, 1), "it waited, and was not sent");
    let (reply, held_back) = fresh::write(FRESH, patch);
    assert!(reply.expect("an answer").ok() && !held_back);
    assert!(slept().is_empty(), "its place was kept");
}

#[test]
fn a_sign_in_rests_on_no_reading_and_is_no_part_of_a_write() {
    let server = Server::start(&[answer("429 Too Many Requests", "Retry-After: 5\r\n", ""), ok(), ok()]);
    let service = service();
    let written = || {
        let sign_in = Request::new(Method::Post, server.url.clone()).safety(Safety::Repeatable).sign_in();
        assert!(service.send(sign_in).expect("the second attempt").ok());
        fresh::is_old_after(Duration::from_secs(60))
    };
    assert_eq!(fresh::write(FRESH, written), (true, true));
}

#[test]
fn what_never_reached_a_service_was_not_carried_out() {
    let error = service().send(Request::new(Method::Post, closed_port_url())).expect_err("no connection");
    assert!(error.sent() > 0 && !error.may_be_done());
}

#[test]
fn a_post_that_only_reads_is_repeated() {
    let server = Server::start(&[String::new(), ok()]);
    let request = Request::new(Method::Post, server.url.clone()).safety(Safety::Read).json(&json!({}));
    assert!(service().send(request).expect("the second attempt").ok());
}

#[test]
fn answers_within_an_answer_are_waited_for_as_whole_ones_are() {
    let service = service();
    assert!(service.pause(1, ["2", "7.5", "soon"], false).expect("a wait that is granted"));
    assert_eq!(slept(), [Duration::from_millis(7500)], "the longest of them");
    assert!(service.pause(1, [], false).expect("a wait of our own") && slept().len() == 1);
    assert_eq!(service.pause(2, ["500"], false).expect_err("longer than granted").kind(), Kind::Throttled);
    assert!(!service.pause(5, ["1"], false).expect("no wait") && slept().is_empty(), "often enough");
    let repeated = (0..200).filter(|_| service.pause(1, [], false).expect("a wait")).count();
    assert_eq!(repeated, 98, "all of a run share a hundred");
}

thread_local! {
    static OWN: RefCell<Option<Http>> = const { RefCell::new(None) };
    static WAITING: RefCell<Vec<Vec<&'static str>>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn a_wait_that_is_long_is_known_with_its_service_while_it_lasts() {
    let sleep: fn(Duration) = |_| {
        let waits = OWN.with_borrow(|http| http.as_ref().map(Http::waits).unwrap_or_default());
        WAITING.with_borrow_mut(|seen| seen.push(waits.into_iter().map(|(service, _)| service).collect()));
    };
    let http = Http::new(Options { sleep: Some(sleep), ..Options::default() }).expect("usable options");
    OWN.set(Some(http.clone()));
    let service = http.service(limits());
    for wait in ["7", "0.5"] {
        assert!(service.pause(1, [wait], false).expect("no deadline"));
        assert_eq!(http.waits(), []);
    }
    assert_eq!(WAITING.take(), [vec!["example"], vec![]]);
}
