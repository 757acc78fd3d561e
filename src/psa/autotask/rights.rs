//! What the API user may do, as Autotask tells it of every entity. Nothing is tried.

use super::session::Session;
use super::wire::Access;
use crate::error::Result;
use crate::model::{Held, Row};
use crate::side::{Right, RightsRequest};

/// What is done with an entity.
#[derive(Debug, Clone, Copy)]
enum Action {
    Query,
    Create,
    Update,
}

impl Action {
    /// Returns the word for it, and how Autotask says whether the API user may.
    fn of(self, access: &Access) -> (&'static str, Option<&str>) {
        match self {
            Self::Query => ("query", access.query.as_deref()),
            Self::Create => ("create", access.create.as_deref()),
            Self::Update => ("update", access.update.as_deref()),
        }
    }
}

/// Returns the rights that the request needs. Each entity is asked about once.
///
/// # Errors
/// What keeps the database from being asked.
pub(super) fn rights(session: &Session, request: &RightsRequest) -> Result<Vec<Right>> {
    session.begin()?;
    let creates = if request.creates { request.those(&[Row::UpdateContact]) } else { Vec::new() };
    let needed: [(&'static str, Action, Vec<Row>); 6] = [
        ("Companies", Action::Query, vec![Row::MatchUsers]),
        ("Companies", Action::Update, request.on_companies()),
        ("Contacts", Action::Query, vec![Row::MatchUsers]),
        ("Contacts", Action::Update, request.on_contacts()),
        ("Contacts", Action::Create, creates),
        ("Resources", Action::Query, request.those(&[Row::CompanyDetails])),
    ];
    let mut known: Option<(&str, Access)> = None;
    let mut rights = Vec::new();
    for (entity, action, rows) in needed.iter().filter(|(.., rows)| !rows.is_empty()) {
        let access = match known.take() {
            Some((of, access)) if of == *entity => access,
            _ => session.access(entity)?,
        };
        rights.push(judged(entity, *action, rows, &access));
        known = Some((entity, access));
    }
    Ok(rights)
}

fn judged(entity: &str, action: Action, rows: &[Row], access: &Access) -> Right {
    let (word, told) = action.of(access);
    let right = Right::new(format!("{entity}: {word}"), rows);
    let give = |how: &str| format!("give the API user's security level in Autotask {how} to {word} {entity}");
    match told.map(str::to_ascii_lowercase).as_deref() {
        Some("all") => right.held(Held::Yes, ""),
        Some("none") => right.held(Held::No, give("the right")),
        Some("restricted") => right.held(Held::Partly, give("the right to all records, not to some,")),
        _ => right.unknown("Autotask does not tell this right"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_all_some_or_none_and_anything_else_is_not_told() {
        for (told, held) in [
            (Some("All"), Held::Yes),
            (Some("Restricted"), Held::Partly),
            (Some("None"), Held::No),
            (Some("Often"), Held::Unknown),
            (None, Held::Unknown),
        ] {
            let access = Access { update: told.map(ToOwned::to_owned), ..Access::default() };
            let right = judged("Contacts", Action::Update, &[Row::UpdateContact], &access);
            assert_eq!((right.name.as_str(), right.held), ("Contacts: update", held));
            assert_eq!(right.next.is_some(), matches!(held, Held::No | Held::Partly), "{told:?}");
        }
    }
}
