//! Values of flags: what they look like, and what is said of those that do not.

use std::time::Duration;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

use crate::plan::Measure;
use crate::psa;
use crate::text::span;

/// Offers names in completions and help, and takes any text: what reads the name says which ones there are, and which
/// one may be meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offered(pub(super) fn() -> Vec<&'static str>);

impl TypedValueParser for Offered {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

/// Returns the names of the PSAs.
pub(super) fn psas() -> Vec<&'static str> {
    psa::registry().iter().map(|entry| entry.id()).collect()
}

/// Reads `90s`, `30m` or `2h`; refuses a bare number, since its unit is unclear.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    span::parse(text).ok_or_else(|| format!("\"{text}\" is not a time; write 90s, 30m or 2h"))
}

/// Takes any text but a blank one, which would choose everything.
pub(super) fn named(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("it is blank, and names nothing".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// Reads `deactivate=37`.
pub(super) fn allowance(text: &str) -> Result<(Measure, usize), String> {
    let names = || Measure::ALL.map(Measure::name).join(", ");
    let (name, number) =
        text.split_once('=').ok_or_else(|| "write MEASURE=N, such as deactivate=37".to_owned())?;
    let measure = Measure::ALL
        .into_iter()
        .find(|measure| measure.name() == name)
        .ok_or_else(|| format!("{name:?} is not counted; what is: {}", names()))?;
    let number = number.parse().map_err(|_| format!("{number:?} is not a whole number"))?;
    Ok((measure, number))
}
