//! What the service tells every client before it signs in: a tenant's endpoints, and the hosts of this cloud.

use serde_json::json;

use super::{INVALID_REQUEST, Refusal, State, is_group, refusal, tenant_id};
use crate::wire::{Request, Response};

const LOGIN: &str = "https://login.microsoftonline.com";

/// The hosts of the global cloud, as Microsoft's libraries know them.
const HOSTS: [&str; 4] =
    ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"];

const INVALID_INSTANCE: Refusal = Refusal(400, "invalid_instance");

/// Answers with a tenant's metadata, by id, domain, or a name that stands for many tenants.
pub(super) fn of_tenant(state: &State, tenant: &str, request: &Request) -> Response {
    if request.method != "GET" {
        return refusal(&INVALID_REQUEST, 900_561, "The endpoint only accepts GET requests.");
    }
    let name = tenant.to_lowercase();
    // Of many tenants no issuer is known yet: the service leaves a blank to fill in.
    let (id, issuer) = if is_group(&name) {
        (name, "{tenantid}".to_owned())
    } else {
        match tenant_id(state, tenant) {
            Ok(id) => (id.clone(), id),
            Err(refused) => return refused,
        }
    };
    Response::json(
        200,
        &json!({
            "token_endpoint": format!("{LOGIN}/{id}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported":
                ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": format!("{LOGIN}/{id}/discovery/v2.0/keys"),
            "issuer": format!("{LOGIN}/{issuer}/v2.0"),
            "authorization_endpoint": format!("{LOGIN}/{id}/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": format!("{LOGIN}/{id}/oauth2/v2.0/devicecode"),
            "tenant_region_scope": "NA",
            "cloud_instance_name": "microsoftonline.com",
            "msgraph_host": "graph.microsoft.com",
        }),
    )
}

/// Answers whether a host is one of Microsoft's, and by which names it is known.
pub(super) fn of_instance(request: &Request) -> Response {
    if request.method != "GET" {
        return refusal(&INVALID_REQUEST, 900_561, "The endpoint only accepts GET requests.");
    }
    let Some(endpoint) = request.param("authorization_endpoint") else {
        let text = "The request must contain the following parameter: 'authorization_endpoint'.";
        return refusal(&INVALID_REQUEST, 900_144, text);
    };
    let parsed = url::Url::parse(endpoint).ok();
    let host = parsed.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    let tenant = parsed.as_ref().and_then(|url| url.path_segments()?.next()).unwrap_or_default();
    if !HOSTS.contains(&host) || tenant.is_empty() {
        let text = "The host of the authorization endpoint is not known to this cloud.";
        return refusal(&INVALID_INSTANCE, 50_049, text);
    }
    Response::json(
        200,
        &json!({
            "tenant_discovery_endpoint":
                format!("https://{host}/{tenant}/v2.0/.well-known/openid-configuration"),
            "api-version": request.param("api-version").unwrap_or("1.0"),
            "metadata": [{
                "preferred_network": "login.microsoftonline.com",
                "preferred_cache": "login.windows.net",
                "aliases": HOSTS,
            }],
        }),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::{Msp, handle};
    use super::*;
    use crate::sample;

    fn ask(target: &str) -> (u16, Value) {
        let mut state = State::seed(&Msp::built_in());
        let response = handle(&mut state, &sample::request("GET", target, &[], None));
        (response.status, sample::json(&response))
    }

    #[test]
    fn a_tenant_tells_its_endpoints_by_id_and_by_domain() {
        let id = State::seed(&Msp::built_in()).tenants["contoso.example"].clone();
        for name in [id.as_str(), "Contoso.Example", "contoso.onmicrosoft.com"] {
            let (status, body) = ask(&format!("/{name}/v2.0/.well-known/openid-configuration"));
            assert_eq!(status, 200, "{name}");
            let end = |end: &str| json!(format!("{LOGIN}/{id}{end}"));
            assert_eq!(body["token_endpoint"], end("/oauth2/v2.0/token"));
            assert_eq!(body["authorization_endpoint"], end("/oauth2/v2.0/authorize"));
            assert_eq!(body["issuer"], end("/v2.0"));
        }
        assert_eq!(ask("/nowhere.example/v2.0/.well-known/openid-configuration").0, 400);
    }

    #[test]
    fn many_tenants_have_endpoints_and_no_issuer_of_their_own() {
        let (status, body) = ask("/common/v2.0/.well-known/openid-configuration");
        assert_eq!((status, &body["issuer"]), (200, &json!(format!("{LOGIN}/{{tenantid}}/v2.0"))));
        assert_eq!(body["token_endpoint"], format!("{LOGIN}/common/oauth2/v2.0/token"));
    }

    #[test]
    fn a_host_of_the_cloud_is_known_and_another_is_none() {
        let of = |host: &str| {
            ask(&format!(
                "/common/discovery/instance?api-version=1.1&authorization_endpoint=https://{host}/common/oauth2/v2.0/authorize"
            ))
        };
        let (status, body) = of("login.windows.net");
        assert_eq!((status, &body["metadata"][0]["aliases"][0]), (200, &json!("login.microsoftonline.com")));
        let discovery = "https://login.windows.net/common/v2.0/.well-known/openid-configuration";
        assert_eq!(
            (&body["tenant_discovery_endpoint"], &body["api-version"]),
            (&json!(discovery), &json!("1.1"))
        );
        let (status, body) = of("login.contoso.example");
        assert_eq!((status, &body["error"]), (400, &json!("invalid_instance")));
    }
}
