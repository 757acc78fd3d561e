//! What the configuration may say, and what is said when it is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crsync::config;

/// Returns an environment with every secret.
pub(crate) fn env() -> BTreeMap<String, String> {
    let names =
        config::secrets().iter().flat_map(|(service, names)| names.iter().map(move |name| (service, name)));
    let variable = |(service, name)| format!("CRSYNC_{service}_{name}").to_uppercase().replace('-', "_");
    names.map(|name| (variable(name), "x".to_owned())).collect()
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

/// Returns a mistake as it is shown.
fn told(error: &crsync::error::Error) -> String {
    let lines: Vec<&str> = error.lines().iter().flat_map(|line| ["  ", line.as_str(), "\n"]).collect();
    let lines = lines.concat();
    format!("error: {error}\n{lines}  next: {}\n", error.next_step().unwrap_or("(nothing)"))
}

#[test]
fn every_mistake_is_told_at_once_and_no_secret_with_it() {
    let path = files("bad").into_iter().find(|path| path.ends_with("five-mistakes.toml"));
    let error = load(&path.expect("a fixture")).expect_err("five mistakes");
    assert_eq!(error.further().len() + 1, 5, "{error}");
    for path in files("bad") {
        let told = std::fs::read_to_string(path.with_extension("txt")).expect("what is told");
        assert!(!told.contains("hunter2"), "{}", path.display());
        assert_ne!(told.matches("  next: ").count(), 0, "{}", path.display());
        assert!(!told.contains("(nothing)"), "{}", path.display());
    }
}

#[test]
fn missing_secrets_are_all_told_in_one_run() {
    let path = files("ok").into_iter().next().expect("a fixture");
    let text = std::fs::read_to_string(&path).expect("a fixture");
    let error = config::load(&path, &text, None, &BTreeMap::new()).expect_err("no secret is there");
    let told: String = std::iter::once(&error).chain(error.further()).map(told).collect();
    for secret in ["cloudradial public-key", "cloudradial private-key", "microsoft365 client-secret"] {
        assert!(told.contains(&format!("crsync login {secret}")), "{told}");
    }
}

#[test]
fn bad_configurations_are_told_where_and_what_to_write_instead() {
    for path in files("bad") {
        let error = load(&path).expect_err(&path.display().to_string());
        let told: String = std::iter::once(&error).chain(error.further()).map(told).collect();
        let expected = path.with_extension("txt");
        if std::env::var_os("CRSYNC_BLESS").is_some() {
            std::fs::write(&expected, &told).expect("a writable folder");
        }
        let expected = std::fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(told, expected, "{}; run the tests once with CRSYNC_BLESS=1", path.display());
    }
}

#[test]
fn a_domain_with_umlauts_is_the_one_that_travels_in_mail_and_is_told_as_it_is_written() {
    let path = files("ok").into_iter().find(|path| path.ends_with("small.toml")).expect("a fixture");
    let text = std::fs::read_to_string(&path).expect("a fixture");
    let (before, tenant) = text.split_once("tenant = ").expect("a company");
    let rest = tenant.split_once('\n').map_or("", |(_, rest)| rest);
    let company = |name: &str, id: u8, domain: &str| {
        format!(
            "\n[[company]]\nname = \"{name}\"\ncloudradial = {id}\npsa = {id}\ntenant = \"Bücher.example\"\ndomains = [\"{domain}\"]\n"
        )
    };
    let read = |text: &str| config::load(&path, text, None, &env());
    let one = format!(
        "{before}tenant = \"BÜCHER.example\"\ndomains = [\"@Bücher.example\", \"contoso.example\", \"xn--bcher-kva.example\"]\n{rest}"
    );
    let found = read(&one).unwrap_or_else(|error| panic!("{error}"));
    let key = "xn--bcher-kva.example";
    assert_eq!(found.companies[0].tenant, key);
    assert_eq!(found.companies[0].domains, [key, "contoso.example"]);
    assert_eq!(found.companies[0].as_stated(key), "bücher.example");
    let two = company("Alder", 70, "bücher.example") + &company("Birch", 71, key);
    let error = read(&format!("{text}{two}")).expect_err("one domain of two companies");
    assert!(error.message().contains("Alder and Birch share the tenant"), "{error}");
    assert!(error.message().ends_with("both name the domain xn--bcher-kva.example"), "{error}");
    let two = company("Alder", 70, key) + &company("Birch", 71, "Bücher.example");
    let error = read(&format!("{text}{two}")).expect_err("one domain of two companies");
    assert!(error.message().ends_with("both name the domain bücher.example"), "{error}");
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
