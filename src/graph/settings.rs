//! What the configuration says of Microsoft 365.

use url::Url;

use super::assertion;
use crate::error::{Error, Kind, Result};
use crate::secret::{Around, Places, Secret};
use crate::table::{Ask, Secrets, Table, unread};
use crate::text::tenant::is_guid;

/// The name of the table, and of the service that its secrets belong to.
pub const TABLE: &str = "microsoft365";

/// The names of the secrets that the keyring may hold.
pub const SECRETS: &[&str] = &[CLIENT_SECRET];

/// What is asked for a new table.
pub const ASKS: &[Ask] = &[
    Ask::guid(
        "client-id",
        "Application (client) id of your app registration",
        "11111111-2222-4333-8444-555555555555",
    ),
    Ask {
        key: "cloud",
        question: "Microsoft's cloud that your clients are in",
        example: "",
        usual: &[
            ("the global one, GCC included", "global"),
            ("US government, GCC High", "us-government"),
            ("US government, DoD", "us-government-dod"),
            ("China", "china"),
        ],
        other: &[("login-url", "Address of the sign-in"), ("base-url", "Address of Graph")],
        is_guid: false,
    },
];

const CLIENT_SECRET: &str = "client-secret";

/// The secret that can take the place of the client secret. The keyring holds no certificates.
const CERTIFICATE: &str = "certificate";

/// How to sign in and where Graph is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Application (client) id of the multi-tenant app registration.
    pub client_id: String,
    /// What the application proves itself with.
    pub credential: Credential,
    /// Sign-in address, such as `https://login.microsoftonline.com`.
    pub login_url: Url,
    /// Graph's address without the version, such as `https://graph.microsoft.com`.
    pub base_url: Url,
}

/// What the application proves itself with.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A client secret's value.
    Secret(Secret),
    /// PEM text with the certificate and its RSA private key.
    Certificate(Secret),
}

/// The clouds Microsoft runs: name, sign-in address, Graph's address (vendor documents, January 2025). `global`
/// is also the cloud of US government GCC tenants.
const CLOUDS: [(&str, &str, &str); 4] = [
    ("global", "https://login.microsoftonline.com", "https://graph.microsoft.com"),
    ("us-government", "https://login.microsoftonline.us", "https://graph.microsoft.us"),
    ("us-government-dod", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    ("china", "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn"),
];

/// Returns the sign-in address and Graph's address of the cloud called `name`.
fn cloud(name: &str) -> Option<(&'static str, &'static str)> {
    CLOUDS.iter().find(|(cloud, ..)| *cloud == name).map(|(_, login, graph)| (*login, *graph))
}

/// Reads `[microsoft365]`.
///
/// # Errors
/// [`Kind::Config`] with the line and what to write instead, or what kept a secret from being read.
pub fn read_settings(mut table: Table<'_>, around: &dyn Around) -> Result<Settings> {
    let secrets = Secrets { service: TABLE, names: SECRETS, around };
    refuse_secrets(&table, &secrets)?;
    let client_id = client_id(&mut table);
    let addresses = addresses(&mut table);
    let addresses = table.keep(addresses);
    let credential = credential(&mut table, &secrets);
    let credential = table.keep(credential);
    table.finish();
    let client_id = client_id?;
    let ((login_url, base_url), credential) = addresses.zip(credential).ok_or_else(unread)?;
    Ok(Settings { client_id, credential, login_url, base_url })
}

/// Returns the name of each secret that `[microsoft365]` signs in with, and where it may be: the certificate alone,
/// where one is named.
///
/// # Errors
/// [`Kind::Config`] with the line and what to write instead.
pub fn secret_places<'a>(
    mut table: Table<'_>,
    around: &'a dyn Around,
) -> Result<Vec<(&'static str, Places<'a>)>> {
    let secrets = Secrets { service: TABLE, names: SECRETS, around };
    refuse_secrets(&table, &secrets)?;
    match certificate(&mut table, &secrets)? {
        Some(places) => Ok(vec![(CERTIFICATE, places)]),
        None => SECRETS.iter().map(|name| Ok((*name, secrets.places(&mut table, name)?))).collect(),
    }
}

fn refuse_secrets(table: &Table<'_>, secrets: &Secrets<'_>) -> Result<()> {
    secrets.refuse(table)?;
    secrets.refuse_one(table, CERTIFICATE)
}

/// Reads the application's id. What is none may be the secret, so it is not repeated.
fn client_id(table: &mut Table<'_>) -> Result<String> {
    let stated = table.required_text("client-id")?;
    let id = stated.value.trim();
    if is_guid(id) {
        return Ok(id.to_owned());
    }
    Err(table.error(&stated.span, "`client-id` of [microsoft365] is not an application id").hint(
        "copy \"Application (client) ID\" from the overview of the app registration: 32 digits and letters a to f \
         in five groups",
    ))
}

/// Reads the sign-in address and Graph's address.
fn addresses(table: &mut Table<'_>) -> Result<(Url, Url)> {
    let stated = table.text("cloud");
    let login = table.address("login-url");
    let base = table.address("base-url");
    match (stated, login, base) {
        (None, Some(login), Some(base)) => Ok((login, base)),
        (stated, None, None) => {
            let name = stated.as_ref().map_or("global", |cloud| cloud.value.as_str());
            let (login, base) = cloud(name).ok_or_else(|| {
                let names = CLOUDS.map(|(name, ..)| name).join(", ");
                let span = stated.as_ref().map_or(0..0, |cloud| cloud.span.clone());
                table
                    .error(&span, format!("`cloud` of [microsoft365] knows no \"{name}\""))
                    .hint(format!("it takes one of {names}"))
            })?;
            Ok((parse(login)?, parse(base)?))
        }
        _ => Err(table
            .error(&table.span, "[microsoft365] needs either `cloud`, or both `login-url` and `base-url`")
            .hint("leave all three out for Microsoft's global cloud")),
    }
}

fn credential(table: &mut Table<'_>, secrets: &Secrets<'_>) -> Result<Credential> {
    // Both are asked for, whatever is wrong with one of them.
    let second = ["client-secret-file", "client-secret-command"].into_iter().find_map(|key| table.place(key));
    let (certificate, client_secret) = (certificate(table, secrets), secrets.places(table, CLIENT_SECRET));
    let (certificate, client_secret) = (table.keep(certificate), table.keep(client_secret));
    let (certificate, client_secret) = certificate.zip(client_secret).ok_or_else(unread)?;
    let Some(places) = certificate else {
        return Ok(Credential::Secret(secrets.find_in(table, &client_secret)));
    };
    if let Some(span) = second {
        table.kept(
            table
                .error(&span, "[microsoft365] names both a certificate and a client secret")
                .hint("keep the certificate, and take the client secret out"),
        );
    }
    let pem = places.find(secrets.around)?;
    // Said here once, and not by every company that would sign in with it.
    assertion::check(&pem).map_err(|error| error.within("`certificate` of [microsoft365]"))?;
    Ok(Credential::Certificate(pem))
}

/// Returns where the certificate is, if the file or the environment names one.
fn certificate<'a>(table: &mut Table<'_>, secrets: &Secrets<'a>) -> Result<Option<Places<'a>>> {
    let places = secrets.places(table, CERTIFICATE)?;
    Ok(secrets.is_named(&places).then_some(places))
}

/// Reads one of our own addresses.
fn parse(address: &str) -> Result<Url> {
    address.parse().map_err(|error: url::ParseError| Error::new(Kind::Config, address).source(error))
}
