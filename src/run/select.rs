//! Companies that a flag names: an exact name wins; else `*` and `?` stand for any text and any character.

use std::sync::Arc;

use crate::error::{Error, Kind, Result};
use crate::reconcile::Company;
use crate::text::label;
use crate::text::like::Pattern;

/// What a flag names among several names.
#[derive(Debug, PartialEq, Eq)]
pub enum Named {
    /// These, in full.
    Exactly(Vec<usize>),
    /// These, by a pattern.
    Alike(Vec<usize>),
}

/// Returns the places in `names` that `wanted` names: in the very letters, else whatever the case, else as a pattern.
pub fn named(wanted: &str, names: &[&str]) -> Named {
    let places = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        names.iter().enumerate().filter_map(|(place, name)| is(name).then_some(place)).collect()
    };
    let own = label::key(wanted);
    for exact in
        [places(&|name| label::tidy(name) == label::tidy(wanted)), places(&|name| label::key(name) == own)]
    {
        if !exact.is_empty() {
            return Named::Exactly(exact);
        }
    }
    let pattern = Pattern::wild(&own);
    let is_pattern = own.contains(['*', '?']);
    Named::Alike(places(&|name| is_pattern && pattern.matches(&label::key(name))))
}

/// Returns the companies that `--company` names; without it, all that are switched on. A pattern finds those that are
/// switched on; one that is switched off must be named in full.
///
/// # Errors
/// [`Kind::Usage`] for a name that no company has, or a pattern that finds only companies that are switched off.
pub(super) fn chosen<'a>(companies: &'a [Arc<Company>], wanted: &[String]) -> Result<Vec<&'a Arc<Company>>> {
    if wanted.is_empty() {
        return Ok(companies.iter().filter(|company| company.enabled).collect());
    }
    let names: Vec<&str> = companies.iter().map(|company| company.name.as_str()).collect();
    let mut chosen = vec![false; companies.len()];
    for name in wanted {
        let found = match named(name, &names) {
            Named::Exactly(found) => found,
            Named::Alike(found) => {
                let (on, off): (Vec<usize>, Vec<usize>) =
                    found.into_iter().partition(|place| companies[*place].enabled);
                match (on.is_empty(), off.first()) {
                    (false, _) => on,
                    (true, Some(first)) => return Err(switched_off(name, names[*first], off.len())),
                    (true, None) => return Err(unknown_in(&names, name, " of the configuration")),
                }
            }
        };
        for place in found {
            chosen[place] = true;
        }
    }
    Ok(companies.iter().zip(chosen).filter_map(|(company, chosen)| chosen.then_some(company)).collect())
}

fn switched_off(wanted: &str, first: &str, all: usize) -> Error {
    let others = match all {
        1 => String::new(),
        all => format!(", and {} more", all - 1),
    };
    let message =
        format!("--company {wanted:?} finds only companies that are switched off: {first:?}{others}");
    Error::new(Kind::Usage, message).hint(format!(
        "name it in full (--company {first:?}), or take `enabled = false` out of the configuration"
    ))
}

/// Returns the refusal of a name that none of `names` is, wherever these are from.
pub fn unknown(names: &[&str], wanted: &str) -> Error {
    unknown_in(names, wanted, "")
}

/// Returns the same, where `place` says what the names are of.
fn unknown_in(names: &[&str], wanted: &str, place: &str) -> Error {
    let own = label::key(wanted);
    if own.is_empty() {
        return Error::new(Kind::Usage, "--company names no company").hint("--company \"Contoso\"");
    }
    let near = |name: &&&str| strsim::jaro_winkler(&label::key(name), &own);
    let nearest = names.iter().max_by(|a, b| near(a).total_cmp(&near(b)));
    let next = match nearest {
        Some(name) => format!("did you mean {name:?}?"),
        None => "leave out --company: there is no company yet to choose from".to_owned(),
    };
    Error::new(Kind::Usage, format!("no company{place} is called {wanted:?}")).hint(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 7] = ["Shop #1", "Shop 21", "Cedar [x", "Cedar *", "Cedar Grove", "What?", "Whats"];

    fn names(wanted: &str) -> Vec<&'static str> {
        let (Named::Exactly(found) | Named::Alike(found)) = named(wanted, &NAMES);
        found.into_iter().map(|place| NAMES[place]).collect()
    }

    #[test]
    fn an_exact_name_is_that_company_alone_whatever_it_holds() {
        for name in NAMES {
            for typed in [name.to_owned(), name.to_uppercase(), format!(" {name}\u{200b}\u{a0}")] {
                assert_eq!(names(&typed), [name], "{typed:?}");
            }
        }
    }

    #[test]
    fn only_asterisk_and_question_mark_are_wild() {
        assert_eq!(names("Shop *"), ["Shop #1", "Shop 21"]);
        assert_eq!(names("shop ?1"), ["Shop #1", "Shop 21"]);
        assert_eq!(names("cedar [*"), ["Cedar [x"]);
        assert_eq!(names("what*"), ["What?", "Whats"]);
        assert_eq!(names("*"), NAMES);
        for none in ["Shop ##", "Shop [0-9]1", "Shop", "", "[!x]*", "Cedar [x]"] {
            assert_eq!(names(none), [""; 0], "{none}");
        }
    }

    #[test]
    fn a_name_that_no_company_has_is_refused_with_a_next_step() {
        for (names, next) in [(&NAMES[..], "did you mean \"Whats\"?"), (&[], "leave out --company: ")] {
            let error = unknown(names, "Whatsit");
            assert_eq!(error.message(), "no company is called \"Whatsit\"");
            assert!(error.next_step().is_some_and(|step| step.starts_with(next)), "{error:?}");
        }
        let error = chosen(&[], &["Whats".to_owned()]).expect_err("there is none");
        assert_eq!(error.message(), "no company of the configuration is called \"Whats\"");
    }

    #[test]
    fn of_two_names_that_differ_in_case_the_very_letters_win() {
        assert_eq!(named("toys", &["Toys", "toys"]), Named::Exactly(vec![1]));
        assert_eq!(named("TOYS", &["Toys", "toys"]), Named::Exactly(vec![0, 1]));
    }
}
