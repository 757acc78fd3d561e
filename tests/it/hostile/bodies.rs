//! Answers whose bodies are broken, endless or of another kind.

use crsync_sandbox::{Answered, Effect};

use super::{comes_to_nothing, listings, world};
use crate::conformance::each;

/// One way to answer, and what the line about it holds.
type Way = (&'static str, fn(&mut Answered), &'static str);

const WAYS: &[Way] = &[
    ("deep nesting", |answer| answer.body = b"[".repeat(100_000), ""),
    ("deep nesting of a list", nested, ""),
    ("a number beyond all numbers", |answer| replace(answer, "\"id\":", "\"id\":1e400,\"was\":"), ""),
    (
        "half a surrogate",
        |answer| answer.body = br#"{"value": ["\ud800"], "items": ["\udc00x"]}"#.to_vec(),
        "",
    ),
    ("bytes that are no text", |answer| answer.body = b"{\"value\": [\"\xff\xfe\"]}".to_vec(), ""),
    ("nothing at all", |answer| answer.body.clear(), ""),
    ("a text", |answer| answer.body = b"\"yes\"".to_vec(), ""),
    ("a web page", web_page, "web page"),
    ("a picture", picture, ""),
    ("many tiny objects", |answer| answer.body = list(&b"{},".repeat(5_000)), "holds more than 4500 values"),
    ("many tiny values", |answer| answer.body = list(&b"0,".repeat(400_000)), "holds more than 24000 values"),
    ("a long answer", |answer| answer.body = b" ".repeat(2 << 20), "is longer than 1 MiB"),
    ("a small answer that unpacks to a large one", bomb, "is longer than 1 MiB"),
];

fn nested(answer: &mut Answered) {
    let (open, shut) = (b"{\"value\":[".repeat(5_000), b"]}".repeat(5_000));
    answer.body = [open, shut].concat();
}

fn replace(answer: &mut Answered, old: &str, new: &str) {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    // Some have other names for their ids.
    let text = text.replacen("\"userId\":", "\"id\":", 1);
    answer.body = text.replacen(old, new, 1).into_bytes();
}

fn web_page(answer: &mut Answered) {
    answer.headers = vec![("content-type".into(), "text/html; charset=utf-8".into())];
    answer.body = b"<!DOCTYPE html><html><title>Sign in</title></html>".to_vec();
}

fn picture(answer: &mut Answered) {
    answer.headers = vec![("content-type".into(), "image/png".into())];
    answer.body = b"\x89PNG\r\n\x1a\n\0\0\0".to_vec();
}

fn list(items: &[u8]) -> Vec<u8> {
    [b"[", items, b"0]"].concat()
}

fn bomb(answer: &mut Answered) {
    answer.headers.push(("content-encoding".into(), "gzip".into()));
    answer.body = packed(64 << 20);
    assert!(answer.body.len() < 1 << 20);
}

/// So many blanks, packed by gzip: one, and then copies of 258 (RFC 1951, with fixed codes).
fn packed(blanks: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0b011, 3); // the last block, of fixed codes
    bits.code(0x30 + u32::from(b' '), 8);
    for _ in 0..blanks / 258 {
        bits.code(0b1100_0101, 8); // a length of 258
        bits.code(0, 5); // at a distance of 1
    }
    bits.code(0, 7);
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    [&head[..], &bits.bytes, &[0; 9]].concat()
}

/// Bits in the order of deflate, the lowest of a byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    kept: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, length: u32) {
        self.kept |= value << self.count;
        self.count += length;
        while self.count >= 8 {
            self.bytes.push(self.kept.to_le_bytes()[0]);
            self.kept >>= 8;
            self.count -= 8;
        }
    }

    /// Codes come with their highest bit first.
    fn code(&mut self, value: u32, length: u32) {
        self.push(value.reverse_bits() >> (32 - length), length);
    }
}

#[test]
fn an_answer_that_is_broken_or_too_big_is_one_line_and_nothing_is_written() {
    each(|kit| {
        let world = world("max-answer = 1");
        // The portal and 365 are the same whatever the PSA is.
        let places = if kit.is_default() { 3 } else { 1 };
        for (system, path) in &listings(kit)[..places] {
            for (name, change, what) in WAYS {
                world.rewrite(*system, path, |_, answer| change(answer));
                let run = comes_to_nothing(&world, kit, what);
                assert!(run.err.len() < 2_000, "{name}: {}", run.err);
            }
        }
    });
}

#[test]
fn an_answer_that_stops_half_way_is_one_line_and_nothing_is_written() {
    each(|kit| {
        let world = world("");
        for (system, path) in listings(kit) {
            world.fault(system, path, None, Effect::Truncated);
            comes_to_nothing(&world, kit, "broke off");
        }
    });
}

#[test]
fn characters_that_nobody_sees_are_not_passed_on() {
    each(|kit| {
        let world = world("");
        world.rewrite(crsync_sandbox::System::GRAPH, "", |_, answer| {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            answer.body =
                text.replace("\"jobTitle\":\"", "\"jobTitle\":\"\\u0000Head\\u0000 of ").into_bytes();
        });
        let run = world.sync(&["--psa", kit.id, "--company", "Contoso", "--allow", "update=100"]);
        assert!(!run.out.contains('\0') && !run.err.contains('\0'), "{}", kit.id);
        let state = world.sandbox.snapshot();
        for part in [kit.part, "cloudradial"] {
            assert!(!state[part].to_string().contains("\\u0000"), "{} {part}", kit.id);
        }
    });
}
