//! The client against a tenant of a few lines, built from the vendor's interface description.

mod reading;
mod signing_in;
mod writing;

use serde_json::{Value, json};

use super::testing::{Asked, good};
use crate::model::{Id, RecordKind};
use crate::side::PsaRequest;

/// The custom fields of contacts are in module 13, those of accounts in module 4; some module has others, one does
/// not exist, and the one of tickets has a field of a contact's name.
fn definitions(module: &str) -> Option<(u16, Value)> {
    let field = |id: i64, name: &str| json!({"id": id, "name": name, "dataType": 0, "isActive": true});
    let list = json!({"id": 303, "name": "IsOffice365", "dataType": 2, "isActive": true, "settings": [
        {"id": 11, "name": "Yes", "isActive": true}, {"id": 12, "name": "No", "isActive": true}]});
    match module {
        "13" => good(&json!([field(301, "SupportPIN"), field(302, "Office365Id"), list])),
        "4" => good(&json!([field(401, "Tenant365Id")])),
        "5" => good(&json!([field(501, "Hat size")])),
        "6" => Some((
            200,
            json!({"success": false, "error": {"code": 1, "message": "ModuleId 6 is not valid."}}),
        )),
        "22" => good(&json!([field(221, "SupportPIN")])),
        _ => good(&json!([])),
    }
}

/// A contact as lists show it.
fn contact(id: i64, account: i64, active: bool, email: &str) -> Value {
    json!({"id": id, "accountId": account, "accountName": "Client", "locationId": account * 10,
           "firstName": "Ann", "lastName": "Lee", "jobTitle": null, "isPoc": false, "isActive": active,
           "isBillable": false, "canRecieveInvoices": false, "modifiedOn": "2026-02-03T04:05:06.7",
           "emails": [
               {"id": 1, "emailAddress": format!("further{id}@contoso.example"), "emailTypeId": 1, "isDefault": false},
               {"id": 2, "emailAddress": email, "emailTypeId": 1, "isDefault": true}],
           "phones": [
               {"id": 3, "phone": "+1 555 0100", "phoneTypeId": 1, "phoneType": "Work", "isDefault": true},
               {"id": 4, "phone": "+1 555 0101", "phoneTypeId": 2, "phoneType": "Mobile", "isDefault": false}]})
}

/// Contoso (7) with an active contact and one that is not, Fabrikam (8) with one contact.
fn contacts() -> Vec<Value> {
    vec![
        contact(55, 7, true, "ann@contoso.example"),
        contact(56, 7, false, "ben@contoso.example"),
        contact(60, 8, true, "cid@fabrikam.example"),
    ]
}

/// What the tenant has of a request that reads.
fn world(asked: &Asked) -> Option<(u16, Value)> {
    let (method, path) = asked.what.split_once(' ')?;
    let parts: Vec<&str> = path.split('/').collect();
    match (method, parts.as_slice()) {
        ("GET", ["crm", "accounts", "lookup"]) => good(&json!([
            {"id": 7, "name": "Contoso", "isActive": true}, {"id": 8, "name": "Fabrikam", "isActive": false}])),
        // Declared without an envelope, and spelled as the description spells it.
        ("GET", ["crm", "accounts", "summary", "7"]) => {
            Some((200, json!({"Id": 7, "AccountName": "Contoso", "IsActive": true})))
        }
        ("GET", ["crm", "accounts", "7", "locations", "lookup"]) => good(&json!([
            {"id": 70, "name": "Branch", "accountId": 7, "isMain": false},
            {"id": 71, "name": "Main", "accountId": 7, "isMain": true}])),
        ("GET", ["crm", "contacts", "summary"]) => Some((200, listed(asked, contacts()))),
        ("GET", ["crm", "contacts", "summary", id]) => {
            let id: i64 = id.parse().ok()?;
            good(&contacts().into_iter().find(|contact| contact["id"] == id)?)
        }
        ("GET", ["system", "customFields", module]) => definitions(module),
        ("GET", ["system", "customFields", "13", "55"]) => good(&json!([
            {"id": 1, "name": "Office365Id", "data": "U-1", "settingsId": 0, "customFieldId": 302},
            {"id": 2, "name": "IsOffice365", "data": "11", "settingsId": 11, "customFieldId": 303}])),
        ("GET", ["system", "customFields", "4", _]) => {
            good(&json!([{"id": 1, "name": "Tenant365Id", "data": "t-1", "customFieldId": 401}]))
        }
        ("GET", ["system", "customFields", _, _]) => good(&json!([])),
        _ => None,
    }
}

/// The page of `records` that is asked for.
fn listed(asked: &Asked, records: Vec<Value>) -> Value {
    let number = |name| asked.parameter(name).and_then(|text| text.parse::<usize>().ok());
    let active = asked.parameter("Filter.IsActive").expect("the filter") == "true";
    let account: Option<i64> = asked.parameter("Filter.AccountId").and_then(|text| text.parse().ok());
    let kept: Vec<Value> = records
        .into_iter()
        .filter(|record| record["isActive"] == active)
        .filter(|record| account.is_none_or(|account| record["accountId"] == account))
        .collect();
    let (size, page) = (number("PageSize").expect("a size"), number("PageNumber").expect("a number"));
    let total = kept.len();
    let page: Vec<Value> = kept.into_iter().skip(size * (page - 1)).take(size).collect();
    json!({"success": true, "error": null, "totalRecords": total, "result": page})
}

fn request(companies: &[i64]) -> PsaRequest {
    PsaRequest { companies: companies.iter().map(|id| Id::from(*id)).collect(), company_details: false }
}

/// What was asked for, without queries, in alphabetical order.
fn whats(asked: &[Asked]) -> Vec<&str> {
    let mut whats: Vec<&str> = asked.iter().map(|asked| asked.what.as_str()).collect();
    whats.sort_unstable();
    whats
}

const CONTACT: RecordKind = RecordKind::Contact;
