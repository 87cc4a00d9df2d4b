//! Two charts of a check: how long it kept one waiting against how long it may, and how long its runs took.

use askama::Template;
use domain::doctor::Heard;
use domain::managed::{Due, Plan};
use domain::ping::Signal;
use domain::time::Span;
use domain::wall::WallTime;
use jiff::Timestamp;

use crate::explaining::doctor::Visit;
use crate::web::moments::{Here, Moment};
use crate::web::words;

/// Bars of a chart: as many as a phone can show.
const BARS_MAX: usize = 80;

/// The width of a bar with the space behind it, in the chart's own units.
const BAR_WIDTH: usize = 8;

/// The height of a chart, in its own units.
const HEIGHT: i64 = 120;

/// What is longer than so many times what is allowed is cut off, so that the others can be seen.
const CUT_FACTOR: i64 = 3;

/// The style of a wait in which the listener itself was away.
const AWAY: &str = "away";

/// The charts: a part of a page, which writes it as `{{ charts|safe }}`.
#[derive(Template)]
#[template(path = "charts.html")]
pub(super) struct Charts {
    charts: Vec<Chart>,
}

/// What a chart is about.
struct Topic {
    name: &'static str,
    title: &'static str,
    /// What the line stands for.
    line: &'static str,
    /// Says it in words: how many bars, how many of them too long, the longest, and what is allowed now.
    summary: fn(usize, usize, Span, Span) -> String,
}

const WAITS: Topic = Topic {
    name: "waits",
    title: words::charts::INTERVALS,
    line: words::charts::ALLOWED_WAIT,
    summary: words::charts::intervals,
};

const RUNS: Topic = Topic {
    name: "runs",
    title: words::charts::RUNS,
    line: words::charts::ALLOWED_RUN,
    summary: words::charts::runs,
};

/// Lengths, one bar each, with a line for what is allowed.
struct Chart {
    topic: &'static Topic,
    /// What it shows, in words.
    summary: String,
    bars: Vec<Bar>,
    width: usize,
    /// The length that the whole height stands for.
    top: String,
    /// When the first and the last bar were.
    from: Moment,
    until: Moment,
    /// The styles of bars that are not as they should be, with their words.
    key: Vec<(&'static str, &'static str)>,
}

struct Bar {
    x: usize,
    /// From the top.
    y: i64,
    height: i64,
    /// The height of the line that is drawn over it, from the top; nought if it is above the chart.
    allowed_y: i64,
    style: &'static str,
    /// It is longer than the chart is high.
    is_cut: bool,
    /// The same in words.
    text: String,
}

/// What becomes a bar.
struct Sample {
    at: WallTime,
    length: i64,
    allowed: i64,
    style: &'static str,
    note: &'static str,
}

impl Charts {
    /// Draws what was heard of a check; a chart of too few bars is left out.
    pub(super) fn of(visit: &Visit, here: Here<'_>) -> Self {
        let waits = Chart::of(&WAITS, &waits(visit), here);
        let runs = Chart::of(&RUNS, &runs(visit), here);
        Self { charts: waits.into_iter().chain(runs).collect() }
    }
}

/// Returns the waits from one ping to the next with what was allowed, the latest last.
fn waits(visit: &Visit) -> Vec<Sample> {
    let pings = &visit.heard.pings;
    let pairs = pings[pings.len().saturating_sub(BARS_MAX + 1)..].windows(2);
    pairs.filter_map(|pair| wait(visit, pair[0], pair[1])).collect()
}

/// `None` if the wall clock was set back meanwhile.
fn wait(visit: &Visit, before: Heard, ping: Heard) -> Option<Sample> {
    let length = ping.at.as_micros() - before.at.as_micros();
    let (due, grace) = (due_after(&visit.plan, before.at).unwrap_or(length), visit.plan.grace.as_micros());
    let allowed = due.saturating_add(grace);
    let is_away =
        visit.heard.absences.iter().any(|absence| absence.from < ping.at && before.at < absence.until);
    let (style, note) = match () {
        () if is_away => (AWAY, words::charts::AWAY),
        () if allowed < length => ("over", words::charts::OVER),
        () if due.saturating_add(grace / 2) < length => ("late", words::charts::LATE),
        () => ("fine", ""),
    };
    (0 <= length).then_some(Sample { at: ping.at, length, allowed, style, note })
}

/// Returns how long after a ping the next is due; `None` if none ever is.
fn due_after(plan: &Plan, ping: WallTime) -> Option<i64> {
    match &plan.due {
        Due::Every(period) => Some(period.as_micros()),
        Due::Calendar(calendar) => {
            let next = calendar.expression.next_after(ping, &calendar.zone)?;
            Some(next.as_micros() - ping.as_micros())
        }
    }
}

/// Returns how long runs took with what was allowed, the latest last.
fn runs(visit: &Visit) -> Vec<Sample> {
    let allowed = visit.plan.run_limit().as_micros();
    let lengths = visit.heard.pings.iter().filter_map(|ping| {
        let length = ping.took?.as_micros();
        let (style, note) = match ping.signal {
            Signal::Fail => ("failed", words::charts::FAILED),
            Signal::Success | Signal::Start | Signal::Log | Signal::Ignored if allowed < length => {
                ("over", words::charts::OVER_LIMIT)
            }
            Signal::Success | Signal::Start | Signal::Log | Signal::Ignored => ("fine", ""),
        };
        Some(Sample { at: ping.at, length, allowed, style, note })
    });
    let lengths: Vec<_> = lengths.collect();
    let first = lengths.len().saturating_sub(BARS_MAX);
    lengths.into_iter().skip(first).collect()
}

impl Chart {
    /// `None` if there is too little to draw.
    fn of(topic: &'static Topic, samples: &[Sample], here: Here<'_>) -> Option<Self> {
        let (first, last) = (samples.first()?, samples.last()?);
        if samples.len() < 2 {
            return None;
        }
        // What lasted longer because nobody listened tells nothing of the check.
        let own = || samples.iter().filter(|sample| sample.style != AWAY);
        let longest = own().map(|sample| sample.length).max().unwrap_or(0);
        let allowed = samples.iter().map(|sample| sample.allowed).max()?;
        let top = longest.min(allowed.saturating_mul(CUT_FACTOR)).max(allowed / 10 * 11).max(1);
        let over = own().filter(|sample| sample.allowed < sample.length).count();
        let mut key: Vec<_> = samples.iter().map(|sample| (sample.style, sample.note)).collect();
        key.retain(|(_, note)| !note.is_empty());
        key.sort_unstable();
        key.dedup();
        let moment = |at: WallTime| Moment::new(wall(at), here);
        let bars = samples.iter().enumerate().map(|(nth, sample)| sample.bar(nth, top, here)).collect();
        Some(Self {
            topic,
            summary: (topic.summary)(samples.len(), over, rounded(longest), rounded(last.allowed)),
            bars,
            width: samples.len() * BAR_WIDTH,
            top: words::span(rounded(top)),
            from: moment(first.at),
            until: moment(last.at),
            key,
        })
    }
}

impl Sample {
    fn bar(&self, nth: usize, top: i64, here: Here<'_>) -> Bar {
        let share = |length: i64| {
            let share = i128::from(length.min(top)) * i128::from(HEIGHT) / i128::from(top);
            i64::try_from(share).unwrap_or(HEIGHT)
        };
        let height = share(self.length).max(1);
        let at = Moment::new(wall(self.at), here).text;
        Bar {
            x: nth * BAR_WIDTH,
            y: HEIGHT - height,
            height,
            allowed_y: HEIGHT - share(self.allowed),
            style: self.style,
            is_cut: top < self.length,
            text: words::charts::bar(&at, rounded(self.length), self.note),
        }
    }
}

fn wall(at: WallTime) -> Timestamp {
    Timestamp::from_microsecond(at.as_micros()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Cuts off what nobody reads: fractions of a second from a minute on.
fn rounded(micros: i64) -> Span {
    let unit = if micros < 10_000_000 { 10_000 } else { 1_000_000 };
    Span::from_micros((micros + unit / 2) / unit * unit)
}

#[cfg(test)]
mod tests {
    use domain::doctor::{Absence, Opinion};
    use jiff::tz::TimeZone;

    use super::*;
    use crate::store::heard::HeardView;
    use crate::web::samples;

    fn visit(seconds: &[i64]) -> Visit {
        let begin = samples::at(0).as_microsecond();
        let at = |second: i64| WallTime::from_micros(begin + second * 1_000_000);
        let pings =
            seconds.iter().map(|second| Heard { at: at(*second), signal: Signal::Success, took: None });
        let due = Due::Every(Span::from_seconds(60));
        let plan = Plan { due, grace: Span::from_seconds(60), max_runtime: None, has_manual_resume: false };
        let absences = vec![Absence { from: at(1_000), until: at(1_100) }];
        let heard = HeardView { pings: pings.collect(), absences, zones: Vec::new() };
        Visit { plan, is_declared: false, heard, opinion: Opinion { rhythm: None, findings: Vec::new() } }
    }

    fn charts(visit: &Visit) -> Charts {
        Charts::of(visit, Here { now: samples::at(0), zone: &TimeZone::UTC })
    }

    #[test]
    fn a_wait_is_drawn_as_high_as_it_was_long() {
        let drawn = charts(&visit(&[0, 60, 150, 300, 960, 1_150]));
        let [chart] = &drawn.charts[..] else { panic!("there are no runs") };
        let styles: Vec<_> = chart.bars.iter().map(|bar| bar.style).collect();
        assert_eq!(styles, ["fine", "fine", "over", "over", "away"]);
        assert_eq!(chart.key, [("away", words::charts::AWAY), ("over", words::charts::OVER)]);
        assert_eq!(chart.bars.iter().filter(|bar| bar.is_cut).count(), 1);
        let heights: Vec<_> = chart.bars.iter().map(|bar| (bar.height, bar.allowed_y)).collect();
        assert_eq!(heights, [(20, 80), (30, 80), (50, 80), (120, 80), (63, 80)], "the top is thrice 120 s");
        assert!(drawn.render().unwrap().contains("09:16:00: 11 min"));
    }

    #[test]
    fn with_one_ping_there_is_nothing_to_draw() {
        assert!(charts(&visit(&[0])).charts.is_empty());
        assert!(charts(&visit(&[])).charts.is_empty());
    }

    #[test]
    fn no_more_bars_are_drawn_than_can_be_seen() {
        let seconds: Vec<i64> = (0..500).map(|nth| nth * 60).collect();
        let drawn = charts(&visit(&seconds));
        assert_eq!(drawn.charts[0].bars.len(), BARS_MAX);
        assert!(drawn.render().unwrap().len() < 20_000);
    }
}
