//! Complete reads: a listing that ended where the service says it ends, or the reason why not.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use super::Id;
use crate::error::{Error, Kind, Result};

/// The most records that room is made for before they come.
const MOST_ROOM: usize = 100_000;

/// Records that are known to be all of them. Only [`Listing::end`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complete<T>(Vec<T>);

impl<T> Complete<T> {
    /// These records, which stay until the run ends: no room is kept for more.
    fn of(mut records: Vec<T>) -> Self {
        records.shrink_to_fit();
        Self(records)
    }

    /// The records, in the order they were read.
    pub fn items(&self) -> &[T] {
        &self.0
    }

    /// The part of the records that `keep` accepts: all of those there are.
    #[must_use]
    pub fn only(self, keep: impl FnMut(&T) -> bool) -> Self {
        Self::of(self.0.into_iter().filter(keep).collect())
    }

    /// The records converted one by one.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Complete<U> {
        Complete::of(self.0.into_iter().map(convert).collect())
    }

    /// The records grouped under `keys`: every key gets all of its records, which may be none.
    pub fn group_by<K: Ord + Clone>(self, keys: &[K], mut key: impl FnMut(&T) -> K) -> BTreeMap<K, Self> {
        self.map(|record| (key(&record), record)).grouped(keys)
    }
}

impl<K: Ord + Clone, T> Complete<(K, T)> {
    /// The records, each read with its key, grouped under `keys`: every key gets all of its records, which may be none.
    pub fn grouped(self, keys: &[K]) -> BTreeMap<K, Complete<T>> {
        let places = places(keys);
        // Counted first: a group that grows leaves pieces of memory behind that nothing else may fit into.
        let mut counted = vec![0; keys.len()];
        for place in self.0.iter().filter_map(|(key, _)| places.get(key)) {
            counted[*place] += 1;
        }
        let mut groups: Vec<Vec<T>> = counted.into_iter().map(Vec::with_capacity).collect();
        for (key, record) in self.0 {
            if let Some(place) = places.get(&key) {
                groups[*place].push(record);
            }
        }
        keys.iter().cloned().zip(groups.into_iter().map(Complete::of)).collect()
    }
}

/// Returns where each key is.
fn places<K: Ord>(keys: &[K]) -> BTreeMap<&K, usize> {
    keys.iter().enumerate().map(|(place, key)| (key, place)).collect()
}

/// A listing on its way: takes pages, notices what cannot be, and becomes [`Complete`] at the declared end.
#[derive(Debug)]
pub struct Listing<T> {
    what: &'static str,
    items: Vec<T>,
    seen: HashSet<Id>,
    pages: usize,
    most_pages: usize,
    most_records: usize,
}

impl<T> Listing<T> {
    /// A listing of `what` ("contacts"), as messages name it.
    pub fn new(what: &'static str) -> Self {
        Self::within(what, usize::MAX, usize::MAX)
    }

    /// Returns a listing of `what` that must end within so many pages and records: what comes from a service may have no
    /// end.
    pub fn within(what: &'static str, pages: usize, records: usize) -> Self {
        let (items, seen) = (Vec::new(), HashSet::new());
        Self { what, items, seen, pages: 0, most_pages: pages, most_records: records }
    }

    /// Checks a number of records and pages that the service announces, before the pages are asked for.
    ///
    /// # Errors
    /// [`Kind::Incomplete`] when a listing may not be so long.
    pub fn announce(&self, pages: usize, records: usize) -> Result<()> {
        if records > self.most_records {
            return Err(self.endless(self.most_records, "records", "max-records"));
        }
        if pages > self.most_pages {
            return Err(self.endless(self.most_pages, "pages", "max-pages"));
        }
        Ok(())
    }

    fn endless(&self, most: usize, noun: &str, key: &str) -> Error {
        let message =
            format!("the listing of {} has more than {most} {noun}, so it is not read to its end", self.what);
        Error::new(Kind::Incomplete, message)
            .hint(format!("if there really are so many, raise {key} in crsync.toml"))
    }

    /// Takes one page.
    ///
    /// # Errors
    /// [`Kind::Incomplete`] when the page repeats a record (the service is paging in circles, or the records
    /// moved between two pages), and when the listing becomes longer than it may.
    pub fn page(&mut self, page: impl IntoIterator<Item = T>, id: impl Fn(&T) -> Id) -> Result<()> {
        self.converted(page.into_iter().map(|item| (id(&item), Some(item))))
    }

    /// Takes one page whose records were converted as it came, each with its id: the service's form of them is not kept.
    /// Of a record that became nothing, nothing is kept but its id.
    ///
    /// # Errors
    /// The same.
    pub fn converted(&mut self, page: impl IntoIterator<Item = (Id, Option<T>)>) -> Result<()> {
        self.begin_page()?;
        let page = page.into_iter();
        let (room, _) = page.size_hint();
        self.items.reserve(room);
        self.seen.reserve(room);
        page.into_iter().try_for_each(|(id, item)| self.row(id, item))
    }

    /// Begins a page whose records are taken by [`row`](Self::row) while it is read.
    ///
    /// # Errors
    /// The same, where the listing has too many pages.
    pub fn begin_page(&mut self) -> Result<()> {
        self.pages += 1;
        self.announce(self.pages, self.len())
    }

    /// Takes one record of the page that was begun.
    ///
    /// # Errors
    /// The same as [`converted`](Self::converted)'s.
    pub fn row(&mut self, id: Id, item: Option<T>) -> Result<()> {
        self.announce(self.pages, self.len().saturating_add(1))?;
        if let Some(id) = self.seen.replace(id) {
            return Err(Error::new(
                Kind::Incomplete,
                format!("the listing of {} repeats record {id}, so it is not known to be whole", self.what),
            )
            .hint("run the command again; nothing is concluded from this reading"));
        }
        self.items.extend(item);
        Ok(())
    }

    /// How many records came so far.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether no record came so far.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// The end the service declared, after its last page.
    pub fn end(self) -> Complete<T> {
        Complete::of(self.items)
    }

    /// The end, cross-checked with the service's own count of records.
    ///
    /// # Errors
    /// [`Kind::Incomplete`] when the numbers differ.
    pub fn end_with_count(self, count: usize) -> Result<Complete<T>> {
        if self.len() == count {
            return Ok(self.end());
        }
        Err(Error::new(
            Kind::Incomplete,
            format!(
                "the listing of {} gave {} records where the service counts {count}",
                self.what,
                self.len()
            ),
        )
        .hint("run the command again; nothing is concluded from this reading"))
    }
}

/// Records of one listing that come from several threads, in one piece of memory: a piece for each page would leave holes
/// between what the records hold, and the threads that read it are gone when it is free.
#[derive(Debug)]
pub struct Gathered<T>(Mutex<Vec<Row<T>>>);

/// A record as a listing takes it, its id and what is kept of it, after the part and the place where it came.
type Row<T> = ((usize, usize), (Id, Option<T>));

impl<T> Gathered<T> {
    /// Makes room for about so many records, of which a service may count more than there are.
    pub fn with_room(records: usize) -> Self {
        Self(Mutex::new(Vec::with_capacity(records.min(MOST_ROOM))))
    }

    /// Takes a record of a part of the listing; `place` is how many came before it there.
    pub fn add(&self, part: usize, place: usize, id: Id, record: Option<T>) {
        let row = ((part, place), (id, record));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(row);
    }

    /// Returns the records part by part.
    pub fn in_order(self) -> impl ExactSizeIterator<Item = (Id, Option<T>)> {
        let mut records = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        records.sort_unstable_by_key(|(place, _)| *place);
        records.into_iter().map(|(_, row)| row)
    }
}

/// What is known of one company on one side: everything, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<T> {
    /// Read to the end.
    Complete(T),
    /// Not read, or not to the end: no conclusion may be drawn from what is missing.
    Incomplete {
        /// What sort of thing happened.
        kind: Kind,
        /// What happened, in one sentence.
        reason: String,
        /// The next step.
        hint: Option<String>,
    },
}

impl<T> Reading<T> {
    /// The complete read, if there is one.
    pub fn complete(&self) -> Option<&T> {
        match self {
            Self::Complete(side) => Some(side),
            Self::Incomplete { .. } => None,
        }
    }
}

impl<T> From<Result<T>> for Reading<T> {
    fn from(result: Result<T>) -> Self {
        match result {
            Ok(side) => Self::Complete(side),
            Err(error) => Self::from(&error),
        }
    }
}

impl<T> From<&Error> for Reading<T> {
    fn from(error: &Error) -> Self {
        Self::Incomplete {
            kind: error.kind(),
            reason: error.message().to_owned(),
            hint: error.next_step().map(ToOwned::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_record_spoils_the_listing() {
        let mut listing = Listing::new("contacts");
        listing.page([1_i64, 2], |n| Id::from(*n)).expect("two different records");
        let error = listing.page([2], |n| Id::from(*n)).expect_err("record 2 again");
        assert_eq!(error.kind(), Kind::Incomplete);
    }

    #[test]
    fn a_listing_without_an_end_is_given_up() {
        let mut listing = Listing::within("contacts", 2, 3);
        assert!(listing.announce(2, 3).is_ok());
        listing.page([1_i64, 2], |n| Id::from(*n)).expect("two records");
        let error = listing.page([3, 4], |n| Id::from(*n)).expect_err("a fourth record");
        assert_eq!((error.kind(), error.message()), (Kind::Incomplete, LONG));
        assert!(error.next_step().is_some_and(|hint| hint.contains("max-records")), "{error}");
        let mut listing = Listing::within("contacts", 2, 3);
        for _ in 0..2 {
            listing.page(Vec::<i64>::new(), |n| Id::from(*n)).expect("an empty page");
        }
        let error = listing.page(Vec::<i64>::new(), |n| Id::from(*n)).expect_err("a third page");
        assert!(error.next_step().is_some_and(|hint| hint.contains("max-pages")), "{error}");
    }

    const LONG: &str = "the listing of contacts has more than 3 records, so it is not read to its end";

    #[test]
    fn a_count_that_differs_spoils_the_listing() {
        let mut listing = Listing::new("portal users");
        listing.page([1_i64, 2], |n| Id::from(*n)).expect("two different records");
        assert_eq!(listing.end_with_count(3).expect_err("one is missing").kind(), Kind::Incomplete);
    }

    #[test]
    fn gathered_records_are_in_the_order_of_their_parts() {
        let gathered = Gathered::with_room(usize::MAX);
        for (part, place) in [(1, 0), (0, 1), (2, 0), (0, 0), (1, 1)] {
            gathered.add(part, place, Id::from(7), Some((part, place)));
        }
        let records: Vec<_> = gathered.in_order().filter_map(|(_, record)| record).collect();
        assert_eq!(records, [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]);
    }

    #[test]
    fn grouping_gives_every_key_its_records() {
        let mut listing = Listing::new("contacts");
        listing.page([1_i64, 2, 3], |n| Id::from(*n)).expect("different records");
        let groups = listing.end().group_by(&[0, 1, 7], |n| n % 2);
        assert_eq!(groups[&0].items(), [2]);
        assert_eq!(groups[&1].items(), [1, 3]);
        assert!(groups[&7].items().is_empty());
    }
}
