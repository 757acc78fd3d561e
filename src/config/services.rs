//! The tables of the services: `[cloudradial]`, `[microsoft365]`, and one per PSA.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::{Host, Url};

use super::doc::{Located, Table, at_home};
use super::{Env, bms, connectwise, span};
use crate::error::{Error, Result};
use crate::model::Udf;
use crate::psa::{self, autotask, syncro};
use crate::secret::{Places, Secret};
use crate::{cloudradial, graph};

/// Where Autotask's zones are looked up (vendor documents).
const AUTOTASK_ZONES: &str = "https://webservices2.autotask.net";

/// How many requests CloudRadial gets at the same time: it publishes no limit, and its own tools send one after
/// the other or a few.
const CLOUDRADIAL_CONCURRENCY: usize = 4;

/// Everything that is needed to reach the services.
pub(super) struct Services {
    pub(super) psa: psa::Settings,
    pub(super) microsoft365: graph::Settings,
    pub(super) cloudradial: cloudradial::Settings,
}

/// The keys of every PSA's table besides its secrets and `udfs`: the tables of PSAs that were not chosen may stand
/// in the file, unfinished, but not misspelt.
const KEYS: &[(&str, &[&str])] = &[
    ("autotask", &["user", "base-url", "zone-url"]),
    (
        "connectwise",
        &["base-url", "company", "version", "account-manager", "email-type", "phone-type", "mobile-type"],
    ),
    ("bms", &["base-url", "tenant", "user"]),
    ("syncro", &["base-url"]),
];

/// The keys among them that are true or false.
const FLAGS: &[(&str, &[&str])] = &[("syncro", &["experimental-company-udf"])];
/// The keys of PSAs' tables that take a list of texts.
const LISTS: &[(&str, &[&str])] = &[("connectwise", &["alternate-types"])];
/// Those of them that take a number.
const NUMBERS: &[(&str, &[&str])] = &[("bms", bms::NUMBERS)];
/// Those of them that take a span of time.
const SPANS: &[(&str, &[&str])] = &[("bms", bms::SPANS)];

/// The secrets of every service: none of them may stand in the file.
const SECRETS: &[(&str, &[&str])] = &[
    ("cloudradial", &["public-key", "private-key"]),
    ("microsoft365", &["client-secret"]),
    ("autotask", &["integration-code", "secret"]),
    ("connectwise", &["public-key", "private-key", "client-id"]),
    ("bms", &["password", "totp"]),
    ("syncro", &["token"]),
];

/// Names of services that have secrets, with the secrets' names: what `crsync login` takes.
pub fn secrets() -> &'static [(&'static str, &'static [&'static str])] {
    SECRETS
}

/// Reads the services' tables. Only the chosen PSA's must be complete.
pub(super) fn read(file: &mut Table<'_>, psa: &'static str, env: &Env) -> Result<Services> {
    let cloudradial = cloudradial(&mut section(file, "cloudradial")?, env)?;
    let microsoft365 = microsoft365(&mut section(file, "microsoft365")?, env)?;
    for (name, keys) in KEYS.iter().filter(|(name, _)| *name != psa) {
        if let Some(mut table) = file.table(name)? {
            glance(&mut table, name, keys, env)?;
        }
    }
    let psa = chosen(file, psa, env)?;
    Ok(Services { psa, microsoft365, cloudradial })
}

/// How to reach one service.
#[derive(Debug, Clone)]
pub enum Reach {
    /// The portal.
    Portal(cloudradial::Settings),
    /// Microsoft 365.
    Tenants(graph::Settings),
    /// A PSA.
    Psa(Box<psa::Settings>),
}

/// Reads the table of one service alone; `service` is one that has secrets.
pub(super) fn one(file: &mut Table<'_>, service: &'static str, env: &Env) -> Result<Reach> {
    match service {
        "cloudradial" => cloudradial(&mut section(file, service)?, env).map(Reach::Portal),
        "microsoft365" => microsoft365(&mut section(file, service)?, env).map(Reach::Tenants),
        psa => chosen(file, psa, env).map(|settings| Reach::Psa(Box::new(settings))),
    }
}

/// Reads the chosen PSA's table, which must be complete, and the names of user-defined fields.
fn chosen(file: &mut Table<'_>, psa: &'static str, env: &Env) -> Result<psa::Settings> {
    let mut udf_names = BTreeMap::new();
    if let Some(mut table) = file.table("udfs")? {
        read_udfs(&mut table, &mut udf_names)?;
        table.finish()?;
    }
    let mut chosen = section(file, psa)?;
    refuse_secrets(&mut chosen, psa)?;
    if let Some(mut udfs) = chosen.table("udfs")? {
        read_udfs(&mut udfs, &mut udf_names)?;
        udfs.finish()?;
    }
    let settings = match psa {
        "connectwise" => psa::Settings::ConnectWise(connectwise::read(&mut chosen, udf_names, env)?),
        "syncro" => psa::Settings::Syncro(syncro(&mut chosen, udf_names, env)?),
        "bms" => psa::Settings::KaseyaBms(bms::read(&mut chosen, udf_names, env)?),
        // The registry hands out these alone; `chosen_psa` refused the others.
        _ => psa::Settings::Autotask(autotask(&mut chosen, udf_names, env)?),
    };
    done(&mut chosen)?;
    Ok(settings)
}

/// Checks the keys of a table that is not needed now.
fn glance(table: &mut Table<'_>, name: &str, keys: &[&'static str], env: &Env) -> Result<()> {
    refuse_secrets(table, name)?;
    for key in keys {
        table.text(key)?;
    }
    let own = |table: &'static [(&str, &'static [&'static str])]| {
        table.iter().filter(|(psa, _)| *psa == name).flat_map(|(_, keys)| *keys)
    };
    for key in own(FLAGS) {
        table.flag(key)?;
    }
    for key in own(LISTS) {
        table.texts(key)?;
    }
    for key in own(NUMBERS) {
        table.number(key)?;
    }
    for key in own(SPANS) {
        span(table, key)?;
    }
    if let Some(mut udfs) = table.table("udfs")? {
        read_udfs(&mut udfs, &mut BTreeMap::new())?;
        udfs.finish()?;
    }
    for secret in secret_names(name) {
        secret_places(table, name, secret, env)?;
    }
    done(table)
}

fn section<'t>(file: &mut Table<'t>, name: &'static str) -> Result<Table<'t>> {
    file.table(name)?.ok_or_else(|| {
        file.error(&(0..0), format!("the file has no table [{name}]")).hint(format!(
            "add [{name}] as docs/configuration.md shows; `crsync sandbox` prints a complete example"
        ))
    })
}

fn cloudradial(table: &mut Table<'_>, env: &Env) -> Result<cloudradial::Settings> {
    refuse_secrets(table, "cloudradial")?;
    let base_url = required_address(table, "base-url", "https://api.us.cloudradial.com")?;
    let concurrency = match table.number("concurrency")? {
        None => CLOUDRADIAL_CONCURRENCY,
        Some(Located { value, span }) => usize::try_from(value)
            .ok()
            .filter(|number| (1..=16).contains(number))
            .ok_or_else(|| table.wrong_type("concurrency", &span, "a number from 1 to 16"))?,
    };
    let user_details_type = match table.text("user-details-type")? {
        None => cloudradial::USER_DETAILS_TYPE.to_owned(),
        Some(name) if (1..=cloudradial::LONGEST_TYPE).contains(&name.value.trim().chars().count()) => {
            name.value.trim().to_owned()
        }
        Some(name) => {
            return Err(table.wrong_type("user-details-type", &name.span, "a name of 1 to 256 characters"));
        }
    };
    let keys = ["public-key", "private-key"].map(|name| secret(table, "cloudradial", name, env));
    let [public_key, private_key] = keys;
    let settings = cloudradial::Settings {
        base_url,
        public_key: public_key?,
        private_key: private_key?,
        user_details_type,
        concurrency,
    };
    done(table)?;
    Ok(settings)
}

fn microsoft365(table: &mut Table<'_>, env: &Env) -> Result<graph::Settings> {
    refuse_secrets(table, "microsoft365")?;
    let client_id = table.required_text("client-id")?.value;
    let cloud = table.text("cloud")?;
    let login = address(table, "login-url")?;
    let base = address(table, "base-url")?;
    let (login_url, base_url) = match (cloud, login, base) {
        (None, Some(login), Some(base)) => (login, base),
        (cloud, None, None) => {
            let name = cloud.as_ref().map_or("global", |cloud| cloud.value.as_str());
            let (login, base) = graph::cloud(name).ok_or_else(|| {
                let names = graph::CLOUDS.map(|(name, ..)| name).join(", ");
                let span = cloud.as_ref().map_or(0..0, |cloud| cloud.span.clone());
                table
                    .error(&span, format!("`cloud` of [microsoft365] knows no \"{name}\""))
                    .hint(format!("it takes one of {names}"))
            })?;
            (parse(login)?, parse(base)?)
        }
        _ => {
            return Err(table
                .error(&table.span, "[microsoft365] needs either `cloud`, or both `login-url` and `base-url`")
                .hint("leave all three out for Microsoft's global cloud"));
        }
    };
    let certificate = secret_places(table, "microsoft365", "certificate", env)?;
    let credential = if certificate.file.is_some()
        || !certificate.command.is_empty()
        || env.variables().get(&certificate.variable()).is_some_and(|pem| !pem.trim().is_empty())
    {
        let pem = certificate.find(env)?;
        // Said here once, and not by every company that would sign in with it.
        graph::check_certificate(&pem).map_err(|error| error.within("`certificate` of [microsoft365]"))?;
        graph::Credential::Certificate(pem)
    } else {
        graph::Credential::Secret(secret(table, "microsoft365", "client-secret", env)?)
    };
    for key in ["client-secret-file", "client-secret-command"] {
        if let (graph::Credential::Certificate(_), Some(span)) = (&credential, table.place(key)) {
            return Err(table
                .error(&span, "[microsoft365] names both a certificate and a client secret")
                .hint("keep the certificate, and take the client secret out"));
        }
    }
    done(table)?;
    Ok(graph::Settings { client_id, credential, login_url, base_url })
}

fn autotask(
    table: &mut Table<'_>,
    udf_names: BTreeMap<Udf, String>,
    env: &Env,
) -> Result<autotask::Settings> {
    Ok(autotask::Settings {
        user: table.required_text("user")?.value,
        base_url: address(table, "base-url")?,
        zone_url: match address(table, "zone-url")? {
            Some(url) => url,
            None => parse(AUTOTASK_ZONES)?,
        },
        integration_code: secret(table, "autotask", "integration-code", env)?,
        secret: secret(table, "autotask", "secret", env)?,
        udf_names,
    })
}

fn syncro(table: &mut Table<'_>, udf_names: BTreeMap<Udf, String>, env: &Env) -> Result<syncro::Settings> {
    Ok(syncro::Settings {
        base_url: required_address(table, "base-url", "https://msp.syncromsp.com")?,
        token: secret(table, "syncro", "token", env)?,
        company_udf: table.flag("experimental-company-udf")?.is_some_and(|flag| flag.value),
        udf_names,
    })
}

/// The names of the user-defined fields, by their usual name.
fn read_udfs(table: &mut Table<'_>, names: &mut BTreeMap<Udf, String>) -> Result<()> {
    for udf in Udf::ALL {
        if let Some(name) = table.text(udf.default_name())? {
            names.insert(udf, name.value);
        }
    }
    Ok(())
}

/// Takes what is left of a table that was read by reference.
fn done(table: &mut Table<'_>) -> Result<()> {
    table.take().finish()
}

/// A secret that stands in the file itself is refused before anything else is said about the table.
pub(super) fn refuse_secrets(table: &mut Table<'_>, service: &str) -> Result<()> {
    for name in secret_names(service).iter().chain(&["certificate"]) {
        let places = Places { service, name, file: None, command: Vec::new() };
        if let Some(span) = table.place(name) {
            let variable = places.variable();
            return Err(table.error(&span, format!("`{name}` is a secret and may not stand in this file")).hint(format!(
                "take it out, and set {variable}, `{name}-file = \"…\"`, `{name}-command = [\"…\"]`, or run `crsync login {service} {name}`"
            )));
        }
    }
    Ok(())
}

fn secret_names(service: &str) -> &'static [&'static str] {
    SECRETS.iter().find(|(name, _)| *name == service).map_or(&[], |(_, names)| names)
}

/// The secret itself, from wherever it is.
pub(super) fn secret(table: &mut Table<'_>, service: &str, name: &'static str, env: &Env) -> Result<Secret> {
    secret_places(table, service, name, env)?.find(env)
}

/// `name-file` and `name-command` of a secret.
pub(super) fn secret_places<'a>(
    table: &mut Table<'_>,
    service: &'a str,
    name: &'static str,
    env: &Env,
) -> Result<Places<'a>> {
    let (file_key, command_key) = keys_of(name);
    let file: Option<PathBuf> = table.path(file_key, env)?;
    let mut command: Vec<String> = table.texts(command_key)?.into_iter().map(|word| word.value).collect();
    if let Some(program) = command.first_mut().filter(|program| program.starts_with('~')) {
        *program = at_home(program, env).to_string_lossy().into_owned();
    }
    if file.is_some() && !command.is_empty() {
        return Err(table
            .error(&table.span, format!("`{file_key}` and `{command_key}` both say where the secret is"))
            .hint("keep one of them"));
    }
    Ok(Places { service, name, file, command })
}

/// The keys that say where a secret is.
fn keys_of(name: &'static str) -> (&'static str, &'static str) {
    const KEYS: &[(&str, &str, &str)] = &[
        ("certificate", "certificate-file", "certificate-command"),
        ("client-id", "client-id-file", "client-id-command"),
        ("client-secret", "client-secret-file", "client-secret-command"),
        ("integration-code", "integration-code-file", "integration-code-command"),
        ("password", "password-file", "password-command"),
        ("private-key", "private-key-file", "private-key-command"),
        ("public-key", "public-key-file", "public-key-command"),
        ("secret", "secret-file", "secret-command"),
        ("token", "token-file", "token-command"),
        ("totp", "totp-file", "totp-command"),
    ];
    KEYS.iter()
        .find(|(known, ..)| *known == name)
        .map_or(("secret-file", "secret-command"), |(_, file, command)| (file, command))
}

pub(super) fn required_address(table: &mut Table<'_>, key: &'static str, example: &str) -> Result<Url> {
    address(table, key)?.ok_or_else(|| table.missing(key, &format!("{key} = \"{example}\"")))
}

/// An address: HTTPS, or this machine; without a user or a query, which have no place in it.
fn address(table: &mut Table<'_>, key: &'static str) -> Result<Option<Url>> {
    let Some(found) = table.text(key)? else { return Ok(None) };
    checked(table, key, &found).map(Some)
}

/// The address that stands under `key`, if it may be used.
pub(super) fn checked(table: &Table<'_>, key: &str, found: &Located<String>) -> Result<Url> {
    let Located { value, span } = found;
    let form = "an address such as \"https://api.example\"";
    let url: Url = value.parse().map_err(|_| table.wrong_type(key, span, form))?;
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => return Err(table.wrong_type(key, span, form)),
    };
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(table.wrong_type(
            key,
            span,
            "an address alone, without a user, a password or anything behind a `?`",
        ));
    }
    if url.scheme() == "https" || (url.scheme() == "http" && local) {
        return Ok(url);
    }
    Err(table
        .error(span, format!("`{key}` of {} is not an HTTPS address", table.name))
        .hint("write https://; plain HTTP is for this machine alone"))
}

/// One of our own addresses.
fn parse(address: &str) -> Result<Url> {
    address
        .parse()
        .map_err(|error: url::ParseError| Error::new(crate::error::Kind::Config, address).source(error))
}
