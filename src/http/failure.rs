//! What an attempt is that brought no answer.

use crate::error::Error;

/// An attempt that brought no answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) stage: Stage,
}

/// How far an attempt came that brought no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// No connection was made: the service cannot have seen the request.
    Unsent,
    /// The service may have acted on the request; only its answer is lost.
    Sent,
    /// Trying again is of no use.
    Final,
    /// It was not begun, for lack of room or of time.
    Withheld,
}

/// A failure before the attempt was begun.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, stage: Stage::Withheld }
    }
}
