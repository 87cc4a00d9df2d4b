//! What readers see of the store: plain copies that a page or a meter can keep as long as it likes.

use std::sync::Arc;

use domain::id::CheckId;
use domain::notification::Kind;
use domain::standing::Standing;
use domain::time::Span;
use jiff::Timestamp;

/// One check, as it stands at the instant of asking. Instants are wall-clock time.
#[derive(Clone, Debug)]
pub struct CheckView {
    /// Its identity.
    pub id: CheckId,
    /// Its name.
    pub name: Arc<str>,
    /// What to show of it.
    pub standing: Standing,
    /// The latest ping.
    pub last_ping: Option<Timestamp>,
    /// How often it has pinged since it was first known, or since pings were first counted.
    pub pings: u64,
    /// The instant after which silence is an alert; `None` while nobody waits for a ping.
    pub deadline: Option<Timestamp>,
    /// How much later the deadline is because the listener itself was away.
    pub extended: Span,
    /// When the check was first known, or put back, or switched on.
    pub anchor: Timestamp,
    /// The start of the present incident.
    pub down_since: Option<Timestamp>,
    /// Alerts in the present incident.
    pub alerts: u32,
    /// Period and grace: `max_sleep`.
    pub patience: Span,
    /// `max_sleep` as the config writes it.
    pub max_sleep: Arc<str>,
    /// The least distance of two alerts: `email_frequency`.
    pub remind_every: Span,
    /// A ping key is needed.
    pub is_keyed: bool,
    /// Where its alerts go.
    pub recipients: Arc<[Box<str>]>,
    /// Until when no mail about it goes out; `None` if it is not snoozed.
    pub snoozed_until: Option<Timestamp>,
}

/// One day (or other stretch) of one check.
#[derive(Clone, Debug, Default)]
pub struct DayView {
    /// When it pinged, in order.
    pub pings: Vec<Timestamp>,
    /// Flips in between, in order.
    pub flips: Vec<FlipView>,
    /// Alerts and recoveries in between, in order.
    pub notifications: Vec<NotificationView>,
    /// Times in which the listener itself was away.
    pub gaps: Vec<GapView>,
}

/// A flip in a check's history.
#[derive(Clone, Debug)]
pub struct FlipView {
    /// When.
    pub at: Timestamp,
    /// To down, not up.
    pub is_down: bool,
    /// Why, as a word: `silence`, `ping`, `monitor off`, `schedule changed`, `archived`.
    pub reason: &'static str,
}

/// A row of the outbox.
#[derive(Clone, Debug)]
pub struct NotificationView {
    /// Its number; later rows have higher ones.
    pub id: i64,
    /// The name of the check it is about, as it was then; `None` for a test mail.
    pub about: Option<String>,
    /// The check it is about, whether it is still there or not; `None` if it is about none.
    pub check: Option<CheckId>,
    /// What it says.
    pub kind: Kind,
    /// For whom.
    pub recipient: String,
    /// When it was decided.
    pub decided: Timestamp,
    /// What became of it.
    pub state: RowState,
    /// Tries so far that came to a word about this mail.
    pub attempts: u32,
    /// The mail server's last words.
    pub answer: Option<String>,
    /// When that state was reached, if it is final.
    pub settled: Option<Timestamp>,
    /// When it is to be tried, or tried again, if it waits.
    pub due: Option<Timestamp>,
    /// When the snooze ends for which it waits.
    pub snoozed_until: Option<Timestamp>,
}

/// What becomes of a row of the outbox in the end, or on its way there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RowState {
    /// It waits for its time.
    Queued,
    /// It is being sent.
    Leased,
    /// The mail server took it.
    Sent,
    /// It was refused too often.
    GivenUp,
    /// It was not true any more.
    Cancelled,
    /// A later row says it too.
    Joined,
}

impl RowState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Leased, Self::Sent, Self::GivenUp, Self::Cancelled, Self::Joined];

    /// Returns it as the database and programs have it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Leased => "leased",
            Self::Sent => "sent",
            Self::GivenUp => "given up",
            Self::Cancelled => "cancelled",
            Self::Joined => "joined",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// The file that everything is in.
#[derive(Clone, Debug)]
pub struct DatabaseView {
    /// Where it is.
    pub path: std::path::PathBuf,
    /// How long it is, with its log.
    pub bytes: u64,
}

/// A time in which pings could not be taken.
#[derive(Clone, Debug)]
pub struct GapView {
    /// When it began.
    pub from: Timestamp,
    /// When it ended; `None` while it lasts.
    pub until: Option<Timestamp>,
    /// Why, as a word: `down`, `suspend`, `stall`, `step`, `disk full`, `overload`.
    pub cause: String,
}

/// A mail in the local inbox, without its contents.
#[derive(Clone, Debug)]
pub struct InboxLine {
    /// Its number in the inbox; later mails have higher ones.
    pub number: i64,
    /// When it was put there.
    pub received: Timestamp,
    /// For whom it is.
    pub recipient: String,
    /// Its subject, decoded.
    pub subject: String,
}

/// A mail in the local inbox, whole.
#[derive(Clone, Debug)]
pub struct InboxMail {
    /// Its line in the list.
    pub line: InboxLine,
    /// The text part.
    pub text: String,
    /// The HTML part; empty when it has none.
    pub html: String,
    /// The source as it would have gone to the mail server.
    pub raw: Vec<u8>,
}

/// How many rows of the outbox are in each state, and what has become of the last ones.
#[derive(Clone, Debug, Default)]
pub struct OutboxView {
    /// Waiting.
    pub queued: u64,
    /// Being sent.
    pub leased: u64,
    /// Accepted by the mail server or the local inbox.
    pub sent: u64,
    /// Given up.
    pub given_up: u64,
    /// Cancelled by a rule.
    pub cancelled: u64,
    /// Said by another row.
    pub joined: u64,
    /// When the oldest row that may be sent by now became due.
    pub oldest_due: Option<Timestamp>,
    /// When the last mail was accepted.
    pub last_accepted: Option<Timestamp>,
}
