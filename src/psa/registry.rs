//! The PSAs that crsync knows, in the order they are shown.

use std::sync::Arc;

use super::{Psa, Settings, autotask, connectwise, kaseya_bms, syncro};
use crate::error::{Error, Kind, Result};
use crate::http::Http;
use crate::model::{Capabilities, FieldCache};

/// A mistyped id is answered with a near one from this likeness on (0 to 1, Jaro-Winkler).
const LIKENESS: f64 = 0.75;

static REGISTRY: [&Capabilities; 4] =
    [&autotask::CAPABILITIES, &connectwise::CAPABILITIES, &kaseya_bms::CAPABILITIES, &syncro::CAPABILITIES];

/// All PSAs that crsync knows, each by what it can serve.
pub fn registry() -> &'static [&'static Capabilities] {
    &REGISTRY
}

/// What the PSA with this id, whatever its case, can serve.
///
/// # Errors
/// [`Kind::Usage`] with the nearest id, if one is near, and all of them.
pub fn find(id: &str) -> Result<&'static Capabilities> {
    let id = id.trim();
    if let Some(found) = REGISTRY.iter().find(|known| known.id.eq_ignore_ascii_case(id)) {
        return Ok(found);
    }
    let typed = id.to_ascii_lowercase();
    let nearest = REGISTRY
        .iter()
        .flat_map(|known| [(known, known.id), (known, known.name)])
        .map(|(known, name)| (known, strsim::jaro_winkler(&typed, &name.to_ascii_lowercase())))
        .filter(|(_, likeness)| *likeness >= LIKENESS)
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    let all = REGISTRY.map(|known| known.id).join(", ");
    let hint = match nearest {
        Some((known, _)) => format!("did you mean {}? There are {all}", known.id),
        None => format!("there are {all}"),
    };
    Err(Error::new(Kind::Usage, format!("\"{id}\" is not a PSA that crsync knows")).hint(hint))
}

/// The PSA of `settings`; nothing is asked yet. Field values that cost a request for every record are kept in
/// `cache`.
pub fn open(http: &Http, settings: &Settings, cache: Arc<dyn FieldCache>) -> Box<dyn Psa> {
    match settings {
        Settings::Autotask(settings) => Box::new(autotask::Autotask::new(http, settings.clone())),
        Settings::KaseyaBms(settings) => Box::new(kaseya_bms::KaseyaBms::new(http, settings.clone(), cache)),
        Settings::Syncro(settings) => Box::new(syncro::Syncro::new(http, settings.clone())),
        Settings::ConnectWise(settings) => Box::new(connectwise::ConnectWise::new(http, settings.clone())),
    }
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
            let shown: String =
                registry().iter().map(|known| if known.serves(row) { '+' } else { '-' }).collect();
            assert_eq!(shown, expected, "{row}");
        }
    }

    #[test]
    fn every_row_stands_in_its_place_with_a_fact() {
        for known in registry() {
            let Capabilities { id, name, rows } = **known;
            for (index, (row, support, fact)) in rows.iter().enumerate() {
                assert_eq!(*row, Row::ALL[index], "{id}");
                assert!(fact.len() > 10 && !fact.ends_with('.'), "{id} {row}: {fact}");
                assert!(*support != Support::Unsupported || fact.contains(name), "{id} {row}: {fact}");
            }
        }
    }

    #[test]
    fn psas_are_shown_in_a_fixed_order() {
        let ids: Vec<_> = registry().iter().map(|known| known.id).collect();
        assert_eq!(ids, ["autotask", "connectwise", "bms", "syncro"]);
    }

    #[test]
    fn a_mistyped_psa_is_answered_with_the_nearest_one() {
        assert_eq!(find(" Autotask").expect("case does not count").id, "autotask");
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
}
