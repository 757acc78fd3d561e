//! What can go wrong at the services, in the records and in the configuration, and how much of it `sync --yes` lets
//! through at companies of every size: never more than a limit allows, and nothing where a thing proves nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use crsync::model::{Field, Udf};
use crsync::plan::Measure;
use crsync::reconcile::GuardLimits;
use crsync_sandbox::System;
use serde_json::{Value, json};

use crate::conformance::{KITS, Kit, with_line};
use crate::harness::{World, client};

/// Companies by the number of their people.
const SIZES: [(&str, usize); 5] = [("One", 1), ("Two", 2), ("Five", 5), ("Ten", 10), ("Fifty", 50)];

/// The number of the first of them; see [`client`].
const FIRST: usize = 30;

/// Something that goes wrong.
#[derive(Clone, Copy)]
struct Breakage {
    name: &'static str,
    /// What the services hold then; called before every night, with its number.
    edit: fn(&Kit, &mut Value, usize),
    /// What the configuration says then.
    configure: fn(String) -> String,
    /// How many nights it goes on.
    nights: usize,
    /// Whether it says nothing of anybody's leaving, so that not one person may lose anything by it.
    proves_nothing: bool,
}

/// A breakage of the records, for one night.
const fn records(name: &'static str, edit: fn(&Kit, &mut Value, usize)) -> Breakage {
    Breakage { name, edit, configure: |text| text, nights: 1, proves_nothing: false }
}

/// A breakage of the configuration.
const fn settings(name: &'static str, configure: fn(String) -> String) -> Breakage {
    Breakage { name, edit: |_, _, _| {}, configure, nights: 2, proves_nothing: true }
}

/// The same where nothing may come of it.
const fn harmless(breakage: Breakage) -> Breakage {
    Breakage { proves_nothing: true, ..breakage }
}

const fn nights(nights: usize, breakage: Breakage) -> Breakage {
    Breakage { nights, ..breakage }
}

static BREAKAGES: [Breakage; 43] = [
    records("365 has no users", |_, state, _| lists(state, std::vec::Vec::clear)),
    records("365 has every second user", |_, state, _| lists(state, half)),
    nights(
        4,
        records("one user more is deleted every night", |_, state, _| {
            lists(state, |users| drop(users.pop()));
        }),
    ),
    records("every sign-in is blocked", |_, state, _| {
        users(state, |_, user| user["accountEnabled"] = json!(false));
    }),
    nights(
        4,
        records("one sign-in more is blocked every night", |_, state, night| {
            users(state, |place, user| user["accountEnabled"] = json!(place > night));
        }),
    ),
    records("every licence is taken away", |_, state, _| {
        users(state, |_, user| user["assignedLicenses"] = json!([]));
    }),
    nights(
        4,
        records("one licence more is taken away every night", |_, state, night| {
            users(state, |place, user| {
                if place <= night {
                    user["assignedLicenses"] = json!([]);
                }
            });
        }),
    ),
    harmless(records("365 does not say who may sign in", |_, state, _| {
        users(state, |_, user| user["accountEnabled"] = Value::Null);
    })),
    harmless(records("no user has a mail address", |_, state, _| {
        users(state, |_, user| user["mail"] = Value::Null);
    })),
    records("every address is at the initial domain", |_, state, _| {
        users(state, |place, user| {
            user["mail"] = Value::Null;
            user["userPrincipalName"] =
                json!(format!("u{place}@{}.onmicrosoft.com", user["surname"].as_str().unwrap_or_default()));
        });
    }),
    records("every address moves to a new domain", |_, state, _| {
        users(state, |_, user| {
            for key in ["mail", "userPrincipalName"] {
                user[key] =
                    json!(user[key].as_str().unwrap_or_default().replace(".example", "-group.example"));
            }
        });
    }),
    harmless(records("no user has a name", |_, state, _| {
        users(state, |_, user| {
            (user["givenName"], user["surname"]) = (Value::Null, Value::Null);
        });
    })),
    records("every user has the same title", |_, state, _| {
        users(state, |_, user| user["jobTitle"] = json!("Temp"));
    }),
    records("every user has the same name", |_, state, _| {
        users(state, |_, user| {
            (user["givenName"], user["surname"]) = (json!("Test"), json!("User"));
        });
    }),
    harmless(records("every user is a guest", |_, state, _| {
        users(state, |_, user| user["userType"] = json!("Guest"));
    })),
    records("every user is made anew", |_, state, _| users(state, |_, user| anew(user))),
    nights(
        4,
        records("one user more is made anew every night", |_, state, night| {
            users(state, |place, user| {
                if place == night {
                    anew(user);
                }
            });
        }),
    ),
    harmless(records("every phone is N/A", |_, state, _| {
        users(state, |_, user| {
            (user["businessPhones"], user["mobilePhone"]) = (json!(["N/A"]), json!("-"));
        });
    })),
    records("every user has one mail address", |_, state, _| {
        users(state, |_, user| user["mail"] = json!("info@all.example"));
    }),
    harmless(records("the licence gets another part number", |_, state, _| {
        for tenant in state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut() {
            tenant["skus"] = json!(["SPE_E3"]);
        }
    })),
    settings("the only licence is excluded", |text| {
        text.replace("exclude-licenses = [\"FLOW_FREE\"]", "exclude-licenses = [\"SPB\"]")
    }),
    settings("everybody is excluded by address", |text| text + "\n[[exclude]]\nemail = \"*\"\n"),
    settings("everybody is excluded by name", |text| text + "\n[[exclude]]\ndisplay_name = \"*\"\n"),
    Breakage {
        edit: |_, state, _| users(state, |_, user| user["surname"] = Value::Null),
        ..settings("names must be whole, and no user has a last name", |text| {
            text.replace("require-name = true", "require-name = \"either\"")
        })
    },
    settings("the domain is misspelled", |text| {
        every_company(text, |_| "domains = [\"misspelled.example\"]".to_owned())
    }),
    Breakage {
        edit: |_, state, _| {
            users(state, |_, user| {
                for key in ["givenName", "surname", "jobTitle", "mobilePhone", "city"] {
                    user[key] = Value::Null;
                }
                user["businessPhones"] = json!([]);
            });
        },
        proves_nothing: false,
        ..settings("everything is blank, and blank clears", |text| {
            let clear = "{ clear = true }";
            format!(
                "{text}\n[fields]\nfirst-name = {clear}\nlast-name = {clear}\ntitle = {clear}\nphone = {clear}\n"
            )
        })
    },
    settings("every tenant is that of the next client", |text| rotated(&text, "tenant = ")),
    settings("every PSA company is that of the next client", |text| rotated(&text, "psa = ")),
    settings("every portal company is that of the next client", |text| rotated(&text, "cloudradial = ")),
    settings("the tenants are named by the next client's domain", |text| {
        SIZES.iter().enumerate().fold(text, |text, (place, _)| {
            let next = SIZES[(place + 1) % SIZES.len()].0.to_lowercase();
            text.replace(&tenant(place), &format!("{next}.example"))
        })
    }),
    records("the PSA has no contacts", |kit, state, _| contacts(kit, state, serde_json::Map::clear)),
    records("the PSA has every second contact", |kit, state, _| {
        contacts(kit, state, |all| {
            let gone: Vec<String> = all.keys().skip(1).step_by(2).cloned().collect();
            for id in &gone {
                all.remove(id);
            }
        });
    }),
    harmless(records("no contact stores an id", |kit, state, _| {
        every_contact(kit, state, |_, contact| kit.set(contact, Field::Udf(Udf::Office365Id), ""));
    })),
    records("the stored ids change hands", |kit, state, _| {
        let ids: Vec<String> =
            all_contacts(kit, state).map(|one| kit.get(one, Field::Udf(Udf::Office365Id))).collect();
        every_contact(kit, state, |place, contact| {
            kit.set(contact, Field::Udf(Udf::Office365Id), &ids[(place ^ 1).min(ids.len() - 1)]);
        });
    }),
    harmless(records("no contact has an address", |kit, state, _| {
        every_contact(kit, state, |_, contact| kit.set(contact, Field::Email, ""));
    })),
    records("every contact has one address", |kit, state, _| {
        every_contact(kit, state, |_, contact| kit.set(contact, Field::Email, "info@all.example"));
    }),
    harmless(records("every contact is inactive", |kit, state, _| {
        every_contact(kit, state, |_, contact| {
            if let Some((place, flag)) = kit.active {
                *contact.pointer_mut(place).expect("a flag") = flag.says(false);
            }
        });
    })),
    records("the portal has no users", |_, state, _| portal(state, serde_json::Map::clear)),
    records("the portal has every second user", |_, state, _| {
        portal(state, |all| {
            let gone: Vec<String> = all.keys().skip(1).step_by(2).cloned().collect();
            for id in &gone {
                all.remove(id);
            }
        });
    }),
    harmless(records("no portal user has its key", |_, state, _| {
        portal(state, |all| all.values_mut().for_each(|user| user["psaKey"] = json!(0)));
    })),
    harmless(records("the portal's companies have the next client's key", |_, state, _| {
        let companies = state["cloudradial"]["companies"].as_object_mut().expect("companies");
        for (place, company) in companies.values_mut().filter(|company| company["psaKey"] != 0).enumerate() {
            company["psaKey"] = json!(200 + 2 * (FIRST + (place + 1) % SIZES.len()));
        }
    })),
    records("every portal user has one address", |_, state, _| {
        portal(state, |all| all.values_mut().for_each(|user| user["email"] = json!("info@all.example")));
    }),
    records("records of every kind are half gone", |kit, state, _| {
        lists(state, half);
        contacts(kit, state, |all| {
            let gone: Vec<String> = all.keys().step_by(2).cloned().collect();
            for id in &gone {
                all.remove(id);
            }
        });
    }),
];

fn lists(state: &mut Value, edit: impl Fn(&mut Vec<Value>)) {
    for tenant in state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut() {
        edit(tenant["users"].as_array_mut().expect("users"));
    }
}

/// Edits every user, with its place in the tenant.
fn users(state: &mut Value, edit: impl Fn(usize, &mut Value)) {
    lists(state, |users| users.iter_mut().enumerate().for_each(|(place, user)| edit(place, user)));
}

fn half(users: &mut Vec<Value>) {
    let mut place = 0;
    users.retain(|_| {
        place += 1;
        place % 2 == 1
    });
}

fn anew(user: &mut Value) {
    let id = user["id"].as_str().expect("an id");
    user["id"] = json!(format!("f{}", &id[1..]));
}

fn contacts(kit: &Kit, state: &mut Value, edit: impl FnOnce(&mut serde_json::Map<String, Value>)) {
    edit(state[kit.part]["contacts"].as_object_mut().expect("contacts by id"));
}

fn every_contact(kit: &Kit, state: &mut Value, edit: impl Fn(usize, &mut Value)) {
    contacts(kit, state, |all| all.values_mut().enumerate().for_each(|(place, one)| edit(place, one)));
}

fn all_contacts<'s>(kit: &Kit, state: &'s Value) -> impl Iterator<Item = &'s Value> {
    state[kit.part]["contacts"].as_object().expect("contacts by id").values()
}

fn portal(state: &mut Value, edit: impl FnOnce(&mut serde_json::Map<String, Value>)) {
    edit(state["cloudradial"]["users"].as_object_mut().expect("portal users by id"));
}

/// The configured tenant of the company at a place of [`SIZES`].
fn tenant(place: usize) -> String {
    format!("a1de0001-0000-4000-8000-{:012}", FIRST + place)
}

/// Adds a line to every company.
fn every_company(text: String, line: impl Fn(usize) -> String) -> String {
    SIZES.iter().enumerate().fold(text, |text, (place, _)| {
        let tenant = format!("tenant = \"{}\"", tenant(place));
        text.replace(&tenant, &format!("{tenant}\n{}", line(place)))
    })
}

/// Gives every company the line of the next one that begins so.
fn rotated(text: &str, begins: &str) -> String {
    let tables = text.find("[[company]]").expect("companies");
    let (head, tail) = text.split_at(tables);
    let own: Vec<&str> = tail.lines().filter(|line| line.starts_with(begins)).collect();
    let mut next = own.iter().cycle().skip(1);
    let lines = tail.lines().map(|line| {
        if line.starts_with(begins) { (*next.next().expect("a cycle")).to_owned() } else { line.to_owned() }
    });
    format!("{head}{}\n", lines.collect::<Vec<_>>().join("\n"))
}

/// What changed for people, by what a guard would call it.
fn harm(kit: &Kit, before: &Value, after: &Value) -> BTreeMap<Measure, usize> {
    const FIELDS: [Field; 5] = [Field::FirstName, Field::LastName, Field::Title, Field::Phone, Field::Mobile];
    let stored = Field::Udf(Udf::Office365Id);
    let mut harm: BTreeMap<Measure, [usize; 2]> = BTreeMap::new();
    let mut add = |measure, side: usize| harm.entry(measure).or_default()[side] += 1;
    let held = before[kit.part]["contacts"].as_object().expect("contacts");
    for (id, contact) in after[kit.part]["contacts"].as_object().expect("contacts") {
        let Some(was) = held.get(id) else {
            add(Measure::Create, 0);
            continue;
        };
        if kit.is_active(was) == Some(true) && kit.is_active(contact) == Some(false) {
            add(Measure::Deactivate, 0);
        }
        let lost = |field: &Field| !kit.get(was, *field).is_empty() && kit.get(contact, *field).is_empty();
        if !kit.joined_name && FIELDS.iter().any(lost) {
            add(Measure::Blank, 0);
        }
        let (old, new) = (kit.get(was, stored), kit.get(contact, stored));
        if !old.is_empty() && !old.eq_ignore_ascii_case(&new) {
            add(Measure::Relink, 0);
        }
    }
    let held = before["cloudradial"]["users"].as_object().expect("portal users");
    for (id, user) in after["cloudradial"]["users"].as_object().expect("portal users") {
        let Some(was) = held.get(id) else {
            add(Measure::Create, 1);
            continue;
        };
        if user["isLoginDisabled"] == true && was["isLoginDisabled"] != true {
            add(Measure::Deactivate, 1);
        }
        let text = |user: &Value, key: &str| user[key].as_str().unwrap_or_default().to_owned();
        let lost = |key: &&str| !text(was, key).is_empty() && text(user, key).is_empty();
        if ["firstName", "lastName", "email", "title", "phoneOffice", "phoneMobile"].iter().any(lost) {
            add(Measure::Blank, 1);
        }
    }
    harm.into_iter().map(|(measure, sides)| (measure, sides[0].max(sides[1]))).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a writable folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("a type").is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
}

/// Tries every breakage at every size, and returns the harm by breakage and size.
fn tried(kit: &'static Kit, remembers: bool) -> BTreeMap<(usize, usize), BTreeMap<Measure, usize>> {
    let clients: Vec<String> = SIZES
        .iter()
        .enumerate()
        .map(|(place, (name, size))| client(name, FIRST + place, *size, ""))
        .collect();
    let world = World::of(&clients);
    let beginning = world.sandbox.saved();
    let kept = world.path("kept");
    if remembers {
        let first = world.sync(&["--psa", kit.id]);
        assert_eq!(first.code, 0, "{}: {}{}", kit.id, first.out, first.err);
        copy(&world.state(), &kept);
    }
    let mut harms = BTreeMap::new();
    for (index, breakage) in BREAKAGES.iter().enumerate() {
        world
            .configure(|text| format!("retries = 0\n{}", (breakage.configure)(with_line(&text, "sync", ""))));
        for (place, (name, _)) in SIZES.iter().enumerate() {
            world.sandbox.restore(&beginning);
            world.forget();
            if remembers {
                copy(&kept, &world.state());
            }
            let mut total: BTreeMap<Measure, usize> = BTreeMap::new();
            for night in 0..breakage.nights {
                let mut before = Value::Null;
                let edited = [System::GRAPH, System::CLOUDRADIAL, kit.system];
                let edit = |state: &mut Value| {
                    (breakage.edit)(kit, state, night);
                    before.clone_from(state);
                };
                world.sandbox.edit_of(&edited, edit).expect("still a world");
                let run = world.sync(&["--psa", kit.id, "--company", name]);
                let is_known = [0, 2, 4, 5, 6, 8].contains(&run.code);
                assert!(is_known, "{}: {}: {}{}", kit.id, breakage.name, run.out, run.err);
                for (measure, count) in harm(kit, &before, &after(kit, &world)) {
                    *total.entry(measure).or_default() += count;
                }
            }
            harms.insert((index, place), total);
        }
    }
    harms
}

/// The records that [`harm`] looks at, as they are now.
fn after(kit: &Kit, world: &World) -> Value {
    let portal = world.sandbox.snapshot_of(System::CLOUDRADIAL);
    json!({ kit.part: world.sandbox.snapshot_of(kit.system), "cloudradial": portal })
}

#[test]
fn no_breakage_does_more_than_a_limit_allows() {
    let worst = Mutex::new(BTreeMap::<(usize, usize), BTreeMap<Measure, usize>>::new());
    let runs = KITS.iter().flat_map(|kit| [(kit, true), (kit, false)]).collect::<Vec<_>>();
    let left = Mutex::new(runs);
    let work = || {
        while let Some((kit, remembers)) = left.lock().ok().and_then(|mut left| left.pop()) {
            for (cell, harm) in tried(kit, remembers) {
                let mut worst = worst.lock().expect("no test panics while it holds it");
                let cell = worst.entry(cell).or_default();
                for (measure, count) in harm {
                    let most = cell.entry(measure).or_default();
                    *most = (*most).max(count);
                }
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let worst = worst.into_inner().expect("all threads are done");
    let guards = GuardLimits::default();
    let mut table = format!("{:<58}", "the worst of all PSAs, with and without memory");
    for (_, size) in SIZES {
        write!(table, "{size:>10}").expect("a text");
    }
    let mut wrong = Vec::new();
    for (index, breakage) in BREAKAGES.iter().enumerate() {
        write!(table, "\n{:<58}", breakage.name).expect("a text");
        for (place, (_, size)) in SIZES.iter().enumerate() {
            let mut cell = String::new();
            for (measure, count) in
                worst.get(&(index, place)).into_iter().flatten().filter(|(_, count)| **count > 0)
            {
                write!(cell, "{}{count}", &measure.name()[..1]).expect("a text");
                let allowed = guards.allowed(*measure, *size).unwrap_or_default();
                if *count > allowed || breakage.proves_nothing {
                    wrong
                        .push(format!("{} at {size}: {measure:?} {count}, {allowed} allowed", breakage.name));
                }
            }
            write!(table, "{:>10}", if cell.is_empty() { "-" } else { &cell }).expect("a text");
        }
    }
    println!("{table}\nc create, d deactivate, r relink, b blank; the number of people");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
