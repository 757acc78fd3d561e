//! The few things that reading the journal takes from a configuration: no secret, and nothing of how services are
//! reached.

use std::path::Path;

use toml::de::DeValue;
use url::Url;

use crate::error::{Kind, Result};
use crate::secret::Variables;
use crate::table::Source;

/// What a configuration says of the journal's runs; nothing of what it does not say, or says in the wrong way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Glance {
    /// The PSA's id.
    pub psa: Option<String>,
    /// The portal's host, as it is written.
    pub portal: Option<String>,
    /// The names of the companies.
    pub companies: Vec<String>,
}

/// Glances at the configuration that [`find`](super::find) names.
///
/// # Errors
/// [`Kind::Config`] when there is none, it cannot be read, or it is no TOML.
pub fn glance(flag: Option<&Path>, env: &Variables) -> Result<Glance> {
    let path = super::find(flag, env)?;
    let text = crate::files::read_text(&path, Kind::Config, &path.display().to_string())?.text;
    let source = Source::new(&path, &text);
    let values = source.values()?;
    Ok(of(&values))
}

fn of(values: &[(String, DeValue<'_>)]) -> Glance {
    let base_url = entry(values, "cloudradial").and_then(|portal| text(portal.get("base-url")?.get_ref()));
    let companies = entry(values, "company").and_then(|companies| companies.as_array());
    let companies = companies.into_iter().flat_map(|companies| companies.iter());
    Glance {
        psa: entry(values, "psa").and_then(text),
        portal: base_url.and_then(|url| Url::parse(&url).ok()?.host_str().map(ToOwned::to_owned)),
        companies: companies.filter_map(|company| text(company.get_ref().get("name")?.get_ref())).collect(),
    }
}

fn entry<'v, 't>(values: &'v [(String, DeValue<'t>)], name: &str) -> Option<&'v DeValue<'t>> {
    values.iter().find_map(|(key, value)| (key == name).then_some(value))
}

fn text(value: &DeValue<'_>) -> Option<String> {
    value.as_str().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Result<Glance> {
        let source = Source::new(Path::new("crsync.toml"), text);
        let values = source.values()?;
        Ok(of(&values))
    }

    #[test]
    fn only_what_is_said_in_the_right_way_counts() {
        let glance =
            at("psa = \"desk\"\nnonsense = 1\n[cloudradial]\nbase-url = \"https://API.example/x\"\n\
             [desk]\npassword-command = 7\n[[company]]\nname = \"Alder\"\n[[company]]\npsa = 1\n")
            .expect("TOML");
        assert_eq!((glance.psa.as_deref(), glance.portal.as_deref()), (Some("desk"), Some("api.example")));
        assert_eq!(glance.companies, ["Alder"]);
        assert_eq!(at("psa = 7\ncloudradial = \"x\"\ncompany = 1\n").expect("TOML"), Glance::default());
    }

    #[test]
    fn what_is_no_toml_is_named_with_its_line() {
        let error = at("psa = \"desk\"\n= nonsense\n").expect_err("no TOML");
        assert!(error.message().starts_with("crsync.toml:2:"), "{error}");
    }
}
