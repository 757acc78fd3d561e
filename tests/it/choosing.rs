//! Which companies `--company` chooses.

use serde_json::Value;

use crate::harness::{Run, World};

/// The small MSP with its clients renamed.
fn renamed(names: &[(&str, &str)]) -> World {
    let world = World::small();
    world.configure(|text| {
        let renamed = names.iter().fold(text, |text, (from, to)| {
            text.replace(&format!("name = \"{from}\""), &format!("name = \"{to}\""))
        });
        format!("retries = 0\n{renamed}")
    });
    world
}

fn chosen(run: &Run) -> Vec<String> {
    let json = run.json();
    let companies = json["companies"].as_array().expect("companies").iter();
    companies.map(|company| company["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn an_exact_name_is_that_company_alone_and_only_asterisk_and_question_mark_are_wild() {
    let world = renamed(&[
        ("Contoso", "Shop #1"),
        ("Fabrikam", "Shop 21"),
        ("Northwind", "Cedar [x"),
        ("Tailspin Toys", " Cedar *\u{200b}"),
    ]);
    for (named, expected) in [
        ("Shop #1", &["Shop #1"][..]),
        ("shop #1 ", &["Shop #1"]),
        ("Cedar [x", &["Cedar [x"]),
        ("Cedar *", &["Cedar *"]),
        ("Shop *", &["Shop #1", "Shop 21"]),
        ("Shop ??", &["Shop #1", "Shop 21"]),
        ("cedar*", &["Cedar *", "Cedar [x"]),
    ] {
        for command in ["diff", "match"] {
            let run = world.run(&[command, "--format", "json", "--company", named]);
            assert_eq!(run.code, 0, "{named}: {}", run.err);
            let mut found = chosen(&run);
            found.sort();
            assert_eq!(found, expected, "{command} {named}");
        }
    }
    for none in ["Shop ##", "Shop [#]1", "Shop"] {
        let run = world.run(&["diff", "--company", none]);
        assert_eq!(run.code, 2, "{none}");
        assert!(run.err.contains("did you mean \"Shop "), "{}", run.err);
    }
    let run = world.sync(&["--company", "Shop #1"]);
    assert!([0, 4].contains(&run.code), "{}", run.err);
    let written: Vec<String> =
        world.journal("last").companies.into_iter().map(|company| company.name).collect();
    assert_eq!(written, ["Shop #1"]);
}

#[test]
fn a_company_that_is_switched_off_is_said_to_be_off_and_can_be_named() {
    let world = World::small();
    world.configure(|text| {
        format!(
            "retries = 0\n{}",
            text.replace("name = \"Contoso\"\n", "name = \"Contoso\"\nenabled = false\n")
        )
    });
    let run = world.run(&["diff", "--company", "Conto*"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("finds only companies that are switched off: \"Contoso\""), "{}", run.err);
    assert!(run.err.contains("--company \"Contoso\""), "{}", run.err);
    assert_eq!(chosen(&world.diff(&["--company", "contoso"])), ["Contoso"]);
}

#[test]
fn a_person_of_a_company_that_is_switched_off_is_not_read_and_that_is_said() {
    let world = World::small();
    world.configure(|text| {
        format!(
            "retries = 0\n{}",
            text.replace("name = \"Contoso\"\n", "name = \"Contoso\"\nenabled = false\n")
        )
    });
    let run = world.run(&["explain", "amy.chu@contoso.example"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("not read, since switched off (enabled = false): \"Contoso\""), "{}", run.err);
    assert!(run.err.contains("--company \"Contoso\" reads it"), "{}", run.err);
    assert_eq!(world.run(&["explain", "amy.chu@contoso.example", "--company", "Contoso"]).code, 0);
}

#[test]
fn names_that_look_the_same_are_refused() {
    for twin in ["FABRIKAM", "Fabri\u{200b}kam", " Fabrikam\u{a0}"] {
        let world = renamed(&[("Contoso", twin)]);
        let run = world.diff(&[]);
        assert_eq!(run.code, 2, "{twin:?}");
        assert!(run.err.contains("Fabrikam"), "{}", run.err);
    }
    let world = renamed(&[("Contoso", "\u{200b} ")]);
    assert_eq!(world.diff(&[]).code, 2, "a name that cannot be seen");
}

#[test]
fn log_takes_companies_in_the_same_way() {
    let world = World::small();
    for company in ["Contoso", "Northwind"] {
        assert!([0, 4].contains(&world.sync(&["--company", company]).code));
    }
    let runs = |named: &str| -> usize {
        let run = world.run(&["log", "--format", "json", "--company", named]);
        assert_eq!(run.code, 0, "{}", run.err);
        run.json()["runs"].as_array().expect("a list").len()
    };
    assert_eq!((runs("Contoso"), runs("north*"), runs("*"), runs("Fabrikam")), (1, 1, 2, 0));
    let shown = world.run(&["log", "last", "--format", "json", "--company", "Contoso"]).json();
    assert_eq!(shown["run"]["entries"], Value::Array(Vec::new()));
    assert_eq!(world.run(&["log", "--company", "Nowhere"]).code, 2);
    // The journal outlives the configuration.
    world.configure(|text| format!("retries = 0\n{}", text.replace("\"Northwind\"", "\"Northwind Ltd\"")));
    assert_eq!(runs("Northwind"), 1);
}
