//! What reading and writing cost, to the request.
//!
//! The small clients are six companies with Litware, which has no people. Contoso has 31 contacts; its sync
//! changes five contacts, makes one and deactivates two.

use serde_json::Value;

use super::each;
use super::psas::Figures;
use crate::harness::World;

fn requests(document: &Value, service: &str) -> u64 {
    let counts = document["requests"].as_array().expect("a list");
    let own = counts.iter().find(|count| count["service"] == service).expect("it was asked");
    own["requests"].as_u64().expect("a number")
}

#[test]
fn nothing_is_asked_that_need_not_be() {
    each(|kit| {
        let world = World::small();
        let contoso = ["--psa", kit.id, "--company", "Contoso"];
        let one = requests(&world.diff(&contoso).json(), kit.service);
        world.forget();
        let all = requests(&world.diff(&["--psa", kit.id]).json(), kit.service);
        world.forget();
        let sync = world.run(&[&["sync", "--yes", "--format", "json"][..], &contoso].concat());
        let sync = requests(&sync.json(), kit.service);
        assert_eq!(Figures { one, all, sync }, kit.figures, "{}", kit.id);
    });
}
