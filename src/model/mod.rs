//! Plain records and values, the same for every service. No vendor is named here.

mod capability;
mod company;
mod detail;
mod details;
mod field;
mod fields;
mod held;
mod id;
mod image;
mod listing;
mod look;
mod pending;
mod person;
mod picture;
mod pin;
mod record;
mod shape;
mod side;
mod snapshot;
mod udf;

pub use capability::{Capabilities, Row, Support};
pub use company::{PortalClient, PortalCompany, PsaCompany, Sku, Tenant};
pub use detail::Detail;
pub use details::{
    Details, DetailsKind, DetailsSide, ENABLED, LEFT, TAKEN_BACK, is_archived, picture_reference,
    published_picture, referred_picture,
};
pub use field::Field;
pub use fields::{Fields, Value};
pub use held::Held;
pub use id::Id;
pub use image::{Image, ImageKind};
pub use listing::{Complete, Gathered, Listing, Reading};
pub use look::{Look, Looks};
pub use pending::{Budget, Pending, Rereads, Unasked};
pub use person::{Attributes, Contact, PortalUser, User, UserKind};
pub use picture::{Picture, PictureHash, Pictures};
pub use pin::{Mark, Marker, Pin, PinUnread, Pins};
pub use record::RecordKind;
pub use shape::{FieldShape, Shape};
pub use side::Side;
pub use snapshot::{PortalSide, PsaSide, TenantSide};
pub use udf::{Udf, UdfField, UdfKind};
