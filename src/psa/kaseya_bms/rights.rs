//! What the user may do. Kaseya BMS tells rights by the numbers of menus, which are documented nowhere, so that only what
//! holds for all of them is concluded; reading is tried.

use serde::Deserialize;

use super::read::LIST;
use super::session::{Call, Session};
use super::wire;
use crate::error::{Kind, Result};
use crate::model::{Held, Row};
use crate::psa::lenient::flag;
use crate::side::{Right, RightsRequest};

/// The rights of the user who is signed in.
#[derive(Deserialize, Default)]
#[serde(default)]
struct UserInfo {
    #[serde(rename = "useraccessrights")]
    rights: Option<Vec<AccessRight>>,
}

/// The rights to one menu.
#[derive(Deserialize, Default)]
#[serde(default)]
struct AccessRight {
    #[serde(rename = "canmodify", deserialize_with = "flag")]
    can_modify: Option<bool>,
}

/// Returns the rights that the request needs.
///
/// # Errors
/// What keeps the service from being asked: anything but a missing right.
pub(super) fn rights(session: &Session, request: &RightsRequest) -> Result<Vec<Right>> {
    session.begin()?;
    let mut rights = Vec::new();
    for (name, template) in [("CRM > Accounts: View", "crm/accounts/lookup"), ("CRM > Contacts: View", LIST)]
    {
        let right = Right::new(name, &[Row::MatchUsers]);
        let call = Call::get(template, &[]).query("PageSize", &1).query("PageNumber", &1);
        rights.push(match session.call(&call) {
            Ok(_) => right.held(Held::Yes, ""),
            Err(error) if error.kind() == Kind::Permission => {
                right.held(Held::No, error.next_step().unwrap_or_default())
            }
            Err(error) => return Err(error),
        });
    }
    let call = Call::get("security/userinfo", &[]);
    let info: UserInfo = match session.call(&call).and_then(|answer| answer.told(&call)) {
        Ok(result) => wire::decode(result, "the user who is signed in")?,
        Err(error) if error.kind() == Kind::Permission => UserInfo::default(),
        Err(error) => return Err(error),
    };
    let menus = info.rights.unwrap_or_default();
    let none = !menus.is_empty() && menus.iter().all(|menu| menu.can_modify == Some(false));
    let writes = [
        ("CRM > Contacts: Modify", request.on_contacts()),
        ("CRM > Accounts: Modify", request.on_companies()),
    ];
    for (name, rows) in writes.into_iter().filter(|(_, rows)| !rows.is_empty()) {
        let right = Right::new(name, &rows);
        rights.push(if none {
            right.held(
                Held::No,
                "give the user's security role in Kaseya BMS this right: the user may modify nothing",
            )
        } else {
            right.unknown("Kaseya BMS tells rights by numbers that are documented nowhere")
        });
    }
    Ok(rights)
}
