//! Long texts that the program carries in little room: the build packs them.

use flate2::{Decompress, FlushDecompress, Status};

/// A text, packed by the build.
#[derive(Debug, Clone, Copy)]
pub struct Packed(&'static [u8]);

impl Packed {
    /// Takes what the build made of a text.
    pub const fn new(bytes: &'static [u8]) -> Self {
        Self(bytes)
    }

    /// Returns the text.
    pub fn text(self) -> String {
        let (mut unpacking, mut text) = (Decompress::new(false), Vec::new());
        loop {
            text.reserve(self.0.len().max(64) * 8);
            let read = usize::try_from(unpacking.total_in()).unwrap_or(usize::MAX);
            let rest = self.0.get(read..).unwrap_or_default();
            match unpacking.decompress_vec(rest, &mut text, FlushDecompress::None) {
                // There was too little room.
                Ok(Status::Ok | Status::BufError) if text.len() == text.capacity() => {}
                // The build packed it whole: a test unpacks all of them.
                ended => {
                    debug_assert_eq!(ended.ok(), Some(Status::StreamEnd));
                    break;
                }
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// Names a text by its path in the folder of the sources.
macro_rules! packed {
    ($path:literal) => {
        $crate::text::packed::Packed::new(include_bytes!(concat!(env!("OUT_DIR"), "/", $path)))
    };
}
pub(crate) use packed;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_unpacked_as_it_was() {
        assert_eq!(packed!("data/sku-names.tsv").text(), include_str!("../../data/sku-names.tsv"));
    }

    #[test]
    fn a_text_that_packs_well_is_unpacked_whole() {
        // 10,000 zeros.
        let mut packed = Vec::with_capacity(100);
        let mut packing = flate2::Compress::new(flate2::Compression::best(), false);
        let packs = packing.compress_vec(&[b'0'; 10_000], &mut packed, flate2::FlushCompress::Finish);
        assert!(packs.is_ok_and(|status| status == Status::StreamEnd) && packed.len() < 100);
        assert_eq!(Packed::new(packed.leak()).text(), "0".repeat(10_000));
    }
}
