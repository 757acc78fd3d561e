//! The one place with an asynchronous runtime: a small HTTP/1.1 server on its own thread, on loopback only.
//!
//! It turns what arrives into a [`Request`], asks [`Core`] for the answer, and plays the faults that need
//! a connection: time, resets, bodies that stop half way. Waiting happens outside the core's lock, so slow
//! answers overlap as they do with the real services.

use std::future::poll_fn;
use std::io;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use super::core::{Core, Reply};
use super::services;
use super::watch::{Flow, Moment, Watcher};
use super::wire::{Request, Response};

/// A running server; dropping it stops the thread.
#[derive(Debug)]
pub(super) struct Server {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves `core` on `listener` until dropped.
    ///
    /// # Errors
    /// What the operating system says when the thread, its runtime or the socket cannot be set up.
    pub(super) fn start(listener: TcpListener, core: Arc<Mutex<Core>>) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let stop = Arc::new(Stop::default());
        let seen = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || runtime.block_on(accept(listener, core, seen)))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.set();
        if let Some(thread) = self.thread.take() {
            // A panic over there has been printed by its own thread; there is nothing to add here.
            let _ = thread.join();
        }
    }
}

/// Locks, whether or not a thread panicked while it held the lock.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A flag that wakes the accepting task.
#[derive(Debug, Default)]
struct Stop(Mutex<(bool, Option<Waker>)>);

impl Stop {
    fn set(&self) {
        let mut state = lock(&self.0);
        state.0 = true;
        if let Some(waker) = state.1.take() {
            waker.wake();
        }
    }

    fn is_set(&self, context: &Context<'_>) -> bool {
        let mut state = lock(&self.0);
        state.1 = Some(context.waker().clone());
        state.0
    }
}

async fn accept(listener: tokio::net::TcpListener, core: Arc<Mutex<Core>>, stop: Arc<Stop>) {
    let next = |context: &mut Context<'_>| {
        if stop.is_set(context) { Poll::Ready(None) } else { listener.poll_accept(context).map(Some) }
    };
    while let Some(accepted) = poll_fn(next).await {
        let Ok((stream, _)) = accepted else { continue };
        // Small answers must not wait for the other side's acknowledgement.
        let _ = stream.set_nodelay(true);
        let core = Arc::clone(&core);
        tokio::spawn(async move {
            let service = service_fn(|request| respond(Arc::clone(&core), request));
            // A client that goes away, or a connection closed on request, is no error here.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// A request that is there until this is dropped: just before its answer leaves, or when its client is gone.
struct Flight {
    core: Arc<Mutex<Core>>,
    place: usize,
}

impl Drop for Flight {
    fn drop(&mut self) {
        lock(&self.core).flights.push(self.place);
    }
}

async fn respond(
    core: Arc<Mutex<Core>>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Answer>, io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes().to_vec();
    let Some((system, path)) = services::of_path(head.uri.path()) else {
        return Ok(answer(Response::no_system(), false));
    };
    let request = Request {
        method: head.method.as_str().to_owned(),
        path: percent_decoded(path),
        length: path.len() + head.uri.query().map_or(0, |query| query.len() + 1),
        query: url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect(),
        body,
        base: String::new(),
    };
    let (seen, _flight, watcher) = {
        let mut arrived = lock(&core);
        let (seen, place) = arrived.arrived(system, &request);
        (seen, Flight { core: Arc::clone(&core), place }, arrived.watcher.clone())
    };
    // Called without the lock, so that the watcher can use the sandbox.
    let flow = |moment| watcher.as_ref().map_or(Flow::On, |Watcher(call)| call(&seen, moment));
    match flow(Moment::Before) {
        Flow::On => {}
        Flow::HangUp => return Err(hung_up()),
        Flow::Later => {
            lock(&core).keep(system, request);
            return Err(hung_up());
        }
    }
    let Reply { response, truncated, delay } = lock(&core).reply(system, request);
    if flow(Moment::After) != Flow::On {
        return Err(hung_up());
    }
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    match response {
        Some(response) => Ok(answer(response, truncated)),
        None => Err(hung_up()),
    }
}

/// Returns what closes a connection without an answer.
fn hung_up() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionReset)
}

fn answer(response: Response, truncated: bool) -> hyper::Response<Answer> {
    let body = Answer::new(response.body, truncated);
    let headers = response.headers.iter().filter_map(|(name, value)| {
        let name = hyper::header::HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, hyper::header::HeaderValue::from_str(value).ok()?))
    });
    let mut answer = hyper::Response::new(body);
    *answer.status_mut() =
        hyper::StatusCode::from_u16(response.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        answer.headers_mut().append(name, value);
    }
    answer
}

/// Returns `text` with its `%41` sequences resolved; what is not one stays.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).filter(|_| byte == b'%').and_then(|hex| str::from_utf8(hex).ok());
        let sequence = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(sequence.unwrap_or(byte));
        at += if sequence.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// A body that promises `promised` bytes and may stop early.
#[derive(Debug)]
struct Answer {
    part: Option<Bytes>,
    promised: u64,
    /// How often to yield after the part, so that it is on its way before the connection closes.
    flushes: u8,
    cut: bool,
}

impl Answer {
    fn new(body: Vec<u8>, truncated: bool) -> Self {
        let promised = body.len() as u64;
        let mut part = Bytes::from(body);
        if truncated {
            part.truncate(part.len() / 2);
        }
        Self { part: Some(part).filter(|part| !part.is_empty()), promised, flushes: 2, cut: truncated }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(part) = self.part.take() {
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        if !self.cut {
            return Poll::Ready(None);
        }
        if self.flushes > 0 {
            self.flushes -= 1;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::ConnectionAborted))))
    }

    fn is_end_stream(&self) -> bool {
        self.part.is_none() && !self.cut
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.promised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_and_what_is_no_sequence_stays() {
        assert_eq!(percent_decoded("/users/a%23EXT%23%40b+c%2"), "/users/a#EXT#@b+c%2");
    }
}
