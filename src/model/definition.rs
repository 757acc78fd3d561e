//! The state of a user-defined field in a service that must define it before it holds values.

use super::{Id, Udf, UdfKind};
use crate::error::Result;

/// A user-defined field that is wanted, and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defined {
    /// What it is for.
    pub role: Udf,
    /// Its name: as the service spells it, or as it would be named.
    pub name: String,
    /// Its state.
    pub standing: Standing,
}

/// The state of a user-defined field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Records show it; it takes this.
    Shown(UdfKind),
    /// It is defined, but records do not show it: why not, in one sentence.
    Hidden(String),
    /// It is not there, and [`Definitions::define`] makes one that takes this.
    Creatable(UdfKind),
    /// It is not there, and crsync cannot make it: why not, in one sentence.
    Missing(String),
}

/// What a person has to do with a field that crsync does not touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fix {
    /// Make it.
    Make,
    /// Make another one of the right type in its place.
    Retype,
    /// Make it active, or visible.
    Show,
}

/// Tells which user-defined fields a service defines, and makes missing ones where the service lets it. A field
/// that is there is never changed.
pub trait Definitions {
    /// How the fields for `wanted` stand, in that order, asked anew every time. A use for which the service needs
    /// no field is left out. `companies` are those whose records may tell of a field where nothing else does.
    ///
    /// # Errors
    /// What keeps the service from being asked. That it does not tell some field is no error.
    fn defined(&self, wanted: &[Udf], companies: &[Id]) -> Result<Vec<Defined>>;

    /// Makes the field for `role`, which is [`Creatable`](Standing::Creatable). The answer proves nothing: look
    /// again. It may be there after an error too.
    ///
    /// # Errors
    /// What keeps the field from being made.
    fn define(&self, role: Udf) -> Result<()>;

    /// What a person does in the service, click by click, to set the field right.
    fn steps(&self, role: Udf, fix: Fix) -> Vec<String>;
}
