//! What a check-up reads: all sides as a run reads them, without what costs a request for every record.

use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;

use super::is_of_account;
use super::kept::NotWanted;
use crate::error::Error;
use crate::fetch::{Fetched, Sources};
use crate::model::{Held, Row};
use crate::plan::{Fact, Memory};
use crate::reconcile::{self, Company, Linked};
use crate::run::connection::Connection;
use crate::run::front::Progress;
use crate::run::read;
use crate::run::session::Session;
use crate::side::{PsaReading, PsaRequest, ReadPsa, Right, RightsRequest};
use crate::state::State;

/// What was read, for the checks.
pub(super) struct Seen<'a> {
    pub(super) session: &'a Session,
    pub(super) connection: &'a Connection,
    /// What was read of the chosen companies.
    pub(super) fetched: &'a Fetched,
    /// The same, linked.
    pub(super) linked: &'a Linked<'a>,
    /// The rights of the PSA's account.
    pub(super) rights: &'a crate::error::Result<Vec<Right>>,
}

impl Seen<'_> {
    /// Returns the PSA's name.
    pub(super) fn psa(&self) -> &'static str {
        self.session.config.capabilities.name
    }

    /// Returns the chosen companies.
    pub(super) fn companies(&self) -> impl Iterator<Item = &Company> {
        self.fetched.companies.iter().map(|own| own.company.as_ref())
    }

    /// Reports whether the PSA's account is known to lack a right.
    pub(super) fn lacks_rights(&self) -> bool {
        self.rights.as_ref().is_ok_and(|rights| rights.iter().any(|right| right.held == Held::No))
    }

    /// Returns the permissions that a company's tenant has not consented to; `None` where its token does not tell.
    pub(super) fn lacking(&self, tenant: &str) -> Option<Vec<&'static str>> {
        let on = |row: Row| {
            let mut sharing = self.companies().filter(|company| company.tenant == tenant);
            sharing.any(|company| {
                company.policy.rows.contains(&row) && (row != Row::UserDetails || company.policy.pictures)
            })
        };
        self.connection.tenants.lacking(tenant, &on)
    }
}

/// A PSA that is not asked, since its account is not accepted.
struct Refused<'e>(&'e Error);

impl ReadPsa for Refused<'_> {
    fn read(&self, _: &PsaRequest) -> crate::error::Result<PsaReading> {
        Err(self.0.without_cause())
    }
}

/// What was read, and the rights of the PSA's account.
type Read = (Fetched, crate::error::Result<Vec<Right>>);

/// Opens the systems to be asked, with what earlier runs have used of their limits. Nothing is kept.
pub(super) fn connect(session: &Session) -> crate::error::Result<Connection> {
    let state = State::look(&session.state_file(), &session.realm()).ok().flatten();
    Connection::keeping_nothing(session, Arc::new(NotWanted), state.as_ref())
}

/// Returns what the account needs for these companies.
pub(super) fn needed(session: &Session, companies: &[Arc<Company>]) -> RightsRequest {
    let capabilities = session.config.capabilities;
    let rows = companies.iter().flat_map(|company| &company.policy.rows).copied();
    RightsRequest {
        rows: rows.filter(|row| capabilities.serves(*row)).collect(),
        creates: companies.iter().any(|company| company.policy.create_contacts),
        companies: companies.iter().map(|company| company.psa_id.clone()).collect(),
    }
}

/// Asks for the rights of the PSA's account, and reads the companies. Where the account is not accepted, the PSA is not
/// asked any more.
///
/// # Errors
/// A deadline that passed before everything was read.
pub(super) fn read(
    session: &Session,
    companies: &[Arc<Company>],
    connection: &Connection,
    front: &dyn Progress,
) -> Result<Read> {
    let shown = front.reading(connection.meter());
    let rights = connection.psa.rights().rights(&needed(session, companies));
    drop(shown);
    let refused = rights.as_ref().err().filter(|error| is_of_account(error.kind())).map(Refused);
    let mut sources: Sources<'_> = connection.sources();
    if let Some(refused) = &refused {
        sources.psa = refused;
    }
    let bare: Vec<Arc<Company>> = companies.iter().map(bare).collect();
    let mut fetched = read::from(session, &bare, sources, connection, None, front)?;
    // Settings that are off for reading alone still count.
    for (own, company) in fetched.companies.iter_mut().zip(companies) {
        own.company = Arc::clone(company);
    }
    Ok((fetched, rights))
}

/// Returns the company without the rows that cost requests for single records.
fn bare(company: &Arc<Company>) -> Arc<Company> {
    let mut company = Arc::clone(company);
    let rows = &mut Arc::make_mut(&mut company).policy.rows;
    rows.remove(&Row::UserDetails);
    rows.remove(&Row::CompanyDetails);
    company
}

/// Hands what was read to `check`, linked.
pub(super) fn with(
    session: &Session,
    connection: &Connection,
    fetched: &Fetched,
    rights: &crate::error::Result<Vec<Right>>,
    check: impl FnOnce(&Seen<'_>) -> Vec<Fact>,
) -> Vec<Fact> {
    let memory = Memory::default();
    let input = read::input(&session.config, fetched, &memory, Timestamp::now());
    let linked = reconcile::link_each(&input, &read::SideBySide);
    check(&Seen { session, connection, fetched, linked: &linked, rights })
}
