//! Whatever goes wrong while a PSA is read: the company is held back as a whole, nothing is concluded from what was
//! not read, and one line says what happened and what to do.

use crsync_sandbox::Effect;
use serde_json::{Value, json};

use super::{Kit, each};
use crate::faults::{held_back, held_back_with, html};
use crate::harness::{World, company};

fn args(kit: &Kit) -> [&'static str; 4] {
    ["--psa", kit.id, "--company", "Contoso"]
}

fn answer(status: u16, body: &Value) -> Effect {
    Effect::Answer {
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.to_string(),
    }
}

#[test]
fn an_answer_that_is_none_holds_the_company_back() {
    each(|kit| {
        let world = World::small();
        for (effect, what) in [
            (Effect::ResetBefore, ""),
            (Effect::ResetAfter, ""),
            (Effect::Truncated, "broke off"),
            (html(), "web page"),
            (answer(200, &json!("no list")), ""),
            (answer(200, &json!({})), ""),
            (answer(500, &json!({"message": "it broke"})), ""),
            (answer(503, &Value::Null), ""),
            (answer(404, &Value::Null), ""),
            (answer(429, &Value::Null), ""),
        ] {
            let before = world.sandbox.requests().len();
            world.fault(kit.system, kit.listing, None, effect.clone());
            let run = world.diff(&args(kit));
            assert_eq!(run.code, 8, "{} {effect:?}: {}", kit.id, run.err);
            held_back(&run, what, "");
            assert!(world.sandbox.requests()[before..].iter().all(|seen| seen.method != "PATCH"));
        }
    });
}

#[test]
fn a_sync_of_a_company_that_could_not_be_read_writes_nothing_there() {
    each(|kit| {
        let world = World::small();
        let before = world.sandbox.snapshot();
        world.fault(kit.system, kit.listing, None, Effect::Truncated);
        let run = world.run(&[&["sync", "--yes"][..], &args(kit)].concat());
        assert_eq!(run.code, 8, "{} {}", kit.id, run.err);
        let after = world.sandbox.snapshot();
        assert_eq!(before[kit.part]["contacts"], after[kit.part]["contacts"], "{}", kit.id);
        assert_eq!(before["cloudradial"]["users"], after["cloudradial"]["users"], "{}", kit.id);
    });
}

#[test]
fn a_wrong_secret_is_named_and_not_tried_twice_where_that_locks_the_account() {
    each(|kit| {
        let mut world = World::small();
        world.env.insert(kit.secret.to_owned(), "not-the-secret".to_owned());
        let run = world.diff(&args(kit));
        held_back_with(1, &run, "", &format!("crsync login {}", kit.id));
        assert!(!run.err.contains("not-the-secret") && !run.out.contains("not-the-secret"));
        let requests = world.sandbox.requests();
        let of = requests.iter().filter(|seen| seen.system == kit.system);
        let tried = of.filter(|seen| kit.open.is_none_or(|open| !seen.path.contains(open))).count();
        assert!(tried == 1 || !kit.locks, "{}: {tried} tries", kit.id);
    });
}

#[test]
fn a_right_that_is_lacking_is_told_with_a_next_step() {
    each(|kit| {
        let world = World::small();
        world.edit(|state| state[kit.part]["denied"] = json!([kit.not_read]));
        held_back_with(1, &world.diff(&args(kit)), "", "");
    });
}

#[test]
fn a_company_that_does_not_exist_holds_only_itself_back() {
    each(|kit| {
        let world = World::small();
        world.configure(|text| format!("retries = 0\n{}", text.replace("psa = 174\n", "psa = 174000\n")));
        let run = world.diff(&[&args(kit)[..], &["--company", "Tailspin Toys"]].concat());
        held_back(&run, "174000", "psa");
        assert_eq!(company(&run.json(), "Tailspin Toys")["unread"], json!([]), "{}", kit.id);
    });
}

#[test]
fn a_service_that_asks_to_slow_down_is_asked_again() {
    each(|kit| {
        let world = World::small();
        world.configure(|text| format!("retries = 1\n{text}"));
        let slow = Effect::Answer {
            status: 429,
            headers: vec![("retry-after".into(), "1".into())],
            body: String::new(),
        };
        world.fault(kit.system, kit.listing, Some(1), slow);
        let run = world.diff(&args(kit));
        assert_eq!(run.code, 0, "{} {}", kit.id, run.err);
        let plan = run.json();
        let counts = plan["requests"].as_array().expect("a list");
        let own = counts.iter().find(|count| count["service"] == kit.service).expect("it was asked");
        assert_eq!(own["retries"], 1, "{}", kit.id);
    });
}
