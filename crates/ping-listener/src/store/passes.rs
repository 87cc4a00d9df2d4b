//! Evaluation passes: telling every overdue check what time it is.

use domain::check::Event;
use domain::id::CheckId;
use domain::managed;
use domain::time::{Span, Timestamp};

use super::Store;
use super::apply::Desk;
use super::error::StoreError;
use crate::clock::Clock;

/// Checks decided in one transaction: some milliseconds, in which pings wait.
pub(super) const BATCH_CHECKS_MAX: usize = 256;

/// What an evaluation pass did.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// Its stamp.
    pub began: Timestamp,
    /// Checks that were looked at.
    pub decided: usize,
    /// When the next check may be due, or `None` if nobody waits for a ping.
    pub next_due: Option<Timestamp>,
    /// How long the longest overdue check had been due.
    pub lag: Span,
    /// It was not the time to decide: the door is closed, an absence may not have been noticed yet, or one was that
    /// lasted longer than the pass had waited for its turn.
    pub is_put_off: bool,
}

impl Store {
    /// Decides what is due, a batch at a time, behind every ping that was stamped before.
    pub async fn pass(&self) -> Result<Pass, StoreError> {
        let mut decided = 0;
        let mut lag = Span::ZERO;
        let mut began = None;
        loop {
            let clock = self.0.clock.clone();
            let batch = self.write_long(move |desk| desk.decide(began, &clock)).await?;
            let began = *began.get_or_insert(batch.began);
            decided += batch.decided;
            lag = lag.max(batch.lag);
            if batch.is_last {
                let Batch { next_due, is_put_off, .. } = batch;
                return Ok(Pass { began, decided, next_due, lag, is_put_off });
            }
        }
    }
}

/// One transaction's part of a pass.
pub(super) struct Batch {
    began: Timestamp,
    decided: usize,
    lag: Span,
    next_due: Option<Timestamp>,
    is_last: bool,
    is_put_off: bool,
}

impl Desk<'_> {
    /// Decides what is due for up to [`BATCH_CHECKS_MAX`] checks. `began` is the stamp of the pass's first part.
    pub(super) fn decide(&mut self, began: Option<Timestamp>, clock: &Clock) -> rusqlite::Result<Batch> {
        let pass = began.unwrap_or(self.now);
        if began.is_none() && self.identity.open_pass.take().is_some() {
            // What a pass decided that was broken off waits no longer.
            self.changes.is_mail_queued = true;
        }
        let is_put_off = !self.is_listening
            || clock.may_have_been_away(self.now)
            || self.book.gaps.has_closed_over(self.now);
        let mut batch =
            Batch { began: pass, decided: 0, lag: Span::ZERO, next_due: None, is_last: false, is_put_off };
        let are_all_awaited = self.await_some();
        if !is_put_off {
            self.decide_some(pass, &mut batch)?;
        }
        batch.next_due = self.book.next_due();
        batch.is_last = batch.decided < BATCH_CHECKS_MAX && are_all_awaited;
        if batch.is_last {
            self.identity.open_pass = None;
            // What it decided waits for its end.
            self.changes.is_mail_queued |= began.is_some() || 0 < batch.decided;
        }
        Ok(batch)
    }

    fn decide_some(&mut self, pass: Timestamp, batch: &mut Batch) -> rusqlite::Result<()> {
        if let Some(due) = self.book.next_due() {
            batch.lag = (self.now - due).max(Span::ZERO);
        }
        self.identity.open_pass = Some(pass);
        // Whoever becomes due while the pass lasts has to wait for the next: else a long pass with short reminders
        // would never end. In the order of their rows, so that a mass of them is written page by page.
        let mut overdue: Vec<CheckId> =
            std::iter::from_fn(|| self.pop_due(pass)).take(BATCH_CHECKS_MAX).collect();
        overdue.sort_unstable();
        batch.decided = overdue.len();
        for check in overdue {
            if check.is_managed() {
                self.happen(check, &managed::Event::Deadline(self.now))?;
            } else {
                self.apply(check, &Event::Deadline(self.now))?;
            }
        }
        Ok(())
    }
}
