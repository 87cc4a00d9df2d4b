//! What the tables say of jobs' checks.

use std::collections::BTreeMap;

use domain::flip::Reason;
use domain::managed::{Flip, Word};
use domain::time::Timestamp;

use super::{JOBS_FROM, News, Witness};
use crate::managed::noted::NotedJobFlip;

impl Witness {
    /// Finds the flips of jobs' checks that are new.
    pub(super) fn new_job_flips(&mut self, news: &mut News) -> rusqlite::Result<()> {
        let flips: BTreeMap<i64, NotedJobFlip> = self
            .connection
            .prepare_cached(
                "SELECT id, check_id, at, came_from, led_to, reason FROM flips
                 WHERE came_from IS NOT NULL ORDER BY id",
            )?
            .query_map([], |line| {
                let word = |column| Ok::<_, rusqlite::Error>(word_of(&line.get::<_, String>(column)?));
                let at = Timestamp::from_micros(line.get(2)?);
                let reason = reason_of(&line.get::<_, String>(5)?);
                let flip = Flip { at, from: word(3)?, to: word(4)?, reason };
                Ok((line.get(0)?, NotedJobFlip { check: line.get(1)?, flip }))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let is_new = |(id, flip): &(&i64, &NotedJobFlip)| self.known.job_flips.get(*id) != Some(*flip);
        news.job_flips.extend(flips.iter().filter(is_new).map(|(_, flip)| *flip));
        self.known.job_flips = flips;
        Ok(())
    }

    /// Returns how often the rows say that the check of a job went down.
    pub(crate) fn downs_told(&self, name: &str) -> rusqlite::Result<u32> {
        self.connection
            .prepare_cached(
                "SELECT coalesce(sum(1 + coalesce(facts ->> 'further_downs', 0)), 0) FROM outbox
                 WHERE kind = 'alert' AND state <> 'joined' AND facts ->> 'check' = ?1",
            )?
            .query_row([name], |line| line.get(0))
    }

    /// Returns what the clock on the wall showed last more than service time.
    pub(crate) fn wall_offset(&self) -> i64 {
        self.known.offsets.last().map_or(0, |&(_, offset)| offset)
    }

    /// Returns when a job last pinged, as far as the last batches of the log know.
    pub(crate) fn last_of_jobs(&self) -> rusqlite::Result<Option<Timestamp>> {
        let pings = self.logged_lately()?;
        let jobs = pings.iter().filter(|(number, _)| JOBS_FROM <= *number);
        Ok(jobs.map(|(_, at)| Timestamp::from_micros(*at)).max())
    }
}

fn word_of(word: &str) -> Word {
    match word {
        "new" => Word::New,
        "up" => Word::Up,
        "down" => Word::Down,
        _ => Word::Paused,
    }
}

fn reason_of(word: &str) -> Reason {
    match word {
        "silence" => Reason::Silence,
        "overrun" => Reason::Overrun,
        "fail" => Reason::Fail,
        "paused" => Reason::Paused,
        "resumed" => Reason::Resumed,
        _ => Reason::Ping,
    }
}
