//! What Kaseya BMS says of its sessions.

use serde_json::{Value, json};

use super::{edit, world};
use crate::conformance::KITS;

#[test]
fn a_session_of_any_length_of_life_is_used() {
    let kit = KITS.iter().find(|kit| kit.id == "bms").expect("its kit");
    let world = world("");
    let ends: [Value; 8] = [
        json!(null),
        json!("9999-12-31T23:59:59Z"),
        json!("9999-12-31T23:59:59"),
        json!("-9999-01-01T00:00:00Z"),
        json!("99999-01-01T00:00:00Z"),
        json!(1_i64 << 62),
        json!("soon"),
        json!({}),
    ];
    for end in ends {
        world.rewrite(kit.system, "security/authenticate", move |_, answer| {
            edit(answer, |answer| answer["result"]["accessTokenExpireOn"] = end.clone());
        });
        let run = world.diff(&["--psa", kit.id, "--company", "Contoso"]);
        assert_eq!(run.code, 0, "{}", run.err);
    }
}
