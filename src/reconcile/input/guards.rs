//! The limits that refuse a plan.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::plan::Measure;

/// How long what a run did is counted together with later plans where nothing is said.
const WINDOW: Duration = Duration::from_secs(7 * 86_400);

/// The limits that refuse a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardLimits {
    /// For one company and for the run alike, by what is counted.
    pub limits: BTreeMap<Measure, Limit>,
    /// How long what a run did is counted together with later plans.
    pub window: Duration,
}

/// A limit: so many, or such a part of the people, whichever is larger; small companies get a lower floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// At most this many.
    pub count: usize,
    /// Or this percentage of the people.
    pub percent: usize,
}

impl Default for GuardLimits {
    fn default() -> Self {
        let limit = |count, percent| Limit { count, percent };
        Self {
            limits: BTreeMap::from([
                (Measure::Create, limit(25, 20)),
                (Measure::Deactivate, limit(5, 10)),
                (Measure::Relink, limit(3, 0)),
                (Measure::Update, limit(0, 60)),
                (Measure::Blank, limit(5, 10)),
            ]),
            window: WINDOW,
        }
    }
}

impl GuardLimits {
    /// Returns how many are allowed of `measure` where `base` people take part: the larger of the percentage and the
    /// count, but the count never exceeds a quarter of the people. A limit that allows anything allows one.
    pub fn allowed(&self, measure: Measure, base: usize) -> Option<usize> {
        let limit = self.limits.get(&measure)?;
        let share = base * limit.percent / 100;
        let floor = limit.count.min(base / 4);
        let least = usize::from(limit.count > 0 || limit.percent > 0);
        Some(share.max(floor).max(least))
    }
}
