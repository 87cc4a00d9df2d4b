//! Bugs that can be planted, one at a time, to see that the simulator finds them.
//!
//! Each is one that a program of this field really had, or that an invariant forbids; what it does is in the files
//! called `planted.rs`, and where nothing else can express it in one line beside the right one.

/// Declares the bugs, with the names by which they are chosen.
macro_rules! bugs {
    ($($(#[$meaning:meta])* $bug:ident = $name:literal,)+) => {
        /// A bug that others really had, or that an invariant forbids.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug {
            $($(#[$meaning])* $bug,)+
        }

        #[cfg(feature = "fault-injection")]
        impl Bug {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$bug,)+];

            /// Returns the name by which it is chosen.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$bug => $name,)+
                }
            }
        }
    };
}

bugs! {
    // Pings and their memory.
    /// A ping is answered from memory, and the log never gets it: the seed's queue, which lost 12 of 50.
    AnswersFromMemory = "ping.answered-from-memory",
    /// An alert writes the whole check as it was read before: the seed's two loops over one file.
    AlertForgetsPing = "ping.overwritten-by-alert",
    /// An edit puts the last ping back to the one before.
    LastPingMovesBack = "ping.moves-back",
    /// A pass looks before the pings that were stamped ahead of it: a monitor that said DOWN and UP in one second.
    NoFence = "ping.no-fence",
    /// With a full disk pings are answered as if they were kept.
    FullDiskAnswersWell = "ping.full-disk-answers-200",
    /// Sorting lets go of the log before the last pings are written elsewhere.
    SweepLosesLastPings = "ping.sweep-loses-last",
    /// Sorting lets go of one batch too many.
    SweepGoesTooFar = "ping.sweep-off-by-one",

    // Deadlines and gaps.
    /// A check is down before its limit is over.
    LateTooEarly = "late.too-early",
    /// Own downtime moves no deadline: the storm after the monitor was down.
    GapsIgnored = "gap.ignored",
    /// A gap is added to the deadline beside what it already gave.
    GapCreditedTwice = "gap.credited-twice",
    /// Gaps move a deadline without end: a nightly restart hides a dead daily job.
    GapsWithoutCap = "gap.without-cap",
    /// Everybody gets a fresh window at each start, as in the seed.
    FreshWindowAtStart = "gap.fresh-window-at-start",
    /// Alerts go out in the first instant after a gap.
    NoCalm = "gap.no-calm",
    /// The time in which the process was down is not noted.
    DowntimeIsNoGap = "gap.downtime-unnoted",
    /// A suspended machine counts as one that listened.
    SuspendIsNoGap = "gap.suspend-unnoted",
    /// A process that could not run counts as one that listened.
    StallIsNoGap = "gap.stall-unnoted",
    /// A step of the wall clock forward is not noted.
    StepForwardIsNoGap = "gap.step-unnoted",
    /// A gap that ended is kept in memory only.
    GapsForgottenAtRestart = "gap.in-memory-only",
    /// A gap that was open when the process died begins with the last sign of life.
    OpenGapForgotten = "gap.open-forgotten",
    /// Signs of life are written at the start only.
    NoSignsOfLife = "gap.no-signs-of-life",

    // Clocks.
    /// Deadlines run with the wall clock: the seed's hour of alarms, and its hour of silence.
    WallClockDeadlines = "clock.wall",
    /// A new boot begins service time anew with the wall clock.
    RebootForgetsServiceTime = "clock.reboot-forgets",
    /// A clock that cannot be right is believed: false alarms at a boot before the time is set.
    WrongClockIsBelieved = "clock.wrong-believed",
    /// A clock that nobody sets is never believed again.
    DoubtWithoutEnd = "clock.doubt-without-end",

    // What is remembered over a restart.
    /// Who never pinged has been silent since the beginning of time.
    AnchorLost = "restart.anchor-lost",
    /// "Already alerted" is in memory only: the same mail after each restart.
    AlertedInMemoryOnly = "restart.alerted-in-memory",
    /// Open incidents vanish at a restart.
    IncidentsForgotten = "restart.incidents-forgotten",
    /// Leases of a dead process hold.
    LeasesOutliveProcess = "restart.leases-hold",
    /// A row whose lease ended is not tried again.
    EndedLeaseForgetsRow = "restart.row-forgotten",

    // When an alert is due.
    /// A reminder comes with each pass, whatever its distance.
    ReminderDistanceZero = "alert.reminder-distance-zero",
    /// Nobody is reminded.
    NoReminders = "alert.no-reminders",
    /// With refresh off a new silence is told at once all the same.
    RefreshAlways = "alert.refresh-always",
    /// With refresh on a new silence waits for the distance of reminders.
    RefreshNever = "alert.refresh-never",
    /// A shifts to when the mail was accepted.
    AlertCountedFromSending = "alert.counted-from-sending",
    /// Who is not monitored is alerted.
    UnmonitoredAlerts = "alert.unmonitored",
    /// Who was taken out of the config is alerted.
    RemovedAlerts = "alert.removed",
    /// The queue of deadlines does not hear of edits.
    QueueMissesEdits = "alert.queue-misses-edits",
    /// From inbox to mail server nothing is told anew.
    ChannelOpensInSilence = "alert.channel-opens-in-silence",

    // Edits.
    /// A monitor that is switched on counts the silence before.
    SwitchedOnKeepsAnchor = "edit.switched-on-keeps-anchor",
    /// Who is put back counts the silence while it was away.
    PutBackKeepsAnchor = "edit.put-back-keeps-anchor",
    /// A shortened `max_sleep` alerts at once.
    ShortenedAlertsAtOnce = "edit.shortened-alerts-at-once",
    /// A lengthened `max_sleep` leaves the incident open that it allows.
    LengthenedIgnored = "edit.lengthened-ignored",
    /// Each reload begins to wait anew: frequent reloads hide every silence.
    ReloadStartsAnew = "edit.reload-starts-anew",
    /// Mails about who is switched off or taken out still go.
    NothingIsWithdrawn = "edit.nothing-withdrawn",

    // Rows of the outbox.
    /// An alert is decided, and only its first recipient has a row.
    SecondRecipientForgotten = "row.second-recipient-forgotten",
    /// A ping leaves the reminders that wait.
    RemindersSurvivePing = "row.reminders-survive-ping",
    /// A ping cancels a first alert that waits.
    PingCancelsFirstAlert = "row.ping-cancels-first-alert",
    /// Closing an incident cancels the reminders of others.
    ClosingCancelsOthers = "row.closing-cancels-others",
    /// Each alert is a row, whatever waits: 1,800 mails after ten hours without a mail server.
    NothingJoins = "row.nothing-joins",
    /// An alert that joins one that waits uses up a number.
    JoiningCounts = "row.joining-counts",
    /// A first alert that a reminder joined becomes one, and a ping cancels it.
    JoinedFirstAlertIsReminder = "row.joined-first-alert-is-reminder",
    /// The facts of a mail are those of its sending.
    FactsOfSending = "row.facts-of-sending",
    /// A return is told to those who have not heard of the silence.
    RecoveryBeforeAlert = "row.recovery-before-alert",

    // Sending.
    /// Whoever settles settles what others are sending.
    SettlesWithoutToken = "send.settles-without-token",
    /// One recipient's refusal ends the mails to the others.
    RefusalEndsAll = "send.refusal-ends-all",
    /// A mail that was put off counts as sent: a server's answer after the dot is not read.
    PutOffCountsAsSent = "send.put-off-counts-as-sent",
    /// After three tries a mail is dropped, as in the seed.
    GivenUpAfterThree = "send.given-up-after-three",
    /// A refusal for good is not tried again.
    RefusalNotRetried = "send.refusal-not-retried",
    /// A mail is tried again and again without a rest.
    NoRest = "send.no-rest",
    /// A mail server's trouble is charged to the mails.
    BreakerChargesMails = "send.breaker-charges-mails",
    /// A mail server that failed is never asked again.
    BreakerStaysClosed = "send.breaker-stays-closed",
    /// Each try has a Message-ID of its own.
    MessageIdAnew = "send.message-id-anew",
    /// The distance of mails counts from the decision only, not from when they were accepted.
    DistanceOfDecisionsOnly = "send.distance-of-decisions-only",
    /// A digest leaves one alert out.
    DigestDropsOne = "send.digest-drops-one",
    /// A digest takes the alerts of everybody together.
    DigestMixesRecipients = "send.digest-mixes-recipients",

    // Snoozes.
    /// What waits about a snoozed check is thrown away, and never said.
    SnoozeDiscards = "snooze.discards-what-waits",
    /// A snooze that is ended or shortened lets nothing go before its first end.
    SnoozeNeverLifted = "snooze.never-lifted",
    /// What is decided during a snooze goes at once.
    SnoozeLetsNewThrough = "snooze.lets-new-through",
    /// A mail that was in hand when a snooze began is tried again during it.
    SnoozeForgetsMailInHand = "snooze.forgets-mail-in-hand",
    /// Snoozes are forgotten at a restart.
    SnoozeForgottenAtRestart = "snooze.forgotten-at-restart",

    // Jobs: checks made over the API.
    /// Whichever run says that it has ended, the latest is taken for it.
    RunIdIgnored = "job.run-id-ignored",
    /// A run that hangs is forgotten once a later one begins.
    HungRunForgotten = "job.hung-run-forgotten",
    /// A run whose late end was told brings its check down again and again.
    LateRunBlamedAgain = "job.late-run-blamed-again",
    /// A run whose end may have met a closed door is called late.
    DowntimeExcusesNoRun = "job.downtime-excuses-no-run",
    /// A nightly restart at the time of a job hides that the job is dead.
    RestartHidesMissedSlot = "job.restart-hides-missed-slot",
    /// A flip has the time at which it was seen, and not that of the deadline.
    FlipDatedWhenSeen = "job.flip-dated-when-seen",
    /// People are told of a first success.
    FirstSuccessTold = "job.first-success-told",
    /// A pause leaves runs to be late.
    PauseKeepsRuns = "job.pause-keeps-runs",
    /// A ping of a check that only its owner resumes resumes it.
    PingResumes = "job.ping-resumes",
    /// A ping that says nothing has no number.
    SilentPingUncounted = "job.silent-ping-uncounted",
    /// A run that says it failed is taken for one that ended well.
    FailureCountsAsSuccess = "job.failure-counts-as-success",
    /// The beginning of a run counts as its success: a job that hangs each time is never missed.
    StartCountsAsPing = "job.start-counts-as-ping",
    /// A run that takes too long is not noticed.
    OverrunUnseen = "job.overrun-unseen",
    /// A limit of runs that is asked for beside the grace is not heeded.
    MaxRuntimeIgnored = "job.max-runtime-ignored",
    /// Schedules go by UTC, whatever zone they were asked for in.
    ScheduleInUtc = "job.schedule-in-utc",
    /// A slot has to be met to the second.
    ScheduleWithoutGrace = "job.schedule-without-grace",

    // What the store remembers of jobs, and says.
    /// Runs that have begun are forgotten at a restart.
    RunsForgottenAtRestart = "stored-job.runs-in-memory-only",
    /// Pings that are in the log alone are not counted after a crash.
    LogOfJobsUnread = "stored-job.log-unread",
    /// What an owner changes is in memory only.
    JobEditInMemoryOnly = "stored-job.edit-in-memory-only",
    /// Nothing is said when a check goes down.
    JobDownUntold = "stored-job.down-untold",
    /// A check that goes down again before its mail went is said to have gone down once.
    JobDownAgainUntold = "stored-job.down-again-untold",
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
