//! What users rely on, situation by situation. The names are sentences.

mod guards;
mod leaving;
mod linking;
mod pending;
mod portal;
mod scope;
mod writing;
