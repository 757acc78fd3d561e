//! What reading and writing cost, to the request.
//!
//! The small clients are six companies with Litware, which has no people. Contoso has 31 contacts; its sync
//! changes five contacts, makes one and deactivates two.

use serde_json::Value;

use super::each;
use crate::harness::World;

/// What requests were made for.
#[derive(Debug, PartialEq, Eq)]
struct Figures {
    /// A plan of Contoso.
    one: u64,
    /// A plan of all the small clients.
    all: u64,
    /// A sync of Contoso, its plan included.
    sync: u64,
}

const FIGURES: [(&str, Figures); 4] = [
    // Zone, threshold, companies, contacts, fields and user-defined fields of both, resources: whatever the number
    // of companies. A write is one request, and answers with an id alone: the five are looked at together before
    // and after, so are the two; the new one is searched by addresses and by id, which cannot be one query, and
    // looked at.
    ("autotask", Figures { one: 9, all: 9, sync: 9 + (1 + 5 + 1) + (2 + 1 + 1) + (1 + 2 + 1) }),
    // Codebase, communication types, companies, contacts, members, and the team of every company, for which there is
    // no list. A write answers with the record: the five are looked at before, and the two of them whose number
    // changed, each a request of its own, once more after it; the new one is searched in two ways.
    ("connectwise", Figures { one: 6, all: 5 + 6, sync: 6 + (1 + 3 + 2 + 1) + (2 + 1) + (1 + 2) }),
    // Sign-in, companies, active and inactive contacts, the 79 numbers that a module may have (none where the
    // configuration says which), and the custom fields of every company and contact. The 154 contacts of all
    // companies come in three pages together. Each of the seven contacts is looked at, with its custom fields, before
    // and after it is written; custom fields, own fields and numbers are written apart (four, three and two of
    // them). The new one is searched in its company's contacts (active ones, inactive ones), made at the company's
    // location, which has to be asked for, completed by its title and two custom fields, and looked at.
    (
        "bms",
        Figures {
            one: 1 + 1 + 2 + 79 + (1 + 31),
            all: 1 + 1 + 3 + 79 + (6 + 154),
            sync: 115 + 4 * 7 + (4 + 3 + 2) + (2 + 2 + 3 + 2),
        },
    ),
    // Customers with their contacts inside, and the number of contacts before and after, which proves them whole. A
    // write answers with the record: the five are looked at together in the company's one page, and the new one is
    // searched there.
    ("syncro", Figures { one: 3, all: 3, sync: 3 + (1 + 5) + (1 + 1) }),
];

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
        let expected = FIGURES.iter().find(|(id, _)| *id == kit.id).map(|(_, figures)| figures);
        assert_eq!(Some(&Figures { one, all, sync }), expected, "{}", kit.id);
    });
}
