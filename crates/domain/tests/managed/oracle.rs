//! Healthchecks' rules as its contract words them, in seconds, without own downtime and without runs side by side.

use domain::managed::{Shown, Word};
use domain::ping::Signal;

/// What a check of the contract asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Period {
    /// `timeout` in seconds.
    Timeout(i64),
    /// Each minute of an hour that is a multiple of this one, as in `*/7 * * * *`.
    Minutes(i64),
}

/// A row of the contract's table of checks.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) period: Period,
    pub(crate) grace: i64,
    pub(crate) manual_resume: bool,
    pub(crate) status: Word,
    pub(crate) n_pings: u64,
    pub(crate) last_ping: Option<i64>,
    pub(crate) last_start: Option<i64>,
    pub(crate) last_start_rid: Option<u8>,
    pub(crate) last_duration: Option<i64>,
}

impl Row {
    pub(crate) fn new(period: Period, grace: i64, manual_resume: bool) -> Self {
        Self {
            period,
            grace,
            manual_resume,
            status: Word::New,
            n_pings: 0,
            last_ping: None,
            last_start: None,
            last_start_rid: None,
            last_duration: None,
        }
    }

    pub(crate) fn ping(&mut self, now: i64, action: Signal, rid: Option<u8>) {
        self.n_pings += 1;
        if self.status == Word::Paused && self.manual_resume {
            return;
        }
        match action {
            Signal::Start => {
                self.last_start = Some(now);
                self.last_start_rid = rid;
            }
            Signal::Success | Signal::Fail => self.end(now, action, rid),
            Signal::Log | Signal::Ignored => {}
        }
    }

    fn end(&mut self, now: i64, action: Signal, rid: Option<u8>) {
        // Ours: a run whose time was over before the check came back is let go.
        if self.status == Word::Down && self.last_start.is_some_and(|start| start + self.grace <= now) {
            self.clear_start();
        }
        self.last_ping = Some(now);
        self.last_duration = None;
        if let Some(start) = self.last_start {
            let starts_rid = self.last_start_rid;
            if rid == starts_rid {
                self.last_duration = Some(now - start);
                self.clear_start();
            } else if rid.is_none() || action == Signal::Fail {
                self.clear_start();
            }
        }
        self.status = if action == Signal::Fail { Word::Down } else { Word::Up };
    }

    fn clear_start(&mut self) {
        self.last_start = None;
        self.last_start_rid = None;
    }

    pub(crate) fn pause(&mut self) {
        if self.status != Word::Paused {
            self.status = Word::Paused;
            self.clear_start();
        }
    }

    pub(crate) fn resume(&mut self) {
        if self.status == Word::Paused {
            self.status = Word::New;
            self.last_ping = None;
            self.clear_start();
        }
    }

    /// One turn of the loop that looks for deadlines; returns the time of the flip.
    pub(crate) fn turn(&mut self, now: i64) -> Option<i64> {
        if self.status == Word::Down || self.shown(now, false) != Shown::Down {
            return None;
        }
        let flipped_at = self.deadline();
        self.status = Word::Down;
        flipped_at
    }

    fn base(&self) -> Option<i64> {
        let last_ping = self.last_ping.filter(|_| self.status == Word::Up)?;
        match self.period {
            Period::Timeout(seconds) => Some(last_ping + seconds),
            Period::Minutes(minutes) => (last_ping + 1..=last_ping + 3_600)
                .find(|second| second % 60 == 0 && second / 60 % 60 % minutes == 0),
        }
    }

    pub(crate) fn grace_start(&self) -> Option<i64> {
        match (self.base(), self.last_start) {
            (_, _) if self.status == Word::Down => None,
            (Some(base), Some(start)) => Some(base.min(start)),
            (base, start) => base.or(start),
        }
    }

    pub(crate) fn deadline(&self) -> Option<i64> {
        self.grace_start().map(|start| start + self.grace)
    }

    pub(crate) fn shown(&self, now: i64, is_v1: bool) -> Shown {
        if let Some(start) = self.last_start {
            if start + self.grace <= now {
                return Shown::Down;
            }
            if is_v1 {
                return Shown::Started;
            }
        }
        match (self.status, self.base()) {
            (Word::New, _) => Shown::New,
            (Word::Paused, _) => Shown::Paused,
            (Word::Down, _) => Shown::Down,
            (Word::Up, Some(base)) if base + self.grace <= now => Shown::Down,
            (Word::Up, Some(base)) if base <= now => Shown::Grace,
            (Word::Up, _) => Shown::Up,
        }
    }
}
