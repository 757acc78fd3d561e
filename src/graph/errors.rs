//! What the sign-in service and Graph say when they refuse, as a message and a next step.

use super::fields::is_sensitive;
use super::wire::{Problem, ProblemError, TokenProblem};
use super::{Graph, Settings};
use crate::error::{Error, Kind};
use crate::http::Reply;
use crate::model::{Fields, Id};

/// What an application-only reading of users and licences needs (vendor documents).
pub(super) const PERMISSIONS: &str = "User.Read.All and LicenseAssignment.Read.All";

/// Codes of the sign-in service that are worth a sentence: the codes, what they mean, the kind, the next step.
/// `{consent}` stands for the address where an administrator of the tenant consents.
const TOKEN_ERRORS: &[(&[u32], &str, Kind, &str)] = &[
    (
        &[7_000_215],
        "the client secret is wrong",
        Kind::Auth,
        "store the secret's value (not its id): `crsync login microsoft365`, or CRSYNC_MICROSOFT365_CLIENT_SECRET",
    ),
    (
        &[7_000_222],
        "the client secret has expired",
        Kind::Auth,
        "make a new one in the app registration, or use a certificate, then `crsync login microsoft365`",
    ),
    (
        &[700_027, 50_012, 500_133],
        "the certificate is not accepted",
        Kind::Auth,
        "check that this certificate is uploaded to the app registration and that this machine's clock is right",
    ),
    (
        &[7_000_218],
        "no proof of identity was accepted",
        Kind::Auth,
        "set a client secret or a certificate under [microsoft365]",
    ),
    (
        &[700_025],
        "the app registration is a public client and takes no secret",
        Kind::Auth,
        "switch \"allow public client flows\" off in the app registration",
    ),
    (
        &[700_016, 700_011],
        "the application is not known in the tenant",
        Kind::Permission,
        "an administrator of the tenant consents once at {consent}",
    ),
    (
        &[90_002, 900_382, 900_432],
        "the tenant does not exist in this cloud",
        Kind::Config,
        "check the company's tenant id, and `cloud` under [microsoft365]",
    ),
    (
        &[900_023, 9_002_313, 9_001_023, 90_124],
        "the tenant id or the request is malformed",
        Kind::Config,
        "write the tenant's GUID or one of its verified domains",
    ),
    (
        &[50_001, 500_011, 650_057, 70_011, 28_002],
        "Graph is not known there under this address",
        Kind::Config,
        "check `cloud`, or `base-url`, under [microsoft365]",
    ),
    (
        &[65_001, 90_094, 90_099, 650_056],
        "the tenant has not consented to the application",
        Kind::Permission,
        "an administrator of the tenant consents once at {consent}",
    ),
    (
        &[7_000_112, 70_001, 1_000_031],
        "the application is disabled in the tenant",
        Kind::Permission,
        "ask the tenant's administrator to enable the enterprise application",
    ),
    (
        &[53_003, 530_034, 53_000],
        "a policy of the tenant blocks the sign-in",
        Kind::Permission,
        "ask the tenant's administrator to exempt the application from the Conditional Access policy",
    ),
    (
        &[5_000_224],
        "the tenant is deleted or not available",
        Kind::Permission,
        "take the company out of the configuration, or set enabled = false",
    ),
    (
        &[90_055, 90_024, 90_012, 90_033, 90_006],
        "the sign-in service is busy",
        Kind::Throttled,
        "run the command again in a few minutes",
    ),
];

/// The codes that are about the application itself: no tenant accepts it then.
const APPLICATION: &[u32] = &[7_000_215, 7_000_222, 700_027, 50_012, 500_133, 7_000_218, 700_025];

/// Reports whether a refused sign-in is about the application and not about the tenant.
pub(super) fn is_of_application(reply: &Reply) -> bool {
    let problem: TokenProblem = serde_json::from_slice(&reply.body).unwrap_or_default();
    let code = problem.error_codes.as_deref().and_then(<[u32]>::first);
    code.is_some_and(|code| APPLICATION.contains(code))
}

/// Explains a refused sign-in to `tenant`.
pub(super) fn sign_in(reply: &Reply, tenant: &str, settings: &Settings) -> Error {
    let Ok(problem) = serde_json::from_slice::<TokenProblem>(&reply.body) else {
        let error = Error::new(
            Kind::Service,
            format!("the sign-in to tenant {tenant} failed with HTTP {}", reply.status),
        );
        return error.hint("check `login-url` under [microsoft365] and that no proxy stands in between");
    };
    let TokenProblem { error: name, error_codes, trace_id, correlation_id, timestamp } = problem;
    let code = error_codes.as_deref().and_then(<[u32]>::first);
    let known = TOKEN_ERRORS.iter().find(|(codes, ..)| code.is_some_and(|code| codes.contains(code)));
    let name = name.as_deref().map(plain).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| format!("HTTP {}", reply.status));
    // What Microsoft's support finds a sign-in by, if the service named it.
    let code_told = code.map(|code| format!("AADSTS{code}"));
    let details = [("", code_told), ("trace ", trace_id), ("correlation ", correlation_id), ("", timestamp)];
    let details = details.into_iter().filter_map(|(word, told)| {
        let told = told.as_deref().map(plain).filter(|told| !told.is_empty())?;
        Some(format!("{word}{told}"))
    });
    let details = std::iter::once(name.clone()).chain(details).collect::<Vec<_>>().join(", ");
    match known {
        Some((_, meaning, kind, next)) => {
            let hint = next.replace("{consent}", &consent_url(tenant, settings));
            let of = code.is_some_and(|code| APPLICATION.contains(code));
            let to = if of { String::new() } else { format!(" to tenant {tenant}") };
            Error::new(*kind, format!("365 refuses the sign-in{to}: {meaning}")).hint(hint).source(details)
        }
        None if reply.status == 429 || reply.status >= 500 => {
            let error = Error::new(
                if reply.status == 429 { Kind::Throttled } else { Kind::Service },
                format!("the sign-in to tenant {tenant} failed: {name}"),
            );
            error.hint("run the command again in a few minutes").source(details)
        }
        None => {
            let hint = match code {
                Some(code) => {
                    format!("look the code up at https://login.microsoftonline.com/error?code={code}")
                }
                None => "check client-id, the secret or certificate, and login-url under [microsoft365]"
                    .to_owned(),
            };
            Error::new(Kind::Auth, format!("365 refuses the sign-in to tenant {tenant}: {name}"))
                .hint(hint)
                .source(details)
        }
    }
}

/// Explains an answer of Graph that is not 2xx. `permission` is what the call needs.
pub(super) fn graph(status: u16, body: &[u8], tenant: &str, permission: &str, settings: &Settings) -> Error {
    let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
    judged(status, problem.error.unwrap_or_default(), tenant, permission, settings)
}

fn judged(status: u16, problem: ProblemError, tenant: &str, permission: &str, settings: &Settings) -> Error {
    let code = problem.code.as_deref().map(plain).filter(|code| !code.is_empty());
    let told = code.unwrap_or_else(|| format!("HTTP {status}"));
    let about = |what: &str| format!("tenant {tenant}: {what} ({told})");
    let error = match status {
        401 => Error::new(Kind::Auth, about("Graph does not accept the token"))
            .hint("check that login-url and base-url under [microsoft365] belong to the same cloud"),
        403 => Error::new(Kind::Permission, about(&format!("the application lacks {permission}"))).hint(format!(
            "add the application permission to the app registration, then an administrator consents again at {}",
            consent_url(tenant, settings)
        )),
        429 => Error::new(Kind::Throttled, about("Graph asks to slow down")).hint("run the command again later"),
        _ => Error::new(Kind::Service, about("Graph answered with an error"))
            .hint("run the command again; if it stays, look at the answer with --har FILE"),
    };
    let request = problem.inner.and_then(|inner| inner.request_id);
    let said = [
        problem.message.as_deref().map(plain).filter(|message| !message.is_empty()),
        request.map(|id| format!("request id {}", plain(&id))),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() { error } else { error.source(said.join("; ")) }
}

/// What writing users needs (vendor documents).
pub(super) const WRITING: &str = "User.ReadWrite.All";

/// Roles in a token that let an application write users (vendor documents).
pub(super) const WRITERS: &[&str] = &["User.ReadWrite.All", "Directory.ReadWrite.All", "User.ReadUpdate.All"];

/// Explains why a user that is mastered on the premises is not written.
pub(super) fn on_premises(id: &Id) -> Error {
    Error::new(Kind::Service, format!("365 user {id} is mastered in the on-premises Active Directory")).hint(
        "change it there; the next synchronisation brings it to 365, and `crsync sync` to the other sides",
    )
}

/// Explains an answer to the writing of user `id` that is not 2xx.
pub(super) fn write(reply: &Reply, tenant: &str, id: &Id, written: &Fields, graph: &Graph) -> Error {
    let problem: Problem = serde_json::from_slice(&reply.body).unwrap_or_default();
    let problem = problem.error.unwrap_or_default();
    let said = plain(problem.message.as_deref().unwrap_or_default());
    let lower = said.to_lowercase();
    match reply.status {
        400 if lower.contains("on-premises mastered") => on_premises(id).source(said),
        400 if lower.contains("originated within an external service") => Error::new(
            Kind::Service,
            format!("365 user {id} was made by another service, which keeps these fields"),
        )
        .hint("change it there: in the on-premises Active Directory or in Exchange")
        .source(said),
        400 => Error::new(Kind::Service, format!("365 refuses the values of user {id}: {said}"))
            .hint("correct the value that is named, and ask again"),
        403 => refused(id, written, tenant, graph).source(said),
        404 => Error::new(Kind::NotFound, format!("365 user {id} is gone"))
            .hint("`crsync explain` says who has the address now"),
        status => {
            // Whether it was carried out is not known then.
            let is_unsure = status >= 500;
            judged(status, problem, tenant, WRITING, &graph.settings).retry(is_unsure)
        }
    }
}

/// Whether what the tenant's token names lets the application write users; `None` where that cannot be read.
pub(super) fn may_write(graph: &Graph, tenant: &str) -> Option<bool> {
    let roles = graph.sign_in.roles(tenant)?;
    Some(roles.iter().any(|role| WRITERS.iter().any(|writer| role.eq_ignore_ascii_case(writer))))
}

/// Explains a 403: the same answer comes where the application may not write users at all and where it may not
/// write guarded properties of an administrator. What the token says it may is asked for this alone.
fn refused(id: &Id, written: &Fields, tenant: &str, graph: &Graph) -> Error {
    let sensitive: Vec<&str> =
        written.iter().filter(|(field, _)| is_sensitive(*field)).map(|(field, _)| field.name()).collect();
    let may_write = may_write(graph, tenant);
    let consent = format!(
        "add the application permission {WRITING} to the app registration, then an administrator consents again \
         at {}",
        consent_url(tenant, &graph.settings)
    );
    let administrator = format!(
        "365 does not let the application write {} of user {id}: the target is an administrator",
        sensitive.join(" and ")
    );
    let by_hand = "let another administrator change it in 365, or give the application the role Privileged \
                   Authentication Administrator";
    match (may_write, sensitive.is_empty()) {
        (Some(true), false) => Error::new(Kind::Permission, administrator).hint(by_hand),
        (None, false) => {
            Error::new(Kind::Permission, format!("{administrator}, or the application lacks {WRITING}"))
                .hint(format!("{by_hand}; or {consent}"))
        }
        (Some(false) | None, _) => {
            Error::new(Kind::Permission, format!("tenant {tenant}: the application lacks {WRITING}"))
                .hint(consent)
        }
        (Some(true), true) => {
            Error::new(Kind::Permission, format!("365 does not let the application write user {id}"))
                .hint("ask the tenant's administrator what protects this user")
        }
    }
}

/// Whether the answer says that the place in a listing is no longer known, so that it must start over.
pub(super) fn lost_the_page(status: u16, body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_lowercase();
    status == 400 && (text.contains("expiredpagetoken") || text.contains("pagetokennotfound"))
}

pub(super) fn consent_url(tenant: &str, settings: &Settings) -> String {
    let login = settings.login_url.as_str().trim_end_matches('/');
    format!("{login}/{tenant}/adminconsent?client_id={}", settings.client_id)
}

/// Text from outside, without control characters and cut to a line.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Credential;
    use crate::secret::Secret;

    fn settings() -> Settings {
        Settings {
            client_id: "app".into(),
            credential: Credential::Secret(Secret::new("x")),
            login_url: "https://login.example".parse().expect("a URL"),
            base_url: "https://graph.example".parse().expect("a URL"),
        }
    }

    fn refused(code: u32) -> Error {
        let body = serde_json::json!({"error": "invalid_client", "error_codes": [code], "trace_id": "t-1"})
            .to_string();
        sign_in(&Reply::from_parts("entra", 401, Vec::new(), body.into()), "contoso.example", &settings())
    }

    #[test]
    fn every_known_code_has_its_own_sentence_and_next_step() {
        for (codes, meaning, kind, _) in TOKEN_ERRORS {
            for code in *codes {
                let error = refused(*code);
                assert_eq!(error.kind(), *kind, "{code}");
                assert!(error.message().ends_with(meaning), "{error}");
                assert!(error.next_step().is_some_and(|next| !next.contains('{')));
            }
        }
    }

    #[test]
    fn a_tenant_without_consent_is_told_where_to_give_it() {
        let hint = refused(65_001).next_step().map(ToOwned::to_owned).unwrap_or_default();
        assert!(hint.contains("https://login.example/contoso.example/adminconsent?client_id=app"), "{hint}");
    }

    #[test]
    fn the_trace_id_is_kept_for_support() {
        let source = std::error::Error::source(&refused(1)).map(ToString::to_string).unwrap_or_default();
        assert!(source.contains("t-1"), "{source}");
    }

    #[test]
    fn a_web_page_in_place_of_an_error_is_still_explained() {
        let error = graph(502, b"<html>Bad gateway</html>", "contoso.example", PERMISSIONS, &settings());
        assert_eq!(error.message(), "tenant contoso.example: Graph answered with an error (HTTP 502)");
    }

    #[test]
    fn a_null_in_an_error_costs_nothing_else_of_it() {
        let body = br#"{"error":{"code":"Request_BadRequest","message":null,"innerError":null}}"#;
        let error = graph(400, body, "contoso.example", PERMISSIONS, &settings());
        assert!(error.message().ends_with("(Request_BadRequest)"), "{error}");
        let body = br#"{"error":"invalid_client","error_codes":null,"trace_id":null,"timestamp":"now"}"#;
        let error = sign_in(&Reply::from_parts("entra", 401, Vec::new(), body.to_vec()), "t", &settings());
        assert_eq!(error.message(), "365 refuses the sign-in to tenant t: invalid_client");
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("invalid_client, now"));
        assert!(error.next_step().is_some_and(|next| !next.contains("code=") && next.contains("client-id")));
    }

    #[test]
    fn a_missing_right_names_the_right() {
        let body = br#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges",
            "innerError":{"request-id":"r-1"}}}"#;
        let error = graph(403, body, "contoso.example", "User.Read.All", &settings());
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("Insufficient privileges; request id r-1"));
        assert_eq!(error.kind(), Kind::Permission);
        assert!(error.message().contains("lacks User.Read.All"), "{error}");
    }
}
