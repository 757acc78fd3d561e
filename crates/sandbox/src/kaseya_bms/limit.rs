//! The budget of calls: so many an hour for each path template, whatever the method.

use super::{Refusal, State, second};

/// Minutes that count.
const HOUR: i64 = 60;

/// Counts a call of a template.
///
/// A call too many counts too.
pub(super) fn count(state: &mut State, template: &str) -> Result<(), Refusal> {
    let minute = second().div_euclid(60);
    let minutes = state.calls.entry(template.to_owned()).or_default();
    minutes.retain(|earlier, _| minute - earlier <= HOUR);
    *minutes.entry(minute).or_default() += 1;
    if minutes.values().sum::<usize>() > state.limit { Err(Refusal::Spent) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ok, send, state};
    use super::super::{OverLimit, State};
    use super::*;

    const LIST: &str = "/crm/contacts/summary?PageSize=1";

    fn spend(state: &mut State, template: &str, ago: i64) {
        let minute = second().div_euclid(60) - ago;
        state.calls.entry(template.into()).or_default().insert(minute, 1500);
    }

    #[test]
    fn the_hour_takes_fifteen_hundred_calls_of_one_template() {
        let mut state = state(1);
        assert_eq!(state.limit, 1500);
        spend(&mut state, "crm/contacts/summary", 30);
        let refused = send(&mut state, "GET", LIST, None);
        assert_eq!((refused.status, refused.headers.len()), (429, 1));
        assert!(String::from_utf8(refused.body).unwrap().contains("1500 per 1h"));
        ok(&mut state, "GET", "/crm/contacts/summary/1740001", None);
        ok(&mut state, "GET", "/crm/accounts/summary", None);
    }

    #[test]
    fn different_ids_are_one_template() {
        let mut state = state(3);
        state.limit = 2;
        ok(&mut state, "GET", "/system/customFields/31/1740001", None);
        ok(&mut state, "GET", "/system/customFields/31/1740002", None);
        assert_eq!(send(&mut state, "GET", "/system/customFields/31/1740003", None).status, 429);
        ok(&mut state, "GET", "/system/customFields/31", None);
    }

    #[test]
    fn an_hour_later_the_calls_are_forgotten() {
        let mut state = state(1);
        spend(&mut state, "crm/contacts/summary", HOUR + 1);
        ok(&mut state, "GET", LIST, None);
        assert_eq!(state.calls["crm/contacts/summary"].values().sum::<usize>(), 1);
    }

    #[test]
    fn a_call_too_many_can_be_forbidden_instead() {
        let mut state = state(1);
        state.habits.over_limit = OverLimit::Forbidden;
        spend(&mut state, "crm/contacts/summary", 0);
        let refused = send(&mut state, "GET", LIST, None);
        assert_eq!(refused.status, 403);
        assert!(String::from_utf8(refused.body).unwrap().contains("quota"));
    }
}
