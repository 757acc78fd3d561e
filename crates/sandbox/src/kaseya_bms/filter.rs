//! Filters: the query parameters that narrow a list. Names have no case, blank ones say nothing, and unknown ones
//! are ignored, as are `Sort` and `Exclude`, whose grammar is not published.

use jiff::civil::DateTime;
use serde_json::Value;

use super::page::Page;
use super::query::{int, said, unbound, yes};
use super::{Call, Refusal, Row, State, Table, bind, flag, number, rows, text};

/// A parameter and what it compares.
pub(super) type Rule = (&'static str, Test);

/// What a parameter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    /// A number of the record is one of those said.
    Int(&'static str),
    /// A flag of the record.
    Flag(&'static str),
    /// A text of the record.
    Text(&'static str),
    /// One of the texts in a list of the record.
    Any(&'static str, &'static str),
    /// The text of the default row in a list of the record.
    Default(&'static str, &'static str),
    /// The name of the record's account.
    AccountName,
    /// The name of the record's location.
    LocationName,
    /// The name of an account's type.
    AccountType,
    /// A time of the record, at or after.
    From(&'static str),
    /// A time of the record, at or before.
    To(&'static str),
}

/// A rule with what was said for it.
#[derive(Debug)]
struct Condition {
    test: Test,
    wanted: Wanted,
}

#[derive(Debug)]
enum Wanted {
    Ints(Vec<i64>),
    Flag(bool),
    /// In lower case.
    Text(String),
    Moment(DateTime),
}

/// Returns the records of a page that a request's filters let pass, in the order of ids, and how many there are in
/// all.
pub(super) fn select<'a>(
    state: &'a State,
    table: &'a Table,
    rules: &[Rule],
    call: &Call,
    page: &Page,
) -> Result<(Vec<&'a Row>, usize), Refusal> {
    let conditions = conditions(state, rules, call)?;
    let visible = |row: &&Row| {
        let account = row.get("accountId").or_else(|| row.get("accountName").and(row.get("id")));
        account.and_then(Value::as_i64).is_none_or(|id| !state.hidden_accounts.contains(&id))
    };
    let passing =
        table.values().filter(visible).filter(|row| conditions.iter().all(|one| one.holds(state, row)));
    let all: Vec<&Row> = passing.collect();
    let total = all.len();
    Ok((all.into_iter().skip(page.skip).take(page.take).collect(), total))
}

fn conditions(state: &State, rules: &[Rule], call: &Call) -> Result<Vec<Condition>, Refusal> {
    let mut conditions = Vec::new();
    for (name, test) in rules {
        let name = format!("Filter.{name}");
        let texts: Vec<&str> = said(call, &name).collect();
        let wanted = match (texts.first(), test) {
            (None, Test::Flag("isActive")) if state.habits.hides_inactive => Wanted::Flag(true),
            (None, _) => continue,
            (_, Test::Int(_)) => {
                Wanted::Ints(texts.iter().map(|text| int(&name, text)).collect::<Result<_, _>>()?)
            }
            (Some(text), Test::Flag(_)) => Wanted::Flag(yes(&name, text)?),
            (Some(text), Test::From(_) | Test::To(_)) => {
                Wanted::Moment(bind::moment(text).ok_or_else(|| unbound(&name, text))?)
            }
            (Some(text), _) => Wanted::Text(text.to_lowercase()),
        };
        conditions.push(Condition { test: *test, wanted });
    }
    Ok(conditions)
}

impl Condition {
    fn holds(&self, state: &State, row: &Row) -> bool {
        let exact = state.habits.exact_text;
        let like = |text: &str, wanted: &str| {
            let text = text.to_lowercase();
            if exact { text == wanted } else { text.contains(wanted) }
        };
        match (self.test, &self.wanted) {
            (Test::Int(field), Wanted::Ints(ids)) => ids.contains(&number(row, field)),
            (Test::Flag(field), Wanted::Flag(wanted)) => flag(row, field) == *wanted,
            (Test::From(field), Wanted::Moment(from)) => {
                bind::moment(text(row, field)).is_some_and(|at| at >= *from)
            }
            (Test::To(field), Wanted::Moment(to)) => {
                bind::moment(text(row, field)).is_some_and(|at| at <= *to)
            }
            (Test::Any(list, field), Wanted::Text(wanted)) => {
                rows(row, list).any(|one| like(text(one, field), wanted))
            }
            (Test::Default(list, field), Wanted::Text(wanted)) => {
                rows(row, list).any(|one| flag(one, "isDefault") && like(text(one, field), wanted))
            }
            (Test::Text(field), Wanted::Text(wanted)) => like(text(row, field), wanted),
            (Test::AccountName, Wanted::Text(wanted)) => {
                like(state.account_name(row).as_str().unwrap_or_default(), wanted)
            }
            (Test::LocationName, Wanted::Text(wanted)) => {
                like(state.location_name(row).as_str().unwrap_or_default(), wanted)
            }
            (Test::AccountType, Wanted::Text(wanted)) => {
                let name = state.account_types.get(&number(row, "accountTypeId"));
                name.is_some_and(|name| like(name, wanted))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ids, ok, send, state};

    const LIST: &str = "/crm/contacts/summary?Filter.AccountId=174";

    #[test]
    fn the_inactive_have_to_be_asked_for() {
        let mut state = state(20);
        assert_eq!(ids(&mut state, &format!("{LIST}&Filter.IsActive=false")), [1_740_010, 1_740_020]);
        assert_eq!(ids(&mut state, &format!("{LIST}&Filter.IsActive=True")).len(), 18);
        assert_eq!(ids(&mut state, LIST).len(), 18);
        state.habits.hides_inactive = false;
        assert_eq!(ids(&mut state, LIST).len(), 20);
    }

    #[test]
    fn texts_match_in_part_and_without_case_or_as_a_whole() {
        let mut state = state(12);
        let mut found = |query: &str| ids(&mut state, &format!("/crm/contacts/summary?{query}"));
        assert_eq!(found("Filter.Email=PERSON1@contoso"), [1_740_001]);
        assert_eq!(found("filter.email=alias2@contoso.example"), [1_740_002]);
        assert_eq!(found("Filter.AccountName=abrik&Filter.LastName=number 12"), [1_750_012]);
        assert_eq!(found("Filter.FirstName=Absent"), [0; 0]);
        state.habits.exact_text = true;
        let mut found = |query: &str| ids(&mut state, &format!("/crm/contacts/summary?{query}"));
        assert_eq!(found("Filter.Email=person1@contoso"), [0; 0]);
        assert_eq!(found("Filter.Email=person1@contoso.example"), [1_740_001]);
    }

    #[test]
    fn a_blank_or_unknown_filter_lets_everybody_pass() {
        let mut state = state(3);
        for query in ["Filter.Email=", "Filter.Mail=absent", "$filter=x", "Sort=Nothing&Exclude=Emails"] {
            assert_eq!(ids(&mut state, &format!("/crm/contacts/summary?{query}")).len(), 6, "{query}");
        }
    }

    #[test]
    fn times_bound_from_both_sides() {
        let mut state = state(3);
        let moved = state.contacts.get_mut(&1_740_002).unwrap();
        moved.insert("modifiedOn".into(), "2025-06-01T00:00:00.250".into());
        let from = format!("{LIST}&Filter.ModifiedOnFrom=2025-06-01T00:00:00Z");
        assert_eq!(ids(&mut state, &from), [1_740_002]);
        let to = format!("{LIST}&Filter.ModifiedOnTo=2025-05-31");
        assert_eq!(ids(&mut state, &to), [1_740_001, 1_740_003]);
    }

    #[test]
    fn what_is_no_number_flag_or_time_is_refused() {
        let mut state = state(1);
        for query in ["Filter.AccountId=x", "Filter.IsActive=1", "Filter.CreatedOnFrom=today"] {
            assert_eq!(send(&mut state, "GET", &format!("/crm/contacts/summary?{query}"), None).status, 400);
        }
    }

    #[test]
    fn accounts_have_their_own_filters() {
        let mut state = state(1);
        state.accounts.get_mut(&175).unwrap().insert("isActive".into(), false.into());
        assert_eq!(ids(&mut state, "/crm/accounts/summary"), [174]);
        assert_eq!(ids(&mut state, "/crm/accounts/summary?Filter.IsActive=false"), [175]);
        let target = "/crm/accounts/summary?Filter.AccountTypeName=client&Filter.AccountCode=174";
        assert_eq!(ids(&mut state, target), [174]);
        let lookup = "/crm/accounts/lookup?Filter.Ids=174&Filter.Ids=175";
        assert_eq!(ids(&mut state, lookup), [174]);
        assert_eq!(ids(&mut state, &format!("{lookup}&Filter.WithInactiveAccounts=true")), [174, 175]);
        assert_eq!(ok(&mut state, "GET", lookup, None).get("totalRecords"), None);
    }
}
