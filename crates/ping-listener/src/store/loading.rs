//! Loading: from the database to the hot state, at a start; and the shape in which last pings are kept for it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use domain::check::{Policy, State};
use domain::demand::Demand;
use domain::gap::Gaps;
use domain::id::CheckId;
use domain::time::Timestamp;
use faults::points::{self, Point};
use rusqlite::Connection;

use super::book::{Book, PULSE_PAGE, id_at};
use super::identity::Identity;
use super::log::read_batch;
use super::managed::shelf::Shelf;
use super::planted;
use super::sqlite::database::Database;
use super::sqlite::{checks, downtime, pings, settings, snoozes};
use super::tallies;
use super::timeline::Timeline;
use crate::clock::{Clock, Stamp};
use crate::random::Random;

/// Where the log stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogState {
    /// The number of the last batch.
    pub(super) last_batch: i64,
    /// Pings that are not in their place in the history.
    pub(super) unsorted: Volume,
}

/// How much a part of the log is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Volume {
    /// The pings in it.
    pub(super) pings: u64,
    /// The length of its batches.
    pub(super) bytes: u64,
}

impl Volume {
    /// Adds a part.
    pub(super) fn add(&mut self, part: Self) {
        self.pings += part.pings;
        self.bytes += part.bytes;
    }

    /// Takes a part away, or what there is.
    pub(super) fn take_away(&mut self, part: Self) {
        self.pings = self.pings.saturating_sub(part.pings);
        self.bytes = self.bytes.saturating_sub(part.bytes);
    }
}

/// What a start reads from the database.
pub(super) struct Loaded {
    pub(super) book: Book,
    pub(super) identity: Identity,
    pub(super) log: LogState,
    /// The last sign of life, or `None` in a new database.
    pub(super) alive_until: Option<Timestamp>,
}

impl Loaded {
    /// Reads everything that the writer keeps in memory.
    pub(super) fn read(database: &Database, clock: &Clock, random: &Random) -> rusqlite::Result<Self> {
        let connection = &database.writer;
        let stamp = downtime::stamp(connection)?;
        let (mut book, log, last_logged) = read_book(connection)?;
        tallies::count_history(connection)?;
        for (index, tally) in tallies::load(connection, book.len())?.into_iter().enumerate() {
            book.facts_mut(id_at(index)).pings += tally;
        }
        planted::distort_loaded(&mut book, clock.now());
        let identity = Identity::new(secret(connection, random)?);
        let alive_until = match &stamp {
            Some(stamp) => {
                // A ping does not say that a gap ended: it may have come right after an absence that nobody noted.
                let gap_since = planted::open_gap(stamp.gap_since);
                let gap_ended = gap_since
                    .map(|since| downtime::end_of_gap(connection, since, stamp.service))
                    .transpose()?;
                let alive = Some(stamp.service).max(last_logged).max(gap_ended.flatten());
                let is_open = gap_ended.is_some_and(|ended| ended.is_none());
                gap_since.filter(|_| is_open).or(alive).map(|alive| alive.min(clock.now()))
            }
            None => None,
        };
        Ok(Self { book, identity, log, alive_until: planted::alive_until(alive_until) })
    }
}

/// Returns what is known of the clocks as of the last commit in the log up to batch `until`: each batch of pings is as
/// good as a sign of life.
pub(super) fn last_stamp(connection: &Connection, until: i64) -> rusqlite::Result<Option<Stamp>> {
    let Some(mut stamp) = downtime::stamp(connection)? else { return Ok(None) };
    if let Some(since) = stamp.gap_since
        && downtime::end_of_gap(connection, since, stamp.service)?.is_some()
    {
        stamp.gap_since = None;
    }
    if let Some(payload) = pings::latest_batch(connection, until)? {
        // What is damaged is reported when it is loaded.
        let _ = read_batch(&payload, |ping| stamp.reach(ping.at, ping.wall_micros - ping.at.as_micros()));
    }
    Ok(Some(stamp))
}

/// The hot state, where the log stands, and when it last took a ping.
type ReadBook = (Book, LogState, Option<Timestamp>);

/// Reads the hot state; also returns where the log stands, and when it last took a ping.
pub(super) fn read_book(connection: &Connection) -> rusqlite::Result<ReadBook> {
    let mut gaps = Gaps::default();
    for row in downtime::gaps(connection)?.into_iter().filter(|_| planted::remembers_gaps()) {
        gaps.push(row.gap);
    }
    let timeline = Timeline::new(downtime::wall_offsets(connection)?);
    let mut book = Book::new(checks::count(connection)?, gaps, timeline);
    let mut demand: Option<Arc<Demand>> = None;
    checks::each(connection, |name, check, archived_at| {
        // What the config says is declared after; neighbours are mostly alike.
        let known = demand.take().filter(|demand| demand.policy == check.policy);
        let known = known.unwrap_or_else(|| Arc::new(undeclared(check.policy)));
        book.add(check, (name, None), archived_at, &known);
        demand = Some(known);
    })?;
    book.shelf = Shelf::read(connection)?;
    book.snoozes = snoozes::all(connection)?;
    points::reach(Point::LoadedChecks);
    let (log, last_logged) = read_pings(connection, &mut book)?;
    Ok((book, log, last_logged))
}

/// What is asked of a check for as long as nobody has read the config.
fn undeclared(policy: Policy) -> Demand {
    Demand { policy, max_sleep: "0".into(), recipients: Arc::new([]) }
}

/// Brings the last pings up to date: the pages first, then the log, which is never older.
fn read_pings(connection: &Connection, book: &mut Book) -> rusqlite::Result<(LogState, Option<Timestamp>)> {
    // In a list of their own, which is small, because the log names checks at random.
    let mut last_pings = vec![i64::MIN; book.len()];
    pings::pulses(connection, |page, payload| {
        book.shelf.note_pulses(page, payload);
        let first = (page * PULSE_PAGE).min(last_pings.len());
        for (last, bytes) in last_pings[first..].iter_mut().zip(payload.as_chunks::<8>().0) {
            *last = i64::from_le_bytes(*bytes);
        }
    })?;
    let mut counts = vec![0_u64; book.len()];
    let fold = pings::fold(connection)?;
    let mut log =
        LogState { last_batch: pings::last_batch(connection)?.max(fold.batch), unsorted: Volume::default() };
    let mut last_logged = None;
    let mut is_whole = true;
    let mut is_stale = vec![false; book.len().div_ceil(PULSE_PAGE)];
    let mut stale_managed = BTreeSet::new();
    pings::each_batch(connection, 0, i64::MAX, |batch, payload| {
        is_whole &= read_batch(payload, |ping| {
            if ping.check.is_managed() {
                book.shelf.note_logged(&ping);
                stale_managed.insert(ping.check.index() / PULSE_PAGE);
            } else if let Some(last) = last_pings.get_mut(ping.check.index()) {
                *last = ping.at.as_micros().max(*last);
                is_stale[ping.check.index() / PULSE_PAGE] = true;
                counts[ping.check.index()] += u64::from(!fold.has(batch, ping.check));
            }
            last_logged = Some(ping.at);
            log.unsorted.pings += 1;
        })
        .is_some();
        log.unsorted.bytes += payload.len() as u64;
        true
    })?;
    if !is_whole {
        tracing::error!("a batch of the ping log is damaged: some pings may be missing from memory");
    }
    book.stale_pulses = (0..).zip(is_stale).filter(|(_, is_stale)| *is_stale).map(|(page, _)| page).collect();
    book.stale_pulses.extend(stale_managed);
    for (index, count) in counts.into_iter().enumerate() {
        book.facts_mut(id_at(index)).pings = count;
    }
    for (index, micros) in last_pings.into_iter().enumerate().filter(|(_, micros)| *micros != i64::MIN) {
        note_ping(book, id_at(index), Timestamp::from_micros(micros));
    }
    Ok((log, last_logged))
}

fn note_ping(book: &mut Book, id: CheckId, at: Timestamp) {
    let mut check = book.check(id);
    check.last_ping = Some(at);
    // A granted deadline ends with the ping after it, and so does being new.
    check.revised = check.revised.filter(|revised| at < revised.at);
    if check.state == State::New {
        check.state = State::Up;
    }
    book.set_check(id, &check);
}

pub(super) fn secret(connection: &Connection, random: &Random) -> rusqlite::Result<[u8; 32]> {
    const SECRET: &str = "secret";
    if let Some(hex) = settings::find(connection, SECRET)?
        && let Some(secret) = from_hex(&hex)
    {
        return Ok(secret);
    }
    let secret: [u8; 32] = random.bytes();
    settings::save(connection, SECRET, &to_hex(&secret))?;
    Ok(secret)
}

/// Writes bytes as hexadecimal digits.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes any text");
        hex
    })
}

fn from_hex(hex: &str) -> Option<[u8; 32]> {
    let mut secret = [0; 32];
    for (byte, digits) in secret.iter_mut().zip(hex.as_bytes().as_chunks::<2>().0) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(secret)
}

/// Returns the last pings of a page, as `pulses` has them.
pub(super) fn pulse_payload(book: &Book, page: usize) -> Vec<u8> {
    if book.len() <= page * PULSE_PAGE {
        return book.shelf.pulse_payload(page);
    }
    let first = page * PULSE_PAGE;
    (first..book.len().min(first + PULSE_PAGE))
        .map(|index| book.facts(id_at(index)).last_ping())
        .flat_map(|at| at.map_or(i64::MIN, Timestamp::as_micros).to_le_bytes())
        .collect()
}
