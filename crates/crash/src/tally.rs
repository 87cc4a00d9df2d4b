//! What came of many rounds, in figures.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::job::JobTally;

/// The figures.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Starts that ended in a death.
    pub rounds: usize,
    /// Deaths within a start.
    pub in_recovery: usize,
    /// Deaths at any moment, by a blow of ours.
    pub at_any_moment: usize,
    /// Deaths by a blow of ours, because the round did not come to its point often enough.
    pub out_of_time: usize,
    /// Pings that were answered 200.
    pub acknowledged: usize,
    /// Mails that the mail server accepted.
    pub mails: usize,
    /// Mails among them that it had accepted before.
    pub twice: usize,
    /// Users who fell silent and were written about.
    pub silent: usize,
    /// What jobs were answered.
    pub jobs: JobTally,
    /// How long each start took, until it answered.
    pub starts: Vec<Duration>,
    /// How often the program died at each point.
    pub points: BTreeMap<String, usize>,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.in_recovery += other.in_recovery;
        self.at_any_moment += other.at_any_moment;
        self.out_of_time += other.out_of_time;
        self.acknowledged += other.acknowledged;
        self.mails += other.mails;
        self.twice += other.twice;
        self.silent += other.silent;
        self.jobs = self.jobs + other.jobs;
        self.starts.extend(other.starts);
        for (point, count) in other.points {
            *self.points.entry(point).or_default() += count;
        }
    }

    /// Returns the points at which it never died.
    pub fn spared(&self) -> Vec<&str> {
        self.points.iter().filter(|(_, count)| **count == 0).map(|(point, _)| point.as_str()).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut starts = self.starts.clone();
        starts.sort_unstable();
        let median = starts.get(starts.len() / 2).copied().unwrap_or_default();
        let slowest = starts.last().copied().unwrap_or_default();
        let at_points: usize = self.points.values().sum();
        writeln!(f, "rounds                        {:>7}", self.rounds)?;
        writeln!(f, "  died at a named point       {at_points:>7}")?;
        writeln!(f, "    of them within the start  {:>7}", self.in_recovery)?;
        writeln!(f, "  struck at any moment        {:>7}", self.at_any_moment)?;
        writeln!(f, "  struck, point not reached   {:>7}", self.out_of_time)?;
        writeln!(f, "pings answered 200            {:>7}", self.acknowledged)?;
        writeln!(f, "  of them lost                {:>7}", 0)?;
        let JobTally { pings, made, changes, looks, doubts } = self.jobs;
        writeln!(f, "pings of managed checks 200   {pings:>7}")?;
        writeln!(f, "  of them lost or there twice {:>7}", 0)?;
        writeln!(f, "managed checks made           {made:>7}")?;
        writeln!(f, "changes and deletions         {changes:>7}")?;
        writeln!(f, "requests without an answer    {doubts:>7}")?;
        writeln!(f, "times that all was compared   {looks:>7}")?;
        writeln!(f, "users silent, all reported    {:>7}", self.silent)?;
        writeln!(f, "mails accepted                {:>7}", self.mails)?;
        writeln!(f, "  of them a second time       {:>7}", self.twice)?;
        writeln!(f, "start until answered, median  {:>4} ms", median.as_millis())?;
        writeln!(f, "start until answered, slowest {:>4} ms", slowest.as_millis())?;
        for (point, count) in &self.points {
            writeln!(f, "  {point:<26}  {count:>7}")?;
        }
        Ok(())
    }
}
