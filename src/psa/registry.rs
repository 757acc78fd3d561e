//! The PSAs that crsync knows, in the order they are shown, and which of them this version can read.

use super::{ReadPsa, Settings, autotask, connectwise, kaseya_bms, syncro};
use crate::error::{Error, Kind, Result};
use crate::http::Http;
use crate::model::Capabilities;

/// A mistyped id is answered with a near one from this likeness on (0 to 1, Jaro-Winkler).
const LIKENESS: f64 = 0.75;

/// A PSA that crsync knows.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What it can serve, with its id and its name.
    pub capabilities: &'static Capabilities,
    /// Whether this version has an adapter for it.
    pub built: bool,
}

impl Entry {
    /// Passes if this version has an adapter for the PSA.
    ///
    /// # Errors
    /// [`Kind::Usage`] if not.
    pub fn require_built(&self) -> Result<()> {
        if self.built {
            return Ok(());
        }
        let built = ids(|entry| entry.built);
        Err(Error::new(Kind::Usage, format!("{} cannot be read by this version", self.capabilities.name))
            .hint(format!("crsync capabilities shows what is planned for it; --psa takes {built} today")))
    }
}

static REGISTRY: [Entry; 4] = [
    Entry { capabilities: &autotask::CAPABILITIES, built: true },
    Entry { capabilities: &connectwise::CAPABILITIES, built: false },
    Entry { capabilities: &kaseya_bms::CAPABILITIES, built: true },
    Entry { capabilities: &syncro::CAPABILITIES, built: false },
];

/// All PSAs that crsync knows.
pub fn registry() -> &'static [Entry] {
    &REGISTRY
}

/// The PSA with this id, whatever its case.
///
/// # Errors
/// [`Kind::Usage`] with the nearest id, if one is near, and all of them.
pub fn find(id: &str) -> Result<&'static Entry> {
    let id = id.trim();
    if let Some(entry) = REGISTRY.iter().find(|entry| entry.capabilities.id.eq_ignore_ascii_case(id)) {
        return Ok(entry);
    }
    let typed = id.to_ascii_lowercase();
    let nearest = REGISTRY
        .iter()
        .flat_map(|entry| [(entry, entry.capabilities.id), (entry, entry.capabilities.name)])
        .map(|(entry, name)| (entry, strsim::jaro_winkler(&typed, &name.to_ascii_lowercase())))
        .filter(|(_, likeness)| *likeness >= LIKENESS)
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    let all = ids(|_| true);
    let hint = match nearest {
        Some((entry, _)) => format!("did you mean {}? There are {all}", entry.capabilities.id),
        None => format!("there are {all}"),
    };
    Err(Error::new(Kind::Usage, format!("\"{id}\" is not a PSA that crsync knows")).hint(hint))
}

/// The reader for `settings`.
pub fn reader(http: &Http, settings: &Settings) -> Box<dyn ReadPsa> {
    match settings {
        Settings::Autotask(settings) => Box::new(autotask::Autotask::new(http, settings.clone())),
        Settings::KaseyaBms(settings) => Box::new(kaseya_bms::KaseyaBms::new(http, settings.clone())),
    }
}

fn ids(keep: impl Fn(&Entry) -> bool) -> String {
    let ids: Vec<_> =
        REGISTRY.iter().filter(|entry| keep(entry)).map(|entry| entry.capabilities.id).collect();
    ids.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Row, Support};

    #[test]
    fn the_tables_agree_with_the_matrix() {
        // AT, CW, BMS, SY for rows 1 to 21: + the PSA offers it, - it does not.
        let matrix = [
            "++++", "++++", "++++", "++++", "++--", "++++", "++++", "++++", "+++-", "++++", "++++", "++++",
            "+++-", "++--", "++++", "++--", "++++", "++++", "++++", "++++", "++++",
        ];
        for (row, expected) in Row::ALL.into_iter().zip(matrix) {
            let shown: String = registry()
                .iter()
                .map(|entry| if entry.capabilities.serves(row) { '+' } else { '-' })
                .collect();
            assert_eq!(shown, expected, "{row}");
        }
    }

    #[test]
    fn every_row_stands_in_its_place_with_a_fact() {
        for entry in registry() {
            let Capabilities { id, name, rows } = *entry.capabilities;
            for (index, (row, support, fact)) in rows.iter().enumerate() {
                assert_eq!(*row, Row::ALL[index], "{id}");
                assert!(fact.len() > 10 && !fact.ends_with('.'), "{id} {row}: {fact}");
                assert!(*support != Support::Unsupported || fact.contains(name), "{id} {row}: {fact}");
            }
        }
    }

    #[test]
    fn psas_are_shown_in_a_fixed_order() {
        let ids: Vec<_> = registry().iter().map(|entry| entry.capabilities.id).collect();
        assert_eq!(ids, ["autotask", "connectwise", "bms", "syncro"]);
    }

    #[test]
    fn a_mistyped_psa_is_answered_with_the_nearest_one() {
        assert_eq!(find(" Autotask").expect("case does not count").capabilities.id, "autotask");
        for (typed, meant) in [("autotsk", "autotask"), ("kaseya", "bms"), ("connectwise-psa", "connectwise")]
        {
            let error = find(typed).expect_err("no such id");
            assert_eq!(error.kind(), Kind::Usage);
            let hint = error.next_step().unwrap_or_default();
            assert!(hint.starts_with(&format!("did you mean {meant}?")), "{typed}: {hint}");
        }
        let hint = find("zzz").expect_err("no such id").next_step().map(ToOwned::to_owned);
        assert_eq!(hint.as_deref(), Some("there are autotask, connectwise, bms, syncro"));
    }

    #[test]
    fn a_psa_without_an_adapter_is_refused() {
        assert!(find("autotask").expect("known").require_built().is_ok());
        let error = find("connectwise").expect("known").require_built().expect_err("not built");
        assert_eq!(error.message(), "ConnectWise PSA cannot be read by this version");
        assert_eq!(error.kind(), Kind::Usage);
    }
}
