//! Demands: what the config asks of a check, and who hears when it is not met.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::check::Policy;
use crate::schedule::Schedule;

/// What is asked of a check; many checks share one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// What the rules have to know.
    pub policy: Policy,
    /// `max_sleep` as the config writes it: `3`, `4.5`, `3.0`.
    pub max_sleep: Arc<str>,
    /// Who gets the mails, each once.
    pub recipients: Arc<[Box<str>]>,
}

impl Hash for Demand {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Schedule::Every(period) = self.policy.schedule;
        (period, self.policy.remind_every, &self.max_sleep, self.recipients.first()).hash(state);
    }
}
