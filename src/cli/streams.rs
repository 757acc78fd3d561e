//! Streams: output that ends quietly when its reader goes away, and output that is kept in memory.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anstream::ColorChoice;

use crate::text::visible;

/// A stream that is written to, and what is known of it.
pub(super) struct Stream {
    pub(super) writer: Box<dyn Write + Send>,
    pub(super) is_terminal: bool,
    pub(super) color: ColorChoice,
    /// Whether its reader went away.
    pub(super) is_lost: Arc<AtomicBool>,
}

impl Stream {
    /// Makes standard output.
    pub(super) fn new(writer: Box<dyn Write + Send>, is_terminal: bool) -> Self {
        Self::made(writer, is_terminal, false)
    }

    /// Makes standard error.
    pub(super) fn of_messages(writer: Box<dyn Write + Send>, is_terminal: bool) -> Self {
        Self::made(writer, is_terminal, true)
    }

    fn made(writer: Box<dyn Write + Send>, is_terminal: bool, ends: bool) -> Self {
        let is_lost = Arc::<AtomicBool>::default();
        let writer = Box::new(Outlet { writer, is_lost: Arc::clone(&is_lost), ends, begun: Vec::new() });
        Self { writer, is_terminal, color: ColorChoice::Never, is_lost }
    }
}

/// Writes for as long as there is a reader. What comes later is dropped, and no error: how a command ends must not
/// depend on whether `| head` has seen enough. What cannot be seen, or what a terminal would act on, goes out escaped:
/// all output passes here.
struct Outlet {
    writer: Box<dyn Write + Send>,
    is_lost: Arc<AtomicBool>,
    /// Whether there is no other place to say that it cannot be written: then it counts as one without a reader.
    ends: bool,
    /// The first bytes of a character or of a colour whose other bytes have not come yet.
    begun: Vec<u8>,
}

impl Outlet {
    fn attempt(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        if self.is_lost.load(Ordering::SeqCst) {
            return Ok(());
        }
        match write(&mut self.writer) {
            Err(error) if self.ends || error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_lost.store(true, Ordering::SeqCst);
                Ok(())
            }
            done => done,
        }
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(bytes);
        let text = visible::escaped(&text);
        self.attempt(|writer| writer.write_all(text.as_bytes()))
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = std::mem::take(&mut self.begun);
        all.extend_from_slice(bytes);
        let whole = whole(&all);
        self.begun = all.split_off(whole);
        self.put(&all).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.begun);
        self.put(&rest)?;
        self.attempt(|writer| writer.flush())
    }
}

/// Returns how many of the bytes do not belong to a character, to a colour or to the end of a line that goes on in
/// what is written next.
fn whole(bytes: &[u8]) -> usize {
    let characters = match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len() - usize::from(bytes.ends_with(b"\r")),
    };
    let last = bytes[..characters].iter().rposition(|byte| *byte == 0x1b);
    let goes_on = |at: usize| {
        let order = &bytes[at + 1..characters];
        order.len() < 16 && order.iter().all(|byte| matches!(byte, b'[' | b';' | b'0'..=b'9'))
    };
    last.filter(|at| goes_on(*at)).unwrap_or(characters)
}

/// What was written to an [`Io`](super::Io) made by [`Io::buffered`](super::Io::buffered).
#[derive(Debug, Clone, Default)]
pub struct Buffers {
    pub(super) out: Buffer,
    pub(super) err: Buffer,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffers {
    /// Returns standard output so far.
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// Returns standard error so far.
    pub fn err(&self) -> String {
        self.err.text()
    }
}

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
