//! The ping key that was last found right: for a moment it is believed again, so that pings by slug need no look each.

use arc_swap::ArcSwapOption;
use domain::time::{Span, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::clock::Clock;
use crate::keys::Keys;
use crate::store::error::StoreError;

/// How long it is believed: a key that is revoked opens nothing a second later.
const BELIEVED: Span = Span::from_seconds(1);

/// Knows ping keys.
pub(super) struct PingKeys {
    keys: Keys,
    clock: Clock,
    proven: ArcSwapOption<Proven>,
}

struct Proven {
    digest: [u8; 32],
    at: Timestamp,
}

impl PingKeys {
    pub(super) fn new(keys: Keys, clock: Clock) -> Self {
        Self { keys, clock, proven: ArcSwapOption::empty() }
    }

    /// Tells whether a text was found to be a ping key just now.
    pub(super) fn is_proven(&self, text: &str) -> bool {
        self.proven.load().as_ref().is_some_and(|proven| {
            self.clock.now() - proven.at < BELIEVED && digest(text).ct_eq(&proven.digest).into()
        })
    }

    /// Tells whether a text is a ping key.
    pub(super) async fn is_key(&self, text: &str) -> Result<bool, StoreError> {
        let at = self.clock.now();
        let is_key = self.keys.is_ping_key(text.as_bytes()).await?;
        if is_key {
            self.proven.store(Some(Proven { digest: digest(text), at }.into()));
        }
        Ok(is_key)
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
