//! Bugs in what the store remembers of jobs and says of them, to see that the simulator finds them; without the feature
//! of `faults` all of this is nothing.

use domain::managed::Managed;
use faults::bugs::{Bug, is_planted};

use crate::store::facts::WentDownFacts;

/// Distorts a check that a start has read.
#[inline]
pub(super) fn distort_restored(check: &mut Managed) {
    if is_planted(Bug::RunsForgottenAtRestart) {
        check.last_start = None;
        check.runs.clear();
    }
}

/// Tells whether pings that are in the log alone are counted.
#[inline]
pub(super) fn reads_log_of_jobs() -> bool {
    !is_planted(Bug::LogOfJobsUnread)
}

/// Tells whether what an owner changes is written.
#[inline]
pub(super) fn saves_edits() -> bool {
    !is_planted(Bug::JobEditInMemoryOnly)
}

/// Returns those of the recipients who hear that a check went down.
#[inline]
pub(super) fn who_hears<T>(recipients: &[T]) -> &[T] {
    if is_planted(Bug::JobDownUntold) { &[] } else { recipients }
}

/// Lets a mail that waits say that its check went down again.
#[inline]
pub(super) fn absorb(facts: &mut WentDownFacts, later: &WentDownFacts) {
    if !is_planted(Bug::JobDownAgainUntold) {
        facts.absorb(later);
    }
}
