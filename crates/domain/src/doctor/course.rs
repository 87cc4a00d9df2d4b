//! The course of a check's pings: from one end of a run to the next, and how evenly.

use super::{DAY, HOUR, History, Pace};
use crate::ping::Signal;
use crate::time::Span;

/// No more ends than these, the latest, are looked at: a ping a second for half a day.
const ENDS_MAX: usize = 50_000;

/// Rounds of more pings are not looked for.
const ROUND_MAX: usize = 6;

/// A distance longer than this share of the period is a pause, or something was missed.
pub(super) const PAUSE_PERCENT: i64 = 160;

/// The way from the end of one run to the end of the next, in which somebody listened all the time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// The end before, in microseconds by the wall.
    pub(super) before: i64,
    /// When the next run began; the end itself if that is not known.
    pub(super) begin: i64,
    /// When it ended.
    pub(super) end: i64,
}

pub(super) struct Course {
    pub(super) steps: Vec<Step>,
}

impl Course {
    pub(super) fn of(history: History<'_>) -> Self {
        let ends = history.pings.iter().filter(|ping| match ping.signal {
            Signal::Success | Signal::Fail => true,
            Signal::Start | Signal::Log | Signal::Ignored => false,
        });
        let ends: Vec<_> = ends.collect();
        let ends = &ends[ends.len().saturating_sub(ENDS_MAX)..];
        let is_heard = |before: i64, end: i64| {
            let after = history.absences.partition_point(|absence| absence.until.as_micros() < before);
            history.absences.get(after).is_none_or(|absence| end < absence.from.as_micros())
        };
        let steps = ends.windows(2).filter_map(|pair| {
            let [before, end] = [pair[0].at.as_micros(), pair[1].at.as_micros()];
            // A wall clock that was set back tells no distances.
            if end < before || !is_heard(before, end) {
                return None;
            }
            let took = pair[1].took.map_or(0, Span::as_micros);
            Some(Step { before, begin: (end - took).max(before), end })
        });
        let mut steps: Vec<_> = steps.collect();
        let from = changed_at(&steps);
        Self { steps: steps.split_off(from) }
    }

    pub(super) fn distances(&self) -> Vec<i64> {
        self.steps.iter().map(|step| step.end - step.before).collect()
    }

    /// Returns how long was listened from the first end to the last, in microseconds.
    pub(super) fn over(&self) -> i64 {
        match (self.steps.first(), self.steps.last()) {
            (Some(first), Some(last)) => last.end - first.before,
            _ => 0,
        }
    }
}

/// Steps that are enough to see a new rhythm by.
const NEW_RHYTHM: usize = 12;

/// Finds the step from which on pings come as they do now: what was before a job was changed says nothing of it.
fn changed_at(steps: &[Step]) -> usize {
    let windows: Vec<_> = steps.rchunks_exact(NEW_RHYTHM).collect();
    // Two steps at a time: where two times of a day alternate, neither is a new rhythm.
    let double = |pair: &[Step]| pair[1].end - pair[0].before;
    let medians: Vec<_> =
        windows.iter().map(|window| median(window.windows(2).map(double).collect())).collect();
    let Some(now) = medians.first() else { return 0 };
    let is_like_now = |median: &i64| *median * 10 <= now * 16 && now * 10 <= *median * 16;
    // One window that is different is a bad hour; two are another life.
    let changed = (1..medians.len()).find(|nth| {
        !is_like_now(&medians[*nth]) && medians.get(nth + 1).is_none_or(|next| !is_like_now(next))
    });
    changed.map_or(0, |nth| steps.len() - nth * NEW_RHYTHM)
}

/// Returns so many outages as may be among so many distances before they are a habit.
pub(super) fn outages_max(distances: usize) -> usize {
    (distances / 20).max(3)
}

/// Returns so many false alarms as a schedule may give among so many pings and still be theirs: runs that were missed.
pub(super) fn misses_max(distances: usize) -> usize {
    (distances / 8).max(3)
}

/// Tells whether silences that are longer than usual come again and again, and not by accident.
pub(super) fn has_pauses(steps: &[Step], period: i64) -> bool {
    let lengths = steps.iter().map(|step| step.end - step.before);
    if outages_max(steps.len()) < lengths.filter(|length| PAUSE_PERCENT * period < length * 100).count() {
        return true;
    }
    // Nights are few among many pings, but they begin at one time of the day.
    let long = steps.iter().filter(|step| 3 * period < step.end - step.before);
    let begins: Vec<i64> = long.map(|step| step.before.rem_euclid(DAY)).collect();
    let is_near = |one: i64, other: i64| (other - one).rem_euclid(DAY) <= 2 * HOUR;
    let alike = begins.iter().map(|one| begins.iter().filter(|other| is_near(*one, **other)).count()).max();
    period < DAY / 2 && 2 <= begins.len() && alike.is_some_and(|alike| begins.len() * 3 <= alike * 4)
}

/// Finds how distances follow each other, the period in which they come again, and the longest that is usual.
pub(super) fn pace(distances: &[i64]) -> (Pace, i64, i64) {
    let period = median(distances.to_vec());
    let is_near =
        |distance: &&i64| period * 6 <= **distance * 10 && **distance * 100 <= period * PAUSE_PERCENT;
    let near: Vec<i64> = distances.iter().filter(is_near).copied().collect();
    if distances.len() * 2 <= near.len() * 3 {
        let usual = quantile(near.clone(), 995).max(period);
        return (Pace::Even, median(near), usual);
    }
    for count in 2..=ROUND_MAX {
        let rounds: Vec<i64> = distances.windows(count).map(|round| round.iter().sum()).collect();
        if rounds.len() < super::DISTANCES_MIN {
            break;
        }
        let round = median(rounds.clone());
        let is_near = |sum: &&i64| round * 92 <= **sum * 100 && **sum * 100 <= round * 108;
        if rounds.len() * 3 <= rounds.iter().filter(is_near).count() * 4 {
            let longest = distances.chunks_exact(count).filter_map(|round| round.iter().max().copied());
            return (Pace::Rounds(count), round, median(longest.collect()));
        }
    }
    (Pace::Irregular, period, distances.iter().copied().max().unwrap_or(0))
}

/// Returns how far all but the strangest of the usual distances are from the period.
pub(super) fn jitter(distances: &[i64], pace: Pace, period: i64) -> i64 {
    let off = |distance: i64| (distance - period).abs();
    match pace {
        Pace::Even => {
            let usual = distances.iter().filter(|distance| **distance * 100 <= period * PAUSE_PERCENT);
            let usual = usual.filter(|distance| period * 4 <= **distance * 10);
            quantile(usual.map(|distance| off(*distance)).collect(), 990)
        }
        Pace::Rounds(count) => {
            let rounds = distances.windows(count).map(|round| off(round.iter().sum()));
            quantile(rounds.filter(|off| *off * 100 <= period * 8).collect(), 990)
        }
        Pace::Irregular => quantile(distances.iter().map(|distance| off(*distance)).collect(), 990),
    }
}

pub(super) fn median(values: Vec<i64>) -> i64 {
    quantile(values, 500)
}

/// Returns the value that so many in a thousand do not exceed; nought of none.
pub(super) fn quantile(mut values: Vec<i64>, in_thousand: usize) -> i64 {
    if values.is_empty() {
        return 0;
    }
    values.sort_unstable();
    let place = (values.len() * in_thousand).div_ceil(1_000).max(1) - 1;
    values[place]
}
