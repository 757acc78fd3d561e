//! From the model to Autotask: a contact made or changed, a company's field set.

use serde_json::{Map, Value, json};

use super::convert::{self, CONTACT_FIELDS, EXTENSION};
use super::errors;
use super::lookup::require;
use super::session::Session;
use super::udf::{self, Defined};
use super::wire::Item;
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Reply};
use crate::model::{Field, Fields, Id, RecordKind, Udf};
use crate::side::{Current, Write, Written};
use crate::text::phone;

/// One request that writes.
struct Order {
    method: Method,
    path: String,
    body: Value,
    /// The record, for messages.
    what: String,
    /// The record that is changed, if it is not a new one.
    id: Option<i64>,
}

/// Carries out one write.
///
/// Contacts are written below their company, with the id in the body: Autotask has no other route for them (seen
/// live by clients). PUT is never used, since it clears what it does not name (vendor documents).
pub(super) fn write(session: &Session, write: &Write<'_>) -> Result<Written> {
    require(write.kind, &[RecordKind::Contact, RecordKind::PsaCompany])?;
    let order = order(session, write).map_err(Error::unsent)?;
    let reply = session.write(order.method, &order.path, &order.body)?;
    let id = written(&order, &reply).map_err(|error| error.attempts(reply.attempts))?;
    Ok(Written { id, shown: None, request_id: None, attempts: reply.attempts })
}

/// Returns the request that carries the write out; what it is made of may have to be asked for.
fn order(session: &Session, write: &Write<'_>) -> Result<Order> {
    session.begin()?;
    match write.kind {
        RecordKind::PsaCompany => company(write, &session.company_udfs()?),
        _ => contact(write, &session.contact_udfs()?),
    }
}

/// Returns the id of the record that was written, if `reply` says that it was.
fn written(order: &Order, reply: &Reply) -> Result<Id> {
    let what = &order.what;
    errors::check(reply, what)?;
    let item: Item = reply.json(&format!("the id of {what}"))?;
    let hint = "look at the record in Autotask before running the command again";
    match (order.id, item.item_id) {
        (Some(asked), Some(answered)) if asked == answered => Ok(Id::from(asked)),
        (None, Some(answered)) if answered > 0 => Ok(Id::from(answered)),
        (_, Some(answered)) => {
            let message = format!("Autotask answered the write of {what} with record {answered}");
            Err(Error::new(Kind::Service, message).hint(hint))
        }
        (_, None) => {
            let message = format!("Autotask's answer to the write of {what} names no record");
            Err(Error::new(Kind::Service, message).hint(hint))
        }
    }
}

fn contact(write: &Write<'_>, udfs: &[Defined]) -> Result<Order> {
    let company = convert::company_number(write.company)?;
    let mut body = own_fields(write.fields)?;
    set_udfs(&mut body, write.fields, udfs, false)?;
    let id = write.current.map(number).transpose()?;
    let (method, what) = if let Some(id) = id {
        (Method::Patch, format!("contact {id} of company {company}"))
    } else {
        // Both are required of a new contact.
        body.insert("companyID".to_owned(), json!(company));
        body.entry("isActive").or_insert(json!(1));
        (Method::Post, format!("a new contact of company {company}"))
    };
    body.insert("id".to_owned(), json!(id.unwrap_or(0)));
    Ok(Order { method, path: format!("Companies/{company}/Contacts"), body: body.into(), what, id })
}

fn company(write: &Write<'_>, udfs: &[Defined]) -> Result<Order> {
    let current = write
        .current
        .ok_or_else(|| Error::new(Kind::Usage, "companies of Autotask are changed, but never made"))?;
    let id = number(current)?;
    let mut body = Map::new();
    if let Some((field, _)) = write.fields.iter().find(|(field, _)| !matches!(field, Field::Udf(_))) {
        return Err(not_taken(field, "company"));
    }
    set_udfs(&mut body, write.fields, udfs, true)?;
    body.insert("id".to_owned(), json!(id));
    let what = format!("company {id}");
    Ok(Order { method: Method::Patch, path: "Companies".to_owned(), body: body.into(), what, id: Some(id) })
}

/// Returns the contact's own fields among `fields`, by Autotask's names. A blank one is an empty text (seen in use by
/// clients); the flag is a number, and nothing else is taken for it (seen live by clients).
fn own_fields(fields: &Fields) -> Result<Map<String, Value>> {
    let mut body = Map::new();
    for (field, text) in fields.iter().filter(|(field, _)| !matches!(field, Field::Udf(_))) {
        let (name, value) = if field == Field::Active {
            ("isActive", json!(u8::from(flag(text)?)))
        } else {
            let known = CONTACT_FIELDS.iter().find(|(known, ..)| *known == field);
            let name = known.ok_or_else(|| not_taken(field, "contact"))?.1;
            if field == Field::Phone {
                let (number, extension) = phone::split(text);
                body.insert(EXTENSION.0.to_owned(), json!(extension));
                (name, json!(number))
            } else {
                (name, json!(text))
            }
        };
        body.insert(name.to_owned(), value);
    }
    Ok(body)
}

/// Adds the user-defined fields among `fields`, in the database's spelling. A blank one is null.
fn set_udfs(
    body: &mut Map<String, Value>,
    fields: &Fields,
    udfs: &[Defined],
    on_company: bool,
) -> Result<()> {
    let place = if on_company { "company" } else { "contact" };
    let mut values = Vec::new();
    for (field, text) in fields.exposed() {
        let Field::Udf(role) = field else { continue };
        if role.on_company() != on_company {
            return Err(not_taken(field, place));
        }
        let udf = udfs.iter().map(|udf| &udf.field).find(|udf| udf.role == role);
        let udf = udf.ok_or_else(|| undefined(role, place))?;
        let value = udf::as_written(&udf.kind, text);
        values.push(json!({"name": udf.name, "value": (!value.is_empty()).then_some(value)}));
    }
    if !values.is_empty() {
        body.insert("userDefinedFields".to_owned(), values.into());
    }
    Ok(())
}

fn number(record: &Current) -> Result<i64> {
    let no_number = || Error::new(Kind::Usage, format!("{} cannot be a record of Autotask", record.id));
    record.id.number().ok_or_else(no_number)
}

fn flag(text: &str) -> Result<bool> {
    text.parse().map_err(|_| Error::new(Kind::Usage, "active is neither true nor false"))
}

fn not_taken(field: Field, place: &str) -> Error {
    Error::new(Kind::Usage, format!("crsync writes no {field} to a {place} of Autotask"))
}

fn undefined(role: Udf, place: &str) -> Error {
    let name = role.default_name();
    Error::new(Kind::Config, format!("Autotask has no {place} UDF `{name}`")).hint(format!(
        "create the {place} UDF `{name}` in Autotask, or correct its name under [autotask.udfs]"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;
    use crate::http::{Http, Options};
    use crate::model::{UdfField, UdfKind};
    use crate::secret::Secret;
    use crate::side::Raw;

    fn udf(role: Udf, name: &str, kind: UdfKind) -> Defined {
        UdfField { role, name: name.to_owned(), kind }.into()
    }

    fn udfs() -> Vec<Defined> {
        let list = UdfKind::List(vec![("1".into(), "Yes".into()), ("2".into(), "No".into())]);
        vec![
            udf(Udf::IsOffice365, "Is Office 365", list),
            udf(Udf::Office365Id, "office365id", UdfKind::Text(None)),
            udf(Udf::Tenant365Id, "Tenant", UdfKind::Text(None)),
        ]
    }

    fn record(id: &str) -> Current {
        Current {
            id: Id::from(id),
            active: Some(true),
            fields: Fields::new(),
            alternates: Vec::new(),
            stamp: None,
            raw: Raw::default(),
        }
    }

    fn order(kind: RecordKind, company: i64, current: Option<&Current>, fields: &Fields) -> Result<Order> {
        let write = Write { kind, company: &Id::from(company), current, fields };
        match kind {
            RecordKind::PsaCompany => self::company(&write, &udfs()),
            _ => contact(&write, &udfs()),
        }
    }

    fn reply(status: u16, body: &str) -> Reply {
        Reply::from_parts("autotask", status, Vec::new(), body.as_bytes().to_vec())
    }

    /// Two requests go before: where the database is, and what it defines. Nothing listens here, so neither is answered.
    #[test]
    fn a_failure_before_a_contact_is_made_leaves_nothing_open() {
        let dead = || url::Url::parse("http://127.0.0.1:9/autotask/").expect("an address");
        for base_url in [None, Some(dead())] {
            let settings = Settings {
                user: "api@msp.example".to_owned(),
                integration_code: Secret::new("code"),
                secret: Secret::new("secret"),
                base_url,
                zone_url: dead(),
                udf_names: std::collections::BTreeMap::new(),
            };
            let http = Http::new(Options { retries: Some(0), ..Options::default() }).expect("usable options");
            let fields = Fields::new().with(Field::FirstName, "Ann");
            let (kind, company) = (RecordKind::Contact, Id::from(174));
            let write = Write { kind, company: &company, current: None, fields: &fields };
            let error = super::write(&Session::new(&http, settings), &write).expect_err("it is not made");
            assert_eq!((error.kind(), error.sent()), (Kind::Network, 0), "{error}");
        }
    }

    #[test]
    fn a_new_contact_is_posted_below_its_company_and_active_unless_it_is_told_otherwise() {
        for (company, active, sent) in [(174, None, 1), (0, Some("true"), 1), (0, Some("false"), 0)] {
            let mut fields = Fields::new().with(Field::FirstName, "Ann").with(Field::PostalCode, "0150");
            fields.set(Field::Udf(Udf::IsOffice365), "Yes");
            if let Some(active) = active {
                fields.set(Field::Active, active);
            }
            let order = order(RecordKind::Contact, company, None, &fields).expect("an order");
            assert_eq!((order.method, order.id), (Method::Post, None));
            assert_eq!(order.path, format!("Companies/{company}/Contacts"));
            assert_eq!(
                order.body,
                json!({"id": 0, "companyID": company, "isActive": sent, "firstName": "Ann", "zipCode": "0150",
                       "userDefinedFields": [{"name": "Is Office 365", "value": "1"}]})
            );
        }
    }

    #[test]
    fn a_change_names_only_what_changes_and_blanks_in_autotasks_way() {
        let fields = Fields::new().with(Field::Mobile, "").with(Field::Udf(Udf::Office365Id), "");
        let order = order(RecordKind::Contact, 174, Some(&record("29")), &fields).expect("an order");
        assert_eq!((order.method, order.path.as_str()), (Method::Patch, "Companies/174/Contacts"));
        assert_eq!(
            order.body,
            json!({"id": 29, "mobilePhone": "",
                   "userDefinedFields": [{"name": "office365id", "value": null}]})
        );
    }

    #[test]
    fn the_extension_of_the_telephone_goes_to_its_own_field() {
        let fields =
            Fields::new().with(Field::Phone, "+1 202 555 0112 x42").with(Field::Mobile, "555 0199 x7");
        let changed = order(RecordKind::Contact, 174, Some(&record("29")), &fields).expect("an order");
        assert_eq!(
            changed.body,
            json!({"id": 29, "phone": "+1 202 555 0112", "extension": "42", "mobilePhone": "555 0199 x7"})
        );
        let fields = Fields::new().with(Field::Phone, "+1 202 555 0113");
        let changed = order(RecordKind::Contact, 174, Some(&record("29")), &fields).expect("an order");
        assert_eq!(changed.body["extension"], "", "the extension belonged to the other number");
    }

    #[test]
    fn a_company_is_changed_with_its_id_in_the_body() {
        let fields = Fields::new().with(Field::Udf(Udf::Tenant365Id), "t-1");
        let order = order(RecordKind::PsaCompany, 0, Some(&record("0")), &fields).expect("an order");
        assert_eq!((order.method, order.path.as_str(), order.id), (Method::Patch, "Companies", Some(0)));
        assert_eq!(order.body, json!({"id": 0, "userDefinedFields": [{"name": "Tenant", "value": "t-1"}]}));
    }

    #[test]
    fn a_field_that_the_database_does_not_define_is_named() {
        let fields = Fields::new().with(Field::Udf(Udf::SupportPin), "4821");
        let error = order(RecordKind::Contact, 174, None, &fields).err().expect("undefined");
        assert_eq!(error.kind(), Kind::Config);
        assert_eq!(error.message(), "Autotask has no contact UDF `SupportPIN`");
    }

    #[test]
    fn what_has_no_place_in_the_record_is_a_fault_of_the_caller() {
        let contact = RecordKind::Contact;
        for (kind, field) in [
            (contact, Field::Country),
            (contact, Field::Udf(Udf::Tenant365Id)),
            (RecordKind::PsaCompany, Field::Territory),
            (RecordKind::PsaCompany, Field::Udf(Udf::Office365Id)),
        ] {
            let fields = Fields::new().with(field, "x");
            let error = order(kind, 174, Some(&record("29")), &fields).err().expect("no such field");
            assert_eq!(error.kind(), Kind::Usage);
            assert!(error.message().contains(field.name()), "{error}");
        }
        let error = order(contact, 174, Some(&record("u-1")), &Fields::new()).err().expect("no number");
        assert_eq!(error.kind(), Kind::Usage);
        assert!(order(RecordKind::PsaCompany, 174, None, &Fields::new()).is_err());
    }

    #[test]
    fn an_answer_counts_only_when_it_names_the_record() {
        let blank = Fields::new();
        let new = order(RecordKind::Contact, 174, None, &blank).expect("an order");
        let change = order(RecordKind::Contact, 174, Some(&record("29")), &blank).expect("an order");
        let id = |order: &Order, body: &str| written(order, &reply(200, body)).ok();
        for body in [r#"{"itemId":29}"#, r#"{"itemId":"29"}"#] {
            assert_eq!(id(&new, body), Some(Id::from(29)));
            assert_eq!(id(&change, body), Some(Id::from(29)));
        }
        assert_eq!(id(&change, r#"{"itemId":30}"#), None);
        for body in ["", "{}", r#"{"itemId":0}"#, r#"{"itemId":-1}"#, r#"{"itemId":29,"errors":["No"]}"#] {
            assert_eq!((id(&new, body), id(&change, body)), (None, None), "{body}");
        }
    }
}
