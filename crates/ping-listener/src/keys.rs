//! Who may use the API, and who may ping by a check's slug: the keys of the environment and those made by hand.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::environment::Environment;
use crate::config::secret::Secret;
use crate::store::Store;
use crate::store::error::StoreError;

/// What a key of the API opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// All of it.
    ReadWrite,
    /// What changes nothing and gives no ping address away.
    ReadOnly,
}

/// The keys in force. Clones share them.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    read_write: Option<Secret>,
    read_only: Option<Secret>,
    ping: Option<Secret>,
    metrics: Option<Secret>,
}

impl Keys {
    /// Takes the keys of the environment; those made by hand are looked up in the store.
    #[must_use]
    pub fn new(store: Store, clock: Clock, environment: &Environment) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            read_write: environment.api_key.clone(),
            read_only: environment.api_key_readonly.clone(),
            ping: environment.ping_key.clone(),
            metrics: environment.metrics_key.clone(),
        }))
    }

    /// Tells what a key of the API opens, or `None` if nobody knows it.
    pub async fn access(&self, presented: &[u8]) -> Result<Option<Access>, StoreError> {
        if matches(self.0.read_write.as_ref(), presented) {
            return Ok(Some(Access::ReadWrite));
        }
        if matches(self.0.read_only.as_ref(), presented) {
            return Ok(Some(Access::ReadOnly));
        }
        Ok(None)
    }

    /// Tells whether a key may stand in a ping address before a slug.
    pub async fn is_ping_key(&self, presented: &[u8]) -> Result<bool, StoreError> {
        Ok(matches(self.0.ping.as_ref(), presented))
    }

    /// Tells whether a key opens what the API tells of the server's own work.
    #[must_use]
    pub fn opens_metrics(&self, presented: &[u8]) -> bool {
        matches(self.0.metrics.as_ref(), presented)
    }
}

fn matches(secret: Option<&Secret>, presented: &[u8]) -> bool {
    secret.is_some_and(|secret| secret.matches(presented))
}
