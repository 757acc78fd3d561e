//! The PSAs that crsync knows, in the order they are shown.

use super::{Entry, autotask, connectwise, halopsa, kaseya_bms, syncro};
use crate::error::{Error, Kind, Result};

/// A mistyped id is answered with a near one from this likeness on (0 to 1, Jaro-Winkler).
const LIKENESS: f64 = 0.75;

#[rustfmt::skip] // one line for each PSA
static REGISTRY: &[&Entry] = &[
    &autotask::ENTRY,
    &connectwise::ENTRY,
    &kaseya_bms::ENTRY,
    &syncro::ENTRY,
    &halopsa::ENTRY,
];

/// Returns all PSAs that crsync knows.
pub fn registry() -> &'static [&'static Entry] {
    REGISTRY
}

/// Returns the PSA with this id, whatever its case.
///
/// # Errors
/// [`Kind::Usage`] with the nearest id, if one is near, and all of them.
pub fn find(id: &str) -> Result<&'static Entry> {
    let id = id.trim();
    if let Some(entry) = REGISTRY.iter().find(|entry| entry.id().eq_ignore_ascii_case(id)) {
        return Ok(entry);
    }
    let typed = id.to_ascii_lowercase();
    let nearest = REGISTRY
        .iter()
        .flat_map(|entry| [(entry, entry.id()), (entry, entry.capabilities.name)])
        .map(|(entry, name)| (entry, strsim::jaro_winkler(&typed, &name.to_ascii_lowercase())))
        .filter(|(_, likeness)| *likeness >= LIKENESS)
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    let all = REGISTRY.iter().map(|entry| entry.id()).collect::<Vec<_>>().join(", ");
    let hint = match nearest {
        Some((entry, _)) => format!("did you mean {}? There are {all}", entry.id()),
        None => format!("there are {all}"),
    };
    Err(Error::new(Kind::Usage, format!("\"{id}\" is not a PSA that crsync knows")).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Capabilities, Row, Support};

    #[test]
    fn the_tables_agree_with_the_matrix() {
        // AT, CW, BMS, SY, HALO for rows 1 to 21: + the PSA offers it, - it does not.
        let matrix = [
            "+++++", "+++++", "+++++", "+++++", "++--+", "+++++", "+++++", "+++++", "+++-+", "+++++",
            "+++++", "+++++", "+++-+", "++--+", "+++++", "++--+", "+++++", "+++++", "+++++", "+++++",
            "+++++",
        ];
        for (row, expected) in Row::ALL.into_iter().zip(matrix) {
            let shown: String = registry()
                .iter()
                .map(|known| if known.capabilities.serves(row) { '+' } else { '-' })
                .collect();
            assert_eq!(shown, expected, "{row}");
        }
    }

    #[test]
    fn every_row_stands_in_its_place_with_a_fact() {
        for known in registry() {
            let Capabilities { id, name, rows, .. } = *known.capabilities;
            for (index, (row, support, fact)) in rows.iter().enumerate() {
                assert_eq!(*row, Row::ALL[index], "{id}");
                assert!(fact.len() > 10 && !fact.ends_with('.'), "{id} {row}: {fact}");
                assert!(*support != Support::Unsupported || fact.contains(name), "{id} {row}: {fact}");
            }
        }
    }

    #[test]
    fn psas_are_shown_in_a_fixed_order() {
        let ids: Vec<_> = registry().iter().map(|known| known.id()).collect();
        assert_eq!(ids, ["autotask", "connectwise", "bms", "syncro", "halopsa"]);
    }

    #[test]
    fn a_mistyped_psa_is_answered_with_the_nearest_one() {
        assert_eq!(find(" Autotask").expect("case does not count").id(), "autotask");
        for (typed, meant) in [("autotsk", "autotask"), ("kaseya", "bms"), ("connectwise-psa", "connectwise")]
        {
            let error = find(typed).expect_err("no such id");
            assert_eq!(error.kind(), Kind::Usage);
            let hint = error.next_step().unwrap_or_default();
            assert!(hint.starts_with(&format!("did you mean {meant}?")), "{typed}: {hint}");
        }
        let hint = find("zzz").expect_err("no such id").next_step().map(ToOwned::to_owned);
        assert_eq!(hint.as_deref(), Some("there are autotask, connectwise, bms, syncro, halopsa"));
    }
}
