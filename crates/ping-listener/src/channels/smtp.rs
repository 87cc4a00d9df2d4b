//! A connection to a mail server: lines out, replies in, each phase with a deadline of its own as a whole.
//!
//! The transports of the mail crate are not used: their timeouts hold for each system call, so a server that sends a
//! byte a second is waited for without end, and they do not tell in which phase a server said what.

use std::io::{Read, Write};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::wire::{Fault, Target, Wire, fault_of, now};

/// Longest line of a reply; RFC 5321 allows 512 bytes, and no server needs four times that.
const REPLY_LINE_BYTES_MAX: usize = 2_000;
/// Most lines in one reply; the longest lists of extensions have some thirty.
const REPLY_LINES_MAX: usize = 100;

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The three digits.
    pub(super) code: u16,
    /// The texts behind them, a line each.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// Returns the whole reply on one line.
    pub(super) fn words(&self) -> String {
        format!("{} {}", self.code, self.lines.join(" "))
    }
}

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
        let mut lines = Vec::new();
        let mut first_code = None;
        loop {
            let line = self.line_until(deadline, limit)?;
            let (code, is_last, text) = parse_line(&line)?;
            if *first_code.get_or_insert(code) != code {
                return Err(Fault::Garbled("its lines have different codes"));
            }
            if lines.len() == REPLY_LINES_MAX {
                return Err(Fault::Garbled("it has more than 100 lines"));
            }
            lines.push(text);
            if is_last {
                return Ok(Reply { code, lines });
            }
        }
    }

    fn line_until(&mut self, deadline: Instant, limit: Duration) -> Result<Vec<u8>, Fault> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.unread.drain(..=end).collect();
                line.truncate(line.trim_ascii_end().len());
                return if REPLY_LINE_BYTES_MAX < end {
                    Err(Fault::Garbled("a line is too long"))
                } else {
                    Ok(line)
                };
            }
            if REPLY_LINE_BYTES_MAX < self.unread.len() {
                return Err(Fault::Garbled("a line is too long"));
            }
            let mut some = [0; 1_024];
            let count =
                self.stream_until(deadline).read(&mut some).map_err(|error| fault_of(&error, limit))?;
            if count == 0 {
                return Err(Fault::Closed);
            }
            self.unread.extend_from_slice(&some[..count]);
        }
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

fn parse_line(line: &[u8]) -> Result<(u16, bool, String), Fault> {
    let (digits, rest) = line.split_at_checked(3).ok_or(Fault::Garbled("a line has no code"))?;
    let code = std::str::from_utf8(digits)
        .ok()
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|code| (200..600).contains(code))
        .ok_or(Fault::Garbled("a line has no code"))?;
    match rest {
        [] => Ok((code, true, String::new())),
        [b' ', text @ ..] => Ok((code, true, String::from_utf8_lossy(text).into_owned())),
        [b'-', text @ ..] => Ok((code, false, String::from_utf8_lossy(text).into_owned())),
        [..] => Err(Fault::Garbled("a line has no code")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_line_is_a_code_and_a_text() {
        assert_eq!(parse_line(b"250 ok"), Ok((250, true, "ok".to_owned())));
        assert_eq!(parse_line(b"250-ok"), Ok((250, false, "ok".to_owned())));
        assert_eq!(parse_line(b"250"), Ok((250, true, String::new())));
        for line in [&b""[..], b"25", b"2 5 ok", b"250ok", b"999 ok", b"+OK ready", b"\xff\xff\xff"] {
            assert!(parse_line(line).is_err(), "{line:?}");
        }
    }
}
