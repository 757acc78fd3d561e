//! Progress: on a terminal a bar for each side with what was counted, and log lines above the bars; elsewhere a line
//! every half a minute.

mod tally;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use crate::fetch::Counted;
use crate::model::Side;
use crate::plan::Settlement;
use crate::run::{AskedSoFar, Meter};
use crate::state::Clock;
use crate::{apply, fetch};
use tally::Tally;

/// Every bar of the process, on standard error. It draws nothing where that is no terminal.
static SHARED: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// How often a bar is drawn again.
const TICK: Duration = Duration::from_millis(200);

/// How often a line tells how far it is, where there is no terminal.
const EVERY: Duration = Duration::from_secs(30);

/// How often it is looked whether a line is due.
const LOOK: Duration = Duration::from_secs(1);

/// Calls `write` while no bar is on the terminal.
pub(super) fn aside<T>(write: impl FnOnce() -> T) -> T {
    SHARED.suspend(write)
}

/// Writes a line on standard error while a run goes on.
pub(super) type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// Lines that tell how far a run is, whatever stage it is in: one every half a minute.
#[derive(Clone)]
pub(super) struct Lines {
    say: Say,
    /// When the last one was written.
    told: Arc<Mutex<Duration>>,
}

impl Lines {
    /// Begins a run whose lines `say` writes.
    pub(super) fn new(say: Say, clock: &Clock) -> Self {
        Self { say, told: Arc::new(Mutex::new(clock.elapsed())) }
    }

    /// Writes a line of the stage, if one is due.
    fn tell(&self, stage: &Stage) {
        let now = stage.clock.elapsed();
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if now.saturating_sub(*told) < EVERY {
                return;
            }
            *told = now;
        }
        (self.say)(&stage.line(now));
    }
}

/// How progress is shown.
#[derive(Clone)]
pub(super) enum Shown {
    /// Not at all.
    Not,
    /// As bars.
    Bars,
    /// As lines.
    Lines(Lines),
}

/// What is counted in a stage of a run.
struct Stage {
    /// What it does, in one word.
    name: &'static str,
    meter: Meter,
    clock: Clock,
    begun: Duration,
    counts: Mutex<Counts>,
}

type Counts = BTreeMap<Option<Side>, Tally>;

impl Stage {
    fn new(name: &'static str, meter: Meter, clock: Clock) -> Arc<Self> {
        let begun = clock.elapsed();
        Arc::new(Self { name, meter, clock, begun, counts: Mutex::default() })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what there is to say of a side, or of a stage without sides.
    fn said(&self, side: Option<Side>) -> String {
        let elapsed = self.clock.elapsed().saturating_sub(self.begun);
        let asked = (self.meter)();
        let counts = self.counts();
        // Not all that takes long is counted.
        counts.get(&side).unwrap_or(&Tally::default()).said(side, &asked, elapsed)
    }

    /// Returns all of it on one line.
    fn line(&self, now: Duration) -> String {
        let counts = self.counts();
        let (elapsed, asked) = (now.saturating_sub(self.begun), (self.meter)());
        let name = |side: &Option<Side>| side.map(|side| format!("{} ", side.name())).unwrap_or_default();
        let sides = counts
            .iter()
            .map(|(side, tally)| format!("{}{}", name(side), tally.said(*side, &asked, elapsed)));
        let mut said = sides.collect::<Vec<_>>().join("; ");
        if counts.is_empty() {
            // Not all that takes long is counted.
            said = Tally::default().said(None, &asked, elapsed);
        }
        format!("{}: {said}", self.name).trim_end_matches(": ").to_owned()
    }
}

/// Shows a stage until it is dropped.
struct Shower {
    stage: Arc<Stage>,
    shown: Shown,
    /// Moves until something is counted.
    waiting: Mutex<Option<ProgressBar>>,
    bars: Mutex<BTreeMap<Option<Side>, ProgressBar>>,
    /// Ends the thread that writes lines when it is dropped.
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Shower {
    fn new(name: &'static str, shown: &Shown, meter: Meter, clock: &Clock) -> Self {
        let stage = Stage::new(name, meter, clock.clone());
        let ticker = match shown {
            Shown::Lines(lines) => Some(ticking(&stage, lines)),
            Shown::Not | Shown::Bars => None,
        };
        let waiting = matches!(shown, Shown::Bars).then(|| bar(&stage, None, WAITING));
        let waiting = Mutex::new(waiting);
        Self { stage, shown: shown.clone(), waiting, bars: Mutex::default(), ticker }
    }

    fn expect(&self, side: Option<Side>, what: Counted, number: usize) {
        self.stage.counts().entry(side).or_default().expect(what, number);
        if matches!(self.shown, Shown::Bars) {
            let mut bars = self.bars.lock().unwrap_or_else(PoisonError::into_inner);
            let bar = bars.entry(side).or_insert_with(|| bar(&self.stage, side, COUNTING));
            if let Some(waiting) = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take() {
                clear(&waiting);
            }
            bar.set_length(bar.length().unwrap_or_default().max(number as u64));
        }
        self.tell();
    }

    fn done(&self, side: Option<Side>, what: Counted, number: usize) {
        self.stage.counts().entry(side).or_default().done(what, number);
        if let Some(bar) = self.bars.lock().unwrap_or_else(PoisonError::into_inner).get(&side)
            && what != Counted::People
        {
            bar.inc(number as u64);
        }
        self.tell();
    }

    /// Writes a line, if one is due.
    fn tell(&self) {
        if let Shown::Lines(lines) = &self.shown {
            lines.tell(&self.stage);
        }
    }
}

/// Starts to look, from time to time, whether a line is due: nothing may have been counted for long.
fn ticking(stage: &Arc<Stage>, lines: &Lines) -> (Sender<()>, JoinHandle<()>) {
    let (sender, receiver) = channel::<()>();
    let (stage, lines) = (Arc::clone(stage), lines.clone());
    let ticker = thread::spawn(move || {
        while receiver.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            lines.tell(&stage);
        }
    });
    (sender, ticker)
}

impl Drop for Shower {
    fn drop(&mut self) {
        if let Some((sender, ticker)) = self.ticker.take() {
            drop(sender);
            // A line that cannot be written is no reason to end a run.
            let _ = ticker.join();
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(clear);
        self.bars.lock().unwrap_or_else(PoisonError::into_inner).values().for_each(clear);
    }
}

/// Takes a bar off the terminal.
fn clear(bar: &ProgressBar) {
    bar.finish_and_clear();
    SHARED.remove(bar);
}

/// What a bar shows when it is known how much there is, and before.
const COUNTING: &str = "{spinner} {msg:7} {bar:20} {said}";
const WAITING: &str = "{spinner} {msg:7} {said}";

/// Returns a bar on standard error that says what was counted each time it is drawn.
fn bar(stage: &Arc<Stage>, side: Option<Side>, template: &str) -> ProgressBar {
    let told = Arc::clone(stage);
    let said = move |_: &ProgressState, out: &mut dyn fmt::Write| {
        // What cannot be drawn is drawn the next time.
        let _ = out.write_str(&told.said(side));
    };
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("said", said);
    let name = side.map_or(stage.name, Side::name);
    let bar = SHARED.add(ProgressBar::new(0).with_style(style).with_message(name));
    bar.enable_steady_tick(TICK);
    bar
}

/// The progress of a reading, which ends when it is dropped.
pub(super) struct Reading(Shower);

impl Reading {
    /// Begins to show a reading.
    pub(super) fn new(shown: &Shown, meter: Meter, clock: &Clock) -> Self {
        Self(Shower::new("reading", shown, meter, clock))
    }
}

impl fetch::Progress for Reading {
    fn expect(&self, side: Side, what: Counted, number: usize) {
        self.0.expect(Some(side), what, number);
    }

    fn done(&self, side: Side, what: Counted, number: usize) {
        self.0.done(Some(side), what, number);
    }
}

/// Shows that a service is asked for what is not counted, until it is dropped.
pub(super) struct Asking(#[allow(dead_code)] Shower); // held, not read

impl Asking {
    /// Begins to show it where standard error is a terminal.
    pub(super) fn new(is_terminal: bool, clock: &Clock) -> Self {
        let shown = if is_terminal { Shown::Bars } else { Shown::Not };
        Self(Shower::new("asking", &shown, Arc::new(AskedSoFar::default), clock))
    }
}

/// The progress of applying, which ends when it is dropped.
pub(super) struct Steps(Shower);

impl Steps {
    /// Begins to show an applying.
    pub(super) fn new(shown: &Shown, meter: Meter, clock: &Clock) -> Self {
        Self(Shower::new("apply", shown, meter, clock))
    }
}

impl apply::Progress for Steps {
    fn expect(&self, changes: usize) {
        self.0.expect(None, Counted::Readings, changes);
    }

    fn settled(&self, _: Settlement) {
        self.0.done(None, Counted::Readings, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Progress as _;

    #[test]
    fn a_line_is_due_every_half_a_minute_of_the_run_whatever_stage_it_is_in() {
        let (clock, said) = (Clock::by_hand(), Arc::<Mutex<Vec<String>>>::default());
        let kept = Arc::clone(&said);
        let say: Say = Arc::new(move |line: &str| kept.lock().expect("no panic").push(line.to_owned()));
        let shown = Shown::Lines(Lines::new(say, &clock));
        let asked = || AskedSoFar { requests: vec![(Side::Portal, 3)], ..AskedSoFar::default() };
        let stage = || Reading::new(&shown, Arc::new(asked), &clock);
        let mut heard = Vec::new();
        // No stage takes half a minute by itself.
        for _ in 0..4 {
            let stage = stage();
            clock.pass(Duration::from_secs(20));
            stage.0.tell();
            heard.push(said.lock().expect("no panic").len());
        }
        assert_eq!(heard, [0, 1, 1, 2]);
        assert_eq!(said.lock().expect("no panic")[0], "reading: 3 requests", "where nothing is counted");
        let stage = stage();
        stage.expect(Side::Portal, Counted::Pins, 4);
        clock.pass(EVERY);
        stage.done(Side::Portal, Counted::Pins, 1);
        let last = said.lock().expect("no panic").last().cloned();
        assert!(last.is_some_and(|line| line.starts_with("reading: portal 1/4 PINs, 3 requests")));
    }
}
