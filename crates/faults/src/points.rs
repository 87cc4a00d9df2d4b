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
    /// The writer is about to begin a transaction.
    BeforeWrite = "write.before",
    /// The pings of a batch are written, and not committed.
    AfterWrite = "write.after",
    /// The writer is about to commit a batch.
    BeforeCommit = "commit.before",
    /// A batch is on disk, and nobody has been told.
    AfterCommit = "commit.after",
    /// The log is about to be copied into the database.
    BeforeCheckpoint = "checkpoint.before",
    /// The log has been copied into the database.
    AfterCheckpoint = "checkpoint.after",
    /// A ping is on disk, and its answer is about to be given.
    BeforeAnswer = "answer.before",
    /// A ping's answer has been given.
    AfterAnswer = "answer.after",
    /// A check has flipped, and its alert is not written.
    FlipWritten = "alert.flip-written",
    /// What is asked of a managed check is written or deleted, and not committed.
    ManagedWritten = "managed.written",
    /// An alert and its mails are written, and not committed.
    AlertWritten = "alert.written",
    /// An alert and its mails are on disk, and the outbox has not been told.
    AlertCommitted = "alert.committed",
    /// A lease is written, and not committed.
    LeaseWritten = "lease.written",
    /// A mail is leased, and not begun.
    Leased = "lease.committed",
    /// A mail server has been connected to.
    SmtpConnected = "smtp.connected",
    /// A mail server has said what it offers.
    SmtpGreeted = "smtp.greeted",
    /// A mail server has accepted the login.
    SmtpLoggedIn = "smtp.logged-in",
    /// A mail server has accepted the sender.
    SmtpSender = "smtp.sender",
    /// A mail server has accepted the recipient.
    SmtpRecipient = "smtp.recipient",
    /// A mail server waits for the mail.
    SmtpData = "smtp.data",
    /// A mail server has the mail but its dot.
    SmtpBeforeDot = "smtp.dot-before",
    /// A line was sent to a mail server, and its answer is not read.
    SmtpAsked = "smtp.asked",
    /// A mail server has accepted a mail.
    SmtpAccepted = "smtp.accepted",
    /// What came of a mail is about to be written.
    BeforeSettle = "settle.before",
    /// What came of a mail is written, and not committed.
    SettleWritten = "settle.written",
    /// What came of a mail is on disk.
    AfterSettle = "settle.after",
    /// Pings of the log are read, to be sorted.
    SortingGathered = "sorting.gathered",
    /// What came with pings is written to its place, and not committed.
    SortingDetails = "sorting.details",
    /// Hours of the history are written, and not committed.
    SortingHours = "sorting.hours",
    /// Pages of last pings are written, and not committed.
    SortingPulses = "sorting.pulses",
    /// What was sorted is marked, and still in the log.
    SortingMarked = "sorting.marked",
    /// What was sorted is gone from the log, and not said to be.
    SortingDeleted = "sorting.deleted",
    /// Something old is deleted, and not committed.
    Forgetting = "forgetting.deleted",
    /// A changed config is read, and not in force.
    ReloadRead = "reload.read",
    /// The checks of a changed config are on disk, and the rest of it is not in force.
    ReloadDeclared = "reload.declared",
    /// A start has the data folder for itself.
    StartLocked = "start.locked",
    /// A start has opened the database, and read its log.
    StartOpened = "start.opened",
    /// A start has made a part of the schema.
    Migrating = "start.migrating",
    /// A start has the whole schema, not committed.
    Migrated = "start.migrated",
    /// A start has set room aside for a full disk, and not waited for it to be on disk.
    StartReserve = "start.reserve",
    /// A start has read all checks, and not their pings.
    LoadedChecks = "start.loaded-checks",
    /// A start has read all that the database holds.
    Loaded = "start.loaded",
    /// The leases of the process before are void, not committed.
    LeasesVoided = "start.leases-voided",
    /// A start has declared the checks of the config.
    StartDeclared = "start.declared",
    /// A start is about to end the time in which nobody listened.
    StartListening = "start.listening",
    /// A sign of life is written, and not committed.
    StampWritten = "stamp.written",
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
