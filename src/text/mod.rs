//! Pure normalisation of emails, names, phones, patterns and spans of time, digits and numbers in sentences, words of a
//! command line, lines that fit a width, and texts that take little room.
//!
//! Nothing here knows a service, a record or a setting: texts go in, texts and answers come out. What counts
//! as the same text is decided here once, so that comparing and writing cannot disagree.

pub mod blank;
pub mod company_name;
pub mod email;
pub mod fit;
pub mod flag;
pub mod hex;
pub mod label;
pub mod like;
pub mod name;
pub mod packed;
pub mod person_name;
pub mod phone;
pub mod shell;
pub mod show;
pub mod similarity;
pub mod span;
pub mod tenant;
pub mod visible;
pub mod wrap;
