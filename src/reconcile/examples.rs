//! What users rely on, situation by situation. The names are sentences.

mod addresses;
mod details;
mod explaining;
mod findings;
mod guards;
mod held;
mod identity;
mod inactive;
mod leaving;
mod linking;
mod looking;
mod matching;
mod namesakes;
mod pending;
mod pictures;
mod pins;
mod portal;
mod remembering;
mod resolving;
mod scope;
mod self_service;
mod strangers;
mod successors;
mod types;
mod unread;
mod writing;
