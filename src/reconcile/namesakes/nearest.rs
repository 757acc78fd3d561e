//! The nearest candidates for a person who stayed alone, by name and address.
//!
//! Comparing everybody with everybody would take too long, so candidates are first looked up under the keys that
//! both share. A key that many share tells little and is passed over where a rarer one found a candidate.

use std::collections::HashMap;

use crate::text::similarity::{Likeness, Profile};

/// So many candidates are suggested at most.
const SUGGESTED: usize = 3;

/// Candidates that share the most telling keys, which are then compared in full.
const COMPARED: usize = 16;

/// More people under one key than this are looked at only where nothing else finds anybody.
const CROWD: usize = 256;

/// A person who is less alike than this, in percent, is not suggested.
const LEAST: u8 = 60;

/// The people that a search for the nearest looks through.
pub(crate) struct Pool {
    profiles: Vec<Profile>,
    by_key: HashMap<String, Vec<usize>>,
    /// Scratch: how much speaks for each of them, all zero between two searches.
    votes: Vec<usize>,
}

impl Pool {
    pub(crate) fn new(profiles: Vec<Profile>) -> Self {
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, profile) in profiles.iter().enumerate() {
            for key in profile.keys() {
                by_key.entry(key).or_default().push(index);
            }
        }
        Self { votes: vec![0; profiles.len()], profiles, by_key }
    }

    /// Returns the places of the people most like `profile` for which `fits` holds, the most alike first.
    pub(crate) fn nearest(
        &mut self,
        profile: &Profile,
        fits: impl Fn(usize) -> bool,
    ) -> Vec<(usize, Likeness)> {
        let mut found: Vec<(usize, Likeness)> = self
            .worth_comparing(profile)
            .into_iter()
            .filter(|index| fits(*index))
            .map(|index| (index, profile.likeness(&self.profiles[index])))
            .filter(|(_, likeness)| likeness.whole >= LEAST)
            .collect();
        found.sort_by(|a, b| b.1.whole.cmp(&a.1.whole).then(a.0.cmp(&b.0)));
        found.truncate(SUGGESTED);
        found
    }

    /// Returns those who share the rarest keys.
    fn worth_comparing(&mut self, profile: &Profile) -> Vec<usize> {
        let keys = profile.keys();
        let mut groups: Vec<&Vec<usize>> = keys.iter().filter_map(|key| self.by_key.get(key)).collect();
        groups.sort_by_key(|group| group.len());
        let mut touched = Vec::new();
        for group in groups {
            if group.len() > CROWD && touched.len() >= SUGGESTED {
                break;
            }
            let weight = 1 + (self.profiles.len() / group.len()).ilog2() as usize;
            for index in group.iter().take(CROWD) {
                if self.votes[*index] == 0 {
                    touched.push(*index);
                }
                self.votes[*index] += weight;
            }
        }
        touched.sort_by_key(|index| (std::cmp::Reverse(self.votes[*index]), *index));
        for index in &touched {
            self.votes[*index] = 0;
        }
        touched.truncate(COMPARED);
        touched
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(people: &[(&str, &str)]) -> Pool {
        Pool::new(people.iter().map(|(name, address)| Profile::new(name, [*address])).collect())
    }

    fn nearest(pool: &mut Pool, name: &str, address: &str) -> Vec<usize> {
        let profile = Profile::new(name, [address]);
        pool.nearest(&profile, |_| true).into_iter().map(|(index, _)| index).collect()
    }

    #[test]
    fn the_most_alike_come_first_and_strangers_not_at_all() {
        let mut pool = pool(&[
            ("Bo Ek", "bo@home.example"),
            ("Jon Smith", "jon@home.example"),
            ("John Smith", "jsmith@home.example"),
        ]);
        assert_eq!(nearest(&mut pool, "John Smith", "john.smith@contoso.example"), [2, 1]);
        assert_eq!(nearest(&mut pool, "Zoe Abt", "zoe@contoso.example"), [0; 0]);
    }

    #[test]
    fn at_most_three_are_suggested_and_each_search_stands_for_itself() {
        let people: Vec<(String, String)> =
            (0..9).map(|n| ("Ann Lee".to_owned(), format!("ann{n}@home.example"))).collect();
        let people: Vec<(&str, &str)> =
            people.iter().map(|(name, address)| (name.as_str(), address.as_str())).collect();
        let mut pool = pool(&people);
        let first = nearest(&mut pool, "Ann Lee", "ann@contoso.example");
        assert_eq!(first.len(), SUGGESTED);
        assert_eq!(nearest(&mut pool, "Ann Lee", "ann@contoso.example"), first);
    }

    #[test]
    fn a_crowd_under_one_key_hides_nobody_who_is_rarer() {
        let mut people: Vec<(String, String)> =
            (0..2_000).map(|n| (format!("Maria Q{n}x"), format!("q{n}@home.example"))).collect();
        people.push(("Maria Lindqvist".to_owned(), "ml@home.example".to_owned()));
        let people: Vec<(&str, &str)> =
            people.iter().map(|(name, address)| (name.as_str(), address.as_str())).collect();
        let mut pool = pool(&people);
        let found = nearest(&mut pool, "Maria Lindkvist", "maria.lindkvist@contoso.example");
        assert_eq!(found.first(), Some(&2_000));
    }

    #[test]
    fn whoever_does_not_fit_is_left_out() {
        let mut pool = pool(&[("Ann Lee", "ann@home.example"), ("Ann Lee", "ann@other.example")]);
        let profile = Profile::new("Ann Lee", ["ann@contoso.example"]);
        let found = pool.nearest(&profile, |index| index != 0);
        assert_eq!(found.into_iter().map(|(index, _)| index).collect::<Vec<_>>(), [1]);
    }
}
