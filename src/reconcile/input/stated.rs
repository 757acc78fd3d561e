//! Settings as people wrote them, with their places in the files.

use super::decision::Decision;
use super::rules::Exclusion;
use crate::model::{Id, Side};

/// A setting as a person wrote it, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The name of the file.
    pub file: String,
    /// The line it begins on, from 1.
    pub line: usize,
    /// What it says.
    pub rule: Rule,
}

/// A setting that names something that should exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// An entry of `exclude-licenses`.
    Licence(String),
    /// An `[[exclude]]`.
    Exclude(Exclusion),
    /// The name of a `[[type]]`.
    Type(String),
    /// An entry of a company's `domains`.
    Domain(String),
    /// The id of a company on a side, which has a name for it.
    Named(Side, Id),
    /// An entry of the decisions file.
    Decision(Decision),
}
