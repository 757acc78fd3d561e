//! A TOML table that knows the line of everything in it.
//!
//! Every key is asked for by name. A key that nothing asked for is a mistake, and the message names the nearest key
//! that was asked for. The room knows no setting: the configuration and every service read their own tables with it.

mod address;
mod concealed;
mod declared;
mod home;
mod places;
mod reader;
mod source;
mod syntax;

pub use declared::{Ask, AskedKey, Form, Key, Taken};
pub use places::Secrets;
pub use reader::{Table, unread};
pub use source::{Source, file_name};

use std::ops::Range;

use home::at_home;
use toml::de::DeValue;

/// A value with its place in the file.
#[derive(Debug, Clone)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// The bytes of the file that hold it.
    pub span: Range<usize>,
}

/// Returns the whole number that `value` is, in any base it may be written in.
pub fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// Returns the name among `known` that `word` may have meant.
fn nearest<'n>(word: &str, known: &[&'n str]) -> Option<&'n str> {
    let likeness = |name: &str| strsim::jaro_winkler(&word.to_lowercase().replace('_', "-"), name);
    let best = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.8).then_some(*best)
}
