//! From Graph's users to the model's.

use std::collections::BTreeMap;

use super::wire;
use crate::model::{Field, Fields, Id, User, UserKind};

/// One user. A property that is null is blank; one that is not there was not read, although it was asked for, and
/// nothing is concluded from it. Of what decides who takes part (`accountEnabled`, `userType`, `assignedLicenses`), a
/// null says nothing either.
pub(super) fn user(user: wire::User) -> User {
    let addressed = user.mail.is_some() || user.proxy_addresses.is_some();
    let proxies = user.proxy_addresses.unwrap_or_default();
    let mail = user.mail.flatten();
    let email = primary(&proxies).or(mail.as_deref().map(str::trim)).unwrap_or_default().to_owned();
    let user_name = user.user_principal_name.unwrap_or_default();
    let phone = user.business_phones.map(|phones| phones.unwrap_or_default().into_iter().next());
    let texts = [
        (Field::Email, addressed.then(|| Some(email.clone()))),
        (Field::UserName, Some(Some(user_name.clone()))),
        (Field::FirstName, user.given_name),
        (Field::LastName, user.surname),
        (Field::DisplayName, user.display_name),
        (Field::Title, user.job_title),
        (Field::Department, user.department),
        (Field::Phone, phone),
        (Field::Mobile, user.mobile_phone),
        (Field::Street, user.street_address),
        (Field::City, user.city),
        (Field::State, user.state),
        (Field::PostalCode, user.postal_code),
        (Field::Country, user.country),
    ];
    let mut fields = Fields::new();
    for (field, text) in texts.into_iter().filter_map(|(field, text)| Some((field, text?))) {
        fields.set_or_empty(field, text.as_deref());
    }
    let attributes = [("office", user.office_location), ("company_name", user.company_name)];
    let alternates = alternates(&proxies, mail.as_deref(), user.other_mails.as_deref(), &email);
    let sku = |licence: wire::License| licence.sku_id.trim().to_lowercase();
    User {
        id: Id::new(user.id.trim().to_lowercase()),
        kind: kind(user.user_type.as_deref(), &user_name),
        user_name,
        fields,
        alternates,
        enabled: user.account_enabled,
        licences: user.assigned_licenses.map(|licences| licences.into_iter().map(sku).collect()),
        on_premises: user.on_premises_sync_enabled == Some(true),
        manager: user.manager.and_then(|manager| manager.display_name),
        attributes: attributes
            .into_iter()
            .filter_map(|(name, text)| text.map(|text| (name, text.unwrap_or_default())))
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
    use crate::model::Value;
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
        let user = read(&json!({"id": "1", "userPrincipalName": "cy@contoso.example", "mail": null}));
        assert_eq!(user.fields.get(Field::Email), Value::Empty);
    }

    #[test]
    fn what_is_not_in_an_answer_is_not_known_and_null_is_blank() {
        let user = read(&json!({"id": "1", "userPrincipalName": "cy@contoso.example", "jobTitle": null,
            "businessPhones": [], "officeLocation": null}));
        for (field, value) in [
            (Field::Title, Value::Empty),
            (Field::Phone, Value::Empty),
            (Field::Email, Value::Absent),
            (Field::Department, Value::Absent),
            (Field::Mobile, Value::Absent),
        ] {
            assert_eq!(user.fields.get(field), value, "{field}");
        }
        assert_eq!(user.attributes, [("office", String::new())].into());
    }

    #[test]
    fn licences_that_were_not_sent_are_not_none() {
        assert_eq!(read(&json!({"id": "1"})).licences, None);
        assert_eq!(read(&json!({"id": "1", "assignedLicenses": null})).licences, None);
        assert_eq!(read(&json!({"id": "1", "assignedLicenses": []})).licences, Some(Vec::new()));
    }

    #[test]
    fn what_is_not_known_of_an_account_stays_unknown() {
        let user = read(&json!({"id": "1", "accountEnabled": null, "userType": null}));
        assert_eq!((user.enabled, user.kind), (None, UserKind::Unknown));
        assert_eq!(read(&json!({"id": "1", "userPrincipalName": "a_b.c#EXT#@d.e"})).kind, UserKind::Guest);
    }
}
