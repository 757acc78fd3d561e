//! From CloudRadial's rows to the model's records.

use super::wire;
use crate::error::{Error, Kind, Result};
use crate::model::{Field, FieldShape, Fields, Id, PortalCompany, PortalUser, Shape};

/// A company.
pub(super) fn company(company: wire::Company) -> Result<PortalCompany> {
    let id = company.company_id.ok_or_else(|| nameless("company"))?;
    let mut fields = Fields::new();
    for (field, value) in
        [(Field::Territory, company.territory), (Field::AccountManager, company.account_manager)]
    {
        if let Some(text) = value {
            fields.set_or_empty(field, text.as_deref());
        }
    }
    Ok(PortalCompany {
        id: Id::new(id),
        name: company.name.unwrap_or_default(),
        psa_key: key(company.psa_key),
        fields,
    })
}

/// A user, and the company it belongs to. Every property is selected, so a null one is blank.
pub(super) fn user(user: wire::User) -> Result<(Id, PortalUser)> {
    let id = user.user_id.ok_or_else(|| nameless("portal user"))?;
    let company = user.company_id.ok_or_else(|| nameless("portal user's company"))?;
    let texts = [
        (Field::Email, user.email),
        (Field::UserName, user.user_name),
        (Field::FirstName, user.first_name),
        (Field::LastName, user.last_name),
        (Field::Title, user.title),
        (Field::Department, user.department),
        (Field::Phone, user.phone_number),
        (Field::Mobile, user.mobile_phone),
        (Field::Street, user.street_address),
        (Field::City, user.city),
        (Field::State, user.state),
        (Field::PostalCode, user.postal_code),
        (Field::Country, user.country),
    ];
    let mut fields = Fields::new();
    for (field, text) in texts {
        fields.set_or_empty(field, text.as_deref());
    }
    let psa_key = key(user.psa_key);
    fields.set_or_empty(Field::PsaKey, psa_key.as_ref().map(Id::as_str));
    Ok((Id::new(company), PortalUser { id: Id::new(id), fields, psa_key, modified: user.date_modified }))
}

/// A PSA key; 0 says that there is none.
fn key(key: Option<String>) -> Option<Id> {
    key.filter(|key| key != "0").map(Id::new)
}

fn nameless(what: &str) -> Error {
    Error::new(Kind::Service, format!("CloudRadial sent a {what} without an id"))
        .hint("run the command again with --har FILE and report the answer")
}

/// What a portal user takes: email and both names are required to make one; no lengths are published.
pub(super) fn shape() -> Shape {
    let required = [Field::Email, Field::FirstName, Field::LastName];
    let fields = Field::PERSONAL.into_iter().filter(|field| *field != Field::DisplayName);
    let more = [Field::PsaKey, Field::Login, Field::Priority, Field::Territory, Field::AccountManager];
    Shape::new(fields.chain(more).map(|field| {
        (field, FieldShape { length: None, required: required.contains(&field), extension: None })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_psa_key_of_zero_is_none() {
        let row = json!({"userId": "77", "companyId": 9, "psaKey": 0, "email": "ann@contoso.example", "title": null});
        let (company, user) = user(serde_json::from_value(row).expect("a row")).expect("a user");
        assert_eq!((company.as_str(), user.psa_key), ("9", None));
        assert_eq!(user.fields.get(Field::Title), crate::model::Value::Empty);
    }

    #[test]
    fn a_company_of_a_listing_does_not_know_its_territory() {
        let row = json!({"companyId": 9, "name": "Contoso", "psaKey": 174});
        let company = company(serde_json::from_value(row).expect("a row")).expect("a company");
        assert_eq!(company.fields.get(Field::Territory), crate::model::Value::Absent);
        assert_eq!(company.psa_key, Some(Id::from(174)));
    }
}
