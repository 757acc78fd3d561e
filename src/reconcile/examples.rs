//! What users rely on, situation by situation. The names are sentences.

mod guards;
mod leaving;
mod linking;
mod pins;
mod portal;
mod remembering;
mod scope;
mod types;
mod writing;
