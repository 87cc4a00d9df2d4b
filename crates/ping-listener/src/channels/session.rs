//! One conversation with a mail server: greeting, encryption, login, then a transaction for each mail.

use std::fmt::Write as _;
use std::net::IpAddr;

use domain::retry::Refusal;
use faults::points::{self, Point};

use super::email::{Email, Encryption, Protection};
use super::handover::PastDot;
use super::login::Credentials;
use super::offers::{Mechanism, Offers};
use super::reply::Reply;
use super::smtp::Connection;
use super::wire::Fault;
use super::{Accepted, Phase, SendError, verdict};
use crate::message::Mail;
use crate::message::address::Address;

/// An open, logged-in connection. Dropped without [`Session::quit`], it is simply cut.
pub struct Session {
    email: Email,
    connection: Connection,
    offers: Offers,
    is_usable: bool,
    /// Mails tried on this connection.
    mails: u32,
    /// Held from the last mail's final dot until its outcome is written down.
    past_dot: Option<PastDot>,
}

impl Session {
    pub(super) fn open(email: &Email) -> Result<Self, SendError> {
        let deadlines = &email.settings.deadlines;
        let mut connection = Connection::open(&email.target(), deadlines.connect)
            .map_err(|fault| verdict::of_fault(Phase::Connect, &fault))?;
        points::reach(Point::SmtpConnected);
        if let Protection::Tls(encryption) = &email.protection {
            connection = encrypted(connection, encryption, email)?;
        }
        let greeting = connection.reply(deadlines.greeting);
        expect(Phase::Greeting, 220, greeting)?;
        let mut session = Self {
            email: email.clone(),
            connection,
            offers: Offers::default(),
            is_usable: true,
            mails: 0,
            past_dot: None,
        };
        session.hello()?;
        if let Protection::StartTls(encryption) = &email.protection {
            session = session.start_tls(encryption)?;
        }
        points::reach(Point::SmtpGreeted);
        session.log_in()?;
        points::reach(Point::SmtpLoggedIn);
        Ok(session)
    }

    /// Hands over one mail to its one recipient.
    ///
    /// When the server ended the conversation since the last mail (idle, or one mail a connection), a new one is
    /// opened without a word: only a server that fails from the start is in trouble.
    pub fn send(&mut self, mail: &Mail) -> Result<Accepted, SendError> {
        let sender = self.address(&mail.from, Phase::Sender)?;
        let recipient = self.address(&mail.recipient, Phase::Recipient)?;
        if !self.is_usable {
            *self = Self::open(&self.email)?;
        }
        match self.transact(&sender, &recipient, &mail.raw) {
            Err(error) if self.has_outlived(&error) => {
                *self = Self::open(&self.email)?;
                self.transact(&sender, &recipient, &mail.raw)
            }
            outcome => outcome,
        }
    }

    /// Tells whether another mail can be sent on this connection; if not, the next one opens another.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.is_usable
    }

    /// Takes note that what came of the last mail is written down, so that a stop need not wait for it.
    pub fn settled(&mut self) {
        self.past_dot = None;
    }

    /// Says good-bye, as long as that takes no time to speak of.
    pub fn quit(mut self) {
        if self.is_usable {
            // Every mail has its answer already; what the server says to this changes nothing.
            let _ = self.connection.ask("QUIT", self.email.settings.deadlines.quit);
        }
    }

    fn hello(&mut self) -> Result<(), SendError> {
        let limit = self.email.settings.deadlines.command;
        let name = own_name(self.connection.local_ip());
        match self.connection.ask(&format!("EHLO {name}"), limit) {
            Ok(reply) if reply.code == 250 => {
                self.offers = Offers::read(&reply);
                Ok(())
            }
            Ok(reply) if 500 <= reply.code && self.can_do_without_extensions() => {
                expect(Phase::Hello, 250, self.connection.ask(&format!("HELO {name}"), limit)).map(drop)
            }
            other => expect(Phase::Hello, 250, other).map(drop),
        }
    }

    fn can_do_without_extensions(&self) -> bool {
        match self.email.protection {
            Protection::Plain => true,
            Protection::Tls(_) => self.email.settings.credentials.is_none(),
            Protection::StartTls(_) => false,
        }
    }

    fn start_tls(mut self, encryption: &Encryption) -> Result<Self, SendError> {
        if !self.offers.starttls {
            let reason = "the server does not offer STARTTLS, and nothing is sent in plain text";
            return Err(SendError::new(Refusal::ServerConfig, Phase::Tls, reason));
        }
        let answer = self.connection.ask("STARTTLS", self.email.settings.deadlines.command);
        expect(Phase::Tls, 220, answer)?;
        self.connection = encrypted(self.connection, encryption, &self.email)?;
        self.offers = Offers::default();
        self.hello()?;
        Ok(self)
    }

    fn log_in(&mut self) -> Result<(), SendError> {
        let email = self.email.clone();
        let Some(credentials) = &email.settings.credentials else { return Ok(()) };
        if !self.connection.is_encrypted() {
            // A server on this machine: it knows us by that, and a password in plain text is never worth it.
            return Ok(());
        }
        self.authenticate(credentials).map_err(|error| {
            if credentials.show_in(&error.answer) {
                let answer = "(the server's answer repeats the password and is not shown)";
                return SendError { answer: answer.to_owned(), ..error };
            }
            error
        })
    }

    fn authenticate(&mut self, credentials: &Credentials) -> Result<(), SendError> {
        let limit = self.email.settings.deadlines.command;
        let phase = Phase::Authentication;
        let last = match self.offers.login {
            Some(Mechanism::Plain) => {
                self.connection.ask(&format!("AUTH PLAIN {}", credentials.plain_token()), limit)
            }
            Some(Mechanism::Login) => {
                expect(phase, 334, self.connection.ask("AUTH LOGIN", limit))?;
                expect(phase, 334, self.connection.ask(&credentials.login_token(), limit))?;
                self.connection.ask(&credentials.password_token(), limit)
            }
            None => {
                let reason = "the server offers no login that we know (PLAIN, LOGIN)";
                return Err(SendError::new(Refusal::ServerConfig, phase, reason));
            }
        };
        expect(phase, 235, last).map(drop)
    }

    fn address(&self, text: &str, phase: Phase) -> Result<Address, SendError> {
        let unsendable = |reason: &str| SendError::new(Refusal::Unsendable, phase, reason);
        let address = Address::parse(text).map_err(|error| unsendable(&error.to_string()))?;
        if address.needs_utf8() && !self.offers.utf8 {
            return Err(unsendable("the mail server does not take addresses that are not ASCII (SMTPUTF8)"));
        }
        Ok(address)
    }

    fn transact(&mut self, sender: &Address, recipient: &Address, raw: &[u8]) -> Result<Accepted, SendError> {
        let deadlines = self.email.settings.deadlines;
        self.mails += 1;
        let body = dot_stuffed(raw);
        let mail_from = self.mail_from(sender, recipient, raw.len())?;
        self.step(Phase::Sender, 250, |session| session.connection.ask(&mail_from, deadlines.command))?;
        points::reach(Point::SmtpSender);
        let rcpt_to = format!("RCPT TO:<{recipient}>");
        self.step(Phase::Recipient, 250, |session| session.connection.ask(&rcpt_to, deadlines.command))?;
        points::reach(Point::SmtpRecipient);
        self.step(Phase::Data, 354, |session| session.connection.ask("DATA", deadlines.data))?;
        points::reach(Point::SmtpData);
        self.connection.write(&body, deadlines.body).map_err(|fault| {
            self.is_usable = false;
            verdict::of_fault(Phase::Data, &fault)
        })?;
        self.past_dot = self.email.handover.begin();
        if self.past_dot.is_none() {
            self.is_usable = false;
            return Err(SendError::new(Refusal::ServerSoft, Phase::Data, "the server is being stopped"));
        }
        points::reach(Point::SmtpBeforeDot);
        // From here on the mail may be the server's: whatever is no clear answer is ambiguous.
        let reply =
            self.step(Phase::FinalDot, 250, |session| session.connection.ask(".", deadlines.final_dot))?;
        points::reach(Point::SmtpAccepted);
        let accepted = SendError::new(Refusal::Ambiguous, Phase::FinalDot, &reply.words());
        Ok(Accepted { answer: accepted.answer })
    }

    fn mail_from(&self, sender: &Address, recipient: &Address, bytes: usize) -> Result<String, SendError> {
        let mut command = format!("MAIL FROM:<{sender}>");
        if let Some(bytes_max) = self.offers.bytes_max {
            if bytes_max < bytes {
                let reason = format!("the mail has {bytes} bytes, and the server takes {bytes_max}");
                return Err(SendError::new(Refusal::Hard, Phase::Sender, &reason));
            }
            write!(command, " SIZE={bytes}").expect("writing to a string cannot fail");
        }
        if sender.needs_utf8() || recipient.needs_utf8() {
            command.push_str(" BODY=8BITMIME SMTPUTF8");
        }
        Ok(command)
    }

    /// Takes one step of a transaction, and leaves the connection ready for the next mail, or marked as done for.
    fn step(
        &mut self,
        phase: Phase,
        hoped_for: u16,
        ask: impl FnOnce(&mut Self) -> Result<Reply, Fault>,
    ) -> Result<Reply, SendError> {
        let answer = ask(self);
        let is_clear =
            answer.as_ref().is_ok_and(|reply| reply.code != 421 && is_answer_to(phase, reply.code));
        let outcome = expect(phase, hoped_for, answer);
        if !is_clear {
            self.is_usable = false;
        } else if outcome.is_err() && phase != Phase::FinalDot {
            self.reset();
        }
        outcome
    }

    /// Ends a transaction that was refused halfway.
    fn reset(&mut self) {
        let answer = self.connection.ask("RSET", self.email.settings.deadlines.command);
        self.is_usable = answer.is_ok_and(|reply| reply.code == 250);
    }

    /// Tells whether this connection served mails before and the server wants no more of them on it.
    fn has_outlived(&self, error: &SendError) -> bool {
        1 < self.mails && error.phase == Phase::Sender && error.refusal == Refusal::ServerSoft
    }
}

fn encrypted(
    connection: Connection,
    encryption: &Encryption,
    email: &Email,
) -> Result<Connection, SendError> {
    connection
        .encrypt(&encryption.config, &encryption.name, email.settings.deadlines.tls)
        .map_err(|fault| verdict::of_fault(Phase::Tls, &fault))
}

fn expect(phase: Phase, hoped_for: u16, answer: Result<Reply, Fault>) -> Result<Reply, SendError> {
    match answer {
        Ok(reply) if is_success(hoped_for, reply.code) => Ok(reply),
        Ok(reply) => Err(verdict::of_reply(phase, &reply)),
        Err(fault) => Err(verdict::of_fault(phase, &fault)),
    }
}

/// Where 250 is hoped for, its kin will do: 251 and 252 are a yes to a recipient.
fn is_success(hoped_for: u16, code: u16) -> bool {
    if hoped_for == 250 { (250..300).contains(&code) } else { hoped_for == code }
}

/// Tells whether a code can be an answer at this point at all; if not, the two have lost each other.
fn is_answer_to(phase: Phase, code: u16) -> bool {
    400 <= code || if phase == Phase::Data { code == 354 } else { (250..300).contains(&code) }
}

/// Doubles dots at the start of lines, so that none ends the mail early, and ends every line by CRLF: a bare one
/// could be the end of the mail for one server and not for the next.
#[must_use]
pub fn dot_stuffed(raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(raw.len() + raw.len() / 50);
    let normal = raw.strip_suffix(b"\n").unwrap_or(raw);
    for line in normal.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        for line in line.split(|byte| *byte == b'\r') {
            if line.first() == Some(&b'.') {
                body.push(b'.');
            }
            body.extend_from_slice(line);
            body.extend_from_slice(b"\r\n");
        }
    }
    body
}

/// Returns the name by which we greet: the host's if it is a full one, else our address, which servers take as well.
fn own_name(local_ip: Option<IpAddr>) -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let is_full = host.contains('.')
        && !host.starts_with('.')
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    match local_ip {
        _ if is_full => host,
        Some(IpAddr::V4(address)) => format!("[{address}]"),
        Some(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
        None => "[127.0.0.1]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_mail_ends_it_early() {
        assert_eq!(dot_stuffed(b".\r\n..\r\na.\r\n"), b"..\r\n...\r\na.\r\n");
        assert_eq!(dot_stuffed(b"a\n.\nb\r.\rc"), b"a\r\n..\r\nb\r\n..\r\nc\r\n");
        assert_eq!(dot_stuffed(b"a\r\n\r\n"), b"a\r\n\r\n");
    }
}
