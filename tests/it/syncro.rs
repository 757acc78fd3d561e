//! What is true of Syncro alone.

use std::path::Path;

use crsync::config;
use crsync::model::Row;

use crate::config::env;

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
