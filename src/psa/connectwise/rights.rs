//! What the API member may do: its security role is told nowhere, so that one record is read of everything that a run
//! reads. What it may write shows only when it is written, and nothing is written for that.

use serde_json::Value;

use super::query::Query;
use super::session::Session;
use super::settings::AccountManager;
use crate::error::{Kind, Result};
use crate::model::{Held, Id, Row};
use crate::side::{Right, RightsRequest};

/// Returns the rights that the request needs.
///
/// # Errors
/// What keeps the service from being asked: anything but a missing right.
pub(super) fn rights(session: &Session, request: &RightsRequest) -> Result<Vec<Right>> {
    let reading = [Row::MatchUsers];
    let mut probes: Vec<(&str, String, Vec<Row>)> = vec![
        ("System > Table Setup: Inquire", "company/communicationTypes".to_owned(), reading.to_vec()),
        ("Companies > Company Maintenance: Inquire All", "company/companies".to_owned(), reading.to_vec()),
        ("Companies > Contacts: Inquire All", "company/contacts".to_owned(), reading.to_vec()),
    ];
    let details = request.those(&[Row::CompanyDetails]);
    let team = match session.settings().account_manager {
        AccountManager::TerritoryManager => None,
        AccountManager::Team => request.companies.first().and_then(Id::number),
    };
    if let (Some(company), false) = (team, details.is_empty()) {
        let path = format!("company/companies/{company}/teams");
        probes.push(("Companies > Team Members: Inquire All", path, details.clone()));
        probes.push(("System > Member Maintenance: Inquire", "system/members".to_owned(), details));
    }
    let mut rights = Vec::new();
    for (name, path, rows) in probes {
        let right = Right::new(name, &rows);
        let one = Query::default().with("fields", "id").with("pageSize", "1");
        rights.push(match session.page::<Value>(&path, &one) {
            Ok(_) => right.held(Held::Yes, ""),
            Err(error) if error.kind() == Kind::Permission => {
                right.held(Held::No, error.next_step().unwrap_or_default())
            }
            // A company that does not exist says nothing of the right, and is told where companies are.
            Err(error) if error.kind() == Kind::NotFound => {
                right.unknown("there is no record to try it with")
            }
            Err(error) => return Err(error),
        });
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
