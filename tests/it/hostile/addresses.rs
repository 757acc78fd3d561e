//! Answers that name another address: credentials never follow.

use std::net::TcpListener;

use crsync_sandbox::System;
use serde_json::json;

use super::{comes_to_nothing, edit, listings, users, world};
use crate::conformance::each;

/// A host that nothing may be sent to.
struct Elsewhere(TcpListener);

impl Elsewhere {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}/", self.0.local_addr().expect("bound"))
    }

    /// Fails if a connection was made: it would wait to be accepted.
    #[track_caller]
    fn was_left_alone(&self) {
        assert!(self.0.accept().is_err(), "a connection went elsewhere");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    each(|kit| {
        let (world, elsewhere) = (world(""), Elsewhere::new());
        let places = listings(kit).into_iter().chain([(System::ENTRA, "token")]);
        for (system, path) in places {
            for status in [301, 302, 303, 307, 308] {
                let target = elsewhere.url();
                world.rewrite(system, path, move |_, answer| {
                    answer.status = status;
                    answer.headers = vec![("location".into(), target.clone())];
                    answer.body.clear();
                });
                comes_to_nothing(&world, kit, "which is not followed");
            }
        }
        elsewhere.was_left_alone();
    });
}

#[test]
fn a_next_page_elsewhere_is_not_asked_for() {
    each(|kit| {
        let (world, elsewhere) = (world(""), Elsewhere::new());
        let next = format!("{}next", elsewhere.url());
        let target = next.clone();
        world.rewrite(System::GRAPH, "", move |_, answer| {
            edit(answer, |answer| {
                if let Some(page) = users(answer) {
                    page["@odata.nextLink"] = json!(target);
                }
            });
        });
        comes_to_nothing(&world, kit, "named a next page that is not on");
        // The PSAs' own links only say that there is more.
        world.rewrite(kit.system, kit.listing, move |_, answer| {
            answer.headers.push(("link".into(), format!("<{next}>; rel=\"last\"")));
            edit(answer, |page| {
                if page["pageDetails"].is_object() {
                    page["pageDetails"]["prevPageUrl"] = json!(next);
                }
            });
        });
        let run = world.diff(&["--psa", kit.id, "--company", "Contoso"]);
        assert_eq!(run.code, 0, "{} {}", kit.id, run.err);
        elsewhere.was_left_alone();
    });
}

#[test]
fn a_zone_elsewhere_gets_no_credentials() {
    each(|kit| {
        let (world, elsewhere) = (world(""), Elsewhere::new());
        // The others' address is the configured one, whatever they answer.
        let (Some(path), Some((name, wrong))) = (kit.open, kit.wrong_zones) else { return };
        for wrong in wrong(&elsewhere.url()) {
            world.rewrite(kit.system, path, move |_, answer| {
                edit(answer, |answer| {
                    assert!(!answer[name].is_null(), "{answer}");
                    answer[name] = json!(wrong);
                });
            });
            comes_to_nothing(&world, kit, "names");
        }
        elsewhere.was_left_alone();
    });
}

/// Texts that would lead to another address if they were taken for ids.
const STRANGE: [&str; 6] = ["1/../x", "..", "1?x=2", "1#x", "%2e%2e", "1 or 1 eq 1"];

#[test]
fn an_id_that_is_none_makes_no_address() {
    each(|kit| {
        let world = world("");
        for strange in STRANGE {
            let places: &[(System, &str)] = if kit.is_default() {
                &[(System::CLOUDRADIAL, "odata/user?"), (System::GRAPH, "")]
            } else {
                &[]
            };
            for (system, path) in [(kit.system, kit.listing)].iter().chain(places) {
                world.rewrite(*system, path, move |_, answer| {
                    edit(answer, |answer| {
                        let is_page = users(answer).is_some();
                        let page = if is_page { users(answer).expect("just seen") } else { answer };
                        let list =
                            ["/value/0", kit.first].into_iter().find(|list| page.pointer(list).is_some());
                        let Some(record) = list.and_then(|list| page.pointer_mut(list)) else { return };
                        let name = if record["userId"].is_null() { "id" } else { "userId" };
                        record[name] = json!(strange);
                    });
                });
                comes_to_nothing(&world, kit, "");
            }
        }
        let requests = world.sandbox.requests();
        let paths = requests.iter().filter(|seen| STRANGE.iter().any(|strange| seen.path.contains(strange)));
        assert_eq!(paths.count(), 0, "{}", kit.id);
    });
}

#[test]
fn a_365_id_that_people_wrote_into_the_psa_makes_no_address() {
    each(|kit| {
        let world = world("");
        assert_eq!(world.sync(&["--psa", kit.id, "--company", "Contoso"]).code, 0, "{}", kit.id);
        world.edit(|state| {
            let contacts = state[kit.part]["contacts"].as_object_mut().expect("contacts by id");
            let of = contacts.values_mut().filter(|contact| contact.pointer(kit.udfs).is_some());
            for (contact, strange) in of.take(60).zip(STRANGE.iter().cycle()) {
                contact.pointer_mut(kit.udfs).expect("fields")["Office365Id"] = json!(strange);
            }
        });
        world.sync(&["--psa", kit.id, "--company", "Contoso"]);
        for seen in world.sandbox.requests().iter().filter(|seen| seen.system == System::GRAPH) {
            assert!(
                !STRANGE.iter().any(|strange| seen.path.contains(&format!("users/{strange}"))),
                "{}",
                seen.path
            );
        }
    });
}
