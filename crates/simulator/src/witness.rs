//! The witness: reads the server's tables after each commit, as anybody could with the file in hand, and says what is
//! new in them.

mod jobs;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use domain::time::{Span, Timestamp};
use ping_listener::store::facts::Facts;
use rusqlite::{Connection, OpenFlags, Row as Line};

use crate::config_file::{check_of, name, recipient_of};
use crate::history::{Check, Clocks, Kind, Row, RowId, Seen, State};
use crate::managed::noted::NotedJobFlip;

/// A gap of the server's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotedGap {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

/// A flip of the server's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotedFlip {
    pub(crate) check: Check,
    pub(crate) at: Timestamp,
    pub(crate) is_down: bool,
    pub(crate) is_by_silence: bool,
}

/// What is new in the tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct News {
    /// The rows that wait or are being sent, and those that have changed.
    pub(crate) rows: Vec<Row>,
    /// Any row has changed.
    pub(crate) is_new: bool,
    pub(crate) gaps: Vec<NotedGap>,
    pub(crate) flips: Vec<NotedFlip>,
    pub(crate) job_flips: Vec<NotedJobFlip>,
    pub(crate) stamp: Option<(Timestamp, Clocks)>,
}

/// Reads one data folder.
pub(crate) struct Witness {
    connection: Connection,
    known: Knowledge,
}

/// What a witness has seen.
#[derive(Default)]
pub(crate) struct Knowledge {
    rows: BTreeMap<RowId, Row>,
    open: Vec<RowId>,
    last_row: i64,
    last_gap: i64,
    last_flip: i64,
    /// Flips of jobs' checks, by their numbers, which may be used again when a check is deleted.
    job_flips: BTreeMap<i64, NotedJobFlip>,
    stamp: Option<(Timestamp, Clocks)>,
    offsets: Vec<(i64, i64)>,
    pings: BTreeSet<i64>,
}

/// The numbers of the checks of jobs begin here.
const JOBS_FROM: i64 = 1 << 31;

const COLUMNS: &str = "id, recipient, kind, number, state, facts, attempts, decided_at";

impl Witness {
    /// Opens the folder of a process that has just begun.
    pub(crate) fn open(folder: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(folder.join("ping-listener.db"), flags)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self { connection, known: Knowledge::default() })
    }

    /// Takes over what the witness of an earlier life knew: it is no news.
    pub(crate) fn remember(&mut self, knew: Knowledge) {
        self.known = knew;
    }

    /// Lets go of the folder and keeps what was seen in it.
    #[must_use]
    pub(crate) fn forget_folder(self) -> Knowledge {
        self.known
    }

    /// Returns what is new since the last look.
    pub(crate) fn look(&mut self) -> rusqlite::Result<News> {
        self.connection.execute_batch("BEGIN")?;
        let news = self.look_inside();
        self.connection.execute_batch("COMMIT")?;
        news
    }

    fn look_inside(&mut self) -> rusqlite::Result<News> {
        self.read_offsets()?;
        let mut news = News { stamp: self.new_stamp()?, ..News::default() };
        let seen: Vec<Row> = self.read_rows()?;
        let open: Vec<RowId> = seen.iter().filter(|row| is_open(row.state)).map(|row| row.id).collect();
        let closed: Vec<RowId> = self.known.open.iter().copied().filter(|id| !open.contains(id)).collect();
        let mut rows = seen;
        let mut is_new = false;
        for id in closed {
            rows.extend(self.read_row(id)?);
        }
        for row in rows {
            self.known.last_row = self.known.last_row.max(row.id.0);
            if self.known.rows.get(&row.id) != Some(&row) {
                self.known.rows.insert(row.id, row.clone());
                news.rows.push(row);
                is_new = true;
            }
        }
        for row in open.iter().filter_map(|id| self.known.rows.get(id)) {
            if !news.rows.iter().any(|new| new.id == row.id) {
                news.rows.push(row.clone());
            }
        }
        news.is_new = is_new || self.known.open != open;
        self.known.open = open;
        news.rows.sort_by_key(|row| row.id);
        self.new_gaps(&mut news)?;
        self.new_flips(&mut news)?;
        self.new_job_flips(&mut news)?;
        Ok(news)
    }

    /// Returns the rows of a lease.
    pub(crate) fn rows_of_lease(&self, token: i64) -> rusqlite::Result<Vec<RowId>> {
        self.connection
            .prepare_cached(
                "SELECT id FROM outbox WHERE lease_token = ?1 AND recipient <> 'jobs@example.org'
                 ORDER BY kind NOT IN ('alert', 'reminder'),
                          coalesce(facts ->> 'last_ping', facts ->> 'added'), facts ->> 'check', id",
            )?
            .query_map([token], |line| line.get(0).map(RowId))?
            .collect()
    }

    /// Returns what of the tables only a declaration changes, and when one changed something last.
    pub(crate) fn declared(&self) -> rusqlite::Result<(String, Option<Timestamp>)> {
        self.connection
            .prepare_cached(
                "SELECT coalesce(group_concat(concat_ws(' ', name, period, grace, is_monitored, remind_every,
                            refresh_on_ping, notify_recovery, anchor, coalesce(archived_at, '-')), '; '), ''),
                        max(max(anchor, coalesce(archived_at, anchor), coalesce(revised_at, anchor)))
                 FROM checks",
            )?
            .query_row([], |line| {
                Ok((line.get(0)?, line.get::<_, Option<i64>>(1)?.map(Timestamp::from_micros)))
            })
    }

    /// Returns until when a check is or was snoozed.
    pub(crate) fn snoozed_until(&self, check: Check) -> rusqlite::Result<Option<Timestamp>> {
        self.connection
            .prepare_cached(
                "SELECT max(until) FROM snoozes JOIN checks ON checks.id = check_id WHERE name = ?1",
            )?
            .query_row([name(check)], |line| Ok(line.get::<_, Option<i64>>(0)?.map(Timestamp::from_micros)))
    }

    /// Returns the tokens of the leases that hold.
    pub(crate) fn leases(&self) -> rusqlite::Result<BTreeSet<i64>> {
        self.connection
            .prepare_cached("SELECT lease_token FROM outbox WHERE state = 'leased'")?
            .query_map([], |line| line.get(0))?
            .collect()
    }

    /// Returns the checks whose last alert was decided at `at`.
    pub(crate) fn alerted_at(&self, at: Timestamp) -> rusqlite::Result<Vec<Check>> {
        self.connection
            .prepare_cached("SELECT name FROM checks WHERE alerted_at = ?1 ORDER BY id")?
            .query_map([at.as_micros()], |line| Ok(check_of(&line.get::<_, String>(0)?)))?
            .collect()
    }

    /// Returns when alerts were last decided, of any check.
    pub(crate) fn last_alerted(&self) -> rusqlite::Result<Option<Timestamp>> {
        self.connection
            .prepare_cached("SELECT max(alerted_at) FROM checks")?
            .query_row([], |line| Ok(line.get::<_, Option<i64>>(0)?.map(Timestamp::from_micros)))
    }

    /// Returns every check in use, with its last ping as the log and the pages of last pings have it.
    pub(crate) fn checks(&self) -> rusqlite::Result<Vec<Seen>> {
        let pings = self.last_pings()?;
        self.connection
            .prepare_cached(
                "SELECT id, name, down_deadline IS NOT NULL, alerted_at, anchor FROM checks WHERE archived_at IS NULL
                 ORDER BY id",
            )?
            .query_map([], |line| {
                let id: i64 = line.get(0)?;
                Ok(Seen {
                    check: check_of(&line.get::<_, String>(1)?),
                    last_ping: pings.get(&id).copied().map(Timestamp::from_micros),
                    anchor: Timestamp::from_micros(line.get(4)?),
                    is_down: line.get(2)?,
                    last_alert: line.get::<_, Option<i64>>(3)?.map(Timestamp::from_micros),
                })
            })?
            .collect()
    }

    /// Returns the last ping of each check by the pages and the log.
    fn last_pings(&self) -> rusqlite::Result<BTreeMap<i64, i64>> {
        let mut last = BTreeMap::new();
        let mut pages =
            self.connection.prepare_cached("SELECT page, payload FROM pulses WHERE page < 524288")?;
        let mut lines = pages.query([])?;
        while let Some(line) = lines.next()? {
            let (page, payload): (i64, Vec<u8>) = (line.get(0)?, line.get(1)?);
            for (place, bytes) in (0_i64..).zip(payload.as_chunks::<8>().0) {
                let micros = i64::from_le_bytes(*bytes);
                if micros != i64::MIN {
                    last.insert(page * 4_096 + place + 1, micros);
                }
            }
        }
        for (check, at) in self.logged_after(0)? {
            let known = last.entry(check).or_insert(at);
            *known = at.max(*known);
        }
        Ok(last)
    }

    /// Returns the pings of the log's batches behind `batch`, by check number and stamp.
    pub(crate) fn logged_after(&self, batch: i64) -> rusqlite::Result<Vec<(i64, i64)>> {
        let mut pings = Vec::new();
        let mut batches =
            self.connection.prepare_cached("SELECT payload FROM ping_batches WHERE ?1 < id ORDER BY id")?;
        let mut lines = batches.query([batch])?;
        while let Some(line) = lines.next()? {
            let payload: Vec<u8> = line.get(0)?;
            let mut input = &payload[1.min(payload.len())..];
            let Some(mut at) = signed(&mut input) else { continue };
            let _offset = signed(&mut input);
            while let (Some(head), Some(distance)) = (unsigned(&mut input), signed(&mut input)) {
                at += distance;
                let number = i64::try_from(head >> 1).unwrap_or(0);
                if head & 1 == 0 {
                    pings.push((number, at));
                    continue;
                }
                // A ping of a job, and behind it what came with it.
                let length = unsigned(&mut input).and_then(|length| usize::try_from(length).ok());
                input = length.and_then(|length| input.get(length..)).unwrap_or_default();
                pings.push((number | JOBS_FROM, at));
            }
        }
        Ok(pings)
    }

    /// Learns of a ping, so that its wall-clock time can be told from the same time shown twice.
    pub(crate) fn learn(&mut self, received: Timestamp) {
        self.known.pings.insert(received.as_micros());
    }

    /// Turns a wall-clock time of the tables back into the service time of a ping before `before`.
    fn service_time(&self, wall_micros: i64, before: i64) -> Timestamp {
        let mut latest = None;
        let last = self.known.offsets.len().saturating_sub(1);
        for (place, &(since, offset)) in self.known.offsets.iter().enumerate().rev() {
            let at = wall_micros - offset;
            let is_before_next = place == last || at < self.known.offsets[place + 1].0;
            // An offset is noted with the first commit under it, so a ping may be a little older than it.
            if at <= before && self.known.pings.contains(&at) {
                return Timestamp::from_micros(at);
            }
            if (since <= at || place == 0) && is_before_next && at <= before {
                latest = latest.or(Some(at));
            }
        }
        Timestamp::from_micros(latest.unwrap_or(wall_micros))
    }

    fn read_offsets(&mut self) -> rusqlite::Result<()> {
        let last = self.known.offsets.last().map_or(i64::MIN, |&(since, _)| since);
        let new: Vec<(i64, i64)> = self
            .connection
            .prepare_cached("SELECT since, wall_offset FROM wall_offsets WHERE ?1 < since ORDER BY since")?
            .query_map([last], |line| Ok((line.get(0)?, line.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        self.known.offsets.extend(new);
        Ok(())
    }

    fn new_stamp(&mut self) -> rusqlite::Result<Option<(Timestamp, Clocks)>> {
        let stamp = self
            .connection
            .prepare_cached("SELECT boot_id, boot, service, wall_offset FROM stamp")?
            .query_map([], |line| {
                let service: i64 = line.get(2)?;
                let boot_id: String = line.get(0)?;
                let clocks = Clocks {
                    boot: boot_id.trim_start_matches("boot ").parse().unwrap_or(0),
                    boottime: Span::from_micros(line.get(1)?),
                    wall: Span::from_micros(service + line.get::<_, i64>(3)?),
                    synchronised: true,
                };
                Ok((Timestamp::from_micros(service), clocks))
            })?
            .next()
            .transpose()?;
        let is_new = stamp != self.known.stamp;
        self.known.stamp = stamp;
        Ok(stamp.filter(|_| is_new))
    }

    fn read_rows(&self) -> rusqlite::Result<Vec<Row>> {
        let mut rows: Vec<Row> = self
            .connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM outbox WHERE state IN ('queued', 'leased')
                 AND recipient <> 'jobs@example.org'"
            ))?
            .query_map([], |line| self.row(line))?
            .collect::<rusqlite::Result<_>>()?;
        let new = self
            .connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM outbox WHERE ?1 < id AND state NOT IN ('queued', 'leased')
                 AND recipient <> 'jobs@example.org'"
            ))?
            .query_map([self.known.last_row], |line| self.row(line))?
            .collect::<rusqlite::Result<Vec<Row>>>()?;
        rows.extend(new);
        Ok(rows)
    }

    fn read_row(&self, id: RowId) -> rusqlite::Result<Vec<Row>> {
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} FROM outbox WHERE id = ?1"))?
            .query_map([id.0], |line| self.row(line))?
            .collect()
    }

    fn row(&self, line: &Line<'_>) -> rusqlite::Result<Row> {
        let facts: String = line.get(5)?;
        let facts: Option<Facts> = serde_json::from_str(&facts).ok();
        let (alerts, last_ping, check) = match &facts {
            Some(Facts::Alert(facts)) => {
                (1 + facts.further_silences + facts.further_reminders, facts.last_ping, Some(&facts.check))
            }
            Some(Facts::Recovery(facts)) => (0, facts.last_ping, Some(&facts.check)),
            Some(Facts::WentDown(facts)) => (1 + facts.further_downs, None, Some(&facts.check)),
            Some(Facts::CameBack(facts)) => (0, None, Some(&facts.check)),
            Some(Facts::RecipientRefused(facts)) => (0, None, Some(&facts.check)),
            Some(Facts::Unreadable(_) | Facts::Test(_)) | None => (0, None, None),
        };
        let (recipient, decided): (String, i64) = (line.get(1)?, line.get(7)?);
        let kind: String = line.get(2)?;
        let state: String = line.get(4)?;
        Ok(Row {
            id: RowId(line.get(0)?),
            check: check.map_or(Check(u32::MAX), |name| check_of(name)),
            recipient: recipient_of(&recipient),
            kind: match kind.as_str() {
                "alert" => Kind::FirstAlert,
                "reminder" => Kind::Reminder,
                "recovery" => Kind::Recovery,
                _ => Kind::Notice,
            },
            number: line.get(3)?,
            alerts,
            tries: line.get(6)?,
            state: match state.as_str() {
                "queued" => State::Waiting,
                "leased" => State::Leased,
                "sent" => State::Sent,
                "given up" => State::GivenUp,
                "joined" => State::Joined,
                _ => State::Cancelled,
            },
            last_ping: last_ping.map(|wall| self.service_time(wall.as_microsecond(), decided)),
        })
    }

    fn new_gaps(&mut self, news: &mut News) -> rusqlite::Result<()> {
        let gaps: Vec<(i64, NotedGap)> = self
            .connection
            .prepare_cached("SELECT id, since, until FROM gaps WHERE ?1 < id ORDER BY id")?
            .query_map([self.known.last_gap], |line| {
                let instant = |column| Ok::<_, rusqlite::Error>(Timestamp::from_micros(line.get(column)?));
                Ok((line.get(0)?, NotedGap { from: instant(1)?, until: instant(2)? }))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for (id, gap) in gaps {
            self.known.last_gap = id;
            news.gaps.push(gap);
        }
        Ok(())
    }

    fn new_flips(&mut self, news: &mut News) -> rusqlite::Result<()> {
        let flips: Vec<(i64, NotedFlip)> = self
            .connection
            .prepare_cached(
                "SELECT flips.id, name, is_down, reason, at FROM flips JOIN checks ON checks.id = check_id
                 WHERE ?1 < flips.id ORDER BY flips.id",
            )?
            .query_map([self.known.last_flip], |line| {
                let flip = NotedFlip {
                    check: check_of(&line.get::<_, String>(1)?),
                    at: Timestamp::from_micros(line.get(4)?),
                    is_down: line.get(2)?,
                    is_by_silence: line.get::<_, String>(3)? == "silence",
                };
                Ok((line.get(0)?, flip))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for (id, flip) in flips {
            self.known.last_flip = id;
            news.flips.push(flip);
        }
        Ok(())
    }

    /// Returns the pings of the last batches of the log, by check number and stamp.
    pub(crate) fn logged_lately(&self) -> rusqlite::Result<Vec<(i64, i64)>> {
        let last: i64 = self
            .connection
            .prepare_cached("SELECT coalesce(max(id), 0) FROM ping_batches")?
            .query_row([], |line| line.get(0))?;
        self.logged_after(last - 3)
    }

    /// Returns until when a start takes the process before for alive, or `None` in a new folder.
    pub(crate) fn alive_until(&self) -> rusqlite::Result<Option<Timestamp>> {
        let stamp: Option<(i64, Option<i64>)> = self
            .connection
            .prepare_cached("SELECT service, gap_since FROM stamp")?
            .query_map([], |line| Ok((line.get(0)?, line.get(1)?)))?
            .next()
            .transpose()?;
        let Some((service, gap_since)) = stamp else { return Ok(None) };
        let logged = self.logged_lately()?.last().map(|&(_, at)| at);
        let ended: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(until) FROM gaps WHERE since = ?1 AND ?2 <= until")?
            .query_row((gap_since, service), |line| line.get(0))?;
        let alive = Some(service).max(logged).max(ended);
        Ok(gap_since.filter(|_| ended.is_none()).or(alive).map(Timestamp::from_micros))
    }

    /// Returns the rows that are neither sent nor otherwise done with.
    #[must_use]
    pub(crate) fn open_rows(&self) -> &[RowId] {
        &self.known.open
    }

    /// Returns every row of the outbox that was ever seen.
    #[must_use]
    pub(crate) fn rows(&self) -> &BTreeMap<RowId, Row> {
        &self.known.rows
    }
}

fn is_open(state: State) -> bool {
    matches!(state, State::Waiting | State::Leased)
}

fn unsigned(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for place in 0..10 {
        let (&byte, rest) = input.split_first()?;
        *input = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn signed(input: &mut &[u8]) -> Option<i64> {
    let value = unsigned(input)?;
    Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
}
