//! The table of Kaseya BMS.

use std::collections::BTreeMap;
use std::time::Duration;

use super::doc::Table;
use super::services::{required_address, secret, secret_places};
use super::{Env, span};
use crate::error::Result;
use crate::model::Udf;
use crate::psa::kaseya_bms::Settings;
use crate::secret::Secret;

/// The keys that take a span of time.
pub(super) const SPANS: &[&str] = &["custom-field-refresh"];
/// How long values of custom fields are believed where nothing is said.
const REFRESH: Duration = Duration::from_secs(7 * 86_400);
/// The keys that take a number.
pub(super) const NUMBERS: &[&str] = &["contacts-module", "accounts-module"];

/// Reads `[bms]`.
pub(super) fn read(table: &mut Table<'_>, udf_names: BTreeMap<Udf, String>, env: &Env) -> Result<Settings> {
    Ok(Settings {
        base_url: required_address(table, "base-url", "https://api.bms.kaseya.com")?,
        tenant: table.required_text("tenant")?.value,
        user: table.required_text("user")?.value,
        password: secret(table, "bms", "password", env)?,
        totp: totp(table, env)?,
        contacts_module: module(table, "contacts-module")?,
        accounts_module: module(table, "accounts-module")?,
        udf_names,
        custom_field_refresh: span(table, "custom-field-refresh")?.unwrap_or(REFRESH),
    })
}

/// The secret of one-time codes, which API employees do without. Where the file or the environment says where it
/// is, it must be there.
fn totp(table: &mut Table<'_>, env: &Env) -> Result<Option<Secret>> {
    let places = secret_places(table, "bms", "totp", env)?;
    let in_environment =
        env.variables().get(&places.variable()).is_some_and(|value| !value.trim().is_empty());
    if in_environment || places.file.is_some() || !places.command.is_empty() {
        return places.find(env).map(Some);
    }
    Ok(places.find(env).ok())
}

/// The number of a module, which counts from 1.
fn module(table: &mut Table<'_>, key: &'static str) -> Result<Option<i64>> {
    let Some(number) = table.number(key)? else { return Ok(None) };
    if number.value > 0 {
        return Ok(Some(number.value));
    }
    Err(table.wrong_type(key, &number.span, "the number of a module of custom fields, from 1 up"))
}
