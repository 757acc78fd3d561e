//! What applying a plan costs: the very steps that applying it takes, counted by the systems that would take them.
//!
//! Nothing goes wrong in it: no answer is lost, no record has moved, and readings stay fresh until their records are
//! written. A service that is slower than that costs one more reading for every two seconds of writing.

use std::collections::{BTreeMap, BTreeSet};

use super::found::keys;
use super::{Systems, check};
use crate::model::{Fields, Id, RecordKind, Side};
use crate::plan::{Change, CompanyPlan, Estimate};
use crate::side::{Size, Sizes, Step, WriteRecords};

/// What takes the place of a secret, which the plan does not know.
const SECRET: &str = "0";

/// A cautious pace: half a second for each request, or for as many as go side by side.
const REQUESTS_PER_SECOND: usize = 2;

/// Returns what applying the changes of `companies` costs. `reads_pins` says of which companies the support PINs of new
/// portal users are read once they are made.
pub fn cost(
    systems: Systems<'_>,
    companies: &[CompanyPlan],
    sizes: &Sizes,
    reads_pins: &dyn Fn(&str) -> bool,
) -> Estimate {
    let mut steps = Steps { systems, sizes: sizes.clone(), of: BTreeMap::new(), beside: 0 };
    for company in companies {
        for group in systems.groups(&company.changes) {
            steps.group(group);
        }
    }
    for company in companies.iter().filter(|company| reads_pins(&company.name)) {
        steps.new_pins(&company.changes);
    }
    let requests: BTreeMap<Side, usize> =
        steps.of.iter().map(|(side, steps)| (*side, systems.of(*side).cost(steps))).collect();
    let one_by_one = requests.values().sum::<usize>().saturating_sub(steps.beside);
    let seconds = one_by_one.div_ceil(REQUESTS_PER_SECOND);
    Estimate { requests, seconds }
}

/// The steps of every side, in their order.
struct Steps<'a> {
    systems: Systems<'a>,
    /// How many records there are once the steps so far were taken.
    sizes: Sizes,
    of: BTreeMap<Side, Vec<Step>>,
    /// Requests that are sent beside others, and so take no time of their own.
    beside: usize,
}

impl Steps<'_> {
    /// Takes the steps of changes that are looked at together: of one kind and company, all of new records or none.
    fn group(&mut self, changes: &[Change]) {
        let Some(first) = changes.first() else { return };
        let (kind, company) = (first.record.kind, &first.record.company);
        let system = self.systems.of(kind.side());
        self.look(kind, company, changes);
        let (turn, at_once) = (system.batch_size(kind).max(1), system.at_once(kind));
        let calls = check::runs(changes, at_once).into_iter().flat_map(|run| run.chunks(turn));
        let writes: Vec<Step> = calls.map(|part| self.write(kind, company, part)).collect();
        if at_once > 1 {
            self.beside += beside(system.cost(&writes), at_once);
        }
        let pins = changes.iter().flat_map(check::pins).count();
        self.beside += beside(pins, self.systems.portal.at_once(RecordKind::PortalUser));
        self.look_after(system, kind, company, changes);
    }

    /// The records as they are before, who holds what new ones are to get, and whether leavers have left.
    fn look(&mut self, kind: RecordKind, company: &Id, changes: &[Change]) {
        self.reread(kind, company, ids(changes), 0);
        let new: Vec<&Change> = changes.iter().filter(|change| check::creates(change)).collect();
        if !new.is_empty() {
            let size = self.size(kind, company);
            self.add(kind.side(), Step::Find { kind, company: company.clone(), keys: keys(&new), size });
        }
        let mut leavers: BTreeMap<&str, BTreeSet<&Id>> = BTreeMap::new();
        for departure in changes.iter().filter_map(|change| change.left.as_ref()) {
            leavers.entry(&departure.tenant).or_default().insert(&departure.user);
        }
        for users in leavers.into_values() {
            self.add(Side::Tenant, Step::Look { users: users.len() });
        }
    }

    /// The PINs of changes that are sent together, and the call that sends them, which is returned.
    fn write(&mut self, kind: RecordKind, company: &Id, changes: &[Change]) -> Step {
        for _ in changes.iter().flat_map(check::pins) {
            self.add(Side::Portal, Step::Secret);
        }
        let (company, ids) = (company.clone(), ids(changes));
        let new = changes.len() - ids.len();
        let writes = changes.iter().map(fields).collect();
        let size = self.size(kind, &company);
        self.sizes.entry((kind, company.clone())).or_default().active += new;
        let step = Step::Write { kind, company, ids, writes, size };
        self.add(kind.side(), step.clone());
        step
    }

    /// The records whose answers do not show them.
    fn look_after(&mut self, system: &dyn WriteRecords, kind: RecordKind, company: &Id, changes: &[Change]) {
        let unseen =
            changes.iter().filter(|change| !system.shows(kind, check::creates(change), &fields(change)));
        let unseen: Vec<&Change> = unseen.collect();
        let ids = ids(unseen.iter().copied());
        let new = unseen.len() - ids.len();
        self.reread(kind, company, ids, new);
    }

    /// The PINs of new portal users, which the next run need not read.
    fn new_pins(&mut self, changes: &[Change]) {
        let kind = RecordKind::PortalUser;
        let made = changes.iter().filter(|change| change.record.kind == kind && check::creates(change));
        let mut companies: BTreeMap<&Id, usize> = BTreeMap::new();
        for change in made {
            *companies.entry(&change.record.company).or_default() += 1;
        }
        for (company, new) in companies {
            self.reread(kind, company, Vec::new(), new);
            (0..new).for_each(|_| self.add(Side::Portal, Step::Secret));
        }
    }

    fn reread(&mut self, kind: RecordKind, company: &Id, ids: Vec<Id>, new: usize) {
        if ids.len() + new > 0 {
            let (company, size) = (company.clone(), self.size(kind, company));
            self.add(kind.side(), Step::Reread { kind, company, ids, new, size });
        }
    }

    fn size(&self, kind: RecordKind, company: &Id) -> Size {
        self.sizes.get(&(kind, company.clone())).copied().unwrap_or_default()
    }

    fn add(&mut self, side: Side, step: Step) {
        self.of.entry(side).or_default().push(step);
    }
}

/// How many of these requests go beside others where so many are sent at once.
fn beside(requests: usize, at_once: usize) -> usize {
    requests - requests.div_ceil(at_once.max(1))
}

fn ids<'c>(changes: impl IntoIterator<Item = &'c Change>) -> Vec<Id> {
    changes.into_iter().filter_map(|change| change.record.id.clone()).collect()
}

/// What is written, without what the plan does not know.
fn fields(change: &Change) -> Fields {
    let mut fields = check::wanted(change);
    for (field, _) in check::pins(change) {
        fields.set(field, SECRET);
    }
    fields
}
