//! Names of companies as different people write them: whether two could be one company's. That decides nothing; it only
//! tells a person where to look.

use super::label;

/// Words that many companies have in their names, so that two names that share one are not alike for it.
#[rustfmt::skip]
const COMMON: [&str; 42] = [
    "ab", "ag", "and", "as", "bv", "co", "company", "corp", "corporation", "de", "der", "die", "e", "et", "gmbh",
    "group", "holding", "holdings", "inc", "incorporated", "international", "kg", "la", "le", "limited", "llc", "llp",
    "lp", "ltd", "mbh", "nv", "of", "oy", "plc", "pty", "sa", "sarl", "services", "solutions", "srl", "the", "und",
];

/// How alike two words must be to count as one that is misspelt.
const WORDS: f64 = 0.85;

/// How alike two names must be as a whole.
const WHOLE: f64 = 0.6;

/// The fewest letters of a part of a name that tells anything.
const PART: usize = 3;

/// Reports whether two names could be of one company: they share a word, one is in the other, one is made of the other's
/// first letters, or they are alike as a whole. A name without letters tells nothing, and could be any.
pub fn could_be_one(one: &str, other: &str) -> bool {
    let (one, other) = (Name::new(one), Name::new(other));
    if one.all.is_empty() || other.all.is_empty() {
        return true;
    }
    one.shares_a_word(&other)
        || one.holds(&other)
        || other.holds(&one)
        || one.is_short_for(&other)
        || other.is_short_for(&one)
        || strsim::normalized_damerau_levenshtein(&one.whole, &other.whole) >= WHOLE
}

/// A name in the form for comparing.
struct Name {
    /// All of its words.
    all: Vec<String>,
    /// Those that few others have; all of them where there are none.
    own: Vec<String>,
    /// These, joined.
    whole: String,
}

impl Name {
    fn new(name: &str) -> Self {
        let key = label::key(name);
        let words = key.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let all: Vec<String> = words.map(ToOwned::to_owned).collect();
        let own: Vec<String> = all.iter().filter(|word| !COMMON.contains(&word.as_str())).cloned().collect();
        let own = if own.is_empty() { all.clone() } else { own };
        Self { whole: own.concat(), all, own }
    }

    /// Reports whether a word of one is one of the other's, also misspelt.
    fn shares_a_word(&self, other: &Self) -> bool {
        let is_long = |word: &String| word.chars().count() >= PART;
        let same = |word: &String, of: &String| {
            word == of || (is_long(word) && is_long(of) && strsim::jaro_winkler(word, of) >= WORDS)
        };
        self.own.iter().any(|word| other.own.iter().any(|of| same(word, of)))
    }

    fn holds(&self, other: &Self) -> bool {
        other.whole.chars().count() >= PART && self.whole.contains(&other.whole)
    }

    /// Reports whether one of the words, or all joined, are the first letters of the other's.
    fn is_short_for(&self, other: &Self) -> bool {
        let letters =
            |words: &[String]| words.iter().filter_map(|word| word.chars().next()).collect::<String>();
        let is = |short: &String, words: &[String]| words.len() > 1 && letters(words) == *short;
        let mut shorts = self.all.iter().chain([&self.whole]);
        shorts.any(|short| is(short, &other.all) || is(short, &other.own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_take_for_one_could_be_one() {
        for (one, other) in [
            ("Contoso", "Contoso Ltd."),
            ("Contoso", "CONTOSO GmbH & Co. KG"),
            ("Northwind Traders", "NWT - Northwind"),
            ("American Dental Group Services", "ADGS"),
            ("American Dental Group Services", "AD"),
            ("Fabrikam", "Fabricam Inc"),
            ("Alder", "Alderwood"),
            ("Blue Sky", "BlueSky Holdings"),
            ("Contoso", "..."),
            ("Contoso", ""),
            ("The Group", "Group Holding"),
        ] {
            assert!(could_be_one(one, other), "{one} {other}");
            assert!(could_be_one(other, one), "{other} {one}");
        }
    }

    #[test]
    fn names_that_share_nothing_but_common_words_could_not() {
        for (one, other) in [
            ("Contoso", "Fabrikam"),
            ("Contoso Ltd", "Tailspin Ltd"),
            ("Alder Group", "Birch Group"),
            ("Northwind Traders", "Wingtip Toys"),
        ] {
            assert!(!could_be_one(one, other), "{one} {other}");
            assert!(!could_be_one(other, one), "{other} {one}");
        }
    }
}
