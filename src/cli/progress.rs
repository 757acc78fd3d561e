//! Progress on a terminal: one bar for the tenants, one line for each of the other sides.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::io::Io;
use crate::apply;
use crate::fetch::Progress;
use crate::model::Side;
use crate::plan::Settlement;

/// The bars; nothing is drawn where standard error is no terminal.
pub(super) struct Bars {
    all: MultiProgress,
    bars: Mutex<BTreeMap<Side, ProgressBar>>,
}

impl Bars {
    /// Bars on standard error, if it is a terminal and they are wanted.
    pub(super) fn new(io: &Io, wanted: bool) -> Self {
        let visible = io.stderr_is_terminal() && wanted;
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { all: MultiProgress::with_draw_target(target), bars: Mutex::default() }
    }

    /// Takes the bars away.
    pub(super) fn finish(&self) {
        for bar in self.bars.lock().unwrap_or_else(PoisonError::into_inner).values() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bars {
    fn expect(&self, side: Side, readings: usize) {
        let template = "  {msg:7} {bar:24} {pos}/{len}";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.all.add(ProgressBar::new(readings as u64).with_style(style).with_message(side.name()));
        bar.enable_steady_tick(Duration::from_millis(200));
        self.bars.lock().unwrap_or_else(PoisonError::into_inner).insert(side, bar);
    }

    fn done(&self, side: Side) {
        if let Some(bar) = self.bars.lock().unwrap_or_else(PoisonError::into_inner).get(&side) {
            bar.inc(1);
        }
    }
}

/// One bar for the changes that are applied.
pub(super) struct Steps(ProgressBar);

impl Steps {
    /// A bar on standard error, if it is a terminal and wanted.
    pub(super) fn new(io: &Io, wanted: bool) -> Self {
        let visible = io.stderr_is_terminal() && wanted;
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("  apply   {bar:24} {pos}/{len}  {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        Self(ProgressBar::with_draw_target(None, target).with_style(style))
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
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
