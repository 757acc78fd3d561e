//! Whether the portal's own user sync seems to be on: users changed by night, many at once, while no run of crsync was
//! under way. The portal itself does not tell.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::seen::Seen;
use crate::plan::{Fact, Listed, Subject};
use crate::reconcile::CompanyInput;
use crate::run::machine::Machine;
use crate::state::State;

/// How far back is looked.
const NIGHTS: SignedDuration = SignedDuration::from_hours(48);

/// How long after its end a run may still be seen in the portal's times, and before its beginning: clocks differ.
const MARGIN: SignedDuration = SignedDuration::from_mins(10);

/// How long a run is taken to last that did not say that it ended.
const UNENDED: SignedDuration = SignedDuration::from_hours(6);

/// The fewest users that are no chance.
const FEWEST: usize = 3;

/// Returns whether users of companies that crsync writes changed by night without it.
pub(super) fn portal_sync(seen: &Seen<'_>) -> Vec<Fact> {
    let now = Timestamp::now();
    let since = now.saturating_sub(NIGHTS).unwrap_or(now);
    let runs = runs(seen, since);
    let zone = zone(&seen.session.machine);
    let written = |own: &&CompanyInput| own.company.portal_writes && own.portal.complete().is_some();
    let looked: Vec<&CompanyInput> = seen.fetched.companies.iter().filter(written).collect();
    let by_night = |own: &&CompanyInput| {
        let users = own.portal.complete().map(|side| side.users.items()).unwrap_or_default();
        let times = users.iter().filter_map(|user| time(user.modified.as_deref()?));
        let changed = times
            .filter(|at| *at >= since && *at <= now && is_night(*at, &zone))
            .filter(|at| !runs.iter().any(|(from, to)| from <= at && at <= to))
            .count();
        (changed >= FEWEST && changed * 4 >= users.len()).then_some((own.company.name.clone(), changed))
    };
    let suspicious: Vec<(String, usize)> = looked.iter().filter_map(by_night).collect();
    if looked.is_empty() {
        return Vec::new();
    }
    if suspicious.is_empty() {
        return vec![Fact::ok(Subject::PortalSync, "nothing shows that CloudRadial's own user sync is on")];
    }
    let told: Vec<String> =
        suspicious.iter().map(|(name, changed)| format!("{changed} users of {name}")).collect();
    let says = format!("{} changed by night while crsync did not run", told.join(", "));
    let next = "switch CloudRadial's own nightly user sync off for these companies, or the two undo each other; \
                leave it if crsync runs on another machine as well";
    vec![Fact::warn(Subject::PortalSync, says, next).about(suspicious.iter().map(|(name, _)| name.as_str()))]
}

/// Returns from when to when runs were under way.
fn runs(seen: &Seen<'_>, since: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let session = seen.session;
    let state = State::look(&session.state_file(), &session.realm()).ok().flatten();
    let from = since.saturating_sub(UNENDED).unwrap_or(since);
    let runs = state.and_then(|state| state.runs(Some(from)).ok()).unwrap_or_default();
    let span = |run: &Listed| {
        let started = run.header.started;
        let ended = run.ended.map(|ended| ended.at);
        let ended = ended.unwrap_or_else(|| started.saturating_add(UNENDED).unwrap_or(started));
        let margin = |at: Timestamp, by: SignedDuration| at.saturating_add(by).unwrap_or(at);
        (margin(started, -MARGIN), margin(ended, MARGIN))
    };
    runs.iter().map(span).collect()
}

/// Returns the zone of the machine, or the one that the environment names.
fn zone(machine: &Machine) -> TimeZone {
    let named = machine.variables.get("TZ").and_then(|name| TimeZone::get(name.trim_start_matches(':')).ok());
    named.unwrap_or_else(TimeZone::system)
}

/// Returns a time as the portal spells it; one without a zone is in UTC.
fn time(text: &str) -> Option<Timestamp> {
    let without_zone =
        || Some(text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(without_zone)
}

fn is_night(at: Timestamp, zone: &TimeZone) -> bool {
    !(7..20).contains(&at.to_zoned(zone.clone()).hour())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn night_is_where_the_machine_is() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        assert!(is_night(at("2026-03-01T02:30:00Z"), &TimeZone::UTC));
        assert!(!is_night(at("2026-03-01T12:30:00Z"), &TimeZone::UTC));
        let east = TimeZone::fixed(jiff::tz::offset(9));
        assert!(is_night(at("2026-03-01T12:30:00Z"), &east));
        assert_eq!(time("2026-03-01T02:30:00"), time("2026-03-01T02:30:00Z"));
        assert_eq!(time("last night"), None);
    }
}
