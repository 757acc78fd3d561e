//! The table `[connectwise]`.

use std::collections::BTreeMap;

use super::Env;
use super::doc::{Located, Table};
use super::services::{checked, secret};
use crate::error::Result;
use crate::model::Udf;
use crate::psa::connectwise::{AccountManager, Settings, TypeNames, VERSION};

/// Reads the table; its `udfs` were read before.
pub(super) fn read(table: &mut Table<'_>, udf_names: BTreeMap<Udf, String>, env: &Env) -> Result<Settings> {
    let base_url = site(table)?;
    let company = table.required_text("company")?;
    if company.value.trim().is_empty() || company.value.contains([':', '+']) {
        return Err(table.wrong_type(
            "company",
            &company.span,
            "the company id that people type when they log in",
        ));
    }
    let alternates = table.place("alternate-types").is_some();
    let alternates = table.texts("alternate-types").map(|names| alternates.then_some(names))?;
    Ok(Settings {
        base_url,
        company: company.value.trim().to_owned(),
        version: version(table)?,
        account_manager: account_manager(table)?,
        types: TypeNames {
            email: name(table, "email-type")?,
            phone: name(table, "phone-type")?,
            mobile: name(table, "mobile-type")?,
            alternates: alternates.map(|names| names.into_iter().map(|name| name.value).collect()),
        },
        public_key: secret(table, "connectwise", "public-key", env)?,
        private_key: secret(table, "connectwise", "private-key", env)?,
        client_id: secret(table, "connectwise", "client-id", env)?,
        udf_names,
    })
}

/// The site, which people may write as they see it in their browser, without `https://`.
fn site(table: &mut Table<'_>) -> Result<url::Url> {
    const KEY: &str = "base-url";
    let found = table.text(KEY)?;
    let Located { value, span } =
        found.ok_or_else(|| table.missing(KEY, "base-url = \"https://api-na.myconnectwise.net\""))?;
    let value = if value.contains("://") { value } else { format!("https://{}", value.trim()) };
    checked(table, KEY, &Located { value, span })
}

/// The version, which becomes part of a header.
fn version(table: &mut Table<'_>) -> Result<String> {
    let Some(found) = table.text("version")? else { return Ok(VERSION.to_owned()) };
    let parts: Vec<&str> = found.value.trim().split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    if parts.len() >= 2 && parts.iter().all(is_number) {
        return Ok(found.value.trim().to_owned());
    }
    Err(table.wrong_type("version", &found.span, "a version such as \"2025.1\""))
}

fn account_manager(table: &mut Table<'_>) -> Result<AccountManager> {
    const KEY: &str = "account-manager";
    let Some(found) = table.text(KEY)? else { return Ok(AccountManager::default()) };
    let known = AccountManager::NAMES.iter().find(|(name, _)| *name == found.value);
    known.map(|(_, who)| *who).ok_or_else(|| {
        let names = AccountManager::NAMES.map(|(name, _)| format!("\"{name}\"")).join(" or ");
        table.wrong_type(KEY, &found.span, &names)
    })
}

/// The name of a communication type.
fn name(table: &mut Table<'_>, key: &'static str) -> Result<Option<String>> {
    let Some(found) = table.text(key)? else { return Ok(None) };
    if found.value.trim().is_empty() {
        return Err(table.wrong_type(
            key,
            &found.span,
            "the name of a communication type, such as \"Direct\"",
        ));
    }
    Ok(Some(found.value))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::doc::Source;
    use super::*;

    fn load(text: &str) -> Result<Settings> {
        let env = ["PUBLIC_KEY", "PRIVATE_KEY", "CLIENT_ID"]
            .map(|name| (format!("CRSYNC_CONNECTWISE_{name}"), name.to_owned()));
        let source = Source::new(Path::new("crsync.toml"), text);
        let mut table = source.document()?;
        let settings = read(&mut table, BTreeMap::new(), &crate::secret::Variables::from(env))?;
        table.finish()?;
        Ok(settings)
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
