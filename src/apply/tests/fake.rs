//! A service in memory, which fails as a test asks for.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::calls::fresh;
use crate::error::{Error, Kind, Result};
use crate::model::{Field, Fields, Id, Look, RecordKind, Udf};
use crate::secret::Secret;
use crate::side::{Current, Keys, LookUp, Raw, Write, WriteRecords, Written};
use crate::state::Clock;

/// What the services were asked, in the order it arrived.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, line: String) {
        self.0.lock().expect("no thread panicked").push(line);
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no thread panicked"))
    }
}

/// A call, by what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    Again,
    Find,
    Secret,
    Write,
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wrong {
    /// An error of this kind; nothing was done. A service that fails says so itself, unless it cannot be reached.
    Fails(Kind),
    /// It was done, and something besides that a person has to put right.
    Harms,
    /// It was not sent, since its reading would have been old.
    HeldBack,
    /// A failure that says nothing of what became of it; nothing was done yet.
    Vanishes,
    /// It was done, and the answer was lost.
    Lost,
    /// It is said to be done, and was not.
    Lies,
    /// It was done with this field left out, and is said to be done.
    Omits(Field),
}

pub(super) struct Fake {
    log: Log,
    /// Whether the answer to a write shows the record.
    pub(super) shows: bool,
    /// A field that is an entry of a list, which would be there twice if it were written twice.
    pub(super) listed: Option<Field>,
    /// How many writes it takes at the same time.
    pub(super) at_once: usize,
    /// The first so many calls of a sort wait for each other.
    pub(super) meets: BTreeMap<Call, usize>,
    arrived: Condvar,
    clock: Clock,
    inner: Mutex<Inner>,
}

struct Inner {
    records: BTreeMap<Id, Current>,
    next: i64,
    calls: BTreeMap<Call, usize>,
    wrong: BTreeMap<(Call, usize), Wrong>,
    always: BTreeMap<Call, Kind>,
    guarded: Option<Field>,
    /// How long each call of a sort takes.
    takes: BTreeMap<Call, Duration>,
    /// How long the n-th call of a sort has to wait before it is sent.
    waits: BTreeMap<(Call, usize), Duration>,
    /// What a technician writes just before the n-th call of a sort is answered.
    edits: BTreeMap<(Call, usize), (Id, Field, String)>,
    /// Records that no search shows.
    hidden: Vec<Id>,
    looks: BTreeMap<Id, Look>,
    /// How many calls of a sort came, how many are there, and how many were at the same time.
    came: BTreeMap<Call, [usize; 3]>,
}

impl Fake {
    /// A service without records; the first new one gets the id `next`.
    pub(super) fn new(log: &Log, clock: &Clock, next: i64) -> Self {
        let inner = Inner {
            records: BTreeMap::new(),
            next,
            calls: BTreeMap::new(),
            wrong: BTreeMap::new(),
            always: BTreeMap::new(),
            guarded: None,
            takes: BTreeMap::new(),
            waits: BTreeMap::new(),
            edits: BTreeMap::new(),
            hidden: Vec::new(),
            looks: BTreeMap::new(),
            came: BTreeMap::new(),
        };
        let (log, clock) = (log.clone(), clock.clone());
        let (arrived, inner) = (Condvar::new(), Mutex::new(inner));
        Self { log, shows: false, listed: None, at_once: 1, meets: BTreeMap::new(), arrived, clock, inner }
    }

    /// Waits until as many calls of the sort are there as are to meet; not for ever, so that a test fails.
    fn arrive(&self, call: Call) -> There<'_> {
        let mut inner = self.inner.lock().expect("no thread panicked");
        let [came, here, most] = inner.came.entry(call).or_default();
        (*came, *here) = (*came + 1, *here + 1);
        *most = (*most).max(*here);
        let meet = self.meets.get(&call).copied().unwrap_or_default();
        self.arrived.notify_all();
        let lacks = |inner: &mut Inner| inner.came[&call][0] < meet;
        let waited = self.arrived.wait_timeout_while(inner, Duration::from_secs(10), lacks);
        assert!(!waited.expect("no thread panicked").1.timed_out(), "{meet} calls do not meet");
        There { fake: self, call }
    }

    /// The most calls of a sort that were there at the same time.
    pub(super) fn most_at_once(&self, call: Call) -> usize {
        self.with(|inner| inner.came.get(&call).map_or(0, |[_, _, most]| *most))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().expect("no thread panicked"))
    }

    /// Puts an active record there.
    pub(super) fn put(&self, id: &str, fields: &[(Field, &str)]) {
        let fields: Fields = fields.iter().map(|(field, text)| (*field, (*text).to_owned())).collect();
        let current = Current {
            id: Id::from(id),
            active: Some(true),
            fields,
            alternates: Vec::new(),
            stamp: None,
            raw: Raw::default(),
        };
        self.with(|inner| inner.records.insert(Id::from(id), current));
    }

    /// What a look at a 365 user shows from now on.
    pub(super) fn sees(&self, user: &str, look: Option<Look>) {
        self.with(|inner| inner.looks.extend(look.map(|look| (Id::from(user), look))));
    }

    /// A contact who is a clerk.
    pub(super) fn clerk(&self, id: &str) {
        self.put(id, &[(Field::Title, "Clerk")]);
    }

    pub(super) fn remove(&self, id: &str) {
        self.with(|inner| inner.records.remove(&Id::from(id)));
    }

    /// Another process writes a field.
    pub(super) fn set(&self, id: &str, field: Field, text: &str) {
        self.with(|inner| inner.records.get_mut(&Id::from(id)).expect("a record").fields.set(field, text));
    }

    pub(super) fn text(&self, id: &str, field: Field) -> Option<String> {
        self.with(|inner| Some(inner.records.get(&Id::from(id))?.fields.text(field)?.to_owned()))
    }

    pub(super) fn pin(&self, id: &str) -> Option<String> {
        let pin = Field::Udf(Udf::SupportPin);
        self.with(|inner| Some(inner.records.get(&Id::from(id))?.fields.secret(pin)?.expose().to_owned()))
    }

    pub(super) fn active(&self, id: &str) -> Option<bool> {
        self.with(|inner| inner.records.get(&Id::from(id))?.active)
    }

    pub(super) fn len(&self) -> usize {
        self.with(|inner| inner.records.len())
    }

    /// Makes the n-th call of a sort, from 1, go wrong.
    pub(super) fn wrong(&self, call: Call, nth: usize, how: Wrong) {
        self.with(|inner| inner.wrong.insert((call, nth), how));
    }

    /// Makes every call of a sort take so long.
    pub(super) fn takes(&self, call: Call, time: Duration) {
        self.with(|inner| inner.takes.insert(call, time));
    }

    /// Makes the n-th call of a sort, from 1, wait so long before it is sent.
    pub(super) fn waits(&self, call: Call, nth: usize, time: Duration) {
        self.with(|inner| inner.waits.insert((call, nth), time));
    }

    /// Lets a technician write a field just after the n-th call of a sort, from 1.
    pub(super) fn edited_after(&self, call: Call, nth: usize, (id, field, text): (&str, Field, &str)) {
        self.with(|inner| inner.edits.insert((call, nth), (Id::from(id), field, text.to_owned())));
    }

    /// Lets no search show a record, which can still be read by its id.
    pub(super) fn hide(&self, id: &str) {
        self.with(|inner| inner.hidden.push(Id::from(id)));
    }

    /// Makes every call of a sort fail, until [`heal`](Self::heal).
    pub(super) fn always(&self, call: Call, kind: Kind) {
        self.with(|inner| inner.always.insert(call, kind));
    }

    /// Refuses every write of this field, with all that it writes besides.
    pub(super) fn guard(&self, field: Field) {
        self.with(|inner| inner.guarded = Some(field));
    }

    pub(super) fn heal(&self) {
        self.with(|inner| {
            inner.always.clear();
            inner.wrong.clear();
        });
    }

    fn guards(&self, fields: &Fields) -> bool {
        self.with(|inner| inner.guarded).is_some_and(|field| fields.expose(field).is_some())
    }

    /// Notes a call, and says what goes wrong with it.
    fn call(&self, call: Call, line: String) -> Option<Wrong> {
        self.log.add(line);
        self.with(|inner| {
            // What was to be written after an earlier call is there by now.
            let (edits, calls, records) = (&mut inner.edits, &inner.calls, &mut inner.records);
            edits.retain(|(of, nth), (id, field, text)| {
                let is_due = calls.get(of).is_some_and(|calls| calls >= nth);
                if is_due {
                    records.get_mut(id).expect("a record").fields.set(*field, text);
                }
                !is_due
            });
            self.clock.pass(inner.takes.get(&call).copied().unwrap_or_default());
            let nth = inner.calls.entry(call).or_default();
            *nth += 1;
            let nth = *nth;
            let wait = inner.waits.get(&(call, nth)).copied().unwrap_or_default();
            self.clock.pass(wait);
            if !wait.is_zero() && fresh::is_old_after(wait) {
                return Some(Wrong::HeldBack);
            }
            let once = inner.wrong.get(&(call, nth)).copied();
            once.or(inner.always.get(&call).copied().map(Wrong::Fails))
        })
    }
}

/// A call that is there until it is answered.
struct There<'a> {
    fake: &'a Fake,
    call: Call,
}

impl Drop for There<'_> {
    fn drop(&mut self) {
        self.fake.with(|inner| inner.came.entry(self.call).or_default()[1] -= 1);
    }
}

fn failure(kind: Kind) -> Error {
    let refused = matches!(kind, Kind::Service | Kind::NotFound);
    Error::new(kind, format!("the service failed: {kind:?}")).hint("try later").attempts(1).refused(refused)
}

impl LookUp for Fake {
    fn reread(&self, kind: RecordKind, _: &Id, ids: &[Id]) -> Result<BTreeMap<Id, Current>> {
        let all: Vec<&str> = ids.iter().map(Id::as_str).collect();
        match self.call(Call::Again, format!("again {} {}", kind.noun(), all.join(" "))) {
            Some(Wrong::Fails(kind)) => Err(failure(kind)),
            _ => Ok(self.with(|inner| {
                ids.iter().filter_map(|id| Some((id.clone(), inner.records.get(id)?.clone()))).collect()
            })),
        }
    }

    fn find(&self, kind: RecordKind, _: &Id, keys: &Keys) -> Result<Vec<Current>> {
        let called = self.call(Call::Find, format!("find {} {}", kind.noun(), keys.emails.join(" ")));
        if let Some(Wrong::Fails(kind)) = called {
            return Err(failure(kind));
        }
        let shown = |inner: &mut Inner| {
            let found = inner.records.values().filter(|one| has(one, keys));
            found.filter(|one| !inner.hidden.contains(&one.id)).cloned().collect()
        };
        Ok(self.with(shown))
    }

    fn look(&self, tenant: &str, users: &[Id]) -> BTreeMap<Id, Look> {
        self.log.add(format!("look {tenant}"));
        let look = |user: &Id| Some((user.clone(), self.with(|inner| inner.looks.get(user).cloned())?));
        users.iter().filter_map(look).collect()
    }

    fn secret(&self, kind: RecordKind, _: &Id, id: &Id, field: Field) -> Result<Option<Secret>> {
        let _there = self.arrive(Call::Secret);
        match self.call(Call::Secret, format!("secret {} {id}", kind.noun())) {
            Some(Wrong::Fails(kind)) => Err(failure(kind)),
            _ => Ok(self.with(|inner| inner.records.get(id)?.fields.secret(field).cloned())),
        }
    }
}

fn has(one: &Current, keys: &Keys) -> bool {
    let email = one.fields.text(Field::Email);
    let user = one.fields.text(Field::Udf(Udf::Office365Id));
    email.is_some_and(|email| keys.emails.iter().any(|own| own == email))
        || user.is_some_and(|user| keys.user_ids.iter().any(|own| own.as_str() == user))
}

impl WriteRecords for Fake {
    fn write(&self, write: &Write<'_>) -> Result<Written> {
        let noun = write.kind.noun();
        let target = write.current.map_or_else(
            || format!("new {}", write.fields.text(Field::Email).unwrap_or("record")),
            |current| current.id.to_string(),
        );
        let _there = self.arrive(Call::Write);
        let wrong = self.call(Call::Write, format!("write {noun} {target}"));
        if let Some(Wrong::Fails(kind)) = wrong {
            return Err(failure(kind));
        }
        if matches!(wrong, Some(Wrong::HeldBack)) {
            return Err(failure(Kind::Stale).attempts(0));
        }
        if matches!(wrong, Some(Wrong::Vanishes)) {
            return Err(failure(Kind::Service).refused(false));
        }
        if self.guards(write.fields) {
            return Err(failure(Kind::Permission));
        }
        let (id, shown) = self.with(|inner| {
            let id = write.current.map_or_else(
                || {
                    inner.next += 1;
                    Id::from(inner.next - 1)
                },
                |current| current.id.clone(),
            );
            if matches!(wrong, Some(Wrong::Lies)) {
                return (id, None);
            }
            let blank = Current {
                id: id.clone(),
                active: Some(true),
                fields: Fields::new(),
                alternates: Vec::new(),
                stamp: None,
                raw: Raw::default(),
            };
            let record = inner.records.entry(id.clone()).or_insert(blank);
            for (field, text) in write.fields.exposed() {
                match field {
                    Field::Active => record.active = Some(text == "true"),
                    Field::Login | Field::Priority => {}
                    field if matches!(wrong, Some(Wrong::Omits(omitted)) if omitted == field) => {}
                    field => record.fields.set(field, text),
                }
            }
            (id, Some(record.clone()))
        });
        if matches!(wrong, Some(Wrong::Harms)) {
            return Err(failure(Kind::Service).harm());
        }
        if matches!(wrong, Some(Wrong::Lost)) {
            return Err(failure(Kind::Network));
        }
        let shown = shown.filter(|_| self.shows);
        Ok(Written { id, shown, request_id: Some("r-1".to_owned()), attempts: 1 })
    }

    fn in_flight(&self) -> Duration {
        Duration::from_secs(120)
    }

    fn at_once(&self, _: RecordKind) -> usize {
        self.at_once
    }

    fn adds(&self, _: RecordKind, field: Field) -> bool {
        self.listed == Some(field)
    }

    fn rest(&self, write: &Write<'_>, refusal: &Error) -> Option<Fields> {
        let guarded = self.with(|inner| inner.guarded)?;
        let rest = write.fields.clone().only(|field| field != guarded);
        let is_worth_it = refusal.kind() == Kind::Permission && self.guards(write.fields);
        (is_worth_it && rest.iter().next().is_some()).then_some(rest)
    }
}
