//! The naive answer: when a check is alerted, reckoned anew at each pass from everything that ever happened.
//!
//! It restates the promises about own downtime and about due alerts in whole seconds and lists, and shares no code
//! with the rules.

#![expect(clippy::cast_precision_loss, reason = "some hundred seconds")]

/// What a check's owner asks, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) max_sleep: i64,
    pub(crate) remind_every: i64,
    pub(crate) refresh: bool,
    /// K: how many periods of listened silence are an alert in any case.
    pub(crate) tolerance: i64,
}

/// Nobody is reported for so long after a gap.
const CALM: i64 = 10;

/// Finer than a second, so that "more than" can be told from "at least".
const INSTANT: f64 = 1e-6;

/// A check that is first known at 0, as the promises see it.
pub(crate) struct Oracle {
    asked: Asked,
    gaps: Vec<(i64, i64)>,
    last_ping: i64,
    last_alert: Option<i64>,
    pinged_since_alert: bool,
    /// The deadline that passed, and the number of the last alert.
    silence: Option<(i64, u32)>,
}

impl Oracle {
    pub(crate) fn new(asked: Asked) -> Self {
        Self {
            asked,
            gaps: Vec::new(),
            last_ping: 0,
            last_alert: None,
            pinged_since_alert: false,
            silence: None,
        }
    }

    pub(crate) fn on_gap(&mut self, from: i64, until: i64) {
        self.gaps.push((from, until));
    }

    pub(crate) fn on_ping(&mut self, at: i64) {
        self.last_ping = self.last_ping.max(at);
        self.pinged_since_alert = true;
        self.silence = None;
    }

    /// Returns the number of the alert that is due at a pass, if one is.
    pub(crate) fn on_pass(&mut self, now: i64) -> Option<u32> {
        let late_since = match self.silence {
            Some((deadline, _)) => deadline,
            None => self.deadline(),
        };
        let is_late =
            self.silence.is_some() || late_since < now && self.is_calm(late_since as f64, CALM, now);
        if !is_late {
            return None;
        }
        let (deadline, alerts) = *self.silence.get_or_insert((late_since, 0));
        let due = self.due_since(deadline, now)?;
        let calm = if alerts == 0 { CALM } else { self.asked.max_sleep.min(3_600) };
        if !self.is_calm(due, calm, now) {
            return None;
        }
        self.silence = Some((deadline, alerts + 1));
        self.last_alert = Some(now);
        self.pinged_since_alert = false;
        Some(alerts + 1)
    }

    pub(crate) fn is_down(&self) -> bool {
        self.silence.is_some()
    }

    /// The rule of own downtime, word for word.
    fn deadline(&self) -> i64 {
        let Asked { max_sleep, tolerance, .. } = self.asked;
        let base = self.last_ping;
        let mut deadline = base + max_sleep;
        let mut all_gaps = 0;
        for &(from, until) in self.gaps.iter().filter(|(_, until)| base < *until) {
            if deadline <= from {
                break;
            }
            all_gaps += until - from;
            deadline = deadline.max(until + max_sleep).min(base + tolerance * max_sleep + all_gaps);
        }
        deadline
    }

    /// Returns since when an alert has been due, or `None` if it is not.
    fn due_since(&self, deadline: i64, now: i64) -> Option<f64> {
        let Some(alert) = self.last_alert else { return Some(deadline as f64) };
        let is_refreshed = self.asked.refresh && self.pinged_since_alert;
        let distance = if is_refreshed { 1.0 } else { (self.asked.remind_every as f64 + INSTANT).max(1.0) };
        let due = (deadline as f64).max(alert as f64 + distance);
        (due <= now as f64).then_some(due)
    }

    /// Tells whether there was calm since the last gap, or as much listening since `due`.
    fn is_calm(&self, due: f64, calm: i64, now: i64) -> bool {
        let deaf: f64 = self
            .gaps
            .iter()
            .map(|&(from, until)| ((until.min(now) as f64) - due.max(from as f64)).max(0.0))
            .sum();
        let is_calm_since_gap = self.gaps.last().is_none_or(|&(_, until)| until + calm <= now);
        let has_listened = calm as f64 <= now as f64 - due - deaf;
        let is_due_after_all = self.gaps.last().is_none_or(|&(_, until)| (until + calm) as f64 <= due);
        is_calm_since_gap || has_listened || is_due_after_all
    }
}
