//! What the configuration says of CloudRadial.

use std::time::Duration;

use url::Url;

use crate::error::Result;
use crate::secret::{Around, Secret};
use crate::table::{Ask, Located, Secrets, Table};

/// The name of the table, and of the service that its secrets belong to.
pub const TABLE: &str = "cloudradial";

/// The names of its secrets.
pub const SECRETS: &[&str] = &["public-key", "private-key"];

/// What is asked for a new table. The regions are those that the vendor's documents name.
pub const ASKS: &[Ask] = &[Ask {
    key: "base-url",
    question: "Region of your CloudRadial",
    example: "https://api.us.cloudradial.com",
    usual: &[
        ("United States", "https://api.us.cloudradial.com"),
        ("Europe", "https://api.eu.cloudradial.com"),
    ],
    other: &[("base-url", "Address of the API")],
    is_guid: false,
}];

/// How many requests CloudRadial gets at the same time: it publishes no limit, and its own tools send one after
/// the other or a few.
const CONCURRENCY: usize = 4;

/// The flexible asset type that holds details of 365 users where the configuration names none.
const USER_DETAILS_TYPE: &str = "Microsoft 365 User";

/// The default of `company-refresh`.
const COMPANY_REFRESH: Duration = Duration::from_secs(7 * 86_400);

/// The most characters that the name of a type may have (vendor documents).
const LONGEST_TYPE: usize = 256;

/// How to reach CloudRadial.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address, such as `https://api.us.cloudradial.com`.
    pub base_url: Url,
    /// Public key: the user name of Basic authentication.
    pub public_key: Secret,
    /// Private key: the password of Basic authentication.
    pub private_key: Secret,
    /// The name of the flexible asset type that holds details of 365 users.
    pub user_details_type: String,
    /// Requests at the same time; the vendor publishes no limit.
    pub concurrency: usize,
    /// How long territory and account manager of a company are believed where they cost a request for each company.
    pub company_refresh: Duration,
}

/// Reads `[cloudradial]`.
///
/// # Errors
/// [`Kind::Config`](crate::error::Kind::Config) with the line and what to write instead, or what kept a secret from
/// being read.
pub fn read_settings(mut table: Table<'_>, around: &dyn Around) -> Result<Settings> {
    let secrets = Secrets { service: TABLE, names: SECRETS, around };
    secrets.refuse(&table)?;
    let base_url = table.required_address("base-url", "https://api.us.cloudradial.com");
    let concurrency = table.number("concurrency").and_then(|Located { value, span }| {
        let number = usize::try_from(value).ok().filter(|number| (1..=16).contains(number));
        table.keep(number.ok_or_else(|| table.wrong_type("concurrency", &span, "a number from 1 to 16")))
    });
    let user_details_type = table.text("user-details-type").and_then(|Located { value, span }| {
        let name =
            Some(value.trim().to_owned()).filter(|name| (1..=LONGEST_TYPE).contains(&name.chars().count()));
        let wrong = || table.wrong_type("user-details-type", &span, "a name of 1 to 256 characters");
        table.keep(name.ok_or_else(wrong))
    });
    let company_refresh = table.duration("company-refresh").unwrap_or(COMPANY_REFRESH);
    let public_key = secrets.find(&mut table, "public-key");
    let private_key = secrets.find(&mut table, "private-key");
    table.finish();
    Ok(Settings {
        base_url: base_url?,
        public_key,
        private_key,
        user_details_type: user_details_type.unwrap_or_else(|| USER_DETAILS_TYPE.to_owned()),
        concurrency: concurrency.unwrap_or(CONCURRENCY),
        company_refresh,
    })
}
