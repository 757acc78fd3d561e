//! Pictures drawn by arithmetic, and the size that a picture says it has.
//!
//! A drawing is a pattern of five by five fields whose right half mirrors the left, in a colour of its own. The
//! same look is always the same drawing, so that thousands of people can have one and no fixture holds any.

/// A GIF of one transparent pixel.
pub(crate) const BLANK: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\
                                  \x01\0\x01\0\0\x02\x01D\0;";

/// How many pixels wide and high the squares are that drawings are made of.
const SQUARE: u16 = 8;

/// Returns the drawing as a JPEG of `size` pixels by `size`, a multiple of eight.
///
/// Every square of eight pixels has one colour, so the file holds nothing but the first coefficient of each: a few
/// hundred bytes for a portrait.
pub(crate) fn jpeg(look: u32, size: u16) -> Vec<u8> {
    let [high, low] = size.to_be_bytes();
    let mut file = vec![0xff, 0xd8];
    segment(&mut file, 0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    // Steps of eight undo the eight that the transform of a flat square multiplies by.
    segment(&mut file, 0xdb, &[&[0], &[8; 64][..]].concat());
    segment(&mut file, 0xc0, &[8, high, low, high, low, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    let counts = |by_length: [u8; 5]| [&by_length[..], &[0; 11]].concat();
    // A difference of nothing takes one bit, the eight other lengths of differences five.
    segment(&mut file, 0xc4, &[&[0], &counts([1, 0, 0, 0, 8])[..], &[0, 1, 2, 3, 4, 5, 6, 7, 8]].concat());
    // The one code of the other coefficients: there are no more.
    segment(&mut file, 0xc4, &[&[0x10], &counts([1, 0, 0, 0, 0])[..], &[0]].concat());
    segment(&mut file, 0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);

    let mut bits = Bits::default();
    let mut last = [0; 3];
    for (x, y) in squares(size) {
        let colour = if filled(look, x, y, size / SQUARE) { colour(look) } else { [107, 0, 0] };
        for (last, value) in last.iter_mut().zip(colour) {
            bits.difference(value - *last);
            *last = value;
        }
    }
    file.extend(bits.done());
    file.extend([0xff, 0xd9]);
    file
}

/// Returns the same drawing as a PNG.
pub(crate) fn png(look: u32, size: u16) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let length = u32::from(size).to_be_bytes();
    // One bit a pixel, which chooses one of two colours.
    chunk(&mut file, *b"IHDR", &[&length[..], &length, &[1, 3, 0, 0, 0]].concat());
    let [red, green, blue, _] = look.to_be_bytes();
    chunk(&mut file, *b"PLTE", &[235, 235, 235, red / 2, green / 2, blue / 2]);
    let count = size / SQUARE;
    let mut rows = Vec::new();
    for y in 0..size {
        rows.push(0);
        rows.extend((0..count).map(|x| if filled(look, x, y / SQUARE, count) { 0xff } else { 0 }));
    }
    // A single block that is stored as it is: the largest drawing fits one.
    let length = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let mut data = vec![0x78, 1, 1];
    data.extend(length.to_le_bytes());
    data.extend((!length).to_le_bytes());
    data.extend(&rows);
    data.extend(adler(&rows).to_be_bytes());
    chunk(&mut file, *b"IDAT", &data);
    chunk(&mut file, *b"IEND", &[]);
    file
}

/// Returns width and height as the file's own header says; `None` for what is no JPEG, PNG or GIF.
pub(crate) fn measured(file: &[u8]) -> Option<(u32, u32)> {
    if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        let side = |at: usize| Some(u32::from_be_bytes(file.get(at..at + 4)?.try_into().ok()?));
        return Some((side(16)?, side(20)?));
    }
    let pair = |at: usize| -> Option<[u8; 2]> { file.get(at..at + 2)?.try_into().ok() };
    if file.starts_with(b"GIF8") {
        let side = |at: usize| pair(at).map(|pair| u32::from(u16::from_le_bytes(pair)));
        return Some((side(6)?, side(8)?));
    }
    let number = |at: usize| pair(at).map(u16::from_be_bytes);
    let mut at = 2;
    while file.starts_with(&[0xff, 0xd8]) {
        match pair(at)? {
            // Of the frames' markers three mean something else.
            [0xff, 0xc0..=0xcf] if ![0xc4, 0xc8, 0xcc].contains(file.get(at + 1)?) => {
                return Some((u32::from(number(at + 7)?), u32::from(number(at + 5)?)));
            }
            [0xff, 0xff] => at += 1,
            [0xff, _] => at += 2 + usize::from(number(at + 2)?),
            _ => return None,
        }
    }
    None
}

/// Returns the squares of a drawing, row by row.
fn squares(size: u16) -> impl Iterator<Item = (u16, u16)> {
    let count = size / SQUARE;
    (0..count).flat_map(move |y| (0..count).map(move |x| (x, y)))
}

/// Is true if the square belongs to a field that is filled: the lowest fifteen bits of a look.
fn filled(look: u32, x: u16, y: u16, count: u16) -> bool {
    let (column, row) = (x * 5 / count, y * 5 / count);
    look >> (row * 3 + column.min(4 - column)) & 1 == 1
}

/// Brightness and the two colour differences, each from the middle: the other seventeen bits.
fn colour(look: u32) -> [i32; 3] {
    let bits = |from: u32, count: u32| (look >> from & ((1 << count) - 1)).cast_signed();
    [bits(29, 3) * 8 - 60, bits(15, 7) - 64, bits(22, 7) - 64]
}

fn segment(file: &mut Vec<u8>, marker: u8, body: &[u8]) {
    file.extend([0xff, marker]);
    file.extend(u16::try_from(body.len() + 2).unwrap_or(u16::MAX).to_be_bytes());
    file.extend(body);
}

/// The entropy-coded part of a JPEG.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u8,
    count: u8,
}

impl Bits {
    /// Adds a square's first coefficient as the difference to the one before, and that there are no others.
    fn difference(&mut self, difference: i32) {
        let length = 32 - difference.unsigned_abs().leading_zeros();
        if length == 0 {
            self.put(0, 1);
        } else {
            self.put(0b1_0000 + length - 1, 5);
            let below = if difference < 0 { (1 << length) - 1 } else { 0 };
            self.put((difference + below).cast_unsigned(), length);
        }
        self.put(0, 1);
    }

    fn put(&mut self, value: u32, length: u32) {
        for at in (0..length).rev() {
            self.pending = self.pending << 1 | u8::from(value >> at & 1 == 1);
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.pending);
                // Else it would begin a marker.
                self.bytes.extend((self.pending == 0xff).then_some(0));
                (self.pending, self.count) = (0, 0);
            }
        }
    }

    /// Returns everything, filled up with ones.
    fn done(mut self) -> Vec<u8> {
        while self.count != 0 {
            self.put(1, 1);
        }
        self.bytes
    }
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], body: &[u8]) {
    file.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    let checked = [&kind[..], body].concat();
    file.extend(&checked);
    file.extend(crc(&checked).to_be_bytes());
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

fn adler(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_says_its_own_size() {
        for size in [48, 240, 648] {
            let side = u32::from(size);
            assert_eq!(measured(&jpeg(0x1234_5678, size)), Some((side, side)));
            assert_eq!(measured(&png(0x1234_5678, size)), Some((side, side)));
        }
        assert_eq!(measured(BLANK), Some((1, 1)));
    }

    #[test]
    fn what_is_no_picture_has_no_size() {
        let cut = &jpeg(1, 48)[..40];
        for file in
            [b"".as_slice(), b"<svg width='1'>", b"\xff\xd8", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", cut]
        {
            assert_eq!(measured(file), None, "{file:?}");
        }
    }

    #[test]
    fn a_portrait_is_small_and_looks_like_nobody_else() {
        let faces: std::collections::BTreeSet<Vec<u8>> = (1..32).map(|bit| jpeg(1 | 1 << bit, 240)).collect();
        assert_eq!(faces.len(), 31);
        assert!(faces.iter().all(|face| face.len() < 2500));
        assert_eq!(jpeg(7, 240), jpeg(7, 240));
    }

    #[test]
    fn the_checksums_are_those_of_the_standards() {
        assert_eq!(crc(b"IEND"), 0xae42_6082);
        assert_eq!(adler(b"Wikipedia"), 0x11e6_0398);
    }

    /// Looks only at the frame: there is no decoder here.
    #[test]
    fn a_jpeg_is_framed_and_holds_no_marker_by_accident() {
        for look in [0, 1, 0xffff_ffff, 0x8000_7fff] {
            let file = jpeg(look, 96);
            assert!(file.starts_with(&[0xff, 0xd8]) && file.ends_with(&[0xff, 0xd9]));
            let data = file.windows(2).rposition(|pair| pair == [0xff, 0xda]).unwrap() + 12;
            let inside = &file[data..file.len() - 2];
            assert!(inside.windows(2).all(|pair| pair[0] != 0xff || pair[1] == 0));
        }
    }
}
