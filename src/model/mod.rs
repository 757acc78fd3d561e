//! Plain records and values, the same for every service. No vendor is named here.

mod cache;
mod capability;
mod company;
mod definition;
mod details;
mod field;
mod id;
mod image;
mod look;
mod person;
mod picture;
mod pin;
mod record;
mod shape;
mod side;
mod snapshot;
mod udf;

pub use cache::{Budget, FieldCache, MemoryCache, Pending, Unasked};
pub use capability::{Capabilities, Row, Support};
pub use company::{PortalCompany, PsaCompany, Sku, Tenant};
pub use definition::{Defined, Definitions, Fix, Standing};
pub use details::{
    Detail, Details, DetailsKind, DetailsSide, ENABLED, LEFT, TAKEN_BACK, is_archived, picture_reference,
    published_picture,
};
pub use field::{Field, Fields, Value};
pub use id::Id;
pub use image::{Image, ImageKind};
pub use look::{Look, Looks};
pub use person::{Contact, PortalUser, User, UserKind};
pub use picture::{MemoryPictures, Picture, PictureHash, PictureStore, Pictures};
pub use pin::{Mark, Marker, Pin, Pins};
pub use record::{Current, Keys, LookUp, Raw, RecordKind, Write, WriteRecords, Written};
pub use shape::{FieldShape, Shape};
pub use side::Side;
pub use snapshot::{Complete, Listing, PortalSide, PsaSide, Reading, TenantSide};
pub use udf::{Udf, UdfField, UdfKind};
