//! The configuration and the secrets that let crsync use the sandbox as if it were the services.

use super::msp::{
    AUTOTASK_CODE, AUTOTASK_SECRET, AUTOTASK_USER, BMS_PASSWORD, BMS_TENANT, BMS_USER, CLIENT_ID,
    CLIENT_SECRET, CLOUDRADIAL_PRIVATE, CLOUDRADIAL_PUBLIC, CONNECTWISE_CLIENT_ID, CONNECTWISE_COMPANY,
    CONNECTWISE_PRIVATE, CONNECTWISE_PUBLIC, Client, Msp, SYNCRO_TOKEN,
};

/// The secrets, by the environment variable each is read from.
pub(super) fn secrets() -> Vec<(&'static str, String)> {
    [
        ("CRSYNC_MICROSOFT365_CLIENT_SECRET", CLIENT_SECRET),
        ("CRSYNC_CLOUDRADIAL_PUBLIC_KEY", CLOUDRADIAL_PUBLIC),
        ("CRSYNC_CLOUDRADIAL_PRIVATE_KEY", CLOUDRADIAL_PRIVATE),
        ("CRSYNC_AUTOTASK_INTEGRATION_CODE", AUTOTASK_CODE),
        ("CRSYNC_AUTOTASK_SECRET", AUTOTASK_SECRET),
        ("CRSYNC_CONNECTWISE_PUBLIC_KEY", CONNECTWISE_PUBLIC),
        ("CRSYNC_CONNECTWISE_PRIVATE_KEY", CONNECTWISE_PRIVATE),
        ("CRSYNC_CONNECTWISE_CLIENT_ID", CONNECTWISE_CLIENT_ID),
        ("CRSYNC_BMS_PASSWORD", BMS_PASSWORD),
        ("CRSYNC_SYNCRO_TOKEN", SYNCRO_TOKEN),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// A complete, commented configuration for the sandbox at `url`.
pub(super) fn text(msp: &Msp, url: &str) -> String {
    let general = format!(
        r#"# The sandbox: invented companies on this machine. Nothing here leaves it.

psa = "autotask"

[cloudradial]
base-url = "{url}/cloudradial"

[microsoft365]
client-id = "{CLIENT_ID}"
login-url = "{url}/entra"
base-url = "{url}/graph"

[autotask]
user = "{AUTOTASK_USER}"
zone-url = "{url}/autotask"

[connectwise]
base-url = "{url}/connectwise"
company = "{CONNECTWISE_COMPANY}"
version = "2025.1"

[bms]
base-url = "{url}/bms"
tenant = "{BMS_TENANT}"
user = "{BMS_USER}"

[syncro]
base-url = "{url}/syncro"

[sync]
# Free licences are no reason to be a person in the PSA.
exclude-licenses = ["FLOW_FREE"]
# A user with neither a first nor a last name is a room or a mailbox.
require-name = true
# People may change some of their own details: crsync self-service.
self-service = true

[self-service]
allow = ["phone", "mobile", "title", "department"]

[[exclude]]
email = "svc*@*"
reason = "service accounts"

[[exclude]]
department = "Scanner*"
reason = "devices that send mail"
"#
    );
    msp.clients.iter().fold(general, |text, client| text + "\n" + &company(client))
}

fn company(client: &Client) -> String {
    let mut lines = vec!["[[company]]".to_owned(), format!("name = {}", quoted(&client.name))];
    if !client.enabled {
        lines.push("# Only when it is named with --company.".to_owned());
        lines.push("enabled = false".to_owned());
    }
    lines.push(format!("cloudradial = {}", client.cloudradial));
    lines.push(format!("psa = {}", client.autotask));
    lines.push(format!("tenant = {}", quoted(&client.tenant)));
    if client.shared {
        let domains: Vec<String> = client.domains.iter().map(|domain| quoted(domain)).collect();
        lines.push("# The tenant is shared; these domains are this company's.".to_owned());
        lines.push(format!("domains = [{}]", domains.join(", ")));
    }
    lines.extend(client.config.lines().map(str::to_owned));
    lines.join("\n") + "\n"
}

/// `text` as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_toml_with_every_client_and_no_secret() {
        let msp = Msp::built_in();
        let text = text(&msp, "http://127.0.0.1:1");
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["company"].as_array().unwrap().len(), msp.clients.len());
        for (_, secret) in secrets() {
            assert!(!text.contains(&secret));
        }
    }
}
