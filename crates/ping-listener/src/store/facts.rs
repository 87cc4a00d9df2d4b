//! What a notification has to say, frozen when it was decided: facts as data, put into words only when it is sent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The facts of one row of the outbox. All instants are wall-clock time as the server knew it when they happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Facts {
    /// A check fell silent, or still is.
    Alert(AlertFacts),
    /// A check is back after an alert that was accepted.
    Recovery(RecoveryFacts),
    /// Another recipient of the same check was refused for good by the mail server.
    RecipientRefused(RecipientRefusedFacts),
    /// Somebody wants to see whether mails arrive.
    Test(TestFacts),
    /// The database does not tell any more what it was.
    Unreadable(UnreadableFacts),
}

/// A first alert (`number` 1) or a reminder about one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertFacts {
    /// The check's name: the seed's user.
    pub check: String,
    /// The last ping, or `None` if there never was one.
    pub last_ping: Option<Timestamp>,
    /// When the check was added: the instant it is counted from while it never pinged.
    pub added: Timestamp,
    /// The longest allowed silence in seconds, as the config writes it: `3`, `4.5`.
    pub max_sleep: String,
    /// When silence became too long: the deadline.
    pub late_since: Timestamp,
    /// When this alert was decided.
    pub decided: Timestamp,
    /// 1 for the first alert of an incident, 2, 3, … for its reminders.
    pub number: u32,
    /// The deadline was moved because the server itself was down or asleep for this many seconds; 0 if it was not.
    pub blind_seconds: f64,
    /// The allowance for own downtime was used up (`restart_tolerance`): the check may have pinged while nobody
    /// listened.
    pub allowance_spent: bool,
    /// Further silences that began while this mail waited to go out.
    #[serde(default)]
    pub further_silences: u32,
    /// Further reminders that fell due while this mail waited to go out.
    #[serde(default)]
    pub further_reminders: u32,
    /// The check pinged again before this mail went out.
    #[serde(default)]
    pub returned: Option<Timestamp>,
    /// The check has a ping key, so the link to its log has to carry a read-only signature.
    #[serde(default)]
    pub keyed: bool,
}

/// A check that pings again (`notify_recovery`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecoveryFacts {
    /// The check's name.
    pub check: String,
    /// The ping that ended the silence.
    pub returned: Timestamp,
    /// The last ping before the silence, or `None` if it was the first ever.
    pub last_ping: Option<Timestamp>,
    /// When silence had become too long.
    pub late_since: Timestamp,
    /// How many alerts this incident had.
    pub alerts: u32,
    /// As in [`AlertFacts::keyed`].
    #[serde(default)]
    pub keyed: bool,
}

/// A recipient who cannot be reached, told to the check's other recipients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecipientRefusedFacts {
    /// The check's name.
    pub check: String,
    /// The address that was refused.
    pub recipient: String,
    /// The mail server's words.
    pub answer: String,
    /// When the last try was refused.
    pub refused: Timestamp,
}

/// A test mail (`send-test-mail`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestFacts {
    /// When it was asked for.
    pub asked: Timestamp,
}

/// A notification whose facts make no sense: all that is left of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnreadableFacts {
    /// The check's name, or `None` if it was about none.
    pub check: Option<String>,
    /// When it was decided.
    pub decided: Timestamp,
}

impl Facts {
    /// Returns the name of the check it is about, or `None` for a test mail.
    #[must_use]
    pub fn check(&self) -> Option<&str> {
        match self {
            Self::Alert(facts) => Some(&facts.check),
            Self::Recovery(facts) => Some(&facts.check),
            Self::RecipientRefused(facts) => Some(&facts.check),
            Self::Test(_) => None,
            Self::Unreadable(facts) => facts.check.as_deref(),
        }
    }
}

impl AlertFacts {
    /// Takes in a later alert about the same check, which is then said by this mail too.
    pub(crate) fn absorb(&mut self, later: &Self, is_new_silence: bool) {
        if is_new_silence {
            self.further_silences += 1;
        } else {
            self.further_reminders += 1;
        }
        self.further_silences += later.further_silences;
        self.further_reminders += later.further_reminders;
        self.returned = later.returned;
    }
}
