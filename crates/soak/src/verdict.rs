//! The judge: which mails had to come, which must not have come, and when.

use std::time::Duration;

use crate::book::Beat;
use crate::post::{Kind, Letter};

/// Nothing is alerted in the first 10 s after a gap.
const CALM: Duration = Duration::from_secs(10);

/// A pass a second, and a machine that has others to serve.
const SLACK: Duration = Duration::from_secs(10);

/// From a decision to an accepted mail: the distance of two looks, a slow conversation, and those who wait before it.
const DELIVERY: Duration = Duration::from_mins(1);

/// Until a mail that was put off is tried again, summed up: 1, 3, 6, 15 and 30 minutes, and a fifth more by chance.
const PUT_OFF: [u64; 6] = [0, 72, 288, 720, 1_800, 3_960];

/// Mails are fetched four times a second, so a distance may seem that much shorter than it was.
const FETCHING: Duration = Duration::from_millis(750);

/// All that is known of one mortal check.
pub struct Case<'a> {
    pub max_sleep: Duration,
    pub mail_distance: Duration,
    pub beats: &'a [Beat],
    pub letters: &'a [Letter],
    pub offers: &'a [Duration],
    /// How long the server could not listen between two instants.
    pub deaf: &'a dyn Fn(Duration, Duration) -> Duration,
    /// For how long the mail server kept the program from sending anything between two instants.
    pub quiet: &'a dyn Fn(Duration, Duration) -> Duration,
    /// Until when everything is judged.
    pub now: Duration,
}

/// What the judge found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Silences that had to be reported, and were.
    pub reported: usize,
    /// From the last ping to the accepted mail.
    pub delays: Vec<Duration>,
    pub reminders: usize,
    /// What had to come and has not, with why.
    pub missing: Vec<String>,
    /// What must not have come.
    pub extra: Vec<String>,
    /// Silences and reminders that may still be reported in time.
    pub pending: usize,
}

/// A time without pings.
#[derive(Clone, Copy, Debug)]
struct Silence {
    /// The last ping before it was sent and answered.
    sent: Duration,
    answered: Duration,
    /// The first instant at which a ping may have come again.
    broken: Duration,
    /// The first at which one certainly had.
    over: Duration,
    is_matched: bool,
}

impl Findings {
    pub fn add(&mut self, mut other: Self) {
        self.reported += other.reported;
        self.delays.append(&mut other.delays);
        self.reminders += other.reminders;
        self.missing.append(&mut other.missing);
        self.extra.append(&mut other.extra);
        self.pending += other.pending;
    }
}

impl Case<'_> {
    /// Compares what came with what had to come.
    pub fn judge(&self) -> Findings {
        let mut findings = Findings::default();
        let mut silences = self.silences();
        for letter in self.letters {
            match letter.kind {
                Kind::First(times) => self.match_first(letter, times, &mut silences, &mut findings),
                Kind::Reminder => self.check_reminder(letter, &silences, &mut findings),
            }
        }
        for silence in &silences {
            self.check_missing(silence, &mut findings);
            self.check_distances(silence, &mut findings);
        }
        findings
    }

    /// Finds every time in which the check may have been silent for too long.
    fn silences(&self) -> Vec<Silence> {
        let mut silences = Vec::new();
        let mut open = Silence {
            sent: Duration::ZERO,
            answered: Duration::ZERO,
            broken: Duration::MAX,
            over: self.now,
            is_matched: false,
        };
        for beat in self.beats {
            open.broken = open.broken.min(beat.sent);
            let Some(answered) = beat.answered else { continue };
            silences.push(Silence { over: answered, ..open });
            open = Silence { sent: beat.sent, answered, broken: Duration::MAX, ..open };
        }
        open.broken = open.broken.min(self.now);
        silences.push(open);
        silences.retain(|silence| self.max_sleep < silence.over.saturating_sub(silence.sent));
        silences
    }

    /// The latest instant at which a silence from `from` on is decided to be one: K is 2.
    fn decided_by(&self, from: Duration) -> Duration {
        let plain = from + 2 * self.max_sleep + CALM + SLACK;
        let once = plain + (self.deaf)(from, plain);
        plain + (self.deaf)(from, once)
    }

    fn must_be_reported(&self, silence: &Silence) -> bool {
        self.decided_by(silence.answered) < silence.broken
    }

    /// The latest instant at which what was decided by `from` is accepted.
    fn accepted_by(&self, from: Duration) -> Duration {
        let mut by = from + DELIVERY;
        // Each failure puts it off, and so gives more failures room.
        for _ in 0..PUT_OFF.len() {
            let since = from.saturating_sub(2 * self.max_sleep + CALM + SLACK);
            let failed = self.offers.iter().filter(|at| since <= **at && **at <= by).count();
            let put_off = Duration::from_secs(PUT_OFF[failed.min(PUT_OFF.len() - 1)]);
            by = from + DELIVERY + put_off + (self.deaf)(from, by) + (self.quiet)(from, by);
        }
        by
    }

    fn match_first(&self, letter: &Letter, times: usize, silences: &mut [Silence], findings: &mut Findings) {
        let mut left = times;
        // What had to be reported first, then what only may have been, the latest first.
        let mut order: Vec<usize> = (0..silences.len()).collect();
        order.sort_by_key(
            |&nth| if self.must_be_reported(&silences[nth]) { nth } else { 2 * silences.len() - nth },
        );
        for nth in order {
            let silence = &mut silences[nth];
            if 0 < left && !silence.is_matched && silence.sent + self.max_sleep < letter.at {
                silence.is_matched = true;
                left -= 1;
                findings.reported += 1;
                findings.delays.push(letter.at.saturating_sub(silence.answered));
            }
        }
        if left == times {
            findings.extra.push(format!("first alert {} at {:?} without a silence", letter.id, letter.at));
        }
    }

    /// A reminder belongs to the silence in which it comes; one in hand may come just after it.
    fn check_reminder(&self, letter: &Letter, silences: &[Silence], findings: &mut Findings) {
        findings.reminders += 1;
        let fits = |silence: &&Silence| {
            silence.sent + self.max_sleep < letter.at && letter.at < silence.over + SLACK
        };
        if !silences.iter().any(|silence| fits(&silence)) {
            findings.extra.push(format!("reminder {} at {:?} without a silence", letter.id, letter.at));
        }
    }

    fn check_missing(&self, silence: &Silence, findings: &mut Findings) {
        if silence.is_matched || !self.must_be_reported(silence) {
            return;
        }
        let decided_by = self.decided_by(silence.answered);
        if self.now <= self.accepted_by(decided_by) {
            findings.pending += 1;
        } else {
            findings.missing.push(format!(
                "no first alert about the silence from {:?} to {:?}, which was to be decided by {decided_by:?}",
                silence.answered, silence.over
            ));
        }
    }

    /// Reminders are no closer than agreed, and while the silence lasts no further apart than they may be.
    fn check_distances(&self, silence: &Silence, findings: &mut Findings) {
        let from = silence.sent + self.max_sleep;
        let inside = |letter: &&Letter| from < letter.at && letter.at < silence.over;
        let letters: Vec<&Letter> = self.letters.iter().filter(inside).collect();
        for pair in letters.windows(2) {
            // The first may tell of the silence before.
            let is_reminder = pair[1].kind == Kind::Reminder;
            if is_reminder && pair[1].at + FETCHING < pair[0].at + self.mail_distance {
                findings.extra.push(format!(
                    "reminder {} came {:?} after the mail before it",
                    pair[1].id,
                    pair[1].at.saturating_sub(pair[0].at)
                ));
            }
        }
        let ends = letters.iter().skip(1).map(|letter| letter.at).chain([silence.broken]);
        for (letter, next) in letters.iter().zip(ends) {
            let due = letter.at + self.mail_distance + self.max_sleep + CALM + SLACK;
            let by = self.accepted_by(due + (self.deaf)(letter.at, due));
            if by < next.min(self.now) {
                findings
                    .missing
                    .push(format!("no reminder after {} until {next:?}, due by {by:?}", letter.id));
            }
        }
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
