//! What a PSA declares of itself: the one record that everything else learns of it from.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::http::Http;
use crate::model::{Capabilities, Udf};
use crate::secret::Around;
use crate::side::{FieldCache, Psa};
use crate::table::{Ask, Key, Secrets, Table};

/// The key of the names of user-defined fields, which every PSA's table has.
const UDFS: &str = "udfs";

/// Reads a PSA's own table, from which the names of user-defined fields were taken before.
pub type Reader = fn(&mut Table<'_>, BTreeMap<Udf, String>, &Secrets<'_>) -> Result<Arc<dyn PsaSettings>>;

/// Keeps field values that cost a request for every record.
pub type Cache = Arc<dyn FieldCache>;

/// A PSA that can be asked.
pub type Opened = Box<dyn Psa>;

/// One PSA of the registry.
#[derive(Debug)]
pub struct Entry {
    /// What it can serve, with its id and its name.
    pub capabilities: &'static Capabilities,
    /// The keys of its table, besides `udfs` and the places of its secrets.
    pub keys: &'static [Key],
    /// What a person is asked for its table by `crsync init`: the keys that must be there.
    pub asks: &'static [Ask],
    /// The names of its secrets.
    pub secrets: &'static [&'static str],
    /// The names of those of them that it can do without.
    pub optional_secrets: &'static [&'static str],
    /// Reads its table.
    pub settings: Reader,
}

/// The settings of one PSA, which can open it.
pub trait PsaSettings: fmt::Debug + Send + Sync {
    /// Returns what the PSA can serve with these settings.
    fn capabilities(&self) -> &'static Capabilities;

    /// Returns the names that the configuration gives to user-defined fields.
    fn udf_names(&self) -> &BTreeMap<Udf, String>;

    /// Returns how long field values may be believed that cost the PSA a request for every record, so that they are
    /// kept between runs; `None` where no field does.
    fn keeps_fields(&self) -> Option<Duration> {
        None
    }

    /// Opens the PSA; nothing is asked yet. Field values that cost a request for every record are kept in `cache`.
    fn open(&self, http: &Http, cache: Cache) -> Opened;
}

impl Entry {
    /// Returns the PSA's id, which is the name of its table too.
    pub fn id(&self) -> &'static str {
        self.capabilities.id
    }

    /// Reads the PSA's table, which must be complete. `udf_names` holds what the whole file says of such fields.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) with the line and what to write instead.
    pub fn read(
        &self,
        mut table: Table<'_>,
        mut udf_names: BTreeMap<Udf, String>,
        around: &dyn Around,
    ) -> Result<Arc<dyn PsaSettings>> {
        let secrets = self.secrets(around);
        secrets.refuse(&table)?;
        if let Some(udfs) = table.table(UDFS) {
            read_udfs(udfs, &mut udf_names);
        }
        let settings = (self.settings)(&mut table, udf_names, &secrets);
        if settings.is_err() {
            // What the reader had no more need of is a key all the same.
            self.check_keys(&mut table, &secrets);
        }
        table.finish();
        settings
    }

    /// Checks the table of a PSA that is not needed now: it may be incomplete, but not misspelt.
    ///
    /// # Errors
    /// [`Kind::Config`](crate::error::Kind::Config) with the line and what to write instead.
    pub fn check(&self, mut table: Table<'_>, around: &dyn Around) -> Result<()> {
        let secrets = self.secrets(around);
        secrets.refuse(&table)?;
        if let Some(udfs) = table.table(UDFS) {
            read_udfs(udfs, &mut BTreeMap::new());
        }
        self.check_keys(&mut table, &secrets);
        table.finish();
        Ok(())
    }

    /// Takes all keys besides `udfs`, each in its form.
    fn check_keys(&self, table: &mut Table<'_>, secrets: &Secrets<'_>) {
        table.check(self.keys);
        for name in self.secrets {
            let places = secrets.places(table, name);
            table.keep(places);
        }
    }

    fn secrets<'a>(&self, around: &'a dyn Around) -> Secrets<'a> {
        Secrets { service: self.id(), names: self.secrets, around }
    }
}

/// Reads a table of names of user-defined fields, by their usual name, on top of `names`.
pub fn read_udfs(mut table: Table<'_>, names: &mut BTreeMap<Udf, String>) {
    for udf in Udf::ALL {
        if let Some(name) = table.text(udf.default_name()) {
            names.insert(udf, name.value);
        }
    }
    table.finish();
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::table::Source;

    #[test]
    fn spaces_around_the_name_of_a_field_are_not_part_of_it() {
        let text = "[udfs]\nOffice365Id = \" Our Field \"\n";
        let mut names = BTreeMap::new();
        let read = Source::new(Path::new("crsync.toml"), text).read(|file| {
            if let Some(table) = file.table("udfs") {
                read_udfs(table, &mut names);
            }
            Ok(())
        });
        read.expect("names of fields");
        assert_eq!(Udf::Office365Id.name_in(&names), "Our Field");
        assert_eq!(Udf::SupportPin.name_in(&names), "SupportPIN", "the default");
    }
}
