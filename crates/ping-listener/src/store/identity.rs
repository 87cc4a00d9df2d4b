//! What the store knows of the server itself: its secret, its channel, and the limits that the config sets.

use std::sync::Arc;

use domain::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::loading::to_hex;

/// Where mails go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// By a mail server to their recipients.
    Email,
    /// Into the local inbox: they stay on this machine.
    Inbox,
}

impl ChannelKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Inbox => "inbox",
        }
    }
}

/// The server's own facts, as far as rows of the outbox depend on them.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Makes keys and signatures that only this server can make.
    pub(super) secret: [u8; 32],
    pub(super) channel: ChannelKind,
    /// More alerts than this to one recipient in one pass become one mail.
    pub(super) digest_over: u32,
    /// Who hears of managed checks.
    pub(super) recipients: Arc<[Box<str>]>,
    /// The evaluation pass that has not ended: what it decides waits for its end, to be gathered.
    pub(super) open_pass: Option<Timestamp>,
    /// The door is open: what is committed from now on ends the time in which nobody listened.
    pub(super) is_listening: bool,
}

impl Identity {
    /// Begins with what holds until the config is declared.
    pub(super) fn new(secret: [u8; 32]) -> Self {
        Self {
            secret,
            channel: ChannelKind::Inbox,
            digest_over: u32::MAX,
            recipients: Arc::default(),
            open_pass: None,
            is_listening: false,
        }
    }

    /// Returns the part of a Message-ID before the @ for the notification with this key.
    pub(super) fn message_key(&self, parts: &[&str]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(part.as_bytes());
            mac.update(b"\n");
        }
        to_hex(&mac.finalize().into_bytes()[..16])
    }
}
