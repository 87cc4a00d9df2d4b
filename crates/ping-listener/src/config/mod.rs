//! What the person who runs the server asked for: `config.json` and the environment, read whole and checked.

use std::io;
use std::path::Path;
use std::sync::Arc;

use domain::demand::Demand;
use domain::time::Span;

pub use in_force::InForce;

use error::ConfigErrors;
use network::Network;
use secret::{KeyDigest, Secret};

pub mod environment;
pub mod error;
mod in_force;
pub mod mail_route;
pub mod kind;
pub mod network;
pub mod reference;
pub mod secret;

mod json;
mod recipients;
mod server;
mod users;
mod value;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod refusals;

/// The config that is used when none is given: the two users of the original.
pub const SAMPLE: &str = include_str!("../../../../config.json");

/// Reads a small file whole: how the server reaches the files that hold secrets.
///
/// [`secret::read_file`] is the one to hand in; tests bring their own.
pub type ReadFile<'f> = &'f dyn Fn(&Path) -> io::Result<String>;

/// One server config, whole and valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Deprecated prefix of links, without trailing slash; `public_url` goes before it.
    pub server_root: Option<String>,
    /// Prefix of links in mails and answers, without trailing slash.
    pub public_url: Option<String>,
    /// Distance between two evaluation passes; zero means whenever something is due.
    pub base_frequency: Span,
    /// Distance between two passes over the outbox; zero likewise.
    pub email_processing_frequency: Span,
    /// How mails leave; `None` when the file does not say.
    pub mail: Option<MailMode>,
    /// Sender of all mails; `None` means the login of the mail server.
    pub mail_from: Option<String>,
    /// Whose `X-Forwarded-For` and `X-Forwarded-Proto` count.
    pub trusted_proxies: Vec<Network>,
    /// Days that pings are kept, at least 1; may have a fraction.
    pub history_days: f64,
    /// How far own downtime may stretch a deadline, as a multiple of the period, at least 1.
    pub restart_tolerance: f64,
    /// More alerts than this to one recipient in one pass become one mail; at least 1.
    pub digest_over: u32,
    /// Bytes of a ping's body that are kept at most.
    pub ping_body_limit: u32,
    /// Who watches us; secret, because such an address is often its own key.
    pub heartbeat_url: Option<Secret>,
    /// Bearer token for the meters; the environment's goes before it.
    pub metrics_token: Option<Secret>,
    /// Who hears of checks without recipients of their own; empty when nobody does.
    pub recipients: Arc<[Box<str>]>,
    /// The declared checks, in file order.
    pub users: Vec<User>,
    /// The keys of the server that the file has.
    pub given: Vec<&'static str>,
    /// What is worth a line at start but no error, each with file, line and column.
    pub notices: Vec<String>,
}

/// One user of the config: the seed's word for a declared check.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Unique, 1 to 255 bytes, without control characters.
    pub name: Box<str>,
    /// What is asked of it; users of whom the same is asked share it. Somebody is told of each who is monitored.
    pub demand: Arc<Demand>,
    /// What a ping's key has to match; `None` leaves the user open to anybody.
    pub ping_key: Option<Box<KeyDigest>>,
    /// Line of the file where the user stands, from 1.
    pub line: u32,
}

/// How mails leave, as the config says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailMode {
    /// SMTP with TLS from the first byte.
    Smtp,
    /// SMTP that must switch to TLS before anything else.
    StartTls,
    /// SMTP without TLS, to this machine only.
    Plain,
    /// Not at all: they are kept in the local inbox.
    Inbox,
}

/// Reads the text of a config file.
///
/// `file_name` is how errors call the file; relative paths in the config start at its folder. Secrets that the config
/// keeps in files are fetched by `read_file`. Returns every error of the text, not only the first.
pub fn parse(file_name: &str, text: &str, read_file: ReadFile<'_>) -> Result<Config, ConfigErrors> {
    server::parse(file_name, text, read_file)
}

/// Reads the bytes of a config file: [`parse`], after a check that they are UTF-8.
pub fn parse_bytes(file_name: &str, bytes: &[u8], read_file: ReadFile<'_>) -> Result<Config, ConfigErrors> {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse(file_name, text, read_file),
        Err(error) => Err(ConfigErrors::not_utf8(file_name, bytes, error.valid_up_to())),
    }
}
