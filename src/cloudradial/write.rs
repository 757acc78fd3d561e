//! From the model to CloudRadial: a user made or changed, a company's details set.

use serde_json::{Value, json};

use super::wire::unwrap;
use super::{CloudRadial, company_number, errors, in_path, require};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Reply, Request};
use crate::model::{Field, Id, RecordKind};
use crate::side::{Write, Written};

/// How a value is written.
#[derive(Clone, Copy)]
enum Form {
    Text,
    /// A number, 0 for none.
    Number,
    /// A yes or no that the service asks the other way round.
    Not,
    /// One of two numbers: the first says no, the second yes.
    OneOf(i64, i64),
}

/// The properties of a user. `isPartnerAdminUser`, which makes a user an administrator of the MSP, and
/// `source`, whose numbers no document explains, are never among them.
const USER: [(Field, &str, Form); 16] = [
    (Field::FirstName, "firstName", Form::Text),
    (Field::LastName, "lastName", Form::Text),
    (Field::Email, "email", Form::Text),
    (Field::UserName, "userName", Form::Text),
    (Field::Title, "title", Form::Text),
    (Field::Department, "department", Form::Text),
    (Field::Phone, "phoneNumber", Form::Text),
    (Field::Mobile, "mobilePhone", Form::Text),
    (Field::Street, "streetAddress", Form::Text),
    (Field::City, "city", Form::Text),
    (Field::State, "state", Form::Text),
    (Field::PostalCode, "postalCode", Form::Text),
    (Field::Country, "country", Form::Text),
    (Field::Login, "isLoginDisabled", Form::Not),
    (Field::Priority, "priorityStatus", Form::OneOf(0, 10)),
    (Field::PsaKey, "psaKey", Form::Number),
];

const COMPANY: [(Field, &str, Form); 2] =
    [(Field::Territory, "territory", Form::Text), (Field::AccountManager, "accountManager", Form::Text)];

/// The names under which an answer may give a user's id (vendor documents, and what clients look for).
const USER_IDS: [&str; 3] = ["userId", "applicationUserId", "id"];

/// Carries out one write. PUT is never used, since it clears what it does not name (vendor documents).
pub(super) fn write(portal: &CloudRadial, write: &Write<'_>) -> Result<Written> {
    require(write.kind, &[RecordKind::PortalUser, RecordKind::PortalCompany])?;
    let known = if write.kind == RecordKind::PortalUser { &USER[..] } else { &COMPANY[..] };
    let values = values(known, write)?;
    let (request, what) = match (write.kind, write.current) {
        (RecordKind::PortalUser, None) => create(portal, write.company, values)?,
        (RecordKind::PortalUser, Some(current)) => {
            // Without the company the service may not find the user (seen live for other records).
            let company = company_number(write.company)?;
            let path = format!("/v2/user/{}?companyId={company}", in_path(&current.id)?);
            (change(portal, &path, "user", values)?, format!("portal user {}", current.id))
        }
        (_, Some(current)) => {
            portal.remembered.forget(RecordKind::PortalCompany, &current.id)?;
            let path = format!("/v2/company/{}", company_number(&current.id)?);
            (change(portal, &path, "company", values)?, format!("company {}", current.id))
        }
        (_, None) => {
            return Err(Error::new(Kind::Usage, "companies of CloudRadial are changed, but never made"));
        }
    };
    let reply = portal.send(request)?;
    let id = answer(&reply, &what)
        .and_then(|answer| match write.current {
            Some(current) => Ok(current.id.clone()),
            None => new_id(&answer, &what),
        })
        .map_err(|error| error.attempts(reply.attempts))?;
    // The answer shows less of a user than a listing does (vendor documents), so none of it is passed on.
    Ok(Written { id, shown: None, request_id: None, attempts: reply.attempts })
}

type Values = Vec<(&'static str, Value)>;

fn create(portal: &CloudRadial, company: &Id, values: Values) -> Result<(Request, String)> {
    let company = company_number(company)?;
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value));
    let body: Value = values.chain([("companyId".to_owned(), json!(company))]).collect();
    let request = Request::new(Method::Post, portal.url("/v2/user")?).endpoint("user").json(&body);
    Ok((request, format!("a new portal user of company {company}")))
}

/// A JSON Patch (RFC 6902), which alone changes what it names and nothing else.
fn change(portal: &CloudRadial, path: &str, entity: &str, values: Values) -> Result<Request> {
    let step = |(name, value)| json!({"op": "replace", "path": format!("/{name}"), "value": value});
    let steps: Vec<Value> = values.into_iter().map(step).collect();
    let request = Request::new(Method::Patch, portal.url(path)?).endpoint(entity);
    Ok(request.json_as("application/json-patch+json", &steps))
}

/// The properties and values of what is to be written.
fn values(known: &[(Field, &'static str, Form)], write: &Write<'_>) -> Result<Values> {
    let wrong = |field: Field, fault: &str| {
        Error::new(Kind::Usage, format!("{field} of a {} of CloudRadial {fault}", write.kind.noun()))
    };
    write
        .fields
        .exposed()
        .map(|(field, text)| {
            let entry = known.iter().find(|(known, ..)| *known == field);
            let (_, name, form) = entry.ok_or_else(|| wrong(field, "is not written"))?;
            let value = form.value(text).ok_or_else(|| wrong(field, "does not take this value"))?;
            Ok((*name, value))
        })
        .collect()
}

impl Form {
    /// `text` in this form; a blank text and a blank number make the property blank.
    fn value(self, text: &str) -> Option<Value> {
        let flag = || text.parse::<bool>().ok();
        match self {
            Self::Text => Some(json!(text)),
            Self::Number if text.is_empty() => Some(json!(0)),
            Self::Number => text.parse::<i64>().ok().map(Value::from),
            Self::Not => flag().map(|flag| json!(!flag)),
            Self::OneOf(no, yes) => flag().map(|flag| json!(if flag { yes } else { no })),
        }
    }
}

/// What the service answered to a write that it carried out: null where the body is empty. Success is any 2xx,
/// since no status is documented, unless the envelope says otherwise.
fn answer(reply: &Reply, what: &str) -> Result<Value> {
    if !reply.ok() {
        return Err(errors::explain(reply, what));
    }
    if reply.body.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    let answer: Value = reply.json(&format!("the answer to the write of {what}"))?;
    if answer["success"] == json!(false) {
        return Err(errors::explain(reply, what));
    }
    Ok(answer)
}

/// The id of the user that was made.
fn new_id(answer: &Value, what: &str) -> Result<Id> {
    let record = unwrap(answer.clone());
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let ids =
        [&record, &record["data"]].into_iter().flat_map(|place| USER_IDS.map(|name| text(&place[name])));
    ids.flatten().find(|id| !id.is_empty() && id != "0").map(Id::new).ok_or_else(|| {
        Error::new(Kind::Service, format!("CloudRadial's answer to the write of {what} names no id"))
            .hint("look for the user in the portal before running the command again")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fields;

    fn values_of(kind: RecordKind, fields: &Fields) -> Result<Value> {
        let known = if kind == RecordKind::PortalUser { &USER[..] } else { &COMPANY[..] };
        let write = Write { kind, company: &Id::from(9), current: None, fields };
        let values = values(known, &write)?.into_iter();
        Ok(values.map(|(name, value)| (name.to_owned(), value)).collect())
    }

    #[test]
    fn every_field_is_written_in_the_services_form() {
        let fields = Fields::new()
            .with(Field::Phone, "+1 555 0100")
            .with(Field::Title, "")
            .with(Field::PsaKey, "4711")
            .with(Field::Login, "false")
            .with(Field::Priority, "true");
        let expected = json!({"phoneNumber": "+1 555 0100", "title": "", "psaKey": 4711,
                              "isLoginDisabled": true, "priorityStatus": 10});
        assert_eq!(values_of(RecordKind::PortalUser, &fields).expect("values"), expected);
        let other =
            Fields::new().with(Field::PsaKey, "").with(Field::Login, "true").with(Field::Priority, "false");
        let expected = json!({"psaKey": 0, "isLoginDisabled": false, "priorityStatus": 0});
        assert_eq!(values_of(RecordKind::PortalUser, &other).expect("values"), expected);
    }

    #[test]
    fn a_field_that_is_not_the_records_is_a_fault_of_the_caller() {
        for (kind, field, text) in [
            (RecordKind::PortalUser, Field::Territory, "North"),
            (RecordKind::PortalUser, Field::DisplayName, "Ann"),
            (RecordKind::PortalUser, Field::Login, "perhaps"),
            (RecordKind::PortalUser, Field::PsaKey, "x"),
            (RecordKind::PortalCompany, Field::City, "Oslo"),
        ] {
            let error = values_of(kind, &Fields::new().with(field, text)).expect_err("not written");
            assert_eq!(error.kind(), Kind::Usage);
            assert!(error.message().contains(field.name()), "{error}");
            assert!(!error.message().contains(text), "{error}");
        }
    }

    #[test]
    fn everything_the_shape_offers_can_be_written_and_nothing_dangerous() {
        let shape = crate::cloudradial::convert::shape();
        for (field, ..) in USER.iter().chain(&COMPANY) {
            assert!(shape.field(*field).is_some(), "{field}");
        }
        assert!(
            USER.iter().all(|(_, name, _)| !["isPartnerAdminUser", "source", "companyId"].contains(name))
        );
    }

    #[test]
    fn a_new_id_is_found_wherever_an_answer_may_put_it() {
        for answer in [
            json!({"success": true, "message": null, "data": {"userId": "u-7"}}),
            json!({"data": {"applicationUserId": "u-7"}}),
            json!({"userId": null, "applicationUserId": " u-7 "}),
            json!({"id": "u-7", "companyId": 9}),
        ] {
            assert_eq!(new_id(&answer, "a user").expect("an id"), Id::from("u-7"), "{answer}");
        }
        assert_eq!(new_id(&json!({"id": 7}), "a user").expect("an id"), Id::from(7));
        for answer in [json!(null), json!([]), json!({"success": true, "data": null}), json!({"id": 0})] {
            let error = new_id(&answer, "a user").expect_err("no id");
            assert_eq!(error.kind(), Kind::Service);
            assert!(error.message().contains("names no id"), "{error}");
        }
    }
}
