//! A line that a person types on the terminal: shown once, however long it is, and taken off the screen if it is refused.

use std::io;

use dialoguer::console::{Key, Term};
use unicode_width::UnicodeWidthChar as _;

use crate::text::wrap::wrapped;

/// What takes the line away that was typed so far.
const CTRL_U: char = '\u{15}';

/// A line on its way, and where the cursor is in it.
struct Line {
    prompt: String,
    typed: Vec<char>,
    at: usize,
    columns: usize,
}

/// Asks for a line until `refusal` has nothing against it. What is refused vanishes, as it may be a secret that was
/// pasted into the wrong place; the reason is shown instead.
///
/// # Errors
/// A terminal that is gone, or an interrupt.
pub(super) fn line(prompt: &str, refusal: &dyn Fn(&str) -> Option<String>) -> io::Result<String> {
    let term = Term::stderr();
    if !term.is_term() {
        return Err(io::Error::new(io::ErrorKind::NotConnected, "not a terminal"));
    }
    let columns = usize::from(term.size().1).max(20);
    loop {
        let mut line = Line { prompt: prompt.to_owned(), typed: Vec::new(), at: 0, columns };
        let mut row = line.draw(&term, 0)?;
        loop {
            let over = line.take(&term.read_key()?);
            if over {
                break;
            }
            row = line.draw(&term, row)?;
        }
        let typed: String = line.typed.iter().collect();
        let Some(why) = refusal(&typed) else {
            line.at = line.typed.len();
            line.draw(&term, row)?;
            term.write_line("")?;
            return Ok(typed);
        };
        to_the_top(&term, row)?;
        wrapped(&why, columns).iter().try_for_each(|text| term.write_line(text))?;
    }
}

/// Takes everything from the first row of a line on off the screen; the cursor is on its row `row`.
fn to_the_top(term: &Term, row: usize) -> io::Result<()> {
    if row > 0 {
        term.move_cursor_up(row)?;
    }
    term.write_str("\r")?;
    term.clear_to_end_of_screen()
}

impl Line {
    /// Takes a key. Returns whether the line is typed.
    fn take(&mut self, key: &Key) -> bool {
        match key {
            Key::Enter => return true,
            Key::Backspace if self.at > 0 => {
                self.at -= 1;
                self.typed.remove(self.at);
            }
            Key::Del if self.at < self.typed.len() => drop(self.typed.remove(self.at)),
            Key::ArrowLeft => self.at = self.at.saturating_sub(1),
            Key::ArrowRight => self.at = (self.at + 1).min(self.typed.len()),
            Key::Home => self.at = 0,
            Key::End => self.at = self.typed.len(),
            Key::Char(CTRL_U) => {
                self.typed.clear();
                self.at = 0;
            }
            Key::Char(c) if !c.is_control() => {
                self.typed.insert(self.at, *c);
                self.at += 1;
            }
            _ => {}
        }
        false
    }

    /// Returns the rows that the line takes, and the row and column of the cursor. No row is full: what a terminal does
    /// at the end of a full one differs.
    fn rows(&self) -> (Vec<String>, (usize, usize)) {
        let mut rows = vec![String::new()];
        let mut filled = 0;
        let mut cursor = (0, 0);
        let before = self.prompt.chars().count();
        for (place, c) in self.prompt.chars().chain(self.typed.iter().copied()).enumerate() {
            let wide = c.width().unwrap_or(0);
            if filled + wide >= self.columns {
                rows.push(String::new());
                filled = 0;
            }
            if place == before + self.at {
                cursor = (rows.len() - 1, filled);
            }
            filled += wide;
            if let Some(last) = rows.last_mut() {
                last.push(c);
            }
        }
        if self.at == self.typed.len() {
            cursor = (rows.len() - 1, filled);
        }
        (rows, cursor)
    }

    /// Shows the line in the place where its first row is, `row` rows above the cursor. Returns the cursor's row.
    fn draw(&self, term: &Term, row: usize) -> io::Result<usize> {
        let (rows, (down, right)) = self.rows();
        to_the_top(term, row)?;
        term.write_str(&rows.join("\n"))?;
        let up = rows.len() - 1 - down;
        if up > 0 {
            term.move_cursor_up(up)?;
        }
        term.write_str("\r")?;
        if right > 0 {
            term.move_cursor_right(right)?;
        }
        term.flush()?;
        Ok(down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[Key]) -> Line {
        let mut line = Line { prompt: "> ".to_owned(), typed: Vec::new(), at: 0, columns: 8 };
        for key in keys {
            assert!(!line.take(key));
        }
        line
    }

    fn text(line: &str) -> Vec<Key> {
        line.chars().map(Key::Char).collect()
    }

    #[test]
    fn a_long_line_takes_several_rows_and_the_cursor_is_in_the_last() {
        let line = typed(&text("abcdefghijkl"));
        assert_eq!(line.rows(), (vec!["> abcde".to_owned(), "fghijkl".to_owned()], (1, 7)));
        let line = typed(&text("山田太郎"));
        assert_eq!(line.rows(), (vec!["> 山田".to_owned(), "太郎".to_owned()], (1, 4)));
    }

    #[test]
    fn keys_move_and_take_away() {
        let mut keys = text("abcd");
        keys.extend([Key::ArrowLeft, Key::Backspace, Key::Char('x'), Key::Home, Key::Del, Key::ArrowRight]);
        let mut line = typed(&keys);
        assert_eq!((line.typed.iter().collect::<String>().as_str(), line.at), ("bxd", 1));
        assert_eq!(line.rows().1, (0, 3));
        assert!(!line.take(&Key::Char(CTRL_U)) && line.typed.is_empty() && line.at == 0);
        assert!(line.take(&Key::Enter));
    }
}
