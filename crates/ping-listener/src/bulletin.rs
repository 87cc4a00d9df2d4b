//! The bulletin: what is wrong with the server itself right now, for pages, health and the heartbeat.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::time::Span;
use jiff::Timestamp;

/// What the rooms report of themselves. Clones share it.
#[derive(Clone, Default)]
pub struct Bulletin(Arc<Mutex<Report>>);

/// The state of the server, apart from its checks.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Mails are put into the local inbox and go nowhere.
    pub mails_stay_here: bool,
    /// Why mails are not going out, in words; `None` while they are.
    pub mail_trouble: Option<String>,
    /// Since when they are not.
    pub mail_trouble_since: Option<Timestamp>,
    /// When the mail server is asked again.
    pub mail_next_try: Option<Timestamp>,
    /// Why the config file was refused at the last reload; `None` if it is in force.
    pub config_error: Option<String>,
    /// When the config file was last read again; `None` since the start.
    pub reloaded_at: Option<Timestamp>,
    /// The wall clock cannot be believed yet, so nobody is alerted.
    pub is_clock_untrusted: bool,
    /// For how long that has been so, over all runs.
    pub untrusted_for: Span,
}

impl Bulletin {
    /// Returns the present state.
    #[must_use]
    pub fn report(&self) -> Report {
        self.lock().clone()
    }

    /// Changes the state.
    pub fn update(&self, change: impl FnOnce(&mut Report)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
