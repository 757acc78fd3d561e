//! Listings without an end, and listings that lie about it.

use std::sync::atomic::{AtomicU32, Ordering};

use crsync_sandbox::{Answered, Effect, System};
use serde_json::{Value, json};

use super::{Template, comes_to_nothing, edit, users, world};
use crate::conformance::{Kit, each};

/// How many requests whose path holds `path` were made to `system`.
fn asked(world: &crate::harness::World, system: System, path: &str) -> usize {
    world.sandbox.requests().iter().filter(|seen| seen.system == system && seen.path.contains(path)).count()
}

/// Makes the `number`th page of contacts one that announces another one, with a record that was not there before.
fn never_ends(kit: &Kit, answer: &mut Answered, number: u32, first: &Template) {
    answer.headers.push(("link".to_owned(), "<https://next.example/next>; rel=\"next\"".to_owned()));
    edit(answer, |page| {
        (kit.endless)(page, &|offered| {
            let mut record = first.of(offered);
            record["id"] = json!(70_000_000 + i64::from(number));
            record
        });
    });
}

#[test]
fn contacts_without_an_end_are_given_up_after_the_pages_that_are_allowed() {
    each(|kit| {
        let world = world("max-pages = 20");
        let (number, first) = (AtomicU32::new(0), Template::default());
        world.rewrite(kit.system, kit.listing, move |_, answer| {
            never_ends(kit, answer, number.fetch_add(1, Ordering::Relaxed), &first);
        });
        let run = comes_to_nothing(&world, kit, "has more than");
        assert!(run.err.contains("max-pages") || run.err.contains("max-records"), "{}", run.err);
        assert!(asked(&world, kit.system, kit.listing) <= 25, "{}", kit.id);
    });
}

#[test]
fn users_without_an_end_are_given_up_after_the_pages_or_records_that_are_allowed() {
    each(|kit| {
        if !kit.is_default() {
            return;
        }
        for (line, most) in [("max-pages = 20", 25), ("max-records = 100", 110)] {
            let world = world(line);
            let (number, first) = (AtomicU32::new(0), Template::default());
            let base = format!("{}/graph/v1.0/users?$skiptoken=", world.sandbox.url());
            world.rewrite(System::GRAPH, "", move |_, answer| {
                let number = number.fetch_add(1, Ordering::Relaxed);
                answer.status = 200;
                edit(answer, |answer| {
                    if answer["error"].is_object() {
                        *answer = json!({"value": []});
                    }
                    let Some(page) = users(answer) else { return };
                    let mut user = first.of(page.pointer("/value/0"));
                    user["id"] = json!(format!("99999999-0000-4000-8000-{number:012}"));
                    page["value"] = json!([user]);
                    page["@odata.nextLink"] = json!(format!("{base}{number}"));
                });
            });
            comes_to_nothing(&world, kit, "has more than");
            assert!(asked(&world, System::GRAPH, "") <= most, "{line}");
        }
    });
}

#[test]
fn an_empty_page_that_announces_more_is_no_end() {
    each(|kit| {
        let world = world("max-pages = 20");
        world.rewrite(kit.system, kit.listing, move |_, answer| {
            answer.headers.push(("link".to_owned(), "<https://next.example/next>; rel=\"next\"".to_owned()));
            edit(answer, kit.hollow);
        });
        comes_to_nothing(&world, kit, "not known to be whole");
        assert!(asked(&world, kit.system, kit.listing) <= 6, "{}", kit.id);
    });
}

#[test]
fn a_page_that_comes_twice_is_no_progress() {
    each(|kit| {
        if !kit.is_default() {
            return;
        }
        let world = world("");
        let link = format!("{}/graph/v1.0/users?$skiptoken=again", world.sandbox.url());
        world.rewrite(System::GRAPH, "", move |_, answer| {
            edit(answer, |answer| {
                if let Some(page) = users(answer) {
                    page["value"] = json!([]);
                    page["@odata.nextLink"] = json!(link);
                }
            });
            answer.status = 200;
            if serde_json::from_slice::<Value>(&answer.body).is_ok_and(|body| body["error"].is_object()) {
                answer.body = json!({"value": [], "@odata.nextLink": link}).to_string().into_bytes();
            }
        });
        comes_to_nothing(&world, kit, "circles");
        assert!(asked(&world, System::GRAPH, "") <= 4);
    });
}

#[test]
fn a_garbled_count_is_no_count() {
    each(|kit| {
        let world = world("");
        let values =
            [json!("8 of 900"), json!("-8"), json!(-8), json!(8.5), json!("8e0"), json!(null), json!([8])];
        for value in values {
            match kit.count {
                Some(count) => world.rewrite(kit.system, kit.listing, move |_, answer| {
                    edit(answer, |page| *count(page) = value.clone());
                }),
                // The portal is the same whatever the PSA is.
                None if kit.is_default() => {
                    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
                    world.rewrite(System::CLOUDRADIAL, "odata/user/$count", move |_, answer| {
                        answer.body = text.clone().into_bytes();
                    });
                }
                // It tells no count.
                None => return,
            }
            comes_to_nothing(&world, kit, "");
        }
    });
}

#[test]
fn a_count_that_does_not_fit_spoils_the_listing() {
    each(|kit| {
        let world = world("");
        for by in [-1, 1] {
            let moved = move |count: &Value| json!(count.as_i64().unwrap_or_default() + by);
            match kit.count {
                Some(count) => world.rewrite(kit.system, kit.listing, move |_, answer| {
                    edit(answer, |page| *count(page) = moved(count(page)));
                }),
                // The portal is the same whatever the PSA is.
                None if kit.is_default() => {
                    world.rewrite(System::CLOUDRADIAL, "odata/user/$count", move |_, answer| {
                        let count: i64 =
                            String::from_utf8_lossy(&answer.body).trim().parse().expect("a count");
                        answer.body = (count + by).to_string().into_bytes();
                    });
                }
                // It tells no count.
                None => return,
            }
            comes_to_nothing(&world, kit, "");
        }
    });
}

#[test]
fn no_page_is_asked_for_after_one_that_failed() {
    let world = world("");
    let count = Effect::Answer { status: 200, headers: Vec::new(), body: "20000".to_owned() };
    let failed = Effect::Answer { status: 500, headers: Vec::new(), body: String::new() };
    let fault = |path: &str, effect| crsync_sandbox::Fault {
        system: System::CLOUDRADIAL,
        path: path.to_owned(),
        nth: None,
        effect,
    };
    world.sandbox.set_faults(vec![fault("odata/user/$count", count), fault("odata/user?", failed)]);
    assert_eq!(world.diff(&["--company", "Contoso"]).code, 8);
    let pages = asked(&world, System::CLOUDRADIAL, "odata/user?");
    assert!((1..=4).contains(&pages), "{pages} pages, four at the same time");
}
