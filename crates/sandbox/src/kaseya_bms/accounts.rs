//! Accounts with their locations, and the names their numbers stand for.

use serde_json::{Value, json};

use super::filter::{Rule, Test, select};
use super::query::{said, yes};
use super::schema::ACCOUNT;
use super::setup::TENANT;
use super::{Answer, Call, Refusal, Row, State, answer, flag, number, page, rows, write};

/// What narrows the list of accounts.
const FILTERS: &[Rule] = &[
    ("AccountName", Test::Text("accountName")),
    ("AccountCode", Test::Text("accountCode")),
    ("AccountTypeId", Test::Int("accountTypeId")),
    ("AccountTypeName", Test::AccountType),
    ("CreatedOnFrom", Test::From("createdOn")),
    ("CreatedOnTo", Test::To("createdOn")),
    ("ModifiedOnFrom", Test::From("modifiedOn")),
    ("ModifiedOnTo", Test::To("modifiedOn")),
    ("IsActive", Test::Flag("isActive")),
];
/// What narrows the lookup of accounts.
const LOOKUP: &[Rule] = &[("Ids", Test::Int("id")), ("Name", Test::Text("accountName"))];

/// Returns a page of accounts.
pub(super) fn list(state: &mut State, call: &Call) -> Answer {
    let (found, total) = select(state, &state.accounts, FILTERS, call, &page::wanted(call)?)?;
    let shown = found.into_iter().map(|account| shown(state, account));
    Ok(answer::page(shown.collect::<Vec<_>>(), total))
}

/// Returns one account; whether in an envelope is a habit.
pub(super) fn one(state: &mut State, call: &Call) -> Answer {
    let account = shown(state, existing(state, call)?);
    Ok(if state.habits.bare_summaries { account } else { answer::one(account) })
}

/// Returns ids and names of accounts; the inactive only where they are asked for.
pub(super) fn lookup(state: &mut State, call: &Call) -> Answer {
    const INACTIVE: &str = "Filter.WithInactiveAccounts";
    let inactive = said(call, INACTIVE).next().map_or(Ok(false), |text| yes(INACTIVE, text))?;
    let all = page::Page { skip: 0, take: usize::MAX };
    let (found, _) = select(state, &state.accounts, LOOKUP, call, &all)?;
    let page = page::wanted(call)?;
    let found = found.into_iter().filter(|account| inactive || flag(account, "isActive"));
    let shown = found.skip(page.skip).take(page.take).map(|account| {
        json!({
            "id": account.get("id"),
            "name": account.get("accountName"),
            "tenantName": TENANT,
            "isActive": flag(account, "isActive"),
        })
    });
    Ok(answer::one(shown.collect::<Vec<_>>()))
}

/// Returns ids and names of an account's locations.
pub(super) fn locations(state: &mut State, call: &Call) -> Answer {
    let account = existing(state, call)?;
    let shown = rows(account, "locations").map(|one| {
        json!({
            "id": one.get("id"),
            "name": one.get("locationName"),
            "accountId": account.get("id"),
            "isMain": flag(one, "isMain"),
        })
    });
    Ok(answer::one(shown.collect::<Vec<_>>()))
}

/// Replaces an account.
pub(super) fn replace(state: &mut State, call: &Call) -> Answer {
    let next = write::replaced(&ACCOUNT, existing(state, call)?, call.request)?;
    store(state, call, next)
}

/// Patches an account.
pub(super) fn change(state: &mut State, call: &Call) -> Answer {
    let next = write::changed(&ACCOUNT, existing(state, call)?, call.request)?;
    store(state, call, next)
}

fn store(state: &mut State, call: &Call, mut next: Row) -> Answer {
    write::judge(state, &ACCOUNT, state.account(call.id(0)), &next)?;
    write::stamp(&mut next);
    let answer = answer::one(shown(state, &next));
    state.accounts.insert(call.id(0), next);
    Ok(answer)
}

fn existing<'a>(state: &'a State, call: &Call) -> Result<&'a Row, Refusal> {
    state.account(call.id(0)).ok_or(Refusal::Missing(ACCOUNT.name, call.id(0)))
}

/// Returns an account with the names of what it refers to.
fn shown(state: &State, account: &Row) -> Value {
    let mut shown = ACCOUNT.listed(account);
    for (number_of, name_of, names) in [
        ("accountTypeId", "accountType", &state.account_types),
        ("businessTypeId", "businessType", &state.business_types),
        ("accountManagerId", "accountManagerUserName", &state.employees),
    ] {
        shown.insert(name_of.to_owned(), json!(names.get(&number(account, number_of))));
    }
    Value::Object(shown)
}

/// Returns the types of accounts.
#[allow(clippy::unnecessary_wraps)] // routes share one signature
pub(super) fn types(state: &mut State, _: &Call) -> Answer {
    let shown = |(id, name): (&i64, &String)| {
        let vendor = name == "Vendor";
        json!({"id": id, "name": name, "isActive": true, "isClient": !vendor, "isVendor": vendor})
    };
    Ok(answer::one(state.account_types.iter().map(shown).collect::<Vec<_>>()))
}

/// Returns the types of emails or phones.
///
/// The names of such tables are not published; these two are made up.
pub(super) fn tables(state: &mut State, call: &Call) -> Answer {
    let names = match call.name.to_ascii_lowercase().as_str() {
        "emailtype" => &state.email_types,
        "phonetype" => &state.phone_types,
        other => return Err(Refusal::Rules(vec![format!("The table {other} does not exist.")])),
    };
    let shown = names
        .iter()
        .map(|(id, name)| json!({"id": id, "name": name, "isDefault": *id == 1, "isActive": true}));
    Ok(answer::one(shown.collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fetch, ids, ok, rules, send, state};
    use super::*;

    #[test]
    fn accounts_are_listed_with_what_they_refer_to() {
        let mut state = state(1);
        let listed = ok(&mut state, "GET", "/crm/accounts/summary", None);
        assert_eq!(listed["totalRecords"], 2);
        let account = &listed["result"][0];
        assert_eq!((&account["id"], &account["accountName"]), (&json!(174), &json!("Contoso")));
        assert_eq!(
            (&account["accountType"], &account["accountManagerUserName"]),
            (&json!("Client"), &json!("ada"))
        );
        assert_eq!((&account["tenantName"], &account["creditLimit"]), (&json!(TENANT), &Value::Null));
        assert!(account.get("customFields").is_none() && account["locations"].is_array());
    }

    #[test]
    fn one_account_comes_in_an_envelope_or_bare() {
        let mut state = state(1);
        let target = "/crm/accounts/summary/174";
        assert_eq!(ok(&mut state, "GET", target, None)["result"]["accountName"], "Contoso");
        state.habits.bare_summaries = true;
        let bare = send(&mut state, "GET", target, None);
        assert_eq!(crate::sample::json(&bare)["accountName"], "Contoso");
    }

    #[test]
    fn the_main_location_need_not_be_the_first() {
        let mut state = state(1);
        let listed = ok(&mut state, "GET", "/crm/accounts/175/locations/lookup", None);
        assert_eq!(
            (&listed["result"][0]["isMain"], &listed["result"][1]["isMain"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(listed["result"][1]["name"], "Main");
        assert_eq!(send(&mut state, "GET", "/crm/accounts/4711/locations/lookup", None).status, 404);
    }

    #[test]
    fn a_patch_changes_what_it_names_and_keeps_what_is_unknown() {
        let mut state = state(1);
        state.accounts.get_mut(&174).unwrap().insert("planted".into(), json!({"deep": [1]}));
        let body = json!([{"op": "replace", "path": "/Website", "value": "https://contoso.example"}]);
        let answer = ok(&mut state, "PATCH", "/crm/accounts/174", Some(&body));
        assert_eq!(answer["result"]["website"], "https://contoso.example");
        let account = &state.accounts[&174];
        assert_eq!(
            (&account["planted"], &account["accountName"]),
            (&json!({"deep": [1]}), &json!("Contoso"))
        );
        assert_eq!(account["customFields"]["Tenant365Id"], "00000000-0000-4000-8000-000000000174");
    }

    #[test]
    fn a_replacement_needs_the_four_and_loses_the_rest() {
        let mut state = state(1);
        let body = json!({"AccountName": "", "Website": "https://contoso.example"});
        assert_eq!(
            rules(&mut state, "PUT", "/crm/accounts/174", &body),
            [
                "AccountTypeId is required.",
                "AccountName is required.",
                "BusinessTypeId is required.",
                "AccountManagerId is required.",
            ]
        );
        let body = json!({"AccountName": "Contoso", "AccountTypeId": 1, "BusinessTypeId": 1, "AccountManagerId": 11});
        let answer = ok(&mut state, "PUT", "/crm/accounts/174", Some(&body));
        assert_eq!(
            (&answer["result"]["website"], &answer["result"]["isActive"]),
            (&Value::Null, &Value::Null)
        );
    }

    #[test]
    fn numbers_must_stand_for_something() {
        let mut state = state(1);
        let body = json!([{"op": "replace", "path": "/AccountManagerId", "value": 99}]);
        let answer = rules(&mut state, "PATCH", "/crm/accounts/174", &body);
        assert_eq!(answer, ["AccountManagerId 99 does not exist."]);
        assert_eq!(send(&mut state, "PATCH", "/crm/accounts/4711", Some(&body)).status, 404);
    }

    #[test]
    fn lookups_tell_names() {
        let mut state = state(1);
        let types = ok(&mut state, "GET", "/system/accounttypes/lookup", None);
        assert_eq!(
            (&types["result"][0]["name"], &types["result"][0]["isClient"]),
            (&json!("Client"), &json!(true))
        );
        assert_eq!(ids(&mut state, "/crm/accounts/lookup?Filter.Name=toso"), [174]);
        assert_eq!(fetch(&mut state, "/system/lookup/PhoneType")[2]["name"], "Mobile");
        let unknown = send(&mut state, "GET", "/system/lookup/Nothing", None);
        assert_eq!(crate::sample::json(&unknown)["success"], false);
    }
}
