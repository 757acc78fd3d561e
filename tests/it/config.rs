//! What the configuration may say, and what is said when it is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crsync::model::{Row, Udf};
use crsync::{config, psa};

fn env() -> BTreeMap<String, String> {
    [
        "MICROSOFT365_CLIENT_SECRET",
        "CLOUDRADIAL_PUBLIC_KEY",
        "CLOUDRADIAL_PRIVATE_KEY",
        "AUTOTASK_INTEGRATION_CODE",
        "AUTOTASK_SECRET",
        "SYNCRO_TOKEN",
        "BMS_PASSWORD",
    ]
    .into_iter()
    .map(|name| (format!("CRSYNC_{name}"), "x".to_owned()))
    .collect()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config").join(folder);
    let entries =
        std::fs::read_dir(&folder).expect("the fixtures").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn load(path: &Path) -> crsync::error::Result<config::Config> {
    let text = std::fs::read_to_string(path).expect("a fixture");
    let name = path.file_name().expect("a name");
    config::load(Path::new(name), &text, None, &env())
}

#[test]
fn good_configurations_are_read() {
    for path in files("ok") {
        load(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

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
fn bad_configurations_are_told_where_and_what_to_write_instead() {
    for path in files("bad") {
        let error = load(&path).expect_err(&path.display().to_string());
        let told = format!("error: {error}\n  next: {}\n", error.next_step().unwrap_or("(nothing)"));
        let expected = path.with_extension("txt");
        if std::env::var_os("CRSYNC_BLESS").is_some() {
            std::fs::write(&expected, &told).expect("a writable folder");
        }
        let expected = std::fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(told, expected, "{}; run the tests once with CRSYNC_BLESS=1", path.display());
    }
}

#[test]
fn kaseya_bms_takes_one_time_codes_where_their_secret_is_given() {
    let text = include_str!("../../fixtures/config/ok/bms.toml");
    let mut env = env();
    env.insert("CRSYNC_BMS_TOTP".to_owned(), "GEZDGNBVGY3TQOJQ".to_owned());
    let config = config::load(Path::new("bms.toml"), text, None, &env).expect("a good file");
    let psa::Settings::KaseyaBms(settings) = config.psa else { panic!("another PSA") };
    assert_eq!(settings.totp.map(|secret| secret.expose().to_owned()).as_deref(), Some("GEZDGNBVGY3TQOJQ"));
    assert_eq!((settings.tenant.as_str(), settings.contacts_module), ("My MSP & Sons", Some(13)));
    assert_eq!(settings.udf_names[&Udf::Office365Id], "M365 Object Id");
    assert_eq!(settings.custom_field_refresh.as_secs(), 5 * 86_400);
    let text = text.replace("user = \"api\"", "user = \"api\"\ntotp-file = \"/nonexistent\"");
    env.remove("CRSYNC_BMS_TOTP");
    let error = config::load(Path::new("bms.toml"), &text, None, &env).expect_err("named, and not there");
    assert!(error.message().contains("/nonexistent"), "{error}");
}

#[test]
fn decisions_stand_beside_the_configuration() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("crsync.toml");
    let example = files("ok").into_iter().next().expect("a fixture");
    std::fs::copy(example, &path).expect("a writable folder");
    let decisions = "[[split]]\nuser = \"a\"\ncontact = 1\n";
    std::fs::write(path.with_file_name("decisions.toml"), decisions).expect("a writable folder");
    let read = config::read(&path, None, &env()).unwrap_or_else(|error| panic!("{error}")).decisions;
    assert_eq!((read.pins.len(), read.splits.len()), (0, 1));
    std::fs::write(path.with_file_name("decisions.toml"), "[[pin]]\nuser = \"a\"\ncontct = 1\n")
        .expect("a writable folder");
    let error = config::read(&path, None, &env()).expect_err("a mistyped key");
    assert!(error.message().contains("decisions.toml:"), "{error}");
}

#[test]
fn a_configuration_that_is_not_there_says_where_it_was_looked_for() {
    let env = BTreeMap::from([("CRSYNC_CONFIG".to_owned(), "/nonexistent/crsync.toml".to_owned())]);
    let error = config::find(None, &env).expect_err("not there");
    assert_eq!(error.message(), "there is no configuration at /nonexistent/crsync.toml");
    assert!(error.next_step().is_some_and(|next| next.contains("--sandbox")));
}
