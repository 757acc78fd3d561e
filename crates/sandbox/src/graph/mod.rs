//! Microsoft Graph v1.0: users, licences and organisations.

mod batch;
mod licences;
mod list;
mod photo;
mod photos;
mod setup;
mod sku;
mod update;
mod user;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::user::User;
use super::emulated::Service;
use super::entra::bearer;
use super::guid;
use super::msp::{Client, Msp};
use super::wire::{Request, Response};

pub(crate) use self::setup::EMULATED;

/// What Graph keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Tenants by id, lower-case.
    pub(crate) tenants: BTreeMap<String, Tenant>,
    /// How many changes were made.
    pub(crate) edits: u64,
    /// After how many changes the link to a next page expires; 0 expires it at once.
    pub(crate) page_life: u64,
    /// Whether pages come shorter than they were asked for.
    pub(crate) ragged_pages: bool,
    /// How many of the next requests are refused as too many, the items of a batch counted one by one.
    pub(crate) throttle: u32,
    /// What `Retry-After` says then.
    pub(crate) retry_after: String,
    /// As many of the next requests for pictures are refused as too many, each with its own `Retry-After`; an empty
    /// text sends none.
    #[serde(default)]
    pub(crate) photo_waits: Vec<String>,
    /// How many readings after a change still show a user as it was before.
    #[serde(default)]
    pub(crate) lag: u32,
    /// Object ids of users that no listing shows, although they are there.
    #[serde(default)]
    pub(crate) unlisted: BTreeSet<String>,
    /// Users as they were before, by object id, with how many readings are still to show them so.
    #[serde(default)]
    pub(crate) before: BTreeMap<String, (User, u32)>,
}

/// A tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tenant {
    /// Name of the organisation.
    pub(crate) name: String,
    /// The domain that every tenant begins with.
    pub(crate) initial: String,
    /// Verified domains; the first is the default one.
    pub(crate) domains: Vec<String>,
    /// Part numbers of the licences it owns.
    pub(crate) skus: BTreeSet<String>,
    /// Its users.
    pub(crate) users: Vec<User>,
}

impl State {
    /// Returns the tenants of `msp`'s clients; clients with the same tenant share one.
    pub(crate) fn seed(msp: &Msp) -> Self {
        let mut tenants: BTreeMap<String, Tenant> = BTreeMap::new();
        for client in &msp.clients {
            let tenant = tenants.entry(client.tenant.to_lowercase()).or_insert_with(|| Tenant::new(client));
            tenant.add(client);
        }
        Self {
            tenants,
            edits: 0,
            page_life: 1000,
            ragged_pages: false,
            throttle: 0,
            retry_after: "1".to_owned(),
            photo_waits: Vec::new(),
            lag: 0,
            unlisted: BTreeSet::new(),
            before: BTreeMap::new(),
        }
    }
}

impl State {
    /// Returns what a reading sees: users that were changed shortly ago may look as they did before.
    fn seen(&mut self) -> Cow<'_, Self> {
        if self.before.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut seen = self.clone();
        for user in seen.tenants.values_mut().flat_map(|tenant| &mut tenant.users) {
            if let Some((before, _)) = self.before.get(&user.id) {
                user.clone_from(before);
            }
        }
        self.before.values_mut().for_each(|(_, left)| *left -= 1);
        self.before.retain(|_, (_, left)| *left > 0);
        Cow::Owned(seen)
    }
}

impl Tenant {
    fn new(client: &Client) -> Self {
        Self {
            name: client.name.clone(),
            initial: client.initial_domain(),
            domains: Vec::new(),
            skus: BTreeSet::new(),
            users: Vec::new(),
        }
    }

    fn add(&mut self, client: &Client) {
        self.domains.extend(client.domains.iter().cloned());
        self.skus.extend(client.skus.iter().cloned());
        for user in client.person.iter().filter_map(|person| person.user.as_ref()) {
            self.users.push(User::from_fixture(user, self.users.len(), &self.initial));
        }
    }

    /// Returns the position of the user with that object id or user principal name.
    fn find(&self, key: &str) -> Option<usize> {
        let same = |user: &User| {
            user.id.eq_ignore_ascii_case(key) || user.user_principal_name.eq_ignore_ascii_case(key)
        };
        self.users.iter().position(same)
    }
}

/// Who may: any of these roles in the token.
const READ_USERS: &[&str] = &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"];
const READ_ORGANIZATION: &[&str] =
    &["User.Read.All", "User.ReadWrite.All", "Organization.Read.All", "Directory.Read.All"];
const READ_SKUS: &[&str] = &["LicenseAssignment.Read.All", "Organization.Read.All", "Directory.Read.All"];
const READ_LICENCES: &[&str] = &["LicenseAssignment.Read.All", "User.Read.All"];
/// The right to read the directory does not include its pictures.
const READ_PHOTOS: &[&str] =
    &["ProfilePhoto.Read.All", "ProfilePhoto.ReadWrite.All", "User.Read.All", "User.ReadBasic.All"];
const WRITE_USERS: &[&str] = &["User.ReadWrite.All", "Directory.ReadWrite.All"];

/// A request whose token was checked.
struct Call<'a> {
    request: &'a Request,
    /// Id of the token's tenant.
    tenant: &'a str,
    /// What the token allows.
    roles: &'a [String],
}

impl Service for State {
    fn seed(msp: &Msp) -> Self {
        Self::seed(msp)
    }

    fn handle(&mut self, request: &Request) -> Response {
        handle(self, request)
    }
}

/// Answers a request.
fn handle(state: &mut State, request: &Request) -> Response {
    let response = match bearer(request.header("authorization")) {
        Ok(bearer) if state.tenants.contains_key(&bearer.tid) => {
            let call = Call { request, tenant: &bearer.tid, roles: &bearer.roles };
            if request.path == "/v1.0/$batch" { batch::run(state, &call) } else { route(state, &call) }
        }
        Ok(_) => error(401, "InvalidAuthenticationToken", "The token is for no tenant of this service."),
        Err(text) => error(401, "InvalidAuthenticationToken", text)
            .with("www-authenticate", "Bearer realm=\"\", error=\"invalid_token\""),
    };
    named(response, request.header("client-request-id"))
}

/// Returns the answer with the ids of the request: the caller's own one comes back, in the body of an error too.
fn named(mut response: Response, own: Option<&str>) -> Response {
    let kinds = response.headers.iter_mut().filter(|(name, _)| name == "content-type");
    for (_, kind) in kinds.filter(|(_, kind)| kind.starts_with("application/json")) {
        "application/json;odata.metadata=minimal;charset=utf-8".clone_into(kind);
    }
    if let Some(own) = own.filter(|_| response.status >= 400)
        && let Ok(mut body) = serde_json::from_slice::<Value>(&response.body)
        && let Some(id) = body.pointer_mut("/error/innerError/client-request-id")
    {
        *id = own.into();
        response.body = body.to_string().into_bytes();
    }
    let response = response.with("client-request-id", own.map_or_else(guid::random, str::to_owned));
    // Errors brought the id that is in their body.
    if response.headers.iter().any(|(name, _)| name == "request-id") {
        return response;
    }
    response.with("request-id", guid::random())
}

/// Answers one call that is no batch.
fn route(state: &mut State, call: &Call<'_>) -> Response {
    if state.throttle > 0 {
        state.throttle -= 1;
        return error(429, "TooManyRequests", "Too many requests.")
            .with("retry-after", state.retry_after.clone());
    }
    let path = &call.request.path;
    let Some(path) = path.strip_prefix("/v1.0/") else {
        return error(400, "BadRequest", "Invalid version.");
    };
    let parts = segments(path);
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match (call.request.method.as_str(), &parts[..]) {
        ("GET", ["organization"]) => permitted(call, READ_ORGANIZATION, || organization(state, call, None)),
        ("GET", ["organization", id]) => {
            permitted(call, READ_ORGANIZATION, || organization(state, call, Some(id)))
        }
        ("GET", ["subscribedSkus"]) => permitted(call, READ_SKUS, || licences::owned(state, call)),
        ("GET", ["users"]) => permitted(call, READ_USERS, || list::users(&state.seen(), call)),
        ("GET", ["users", "$count"]) => permitted(call, READ_USERS, || list::count(state, call)),
        ("GET", ["users", key]) => permitted(call, READ_USERS, || list::one(&state.seen(), call, key)),
        ("GET", ["users", key, "manager"]) => permitted(call, READ_USERS, || list::manager(state, call, key)),
        ("GET", ["users", key, "licenseDetails"]) => {
            permitted(call, READ_LICENCES, || licences::of_user(state, call, key))
        }
        ("GET", ["users", key, below @ ..]) if matches!(below, ["photo" | "photos", ..]) => {
            permitted(call, READ_PHOTOS, || photos::answer(state, call, key, below))
        }
        ("PATCH", ["users", key]) => permitted(call, WRITE_USERS, || update::user(state, call, key)),
        (_, ["organization" | "subscribedSkus" | "users", ..]) if call.request.method != "GET" => {
            error(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
        }
        (_, [first, ..]) => {
            error(400, "BadRequest", &format!("Resource not found for the segment '{first}'."))
        }
        (_, []) => error(400, "BadRequest", "Empty path."),
    }
}

/// Returns the segments of a path.
///
/// A key may follow its collection in brackets, as OData has it: `users('id')`.
fn segments(path: &str) -> Vec<Cow<'_, str>> {
    let mut segments = Vec::new();
    for segment in path.trim_end_matches('/').split('/') {
        let key = segment.strip_suffix("')").and_then(|rest| rest.split_once("('"));
        match key.filter(|(collection, _)| !collection.is_empty()) {
            Some((collection, key)) => {
                segments.extend([Cow::Borrowed(collection), Cow::Owned(key.replace("''", "'"))]);
            }
            None => segments.push(Cow::Borrowed(segment)),
        }
    }
    segments
}

fn permitted(call: &Call<'_>, any_of: &[&str], answer: impl FnOnce() -> Response) -> Response {
    if call.roles.iter().any(|role| any_of.contains(&role.as_str())) {
        return answer();
    }
    error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

/// Returns the organisation as the only one of its list, or by its id.
fn organization(state: &State, call: &Call<'_>, id: Option<&str>) -> Response {
    let Some(tenant) = state.tenants.get(call.tenant) else { return not_found(call.tenant) };
    if let Some(id) = id.filter(|id| !id.eq_ignore_ascii_case(call.tenant)) {
        return not_found(id);
    }
    let domain = |name: &str, default: bool, initial: bool| {
        json!({
            "capabilities": "Email, OfficeCommunicationsOnline",
            "isDefault": default,
            "isInitial": initial,
            "name": name,
            "type": "Managed",
        })
    };
    let mut domains = vec![domain(&tenant.initial, tenant.domains.is_empty(), true)];
    domains.extend(tenant.domains.iter().enumerate().map(|(at, name)| domain(name, at == 0, false)));
    let synced = tenant.users.iter().any(|user| user.on_premises_sync_enabled == Some(true));
    let mut organization = json!({
        "id": call.tenant,
        "displayName": tenant.name,
        "verifiedDomains": domains,
        "tenantType": "AAD",
        "countryLetterCode": "US",
        "onPremisesSyncEnabled": synced.then_some(true),
        "assignedPlans": [],
        "businessPhones": [],
        "technicalNotificationMails": [],
    });
    if let (Some(select), Some(object)) = (call.request.param("$select"), organization.as_object_mut()) {
        let wanted: Vec<&str> = select.split(',').map(str::trim).collect();
        object.retain(|name, _| wanted.contains(&name.as_str()));
    }
    if id.is_some() {
        organization["@odata.context"] = context(call.request, "organization/$entity").into();
        return Response::json(200, &organization);
    }
    Response::json(
        200,
        &json!({ "@odata.context": context(call.request, "organization"), "value": [organization] }),
    )
}

fn context(request: &Request, what: &str) -> String {
    format!("{}/v1.0/$metadata#{what}", request.base)
}

fn not_found(key: &str) -> Response {
    let text = format!(
        "Resource '{key}' does not exist or one of its queried reference-property objects are not present."
    );
    error(404, "Request_ResourceNotFound", &text)
}

/// Returns an answer in the shape of Graph's errors.
fn error(status: u16, code: &str, message: &str) -> Response {
    let id = guid::random();
    let date = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let inner = json!({ "date": date, "request-id": id, "client-request-id": id });
    let body = json!({ "error": { "code": code, "message": message, "innerError": inner } });
    Response::json(status, &body).with("request-id", id)
}

#[cfg(test)]
mod tests;
