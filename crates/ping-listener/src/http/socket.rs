//! A client's socket, with what the HTTP library leaves to its user: a sentence in its own refusals, an end that does
//! not cut off the last answer, and a lane for plain pings.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::connection::Activity;
use super::head::{Fault, Heads};
use super::lane::Lane;
use super::{Pings, timer};

/// What a client may still send after the last answer before it is cut off.
const LINGER_BYTES_MAX: usize = 256 * 1024;

/// Bytes of it that are thrown away at a time.
const LINGER_CHUNK: usize = 4 * 1024;

/// A TCP socket under one connection of the HTTP library.
pub(super) struct Socket<P: Pings> {
    stream: TcpStream,
    activity: Arc<Activity>,
    heads: Heads,
    lane: Lane<P>,
    /// Bytes of an answer of ours that the kernel has not taken.
    pending: Vec<u8>,
    /// The HTTP library holds nothing back that it wants to write.
    is_flushed: bool,
    is_at_end: bool,
    linger_timeout: Duration,
    ending: Option<Ending>,
}

/// The last moments of a connection whose client may still be sending.
struct Ending {
    timer: Pin<Box<Sleep>>,
    bytes: usize,
}

impl<P: Pings> Socket<P> {
    pub(super) fn new(
        stream: TcpStream,
        activity: Arc<Activity>,
        lane: Lane<P>,
        linger_timeout: Duration,
    ) -> Self {
        Self {
            stream,
            activity,
            heads: Heads::default(),
            lane,
            pending: Vec::new(),
            is_flushed: true,
            is_at_end: false,
            linger_timeout,
            ending: None,
        }
    }

    fn look_over(&mut self, bytes: &[u8]) {
        self.is_at_end |= bytes.is_empty();
        if !self.activity.is_faulty()
            && let Err(fault) = self.heads.read(bytes)
        {
            tracing::debug!("refusing a request: {fault:?}");
            match fault {
                Fault::BareLineFeed | Fault::AmbiguousLength => self.activity.set_faulty(),
            }
        }
        self.activity.set_inside_head(self.heads.is_inside_head());
    }

    /// Returns the answer to write in the place of the HTTP library's own, which has no words.
    fn in_words(&self, bytes: &[u8]) -> Option<String> {
        let head = bytes.strip_prefix(b"HTTP/1.1 4").and_then(|rest| std::str::from_utf8(rest).ok())?;
        if head.contains("content-type") || !head.contains("content-length: 0\r\n") {
            return None;
        }
        let refusal = match head.get(..2)? {
            "14" => URI_TOO_LONG,
            "31" if self.heads.is_inside_first_line() => URI_TOO_LONG,
            "31" => HEAD_TOO_LARGE,
            _ => MALFORMED,
        };
        Some(raw(refusal))
    }

    fn poll_pending(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let result = Pin::new(&mut self.stream).poll_write(context, &self.pending);
            self.note_write(&result);
            self.pending.drain(..ready!(result)?);
        }
        Poll::Ready(Ok(()))
    }

    /// Tells whether everything that was read is answered, so that what comes next may be answered at once.
    fn is_between_requests(&self) -> bool {
        self.is_flushed
            && self.heads.is_between_requests()
            && self.heads.ended() == self.activity.ended()
            && !self.activity.is_faulty()
    }

    /// Takes the bytes as a ping for the lane, if they are one.
    fn take_for_lane(&mut self, bytes: &[u8]) -> bool {
        let is_taken = self.is_between_requests() && self.lane.take(bytes);
        if is_taken {
            self.heads.count_read();
            self.activity.begin_on_lane();
        }
        is_taken
    }

    /// Answers the ping on the lane; is ready if there is none.
    fn poll_lane(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.activity.is_on_lane() {
            ready!(self.lane.poll_answer(context, &mut self.pending));
            ready!(self.poll_pending(context))?;
            self.activity.end_on_lane();
        }
        Poll::Ready(Ok(()))
    }

    fn note_write(&self, result: &Poll<io::Result<usize>>) {
        match result {
            Poll::Ready(Ok(bytes)) => self.activity.note_written(*bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.activity.note_write_blocked(),
        }
    }
}

type Refusal = (&'static str, &'static str);

const URI_TOO_LONG: Refusal =
    ("414 URI Too Long", "The address of the request is too long; it may have 8192 bytes.\n");

const HEAD_TOO_LARGE: Refusal = (
    "431 Request Header Fields Too Large",
    "The head of the request is too large; send at most 100 headers and 16384 bytes.\n",
);

const MALFORMED: Refusal =
    ("400 Bad Request", "The request is not well-formed HTTP/1.1; check its first line and headers.\n");

const HEAD_TOO_SLOW: Refusal =
    ("408 Request Timeout", "The head of the request took too long; send it within ten seconds.\n");

fn raw((status, sentence): Refusal) -> String {
    let length = sentence.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{sentence}"
    )
}

impl<P: Pings> AsyncRead for Socket<P> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.activity.is_timed_out() {
            let _ = this.stream.try_write(raw(HEAD_TOO_SLOW).as_bytes());
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let known = buffer.filled().len();
        loop {
            ready!(this.poll_lane(context))?;
            ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
            let bytes = &buffer.filled()[known..];
            if !this.take_for_lane(bytes) {
                this.look_over(bytes);
                return Poll::Ready(Ok(()));
            }
            // The HTTP library has not read anything.
            buffer.set_filled(known);
        }
    }
}

impl<P: Pings> AsyncWrite for Socket<P> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_pending(context))?;
        if let Some(answer) = this.in_words(bytes) {
            this.pending = answer.into_bytes();
            return Poll::Ready(Ok(bytes.len()));
        }
        this.is_flushed = false;
        let result = Pin::new(&mut this.stream).poll_write(context, bytes);
        this.note_write(&result);
        result
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_pending(context))?;
        if let Some(first) = slices.first()
            && let Some(answer) = this.in_words(first)
        {
            this.pending = answer.into_bytes();
            return Poll::Ready(Ok(first.len()));
        }
        this.is_flushed = false;
        let result = Pin::new(&mut this.stream).poll_write_vectored(context, slices);
        this.note_write(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_pending(context))?;
        this.is_flushed = true;
        Pin::new(&mut this.stream).poll_flush(context)
    }

    /// Says goodbye, and reads on for a while: closing with unread bytes would reset the connection, and the client
    /// might lose the answer.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.ending.is_none() {
            ready!(this.poll_pending(context))?;
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
            let timer = Box::pin(timer::sleep(this.linger_timeout));
            this.ending = Some(Ending { timer, bytes: 0 });
        }
        let Some(ending) = &mut this.ending else { return Poll::Ready(Ok(())) };
        let mut chunk = [0; LINGER_CHUNK];
        while !this.is_at_end && ending.bytes < LINGER_BYTES_MAX {
            if ending.timer.as_mut().poll(context).is_ready() {
                break;
            }
            let mut buffer = ReadBuf::new(&mut chunk);
            if ready!(Pin::new(&mut this.stream).poll_read(context, &mut buffer)).is_err() {
                break;
            }
            ending.bytes += buffer.filled().len();
            this.is_at_end = buffer.filled().is_empty();
        }
        Poll::Ready(Ok(()))
    }
}
