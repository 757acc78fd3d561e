//! Applying, settling, remembering and undoing, against services that are kept in memory.

mod applying;
mod fake;
mod fresh;
mod leaving;
mod settling;
mod side_by_side;
mod undoing;
mod waiting;

use std::collections::BTreeMap;

use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::model::{Field, Id, RecordKind, Row, Udf};
use crate::plan::{
    Action, ChangeKey, Ended, Entry, FieldChange, Header, NewValue, PinOwner, Purpose, Record, Report, Seek,
    Who,
};
use crate::state::Clock;
use fake::{Fake, Log};

const O365: Field = Field::Udf(Udf::Office365Id);

/// Both services, a state, and the log of what the services were asked.
struct Bench {
    psa: Fake,
    portal: Fake,
    tenants: Fake,
    state: State,
    clock: Clock,
    log: Log,
    folder: TempDir,
}

/// Progress that is not shown to any user.
struct Unseen;

impl Progress for Unseen {
    fn expect(&self, _: usize) {}
    fn settled(&self, _: Settlement) {}
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let clock = Clock::by_hand();
        let state = State::open(&folder.path().join("state.db"), "realm").expect("a usable state");
        let state = state.timed_by(clock.clone());
        let log = Log::default();
        Self {
            psa: Fake::new(&log, &clock, 100),
            portal: Fake::new(&log, &clock, 500),
            tenants: Fake::new(&log, &clock, 900),
            state,
            clock,
            log,
            folder,
        }
    }

    fn systems(&self) -> Systems<'_> {
        Systems { psa: &self.psa, portal: &self.portal, tenants: &self.tenants }
    }

    /// Applies these changes of Contoso as a run of their own.
    fn apply(&self, changes: &[Change]) -> Report {
        self.apply_until(changes, &|| None)
    }

    fn apply_until(&self, changes: &[Change], halt: &(dyn Fn() -> Option<Halt> + Sync)) -> Report {
        self.apply_all(&[contoso(changes)], halt)
    }

    fn apply_all(&self, companies: &[CompanyPlan], halt: &(dyn Fn() -> Option<Halt> + Sync)) -> Report {
        let runs = self.state.runs(None).expect("readable").len();
        let header = header(&format!("run-{}", runs + 1), companies);
        self.state.begin(&header, companies).expect("begun");
        let halted =
            apply(self.systems(), &self.state, &header.id, companies, halt, &Unseen).expect("a journal");
        self.state.end(&header.id, Ended { at: Timestamp::now(), halt: halted }).expect("ended");
        self.state.run(&header.id).expect("known")
    }

    /// What was asked since the last time.
    fn asked(&self) -> Vec<String> {
        self.log.take()
    }
}

fn header(id: &str, companies: &[CompanyPlan]) -> Header {
    Header {
        id: id.to_owned(),
        purpose: Purpose::Sync,
        started: Timestamp::now(),
        operator: "kim".to_owned(),
        host: "desk".to_owned(),
        tool: "1".to_owned(),
        psa: "testdesk".to_owned(),
        plan: "p".to_owned(),
        config: "c".to_owned(),
        planned: companies.iter().map(|company| company.changes.len()).sum(),
        allowed: BTreeMap::new(),
        shard: None,
        fields: Vec::new(),
        breaches: Vec::new(),
    }
}

fn contoso(changes: &[Change]) -> CompanyPlan {
    CompanyPlan { name: "Contoso".to_owned(), changes: changes.to_vec(), ..CompanyPlan::default() }
}

fn field(field: Field, before: Option<&str>, after: &str) -> FieldChange {
    let after = if after.is_empty() { NewValue::Blank } else { NewValue::Text(after.to_owned()) };
    FieldChange {
        field,
        before: before.map(ToOwned::to_owned),
        after,
        source: Side::Tenant,
        row: Row::UpdateContact,
        note: None,
    }
}

fn change(
    action: Action,
    kind: RecordKind,
    id: Option<&str>,
    name: &str,
    fields: Vec<FieldChange>,
) -> Change {
    let company = Id::from(if kind == RecordKind::Contact { 174 } else { 9 });
    let made_from = id.map_or_else(|| format!("new {name}"), ToOwned::to_owned);
    Change {
        key: ChangeKey(format!("Contoso/{}/{made_from}", kind.noun())),
        record: Record { kind, company, id: id.map(Id::from) },
        action,
        who: Who { name: name.to_owned(), email: Some(format!("{name}@contoso.example")) },
        fields,
        evidence: Vec::new(),
        unmoved: Vec::new(),
        seek: None,
        left: None,
        namesakes: None,
    }
}

/// The title of contact `id` goes from Clerk to Head.
fn promoted(id: &str) -> Change {
    let title = field(Field::Title, Some("Clerk"), "Head");
    change(Action::Update, RecordKind::Contact, Some(id), &format!("c{id}"), vec![title])
}

const PIN: Field = Field::Udf(Udf::SupportPin);

/// The contact gets the support PIN of the portal user.
fn pinned(contact: &str, portal_user: &str) -> Change {
    let mut pin = field(PIN, Some(""), "");
    let owner = PinOwner { company: Id::from(9), user: Id::from(portal_user) };
    pin.after = NewValue::PinOf(owner);
    change(Action::Update, RecordKind::Contact, Some(contact), &format!("c{contact}"), vec![pin])
}

/// A new contact for the 365 user `u-name`, `name@contoso.example`.
fn new_contact(name: &str) -> Change {
    let email = format!("{name}@contoso.example");
    let user = format!("u-{name}");
    let fields = vec![
        field(Field::FirstName, Some(""), name),
        field(Field::Email, Some(""), &email),
        field(O365, Some(""), &user),
    ];
    let seek = Seek { user: Some(Id::new(user)), emails: vec![email], alternates: false };
    Change { seek: Some(seek), ..change(Action::Create, RecordKind::Contact, None, name, fields) }
}

/// A new portal user for the same person; its key is the id that the new contact gets.
fn new_portal_user(name: &str) -> Change {
    let contact = new_contact(name);
    let mut key = field(Field::PsaKey, Some(""), "");
    key.after = NewValue::IdOf(contact.key);
    let fields = vec![field(Field::Email, Some(""), &format!("{name}@contoso.example")), key];
    Change { seek: contact.seek, ..change(Action::Create, RecordKind::PortalUser, None, name, fields) }
}

/// How every change of a run ended, in its order; `None` where the outcome is unknown.
fn ends(report: &Report) -> Vec<Option<Settlement>> {
    report.entries.iter().map(how).collect()
}

fn how(entry: &Entry) -> Option<Settlement> {
    entry.settled.as_ref().map(|settled| settled.how)
}

/// What the journal says of a change besides.
fn detail(entry: &Entry) -> &str {
    entry.settled.as_ref().and_then(|settled| settled.detail.as_deref()).unwrap_or_default()
}

fn id_of(entry: &Entry) -> Option<&str> {
    entry.settled.as_ref()?.id.as_ref().map(Id::as_str)
}
