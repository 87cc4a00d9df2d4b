//! The config in force: what every room looks at, replaced whole by a reload.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::Config;

/// The config in force, without its users, whom the store has. Clones share it.
#[derive(Clone)]
pub struct InForce(Arc<ArcSwap<Config>>);

impl InForce {
    /// Puts a config in force.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(without_users(config))))
    }

    /// Looks at it.
    #[must_use]
    pub fn load(&self) -> Guard<Arc<Config>> {
        self.0.load()
    }

    /// Replaces it.
    pub fn replace(&self, config: Config) {
        self.0.store(Arc::new(without_users(config)));
    }
}

/// A million users are remembered once, by the store.
fn without_users(mut config: Config) -> Config {
    config.users = Vec::new();
    config
}
