//! A connection to a mail server: lines out, replies in, each phase with a deadline of its own as a whole.
//!
//! The transports of the mail crate are not used: their timeouts hold for each system call, so a server that sends a
//! byte a second is waited for without end, and they do not tell in which phase a server said what.

use std::io::{Read, Write};
use std::mem;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::reply::{self, Reply};
use super::wire::{Fault, Target, Wire, fault_of, now};

pub(super) struct Connection {
    stream: Stream,
    unread: Vec<u8>,
}

enum Stream {
    Plain(Wire),
    Encrypted(Box<StreamOwned<ClientConnection, Wire>>),
}

impl Connection {
    /// Finds the server and connects to it.
    pub(super) fn open(target: &Target<'_>, limit: Duration) -> Result<Self, Fault> {
        Ok(Self { stream: Stream::Plain(Wire::open(target, limit)?), unread: Vec::new() })
    }

    /// Encrypts the connection and verifies the server's certificate for `name`.
    ///
    /// What the server said before is dropped: it could come from anybody on the way.
    pub(super) fn encrypt(
        self,
        config: &Arc<ClientConfig>,
        name: &ServerName<'static>,
        limit: Duration,
    ) -> Result<Self, Fault> {
        let mut wire = match self.stream {
            Stream::Plain(wire) => wire,
            Stream::Encrypted(_) => return Ok(self),
        };
        wire.deadline = now() + limit;
        let mut session = ClientConnection::new(Arc::clone(config), name.clone())
            .map_err(|error| Fault::Broken(error.to_string()))?;
        while session.is_handshaking() {
            session.complete_io(&mut wire).map_err(|error| fault_of(&error, limit))?;
        }
        let stream = Stream::Encrypted(Box::new(StreamOwned::new(session, wire)));
        Ok(Self { stream, unread: Vec::new() })
    }

    pub(super) fn is_encrypted(&self) -> bool {
        match self.stream {
            Stream::Plain(_) => false,
            Stream::Encrypted(_) => true,
        }
    }

    /// Returns our own address on this connection.
    pub(super) fn local_ip(&self) -> Option<IpAddr> {
        let wire = match &self.stream {
            Stream::Plain(wire) => wire,
            Stream::Encrypted(stream) => &stream.sock,
        };
        wire.local_ip()
    }

    /// Sends one command line and returns the reply to it.
    pub(super) fn ask(&mut self, command: &str, limit: Duration) -> Result<Reply, Fault> {
        if !self.unread.is_empty() {
            // Words that nobody asked for would otherwise be taken for the answer to this command.
            let reply = self.reply(limit)?;
            return if reply.code == 421 { Ok(reply) } else { Err(Fault::Garbled("it answers unasked")) };
        }
        debug_assert!(!command.contains(['\r', '\n', '\0']), "a command is one line");
        let deadline = now() + limit;
        self.write_until(format!("{command}\r\n").as_bytes(), deadline, limit)?;
        faults::points::reach(faults::points::Point::SmtpAsked);
        self.reply_until(deadline, limit)
    }

    /// Sends bytes that get no answer of their own.
    pub(super) fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), Fault> {
        self.write_until(bytes, now() + limit, limit)
    }

    /// Waits for a reply.
    pub(super) fn reply(&mut self, limit: Duration) -> Result<Reply, Fault> {
        self.reply_until(now() + limit, limit)
    }

    fn write_until(&mut self, bytes: &[u8], deadline: Instant, limit: Duration) -> Result<(), Fault> {
        let stream = self.stream_until(deadline);
        stream.write_all(bytes).and_then(|()| stream.flush()).map_err(|error| fault_of(&error, limit))
    }

    fn reply_until(&mut self, deadline: Instant, limit: Duration) -> Result<Reply, Fault> {
        let mut unread = mem::take(&mut self.unread);
        let stream = self.stream_until(deadline);
        let reply =
            reply::read(&mut unread, |some| stream.read(some).map_err(|error| fault_of(&error, limit)));
        self.unread = unread;
        reply
    }

    fn stream_until(&mut self, deadline: Instant) -> &mut dyn ReadWrite {
        match &mut self.stream {
            Stream::Plain(wire) => {
                wire.deadline = deadline;
                wire
            }
            Stream::Encrypted(stream) => {
                stream.sock.deadline = deadline;
                stream.as_mut()
            }
        }
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}
