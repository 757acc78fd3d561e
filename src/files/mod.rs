//! Files on this machine, as people and programs leave them there.

mod text;

pub use text::{Encoding, MARK, Text, decode, read_text};
