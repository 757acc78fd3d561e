//! The terminal that the process has, and the signals that it gets.

use std::io::{self, IsTerminal as _};

use super::{exit, pager};
use crate::files;
use crate::run::Interrupt;

/// Hears the signals of the operating system. While nothing is being written, the first one ends the process;
/// then the first one lets the call in flight end, and the second one does not.
pub(super) fn listen(interrupt: Interrupt) {
    let usual = Usual::now();
    // A second listener in the same process finds the first one in place.
    let _ = ctrlc::set_handler(move || {
        if !pager::has_terminal() && interrupt.ask() {
            show_cursor();
            usual.restore();
            interrupt.leave();
            files::abandon();
            std::process::exit(i32::from(exit::INTERRUPTED));
        }
    });
}

/// How the terminal was before the first question: one whose answer is not shown switches the echo off.
struct Usual {
    #[cfg(unix)]
    modes: Option<rustix::termios::Termios>,
}

impl Usual {
    fn now() -> Self {
        Self {
            #[cfg(unix)]
            modes: rustix::termios::tcgetattr(io::stdin()).ok(),
        }
    }

    fn restore(&self) {
        #[cfg(unix)]
        if let Some(modes) = &self.modes
            && has_terminal()
        {
            // A terminal that is gone shows nothing.
            let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Now, modes);
        }
    }
}

/// Reports whether the terminal is this process's to change: one in the background asks nothing, and is stopped by the
/// system if it tries.
#[cfg(unix)]
fn has_terminal() -> bool {
    rustix::termios::tcgetpgrp(io::stdin()).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Shows the cursor again, which a question hides until it is answered, for a user who leaves before that.
pub(super) fn show_cursor() {
    if io::stderr().is_terminal() {
        // A terminal that is gone has no cursor.
        let _ = dialoguer::console::Term::stderr().show_cursor();
    }
}

/// Returns the columns and lines of the terminal.
pub(super) fn size() -> Option<(usize, usize)> {
    let (width, height) = terminal_size::terminal_size()?;
    Some((usize::from(width.0), usize::from(height.0)))
}

/// Forgets what was typed before a question: it is no answer to what was not seen yet.
pub(in crate::cli) fn forget_typed() {
    // Where nothing can be forgotten, nothing was typed.
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
}
