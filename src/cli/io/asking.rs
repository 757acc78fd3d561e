//! Questions to a person: lists to choose from, and lines to type.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Io, OUTPUT};
use crate::cli::{select, terminal, typing};
use crate::error::{Error, Kind};
use crate::text::visible;
use crate::text::wrap::wrapped;

impl Io {
    /// Reports whether the user can be asked.
    pub(in crate::cli) fn can_ask(&self) -> bool {
        self.stdin_is_terminal && self.err.is_terminal
    }

    /// Asks to choose one of `items`, the first one unless the person moves: its place, or `None` if the person
    /// turns away. Items too long for the terminal are shortened.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the terminal went away.
    pub(in crate::cli) fn choose(&mut self, question: &str, items: &[String]) -> Result<Option<usize>> {
        self.choose_by(question, items, &[])
    }

    /// Asks the same, where letters choose an item at once.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the terminal went away.
    pub(in crate::cli) fn choose_by(
        &mut self,
        question: &str,
        items: &[String],
        keys: &[(char, usize)],
    ) -> Result<Option<usize>> {
        let (question, room) = (visible::shown(question), select::room(self.question_width()));
        let items: Vec<String> = items.iter().map(|item| shortened(&visible::shown(item), room)).collect();
        if let Some(answers) = &mut self.answers {
            return Ok(answers(&question, &items));
        }
        select::select(&question, &items, keys).map_err(|error| unanswered(error.into()))
    }

    /// Asks for a line of text, which may be blank, until `refusal` has nothing against it. A question that leaves little
    /// room for the answer has lines of its own.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the terminal went away.
    pub(in crate::cli) fn line(
        &mut self,
        question: &str,
        refusal: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String> {
        if self.answers.is_some() {
            loop {
                let line = self.next_line();
                let Some(why) = refusal(&line) else { return Ok(line) };
                writeln!(self.stderr(), "{why}").context(OUTPUT)?;
            }
        }
        let (question, columns) = (visible::shown(question), self.question_width());
        let is_short = question.width() + ": ".len() <= columns / 2;
        let prompt = if is_short { format!("{question}: ") } else { "> ".to_owned() };
        if !is_short {
            let lines = wrapped(&format!("{question}:"), columns);
            lines.iter().try_for_each(|line| writeln!(self.stderr(), "{line}")).context(OUTPUT)?;
        }
        typing::line(&prompt, refusal).map_err(|error| unanswered(error.into()))
    }

    /// Returns the columns of the terminal on which questions are asked.
    pub(in crate::cli) fn question_width(&self) -> usize {
        if self.real { usize::from(dialoguer::console::Term::stderr().size().1) } else { self.width() }
    }

    /// Returns the columns into which messages are wrapped; `None` where they do not go to a terminal.
    pub(in crate::cli) fn message_width(&self) -> Option<usize> {
        self.err.is_terminal.then(|| self.question_width().max(40))
    }

    /// Asks for a line that is not shown.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the terminal went away.
    pub(in crate::cli) fn hidden_line(&mut self, question: &str) -> Result<String> {
        if self.answers.is_some() {
            return Ok(self.next_line());
        }
        let typed = dialoguer::Password::new()
            .with_prompt(visible::shown(question))
            .allow_empty_password(true)
            .interact();
        typed.map_err(unanswered)
    }

    /// Takes the next line of standard input that is kept in memory.
    fn next_line(&mut self) -> String {
        let input = std::mem::take(&mut self.input);
        let (line, rest) = input.split_once('\n').unwrap_or((&input, ""));
        rest.clone_into(&mut self.input);
        line.trim_end_matches('\r').to_owned()
    }
}

/// Returns `item` in at most `most` columns: an item of two lines is hard to tell from two items.
fn shortened(item: &str, most: usize) -> String {
    if item.width() <= most {
        return item.to_owned();
    }
    let mut kept = String::new();
    for c in item.chars() {
        if kept.width() + c.width().unwrap_or(0) >= most {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}

/// Returns the error for a question that got no answer.
fn unanswered(error: dialoguer::Error) -> anyhow::Error {
    terminal::show_cursor();
    Error::new(Kind::Interrupted, "no answer came, so nothing more was written").source(error).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_can_be_chosen_fits_beside_the_mark_on_one_line_of_the_terminal() {
        let items = [
            "Skip this one",
            "1 and 2 are one person: Константин Константинопольский, contact 7 Константин",
            "1 and 3 are one person: 山田太郎山田太郎山田太郎山田太郎山田太郎, contact 8 山田太郎",
        ];
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let answers = move |_: &str, items: &[String]| {
            kept.lock().expect("one at a time").extend_from_slice(items);
            Some(1)
        };
        let (mut io, _) = Io::answered(60, BTreeMap::new(), Box::new(answers));
        assert_eq!(io.choose("Who?", &items.map(str::to_owned)).expect("an answer"), Some(1));
        let seen = seen.lock().expect("over").clone();
        assert_eq!(seen[0], items[0]);
        for (shown, item) in seen[1..].iter().zip(&items[1..]) {
            assert!(shown.width() <= 57 && shown.width() > 52, "{shown}");
            assert!(item.starts_with(shown.strip_suffix('…').expect("shortened")), "{shown}");
        }
    }
}
