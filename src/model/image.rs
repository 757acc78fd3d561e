//! What an image says of itself in its first bytes: its form and its size. Nothing is decoded.

/// The forms of images that browsers show and 365 is seen to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // their own names
pub enum ImageKind {
    Jpeg,
    Png,
    Gif,
}

impl ImageKind {
    /// The media type, as HTTP spells it.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
        }
    }

    /// The usual ending of a file's name, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
        }
    }
}

/// An image's form and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image {
    /// The form.
    pub kind: ImageKind,
    /// Pixels from left to right, never 0.
    pub width: u32,
    /// Pixels from top to bottom, never 0.
    pub height: u32,
}

impl Image {
    /// What `bytes` are by their own header, whatever anybody says of them; nothing where they do not show it.
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        let (kind, (width, height)) = if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            (ImageKind::Jpeg, jpeg(bytes)?)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
            (ImageKind::Png, png(bytes)?)
        } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            (ImageKind::Gif, gif(bytes)?)
        } else {
            return None;
        };
        (width > 0 && height > 0).then_some(Self { kind, width, height })
    }
}

/// The size in the header chunk, which comes first.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    (bytes.get(12..16)? == b"IHDR").then_some(())?;
    Some((number(16)?, number(20)?))
}

/// The size of the logical screen, right after the signature.
fn gif(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into());
    Some((number(6)?, number(8)?))
}

/// The size in the first frame header. Before it come segments of any length: previews, colour profiles, notes.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?));
    let mut at = 2;
    loop {
        (*bytes.get(at)? == 0xFF).then_some(())?;
        // Any number of fill bytes may come before a marker.
        while *bytes.get(at)? == 0xFF {
            at += 1;
        }
        let marker = bytes[at];
        at += 1;
        match marker {
            // Frame headers; the three left out define tables.
            0xC0..=0xCF if ![0xC4, 0xC8, 0xCC].contains(&marker) => {
                return Some((number(at + 5)?.into(), number(at + 3)?.into()));
            }
            // Markers without a segment.
            0x01 | 0xD0..=0xD7 => {}
            // The picture itself, or its end, without a frame header; and what is no marker.
            0xDA | 0xD8 | 0xD9 | 0x00 => return None,
            _ => at += usize::from(number(at)?).max(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
        [b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", &size[..], &[8, 6, 0, 0, 0]].concat()
    }

    fn gif_of(width: u16, height: u16) -> Vec<u8> {
        [b"GIF89a", &width.to_le_bytes()[..], &height.to_le_bytes(), &[0, 0, 0]].concat()
    }

    /// A frame header after these segments, each given by its marker and its content.
    fn jpeg_of(segments: &[(u8, Vec<u8>)], width: u16, height: u16) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0xD8];
        for (marker, content) in segments {
            let length = u16::try_from(content.len() + 2).expect("short");
            bytes.extend([0xFF, *marker]);
            bytes.extend(length.to_be_bytes());
            bytes.extend(content);
        }
        bytes.extend([0xFF, 0xFF, 0xC2, 0, 17, 8]);
        bytes.extend([height.to_be_bytes(), width.to_be_bytes()].concat());
        bytes
    }

    #[test]
    fn form_and_size_are_read_from_the_header() {
        let preview = (0xE1, jpeg_of(&[], 16, 16));
        for (bytes, kind) in [
            (png_of(240, 180), ImageKind::Png),
            (gif_of(240, 180), ImageKind::Gif),
            (jpeg_of(&[], 240, 180), ImageKind::Jpeg),
            (jpeg_of(&[preview, (0xDB, vec![0; 65]), (0xC4, vec![1; 20])], 240, 180), ImageKind::Jpeg),
        ] {
            assert_eq!(Image::sniff(&bytes), Some(Image { kind, width: 240, height: 180 }));
        }
    }

    #[test]
    fn what_is_cut_off_or_no_image_has_no_size() {
        for whole in [png_of(240, 180), gif_of(240, 180), jpeg_of(&[(0xE0, vec![0; 14])], 240, 180)] {
            let needed = (0..whole.len()).find(|end| Image::sniff(&whole[..*end]).is_some());
            assert!(needed.is_none_or(|end| end > whole.len() - 8), "{needed:?} of {}", whole.len());
        }
        for bytes in [&b""[..], b"<html>", b"GIF88a\x01\0\x01\0", b"\xFF\xD8\xFF", b"\xFF\xD8\xFF\xD9"] {
            assert_eq!(Image::sniff(bytes), None);
        }
        assert_eq!(Image::sniff(&gif_of(0, 10)), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(start in 0_usize..4, rest in prop::collection::vec(any::<u8>(), 0..300)) {
            let starts: [&[u8]; 4] = [b"", &[0xFF, 0xD8, 0xFF], b"\x89PNG\r\n\x1A\n", b"GIF89a"];
            let _ = Image::sniff(&[starts[start], &rest].concat());
        }

        #[test]
        fn every_size_comes_back(
            width in 1_u16.., height in 1_u16..,
            segments in prop::collection::vec((0xE0_u8..=0xFE, prop::collection::vec(any::<u8>(), 0..80)), 0..6)
        ) {
            let size = |bytes: &[u8]| Image::sniff(bytes).map(|image| (image.width, image.height));
            let expected = Some((u32::from(width), u32::from(height)));
            prop_assert_eq!(size(&jpeg_of(&segments, width, height)), expected);
            prop_assert_eq!(size(&png_of(width.into(), height.into())), expected);
            prop_assert_eq!(size(&gif_of(width, height)), expected);
        }
    }
}
