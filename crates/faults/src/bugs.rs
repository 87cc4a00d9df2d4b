//! Bugs that can be planted, one at a time, to see that the simulator finds them.

/// A bug that others really had, or that an invariant forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bug {
    /// A ping is answered before it is on disk.
    AnswersBeforeCommit,
}

/// Tells whether `bug` is planted in this thread; without the feature it never is.
#[inline]
#[must_use]
pub fn is_planted(bug: Bug) -> bool {
    #[cfg(feature = "fault-injection")]
    return injection::is_planted(bug);
    #[cfg(not(feature = "fault-injection"))]
    {
        let _ = bug;
        false
    }
}

#[cfg(feature = "fault-injection")]
pub use injection::plant;

#[cfg(feature = "fault-injection")]
mod injection {
    use std::cell::Cell;

    use super::Bug;

    thread_local! {
        static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Plants a bug in this thread in the place of the one before; `None` mends it.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
    }

    pub(super) fn is_planted(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }
}
