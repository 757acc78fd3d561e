//! README and docs say what the program does: examples, commands, keys, messages and links are checked against it.

mod commands;
mod documents;
mod examples;
pub(crate) mod pages;
mod readme;
mod reference;
mod words;
