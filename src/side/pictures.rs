//! The bytes of pictures of 365 users, which planning never sees.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::error::Result;
use crate::model::PictureHash;

/// Keeps the bytes of pictures, each under its hash.
pub trait PictureStore: Send + Sync {
    /// Returns the bytes of a picture; `None` where they are not kept.
    ///
    /// # Errors
    /// When they are kept and cannot be read.
    fn get(&self, hash: &PictureHash) -> Result<Option<Vec<u8>>>;

    /// Keeps a picture, once however often it comes, and says what it is called by.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn put(&self, bytes: &[u8]) -> Result<PictureHash>;

    /// Returns whether a picture is kept.
    ///
    /// # Errors
    /// When that cannot be found out.
    fn has(&self, hash: &PictureHash) -> Result<bool> {
        Ok(self.get(hash)?.is_some())
    }
}

/// A store that lasts as long as the run.
#[derive(Default)]
pub struct MemoryPictures(Mutex<BTreeMap<PictureHash, Vec<u8>>>);

impl fmt::Debug for MemoryPictures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryPictures")
    }
}

impl PictureStore for MemoryPictures {
    fn get(&self, hash: &PictureHash) -> Result<Option<Vec<u8>>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned())
    }

    fn put(&self, bytes: &[u8]) -> Result<PictureHash> {
        let hash = PictureHash::of(bytes);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entry(hash.clone()).or_insert_with(|| bytes.to_owned());
        Ok(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_in_memory_gives_back_what_it_was_given() {
        let store = MemoryPictures::default();
        let hash = store.put(b"a picture").expect("memory");
        assert_eq!(store.put(b"a picture").expect("memory"), hash);
        assert_eq!(store.get(&hash).expect("memory").as_deref(), Some(&b"a picture"[..]));
        assert!(!store.has(&PictureHash::of(b"another")).expect("memory"));
    }
}
