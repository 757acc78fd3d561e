//! What is asked of ConnectWise PSA for a reading.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::{self, ScopedJoinHandle};

use super::convert::{self, Book};
use super::found::{Details, Found, Managers};
use super::list::{Source, by_id, converted, list, room};
use super::query::{self, Query, is_one_of};
use super::session::Session;
use super::settings::AccountManager;
use super::types::Types;
use super::udf::{self, Definition, Shown};
use super::wire::{
    CommunicationType, Company, CompanyStatus, Contact, Member, Reference, TeamRow, UserDefinedField,
};
use crate::error::{Error, Kind, Result};
use crate::model::{self, Complete, Field, Fields, Id, RecordKind, Value};
use crate::side::{FieldCache, PsaRequest, try_each};

/// Teams that are asked for at the same time: as many requests as the service takes.
const TEAMS_AT_ONCE: usize = 4;

/// What becomes of account managers that are kept.
#[derive(Clone, Copy)]
enum Kept {
    /// They are taken for those of now.
    Believed,
    /// They are read again.
    Replaced,
}

/// When a team was last changed is not told, so an account manager is kept by the age of the reading alone.
const STAMP: &str = "";

/// The MSP's types of communication items. This goes first and alone: wrong credentials are refused once then, and
/// a name in the settings that does not exist is refused before anything else is read.
pub(super) fn types(session: &Session) -> Result<Types> {
    let path = "company/communicationTypes";
    let source = Source::new("ConnectWise PSA communication types", path, |of: &CommunicationType| of.id);
    let all = list(session, &source, &Query::default(), "", |_| true)?;
    Types::new(all.items(), &session.settings().types)
}

fn contacts() -> Source<Contact> {
    let source = Source::new("ConnectWise PSA contacts", "company/contacts", |contact: &Contact| contact.id);
    source.fields(Contact::FIELDS)
}

/// Asks for all that `request` wants. How many requests go out together is the connection's business.
///
/// # Errors
/// The first failure, whatever failed after it.
pub(super) fn fetch(
    session: &Session,
    cache: &dyn FieldCache,
    book: Book<'_>,
    request: &PsaRequest,
) -> Result<Found> {
    let shown = &Shown::default();
    let mut ids: Vec<i64> = request.companies.iter().filter_map(Id::number).collect();
    ids.sort_unstable();
    ids.dedup();
    thread::scope(|scope| {
        let room = room(session, &contacts(), "company/id");
        let contacts: Vec<_> = query::runs_of_ids(&ids, room)
            .into_iter()
            .map(|some| scope.spawn(move || contacts_of(session, book, shown, some)))
            .collect();
        let mut companies = self::companies(session, &ids)?;
        let unclear = mark_inactive(session, &mut companies);
        let managers = request
            .company_details
            .then(|| managers(session, cache, Kept::Believed, &companies))
            .transpose()?;
        let contacts: Vec<_> = contacts.into_iter().map(joined).collect::<Result<_>>()?;
        let contacts: BTreeMap<_, _> = contacts.into_iter().flatten().collect();
        let none_came = contacts.values().all(|contacts| contacts.items().is_empty());
        let shown = (!none_came).then(|| shown.definitions());
        let (contact_udfs, company_udfs) = definitions(session, &companies, shown)?;
        Ok(Found { companies, unclear, contacts, contact_udfs, company_udfs, managers })
    })
}

/// The companies with these ids that were not deleted.
fn companies(session: &Session, ids: &[i64]) -> Result<BTreeMap<i64, Company>> {
    let source =
        Source::new("ConnectWise PSA companies", "company/companies", |company: &Company| company.id);
    let mut companies = by_id(session, &source.fields(Company::FIELDS), "deletedFlag=false", ids)?;
    companies.retain(|_, company| company.deleted_flag != Some(true));
    Ok(companies)
}

/// All companies that were not deleted.
pub(super) fn all_companies(session: &Session) -> Result<BTreeMap<i64, Company>> {
    let source =
        Source::new("ConnectWise PSA companies", "company/companies", |company: &Company| company.id);
    let source = source.fields(Company::FIELDS);
    let all = list(session, &source, &Query::default(), "deletedFlag=false", |_| true)?;
    let mut companies = BTreeMap::new();
    all.only(|company| company.deleted_flag != Some(true))
        .map(|company| companies.insert(company.id, company));
    mark_inactive(session, &mut companies);
    Ok(companies)
}

/// The companies with these ids and their account managers as they are now, whatever is kept.
pub(super) fn details(session: &Session, cache: &dyn FieldCache, ids: &[Id]) -> Result<Details> {
    let mut ids: Vec<i64> = ids.iter().filter_map(Id::number).collect();
    ids.sort_unstable();
    ids.dedup();
    let companies = companies(session, &ids)?;
    let managers = managers(session, cache, Kept::Replaced, &companies)?;
    Ok(Details { companies, managers })
}

/// Marks which companies have a status that is one of the inactive ones, and returns those of which that is not known, with
/// the reason: a question that failed is no "no". The statuses' names are the MSP's own choice, so that they are asked for
/// where one is not simply called active.
fn mark_inactive(session: &Session, companies: &mut BTreeMap<i64, Company>) -> BTreeMap<i64, Error> {
    let mut doubtful: BTreeMap<i64, Reference> = BTreeMap::new();
    for (id, company) in companies.iter_mut() {
        match company.status.as_ref().filter(|status| status.id.is_some() || status.name.is_some()) {
            Some(status) if !is_plain(status) => drop(doubtful.insert(*id, status.clone())),
            _ => company.is_inactive = Some(false),
        }
    }
    let ids: BTreeSet<i64> = doubtful.values().filter_map(|status| status.id).collect();
    let ids: Vec<i64> = ids.into_iter().collect();
    let path = "company/companies/statuses";
    let source = Source::new("ConnectWise PSA company statuses", path, |status: &CompanyStatus| status.id);
    let statuses = by_id(session, &source, "", &ids);
    let mut unclear = BTreeMap::new();
    for (id, status) in doubtful {
        let told = statuses.as_ref().map(|statuses| statuses.get(&status.id?)?.inactive_flag);
        let why = match told {
            Ok(Some(is_inactive)) => {
                companies.entry(id).and_modify(|company| company.is_inactive = Some(is_inactive));
                continue;
            }
            Ok(None) => {
                let name = status.name.as_deref().unwrap_or_default();
                Error::new(Kind::Incomplete, format!("ConnectWise PSA does not tell its status \"{name}\""))
                    .hint("look at the status under System > Setup Tables > Company Status, and at the rights of the API member")
            }
            Err(error) => error.without_cause(),
        };
        let place = format_args!("it is not known whether company {id} is active");
        unclear.insert(id, why.within(place));
    }
    unclear
}

/// Reports whether a status is simply called active.
fn is_plain(status: &Reference) -> bool {
    status.name.as_deref().is_some_and(|name| name.trim().eq_ignore_ascii_case("active"))
}

/// The custom fields of contacts as they are defined, for a contact that is to be created where none was seen.
pub(super) fn contact_definitions(session: &Session) -> Result<Vec<Definition>> {
    let all = all_definitions(session)?;
    Ok(udf::defined(session.udf_names(), false, all.items()))
}

/// The contacts of `companies`, active or not, by company.
fn contacts_of(
    session: &Session,
    book: Book<'_>,
    shown: &Shown,
    companies: &[i64],
) -> Result<BTreeMap<i64, Complete<model::Contact>>> {
    let condition = is_one_of("company/id", companies);
    let asked =
        |contact: &Contact| contact.company_id().is_some_and(|id| companies.binary_search(&id).is_ok());
    let contact = |contact: Contact| {
        let company = contact.company_id().unwrap_or_default();
        shown.by(
            book.names,
            false,
            (company, contact.id),
            contact.custom_fields.as_deref().unwrap_or_default(),
        );
        (company, convert::contact(&contact, book))
    };
    let all = converted(session, &contacts(), &Query::default(), &condition, asked, contact)?;
    Ok(all.grouped(companies))
}

/// The custom fields of contacts and of companies. Records show them, those of contacts if there are any: the definitions
/// are asked for where no contact does, for the entries of lists, and for fields that no record shows. Such a field may be
/// there and be shown elsewhere.
fn definitions(
    session: &Session,
    companies: &BTreeMap<i64, Company>,
    by_contacts: Option<Vec<Definition>>,
) -> Result<(Vec<Definition>, Vec<Definition>)> {
    let names = session.udf_names();
    let by_companies = Shown::default();
    for (id, company) in companies {
        by_companies.by(names, true, (*id, 0), company.custom_fields.as_deref().unwrap_or_default());
    }
    let unseen = by_contacts.is_none() && !companies.is_empty();
    let mut contact_udfs = by_contacts.unwrap_or_default();
    let mut company_udfs = by_companies.definitions();
    let needed = unseen || udf::lacks_entries(&contact_udfs) || udf::lacks_entries(&company_udfs);
    let lacking = !companies.is_empty()
        && (udf::lacks_roles(&contact_udfs, false) || udf::lacks_roles(&company_udfs, true));
    if needed || lacking {
        let all = match all_definitions(session) {
            // Where that cannot be told, a field that no record shows counts as one that is not there.
            Err(error)
                if !needed && !matches!(error.kind(), Kind::Deadline | Kind::Interrupted | Kind::Auth) =>
            {
                return Ok((contact_udfs, company_udfs));
            }
            all => all?,
        };
        udf::add_roles(&mut contact_udfs, udf::defined(names, false, all.items()));
        udf::add_roles(&mut company_udfs, udf::defined(names, true, all.items()));
        udf::add_entries(&mut contact_udfs, all.items());
        udf::add_entries(&mut company_udfs, all.items());
    }
    Ok((contact_udfs, company_udfs))
}

pub(super) fn all_definitions(session: &Session) -> Result<Complete<UserDefinedField>> {
    let path = "system/userDefinedFields";
    let source = Source::new("ConnectWise PSA custom fields", path, |field: &UserDefinedField| field.id);
    list(session, &source, &Query::default(), "", |_| true)
}

/// The account managers of the companies. Those in teams, which cost a request for each company, are kept.
fn managers(
    session: &Session,
    cache: &dyn FieldCache,
    use_of_kept: Kept,
    companies: &BTreeMap<i64, Company>,
) -> Result<Managers> {
    if session.settings().account_manager == AccountManager::TerritoryManager {
        let of = companies.iter();
        let of = of.filter_map(|(id, company)| Some((*id, Some(company.territory_manager.clone()?))));
        let names = names(session, of.collect())?;
        return Ok(Managers { names, remembered: BTreeSet::new() });
    }
    let mut known = Managers::default();
    let mut unknown = Vec::new();
    for id in companies.keys() {
        let kept = match use_of_kept {
            Kept::Believed => cache.get(RecordKind::PsaCompany, &Id::from(*id), STAMP),
            Kept::Replaced => None,
        };
        match kept.as_ref().map(|fields| fields.get(Field::AccountManager)) {
            Some(Value::Text(name)) => drop(known.names.insert(*id, Some(name.to_owned()))),
            Some(Value::Empty) => {}
            Some(Value::Absent | Value::Hidden) | None => {
                unknown.push(*id);
                continue;
            }
        }
        known.remembered.insert(*id);
    }
    let mut read = names(session, team_managers(session, &unknown)?)?;
    for id in unknown {
        let name = read.get(&id);
        if name != Some(&None) {
            let name = name.and_then(Option::as_deref);
            let mut fields = Fields::new();
            fields.set_or_empty(Field::AccountManager, name);
            cache.put(RecordKind::PsaCompany, &Id::from(id), STAMP, &fields);
        }
    }
    known.names.append(&mut read);
    Ok(known)
}

/// The full names of the managers, by company.
fn names(
    session: &Session,
    managers: BTreeMap<i64, Option<Reference>>,
) -> Result<BTreeMap<i64, Option<String>>> {
    let mut ids: Vec<i64> = managers.values().flatten().filter_map(|manager| manager.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let source = Source::new("ConnectWise PSA members", "system/members", |member: &Member| member.id);
    let members = by_id(session, &source.fields(Member::FIELDS), "", &ids)?;
    let name = |manager: Reference| {
        let member = manager.id.and_then(|id| members.get(&id));
        // Half a name is no name: what was not in the answer is not blank.
        let names = member.and_then(|member| Some([member.first_name.as_ref()?, member.last_name.as_ref()?]));
        let names: Vec<&str> = names.into_iter().flatten().map(|name| name.trim()).collect();
        let full = names.join(" ").trim().to_owned();
        // A member that the API member may not see, or no member at all, is known by the reference alone.
        let known = if full.is_empty() { manager.name.unwrap_or_default() } else { full };
        // There is a manager, so no name is not a blank one: it would clear the portal's.
        (!known.trim().is_empty()).then_some(known)
    };
    Ok(managers.into_iter().map(|(company, manager)| (company, manager.and_then(name))).collect())
}

/// Reads the account manager in the team of each company: one request each, a few at the same time.
fn team_managers(session: &Session, companies: &[i64]) -> Result<BTreeMap<i64, Option<Reference>>> {
    let managers = try_each(companies, TEAMS_AT_ONCE, |company| {
        let path = format!("company/companies/{company}/teams");
        let source = Source::new("ConnectWise PSA team members", path, |row: &TeamRow| row.id);
        let team = list(session, &source.fields(TeamRow::FIELDS), &Query::default(), "", |_| true)?;
        let manager = team.items().iter().find(|row| row.account_manager_flag == Some(true));
        // A row that does not say whether it is the manager's may be.
        let is_open = team.items().iter().any(|row| row.account_manager_flag.is_none());
        Ok((manager.is_some() || is_open).then(|| (*company, manager.and_then(who))))
    })?;
    Ok(managers.into_iter().flatten().collect())
}

/// The member of the row; a contact in its place has no id among members.
fn who(row: &TeamRow) -> Option<Reference> {
    let member = row.member.clone().filter(|member| member.id.is_some());
    let contact = || row.contact.clone().map(|contact| Reference { id: None, name: contact.name });
    member.or_else(contact)
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_team_knows_its_manager_by_member_or_by_contact() {
        let row = |row| serde_json::from_value::<TeamRow>(row).expect("a row");
        let member = who(&row(json!({"id": 1, "member": {"id": 4, "name": "Mia Berg"}, "contact": {}})));
        assert_eq!(member.and_then(|member| member.id), Some(4));
        let contact = who(&row(json!({"id": 1, "member": {}, "contact": {"id": 9, "name": "Bo Lund"}})));
        let contact = contact.expect("the contact");
        assert_eq!((contact.id, contact.name.as_deref()), (None, Some("Bo Lund")));
        assert!(who(&row(json!({"id": 1}))).is_none());
    }
}
