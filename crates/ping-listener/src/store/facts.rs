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
    /// A managed check went down.
    WentDown(WentDownFacts),
    /// A managed check is up again after somebody was told that it was down.
    CameBack(CameBackFacts),
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

/// A managed check that went down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WentDownFacts {
    /// The check's name, or its UUID if it has none.
    pub check: String,
    /// The check's UUID.
    pub uuid: String,
    /// The check's number in this data folder.
    pub check_id: u32,
    /// What was wrong: `silence`, `overrun`, `fail`.
    pub reason: String,
    /// When it went down: the deadline that passed, or the ping that told of a failure.
    pub since: Timestamp,
    /// When this was decided.
    pub decided: Timestamp,
    /// When it is to ping, in words.
    pub schedule: String,
    /// Its tags, with spaces between.
    pub tags: String,
    /// What its owner wrote for whoever gets the alert.
    #[serde(default)]
    pub desc: String,
    /// As in [`AlertFacts::blind_seconds`].
    pub blind_seconds: f64,
    /// As in [`AlertFacts::allowance_spent`].
    pub allowance_spent: bool,
    /// How often it went down again while this mail waited to go out.
    #[serde(default)]
    pub further_downs: u32,
    /// When it went down the last of these times.
    #[serde(default)]
    pub latest_since: Option<Timestamp>,
    /// It came up again before this mail went out.
    #[serde(default)]
    pub returned: Option<Timestamp>,
    /// How many pings it had had: the number of the last one.
    pub pings: u64,
    /// When it last said how a run had ended.
    pub last_success_or_failure: Option<Timestamp>,
    /// The last ping, looked up when the mail goes out; `None` if it is forgotten by then, or the mail lists many.
    #[serde(skip)]
    pub last_ping: Option<LastPingFacts>,
}

/// A managed check that is up again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CameBackFacts {
    /// As in [`WentDownFacts::check`].
    pub check: String,
    /// As in [`WentDownFacts::uuid`].
    pub uuid: String,
    /// As in [`WentDownFacts::check_id`].
    pub check_id: u32,
    /// What had been wrong.
    pub reason: String,
    /// When it had gone down.
    pub since: Timestamp,
    /// The ping that brought it up.
    pub returned: Timestamp,
    /// As in [`WentDownFacts::schedule`].
    pub schedule: String,
    /// As in [`WentDownFacts::tags`].
    pub tags: String,
    /// As in [`WentDownFacts::pings`].
    pub pings: u64,
    /// As in [`WentDownFacts::last_ping`].
    #[serde(skip)]
    pub last_ping: Option<LastPingFacts>,
}

/// The last ping of a managed check, with what came with it.
#[derive(Clone, Debug, PartialEq)]
pub struct LastPingFacts {
    /// Counts the check's pings from 1.
    pub n: u64,
    /// When it came.
    pub at: Timestamp,
    /// What it was taken for: `success`, `start`, `fail`, `log`, `ign`.
    pub signal: &'static str,
    /// How a program had ended, if its client said so.
    pub exit_status: Option<u8>,
    /// How it came: `http`, `https`.
    pub scheme: String,
    /// The method of its request.
    pub method: String,
    /// What its client calls itself.
    pub user_agent: String,
    /// Where it came from, if that is known.
    pub remote_addr: Option<String>,
    /// How long its run had taken, in seconds.
    pub duration_seconds: Option<f64>,
    /// The beginning of what it had to say; empty if it said nothing.
    pub body: String,
    /// There was more of it.
    pub is_body_cut: bool,
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
            Self::WentDown(facts) => Some(&facts.check),
            Self::CameBack(facts) => Some(&facts.check),
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

impl WentDownFacts {
    /// Takes in a later word about the same check, which is then said by this mail too.
    pub(crate) fn absorb(&mut self, later: &Self) {
        self.further_downs += 1 + later.further_downs;
        self.latest_since = Some(later.latest_since.unwrap_or(later.since));
        self.returned = later.returned;
        self.pings = later.pings;
        self.last_success_or_failure = later.last_success_or_failure;
    }
}
