//! How alike two people look by their names and addresses, in percent. Likeness ranks what a person is asked
//! about; it never decides anything.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::person_name::is_nickname;

/// Names and addresses count up to so many words each; what comes behind them is titles and remarks.
const WORDS: usize = 6;

/// Characters at the beginning of a word that stay the same however it ends: few for a first look, more to tell
/// apart the many who share those.
const PREFIXES: [usize; 2] = [3, 5];

/// What is known of a person's name and addresses, in the form for comparing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    /// The words of the name.
    words: Vec<String>,
    /// The addresses' local parts, each once.
    locals: Vec<Local>,
    /// What an address of a person with this name often looks like, with how much that tells.
    spellings: Vec<(String, f64)>,
}

/// Returns what comes before the `@`, without a `+tag`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Local {
    /// Its letters and digits.
    whole: String,
    words: Vec<String>,
}

/// How alike two people look, each in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Likeness {
    /// All in all.
    pub whole: u8,
    /// Their names; `None` where one of them has none.
    pub name: Option<u8>,
    /// Their addresses, or the address of one and the name of the other; `None` where nothing can be compared.
    pub address: Option<u8>,
}

impl Profile {
    /// Returns the profile of a person with this name, in any order of its words, and these addresses.
    pub fn new<'a>(name: &str, addresses: impl IntoIterator<Item = &'a str>) -> Self {
        let locals: BTreeSet<Local> = addresses.into_iter().filter_map(local).collect();
        let words = words(name);
        Self { spellings: spellings(&words), words, locals: locals.into_iter().take(WORDS).collect() }
    }

    /// Returns the keys that find people who may be alike: a person who shares none is not worth comparing.
    pub fn keys(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for words in std::iter::once(&self.words).chain(self.locals.iter().map(|local| &local.words)) {
            for word in words.iter().filter(|word| word.chars().nth(1).is_some()) {
                keys.insert(format!("={word}"));
                keys.extend(PREFIXES.map(|length| format!("~{}", beginning(word, length))));
            }
            if let [first, .., last] = &words[..] {
                let (first, last) = (beginning(first, PREFIXES[0]), beginning(last, PREFIXES[0]));
                keys.insert(format!("+{} {}", first.min(last), first.max(last)));
            }
        }
        keys.extend(self.locals.iter().map(|local| format!("@{}", local.whole)));
        keys.extend(self.spellings.iter().map(|(spelling, _)| format!("@{spelling}")));
        keys
    }

    /// Returns how alike both look; the same whichever comes first.
    pub fn likeness(&self, other: &Self) -> Likeness {
        let name = (!self.words.is_empty() && !other.words.is_empty())
            .then(|| words_alike(&self.words, &other.words));
        let address = self.addresses_alike(other);
        let whole = match (name, address) {
            (Some(name), Some(address)) => 0.7 * name + 0.3 * address,
            (Some(name), None) => 0.9 * name,
            (None, Some(address)) => 0.85 * address,
            (None, None) => 0.0,
        };
        Likeness { whole: percent(whole), name: name.map(percent), address: address.map(percent) }
    }

    fn addresses_alike(&self, other: &Self) -> Option<f64> {
        let pairs = self.locals.iter().flat_map(|own| other.locals.iter().map(move |local| (own, local)));
        let direct = pairs.map(|(a, b)| match (a.words.len(), b.words.len()) {
            (2.., 2..) if a.whole != b.whole => words_alike(&a.words, &b.words),
            _ => alike(&a.whole, &b.whole),
        });
        let spelled = |of: &Self, at: &Self| {
            let same = |(spelling, weight): &(String, f64)| {
                at.locals.iter().any(|local| local.whole == *spelling).then_some(*weight)
            };
            of.spellings.iter().filter_map(same).reduce(f64::max)
        };
        let crossed = [spelled(self, other), spelled(other, self)].into_iter().flatten();
        direct.chain(crossed).reduce(f64::max)
    }
}

/// Returns the ways in which addresses are made from a name.
fn spellings(words: &[String]) -> Vec<(String, f64)> {
    let [first, .., last] = words else {
        return words.first().map(|only| (only.clone(), 0.7)).into_iter().collect();
    };
    let (initial, last_initial) = (beginning(first, 1), beginning(last, 1));
    vec![
        (format!("{first}{last}"), 1.0),
        (format!("{last}{first}"), 1.0),
        (format!("{initial}{last}"), 0.95),
        (format!("{last}{initial}"), 0.95),
        (format!("{first}{last_initial}"), 0.9),
        (last.clone(), 0.7),
        (first.clone(), 0.7),
    ]
}

fn beginning(word: &str, length: usize) -> &str {
    word.char_indices().nth(length).map_or(word, |(end, _)| &word[..end])
}

/// Returns the text in lower case, without accents, compatibility forms resolved.
fn fold(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// Returns the words of a name: runs of letters and digits, an apostrophe inside a word left out.
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text).replace(['\'', '’', '`'], "");
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(WORDS).map(ToOwned::to_owned).collect()
}

fn local(address: &str) -> Option<Local> {
    let (local, _) = address.split_once('@')?;
    let local = local.split('+').next().unwrap_or(local);
    let words: Vec<String> = words(local)
        .iter()
        .map(|word| word.trim_matches(|c: char| c.is_ascii_digit()).to_owned())
        .filter(|word| !word.is_empty())
        .collect();
    let whole: String = fold(local).chars().filter(|c| c.is_alphanumeric()).collect();
    (!whole.is_empty()).then_some(Local { whole, words })
}

/// Returns how alike two names are, whatever the order of their words.
///
/// The best pairs of words count, and a word without a partner counts against it.
fn words_alike(a: &[String], b: &[String]) -> f64 {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let mut pairs: Vec<(f64, usize, usize)> = (0..a.len())
        .flat_map(|left| (0..b.len()).map(move |right| (left, right)))
        .map(|(left, right)| (word_alike(&a[left], &b[right]), left, right))
        .collect();
    pairs.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let (mut used_left, mut used_right, mut sum) = ([false; WORDS], [false; WORDS], 0.0);
    for (alike, left, right) in pairs {
        if !used_left[left] && !used_right[right] {
            (used_left[left], used_right[right]) = (true, true);
            sum += alike;
        }
    }
    2.0 * sum / f64::from(u32::try_from(a.len() + b.len()).unwrap_or(u32::MAX))
}

/// Compares one word with another; an initial stands for every word that begins with it, a nickname for its name.
fn word_alike(a: &str, b: &str) -> f64 {
    let is_initial = |short: &str, long: &str| short.chars().nth(1).is_none() && long.starts_with(short);
    match () {
        () if a == b => 1.0,
        () if is_initial(a, b) || is_initial(b, a) => 0.85,
        () if is_nickname(a, b) => alike(a, b).max(0.85),
        () => alike(a, b),
    }
}

/// Returns how alike two texts are typed, from 0 to 1: the part of the longer one that is in its right place.
pub fn typed_alike(a: &str, b: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(a, b)
}

/// Returns the Jaro-Winkler likeness, of which the part that any two words have in common is taken away.
fn alike(a: &str, b: &str) -> f64 {
    const ANY: f64 = 0.6;
    if a == b { 1.0 } else { ((strsim::jaro_winkler(a, b) - ANY) / (1.0 - ANY)).max(0.0) }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between 0 and 100 by the clamp
fn percent(part: f64) -> u8 {
    (part.clamp(0.0, 1.0) * 100.0).round() as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(a: (&str, &[&str]), b: (&str, &[&str])) -> u8 {
        let profile = |(name, addresses): (&str, &[&str])| Profile::new(name, addresses.iter().copied());
        profile(a).likeness(&profile(b)).whole
    }

    #[test]
    fn accents_case_and_the_order_of_the_words_do_not_matter() {
        assert_eq!(whole(("José Müller", &["jm@a"]), ("MULLER, Jose\u{301}", &["jm@b"])), 100);
        assert_eq!(whole(("Sean O'Hara", &["sean@a"]), ("sean ohara", &["sean@b"])), 100);
        assert_eq!(whole(("Sean O'Hara", &["s.ohara@a"]), ("Sean", &["ohara.s@b"])), 77);
    }

    #[test]
    fn an_address_is_compared_with_the_name_of_the_other() {
        let john = ("John Smith", &["john.smith@contoso.example"][..]);
        assert!(whole(john, ("", &["jsmith@home.example"])) >= 80);
        assert!(whole(john, ("", &["johns@home.example"])) > whole(john, ("", &["mary@home.example"])));
        assert!(whole(john, ("J Smith", &["j@home.example"])) >= 75);
    }

    #[test]
    fn somebody_with_the_same_first_name_is_less_alike_than_somebody_renamed() {
        let maria = ("Maria Santos", &["maria.santos@contoso.example"][..]);
        let renamed = whole(maria, ("Maria Lopez", &["maria.santos@home.example"]));
        let other = whole(maria, ("Maria Berg", &["berg@home.example"]));
        assert!(renamed > other, "{renamed} {other}");
        assert!(other <= 50, "{other}");
    }

    #[test]
    fn nothing_is_alike_where_nothing_is_known() {
        assert_eq!(Profile::new("", []).likeness(&Profile::new("Ann Lee", ["ann@a"])), Likeness::default());
        assert_eq!(whole(("Front Desk", &[]), ("Front Desk", &[])), 90, "by the name alone");
    }

    #[test]
    fn a_mistyped_text_is_nearer_than_another_one() {
        let typed = |text| typed_alike(text, "nina.farrow@contoso.example");
        assert!(typed("nina.farow@contoso.example") > 0.9);
        assert!(typed("ravi.menon@contoso.example") < 0.8);
    }

    #[test]
    fn whoever_is_alike_shares_a_key() {
        let keys = |name: &str, address: &str| Profile::new(name, [address]).keys();
        let john = keys("John Smith", "john.smith@contoso.example");
        for other in [keys("", "jsmith@a"), keys("Jonathan Smithers", "x@a"), keys("Smith, J.", "js1@a")] {
            assert!(john.intersection(&other).next().is_some(), "{other:?}");
        }
        assert!(john.is_disjoint(&keys("Ann Lee", "ann.lee@contoso.example")));
    }

    fn any_profile() -> impl Strategy<Value = Profile> {
        let address = prop_oneof!["[a-c.+]{0,6}@[ab]", "\\PC{0,8}"];
        (prop_oneof!["[a-cé ,'-]{0,14}", "\\PC{0,14}"], proptest::collection::vec(address, 0..3))
            .prop_map(|(name, addresses)| Profile::new(&name, addresses.iter().map(String::as_str)))
    }

    proptest! {
        #[test]
        fn likeness_has_no_direction_and_nobody_is_more_alike_than_oneself(a in any_profile(), b in any_profile()) {
            let likeness = a.likeness(&b);
            prop_assert_eq!(likeness, b.likeness(&a));
            prop_assert!(likeness.whole <= 100);
            prop_assert!(a.likeness(&a).whole >= likeness.whole || a.words.is_empty() || a.locals.is_empty());
        }
    }
}
