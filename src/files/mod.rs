//! Files on this machine: reading them as people and programs leave them, and the one place that creates, replaces,
//! protects or follows a file.
//!
//! * What crsync writes is for its owner alone: mode 0600, or less where a person had taken more away. A file is
//!   replaced as a whole, by way of a [`Draft`] with a random name in the same folder, which is gone however the
//!   command ends. Files beside it are never touched.
//! * Only regular files are replaced or get a mode. A device, a pipe or a stream of the process (`/dev/null`,
//!   `/dev/stdout`) is written to and left as it is.
//! * A link is followed: the file that it leads to is replaced, and the link stays. A link that leads to nothing is
//!   refused, and so is a link that another account put into a folder that all accounts share.
//! * What a command will write is a [`Target`], which is opened before the command does anything else.
//!
//! Modes, owners and links are those of Unix. On other systems the folder's own rights decide who may read a file; on
//! Windows `access` tells which accounts the file's list lets in.

#[cfg_attr(not(windows), allow(dead_code))] // decided and tested everywhere, asked on Windows
mod acl;
mod draft;
mod follow;
mod private;
mod scratch;
mod target;
mod text;

pub use draft::{Draft, Safe, abandon, probe, probe_over, replace};
#[cfg(windows)]
pub use private::access;
pub use private::{
    Narrowed, make_folder, may_make_in, may_others_write, narrow, open, open_to_read, remove, remove_folder,
};
pub use scratch::Scratch;
pub use target::{Stream, Target};
pub use text::{Encoding, MARK, decode, read_text};
