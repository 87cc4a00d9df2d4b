//! What a ping does to a managed check: its runs, its state, and how long a run took.

use uuid::Uuid;

use super::{Effects, Incident, Managed, RUNS_MAX, Run, State, planted};
use crate::flip::Reason;
use crate::ping::Signal;
use crate::time::{Span, Timestamp};

impl Managed {
    pub(super) fn on_ping(&mut self, at: Timestamp, signal: Signal, rid: Option<Uuid>) -> Effects {
        let recorded = if self.state == State::Paused && planted::is_deaf(self.plan.has_manual_resume) {
            Signal::Ignored
        } else {
            planted::heard(signal)
        };
        self.pings += planted::counted(recorded);
        let effects = match recorded {
            Signal::Start => {
                self.begin(Run { rid, at });
                Effects::CHANGED
            }
            Signal::Success => self.on_success(at, rid),
            Signal::Fail => self.on_fail(at, rid),
            Signal::Log | Signal::Ignored => Effects::NONE,
        };
        Effects { recorded, ..effects }
    }

    fn begin(&mut self, run: Run) {
        self.last_ping = planted::last_ping(self.last_ping, run.at);
        self.runs.retain(|open| open.rid != run.rid);
        if let Some(before) = self.last_start.replace(run)
            && before.rid != run.rid
        {
            self.keep(before);
        }
    }

    /// Goes on watching a run that is not the latest, if it has an id that can tell of its end.
    fn keep(&mut self, run: Run) {
        if !planted::is_kept(run) {
            return;
        }
        if self.runs.len() == RUNS_MAX {
            self.runs.remove(0);
        }
        self.runs.push(run);
    }

    fn on_success(&mut self, at: Timestamp, rid: Option<Uuid>) -> Effects {
        let is_changed = self.end_run(at, rid, Signal::Success);
        match self.state {
            State::New | State::Paused | State::Down(_) => self.flip(at, State::Up, Reason::Ping),
            State::Up => Effects { is_changed, ..Effects::NONE },
        }
    }

    fn on_fail(&mut self, at: Timestamp, rid: Option<Uuid>) -> Effects {
        let is_changed = self.end_run(at, rid, Signal::Fail);
        match self.state {
            State::New | State::Up | State::Paused => self.go_down(Incident {
                number: 0,
                since: at,
                reason: Reason::Fail,
                extended: Span::ZERO,
                is_allowance_spent: false,
            }),
            State::Down(_) => Effects { is_changed, ..Effects::NONE },
        }
    }

    /// Notes the end of a run; tells whether more than the time of the last ping has changed.
    fn end_run(&mut self, at: Timestamp, rid: Option<Uuid>, signal: Signal) -> bool {
        let before = (self.last_start, self.runs.len(), self.last_duration);
        self.let_go_of_told(at);
        let rid = planted::ended(rid, self.last_start);
        self.last_ping = Some(self.last_ping.map_or(at, |last| last.max(at)));
        self.last_duration = None;
        self.runs.retain(|open| open.rid != rid);
        if let Some(run) = self.last_start {
            if run.rid == rid {
                self.last_duration = Some((at - run.at).max(Span::ZERO));
                self.last_start = None;
            } else if rid.is_none() {
                self.last_start = None;
            } else if signal == Signal::Fail {
                self.last_start = None;
                self.keep(run);
            }
        }
        before != (self.last_start, self.runs.len(), self.last_duration)
    }

    /// Lets go of runs that did not end in time while the check is down: that they are late has been told, and they
    /// must not bring it down again as soon as it comes back.
    fn let_go_of_told(&mut self, at: Timestamp) {
        if !planted::has_told_of_runs(self.state) {
            return;
        }
        let limit = self.plan.run_limit();
        self.last_start = self.last_start.filter(|run| at < run.at + limit);
        self.runs.retain(|run| at < run.at + limit);
    }
}
