//! How soon what is rarely done comes round: a proof cannot wait for it.

/// Returns how much has to pass or to gather before something is done; without the feature, just as much.
#[inline]
#[must_use]
pub fn quickened(amount: i64) -> i64 {
    #[cfg(feature = "fault-injection")]
    return amount / injection::factor();
    #[cfg(not(feature = "fault-injection"))]
    amount
}

/// Tells whether time is short; without the feature it never is.
#[inline]
#[must_use]
pub fn is_quickened() -> bool {
    #[cfg(feature = "fault-injection")]
    return injection::factor() != 1;
    #[cfg(not(feature = "fault-injection"))]
    false
}

#[cfg(feature = "fault-injection")]
pub use injection::quicken;

#[cfg(feature = "fault-injection")]
mod injection {
    use std::sync::atomic::{AtomicI64, Ordering};

    static FACTOR: AtomicI64 = AtomicI64::new(1);

    /// Lets it all come round so many times as fast; 1 is the usual pace.
    pub fn quicken(factor: i64) {
        FACTOR.store(factor.max(1), Ordering::Relaxed);
    }

    pub(super) fn factor() -> i64 {
        FACTOR.load(Ordering::Relaxed)
    }
}
