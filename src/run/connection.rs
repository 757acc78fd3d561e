//! The systems of a run, ready to be asked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::keeping::Keeping;
use super::meter::{self, Meter};
use super::session::Session;
use crate::apply::{self, Systems};
use crate::calls::Requests;
use crate::cloudradial::CloudRadial;
use crate::config::{Config, Most};
use crate::error::Result;
use crate::fetch::{self, Sources};
use crate::graph::Graph;
use crate::http::{self, Caps, Http};
use crate::model::{Looks, RecordKind, Row, Udf};
use crate::plan::{Estimate, Outcome};
use crate::reconcile::Linked;
use crate::side::{Definitions, FieldCache, LookUp, MemoryCache, PictureStore, Psa, Sizes};
use crate::state::{KeptFields, State};

/// The systems of a run, and until when it has them.
pub(super) struct Connection {
    http: Http,
    pub(super) tenants: Graph,
    pub(super) portal: CloudRadial,
    pub(super) psa: Box<dyn Psa>,
    /// The names that the configuration gives to user-defined fields.
    pub(super) udf_names: BTreeMap<Udf, String>,
    keeping: Option<Keeping>,
    deadline: Option<Instant>,
}

impl Connection {
    /// Makes everything ready to talk to the services; asks nothing yet. What is expensive to read is kept in
    /// `state`.
    ///
    /// # Errors
    /// A CA file that cannot be used, a trace that cannot be written, or a state that cannot be read.
    pub(super) fn open(session: &Session, state: Option<&Arc<State>>) -> Result<Self> {
        let Session { config, deadline, .. } = session;
        let http = self::http(session)?;
        let (portal, tenants) = (
            CloudRadial::new(&http, config.cloudradial.clone()),
            Graph::new(&http, config.microsoft365.clone()),
        );
        let (portal, psa, keeping) = match state {
            None => (portal, config.psa.open(&http, Arc::<MemoryCache>::default()), None),
            Some(state) => {
                let ages = ages(config.cloudradial.company_refresh, config.psa.keeps_fields());
                let fields = Arc::new(KeptFields::load(Arc::clone(state), ages, Timestamp::now())?);
                let cache = || Arc::clone(&fields) as Arc<dyn FieldCache>;
                let pictures = Arc::clone(state) as Arc<dyn PictureStore>;
                let psa = config.psa.open(&http, cache());
                let keeping = Keeping::begin(state, Arc::clone(&fields));
                let keeping = match config.psa.keeps_fields() {
                    Some(_) => keeping.counting(&http)?,
                    None => keeping,
                };
                (portal.with_pictures(pictures).remembering(cache()), psa, Some(keeping))
            }
        };
        Ok(Self {
            tenants,
            portal,
            psa,
            udf_names: config.psa.udf_names().clone(),
            keeping,
            http,
            deadline: *deadline,
        })
    }

    /// Makes everything ready to be read once, with `cache` for what the PSA would ask for one record at a time. Nothing
    /// is kept; `state` tells what earlier runs have used of the services' limits.
    ///
    /// # Errors
    /// A CA file that cannot be used, a trace that cannot be written, or a state that cannot be read.
    pub(super) fn keeping_nothing(
        session: &Session,
        cache: Arc<dyn FieldCache>,
        state: Option<&State>,
    ) -> Result<Self> {
        let Session { config, deadline, .. } = session;
        let http = self::http(session)?;
        let connection = Self {
            tenants: Graph::new(&http, config.microsoft365.clone()),
            portal: CloudRadial::new(&http, config.cloudradial.clone()),
            psa: config.psa.open(&http, cache),
            udf_names: config.psa.udf_names().clone(),
            keeping: None,
            http,
            deadline: *deadline,
        };
        if let Some(state) = state {
            connection.http.recall(&state.calls(Timestamp::now())?);
        }
        Ok(connection)
    }

    /// Returns by how many seconds this machine's clock is ahead of each service's.
    pub(super) fn clocks(&self) -> Vec<(&'static str, i64)> {
        self.http.clocks()
    }

    /// Returns how much is used of what each service allows in some time.
    pub(super) fn windows(&self) -> Vec<http::Window> {
        self.http.windows()
    }

    /// Returns the systems as applying a plan needs them.
    pub(super) fn systems(&self) -> Systems<'_> {
        Systems { psa: self.psa.as_ref(), portal: &self.portal, tenants: &self.tenants }
    }

    /// Returns the systems as reading needs them.
    pub(super) fn sources(&self) -> Sources<'_> {
        Sources { tenants: &self.tenants, psa: self.psa.as_ref(), portal: &self.portal }
    }

    /// Returns the portal, to be read.
    pub(super) fn portal(&self) -> &dyn LookUp {
        &self.portal
    }

    /// Returns the PSA as work on its user-defined fields needs it.
    pub(super) fn definitions(&self) -> &dyn Definitions {
        self.psa.as_ref()
    }

    /// Looks at the 365 users who seem to have left.
    pub(super) fn looks(&self, linked: &Linked<'_>) -> Looks {
        fetch::looks(&self.tenants, linked)
    }

    /// Returns what applying the changes costs; `sizes` say how many records the companies have.
    pub(super) fn cost(&self, config: &Config, outcome: &Outcome, sizes: &Sizes) -> Estimate {
        apply::cost(self.systems(), &outcome.companies, sizes, &|name| reads_pins(config, name))
    }

    /// Returns when half of the time that is left will be over, if the run has a deadline.
    pub(super) fn half_time(&self) -> Option<Instant> {
        let now = Instant::now();
        Some(now + self.deadline?.saturating_duration_since(now) / 2)
    }

    /// Returns whether the time of the run is over.
    pub(super) fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Calls `herald` just before every request that must not happen twice.
    pub(super) fn before_what_must_not_happen_twice(
        &self,
        herald: impl Fn() -> Result<()> + Send + Sync + 'static,
    ) {
        self.http.before_what_must_not_happen_twice(herald);
    }

    /// Lets requests go on a little longer than the run has time, so that what has begun ends well.
    pub(super) fn end_what_has_begun(&self) {
        self.http.end_what_has_begun();
    }

    /// Ends the trace, and keeps what the next run can use.
    ///
    /// # Errors
    /// When either was not written whole.
    pub(super) fn finish(&self) -> Result<()> {
        self.keeping.as_ref().map_or(Ok(()), Keeping::save)?;
        self.http.finish()
    }

    /// Returns what tells how much was asked so far.
    pub(super) fn meter(&self) -> Meter {
        meter::meter(&self.http)
    }

    /// Returns the requests so far, by service.
    pub(super) fn requests(&self) -> Vec<Requests> {
        self.http.counts()
    }
}

/// Returns the way out to all services.
fn http(session: &Session) -> Result<Http> {
    let Session { config, machine, deadline, .. } = session;
    Http::new(http::Options {
        ca_file: config.ca_file.clone(),
        har: machine.trace.clone(),
        deadline: *deadline,
        retries: config.retries,
        timeout: config.timeout,
        caps: caps(config.most),
        sleep: machine.sleep,
    })
}

/// Returns how old kept fields may be: territory and account manager of `companies`, and `of_psa` whatever the PSA gives one
/// record at a time only, where it does.
fn ages(companies: Duration, of_psa: Option<Duration>) -> BTreeMap<RecordKind, Duration> {
    let companies =
        [(RecordKind::PortalCompany, companies), (RecordKind::PsaCompany, of_psa.unwrap_or(companies))];
    let contacts = of_psa.map(|refresh| (RecordKind::Contact, refresh));
    companies.into_iter().chain(contacts).collect()
}

/// Returns whether the support PINs of portal users of the company are read.
pub(super) fn reads_pins(config: &Config, company: &str) -> bool {
    let company = config.companies.iter().find(|configured| configured.name == company);
    config.capabilities.serves(Row::SupportPin)
        && company.is_some_and(|company| company.policy.rows.contains(&Row::SupportPin))
}

/// Returns how much a service may answer: what the configuration says, else the default.
fn caps(most: Most) -> Caps {
    let usual = Caps::default();
    Caps {
        pages: most.pages.unwrap_or(usual.pages),
        records: most.records.unwrap_or(usual.records),
        answer: most.answer.and_then(|answer| answer.try_into().ok()).unwrap_or(usual.answer),
    }
}
