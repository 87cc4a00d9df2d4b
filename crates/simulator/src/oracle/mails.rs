//! The mails that are owed: which rows must be there, which may leave when, and how they may end.

use std::collections::{BTreeMap, BTreeSet};

use domain::time::{Span, Timestamp};

use crate::history::{Answer, Check, Kind, Recipient, Row, RowId, State};

mod leaving;
mod showing;
mod snoozing;

/// A row with what was heard about it.
#[derive(Clone, Debug, PartialEq)]
struct Followed {
    row: Row,
    made: Timestamp,
    /// The pass in which its last alert was decided; for other kinds when it was made.
    decided: Timestamp,
    /// The pass in which it was made, and since when the check was silent then.
    group: Option<(Timestamp, Timestamp)>,
    incident: u32,
    charged: u32,
    refusals: u32,
    answer: Option<(Timestamp, Answer)>,
    last_try: Option<(Timestamp, Answer)>,
    message_id: Option<String>,
    leased: Option<Timestamp>,
    /// The end of the last snooze for which it waited.
    released: Option<Timestamp>,
    is_accepted: bool,
}

impl Followed {
    /// Tells whether a mail server has taken it in the last try.
    fn is_taken(&self) -> bool {
        let answer = self.answer.or(self.last_try).map(|(_, answer)| answer);
        matches!(answer, Some(Answer::Accepted | Answer::AcceptedUnheard))
    }
}

/// What the mails have to know of a check.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub is_monitored: bool,
    pub is_down: bool,
    pub incident: u32,
    pub email_frequency: Span,
    pub refreshes: bool,
    pub last_ping: Option<Timestamp>,
    /// When all that waited was withdrawn last: switched off, taken out, or allowed a longer silence.
    pub withdrawn: Option<Timestamp>,
    /// Since when and until when no mail about it leaves.
    pub snoozed: Option<(Timestamp, Timestamp)>,
}

impl Standing {
    /// Returns the end of the snooze in which `now` is. In its first instant both may be right.
    fn snoozed_at(&self, now: Timestamp) -> Option<Timestamp> {
        let (_, until) = self.snoozed.filter(|(from, until)| *from < now && now < *until)?;
        Some(until)
    }
}

/// An alert that was decided.
#[derive(Clone, Copy, Debug)]
pub struct Alert {
    pub check: Check,
    pub decided: Timestamp,
    pub silent_since: Timestamp,
    pub last_ping: Option<Timestamp>,
    pub incident: u32,
    /// Whether it is the first word about the silence.
    pub is_first: bool,
}

/// A row, or a further alert in one, that the next telling has to show.
#[derive(Clone, Debug, PartialEq)]
struct Owed {
    decided: Timestamp,
    silent_since: Timestamp,
    last_ping: Option<Timestamp>,
    incident: u32,
    kind: Kind,
    number: u32,
    /// Whether a row of it waits already, so that this one is added to its facts.
    is_joining: bool,
    /// Whether it is right to leave it out, too.
    is_optional: bool,
}

/// All rows that are not over, and what was accepted last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mails {
    rows: BTreeMap<RowId, Followed>,
    /// The alerts and, apart from them (`true`), the returns: one commit may decide both.
    owed: BTreeMap<(Check, Recipient, bool), Owed>,
    /// When the last mail was accepted, as the sender heard it, and when its last alert was decided.
    accepted: BTreeMap<(Check, Recipient), (Timestamp, Timestamp)>,
    /// Whose first alert of which incident was accepted.
    told: BTreeMap<(Check, Recipient), u32>,
    /// k: how many numbers an incident has used up, and whether a row of an older one spoke for it.
    numbers: BTreeMap<Check, (u32, u32, bool)>,
    refused: BTreeSet<Check>,
    message_ids: BTreeMap<String, BTreeSet<RowId>>,
    /// How many alerts to a recipient in one pass made a row, and how many joined one.
    groups: BTreeMap<(Timestamp, Recipient), (usize, usize)>,
    digest_over: usize,
}

fn is_open(state: State) -> bool {
    matches!(state, State::Waiting | State::Leased)
}

fn is_alert(kind: Kind) -> bool {
    matches!(kind, Kind::FirstAlert | Kind::Reminder)
}

/// What is owed.
impl Mails {
    /// More alerts than this to one recipient in one pass become one mail.
    pub fn set_digest_over(&mut self, digest_over: usize) {
        self.digest_over = digest_over;
    }

    /// Service time goes on from `now`, which may be earlier than before the death: what is known is older than that.
    pub fn go_on_from(&mut self, now: Timestamp) {
        for followed in self.rows.values_mut() {
            followed.made = followed.made.min(now);
        }
    }

    /// An alert was decided: each of these recipients has to be told, by a row or by one that waits.
    pub fn owe_alert(&mut self, alert: Alert, recipients: &[Recipient]) {
        let Alert { check, decided, silent_since, last_ping, incident, is_first } = alert;
        let (_, used, is_spoken_for) = match self.numbers.get(&check) {
            Some(numbers) if numbers.0 == incident => *numbers,
            _ => (incident, 0, false),
        };
        let number = used + 1;
        let kind = if is_first { Kind::FirstAlert } else { Kind::Reminder };
        let (mut is_used, mut is_spoken_for) = (false, is_spoken_for);
        for recipient in recipients {
            let waiting = self.waiting((check, *recipient), decided);
            let is_joining = waiting.is_some();
            is_used |= !is_joining;
            is_spoken_for |= waiting.is_some_and(|row| row.incident != incident);
            let group = self.groups.entry((decided, *recipient)).or_default();
            if is_joining {
                group.1 += 1;
            } else {
                group.0 += 1;
            }
            let is_optional = false;
            let owed =
                Owed { decided, silent_since, last_ping, incident, kind, number, is_joining, is_optional };
            self.owed.insert((check, *recipient, false), owed);
        }
        self.numbers.insert(check, (incident, used + u32::from(is_used), is_spoken_for));
    }

    /// A check came back: those who heard of its silence have to hear of that.
    pub fn owe_recovery(&mut self, alert: Alert, recipients: &[Recipient]) {
        let Alert { check, decided, silent_since, last_ping, incident, .. } = alert;
        for recipient in recipients {
            let is_told = self.told.get(&(check, *recipient)) == Some(&incident);
            // Nobody knows yet whether what is being sent is accepted.
            let is_being_told = self.rows.values().any(|Followed { row, leased, .. }| {
                (row.check, row.recipient) == (check, *recipient) && is_alert(row.kind) && leased.is_some()
            });
            let hears_anyway = self
                .waiting((check, *recipient), decided)
                .is_some_and(|row| row.row.kind == Kind::FirstAlert);
            if is_told || is_being_told {
                let kind = Kind::Recovery;
                let is_optional = !is_told || hears_anyway;
                let (number, is_joining) = (0, false);
                let owed = Owed {
                    decided,
                    silent_since,
                    last_ping,
                    incident,
                    kind,
                    number,
                    is_joining,
                    is_optional,
                };
                self.owed.insert((check, *recipient, true), owed);
            }
        }
    }

    /// The check is waited for anew: what was said before does not count.
    pub fn forget(&mut self, check: Check) {
        self.accepted.retain(|(about, _), _| *about != check);
    }

    /// Mails reach people from now on: "from inbox to SMTP: open incidents are due at once", and a mail that stayed on
    /// this machine was accepted by no mail server, so that the distance "as accepted" does not count from it.
    pub fn forget_all(&mut self) {
        self.accepted.clear();
    }

    fn waiting(&self, about: (Check, Recipient), now: Timestamp) -> Option<&Followed> {
        self.rows.values().find(|Followed { row, leased, .. }| {
            // A row that was taken with the commit at hand still shows itself as it was before.
            let is_taken = leased.is_some_and(|leased| now - leased < leaving::SHORTEST_LEASE);
            (row.check, row.recipient) == about
                && row.state == State::Waiting
                && is_alert(row.kind)
                && !is_taken
        })
    }
}
