//! Email addresses and user names: the one spelling in which they compare, and which texts are addresses at all.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::visible::clean;

/// Returns the spelling in which addresses compare: lower-case, composed, without outer space and invisible
/// characters, the domain as it travels in mail (punycode).
///
/// Dots and `+tags` count, because on most servers they reach different people.
pub fn normalise(address: &str) -> Cow<'_, str> {
    let text = clean(address);
    if text.is_ascii() {
        let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if is_lower { text } else { Cow::Owned(text.to_ascii_lowercase()) };
    }
    let text = clean(&text.to_lowercase().nfc().collect::<String>()).into_owned();
    Cow::Owned(match text.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", as_sent(domain)),
        None => text,
    })
}

/// Is true if both addresses are the same.
pub fn same(a: &str, b: &str) -> bool {
    a == b || normalise(a) == normalise(b)
}

/// Is true if a text is an address.
///
/// An address has one `@` between a local part without foreign signs and a domain of letters, digits, hyphens and
/// dots. A text with something around an address is none: nothing is repaired.
pub fn is_usable(address: &str) -> bool {
    is_address(&normalise(address))
}

/// Returns the address in the spelling for comparing, if it is usable.
pub fn key(address: &str) -> Option<Cow<'_, str>> {
    let normal = normalise(address);
    is_address(&normal).then_some(normal)
}

/// Returns the domain of a usable address, in the spelling for comparing.
pub fn domain(address: &str) -> Option<Cow<'_, str>> {
    match key(address)? {
        Cow::Borrowed(address) => domain_of(address).map(Cow::Borrowed),
        Cow::Owned(address) => domain_of(&address).map(|domain| Cow::Owned(domain.to_owned())),
    }
}

/// Returns the domain of an address that is in the spelling for comparing.
pub fn domain_of(address: &str) -> Option<&str> {
    address.split_once('@').map(|(_, domain)| domain)
}

/// Returns a domain in the spelling for comparing; an `@` before it does not count.
pub fn domain_key(domain: &str) -> String {
    let text = clean(domain).to_lowercase();
    as_sent(text.trim_start_matches('@').trim())
}

/// Returns every spelling under which a service may keep the address: the one for comparing, and, where the domain
/// is not ASCII alone, the one that people read.
pub fn spellings(address: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let normal = normalise(address);
    let read =
        normal.rsplit_once('@').filter(|(_, domain)| domain.contains("xn--")).map(|(local, domain)| {
            let (read, result) = idna::domain_to_unicode(domain);
            format!("{local}@{}", if result.is_ok() { read.as_str() } else { domain })
        });
    let read = read.filter(|read| *read != normal);
    std::iter::once(normal).chain(read.map(Cow::Owned))
}

/// Is true if `text` is part of an address, in any of its spellings.
///
/// Its case does not count, and its domain may be spelled as people read it or as it travels in mail.
pub fn mentions(address: &str, text: &str) -> bool {
    let lower = text.to_lowercase().nfc().collect::<String>();
    let sought = [normalise(text), clean(&lower)];
    spellings(address).any(|spelling| sought.iter().any(|text| spelling.contains(&**text)))
}

/// Returns the addresses that stand in a text which is no address itself, each once: `<ann@contoso.example>`,
/// `mailto:ann@contoso.example`, or two with a semicolon between them.
pub fn inside(text: &str) -> Vec<String> {
    if is_usable(text) {
        return Vec::new();
    }
    // One between two letters is meant for the apostrophe in `pat.o'neil`; one around an address goes with the rest.
    let as_typed = |c: char| match c {
        c if is_apostrophe(c) => '\'',
        c if is_hyphen(c) => '-',
        c => c,
    };
    let text: String = unescaped(clean(text).to_lowercase()).nfc().map(as_typed).collect();
    let at_signs = text.match_indices('@').map(|(at, _)| (&text[..at], &text[at + 1..]));
    let addresses = at_signs.filter_map(|(before, after)| {
        let local = &before[before.trim_end_matches(is_local).len()..];
        let domain = &after[..after.len() - after.trim_start_matches(is_of_domain).len()];
        let (local, domain) = (local.trim_start_matches(is_around), domain.trim_matches(['.', '-']));
        key(&format!("{local}@{domain}")).map(Cow::into_owned)
    });
    let mut found: Vec<String> = addresses.collect();
    found.sort();
    found.dedup();
    found
}

/// Returns a lower-case text without what a web page or a link puts in the place of signs around an address.
fn unescaped(text: String) -> String {
    const ESCAPES: [(&str, &str); 6] =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&nbsp;", " "), ("&#160;", " "), ("%20", " ")];
    ESCAPES.iter().fold(
        text,
        |text, (escape, sign)| {
            if text.contains(escape) { text.replace(escape, sign) } else { text }
        },
    )
}

/// Is true if an address that has something around it may hold the sign before its `@`.
fn is_local(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !is_foreign(c) && !"/|?=@".contains(c)
}

/// Is true if the sign can be one of a domain, as people read it.
fn is_of_domain(c: char) -> bool {
    c.is_alphanumeric() || c == '.' || c == '-' || is_combining_mark(c)
}

/// Is true if the sign is one that people put before an address rather than at its beginning.
fn is_around(c: char) -> bool {
    ".-'`!*#%&$~^+".contains(c)
}

/// Is true if no address holds the sign: such signs separate several, or surround one.
fn is_foreign(c: char) -> bool {
    matches!(c, '<' | '>' | ',' | ';' | ':' | '"' | '(' | ')' | '[' | ']' | '\\')
        || matches!(c, '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›' | '‚')
        || is_apostrophe(c)
        || is_hyphen(c)
}

/// Is true if programs put the sign in the place of the hyphen on the keyboard.
fn is_hyphen(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Is true if people or programs put the sign in the place of the apostrophe on the keyboard.
fn is_apostrophe(c: char) -> bool {
    matches!(c, '‘' | '’' | '‛' | '´' | 'ʼ' | '′' | '＇')
}

/// Is true if a text in the spelling for comparing is an address.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !is_foreign(c);
    // A spreadsheet puts an apostrophe before what it is to take for a text.
    !local.starts_with('\'')
        && local.split('.').all(|part| !part.is_empty())
        && local.chars().all(plain)
        && is_domain(domain)
}

/// Is true if a domain, as it travels, has nothing but labels that a domain can have.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let signs = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && signs && !label.starts_with('-') && !label.ends_with('-')
    };
    domain.split('.').all(is_label)
}

/// Returns the domain as it travels in mail; one that cannot travel stays as it is.
fn as_sent(domain: &str) -> String {
    // What was typed for a hyphen would be a part of another domain.
    if domain.is_ascii() || domain.contains(is_hyphen) {
        return domain.to_owned();
    }
    let sent = idna::domain_to_ascii(domain).ok().filter(|sent| is_domain(sent));
    sent.unwrap_or_else(|| domain.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_outer_space_do_not_matter_but_dots_and_tags_do() {
        assert!(same(" Ann@Contoso.example ", "ann@contoso.example"));
        assert!(!same("a.nn@contoso.example", "ann@contoso.example"));
        assert!(!same("ann+x@contoso.example", "ann@contoso.example"));
    }

    #[test]
    fn characters_that_cannot_be_seen_do_not_matter() {
        for hidden in ["\u{200b}", "\u{feff}", "\u{a0}", "\u{ad}", "\u{202a}", "\u{2060}"] {
            assert!(same(&format!("ann@contoso.example{hidden}"), "ann@contoso.example"), "{hidden:?}");
            assert!(same(&format!("{hidden}ann@contoso.example"), "ann@contoso.example"), "{hidden:?}");
        }
        assert_eq!(key("an\u{200d}n@con\u{200b}toso.example").as_deref(), Some("ann@contoso.example"));
    }

    #[test]
    fn a_domain_is_the_same_in_both_of_its_spellings() {
        assert!(same("jo@b\u{fc}cher.example", "jo@xn--bcher-kva.example"));
        assert!(same("jo@BU\u{308}CHER.example", "jo@XN--bcher-KVA.example"));
        assert_eq!(domain("jo@bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(domain_key("@Bücher.example "), "xn--bcher-kva.example");
        let spelled = |address| spellings(address).map(Cow::into_owned).collect::<Vec<_>>();
        assert_eq!(spelled("Jo@bücher.example"), ["jo@xn--bcher-kva.example", "jo@bücher.example"]);
        assert_eq!(spelled("jo@xn--bcher-kva.example"), spelled("jo@bücher.example"));
        assert_eq!(spelled("Jo@contoso.example"), ["jo@contoso.example"]);
    }

    #[test]
    fn a_part_of_an_address_is_found_in_any_spelling() {
        for text in [
            "jo@bücher.example",
            "JO@BÜCHER.example",
            "jo@xn--bcher-kva.example",
            "@büch",
            "bücher.ex",
            "xn--bcher",
        ] {
            for address in ["jo@bücher.example", "Jo@xn--bcher-kva.example"] {
                assert!(mentions(address, text), "{address} {text}");
            }
        }
        assert!(mentions("ann@contoso.example", " ANN@contoso"));
        assert!(!mentions("ann@contoso.example", "bob"));
    }

    #[test]
    fn an_address_needs_one_at_sign_between_two_parts() {
        for good in
            ["a@b", " ann@contoso.example\n", "o'neil@contoso.example", "ærlig@contoso.example", "a@1.b-c.d"]
        {
            assert!(is_usable(good), "{good:?}");
        }
        for bad in ["", "ann", "@b", "a@", "a@b@c", "a b@c", "a@b c", "n/a", "a@\u{a0}b", ".a@b", "a..b@c"] {
            assert!(!is_usable(bad), "{bad:?}");
        }
    }

    #[test]
    fn what_has_something_around_it_is_no_address_but_shows_which_it_holds() {
        for text in [
            "ann@contoso.example,",
            "<ann@contoso.example>",
            "mailto:ann@contoso.example",
            "ann@contoso.example.",
            "ann@contoso.example-",
            "\"ann@contoso.example\"",
            "'ann@contoso.example'",
            "'ann@contoso.example",
            "‘ann@contoso.example’",
            "’ann@contoso.example",
            "Ann Lee <Ann@contoso.example>",
            "(ann@contoso.example)",
            "ann@contoso.example;",
            "SMTP:ann@contoso.example",
            "”ann@contoso.example“",
            "mailto:ann@contoso.example?subject=x",
            "ann@contoso.example*",
            "*Ann@contoso.example*",
            "ann@contoso.example&nbsp;",
            "&lt;ann@contoso.example&gt;",
            "ann@contoso.example%20",
            "ann@contoso.example_old",
        ] {
            assert!(!is_usable(text), "{text:?}");
            assert_eq!(inside(text), ["ann@contoso.example"], "{text:?}");
        }
        for text in ["a@-b.c", "a@b-.c", "a@b..c", "a@b_c.d", "a\\b@c.d", "a@b.c/"] {
            assert!(!is_usable(text), "{text:?}");
        }
        assert_eq!(
            inside("two@contoso.example; too@home.example"),
            ["too@home.example", "two@contoso.example"]
        );
        for text in
            ["pat.o’neil@contoso.example", "<Pat.OʼNeil@contoso.example>", "‘pat.o´neil@contoso.example’"]
        {
            assert!(!is_usable(text), "{text:?}");
            assert_eq!(inside(text), ["pat.o'neil@contoso.example"], "{text:?}");
        }
        for text in ["mary‑ann@contoso.example", "mary–ann@contoso.example", "<mary−ann@contoso.example>"]
        {
            assert!(!is_usable(text), "{text:?}");
            assert_eq!(inside(text), ["mary-ann@contoso.example"], "{text:?}");
        }
        assert!(!is_usable("ann@my‐company.example"));
        assert_eq!(inside("ann@my‐company.example"), ["ann@my-company.example"]);
        assert_eq!(inside("jo@bücher.example,"), ["jo@xn--bcher-kva.example"]);
        assert_eq!(inside("ann@contoso.example"), [""; 0], "an address has nothing around it");
        assert_eq!(inside("n/a"), [""; 0]);
    }

    #[test]
    fn the_domain_is_what_stands_behind_the_at_sign() {
        assert_eq!(domain("Ann@Contoso.Example").as_deref(), Some("contoso.example"));
        assert_eq!(domain("ann"), None);
    }

    fn any_address() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,12}",
            "[ a-zA-ZÆİßΣ@.\t]{0,10}",
            "[abü\u{308}\u{200b}\u{ad}]{1,3}@[abüBÜß\u{308}\u{200b}。.-]{1,6}",
        ]
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(text in any_address()) {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once.as_ref());
        }

        #[test]
        fn a_usable_address_stays_usable_and_has_a_domain(text in any_address()) {
            prop_assert_eq!(is_usable(&text), is_usable(&normalise(&text)));
            prop_assert_eq!(is_usable(&text), domain(&text).is_some());
            let once = key(&text);
            prop_assert_eq!(once.as_deref().and_then(key), once.clone());
        }

        #[test]
        fn every_spelling_of_an_address_is_that_address(text in any_address()) {
            for spelling in spellings(&text) {
                prop_assert!(same(&spelling, &text), "{:?} {:?}", spelling, text);
            }
        }

        #[test]
        fn being_the_same_has_no_direction_and_carries_on(
            a in any_address(), b in any_address(), hidden in "[\u{200b}\u{feff} ]{0,2}",
        ) {
            let other = format!("{hidden}{}", a.to_uppercase());
            prop_assert_eq!(same(&a, &b), same(&b, &a));
            prop_assert!(same(&a, &a));
            if same(&a, &other) {
                prop_assert_eq!(same(&a, &b), same(&other, &b));
                prop_assert_eq!(key(&a), key(&other));
            }
        }
    }
}
