//! Places in the program at which it can be made to die, to see that nothing is lost by it.

/// Declares the places, with the names by which they are chosen.
macro_rules! points {
    ($($(#[$meaning:meta])* $point:ident = $name:literal,)+) => {
        /// A place at which the process can be made to die.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Point {
            $($(#[$meaning])* $point,)+
        }

        #[cfg(feature = "fault-injection")]
        impl Point {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$point,)+];

            /// Returns the name by which it is chosen.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$point => $name,)+
                }
            }
        }
    };
}

points! {
    /// The writer is about to commit a batch.
    BeforeCommit = "commit.before",
    /// A batch is on disk, and nobody has been told.
    AfterCommit = "commit.after",
    /// A mail is leased, and the mail server has not heard of it.
    Leased = "mail.leased",
    /// The mail server has answered, and the answer is not written down.
    Answered = "mail.answered",
}

/// Says that the process has come to `point`. Without the feature, and where nobody listens, this does nothing.
#[inline]
pub fn reach(point: Point) {
    #[cfg(feature = "fault-injection")]
    injection::reach(point);
    #[cfg(not(feature = "fault-injection"))]
    let _ = point;
}

#[cfg(feature = "fault-injection")]
pub use injection::{listen, listen_here};

#[cfg(feature = "fault-injection")]
mod injection {
    use std::cell::RefCell;
    use std::sync::OnceLock;

    use super::Point;

    /// Hears of each point that any thread of the process comes to.
    type Listener = Box<dyn Fn(Point) + Send + Sync>;

    /// Hears of each point that its own thread comes to, and may unwind.
    type OwnListener = Box<dyn Fn(Point)>;

    static LISTENER: OnceLock<Listener> = OnceLock::new();

    thread_local! {
        static OWN_LISTENER: RefCell<Option<OwnListener>> = const { RefCell::new(None) };
    }

    /// Tells `listener` of each point from now on; the first that is set stays.
    pub fn listen(listener: Listener) {
        let _ = LISTENER.set(listener);
    }

    /// Tells `listener` of each point of this thread, until another takes its place.
    pub fn listen_here(listener: Option<OwnListener>) {
        OWN_LISTENER.set(listener);
    }

    pub(super) fn reach(point: Point) {
        if let Some(listener) = LISTENER.get() {
            listener(point);
        }
        OWN_LISTENER.with_borrow(|listener| {
            if let Some(listener) = listener {
                listener(point);
            }
        });
    }
}
