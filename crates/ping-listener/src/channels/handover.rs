//! The moment in which a mail may already be the server's: a stop waits for it, and lets no other mail come to it.

use std::sync::{Arc, Mutex, PoisonError};

/// Counts the mails past their final dot. Clones share the count.
#[derive(Clone, Default)]
pub(super) struct Handover(Arc<Mutex<Count>>);

#[derive(Default)]
struct Count {
    past_dot: usize,
    is_stopped: bool,
}

impl Handover {
    /// Lets no mail past its dot from now on.
    pub(super) fn stop(&self) {
        self.lock(|count| count.is_stopped = true);
    }

    /// Returns how many mails are past their dot and not answered.
    pub(super) fn past_dot(&self) -> usize {
        self.lock(|count| count.past_dot)
    }

    /// Lets a mail past its dot, or returns `None` once it was stopped.
    pub(super) fn begin(&self) -> Option<PastDot> {
        let may_begin = self.lock(|count| {
            count.past_dot += usize::from(!count.is_stopped);
            !count.is_stopped
        });
        may_begin.then(|| PastDot(self.clone()))
    }

    fn lock<T>(&self, look: impl FnOnce(&mut Count) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A mail past its dot, until it is dropped.
pub(super) struct PastDot(Handover);

impl Drop for PastDot {
    fn drop(&mut self) {
        self.0.lock(|count| count.past_dot -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_waits_for_mails_past_their_dot_and_lets_no_other_come() {
        let handover = Handover::default();
        let mail = handover.begin().unwrap();
        handover.stop();
        assert_eq!(handover.past_dot(), 1);
        assert!(handover.begin().is_none());
        drop(mail);
        assert_eq!(handover.past_dot(), 0);
    }
}
