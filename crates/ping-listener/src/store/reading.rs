//! Reading: what pages and meters see, without keeping pings waiting.

use std::cmp::Reverse;

use domain::id::CheckId;
use domain::standing::Standing;
use jiff::Timestamp;

use super::Store;
use super::apply::Desk;
use super::book::Book;
use super::bookmarks::Unsorted;
use super::error::StoreError;
use super::history::{self, hour_of};
use super::sqlite::outbox::OutboxRow;
use super::sqlite::{downtime, flips, inbox, outbox, pings, posted};
use super::timeline::Timeline;
use super::view::{
    CheckView, DayView, GapView, InboxLine, InboxMail, NotificationView, OutboxView, RowState,
};

/// Checks that the writer looks at before it does something else: some milliseconds.
const SLICE: usize = 4_096;

impl Store {
    /// Returns every check in use, in the order in which they were added; of many, some may be seen a moment later.
    pub async fn checks(&self) -> Result<Vec<CheckView>, StoreError> {
        let mut checks = Vec::new();
        let mut from = 0;
        loop {
            let (slice, end) = self
                .write_long(move |desk| {
                    let slice: Vec<_> = desk.book.slice(from, SLICE).map(|check| desk.view(check)).collect();
                    Ok((slice, desk.book.len()))
                })
                .await?;
            checks.extend(slice);
            from += SLICE;
            if end <= from {
                return Ok(checks);
            }
        }
    }

    /// Returns those of these checks that are in use.
    pub async fn checks_of(&self, ids: Vec<CheckId>) -> Result<Vec<CheckView>, StoreError> {
        self.write(move |desk| {
            let in_use =
                ids.iter().copied().filter(|check| !check.is_managed() && desk.book.is_in_use(*check));
            Ok(in_use.map(|check| desk.view(check)).collect())
        })
        .await
    }

    /// Returns one check.
    pub async fn check(&self, check: CheckId) -> Result<CheckView, StoreError> {
        self.write(move |desk| Ok(desk.view(check))).await
    }

    /// Counts the checks in use by standing, in the order of [`Standing::ALL`].
    pub async fn standings(&self) -> Result<Vec<(Standing, u64)>, StoreError> {
        let mut counts = Standing::ALL.map(|standing| (standing, 0));
        let mut from = 0;
        loop {
            let (slice, end) = self
                .write_long(move |desk| {
                    let standing = |check| desk.book.check(check).standing(desk.book.listening(), desk.now);
                    let slice: Vec<Standing> = desk.book.slice(from, SLICE).map(standing).collect();
                    Ok((slice, desk.book.len()))
                })
                .await?;
            for (standing, count) in &mut counts {
                *count += slice.iter().map(|seen| u64::from(seen == standing)).sum::<u64>();
            }
            from += SLICE;
            if end <= from {
                return Ok(counts.to_vec());
            }
        }
    }

    /// Returns everything of one check between two instants of wall-clock time, the second left out.
    pub async fn day(
        &self,
        check: CheckId,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<DayView, StoreError> {
        let timeline = self.timeline().await?;
        self.look_with_log(move |connection, unsorted| {
            let (since, before) = timeline.service_range(from, until);
            let mut day = DayView {
                pings: pings_between(connection, check, (from, until), unsorted)?,
                flips: flips::between(connection, check, from, until)?,
                notifications: posted::of_check_between(connection, check, from, until)?
                    .into_iter()
                    .map(|row| notification_view(row, &timeline))
                    .collect(),
                gaps: downtime::gaps_between(connection, since, before)?
                    .into_iter()
                    .map(|row| gap_view(&row, &timeline))
                    .collect(),
            };
            day.gaps.retain(|gap| gap.from < until && gap.until.is_none_or(|end| from <= end));
            Ok(day)
        })
        .await
    }

    /// Returns what was to be said about one check since an instant of wall-clock time, latest first, at most so much.
    pub async fn told_since(
        &self,
        check: CheckId,
        from: Timestamp,
        most: usize,
    ) -> Result<Vec<NotificationView>, StoreError> {
        let timeline = self.timeline().await?;
        self.look(move |connection| {
            let rows = posted::latest_of_check(connection, check, from, most)?;
            Ok(rows.into_iter().map(|row| notification_view(row, &timeline)).collect())
        })
        .await
    }

    /// Returns how the outbox stands.
    pub async fn outbox(&self) -> Result<OutboxView, StoreError> {
        let timeline = self.timeline().await?;
        self.look(move |connection| {
            let mut view = OutboxView {
                oldest_due: outbox::next_due(connection)?.map(|at| timeline.wall(at)),
                last_accepted: posted::last_accepted(connection)?.map(|at| timeline.wall(at)),
                ..OutboxView::default()
            };
            for (state, count) in posted::counts(connection)? {
                match state {
                    RowState::Queued => view.queued = count,
                    RowState::Leased => view.leased = count,
                    RowState::Sent => view.sent = count,
                    RowState::GivenUp => view.given_up = count,
                    RowState::Cancelled => view.cancelled = count,
                    RowState::Joined => view.joined = count,
                }
            }
            Ok(view)
        })
        .await
    }

    /// Returns the latest rows of the outbox, latest first.
    pub async fn notifications(&self, most: usize) -> Result<Vec<NotificationView>, StoreError> {
        let timeline = self.timeline().await?;
        self.look(move |connection| {
            let rows = posted::latest(connection, most)?;
            Ok(rows.into_iter().map(|row| notification_view(row, &timeline)).collect())
        })
        .await
    }

    /// Returns the latest gaps, latest first; one that has not ended stands before them.
    pub async fn gaps(&self, most: usize) -> Result<Vec<GapView>, StoreError> {
        let timeline = self.timeline().await?;
        let open = self.write(|desk| Ok(desk.book.gaps.open_since())).await?;
        self.look(move |connection| {
            let open =
                open.map(|from| GapView { from: timeline.wall(from), until: None, cause: "open".to_owned() });
            let mut closed = downtime::latest_gaps(connection, most)?;
            // They are written as they end, and one may lie within another.
            closed.sort_by_key(|row| Reverse(row.gap.from));
            Ok(open.into_iter().chain(closed.iter().map(|row| gap_view(row, &timeline))).collect())
        })
        .await
    }

    /// Returns up to `most` lines of the local inbox, latest first, from before number `before`.
    pub async fn inbox(&self, before: Option<i64>, most: usize) -> Result<Vec<InboxLine>, StoreError> {
        self.look(move |connection| inbox::lines(connection, before.unwrap_or(i64::MAX), most)).await
    }

    /// Returns one mail of the local inbox, or `None` if there is none of that number.
    pub async fn inbox_mail(&self, number: i64) -> Result<Option<InboxMail>, StoreError> {
        self.look(move |connection| inbox::find(connection, number)).await
    }

    pub(super) async fn timeline(&self) -> Result<Timeline, StoreError> {
        self.write(|desk| Ok(desk.book.timeline.clone())).await
    }
}

impl Desk<'_> {
    fn view(&self, check: CheckId) -> CheckView {
        CheckView { snoozed_until: self.snoozed_until(check), ..view(check, self.book, self.now) }
    }
}

fn view(id: CheckId, book: &Book, now: domain::time::Timestamp) -> CheckView {
    let (check, demand) = (book.check(id), book.demand(id));
    let wall = |at| book.timeline.wall(at);
    let incident = match check.state {
        domain::check::State::Down(incident) => Some(incident),
        domain::check::State::New | domain::check::State::Up => None,
    };
    let deadline = match incident {
        Some(incident) => incident.deadline,
        None => check.deadline(book.listening(), now),
    };
    CheckView {
        id,
        name: book.name(id).into(),
        standing: check.standing(book.listening(), now),
        last_ping: check.last_ping.map(wall),
        pings: book.facts(id).pings,
        deadline: check.policy.is_monitored.then(|| wall(deadline.at)),
        extended: deadline.extended,
        anchor: wall(check.anchor),
        down_since: incident.map(|incident| wall(incident.deadline.at)),
        alerts: incident.map_or(0, |incident| incident.alerts),
        patience: check.patience(),
        max_sleep: demand.max_sleep.clone(),
        remind_every: check.policy.remind_every,
        is_keyed: book.key(id).is_some(),
        recipients: demand.recipients.clone(),
        snoozed_until: None,
    }
}

/// Reads a check's pings from the history, and from the log what is not there yet.
fn pings_between(
    connection: &rusqlite::Connection,
    check: CheckId,
    (from, until): (Timestamp, Timestamp),
    unsorted: &Unsorted,
) -> rusqlite::Result<Vec<Timestamp>> {
    let wanted = from.as_microsecond()..until.as_microsecond();
    let mut found: Vec<i64> = unsorted.of(check).map(|mark| mark.wall_micros).collect();
    // An hour more on either side: a wall clock that was set back files a ping under the hour it showed.
    for hour in hour_of(wanted.start)..=hour_of(wanted.end - 1) {
        if let Some(payload) = pings::hour(connection, hour, check)? {
            history::read(&payload, hour, |wall_micros| found.push(wall_micros));
        }
    }
    found.retain(|wall_micros| wanted.contains(wall_micros));
    found.sort_unstable();
    Ok(found.into_iter().map(crate::clock::wall_time).collect())
}

pub(super) fn notification_view(row: OutboxRow, timeline: &Timeline) -> NotificationView {
    let is_waiting = row.state == RowState::Queued;
    NotificationView {
        id: row.id,
        about: row.facts.check().map(str::to_owned),
        check: row.check,
        kind: row.kind,
        recipient: row.recipient,
        decided: row.dated,
        state: row.state,
        attempts: row.attempts,
        answer: row.answer,
        settled: row.settled_at.map(|at| timeline.wall(at)),
        due: is_waiting.then(|| timeline.wall(row.due_at)),
        snoozed_until: row
            .released_at
            .filter(|at| is_waiting && *at == row.due_at)
            .map(|at| timeline.wall(at)),
    }
}

fn gap_view(row: &downtime::GapRow, timeline: &Timeline) -> GapView {
    GapView {
        from: timeline.wall(row.gap.from),
        until: Some(timeline.wall(row.gap.until)),
        cause: row.cause.clone(),
    }
}
