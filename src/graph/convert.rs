//! From Graph's users to the model's.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::wire;
use crate::model::{Attributes, Field, Fields, Id, User, UserKind};
use crate::text::{email, fit};

/// The ends of the domains that Microsoft gives every tenant, in all of its clouds. A tenant's own are below them, and
/// `contoso.mail.onmicrosoft.com` as well.
const INITIAL: [&str; 4] =
    [".onmicrosoft.com", ".onmicrosoft.us", ".onmicrosoft.de", ".partner.onmschina.cn"];

/// What the user name of a guest has in the place of an `@`.
const GUEST_MARK: &str = "#EXT#";

/// Returns one user. A property that is null is blank; one that is not there was not read, although it was asked for, and
/// nothing is concluded from it. Of what decides who is in scope (`accountEnabled`, `userType`, `assignedLicenses`), a
/// null says nothing either.
///
/// `verified` are the tenant's verified domains; without them any address goes before one at an initial domain. What
/// other users have too is `shared` with them.
pub(super) fn user(user: wire::User, verified: &[String], shared: &Shared) -> User {
    let addressed = user.mail.is_some() || user.proxy_addresses.is_some();
    let all_alternates = user.proxy_addresses.is_some() && user.other_mails.is_some();
    let proxies = user.proxy_addresses.unwrap_or_default();
    let mail = user.mail.flatten();
    let user_name = cleaned(user.user_principal_name.unwrap_or_default());
    let smtp: Vec<&str> = smtp(&proxies).chain(mail.as_deref()).collect();
    let stated = primary(&proxies).or(mail.as_deref().map(str::trim)).unwrap_or_default();
    let (email, named_only) = address(stated, &user_name, &smtp, verified);
    let phone = user.business_phones.map(|phones| phones.unwrap_or_default().into_iter().next());
    let texts = [
        (Field::FirstName, told(&user.given_name)),
        (Field::LastName, told(&user.surname)),
        (Field::DisplayName, told(&user.display_name)),
        (Field::Email, addressed.then_some(email)),
        (Field::UserName, Some(user_name.as_str())),
        (Field::Title, told(&user.job_title)),
        (Field::Department, told(&user.department)),
        (Field::Phone, told(&phone)),
        (Field::Mobile, told(&user.mobile_phone)),
        (Field::Street, told(&user.street_address)),
        (Field::City, told(&user.city)),
        (Field::State, told(&user.state)),
        (Field::PostalCode, told(&user.postal_code)),
        (Field::Country, told(&user.country)),
    ];
    let mut fields = Fields::with_room(texts.iter().filter_map(|(_, text)| *text));
    fields.extend(texts.into_iter().filter_map(|(field, text)| Some((field, text?))));
    let [office, company_name] =
        [told(&user.office_location), told(&user.company_name)].map(|text| text.map(fit::clean));
    User {
        id: id(&user.id),
        kind: kind(user.user_type.as_deref(), &user_name),
        fields,
        // Whether there is a mailbox is known only where `mail` was read.
        named_only: named_only && addressed,
        alternates: alternates(&smtp, user.other_mails.as_deref(), email),
        all_alternates,
        given: given(&smtp, &user_name),
        enabled: user.account_enabled,
        licences: user.assigned_licenses.map(|licences| shared.skus(licences)),
        on_premises: user.on_premises_sync_enabled == Some(true),
        manager: user.manager.and_then(|manager| manager.display_name).map(cleaned),
        attributes: shared.attributes(Attributes::new(office.as_deref(), company_name.as_deref())),
        user_name,
    }
}

/// The id of a user in the spelling of the model: two that differ in case alone would be one person.
pub(super) fn id(told: &str) -> Id {
    Id::new(lower(told.trim()))
}

/// What a property says, if it was sent: nothing where it was null.
#[allow(clippy::option_option, clippy::ref_option)] // the shape of what was sent
fn told(property: &Option<Option<String>>) -> Option<&str> {
    property.as_ref().map(|text| text.as_deref().unwrap_or_default())
}

/// The text without what cannot be seen.
fn cleaned(text: String) -> String {
    match fit::clean(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(clean) => clean,
    }
}

fn lower(text: &str) -> Cow<'_, str> {
    let is_lower = text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_lower { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}

/// What the users of a tenant share.
#[derive(Default)]
pub(super) struct Shared {
    licences: RefCell<BTreeSet<Arc<[String]>>>,
    attributes: RefCell<BTreeSet<Attributes>>,
}

impl Shared {
    /// The ids of the licences.
    fn skus(&self, licences: Vec<wire::License>) -> Arc<[String]> {
        let sku = |licence: wire::License| match lower(licence.sku_id.trim()) {
            Cow::Borrowed(id) if id.len() == licence.sku_id.len() => licence.sku_id,
            id => id.into_owned(),
        };
        let skus: Vec<String> = licences.into_iter().map(sku).collect();
        let mut known = self.licences.borrow_mut();
        if let Some(known) = known.get(skus.as_slice()) {
            return Arc::clone(known);
        }
        let skus: Arc<[String]> = skus.into();
        known.insert(Arc::clone(&skus));
        skus
    }

    fn attributes(&self, attributes: Attributes) -> Attributes {
        let mut known = self.attributes.borrow_mut();
        if let Some(known) = known.get(&attributes) {
            return known.clone();
        }
        known.insert(attributes.clone());
        attributes
    }
}

/// Those of all addresses that the tenant gave, in the spelling for comparing.
fn given(smtp: &[&str], user_name: &str) -> Vec<String> {
    let all = smtp.iter().copied().chain([user_name]).filter_map(email::key);
    let mut given: Vec<String> = all.filter(|own| is_initial(own)).map(Cow::into_owned).collect();
    given.sort();
    given.dedup();
    given.shrink_to_fit();
    given
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

/// The address that counts as the person's own, and whether it is only the user name: `stated`, unless it is at an
/// initial domain and the person has a better one. Without any, people know the person by the user name, except where
/// that is at an initial domain or is a guest's.
fn address<'a>(
    stated: &'a str,
    user_name: &'a str,
    smtp: &[&'a str],
    verified: &[String],
) -> (&'a str, bool) {
    let named = || {
        let name = email::key(user_name).filter(|name| !is_initial(name) && !is_marked(user_name));
        name.map(|_| user_name)
    };
    if Field::Email.read(stated).is_empty() {
        return named().map_or_else(Default::default, |name| (name, true));
    }
    if !email::key(stated).is_some_and(|stated| is_initial(&stated)) {
        return (stated, false);
    }
    let named = named();
    let is_verified = |address: &str| {
        let domain = email::domain(address);
        domain.is_some_and(|domain| verified.iter().any(|own| email::domain_key(own) == domain))
    };
    if let Some(name) = named.filter(|name| verified.is_empty() || is_verified(name)) {
        return (name, false);
    }
    let local = |address: &str| address.split('@').next().map(str::to_lowercase);
    let mut others: Vec<&str> = smtp
        .iter()
        .map(|address| address.trim())
        .filter(|other| email::key(other).is_some_and(|key| !is_initial(&key)))
        .collect();
    // Of several, the one that is spelled as the stated one is; the rest of the order only has to last.
    others.sort_by_key(|other| (!is_verified(other), local(other) != local(stated), email::normalise(other)));
    (others.first().copied().or(named).unwrap_or(stated), false)
}

/// Whether the user name is a guest's.
fn is_marked(user_name: &str) -> bool {
    user_name.contains('#') && user_name.to_uppercase().contains(GUEST_MARK)
}

/// Whether an address, in the spelling for comparing, is at a domain that Microsoft gave.
fn is_initial(address: &str) -> bool {
    INITIAL.iter().any(|end| address.ends_with(end))
}

/// The addresses of a mailbox. Those of other types (SIP, X500, SPO) do not reach one.
fn smtp(proxies: &[String]) -> impl Iterator<Item = &str> {
    proxies.iter().filter_map(|proxy| {
        let (kind, address) = proxy.split_once(':')?;
        kind.trim().eq_ignore_ascii_case("smtp").then_some(address.trim())
    })
}

/// All other addresses, lower-case, each once.
fn alternates(smtp: &[&str], others: Option<&[String]>, email: &str) -> Vec<String> {
    let mut found: Vec<String> = smtp
        .iter()
        .copied()
        .chain(others.unwrap_or_default().iter().map(String::as_str))
        .filter(|address| !email::same(address, email))
        .map(|address| fit::clean(address).to_lowercase())
        .filter(|address| !address.is_empty())
        .collect();
    found.sort();
    found.dedup();
    found.shrink_to_fit();
    found
}

/// `userType` may be null on old synchronised objects (vendor documents); then the mark in the user name decides.
fn kind(user_type: Option<&str>, user_name: &str) -> UserKind {
    match user_type {
        Some(told) if told.eq_ignore_ascii_case("guest") => UserKind::Guest,
        Some(told) if told.eq_ignore_ascii_case("member") => UserKind::Member,
        _ if is_marked(user_name) => UserKind::Guest,
        _ => UserKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;
    use serde_json::json;

    fn read(user: &serde_json::Value) -> User {
        of(user, &[])
    }

    fn of(user: &serde_json::Value, verified: &[&str]) -> User {
        let verified: Vec<String> = verified.iter().map(|domain| (*domain).to_owned()).collect();
        super::user(
            serde_json::from_value(user.clone()).expect("Graph's shape"),
            &verified,
            &Shared::default(),
        )
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
        assert_eq!(user.attributes, Attributes::new(Some(""), None));
    }

    #[test]
    fn licences_that_were_not_sent_are_not_none() {
        assert_eq!(read(&json!({"id": "1"})).licences, None);
        assert_eq!(read(&json!({"id": "1", "assignedLicenses": null})).licences, None);
        assert_eq!(read(&json!({"id": "1", "assignedLicenses": []})).licences, Some([].into()));
    }

    #[test]
    fn a_user_without_a_mailbox_is_known_by_the_user_name() {
        let named = |name: &str| read(&json!({"id": "1", "mail": null, "userPrincipalName": name}));
        let cy = named("Cy@contoso.example");
        assert_eq!((cy.email(), cy.named_only), (Some("Cy@contoso.example"), true));
        for none in ["cy@contoso.onmicrosoft.com", "cy_home.example#EXT#@contoso.example", "cy", ""] {
            assert_eq!((named(none).email(), named(none).named_only), (None, false), "{none}");
        }
        let mailed =
            read(&json!({"id": "1", "mail": "c@home.example", "userPrincipalName": "cy@contoso.example"}));
        assert_eq!((mailed.email(), mailed.named_only), (Some("c@home.example"), false));
    }

    #[test]
    fn an_address_at_the_initial_domain_stands_back_behind_every_other() {
        let initial = "ann@contoso.onmicrosoft.com";
        let primary = |name: &str, others: &[&str]| {
            let proxies: Vec<String> = others.iter().map(|other| format!("smtp:{other}")).collect();
            let user = json!({"id": "1", "mail": initial, "userPrincipalName": name, "proxyAddresses": proxies,
                "otherMails": ["ann@home.example"]});
            of(&user, &["contoso.example", "Contoso.onmicrosoft.com", "b\u{fc}cher.example"])
        };
        for (name, others, expected) in [
            ("ann@contoso.example", &["a@contoso.example"][..], "ann@contoso.example"),
            (initial, &["a@contoso.example", "ann@contoso.example"], "ann@contoso.example"),
            (initial, &["ann@elsewhere.example", "a@contoso.example"], "a@contoso.example"),
            (initial, &["ann@xn--bcher-kva.example"], "ann@xn--bcher-kva.example"),
            (initial, &["ann@elsewhere.example"], "ann@elsewhere.example"),
            (initial, &["ann@contoso.mail.onmicrosoft.com"], initial),
            (initial, &[], initial),
        ] {
            let user = primary(name, others);
            assert_eq!(user.email(), Some(expected), "{name} {others:?}");
            assert!(user.given.contains(&initial.to_owned()));
            assert_eq!(
                user.alternates.contains(&initial.to_owned()),
                expected != initial,
                "{name} {others:?}"
            );
        }
        let stated = json!({"id": "1", "proxyAddresses": ["SMTP:Ann@contoso.mail.onmicrosoft.com", "smtp:ann@contoso.example"]});
        assert_eq!(of(&stated, &["contoso.example"]).email(), Some("ann@contoso.example"));
        assert_eq!(of(&stated, &["contoso.example"]).given, ["ann@contoso.mail.onmicrosoft.com"]);
    }

    #[test]
    fn what_is_not_known_of_an_account_stays_unknown() {
        let user = read(&json!({"id": "1", "accountEnabled": null, "userType": null}));
        assert_eq!((user.enabled, user.kind), (None, UserKind::Unknown));
        assert_eq!(read(&json!({"id": "1", "userPrincipalName": "a_b.c#EXT#@d.e"})).kind, UserKind::Guest);
    }
}
