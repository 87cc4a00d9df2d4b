//! The lane of plain pings: they are taken and answered at the socket, past the HTTP library.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::accept::Stopping;
use super::caller::Caller;
use super::{Front, Pings, plain};

/// What the last answer says of a connection, after its first line.
const CLOSE: &[u8] = b"connection: close\r\n";

/// The lane of one connection, which one ping at a time is on.
pub(super) struct Lane<P: Pings> {
    front: Arc<Front<P>>,
    stopping: Arc<Stopping>,
    /// Where the socket leads to.
    address: IpAddr,
    pending: Option<P::Pending>,
}

impl<P: Pings> Lane<P> {
    pub(super) fn new(front: Arc<Front<P>>, stopping: Arc<Stopping>, address: IpAddr) -> Self {
        Self { front, stopping, address, pending: None }
    }

    /// Takes a ping; returns false if the bytes are not one plain ping and nothing else, which is for the HTTP library.
    pub(super) fn take(&mut self, bytes: &[u8]) -> bool {
        if !self.stopping.has_begun() {
            self.pending = plain::read(bytes).and_then(|plain| {
                let caller = || Caller::of(self.address, &plain, &*self.front.is_trusted);
                self.front.pings.take(plain.target, &caller)
            });
        }
        self.pending.is_some()
    }

    /// Writes the answer to the ping that was taken, once its outcome is known; is ready if there is none.
    pub(super) fn poll_answer(&mut self, context: &mut Context<'_>, answer: &mut Vec<u8>) -> Poll<()> {
        let Some(pending) = &mut self.pending else { return Poll::Ready(()) };
        let outcome = ready!(Pin::new(pending).poll(context));
        self.pending = None;
        self.front.pings.write_answer(outcome, answer);
        if self.stopping.has_begun() {
            close(answer);
        }
        Poll::Ready(())
    }
}

/// Says that the connection ends with this answer.
fn close(answer: &mut Vec<u8>) {
    if let Some(end) = answer.iter().position(|byte| *byte == b'\n') {
        answer.splice(end + 1..=end, CLOSE.iter().copied());
    }
}
