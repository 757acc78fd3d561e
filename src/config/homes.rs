//! Which table a key belongs to that was found in another one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use super::{companies, policy};
use crate::error::Result;
use crate::secret::Variables;
use crate::table::{AskedKey, Source};
use crate::{cloudradial, graph, psa};

/// The table of the names of user-defined fields.
const UDFS: &str = "udfs";

/// A file that has every table which all PSAs share: its readers are asked what keys the tables have.
const SHARED: &str = "[cloudradial]\n[microsoft365]\n[sync]\n[fields]\n[self-service]\nallow = [\"phone\"]\n[guards]\n[notify]\n\
                      [[exclude]]\nemail = \"x\"\n[[type]]\nname = \"x\"\n\
                      [[company]]\nname = \"x\"\ncloudradial = 9\npsa = 9\ntenant = \"x.example\"\n";

/// Returns the table that `key` belongs to, or the two, as messages name them; `None` where no table has it, or many have.
pub(super) fn of(key: &str) -> Option<String> {
    static HOMES: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(homes);
    match HOMES.get(key).map(Vec::as_slice) {
        Some([one]) => Some(one.clone()),
        Some([one, other]) => Some(format!("{one} or {other}")),
        _ => None,
    }
}

/// Returns every key with the tables that have it.
fn homes() -> BTreeMap<String, Vec<String>> {
    let mut homes = BTreeMap::<String, Vec<String>>::new();
    for (table, keys) in asked(&probe("")) {
        for key in keys.into_keys().filter(|_| !table.starts_with("[company.")) {
            homes.entry(key).or_default().push(table.clone());
        }
    }
    homes
}

/// Returns the text of a file with every table that all PSAs share, the tables of all PSAs, and `more`.
pub(super) fn probe(more: &str) -> String {
    let own = psa::registry().iter().flat_map(|entry| ["[", entry.id(), "]\n"]);
    [SHARED, more].into_iter().chain(own).collect()
}

/// Returns the keys that the readers ask each table of this file for, by the table's name in messages. The names of
/// user-defined fields are read where the file has them.
pub(super) fn asked(text: &str) -> BTreeMap<String, BTreeMap<String, AskedKey>> {
    let source = Source::new(Path::new("crsync.toml"), text);
    let around = Variables::new();
    // Secrets are missing, which is no matter here: only the keys that were asked for are.
    let _ = source.read(|file| -> Result<()> {
        let services = [
            file.table(cloudradial::TABLE).map(|table| cloudradial::read_settings(table, &around).map(drop)),
            file.table(graph::TABLE).map(|table| graph::read_settings(table, &around).map(drop)),
        ];
        if let Some(table) = file.table(UDFS) {
            psa::read_udfs(table, &mut BTreeMap::new());
        }
        for entry in psa::registry() {
            if let Some(table) = file.table(entry.id()) {
                file.keep(entry.check(table, &around));
            }
        }
        let general = policy::general(file);
        policy::guards(file);
        super::notices::read(file, &around);
        let _ = file.text("psa");
        if let Some(entry) = psa::registry().first() {
            companies::read(file, entry.capabilities, &general)?;
        }
        super::requests(file, &around);
        super::keep_journal(file);
        file.finish();
        services.into_iter().flatten().collect()
    });
    source.keys()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_one_table_knows_its_home_and_one_of_several_does_not() {
        for (key, home) in [
            ("support-pin", Some("[fields] or [sync]")),
            ("portal", Some("[[company]] or [fields]")),
            ("guests", Some("[sync]")),
            ("keep-journal", Some("the file")),
            ("deactivate", Some("[guards]")),
            ("timeout", Some("the file")),
            ("base-url", None),
            ("qqqq", None),
        ] {
            assert_eq!(of(key).as_deref(), home, "{key}");
        }
    }
}
