//! What the collector knows of the pings it has sent, and of the times in which nobody answered.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// After an outage, what has queued on the client's side is worked off before latencies count again.
const SETTLES_WITHIN: Duration = Duration::from_secs(3);

/// A ping of a mortal check. Instants are lengths since the start of the trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    pub sent: Duration,
    /// `None` if nobody knows whether it was taken.
    pub answered: Option<Duration>,
}

/// What became of a ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Acknowledged,
    /// It was sent, and no answer came.
    Unsure,
    /// Nobody took the connection.
    Refused,
    /// An answer other than 200.
    TurnedAway(u16),
}

/// What one check's pings came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    pub acknowledged: u32,
    pub unsure: u32,
    last_sent: Duration,
    /// The longest time for which the server may have heard nothing.
    pub longest_silence: Duration,
}

/// A time in which the server was down because we wanted it so.
#[derive(Clone, Copy, Debug)]
pub struct Outage {
    pub from: Duration,
    /// The next process has been found; what is answered before that is from the last one, which stops in good order.
    pub is_back: bool,
    /// The first answer after it.
    pub until: Option<Duration>,
}

/// What happened between two reports.
#[derive(Clone, Debug, Default)]
pub struct Stretch {
    pub acknowledged: u64,
    pub latencies_micros: Vec<u32>,
    /// Pings that failed while the server was down on purpose.
    pub failed_in_outages: u64,
    /// Pings that failed at any other time.
    pub failed_otherwise: u64,
}

/// The pages of the book.
pub struct Pages {
    pub counts: Vec<Count>,
    /// The pings of each mortal check.
    pub beats: Vec<Vec<Beat>>,
    pub outages: Vec<Outage>,
    pub stretch: Stretch,
    /// All pings that were acknowledged.
    pub acknowledged: u64,
    /// All that were sent, or may have been.
    pub sent: u64,
    /// What went wrong outside of outages, with its instant; the first few.
    pub failures: Vec<(Duration, usize, Fate)>,
    living: usize,
}

/// The book; clones share it.
#[derive(Clone)]
pub struct Book {
    began: Instant,
    pages: Arc<Mutex<Pages>>,
}

impl Book {
    pub fn new(living: usize, mortals: usize) -> Self {
        let pages = Pages {
            counts: vec![Count::default(); living + mortals],
            beats: vec![Vec::new(); mortals],
            outages: Vec::new(),
            stretch: Stretch::default(),
            acknowledged: 0,
            sent: 0,
            failures: Vec::new(),
            living,
        };
        Self { began: Instant::now(), pages: Arc::new(Mutex::new(pages)) }
    }

    /// How long the trial has lasted.
    pub fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// The instant at which the trial began.
    pub fn began(&self) -> Instant {
        self.began
    }

    pub fn open(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap()
    }
}

impl Pages {
    /// Writes down that a ping is about to be sent.
    pub fn note_sending(&mut self) {
        self.sent += 1;
    }

    /// Writes down a ping that was `due` and `sent`, and came to its end at `now`.
    pub fn note(&mut self, check: usize, (due, sent, now): (Duration, Duration, Duration), fate: Fate) {
        let count = &mut self.counts[check];
        match fate {
            Fate::Acknowledged => {
                count.acknowledged += 1;
                count.longest_silence = count.longest_silence.max(now.saturating_sub(count.last_sent));
                count.last_sent = sent;
                self.stretch.acknowledged += 1;
                self.acknowledged += 1;
                if let Some(outage) = self.outages.last_mut().filter(|outage| outage.is_back) {
                    outage.until.get_or_insert(now);
                }
                if !self.is_in_outage(due) {
                    let micros = u32::try_from(now.saturating_sub(due).as_micros()).unwrap_or(u32::MAX);
                    self.stretch.latencies_micros.push(micros);
                }
            }
            Fate::Unsure | Fate::TurnedAway(_) => count.unsure += 1,
            Fate::Refused => {}
        }
        if let Some(mortal) = check.checked_sub(self.living)
            && fate != Fate::Refused
        {
            let answered = (fate == Fate::Acknowledged).then_some(now);
            self.beats[mortal].push(Beat { sent, answered });
        }
        if fate != Fate::Acknowledged {
            self.note_failure(check, (due, now), fate);
        }
    }

    fn note_failure(&mut self, check: usize, (due, now): (Duration, Duration), fate: Fate) {
        if self.is_in_outage(due) || self.is_in_outage(now) {
            self.stretch.failed_in_outages += 1;
        } else {
            self.stretch.failed_otherwise += 1;
            if self.failures.len() < 20 {
                self.failures.push((now, check, fate));
            }
        }
    }

    /// Tells whether the server was down on purpose at an instant, or had only just come back.
    fn is_in_outage(&self, at: Duration) -> bool {
        self.outages
            .iter()
            .rev()
            .take(2)
            .any(|outage| outage.from <= at && outage.until.is_none_or(|until| at < until + SETTLES_WITHIN))
    }

    /// How long the server was down on purpose between two instants.
    pub fn down_between(&self, from: Duration, until: Duration) -> Duration {
        let within = |outage: &Outage| {
            let end = outage.until.unwrap_or(until).min(until);
            end.saturating_sub(outage.from.max(from))
        };
        self.outages.iter().map(within).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_refusal_counts_against_the_server_unless_we_stopped_it() {
        let book = Book::new(1, 1);
        let mut pages = book.open();
        pages.note(0, (at(1), at(1), at(1)), Fate::Refused);
        pages.outages.push(Outage { from: at(5), is_back: false, until: None });
        pages.note(0, (at(5), at(5), at(5)), Fate::Acknowledged);
        pages.note(0, (at(6), at(6), at(6)), Fate::Refused);
        pages.outages[0].is_back = true;
        pages.note(0, (at(7), at(7), at(7)), Fate::Acknowledged);
        pages.note(0, (at(20), at(20), at(20)), Fate::TurnedAway(503));
        assert_eq!((pages.stretch.failed_in_outages, pages.stretch.failed_otherwise), (1, 2));
        assert_eq!(pages.down_between(at(0), at(30)), at(2));
        assert_eq!(pages.counts[0].longest_silence, at(5));
    }
}
