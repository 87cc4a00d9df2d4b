//! The socket to a mail server: found and reached within a deadline, and held to one however the bytes trickle in.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("no address: {0}")]
    NoAddress(String),
    #[error("{0} is not on this machine, and plain text goes no further")]
    NotLoopback(String),
    #[error("no answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    #[error("the server closed the connection")]
    Closed,
    #[error("{0}")]
    Broken(String),
    #[error("{0}")]
    Untrusted(String),
    #[error("the server's reply is no SMTP: {0}")]
    Garbled(&'static str),
}

/// Where the server is.
pub(super) struct Target<'a> {
    pub(super) server: &'a str,
    pub(super) port: u16,
    /// Go nowhere but to this machine.
    pub(super) only_loopback: bool,
}

/// A socket that keeps one deadline over any number of system calls.
pub(super) struct Wire {
    tcp: TcpStream,
    pub(super) deadline: Instant,
}

impl Wire {
    /// Finds the server and connects to it, to each of its addresses in turn.
    pub(super) fn open(target: &Target<'_>, limit: Duration) -> Result<Self, Fault> {
        let deadline = now() + limit;
        let addresses = resolve(target, limit)?;
        let mut fault = Fault::NoAddress(format!("{} has none", target.server));
        for (index, address) in addresses.iter().enumerate() {
            let addresses_left = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
            // Each gets an equal share of what is left, so that one that swallows packets leaves time for the next.
            let share = deadline.saturating_duration_since(now()) / addresses_left;
            if share.is_zero() {
                return Err(Fault::Timeout(limit));
            }
            match TcpStream::connect_timeout(address, share) {
                Ok(tcp) => return Self::over(tcp, deadline),
                Err(error) if is_timeout(&error) => fault = Fault::Timeout(limit),
                Err(error) => fault = Fault::Broken(format!("{address}: {error}")),
            }
        }
        Err(fault)
    }

    fn over(tcp: TcpStream, deadline: Instant) -> Result<Self, Fault> {
        // Commands are small and each waits for its answer.
        tcp.set_nodelay(true).map_err(|error| Fault::Broken(error.to_string()))?;
        Ok(Self { tcp, deadline })
    }

    /// Returns our own address on this connection.
    pub(super) fn local_ip(&self) -> Option<IpAddr> {
        self.tcp.local_addr().ok().map(|address| address.ip())
    }

    fn time_left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A signal ends a wait with a timeout; the wait goes on with what is left of it.
        loop {
            self.tcp.set_read_timeout(Some(self.time_left()?))?;
            match self.tcp.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(Some(self.time_left()?))?;
        self.tcp.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// Asks for the server's addresses, in a thread of its own: the system's resolver takes no deadline.
fn resolve(target: &Target<'_>, limit: Duration) -> Result<Vec<SocketAddr>, Fault> {
    let found = match target.server.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, target.port)],
        Err(_) => look_up(target, limit)?,
    };
    if !target.only_loopback {
        return Ok(found);
    }
    let near: Vec<SocketAddr> = found.into_iter().filter(|address| address.ip().is_loopback()).collect();
    if near.is_empty() { Err(Fault::NotLoopback(target.server.to_owned())) } else { Ok(near) }
}

fn look_up(target: &Target<'_>, limit: Duration) -> Result<Vec<SocketAddr>, Fault> {
    let (sender, receiver) = mpsc::channel();
    let place = (target.server.to_owned(), target.port);
    thread::Builder::new()
        .name("resolver".to_owned())
        .spawn(move || {
            let found = place.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
            // Nobody listens any more if the deadline has passed.
            let _ = sender.send(found);
        })
        .map_err(|error| Fault::NoAddress(error.to_string()))?;
    match receiver.recv_timeout(limit) {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(Fault::NoAddress(error.to_string())),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(Fault::Timeout(limit)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(Fault::NoAddress("the resolver failed".to_owned())),
    }
}

fn is_timeout(error: &io::Error) -> bool {
    // A socket whose timeout has passed says either, by platform.
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// Says what an error of the socket, or of the encryption on it, means.
pub(super) fn fault_of(error: &io::Error, limit: Duration) -> Fault {
    if is_timeout(error) {
        return Fault::Timeout(limit);
    }
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls_fault(tls);
    }
    let is_closed = matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    );
    if is_closed { Fault::Closed } else { Fault::Broken(error.to_string()) }
}

/// A certificate that does not hold, or a server that speaks no TLS we know, is for a person to mend.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's enum, which grows")]
fn tls_fault(error: &rustls::Error) -> Fault {
    match error {
        rustls::Error::InvalidCertificate(_) => {
            Fault::Untrusted(format!("the server's certificate is refused: {error}"))
        }
        rustls::Error::InvalidMessage(_) => {
            Fault::Untrusted(format!("the server does not speak TLS here: {error}"))
        }
        rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(_) => {
            Fault::Untrusted(format!("the server agrees to no encryption: {error}"))
        }
        _ => Fault::Broken(error.to_string()),
    }
}

#[expect(clippy::disallowed_methods, reason = "deadlines of sockets are kept by the system's own clock")]
pub(super) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_an_address_is_said_so() {
        // Too long for a name: the system refuses it without asking anybody.
        let server = "a".repeat(300);
        let target = Target { server: &server, port: 25, only_loopback: false };
        let fault = Wire::open(&target, Duration::from_secs(20)).err();
        assert!(matches!(fault, Some(Fault::NoAddress(_))), "{fault:?}");
    }
}
