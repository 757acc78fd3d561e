//! From Graph's users to the model's.

use std::collections::BTreeMap;

use super::wire;
use crate::model::{Field, Fields, Id, User, UserKind};

/// One user. Every property is selected, so one that is missing or null is blank, not unknown; only
/// `accountEnabled` and `userType` stay unknown, since a decision hangs on them.
pub(super) fn user(user: wire::User) -> User {
    let proxies = user.proxy_addresses.unwrap_or_default();
    let email = primary(&proxies).or(user.mail.as_deref().map(str::trim)).unwrap_or_default().to_owned();
    let user_name = user.user_principal_name.unwrap_or_default();
    let phones = user.business_phones.unwrap_or_default();
    let texts = [
        (Field::Email, Some(email.as_str())),
        (Field::UserName, Some(user_name.as_str())),
        (Field::FirstName, user.given_name.as_deref()),
        (Field::LastName, user.surname.as_deref()),
        (Field::DisplayName, user.display_name.as_deref()),
        (Field::Title, user.job_title.as_deref()),
        (Field::Department, user.department.as_deref()),
        (Field::Phone, phones.first().map(String::as_str)),
        (Field::Mobile, user.mobile_phone.as_deref()),
        (Field::Street, user.street_address.as_deref()),
        (Field::City, user.city.as_deref()),
        (Field::State, user.state.as_deref()),
        (Field::PostalCode, user.postal_code.as_deref()),
        (Field::Country, user.country.as_deref()),
    ];
    let mut fields = Fields::new();
    for (field, text) in texts {
        fields.set_or_empty(field, text);
    }
    let attributes = [("office", user.office_location), ("company_name", user.company_name)];
    let alternates = alternates(&proxies, user.mail.as_deref(), user.other_mails.as_deref(), &email);
    User {
        id: Id::new(user.id.trim().to_lowercase()),
        kind: kind(user.user_type.as_deref(), &user_name),
        user_name,
        fields,
        alternates,
        enabled: user.account_enabled,
        licences: user
            .assigned_licenses
            .unwrap_or_default()
            .into_iter()
            .map(|licence| licence.sku_id.trim().to_lowercase())
            .collect(),
        on_premises: user.on_premises_sync_enabled == Some(true),
        manager: user.manager.and_then(|manager| manager.display_name),
        attributes: attributes
            .into_iter()
            .filter_map(|(name, text)| text.map(|text| (name, text)))
            .collect::<BTreeMap<_, _>>(),
    }
}

/// The address after an upper-case `SMTP:`, which marks the primary one. There may be a blank after the colon
/// (vendor documents).
fn primary(proxies: &[String]) -> Option<&str> {
    proxies
        .iter()
        .find_map(|proxy| proxy.trim().strip_prefix("SMTP:"))
        .map(str::trim)
        .filter(|email| !email.is_empty())
}

/// All other smtp addresses, lower-case, each once. Addresses of other types (SIP, X500, SPO) do not reach a
/// mailbox.
fn alternates(proxies: &[String], mail: Option<&str>, others: Option<&[String]>, email: &str) -> Vec<String> {
    let smtp = proxies.iter().filter_map(|proxy| {
        let (kind, address) = proxy.split_once(':')?;
        kind.trim().eq_ignore_ascii_case("smtp").then_some(address)
    });
    let mut found: Vec<String> = smtp
        .chain(mail)
        .chain(others.unwrap_or_default().iter().map(String::as_str))
        .map(|address| address.trim().to_lowercase())
        .filter(|address| !address.is_empty() && *address != email.to_lowercase())
        .collect();
    found.sort();
    found.dedup();
    found
}

/// `userType` may be null on old synchronised objects (vendor documents); then the mark in the user name decides.
fn kind(user_type: Option<&str>, user_name: &str) -> UserKind {
    match user_type.map(str::to_lowercase).as_deref() {
        Some("guest") => UserKind::Guest,
        Some("member") => UserKind::Member,
        _ if user_name.to_uppercase().contains("#EXT#") => UserKind::Guest,
        _ => UserKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(user: &serde_json::Value) -> User {
        super::user(serde_json::from_value(user.clone()).expect("Graph's shape"))
    }

    #[test]
    fn the_primary_address_is_the_one_in_capitals() {
        let user = read(&json!({
            "id": "8F2C0000-0000-4000-8000-000000000001",
            "mail": "old@contoso.example",
            "proxyAddresses": ["smtp:Ann.B@contoso.example", "SMTP: ann@contoso.example", "SIP:ann@contoso.example", "x500:/o=x"],
            "otherMails": ["ann@home.example", "ANN@contoso.example"],
        }));
        assert_eq!(user.id.as_str(), "8f2c0000-0000-4000-8000-000000000001");
        assert_eq!(user.email(), Some("ann@contoso.example"));
        assert_eq!(user.alternates, ["ann.b@contoso.example", "ann@home.example", "old@contoso.example"]);
    }

    #[test]
    fn a_mailbox_without_proxy_addresses_has_its_mail() {
        let user = read(
            &json!({"id": "1", "mail": "bo@contoso.example", "userPrincipalName": "bo.ek@contoso.example"}),
        );
        assert_eq!(user.email(), Some("bo@contoso.example"));
        assert!(user.alternates.is_empty());
    }

    #[test]
    fn a_user_without_any_address_has_none() {
        assert_eq!(read(&json!({"id": "1", "userPrincipalName": "cy@contoso.example"})).email(), None);
    }

    #[test]
    fn what_is_not_known_of_an_account_stays_unknown() {
        let user = read(&json!({"id": "1", "accountEnabled": null, "userType": null}));
        assert_eq!((user.enabled, user.kind), (None, UserKind::Unknown));
        assert_eq!(read(&json!({"id": "1", "userPrincipalName": "a_b.c#EXT#@d.e"})).kind, UserKind::Guest);
    }
}
