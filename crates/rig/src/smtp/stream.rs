//! The wire to one client of the test server: plain or encrypted, and every byte that comes in written down.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::set_socket_linger;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::Shared;

/// The way to the client and back.
pub(super) enum Stream {
    Plain(Wire),
    Encrypted(Box<StreamOwned<ServerConnection, Wire>>),
    Gone,
}

/// A socket that writes down what it hears, as it came: encrypted, if it was.
pub(super) struct Wire {
    pub(super) tcp: TcpStream,
    pub(super) shared: Arc<Shared>,
    /// The number of the connection.
    pub(super) number: usize,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.tcp.read(buffer)?;
        self.shared.lock().wires[self.number].extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

pub(super) trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

impl Stream {
    pub(super) fn as_io(&mut self) -> io::Result<&mut dyn ReadWrite> {
        match self {
            Self::Plain(wire) => Ok(wire),
            Self::Encrypted(stream) => Ok(stream.as_mut()),
            Self::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Encrypts from here on.
    pub(super) fn encrypt(&mut self, config: Arc<ServerConfig>) -> io::Result<()> {
        let Self::Plain(mut wire) = std::mem::replace(self, Self::Gone) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let mut session = ServerConnection::new(config).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut wire)?;
        }
        *self = Self::Encrypted(Box::new(StreamOwned::new(session, wire)));
        Ok(())
    }
}

/// Waits for the first bytes of a client and leaves them where they are.
pub(super) fn wait_for_bytes(tcp: &TcpStream) -> io::Result<()> {
    tcp.peek(&mut [0]).map(drop)
}

/// Tells whether the client has closed its side, whatever it said before.
pub(super) fn is_left(tcp: &TcpStream) -> bool {
    let mut watched = [PollFd::new(tcp, PollFlags::RDHUP)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut watched, Some(&at_once)).is_ok_and(|count| 0 < count)
}

/// Ends a connection: in order, or so that the client hears of an error.
pub(super) fn end(tcp: &TcpStream, is_reset: bool) {
    if is_reset {
        // Closing a socket that must not linger sends a reset; shutting it down would say good-bye first.
        let _ = set_socket_linger(tcp, Some(Duration::ZERO));
    } else {
        let _ = tcp.shutdown(Shutdown::Both);
    }
}
