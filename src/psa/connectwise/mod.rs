//! ConnectWise PSA. Only the table of what it can serve is here so far.

#![allow(clippy::doc_markdown)] // the product's name is no code

mod capabilities;

pub use capabilities::CAPABILITIES;
