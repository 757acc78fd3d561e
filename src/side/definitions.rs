//! User-defined fields, which a service has to define before they hold values.

use crate::error::Result;
use crate::model::{Id, Udf, UdfKind};

/// A user-defined field that is wanted, and whether values can be kept in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defined {
    /// What it is for.
    pub role: Udf,
    /// Its name: as the service spells it, or as it would be named.
    pub name: String,
    /// Whether it can hold values.
    pub availability: Availability,
}

/// Whether a user-defined field can hold values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
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

/// Reports which user-defined fields a service defines, and makes missing ones where the service lets it. A field
/// that is there is never changed.
pub trait Definitions {
    /// Returns the fields for `wanted`, in that order, asked anew every time. A use for which the service needs
    /// no field is left out. `companies` are those whose records may tell of a field where nothing else does.
    ///
    /// # Errors
    /// What prevents asking the service. That it does not tell some field is no error.
    fn defined(&self, wanted: &[Udf], companies: &[Id]) -> Result<Vec<Defined>>;

    /// Makes the field for `role`, which is [`Creatable`](Availability::Creatable). The answer proves nothing: look
    /// again. It may be there after an error too.
    ///
    /// # Errors
    /// What prevents making the field.
    fn define(&self, role: Udf) -> Result<()>;

    /// Returns what a person does in the service, click by click, to set the field right.
    fn steps(&self, role: Udf, fix: Fix) -> Vec<String>;
}
