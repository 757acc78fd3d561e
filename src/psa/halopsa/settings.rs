//! What the configuration says of HaloPSA.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::HaloPsa;
use super::capabilities::CAPABILITIES;
use crate::error::Result;
use crate::http::Http;
use crate::model::{Capabilities, Udf};
use crate::psa::{Cache, Entry, Opened, PsaSettings};
use crate::secret::Secret;
use crate::table::{Ask, Form, Key, Located, Secrets, Table, unread};

/// What the registry knows of HaloPSA.
pub(in crate::psa) static ENTRY: Entry = Entry {
    capabilities: &CAPABILITIES,
    keys: KEYS,
    asks: ASKS,
    secrets: SECRETS,
    optional_secrets: &[],
    settings: read,
};

/// The keys of `[halopsa]`, besides those that every PSA has.
const KEYS: &[Key] = &[
    ("base-url", Form::Text),
    ("tenant", Form::Text),
    ("auth-url", Form::Text),
    ("rate-limit", Form::Number),
    ("detail-refresh", Form::Duration),
    ("territory", Form::Text),
    ("user-field-type", Form::Number),
    ("checkbox-type", Form::Number),
    ("selection-type", Form::Number),
];

/// What is asked for a new table.
const ASKS: &[Ask] = &[
    Ask::text("base-url", "Address at which you open HaloPSA", "https://msp.halopsa.com"),
    Ask::text("tenant", "Tenant, as HaloPSA's page on its API shows it", "msp"),
];

/// The names of its secrets.
const SECRETS: &[&str] = &["client-id", "client-secret"];

/// The default of `rate-limit`: requests in five minutes, as the service's own refusal says.
const LIMIT: u32 = 300;

/// The default of `detail-refresh`.
const REFRESH: Duration = Duration::from_secs(7 * 86_400);

/// The default of `user-field-type`: the number of users among the sorts of records that have custom fields. Inferred
/// from the numbers of the others.
const USER_FIELDS: i64 = 4;

/// The defaults of `checkbox-type` and `selection-type`: the numbers of these types of custom fields. Inferred.
const CHECKBOX: i64 = 6;
const SELECTION: i64 = 2;

/// How to reach one HaloPSA instance.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// Address of the instance, with or without `/api`.
    pub(super) base_url: url::Url,
    /// The tenant that a hosted instance signs in to; none on the premises.
    pub(super) tenant: Option<String>,
    /// Address of the authorisation server, where it is not to be asked for.
    pub(super) auth_url: Option<url::Url>,
    /// The application's id.
    pub(super) client_id: Secret,
    /// The application's secret.
    pub(super) client_secret: Secret,
    /// Requests in five minutes.
    pub(super) rate_limit: u32,
    /// How long what only a user's own record says is believed at most.
    pub(super) detail_refresh: Duration,
    /// Whether a client's top level counts as its territory: HaloPSA has none of that name.
    pub(super) top_level_is_territory: bool,
    /// The number of users among the sorts of records that have custom fields.
    pub(super) user_field_type: i64,
    /// The number of the custom fields that are checkboxes; `None` where the usual one means selections.
    pub(super) checkbox_type: Option<i64>,
    /// The number of those that hold one entry of a list; `None` where the usual one means checkboxes.
    pub(super) selection_type: Option<i64>,
    /// Names of the custom fields, where they differ from the default.
    pub(super) udf_names: BTreeMap<Udf, String>,
}

/// Reads `[halopsa]`.
fn read(
    table: &mut Table<'_>,
    udf_names: BTreeMap<Udf, String>,
    secrets: &Secrets<'_>,
) -> Result<Arc<dyn PsaSettings>> {
    Ok(Arc::new(parse(table, udf_names, secrets)?))
}

fn parse(table: &mut Table<'_>, udf_names: BTreeMap<Udf, String>, secrets: &Secrets<'_>) -> Result<Settings> {
    let base_url = table.required_address("base-url", "https://msp.halopsa.com");
    let base_url = table.keep(base_url);
    let tenant = table.text("tenant").map(|tenant| tenant.value.trim().to_owned());
    let auth_url = table.address("auth-url");
    let client_id = secrets.find(table, "client-id");
    let client_secret = secrets.find(table, "client-secret");
    let rate_limit = positive(table, "rate-limit", "a number of requests in five minutes, from 1 up");
    let detail_refresh = table.duration("detail-refresh").unwrap_or(REFRESH);
    let territory = table.choice("territory", &[("none", false), ("top-level", true)]);
    let user_field_type = positive(table, "user-field-type", "the number of a sort of records, from 1 up");
    let [checkbox_type, selection_type] = types(table);
    let base_url = base_url.ok_or_else(unread)?;
    Ok(Settings {
        base_url,
        tenant: tenant.filter(|tenant| !tenant.is_empty()),
        auth_url,
        client_id,
        client_secret,
        rate_limit: rate_limit.and_then(|number| u32::try_from(number).ok()).unwrap_or(LIMIT),
        detail_refresh,
        top_level_is_territory: territory.unwrap_or(false),
        user_field_type: user_field_type.unwrap_or(USER_FIELDS),
        checkbox_type,
        selection_type,
        udf_names,
    })
}

/// Reads the numbers of checkboxes and of selections. One that is written counts before the default of the other.
fn types(table: &mut Table<'_>) -> [Option<i64>; 2] {
    let keys = ["checkbox-type", "selection-type"];
    let written = keys.map(|key| located(table, key, "the number of a type of custom fields, from 1 up"));
    if let [Some(checkbox), Some(selection)] = &written
        && checkbox.value == selection.value
    {
        let message = format!("`selection-type` is {}, and so is `checkbox-type`", selection.value);
        let error = table.error(&selection.span, message);
        table.kept(error.hint("write the number that HaloPSA has for each of the two types"));
    }
    let [checkbox, selection] = written.map(|number| number.map(|number| number.value));
    let usual = |number: i64, other: Option<i64>| Some(number).filter(|number| other != Some(*number));
    [checkbox.or_else(|| usual(CHECKBOX, selection)), selection.or_else(|| usual(SELECTION, checkbox))]
}

/// Reads a number above zero.
fn positive(table: &mut Table<'_>, key: &str, form: &str) -> Option<i64> {
    located(table, key, form).map(|number| number.value)
}

/// Reads the same with its place.
fn located(table: &mut Table<'_>, key: &str, form: &str) -> Option<Located<i64>> {
    let number = table.number(key)?;
    if number.value > 0 && u32::try_from(number.value).is_ok() {
        return Some(number);
    }
    table.kept(table.wrong_type(key, &number.span, form));
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
        Some(self.detail_refresh)
    }

    fn open(&self, http: &Http, cache: Cache) -> Opened {
        Box::new(HaloPsa::new(http, self.clone(), cache))
    }
}

impl Settings {
    /// Returns the name that the custom field for `role` has by these settings, without HaloPSA's own prefix.
    pub(super) fn udf_name(&self, role: Udf) -> &str {
        self.udf_names.get(&role).map_or(role.default_name(), |name| name.trim())
    }

    /// Returns the instance's address, whether it was written with the path of the interface or not.
    pub(super) fn base(&self) -> url::Url {
        let mut base = self.base_url.clone();
        let path = self.base_url.path().trim_end_matches('/').to_owned();
        base.set_path(path.strip_suffix("/api").unwrap_or(&path));
        base
    }
}

#[cfg(test)]
impl Settings {
    /// Settings for a server that is made for one test.
    pub(super) fn example(base_url: url::Url) -> Self {
        Self {
            base_url,
            tenant: Some("msp".to_owned()),
            auth_url: None,
            client_id: Secret::new("client-1"),
            client_secret: Secret::new("hunter2"),
            rate_limit: LIMIT,
            detail_refresh: REFRESH,
            top_level_is_territory: true,
            user_field_type: USER_FIELDS,
            checkbox_type: Some(CHECKBOX),
            selection_type: Some(SELECTION),
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
        let variable = |name: &str| (format!("CRSYNC_HALOPSA_{name}"), "hunter2".to_owned());
        let around = Variables::from(["CLIENT_ID", "CLIENT_SECRET"].map(variable));
        let source = Source::new(Path::new("crsync.toml"), text);
        let secrets = Secrets { service: "halopsa", names: SECRETS, around: &around };
        source.read(|table| {
            let settings = parse(table, BTreeMap::new(), &secrets)?;
            table.finish();
            Ok(settings)
        })
    }

    #[test]
    fn the_address_may_be_written_with_and_without_the_interface() {
        for (written, meant) in [
            ("https://msp.halopsa.com", "https://msp.halopsa.com/"),
            ("https://msp.halopsa.com/", "https://msp.halopsa.com/"),
            ("https://msp.halopsa.com/api/", "https://msp.halopsa.com/"),
            ("https://it.msp.example/halo/api", "https://it.msp.example/halo"),
            ("http://127.0.0.1:9/halopsa", "http://127.0.0.1:9/halopsa"),
        ] {
            let settings = Settings::example(url::Url::parse(written).expect("an address"));
            assert_eq!(settings.base().as_str(), meant);
        }
    }

    #[test]
    fn an_address_and_the_secrets_are_enough_on_the_premises() {
        let settings = load("base-url = \"https://halo.msp.example\"\n").expect("enough");
        assert_eq!((settings.tenant, settings.auth_url), (None, None));
        assert_eq!((settings.rate_limit, settings.detail_refresh.as_secs()), (300, 604_800));
        assert!(!settings.top_level_is_territory);
    }

    #[test]
    fn one_number_means_one_type() {
        let types = |text: &str| {
            let settings = load(&format!("base-url = \"https://halo.msp.example\"\n{text}"));
            settings.map(|settings| (settings.checkbox_type, settings.selection_type))
        };
        let known = |text: &str| types(text).expect("two types");
        assert_eq!(known(""), (Some(6), Some(2)));
        assert_eq!(known("selection-type = 6\n"), (None, Some(6)));
        assert_eq!(known("checkbox-type = 2\n"), (Some(2), None));
        assert_eq!(known("checkbox-type = 2\nselection-type = 6\n"), (Some(2), Some(6)));
        let error = types("checkbox-type = 7\nselection-type = 7\n").expect_err("which of the two?");
        assert!(error.place().is_some_and(|place| place.contains("crsync.toml:3:")), "{:?}", error.place());
        assert!(error.message().contains("`checkbox-type`"), "{error}");
    }

    #[test]
    fn every_key_is_taken() {
        let text = "base-url = \"https://msp.halopsa.com\"\ntenant = \" msp \"\nauth-url = \"https://id.msp.example/auth\"\n\
                    rate-limit = 200\ndetail-refresh = \"3d\"\nterritory = \"top-level\"\nuser-field-type = 6\n\
                    checkbox-type = 8\nselection-type = 9\n";
        let settings = load(text).expect("all keys");
        assert_eq!(settings.tenant.as_deref(), Some("msp"));
        assert_eq!(settings.auth_url.map(String::from).as_deref(), Some("https://id.msp.example/auth"));
        assert_eq!((settings.rate_limit, settings.user_field_type), (200, 6));
        assert_eq!((settings.checkbox_type, settings.selection_type), (Some(8), Some(9)));
        assert!(settings.top_level_is_territory && settings.detail_refresh.as_secs() == 3 * 86_400);
        for (right, wrong) in [("= 200", "= 0"), ("= 6", "= -1"), ("\"top-level\"", "\"region\"")] {
            let error = load(&text.replace(right, wrong)).expect_err(wrong);
            assert!(error.message().contains("crsync.toml:"), "{error}");
        }
    }
}
