//! What is true of Syncro alone.

use std::path::Path;

use crsync::config;
use crsync::model::Row;

use crate::config::env;
use crate::doctor;

#[test]
fn an_experiment_that_is_switched_on_is_served_and_otherwise_reported() {
    let text = include_str!("../../fixtures/config/ok/syncro.toml");
    let unserved =
        |text: &str| config::load(Path::new("syncro.toml"), text, None, &env()).map(|read| read.unserved);
    assert_eq!(unserved(text).expect("a good file"), []);
    let without = text.replace("experimental-company-udf = true\n", "");
    assert_eq!(unserved(&without).expect("a good file"), [Row::TenantId]);
    let mistyped = text.replace("= true\n\n[syncro.udfs]", "= \"yes\"\n\n[syncro.udfs]");
    assert!(
        unserved(&mistyped).expect_err("a text").message().contains("`experimental-company-udf` of [syncro]")
    );
}

#[test]
fn every_permission_that_is_missing_is_one_failure_of_a_check() {
    for (permission, subject) in [
        ("Customers - List/Search", "psa"),
        ("Customers - View Detail", "rights"),
        ("Customers - Edit", "rights"),
    ] {
        let world = doctor::world();
        world.edit(|state| state["syncro"]["denied"] = serde_json::json!([permission]));
        let run = doctor::doctor(&world, &["--psa", "syncro"]);
        let failures = doctor::facts(&run, "fail");
        let [(about, told, next)] = &failures[..] else { panic!("{permission}: {failures:?}") };
        assert_eq!(about, subject, "{permission}: {told}");
        assert!(next.contains("Admin > API Tokens"), "{permission}: {next}");
    }
}
