//! The reference of the configuration is what the program reads: the same keys, examples that it takes, and the
//! defaults that hold.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crsync::config;
use crsync::error::Error;
use toml::{Table, Value};

use super::examples::{base, decide, load, secrets, variable};
use super::pages::{self, codes, pages};

/// A certificate with its key, made for this test: no tenant knows it.
const CERTIFICATE: &str = include_str!("sign_in.pem");

/// A key that no table has.
const NO_KEY: &str = "qqqq";

/// The tables whose keys are documented, beside those of the PSAs: the mark above the table in the documentation,
/// and what must be in it.
const TABLES: &[(&str, &str)] = &[
    ("file", ""),
    ("[cloudradial]", ""),
    ("[microsoft365]", ""),
    ("[sync]", ""),
    ("rule", "when = \"always\"\nclear = false\nsources = [\"365\"]"),
    ("[fields]", ""),
    ("[fields.contact]", ""),
    ("[fields.portal]", ""),
    ("[self-service]", "allow = [\"phone\"]"),
    ("[guards]", ""),
    ("[notify]", ""),
    ("[[exclude]]", "email = \"svc*@*\""),
    ("[[type]]", "name = \"Billing Contact\""),
    ("[[company]]", ""),
    ("psa", "autotask = 174"),
    ("[udfs]", ""),
    ("decisions [[pin]]", "user = \"8f2c\"\ncontact = 2001"),
    ("decisions [[split]]", "user = \"8f2c\"\ncontact = 2001"),
    ("decisions [[ignore]]", "contact = 2003"),
    (
        "decisions [[company]]",
        "name = \"Contoso\"\nreplaces-tenant = \"old.example\"\nwho = \"kim\"\nwhen = 2026-11-02",
    ),
];

/// Tables that name one thing each, so that another one takes its place.
const ONE_THING: &[&str] = &["[[exclude]]", "decisions [[ignore]]"];

/// A file in which one table is looked at.
struct Probe {
    mark: String,
    file: Table,
}

impl Probe {
    fn new(mark: &str, must: &str) -> Self {
        let file = if mark.starts_with("decisions") { Table::new() } else { base() };
        let mut probe = Self { mark: mark.to_owned(), file };
        probe.table().extend(must.parse::<Table>().expect("a table"));
        probe
    }

    /// The table, made where it is not there.
    fn table(&mut self) -> &mut Table {
        let path = match self.mark.as_str() {
            "file" => "",
            "rule" => "[fields.title]",
            "psa" => "[[company]].psa",
            mark => mark.trim_start_matches("decisions "),
        };
        let path = path.to_owned();
        let mut table = &mut self.file;
        for name in path.split('.').filter(|name| !name.is_empty()) {
            let is_list = name.starts_with("[[");
            let name = name.trim_matches(['[', ']']);
            let empty =
                if is_list { Value::Array(vec![Value::Table(Table::new())]) } else { Table::new().into() };
            let entry = table.entry(name).or_insert_with(|| empty.clone());
            if matches!(entry, Value::Integer(_)) {
                *entry = empty;
            }
            table = match entry {
                Value::Array(items) => items.first_mut().and_then(Value::as_table_mut),
                value => value.as_table_mut(),
            }
            .expect("a table");
        }
        table
    }

    /// What the program holds of the file, in a form to be compared.
    fn read(&self) -> Result<String, Error> {
        let mut env = secrets();
        // Where a certificate is, no client secret is asked for.
        if self.file.get("microsoft365").is_some_and(|table| table.to_string().contains("certificate")) {
            env.insert(variable("microsoft365", "certificate"), CERTIFICATE.to_owned());
        }
        let config = if self.mark.starts_with("decisions") {
            decide(&toml::to_string(&self.file).expect("a table has a text"))
        } else {
            load(&self.file, &env)
        };
        config.map(|mut config| {
            config.digest.clear();
            // Where a setting is in the file is no part of what it says.
            for company in &mut config.companies {
                Arc::make_mut(company).policy.stated.iter_mut().for_each(|stated| stated.line = 0);
            }
            format!("{config:?}")
        })
    }

    /// The keys that the program says the table has.
    fn keys(mut self) -> BTreeSet<String> {
        self.table().insert(NO_KEY.to_owned(), true.into());
        let error = self.read().expect_err(&self.mark);
        let hint = error.next_step().unwrap_or_default();
        let keys = hint.strip_prefix("its keys are ");
        let keys = keys.unwrap_or_else(|| panic!("{}: {error}; {hint}", self.mark));
        keys.split(", ").map(ToOwned::to_owned).collect()
    }
}

/// The probes, by mark. A PSA's table is looked at as that of the chosen PSA, and as that of another one.
fn probes() -> Vec<Probe> {
    let mut probes: Vec<Probe> = TABLES.iter().map(|(mark, must)| Probe::new(mark, must)).collect();
    let psas: Vec<&str> = crsync::psa::registry().iter().map(|known| known.id()).collect();
    for (at, id) in psas.iter().enumerate() {
        for chosen in [*id, psas[(at + 1) % psas.len()]] {
            let mut probe = Probe::new(&format!("[{id}]"), "");
            probe.file.insert("psa".to_owned(), chosen.into());
            probes.push(probe);
        }
    }
    probes
}

/// The tables of the documentation with the mark `keys: …`, by what is behind it. Every PSA's page adds its own keys to
/// the tables that all PSAs share.
fn documented() -> BTreeMap<String, pages::Table> {
    let mut documented = BTreeMap::<String, pages::Table>::new();
    for table in pages().iter().flat_map(pages::Page::tables) {
        let Some(mark) = table.mark.strip_prefix("keys: ").map(ToOwned::to_owned) else { continue };
        match documented.entry(mark) {
            Entry::Vacant(place) => drop(place.insert(table)),
            Entry::Occupied(mut same) => {
                assert!(same.get().head.starts_with(&table.head), "{}: other columns", table.place);
                same.get_mut().rows.extend(table.rows);
            }
        }
    }
    documented
}

#[test]
fn the_reference_has_the_keys_that_the_program_reads_and_no_others() {
    let documented = documented();
    let marks: BTreeSet<String> = probes().into_iter().map(|probe| probe.mark).collect();
    assert_eq!(documented.keys().cloned().collect::<BTreeSet<_>>(), marks, "tables");
    for probe in probes() {
        let mark = probe.mark.clone();
        let keys: Vec<String> = documented[&mark].rows.iter().flat_map(|row| codes(&row[0])).collect();
        let named: BTreeSet<String> = keys.iter().cloned().collect();
        assert_eq!(named, probe.keys(), "{mark} (left: the reference, right: the program)");
        assert_eq!(named.len(), keys.len(), "{mark} names a key twice");
    }
}

/// The keys that a schema has for the table of a mark.
fn in_schema(mark: &str) -> BTreeSet<String> {
    let (name, mark) = match mark.strip_prefix("decisions ") {
        Some(mark) => ("decisions", mark),
        None => ("config", mark),
    };
    let schema = config::schema(name).expect("a schema");
    let own = mark.trim_matches(['[', ']']);
    let keys = match mark {
        "file" => &schema["properties"],
        "rule" => &schema["$defs"]["rule"]["oneOf"][1]["properties"],
        "psa" => &schema["$defs"]["company"]["properties"]["psa"]["oneOf"][1]["properties"],
        _ => &schema["$defs"][own]["properties"],
    };
    keys.as_object().unwrap_or_else(|| panic!("the schema has no {mark}")).keys().cloned().collect()
}

#[test]
fn the_schemas_have_the_keys_of_the_reference_and_no_others() {
    for (mark, table) in documented() {
        let named: BTreeSet<String> = table.rows.iter().flat_map(|row| codes(&row[0])).collect();
        assert_eq!(named, in_schema(&mark), "{mark} (left: the reference, right: the schema)");
    }
}

#[test]
fn every_example_of_the_reference_is_taken() {
    for (mark, table) in documented() {
        let column = table.column("example").unwrap_or_else(|| panic!("{}: no examples", table.place));
        for row in table.rows.iter().filter(|row| !row[column].is_empty()) {
            let mut probe =
                probes().into_iter().find(|probe| probe.mark == mark).expect("a table that is known");
            let examples = codes(&row[column]);
            let parsed = |example: &String| -> Table {
                example.parse().unwrap_or_else(|error| panic!("{}: {example}: {error}", table.place))
            };
            let examples: Vec<Table> = examples.iter().map(parsed).collect();
            let keys = codes(&row[0]);
            let is_own = |table: &Table| table.keys().all(|key| keys.contains(key));
            assert!(!examples.is_empty() && examples.iter().all(is_own), "{}: {keys:?}", table.place);
            let remark = ["reason", "who"].contains(&keys[0].as_str());
            if ONE_THING.contains(&mark.as_str()) && !remark {
                probe.table().clear();
            }
            for example in examples {
                probe.table().extend(example);
            }
            probe.read().unwrap_or_else(|error| panic!("{}: {}: {error}", table.place, row[column]));
        }
    }
}

#[test]
fn the_defaults_of_the_reference_hold_where_nothing_is_said() {
    let mut compared = 0;
    for (mark, table) in documented() {
        let Some(column) = table.column("default") else { continue };
        for row in &table.rows {
            let Some(default) = row[column].strip_prefix('`').and_then(|text| text.strip_suffix('`')) else {
                continue;
            };
            for key in codes(&row[0]) {
                let mut probe = probes().into_iter().find(|probe| probe.mark == mark).expect("a table");
                probe.table().remove(&key);
                let without = probe.read().unwrap_or_else(|error| panic!("{}: {error}", table.place));
                let line: Table = format!("{key} = {default}").parse().expect("a value");
                probe.table().extend(line);
                let with = probe.read().unwrap_or_else(|error| panic!("{}: {key}: {error}", table.place));
                assert!(without == with, "{}: {default} is not the default of {key}", table.place);
                compared += 1;
            }
        }
    }
    assert!(compared > 60, "only {compared} defaults are stated");
}

#[test]
fn every_secret_stands_in_the_reference_with_its_variable() {
    let tables = pages().iter().flat_map(pages::Page::tables).collect::<Vec<_>>();
    let rows = tables.iter().filter(|table| table.mark == "secrets").flat_map(|table| &table.rows);
    let first = |text: &str| codes(text).into_iter().next().unwrap_or_default();
    let named: Vec<[String; 3]> = rows.map(|row| [first(&row[0]), first(&row[1]), first(&row[2])]).collect();
    let known =
        config::secrets().iter().flat_map(|(service, names)| names.iter().map(move |name| (*service, *name)));
    let mut known: Vec<[String; 3]> =
        known.map(|(service, name)| [service.to_owned(), name.to_owned(), variable(service, name)]).collect();
    let mut sorted = named;
    sorted.sort();
    known.sort();
    assert_eq!(sorted, known);
}
