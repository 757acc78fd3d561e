//! Every port of the systems: what an adapter implements, what it is asked, what it answers, and the caches it is lent.
//! No vendor is named here.
//!
//! What must an adapter implement?
//!
//! * One that reads 365 tenants: [`ReadTenant`], and [`ReadPhotos`] for the users' pictures.
//! * One that reads the portal: [`ReadPortal`].
//! * One for a PSA: [`ReadPsa`], [`ListCompanies`] for choosing companies from, and [`Definitions`] for its user-defined
//!   fields. With the two below it is a [`Psa`]. Where the service tells what its account may do, [`Rights`] as well.
//! * One whose records are written, which all of them are: [`LookUp`], which only reads, and [`WriteRecords`], whose
//!   [`cost`](WriteRecords::cost) tells what [`Step`]s of a plan take.
//!
//! What is it lent?
//!
//! * [`FieldCache`]: where it keeps field values that cost a request for every record.
//! * [`PictureStore`]: where it finds the bytes of pictures.
//! * [`each`] and its like: a few threads that take one item after the other, for doing things side by side.

mod cache;
mod cost;
mod definitions;
mod list;
mod lookup;
mod pictures;
mod read;
mod rights;
mod workers;
mod write;

pub use cache::{FieldCache, MemoryCache};
pub use cost::{Size, Sizes, Step};
pub use definitions::{Availability, Defined, Definitions, Fix};
pub use list::ListCompanies;
pub use lookup::{Current, Keys, LookUp, Raw};
pub use pictures::{MemoryPictures, PictureStore};
pub use read::{
    Photos, PortalReading, PortalRequest, PsaReading, PsaRequest, ReadPhotos, ReadPortal, ReadPsa, ReadTenant,
};
pub use rights::{CannotTell, Right, Rights, RightsRequest};
pub use workers::{each, each_until, try_each};
pub use write::{TOGETHER, Write, WriteRecords, Written};

/// A PSA that can be read and written. Code that only plans is handed it as a `&dyn ReadPsa`, and code that
/// applies a plan as a `&dyn WriteRecords`; only code that was asked for just that defines fields.
pub trait Psa: ReadPsa + ListCompanies + WriteRecords + Definitions {}

impl<T: ReadPsa + ListCompanies + WriteRecords + Definitions> Psa for T {}
