//! A list on the terminal, of which a person chooses one by the arrow keys, or by a letter that stands for it.

use std::io;

use dialoguer::console::{Key, Term};
use unicode_width::UnicodeWidthStr as _;

use super::terminal;

/// Columns before an item, and one that stays free: a line that is full wraps on some terminals.
const AROUND: usize = 3;

/// A list, and the item that is marked.
struct List<'a> {
    prompt: String,
    items: &'a [String],
    marked: usize,
    /// Lines and columns of the terminal.
    size: (usize, usize),
}

/// What a key does.
#[derive(Debug, PartialEq, Eq)]
enum Done {
    /// This item is chosen.
    Chosen(usize),
    /// None is.
    Left,
    /// The list goes on.
    Not,
}

/// Asks to choose one of `items`, the first one unless the person moves: its place, or `None` for Esc. `keys` choose an
/// item at once. What was typed before it is shown is no answer.
///
/// # Errors
/// A terminal that is gone, or an interrupt.
pub(super) fn select(prompt: &str, items: &[String], keys: &[(char, usize)]) -> io::Result<Option<usize>> {
    let term = Term::stderr();
    if !term.is_term() {
        return Err(io::Error::new(io::ErrorKind::NotConnected, "not a terminal"));
    }
    let (lines, columns) = term.size();
    let size = (usize::from(lines).max(4), usize::from(columns).max(20));
    let mut list = List { prompt: format!("{prompt}:"), items, marked: 0, size };
    terminal::forget_typed();
    term.hide_cursor()?;
    let chosen = loop {
        let shown = list.shown();
        shown.iter().try_for_each(|line| term.write_line(line))?;
        term.flush()?;
        let done = list.take(&term.read_key()?, keys);
        term.clear_last_lines(list.height(&shown))?;
        match done {
            Done::Chosen(place) => break Some(place),
            Done::Left => break None,
            Done::Not => {}
        }
    };
    let answer = chosen.and_then(|place| items.get(place));
    term.write_line(&answer.map_or_else(|| list.prompt.clone(), |item| format!("{} {item}", list.prompt)))?;
    term.show_cursor()?;
    term.flush()?;
    Ok(chosen)
}

impl List<'_> {
    /// Returns the prompt and as many items as the terminal has room for, the marked one among them.
    fn shown(&self) -> Vec<String> {
        let room = self.size.0.saturating_sub(self.lines(&self.prompt) + 1).max(1);
        let first = self.marked / room * room;
        let mark = |place: usize| if place == self.marked { '>' } else { ' ' };
        let items = self.items.iter().enumerate().skip(first).take(room);
        let items = items.map(|(place, item)| format!("{} {item}", mark(place)));
        std::iter::once(self.prompt.clone()).chain(items).collect()
    }

    /// Returns how many lines of the terminal these take.
    fn height(&self, shown: &[String]) -> usize {
        shown.iter().map(|line| self.lines(line)).sum()
    }

    fn lines(&self, text: &str) -> usize {
        text.width().div_ceil(self.size.1).max(1)
    }

    /// Takes a key.
    fn take(&mut self, key: &Key, keys: &[(char, usize)]) -> Done {
        let last = self.items.len().saturating_sub(1);
        match key {
            Key::ArrowDown | Key::Tab | Key::Char('j') => {
                self.marked = if self.marked == last { 0 } else { self.marked + 1 };
            }
            Key::ArrowUp | Key::BackTab | Key::Char('k') => {
                self.marked = self.marked.checked_sub(1).unwrap_or(last);
            }
            Key::Home => self.marked = 0,
            Key::End => self.marked = last,
            Key::Enter | Key::Char(' ') => return Done::Chosen(self.marked),
            Key::Escape | Key::Char('q') => return Done::Left,
            Key::Char(typed) => {
                let typed = typed.to_ascii_lowercase();
                if let Some((_, place)) = keys.iter().find(|(key, _)| *key == typed) {
                    return Done::Chosen(*place);
                }
            }
            _ => {}
        }
        Done::Not
    }
}

/// Returns how many columns an item may have on a terminal of so many.
pub(super) fn room(columns: usize) -> usize {
    columns.saturating_sub(AROUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[String], size: (usize, usize)) -> List<'_> {
        List { prompt: "Which one:".to_owned(), items, marked: 0, size }
    }

    #[test]
    fn keys_move_choose_and_leave() {
        let items = ["No", "Yes", "Show"].map(ToOwned::to_owned);
        let keys = [('y', 1), ('n', 0)];
        let mut list = list(&items, (24, 80));
        assert_eq!(list.take(&Key::ArrowUp, &keys), Done::Not);
        assert_eq!(list.take(&Key::Enter, &keys), Done::Chosen(2));
        assert_eq!(list.take(&Key::Char('j'), &keys), Done::Not);
        assert_eq!(list.take(&Key::Enter, &keys), Done::Chosen(0));
        assert_eq!(list.take(&Key::Char('Y'), &keys), Done::Chosen(1));
        assert_eq!(list.take(&Key::Char('n'), &keys), Done::Chosen(0));
        assert_eq!(list.take(&Key::Char('x'), &keys), Done::Not);
        assert_eq!(list.take(&Key::Escape, &keys), Done::Left);
    }

    #[test]
    fn a_list_longer_than_the_screen_shows_the_part_with_the_marked_item() {
        let items: Vec<String> = (0..10).map(|number| number.to_string()).collect();
        let mut list = list(&items, (6, 80));
        assert_eq!(list.shown(), ["Which one:", "> 0", "  1", "  2", "  3"]);
        list.marked = 5;
        assert_eq!(list.shown(), ["Which one:", "  4", "> 5", "  6", "  7"]);
        list.size.1 = 20;
        list.prompt = "A question that takes two lines:".to_owned();
        let shown = list.shown();
        assert_eq!((shown.len(), list.height(&shown)), (4, 5));
    }
}
