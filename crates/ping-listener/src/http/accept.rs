//! Takes connections until the server stops, and then sees them out.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};
use tracing::{error, warn};

use super::answer;
use super::caps::Refused;
use super::connection;
use super::{Front, Pings, timer};

/// The wait after the system could not hand out a connection: it has to close some first, and asking again at once
/// would only burn the time it needs for that.
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(100);

/// Serves all connections of `listener` until `stop` says true or its sender is gone.
///
/// Then nothing more is accepted, idle connections are closed at once (those that came just now are heard first),
/// requests in flight get
/// [`Limits::drain_timeout`](super::Limits::drain_timeout), and the rest is cut. May run several times with the same
/// front, which then counts connections over all of them.
pub async fn serve<P: Pings>(listener: TcpListener, front: Arc<Front<P>>, mut stop: watch::Receiver<bool>) {
    let stopping = Arc::new(Stopping::default());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = until_told(&mut stop) => break,
            Some(ended) = connections.join_next() => note_panic(&ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => admit(stream, address, &front, &stopping, &mut connections),
                Err(error) => after_error(&error).await,
            },
        }
    }
    drop(listener);
    stopping.begin();
    let drained = async {
        while let Some(ended) = connections.join_next().await {
            note_panic(&ended);
        }
    };
    if tokio::time::timeout(front.limits.drain_timeout, drained).await.is_err() {
        warn!("connections were cut because they did not finish in time");
        connections.shutdown().await;
    }
}

async fn until_told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|is_stopping| *is_stopping).await;
}

fn admit<P: Pings>(
    stream: TcpStream,
    address: SocketAddr,
    front: &Arc<Front<P>>,
    stopping: &Arc<Stopping>,
    connections: &mut JoinSet<()>,
) {
    let source = address.ip().to_canonical();
    let is_exempt = source.is_loopback() || (front.is_trusted)(source);
    match front.caps.admit(source, is_exempt) {
        Ok(seat) => {
            let (front, stopping) = (Arc::clone(front), Arc::clone(stopping));
            connections.spawn(async move {
                connection::run(stream, source, front, stopping).await;
                drop(seat);
            });
        }
        Err(refused) => turn_away(&stream, source, refused),
    }
}

/// Says why, if the socket takes it at once; nobody is waited for.
fn turn_away(stream: &TcpStream, source: IpAddr, refused: Refused) {
    tracing::debug!("turned a connection of {source} away: {refused:?}");
    let bytes = match refused {
        Refused::Full => answer::RAW_SERVER_FULL,
        Refused::SourceFull => answer::RAW_SOURCE_FULL,
    };
    let _ = stream.try_write(bytes.as_bytes());
}

async fn after_error(error: &io::Error) {
    let is_one_connections = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    );
    if !is_one_connections {
        warn!("cannot accept connections ({error}); raise the limit of open files if this stays");
        timer::sleep(PAUSE_AFTER_ERROR).await;
    }
}

fn note_panic(ended: &Result<(), JoinError>) {
    if let Err(panic) = ended
        && panic.is_panic()
    {
        error!("a connection ended by a panic; this is a bug");
    }
}

/// Tells all connections that the server stops.
#[derive(Default)]
pub(super) struct Stopping {
    is_stopping: AtomicBool,
    bell: Notify,
}

impl Stopping {
    fn begin(&self) {
        // The flag first: a connection that registers at the bell too late sees the flag.
        self.is_stopping.store(true, Ordering::SeqCst);
        self.bell.notify_waiters();
    }

    pub(super) fn has_begun(&self) -> bool {
        self.is_stopping.load(Ordering::SeqCst)
    }

    pub(super) fn bell(&self) -> &Notify {
        &self.bell
    }
}
