//! Rules that need the record's neighbours.

use serde_json::json;

use super::accept;
use super::draft::Draft;
use super::refusal::Mistake;
use super::schema::{Entity, Kind, Set};
use super::{Record, State, custom, store};

/// Gives a draft to its parent; what is wrong with it as a whole goes to its mistakes.
///
/// # Errors
/// The service's sentence where there is such a record already.
pub(super) fn judge(
    state: &State,
    entity: &Entity,
    parent: Option<i64>,
    draft: &mut Draft,
    ignore_duplicates: bool,
) -> Result<(), String> {
    let lacking: Vec<Mistake> = accept::missing(entity, &draft.record).collect();
    draft.mistakes.extend(lacking);
    draft.mistakes.extend(custom::missing(state, entity, &draft.record));
    if let (Some(parent), Some(field)) = (parent, entity.parent) {
        if draft.record.link(field).is_some_and(|sent| sent != parent) {
            let message = format!("The field {field} is not that of the path.");
            draft.mistakes.push(Mistake::invalid(field, message));
        }
        let reference = entity.field(field).is_some_and(|field| matches!(field.kind, Kind::Reference(_)));
        draft.record.set(field, if reference { json!({"id": parent}) } else { json!(parent) });
    }
    let said = match entity.set {
        Set::Definitions => custom::judge(state, draft),
        Set::Contacts if ignore_duplicates || !state.refuse_duplicates => None,
        set => {
            let record = &draft.record;
            let others = store::all(state, entity, parent);
            let same = others.iter().any(|one| one.id() != record.id() && same(set, one, record));
            same.then(|| format!("There is already such a {}.", entity.name))
        }
    };
    match said {
        Some(said) if draft.mistakes.is_empty() => Err(said),
        _ => Ok(()),
    }
}

/// Is true if there cannot be both.
fn same(set: Set, one: &Record, other: &Record) -> bool {
    let text = |field: &str| {
        !other.text(field).is_empty() && one.text(field).eq_ignore_ascii_case(other.text(field))
    };
    let link = |field: &str| one.link(field) == other.link(field);
    match set {
        Set::Companies => text("identifier") && !one.flag("deletedFlag"),
        // What the service takes for a duplicate is not known; of two contacts this much is plausible.
        Set::Contacts => {
            text("firstName")
                && one.text("lastName").eq_ignore_ascii_case(other.text("lastName"))
                && link("company")
                && !one.flag("inactiveFlag")
        }
        Set::ContactTypes | Set::CommunicationTypes => text("description"),
        Set::CompanyStatuses | Set::CompanyTypes | Set::NoteTypes | Set::Locations => text("name"),
        Set::Members => text("identifier"),
        Set::Teams => link("company") && link("member") && link("contact") && link("teamRole"),
        Set::ContactTypesHeld => link("type") && link("contact"),
        Set::CompanyTypesHeld => link("type") && link("company"),
        Set::Communications | Set::Notes | Set::Definitions => false,
    }
}
