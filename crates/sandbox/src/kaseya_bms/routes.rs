//! What can be asked: methods, path templates, and the right each takes.

use super::{Answer, Call, Refusal, Request, State, accounts, contacts, custom, related, security};

/// One thing that can be asked.
pub(super) struct Route {
    method: &'static str,
    /// The path below `/v2`, which is also what calls are counted by.
    pub(super) path: &'static str,
    /// Who may ask.
    pub(super) access: Access,
    /// What answers.
    pub(super) answer: fn(&mut State, &Call) -> Answer,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Everybody.
    Open,
    /// Every user who is signed in.
    User,
    /// Whose role has this right: area and action.
    Right(&'static str, &'static str),
}

const VIEW_ACCOUNTS: Access = Access::Right("Accounts", "view");
const MODIFY_ACCOUNTS: Access = Access::Right("Accounts", "modify");
const VIEW_CONTACTS: Access = Access::Right("Contacts", "view");
const MODIFY_CONTACTS: Access = Access::Right("Contacts", "modify");
const DELETE_CONTACTS: Access = Access::Right("Contacts", "delete");
const VIEW_CUSTOM: Access = Access::Right("CustomFields", "view");
const MODIFY_CUSTOM: Access = Access::Right("CustomFields", "modify");

const fn route(
    method: &'static str,
    path: &'static str,
    access: Access,
    answer: fn(&mut State, &Call) -> Answer,
) -> Route {
    Route { method, path, access, answer }
}

/// `{…}` stands for a number, `{name}` for a text.
const ROUTES: &[Route] = &[
    route("POST", "security/authenticate", Access::Open, security::authenticate),
    route("POST", "security/refreshtoken", Access::Open, security::refresh),
    route("GET", "security/userinfo", Access::User, security::user),
    route("GET", "crm/accounts/summary", VIEW_ACCOUNTS, accounts::list),
    route("GET", "crm/accounts/summary/{id}", VIEW_ACCOUNTS, accounts::one),
    route("GET", "crm/accounts/lookup", VIEW_ACCOUNTS, accounts::lookup),
    route("GET", "crm/accounts/{id}/locations/lookup", VIEW_ACCOUNTS, accounts::locations),
    route("PUT", "crm/accounts/{id}", MODIFY_ACCOUNTS, accounts::replace),
    route("PATCH", "crm/accounts/{id}", MODIFY_ACCOUNTS, accounts::change),
    route("GET", "crm/contacts/summary", VIEW_CONTACTS, contacts::list),
    route("POST", "crm/contacts/summary", MODIFY_CONTACTS, contacts::create),
    route("GET", "crm/contacts/summary/{id}", VIEW_CONTACTS, contacts::one),
    route("GET", "crm/contacts/search", VIEW_CONTACTS, contacts::search),
    route("PUT", "crm/contacts/{id}", MODIFY_CONTACTS, contacts::replace),
    route("PATCH", "crm/contacts/{id}", MODIFY_CONTACTS, contacts::change),
    route("DELETE", "crm/contacts/{id}", DELETE_CONTACTS, contacts::delete),
    route("PATCH", "crm/contacts/{id}/emails", MODIFY_CONTACTS, related::emails),
    route("PATCH", "crm/contacts/{id}/phones", MODIFY_CONTACTS, related::phones),
    route("GET", "system/accounttypes/lookup", Access::User, accounts::types),
    route("GET", "system/lookup/{name}", Access::User, accounts::tables),
    route("GET", "system/customFields/{module}", VIEW_CUSTOM, custom::definitions),
    route("GET", "system/customFields/{module}/{object}", VIEW_CUSTOM, custom::values),
    route("PUT", "system/customFields/data/{module}/{object}/{field}", MODIFY_CUSTOM, custom::write),
];

/// Returns the route of a request with the numbers of its path.
///
/// Paths are compared without case.
pub(super) fn find(request: &Request) -> Result<(&'static Route, Call<'_>), Refusal> {
    let mut segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    if !segments.remove(0).eq_ignore_ascii_case("v2") {
        return Err(Refusal::Nowhere);
    }
    let mut elsewhere = false;
    for route in ROUTES {
        let Some((ids, name)) = captures(route.path, &segments) else { continue };
        if route.method == request.method {
            return Ok((route, Call { request, ids, name }));
        }
        elsewhere = true;
    }
    Err(if elsewhere { Refusal::Method } else { Refusal::Nowhere })
}

/// Returns the numbers and the text in a path that has the template's form.
fn captures<'a>(template: &str, segments: &[&'a str]) -> Option<(Vec<i64>, &'a str)> {
    let (mut ids, mut name) = (Vec::new(), "");
    if template.split('/').count() != segments.len() {
        return None;
    }
    for (part, segment) in template.split('/').zip(segments) {
        match part {
            "{name}" => name = segment,
            part if part.starts_with('{') => ids.push(segment.parse().ok()?),
            part if part.eq_ignore_ascii_case(segment) => {}
            _ => return None,
        }
    }
    Some((ids, name))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ok, send, state};
    use super::*;

    #[test]
    fn a_word_and_a_number_in_the_same_place_are_told_apart() {
        assert_eq!(captures("crm/contacts/{id}", &["crm", "Contacts", "12"]), Some((vec![12], "")));
        assert_eq!(captures("crm/contacts/{id}", &["crm", "contacts", "summary"]), None);
        assert_eq!(captures("system/lookup/{name}", &["system", "lookup", "X"]), Some((vec![], "X")));
        let data = ["system", "customfields", "data", "31", "7", "71"];
        let wanted = Some((vec![31, 7, 71], ""));
        assert_eq!(captures("system/customFields/data/{module}/{object}/{field}", &data), wanted);
    }

    #[test]
    fn no_two_routes_answer_the_same_request() {
        for (position, one) in ROUTES.iter().enumerate() {
            for other in &ROUTES[position + 1..] {
                assert!((one.method, one.path) != (other.method, other.path), "{} {}", one.method, one.path);
            }
        }
    }

    #[test]
    fn what_is_nowhere_answers_in_html_and_a_wrong_method_with_nothing() {
        let mut state = state(1);
        for target in ["/crm/contacts/x", "/service/tickets", "/crm"] {
            let response = send(&mut state, "GET", target, None);
            assert_eq!(response.status, 404, "{target}");
            assert!(response.body.starts_with(b"<"));
        }
        let response = send(&mut state, "DELETE", "/crm/accounts/174", None);
        assert_eq!((response.status, response.body.len()), (405, 0));
        ok(&mut state, "GET", "/CRM/Contacts/Summary/1740001", None);
    }
}
