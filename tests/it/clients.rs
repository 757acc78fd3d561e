//! Small clients of a test's own, served by the sandbox.

use crate::conformance::each;
use crate::harness::{World, client, company};

#[test]
fn a_client_in_agreement_has_nothing_to_do_on_any_psa() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 5, ""), client("Birch", 21, 2, "")]);
        let run = world.diff(&["--psa", kit.id]);
        let plan = run.json();
        for name in ["Alder", "Birch"] {
            let changes = company(&plan, name)["changes"].as_array().expect("a list").len();
            assert_eq!(changes, 0, "{}: {}", kit.id, run.out);
        }
        assert_eq!(company(&plan, "Alder")["people"], 5, "{}", kit.id);
    });
}
