//! The front door: takes connections, keeps slow and greedy clients from harming the others, and hands pings to the
//! listener and everything else to the pages.

mod accept;
pub mod answer;
pub mod body;
pub mod caller;
mod caps;
mod connection;
pub mod head;
mod lane;
pub mod peer;
pub mod plain;
pub mod refusals;
mod request;
pub mod routes;
mod socket;
pub(crate) mod timer;

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use http_body_util::Full;

pub use accept::serve;
use body::PingBody;
use caller::Caller;
use caps::Caps;
use refusals::Refusals;

use crate::telemetry::Telemetry;

/// Answers pings, before the router of pages sees them.
pub trait Pings: Send + Sync + 'static {
    /// Tells by which methods a request may come if it is meant as a ping, by its target alone; `None` if it is not.
    fn takes(&self, head: &Parts) -> Option<Methods>;

    /// Answers a ping that came by one of these methods.
    fn ping(
        &self,
        head: &Parts,
        caller: Caller<'_>,
        body: &mut PingBody,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send;

    /// A plain ping that was taken, until its outcome is known.
    type Pending: Future<Output: Send> + Send + Unpin;

    /// Takes a ping by the target of its request, if that is all that has to be known; else returns `None`, and
    /// [`ping`](Self::ping) is asked.
    fn take<'a>(&self, target: &str, caller: &dyn Fn() -> Caller<'a>) -> Option<Self::Pending>;

    /// Writes the whole answer to a ping that was taken, as it goes over the wire.
    fn write_answer(&self, outcome: <Self::Pending as Future>::Output, answer: &mut Vec<u8>);
}

/// By which methods a ping may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Methods {
    /// GET, HEAD and POST, as pages do.
    Usual,
    /// Any at all.
    Any,
}

/// Tells whether an address belongs to a proxy whose forwarding headers count.
pub type Trust = Box<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// Everything that the connections share.
pub struct Front<P> {
    pings: P,
    pages: Router,
    is_trusted: Trust,
    limits: Limits,
    caps: Arc<Caps>,
    refusals: Refusals,
    telemetry: Arc<Telemetry>,
}

impl<P: Pings> Front<P> {
    /// Puts the front together.
    #[must_use]
    pub fn new(pings: P, pages: Router, terms: Terms, telemetry: Arc<Telemetry>) -> Self {
        let Terms { is_trusted, limits, key } = terms;
        let caps = Arc::new(Caps::new(limits.connections_max, limits.connections_per_source_max));
        Self { pings, pages, is_trusted, limits, caps, refusals: Refusals::new(key), telemetry }
    }
}

/// On what terms clients are served.
pub struct Terms {
    /// Whose forwarding headers count.
    pub is_trusted: Trust,
    /// How much they may ask, and how long they may take.
    pub limits: Limits,
    /// Random, so that nobody can choose addresses that share a limit.
    pub key: [u8; 16],
}

/// How much a client may ask of the front, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open connections from everywhere but loopback and trusted proxies. 16,384 idle ones cost about 250 MB.
    pub connections_max: usize,
    /// Open connections from one source (an IPv4 address or an IPv6 /64). All devices of a house share one address,
    /// and a device needs one connection.
    pub connections_per_source_max: usize,
    /// From the start of a connection or of a head until the head is complete. A phone on a bad network needs a few
    /// seconds.
    pub head_timeout: Duration,
    /// How long a connection without a request is kept at least half of, and at most. Common clients and proxies
    /// give their side up after 60 s.
    pub idle_timeout: Duration,
    /// For the whole body of a request to a page.
    pub body_timeout: Duration,
    /// How long a client may leave an answer unread.
    pub write_timeout: Duration,
    /// After an answer that leaves a body unread: how long the rest is taken and thrown away, so that the answer
    /// reaches a client that is still sending.
    pub linger_timeout: Duration,
    /// How long requests in flight may take to finish once the server stops.
    pub drain_timeout: Duration,
    /// Body of a request to a page: forms of a few fields.
    pub body_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 16_384,
            connections_per_source_max: 256,
            head_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            body_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(30),
            linger_timeout: Duration::from_secs(2),
            drain_timeout: Duration::from_secs(5),
            body_bytes_max: 64 * 1024,
        }
    }
}

/// The request line and all headers. Browsers' cookies and proxies' additions stay under 8 KiB; this is also what a
/// connection may make the server buffer.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// The target of a request: the longest name (255 bytes, each percent-encoded) fits ten times.
const TARGET_BYTES_MAX: usize = 8 * 1024;
