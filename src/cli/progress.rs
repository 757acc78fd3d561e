//! Progress on a terminal: one bar for the tenants, one line for each of the other sides. Log lines are written above
//! the bars.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::model::Side;
use crate::plan::Settlement;
use crate::{apply, fetch};

/// Every bar of the process, on standard error. It draws nothing where that is no terminal.
static SHARED: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Calls `write` while no bar is on the terminal.
pub(super) fn aside<T>(write: impl FnOnce() -> T) -> T {
    SHARED.suspend(write)
}

/// Returns a bar on standard error, or one that is never drawn.
fn bar(visible: bool, length: u64, template: &str, message: &'static str) -> ProgressBar {
    if !visible {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    SHARED.add(ProgressBar::new(length).with_style(style).with_message(message))
}

fn take_away(bar: &ProgressBar) {
    bar.finish_and_clear();
    SHARED.remove(bar);
}

/// The bars of a reading, which end when it is dropped.
pub(super) struct Bars {
    visible: bool,
    bars: Mutex<BTreeMap<Side, ProgressBar>>,
}

impl Bars {
    /// Makes bars on standard error, if they are to be seen.
    pub(super) fn new(visible: bool) -> Self {
        Self { visible, bars: Mutex::default() }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.bars.lock().unwrap_or_else(PoisonError::into_inner).values().for_each(take_away);
    }
}

impl fetch::Progress for Bars {
    fn expect(&self, side: Side, readings: usize) {
        let bar = bar(self.visible, readings as u64, "  {msg:7} {bar:24} {pos}/{len}", side.name());
        if self.visible {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        self.bars.lock().unwrap_or_else(PoisonError::into_inner).insert(side, bar);
    }

    fn done(&self, side: Side) {
        if let Some(bar) = self.bars.lock().unwrap_or_else(PoisonError::into_inner).get(&side) {
            bar.inc(1);
        }
    }
}

/// One bar for the changes that are applied, which ends when it is dropped.
pub(super) struct Steps(ProgressBar);

impl Steps {
    /// Makes a bar on standard error, if it is to be seen.
    pub(super) fn new(visible: bool) -> Self {
        Self(bar(visible, 0, "  apply   {bar:24} {pos}/{len}  {eta}", ""))
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        take_away(&self.0);
    }
}

impl apply::Progress for Steps {
    fn expect(&self, changes: usize) {
        self.0.set_length(changes as u64);
    }

    fn settled(&self, _: Settlement) {
        self.0.inc(1);
    }
}
