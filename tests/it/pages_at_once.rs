//! What does not wait for each other is asked for at the same time: the pages of a long listing, and those who left.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::conformance::{KITS, LARGE};
use crate::harness::{World, client};

/// Sits between crsync and the sandbox, and keeps each page behind the first until another one is asked for as well.
struct Door {
    url: String,
    met: Arc<Meeting>,
}

#[derive(Default)]
struct Meeting {
    /// How many pages wait, and whether two ever did at the same time.
    state: Mutex<(usize, bool)>,
    arrived: Condvar,
}

impl Meeting {
    /// Waits for another page; in vain where pages are asked for one after the other.
    fn wait(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += 1;
        state.1 |= state.0 > 1;
        self.arrived.notify_all();
        let alone = |state: &mut (usize, bool)| !state.1;
        let waited = self.arrived.wait_timeout_while(state, Duration::from_secs(10), alone);
        waited.unwrap_or_else(PoisonError::into_inner).0.0 -= 1;
    }

    fn happened(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).1
    }
}

impl Door {
    fn to(sandbox: &str, is_kept: fn(&str) -> bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let (met, target) = (Arc::<Meeting>::default(), sandbox.trim_start_matches("http://").to_owned());
        let meeting = Arc::clone(&met);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (meeting, target) = (Arc::clone(&meeting), target.clone());
                thread::spawn(move || pass_on(&client, &target, is_kept, &meeting));
            }
        });
        Self { url, met }
    }
}

/// Passes requests on until either side goes away.
fn pass_on(client: &TcpStream, target: &str, is_kept: fn(&str) -> bool, meeting: &Meeting) -> Option<()> {
    let server = TcpStream::connect(target).ok()?;
    let (mut requests, mut answers) = (BufReader::new(client), BufReader::new(&server));
    loop {
        let (line, request) = message(&mut requests)?;
        if is_kept(&line) {
            meeting.wait();
        }
        (&server).write_all(&request).ok()?;
        (&mut &*client).write_all(&message(&mut answers)?.1).ok()?;
    }
}

/// The first line of a message, and all of it.
fn message(from: &mut BufReader<&TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(told) = line.to_lowercase().strip_prefix("content-length:") {
            length = told.trim().parse().ok()?;
        }
        let is_last = line == "\r\n";
        head.push(line);
        if is_last {
            break;
        }
    }
    let mut all = head.concat().into_bytes();
    let begun = all.len();
    all.resize(begun + length, 0);
    from.read_exact(&mut all[begun..]).ok()?;
    Some((head.first()?.clone(), all))
}

#[test]
fn the_pages_of_a_large_company_are_asked_for_at_the_same_time() {
    for (kit, (people, is_later)) in KITS.iter().filter_map(|kit| Some((kit, kit.later_page?))) {
        let (world, name) = if people > LARGE {
            (World::of(&[client("Alder", 20, people, "")]), "Alder")
        } else {
            (World::new(), "Litware")
        };
        let (_, several) = kit.pages;
        world.edit(|state| {
            (kit.unlimited)(&mut state[kit.part]);
            several(&mut state[kit.part]);
        });
        let door = Door::to(world.sandbox.url(), is_later);
        let own = format!("{}/{}", world.sandbox.url(), kit.system.name());
        world.configure(|text| {
            assert!(text.contains(&own), "{text}");
            format!("retries = 0\n{}", text.replace(&own, &format!("{}/{}", door.url, kit.system.name())))
        });
        let run = world.diff(&["--psa", kit.id, "--company", name]);
        assert_eq!(run.code, 0, "{} {}", kit.id, run.err);
        assert!(door.met.happened(), "{}: one page after the other", kit.id);
    }
}

#[test]
fn those_who_left_different_tenants_are_looked_at_at_the_same_time() {
    let world = World::small();
    let door = Door::to(world.sandbox.url(), |line| line.contains("/v1.0/users/"));
    let own = format!("{}/graph", world.sandbox.url());
    world.configure(|text| {
        assert!(text.contains(&own), "{text}");
        format!("retries = 0\n{}", text.replace(&own, &format!("{}/graph", door.url)))
    });
    let run = world.diff(&[]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(door.met.happened(), "one tenant after the other");
}
