//! The mail channel: hands mails to the one configured mail server, one transaction a mail, one recipient each.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use super::handover::Handover;
use super::login::Credentials;
use super::session::Session;
use super::wire::Target;
use super::{SendError, tls};
use crate::message::address::{Address, AddressError};

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (SMTPS).
    Tls,
    /// TLS by the STARTTLS command, without which nothing is sent.
    StartTls,
    /// None: only to this machine, and never with a login.
    Plain,
}

/// Everything the channel has to know.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Host name or address of the mail server; its certificate has to be for this name.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// What to log in with; `None` does not log in.
    pub credentials: Option<Credentials>,
    /// The sender's address.
    pub from: String,
    /// A file of certificate authorities that are trusted beside the system's (`SSL_CERT_FILE`).
    pub extra_ca: Option<PathBuf>,
    /// How long each phase may take.
    pub deadlines: Deadlines,
}

/// How long each phase may take as a whole, however slowly the bytes trickle in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Finding the server and connecting, over all its addresses.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// The greeting; some servers look us up first, or wait on purpose.
    pub greeting: Duration,
    /// Each command and its reply.
    pub command: Duration,
    /// The reply to DATA.
    pub data: Duration,
    /// Sending the mail itself.
    pub body: Duration,
    /// The answer to the final dot. Long, because giving up earlier than the server means a duplicate (RFC 1047).
    pub final_dot: Duration,
    /// The good-bye.
    pub quit: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            tls: Duration::from_secs(30),
            greeting: Duration::from_mins(1),
            command: Duration::from_mins(1),
            data: Duration::from_mins(2),
            body: Duration::from_mins(3),
            final_dot: Duration::from_mins(10),
            quit: Duration::from_secs(5),
        }
    }
}

/// Why settings cannot work, whatever the server says; each names what to change.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The server's name is none.
    #[error("mail server {0:?} is no host name or address")]
    ServerName(String),
    /// Plain text is only for a server on this machine.
    #[error("mail server {0:?} is not this machine, and plain text goes no further: use TLS or STARTTLS")]
    PlainBeyondLoopback(String),
    /// The sender's address is none.
    #[error("sender {address:?}: {error}")]
    Sender {
        /// What was given.
        address: String,
        /// What is wrong with it.
        error: AddressError,
    },
    /// The additional certificate authorities cannot be used.
    #[error("certificate authorities in {}: {reason}", .path.display())]
    ExtraAuthority {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No certificate could be verified at all.
    #[error("no certificate authorities are known: install the system's package of them, or name a file")]
    NoAuthorities,
}

/// The way to one mail server. Cheap to clone; holds no connection.
#[derive(Clone)]
pub struct Email {
    pub(super) settings: Arc<SmtpSettings>,
    pub(super) protection: Protection,
    pub(super) handover: Handover,
}

/// What protects the connection, with all that it needs.
#[derive(Clone)]
pub(super) enum Protection {
    Plain,
    Tls(Encryption),
    StartTls(Encryption),
}

#[derive(Clone)]
pub(super) struct Encryption {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
}

impl Email {
    /// Takes the settings, and reads the certificate authorities.
    pub fn new(settings: SmtpSettings) -> Result<Self, SettingsError> {
        if let Err(error) = Address::parse(&settings.from) {
            return Err(SettingsError::Sender { address: settings.from, error });
        }
        let protection = match settings.security {
            Security::Plain if is_loopback(&settings.server) => Protection::Plain,
            Security::Plain => return Err(SettingsError::PlainBeyondLoopback(settings.server)),
            Security::Tls => Protection::Tls(encryption(&settings)?),
            Security::StartTls => Protection::StartTls(encryption(&settings)?),
        };
        Ok(Self { settings: Arc::new(settings), protection, handover: Handover::default() })
    }

    /// Connects and logs in. A success says that server, certificate and login are right.
    pub fn open(&self) -> Result<Session, SendError> {
        Session::open(self)
    }

    /// Lets no mail past its final dot from now on.
    pub fn stop(&self) {
        self.handover.stop();
    }

    /// Returns how many mails are past their final dot, and may be the server's, without an answer.
    #[must_use]
    pub fn past_dot(&self) -> usize {
        self.handover.past_dot()
    }

    /// Returns the sender's address.
    #[must_use]
    pub fn from(&self) -> &str {
        &self.settings.from
    }

    pub(super) fn target(&self) -> Target<'_> {
        let only_loopback = match self.protection {
            Protection::Plain => true,
            Protection::Tls(_) | Protection::StartTls(_) => false,
        };
        Target { server: &self.settings.server, port: self.settings.port, only_loopback }
    }
}

fn encryption(settings: &SmtpSettings) -> Result<Encryption, SettingsError> {
    let name = ServerName::try_from(settings.server.clone())
        .map_err(|_| SettingsError::ServerName(settings.server.clone()))?;
    Ok(Encryption { config: tls::client_config(settings.extra_ca.as_deref())?, name })
}

fn is_loopback(server: &str) -> bool {
    match server.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => server.eq_ignore_ascii_case("localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(server: &str, security: Security) -> SmtpSettings {
        SmtpSettings {
            server: server.to_owned(),
            port: 25,
            security,
            credentials: None,
            from: "listener@example.org".to_owned(),
            extra_ca: None,
            deadlines: Deadlines::default(),
        }
    }

    #[test]
    fn plain_text_is_for_this_machine_only() {
        for server in ["localhost", "127.0.0.1", "::1"] {
            assert!(Email::new(settings(server, Security::Plain)).is_ok(), "{server}");
        }
        for server in ["mail.example.org", "192.0.2.1", "localhost.example.org"] {
            let refused = Email::new(settings(server, Security::Plain));
            assert!(matches!(refused, Err(SettingsError::PlainBeyondLoopback(_))), "{server}");
        }
    }

    #[test]
    fn a_sender_that_is_no_address_is_refused_at_once() {
        let settings = SmtpSettings { from: "admin".to_owned(), ..settings("localhost", Security::Plain) };
        assert!(matches!(Email::new(settings), Err(SettingsError::Sender { .. })));
    }

    #[test]
    fn a_file_without_certificates_is_no_authority() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let extra_ca = Some(file.path().to_owned());
        let settings = SmtpSettings { extra_ca, ..settings("localhost", Security::Tls) };
        assert!(matches!(Email::new(settings), Err(SettingsError::ExtraAuthority { .. })));
    }
}
