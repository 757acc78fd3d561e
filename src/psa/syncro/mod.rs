//! Syncro. Only the table of what it can serve is here so far.

mod capabilities;

pub use capabilities::CAPABILITIES;
