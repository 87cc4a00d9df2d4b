//! One connection: how long it may take, and when it ends.
//!
//! The HTTP library's own head timeout also ends idle connections, and costs an allocation and a timer for each
//! request. This one looks at counters when its single timer rings, so that a request costs it nothing.

use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::accept::Stopping;
use super::lane::Lane;
use super::socket::Socket;
use super::{Front, HEAD_BYTES_MAX, Limits, Pings, request, timer};

/// Who came shortly before the server stops is still heard: so long after it came, a connection that has not asked
/// anything yet is not closed. Else a ping would fail whose sender was told that somebody listens.
const HEARD_AFTER_COMING: Duration = Duration::from_secs(2);

/// Serves one connection to its end.
pub(super) async fn run<P: Pings>(
    stream: TcpStream,
    address: IpAddr,
    front: Arc<Front<P>>,
    stopping: Arc<Stopping>,
) {
    // Without it the kernel may hold a small answer back for 40 ms.
    let _ = stream.set_nodelay(true);
    let limits = front.limits;
    let activity = Arc::new(Activity::default());
    let lane = Lane::new(Arc::clone(&front), Arc::clone(&stopping), address);
    let socket = Socket::new(stream, Arc::clone(&activity), lane, limits.linger_timeout);
    let service = service_fn(|request| request::answer(&front, &activity, address, request));
    let connection = http1::Builder::new()
        .half_close(true)
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_header_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    let mut bell = pin!(stopping.bell().notified());
    let mut timer = pin!(timer::sleep(limits.head_timeout));
    let mut last_call = pin!(timer::sleep(HEARD_AFTER_COMING));
    let mut patience = Patience::new(&activity, limits);
    let mut is_first = true;
    let mut is_leaving = false;
    // The HTTP library knows nothing of a ping on the lane, and would close the connection under it.
    let is_told_to_leave = || stopping.has_begun() && !activity.is_on_lane();
    // The task's waker never changes, so the bell has to be polled only once.
    poll_fn(|context| {
        if is_first {
            is_first = false;
            let _ = bell.as_mut().poll(context);
            let _ = timer.as_mut().poll(context);
        }
        loop {
            let may_leave = !is_leaving && is_told_to_leave();
            if may_leave && (activity.has_asked() || last_call.as_mut().poll(context).is_ready()) {
                is_leaving = true;
                connection.as_mut().graceful_shutdown();
            }
            if let Poll::Ready(ended) = connection.as_mut().poll(context) {
                if let Err(error) = ended {
                    tracing::debug!("a connection ended early: {error}");
                }
                return Poll::Ready(());
            }
            match patience.poll(timer.as_mut(), context) {
                Verdict::Wait if !is_leaving && is_told_to_leave() && activity.has_asked() => {}
                Verdict::Wait => return Poll::Pending,
                Verdict::Refuse => activity.set_timed_out(),
                Verdict::Close => return Poll::Ready(()),
            }
        }
    })
    .await;
}

/// What is known of a connection's doings. All of it happens in one task; the atomics only make that task sendable.
#[derive(Default)]
pub(super) struct Activity {
    begun: AtomicU32,
    ended: AtomicU32,
    written: AtomicU64,
    is_write_blocked: AtomicBool,
    is_inside_head: AtomicBool,
    is_faulty: AtomicBool,
    is_timed_out: AtomicBool,
    is_on_lane: AtomicBool,
}

impl Activity {
    /// Counts a request whose head is complete.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.begun.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }

    /// Counts a ping that is taken past the HTTP library.
    pub(super) fn begin_on_lane(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.is_on_lane.store(true, Ordering::Relaxed);
    }

    /// Notes that the answer to it is with the kernel.
    pub(super) fn end_on_lane(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        self.is_on_lane.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_on_lane(&self) -> bool {
        self.is_on_lane.load(Ordering::Relaxed)
    }

    /// Counts the requests whose answers are on their way; begins anew at 2^32.
    pub(super) fn ended(&self) -> u32 {
        self.ended.load(Ordering::Relaxed)
    }

    pub(super) fn set_inside_head(&self, is_inside: bool) {
        self.is_inside_head.store(is_inside, Ordering::Relaxed);
    }

    /// Notes that a head could be read in two ways: nothing on this connection is believed any more.
    pub(super) fn set_faulty(&self) {
        self.is_faulty.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_faulty(&self) -> bool {
        self.is_faulty.load(Ordering::Relaxed)
    }

    pub(super) fn is_timed_out(&self) -> bool {
        self.is_timed_out.load(Ordering::Relaxed)
    }

    pub(super) fn note_written(&self, bytes: usize) {
        self.written.fetch_add(bytes as u64, Ordering::Relaxed);
        self.is_write_blocked.store(false, Ordering::Relaxed);
    }

    pub(super) fn note_write_blocked(&self) {
        self.is_write_blocked.store(true, Ordering::Relaxed);
    }

    fn is_write_blocked(&self) -> bool {
        self.is_write_blocked.load(Ordering::Relaxed)
    }

    fn set_timed_out(&self) {
        self.is_timed_out.store(true, Ordering::Relaxed);
    }

    fn has_asked(&self) -> bool {
        0 < self.begun.load(Ordering::Relaxed)
    }

    fn is_busy(&self) -> bool {
        self.begun.load(Ordering::Relaxed) != self.ended.load(Ordering::Relaxed)
    }
}

/// A request that has been read and whose answer is not in the HTTP library's hands yet.
pub(super) struct InFlight(Arc<Activity>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// Decides when a connection has taken too long.
struct Patience<'a> {
    activity: &'a Activity,
    limits: Limits,
    begun: u32,
    written: u64,
    is_timing_head: bool,
}

enum Verdict {
    Wait,
    /// The head took too long: say so, then close.
    Refuse,
    Close,
}

impl<'a> Patience<'a> {
    fn new(activity: &'a Activity, limits: Limits) -> Self {
        Self { activity, limits, begun: 0, written: 0, is_timing_head: false }
    }

    fn poll(&mut self, mut timer: Pin<&mut Sleep>, context: &mut Context<'_>) -> Verdict {
        let is_inside_head = self.activity.is_inside_head.load(Ordering::Relaxed);
        let has_answered = self.activity.has_asked();
        // The first head's time runs from the start of the connection, which the timer began with.
        if is_inside_head && !self.is_timing_head && has_answered && !timer.is_elapsed() {
            timer.as_mut().reset(timer::now() + self.limits.head_timeout);
        }
        self.is_timing_head = is_inside_head;
        if !timer.is_elapsed() {
            // Registers the task again after a reset; without one it costs two loads.
            let _ = timer.poll(context);
            return Verdict::Wait;
        }
        let verdict = self.judge();
        if let Verdict::Wait = verdict {
            let is_idle = !self.activity.is_busy() && !self.activity.is_write_blocked();
            let pause = if is_idle { self.limits.idle_timeout / 2 } else { self.limits.write_timeout };
            timer.as_mut().reset(timer::now() + pause);
            let _ = timer.poll(context);
        }
        verdict
    }

    /// Compares with what was known when the timer last rang.
    fn judge(&mut self) -> Verdict {
        let begun = self.activity.begun.load(Ordering::Relaxed);
        let written = self.activity.written.load(Ordering::Relaxed);
        let (is_idle, is_stuck) = (begun == self.begun, written == self.written);
        (self.begun, self.written) = (begun, written);
        if self.activity.is_write_blocked() {
            return if is_stuck { Verdict::Close } else { Verdict::Wait };
        }
        if self.activity.is_busy() {
            return Verdict::Wait;
        }
        if self.is_timing_head && !self.activity.is_timed_out() {
            return Verdict::Refuse;
        }
        if is_idle { Verdict::Close } else { Verdict::Wait }
    }
}
