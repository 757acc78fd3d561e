//! The support PIN of one user, which no listing may ask for and no call can write (vendor documents).

use serde_json::Value;

use super::wire::unwrap;
use super::{CloudRadial, company_number, errors, in_path};
use crate::error::{Error, Kind, Result};
use crate::http::{Reply, Request};
use crate::model::Id;
use crate::secret::Secret;

/// The names under which a single user gives its id.
const IDS: [&str; 2] = ["userId", "applicationUserId"];

/// The PIN of the user `id` of `company`; `None` where there is none.
///
/// Without the company the service may not find the user (seen live for other records).
pub(super) fn read(portal: &CloudRadial, company: &Id, id: &Id) -> Result<Option<Secret>> {
    let company = company_number(company)?;
    let url = portal.url(&format!("/v2/user/{}?companyId={company}", in_path(id)?))?;
    let reply = portal.send(Request::get(url).endpoint("user"))?;
    if !reply.ok() {
        return Err(errors::explain(&reply, &format!("portal user {id}")));
    }
    told(&reply, id).map_err(|error| error.attempts(reply.attempts))
}

fn told(reply: &Reply, id: &Id) -> Result<Option<Secret>> {
    let user = unwrap(reply.json::<Value>("a portal user")?);
    let text = |name: &str| match &user[name] {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if !IDS.iter().filter_map(|name| text(name)).any(|shown| shown == id.as_str()) {
        return Err(Error::new(Kind::Service, format!("CloudRadial answered with another user for {id}")));
    }
    // What is not sent is not the same as blank: older portals have no PINs.
    if user.get("supportPin").is_none() {
        return Err(Error::new(
            Kind::Service,
            format!("CloudRadial shows no support PIN of portal user {id}"),
        )
        .hint("switch support-pin off under [sync] if this portal has no support PINs"));
    }
    Ok(text("supportPin").filter(|pin| !pin.is_empty()).map(Secret::new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pin(user: &Value) -> Result<Option<Secret>> {
        told(
            &Reply::from_parts("cloudradial", 200, Vec::new(), user.to_string().into_bytes()),
            &Id::from("u-1"),
        )
    }

    #[test]
    fn a_pin_comes_with_or_without_an_envelope_and_may_be_none() {
        for (shown, expected) in [
            (json!("0482"), Some("0482")),
            (json!(null), None),
            (json!(" "), None),
            (json!(4821), Some("4821")),
        ] {
            let user = json!({"userId": "u-1", "applicationUserId": "u-1", "supportPin": shown});
            for answer in [user.clone(), json!({"data": user, "success": true, "message": null})] {
                assert_eq!(pin(&answer).expect("a user").as_ref().map(Secret::expose), expected, "{shown}");
            }
        }
    }

    #[test]
    fn a_portal_without_pins_and_another_user_tell_nothing() {
        for user in [json!({"userId": "u-1"}), json!({"userId": "u-2", "supportPin": "4821"}), json!({})] {
            let error = pin(&user).expect_err("nothing is known");
            assert_eq!(error.kind(), Kind::Service);
            assert!(!error.to_string().contains("4821"), "{error}");
        }
    }
}
