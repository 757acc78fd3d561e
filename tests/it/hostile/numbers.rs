//! Numbers and times without sense: they are taken for what they are, and never for what they are not.

use crsync_sandbox::System;
use serde_json::json;

use super::{comes_to_nothing, edit, world};
use crate::conformance::each;

#[test]
fn a_wait_without_sense_ends_the_run_and_not_the_program() {
    const WAITS: [&str; 9] = [
        "-1",
        "1e300",
        "NaN",
        "inf",
        "99999999999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Fri, 99 Foo 2026 25:61:61 GMT",
        "soon",
    ];
    each(|kit| {
        let world = world("");
        world.configure(|text| format!("retries = 1\n{text}"));
        for wait in WAITS {
            world.rewrite(kit.system, kit.listing, move |_, answer| {
                answer.status = 429;
                answer.headers = vec![("retry-after".into(), wait.into())];
                answer.body = b"{}".to_vec();
            });
            comes_to_nothing(&world, kit, "");
        }
    });
}

#[test]
fn a_token_of_any_length_of_life_is_used() {
    let lives = [
        None,
        Some(json!(null)),
        Some(json!(0)),
        Some(json!(-3600)),
        Some(json!(u64::MAX)),
        Some(json!("3599")),
        Some(json!("99999999999999999999999999")),
        Some(json!("soon")),
        Some(json!({})),
        Some(json!(1.5)),
    ];
    let world = world("");
    for life in lives {
        let told = life.clone();
        world.rewrite(System::ENTRA, "token", move |_, answer| {
            edit(answer, |answer| {
                let token = answer.as_object_mut().expect("an object");
                match &life {
                    None => drop(token.remove("expires_in")),
                    Some(life) => drop(token.insert("expires_in".to_owned(), life.clone())),
                }
            });
        });
        let before = world.sandbox.requests().len();
        let run = world.diff(&["--company", "Contoso"]);
        assert_eq!(run.code, 0, "{told:?} {}", run.err);
        let tokens = world.sandbox.requests()[before..]
            .iter()
            .filter(|seen| seen.system == System::ENTRA && seen.path.contains("token"))
            .count();
        assert_eq!(tokens, 1, "{told:?}: a token is used for a while at least");
    }
}
