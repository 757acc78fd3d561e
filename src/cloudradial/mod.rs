//! CloudRadial, the client portal, through its v2 API.

mod companies;
mod convert;
mod cost;
mod details;
mod errors;
mod filter;
mod listing;
mod lookup;
mod media;
mod pin;
mod read;
mod settings;
#[cfg(test)]
mod tests;
mod wire;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

pub use media::{Media, NewMedia};
pub use settings::{ASKS, SECRETS, Settings, TABLE, read_settings};

use crate::error::{Error, Kind, Result};
use crate::http::{Http, Limits, Reply, Request, Service};
use crate::model::{Detail, Field, Fields, Id, PictureHash, PortalClient, RecordKind, Shape, Udf};
use crate::secret::Secret;
use crate::side::{
    Current, FieldCache, Keys, LookUp, MemoryCache, PictureStore, PortalReading, PortalRequest, ReadPortal,
    Step, TOGETHER, Write, WriteRecords, Written,
};

/// CloudRadial with one key pair: one MSP and all its companies.
#[derive(Debug)]
pub struct CloudRadial {
    service: Service,
    settings: Settings,
    details: details::Learnt,
    pictures: Pictures,
    /// Territory and account manager of companies, which cost a request for each.
    remembered: Arc<dyn FieldCache>,
}

/// Pictures that can be put among the media, and those that are known to be there.
#[derive(Default)]
struct Pictures {
    store: Option<Arc<dyn PictureStore>>,
    published: Mutex<BTreeSet<PictureHash>>,
    /// Held while a picture is put there, each by the last digit of its hash.
    publishing: [Mutex<()>; 16],
}

impl std::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pictures")
    }
}

impl CloudRadial {
    /// CloudRadial as `settings` say, by way of `http`. Nothing is asked yet.
    ///
    /// The vendor publishes no limits; the number of requests at the same time is a setting, and a `Retry-After`
    /// is obeyed up to the 120 s that the vendor's own library waits at most.
    pub fn new(http: &Http, settings: Settings) -> Self {
        let limits = Limits {
            concurrent: settings.concurrency,
            retry_statuses: &[],
            longest_wait: Duration::from_secs(120),
            ..Limits::new("cloudradial")
        };
        let (details, pictures) = (details::Learnt::default(), Pictures::default());
        let remembered = Arc::<MemoryCache>::default();
        Self { service: http.service(limits), settings, details, pictures, remembered }
    }

    /// Keeps territory and account manager of companies in `cache`, and believes what is there.
    #[must_use]
    pub fn remembering(self, cache: Arc<dyn FieldCache>) -> Self {
        Self { remembered: cache, ..self }
    }

    /// Takes pictures that are to be published from `store`.
    #[must_use]
    pub fn with_pictures(mut self, store: Arc<dyn PictureStore>) -> Self {
        self.pictures.store = Some(store);
        self
    }

    /// Lists all companies with the domains that they list: what `crsync init` proposes from.
    ///
    /// # Errors
    /// What prevents reading either list to its end.
    pub fn clients(&self) -> Result<Vec<PortalClient>> {
        companies::all(self)
    }

    fn url(&self, path: &str) -> Result<Url> {
        let base = self.settings.base_url.as_str().trim_end_matches('/');
        format!("{base}{path}").parse().map_err(|_| {
            Error::new(Kind::Config, format!("{base} cannot be CloudRadial's address"))
                .hint("set base-url under [cloudradial] to an address such as https://api.us.cloudradial.com")
        })
    }

    fn send(&self, request: Request) -> Result<Reply> {
        let pair = format!("{}:{}", self.settings.public_key.expose(), self.settings.private_key.expose());
        let basic = Secret::new(format!("Basic {}", STANDARD.encode(pair)));
        self.service.send(request.header("authorization", basic))
    }
}

/// An id as a part of a path.
///
/// # Errors
/// [`Kind::Service`] for what cannot be an id: it would lead to another address.
fn in_path(id: &Id) -> Result<&str> {
    let strange = || {
        let message = format!("{:?} cannot be an id of CloudRadial, so it is not asked for", id.as_str());
        Error::new(Kind::Service, message)
    };
    if id.is_plain() { Ok(id.as_str()) } else { Err(strange()) }
}

/// The company's id as the service counts.
fn company_number(id: &Id) -> Result<i64> {
    id.number().ok_or_else(|| {
        Error::new(
            Kind::Config,
            format!("\"{id}\" cannot be a company of CloudRadial, whose ids are numbers"),
        )
        .hint("correct cloudradial of this company in crsync.toml")
    })
}

/// Passes if `kind` is one of `served`.
fn require(kind: RecordKind, served: &[RecordKind]) -> Result<()> {
    if served.contains(&kind) {
        return Ok(());
    }
    let (noun, side) = (kind.noun(), kind.side());
    Err(Error::new(Kind::Usage, format!("CloudRadial cannot do this with a {noun} of the {side} side")))
}

impl ReadPortal for CloudRadial {
    fn read(&self, request: &PortalRequest) -> Result<PortalReading> {
        read::portal(self, request)
    }

    fn company_details(&self, companies: &[Id]) -> BTreeMap<Id, Result<Fields>> {
        let read = companies::single_all(self, companies).into_iter();
        read.map(|(id, company)| (id, company.map(|company| company.fields))).collect()
    }

    fn shape(&self) -> Shape {
        convert::shape()
    }
}

impl LookUp for CloudRadial {
    fn reread(&self, kind: RecordKind, company: &Id, ids: &[Id]) -> Result<BTreeMap<Id, Current>> {
        lookup::reread(self, kind, company, ids)
    }

    fn find(&self, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
        lookup::find(self, kind, company, keys)
    }

    fn secret(&self, kind: RecordKind, company: &Id, id: &Id, field: Field) -> Result<Option<Secret>> {
        if field != Field::Udf(Udf::SupportPin) {
            return Err(Error::new(
                Kind::Usage,
                format!("CloudRadial keeps no {field} that is read by itself"),
            ));
        }
        require(kind, &[RecordKind::PortalUser])?;
        pin::read(self, company, id)
    }
}

impl WriteRecords for CloudRadial {
    fn write(&self, write: &Write<'_>) -> Result<Written> {
        if write.kind == RecordKind::Details {
            return details::write(self, write);
        }
        write::write(self, write)
    }

    fn in_flight(&self) -> Duration {
        self.service.in_flight()
    }

    fn cost(&self, steps: &[Step]) -> usize {
        cost::requests(self, steps)
    }

    /// A picture that a details record names may be put among the media before.
    fn adds(&self, kind: RecordKind, field: Field) -> bool {
        kind == RecordKind::Details && field == Field::Detail(Detail::Picture)
    }

    /// Details records go many in one request instead; the pictures they name go side by side before.
    fn at_once(&self, kind: RecordKind) -> usize {
        if kind == RecordKind::Details { 1 } else { self.settings.concurrency }
    }

    /// All details records of a company are read to find one.
    fn together(&self, kind: RecordKind) -> usize {
        if kind == RecordKind::Details { 500 } else { TOGETHER * self.settings.concurrency }
    }

    fn batch_size(&self, kind: RecordKind) -> usize {
        if kind == RecordKind::Details { details::AT_ONCE } else { 1 }
    }

    fn write_all(&self, writes: &[Write<'_>]) -> Vec<Result<Written>> {
        match writes.first() {
            Some(first) if first.kind == RecordKind::Details => details::write_all(self, writes),
            _ => writes.iter().map(|write| self.write(write)).collect(),
        }
    }
}
