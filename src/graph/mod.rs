//! Microsoft 365, through Microsoft Graph v1.0: signing in, reading a tenant with its users, licences and pictures, and
//! writing single users.

mod assertion;
mod convert;
mod cost;
mod errors;
mod fields;
mod licences;
mod look;
mod lookup;
mod permissions;
mod photo;
mod read;
mod settings;
mod sign_in;
#[cfg(test)]
mod tests;
mod wire;
mod write;

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

pub use fields::shape;
pub use licences::products;
pub use permissions::needed;
pub use settings::{ASKS, Credential, SECRETS, Settings, TABLE, read_settings, secret_places};

use crate::error::{Error, Kind, Result};
use crate::http::{Http, Limits, Reply, Request, Service};
use crate::model::{Fields, Id, Look, RecordKind, Tenant, TenantSide};
use crate::secret::Secret;
use crate::side::{
    Current, Keys, LookUp, Photos, ReadPhotos, ReadTenant, Step, Write, WriteRecords, Written,
};
use sign_in::SignIn;

/// Graph bills by application and tenant, far above what one run asks (vendor documents: 3,500 units in 10 s for
/// the smallest tenants, 1 to 3 units a request), so only its 429 is obeyed. Waits of up to 300 s were seen.
const GRAPH: Limits =
    Limits { retry_statuses: &[423, 500], longest_wait: Duration::from_secs(300), ..Limits::new("graph") };

/// The sign-in service answers transient refusals with its own codes, most of them under status 400 (vendor
/// documents), and with statuses of 429 or 5xx.
const ENTRA: Limits = Limits {
    retry_statuses: &[500],
    retry_texts: &[
        "temporarily_unavailable",
        "aadsts90006:",
        "aadsts90012:",
        "aadsts90024:",
        "aadsts90033:",
        "aadsts90055:",
    ],
    masked: &["clientassertion"],
    ..Limits::new("entra")
};

/// Microsoft Graph for every tenant that consented to one application.
#[derive(Debug)]
pub struct Graph {
    service: Service,
    sign_in: SignIn,
    settings: Settings,
}

impl Graph {
    /// Graph as `settings` say, by way of `http`. Nothing is asked yet.
    pub fn new(http: &Http, settings: Settings) -> Self {
        let sign_in = SignIn::new(http.service(ENTRA), settings.clone());
        Self { service: http.service(GRAPH), sign_in, settings }
    }

    /// The address of `path` (which starts with `/`) in this cloud.
    fn url(&self, path: &str) -> Result<Url> {
        let base = self.settings.base_url.as_str().trim_end_matches('/');
        format!("{base}/v1.0{path}").parse().map_err(|_| {
            Error::new(Kind::Config, format!("{base} cannot be Graph's address"))
                .hint("set base-url under [microsoft365] to an address such as https://graph.microsoft.com")
        })
    }

    /// The id of the tenant that has this domain, from what the sign-in service tells anybody.
    ///
    /// # Errors
    /// A domain that no tenant has, or an answer that names none.
    pub fn tenant_of(&self, domain: &str) -> Result<String> {
        self.sign_in.tenant_of(domain)
    }

    /// Reads the tenant's organization: id, name and verified domains.
    ///
    /// # Errors
    /// What prevented reading it, with the next step; `Kind::Permission` where the tenant has not consented.
    pub fn organization(&self, tenant: &str) -> Result<Tenant> {
        read::organization_of(self, tenant)
    }

    /// Returns where an administrator of the tenant consents.
    pub fn consent_link(&self, tenant: &str) -> String {
        errors::consent_url(tenant, &self.settings)
    }

    /// Signs in to the tenant, and asks it nothing.
    ///
    /// # Errors
    /// The sign-in service's refusal, explained.
    pub fn sign_in(&self, tenant: &str) -> Result<()> {
        self.sign_in.token(tenant).map(drop)
    }

    /// Sends `request` with the tenant's token. A token that is not accepted is renewed once.
    fn send(&self, tenant: &str, request: &Request) -> Result<Reply> {
        let with_token = || {
            let token = self.sign_in.token(tenant)?;
            let bearer = Secret::new(format!("Bearer {}", token.expose()));
            self.service.send(request.clone().header("authorization", bearer))
        };
        let reply = with_token()?;
        if reply.status != 401 {
            return Ok(reply);
        }
        self.sign_in.forget(tenant);
        with_token()
    }
}

impl ReadTenant for Graph {
    fn read(&self, id: &str) -> Result<TenantSide> {
        read::tenant(self, id)
    }
}

impl ReadPhotos for Graph {
    fn photos(&self, tenant: &str, users: &[Id]) -> Photos {
        photo::photos(self, tenant, users)
    }
}

impl LookUp for Graph {
    fn reread(&self, kind: RecordKind, company: &Id, ids: &[Id]) -> Result<BTreeMap<Id, Current>> {
        lookup::reread(self, kind, company, ids)
    }

    fn find(&self, _: RecordKind, _: &Id, keys: &Keys) -> Result<Vec<Current>> {
        lookup::find(keys)
    }

    fn look(&self, tenant: &str, users: &[Id]) -> BTreeMap<Id, Look> {
        look::look(self, tenant, users)
    }
}

impl WriteRecords for Graph {
    fn write(&self, write: &Write<'_>) -> Result<Written> {
        write::write(self, write)
    }

    fn in_flight(&self) -> Duration {
        self.service.in_flight()
    }

    /// Graph takes 3,000 writes in 150 s from an application in a tenant (vendor documents): one batch after the other
    /// stays within that as a rule, and its 429 is obeyed.
    fn batch_size(&self, _: RecordKind) -> usize {
        lookup::BATCH
    }

    fn write_all(&self, writes: &[Write<'_>]) -> Vec<Result<Written>> {
        write::write_all(self, writes)
    }

    /// What was written replaces what a reading may still show.
    fn shows(&self, _: RecordKind, _: bool, _: &Fields) -> bool {
        true
    }

    fn cost(&self, steps: &[Step]) -> usize {
        steps.iter().map(cost::requests).sum()
    }

    fn rest(&self, write: &Write<'_>, refusal: &Error) -> Option<Fields> {
        write::rest(self, write, refusal)
    }
}
