//! What the configuration says of Kaseya BMS.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::KaseyaBms;
use super::capabilities::CAPABILITIES;
use crate::error::Result;
use crate::http::Http;
use crate::model::{Capabilities, Udf};
use crate::psa::{Cache, Entry, Opened, PsaSettings};
use crate::secret::Secret;
use crate::table::{Ask, Form, Key, Secrets, Table, unread};

/// What the registry knows of Kaseya BMS.
pub(in crate::psa) static ENTRY: Entry = Entry {
    capabilities: &CAPABILITIES,
    keys: KEYS,
    asks: ASKS,
    secrets: SECRETS,
    optional_secrets: &[TOTP],
    settings: read,
};

/// The keys of `[bms]`, besides those that every PSA has.
const KEYS: &[Key] = &[
    ("base-url", Form::Text),
    ("tenant", Form::Text),
    ("user", Form::Text),
    ("contacts-module", Form::Number),
    ("accounts-module", Form::Number),
    ("custom-field-refresh", Form::Duration),
];

/// What is asked for a new table.
const ASKS: &[Ask] = &[
    Ask::text("base-url", "Address of the API, which depends on the region", "https://api.bms.kaseya.com"),
    Ask::text("tenant", "Company name that My Settings shows", "My MSP"),
    Ask::text("user", "User name of the API employee", "crsync"),
];

/// The names of its secrets.
const SECRETS: &[&str] = &["password", TOTP];

/// The secret of one-time codes, which API employees do without.
const TOTP: &str = "totp";

/// The default of `custom-field-refresh`.
const REFRESH: Duration = Duration::from_secs(7 * 86_400);

/// How to reach one Kaseya BMS tenant.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// Address of the interface, up to where paths begin with `/v2`: it is another one for every region.
    pub base_url: url::Url,
    /// The company name that My Settings shows; it may hold spaces.
    pub tenant: String,
    /// User name of the API employee.
    pub user: String,
    /// The user's password.
    pub password: Secret,
    /// The shared secret of the user's one-time codes, in Base32; API employees need none.
    pub totp: Option<Secret>,
    /// The number of the module of contacts, where it is not to be looked for.
    pub contacts_module: Option<i64>,
    /// The number of the module of accounts, where it is not to be looked for.
    pub accounts_module: Option<i64>,
    /// Names of the custom fields, where they differ from the default.
    pub udf_names: BTreeMap<Udf, String>,
    /// How long values of custom fields are believed at most.
    pub custom_field_refresh: Duration,
}

/// Reads `[bms]`.
fn read(
    table: &mut Table<'_>,
    udf_names: BTreeMap<Udf, String>,
    secrets: &Secrets<'_>,
) -> Result<Arc<dyn PsaSettings>> {
    Ok(Arc::new(parse(table, udf_names, secrets)?))
}

fn parse(table: &mut Table<'_>, udf_names: BTreeMap<Udf, String>, secrets: &Secrets<'_>) -> Result<Settings> {
    let base_url = table.required_address("base-url", "https://api.bms.kaseya.com");
    let (base_url, tenant, user) =
        (table.keep(base_url), table.required_text("tenant"), table.required_text("user"));
    let (tenant, user) = (table.keep(tenant), table.keep(user));
    let password = secrets.find(table, "password");
    let totp = secrets.find_optional(table, TOTP);
    let contacts_module = module(table, "contacts-module");
    let accounts_module = module(table, "accounts-module");
    let custom_field_refresh = table.duration("custom-field-refresh").unwrap_or(REFRESH);
    let (Some(base_url), Some(tenant), Some(user)) = (base_url, tenant, user) else {
        return Err(unread());
    };
    Ok(Settings {
        base_url,
        tenant: tenant.value,
        user: user.value,
        password,
        totp,
        contacts_module,
        accounts_module,
        udf_names,
        custom_field_refresh,
    })
}

/// Reads the number of a module, which counts from 1.
fn module(table: &mut Table<'_>, key: &str) -> Option<i64> {
    let number = table.number(key)?;
    if number.value > 0 {
        return Some(number.value);
    }
    table.kept(table.wrong_type(key, &number.span, "the number of a module of custom fields, from 1 up"));
    None
}

impl PsaSettings for Settings {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn udf_names(&self) -> &BTreeMap<Udf, String> {
        &self.udf_names
    }

    fn keeps_fields(&self) -> Option<Duration> {
        Some(self.custom_field_refresh)
    }

    fn open(&self, http: &Http, cache: Cache) -> Opened {
        Box::new(KaseyaBms::new(http, self.clone(), cache))
    }
}

#[cfg(test)]
impl Settings {
    /// Settings for a server that is made for one test.
    pub(super) fn example(base_url: url::Url) -> Self {
        Self {
            base_url,
            tenant: "My MSP & Sons".to_owned(),
            user: "api".to_owned(),
            password: Secret::new("hunter2"),
            totp: None,
            contacts_module: None,
            accounts_module: None,
            udf_names: BTreeMap::new(),
            custom_field_refresh: Duration::from_secs(7 * 86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::Kind;
    use crate::secret::{Around, Keyring, KeyringError, KeyringFailure, Surroundings, Variables};
    use crate::table::Source;

    const TEXT: &str = "base-url = \"https://api.bms.example\"\ntenant = \"My MSP & Sons\"\nuser = \"api\"\n";

    /// A keyring that does not let itself be read.
    struct Closed(KeyringFailure);

    impl Keyring for Closed {
        fn read(&self, _: &str, _: &str) -> Result<Option<Secret>, KeyringError> {
            Err(KeyringError::new(self.0))
        }

        fn write(&self, _: &str, _: &str, _: &Secret) -> Result<(), KeyringError> {
            Err(KeyringError::new(self.0))
        }

        fn remove(&self, _: &str, _: &str) -> Result<bool, KeyringError> {
            Err(KeyringError::new(self.0))
        }
    }

    fn load(text: &str, variables: &[(&str, &str)]) -> Result<Settings> {
        let mut around = Variables::from([("CRSYNC_BMS_PASSWORD".to_owned(), "hunter2".to_owned())]);
        around.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        load_with(text, &around)
    }

    fn load_with(text: &str, around: &dyn Around) -> Result<Settings> {
        let source = Source::new(Path::new("crsync.toml"), text);
        let secrets = Secrets { service: "bms", names: SECRETS, around };
        source.read(|table| {
            let settings = parse(table, BTreeMap::new(), &secrets)?;
            table.finish();
            Ok(settings)
        })
    }

    #[test]
    fn one_time_codes_are_taken_where_their_secret_is_given() {
        let text = TEXT;
        let shown = |settings: Settings| settings.totp.map(|secret| secret.expose().to_owned());
        assert_eq!(shown(load(text, &[]).expect("no code is needed")), None);
        let given = [("CRSYNC_BMS_TOTP", "GEZDGNBVGY3TQOJQ")];
        assert_eq!(shown(load(text, &given).expect("a code")).as_deref(), Some("GEZDGNBVGY3TQOJQ"));
        let named = format!("{text}totp-file = \"/nonexistent\"\n");
        let error = load(&named, &[]).expect_err("named, and not there");
        assert!(error.message().contains("/nonexistent"), "{error}");
    }

    #[test]
    fn a_keyring_that_cannot_be_read_is_no_lack_of_one_time_codes() {
        let variables = Variables::from([("CRSYNC_BMS_PASSWORD".to_owned(), "hunter2".to_owned())]);
        let with = |failure| {
            let keyring = Arc::new(Closed(failure));
            load_with(TEXT, &Surroundings { variables: variables.clone(), keyring, until: None })
        };
        let locked = with(KeyringFailure::Locked).expect_err("it may hold the secret");
        assert_eq!(locked.kind(), Kind::State);
        assert_eq!(locked.message(), "the secret `totp` of bms cannot be looked up: the keyring is locked");
        assert!(with(KeyringFailure::Broken).is_err());
        assert!(with(KeyringFailure::Missing).expect("no keyring holds none").totp.is_none());
        let mut none = variables.clone();
        none.insert("CRSYNC_BMS_TOTP".to_owned(), String::new());
        let keyring = Arc::new(Closed(KeyringFailure::Locked));
        let settings = load_with(TEXT, &Surroundings { variables: none, keyring, until: None });
        assert!(settings.expect("a blank variable says that there are none").totp.is_none());
    }

    #[test]
    fn every_key_is_taken() {
        let text = format!("{TEXT}contacts-module = 13\ncustom-field-refresh = \"5d\"\n");
        let settings = load(&text, &[]).expect("all keys");
        assert_eq!((settings.tenant.as_str(), settings.contacts_module), ("My MSP & Sons", Some(13)));
        assert_eq!(settings.custom_field_refresh.as_secs(), 5 * 86_400);
        let error = load(&text.replace("13", "0"), &[]).expect_err("from 1 up");
        assert!(error.message().contains(":4:19: `contacts-module`"), "{error}");
    }
}
