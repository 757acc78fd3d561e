//! What the API member may do: its security role is told nowhere, so that one record is read of everything that a run
//! reads. What it may write shows only when it is written, and nothing is written for that.

use serde_json::Value;

use super::query::Query;
use super::session::Session;
use super::settings::AccountManager;
use crate::error::{Kind, Result};
use crate::model::{Held, Id, Row};
use crate::side::{Right, RightsRequest};

/// Why nothing is known of a right.
const NO_RECORD: &str = "there is no record to try it with";

/// Returns the rights that the request needs.
///
/// # Errors
/// What keeps the service from being asked: anything but a missing right.
pub(super) fn rights(session: &Session, request: &RightsRequest) -> Result<Vec<Right>> {
    let reading = [Row::MatchUsers];
    let table_setup = ["company/communicationTypes", "company/companies/statuses"].map(ToOwned::to_owned);
    let one = |path: &str| vec![path.to_owned()];
    let mut probes: Vec<(&str, Vec<String>, Vec<Row>)> = vec![
        ("System > Table Setup: Inquire", table_setup.to_vec(), reading.to_vec()),
        ("Companies > Company Maintenance: Inquire All", one("company/companies"), reading.to_vec()),
        ("Companies > Contacts: Inquire All", one("company/contacts"), reading.to_vec()),
    ];
    let details = request.those(&[Row::CompanyDetails]);
    let team = match session.settings().account_manager {
        AccountManager::TerritoryManager => None,
        AccountManager::Team => request.companies.first().and_then(Id::number),
    };
    if let (Some(company), false) = (team, details.is_empty()) {
        let path = format!("company/companies/{company}/teams");
        probes.push(("Companies > Team Members: Inquire All", vec![path], details.clone()));
        probes.push(("System > Member Maintenance: Inquire", one("system/members"), details));
    }
    let mut rights = Vec::new();
    for (name, paths, rows) in probes {
        let mut right = Right::new(name, &rows).held(Held::Yes, "");
        for path in paths {
            if right.held == Held::Yes {
                right = tried(session, &path, right)?;
            }
        }
        rights.push(right);
    }
    let writes = [
        ("Companies > Contacts: Add and Edit All", request.on_contacts()),
        ("Companies > Company Maintenance: Edit All", request.on_companies()),
        ("Companies > Notes: Add, Edit and Inquire All", request.those(&[Row::SupportPin])),
    ];
    let writes = writes.into_iter().filter(|(_, rows)| !rows.is_empty());
    rights.extend(writes.map(|(name, rows)| {
        Right::new(name, &rows)
            .unknown("ConnectWise PSA tells no role: a right to write shows at the first write")
    }));
    Ok(rights)
}

/// Returns the right with what one record at `path` says of it.
fn tried(session: &Session, path: &str, right: Right) -> Result<Right> {
    let one = Query::default().with("fields", "id").with("pageSize", "1");
    Ok(match session.page::<Value>(path, &one) {
        Ok(page) if !page.records.is_empty() => right.held(Held::Yes, ""),
        // A company may have no team.
        Ok(_) if path.ends_with("/teams") => right.unknown(NO_RECORD),
        // A level below All hides records and refuses nothing.
        Ok(_) => {
            let next = format!("give the security role of the API member {} at the level All", right.name);
            right.held(Held::Unknown, next).unknown("it showed no record, as a level below All does")
        }
        Err(error) if error.kind() == Kind::Permission => {
            right.held(Held::No, error.next_step().unwrap_or_default())
        }
        // A company that does not exist says nothing of the right, and is told where companies are.
        Err(error) if error.kind() == Kind::NotFound => right.unknown(NO_RECORD),
        Err(error) => return Err(error),
    })
}
