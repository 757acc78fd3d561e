//! What the PSA's account can do with what is switched on: its rights and its user-defined fields.

use anyhow::Result;

use super::seen;
use crate::plan::{FieldState, RightState};
use crate::run::fields;
use crate::run::front::Progress;
use crate::run::session::Session;
use crate::side::Right;

/// What was found in the configured PSA.
#[derive(Debug)]
pub struct Live {
    /// The rights that the switched-on rows need; empty where the PSA does not tell.
    pub rights: Vec<RightState>,
    /// The fields that they need.
    pub fields: Vec<FieldState>,
}

/// Asks the PSA for the rights of its account and for its fields; writes nothing.
///
/// # Errors
/// A company that is not configured, or a PSA that cannot be asked.
pub fn live(session: &Session, front: &dyn Progress) -> Result<Live> {
    let companies = session.chosen()?;
    let connection = seen::connect(session)?;
    let _shown = front.reading(connection.meter());
    let rights = connection.psa.rights().rights(&seen::needed(session, &companies));
    let fields = rights.is_ok().then(|| fields::states(session, &companies, &connection)).transpose();
    connection.finish()?;
    let rights = rights?;
    let state = |Right { name, rows, held, why, next }: Right| RightState {
        right: name,
        rows,
        held,
        reason: why,
        next,
    };
    Ok(Live { rights: rights.into_iter().map(state).collect(), fields: fields?.unwrap_or_default() })
}
