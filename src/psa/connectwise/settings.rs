//! What the configuration says of ConnectWise PSA.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ConnectWise;
use super::capabilities::CAPABILITIES;
use crate::error::Result;
use crate::http::Http;
use crate::model::{Capabilities, Udf};
use crate::psa::{Cache, Entry, Opened, PsaSettings};
use crate::secret::Secret;
use crate::table::{Ask, Form, Key, Located, Secrets, Table, unread};

/// What the registry knows of ConnectWise PSA.
pub(in crate::psa) static ENTRY: Entry = Entry {
    capabilities: &CAPABILITIES,
    keys: KEYS,
    asks: ASKS,
    secrets: SECRETS,
    optional_secrets: &[],
    settings: read,
};

/// The keys of `[connectwise]`, besides those that every PSA has.
const KEYS: &[Key] = &[
    ("base-url", Form::Text),
    ("company", Form::Text),
    ("version", Form::Text),
    ("account-manager", Form::Text),
    ("email-type", Form::Text),
    ("phone-type", Form::Text),
    ("mobile-type", Form::Text),
    ("alternate-types", Form::Texts),
];

/// What is asked for a new table.
const ASKS: &[Ask] = &[
    Ask::text("base-url", "Address at which you open ConnectWise PSA", "https://na.myconnectwise.net"),
    Ask::text("company", "Company id that people type when they log in", "msp"),
];

/// The names of its secrets.
const SECRETS: &[&str] = &["public-key", "private-key", "client-id"];

/// The version of the vendor's models that is asked for unless the configuration names another: the one this
/// adapter was written for. A version is served for a year at least after the next breaking one (vendor
/// documents).
pub(super) const VERSION: &str = "2025.1";

/// How to reach one ConnectWise PSA.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// The site, with or without the `api-` of the vendor's cloud; what follows the host does not count.
    pub base_url: url::Url,
    /// The company id that people type when they log in.
    pub company: String,
    /// The version of the vendor's models, such as `2025.1`.
    pub version: String,
    /// The API member's public key.
    pub public_key: Secret,
    /// The API member's private key.
    pub private_key: Secret,
    /// The integration's id, which belongs to the MSP and is as good as a secret (vendor documents).
    pub client_id: Secret,
    /// Who counts as a company's account manager.
    pub account_manager: AccountManager,
    /// Which communication items of a contact are looked at.
    pub types: TypeNames,
    /// Names of the custom fields, where they differ from the default.
    pub udf_names: BTreeMap<Udf, String>,
}

/// Names of the MSP's own communication types; `None` where the configuration leaves the choice to crsync.
#[derive(Debug, Clone, Default)]
pub(super) struct TypeNames {
    /// Of the primary address: else the default type of addresses.
    pub email: Option<String>,
    /// Of the telephone: else the default type of telephones.
    pub phone: Option<String>,
    /// Of the mobile: else the type named so.
    pub mobile: Option<String>,
    /// Of further addresses: else Home Email, where there is such a type.
    pub alternates: Option<Vec<String>>,
}

/// Who counts as a company's account manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum AccountManager {
    /// The member of the company's team who is marked so.
    #[default]
    Team,
    /// The manager of the company's territory.
    TerritoryManager,
}

impl AccountManager {
    /// Both, with their names in the configuration.
    pub(super) const NAMES: [(&str, Self); 2] =
        [("team", Self::Team), ("territory-manager", Self::TerritoryManager)];
}

/// Reads `[connectwise]`.
fn read(
    table: &mut Table<'_>,
    udf_names: BTreeMap<Udf, String>,
    secrets: &Secrets<'_>,
) -> Result<Arc<dyn PsaSettings>> {
    Ok(Arc::new(parse(table, udf_names, secrets)?))
}

impl PsaSettings for Settings {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn udf_names(&self) -> &BTreeMap<Udf, String> {
        &self.udf_names
    }

    fn open(&self, http: &Http, cache: Cache) -> Opened {
        Box::new(ConnectWise::new(http, self.clone(), cache))
    }
}

fn parse(table: &mut Table<'_>, udf_names: BTreeMap<Udf, String>, secrets: &Secrets<'_>) -> Result<Settings> {
    let (base_url, company) = (site(table), company(table));
    let (base_url, company) = (table.keep(base_url), table.keep(company));
    let version = version(table).unwrap_or_else(|| VERSION.to_owned());
    let account_manager = table.choice("account-manager", &AccountManager::NAMES).unwrap_or_default();
    let stated = table.place("alternate-types").is_some();
    let alternates: Vec<String> = table.texts("alternate-types").into_iter().map(|name| name.value).collect();
    let types = TypeNames {
        email: name(table, "email-type"),
        phone: name(table, "phone-type"),
        mobile: name(table, "mobile-type"),
        alternates: stated.then_some(alternates),
    };
    let public_key = secrets.find(table, "public-key");
    let private_key = secrets.find(table, "private-key");
    let client_id = secrets.find(table, "client-id");
    let (base_url, company) = base_url.zip(company).ok_or_else(unread)?;
    Ok(Settings {
        base_url,
        company,
        version,
        public_key,
        private_key,
        client_id,
        account_manager,
        types,
        udf_names,
    })
}

/// Reads the site, which people may write as they see it in their browser, without `https://`.
fn site(table: &mut Table<'_>) -> Result<url::Url> {
    const KEY: &str = "base-url";
    let Located { value, span } =
        table.required_text_like(KEY, "base-url = \"https://api-na.myconnectwise.net\"")?;
    let value = if value.contains("://") { value } else { format!("https://{}", value.trim()) };
    table.checked(KEY, &Located { value, span })
}

/// Reads the company id, which becomes part of the credentials.
fn company(table: &mut Table<'_>) -> Result<String> {
    const KEY: &str = "company";
    let Located { value, span } = table.required_text(KEY)?;
    if value.trim().is_empty() || value.contains([':', '+']) {
        return Err(table.wrong_type(KEY, &span, "the company id that people type when they log in"));
    }
    Ok(value.trim().to_owned())
}

/// Reads the version, which becomes part of a header.
fn version(table: &mut Table<'_>) -> Option<String> {
    let found = table.text("version")?;
    let parts: Vec<&str> = found.value.trim().split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    if parts.len() >= 2 && parts.iter().all(is_number) {
        return Some(found.value.trim().to_owned());
    }
    table.kept(table.wrong_type("version", &found.span, "a version such as \"2025.1\""));
    None
}

/// Reads the name of a communication type.
fn name(table: &mut Table<'_>, key: &str) -> Option<String> {
    let found = table.text(key)?;
    if !found.value.trim().is_empty() {
        return Some(found.value);
    }
    let form = "the name of a communication type, such as \"Direct\"";
    table.kept(table.wrong_type(key, &found.span, form));
    None
}

#[cfg(test)]
impl Settings {
    /// Returns the settings of a company `msp` at this address.
    pub(super) fn example(base_url: url::Url) -> Self {
        Self {
            base_url,
            company: "msp".to_owned(),
            version: "2025.1".to_owned(),
            public_key: Secret::new("public"),
            private_key: Secret::new("private"),
            client_id: Secret::new("client"),
            account_manager: AccountManager::Team,
            types: TypeNames::default(),
            udf_names: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::secret::Variables;
    use crate::table::Source;

    fn load(text: &str) -> Result<Settings> {
        let env = ["PUBLIC_KEY", "PRIVATE_KEY", "CLIENT_ID"]
            .map(|name| (format!("CRSYNC_CONNECTWISE_{name}"), name.to_owned()));
        let source = Source::new(Path::new("crsync.toml"), text);
        let around = Variables::from(env);
        let secrets = Secrets { service: "connectwise", names: SECRETS, around: &around };
        source.read(|table| {
            let settings = parse(table, BTreeMap::new(), &secrets)?;
            table.finish();
            Ok(settings)
        })
    }

    #[test]
    fn a_site_and_a_company_id_are_enough() {
        let settings = load("base-url = \"na.myconnectwise.net\"\ncompany = \" msp \"").expect("enough");
        assert_eq!(settings.base_url.as_str(), "https://na.myconnectwise.net/");
        assert_eq!((settings.company.as_str(), settings.version.as_str()), ("msp", "2025.1"));
        assert_eq!(settings.account_manager, AccountManager::Team);
        assert_eq!(settings.types.alternates, None);
        assert_eq!(settings.client_id.expose(), "CLIENT_ID");
    }

    #[test]
    fn every_key_is_taken() {
        let settings = load(
            "base-url = \"http://127.0.0.1:9/connectwise\"\ncompany = \"msp\"\nversion = \"2026.4\"\n\
             account-manager = \"territory-manager\"\nemail-type = \"Work\"\nphone-type = \"Direct\"\n\
             mobile-type = \"Cell\"\nalternate-types = []",
        )
        .expect("all keys");
        assert_eq!(settings.version, "2026.4");
        assert_eq!(settings.account_manager, AccountManager::TerritoryManager);
        assert_eq!(settings.types.phone.as_deref(), Some("Direct"));
        assert_eq!(settings.types.alternates, Some(Vec::new()));
    }

    #[test]
    fn what_cannot_be_meant_is_told_with_its_line() {
        let site = "base-url = \"cw.msp.example\"\n";
        for (text, told) in [
            ("company = \"msp\"".to_owned(), "lacks `base-url`"),
            (format!("{site}company = \"msp+key\""), ":2:11: `company`"),
            (format!("{site}company = \"msp\"\nversion = \"latest\""), ":3:11: `version`"),
            (format!("{site}company = \"msp\"\naccount-manager = \"owner\""), "`account-manager`"),
            (format!("{site}company = \"msp\"\nphone-type = \" \""), "`phone-type`"),
            ("base-url = \"http://cw.msp.example\"\ncompany = \"msp\"".to_owned(), "not an HTTPS address"),
        ] {
            let error = load(&text).expect_err(told);
            assert!(error.message().contains(told), "{error}");
            assert!(error.next_step().is_some(), "{error}");
        }
    }
}
