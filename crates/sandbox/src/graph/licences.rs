//! Licences: what the tenant owns, and what a user has.

use serde_json::{Value, json};

use super::{Call, State, context, not_found, sku};
use crate::wire::Response;

/// Answers `GET /subscribedSkus`.
pub(super) fn owned(state: &State, call: &Call<'_>) -> Response {
    let Some(tenant) = state.tenants.get(call.tenant) else { return not_found(call.tenant) };
    let value: Vec<Value> = tenant
        .skus
        .iter()
        .filter_map(|part| sku::id(part).map(|id| (part, id)))
        .map(|(part, id)| {
            let holds = |user: &&super::User| {
                user.assigned_licenses.iter().any(|licence| licence.sku_id.eq_ignore_ascii_case(id))
            };
            let consumed = tenant.users.iter().filter(holds).count();
            json!({
                "id": format!("{}_{id}", call.tenant),
                "skuId": id,
                "skuPartNumber": part,
                "appliesTo": "User",
                "capabilityStatus": "Enabled",
                "consumedUnits": consumed,
                "prepaidUnits": { "enabled": consumed + 3, "suspended": 0, "warning": 0, "lockedOut": 0 },
                "servicePlans": [],
                "subscriptionIds": [],
            })
        })
        .collect();
    Response::json(200, &json!({ "@odata.context": context(call.request, "subscribedSkus"), "value": value }))
}

/// Answers `GET /users/{key}/licenseDetails`.
///
/// The service's ids are opaque; these are made of the licence's.
pub(super) fn of_user(state: &State, call: &Call<'_>, key: &str) -> Response {
    let Some(tenant) = state.tenants.get(call.tenant) else { return not_found(call.tenant) };
    let Some(user) = tenant.find(key).and_then(|at| tenant.users.get(at)) else { return not_found(key) };
    let value: Vec<Value> = user
        .assigned_licenses
        .iter()
        .map(|licence| {
            json!({
                "id": format!("details-{}", licence.sku_id),
                "skuId": licence.sku_id,
                "skuPartNumber": sku::part(&licence.sku_id),
                "servicePlans": [],
            })
        })
        .collect();
    let what = format!("users('{key}')/licenseDetails");
    Response::json(200, &json!({ "@odata.context": context(call.request, &what), "value": value }))
}
