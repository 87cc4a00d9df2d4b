//! Lives through many seeds without a store, and says how fast that was.

use rustix::time::{ClockId, clock_gettime};

use super::{Tally, live};

/// Lives through `seeds` seeds from `first` on, once without and once with the oracle, and returns the figures in
/// words. `Err` says which seed broke which promise.
pub fn measure(first: u64, seeds: u64) -> Result<String, String> {
    let (bare, alone) = timed(first, seeds, false)?;
    let (judged, together) = timed(first, seeds, true)?;
    if bare != judged {
        return Err(format!("the oracle changed what it hears: {bare:?}, {judged:?}"));
    }
    let Tally { events, alerts, lived } = bare;
    let years = lived.as_seconds_f64() / (365.25 * 86_400.0);
    Ok(format!(
        "{seeds} seeds without a store: {events} events (calls of `Check::apply`), {alerts} alerts, {years:.1} years\n\
         the rules and their queue alone: {:.2} million events a second of one core\n\
         with the oracle hearing each event: {:.2} million",
        rate(events, alone),
        rate(events, together),
    ))
}

fn timed(first: u64, seeds: u64, is_judged: bool) -> Result<(Tally, f64), String> {
    let began = worked();
    let mut whole = Tally::default();
    for seed in first..first + seeds {
        let tally = live(seed, is_judged)?;
        whole.events += tally.events;
        whole.alerts += tally.alerts;
        whole.lived += tally.lived;
    }
    Ok((whole, worked() - began))
}

/// Returns for how many seconds this thread had a processor: others may want it too.
#[expect(clippy::cast_precision_loss, reason = "some seconds in nanoseconds")]
fn worked() -> f64 {
    let worked = clock_gettime(ClockId::ThreadCPUTime);
    worked.tv_sec as f64 + worked.tv_nsec as f64 / 1e9
}

#[expect(clippy::cast_precision_loss, reason = "a figure of three digits")]
fn rate(events: u64, seconds: f64) -> f64 {
    events as f64 / seconds / 1e6
}
