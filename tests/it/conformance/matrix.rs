//! The feature matrix, cell by cell: what is declared does what it says, what is not is said and not written, and the
//! capability table says no more and no less than that.

use std::panic::{self, AssertUnwindSafe};

use crsync::model::Row;
use serde_json::{Value, json};

use super::people::FABRIKAM;
use super::rows::{PROOFS, tenant};
use super::story::{Story, companies};
use super::{KITS, Kit, each, switch, with_line};
use crate::harness::World;

/// Rows that write no field of their own: they decide about the others, or tell.
const DECIDE: [Row; 9] = [
    Row::MatchUsers,
    Row::ExcludeUsers,
    Row::SyncLog,
    Row::IgnoreNameUpdates,
    Row::Match365Alternates,
    Row::MatchPsaAlternates,
    Row::ExcludeLicenses,
    Row::RequireLicense,
    Row::RequireName,
];

/// What was seen in one cell.
enum Cell {
    /// The row is served: it was applied, its effect was seen in the services' state, and nothing of it is left to do.
    /// So many fields were written for it.
    Done(usize),
    /// The row is not served: it is said so in this sentence, and nothing was done for it.
    Refused(String),
    /// Anything else.
    Wrong(String),
}

fn cell(kit: &'static Kit, place: usize) -> Cell {
    let (row, proof) = PROOFS[place];
    assert_eq!(row, Row::ALL[place], "proofs are in the order of the matrix");
    let story = Story::of(kit);
    let proved = panic::catch_unwind(AssertUnwindSafe(|| proof(story))).is_ok();
    let fields = |changes: &mut dyn Iterator<Item = &Value>| {
        let all = changes.flat_map(|change| change["fields"].as_array().expect("a list"));
        all.filter(|field| field["row"] == row.id()).count()
    };
    let written = fields(&mut story.changes()) + fields(&mut story.asked_changes());
    let left = fields(
        &mut companies(&story.again).flat_map(|company| company["changes"].as_array().expect("a list")),
    );
    let said = story.skips("Wingtip Toys", row.id());
    let reason = said.first().map(|skip| skip["reason"].as_str().expect("a reason").to_owned());
    match (serves(kit, row), proved, reason) {
        (true, true, _) if left == 0 && DECIDE.contains(&row) == (written == 0) => Cell::Done(written),
        (false, false, Some(reason)) if written == 0 => Cell::Refused(reason),
        (declared, proved, reason) => Cell::Wrong(format!(
            "declared: {declared}, proved: {proved}, written {written}, left {left}, said {reason:?}"
        )),
    }
}

#[test]
fn every_cell_of_the_matrix_is_served_or_refused_as_declared() {
    let mut told = vec![line("", KITS.iter().map(|kit| kit.id.to_owned()))];
    let (mut wrong, mut cells) = (Vec::new(), 0);
    for (place, row) in Row::ALL.into_iter().enumerate() {
        let shown = KITS.iter().map(|kit| {
            cells += 1;
            match cell(kit, place) {
                Cell::Done(0) => "✓ decides".to_owned(),
                Cell::Done(fields) => format!("✓ {fields} written, none left"),
                Cell::Refused(reason) => {
                    let why = reason.split_once(": ").map_or(reason.as_str(), |(_, why)| why);
                    format!("- {}", why.chars().take(26).collect::<String>())
                }
                Cell::Wrong(why) => {
                    wrong.push(format!("{row} of {}: {why}", kit.id));
                    "WRONG".to_owned()
                }
            }
        });
        told.push(line(&format!("{:>2} {row}", row.number()), shown));
    }
    told.push(format!("{cells} cells"));
    println!("{}", told.join("\n"));
    assert_eq!((cells, wrong), (Row::ALL.len() * KITS.len(), Vec::new()));
}

fn line(head: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| format!("{cell:<29}")).collect();
    format!("{head:<25}{}", cells.join(" ")).trim_end().to_owned()
}

fn serves(kit: &Kit, row: Row) -> bool {
    crsync::psa::find(kit.id).expect("a PSA of the registry").capabilities.serves(row)
}

fn unserved(kit: &'static Kit) -> impl Iterator<Item = Row> {
    Row::ALL.into_iter().filter(|row| !serves(kit, *row))
}

#[test]
fn once_applied_nothing_is_left_to_do() {
    each(|kit| {
        let story = Story::of(kit);
        assert_eq!(story.code, 4, "{}: conflicts are all that is left: {}", kit.id, story.run["summary"]);
        for company in companies(&story.again) {
            assert_eq!(company["changes"], json!([]), "{} {}", kit.id, company["name"]);
            assert_eq!(company["unread"], json!([]), "{} {}", kit.id, company["name"]);
        }
    });
}

#[test]
fn what_a_psa_does_not_offer_is_one_line_in_every_plan() {
    each(|kit| {
        let story = Story::of(kit);
        let name = crsync::psa::find(kit.id).expect("a PSA of the registry").capabilities.name;
        for row in unserved(kit) {
            // The one row of them that is off unless a company switches it on.
            let places: &[&str] = match row {
                Row::IgnoreNameUpdates => &["Wingtip Toys"],
                _ => &["Contoso", "Fabrikam", "Northwind", "Tailspin Toys", "Wingtip Toys"],
            };
            for place in places {
                let skips = story.skips(place, row.id());
                assert_eq!(skips.len(), 1, "{} {row} {place}", kit.id);
                let reason = skips[0]["reason"].as_str().unwrap_or_default();
                assert!(reason.starts_with(&format!("{row}: {name} ")), "{reason}");
                assert_eq!(skips[0]["strict"], true);
            }
            let asked = |field: &Value| field["row"] == row.id();
            let mut changed = story.changes().flat_map(|change| change["fields"].as_array().expect("a list"));
            assert!(!changed.any(asked), "{} changes something for {row}", kit.id);
        }
    });
}

#[test]
fn what_a_psa_does_not_offer_costs_no_request_and_is_an_error_when_strict() {
    each(|kit| {
        let rows: Vec<Row> = unserved(kit).collect();
        let world = World::small();
        let mut asked = Vec::new();
        for on in [true, false] {
            let lines: Vec<String> = rows.iter().map(|row| format!("{row} = {on}")).collect();
            switch(&world, &lines.join("\n"));
            world.forget();
            let before = world.sandbox.requests().len();
            let run = world.diff(&["--psa", kit.id, "--company", "Contoso"]);
            assert_eq!(run.code, 0, "{}", run.err);
            let mut requests: Vec<String> = world
                .sandbox
                .requests()
                .split_off(before)
                .into_iter()
                .filter(|seen| seen.system == kit.system)
                .map(|seen| format!("{} {}", seen.method, seen.path))
                .collect();
            requests.sort();
            asked.push(requests);
            let before = world.sandbox.requests().len();
            let strict = world.diff(&["--psa", kit.id, "--company", "Contoso", "--strict"]);
            let expected = if on && !rows.is_empty() { 2 } else { 0 };
            assert_eq!(strict.code, expected, "{} {on}: {}", kit.id, strict.err);
            if expected == 2 {
                assert!(rows.iter().all(|row| strict.err.contains(row.id())), "{}", strict.err);
                assert_eq!(world.sandbox.requests().len(), before, "nothing is read before");
            }
        }
        assert_eq!(asked[0], asked[1], "{}", kit.id);
    });
}

#[test]
fn a_setting_can_make_a_company_keep_its_tenant() {
    each(|kit| {
        let Some(line) = kit.tenant_switch else { return };
        let world = World::small();
        world.configure(|text| format!("retries = 0\n{}", with_line(&text, kit.id, line)));
        let args = ["--psa", kit.id, "--company", "Fabrikam"];
        let sync = [&["sync", "--yes", "--allow", "update=99"][..], &args].concat();
        assert_eq!(world.run(&sync).code, 4);
        let state = world.sandbox.snapshot();
        assert_eq!(kit.tenant_of(&state, FABRIKAM), Some(tenant(&state, "Fabrikam")), "{}", kit.id);
        let diff = world.diff(&args).json();
        assert!(companies(&diff).all(|company| company["changes"] == json!([])), "{diff}");
    });
}
