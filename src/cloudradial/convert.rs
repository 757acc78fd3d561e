//! From CloudRadial's rows to the model's records.

use super::wire;
use crate::error::{Error, Kind, Result};
use crate::model::{Field, FieldShape, Fields, Id, PortalCompany, PortalUser, Shape};

/// A company.
pub(super) fn company(company: wire::Company) -> Result<PortalCompany> {
    let id = id(company.company_id, "company")?;
    let mut fields = Fields::new();
    for (field, value) in
        [(Field::Territory, company.territory), (Field::AccountManager, company.account_manager)]
    {
        if let Some(text) = value {
            fields.set_or_empty(field, text.as_deref());
        }
    }
    Ok(PortalCompany { id, name: company.name.unwrap_or_default(), psa_key: key(company.psa_key), fields })
}

/// A user, and the company it belongs to. Every property is selected: a null one is blank, a missing one was not read.
pub(super) fn user(user: wire::User) -> Result<(Id, PortalUser)> {
    let company = id(user.company_id, "portal user's company")?;
    let id = id(user.user_id, "portal user")?;
    let texts = [
        (Field::FirstName, user.first_name),
        (Field::LastName, user.last_name),
        (Field::Email, user.email),
        (Field::UserName, user.user_name),
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
    let psa_key = key(user.psa_key);
    let known = texts
        .iter()
        .filter_map(|(field, text)| Some((*field, text.as_ref()?.as_deref().unwrap_or_default())));
    let known = known.chain([(Field::PsaKey, psa_key.as_ref().map_or("", Id::as_str))]);
    let mut fields = Fields::with_room(known.clone().map(|(_, text)| text));
    fields.extend(known);
    Ok((company, PortalUser { id, fields, psa_key, modified: user.date_modified }))
}

/// A PSA key; 0 says that there is none.
fn key(key: Option<String>) -> Option<Id> {
    key.filter(|key| key != "0").map(Id::new)
}

/// An id, if it can be one.
fn id(told: Option<String>, what: &str) -> Result<Id> {
    told.map(Id::new).filter(Id::is_plain).ok_or_else(|| {
        Error::new(Kind::Service, format!("CloudRadial sent a {what} without an id that can be one"))
            .hint("run the command again with --har FILE and report the answer")
    })
}

/// What a portal user takes: email and both names are required to make one; no lengths are published.
pub(super) fn shape() -> Shape {
    let required = [Field::Email, Field::FirstName, Field::LastName];
    let fields = Field::PERSONAL.into_iter().filter(|field| *field != Field::DisplayName);
    let more = [Field::PsaKey, Field::Login, Field::Priority, Field::Territory, Field::AccountManager];
    Shape::new(fields.chain(more).map(|field| {
        (field, FieldShape { length: None, required: required.contains(&field), ..FieldShape::default() })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_psa_key_of_zero_is_none() {
        let row = json!({"userId": "77", "companyId": 9, "psaKey": 0, "email": "ann@contoso.example",
                         "userName": null, "isDeleted": false, "title": null});
        let (company, user) = user(serde_json::from_value(row).expect("a row")).expect("a user");
        assert_eq!((company.as_str(), user.psa_key), ("9", None));
        assert_eq!(user.fields.get(Field::Title), crate::model::Value::Empty);
        assert_eq!(user.fields.get(Field::Phone), crate::model::Value::Absent, "it was not in the answer");
    }

    #[test]
    fn a_row_without_what_a_user_is_known_by_is_not_read() {
        let whole = json!({"userId": "77", "companyId": 9, "psaKey": 0, "email": null, "userName": null,
                           "isDeleted": false});
        assert!(serde_json::from_value::<wire::User>(whole.clone()).is_ok());
        for key in ["userId", "companyId", "psaKey", "email", "userName", "isDeleted"] {
            let mut row = whole.clone();
            row.as_object_mut().expect("an object").remove(key);
            assert!(serde_json::from_value::<wire::User>(row).is_err(), "{key}");
        }
        for strange in ["../company/9", "7?x=1", "7 or 1 eq 1"] {
            let mut row = whole.clone();
            row["userId"] = json!(strange);
            assert!(user(serde_json::from_value(row).expect("a row")).is_err(), "{strange}");
        }
    }

    #[test]
    fn a_company_of_a_listing_does_not_know_its_territory() {
        let row = json!({"companyId": 9, "name": "Contoso", "psaKey": 174});
        let company = company(serde_json::from_value(row).expect("a row")).expect("a company");
        assert_eq!(company.fields.get(Field::Territory), crate::model::Value::Absent);
        assert_eq!(company.psa_key, Some(Id::from(174)));
    }
}
