//! Finding the values of a request in a text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::decode::{Sign, resolved, signs};
use crate::http::mask::MASK;

/// What a value that is no secret is replaced by.
const LEFT_OUT: &str = "…";

/// A secret of this length or more is found anywhere; a shorter one only as a whole word.
const SECRET_ANYWHERE: usize = 8;

/// From this length on a value with other signs than letters is found within a word as well.
const ANYWHERE: usize = 5;

/// Values up to this length are found in their own case alone: "An" is a name, and "an" a word of every message.
const OWN_CASE: usize = 2;

/// Services cut what they quote: so many signs of a longer value are enough.
const START: usize = 16;

/// Longer values are files, which no message repeats.
const LONGEST: usize = 4096;

/// How many layers of spelling are resolved: JSON in a form in a web page.
const LAYERS: usize = 3;

/// Words that say nothing of the value they stand for.
const PLAIN: &[&str] = &["false", "no", "none", "null", "off", "on", "true", "yes"];

/// From here on, scripts have no spaces between words (Thai, Chinese, Japanese and their neighbours).
const WITHOUT_SPACES: char = '\u{e00}';

/// One value.
#[derive(Clone)]
struct Needle {
    text: Vec<char>,
    whole_word: bool,
    own_case: bool,
    is_secret: bool,
}

/// Values by the first sign of each, the longest first.
#[derive(Default, Clone)]
pub(super) struct Needles(BTreeMap<char, Vec<Needle>>);

impl Needles {
    /// Takes the values that can be found; of each, whether it is a secret.
    pub(super) fn new(values: Vec<(String, bool)>) -> Self {
        let mut needles = Self::default();
        for (text, is_secret) in values {
            needles.add(&text, is_secret);
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let is_number = text.chars().all(|c| c.is_ascii_digit() || "+-()./ ".contains(c));
            if is_number && digits.len() > 6 {
                needles.add(&digits, is_secret);
            }
        }
        for of in needles.0.values_mut() {
            of.sort_by_key(|needle| (std::cmp::Reverse(needle.text.len()), !needle.is_secret));
        }
        needles
    }

    fn add(&mut self, text: &str, is_secret: bool) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = words.join(" ");
        let length = text.chars().count();
        let is_plain = PLAIN.contains(&text.to_lowercase().as_str()) || length < 2;
        if length == 0 || length > LONGEST || text == MASK || (is_plain && !is_secret) {
            return;
        }
        let letters = text.chars().all(char::is_alphabetic);
        let has_no_words = text.chars().any(|c| c >= WITHOUT_SPACES);
        let anywhere = if is_secret { length >= SECRET_ANYWHERE } else { !letters && length >= ANYWHERE };
        let own_case = length <= OWN_CASE;
        let text: Vec<char> = if own_case {
            text.chars().collect()
        } else {
            text.chars().flat_map(char::to_lowercase).collect()
        };
        let needle = Needle { whole_word: !anywhere && !has_no_words, own_case, is_secret, text };
        // An empty text was turned away above.
        let Some(first) = needle.text.first() else { return };
        let of = self.0.entry(lower(*first)).or_default();
        if !of.iter().any(|held| held.text == needle.text && held.is_secret >= is_secret) {
            of.push(needle);
        }
    }

    /// Is true if `text` is a secret, and nothing else.
    pub(super) fn is_secret(&self, text: &str) -> bool {
        let of = text.chars().next().and_then(|first| self.0.get(&lower(first)));
        let folded: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        of.is_some_and(|of| of.iter().any(|needle| needle.is_secret && needle.text == folded))
    }

    /// Returns `text` with every value masked, or every secret alone.
    pub(super) fn mask<'t>(&self, text: &'t str, secrets_only: bool) -> Cow<'t, str> {
        if self.0.is_empty() {
            return text.into();
        }
        let mut found = Vec::new();
        let mut layer = Some(signs(text));
        for _ in 0..=LAYERS {
            let Some(signs) = layer else { break };
            self.find(&signs, secrets_only, &mut found);
            layer = resolved(&signs);
        }
        if found.is_empty() {
            return text.into();
        }
        found.sort_by_key(|(place, _): &(Range<usize>, bool)| (place.start, std::cmp::Reverse(place.end)));
        let mut out = String::with_capacity(text.len());
        // How far into `text` the output has come.
        let mut copied = 0;
        for (place, is_secret) in found {
            if place.start >= copied {
                out.push_str(&text[copied..place.start]);
                out.push_str(if is_secret { MASK } else { LEFT_OUT });
            }
            copied = copied.max(place.end);
        }
        out.push_str(&text[copied..]);
        out.into()
    }

    /// Adds the places of values in `signs`, with whether each is a secret's.
    fn find(&self, signs: &[Sign], secrets_only: bool, found: &mut Vec<(Range<usize>, bool)>) {
        let mut at = 0;
        while let Some(sign) = signs.get(at) {
            let of = self.0.get(&lower(sign.is)).into_iter().flatten();
            let fits = |needle: &&Needle| needle.is_secret || !secrets_only;
            let hit = of.filter(fits).find_map(|needle| Some((needle.ends(signs, at)?, needle.is_secret)));
            if let Some((end, is_secret)) = hit {
                found.push((sign.at.start..signs[end - 1].at.end, is_secret));
                at = end;
            } else {
                at += 1;
            }
        }
    }
}

impl Needle {
    /// Returns where the value ends that begins at `start`, if it does.
    fn ends(&self, signs: &[Sign], start: usize) -> Option<usize> {
        let is_part = |sign: Option<&Sign>| sign.is_some_and(|sign| sign.is.is_alphanumeric());
        if self.whole_word && start > 0 && is_part(signs.get(start - 1)) {
            return None;
        }
        let (mut at, mut met) = (start, 0);
        while let Some(wanted) = self.text.get(met) {
            let Some(sign) = signs.get(at) else { break };
            if *wanted == ' ' {
                let blanks =
                    signs[at..].iter().take_while(|sign| sign.is.is_whitespace() || sign.is == '+').count();
                if blanks == 0 {
                    break;
                }
                (at, met) = (at + blanks, met + 1);
                continue;
            }
            let own = [sign.is];
            let folded: Vec<char> =
                if self.own_case { own.to_vec() } else { sign.is.to_lowercase().collect() };
            if self.text.get(met..met + folded.len()) != Some(&folded[..]) {
                break;
            }
            (at, met) = (at + 1, met + folded.len());
        }
        let is_whole = met == self.text.len() && !(self.whole_word && is_part(signs.get(at)));
        (is_whole || met >= START).then_some(at)
    }
}

/// Returns a sign's place in the map.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}
