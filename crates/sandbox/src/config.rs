//! The configuration and the secrets that let crsync use the sandbox as if it were the services.

use super::msp::{Client, Msp};
use super::services::SERVICES;

/// What the configuration says besides the tables of the services.
const GENERAL: &str = r#"[sync]
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
"#;

/// Returns a complete, commented configuration for the sandbox at `url`.
pub(super) fn text(msp: &Msp, url: &str) -> String {
    let psa = SERVICES.iter().find(|service| service.psa).map_or("", |service| service.system.name());
    let head = format!(
        "# The sandbox: invented companies on this machine. Nothing here leaves it.\n\npsa = {}\n",
        quoted(psa)
    );
    let services = SERVICES.iter().map(|service| (service.settings)(url)).filter(|table| !table.is_empty());
    let companies = msp.clients.iter().map(company);
    let tables = [head].into_iter().chain(services).chain([GENERAL.to_owned()]).chain(companies);
    tables.collect::<Vec<_>>().join("\n")
}

fn company(client: &Client) -> String {
    let mut lines = vec!["[[company]]".to_owned(), format!("name = {}", quoted(&client.name))];
    if !client.enabled {
        lines.push("# Only when it is named with --company.".to_owned());
        lines.push("enabled = false".to_owned());
    }
    lines.push(format!("cloudradial = {}", client.cloudradial));
    lines.push(format!("psa = {}", client.psa));
    lines.push(format!("tenant = {}", quoted(&client.tenant)));
    if client.shared {
        let domains: Vec<String> = client.domains.iter().map(|domain| quoted(domain)).collect();
        lines.push("# The tenant is shared; these domains are this company's.".to_owned());
        lines.push(format!("domains = [{}]", domains.join(", ")));
    }
    lines.extend(client.config.lines().map(str::to_owned));
    lines.join("\n") + "\n"
}

/// Returns `text` as a TOML string.
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
        for (_, secret) in SERVICES.iter().flat_map(|service| service.secrets) {
            assert!(!text.contains(secret));
        }
    }
}
