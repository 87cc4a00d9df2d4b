//! One round of load on one server: how much it answered, what that cost it, and how long each answer took.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};

use crate::load::{Load, Pace, Sample};
use crate::process::Server;
use crate::requests::Requests;
use crate::spread::percentile;

/// What one round has to send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round {
    pub(crate) connections: u32,
    pub(crate) pace: Pace,
    /// How long the load runs before anything is counted.
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

impl Round {
    /// A round in a closed loop, after a warm-up of a quarter of its length.
    pub(crate) fn closed(connections: u32, measured: Duration) -> Self {
        Self { connections, pace: Pace::Closed, warm_up: measured / 4, measured }
    }

    /// A round at a rate that nothing slows.
    pub(crate) fn open(connections: u32, a_second: f64, measured: Duration) -> Self {
        Self { pace: Pace::Rate(a_second), ..Self::closed(connections, measured) }
    }
}

/// What one round has shown.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) answered: usize,
    pub(crate) a_second: f64,
    /// CPU of the server's process for each request, in microseconds.
    pub(crate) cpu_micros: f64,
    /// Every answer's latency, sorted.
    pub(crate) latencies: Vec<Duration>,
}

impl Outcome {
    /// Returns the latency in microseconds that `percent` of the answers did not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        percentile(&self.latencies, percent)
    }
}

/// Loads `server` for as long as the round lasts.
pub(crate) fn run(server: &Server, round: Round, requests: &mut Requests) -> Result<Outcome> {
    let mut load = Load::connect(server.address, round.connections)?;
    let began = Instant::now();
    let (mut first, mut last) = (None, None);
    let samples = load.drive(round.pace, requests, |now| {
        let elapsed = now - began;
        if first.is_none() && round.warm_up <= elapsed {
            first = Some((now, server.cpu_seconds()?));
        }
        if round.warm_up + round.measured <= elapsed {
            last = Some((now, server.cpu_seconds()?));
        }
        Ok(last.is_none())
    })?;
    let (Some((from, cpu_before)), Some((until, cpu_after))) = (first, last) else {
        return Err(anyhow!("the requests ended before the round"));
    };
    let is_counted = |sample: &&Sample| from <= sample.answered && sample.answered < until;
    let mut latencies: Vec<_> = samples.iter().filter(is_counted).map(Sample::latency).collect();
    ensure!(!latencies.is_empty(), "nothing was answered within {:?}", round.measured);
    latencies.sort_unstable();
    let answered = u32::try_from(latencies.len())?;
    Ok(Outcome {
        answered: latencies.len(),
        a_second: f64::from(answered) / (until - from).as_secs_f64(),
        cpu_micros: (cpu_after - cpu_before) * 1e6 / f64::from(answered),
        latencies,
    })
}

/// A load at a rate that goes on beside whatever is measured.
pub(crate) struct Beside {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<Result<Vec<Sample>>>,
}

impl Beside {
    /// Pings checks at random, so many a second over 64 connections, until [`Beside::end`].
    pub(crate) fn begin(server: &Server, a_second: f64, mut requests: Requests) -> Result<Self> {
        let mut load = Load::connect(server.address, 64)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let is_told = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            load.drive(Pace::Rate(a_second), &mut requests, |_| Ok(!is_told.load(Ordering::Relaxed)))
        });
        Ok(Self { is_over, thread })
    }

    /// Ends the load and returns all its answers.
    pub(crate) fn end(self) -> Result<Vec<Sample>> {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow!("the load panicked"))?
    }
}

/// Returns the latency in microseconds that `percent` of those did not exceed that were due in a time.
pub(crate) fn percentile_within(samples: &[Sample], (from, until): (Instant, Instant), percent: f64) -> f64 {
    let is_within = |sample: &&Sample| from <= sample.due && sample.due < until;
    let mut latencies: Vec<_> = samples.iter().filter(is_within).map(Sample::latency).collect();
    latencies.sort_unstable();
    percentile(&latencies, percent)
}
