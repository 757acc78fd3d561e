//! Companies that the same fault holds back, shown as one.

use std::io::{self, Write};

use super::lines::{BOLD, items, line};
use crate::plan::Unread;
use crate::report::company as says;
use crate::report::look::Look;
use crate::report::words::clean;

/// A part of a list of companies as it is shown.
pub(super) enum Block<'p, T> {
    /// One company.
    One(&'p T),
    /// The names of companies that the same fault holds back, and the fault.
    Held(Vec<&'p str>, &'p [Unread]),
}

/// From how many companies on those that the same fault holds back are shown as one.
const MANY: usize = 4;

/// How many of them are named.
const NAMED: usize = 3;

/// Returns the companies as they are shown: many that are held back for the same reasons, and of which nothing else is
/// said, together in the place of the first. `bare` returns the name and the fault of such a company.
pub(super) fn blocks<T>(
    companies: &[T],
    bare: impl Fn(&T) -> Option<(&str, &[Unread])>,
) -> Vec<Block<'_, T>> {
    let mut blocks: Vec<Block<'_, T>> = Vec::new();
    for part in companies {
        let Some((_, unread)) = bare(part) else {
            blocks.push(Block::One(part));
            continue;
        };
        if blocks.iter().any(|block| matches!(block, Block::Held(_, known) if *known == unread)) {
            continue;
        }
        let like = companies.iter().filter_map(&bare).filter(|(_, other)| *other == unread);
        let names: Vec<&str> = like.map(|(name, _)| name).collect();
        blocks.push(if names.len() >= MANY { Block::Held(names, unread) } else { Block::One(part) });
    }
    blocks
}

/// Writes companies that the same fault holds back.
pub(super) fn held(out: &mut dyn Write, names: &[&str], unread: &[Unread], look: Look<'_>) -> io::Result<()> {
    let shown: Vec<String> = names.iter().take(NAMED).map(|name| clean(name)).collect();
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let heading = format!("{} companies are held back: {}{more}", names.len(), shown.join(", "));
    line(out, BOLD, 0, &heading, look)?;
    items(out, 2, unread.iter().map(|one| says::unread(one, look)), look)
}
