//! What people read: a line each minute, and the verdict.

use std::fmt::Write as _;
use std::time::Duration;

use crate::book::{Count, Fate, Stretch};
use crate::flatness::Row;
use crate::meters::Look;
use crate::plan::{Plan, name};
use crate::post::Post;
use crate::verdict::Findings;

/// Everything that the verdict rests on.
#[derive(Default)]
pub struct Report {
    pub violations: Vec<String>,
    pub restarts: u32,
    pub steps: u32,
    /// Logs that were read under load.
    pub logs_read: usize,
    pub totals: Totals,
    pub findings: Findings,
    pub flatness: Option<Vec<Row>>,
    /// Whether the trial was long enough for that.
    pub judges_growth: bool,
    pub failures: Vec<(Duration, usize, Fate)>,
    whole: Stretch,
    mails: String,
}

/// All pings of the trial.
#[derive(Default)]
pub struct Totals {
    checks: usize,
    acknowledged: u64,
    unsure: u64,
    logged: u64,
    wrong: Vec<String>,
    /// The living that the load generator itself may have kept silent for too long.
    starved: Vec<String>,
}

impl Totals {
    /// Adds a check whose pings have come to rest.
    pub fn add(&mut self, check: usize, count: Count, logged: u32, plan: &Plan) {
        self.checks += 1;
        self.acknowledged += u64::from(count.acknowledged);
        self.unsure += u64::from(count.unsure);
        self.logged += u64::from(logged);
        if logged < count.acknowledged || count.acknowledged + count.unsure < logged {
            let Count { acknowledged, unsure, .. } = count;
            let name = name(check);
            self.wrong
                .push(format!("{name}: {acknowledged} acknowledged, {unsure} unsure, {logged} in /logs"));
        }
        if check < plan.living() && plan.max_sleep(check) < count.longest_silence {
            self.starved.push(format!("{} for {:?}", name(check), count.longest_silence));
        }
    }
}

impl Report {
    pub fn add_stretch(&mut self, stretch: Stretch) {
        self.whole.acknowledged += stretch.acknowledged;
        self.whole.failed_in_outages += stretch.failed_in_outages;
        self.whole.failed_otherwise += stretch.failed_otherwise;
        self.whole.latencies_micros.extend(stretch.latencies_micros);
    }

    /// Takes note of what a log says that it must not say; that the mail server is in trouble is no news.
    pub fn note_words(&mut self, log: &str) {
        let is_bad = |line: &&str| line.contains("ERROR") || line.contains("panicked");
        for line in log.lines().filter(is_bad).filter(|line| !line.contains("mails are not going out")) {
            if self.violations.len() < 50 {
                self.violations.push(format!("the log says: {line}"));
            }
        }
    }

    /// Writes what arrived and must not have.
    pub fn judge_mails(&mut self, post: &Post) {
        self.mails = format!(
            "{} mails accepted; {} repeated under the same Message-ID after a lost answer or an end of the program",
            post.accepted(),
            post.repeats_excused
        );
        let strays = post.strays.iter().map(|(at, what)| format!("stray mail at {at:?}: {what}"));
        let repeats = post.repeats.iter().map(|(at, what)| format!("mail twice at {at:?}: {what}"));
        self.violations.extend(strays.chain(repeats));
    }

    /// Tells whether nothing at all was wrong.
    pub fn is_well(&self) -> bool {
        self.verdict().is_empty()
    }

    fn verdict(&self) -> Vec<String> {
        let mut wrong = self.violations.clone();
        wrong.extend(self.totals.wrong.iter().cloned());
        wrong.extend(self.findings.missing.iter().map(|what| format!("missing: {what}")));
        wrong.extend(self.findings.extra.iter().map(|what| format!("extra: {what}")));
        if 0 < self.whole.failed_otherwise {
            let failed = self.whole.failed_otherwise;
            wrong.push(format!("{failed} pings failed outside of restarts; the first: {:?}", self.failures));
        }
        for row in self.flatness.iter().flatten().filter(|row| self.judges_growth && !row.is_flat()) {
            wrong
                .push(format!("{} grew from {:.1} to {:.1}", row.what, row.second_quarter, row.last_quarter));
        }
        wrong
    }

    /// Writes all of it for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let Totals { checks, acknowledged, unsure, logged, starved, .. } = &self.totals;
        let _ = writeln!(text, "\n{} restarts, {} clock steps", self.restarts, self.steps);
        let _ = writeln!(
            text,
            "pings of {checks} checks: {acknowledged} acknowledged, {unsure} without an answer, {logged} in /logs at the \
             end; {} logs read under load",
            self.logs_read
        );
        let _ = writeln!(
            text,
            "latency outside of restarts: {}; failed in restarts {}, otherwise {}",
            latencies(&self.whole.latencies_micros),
            self.whole.failed_in_outages,
            self.whole.failed_otherwise
        );
        let _ = writeln!(text, "mails: {}", self.mails);
        let _ = writeln!(text, "{}", self.findings.words());
        if !starved.is_empty() {
            let _ = writeln!(
                text,
                "the load generator itself kept {} living checks waiting: {starved:?}",
                starved.len()
            );
        }
        for row in self.flatness.iter().flatten() {
            let Row { what, second_quarter, last_quarter, most } = row;
            let verdict = match (self.judges_growth, row.is_flat()) {
                (false, _) => "too short to judge",
                (true, true) => "flat",
                (true, false) => "GREW",
            };
            let _ = writeln!(
                text,
                "{what}: second quarter {second_quarter:.1}, last quarter {last_quarter:.1} (at most {most:.1}): {verdict}"
            );
        }
        let wrong = self.verdict();
        for line in wrong.iter().take(100) {
            let _ = writeln!(text, "WRONG: {line}");
        }
        let _ = match wrong.len() {
            0 => writeln!(text, "verdict: all is well"),
            count => writeln!(text, "verdict: {count} things are wrong"),
        };
        text
    }
}

impl Findings {
    /// Writes what the judge found.
    pub fn words(&self) -> String {
        let mut delays = self.delays.clone();
        delays.sort_unstable();
        let at = |share: usize| {
            delays.get(delays.len().saturating_sub(1) * share / 100).copied().unwrap_or_default()
        };
        format!(
            "deaths: {} reported, from the last ping to the mail p50 {:.1?}, p99 {:.1?}, at most {:.1?}; {} reminders; \
             {} missing, {} extra, {} still within their bound",
            self.reported,
            at(50),
            at(99),
            at(100),
            self.reminders,
            self.missing.len(),
            self.extra.len(),
            self.pending
        )
    }
}

/// Says what will be done.
pub fn head(plan: &Plan) -> String {
    format!(
        "{} checks, {} pings a second, {:?}; a restart every {:?} (SIGTERM and SIGKILL in turns), a clock step every {:?}, \
         the mail server away for {:?} every {:?} and bad one time in five\n\
         {:>5} {:>8} {:>7} {:>7} {:>7} {:>7} {:>6} {:>4} {:>4} {:>6} {:>6} {:>7} {:>7} {:>6} {:>7}",
        plan.checks,
        plan.pings_per_second,
        plan.length,
        plan.restart_distance(),
        plan.step_distance(),
        plan.away_length(),
        plan.away_distance(),
        "min",
        "pings",
        "p50 ms",
        "p99 ms",
        "down",
        "failed",
        "MiB",
        "fds",
        "thr",
        "WAL M",
        "lag ms",
        "mails",
        "deaths",
        "extra",
        "missing"
    )
}

/// Writes the row of a minute.
pub fn row(now: Duration, stretch: &Stretch, look: &Look, findings: &Findings, mails: usize) -> String {
    let mut sorted = stretch.latencies_micros.clone();
    sorted.sort_unstable();
    format!(
        "{:>5} {:>8} {:>7} {:>7} {:>7} {:>7} {:>6} {:>4} {:>4} {:>6} {:>6.0} {:>7} {:>7} {:>6} {:>7}",
        now.as_secs() / 60,
        stretch.acknowledged,
        millis(&sorted, 500),
        millis(&sorted, 990),
        stretch.failed_in_outages,
        stretch.failed_otherwise,
        look.resident_kib / 1_024,
        look.descriptors,
        look.threads,
        look.wal_bytes / 1_048_576,
        look.lag_seconds * 1_000.0,
        mails,
        findings.reported,
        findings.extra.len(),
        findings.missing.len()
    )
}

/// The first row of the table of looks.
pub const CSV_HEAD: &str = "seconds,resident_kib,threads,descriptors,wal_bytes,database_bytes,cpu_ticks,lag_seconds,\
                            accepted_by_process,stalled_seconds_of_process,queued,given_up,mails,failed_this_minute";

/// Writes a look for a machine.
pub fn csv_row(look: &Look, mails: usize, failed: u64) -> String {
    format!(
        "{:.1},{},{},{},{},{},{},{},{},{:.3},{},{},{mails},{failed}",
        look.at.as_secs_f64(),
        look.resident_kib,
        look.threads,
        look.descriptors,
        look.wal_bytes,
        look.database_bytes,
        look.cpu_ticks,
        look.lag_seconds,
        look.accepted,
        look.stalled.as_secs_f64(),
        look.queued,
        look.given_up
    )
}

fn latencies(micros: &[u32]) -> String {
    let mut sorted = micros.to_vec();
    sorted.sort_unstable();
    let [p50, p99, p999, most] = [500, 990, 999, 1_000].map(|share| millis(&sorted, share));
    format!("p50 {p50} ms, p99 {p99} ms, p99.9 {p999} ms, at most {most} ms")
}

/// Returns how many milliseconds so many thousandths stay under.
fn millis(sorted: &[u32], thousandths: usize) -> String {
    let micros = sorted.get(sorted.len().saturating_sub(1) * thousandths / 1_000).copied().unwrap_or(0);
    format!("{:.1}", f64::from(micros) / 1_000.0)
}
