//! Lines that fit a width: broken at white space, never inside an address that a person copies.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns by which all lines but the first are indented more.
const HANG: usize = 2;

/// Returns `text` in lines of at most `width` columns, broken at spaces; all but the first hang by two columns more than
/// the text is indented. A link or a path that is too long for a line has one of its own and stays whole, from the first
/// column on, so that it can be copied. Any other word that is too long is cut.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let words = text.trim_start_matches(' ');
    let indent = text.len() - words.len();
    let hang = " ".repeat(indent + HANG);
    let room = width.saturating_sub(hang.len()).max(1);
    let mut lines = Vec::new();
    let mut current = " ".repeat(indent);
    for word in words.split(' ') {
        if is_copied(word) && word.width() > room {
            if !current.trim().is_empty() {
                lines.push(std::mem::take(&mut current));
            }
            lines.push(word.to_owned());
            current.clone_from(&hang);
            continue;
        }
        for piece in pieces(word, room) {
            let is_begun = !current.trim().is_empty();
            if is_begun && current.width() + 1 + piece.width() > width {
                lines.push(std::mem::replace(&mut current, hang.clone()));
            } else if is_begun {
                current.push(' ');
            }
            current.push_str(&piece);
        }
    }
    if !current.trim().is_empty() || lines.is_empty() {
        lines.push(current);
    }
    lines
}

/// Reports whether a word is a link or a path.
fn is_copied(word: &str) -> bool {
    word.contains(['/', '\\'])
}

/// Returns a word in pieces of at most `room` columns; a letter that is wider is a piece of its own.
pub fn pieces(word: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut filled = 0;
    for c in word.chars() {
        let wide = c.width().unwrap_or(0);
        if filled > 0 && filled + wide > room {
            pieces.push(String::new());
            filled = 0;
        }
        filled += wide;
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn lines_are_broken_at_spaces_and_hang() {
        assert_eq!(wrapped("one two three four", 9), ["one two", "  three", "  four"]);
        assert_eq!(wrapped("  one two", 7), ["  one", "    two"]);
        assert_eq!(wrapped("", 9), [""]);
        assert_eq!(wrapped("山田太 山田", 9), ["山田太", "  山田"]);
    }

    #[test]
    fn a_long_link_stays_whole_on_a_line_of_its_own() {
        let link = "https://login.example/one/two/three";
        assert_eq!(wrapped(&format!("consents at {link}"), 20), ["consents at", link]);
        assert_eq!(wrapped(&format!("at {link} once more"), 20), ["at", link, "  once more"]);
        assert_eq!(wrapped("at https://a.example now", 40), ["at https://a.example now"]);
        assert_eq!(wrapped("abcdefghij", 6), ["abcd", "  efgh", "  ij"]);
    }
}
