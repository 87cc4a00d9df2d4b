//! What happened, as somebody outside of the server would tell it: this is all that the oracle hears.
//!
//! Instants are service time. What the world did (a ping that was answered, a mail server that accepted) is told as it
//! was; what the server did is told as it can be read from its tables, and the oracle says whether that was right.

use domain::time::{Span, Timestamp};

/// A check, by its place in the run's list of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Check(pub u32);

/// Somebody who gets mails, by the place in the run's list of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Recipient(pub u32);

/// A row of the outbox, by its identifier there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub i64);

/// What the config says about one check.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    pub check: Check,
    pub monitor: bool,
    pub max_sleep: Span,
    pub email_frequency: Span,
    pub refresh_on_ping_restored: bool,
    pub notify_recovery: bool,
    /// Each once; empty only where nobody is monitored.
    pub recipients: Vec<Recipient>,
}

/// A whole config.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub base_frequency: Span,
    /// The longest distance of the signs of life that the server leaves on the disk.
    pub sign_of_life: Span,
    pub restart_tolerance: f64,
    pub digest_over: usize,
    pub checks: Vec<Declared>,
}

/// What the clocks of the machine say, and what the server made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Which boot of the machine.
    pub boot: u32,
    /// The clock that counts through suspend, since that boot.
    pub boottime: Span,
    /// The wall clock, since the Unix epoch.
    pub wall: Span,
    /// Whether the kernel holds the wall clock for right.
    pub synchronised: bool,
}

/// What a row of the outbox says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The first word about a silence.
    FirstAlert,
    Reminder,
    Recovery,
    /// That another recipient of the check refuses mail, or another word about the mails themselves.
    Notice,
}

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Waiting,
    Leased,
    Sent,
    GivenUp,
    Cancelled,
    /// Another row speaks for it.
    Joined,
}

/// A row of the outbox as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: RowId,
    pub check: Check,
    pub recipient: Recipient,
    pub kind: Kind,
    /// k: 1 for the first alert of an incident, then 2, 3, …; what the table says for other kinds.
    pub number: u32,
    /// How many alerts it speaks for.
    pub alerts: u32,
    /// How many tries were charged to it.
    pub tries: u32,
    pub state: State,
    /// The last ping that its facts tell of.
    pub last_ping: Option<Timestamp>,
}

/// A check as the server shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub check: Check,
    pub last_ping: Option<Timestamp>,
    /// First known, monitor switched on, or put back into the config.
    pub anchor: Timestamp,
    /// Whether an incident is open.
    pub is_down: bool,
    /// A: when the last alert was decided; `None` where none was since the anchor.
    pub last_alert: Option<Timestamp>,
}

/// How a mail server ended a try, as the mail server and the network know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// 250 after the dot, and the sender read it.
    Accepted,
    /// 250 after the dot that the sender never read, or after which its process died before it wrote that down.
    AcceptedUnheard,
    /// 4xx about this recipient or this mail.
    PutOff,
    /// 5xx about this recipient or this mail.
    Refused,
    /// The server, the way to it or its login is at fault, before any recipient was named.
    Unreachable,
    /// The connection broke after the sender was taken and before the dot.
    BrokeOff,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// A process begins with these clocks; nobody hears pings yet.
    Started { clocks: Clocks },
    /// The door is open: from now on pings are taken.
    DoorOpened,
    /// The process is gone, by order or by force.
    Ended,
    /// Told after each look at the clocks that the server made: `at` is what it made of them.
    LookedAtClocks { clocks: Clocks },
    /// The clocks and the service time that a later start would read from the disk.
    Stamped { clocks: Clocks },
    /// A config is in force, at a start or by a reload.
    Configured(Config),
    /// That config is in force from now on: until then who came was met by the one before it.
    InForce,
    /// World: for this stretch of service time pings could not be taken durably. Told when it is over.
    Blind { from: Timestamp, until: Timestamp },
    /// Server: its list of gaps has this one, which is open while `until` is `None`. Told when it is new or changed.
    GapNoted { from: Timestamp, until: Option<Timestamp> },
    /// Server: its list has the gap that began at `from` no more (it was merged into another or forgotten).
    GapDropped { from: Timestamp },
    /// A ping stamped at `received` was answered 200.
    Acknowledged { check: Check, received: Timestamp },
    /// A ping stamped at `received` is on disk, though its sender never heard so: the process died between the commit
    /// and the answer. Told right after the next `Started`.
    AppendedUnheard { check: Check, received: Timestamp },
    /// A ping of a job, stamped at `received`, is on disk.
    JobAppended { received: Timestamp },
    /// A ping was answered 503, or its connection refused or dropped.
    TurnedAway { check: Check },
    /// A pass was made, and these alerts were decided in it, for these checks. Told before `Rows`; where the process
    /// died between its commit and its answer, told right after the next `Started`, with the instant of the pass.
    Passed { alerted: Vec<Check> },
    /// Rows that wait, are leased, are new, or have changed since the last telling. Told after whatever changed them.
    Rows(Vec<Row>),
    /// Every check as the server shows it. Told after starts, before the first pass, and now and then.
    Checks(Vec<Seen>),
    /// A sender took this mail's rows to send them now: one row, or all of a digest in the order of the mail.
    Leased { rows: Vec<RowId>, message_id: String },
    /// These rows were taken to be sent, and the process died before it began to.
    LeasedUnheard { rows: Vec<RowId> },
    /// How the mail server ended the try of the mail that was leased last with these rows.
    Answered { rows: Vec<RowId>, answer: Answer },
    /// The server wrote down how the try ended.
    Settled { rows: Vec<RowId> },
    /// Somebody snoozed this check: no mail about it is to leave until then, in the place of any end before.
    Snoozed { check: Check, until: Timestamp },
    /// Somebody ended the snooze of this check, if it had one.
    SnoozeEnded { check: Check },
    /// Mails leave by SMTP from now on, where they went to the local inbox before.
    SmtpChosen,
    /// The weather is fair from now on: no fault is made any more.
    FaultsStopped,
}
