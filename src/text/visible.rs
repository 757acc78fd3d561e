//! What a person sees of a text: the form in which texts are kept and written, and the form in which they compare.
//!
//! Pasting from a web page, a chat or a spreadsheet brings along characters that nothing shows. They make two
//! values of one, so they go. Characters that look invisible but shape what is beside them stay where a script
//! or a picture needs them.
//!
//! [`shown`] is the form for one line of output, and [`escaped`] the last gate before a terminal: what cannot be seen
//! leaves it as `\u202e`, which is the same text for a reader of JSON.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Keeps two letters from joining, or joins two pictures.
const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';

/// Asks for a picture in colour.
const AS_PICTURE: char = '\u{fe0f}';

/// The flag that tag characters turn into another one, and the character that ends them.
const FLAG: char = '\u{1f3f4}';
const LAST_TAG: char = '\u{e007f}';

/// Returns the text as it is kept and written: without characters that cannot be seen, with one space where any white
/// space is, and none around it.
///
/// Accents stay in the form in which they were typed.
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    // A character that goes may bring two others together that then look different.
    let mut text = Cow::Borrowed(text);
    loop {
        let cleaner = without_idle_joiners(&spaced(&text));
        if cleaner == *text {
            return text;
        }
        text = Cow::Owned(cleaner);
    }
}

/// Returns the form in which two texts are the same exactly if a person sees no difference between them.
pub fn looks(text: &str) -> Cow<'_, str> {
    let mut text = clean(text);
    while !text.is_ascii() && !looks_like_itself(&text) {
        let shown = text.chars().filter(|c| !is_variation(*c)).map(|c| match c {
            // The hyphens that a word processor puts in the place of the typed one.
            '\u{2010}' | '\u{2011}' => '-',
            c => c,
        });
        let simpler = clean(&shown.nfc().collect::<String>()).into_owned();
        if simpler == *text {
            break;
        }
        text = Cow::Owned(simpler);
    }
    text
}

/// Is true if a clean text is at first sight the form in which it compares, as nearly all texts with accents are.
fn looks_like_itself(text: &str) -> bool {
    let stays = |c: char| !is_variation(c) && !matches!(c, '\u{2010}' | '\u{2011}');
    text.chars().all(stays) && is_nfc_quick(text.chars()) == IsNormalized::Yes
}

/// Returns the text as one line of output shows it: what cannot be seen is gone, and breaks of lines and tabs are
/// spaces.
///
/// Other white space stays as it is.
pub fn shown(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    let breaks = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{2800}');
    let mut line: String = text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
    loop {
        let visible: String = line.chars().filter(|c| !is_invisible(*c)).collect();
        let shorter = without_idle_joiners(&visible);
        if shorter == line {
            return line;
        }
        line = shorter;
    }
}

/// Returns the output with every character that cannot be seen, or on which a terminal would act, as `\u` and four
/// hexadecimal digits.
///
/// Breaks of lines (also CR LF, as in CSV) and colours stay. JSON that was escaped holds the same data as before.
pub fn escaped(output: &str) -> Cow<'_, str> {
    let is_printable = |byte: u8| (b' '..=b'~').contains(&byte) || byte == b'\n';
    if output.bytes().all(is_printable) {
        return Cow::Borrowed(output);
    }
    let all: Vec<char> = output.chars().collect();
    let mut kept = String::with_capacity(output.len());
    let mut before: Vec<char> = Vec::new();
    let mut at = 0;
    while let Some(c) = all.get(at).copied() {
        let color = color(&all[at..]);
        if color > 0 {
            kept.extend(&all[at..at + color]);
            before.clear();
            at += color;
            continue;
        }
        let ends_a_line = c == '\n' || (c == '\r' && all.get(at + 1) == Some(&'\n'));
        let hidden = !ends_a_line && (is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}' | '\u{2800}'));
        if hidden || !stays(&all, at, &before) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(kept, "\\u{unit:04x}"); // writing to a String cannot fail
            }
        } else {
            kept.push(c);
            before.push(c);
        }
        at += 1;
    }
    Cow::Owned(kept)
}

/// Returns how many characters at the beginning are one order to a terminal that changes colours; 0 if none.
fn color(text: &[char]) -> usize {
    let ['\u{1b}', '[', order @ ..] = text else { return 0 };
    let numbers = order.iter().take_while(|c| c.is_ascii_digit() || **c == ';').count();
    if order.get(numbers) == Some(&'m') { numbers + 3 } else { 0 }
}

/// Is true if the text is clean at first sight, as nearly all texts are: printable ASCII and letters of Europe, with
/// one space between any two words.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    // All bytes are looked at, which takes less time than to stop at one.
    if bytes.iter().fold(true, |plain, byte| plain & (b' '..=b'~').contains(byte)) {
        let around = bytes.first() == Some(&b' ') || bytes.last() == Some(&b' ');
        let twos = bytes.iter().zip(&bytes[1.min(bytes.len())..]);
        // Of printable signs, only two spaces have no further bit.
        return !around && twos.map(|(one, next)| one | next).fold(u8::MAX, u8::min) != b' ';
    }
    let is_letter = |c: char| matches!(c, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{52f}');
    let mut before = ' ';
    for c in text.chars() {
        if !(matches!(c, ' '..='~') || is_letter(c)) || (c == ' ' && before == ' ') {
            return false;
        }
        before = c;
    }
    before != ' ' || text.is_empty()
}

/// Returns the text without what is never seen, and with one space for every run of white space.
fn spaced(text: &str) -> String {
    let seen: String = text
        .chars()
        .filter(|c| c.is_whitespace() || !is_invisible(*c))
        .map(|c| if is_space(c) { ' ' } else { c })
        .collect();
    seen.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Is true for white space of any kind, and for the pattern of dots without a dot.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}'
}

/// Is true if the character shows nothing, wherever it is: control characters, marks of direction, zero width,
/// soft hyphens, fillers, marks of order and annotation, and code points that are no characters.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fdd0}'..='\u{fdef}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e001f}'
            | '\u{e0080}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Returns the text without joiners, variations and tags that change nothing where they are.
fn without_idle_joiners(text: &str) -> String {
    let all: Vec<char> = text.chars().collect();
    let mut kept: Vec<char> = Vec::with_capacity(all.len());
    for (at, c) in all.iter().copied().enumerate() {
        if stays(&all, at, &kept) {
            kept.push(c);
        }
    }
    kept.into_iter().collect()
}

/// Is true if the character at `at`, behind what was `kept`, is anything but a joiner, variation or tag that changes
/// nothing there.
fn stays(all: &[char], at: usize, kept: &[char]) -> bool {
    let c = all[at];
    if !is_shaping(c) {
        return true;
    }
    let next = all[at + 1..].iter().copied().find(|next| !is_shaping(*next));
    match c {
        NON_JOINER | JOINER => joins(kept, c, next),
        c if is_variation(c) => kept.last().is_some_and(|last| varies(*last, c, next)),
        _ => tags_a_flag(all, at),
    }
}

/// Is true if the character only shapes others.
fn is_shaping(c: char) -> bool {
    matches!(c, NON_JOINER | JOINER) || is_variation(c) || is_tag(c)
}

fn is_variation(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

/// Is true if a joiner behind `before` shapes what is around it: pictures that become one, a letter whose form it
/// changes, or a vowel killer that it tells how to show itself.
fn joins(before: &[char], joiner: char, next: Option<char>) -> bool {
    let Some(last) = before.last().copied() else { return false };
    if is_killer(last) {
        return true;
    }
    if joiner == JOINER && next.is_some_and(is_picture) {
        let base = before.iter().rev().find(|c| !is_variation(**c));
        return base.is_some_and(|base| is_picture(*base));
    }
    let base = before.iter().rev().copied().find(|c| !is_point(*c));
    base.is_some_and(joins_onwards) && next.is_some_and(is_cursive)
}

/// Is true if a variation changes the character before it.
fn varies(before: char, variation: char, next: Option<char>) -> bool {
    match variation {
        '\u{fe0e}' | AS_PICTURE => {
            is_picture(before) || (matches!(before, '0'..='9' | '#' | '*') && next == Some('\u{20e3}'))
        }
        '\u{fe00}'..='\u{fe0d}' => before > '\u{fff}' && !is_space(before) && !is_shaping(before),
        '\u{e0100}'..='\u{e01ef}' => is_ideograph(before),
        _ => matches!(before, '\u{1820}'..='\u{18aa}'),
    }
}

/// Is true if the tag belongs to a flag: a run of tags right behind it that ends as such a run must.
fn tags_a_flag(all: &[char], at: usize) -> bool {
    let begin = all[..at].iter().rposition(|c| !is_tag(*c));
    let run = all[at..].iter().take_while(|c| is_tag(**c)).count();
    let first_end = begin.and_then(|begin| all[begin..at + run].iter().position(|c| *c == LAST_TAG));
    begin.is_some_and(|begin| all[begin] == FLAG && first_end == Some(at + run - 1 - begin))
        && begin.is_some_and(|begin| at + run - begin > 2)
}

fn is_picture(c: char) -> bool {
    matches!(c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{20e3}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2460}'..='\u{27bf}' | '\u{2900}'..='\u{297f}'
        | '\u{2b00}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}')
}

/// Letters of scripts that are written joined.
fn is_cursive(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{6d3}' | '\u{6d5}' | '\u{6ee}' | '\u{6ef}'
        | '\u{6fa}'..='\u{6ff}' | '\u{710}'..='\u{72f}' | '\u{74d}'..='\u{77f}' | '\u{7ca}'..='\u{7ea}'
        | '\u{840}'..='\u{858}' | '\u{860}'..='\u{88e}' | '\u{8a0}'..='\u{8c9}' | '\u{1820}'..='\u{18aa}'
        | '\u{a840}'..='\u{a873}' | '\u{10d00}'..='\u{10d23}' | '\u{1e900}'..='\u{1e943}')
}

/// Is true if the letter joins the one behind it, so that a joiner there can be seen.
fn joins_onwards(c: char) -> bool {
    let never = matches!(c, '\u{621}'..='\u{625}' | '\u{627}' | '\u{629}' | '\u{62f}'..='\u{632}' | '\u{648}'
        | '\u{671}'..='\u{677}' | '\u{688}'..='\u{699}' | '\u{6c0}' | '\u{6c3}'..='\u{6cb}' | '\u{6cd}'
        | '\u{6cf}' | '\u{6d2}' | '\u{6d3}' | '\u{6d5}' | '\u{6ee}' | '\u{6ef}');
    is_cursive(c) && !never
}

/// Points above and below the letters of such scripts: they come between two letters and join nothing.
fn is_point(c: char) -> bool {
    matches!(c, '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}'
        | '\u{6e8}' | '\u{6ea}'..='\u{6ed}' | '\u{711}' | '\u{730}'..='\u{74a}' | '\u{8ca}'..='\u{8ff}')
}

/// Signs that take the vowel from an Indic letter.
fn is_killer(c: char) -> bool {
    matches!(
        c,
        '\u{94d}'
            | '\u{9cd}'
            | '\u{a4d}'
            | '\u{acd}'
            | '\u{b4d}'
            | '\u{bcd}'
            | '\u{c4d}'
            | '\u{ccd}'
            | '\u{d3b}'
            | '\u{d3c}'
            | '\u{d4d}'
            | '\u{dca}'
            | '\u{1039}'
            | '\u{103a}'
            | '\u{17d2}'
            | '\u{1a60}'
            | '\u{1b44}'
            | '\u{1baa}'
            | '\u{a806}'
            | '\u{a8c4}'
            | '\u{a953}'
            | '\u{a9c0}'
            | '\u{aaf6}'
            | '\u{11046}'
            | '\u{110b9}'
            | '\u{11133}'
            | '\u{111c0}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns a text of few characters that meet each other in every way that matters here.
    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ab e\u{301}\u{a0}\u{ad}\u{200b}-\u{200f}\u{2060}\u{feff}\u{7}\t]{0,10}",
            "[بام\u{64e}\u{200c}\u{200d}\u{200b} क\u{94d}ष\u{fe0f}]{0,10}",
            "[👩🚀\u{200d}\u{fe0f}\u{1f3fb}1#\u{20e3}\u{1f3f4}\u{e0067}\u{e007f} \u{2800}]{0,10}",
            "[葛\u{e0100}\u{fe00}\u{180b}\u{1820}\u{1100}\u{1161}\u{1160}\u{3164}]{0,8}",
            any::<String>(),
        ]
    }

    #[test]
    fn what_nothing_shows_goes_wherever_it_stands() {
        for hidden in [
            "\u{200b}",
            "\u{200e}",
            "\u{202e}",
            "\u{2060}",
            "\u{feff}",
            "\u{ad}",
            "\u{61c}",
            "\u{2068}",
            "\u{180e}",
            "\u{3164}",
            "\u{ffa0}",
            "\u{115f}",
            "\u{34f}",
            "\u{e0041}",
            "\u{fe0f}",
            "\u{200d}",
            "\u{200c}",
            "\u{7}",
            "\u{9b}",
            "\u{fffa}",
            "\u{ffff}",
            "\u{e0100}",
            "\u{17b4}",
        ] {
            let text = format!("{hidden}Zed {hidden}Ze{hidden}ro{hidden}");
            assert_eq!(clean(&text), "Zed Zero", "{hidden:?}");
            assert_eq!(clean(hidden), "", "{hidden:?}");
        }
    }

    #[test]
    fn white_space_of_any_kind_is_one_space() {
        for space in [
            "\u{a0}", "\u{202f}", "\u{2003}", "\u{3000}", "\t", "\r\n", "\u{2028}", "\u{85}", "  ",
            "\u{2800}",
        ] {
            assert_eq!(clean(&format!("{space}Mary{space}Ann{space}")), "Mary Ann", "{space:?}");
        }
    }

    #[test]
    fn joiners_stay_where_a_script_or_a_picture_needs_them() {
        let kept = [
            "می\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
            "ന\u{d4d}\u{200d}",
            "👩\u{200d}🚀",
            "👩🏽\u{200d}⚕\u{fe0f}",
            "❤\u{fe0f}\u{200d}🔥",
            "1\u{fe0f}\u{20e3}",
            "葛\u{e0100}城",
            "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
        ];
        for text in kept {
            assert_eq!(clean(text), text, "{text:?}");
        }
        assert_eq!(clean("Ann\u{200d} Lee\u{200c}"), "Ann Lee");
        assert_eq!(clean("ا\u{200c}ب"), "اب", "an alef joins nothing behind it");
        assert_eq!(clean("🏴\u{e0067}"), "🏴");
    }

    #[test]
    fn a_line_of_output_shows_what_can_be_seen_where_it_stood() {
        assert_eq!(shown("a\u{1b}[31mb\u{202e}c\r\nd\u{9b}e"), "a[31mbc  de");
        assert_eq!(shown("A\u{200b}n\u{200c}n\u{200d} L\u{2060}e\u{ad}e\u{e0041}\u{3164}"), "Ann Lee");
        assert_eq!(shown("  Zoë\u{a0}Łuczak 山田 👩\u{200d}🚀 "), "  Zoë\u{a0}Łuczak 山田 👩\u{200d}🚀 ");
        assert_eq!(shown("a\u{2028}b\u{85}c\u{2800}d"), "a b c d");
    }

    #[test]
    fn what_is_escaped_is_the_same_to_json_and_keeps_its_colours() {
        let colored = "\u{1b}[1;31merror\u{1b}[0m: ok\n";
        assert_eq!(escaped(colored), colored);
        assert_eq!(escaped("\u{1b}]0;title\u{7} \u{1b}[2J"), "\\u001b]0;title\\u0007 \\u001b[2J");
        assert_eq!(
            escaped("a\u{202e}\u{e0041}\u{9b}\u{2028}\u{200d}\r"),
            "a\\u202e\\udb40\\udc41\\u009b\\u2028\\u200d\\u000d"
        );
        assert_eq!(escaped("a,b\r\nc\rd\n\r"), "a,b\r\nc\\u000dd\n\\u000d");
        assert_eq!(escaped("👩\u{200d}🚀 می\u{200c}خواهم"), "👩\u{200d}🚀 می\u{200c}خواهم");
    }

    #[test]
    fn texts_that_look_alike_are_one() {
        let pairs = [
            ("Zed\u{200b}", "Zed"),
            ("Mary\u{a0}Ann", "Mary Ann"),
            ("Jose\u{301}", "José"),
            ("❤\u{fe0f}", "❤"),
            ("Smith\u{2011}Jones", "Smith-Jones"),
            ("A\u{30a}se", "\u{212b}se"),
        ];
        for (a, b) in pairs {
            assert_eq!(looks(a), looks(b), "{a:?} {b:?}");
        }
        assert_ne!(looks("می\u{200c}خواهم"), looks("میخواهم"));
        assert_ne!(looks("Ann Lee"), looks("AnnLee"));
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(text in any_text()) {
            let once = clean(&text);
            prop_assert_eq!(clean(&once), once.as_ref());
        }

        #[test]
        fn what_is_clean_holds_nothing_that_cannot_be_seen(text in any_text()) {
            let clean = clean(&text);
            prop_assert!(!clean.chars().any(is_invisible), "{:?}", clean);
            prop_assert!(!clean.chars().any(|c| c != ' ' && is_space(c)), "{:?}", clean);
            prop_assert_eq!(clean.trim(), clean.as_ref());
            prop_assert!(!clean.contains("  "));
        }

        #[test]
        fn no_line_of_output_holds_what_cannot_be_seen(text in any_text()) {
            let line = shown(&text);
            prop_assert!(!line.chars().any(is_invisible), "{:?}", line);
            prop_assert_eq!(shown(&line), line.clone());
            prop_assert_eq!(&escaped(&line), &line);
        }

        #[test]
        fn escaping_changes_no_data(text in any_text()) {
            let json = serde_json::Value::from(text).to_string();
            let escaped = escaped(&json);
            let same = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
            prop_assert_eq!(same(&escaped), same(&json));
            prop_assert!(!escaped.chars().any(is_invisible), "{:?}", escaped);
        }

        #[test]
        fn looking_at_what_was_seen_shows_the_same(text in any_text()) {
            let once = looks(&text);
            prop_assert_eq!(looks(&once), once.as_ref());
            prop_assert!(looks(&clean(&text)) == once);
        }

        #[test]
        fn hidden_characters_never_matter(text in "[a-zé ]{1,8}", hidden in "[\u{200b}\u{200e}\u{feff}\u{ad}\u{2060}]", at in 0_usize..8) {
            let mut pasted: Vec<char> = text.chars().collect();
            pasted.insert(at.min(pasted.len()), hidden.chars().next().unwrap_or_default());
            let pasted: String = pasted.into_iter().collect();
            prop_assert_eq!(clean(&pasted), clean(&text));
        }
    }
}
