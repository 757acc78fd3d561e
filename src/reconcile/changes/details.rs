//! Row 17: one details record for every 365 user who takes part. The record is crsync's own, so it follows its
//! sources to the letter: what is blank there becomes blank here. When a user leaves, the record is archived.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::planned::{Basis, Planned, key, order};
use crate::model::{
    Detail, Details, DetailsSide, ENABLED, Field, Fields, Id, LEFT, Picture, Pictures, Reading, Row, Side,
    Udf, User, Value, is_archived, picture_reference, published_picture,
};
use crate::plan::{
    Action, Change, FieldChange, Left, NewValue, Record, RecordKind, Seek, Skip, Unmoved, Who,
};
use crate::reconcile::earlier::doubt::doubted_details;
use crate::reconcile::input::{FollowUp, Policy, View, id_key, name_key};
use crate::reconcile::link::Links;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::linked::LinkedCompany;
use crate::reconcile::scope::Scope;
use crate::reconcile::status::PersonStatus;

/// The separator of the entries of a list.
const BETWEEN: &str = "; ";

/// Whose record it is.
const USER: Field = Field::Udf(Udf::Office365Id);

const STATE: Field = Field::Detail(Detail::AccountState);

/// The changes of details records, and what is reported about them.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    pub(crate) planned: Vec<Planned>,
    pub(crate) skipped: Vec<Skip>,
}

/// Plans the details records of a company whose policy asks for them.
pub(crate) fn details(basis: &Basis<'_>, gone: Option<&BTreeSet<Id>>) -> Drafts {
    let Basis { company, earlier, statuses, follow_up: FollowUp { pictures, .. } } = *basis;
    let LinkedCompany { view, scope, links: Links { persons, .. }, .. } = company;
    let mut drafts = Drafts::default();
    let side = match view.details.filter(|_| view.on(Row::UserDetails)) {
        Some(Reading::Complete(side)) => side,
        Some(Reading::Incomplete { kind: _, reason, hint }) => {
            drafts.tell(None, format!("user details were not read: {reason}"), hint.clone());
            return drafts;
        }
        None => return drafts,
    };
    for field in &side.kind.missing {
        let reason = format!("{} in the portal has no usable field for {field}", side.kind.name);
        drafts.tell(None, reason, Some(format!("add the field to {} in the portal", side.kind.name)));
    }
    pictures_unread(basis, &mut drafts);
    let drafter = DetailsDrafter { view, scope, pictures, side, records: records(side, &mut drafts) };
    for (index, person) in persons.iter().enumerate() {
        if let Some(user) = person.user {
            drafts.planned.extend(drafter.person(index, person, user, statuses[index]));
        }
    }
    let orphan = |(index, person): (usize, &LinkedPerson)| Some((view.ids.text(person.orphan?.id), index));
    let orphans: BTreeMap<&str, usize> = persons.iter().enumerate().filter_map(orphan).collect();
    let ignored = ignored(view);
    let is_known = |user: &str| view.ids.find_user(&Id::new(user)).is_some();
    for (user, record) in drafter.records.iter().filter(|(user, _)| !is_known(user)) {
        let Some(record) = record else { continue };
        let person = orphans.get(&**user).copied();
        let left = person.map_or(PersonStatus::Leaver(Left::Deleted), |person| statuses[person]);
        if matches!(left, PersonStatus::Leaver(_)) && !is_ignored(&ignored, record) {
            let whose = person.map(|person| (person, &persons[person]));
            let Some(mut archive) = drafter.archive(whose, record, Left::Deleted) else { continue };
            let user = Id::new(user);
            if person.is_none() && gone.is_some_and(|gone| !gone.contains(&user)) {
                drafts
                    .skipped
                    .push(Skip { who: Some(who(record)), ..doubted_details(view, &earlier.unlisted(&user)) });
                continue;
            }
            if person.is_none() {
                archive.change.left = Some(earlier.deleted(user, Left::Deleted));
            }
            drafts.planned.push(archive);
        }
    }
    let new = drafts.planned.iter_mut().map(|each| &mut each.change).filter(|_| side.kind.new);
    let first = new.filter(|change| change.action == Action::Create).min_by_key(|change| order(change));
    if let Some(field) = first.and_then(|first| first.fields.first_mut()) {
        field.note = Some(format!("makes the type {} first", side.kind.name));
    }
    drafts
}

/// Tells whose pictures are not known, in one line for every reason.
fn pictures_unread(basis: &Basis<'_>, drafts: &mut Drafts) {
    let Basis { company, statuses, follow_up: FollowUp { pictures, .. }, earlier: _ } = *basis;
    let LinkedCompany { view, links: Links { persons, .. }, .. } = company;
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let here = persons.iter().zip(statuses).filter(|(_, status)| **status == PersonStatus::InScope);
    for user in here.filter_map(|(person, _)| person.user) {
        if let Some(why) = pictures.why_unknown(&view.own.tenant_id, &view.users[user].id) {
            *reasons.entry(why).or_default() += 1;
        }
    }
    for (why, count) in reasons.into_iter().filter(|_| view.policy.pictures) {
        let whose = if count == 1 { "one picture was".to_owned() } else { format!("{count} pictures were") };
        drafts.tell(None, format!("{whose} not read: {why}"), None);
    }
}

impl Drafts {
    fn tell(&mut self, who: Option<Who>, reason: String, next: Option<String>) {
        self.skipped.push(Skip { row: Row::UserDetails, who, reason, next, strict: false });
    }
}

type Records<'a> = BTreeMap<Cow<'a, str>, Option<&'a Details>>;

/// Returns the records by the user they are about; `None` where several are about one, for which nothing is written.
fn records<'a>(side: &'a DetailsSide, drafts: &mut Drafts) -> Records<'a> {
    let mut found: BTreeMap<Cow<'_, str>, Vec<&Details>> = BTreeMap::new();
    for record in side.records.items() {
        found.entry(id_key(record.user.as_str())).or_default().push(record);
    }
    let one = |(user, mut records): (Cow<'a, str>, Vec<&'a Details>)| {
        if let [record] = records[..] {
            return (user, Some(record));
        }
        records.sort_by(|a, b| a.id.cmp(&b.id));
        let ids: Vec<String> = records.iter().map(|record| record.id.to_string()).collect();
        let reason = format!("several details records are about one user: {}", ids.join(", "));
        drafts.tell(
            Some(who(records[0])),
            reason,
            Some("delete all but one of them in the portal".to_owned()),
        );
        (user, None)
    };
    found.into_iter().map(one).collect()
}

/// Returns what decisions ignore, in the form for comparing: names of people, and ids of 365 users.
fn ignored<'a>(view: &View<'a>) -> [BTreeSet<Cow<'a, str>>; 2] {
    let decisions = view.input.decisions;
    let users = decisions.ignored.iter().filter(|(side, _)| *side == Side::Tenant);
    [
        decisions.ignore.iter().map(|text| name_key(text)).collect(),
        users.map(|(_, id)| Cow::Borrowed(id.as_str())).collect(),
    ]
}

/// Reports whether a decision ignores the user that a record is about.
fn is_ignored([names, users]: &[BTreeSet<Cow<'_, str>>; 2], record: &Details) -> bool {
    let own = [Some(record.user.as_str()), record.fields.text(Field::UserName)];
    own.into_iter().flatten().any(|text| names.contains(&*name_key(text)))
        || users.contains(&*id_key(record.user.as_str()))
}

/// Returns the person that a record is about, by what the record itself says.
fn who(record: &Details) -> Who {
    let text = |field| record.fields.text(field).map(ToOwned::to_owned);
    let name = text(Field::DisplayName).or(text(Field::UserName)).unwrap_or_else(|| record.user.to_string());
    Who { name, email: text(Field::UserName) }
}

struct DetailsDrafter<'a, 'b> {
    view: &'b View<'a>,
    scope: &'b Scope,
    pictures: &'b Pictures,
    side: &'b DetailsSide,
    records: Records<'b>,
}

impl DetailsDrafter<'_, '_> {
    fn person(
        &self,
        index: usize,
        person: &LinkedPerson,
        user: usize,
        status: PersonStatus,
    ) -> Option<Planned> {
        let record = self.records.get(self.view.ids.text(self.view.ids.of_user(user))).copied();
        let user = self.view.users[user];
        match (status, record) {
            (PersonStatus::InScope, None) => Some(self.create(index, person, user)),
            (PersonStatus::InScope, Some(record)) => self.update(index, person, user, record?),
            (PersonStatus::Leaver(left), Some(record)) => self.archive(Some((index, person)), record?, left),
            _ => None,
        }
    }

    fn create(&self, index: usize, person: &LinkedPerson, user: &User) -> Planned {
        let wanted = self.wanted(person, user);
        let held = wanted.iter().filter(|(_, text)| !text.is_empty());
        let fields = held.map(|(field, text)| change(field, None, text, None)).collect();
        let seek = Seek { user: Some(user.id.clone()), emails: Vec::new(), alternates: false };
        let record =
            Record { kind: RecordKind::Details, company: self.view.company.portal_id.clone(), id: None };
        let change = Change {
            key: key(self.view, RecordKind::Details, &user.id, true),
            record,
            action: Action::Create,
            who: person.who(self.view),
            fields,
            evidence: Vec::new(),
            unmoved: Vec::new(),
            seek: Some(seek),
            left: None,
            namesakes: None,
        };
        Planned { person: Some(index), change }
    }

    fn update(&self, index: usize, person: &LinkedPerson, user: &User, record: &Details) -> Option<Planned> {
        let returns = record.fields.text(STATE).is_some_and(is_archived);
        let fields: Vec<FieldChange> = self
            .wanted(person, user)
            .iter()
            .filter_map(|(field, text)| {
                let before = held(&record.fields, field);
                (!field.same(&before, text)).then(|| change(field, Some(before), text, None))
            })
            .collect();
        let action = if returns { Action::Reactivate } else { Action::Update };
        self.existing(Some(index), person.who(self.view), record, action, fields)
    }

    fn archive(
        &self,
        person: Option<(usize, &LinkedPerson)>,
        record: &Details,
        left: Left,
    ) -> Option<Planned> {
        let before = held(&record.fields, STATE);
        // Without the field, the next run could not tell that the record is archived already.
        if is_archived(&before) || self.side.kind.missing.contains(&STATE) {
            return None;
        }
        let state = match left {
            Left::Disabled => LEFT[0],
            Left::NoLicence => LEFT[1],
            Left::Deleted => LEFT[2],
        };
        let fields = vec![change(STATE, Some(before), state, Some("the record is archived".to_owned()))];
        let who = person.map_or_else(|| who(record), |(_, person)| person.who(self.view));
        self.existing(person.map(|(index, _)| index), who, record, Action::Deactivate, fields)
    }

    fn existing(
        &self,
        person: Option<usize>,
        who: Who,
        record: &Details,
        action: Action,
        fields: Vec<FieldChange>,
    ) -> Option<Planned> {
        let kind = RecordKind::Details;
        let id = Some(record.id.clone());
        let change = Change {
            key: key(self.view, kind, &record.id, false),
            record: Record { kind, company: self.view.company.portal_id.clone(), id },
            action,
            who,
            fields,
            evidence: Vec::new(),
            unmoved: vec![Unmoved { field: USER, value: record.user.to_string() }],
            seek: None,
            left: None,
            namesakes: None,
        };
        (!change.fields.is_empty()).then_some(Planned { person, change })
    }

    /// Returns what the record of a user who takes part should hold: a blank text where it should be blank, nothing
    /// where that is not known or the portal has no field for it.
    fn wanted(&self, person: &LinkedPerson, user: &User) -> Fields {
        let mut wanted = Fields::new();
        wanted.set(USER, user.id.as_str());
        // Every user has one, so a blank one was not read.
        if !user.user_name.is_empty() {
            wanted.set(Field::UserName, &user.user_name);
        }
        if user.fields.get(Field::DisplayName) != Value::Absent {
            wanted.set(Field::DisplayName, user.fields.text(Field::DisplayName).unwrap_or_default());
        }
        if user.enabled == Some(true) {
            wanted.set(STATE, ENABLED);
        }
        let office = user.attributes.get("office");
        let picture = self.pictures.known.get(&user.id).filter(|_| self.view.policy.pictures);
        if let Some(picture) = picture {
            wanted.set(Field::Detail(Detail::Picture), reference(picture, self.view.policy));
        }
        let texts = [
            (Detail::AlternateEmails, user.all_alternates.then(|| user.alternates.join(BETWEEN))),
            (Detail::Products, user.licences.as_deref().map(|licences| self.products(licences))),
            (Detail::Manager, Some(user.manager.clone().unwrap_or_default())),
            (Detail::Office, office.map(ToOwned::to_owned)),
        ];
        for (detail, text) in texts.into_iter().filter_map(|(detail, text)| Some((detail, text?))) {
            wanted.set(Field::Detail(detail), text);
        }
        if let Some(terms) = self.scope.types.of(person.contact) {
            let groups: Vec<&str> = terms.groups.iter().map(String::as_str).collect();
            wanted.set(Field::Detail(Detail::PortalRole), terms.role.as_deref().unwrap_or_default());
            wanted.set(Field::Detail(Detail::PortalGroups), groups.join(BETWEEN));
        }
        wanted.only(|field| !self.side.kind.missing.contains(&field))
    }

    /// Returns the licences that count, by the names people know, each once.
    fn products(&self, licences: &[String]) -> String {
        let mut names = BTreeSet::new();
        for id in licences.iter().filter(|id| self.scope.counts(id)) {
            let sku = self.view.tenant.skus.iter().find(|sku| sku.id.eq_ignore_ascii_case(id));
            names.insert(sku.map_or(id.as_str(), |sku| sku.name.as_str()));
        }
        names.into_iter().collect::<Vec<_>>().join(BETWEEN)
    }
}

fn reference(picture: &Picture, policy: &Policy) -> String {
    match picture {
        Picture::None => String::new(),
        Picture::Held(hash) => picture_reference(hash, policy.publish_pictures),
    }
}

fn held(fields: &Fields, field: Field) -> String {
    match fields.get(field) {
        Value::Text(text) => text.to_owned(),
        Value::Absent | Value::Empty | Value::Hidden => String::new(),
    }
}

fn change(field: Field, before: Option<String>, after: &str, note: Option<String>) -> FieldChange {
    let source = match field {
        Field::Detail(Detail::PortalRole | Detail::PortalGroups) => Side::Psa,
        _ => Side::Tenant,
    };
    let published = (field == Field::Detail(Detail::Picture)).then(|| published_picture(after)).flatten();
    let note = published.map_or(note, |_| Some("put among the MSP's media".to_owned()));
    let after = if after.is_empty() { NewValue::Blank } else { NewValue::Text(after.to_owned()) };
    FieldChange { field, before, after, source, row: Row::UserDetails, note }
}
