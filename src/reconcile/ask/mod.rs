//! What people ask: who is who, why a person is as it is, what needs a decision, what to change of their own details, and
//! which settings match nothing.

pub(super) mod explain;
pub(super) mod findings;
pub(super) mod people;
pub(super) mod resolve;
pub(super) mod self_service;
