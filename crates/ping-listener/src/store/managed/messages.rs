//! Messages: what a ping of a managed check brings with it.

use std::net::IpAddr;

use bytes::Bytes;
use domain::ping::Signal;
use uuid::Uuid;

/// A ping with all that is kept of it; every text is cut to its limit by who made it.
#[derive(Clone, Debug)]
pub struct Message {
    /// What it says.
    pub signal: Signal,
    /// Of which run.
    pub rid: Option<Uuid>,
    /// The exit status that it told.
    pub exit_status: Option<u8>,
    /// How it came: `http`, `https`, `email`.
    pub scheme: Box<str>,
    /// From where it came.
    pub remote_addr: Option<IpAddr>,
    /// The method of its request.
    pub method: Box<str>,
    /// What its client calls itself.
    pub user_agent: Box<str>,
    /// What came with it, as far as that is kept.
    pub body: Bytes,
}

impl Message {
    /// Makes a message that says its signal and nothing more, as if it came by POST over plain HTTP.
    #[must_use]
    pub fn bare(signal: Signal, user_agent: &str) -> Self {
        Self {
            signal,
            rid: None,
            exit_status: None,
            scheme: "http".into(),
            remote_addr: None,
            method: "POST".into(),
            user_agent: user_agent.into(),
            body: Bytes::new(),
        }
    }
}
