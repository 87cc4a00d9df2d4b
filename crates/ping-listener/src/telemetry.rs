//! Meters: what the server tells those who watch it.
//!
//! What happens often is counted in plain atomics; what the store knows anyway is read when somebody asks.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use domain::standing::Standing;
use domain::time::Span;
use jiff::Timestamp;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::store::view::{CheckView, OutboxView};

/// Checks that are metered one by one, in the order of their names: more series than this from one small server
/// would cost whoever collects them more than they are worth.
pub const METERED_CHECKS_MAX: usize = 10_000;

/// How a ping ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on disk.
    Accepted,
    /// No check has that name.
    Unknown,
    /// It names no check.
    Malformed,
    /// The check has a ping key, and this was not it.
    RefusedKey,
    /// Several checks have the slug that it names.
    Ambiguous,
    /// A browser sent it from somebody else's page.
    CrossSite,
    /// Too many of its source's requests had to be refused.
    Limited,
    /// More waited to be written than is reasonable.
    Shed,
    /// It could not be made durable.
    Unavailable,
}

impl Outcome {
    const ALL: [Self; 9] = [
        Self::Accepted,
        Self::Unknown,
        Self::Malformed,
        Self::RefusedKey,
        Self::Ambiguous,
        Self::CrossSite,
        Self::Limited,
        Self::Shed,
        Self::Unavailable,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Unknown => "unknown",
            Self::Malformed => "malformed",
            Self::RefusedKey => "refused_key",
            Self::Ambiguous => "ambiguous",
            Self::CrossSite => "cross_site",
            Self::Limited => "limited",
            Self::Shed => "shed",
            Self::Unavailable => "unavailable",
        }
    }
}

type Label = [(&'static str, &'static str); 1];
type CheckLabel = [(&'static str, String); 1];
type Seconds = Gauge<f64, AtomicU64>;

/// Everything that is counted while the server runs.
pub struct Telemetry {
    registry: Registry,
    pings: [Counter; Outcome::ALL.len()],
    commit_pings: Histogram,
    commit_seconds: Histogram,
    evaluation_lag: Seconds,
    gaps: Family<Label, Counter>,
    gap_seconds: Family<Label, Counter<f64, AtomicU64>>,
    clock_events: Family<Label, Counter>,
    mail_attempts: Family<Label, Counter>,
    reload_success: Gauge,
    reload_at: Seconds,
}

/// What the store knows at the moment of asking.
#[derive(Clone, Copy, Debug)]
pub struct Readings<'a> {
    /// Wall-clock time of asking.
    pub now: Timestamp,
    /// All checks.
    pub checks: &'a [CheckView],
    /// The outbox.
    pub outbox: &'a OutboxView,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self::new()
    }
}

impl Telemetry {
    /// Starts all meters at zero.
    #[must_use]
    pub fn new() -> Self {
        let outcomes = Family::<Label, Counter>::default();
        let pings = Outcome::ALL.map(|outcome| outcomes.get_or_create_owned(&[("outcome", outcome.word())]));
        let mut telemetry = Self {
            registry: Registry::with_prefix("ping_listener"),
            pings,
            // 1 to 4,096 pings, which is the most that one commit takes.
            commit_pings: Histogram::new(exponential_buckets(1.0, 4.0, 7)),
            // 0.1 ms, a fast disk, to 6.5 s, a dying one.
            commit_seconds: Histogram::new(exponential_buckets(0.0001, 4.0, 9)),
            evaluation_lag: Seconds::default(),
            gaps: Family::default(),
            gap_seconds: Family::default(),
            clock_events: Family::default(),
            mail_attempts: Family::default(),
            reload_success: Gauge::default(),
            reload_at: Seconds::default(),
        };
        telemetry.reload_success.set(1);
        telemetry.register(outcomes);
        telemetry
    }

    fn register(&mut self, outcomes: Family<Label, Counter>) {
        let to = &mut self.registry;
        to.register("pings", "Pings by what became of them", outcomes);
        to.register("commit_pings", "Pings that were made durable together", self.commit_pings.clone());
        let seconds = || Unit::Seconds;
        to.register_with_unit(
            "commit",
            "Time to make a batch of pings durable",
            seconds(),
            self.commit_seconds.clone(),
        );
        let help = "How much later than planned the last evaluation pass began";
        to.register_with_unit("evaluation_lag", help, seconds(), self.evaluation_lag.clone());
        to.register("gaps", "Times in which pings could not be taken, by cause", self.gaps.clone());
        let help = "Length of the times in which pings could not be taken, by cause";
        to.register_with_unit("gap", help, seconds(), self.gap_seconds.clone());
        to.register("clock_events", "Suspends, stalls and steps of the clock", self.clock_events.clone());
        let help = "Tries to hand a mail over, by what came of them; ambiguous ones may have arrived";
        to.register("mail_attempts", help, self.mail_attempts.clone());
        let help = "1 if the config file was last read without an error, else 0";
        to.register("config_reload_success", help, self.reload_success.clone());
        let help = "When the config file was last read";
        to.register_with_unit("config_reload_timestamp", help, seconds(), self.reload_at.clone());
    }

    /// Counts a ping. Costs one atomic addition.
    pub fn count_ping(&self, outcome: Outcome) {
        self.pings[outcome as usize].inc();
    }

    /// Records a commit of `pings` pings that took `took` until it was durable.
    pub fn record_commit(&self, pings: usize, took: Duration) {
        self.commit_pings.observe(f64::from(u32::try_from(pings).unwrap_or(u32::MAX)));
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// Records how late an evaluation pass began.
    pub fn set_evaluation_lag(&self, lag: Span) {
        self.evaluation_lag.set(lag.as_seconds_f64());
    }

    /// Counts a gap that ended. `cause` is one of the words of the store's gaps.
    pub fn count_gap(&self, cause: &'static str, length: Span) {
        self.gaps.get_or_create_owned(&[("cause", cause)]).inc();
        self.gap_seconds.get_or_create_owned(&[("cause", cause)]).inc_by(length.as_seconds_f64().max(0.0));
    }

    /// Counts something that befell the clock: `suspend`, `stall`, `step`, `untrusted`.
    pub fn count_clock_event(&self, kind: &'static str) {
        self.clock_events.get_or_create_owned(&[("kind", kind)]).inc();
    }

    /// Counts a try to hand a mail over: `accepted`, `kept`, `server_soft`, `server_config`, `soft`, `hard`,
    /// `ambiguous`, `unsendable`.
    pub fn count_mail_attempt(&self, outcome: &'static str) {
        self.mail_attempts.get_or_create_owned(&[("outcome", outcome)]).inc();
    }

    /// Records how reading the config file went.
    pub fn note_reload(&self, is_good: bool, at: Timestamp) {
        self.reload_success.set(i64::from(is_good));
        self.reload_at.set(seconds_of(at));
    }

    /// Returns all meters as text that Prometheus reads.
    ///
    /// # Panics
    ///
    /// Never: writing to a string cannot fail.
    #[must_use]
    pub fn render(&self, readings: &Readings<'_>) -> String {
        let mut text = String::new();
        let written = encode_registry(&mut text, &self.registry)
            .and_then(|()| encode_registry(&mut text, &registry_of(readings)))
            .and_then(|()| encode_eof(&mut text));
        written.expect("writing to a string cannot fail");
        text
    }
}

fn registry_of(readings: &Readings<'_>) -> Registry {
    let mut registry = Registry::with_prefix("ping_listener");
    register_outbox(&mut registry, readings);
    register_checks(&mut registry, readings.checks);
    registry
}

fn register_outbox(to: &mut Registry, readings: &Readings<'_>) {
    let outbox = readings.outbox;
    let rows = Family::<Label, Gauge>::default();
    let states = [
        ("queued", outbox.queued),
        ("leased", outbox.leased),
        ("sent", outbox.sent),
        ("given_up", outbox.given_up),
        ("cancelled", outbox.cancelled),
        ("joined", outbox.joined),
    ];
    for (state, count) in states {
        rows.get_or_create_owned(&[("state", state)]).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    to.register("outbox_rows", "Notifications by what became of them", rows);
    let age = Seconds::default();
    let oldest = outbox.oldest_due.map_or(0.0, |due| (seconds_of(readings.now) - seconds_of(due)).max(0.0));
    age.set(oldest);
    let help = "How long the oldest notification that may be sent has waited; 0 if none waits";
    to.register_with_unit("outbox_oldest_due_age", help, Unit::Seconds, age);
    if let Some(accepted) = outbox.last_accepted {
        let at = Seconds::default();
        at.set(seconds_of(accepted));
        let help = "When a notification was last accepted";
        to.register_with_unit("last_mail_accepted_timestamp", help, Unit::Seconds, at);
    }
}

fn register_checks(to: &mut Registry, checks: &[CheckView]) {
    let standings = Family::<Label, Gauge>::default();
    for standing in Standing::ALL {
        standings.get_or_create_owned(&[("standing", standing_word(standing))]);
    }
    let last_pings = Family::<CheckLabel, Seconds>::default();
    let deadlines = Family::<CheckLabel, Seconds>::default();
    for check in checks {
        standings.get_or_create_owned(&[("standing", standing_word(check.standing))]).inc();
    }
    for check in checks.iter().take(METERED_CHECKS_MAX) {
        let label = [("check", check.name.to_string())];
        if let Some(ping) = check.last_ping {
            last_pings.get_or_create_owned(&label).set(seconds_of(ping));
        }
        if let Some(deadline) = check.deadline {
            deadlines.get_or_create_owned(&label).set(seconds_of(deadline));
        }
    }
    to.register("checks", "Checks by standing", standings);
    let help = format!("When a check last pinged, for the first {METERED_CHECKS_MAX} checks");
    to.register_with_unit("check_last_ping_timestamp", help, Unit::Seconds, last_pings);
    let help = format!("When a check's silence becomes an alert, for the first {METERED_CHECKS_MAX} checks");
    to.register_with_unit("check_deadline_timestamp", help, Unit::Seconds, deadlines);
}

fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Down => "down",
        Standing::Late => "late",
        Standing::Up => "up",
        Standing::New => "new",
        Standing::Unmonitored => "unmonitored",
    }
}

fn seconds_of(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::samples;

    fn render(telemetry: &Telemetry, checks: &[CheckView]) -> String {
        let outbox = OutboxView { queued: 2, oldest_due: Some(samples::at(100)), ..OutboxView::default() };
        telemetry.render(&Readings { now: samples::at(130), checks, outbox: &outbox })
    }

    #[test]
    fn every_outcome_has_its_own_count() {
        let telemetry = Telemetry::new();
        for (nth, outcome) in Outcome::ALL.into_iter().enumerate() {
            for _ in 0..=nth {
                telemetry.count_ping(outcome);
            }
        }
        let text = render(&telemetry, &[]);
        for (nth, outcome) in Outcome::ALL.into_iter().enumerate() {
            let line = format!("ping_listener_pings_total{{outcome=\"{}\"}} {}\n", outcome.word(), nth + 1);
            assert!(text.contains(&line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn what_the_store_knows_is_in_the_text() {
        let telemetry = Telemetry::new();
        telemetry.count_gap("disk full", Span::from_seconds(3));
        telemetry.record_commit(17, Duration::from_millis(2));
        telemetry.note_reload(false, samples::at(5));
        let text = render(&telemetry, &[samples::check("he said \"hi\"\n", Standing::Down)]);
        for line in [
            "ping_listener_outbox_rows{state=\"queued\"} 2",
            "ping_listener_outbox_oldest_due_age_seconds 30.0",
            "ping_listener_gap_seconds_total{cause=\"disk full\"} 3.0",
            "ping_listener_gaps_total{cause=\"disk full\"} 1",
            "ping_listener_commit_pings_bucket{le=\"64.0\"} 1",
            "ping_listener_config_reload_success 0",
            "ping_listener_checks{standing=\"down\"} 1",
            "ping_listener_checks{standing=\"up\"} 0",
            r#"ping_listener_check_last_ping_timestamp_seconds{check="he said \"hi\"\n"} "#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn checks_beyond_the_limit_are_counted_but_have_no_series() {
        let checks = vec![samples::check("x", Standing::Up); METERED_CHECKS_MAX + 5];
        let text = render(&Telemetry::new(), &checks);
        assert!(text.contains("ping_listener_checks{standing=\"up\"} 10005"));
    }
}
